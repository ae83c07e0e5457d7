//! Looks of layers: taken up when a layer opens, kept soon after they change and when it closes.

use std::path::Path;
use std::time::{Duration, Instant};

use jobs::{Job, JobContext, JobFailure, Priority};
use project::LayerId;

use crate::frame::Program;
use crate::looks::{Look, Whose};
use crate::notice::Tone;

/// They are written when nothing has changed for so long.
const QUIET: Duration = Duration::from_secs(2);

/// What of the looks is not on the disk yet.
#[derive(Debug, Default)]
pub(crate) struct LooksWork {
    /// When to look what has changed.
    due: Option<Instant>,
    unsaved: bool,
    /// One writes at a time, so that nothing older comes after something newer.
    job: Option<Job<()>>,
}

impl LooksWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.unsaved || self.job.is_some()
    }
}

impl Program {
    /// The names that a layer's look is kept under: its own, and where it is to be found otherwise.
    fn names_of(&self, id: LayerId) -> Option<(Whose, Option<Whose>)> {
        let open = self.state.project.as_ref()?;
        let layer = open.session.project().layers().get(&id)?;
        let folder = self.state.project_folder();
        let at = crate::work::found_path(&layer.path, folder.as_deref());
        let alone = Whose { project: None, layer: at.to_string_lossy().into_owned() };
        if open.scratch {
            return Some((alone, None));
        }
        let project = whole(open.session.path());
        Some((Whose { project: Some(project), layer: id.to_string() }, Some(alone)))
    }

    /// Shows a layer that was opened as it looked when it was last open.
    pub(crate) fn take_up_look(&mut self, id: LayerId) {
        let Some((own, other)) = self.names_of(id) else { return };
        let found = self.looks.get(&own).or_else(|| self.looks.get(&other?)).cloned();
        let Some(look) = found else { return };
        let Some(layer) = self.state.layers.get_mut(&id) else { return };
        layer.wear(&look);
        if let Some((source, bad)) = layer.source().zip(look.bad) {
            self.state.spectra.set_all_bad(id, source, &bad);
        }
        self.state.aids.dated = usize::MAX;
    }

    /// Something about how layers are shown was changed: it is kept when all is quiet.
    pub(crate) fn look_changed(&mut self) {
        self.looks_work.due = Some(Instant::now() + QUIET);
    }

    /// Keeps what is due, beside the window.
    pub(crate) fn plan_looks(&mut self) {
        if let Some(due) = self.looks_work.due {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() && !self.ctx.input(|i| i.pointer.any_down()) {
                self.keep_looks();
            } else {
                self.ctx.request_repaint_after(left.max(Duration::from_millis(100)));
            }
        }
        if let Some(result) = self.looks_work.job.as_ref().and_then(Job::poll) {
            self.looks_work.job = None;
            if let Err(failure) = result {
                self.state.notices.tell(Tone::Warning, failure.to_string(), "");
            }
        }
        if self.looks_work.unsaved && self.looks_work.job.is_none() {
            self.looks_work.unsaved = false;
            let Some(folder) = self.config_folder().map(Path::to_owned) else { return };
            let looks = self.looks.clone();
            let write = move |_: &JobContext| looks.save(&folder).map_err(|error| unkept(&error));
            self.looks_work.job = Some(self.jobs.spawn(Priority::Normal, "Keep how layers look", write));
        }
    }

    /// Remembers how the open layers look.
    pub(crate) fn keep_looks(&mut self) {
        self.looks_work.due = None;
        if self.config_folder().is_none() {
            return;
        }
        let ids: Vec<LayerId> = self.state.layers.keys().copied().collect();
        for id in ids {
            let (Some((own, _)), Some((look, is_first))) = (self.names_of(id), self.look_of(id)) else {
                continue;
            };
            // What looks as it does by itself needs no remembering.
            self.looks_work.unsaved |= self.looks.put(own, (!is_first).then_some(look));
        }
    }

    /// Writes what is left, at the end of the program.
    pub(crate) fn finish_looks(&mut self) {
        self.keep_looks();
        let before = self.looks_work.job.take().map(Job::wait);
        if !self.looks_work.unsaved && !matches!(before, Some(Err(_))) {
            return;
        }
        let Some(folder) = self.config_folder().map(Path::to_owned) else { return };
        if let Err(error) = self.looks.save(&folder) {
            log::warn!("{}", unkept(&error));
        }
    }

    /// How an open layer looks, and whether it looks so by itself.
    fn look_of(&self, id: LayerId) -> Option<(Look, bool)> {
        let layer = self.state.layers.get(&id)?;
        let mut look = layer.look()?;
        // What the time slider hides is hidden for as long as it is on.
        let before = self.state.aids.time.as_ref().and_then(|time| time.before.get(&id));
        look.visible = before.copied().unwrap_or(look.visible);
        look.bad = self.state.spectra.own_bad(id);
        let is_first = layer.first_look().is_some_and(|first| first == look);
        Some((look, is_first))
    }
}

/// A path that means the same from everywhere.
fn whole(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

fn unkept(error: &anyhow::Error) -> JobFailure {
    JobFailure::message(format!("How layers look cannot be kept: {error}."))
}
