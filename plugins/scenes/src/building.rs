//! Buildings as sets of wings, each a box under a gabled, hipped, flat or lean-to roof. Where wings
//! overlap the higher roof wins, which is what makes valleys and dormers.

use crate::colour::Rgb;
use crate::geometry::{Bounds, Frame, V2, box_distance};
use crate::material::Material;

/// Shape of one wing's roof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoofShape {
    Gable,
    Hip,
    Flat,
    /// Rises from the local −y side to the +y side.
    LeanTo,
}

/// A box with a roof, in the building's frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wing {
    pub at: V2,
    /// Half sizes with the overhang.
    pub half: V2,
    /// The ridge runs along local y rather than x.
    pub across: bool,
    pub shape: RoofShape,
    pub eave_m: f32,
    /// Rise over run.
    pub pitch: f32,
    /// Part of the outline; dormers and other trim on top of a wing are not.
    pub outline: bool,
}

/// What the roof is at one point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoofHit {
    pub wing: usize,
    pub height: f32,
    /// Rise per metre along the building's x and y.
    pub slope: V2,
    /// Distance to the nearest ridge or hip line of the wing.
    pub ridge: f32,
    /// Distance to the nearest edge of the wing.
    pub edge: f32,
    /// How much higher this wing's roof is than the next: near 0 in a valley.
    pub above_next: f32,
    /// Distance up the slope from the eave, and along the eave.
    pub up: f32,
    pub along: f32,
}

impl Wing {
    /// Coordinates with the ridge along x, relative to the wing's centre.
    fn ridged(&self, q: V2) -> (V2, V2) {
        let d = q - self.at;
        if self.across { (V2::new(d.y, d.x), V2::new(self.half.y, self.half.x)) } else { (d, self.half) }
    }

    pub(crate) fn distance(&self, q: V2) -> f32 {
        box_distance(q - self.at, self.half.x, self.half.y)
    }

    fn hit(&self, index: usize, q: V2) -> RoofHit {
        let (r, h) = self.ridged(q);
        let (across, end) = (h.y - r.y.abs(), h.x - r.x.abs());
        let edge = across.min(end);
        let sign = |v: f32| if v < 0.0 { 1.0 } else { -1.0 };
        let (up, along, ridge, slope) = match self.shape {
            RoofShape::Flat => (0.0, r.x, 9.0, V2::new(0.0, 0.0)),
            RoofShape::Gable => (across, r.x, r.y.abs(), V2::new(0.0, sign(r.y))),
            RoofShape::LeanTo => (h.y + r.y, r.x, 9.0, V2::new(0.0, 1.0)),
            RoofShape::Hip if end < across => (
                end,
                r.y,
                ((across - end) * 0.7).min(r.y.abs() + (h.x - h.y).min(0.0).abs()),
                V2::new(sign(r.x), 0.0),
            ),
            RoofShape::Hip => (across, r.x, r.y.abs().min((end - across) * 0.7), V2::new(0.0, sign(r.y))),
        };
        let slope = slope * self.pitch;
        let slope = if self.across { V2::new(slope.y, slope.x) } else { slope };
        let height = self.eave_m + up.max(0.0) * self.pitch;
        RoofHit { wing: index, height, slope, ridge, edge, above_next: 9.0, up, along }
    }
}

/// Small things on a roof.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TrimKind {
    Chimney,
    Vent,
    Skylight,
    SolarPanels,
    AirHandler,
    Duct,
}

/// One of them, in the building's frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trim {
    pub kind: TrimKind,
    pub at: V2,
    pub half: V2,
    pub rise_m: f32,
}

/// What a building is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    House,
    Garage,
    Shed,
    Commercial,
    Church,
    School,
}

/// One building.
#[derive(Clone, Debug)]
pub(crate) struct Building {
    pub id: String,
    pub address: String,
    pub purpose: Use,
    pub frame: Frame,
    pub wings: Vec<Wing>,
    pub trims: Vec<Trim>,
    pub covering: Covering,
    pub wall: Rgb,
    pub salt: u32,
    /// 0 sturdy to 1 flimsy.
    pub frailty: f32,
}

/// What its roof is covered with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Covering {
    pub material: Material,
    pub colour: Rgb,
    pub trim: Rgb,
}

impl Building {
    /// Signed distance to the outline, in the building's frame.
    pub(crate) fn distance(&self, q: V2) -> f32 {
        self.wings.iter().filter(|w| w.outline).map(|w| w.distance(q)).fold(f32::INFINITY, f32::min)
    }

    /// The roof at a point of the building's frame; `None` off the roof by more than `slack`.
    pub(crate) fn roof(&self, q: V2, slack: f32) -> Option<RoofHit> {
        let mut best: Option<RoofHit> = None;
        let mut next = f32::NEG_INFINITY;
        for (index, wing) in self.wings.iter().enumerate() {
            if wing.distance(q) > slack {
                continue;
            }
            let hit = wing.hit(index, q);
            match &best {
                Some(b) if b.height >= hit.height => next = next.max(hit.height),
                _ => {
                    next = best.map_or(next, |b| b.height.max(next));
                    best = Some(hit);
                }
            }
        }
        best.map(|b| RoofHit { above_next: b.height - next, ..b })
    }

    /// Half sizes of the box around all wings about the frame's origin.
    pub(crate) fn half(&self) -> V2 {
        self.wings.iter().fold(V2::default(), |m, w| {
            V2::new(m.x.max(w.at.x.abs() + w.half.x), m.y.max(w.at.y.abs() + w.half.y))
        })
    }

    pub(crate) fn bounds(&self, margin: f32) -> Bounds {
        let half = self.half();
        self.frame.reach(half.x, half.y, margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gable_rises_to_its_ridge_and_falls_away_from_it() {
        let wing = Wing {
            at: V2::default(),
            half: V2::new(6.0, 4.0),
            across: false,
            shape: RoofShape::Gable,
            eave_m: 3.0,
            pitch: 0.5,
            outline: true,
        };
        assert!((wing.hit(0, V2::new(1.0, 0.0)).height - 5.0).abs() < 1e-5);
        assert!((wing.hit(0, V2::new(1.0, 4.0)).height - 3.0).abs() < 1e-5);
        assert!(wing.hit(0, V2::new(1.0, -2.0)).slope.y > 0.0, "rises towards the ridge");
    }
}
