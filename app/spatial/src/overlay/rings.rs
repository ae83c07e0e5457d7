//! Borders made polygons: which pieces of border go round the same area, which of them are its holes.
//!
//! Exact: nodes lie on a grid of whole numbers, and every question is the sign of a product of two of them.

use std::cmp::Ordering;
use std::collections::HashMap;

/// A place on the grid, each number below 2⁵³.
pub(super) type Node = [i64; 2];

/// A piece of a border between two nodes. The area lies on its left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Side {
    pub from: Node,
    pub to: Node,
}

/// The polygons that borders enclose: outlines first, anticlockwise, then holes, clockwise, none closed. Sides
/// meet at nodes only. The inside of each polygon is in one piece: where two pieces touch in a point they are two
/// polygons, and where a ring touches itself it is an outline with holes, or several holes.
pub(super) fn polygons(mut sides: Vec<Side>) -> Vec<Vec<Vec<Node>>> {
    sides.sort_unstable();
    let walks = walks(&sides);
    let mut walk_of: Vec<Option<usize>> = vec![None; sides.len()];
    for (i, walk) in walks.iter().enumerate() {
        for side in walk {
            walk_of[*side] = Some(i);
        }
    }
    let mut polygon_of: Vec<Option<usize>> = vec![None; walks.len()];
    let mut made: Vec<Vec<Vec<Node>>> = Vec::new();
    let mut holes: Vec<(Node, usize, Vec<Vec<Node>>)> = Vec::new();
    for (i, walk) in walks.iter().enumerate() {
        let nodes: Vec<Node> = walk.iter().map(|side| sides[*side].from).collect();
        let (mut outlines, rings): (Vec<_>, Vec<_>) =
            loops(&nodes).into_iter().partition(|ring| doubled_area(ring) > 0);
        match (outlines.pop(), nodes.iter().min()) {
            (Some(outline), _) => {
                polygon_of[i] = Some(made.len());
                made.push(std::iter::once(outline).chain(rings).collect());
                made.extend(outlines.into_iter().map(|outline| vec![outline]));
            }
            (None, Some(leftmost)) => holes.push((*leftmost, i, rings)),
            (None, None) => {}
        }
    }
    // What lies left of a hole was looked at before it.
    holes.sort_unstable();
    let bands = Bands::new(if holes.is_empty() { &[] } else { &sides });
    for (leftmost, walk, rings) in holes {
        let beside = bands.left_of(&sides, leftmost).and_then(|side| walk_of[side]);
        polygon_of[walk] = beside.and_then(|beside| polygon_of[beside]);
        if let Some(polygon) = polygon_of[walk] {
            made[polygon].extend(rings);
        }
    }
    for ring in made.iter_mut().flatten() {
        straighten(ring, &sides);
    }
    made
}

/// Round each area, along its borders, by the sides as they follow each other.
fn walks(sides: &[Side]) -> Vec<Vec<usize>> {
    let mut used = vec![false; sides.len()];
    let mut walks = Vec::new();
    for start in 0..sides.len() {
        let (mut walk, mut at) = (Vec::new(), start);
        while !used[at] {
            used[at] = true;
            walk.push(at);
            let Some(next) = next(sides, at) else { break };
            at = next;
        }
        if at == start && walk.len() > 2 {
            walks.push(walk);
        }
    }
    walks
}

/// The side that goes on round the same wedge of the area: at the end of a side the first one clockwise of it.
fn next(sides: &[Side], at: usize) -> Option<usize> {
    let Side { from, to: node } = sides[at];
    let back = minus(from, node);
    starting_at(sides, node).min_by(|a, b| {
        let [a, b] = [a, b].map(|i| minus(sides[*i].to, node));
        turn(back, a).cmp(&turn(back, b)).then_with(|| cross(a, b).cmp(&0))
    })
}

/// Which half of the way round, clockwise, it is from one direction to another.
fn turn(back: Node, to: Node) -> u8 {
    let side = cross(back, to);
    match side.cmp(&0) {
        Ordering::Less => 0,
        Ordering::Greater => 2,
        Ordering::Equal if dot(back, to) < 0 => 1,
        Ordering::Equal => 3,
    }
}

/// Sides that leave a node; all are sorted by where they start.
fn starting_at(sides: &[Side], node: Node) -> impl Iterator<Item = usize> + Clone {
    let first = sides.partition_point(|side| side.from < node);
    let count = sides[first..].iter().take_while(|side| side.from == node).count();
    first..first + count
}

/// A walk taken apart where it comes by a node again.
fn loops(walk: &[Node]) -> Vec<Vec<Node>> {
    let mut loops = Vec::new();
    let mut path: Vec<Node> = Vec::new();
    let mut place: HashMap<Node, usize> = HashMap::with_capacity(walk.len());
    for node in walk {
        if let Some(first) = place.get(node).copied() {
            let ring: Vec<Node> = path.drain(first..).collect();
            for passed in &ring {
                place.remove(passed);
            }
            loops.push(ring);
        }
        place.insert(*node, path.len());
        path.push(*node);
    }
    loops.push(path);
    loops
}

/// Leaves out nodes on a straight line, but those where other rings touch: these would come off it by rounding.
fn straighten(ring: &mut Vec<Node>, sides: &[Side]) {
    let n = ring.len();
    let kept: Vec<Node> = (0..n)
        .filter(|i| {
            let (before, at, after) = (ring[(i + n - 1) % n], ring[*i], ring[(i + 1) % n]);
            let bends = cross(minus(at, before), minus(after, at)) != 0;
            bends || starting_at(sides, at).count() > 1
        })
        .map(|i| ring[i])
        .collect();
    if kept.len() > 2 {
        *ring = kept;
    }
}

/// Sides by where they lie across, so that a ray to the left meets few of them.
struct Bands {
    low: i64,
    height: i64,
    sides: Vec<Vec<usize>>,
}

impl Bands {
    fn new(sides: &[Side]) -> Self {
        let low = sides.iter().map(|s| s.from[1]).min().unwrap_or(0);
        let high = sides.iter().map(|s| s.from[1]).max().unwrap_or(0);
        let count = i64::try_from(sides.len().isqrt()).unwrap_or(1).clamp(1, 256);
        let height = (high - low) / count + 1;
        let mut bands = Self { low, height, sides: Vec::new() };
        bands.sides.resize_with(bands.band(high) + 1, Vec::new);
        for (i, side) in sides.iter().enumerate() {
            let ends = [side.from[1], side.to[1]];
            if ends[0] != ends[1] {
                let (first, last) = (bands.band(ends[0].min(ends[1])), bands.band(ends[0].max(ends[1])));
                bands.sides[first..=last].iter_mut().for_each(|band| band.push(i));
            }
        }
        bands
    }

    fn band(&self, y: i64) -> usize {
        usize::try_from((y - self.low) / self.height).unwrap_or(0)
    }

    /// The side that a ray to the left from a node meets first, a hair above the node.
    fn left_of(&self, sides: &[Side], node: Node) -> Option<usize> {
        let candidates = self.sides.get(self.band(node[1]))?;
        let spans = |s: &Side| (s.from[1] > node[1]) != (s.to[1] > node[1]);
        let left = |s: &Side| {
            let (low, high) = upwards(*s);
            cross(minus(high, low), minus(node, low)) < 0
        };
        let met = candidates.iter().copied().filter(|i| spans(&sides[*i]) && left(&sides[*i]));
        met.reduce(|best, other| if is_right_of(sides[other], sides[best]) { other } else { best })
    }
}

fn upwards(side: Side) -> (Node, Node) {
    if side.from[1] < side.to[1] { (side.from, side.to) } else { (side.to, side.from) }
}

/// Of two sides that meet at nodes only and that one ray meets: true where the ray meets the first further right.
fn is_right_of(a: Side, b: Side) -> bool {
    let ((a_low, a_high), (b_low, b_high)) = (upwards(a), upwards(b));
    if b_low[1] > a_low[1] {
        return !is_right_of(b, a);
    }
    let along = minus(b_high, b_low);
    match cross(along, minus(a_low, b_low)).cmp(&0) {
        Ordering::Less => true,
        Ordering::Greater => false,
        Ordering::Equal => cross(along, minus(a_high, b_low)) < 0,
    }
}

fn minus(a: Node, b: Node) -> Node {
    [a[0] - b[0], a[1] - b[1]]
}

fn cross(a: Node, b: Node) -> i128 {
    i128::from(a[0]) * i128::from(b[1]) - i128::from(a[1]) * i128::from(b[0])
}

fn dot(a: Node, b: Node) -> i128 {
    i128::from(a[0]) * i128::from(b[0]) + i128::from(a[1]) * i128::from(b[1])
}

/// Twice the area of a ring, above zero where it goes anticlockwise.
fn doubled_area(ring: &[Node]) -> i128 {
    let Some(first) = ring.first() else { return 0 };
    let triangles = ring.windows(2).map(|edge| cross(minus(edge[0], *first), minus(edge[1], *first)));
    // Parts of the sum may wrap; the whole is below 2¹¹⁰.
    triangles.fold(0, i128::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(rings: &[&[Node]]) -> Vec<Side> {
        let edges = |ring: &&[Node]| -> Vec<Side> {
            let n = ring.len();
            (0..n).map(|i| Side { from: ring[i], to: ring[(i + 1) % n] }).collect()
        };
        rings.iter().flat_map(edges).collect()
    }

    fn counts(rings: &[&[Node]]) -> Vec<usize> {
        let mut counts: Vec<usize> = polygons(sides(rings)).iter().map(Vec::len).collect();
        counts.sort_unstable();
        counts
    }

    #[test]
    fn a_ring_that_touches_itself_becomes_an_outline_and_a_hole() {
        let pinched: &[Node] = &[[0, 0], [9, 0], [9, 9], [0, 9], [0, 4], [3, 6], [3, 2], [0, 4]];
        let made = polygons(sides(&[pinched]));
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].iter().map(|ring| doubled_area(ring) > 0).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn pieces_that_touch_in_a_point_are_polygons_of_their_own() {
        let squares: [&[Node]; 2] = [&[[0, 0], [2, 0], [2, 2], [0, 2]], &[[2, 2], [4, 2], [4, 4], [2, 4]]];
        assert_eq!(counts(&squares), [1, 1]);
        // Two holes that touch each other twice cut a piece off the inside.
        let outline: &[Node] = &[[0, 0], [50, 0], [50, 50], [0, 50]];
        let ells: [&[Node]; 2] = [
            &[[10, 20], [10, 40], [30, 40], [30, 30], [20, 30], [20, 20]],
            &[[20, 10], [20, 20], [30, 20], [30, 30], [40, 30], [40, 10]],
        ];
        let made = polygons(sides(&[outline, ells[0], ells[1]]));
        assert_eq!(made.len(), 2);
        let area = |rings: &Vec<Vec<Node>>| rings.iter().map(|r| doubled_area(r)).sum::<i128>() / 2;
        let mut areas: Vec<i128> = made.iter().map(area).collect();
        areas.sort_unstable();
        assert_eq!(areas, [100, 2500 - 300 - 300 - 100]);
    }

    #[test]
    fn holes_find_their_outline_past_other_holes_and_islands() {
        let rings: [&[Node]; 5] = [
            &[[0, 0], [100, 0], [100, 100], [0, 100]],
            &[[10, 10], [10, 50], [50, 50], [50, 10]],
            &[[20, 20], [40, 20], [40, 40], [20, 40]],
            &[[25, 25], [25, 30], [30, 30], [30, 25]],
            &[[60, 20], [60, 30], [70, 30], [70, 20]],
        ];
        assert_eq!(counts(&rings), [2, 3]);
    }

    #[test]
    fn nodes_on_a_straight_line_go_unless_a_ring_touches_there() {
        let rings: [&[Node]; 2] =
            [&[[0, 0], [4, 0], [8, 0], [8, 8], [4, 8], [0, 8]], &[[4, 8], [5, 5], [3, 5]]];
        let made = polygons(sides(&rings));
        assert_eq!(made.len(), 1);
        assert_eq!((made[0][0].len(), made[0][1].len()), (5, 3), "{made:?}");
    }
}
