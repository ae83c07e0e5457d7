//! Areas put together: what they enclose, share, and leave over.
//!
//! Edges are cut where they meet, and told on which side an area lies, by one sweep over all of them on a grid
//! (i_overlay), with the even-odd rule of OGC Simple Features. The grid is that of the floats themselves: steps of
//! the last bit of the largest coordinate, across and up, so that what is made needs no rounding any more. What the sweep
//! leaves is put together here, because the library's own polygons lose holes that touch other rings. Ours are
//! sound: outlines anticlockwise, holes clockwise, rings that touch in points only, the inside in one piece.

mod rings;

use geo_types::{LineString, MultiPolygon, Polygon};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay, ShapeType};
use i_overlay::core::solver::Solver;
use i_overlay::float::overlay::OverlayOptions;
use i_overlay::float::slice::FloatSlice as _;
use i_overlay::i_float::int::point::IntPoint;
use i_overlay::mesh::float::outline::offset::OutlineOffset as _;
use i_overlay::mesh::float::stroke::offset::StrokeOffset as _;
use i_overlay::mesh::float::style::{LineCap, LineJoin, OutlineStyle, StrokeStyle};
use i_overlay::mesh::math::MathMode;
use i_overlay::vector::edge::{CLIP_LEFT, CLIP_RIGHT, SUBJ_LEFT, SUBJ_RIGHT};

use self::rings::{Node, Side};

type Path = Vec<[f64; 2]>;

/// Radians of an arc that one chord stands for.
const ARC: f64 = 0.1;

/// What all rings together enclose by the even-odd rule, whatever their direction and however they cross.
///
/// Rings need not be closed. A ring with a coordinate that is not finite encloses nothing.
pub fn enclosed<'a>(rings: impl IntoIterator<Item = &'a LineString<f64>>) -> MultiPolygon<f64> {
    overlay(&rings.into_iter().filter_map(path).collect::<Vec<_>>(), &[], |a, _| a)
}

/// What lies in either.
pub fn union(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    overlay(&paths(a), &paths(b), |a, b| a || b)
}

/// What lies in any of several areas.
pub fn union_of<'a>(areas: impl IntoIterator<Item = &'a MultiPolygon<f64>>) -> MultiPolygon<f64> {
    let mut rest: Vec<MultiPolygon<f64>> = areas.into_iter().map(|area| enclosed(rings(area))).collect();
    // Neighbours in pairs: small areas meet small ones, and each corner is looked at a few times only.
    while rest.len() > 1 {
        rest =
            rest.chunks(2).map(|pair| pair[1..].iter().fold(pair[0].clone(), |a, b| union(&a, b))).collect();
    }
    rest.pop().unwrap_or_else(|| MultiPolygon(Vec::new()))
}

/// What lies in both.
pub fn intersection(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    overlay(&paths(a), &paths(b), |a, b| a && b)
}

/// What lies in `a` and not in `b`.
pub fn difference(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    overlay(&paths(a), &paths(b), |a, b| a && !b)
}

/// What lies in one of them alone.
pub fn symmetric_difference(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    overlay(&paths(a), &paths(b), |a, b| a != b)
}

/// The pieces into which lines cut an area. A line that ends inside cuts nothing off.
pub fn pieces(area: &MultiPolygon<f64>, lines: &[LineString<f64>]) -> Vec<Polygon<f64>> {
    let line = |line: &LineString<f64>| -> Path { line.coords().map(|c| [c.x, c.y]).collect() };
    let lines: Vec<Path> = lines.iter().filter(|l| is_finite(l)).map(line).collect();
    let options = OverlayOptions::<f64, i64>::ogc();
    let cut = paths(area).slice_custom_by_as::<i64>(&lines, FillRule::EvenOdd, options, Solver::default());
    cut.into_iter().filter_map(polygon).collect()
}

/// What lies nearer to a sound area than a distance; for a negative one, what lies deeper inside than that.
/// Corners become arcs of chords that err by less than 0.2 % of the distance.
pub fn widened(area: &MultiPolygon<f64>, distance: f64) -> MultiPolygon<f64> {
    let shapes: Vec<Vec<Path>> = area.iter().map(|p| rings([p]).filter_map(path).collect()).collect();
    let style = OutlineStyle::new(distance).line_join(LineJoin::Round(ARC)).math(MathMode::Float);
    let wide = shapes.outline_custom_as::<i64>(&style, OverlayOptions::default());
    overlay(&wide.concat(), &[], |a, _| a)
}

/// What lies nearer to a line than a distance, with round ends.
pub fn along(line: &LineString<f64>, distance: f64) -> MultiPolygon<f64> {
    if !is_finite(line) || line.0.len() < 2 {
        return MultiPolygon(Vec::new());
    }
    let closed = line.is_closed() && line.0.len() > 3;
    let path: Path = line.0[..line.0.len() - usize::from(closed)].iter().map(|c| [c.x, c.y]).collect();
    let style = StrokeStyle::new(2.0 * distance)
        .line_join(LineJoin::Round(ARC))
        .start_cap(LineCap::Round(ARC))
        .end_cap(LineCap::Round(ARC))
        .math(MathMode::Float);
    let wide = path.stroke_custom_as::<i64>(style, closed, OverlayOptions::default());
    overlay(&wide.concat(), &[], |a, _| a)
}

/// What lies where a rule says so, told whether a place lies in the one and in the other.
fn overlay(subject: &[Path], clip: &[Path], rule: impl Fn(bool, bool) -> bool) -> MultiPolygon<f64> {
    let grid = Grid::over(subject.iter().chain(clip));
    let count = subject.iter().chain(clip).map(Vec::len).sum();
    let mut sweep = Overlay::new_custom(count, IntOverlayOptions::keep_all_points(), Solver::default());
    for (paths, kind) in [(subject, ShapeType::Subject), (clip, ShapeType::Clip)] {
        for path in paths {
            sweep.add_path_iter(path.iter().map(|at| grid.node(*at)), kind);
        }
    }
    let sides = sweep.build_separate_vectors(FillRule::EvenOdd).into_iter().filter_map(|edge| {
        let is = |bit: u8| edge.fill & bit != 0;
        let (from, to) = ([edge.a.x, edge.a.y], [edge.b.x, edge.b.y]);
        match (rule(is(SUBJ_LEFT), is(CLIP_LEFT)), rule(is(SUBJ_RIGHT), is(CLIP_RIGHT))) {
            (true, false) => Some(Side { from, to }),
            (false, true) => Some(Side { from: to, to: from }),
            _ => None,
        }
    });
    let shapes = rings::polygons(sides.collect());
    let ring = |ring: Vec<Node>| ring.into_iter().map(|node| grid.place(node)).collect();
    shapes.into_iter().filter_map(|shape| polygon(shape.into_iter().map(ring).collect())).collect()
}

/// Floats as whole numbers below 2⁵³ and back, each axis by itself: every float with the exponent of the largest has
/// its own.
#[derive(Clone, Copy, Debug)]
struct Grid {
    scale: [f64; 2],
}

impl Grid {
    fn over<'a>(paths: impl Iterator<Item = &'a Path>) -> Self {
        let larger = |[x, y]: [f64; 2], at: &[f64; 2]| [x.max(at[0].abs()), y.max(at[1].abs())];
        let largest = paths.flatten().fold([0.0; 2], larger);
        // Powers of two, so that nothing is rounded but what is finer than a step.
        let scale = largest.map(|number: f64| {
            let exponent = i64::try_from(number.to_bits() >> 52).unwrap_or(0) - 1023;
            f64::from_bits((1023 + (52 - exponent).clamp(-1000, 1000)).unsigned_abs() << 52)
        });
        Self { scale }
    }

    #[expect(clippy::cast_possible_truncation, reason = "below 2⁵³ by the choice of the scale")]
    fn node(self, at: [f64; 2]) -> IntPoint<i64> {
        let [x, y] = [0, 1].map(|i| (at[i] * self.scale[i]).round() as i64);
        IntPoint::new(x, y)
    }

    #[expect(clippy::cast_precision_loss, reason = "below 2⁵³: exact")]
    fn place(self, at: Node) -> [f64; 2] {
        [0, 1].map(|i| at[i] as f64 / self.scale[i])
    }
}

fn polygon(shape: Vec<Path>) -> Option<Polygon<f64>> {
    let mut rings = shape.into_iter().map(LineString::from);
    Some(Polygon::new(rings.next()?, rings.collect()))
}

fn paths(area: &MultiPolygon<f64>) -> Vec<Path> {
    rings(area).filter_map(path).collect()
}

fn rings<'a>(area: impl IntoIterator<Item = &'a Polygon<f64>>) -> impl Iterator<Item = &'a LineString<f64>> {
    area.into_iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
}

fn is_finite(line: &LineString<f64>) -> bool {
    line.coords().all(|c| c.x.is_finite() && c.y.is_finite())
}

/// The corners of a ring without the closing one.
fn path(ring: &LineString<f64>) -> Option<Path> {
    let open = ring.0.len() - usize::from(ring.0.len() > 1 && ring.is_closed());
    let corners = &ring.0[..open];
    (is_finite(ring) && corners.len() > 2).then(|| corners.iter().map(|c| [c.x, c.y]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area as _, BoundingRect as _, Contains as _, Coord, Point};
    use proptest::prelude::*;

    fn ring(corners: &[(f64, f64)]) -> LineString<f64> {
        corners.iter().map(|(x, y)| Coord { x: *x, y: *y }).collect()
    }

    fn square(x: f64, y: f64, size: f64) -> MultiPolygon<f64> {
        let corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)];
        MultiPolygon(vec![Polygon::new(ring(&corners), Vec::new())])
    }

    #[test]
    fn two_squares_share_join_and_leave_what_one_expects() {
        let (a, b) = (square(0.0, 0.0, 2.0), square(1.0, 1.0, 2.0));
        let near = |shape: MultiPolygon<f64>, area: f64| {
            assert!((shape.unsigned_area() - area).abs() < 1e-12, "{shape:?}");
        };
        near(union(&a, &b), 7.0);
        near(intersection(&a, &b), 1.0);
        near(difference(&a, &b), 3.0);
        near(symmetric_difference(&a, &b), 6.0);
        near(intersection(&a, &square(5.0, 5.0, 1.0)), 0.0);
        let hole = difference(&square(0.0, 0.0, 4.0), &square(1.0, 1.0, 1.0));
        assert_eq!((hole.0.len(), hole.0[0].interiors().len()), (1, 1));
    }

    #[test]
    fn what_is_not_finite_or_has_no_corners_encloses_nothing() {
        let odd = ring(&[(0.0, 0.0), (f64::NAN, 1.0), (2.0, 2.0), (0.0, 0.0)]);
        assert!(
            enclosed([&odd, &ring(&[]), &ring(&[(1.0, 1.0)]), &ring(&[(0.0, 0.0), (1.0, 1.0)])]).0.is_empty()
        );
    }

    /// Where the even-odd rule says "inside": a ray to the right meets the rings an odd number of times.
    fn is_inside(rings: &[LineString<f64>], at: Coord<f64>) -> bool {
        let crossed = |a: Coord<f64>, b: Coord<f64>| {
            (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x
        };
        let edges = rings.iter().flat_map(LineString::lines);
        edges.filter(|l| crossed(l.start, l.end)).count() % 2 == 1
    }

    proptest! {
        /// Corners on few grid points: edges on edges, corners on corners, spikes and doubled rings.
        #[test]
        fn tangles_enclose_what_the_even_odd_rule_says(
            tangle in prop::collection::vec(prop::collection::vec((0_i32..8, 0_i32..8), 3..14), 1..4),
        ) {
            let rings: Vec<LineString<f64>> = tangle.iter().map(|corners| {
                let mut ring: LineString<f64> =
                    corners.iter().map(|(x, y)| Coord { x: 5e5 + f64::from(*x), y: 4.1e6 + f64::from(*y) }).collect();
                ring.close();
                ring
            }).collect();
            let area = enclosed(&rings);
            let again = union(&area, &MultiPolygon(Vec::new()));
            prop_assert!((area.unsigned_area() - again.unsigned_area()).abs() < 1e-6);
            // Off the grid lines, and off the crossings of edges between grid points as good as always.
            for i in 0..64 {
                let at = Coord { x: 5e5 + f64::from(i % 8) + 0.371_93, y: 4.1e6 + f64::from(i / 8) + 0.613_71 };
                prop_assert_eq!(area.contains(&Point(at)), is_inside(&rings, at), "{:?} in {:?}", at, rings);
            }
            prop_assert!(area.bounding_rect().is_none_or(|r| r.min().x >= 5e5 - 1e-6 && r.max().x <= 5e5 + 7.0 + 1e-6));
        }
    }
}
