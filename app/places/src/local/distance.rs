//! Distances on the ellipsoid between a point and a shape.

use geo::{
    BoundingRect as _, Centroid as _, Closest, ClosestPoint as _, Distance as _, Geodesic, Geometry,
    InteriorPoint as _, MapCoords as _,
};
use plugin_api::Point;

/// Metres in a degree of latitude and of longitude at a latitude, on WGS 84.
fn degree_m(lat: f64) -> [f64; 2] {
    const A: f64 = 6_378_137.0;
    const E2: f64 = 0.006_694_379_990_141_316;
    let (sin, cos) = lat.to_radians().sin_cos();
    let w = (1.0 - E2 * sin * sin).sqrt();
    let per_degree = std::f64::consts::PI / 180.0;
    [per_degree * A * (1.0 - E2) / (w * w * w), per_degree * A * cos.max(1e-9) / w]
}

/// Metres on the ellipsoid (geodesic) from a point to the nearest of a shape in longitude and latitude; 0 inside.
///
/// The nearest point is found in the plane that touches there, the distance is a geodesic: over a kilometre the two
/// choices of a nearest point differ by less than a millimetre.
pub(crate) fn metres(at: Point, shape: &Geometry<f64>) -> f64 {
    let [lat_m, lon_m] = degree_m(at.lat);
    let flat = shape.map_coords(|c| geo::coord! { x: (c.x - at.lon) * lon_m, y: (c.y - at.lat) * lat_m });
    match flat.closest_point(&geo::Point::new(0.0, 0.0)) {
        Closest::Intersection(_) => 0.0,
        Closest::SinglePoint(p) => {
            let nearest = geo::Point::new(p.x() / lon_m + at.lon, p.y() / lat_m + at.lat);
            between(at, Point::new(nearest.y(), nearest.x()))
        }
        Closest::Indeterminate => f64::INFINITY,
    }
}

/// Metres on the ellipsoid between two points.
pub(crate) fn between(a: Point, b: Point) -> f64 {
    Geodesic.distance(geo::Point::new(a.lon, a.lat), geo::Point::new(b.lon, b.lat))
}

/// A point that stands for a shape: its centroid where that lies within, else one that does.
pub(crate) fn middle(shape: &Geometry<f64>) -> Point {
    let centroid = shape.centroid();
    let inside = centroid.filter(|p| geo::Intersects::intersects(shape, p));
    let corner = || shape.bounding_rect().map(|r| geo::Point::from(r.center()));
    let point = inside.or_else(|| shape.interior_point()).or(centroid).or_else(corner);
    point.map_or(Point::new(0.0, 0.0), |p| Point::new(p.y(), p.x()))
}

/// The box around a point that holds everything within so many metres.
pub(crate) fn around(at: Point, radius_m: f64) -> [f64; 4] {
    let [west, south, east, north] = at.square(radius_m * 1.01 + 1.0);
    // Beyond the last meridian, and near the poles, a box says nothing.
    if west <= -180.0 || east >= 180.0 || north > 89.0 || south < -89.0 {
        return [-180.0, -90.0, 180.0, 90.0];
    }
    [west, south, east, north]
}
