//! Whether an outline encloses an area, once.
//!
//! A polygon is refused when two of its edges cross, when a hole lies outside its outline, when it covers
//! a place twice, or when it has no area. Edges that only touch (two lobes that meet in a corner, parts
//! that share a border) are kept as they are.

use geo::algorithm::kernels::{Kernel as _, Orientation};
use geo::coordinate_position::{CoordPos, CoordinatePosition as _};
use geo::{Area as _, BoundingRect, Coord, Geometry, LineString, Polygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use spatial::overlay;

/// Pairs of edges that are compared at most, so that a hostile outline costs seconds and not hours.
const MAX_PAIRS: usize = 20_000_000;

/// What is wrong with an outline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    Crossing(Coord<f64>),
    HoleOutside,
    Overlapping,
    NoArea,
    TooTangled,
}

impl Fault {
    pub(super) fn reason(self) -> String {
        match self {
            Self::Crossing(at) => format!("its outline crosses itself near ({}, {})", at.x, at.y),
            Self::HoleOutside => "a hole lies outside its outline".into(),
            Self::Overlapping => "its outline covers a place twice".into(),
            Self::NoArea => "it encloses no area".into(),
            Self::TooTangled => "its outline is too tangled to check".into(),
        }
    }
}

/// `Ok` for anything that is not a polygon.
pub(super) fn check(geometry: &Geometry<f64>) -> Result<(), Fault> {
    let polygons = polygons(geometry);
    if polygons.is_empty() {
        return Ok(());
    }
    check_crossings(&polygons)?;
    for polygon in &polygons {
        check_holes(polygon)?;
        if polygon.unsigned_area() <= size(*polygon) * 1e-12 {
            return Err(Fault::NoArea);
        }
    }
    // What is enclosed twice counts twice by the rings, once or not at all by the even-odd rule.
    let enclosed: f64 = polygons.iter().map(|p| p.unsigned_area()).sum();
    let covered = overlay::enclosed(polygons.iter().flat_map(|p| rings(p))).unsigned_area();
    if (enclosed - covered).abs() > size(geometry) * 1e-6 { Err(Fault::Overlapping) } else { Ok(()) }
}

/// The square of the diagonal of the box around a shape.
fn size(shape: &impl BoundingRect<f64, Output: Into<Option<geo::Rect<f64>>>>) -> f64 {
    shape.bounding_rect().into().map_or(0.0, |r| r.width().powi(2) + r.height().powi(2))
}

/// The area that the even-odd rule gives; `None` when there is none.
pub(super) fn repaired(geometry: &Geometry<f64>) -> Option<Geometry<f64>> {
    let mended = overlay::enclosed(polygons(geometry).into_iter().flat_map(rings));
    match mended.0.len() {
        0 => None,
        1 => mended.0.into_iter().next().map(Geometry::Polygon),
        _ => Some(Geometry::MultiPolygon(mended)),
    }
}

fn polygons(geometry: &Geometry<f64>) -> Vec<&Polygon<f64>> {
    match geometry {
        Geometry::Polygon(p) => vec![p],
        Geometry::MultiPolygon(m) => m.iter().collect(),
        _ => Vec::new(),
    }
}

fn rings(polygon: &Polygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    std::iter::once(polygon.exterior()).chain(polygon.interiors())
}

fn check_crossings(polygons: &[&Polygon<f64>]) -> Result<(), Fault> {
    let edges: Vec<[Coord<f64>; 2]> =
        polygons.iter().flat_map(|p| rings(p)).flat_map(|r| r.lines().map(|l| [l.start, l.end])).collect();
    let boxed = |(i, e): (usize, &[Coord<f64>; 2])| {
        GeomWithData::new(Rectangle::from_corners([e[0].x, e[0].y], [e[1].x, e[1].y]), i)
    };
    let tree = RTree::bulk_load(edges.iter().enumerate().map(boxed).collect());
    let mut pairs = 0;
    for (i, edge) in edges.iter().enumerate() {
        let envelope = AABB::from_corners([edge[0].x, edge[0].y], [edge[1].x, edge[1].y]);
        for near in tree.locate_in_envelope_intersecting(envelope) {
            pairs += 1;
            if pairs > MAX_PAIRS {
                return Err(Fault::TooTangled);
            }
            if near.data > i && cross(edge, &edges[near.data]) {
                return Err(Fault::Crossing(meeting(edge, &edges[near.data])));
            }
        }
    }
    Ok(())
}

/// True when each edge has the other's ends strictly on both sides.
fn cross(a: &[Coord<f64>; 2], b: &[Coord<f64>; 2]) -> bool {
    let apart = |p: Coord<f64>, q: Coord<f64>, other: &[Coord<f64>; 2]| {
        let side = |r| <f64 as geo::GeoNum>::Ker::orient2d(p, q, r);
        let (first, second) = (side(other[0]), side(other[1]));
        first != second && first != Orientation::Collinear && second != Orientation::Collinear
    };
    apart(a[0], a[1], b) && apart(b[0], b[1], a)
}

fn meeting(a: &[Coord<f64>; 2], b: &[Coord<f64>; 2]) -> Coord<f64> {
    let (u, v) = (a[1] - a[0], b[1] - b[0]);
    let det = u.x * v.y - u.y * v.x;
    let w = b[0] - a[0];
    a[0] + u * ((w.x * v.y - w.y * v.x) / det)
}

/// Edges do not cross when this is asked, so one corner off the outline tells for the whole hole.
fn check_holes(polygon: &Polygon<f64>) -> Result<(), Fault> {
    let outline = Polygon::new(polygon.exterior().clone(), Vec::new());
    for hole in polygon.interiors() {
        let place =
            hole.coords().map(|c| outline.coordinate_position(c)).find(|p| *p != CoordPos::OnBoundary);
        if place == Some(CoordPos::Outside) {
            return Err(Fault::HoleOutside);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    #[test]
    fn a_bow_tie_is_refused_and_can_be_cut_at_its_crossing() {
        let bow: Geometry<f64> = wkt!(POLYGON((0. 0., 2. 2., 2. 0., 0. 2., 0. 0.))).into();
        assert_eq!(check(&bow), Err(Fault::Crossing(Coord { x: 1.0, y: 1.0 })));
        let mended = repaired(&bow).expect("has area");
        assert!((mended.unsigned_area() - 2.0).abs() < 1e-6 && check(&mended).is_ok());
    }

    #[test]
    fn touching_outlines_holes_and_neighbours_are_fine() {
        let eight: Geometry<f64> = wkt!(POLYGON((0. 0., 1. 1., 2. 0., 2. 2., 1. 1., 0. 2., 0. 0.))).into();
        let ring: Geometry<f64> =
            wkt!(POLYGON((0. 0., 4. 0., 4. 4., 0. 4., 0. 0.), (0. 2., 1. 1., 1. 3., 0. 2.))).into();
        let pair: Geometry<f64> = wkt!(MULTIPOLYGON(
            ((0. 0., 1. 0., 1. 1., 0. 1., 0. 0.)), ((1. 0., 2. 0., 2. 1., 1. 1., 1. 0.))
        ))
        .into();
        for shape in [eight, ring, pair] {
            assert_eq!(check(&shape), Ok(()), "{shape:?}");
        }
    }

    #[test]
    fn holes_outside_and_flat_outlines_are_refused() {
        let outside: Geometry<f64> =
            wkt!(POLYGON((0. 0., 1. 0., 1. 1., 0. 0.), (5. 5., 6. 5., 6. 6., 5. 5.))).into();
        assert_eq!(check(&outside), Err(Fault::HoleOutside));
        let flat: Geometry<f64> = wkt!(POLYGON((0. 0., 1. 1., 2. 2., 1. 1., 0. 0.))).into();
        assert_eq!(check(&flat), Err(Fault::NoArea));
    }

    #[test]
    fn an_outline_walked_twice_and_parts_on_each_other_are_refused() {
        let twice: Geometry<f64> =
            wkt!(POLYGON((0. 0., 2. 0., 2. 2., 0. 2., 0. 0., 2. 0., 2. 2., 0. 2., 0. 0.))).into();
        let through_a_corner: Geometry<f64> =
            wkt!(POLYGON((0. 0., 1. 1., 2. 2., 2. 0., 1. 1., 0. 2., 0. 0.))).into();
        let stacked: Geometry<f64> =
            wkt!(MULTIPOLYGON(((0. 0., 1. 0., 1. 1., 0. 0.)), ((0. 0., 1. 0., 1. 1., 0. 0.)))).into();
        for shape in [twice, through_a_corner, stacked] {
            assert!(check(&shape).is_err(), "{shape:?}");
        }
    }

    #[test]
    fn a_star_of_a_hundred_thousand_crossing_edges_is_refused_at_once() {
        let far = |i: u32| f64::from(i) * 2.4;
        let corners = (0..100_000).map(|i| Coord { x: far(i).cos(), y: far(i).sin() }).collect();
        let star = Geometry::Polygon(Polygon::new(LineString::new(corners), Vec::new()));
        assert!(matches!(check(&star), Err(Fault::Crossing(_))));
    }
}
