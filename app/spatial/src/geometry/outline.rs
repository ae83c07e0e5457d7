//! Outlines: fewer corners, rounder ones, none at all.

use geo::{
    Area as _, ChaikinSmoothing as _, CoordsIter as _, Length as _, MinimumRotatedRect as _, Simplify as _,
    SimplifyVwPreserve as _,
};
use geo_types::{Geometry, MultiPoint};

use super::{GeometryError, is_sound, repair};

/// How far a corner may stand off a straight edge, as a share of the shape's size, to count as noise.
const NOISE: f64 = 0.03;
/// Rounds of corner cutting that [`smooth`] makes: each halves what is left of a corner.
const ROUNDS: usize = 2;

/// How many corners or points a shape has; closing ones do not count.
pub fn corner_count(geometry: &Geometry<f64>) -> usize {
    let closing = match geometry {
        Geometry::Polygon(p) => 1 + p.interiors().len(),
        Geometry::MultiPolygon(m) => m.iter().map(|p| 1 + p.interiors().len()).sum(),
        _ => 0,
    };
    geometry.coords_count().saturating_sub(closing)
}

/// The shape with the corners left out that stand off the rest by less than a tolerance in world units
/// (Douglas and Peucker); never crosses itself.
pub fn simplify(geometry: &Geometry<f64>, tolerance: f64) -> Result<Geometry<f64>, GeometryError> {
    if !tolerance.is_finite() || tolerance <= 0.0 {
        return Err(GeometryError::NotAnAmount);
    }
    let thinned: Geometry<f64> = match geometry {
        Geometry::Polygon(p) => p.simplify(tolerance).into(),
        Geometry::MultiPolygon(m) => m.simplify(tolerance).into(),
        Geometry::LineString(l) => l.simplify(tolerance).into(),
        Geometry::MultiLineString(m) => m.simplify(tolerance).into(),
        _ => return Err(GeometryError::NoEdges),
    };
    if is_sound(&thinned) || !is_sound(geometry) {
        return Ok(thinned);
    }
    // Visvalingam's rule keeps the rings apart, at the price of more corners.
    let gentler: Geometry<f64> = match geometry {
        Geometry::Polygon(p) => p.simplify_vw_preserve(tolerance * tolerance).into(),
        Geometry::MultiPolygon(m) => m.simplify_vw_preserve(tolerance * tolerance).into(),
        _ => return Ok(thinned),
    };
    if is_sound(&gentler) { Ok(gentler) } else { repair(&thinned) }
}

/// The shape with its corners cut twice (Chaikin), which draws near to a quadratic spline.
pub fn smooth(geometry: &Geometry<f64>) -> Result<Geometry<f64>, GeometryError> {
    Ok(match geometry {
        Geometry::Polygon(p) => p.chaikin_smoothing(ROUNDS).into(),
        Geometry::MultiPolygon(m) => m.chaikin_smoothing(ROUNDS).into(),
        Geometry::LineString(l) => l.chaikin_smoothing(ROUNDS).into(),
        Geometry::MultiLineString(m) => m.chaikin_smoothing(ROUNDS).into(),
        _ => return Err(GeometryError::NoEdges),
    })
}

/// The shape with edges that are all but straight made straight.
pub fn straighten(geometry: &Geometry<f64>) -> Result<Geometry<f64>, GeometryError> {
    let straight = simplify(geometry, noise(geometry))?;
    if corner_count(&straight) < corner_count(geometry) {
        Ok(straight)
    } else {
        Err(GeometryError::Unchanged)
    }
}

/// World units that a hand trembles by on a shape of this size.
pub(super) fn noise(geometry: &Geometry<f64>) -> f64 {
    let length: f64 = match geometry {
        Geometry::LineString(l) => geo::Euclidean.length(l),
        Geometry::MultiLineString(m) => geo::Euclidean.length(m),
        _ => geometry.unsigned_area().sqrt(),
    };
    (length * NOISE).max(f64::MIN_POSITIVE)
}

/// The smallest box, turned any way, that holds the shape.
pub fn oriented_box(geometry: &Geometry<f64>) -> Result<Geometry<f64>, GeometryError> {
    // Of an unsound shape any ring may lie outermost.
    let corners: MultiPoint<f64> = geometry.coords_iter().collect();
    let found = corners.minimum_rotated_rect().filter(|p| p.unsigned_area() > 0.0);
    found.map(Geometry::Polygon).ok_or(GeometryError::NotAnArea)
}
