//! Corners of any geometry, addressed alike, so that holes and parts survive each change.

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

/// One corner of a region: which part of it, which ring of the part (0 = outer), which corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VertexRef {
    pub part: usize,
    pub ring: usize,
    pub index: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Point,
    MultiPoint,
    Line,
    MultiLine,
    Polygon,
    MultiPolygon,
}

/// A geometry as parts of rings of corners; rings are not closed here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    kind: Kind,
    parts: Vec<Vec<Vec<Coord<f64>>>>,
}

impl Shape {
    /// `None` for a collection, which no region has.
    pub(crate) fn new(geometry: &Geometry<f64>) -> Option<Self> {
        let polygon = |p: &Polygon<f64>| -> Vec<Vec<Coord<f64>>> {
            std::iter::once(p.exterior()).chain(p.interiors()).map(open_ring).collect()
        };
        let (kind, parts) = match geometry {
            Geometry::Point(p) => (Kind::Point, vec![vec![vec![p.0]]]),
            Geometry::MultiPoint(m) => (Kind::MultiPoint, m.iter().map(|p| vec![vec![p.0]]).collect()),
            Geometry::Line(l) => (Kind::Line, vec![vec![vec![l.start, l.end]]]),
            Geometry::LineString(l) => (Kind::Line, vec![vec![l.0.clone()]]),
            Geometry::MultiLineString(m) => (Kind::MultiLine, m.iter().map(|l| vec![l.0.clone()]).collect()),
            Geometry::Polygon(p) => (Kind::Polygon, vec![polygon(p)]),
            Geometry::MultiPolygon(m) => (Kind::MultiPolygon, m.iter().map(polygon).collect()),
            Geometry::Rect(r) => (Kind::Polygon, vec![polygon(&r.to_polygon())]),
            Geometry::Triangle(t) => (Kind::Polygon, vec![polygon(&t.to_polygon())]),
            Geometry::GeometryCollection(_) => return None,
        };
        Some(Self { kind, parts })
    }

    pub(crate) fn geometry(&self) -> Geometry<f64> {
        let polygon = |rings: &Vec<Vec<Coord<f64>>>| {
            let mut lines = rings.iter().map(|r| LineString::new(r.clone()));
            let outer = lines.next().unwrap_or_else(|| LineString::new(Vec::new()));
            Polygon::new(outer, lines.collect())
        };
        let lines = || self.parts.iter().flatten().map(|l| LineString::new(l.clone()));
        let points = || self.parts.iter().flatten().flatten().map(|c| Point(*c));
        match self.kind {
            Kind::Point => points().next().map_or_else(|| MultiPoint::new(Vec::new()).into(), Geometry::from),
            Kind::MultiPoint => MultiPoint::new(points().collect()).into(),
            Kind::Line => lines().next().unwrap_or_else(|| LineString::new(Vec::new())).into(),
            Kind::MultiLine => MultiLineString::new(lines().collect()).into(),
            Kind::Polygon => self.parts.first().map_or_else(|| polygon(&Vec::new()), polygon).into(),
            Kind::MultiPolygon => MultiPolygon::new(self.parts.iter().map(polygon).collect()).into(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.kind, Kind::Polygon | Kind::MultiPolygon)
    }

    pub(crate) fn at(&self, v: VertexRef) -> Option<Coord<f64>> {
        self.parts.get(v.part)?.get(v.ring)?.get(v.index).copied()
    }

    pub(crate) fn vertices(&self) -> impl Iterator<Item = (VertexRef, Coord<f64>)> {
        self.rings().flat_map(|(part, ring, corners)| {
            corners.iter().enumerate().map(move |(index, c)| (VertexRef { part, ring, index }, *c))
        })
    }

    /// Edges by the corner that they start at.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (VertexRef, geo::Line<f64>)> {
        let closed = self.is_closed();
        self.rings().flat_map(move |(part, ring, corners)| {
            let n = corners.len();
            let count = if closed { n } else { n.saturating_sub(1) };
            (0..count).map(move |index| {
                let line = geo::Line::new(corners[index], corners[(index + 1) % n]);
                (VertexRef { part, ring, index }, line)
            })
        })
    }

    pub(crate) fn rings(&self) -> impl Iterator<Item = (usize, usize, &Vec<Coord<f64>>)> {
        self.parts
            .iter()
            .enumerate()
            .flat_map(|(p, rings)| rings.iter().enumerate().map(move |(r, c)| (p, r, c)))
    }

    fn ring_mut(&mut self, v: VertexRef) -> Option<&mut Vec<Coord<f64>>> {
        self.parts.get_mut(v.part)?.get_mut(v.ring)
    }

    /// The shape with one corner elsewhere; `None` when there is no such corner.
    pub(crate) fn moved(mut self, v: VertexRef, to: Coord<f64>) -> Option<Self> {
        *self.ring_mut(v)?.get_mut(v.index)? = to;
        Some(self)
    }

    /// The shape with a new corner after one; the new corner's address is `v.index + 1`.
    pub(crate) fn inserted(mut self, v: VertexRef, at: Coord<f64>) -> Option<(Self, VertexRef)> {
        let ring = self.ring_mut(v).filter(|r| v.index < r.len())?;
        ring.insert(v.index + 1, at);
        Some((self, VertexRef { index: v.index + 1, ..v }))
    }

    /// The shape without a corner, or why not.
    pub(crate) fn removed(mut self, v: VertexRef) -> Result<Self, &'static str> {
        let (least, reason) = match self.kind {
            Kind::Polygon | Kind::MultiPolygon => (3, "A polygon needs three corners"),
            Kind::Line | Kind::MultiLine => (2, "A line needs two points"),
            Kind::Point | Kind::MultiPoint => (1, "A point is deleted with its region"),
        };
        let ring = self.ring_mut(v).filter(|r| v.index < r.len()).ok_or("This corner is gone")?;
        if ring.len() <= least {
            return Err(reason);
        }
        ring.remove(v.index);
        Ok(self)
    }

    /// True when an edge at this corner meets another edge of the same part anywhere but at a shared
    /// corner. Looks at these two edges only: what was crossed before does not count.
    pub(crate) fn crosses_at(&self, v: VertexRef) -> bool {
        if !self.is_closed() {
            return false;
        }
        let Some(rings) = self.parts.get(v.part) else { return false };
        let Some(n) = rings.get(v.ring).map(Vec::len).filter(|n| v.index < *n) else { return false };
        let before = VertexRef { index: (v.index + n - 1) % n, ..v };
        let edges: Vec<_> = self.edges().filter(|(e, _)| e.part == v.part).collect();
        let own = edges.iter().filter(|(e, _)| *e == v || *e == before);
        own.into_iter().any(|(a, line)| edges.iter().any(|(b, other)| a != b && meets(line, other)))
    }
}

fn open_ring(ring: &LineString<f64>) -> Vec<Coord<f64>> {
    let mut corners = ring.0.clone();
    if corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    corners
}

/// True when two edges meet anywhere but where the end of one is the start of the other.
fn meets(a: &geo::Line<f64>, b: &geo::Line<f64>) -> bool {
    let apart = a.start.x.max(a.end.x) < b.start.x.min(b.end.x)
        || b.start.x.max(b.end.x) < a.start.x.min(a.end.x)
        || a.start.y.max(a.end.y) < b.start.y.min(b.end.y)
        || b.start.y.max(b.end.y) < a.start.y.min(a.end.y);
    if apart {
        return false;
    }
    match line_intersection(*a, *b) {
        None => false,
        Some(LineIntersection::SinglePoint { intersection, .. }) => {
            let joint = a.end == b.start && intersection == a.end;
            let other_joint = b.end == a.start && intersection == b.end;
            !(joint || other_joint)
        }
        Some(LineIntersection::Collinear { intersection }) => {
            let touching = intersection.start == intersection.end;
            !(touching && (a.end == b.start || b.end == a.start))
        }
    }
}

/// True when an edge of a ring (or, not closed, of a line) meets another one where it must not. Only the
/// edges from a corner on are tried against all: what was crossed before does not count.
pub(crate) fn crosses_from(corners: &[Coord<f64>], closed: bool, first: usize) -> bool {
    let n = corners.len();
    let count = if closed { n } else { n.saturating_sub(1) };
    let edge = |i: usize| geo::Line::new(corners[i], corners[(i + 1) % n]);
    (first..count).any(|i| (0..count).any(|j| i != j && meets(&edge(i), &edge(j))))
}

/// True when no area can be told from none: every corner lies on one line, as far as floats can tell.
pub(crate) fn on_one_line(corners: &[Coord<f64>]) -> bool {
    let Some(first) = corners.first() else { return true };
    // Relative to the first corner: at map coordinates the products would swallow a small area.
    let rel = || corners.iter().map(|c| *c - *first);
    let length = |c: Coord<f64>| c.x.hypot(c.y);
    let Some(far) = rel().max_by(|a, b| length(*a).total_cmp(&length(*b))) else { return true };
    let off = rel().map(|c| (c.x * far.y - c.y * far.x).abs()).fold(0.0, f64::max);
    off <= length(far).powi(2) * 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_map(points: &[(f64, f64)]) -> Vec<Coord<f64>> {
        points.iter().map(|(x, y)| Coord { x: 366_812.4 + x, y: 4_103_990.1 + y }).collect()
    }

    #[test]
    fn a_shape_of_centimetres_is_told_from_a_line_at_map_coordinates() {
        assert!(!on_one_line(&at_map(&[(0.0, 0.0), (0.05, 0.0), (0.05, 0.04)])));
        assert!(on_one_line(&at_map(&[(0.0, 0.0), (0.5, 0.0), (0.25, 0.0)])));
        assert!(on_one_line(&at_map(&[(0.0, 0.0), (0.0, 0.0)])));
        assert!(on_one_line(&[]));
    }

    #[test]
    fn crossings_are_found_from_a_corner_on() {
        let bow = at_map(&[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)]);
        assert!(crosses_from(&bow, true, 0) && crosses_from(&bow, true, 2));
        assert!(!crosses_from(&bow, true, 3), "the last edge crosses nothing");
        assert!(!crosses_from(&bow[..3], false, 0));
        let ring = at_map(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]);
        assert!(!crosses_from(&ring, true, 0));
        let spike = at_map(&[(0.0, 0.0), (2.0, 0.0), (1.0, 0.0), (1.0, 1.0)]);
        assert!(crosses_from(&spike, true, 0));
        let touching = at_map(&[(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (1.0, 0.0), (0.0, 2.0)]);
        assert!(crosses_from(&touching, true, 0));
        assert!(!crosses_from(&[], true, 0));
    }

    #[test]
    fn every_kind_of_geometry_comes_back_as_it_was() {
        let polygon = Polygon::new(
            at_map(&[(0.0, 0.0), (9.0, 0.0), (9.0, 9.0)]).into(),
            vec![at_map(&[(5.0, 1.0), (7.0, 1.0), (7.0, 3.0)]).into()],
        );
        let line = LineString::new(at_map(&[(0.0, 0.0), (1.0, 2.0), (0.0, 0.0)]));
        let all: [Geometry<f64>; 6] = [
            Point::new(1.0, 2.0).into(),
            MultiPoint::new(vec![Point::new(1.0, 2.0), Point::new(3.0, 4.0)]).into(),
            line.clone().into(),
            MultiLineString::new(vec![line.clone(), line]).into(),
            polygon.clone().into(),
            MultiPolygon::new(vec![polygon.clone(), polygon]).into(),
        ];
        for geometry in all {
            assert_eq!(Shape::new(&geometry).map(|s| s.geometry()), Some(geometry));
        }
        assert!(Shape::new(&Geometry::GeometryCollection(geo::GeometryCollection::default())).is_none());
    }
}
