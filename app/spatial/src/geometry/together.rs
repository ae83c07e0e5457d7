//! Corners left out of several shapes at once, so that borders they share stay shared.
//!
//! As TopoJSON does: outlines are cut into arcs where borders part or come together (junctions stay), equal arcs
//! are one, and each arc is thinned once for all shapes that have it.

use std::collections::HashMap;

use geo::SimplifyIdx as _;
use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPolygon, Polygon};

use super::{GeometryError, is_sound};

/// Corners nearer to each other than this share of the largest coordinate are one: files round the last bits.
const SAME: f64 = 1e-12;
/// How often a tolerance is made smaller for shapes that would cross themselves; then their corners stay.
const ROUNDS: usize = 6;

/// Shapes with the corners left out that stand off the rest by less than a tolerance in world units (Douglas and
/// Peucker). The first `own` shapes are thinned; of the others, their neighbours, only what they share with those. Corners
/// that stay are where they were, to the last bit. A shape that was sound stays so, at the price of more corners.
pub fn simplify_together(
    shapes: &[&Geometry<f64>],
    own: usize,
    tolerance: f64,
) -> Result<Vec<Geometry<f64>>, GeometryError> {
    if !tolerance.is_finite() || tolerance <= 0.0 {
        return Err(GeometryError::NotAnAmount);
    }
    let all: Vec<(usize, &LineString<f64>)> =
        shapes.iter().enumerate().flat_map(|(i, shape)| lines_of(shape).map(move |line| (i, line))).collect();
    if all.iter().any(|(_, line)| line.0.iter().any(|c| !c.x.is_finite() || !c.y.is_finite())) {
        return Err(GeometryError::NotANumber);
    }
    let mut sheet = Sheet::new(shapes.len(), &all);
    for line in sheet.lines.iter().filter(|line| line.shape < own) {
        for (arc, _) in &line.arcs {
            sheet.arcs[*arc].tolerance = tolerance;
        }
    }
    let was_sound: Vec<bool> = shapes.iter().map(|shape| is_sound(shape)).collect();
    let mut made: Vec<Geometry<f64>> = shapes.iter().map(|shape| (*shape).clone()).collect();
    let mut anew = vec![true; shapes.len()];
    for round in 0..=ROUNDS {
        sheet.thin();
        for i in (0..shapes.len()).filter(|i| anew[*i]) {
            made[i] = sheet.shape(i, shapes[i]);
        }
        let folded: Vec<usize> = (0..shapes.len())
            .filter(|i| anew[*i] && was_sound[*i] && made[*i] != *shapes[*i] && !is_sound(&made[*i]))
            .collect();
        if folded.is_empty() {
            break;
        }
        anew = sheet.gentler(&folded, if round + 1 == ROUNDS { 0.0 } else { 0.25 });
    }
    Ok(made)
}

/// The rings and lines of a shape in the order in which [`Sheet::shape`] puts them back.
fn lines_of(shape: &Geometry<f64>) -> impl Iterator<Item = &LineString<f64>> {
    let polygons: &[Polygon<f64>] = match shape {
        Geometry::Polygon(p) => std::slice::from_ref(p),
        Geometry::MultiPolygon(m) => &m.0,
        _ => &[],
    };
    let lines: &[LineString<f64>] = match shape {
        Geometry::LineString(l) => std::slice::from_ref(l),
        Geometry::MultiLineString(m) => &m.0,
        _ => &[],
    };
    polygons.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors())).chain(lines)
}

/// All outlines as arcs.
struct Sheet {
    /// Where each corner lies, by its number.
    places: Vec<Coord<f64>>,
    lines: Vec<Outline>,
    arcs: Vec<Arc>,
    /// Lines of each shape, in their order.
    of_shape: Vec<Vec<usize>>,
}

struct Outline {
    shape: usize,
    /// Corners by number; closed rings without the closing one.
    nodes: Vec<usize>,
    closed: bool,
    /// Arcs by number, with the indices of their corners in `nodes`, in the arc's own direction.
    arcs: Vec<(usize, Vec<usize>)>,
}

/// A border between junctions.
struct Arc {
    nodes: Vec<usize>,
    tolerance: f64,
    /// Which of the corners stay.
    kept: Vec<bool>,
}

impl Sheet {
    fn new(shapes: usize, all: &[(usize, &LineString<f64>)]) -> Self {
        let (places, lines) = numbered(all);
        let mut sheet = Self { places, lines, arcs: Vec::new(), of_shape: vec![Vec::new(); shapes] };
        for (i, line) in sheet.lines.iter().enumerate() {
            sheet.of_shape[line.shape].push(i);
        }
        let junctions = junctions(&sheet.lines, sheet.places.len());
        let mut known: HashMap<Vec<usize>, usize> = HashMap::new();
        for line in &mut sheet.lines {
            for mut indices in cut(&line.nodes, line.closed, &junctions) {
                let mut nodes: Vec<usize> = indices.iter().map(|i| line.nodes[*i]).collect();
                if nodes.iter().rev().lt(nodes.iter()) {
                    nodes.reverse();
                    indices.reverse();
                }
                let arc = *known.entry(nodes).or_insert_with_key(|nodes| {
                    let kept = vec![true; nodes.len()];
                    sheet.arcs.push(Arc { nodes: nodes.clone(), tolerance: 0.0, kept });
                    sheet.arcs.len() - 1
                });
                line.arcs.push((arc, indices));
            }
        }
        sheet
    }

    /// Works out which corners stay.
    fn thin(&mut self) {
        for arc in &mut self.arcs {
            let kept = arc.tolerance <= 0.0;
            arc.kept.fill(kept);
            if !kept {
                let line: LineString<f64> = arc.nodes.iter().map(|n| self.places[*n]).collect();
                for i in line.simplify_idx(arc.tolerance) {
                    arc.kept[i] = true;
                }
            }
        }
    }

    /// Takes a smaller share of the tolerance for the arcs of some shapes; says which shapes have one of them.
    fn gentler(&mut self, shapes: &[usize], share: f64) -> Vec<bool> {
        let mut touched = vec![false; self.arcs.len()];
        for line in shapes.iter().flat_map(|i| &self.of_shape[*i]) {
            for (arc, _) in &self.lines[*line].arcs {
                touched[*arc] = true;
            }
        }
        for (arc, _) in self.arcs.iter_mut().zip(&touched).filter(|(_, touched)| **touched) {
            arc.tolerance *= share;
        }
        let meets = |line: &usize| self.lines[*line].arcs.iter().any(|(arc, _)| touched[*arc]);
        self.of_shape.iter().map(|lines| lines.iter().any(meets)).collect()
    }

    /// A shape with the corners that stay.
    fn shape(&self, number: usize, before: &Geometry<f64>) -> Geometry<f64> {
        let mut numbers = self.of_shape[number].iter();
        let mut line = |line: &LineString<f64>| match numbers.next() {
            Some(number) => self.thinned(&self.lines[*number], line),
            None => line.clone(),
        };
        let mut polygon = |p: &Polygon<f64>| {
            let outline = line(p.exterior());
            Polygon::new(outline, p.interiors().iter().map(&mut line).collect())
        };
        match before {
            Geometry::Polygon(p) => polygon(p).into(),
            Geometry::MultiPolygon(m) => MultiPolygon(m.iter().map(polygon).collect()).into(),
            Geometry::LineString(l) => line(l).into(),
            Geometry::MultiLineString(m) => MultiLineString(m.iter().map(line).collect()).into(),
            other => other.clone(),
        }
    }

    fn thinned(&self, line: &Outline, before: &LineString<f64>) -> LineString<f64> {
        let mut kept = vec![false; line.nodes.len()];
        for (arc, indices) in &line.arcs {
            for (index, stays) in indices.iter().zip(&self.arcs[*arc].kept) {
                kept[*index] |= stays;
            }
        }
        let mut corners: Vec<Coord<f64>> =
            before.0.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(c, _)| *c).collect();
        if line.closed {
            corners.extend(corners.first().copied());
        }
        LineString::new(corners)
    }
}

/// Corners by number: those at the same place have the same.
fn numbered(all: &[(usize, &LineString<f64>)]) -> (Vec<Coord<f64>>, Vec<Outline>) {
    let corners = || all.iter().flat_map(|(_, line)| &line.0);
    let largest = corners().map(|c| c.x.abs().max(c.y.abs())).fold(1.0, f64::max);
    let same = largest * SAME;
    #[expect(clippy::cast_possible_truncation, reason = "at most 10¹²")]
    let cell = |c: &Coord<f64>| ((c.x / same).floor() as i64, (c.y / same).floor() as i64);
    let mut cells: HashMap<(i64, i64), usize> = HashMap::new();
    let mut places: Vec<Coord<f64>> = Vec::new();
    let mut number = |at: &Coord<f64>| -> usize {
        let (x, y) = cell(at);
        let mut around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
        if let Some(known) = cells.get(&(x, y)).or_else(|| around.find_map(|c| cells.get(&c))) {
            return *known;
        }
        places.push(*at);
        cells.insert((x, y), places.len() - 1);
        places.len() - 1
    };
    let lines = all
        .iter()
        .map(|(shape, line)| {
            let closed = line.0.len() > 3 && line.is_closed();
            let open = &line.0[..line.0.len() - usize::from(closed)];
            let nodes = open.iter().map(&mut number).collect();
            Outline { shape: *shape, nodes, closed, arcs: Vec::new() }
        })
        .collect();
    (places, lines)
}

/// Corners where not all outlines go on alike, and the ends of lines.
fn junctions(lines: &[Outline], places: usize) -> Vec<bool> {
    let mut beside: Vec<Option<(usize, usize)>> = vec![None; places];
    let mut junctions = vec![false; places];
    for line in lines {
        let n = line.nodes.len();
        for (i, node) in line.nodes.iter().enumerate() {
            if !line.closed && (i == 0 || i + 1 == n) {
                junctions[*node] = true;
                continue;
            }
            let (a, b) = (line.nodes[(i + n - 1) % n], line.nodes[(i + 1) % n]);
            let pair = (a.min(b), a.max(b));
            junctions[*node] |= *beside[*node].get_or_insert(pair) != pair;
        }
    }
    junctions
}

/// The indices of an outline's corners, cut at junctions. A ring without one begins and ends at the corner with the
/// smallest number, so that a ring that fills a hole is cut as the hole is.
fn cut(nodes: &[usize], closed: bool, junctions: &[bool]) -> Vec<Vec<usize>> {
    let n = nodes.len();
    if n < 2 {
        return Vec::new();
    }
    let first = (0..n).find(|i| junctions[nodes[*i]]).or_else(|| (0..n).min_by_key(|i| nodes[*i]));
    let start = if closed { first.unwrap_or(0) } else { 0 };
    let way = (0..n + usize::from(closed)).map(|i| (start + i) % n);
    let (mut arcs, mut arc) = (Vec::new(), Vec::new());
    for index in way {
        arc.push(index);
        if arc.len() > 1 && (junctions[nodes[index]] || (closed && index == start)) {
            arcs.push(std::mem::replace(&mut arc, vec![index]));
        }
    }
    arcs
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area as _, CoordsIter as _};
    use proptest::prelude::*;

    fn polygon(corners: &[(f64, f64)]) -> Geometry<f64> {
        let at = |(x, y): &(f64, f64)| Coord { x: 366_812.4 + x, y: 4_103_990.1 + y };
        Polygon::new(corners.iter().map(at).collect(), Vec::new()).into()
    }

    /// Two fields with a rough border between them, drawn in opposite ways, and one that meets both at its end.
    fn fields() -> [Geometry<f64>; 3] {
        let rough: Vec<(f64, f64)> = (1..20).map(|i| (f64::from(i), 10.0 + f64::from(i % 2) * 0.2)).collect();
        let below = [vec![(0.0, 10.0), (0.0, 0.0), (20.0, 0.0), (20.0, 10.0)], {
            let mut back = rough.clone();
            back.reverse();
            back
        }]
        .concat();
        let above = [vec![(0.0, 10.0)], rough, vec![(20.0, 10.0), (20.0, 20.0), (0.0, 20.0)]].concat();
        let beside = [(20.0, 0.0), (30.0, 0.0), (30.0, 20.0), (20.0, 20.0), (20.0, 10.0)];
        [polygon(&below), polygon(&above), polygon(&beside)]
    }

    #[test]
    fn a_border_that_fields_share_is_thinned_once_for_both_and_junctions_stay() {
        let [below, above, beside] = fields();
        let made = simplify_together(&[&below, &above, &beside], 1, 0.5).expect("thinned");
        let corners = |g: &Geometry<f64>| super::super::corner_count(g);
        assert_eq!(made.iter().map(corners).collect::<Vec<_>>(), [4, 4, 5], "the third keeps the junction");
        assert_eq!(made[2], beside);
        let whole = super::super::merge(&[&made[0], &made[1], &made[2]]).expect("merged");
        assert!((whole.unsigned_area() - 600.0).abs() < 1e-6 && super::super::hole_count(&whole) == 0);
        let alone = super::super::simplify(&above, 0.5).expect("thinned");
        assert_eq!(corners(&alone), 4, "alone it would be as plain, and not the same border");
    }

    #[test]
    fn a_neighbour_keeps_what_it_does_not_share() {
        let [below, _, _] = fields();
        let rough: Vec<(f64, f64)> =
            (1..20).map(|i| (f64::from(i), -10.0 - f64::from(i % 2) * 0.2)).collect();
        let under =
            polygon(&[vec![(20.0, 0.0), (0.0, 0.0), (0.0, -10.0)], rough, vec![(20.0, -10.0)]].concat());
        let made = simplify_together(&[&below, &under], 1, 0.5).expect("thinned");
        assert_eq!(made[1], under);
        assert_eq!(simplify_together(&[&below], 1, 0.0), Err(GeometryError::NotAnAmount));
    }

    #[test]
    fn an_island_and_the_hole_it_fills_stay_alike_wherever_their_rings_begin() {
        let rough = |i: i32| {
            let (sin, cos) = (f64::from(i) * 0.1).sin_cos();
            let far = 5.0 + 0.05 * f64::from(i % 3);
            (far * cos, far * sin)
        };
        let ring: Vec<(f64, f64)> = (0..62).map(rough).collect();
        let mut other: Vec<(f64, f64)> = ring.clone();
        other.rotate_left(17);
        other.reverse();
        let island = polygon(&ring);
        let Geometry::Polygon(hole) = polygon(&other) else { panic!("a polygon") };
        let Geometry::Polygon(outer) = polygon(&[(-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)]) else {
            panic!("a polygon")
        };
        let lake: Geometry<f64> =
            Polygon::new(outer.exterior().clone(), vec![hole.exterior().clone()]).into();
        let made = simplify_together(&[&lake, &island], 1, 0.4).expect("thinned");
        assert!(super::super::corner_count(&made[1]) < 30);
        let whole = super::super::merge(&[&made[0], &made[1]]).expect("merged");
        assert_eq!((super::super::hole_count(&whole), super::super::corner_count(&whole)), (0, 4));
    }

    proptest! {
        /// A net of quarters with rough borders stays without gaps and overlaps, and sound, at any tolerance.
        #[test]
        fn neighbours_stay_neighbours(
            offs in prop::collection::vec(-0.3_f64..0.3, 40), tolerance in 0.01_f64..3.0, own in 1_usize..4,
        ) {
            let off = |i: usize| offs[i % offs.len()];
            // From the middle outwards along four arms of ten corners each.
            let arm = |a: usize| -> Vec<(f64, f64)> {
                (0..=10_u8).map(|i| {
                    let aside = if i == 0 || i == 10 { 0.0 } else { off(a * 10 + usize::from(i)) };
                    let along = f64::from(i);
                    match a { 0 => (along, aside), 1 => (-aside, along), 2 => (-along, -aside), _ => (aside, -along) }
                }).collect()
            };
            let corner = [(10.0, 10.0), (-10.0, 10.0), (-10.0, -10.0), (10.0, -10.0)];
            let quarters: Vec<Geometry<f64>> = (0..4).map(|a| {
                let mut back = arm((a + 1) % 4);
                back.reverse();
                back.pop();
                polygon(&[arm(a), vec![corner[a]], back].concat())
            }).collect();
            let all: Vec<&Geometry<f64>> = quarters.iter().collect();
            let made = simplify_together(&all, own, tolerance).expect("thinned");
            prop_assert!(made.iter().all(is_sound));
            let sum: f64 = made.iter().map(Geometry::unsigned_area).sum();
            prop_assert!((sum - 400.0).abs() < 1e-6, "{sum}");
            let whole = super::super::merge(&made.iter().collect::<Vec<_>>()).expect("merged");
            prop_assert!((whole.unsigned_area() - 400.0).abs() < 1e-6 && super::super::hole_count(&whole) == 0);
            let before: Vec<Coord<f64>> = quarters.iter().flat_map(Geometry::coords_iter).collect();
            prop_assert!(made.iter().flat_map(Geometry::coords_iter).all(|c| before.contains(&c)));
        }
    }
}
