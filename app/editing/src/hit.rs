//! Which region is under the pointer.

use geo::{Area as _, Distance as _, Euclidean, Geometry, Intersects as _, Point, Rect};
use project::{ClassCode, RegionId};
use spatial::{WorldPoint, WorldRect};

use crate::ToolContext;
use crate::context::class_of;

/// The region that a click takes: the smallest one under the pointer.
pub fn region_at(ctx: &ToolContext, at: WorldPoint) -> Option<RegionId> {
    regions_at(ctx, at).first().copied()
}

/// Every region under the pointer, the smallest first; points and lines within reach come before areas.
pub fn regions_at(ctx: &ToolContext, at: WorldPoint) -> Vec<RegionId> {
    under(ctx, at, |id| ctx.is_in_reach(id))
}

/// The class that keeps the smallest region under the pointer from being taken: it is locked.
pub(crate) fn locked_at(ctx: &ToolContext, at: WorldPoint) -> Option<ClassCode> {
    let locked = |id| class_of(ctx.project, id).filter(|class| ctx.out_of_reach.locked.contains(class));
    let seen = |class: &ClassCode| !ctx.out_of_reach.hidden.contains(class);
    let found = under(ctx, at, |id| locked(id).is_some_and(|class| seen(&class)));
    found.first().and_then(|id| locked(*id))
}

fn under(ctx: &ToolContext, at: WorldPoint, is_meant: impl Fn(RegionId) -> bool) -> Vec<RegionId> {
    if !at.x.is_finite() || !at.y.is_finite() {
        return Vec::new();
    }
    let reach = ctx.reach();
    let around = Rect::new((at.x - reach, at.y - reach), (at.x + reach, at.y + reach));
    let mut found: Vec<(f64, f64, RegionId)> = ctx
        .project
        .regions_in(around)
        .filter(|(id, _)| is_meant(*id))
        .filter_map(|(id, region)| {
            let (area, distance) = measure(&region.geometry, at, reach)?;
            Some((area, distance, id))
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    found.into_iter().map(|(_, _, id)| id).collect()
}

/// Area and distance from the pointer; `None` when it is out of reach.
fn measure(geometry: &Geometry<f64>, at: WorldPoint, reach: f64) -> Option<(f64, f64)> {
    let point = Point(at);
    match geometry {
        Geometry::Polygon(_) | Geometry::MultiPolygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => {
            geometry.intersects(&point).then(|| (geometry.unsigned_area(), 0.0))
        }
        _ => {
            let distance = Euclidean.distance(geometry, &Geometry::Point(point));
            (distance <= reach).then_some((0.0, distance))
        }
    }
}

/// Regions that meet a box, from the upper left.
pub(crate) fn regions_in_box(ctx: &ToolContext, rect: WorldRect) -> Vec<RegionId> {
    let mut found: Vec<(f64, f64, RegionId)> = ctx
        .project
        .regions_in(rect)
        .filter(|(id, region)| region.geometry.intersects(&rect) && ctx.is_in_reach(*id))
        .filter_map(|(id, region)| {
            let bounds = region.bounds()?;
            Some((-bounds.max().y, bounds.min().x, id))
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    found.into_iter().map(|(_, _, id)| id).collect()
}
