//! The frames of the filmstrip: which regions come next, and the camera over each.

use project::RegionId;
use spatial::{Viewport, WorldRect};

use crate::state::State;

/// Frames shown ahead.
pub const AHEAD: usize = 24;
/// Size of a frame in points.
pub const SIZE: [f32; 2] = [76.0, 46.0];
/// Ground around a region, as a share of its longer side.
const AROUND: f64 = 0.6;

/// The regions of the filmstrip with their places in the order of reading: the one before the selected one,
/// then the selected one, then what comes.
pub fn ahead(state: &State) -> Vec<(usize, RegionId)> {
    let Some(open) = &state.project else { return Vec::new() };
    let here = state.selection.primary().and_then(|id| open.counts.order.position(id)).unwrap_or(0);
    if open.returned.only {
        let place = |id: &RegionId| open.counts.order.position(*id).unwrap_or(0);
        let cases = open.returned.in_order();
        let first = cases.partition_point(|id| place(id) < here).saturating_sub(1);
        return cases[first..].iter().take(AHEAD).map(|id| (place(id), *id)).collect();
    }
    let order = open.counts.order.regions().iter().copied().enumerate();
    order.skip(here.saturating_sub(1)).take(AHEAD).collect()
}

/// The camera over one region.
pub fn camera(state: &State, region: RegionId) -> Option<Viewport> {
    camera_of(state, region, SIZE)
}

/// The camera over one region in a picture of this size in points.
pub fn camera_of(state: &State, region: RegionId, size: [f32; 2]) -> Option<Viewport> {
    let bounds = state.shown()?.region(region)?.bounds()?;
    let around = (bounds.width().max(bounds.height()) * AROUND).max(1e-6);
    let d = spatial::WorldPoint { x: around, y: around };
    let size = size.map(|side| f64::from((side * state.pixels_per_point).round()));
    Some(Viewport::fit(WorldRect::new(bounds.min() - d, bounds.max() + d), size, 0.0))
}
