//! What tools look at: the layers as they are seen, drawn into memory by a job whenever view or look have changed; and what
//! they wish found in that picture, looked for by another job, the latest wish next.

use std::sync::{Arc, Mutex, PoisonError};

use editing::{Answer, Composite, Finder, ToolEvent, Workspace};
use jobs::{Job, JobContext, JobFailure, Priority};
use picture::{LayerView, Rendering, as_seen};
use renderer::{Gpu, RENDER_IMAGE_FORMAT, Renderer};
use spatial::{Viewport, WorldRect};

use crate::frame::Program;
use crate::map::compare;
use crate::run::teaching::TeachWork;
use crate::state::State;

/// Pixels that are kept in memory at most, unless the view alone has more.
const MOST_PX: f64 = 6e6;
/// What is kept is so many times as wide and high as the view, where that is not too much: small moves of the map
/// need no new picture.
const MARGIN: f64 = 1.4;

/// Of what a picture was drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    layers: Vec<(u64, Rendering, Option<WorldRect>)>,
    camera: Viewport,
}

impl Seen {
    /// What is to be drawn now; `None` where no layer is shown.
    fn wanted(state: &State) -> Option<(Self, Vec<LayerView>)> {
        let layers: Vec<LayerView> = shown(state).cloned().collect();
        let [width, height] = state.camera.size_px;
        let much = (MOST_PX / (width * height).max(1.0)).sqrt();
        let size = [width, height].map(|side| (side * much.clamp(1.0, MARGIN)).ceil().max(1.0));
        let camera = state.camera.resized(size);
        (!layers.is_empty()).then(|| (Self { layers: layers.iter().map(name).collect(), camera }, layers))
    }

    /// True when it shows the view, and as it looks now.
    pub(crate) fn is_of(&self, state: &State) -> bool {
        let (all, view) = (self.camera.bounds(), state.camera.bounds());
        let rim = self.camera.resolution;
        let holds = all.min().x <= view.min().x + rim
            && all.min().y <= view.min().y + rim
            && all.max().x >= view.max().x - rim
            && all.max().y >= view.max().y - rim;
        let scale = (self.camera.resolution / state.camera.resolution - 1.0).abs() < 1e-9;
        holds && scale && shown(state).map(name).eq(self.layers.iter().cloned())
    }
}

pub(super) fn name(view: &LayerView) -> (u64, Rendering, Option<WorldRect>) {
    (view.number, view.rendering.clone(), view.placement.world_bounds())
}

/// The layers that the map shows, the lowest first.
pub(super) fn shown(state: &State) -> impl Iterator<Item = &LayerView> {
    let ids = compare::top_first(state).into_iter().rev();
    ids.filter_map(|id| state.layers.get(&id)?.view()).filter(|view| view.rendering.visible)
}

/// What draws the picture that tools look at, and looks in it.
#[derive(Debug, Default)]
pub(crate) struct WandWork {
    job: Option<(Seen, Job<Composite>)>,
    /// Kept while such a tool is armed, so that pipelines and tiles are there.
    renderer: Arc<Mutex<Option<Renderer>>>,
    /// What could not be drawn, so that it is not tried again and again.
    failed: Option<Seen>,
    /// What is being looked for: the number of the wish.
    finding: Option<(u64, Job<Answer>)>,
    /// Goes on where the last wish of the same gesture was.
    finder: Arc<Mutex<Finder>>,
    /// A wish that could not be answered is not asked for again.
    unanswered: u64,
    /// The pixel classifier.
    pub(super) teaching: TeachWork,
}

impl WandWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.job.is_some() || self.finding.is_some() || self.teaching.is_busy()
    }
}

impl Program {
    /// Takes the picture that was drawn, what was found in it, and what was learnt of it.
    pub(crate) fn receive_wand(&mut self) {
        self.receive_seen();
        self.receive_found();
        self.receive_teaching();
    }

    fn receive_seen(&mut self) {
        let Some(result) = self.wand_work.job.as_ref().and_then(|(_, job)| job.poll()) else { return };
        let Some((seen, _)) = self.wand_work.job.take() else { return };
        match result {
            Ok(composite) => {
                self.state.seen = Some((seen, Arc::new(composite)));
                self.tool_event(ToolEvent::Found);
            }
            Err(JobFailure::Cancelled) => {}
            Err(failure) => {
                self.wand_work.failed = Some(seen);
                self.job_failed(&failure);
            }
        }
    }

    /// Takes what was found for a tool.
    fn receive_found(&mut self) {
        let found = self.wand_work.finding.as_ref().and_then(|(number, job)| Some((*number, job.poll()?)));
        let Some((number, result)) = found else { return };
        self.wand_work.finding = None;
        match result {
            Ok(answer) => self.found(answer),
            Err(JobFailure::Cancelled) => {}
            Err(failure) => {
                self.wand_work.unanswered = number;
                self.job_failed(&failure);
            }
        }
    }

    fn found(&mut self, answer: Answer) {
        self.state.found = Some(answer);
        self.tool_event(ToolEvent::Found);
    }

    /// Has looked for what the tool wishes, one at a time, the latest wish next; nothing when it wishes for nothing more.
    fn plan_finding(&mut self) {
        let Some(wish) = self.state.tool.wish() else {
            self.wand_work.finding = None;
            return;
        };
        if self.wand_work.finding.is_some() || self.wand_work.unanswered == wish.number() {
            return;
        }
        let (wish, finder) = (wish.clone(), Arc::clone(&self.wand_work.finder));
        let (number, title) = (wish.number(), wish.title());
        let find = move |ctx: &JobContext| {
            let mut finder = finder.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = finder.find(&wish, &|| ctx.check().is_ok());
            ctx.check()?;
            Ok::<Answer, JobFailure>(answer)
        };
        self.wand_work.finding = Some((number, self.jobs.spawn(Priority::Visible, title, find)));
    }

    /// Finds at once what the tool owes: it is about to be taken away, and what was let go of is to become an edit.
    pub(crate) fn pay_wishes(&mut self) {
        while let Some(wish) = self.state.tool.wish().filter(|_| self.state.tool.owes()).cloned() {
            self.wand_work.finding = None;
            let mut finder = self.wand_work.finder.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = finder.find(&wish, &|| true);
            drop(finder);
            self.found(answer);
        }
    }

    /// Has the picture drawn while a tool that looks at it is armed, one at a time, of what is seen last.
    pub(crate) fn plan_wand(&mut self) {
        let armed = self.state.tool.looks() && self.state.workspace != Workspace::Review;
        if !armed {
            (self.state.seen, self.state.found) = (None, None);
            self.state.teaching.put_away();
            self.wand_work = WandWork::default();
            return;
        }
        self.plan_finding();
        self.plan_teaching();
        if self.wand_work.job.is_some() || self.state.seen.as_ref().is_some_and(|(s, _)| s.is_of(&self.state))
        {
            return;
        }
        let Some((seen, layers)) = Seen::wanted(&self.state) else { return };
        if self.wand_work.failed.as_ref() == Some(&seen) {
            return;
        }
        let (gpu, camera) = (self.gpu(), seen.camera);
        let renderer = Arc::clone(&self.wand_work.renderer);
        let draw = move |ctx: &JobContext| look(ctx, &gpu, &renderer, &layers, &camera);
        let job = self.jobs.spawn(Priority::Visible, "Look at the map for the tool", draw);
        self.wand_work.job = Some((seen, job));
    }
}

fn look(
    ctx: &JobContext,
    gpu: &Gpu,
    kept: &Mutex<Option<Renderer>>,
    layers: &[LayerView],
    camera: &Viewport,
) -> Result<Composite, JobFailure> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let renderer = match &mut *kept {
        Some(renderer) => renderer,
        none => none.insert(Renderer::new(gpu, RENDER_IMAGE_FORMAT)?),
    };
    let image = as_seen(gpu, renderer, layers, camera, &mut || ctx.check().is_ok())?;
    ctx.check()?;
    image.and_then(|image| Composite::new(*camera, &image.pixels)).ok_or(JobFailure::Cancelled)
}
