//! From region to region in the order of reading.

use std::collections::HashMap;

use geo::Intersects as _;
use project::{Layer, LayerRole, Project, RegionId};
use spatial::{WorldPoint, WorldRect};

/// Tile rows are this many pixels of the lowest layer high, as in the queues of damage annotators.
const ROW_PX: f64 = 2048.0;
/// Rows across the regions where no layer gives a measure.
const ROWS: f64 = 16.0;

/// Every region in rows from the top, each from left to right: first those on imagery taken after the event, where
/// there is such, then those on other imagery; those that no layer shows come last, because nobody can judge them.
/// Computed once, kept while the project's regions stay.
#[derive(Clone, Debug, Default)]
pub struct ReadingOrder {
    regions: Vec<RegionId>,
    place: HashMap<RegionId, usize>,
}

impl ReadingOrder {
    /// Rows as high as a tile of 2048 pixels of the lowest layer.
    pub fn new(project: &Project) -> Self {
        let bounds = |id: &RegionId| project.region(*id).and_then(|r| r.bounds());
        let all = project.regions().keys().filter_map(|id| Some((*id, bounds(id)?.center())));
        let places: Vec<_> = all.collect();
        let top = places.iter().map(|(_, c)| c.y).fold(f64::NEG_INFINITY, f64::max);
        let bottom = places.iter().map(|(_, c)| c.y).fold(f64::INFINITY, f64::min);
        let height = row_height(project).unwrap_or((top - bottom) / ROWS);
        // One row where all is level; `as` takes what is beyond range to the ends.
        let row = |y: f64| if height > 0.0 { ((top - y) / height) as u64 } else { 0 };
        let shown = layer_boxes(project);
        let off = |p: WorldPoint| {
            let on = shown.iter().filter(|(_, b)| b.intersects(&p));
            on.map(|(rank, _)| *rank).min().unwrap_or(u8::MAX)
        };
        let mut places: Vec<_> = places.into_iter().map(|(id, p)| ((off(p), row(p.y)), p, id)).collect();
        places.sort_unstable_by(|(strip, p, a), (other, q, b)| {
            strip.cmp(other).then(p.x.total_cmp(&q.x)).then(q.y.total_cmp(&p.y)).then(a.cmp(b))
        });
        let regions: Vec<RegionId> = places.into_iter().map(|(_, _, id)| id).collect();
        let place = regions.iter().copied().zip(0..).collect();
        Self { regions, place }
    }

    pub fn regions(&self) -> &[RegionId] {
        &self.regions
    }

    /// Item n of N, from 0.
    pub fn position(&self, region: RegionId) -> Option<usize> {
        self.place.get(&region).copied()
    }

    /// The next region that is wanted, around the end once; the first one when there is no start.
    pub fn next(&self, from: Option<RegionId>, wanted: impl Fn(RegionId) -> bool) -> Option<RegionId> {
        let start = from.and_then(|id| self.position(id)).map_or(0, |at| at + 1);
        let (before, after) = self.regions.split_at(start.min(self.regions.len()));
        after.iter().chain(before).copied().find(|id| wanted(*id))
    }

    /// The one before, around the start once; the last one when there is no start.
    pub fn previous(&self, from: Option<RegionId>, wanted: impl Fn(RegionId) -> bool) -> Option<RegionId> {
        let start = from.and_then(|id| self.position(id)).unwrap_or(self.regions.len());
        let (before, after) = self.regions.split_at(start.min(self.regions.len()));
        before.iter().rev().chain(after.iter().rev()).copied().find(|id| wanted(*id))
    }

    /// The next region that no person has labelled.
    pub fn next_unlabelled(&self, project: &Project, from: Option<RegionId>) -> Option<RegionId> {
        self.next(from, |id| project.region(id).is_some() && project.label_of(id).is_none())
    }
}

/// The boxes around the layers, in the world; 0 for those after the event, where there are any.
fn layer_boxes(project: &Project) -> Vec<(u8, WorldRect)> {
    let after = |layer: &Layer| layer.role == LayerRole::After;
    let some_after = project.layers().values().any(after);
    let of = |layer: &Layer| {
        let bounds = layer.placement(project.crs()).ok()?.world_bounds()?;
        Some((u8::from(some_after && !after(layer)), bounds))
    };
    project.layers().values().filter_map(of).collect()
}

fn row_height(project: &Project) -> Option<f64> {
    let (_, layer) = project.layers_in_order().into_iter().next()?;
    let same_units = layer.crs.as_ref() == project.crs();
    let height = layer.transform_or_pixels().pixel_size().1 * ROW_PX;
    (same_units && height.is_finite() && height > 0.0).then_some(height)
}
