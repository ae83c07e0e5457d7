//! The way from one CRS to another, point by point.

use std::sync::Arc;

use geo_types::{Coord, Geometry};
use proj4rs::Proj;

use crate::{Crs, CrsError};

/// How far, in metres, a point may come back from where it started before the conversion counts as garbage.
/// Datum shifts by seven parameters come back within centimetres; points outside a projection's domain, if
/// it does not refuse them, come back kilometres away.
const ROUND_TRIP_M: f64 = 0.5;
const EARTH_RADIUS_M: f64 = 6_378_137.0;

/// Takes points from one CRS to another. Axis order is always x = east or longitude; geographic CRSs are in
/// their own unit, which is the degree but for a few in grads. Cheap to clone; may be used from any thread.
#[derive(Clone)]
pub struct Transformer {
    steps: Option<Arc<Steps>>,
}

struct Steps {
    from: End,
    to: End,
}

/// One side of a conversion.
struct End {
    proj: Proj,
    /// Radians per unit of a geographic CRS; `None` for a projected one.
    radians: Option<f64>,
}

impl End {
    fn new(crs: &Crs) -> Result<Self, CrsError> {
        let proj = crs.projection()?;
        let radians = proj.is_latlong().then(|| crs.degrees_per_unit().to_radians());
        Ok(Self { proj, radians })
    }

    /// Radians or metres into the units of the CRS.
    fn leave(&self, (x, y): (f64, f64)) -> Coord<f64> {
        let unit = self.radians.unwrap_or(1.0);
        Coord { x: x / unit, y: y / unit }
    }

    fn enter(&self, p: Coord<f64>) -> (f64, f64) {
        let unit = self.radians.unwrap_or(1.0);
        (p.x * unit, p.y * unit)
    }

    /// No latitude lies beyond a pole, and no longitude is more than one turn and a half away.
    fn accepts(&self, (x, y): (f64, f64)) -> bool {
        use std::f64::consts::{FRAC_PI_2, PI};
        x.is_finite()
            && y.is_finite()
            && (self.radians.is_none() || (y.abs() <= FRAC_PI_2 + 1e-9 && x.abs() <= 3.0 * PI))
    }

    /// Distance in metres between two near points, in radians or units of the projection.
    fn distance_m(&self, a: (f64, f64), b: (f64, f64)) -> f64 {
        let (dx, dy) = (a.0 - b.0, a.1 - b.1);
        if self.radians.is_some() {
            let turn = std::f64::consts::TAU;
            let dx = dx - (dx / turn).round() * turn;
            (dx * a.1.cos()).hypot(dy) * EARTH_RADIUS_M
        } else {
            dx.hypot(dy) * self.proj.to_meter()
        }
    }
}

impl std::fmt::Debug for Transformer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transformer").field("identity", &self.steps.is_none()).finish()
    }
}

impl Transformer {
    /// The one that leaves points as they are.
    pub const IDENTITY: Self = Self { steps: None };

    pub fn new(from: &Crs, to: &Crs) -> Result<Self, CrsError> {
        if from.coincides_with(to) {
            return Ok(Self::IDENTITY);
        }
        Ok(Self { steps: Some(Arc::new(Steps { from: End::new(from)?, to: End::new(to)? })) })
    }

    /// True when points come back unchanged.
    pub fn is_identity(&self) -> bool {
        self.steps.is_none()
    }

    /// `None` where the point has no image in the target CRS.
    pub fn convert(&self, p: Coord<f64>) -> Option<Coord<f64>> {
        let Some(steps) = &self.steps else {
            return (p.x.is_finite() && p.y.is_finite()).then_some(p);
        };
        let Steps { from, to } = &**steps;
        let start = from.enter(p);
        if !from.accepts(start) {
            return None;
        }
        let end = transform(&from.proj, &to.proj, start)?;
        let back = to.accepts(end).then(|| transform(&to.proj, &from.proj, end))??;
        // Negated, so that NaN is refused.
        (from.distance_m(start, back) < ROUND_TRIP_M).then(|| to.leave(end))
    }

    /// Converts many points in place; those without an image become NaN. Says how many those are.
    pub fn convert_many(&self, points: &mut [Coord<f64>]) -> usize {
        let mut lost = 0;
        for p in points {
            *p = self.convert(*p).unwrap_or_else(|| {
                lost += 1;
                Coord { x: f64::NAN, y: f64::NAN }
            });
        }
        lost
    }

    /// Every vertex converted; `None` when any has no image in the target CRS.
    pub fn convert_geometry(&self, geometry: &Geometry<f64>) -> Option<Geometry<f64>> {
        use geo::MapCoords as _;
        if self.is_identity() {
            return Some(geometry.clone());
        }
        geometry.try_map_coords(|p| self.convert(p).ok_or(())).ok()
    }
}

fn transform(from: &Proj, to: &Proj, (x, y): (f64, f64)) -> Option<(f64, f64)> {
    proj4rs::adaptors::transform_xy(from, to, x, y).ok()
}
