//! The truth of every building: its outline in the image, where footprints draw it, and its class.

use geo::Area as _;
use geo::{Coord, LineString, MultiPolygon, Polygon};
use spatial::overlay;

use crate::building::Building;
use crate::damage::{Damage, DamageClass};
use crate::dice::Dice;
use crate::geometry::V2;
use crate::material::Material;
use crate::noise::fractal;

/// Footprints with less of them in the image than this are trimmed, as CRASAR trims to valid data.
const LEAST_IMAGED: f32 = 0.3;
/// A footprint needs this much of valid image to be judged.
const LEAST_VALID: f32 = 0.6;
/// Crowns over this share of a roof hide it.
const MOST_HIDDEN: f32 = 0.55;

/// One building as a footprint file knows it, with what is true about it.
#[derive(Clone, Debug)]
pub struct Footprint {
    /// 32 hexadecimal digits, the same in every file.
    pub id: String,
    pub address: String,
    /// Where the image shows it: a closed ring in pixels of the post-event image.
    pub aligned_px: Vec<[f64; 2]>,
    /// Where the footprint file draws it: the same ring moved by minus the displacement.
    pub drawn_px: Vec<[f64; 2]>,
    /// From drawn to aligned, in pixels.
    pub displacement_px: [f64; 2],
    pub class: DamageClass,
}

/// How footprints are off: a smooth field, in metres, up to about 2 m and different everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Displacement {
    common: V2,
    salt: u32,
}

impl Displacement {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "displacement");
        let common = V2::turned(dice.range(0.0, std::f32::consts::TAU)) * dice.range(0.5, 0.8);
        Self { common, salt: dice.salt() }
    }

    pub(crate) fn at(&self, p: V2) -> V2 {
        let field = |k: u32| 5.2 * (fractal(p * 0.017, 2, self.salt ^ k) - 0.5);
        let d = self.common + V2::new(field(1), field(2));
        let length = d.length();
        if length > 2.1 { d * (2.1 / length) } else { d }
    }
}

/// The outline of a building: its wings joined, as a closed ring in metres.
fn outline(building: &Building) -> Vec<[f64; 2]> {
    let mut joined: Option<MultiPolygon<f64>> = None;
    for wing in building.wings.iter().filter(|w| w.outline) {
        let corner = |sx: f32, sy: f32| {
            let p = wing.at + V2::new(sx * wing.half.x, sy * wing.half.y);
            Coord { x: f64::from(p.x), y: f64::from(p.y) }
        };
        let ring = vec![corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)];
        let part = MultiPolygon(vec![Polygon::new(LineString(ring), Vec::new())]);
        joined = Some(joined.map_or(part.clone(), |all| overlay::union(&all, &part)));
    }
    let parts = joined.map(|m| m.0).unwrap_or_default();
    let largest = parts.into_iter().max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()));
    let ring = largest.map(|p| p.exterior().0.clone()).unwrap_or_default();
    let world = |c: &Coord<f64>| {
        let p = building.frame.world(V2::new(c.x as f32, c.y as f32));
        [f64::from(p.x), f64::from(p.y)]
    };
    ring.iter().map(world).collect()
}

/// What the post-event image shows of a building.
struct Sight {
    valid: f32,
    hidden: f32,
}

impl Sight {
    fn of(building: &Building, size: V2, gsd_m: f32, material: impl Fn(V2) -> Material) -> Self {
        let bounds = building.bounds(0.0);
        let step = gsd_m.max(0.15);
        let (mut all, mut valid, mut hidden) = (0.0_f32, 0.0, 0.0);
        let mut y = bounds.min.y + 0.5 * step;
        while y < bounds.max.y {
            let mut x = bounds.min.x + 0.5 * step;
            while x < bounds.max.x {
                let p = V2::new(x, y);
                x += step;
                if building.distance(building.frame.local(p)) > 0.0 {
                    continue;
                }
                all += 1.0;
                if p.x < 0.0 || p.y < 0.0 || p.x >= size.x || p.y >= size.y {
                    continue;
                }
                match material(p) {
                    Material::Nothing => {}
                    Material::Canopy => {
                        valid += 1.0;
                        hidden += 1.0;
                    }
                    _ => valid += 1.0,
                }
            }
            y += step;
        }
        let share = |v: f32| v / all.max(1.0);
        Self { valid: share(valid), hidden: share(hidden) }
    }
}

/// Every footprint of the post-event image.
pub(crate) fn footprints(
    buildings: &[Building],
    damages: &[Damage],
    size: V2,
    gsd_m: f64,
    field: &Displacement,
    material: impl Fn(V2) -> Material,
) -> Vec<Footprint> {
    let mut all = Vec::new();
    for (building, damage) in buildings.iter().zip(damages) {
        let sight = Sight::of(building, size, gsd_m as f32, &material);
        if sight.valid < LEAST_IMAGED {
            continue;
        }
        let class = if sight.valid < LEAST_VALID {
            DamageClass::UnClassified
        } else if sight.hidden / sight.valid > MOST_HIDDEN {
            DamageClass::Obscured
        } else {
            damage.class
        };
        let off = field.at(building.frame.origin);
        let displacement_px = [f64::from(off.x) / gsd_m, f64::from(off.y) / gsd_m];
        let aligned_px: Vec<[f64; 2]> =
            outline(building).into_iter().map(|[x, y]| [x / gsd_m, y / gsd_m]).collect();
        let drawn_px =
            aligned_px.iter().map(|[x, y]| [x - displacement_px[0], y - displacement_px[1]]).collect();
        let (id, address) = (building.id.clone(), building.address.clone());
        all.push(Footprint { id, address, aligned_px, drawn_px, displacement_px, class });
    }
    all
}
