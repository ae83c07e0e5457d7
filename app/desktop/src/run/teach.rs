//! Networks taught and asked beside the window, on a thread that gives way to every other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use editing::Pane;
use jobs::{Job, JobContext, JobFailure};
use learning::{Engine, Following, LearningError, News, Watch};
use project::{Author, Layer, LayerId, Project};
use raster::Source;
use spatial::WorldRect;
use teaching::{Occasion, Plan, Progress, Ready, Said, Visit, area_in_pixels, author_of};

use super::models::engine_of;
use crate::frame::Program;
use crate::models::{Area, BEGUN, Course, Ended, Form, checkpoint, folder_of, free_name};
use crate::notice::Tone;
use crate::state::union;

/// Corners of outlines that stand off by less pixels of the network are left out.
const SIMPLIFY: f64 = 1.0;

/// A model that was taught.
#[derive(Debug)]
pub(crate) struct Graduated {
    folder: PathBuf,
    /// What people want to know first.
    told: String,
}

/// Everything that a training needs, as it was when it was begun.
struct Lesson {
    name: String,
    form: Form,
    project: Project,
    path: PathBuf,
    member: Author,
    seq: u64,
    at_ms: i64,
    engine: Arc<OnceLock<Engine>>,
    gpu: renderer::Gpu,
}

impl Program {
    /// Begins to teach as the form says, or goes on with what was stopped.
    pub(super) fn teach(&mut self, resumed: Option<String>) {
        if self.state.models.is_teaching() {
            let text = "A network is being taught already; stop it first.";
            self.state.notices.tell(Tone::Info, text, "");
            return;
        }
        self.show_pane(Pane::Teach);
        let resumed_form = resumed.as_ref().and_then(|name| {
            let unfinished = self.state.models.listed.unfinished.iter().find(|one| one.name == *name);
            unfinished.map(|one| one.form.clone())
        });
        if resumed.is_none()
            && let Some((what, hint)) = self.state.models.trouble().cloned()
        {
            self.state.notices.tell(Tone::Warning, what, hint);
            return;
        }
        let Some(open) = &self.state.project else { return };
        let path = open.session.path().to_owned();
        let form = resumed_form.unwrap_or_else(|| self.state.models.form.clone());
        let name = resumed.unwrap_or_else(|| free_name(&folder_of(&path), &form));
        let lesson = Lesson {
            name: name.clone(),
            form: form.clone(),
            project: open.session.project().clone(),
            path,
            member: self.state.author(),
            seq: open.session.history().last_seq(),
            at_ms: self.state.now_ms,
            engine: Arc::clone(&self.models_work.engine),
            gpu: self.gpu(),
        };
        let progress = Arc::new(Mutex::new(Progress::default()));
        let seen = Arc::clone(&progress);
        let teach = move |ctx: &JobContext| -> Result<Graduated, JobFailure> {
            Ok(learning::apart(|| lesson.teach(ctx, &seen))??)
        };
        let job = self.jobs.spawn_alone(format!("Teach {name}"), teach);
        let (progress_now, ended) = (Progress::default(), None);
        self.state.models.course = Some(Course { name, form, job: job.id(), progress: progress_now, ended });
        self.models_work.teaching = Some((job, progress));
        self.show_pane(Pane::Learning);
    }

    pub(super) fn stop_teaching(&mut self) {
        if let Some((job, _)) = &self.models_work.teaching {
            job.cancel();
        }
    }

    pub(super) fn receive_taught(&mut self) {
        let Some((job, progress)) = &self.models_work.teaching else { return };
        let now = progress.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(course) = &mut self.state.models.course {
            course.progress = now;
        }
        let Some(result) = job.poll() else { return };
        self.models_work.teaching = None;
        self.state.models.of = None;
        let ended = match result {
            Ok(Graduated { folder, told }) => {
                self.state.models.chosen = Some(folder);
                self.state.notices.done(told);
                Ended::Taught
            }
            Err(JobFailure::Cancelled) => {
                self.state.notices.done("Teaching stopped. Resume goes on from the last epoch.");
                Ended::Stopped
            }
            Err(failure) => {
                let said = crate::format::sentence(&failure.to_string());
                let hint = match failure.error::<LearningError>() {
                    Some(LearningError::Device(_)) => {
                        "What was reached after the last epoch is kept; Resume goes on from there.".to_owned()
                    }
                    Some(error) => crate::format::sentence(&error.hint()),
                    None => String::new(),
                };
                self.state.notices.problem(said.clone(), hint);
                Ended::Failed(said)
            }
        };
        if let Some(course) = &mut self.state.models.course {
            course.ended = Some(ended);
        }
        self.ctx.request_repaint();
    }

    /// The layer that the chosen model is asked about: as the form says, else the one that is shown.
    pub(crate) fn layer_to_ask(&self) -> Option<LayerId> {
        let there = |id: &LayerId| self.state.content().is_some_and(|p| p.layers().contains_key(id));
        let asked = self.state.models.request.layer.filter(there);
        asked.or_else(|| self.state.shown_layer().map(|(id, _)| id).filter(there))
    }

    /// Asks the chosen model about what the form says.
    pub(super) fn predict(&mut self) {
        if self.models_work.predicting.is_some() {
            self.state.notices.tell(Tone::Info, "A model is being asked already; stop it first.", "");
            return;
        }
        let Some(layer) = self.layer_to_ask() else {
            self.state.notices.tell(Tone::Info, "There is no imagery to ask about.", "Add a layer first.");
            return;
        };
        let area = match self.area_to_ask(layer) {
            Ok(area) => area,
            Err([what, hint]) => {
                self.state.notices.tell(Tone::Warning, what, hint);
                return;
            }
        };
        let (Some(open), Some(found)) = (&self.state.project, self.state.models.chosen()) else { return };
        let question = Question {
            model: found.folder.clone(),
            project: open.session.project().clone(),
            path: open.session.path().to_owned(),
            layer,
            area,
            engine: Arc::clone(&self.models_work.engine),
            gpu: self.gpu(),
        };
        let title = format!("Predict by {}", found.name());
        let ask = move |ctx: &JobContext| -> Result<Said, JobFailure> {
            Ok(learning::apart(|| question.ask(ctx))??)
        };
        let job = self.jobs.spawn_alone(title, ask);
        self.state.models.predicting = Some(job.id());
        self.models_work.predicting = Some(job);
    }

    /// In pixels of the layer, `None` for all of it; or why there is no such area, and what would help.
    fn area_to_ask(&self, layer: LayerId) -> Result<Option<geo::Rect<f64>>, [&'static str; 2]> {
        let Some(project) = self.state.content() else { return Ok(None) };
        let world: Option<WorldRect> = match self.state.models.request.area {
            Area::Layer => return Ok(None),
            Area::View => Some(self.state.camera.bounds()),
            Area::Selection => {
                let bounds = self.state.selected().iter().filter_map(|id| project.region(*id)?.bounds());
                bounds.reduce(union)
            }
        };
        let world = world.ok_or([
            "Select a region first: its box is what is asked about.",
            "Draw one around the ground that the model should look at, or ask about the view.",
        ])?;
        let lost =
            ["That area lies where the layer has no place.", "Choose another layer, or ask about all of it."];
        area_in_pixels(project, layer, world).map(Some).ok_or(lost)
    }

    pub(super) fn receive_predicted(&mut self) {
        let Some(result) = self.models_work.predicting.as_ref().and_then(Job::poll) else { return };
        self.models_work.predicting = None;
        self.state.models.predicting = None;
        match result {
            Ok(said) => self.keep_predictions(said),
            Err(failure) => self.job_failed(&failure),
        }
        self.ctx.request_repaint();
    }

    /// What a model said becomes predictions of the project as it is now, signed by the model.
    fn keep_predictions(&mut self, said: Said) {
        let (author, at_ms) = (author_of(said.manifest()), self.state.now_ms);
        let Some(open) = &mut self.state.project else { return };
        let mut ids = open.session.ids(at_ms).clone();
        let proposal = said.proposal(open.session.project(), &mut ids, at_ms);
        *open.session.ids(at_ms) = ids;
        let count: usize = proposal.by_class.values().sum();
        let Some(edit) = proposal.edit else {
            let text = format!("{author} found nothing there.");
            self.state.notices.tell(Tone::Info, text, "");
            return;
        };
        match open.session.edit(&author, at_ms, edit) {
            Ok(touched) => {
                self.after(&touched);
                let predictions = crate::format::count(count, "prediction", "predictions");
                self.state.notices.done(format!("{predictions} by {author}. Undo takes them back at once."));
                self.show_pane(Pane::Proposals);
            }
            Err(error) => self.refused(&error),
        }
    }
}

/// Opens the image of a layer.
fn open_layer(path: &Path, layer: &Layer) -> Result<Source, LearningError> {
    let at = crate::work::found_path(&layer.path, path.parent());
    Source::open(&at).map_err(LearningError::pixels)
}

impl Lesson {
    /// What is begun is noted first, so that it can be gone on with whatever happens.
    fn teach(self, ctx: &JobContext, seen: &Mutex<Progress>) -> Result<Graduated, LearningError> {
        let folder = folder_of(&self.path);
        let note = folder.join(format!("{}.{BEGUN}", self.name));
        let wanted = self.form.wanted(&self.project, &self.member)?;
        let family = learning::family(&teaching::families(), &self.form.family)?;
        let open = |layer: &Layer| open_layer(&self.path, layer);
        let plan = Plan::new(&self.project, family, &wanted, &open)?;
        let text = toml::to_string(&self.form).map_err(|error| LearningError::Device(error.to_string()))?;
        let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&note, text));
        written.map_err(|source| LearningError::File { path: note.clone(), source })?;
        let engine = engine_of(&self.engine, &self.gpu);
        let occasion = Occasion {
            journal_seq: self.seq,
            program: format!("Orthoscope {}", env!("CARGO_PKG_VERSION")),
            at_ms: self.at_ms,
        };
        let pace = self.form.pace();
        let mut tell = |news: News<'_>| {
            let mut progress = seen.lock().unwrap_or_else(PoisonError::into_inner);
            progress.follow(news, pace.epochs);
            let Progress { chips, of, before, .. } = *progress;
            drop(progress);
            // The rate is that of what is learnt now, not of what was learnt before it was taken up again.
            ctx.progress(chips.saturating_sub(before), of.saturating_sub(before));
        };
        let mut watch = Watch { stop: &|| ctx.is_cancelled(), tell: &mut tell };
        let kept = checkpoint(&folder, &self.name);
        let (model, _) = plan.teach((family, &engine), &pace, None, &kept, &occasion, &mut watch)?;
        let place = folder.join(&self.name);
        model.write(&place)?;
        // What is left over does no harm.
        let _ = std::fs::remove_dir_all(kept);
        let _ = std::fs::remove_file(note);
        let (scores, training) = (&model.manifest.scores, &model.manifest.training);
        let told = format!(
            "{} is taught: macro F1 {:.2} on {} that were held out.",
            self.name,
            scores.macro_f1,
            crate::format::count(training.held_out_regions, "region", "regions")
        );
        Ok(Graduated { folder: place, told })
    }
}

/// A model and what it is asked about, as the project was then.
struct Question {
    model: PathBuf,
    project: Project,
    path: PathBuf,
    layer: LayerId,
    area: Option<geo::Rect<f64>>,
    engine: Arc<OnceLock<Engine>>,
    gpu: renderer::Gpu,
}

impl Question {
    fn ask(self, ctx: &JobContext) -> Result<Said, LearningError> {
        let engine = engine_of(&self.engine, &self.gpu);
        let mut model = Ready::open(&self.model, &engine)?;
        let lost = || LearningError::refused("The layer is gone", "choose another");
        let layer = self.project.layers().get(&self.layer).ok_or_else(lost)?;
        let source = open_layer(&self.path, layer)?;
        let mut warnings = model.fit(&self.project, self.layer, &source, &[])?;
        let (visit, more) = Visit::new(&self.project, &model.manifest, self.layer, source, self.area)?;
        warnings.extend(more);
        for warning in warnings {
            ctx.warn(warning);
        }
        let asking = model.asking(None, &engine)?;
        let mut progress = |done: u64, of: u64| ctx.progress(done, of);
        let mut following = Following { stop: &|| ctx.is_cancelled(), progress: &mut progress };
        let outlines = (model.min_area(None), SIMPLIFY);
        visit.ask(model.net.as_ref(), &asking, outlines, &mut following)
    }
}
