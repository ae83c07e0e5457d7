//! Lines: joined at their ends, cut where another crosses.

use geo::line_intersection::{LineIntersection, line_intersection};
use geo_types::{Coord, Geometry, Line, LineString, MultiLineString};

use super::GeometryError;

/// The lines of a shape; points as lines of one place.
pub(super) fn of(geometry: &Geometry<f64>) -> Vec<LineString<f64>> {
    match geometry {
        Geometry::Point(p) => vec![LineString::new(vec![p.0])],
        Geometry::MultiPoint(m) => m.iter().map(|p| LineString::new(vec![p.0])).collect(),
        Geometry::Line(l) => vec![LineString::from(*l)],
        Geometry::LineString(l) => vec![l.clone()],
        Geometry::MultiLineString(m) => m.0.clone(),
        _ => Vec::new(),
    }
}

/// Lines joined wherever the end of one is an end of another.
pub(super) fn joined(all: &[&Geometry<f64>]) -> Geometry<f64> {
    let mut rest: Vec<LineString<f64>> = all.iter().flat_map(|g| of(g)).collect();
    let mut done: Vec<LineString<f64>> = Vec::new();
    while !rest.is_empty() {
        let mut line = rest.remove(0);
        while let Some(at) = rest.iter().position(|other| touches(&line, other)) {
            line = chained(line, rest.remove(at));
        }
        done.push(line);
    }
    one_or_more(done)
}

fn touches(a: &LineString<f64>, b: &LineString<f64>) -> bool {
    let ends = |l: &LineString<f64>| [l.0.first().copied(), l.0.last().copied()];
    !a.is_closed() && ends(a).iter().any(|end| end.is_some() && ends(b).contains(end))
}

/// Two lines with a common end as one.
fn chained(mut a: LineString<f64>, mut b: LineString<f64>) -> LineString<f64> {
    if a.0.last() != b.0.first() && a.0.last() != b.0.last() {
        a.0.reverse();
    }
    if a.0.last() != b.0.first() {
        b.0.reverse();
    }
    a.0.extend(b.0.into_iter().skip(1));
    a
}

/// The pieces of a line between the places where another crosses it, the longest first.
pub(super) fn split(
    geometry: &Geometry<f64>,
    by: &LineString<f64>,
) -> Result<Vec<Geometry<f64>>, GeometryError> {
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    for line in of(geometry) {
        let pieces = cut_line(&line, by);
        if pieces.len() > 1 { cut.extend(pieces) } else { whole.push(line) }
    }
    if cut.is_empty() {
        return Err(GeometryError::NotThrough);
    }
    let length = |l: &LineString<f64>| geo::Length::length(&geo::Euclidean, l);
    cut.sort_by(|a, b| length(b).total_cmp(&length(a)));
    let mut pieces = cut.into_iter();
    let longest = pieces.next().into_iter().chain(whole).collect();
    Ok(std::iter::once(one_or_more(longest)).chain(pieces.map(Geometry::LineString)).collect())
}

fn cut_line(line: &LineString<f64>, by: &LineString<f64>) -> Vec<LineString<f64>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Coord<f64>> = line.0.first().copied().into_iter().collect();
    let ends = [line.0.first().copied(), line.0.last().copied()];
    for edge in line.lines() {
        let mut places: Vec<Coord<f64>> = by.lines().filter_map(|other| crossing(edge, other)).collect();
        let along = |c: &Coord<f64>| (c.x - edge.start.x).hypot(c.y - edge.start.y);
        places.sort_by(|a, b| along(a).total_cmp(&along(b)));
        for place in places {
            if ends.contains(&Some(place)) || (piece.len() == 1 && piece.last() == Some(&place)) {
                continue;
            }
            if piece.last() != Some(&place) {
                piece.push(place);
            }
            pieces.push(LineString::new(std::mem::replace(&mut piece, vec![place])));
        }
        if piece.last() != Some(&edge.end) {
            piece.push(edge.end);
        }
    }
    pieces.push(LineString::new(piece));
    pieces.retain(|p| p.0.len() > 1);
    pieces
}

fn crossing(edge: Line<f64>, other: Line<f64>) -> Option<Coord<f64>> {
    match line_intersection(edge, other)? {
        LineIntersection::SinglePoint { intersection, .. } => Some(intersection),
        // Along the edge nothing is crossed.
        LineIntersection::Collinear { .. } => None,
    }
}

fn one_or_more(mut lines: Vec<LineString<f64>>) -> Geometry<f64> {
    match (lines.pop(), lines.is_empty()) {
        (Some(one), true) => one.into(),
        (Some(last), false) => {
            lines.push(last);
            MultiLineString::new(lines).into()
        }
        (None, _) => MultiLineString::new(Vec::new()).into(),
    }
}
