//! Corners and edges that the pointer is drawn to.

use geo::{Closest, ClosestPoint as _, Point, Rect};
use project::RegionId;
use spatial::WorldPoint;

use crate::ToolContext;
use crate::context::distance;
use crate::shape::Shape;

/// Whether and to what new corners snap. Holding Ctrl turns it round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SnapSettings {
    pub on: bool,
    pub to_vertices: bool,
    pub to_edges: bool,
    /// While drawing: to right angles with the edge before and with the first one.
    pub to_right_angles: bool,
    /// To the lines of a grid that are this many world units apart.
    pub grid: Option<f64>,
    /// A corner that several regions share moves in all of them.
    pub shared_borders: bool,
}

impl SnapSettings {
    pub const OFF: Self = Self {
        on: false,
        to_vertices: true,
        to_edges: true,
        to_right_angles: true,
        grid: None,
        shared_borders: false,
    };

    /// What Ctrl makes of it.
    #[must_use]
    pub fn toggled(self) -> Self {
        Self { on: !self.on, ..self }
    }
}

impl Default for SnapSettings {
    fn default() -> Self {
        Self { on: true, ..Self::OFF }
    }
}

/// The corner within reach of a point, else the nearest point of an edge, else of the grid; corners win.
/// `except` is the region that is being changed itself.
pub(crate) fn snap(
    ctx: &ToolContext,
    settings: SnapSettings,
    at: WorldPoint,
    except: Option<RegionId>,
) -> Option<WorldPoint> {
    if !settings.on || !at.x.is_finite() || !at.y.is_finite() {
        return None;
    }
    let reach = ctx.reach();
    let around = Rect::new((at.x - reach, at.y - reach), (at.x + reach, at.y + reach));
    let mut vertex: Option<(f64, WorldPoint)> = None;
    let mut edge: Option<(f64, WorldPoint)> = None;
    let nearer = |best: &mut Option<(f64, WorldPoint)>, point: WorldPoint| {
        let d = distance(at, point);
        if d <= reach && best.is_none_or(|(least, _)| d < least) {
            *best = Some((d, point));
        }
    };
    for (id, region) in ctx.project.regions_in(around) {
        let Some(shape) = Shape::new(&region.geometry).filter(|_| Some(id) != except) else { continue };
        if settings.to_vertices {
            shape.vertices().for_each(|(_, corner)| nearer(&mut vertex, corner));
        }
        if settings.to_edges {
            for (_, line) in shape.edges() {
                if let Closest::Intersection(p) | Closest::SinglePoint(p) = line.closest_point(&Point(at)) {
                    nearer(&mut edge, p.0);
                }
            }
        }
    }
    let on_grid = || {
        let step = settings.grid.filter(|step| step.is_finite() && *step > 0.0)?;
        let point = WorldPoint { x: (at.x / step).round() * step, y: (at.y / step).round() * step };
        (distance(at, point) <= reach).then_some(point)
    };
    vertex.or(edge).map(|(_, point)| point).or_else(on_grid)
}

/// The place within reach where the edge to be drawn would stand at a right angle to the edge before it or go
/// on straight; where it would also meet the first edge at a right angle, that very place.
pub(crate) fn right_angle(ctx: &ToolContext, corners: &[WorldPoint], at: WorldPoint) -> Option<WorldPoint> {
    let [.., before, last] = *corners else { return None };
    let foot = |from: WorldPoint, along: WorldPoint| {
        let length = along.x * along.x + along.y * along.y;
        let share = ((at.x - from.x) * along.x + (at.y - from.y) * along.y) / length;
        (length > 0.0).then(|| from + along * share)
    };
    let turned = |v: WorldPoint| WorldPoint { x: -v.y, y: v.x };
    let edge = last - before;
    let near = |point: &WorldPoint| distance(*point, at) <= ctx.reach();
    let candidates = [(turned(edge), true), (edge, false)];
    let (found, along, square) = candidates
        .into_iter()
        .filter_map(|(along, square)| Some((foot(last, along).filter(near)?, along, square)))
        .min_by(|a, b| distance(a.0, at).total_cmp(&distance(b.0, at)))?;
    let closing = match corners {
        [first, second, _, ..] if square => meeting(last, along, *first, turned(*second - *first)),
        _ => None,
    };
    Some(closing.filter(near).unwrap_or(found))
}

/// Where two lines meet, each by a place and a direction.
fn meeting(a: WorldPoint, along: WorldPoint, b: WorldPoint, other: WorldPoint) -> Option<WorldPoint> {
    let cross = along.x * other.y - along.y * other.x;
    let share = ((b.x - a.x) * other.y - (b.y - a.y) * other.x) / cross;
    share.is_finite().then(|| a + along * share)
}
