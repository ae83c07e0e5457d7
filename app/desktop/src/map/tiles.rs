//! Gets tiles from files to the GPU: what is visible, nearest the middle first, a bounded amount a frame.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jobs::{Job, JobContext, JobFailure, Jobs, Priority};
use picture::{LayerView, TileStatus};
use raster::{Samples, Source};
use renderer::{GpuError, Renderer, TileId};
use spatial::{TileKey, Viewport};

use crate::frame::Program;

/// Tiles read at the same time; more would only wait in the queue and be stale when their turn comes.
const IN_FLIGHT: usize = 12;
/// Bytes of samples sent to the GPU in one frame, though always at least one band of a tile.
const UPLOAD_BYTES: usize = 2 << 20;
/// Tiles asked for in one view; only images have more that have no overviews and cannot be shown roughly.
const WANTED: usize = 400;
/// Tiles of the coarsest level that are kept to stand in for finer ones.
const BASE: usize = 8;
/// A tile takes this long to appear.
const FADE: Duration = Duration::from_millis(120);

/// The tiles of one layer that a view wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub layer: u64,
    pub source: Arc<Source>,
    pub bands: Arc<[usize]>,
    /// Most wanted first: a coarse level that stands in, then what is drawn, nearest the middle first.
    pub keys: Vec<TileKey>,
}

/// What of a layer a camera wants.
pub fn wanted(camera: &Viewport, view: &LayerView) -> Wanted {
    let mut fine = view.wanted_now(camera);
    fine.truncate(WANTED);
    let pyramid = view.pyramid_now();
    let (own, last) = (view.source.pyramid().levels().len(), pyramid.levels().len() - 1);
    let mut keys = Vec::new();
    if let (Some(image_box), Some(first)) = (view.placement.image_box_of(camera.bounds()), fine.first()) {
        // Of a rough view every level: each shows something long before the next finer one.
        let begin = own.min(last).max(usize::from(first.level) + 1);
        for level in (begin..=last).rev() {
            let stand_ins = pyramid.tiles_in(level as u8, image_box);
            keys.extend(stand_ins.into_iter().take(BASE));
        }
    }
    keys.extend(fine);
    Wanted { layer: view.number, source: Arc::clone(&view.source), bands: view.loaded_bands().into(), keys }
}

/// True when all that a camera sees of a layer is on the GPU, be it roughly.
pub fn is_seen(renderer: &Renderer, camera: &Viewport, view: &LayerView) -> bool {
    let bands = view.rendering.mix.bands();
    view.wanted_now(camera).into_iter().all(|key| renderer.tiles().has(view.tile_id(key), bands))
}

/// How much is there of what the map shows of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Of the tiles that are wanted, those that stand in among them: 0 to 1.
    pub share: f64,
    /// One pixel out of many, until overviews are made.
    pub is_rough: bool,
}

impl Program {
    /// How much of the lowest open layer is seen; `None` while none is open.
    pub fn seen(&self) -> Option<Seen> {
        let view = self.state.layers.values().find_map(|layer| layer.view())?;
        let (renderer, camera) = (self.renderer.lock(), &self.state.camera);
        let (keys, bands) = (wanted(camera, view).keys, view.rendering.mix.bands());
        let there = keys.iter().filter(|key| renderer.tiles().has(view.tile_id(**key), bands)).count();
        Some(Seen { share: there as f64 / keys.len().max(1) as f64, is_rough: view.is_rough(camera) })
    }
}

/// A tile on its way.
#[derive(Debug)]
struct Loading {
    /// The bands that are to be on the GPU then; those that were not are read.
    wanted: Arc<[usize]>,
    /// In parts that a frame can send.
    job: Job<Vec<Samples>>,
}

/// A tile, or some of its bands, that waits to be sent to the GPU.
#[derive(Debug)]
struct Arrived {
    id: TileId,
    wanted: Arc<[usize]>,
    samples: Samples,
}

/// Reads and uploads tiles.
#[derive(Debug, Default)]
pub struct TileLoader {
    loading: HashMap<TileId, Loading>,
    arrived: VecDeque<Arrived>,
    appeared: HashMap<TileId, Instant>,
    failed: HashSet<TileId>,
}

/// A tile that could not be read.
#[derive(Debug)]
pub struct FailedTile {
    pub id: TileId,
    pub why: String,
    pub hint: String,
}

impl TileLoader {
    /// True while a tile is on its way.
    pub fn is_busy(&self) -> bool {
        !self.loading.is_empty() || !self.arrived.is_empty()
    }

    /// True while tiles wait to be sent to the GPU.
    pub fn has_arrived(&self) -> bool {
        !self.arrived.is_empty()
    }

    /// Tiles on their way.
    pub fn under_way(&self) -> usize {
        self.loading.len() + self.arrived.len()
    }

    /// Takes what the jobs have finished.
    pub fn receive(&mut self) -> Vec<FailedTile> {
        let mut failures = Vec::new();
        let ended: Vec<TileId> =
            self.loading.iter().filter(|(_, tile)| tile.job.is_finished()).map(|(id, _)| *id).collect();
        for id in ended {
            let Some(Loading { wanted, job, .. }) = self.loading.remove(&id) else { continue };
            match job.poll() {
                Some(Ok(parts)) => {
                    let arrived = |samples| Arrived { id, wanted: Arc::clone(&wanted), samples };
                    self.arrived.extend(parts.into_iter().map(arrived));
                }
                Some(Err(JobFailure::Cancelled | JobFailure::Crowded)) | None => {}
                Some(Err(failure)) => {
                    self.failed.insert(id);
                    let hint = failure.error::<raster::ReadError>().map_or("", raster::ReadError::hint);
                    failures.push(FailedTile { id, why: failure.to_string(), hint: hint.to_owned() });
                }
            }
        }
        failures
    }

    /// Sends arrived tiles to the GPU, as many as a frame may take.
    pub fn upload(&mut self, renderer: &mut Renderer) -> Result<(), GpuError> {
        let mut sent = 0;
        while let Some(next) = self.arrived.front() {
            let bytes = next.samples.values.as_bytes().len();
            if sent > 0 && sent + bytes > UPLOAD_BYTES {
                break;
            }
            let Some(Arrived { id, wanted, samples }) = self.arrived.pop_front() else { break };
            sent += bytes;
            picture::upload(renderer.tiles_mut(), id, &samples, &wanted)?;
            samples.recycle();
            self.appeared.insert(id, Instant::now());
        }
        Ok(())
    }

    /// Asks for what is missing and gives up what is no longer wanted.
    pub fn plan(&mut self, jobs: &Jobs, renderer: &Renderer, wanted: &[Wanted]) {
        let mut missing = Vec::new();
        let mut all = HashMap::new();
        for layer in wanted {
            for key in &layer.keys {
                let id = TileId { layer: layer.layer, key: *key };
                let is_new = all.insert(id, &layer.bands).is_none();
                if is_new && !renderer.tiles().has(id, &layer.bands) && !self.failed.contains(&id) {
                    missing.push((id, layer));
                }
            }
        }
        // What is under way for bands that are no longer shown is given up.
        self.loading.retain(|id, tile| all.get(id).is_some_and(|bands| **bands == tile.wanted));
        self.arrived.retain(|tile| all.contains_key(&tile.id));
        let under_way: HashSet<TileId> = self.arrived.iter().map(|tile| tile.id).collect();
        missing.retain(|(id, _)| !self.loading.contains_key(id) && !under_way.contains(id));
        missing.truncate(IN_FLIGHT.saturating_sub(self.loading.len()));
        // The newest request runs first, so the least wanted goes in first.
        for (id, layer) in missing.into_iter().rev() {
            let (source, bands) = (layer.source.clone(), renderer.tiles().lacking(id, &layer.bands));
            let read = move |ctx: &JobContext| -> Result<Vec<Samples>, JobFailure> {
                ctx.check()?;
                let job = ctx.clone();
                let read = || source.read_rough(id.key, &bands);
                Ok(raster::while_wanted(move || !job.is_cancelled(), read)?.in_parts(UPLOAD_BYTES))
            };
            let job = jobs.spawn(Priority::Visible, "Read tile", read);
            self.loading.insert(id, Loading { wanted: Arc::clone(&layer.bands), job });
        }
        self.appeared.retain(|_, at| at.elapsed() < FADE * 2);
    }

    /// What has become of a tile of which these bands are shown.
    pub fn status(
        &self,
        renderer: &Renderer,
        id: TileId,
        bands: &[usize],
        reduce_motion: bool,
    ) -> TileStatus {
        if self.failed.contains(&id) {
            TileStatus::Failed
        } else if renderer.tiles().has(id, bands) {
            let age = self.appeared.get(&id).filter(|_| !reduce_motion).map(Instant::elapsed);
            let fade = age.map_or(1.0, |age| age.as_secs_f32() / FADE.as_secs_f32());
            TileStatus::Resident(fade.clamp(0.05, 1.0))
        } else {
            TileStatus::Missing
        }
    }

    /// True while a tile appears, so that the next frame is due.
    pub fn is_fading(&self) -> bool {
        self.appeared.values().any(|at| at.elapsed() < FADE)
    }

    /// Tries the failed tiles of a layer again.
    pub fn retry(&mut self, layer: u64) {
        self.failed.retain(|id| id.layer != layer);
    }

    /// Forgets a layer whose tiles are of no use any more.
    pub fn forget(&mut self, layer: u64) {
        self.retry(layer);
        self.loading.retain(|id, _| id.layer != layer);
        self.arrived.retain(|tile| tile.id.layer != layer);
        self.appeared.retain(|id, _| id.layer != layer);
    }
}
