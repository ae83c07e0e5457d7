//! Right angles: the outline of a building as it was built.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_8};

use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon};

use super::outline::noise;
use super::{GeometryError, is_sound, simplify};

/// How far an edge may be off a direction of the building and still belong to it: beyond, it is a slant.
const SLANT: f64 = FRAC_PI_8;

/// The shape with right angles: edges are turned into the two directions that most of the outline has, each
/// about its own middle; edges that are slanted on purpose stay slanted. What is noise along an edge is left
/// out first.
pub fn square(geometry: &Geometry<f64>) -> Result<Geometry<f64>, GeometryError> {
    let plain = match geometry {
        Geometry::Polygon(_) | Geometry::MultiPolygon(_) => simplify(geometry, noise(geometry))?,
        _ => return Err(GeometryError::NotAnArea),
    };
    let squared: Geometry<f64> = match &plain {
        Geometry::MultiPolygon(m) => MultiPolygon(m.iter().map(polygon).collect()).into(),
        Geometry::Polygon(p) => polygon(p).into(),
        _ => return Err(GeometryError::NotAnArea),
    };
    // A shape that is no building, such as a star, would fold over itself.
    if is_sound(&squared) { Ok(squared) } else { Err(GeometryError::Unchanged) }
}

fn polygon(polygon: &Polygon<f64>) -> Polygon<f64> {
    let direction = main_direction(polygon.exterior());
    let holes = polygon.interiors().iter().map(|hole| ring(hole, direction)).collect();
    Polygon::new(ring(polygon.exterior(), direction), holes)
}

/// The angle, of the four that are alike, that most of the outline has: the mean of edge directions turned by
/// quarters onto each other, each with the weight of its length.
fn main_direction(ring: &LineString<f64>) -> f64 {
    let (mut sum_cos, mut sum_sin) = (0.0, 0.0);
    for edge in ring.lines() {
        let (dx, dy) = (edge.end.x - edge.start.x, edge.end.y - edge.start.y);
        let (sin, cos) = (4.0 * dy.atan2(dx)).sin_cos();
        let length = dx.hypot(dy);
        (sum_cos, sum_sin) = (sum_cos + length * cos, sum_sin + length * sin);
    }
    sum_sin.atan2(sum_cos) / 4.0
}

/// A straight line that an edge is to lie on.
#[derive(Clone, Copy, Debug)]
struct Side {
    through: Coord<f64>,
    angle: f64,
    length: f64,
    /// Along one of the main directions.
    main: bool,
}

impl Side {
    fn new(start: Coord<f64>, end: Coord<f64>, direction: f64) -> Self {
        let (dx, dy) = (end.x - start.x, end.y - start.y);
        let angle = dy.atan2(dx);
        let turned = ((angle - direction) / FRAC_PI_2).round() * FRAC_PI_2 + direction;
        let main = (angle - turned).abs() < SLANT;
        let angle = if main { turned } else { angle };
        Self { through: (start + end) / 2.0, angle, length: dx.hypot(dy), main }
    }

    fn is_parallel(&self, other: &Self) -> bool {
        (self.angle - other.angle).sin().abs() < 1e-6
    }

    /// Where two lines meet that are not parallel.
    fn meets(&self, other: &Self) -> Coord<f64> {
        let ((sa, ca), (sb, cb)) = (self.angle.sin_cos(), other.angle.sin_cos());
        let between = other.through - self.through;
        let along = (between.x * sb - between.y * cb) / (ca * sb - sa * cb);
        Coord { x: self.through.x + along * ca, y: self.through.y + along * sa }
    }

    /// The line between two parallel ones, each with the weight of its length.
    fn between(&self, other: &Self) -> Self {
        let length = self.length + other.length;
        let through = (self.through * self.length + other.through * other.length) / length;
        Self { through, length, ..*self }
    }
}

fn ring(line: &LineString<f64>, direction: f64) -> LineString<f64> {
    let mut sides: Vec<Side> = Vec::new();
    for edge in line.lines().filter(|e| e.start != e.end) {
        let side = Side::new(edge.start, edge.end, direction);
        match sides.last_mut() {
            Some(last) if last.main && side.main && last.is_parallel(&side) => *last = last.between(&side),
            _ => sides.push(side),
        }
    }
    while let [first, .., last] = sides[..]
        && first.is_parallel(&last)
    {
        sides[0] = first.between(&last);
        sides.pop();
    }
    let doubled = |i: usize| sides[i].is_parallel(&sides[(i + 1) % sides.len()]);
    if sides.len() < 3 || (0..sides.len()).any(doubled) {
        return line.clone();
    }
    let count = sides.len();
    let mut corners: Vec<Coord<f64>> =
        (0..count).map(|i| sides[(i + count - 1) % count].meets(&sides[i])).collect();
    corners.push(corners[0]);
    LineString::new(corners)
}
