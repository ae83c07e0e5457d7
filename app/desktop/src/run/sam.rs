//! What “Segment anything” asks of a network: loads the user's weights, looks at squares of the world at low priority, what the
//! hand is on first and then what is in view, and answers clicks from what was said of them. Nothing of it runs on the
//! window's thread.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use editing::{Answer, Choice, FedBack, PromptWish, Tool, ToolEvent, Workspace};
use jobs::{Job, JobContext, JobFailure, Priority};
use learning::{Engine, LearningError};
use picture::{LayerView, Rendering, as_seen};
use raster::OverviewStore;
use renderer::{Gpu, RENDER_IMAGE_FORMAT, Renderer};
use sam::{
    Candidate, FeatureCache, Features, Named, Picture, Prompt, Segmenter, Tile, found_in, is_cut, level_of,
};
use segment::SegmentError;
use spatial::{Viewport, WorldPoint, WorldRect};

use super::models::engine_of;
use super::wand::{name, shown};
use crate::format::sentence;
use crate::frame::Program;
use crate::sam::{Network, SamAsk};
use crate::state::State;
use crate::work::Purpose;

/// What is said of so many pictures is held in memory: two megabytes each.
const HELD: usize = 48;
/// Pictures that are looked at ahead at most.
const AHEAD: usize = 12;
/// What is said of pictures takes at most so many bytes of the disk.
const CACHE_BYTES: u64 = 2 << 30;
/// Less than this of a mask's side is no mask.
const FINEST: usize = 2;

/// What is shown, as far as the picture hangs on it.
type Look = Vec<(u64, Rendering, Option<WorldRect>)>;

#[derive(Debug)]
struct Loaded {
    named: Named,
    net: Segmenter,
}

/// What came of looking at a square.
type Looked = Option<Arc<Features>>;

#[derive(Debug)]
struct Looking {
    tile: Tile,
    is_urgent: bool,
    share: Arc<Mutex<f32>>,
    job: Job<Looked>,
}

/// What runs for the tool.
#[derive(Debug, Default)]
pub(crate) struct SamWork {
    network: Option<Arc<Mutex<Loaded>>>,
    loading: Option<(PathBuf, Job<Loaded>)>,
    look: Look,
    /// What the cache on disk calls the imagery as it looks: found out by the first job that needs it.
    identity: Arc<OnceLock<String>>,
    /// What was said, the newest last; nothing where there is no imagery.
    held: Vec<(Tile, Looked)>,
    looking: Option<Looking>,
    asking: Option<(u64, Job<Answer>)>,
    /// Squares that could not be looked at are not tried again and again.
    failed: Vec<Tile>,
    /// Somebody stopped it, or it failed: nothing more is looked at ahead until the tool is armed anew.
    is_stopped: bool,
    unanswered: u64,
    renderer: Arc<Mutex<Option<Renderer>>>,
}

impl SamWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.loading.is_some() || self.looking.is_some() || self.asking.is_some()
    }

    fn said_of(&self, tile: Tile) -> Option<&Looked> {
        self.held.iter().find(|(of, _)| *of == tile).map(|(_, looked)| looked)
    }

    fn hold(&mut self, tile: Tile, looked: Looked) {
        self.held.retain(|(of, _)| *of != tile);
        self.held.push((tile, looked));
        let over = self.held.len().saturating_sub(HELD);
        self.held.drain(..over);
    }

    /// The imagery or its look is another: nothing that was said holds any more.
    fn forget(&mut self, look: Look) {
        (self.look, self.identity) = (look, Arc::default());
        (self.held, self.failed) = (Vec::new(), Vec::new());
        (self.looking, self.asking) = (None, None);
    }

    fn side(&self) -> Option<usize> {
        let loaded = self.network.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(loaded.net.shape().image_px)
    }
}

impl Program {
    pub(super) fn sam(&mut self, ask: SamAsk) {
        match ask {
            SamAsk::Choose => self.ask_for_file(Purpose::Checkpoint),
            SamAsk::Again => self.state.sam.network = Network::Unknown,
        }
    }

    /// Takes a file of weights for the tool, and remembers it.
    pub(crate) fn choose_checkpoint(&mut self, path: PathBuf) {
        self.state.preferences.sam_checkpoint = Some(path);
        self.preferences_changed = true;
        self.sam_work = SamWork::default();
        self.state.sam.network = Network::Unknown;
        let armed = Tool::new(editing::ToolKind::Sam);
        if self.state.tool.kind() == armed.kind() {
            self.tool_event(ToolEvent::Cancel);
        }
    }

    /// Loads, looks and answers while the tool is armed; with another one only the network stays.
    pub(crate) fn plan_sam(&mut self) {
        let armed = matches!(self.state.tool, Tool::Sam(_)) && self.state.workspace != Workspace::Review;
        if !armed {
            if !self.sam_work.look.is_empty() || self.sam_work.is_busy() {
                let network = self.sam_work.network.take();
                self.sam_work = SamWork { network, ..SamWork::default() };
                self.state.sam.looking = None;
                if matches!(self.state.sam.network, Network::Loading(_)) {
                    self.state.sam.network = Network::Unknown;
                }
            }
            return;
        }
        self.plan_network();
        let look: Look = shown(&self.state).map(name).collect();
        if look != self.sam_work.look {
            self.sam_work.forget(look);
        }
        self.receive_looked();
        self.receive_answer();
        if let Some(side) = self.sam_work.side() {
            self.plan_answer(side);
            self.plan_look(side);
        }
    }

    fn plan_network(&mut self) {
        if let Some((path, job)) = self.sam_work.loading.take() {
            match job.poll() {
                None => self.sam_work.loading = Some((path, job)),
                Some(Ok(loaded)) => {
                    let (name, device) = (loaded.net.shape().name(), loaded.net.engine().name().to_owned());
                    self.state.sam.network = Network::Ready { path, name, device };
                    self.sam_work.network = Some(Arc::new(Mutex::new(loaded)));
                }
                Some(Err(failure)) => {
                    let hint = failure.error::<LearningError>().map(LearningError::hint).unwrap_or_default();
                    let what = sentence(&failure.to_string());
                    self.state.sam.network = Network::Refused { path, what, hint: sentence(&hint) };
                }
            }
        }
        if self.state.sam.network != Network::Unknown || self.sam_work.loading.is_some() {
            return;
        }
        self.sam_work.network = None;
        let folder = self.data_folder.as_ref().map(|folder| folder.with_file_name("models"));
        let chosen = self.state.preferences.sam_checkpoint.clone();
        let path = chosen.or_else(|| folder.as_deref().and_then(found_in));
        self.state.sam.folder = folder;
        let Some(path) = path else {
            self.state.sam.network = Network::Missing;
            return;
        };
        self.state.sam.network = Network::Loading(path.clone());
        let (engine, gpu) = (Arc::clone(&self.models_work.engine), self.gpu());
        let of = path.clone();
        let load = move |ctx: &JobContext| load(ctx, &of, &engine, &gpu);
        self.sam_work.loading = Some((path, self.jobs.spawn_alone("Load the network", load)));
    }

    fn receive_looked(&mut self) {
        let Some(looking) = &self.sam_work.looking else { return };
        let share = *looking.share.lock().unwrap_or_else(PoisonError::into_inner);
        (self.state.sam.looking, self.state.sam.is_urgent) = (Some(share), looking.is_urgent);
        let Some(result) = looking.job.poll() else { return };
        let (tile, is_urgent) = (looking.tile, looking.is_urgent);
        (self.sam_work.looking, self.state.sam.looking) = (None, None);
        self.sam_work.is_stopped |= result.is_err();
        match result {
            Ok(looked) => self.sam_work.hold(tile, looked),
            Err(JobFailure::Cancelled) if is_urgent => {
                self.sam_work.unanswered = self.state.tool.wish().map_or(0, editing::Wish::number);
            }
            Err(JobFailure::Cancelled) => {}
            Err(failure) => {
                self.sam_work.failed.push(tile);
                self.job_failed(&failure);
            }
        }
        self.ctx.request_repaint();
    }

    fn receive_answer(&mut self) {
        let Some(result) = self.sam_work.asking.as_ref().and_then(|(_, job)| job.poll()) else { return };
        let Some((number, _)) = self.sam_work.asking.take() else { return };
        match result {
            Ok(answer) => self.answered(answer),
            Err(JobFailure::Cancelled) => {}
            Err(failure) => {
                self.sam_work.unanswered = number;
                self.job_failed(&failure);
            }
        }
    }

    fn answered(&mut self, answer: Answer) {
        self.state.found = Some(answer);
        self.tool_event(ToolEvent::Found);
        self.ctx.request_repaint();
    }

    /// Answers what the tool wishes from what was said of its square; one at a time, the latest wish next.
    fn plan_answer(&mut self, side: usize) {
        let Some(wish) = self.state.tool.wish().cloned() else { return };
        let Some(prompt) = wish.prompted().cloned() else { return };
        if self.sam_work.asking.is_some() || self.sam_work.unanswered == wish.number() {
            return;
        }
        let Some(tile) = square_of(&prompt, side) else {
            return self.answered(wish.answered(Err(SegmentError::Nothing), 0.0));
        };
        if self.sam_work.failed.contains(&tile) {
            return self.answered(wish.answered(Err(SegmentError::Nothing), 0.0));
        }
        let (Some(looked), Some(network)) = (self.sam_work.said_of(tile), &self.sam_work.network) else {
            return;
        };
        let Some(features) = looked.clone() else {
            return self.answered(wish.answered(Err(SegmentError::Nothing), 0.0));
        };
        let (network, number, title) = (Arc::clone(network), wish.number(), wish.title());
        let answer = move |ctx: &JobContext| -> Result<Answer, JobFailure> {
            let began = Instant::now();
            let net = network.lock().unwrap_or_else(PoisonError::into_inner).net.clone();
            let said = net.ask(&features, &prompt_of(&prompt, tile, side), previous(&prompt, tile));
            ctx.check()?;
            let choices = said.map(|all| choices(&net, &features, &all, tile));
            let choices = choices.map_err(|error| SegmentError::Network(error.to_string()));
            Ok(wish.answered(choices, began.elapsed().as_secs_f64() * 1e3))
        };
        self.sam_work.asking = Some((number, self.jobs.spawn(Priority::Visible, title, answer)));
    }

    /// Looks at the square that is waited for, else at the next one in view.
    fn plan_look(&mut self, side: usize) {
        let work = &self.sam_work;
        // What the pointer only passes over stops nothing: it is what is looked at next.
        let wished = self.state.tool.wish().filter(|wish| wish.number() != work.unanswered);
        let wished = wished.and_then(|wish| wish.prompted()).filter(|prompt| !prompt.is_hover);
        let wished = wished.and_then(|prompt| square_of(prompt, side));
        let is_open = |tile: &Tile| work.said_of(*tile).is_none() && !work.failed.contains(tile);
        let view = squares_in_view(&self.state, side);
        let done = view.iter().filter(|tile| !is_open(tile)).count();
        let urgent = wished.filter(|tile| is_open(tile));
        let ahead = || view.iter().copied().find(is_open).filter(|_| !work.is_stopped);
        let next = urgent.or_else(ahead);
        self.state.sam.ahead = (done, view.len());
        let Some(tile) = next else { return };
        if let Some(looking) = &mut self.sam_work.looking {
            if looking.tile == tile {
                looking.is_urgent = urgent.is_some();
                return;
            }
            // What is waited for does not wait for what is only in view.
            if urgent.is_none() || looking.is_urgent {
                return;
            }
        }
        let Some(network) = self.sam_work.network.clone() else { return };
        let share = Arc::new(Mutex::new(0.0));
        let look = Square {
            tile,
            side,
            layers: shown(&self.state).cloned().collect(),
            network,
            gpu: self.gpu(),
            renderer: Arc::clone(&self.sam_work.renderer),
            identity: Arc::clone(&self.sam_work.identity),
            cache: self
                .cache_folder
                .as_ref()
                .map(|f| FeatureCache::new(f.with_file_name("sam"), CACHE_BYTES)),
            share: Arc::clone(&share),
        };
        let job = self
            .jobs
            .spawn_alone("Look at the map for Segment anything", move |ctx: &JobContext| look.at(ctx));
        self.sam_work.looking = Some(Looking { tile, is_urgent: urgent.is_some(), share, job });
    }
}

fn load(ctx: &JobContext, path: &Path, engine: &OnceLock<Engine>, gpu: &Gpu) -> Result<Loaded, JobFailure> {
    let engine = engine_of(engine, gpu);
    let net = Segmenter::open(path, &engine)?;
    ctx.check()?;
    let named = Named::of(path, &|| ctx.check().is_ok())?;
    Ok(Loaded { named, net })
}

/// The square that a prompt is asked of.
fn square_of(prompt: &PromptWish, side: usize) -> Option<Tile> {
    let level = level_of(prompt.resolution) + i32::from(prompt.coarser);
    let places: Vec<[f64; 2]> = prompt.this.iter().chain(&prompt.not).map(|at| [at.x, at.y]).collect();
    let around = prompt.around.map(|[a, b]| [[a.x, a.y], [b.x, b.y]]);
    Tile::holding(&places, around, level, side)
}

/// Squares in view, from where the hand is outwards.
fn squares_in_view(state: &State, side: usize) -> Vec<Tile> {
    let bounds = state.camera.bounds();
    let middle = bounds.center();
    let attention = match &state.tool {
        Tool::Sam(tool) => tool.attention().map_or([middle.x, middle.y], |at| [at.x, at.y]),
        _ => [middle.x, middle.y],
    };
    let (min, max) = (bounds.min(), bounds.max());
    let level = level_of(state.camera.resolution);
    Tile::over([[min.x, min.y], [max.x, max.y]], level, side, attention, AHEAD)
}

fn camera_of(tile: Tile, side: usize) -> Viewport {
    let [x, y] = tile.middle(side);
    Viewport::new(WorldPoint { x, y }, tile.resolution(), [side as f64; 2])
}

/// In pixels of the square.
fn prompt_of(prompt: &PromptWish, tile: Tile, side: usize) -> Prompt {
    let camera = camera_of(tile, side);
    let place = |at: &WorldPoint| {
        let p = camera.screen_from_world(*at);
        // Places are those of pixels, whose middles are half a pixel further on.
        [(p.x - 0.5) as f32, (p.y - 0.5) as f32]
    };
    let points = prompt.this.iter().map(|at| (place(at), true));
    let around = prompt.around.map(|[a, b]| {
        let ([ax, ay], [bx, by]) = (place(&a), place(&b));
        [[ax.min(bx), ay.min(by)], [ax.max(bx), ay.max(by)]]
    });
    Prompt { points: points.chain(prompt.not.iter().map(|at| (place(at), false))).collect(), around }
}

fn name_of(tile: Tile) -> [i64; 3] {
    [i64::from(tile.level), tile.column, tile.row]
}

/// What was said before, if it was said of the same square.
fn previous(prompt: &PromptWish, tile: Tile) -> Option<&[f32]> {
    let said = prompt.previous.as_ref().filter(|said| said.of == name_of(tile))?;
    Some(&said.logits)
}

fn choices(net: &Segmenter, features: &Features, all: &[Candidate], tile: Tile) -> Vec<Choice> {
    let [width, height] = features.picture_size();
    let camera = camera_of(tile, width);
    let choice = |candidate: &Candidate| {
        let inside: Vec<bool> = net.logits(features, candidate).iter().map(|v| *v > 0.0).collect();
        let place = |x: f64, y: f64| camera.world_from_screen(WorldPoint { x, y });
        Choice {
            outline: Choice::outlined(&inside, width, tile.resolution(), place),
            score: f64::from(candidate.quality).clamp(0.0, 1.0),
            is_cut: is_cut(&inside, [width, height]),
            fed_back: Some(Arc::new(FedBack { of: name_of(tile), logits: candidate.logits.clone() })),
        }
    };
    all.iter().filter(|candidate| candidate.logits.len() >= FINEST).map(choice).collect()
}

/// A square to be looked at, with all that it takes.
struct Square {
    tile: Tile,
    side: usize,
    layers: Vec<LayerView>,
    network: Arc<Mutex<Loaded>>,
    gpu: Gpu,
    renderer: Arc<Mutex<Option<Renderer>>>,
    identity: Arc<OnceLock<String>>,
    cache: Option<FeatureCache>,
    share: Arc<Mutex<f32>>,
}

impl Square {
    fn at(&self, ctx: &JobContext) -> Result<Looked, JobFailure> {
        let (net, hash) = {
            let loaded = self.network.lock().unwrap_or_else(PoisonError::into_inner);
            (loaded.net.clone(), loaded.named.hash.clone())
        };
        let key = format!(
            "{hash} {:?} {} {}",
            self.tile,
            self.side,
            self.identity.get_or_init(|| identity(&self.layers))
        );
        if let Some(features) = self.cache.as_ref().and_then(|cache| cache.get(&key)) {
            return Ok(Some(Arc::new(features)));
        }
        let Some(picture) = self.picture(ctx)? else { return Ok(None) };
        let mut told = |share: f32| {
            *self.share.lock().unwrap_or_else(PoisonError::into_inner) = share;
            ctx.progress((share * 1000.0) as u64, 1000);
            ctx.check().is_ok()
        };
        let features = learning::apart(|| net.encode(&picture, &mut told))?;
        ctx.check()?;
        let features = features?;
        if let Some(Err(error)) = self.cache.as_ref().map(|cache| cache.put(&key, &features)) {
            ctx.warn(error.to_string());
        }
        Ok(Some(Arc::new(features)))
    }

    /// The square as it is seen; `None` where nothing is.
    fn picture(&self, ctx: &JobContext) -> Result<Option<Picture>, JobFailure> {
        let camera = camera_of(self.tile, self.side);
        let mut kept = self.renderer.lock().unwrap_or_else(PoisonError::into_inner);
        let renderer = match &mut *kept {
            Some(renderer) => renderer,
            none => none.insert(Renderer::new(&self.gpu, RENDER_IMAGE_FORMAT)?),
        };
        let image = as_seen(&self.gpu, renderer, &self.layers, &camera, &mut || ctx.check().is_ok())?;
        drop(kept);
        ctx.check()?;
        let image = image.ok_or(JobFailure::Cancelled)?;
        let is_empty = image.pixels.chunks_exact(4).all(|pixel| pixel[3] == 0);
        if is_empty {
            return Ok(None);
        }
        Ok(Some(Picture::of_rgba(self.side, self.side, &image.pixels)?))
    }
}

/// The files of all layers as they are now, where they lie, and how they look.
fn identity(layers: &[LayerView]) -> String {
    let files = OverviewStore::in_folder(Path::new(""));
    let one = |layer: &LayerView| {
        let name = files.path_for(layer.source.files(), None);
        // Without one it is good for as long as the layer is open.
        let name =
            name.map_or_else(|| format!("{} {:p}", layer.number, layer.source), |n| n.display().to_string());
        let (path, place) = (layer.source.path().display(), layer.placement.world_bounds());
        format!("{name} {path} {place:?} {:?}", layer.rendering)
    };
    layers.iter().map(one).collect::<Vec<_>>().join("\n")
}
