//! Corners and edges that the pointer is drawn to.

use geo::{Closest, ClosestPoint as _, Point, Rect};
use project::RegionId;
use spatial::WorldPoint;

use crate::ToolContext;
use crate::context::distance;
use crate::shape::Shape;

/// Whether new corners snap to what is there. Holding Ctrl turns it round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapSettings {
    pub to_vertices: bool,
    pub to_edges: bool,
}

impl SnapSettings {
    pub const OFF: Self = Self { to_vertices: false, to_edges: false };

    /// What Ctrl makes of it.
    #[must_use]
    pub fn toggled(self) -> Self {
        if self == Self::OFF { Self::default() } else { Self::OFF }
    }
}

impl Default for SnapSettings {
    fn default() -> Self {
        Self { to_vertices: true, to_edges: true }
    }
}

/// The corner within reach of a point, else the nearest point of an edge within reach; corners win.
/// `except` is the region that is being changed itself.
pub(crate) fn snap(
    ctx: &ToolContext,
    settings: SnapSettings,
    at: WorldPoint,
    except: Option<RegionId>,
) -> Option<WorldPoint> {
    if settings == SnapSettings::OFF || !at.x.is_finite() || !at.y.is_finite() {
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
    vertex.or(edge).map(|(_, point)| point)
}
