//! Models: which there are, who learns, what there is to learn from.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use editing::{ModelCommand, Pane, Workspace};
use jobs::{Job, JobContext, JobFailure, Priority};
use learning::{Engine, LearningError, Wish};
use query::QueryError;
use teaching::{Outlook, Progress, Said, Visit};

use crate::frame::Program;
use crate::models::{
    BEGUN, Course, Desk, DeviceSaid, Ended, Form, Listed, ModelAsk, OutlookKey, checkpoint, folder_of,
};
use crate::proposing::QueueKey;
use crate::work::Purpose;

/// ONNX models from elsewhere that are remembered.
const MOST_OPENED: usize = 16;

/// A queue that was asked for, with what it is of.
pub(super) type Queued = (QueueKey, Result<Vec<query::Proposed>, QueryError>);

/// What is being done with models beside the window.
#[derive(Debug, Default)]
pub(crate) struct ModelsWork {
    /// Who learns; made once, when somebody first wants it.
    pub(super) engine: Arc<OnceLock<Engine>>,
    pub(super) looking_for_engine: Option<Job<Engine>>,
    listing: Option<Job<Listed>>,
    outlook: Option<Job<(OutlookKey, Result<Outlook, crate::models::Refusal>)>>,
    pub(super) teaching: Option<(Job<super::teach::Graduated>, Arc<Mutex<Progress>>)>,
    pub(super) predicting: Option<Job<Said>>,
    pub(super) queueing: Option<Job<Queued>>,
}

impl ModelsWork {
    /// Teaching and predicting take as long as they take, and are not waited for.
    pub(crate) fn is_busy(&self) -> bool {
        self.looking_for_engine.is_some()
            || self.listing.is_some()
            || self.outlook.is_some()
            || self.queueing.is_some()
    }
}

impl Program {
    pub(super) fn run_model(&mut self, command: ModelCommand) {
        match command {
            ModelCommand::Teach => self.teach(None),
            ModelCommand::Stop => self.stop_teaching(),
            ModelCommand::Predict => self.predict(),
            ModelCommand::Refresh => self.state.models.of = None,
            ModelCommand::Accept
            | ModelCommand::Reject
            | ModelCommand::Class(_)
            | ModelCommand::Next
            | ModelCommand::Previous => self.run_proposal(command),
        }
    }

    pub(super) fn model(&mut self, ask: ModelAsk) {
        let desk = &mut self.state.models;
        match ask {
            ModelAsk::Open => self.ask_for_file(Purpose::Model),
            ModelAsk::Form(form) => desk.form = *form,
            ModelAsk::Choose(folder) => {
                desk.chosen = Some(folder);
                // Curves are of the chosen model again.
                desk.course = desk.course.take().filter(Course::is_running);
            }
            ModelAsk::Ask(request) => desk.request = request,
            ModelAsk::Resume(name) => self.teach(Some(name)),
            ModelAsk::Discard(name) => self.discard_training(&name),
            ModelAsk::Proposal(ask) => self.proposal(ask),
        }
    }

    /// Lists an .onnx file from now on, and chooses it.
    pub(super) fn open_model(&mut self, path: PathBuf) {
        let opened = &mut self.state.preferences.onnx_models;
        opened.retain(|other| *other != path);
        opened.insert(0, path.clone());
        opened.truncate(MOST_OPENED);
        self.preferences_changed = true;
        let desk = &mut self.state.models;
        (desk.chosen, desk.of) = (Some(path), None);
        desk.course = desk.course.take().filter(Course::is_running);
        self.models_work.listing = None;
    }

    fn discard_training(&mut self, name: &str) {
        let Some(open) = &self.state.project else { return };
        let folder = folder_of(open.session.path());
        let removed = std::fs::remove_file(folder.join(format!("{name}.{BEGUN}")));
        let kept = checkpoint(&folder, name);
        let removed = if kept.exists() { removed.and(std::fs::remove_dir_all(kept)) } else { removed };
        if let Err(error) = removed {
            let text = format!("What {name} had reached cannot be removed: {error}.");
            self.state.notices.problem(text, "");
        }
        self.state.models.of = None;
    }

    /// Takes what is ready, and asks for what is missing, while somebody looks.
    pub(crate) fn plan_models(&mut self) {
        self.receive_models();
        self.receive_taught();
        self.receive_predicted();
        let Some(open) = &self.state.project else {
            if self.state.models.of.is_some() {
                let device = self.state.models.device.take();
                self.state.models = Desk { device, ..Desk::default() };
            }
            return;
        };
        let path = open.session.path().to_owned();
        if self.state.models.of.as_ref().is_none_or(|of| *of != path) && self.models_work.listing.is_none() {
            if !self.state.models.formed
                && let Some(project) = self.state.content()
            {
                (self.state.models.form, self.state.models.formed) = (Form::fitting(project), true);
            }
            self.state.models.of = Some(path.clone());
            self.list_models(&path);
        }
        if self.state.workspace != Workspace::Models {
            return;
        }
        self.find_engine();
        self.plan_outlook(&path);
        self.warn_of_scale();
        self.plan_proposals(&path);
    }

    fn list_models(&mut self, path: &Path) {
        let (path, opened) = (path.to_owned(), self.state.preferences.onnx_models.clone());
        let list = move |_: &JobContext| -> Result<Listed, JobFailure> { Ok(Listed::beside(&path, &opened)) };
        self.models_work.listing = Some(self.jobs.spawn(Priority::Normal, "Look for models", list));
    }

    /// Finds out who learns: the device that draws the window, if it calculates what it should.
    fn find_engine(&mut self) {
        let work = &self.models_work;
        if self.state.models.device.is_some() || work.looking_for_engine.is_some() {
            return;
        }
        let (engine, gpu) = (Arc::clone(&work.engine), self.gpu());
        let choose = move |_: &JobContext| -> Result<Engine, JobFailure> { Ok(engine_of(&engine, &gpu)) };
        let job = self.jobs.spawn(Priority::Normal, "Try the learning device", choose);
        self.models_work.looking_for_engine = Some(job);
    }

    fn plan_outlook(&mut self, path: &Path) {
        if self.models_work.outlook.is_some() || !self.state.arrangement().is_open(Pane::Teach) {
            return;
        }
        let Some(open) = &self.state.project else { return };
        let desk = &self.state.models;
        let key = OutlookKey {
            form: Form { epochs: 0, seed: 0, ..desk.form.clone() },
            path: path.to_owned(),
            seq: open.session.history().last_seq(),
            member: self.state.author(),
        };
        if desk.outlook.as_ref().is_some_and(|(of, _)| *of == key) {
            return;
        }
        let project = open.session.project().clone();
        let look = move |_: &JobContext| -> Result<_, JobFailure> {
            let wanted = key.form.wanted(&project, &key.member);
            let outlook = wanted.and_then(|wanted| Outlook::of(&project, &wanted));
            let said = |error: LearningError| {
                (crate::format::sentence(&error.to_string()), crate::format::sentence(&error.hint()))
            };
            Ok((key, outlook.map_err(said)))
        };
        let job = self.jobs.spawn(Priority::Visible, "Count what there is to learn from", look);
        self.models_work.outlook = Some(job);
    }

    /// What does not fit between the chosen model and the layer that it is asked about.
    fn warn_of_scale(&mut self) {
        let layer = self.layer_to_ask();
        let desk = &self.state.models;
        let (Some(found), Some(layer), Some(open)) = (desk.chosen(), layer, &self.state.project) else {
            self.state.models.warnings.clear();
            self.state.models.warned_of = None;
            return;
        };
        let key = (found.folder.clone(), layer, open.session.history().last_seq());
        if desk.warned_of.as_ref() == Some(&key) {
            return;
        }
        let warnings = Visit::warnings(open.session.project(), &found.manifest, layer);
        (self.state.models.warnings, self.state.models.warned_of) = (warnings, Some(key));
    }

    fn receive_models(&mut self) {
        if let Some(result) = self.models_work.looking_for_engine.as_ref().and_then(Job::poll) {
            self.models_work.looking_for_engine = None;
            match result {
                Ok(engine) => self.state.models.device = Some(DeviceSaid::of(&engine)),
                Err(failure) => {
                    // A driver that panics is no reason not to learn.
                    let engine = self.models_work.engine.get_or_init(Engine::processor);
                    let said = DeviceSaid { refused: Some(failure.to_string()), ..DeviceSaid::of(engine) };
                    self.state.models.device = Some(said);
                }
            }
        }
        if let Some(result) = self.models_work.listing.as_ref().and_then(Job::poll) {
            self.models_work.listing = None;
            match result {
                Ok(listed) => {
                    let desk = &mut self.state.models;
                    desk.listed = listed;
                    if desk.chosen().is_none() {
                        desk.chosen = desk.listed.models.first().map(|found| found.folder.clone());
                    }
                }
                Err(failure) => self.job_failed(&failure),
            }
        }
        if let Some(result) = self.models_work.outlook.as_ref().and_then(Job::poll) {
            self.models_work.outlook = None;
            match result {
                Ok(outlook) => self.state.models.outlook = Some(outlook),
                Err(failure) => self.job_failed(&failure),
            }
            self.ctx.request_repaint();
        }
    }

    /// Another project comes, or none: what is taught stops, and can be gone on with.
    pub(super) fn leave_models(&mut self) {
        if self.state.models.is_teaching() {
            let text =
                "Teaching was stopped; what was reached after the last epoch is kept with the project.";
            self.state.notices.tell(crate::notice::Tone::Info, text, "");
        }
        self.models_work.teaching = None;
        self.models_work.predicting = None;
        self.models_work.queueing = None;
        self.models_work.outlook = None;
        self.models_work.listing = None;
        if let Some(course) = self.state.models.course.as_mut().filter(|course| course.is_running()) {
            course.ended = Some(Ended::Stopped);
        }
        let device = self.state.models.device.take();
        self.state.models = Desk { device, ..Desk::default() };
    }
}

/// Who learns: the device that draws the window, if it calculates what it should.
pub(super) fn engine_of(engine: &OnceLock<Engine>, gpu: &renderer::Gpu) -> Engine {
    engine.get_or_init(|| Engine::choose(Some(gpu), wish())).clone()
}

/// Who should learn, as the environment says it for everything that computes.
fn wish() -> Wish {
    match compute::Preference::from_environment() {
        compute::Preference::ByAdapter => Wish::ByAdapter,
        compute::Preference::Gpu => Wish::Gpu,
        compute::Preference::Processor => Wish::Processor,
    }
}
