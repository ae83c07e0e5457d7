//! The way along a border from one place on it to another.

use geo::Rect;
use spatial::WorldPoint;

use crate::ToolContext;
use crate::context::distance;
use crate::shape::Shape;

/// The corners between two places of one border, the shorter way round; `None` when no border has both.
pub(crate) fn traced(ctx: &ToolContext, from: WorldPoint, to: WorldPoint) -> Option<Vec<WorldPoint>> {
    // Places on a border were snapped there: what is off is off by the last bits.
    let near = ctx.reach() * 1e-3;
    let around = Rect::new((to.x - near, to.y - near), (to.x + near, to.y + near));
    let ways = ctx.project.regions_in(around).filter_map(|(_, region)| {
        let shape = Shape::new(&region.geometry)?;
        let closed = shape.is_closed();
        shape.rings().filter_map(|(_, _, corners)| way(corners, closed, from, to, near)).min_by(shorter)
    });
    ways.min_by(shorter).map(|(_, way)| way)
}

type Way = (f64, Vec<WorldPoint>);

fn shorter(a: &Way, b: &Way) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0)
}

fn way(corners: &[WorldPoint], closed: bool, from: WorldPoint, to: WorldPoint, near: f64) -> Option<Way> {
    let (a, b) = (edge_of(corners, closed, from, near)?, edge_of(corners, closed, to, near)?);
    let n = corners.len();
    let between = |mut at: usize, end: usize| {
        let mut way = Vec::new();
        while at != end {
            at = (at + 1) % n;
            way.push(corners[at]);
        }
        way
    };
    let back = |at: usize, end: usize| {
        let mut way = between(end, at);
        way.reverse();
        way
    };
    let along_edge = |edge: usize, at: WorldPoint| distance(corners[edge], at);
    let (forwards, backwards) = if a == b {
        let ahead = along_edge(a, to) >= along_edge(a, from);
        (ahead.then(Vec::new), (!ahead).then(Vec::new))
    } else if closed {
        (Some(between(a, b)), Some(back(a, b)))
    } else {
        ((a < b).then(|| between(a, b)), (a > b).then(|| back(a, b)))
    };
    let measured = |way: Vec<WorldPoint>| {
        let mut length = 0.0;
        let mut last = from;
        for point in way.iter().chain([&to]) {
            length += distance(last, *point);
            last = *point;
        }
        let kept = way.into_iter().filter(|p| distance(*p, from) > near && distance(*p, to) > near).collect();
        (length, kept)
    };
    [forwards, backwards].into_iter().flatten().map(measured).min_by(shorter)
}

/// The edge that a place lies on, by the corner that it starts at.
fn edge_of(corners: &[WorldPoint], closed: bool, at: WorldPoint, near: f64) -> Option<usize> {
    let n = corners.len();
    let edges = if closed { n } else { n.saturating_sub(1) };
    (0..edges).find(|i| {
        let (a, b) = (corners[*i], corners[(i + 1) % n]);
        let along = b - a;
        let length = along.x * along.x + along.y * along.y;
        let share = ((at.x - a.x) * along.x + (at.y - a.y) * along.y) / length;
        let share = if length > 0.0 { share.clamp(0.0, 1.0) } else { 0.0 };
        distance(a + along * share, at) <= near
    })
}
