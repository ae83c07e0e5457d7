//! How well two outlines of one object agree.
//!
//! IoU; boundary IoU (Cheng et al. 2021: only what lies within a distance of either outline counts, so that
//! large objects cannot hide a bad edge); Hausdorff distance of the outlines.

use geo::{Area as _, Coord, Distance as _, Euclidean, Geometry, MultiPolygon, Point};
use serde::{Deserialize, Serialize};

/// Places along an outline that the Hausdorff distance looks from, at most.
const PLACES: usize = 2000;

/// Two outlines beside each other; lengths in the units of their coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShapeAgreement {
    /// Area of both ÷ area of either; null without an area.
    pub iou: Option<f64>,
    /// The same within the distance of the outlines.
    pub boundary_iou: Option<f64>,
    /// The farthest that a place of one outline is from the other.
    pub hausdorff: Option<f64>,
}

/// Compares two shapes; those without an area have a Hausdorff distance only. `within` is how far from an
/// outline its edge reaches; 0 leaves the boundary IoU out.
pub fn compare(a: &Geometry<f64>, b: &Geometry<f64>, within: f64) -> ShapeAgreement {
    let hausdorff = hausdorff(a, b);
    let (Some(a), Some(b)) = (area(a), area(b)) else {
        return ShapeAgreement { hausdorff, ..ShapeAgreement::default() };
    };
    let edges = (within > 0.0).then(|| (edge(&a, within), edge(&b, within)));
    ShapeAgreement { iou: iou(&a, &b), boundary_iou: edges.and_then(|(a, b)| iou(&a, &b)), hausdorff }
}

/// Area of both ÷ area of either; `None` where either has none.
pub fn overlap(a: &Geometry<f64>, b: &Geometry<f64>) -> Option<f64> {
    iou(&area(a)?, &area(b)?)
}

/// What of an area lies within a distance of its outline.
fn edge(area: &MultiPolygon<f64>, within: f64) -> MultiPolygon<f64> {
    let inner = spatial::overlay::widened(area, -within);
    spatial::overlay::difference(area, &inner)
}

fn iou(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> Option<f64> {
    let both = spatial::overlay::intersection(a, b).unsigned_area();
    let either = a.unsigned_area() + b.unsigned_area() - both;
    (either > 0.0).then(|| (both / either).clamp(0.0, 1.0))
}

fn area(shape: &Geometry<f64>) -> Option<MultiPolygon<f64>> {
    match shape {
        Geometry::Polygon(polygon) => Some(MultiPolygon::new(vec![polygon.clone()])),
        Geometry::MultiPolygon(many) => Some(many.clone()),
        Geometry::Rect(rect) => Some(MultiPolygon::new(vec![rect.to_polygon()])),
        _ => None,
    }
}

/// The larger of both directions, from places along each outline: corners, and points between them so dense
/// that the distance errs by less than half their spacing.
fn hausdorff(a: &Geometry<f64>, b: &Geometry<f64>) -> Option<f64> {
    let (a, b) = (Outline::of(a)?, Outline::of(b)?);
    Some(a.farthest_from(&b).max(b.farthest_from(&a)))
}

/// Lines of an outline, or one point.
struct Outline {
    lines: Vec<geo::Line<f64>>,
    points: Vec<Point<f64>>,
}

impl Outline {
    fn of(shape: &Geometry<f64>) -> Option<Self> {
        use geo::{CoordsIter as _, LinesIter as _};
        let lines: Vec<geo::Line<f64>> = match shape {
            Geometry::Polygon(polygon) => polygon.lines_iter().collect(),
            Geometry::MultiPolygon(many) => many.lines_iter().collect(),
            Geometry::LineString(line) => line.lines_iter().collect(),
            Geometry::MultiLineString(many) => many.lines_iter().collect(),
            Geometry::Rect(rect) => rect.to_polygon().lines_iter().collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let points: Vec<Point<f64>> = shape.coords_iter().map(Point::from).collect();
        (!points.is_empty()).then_some(Self { lines, points })
    }

    fn farthest_from(&self, other: &Self) -> f64 {
        let length: f64 = self.lines.iter().map(|l| Euclidean.distance(l.start_point(), l.end_point())).sum();
        let spacing = length / PLACES as f64;
        let between = self.lines.iter().flat_map(|line| {
            let length = Euclidean.distance(line.start_point(), line.end_point());
            let n = if spacing > 0.0 { (length / spacing).floor() as usize } else { 0 };
            (1..=n.min(PLACES)).map(move |i| {
                let share = i as f64 / (n + 1) as f64;
                let at = Coord { x: line.start.x + line.dx() * share, y: line.start.y + line.dy() * share };
                Point::from(at)
            })
        });
        let places = self.points.iter().copied().chain(between);
        places.map(|place| other.distance_to(place)).fold(0.0, f64::max)
    }

    fn distance_to(&self, place: Point<f64>) -> f64 {
        let to_lines = self.lines.iter().map(|line| Euclidean.distance(&place, line));
        let to_points = self.points.iter().map(|point| Euclidean.distance(place, *point));
        to_lines.chain(to_points).fold(f64::INFINITY, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use geo::Rect;

    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Geometry<f64> {
        Rect::new((x, y), (x + side, y + side)).to_polygon().into()
    }

    #[test]
    fn the_same_outline_agrees_wholly() {
        let one = compare(&square(0.0, 0.0, 10.0), &square(0.0, 0.0, 10.0), 1.0);
        assert!((one.iou.expect("area") - 1.0).abs() < 1e-9);
        assert!((one.boundary_iou.expect("area") - 1.0).abs() < 1e-6);
        assert_eq!(one.hausdorff, Some(0.0));
    }

    #[test]
    fn a_shifted_square_has_the_numbers_of_its_shift() {
        let one = compare(&square(0.0, 0.0, 10.0), &square(1.0, 0.0, 10.0), 1.0);
        assert!((one.iou.expect("area") - 90.0 / 110.0).abs() < 1e-9);
        assert!((one.hausdorff.expect("outline") - 1.0).abs() < 1e-9);
        // Edges of 36 each: shared are the two long strips, 9 by 1, less nothing at their ends.
        let boundary = one.boundary_iou.expect("area");
        assert!(boundary < one.iou.expect("area"), "{boundary}");
        assert!((boundary - 18.0 / 54.0).abs() < 0.05, "{boundary}");
    }

    #[test]
    fn distance_is_that_of_outlines_not_of_corners() {
        // A bar through the middle of the long side: its nearest corner is 50 away, its outline 0.
        let long = Rect::new((0.0, 0.0), (100.0, 1.0)).to_polygon().into();
        let line = geo::LineString::from(vec![(50.0, 0.0), (50.0, 1.0)]).into();
        let there = compare(&line, &long, 0.0);
        assert_eq!(there.iou, None);
        assert!((there.hausdorff.expect("outline") - 50.0).abs() < 0.2, "{there:?}");
    }

    #[test]
    fn what_has_no_outline_has_no_agreement() {
        let none =
            compare(&Geometry::MultiPolygon(MultiPolygon::new(Vec::new())), &square(0.0, 0.0, 1.0), 1.0);
        assert_eq!(none.hausdorff, None);
    }
}
