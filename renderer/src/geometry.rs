//! From rings to triangles and segments.

use bytemuck::{Pod, Zeroable};
use earcut::Earcut;

/// A corner of a triangle of a fill.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct FillVertex {
    pub(crate) point: [f32; 2],
    pub(crate) shape: u32,
}

/// A piece of an edge, with its neighbours; `before == start` or `after == end` at loose ends.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct Segment {
    pub(crate) before: [f32; 2],
    pub(crate) start: [f32; 2],
    pub(crate) end: [f32; 2],
    pub(crate) after: [f32; 2],
    pub(crate) shape: u32,
    pub(crate) along: f32,
}

/// Triangles and segments of many shapes, and the memory to make more.
pub(crate) struct Geometry {
    pub(crate) vertices: Vec<FillVertex>,
    pub(crate) indices: Vec<u32>,
    pub(crate) segments: Vec<Segment>,
    earcut: Earcut<f32>,
    triangles: Vec<u32>,
}

impl Geometry {
    pub(crate) fn new() -> Self {
        Self {
            vertices: Vec::new(),
            indices: Vec::new(),
            segments: Vec::new(),
            earcut: Earcut::new(),
            triangles: Vec::new(),
        }
    }

    /// Adds a shape whose rings are given as points near the origin. False when nothing of it can be drawn:
    /// too few points, or some that are not finite.
    pub(crate) fn add(
        &mut self,
        shape: u32,
        rings: impl IntoIterator<Item = Vec<[f32; 2]>>,
        closed: bool,
    ) -> bool {
        let mut points: Vec<[f32; 2]> = Vec::new();
        let mut holes: Vec<u32> = Vec::new();
        for (number, ring) in rings.into_iter().enumerate() {
            let Some(ring) = cleaned(ring, closed) else {
                if number == 0 {
                    return false;
                }
                continue;
            };
            self.add_segments(shape, &ring, closed);
            if !points.is_empty() {
                holes.push(points.len() as u32);
            }
            points.extend(ring);
        }
        if points.is_empty() {
            return false;
        }
        if closed {
            self.add_fill(shape, &points, &holes);
        }
        true
    }

    fn add_fill(&mut self, shape: u32, points: &[[f32; 2]], holes: &[u32]) {
        self.earcut.earcut(points.iter().copied(), holes, &mut self.triangles);
        let first = self.vertices.len() as u32;
        self.vertices.extend(points.iter().map(|point| FillVertex { point: *point, shape }));
        self.indices.extend(self.triangles.iter().map(|corner| first + corner));
    }

    fn add_segments(&mut self, shape: u32, ring: &[[f32; 2]], closed: bool) {
        let count = ring.len();
        let last = if closed { count } else { count - 1 };
        let mut along = 0.0_f64;
        for n in 0..last {
            let (start, end) = (ring[n], ring[(n + 1) % count]);
            let before = if closed || n > 0 { ring[(n + count - 1) % count] } else { start };
            let after = if closed || n + 2 < count { ring[(n + 2) % count] } else { end };
            self.segments.push(Segment { before, start, end, after, shape, along: along as f32 });
            along += f64::from(end[0] - start[0]).hypot(f64::from(end[1] - start[1]));
        }
    }
}

/// Farther from the origin than this, products of coordinates would no longer be finite.
const FARTHEST: f32 = 1e15;

/// The ring without repeated points; `None` when too little is left, or a point is not finite.
fn cleaned(mut ring: Vec<[f32; 2]>, closed: bool) -> Option<Vec<[f32; 2]>> {
    if ring.iter().flatten().any(|number| number.is_nan() || number.abs() > FARTHEST) {
        return None;
    }
    ring.dedup();
    while closed && ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    (ring.len() >= if closed { 3 } else { 2 }).then_some(ring)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [[f32; 2]; 5] = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]];

    fn area(geometry: &Geometry) -> f32 {
        let corner = |n: u32| geometry.vertices[n as usize].point;
        let twice = |t: &[u32; 3]| {
            let [a, b, c] = t.map(corner);
            ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).abs()
        };
        geometry.indices.as_chunks::<3>().0.iter().map(twice).sum::<f32>() / 2.0
    }

    #[test]
    fn triangles_cover_the_ring_without_its_hole() {
        let hole = vec![[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 1.0]];
        let mut geometry = Geometry::new();
        assert!(geometry.add(0, [SQUARE.to_vec(), hole], true));
        assert_eq!(area(&geometry), 15.0);
        assert_eq!(geometry.segments.len(), 8);
    }

    #[test]
    fn open_lines_have_loose_ends_and_no_fill() {
        let mut geometry = Geometry::new();
        assert!(geometry.add(7, [vec![[0.0, 0.0], [3.0, 4.0], [3.0, 9.0]]], false));
        assert!(geometry.indices.is_empty());
        let [first, second] = geometry.segments[..] else { panic!("two segments") };
        assert!(first.before == first.start && first.after == second.end);
        assert!(second.before == first.start && second.after == second.end);
        assert_eq!((second.along, second.shape), (5.0, 7));
    }

    #[test]
    fn degenerate_rings_are_left_out() {
        let not_finite = vec![[0.0, 0.0], [f32::NAN, 1.0], [1.0, 1.0]];
        let infinite = vec![[0.0, 0.0], [f32::INFINITY, 1.0], [1.0, 1.0]];
        let far_away = vec![[0.0, 0.0], [f32::MAX, 1.0], [1.0, f32::MAX]];
        let one_place = vec![[2.0, 2.0]; 9];
        let two_places = vec![[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]];
        for ring in [not_finite, infinite, far_away, one_place, two_places, Vec::new()] {
            let mut geometry = Geometry::new();
            assert!(!geometry.add(0, [ring.clone()], true), "{ring:?}");
            assert!(geometry.segments.is_empty());
        }
    }

    #[test]
    fn random_crossing_rings_are_triangulated_without_a_panic() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 60) as f32) * if state & 512 == 0 { 1.0 } else { 1e7 }
        };
        let mut geometry = Geometry::new();
        for shape in 0..2_000 {
            let count = next() as usize % 12 + 1;
            let rings: Vec<Vec<[f32; 2]>> =
                (0..3).map(|_| (0..count).map(|_| [next(), next()]).collect()).collect();
            geometry.add(shape, rings, shape % 3 != 0);
        }
        assert!(geometry.indices.iter().all(|index| (*index as usize) < geometry.vertices.len()));
    }
}
