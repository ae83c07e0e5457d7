//! Copies of the project that are kept beside it: made by a job while somebody works, offered when it does not open.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jobs::{Job, JobContext, JobFailure, Priority};
use project::Seq;
use store::backups::{self, BackedUp, Restored};
use store::{OpenMode, Session, StoreError};

use crate::counts::Counts;
use crate::format::count;
use crate::frame::Program;
use crate::notice::Tone;
use crate::state::Question;
use crate::work::{FoundProject, Key, file_name, signed};

/// After a project was opened, and between two copies of it.
const SOON: Duration = Duration::from_mins(1);
const BETWEEN: Duration = Duration::from_mins(10);

/// The copies of the open project.
#[derive(Debug, Default)]
pub(crate) struct BackupWork {
    of: PathBuf,
    job: Option<Job<BackedUp>>,
    due: Option<Instant>,
    /// The newest entry that was on the disk when the last one was begun.
    upto: Option<Seq>,
    /// It was said that none can be made.
    told: bool,
}

/// A project that does not open, and what there is in its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unopened {
    pub path: PathBuf,
    pub why: String,
    /// When its newest backup was made, and how many entries that has.
    pub made: String,
    pub entries: Option<Seq>,
}

impl Unopened {
    /// What to ask where a project does not open; the error as it is where there is nothing to offer.
    pub(crate) fn of(path: &Path, error: StoreError) -> JobFailure {
        let is_harmed = matches!(
            error,
            StoreError::Damaged { .. }
                | StoreError::NotAGeoPackage { .. }
                | StoreError::NotAProject { .. }
                | StoreError::NotFound { .. }
                | StoreError::Sqlite { .. }
        );
        match backups::generations(path).into_iter().next().filter(|_| is_harmed) {
            None => error.into(),
            Some(newest) => Self {
                path: path.to_owned(),
                why: error.to_string(),
                made: newest.made(),
                entries: newest.entries(),
            }
            .into(),
        }
    }
}

impl Program {
    /// Has a copy made when one is due and something was saved since the last.
    pub(crate) fn plan_backup(&mut self) {
        self.receive_backup();
        let Some(open) = &self.state.project else {
            self.work.backups = BackupWork::default();
            return;
        };
        let (path, acked) = (open.session.path(), open.session.acked());
        let work = &mut self.work.backups;
        if work.of != path {
            *work = BackupWork { of: path.to_owned(), ..BackupWork::default() };
        }
        let unneeded = work.upto == Some(acked) || acked == 0 || open.session.read_only().is_some();
        if unneeded || work.job.is_some() || self.state.store_failure.is_some() {
            return;
        }
        let now = Instant::now();
        let due = *work.due.get_or_insert(now + SOON);
        if now < due {
            self.ctx.request_repaint_after(due - now);
            return;
        }
        self.begin_backup();
    }

    /// Begins to copy the open project, whether that is due or not.
    pub(crate) fn begin_backup(&mut self) {
        let Some(open) = &self.state.project else { return };
        let path = open.session.path().to_owned();
        let title = format!("Back up {}", file_name(&path));
        let copy = move |ctx: &JobContext| -> Result<BackedUp, JobFailure> {
            Ok(backups::back_up(&path, || !ctx.is_cancelled())?)
        };
        let work = &mut self.work.backups;
        work.upto = Some(open.session.acked());
        work.due = Some(Instant::now() + BETWEEN);
        work.job = Some(self.jobs.spawn_alone(title, copy));
    }

    /// True while a copy is being made.
    #[cfg(test)]
    pub(crate) fn is_backing_up(&self) -> bool {
        self.work.backups.job.is_some()
    }

    fn receive_backup(&mut self) {
        let Some(result) = self.work.backups.job.as_ref().and_then(Job::poll) else { return };
        self.work.backups.job = None;
        let Err(failure) = result else { return };
        let first = !std::mem::replace(&mut self.work.backups.told, true);
        match failure.error::<StoreError>() {
            Some(StoreError::Damaged { .. }) => {
                let hint = "What is on the screen is whole: save a copy of it now. Earlier backups are kept.";
                self.state.notices.problem(format!("On the disk, {failure}."), hint);
            }
            Some(error) if first => {
                let hint = error.hint().unwrap_or_default();
                self.state.notices.tell(Tone::Warning, crate::format::sentence(&error.to_string()), hint);
            }
            _ => {}
        }
    }

    /// A project did not open.
    pub(crate) fn not_opened(&mut self, failure: &JobFailure) {
        match failure.error::<Unopened>() {
            Some(unopened) => self.state.overlays.question = Some(Question::Restore(unopened.clone())),
            None => self.job_failed(failure),
        }
    }

    /// Brings the project back that the question is about, and opens it.
    pub(super) fn restore_backup(&mut self) {
        let Some(Question::Restore(unopened)) = self.state.overlays.question.take() else { return };
        let (holder, key) = (self.state.author().name().to_owned(), self.key());
        let title = format!("Restore {}", file_name(&unopened.path));
        let job = self.jobs.spawn(Priority::Normal, title, move |_: &JobContext| {
            restored_project(&unopened.path, holder, key)
        });
        self.work.projects.push(job);
    }

    /// Says what came of restoring.
    pub(super) fn tell_of_restoring(&mut self, restored: &Restored) {
        let entries = |n: Seq| count(n as usize, "entry", "entries");
        let text = format!(
            "Restored from the backup of {}: {}, {} of them made since.",
            restored.from.made(),
            entries(restored.entries),
            restored.taken_over
        );
        let aside = restored.set_aside.as_ref();
        let hint = aside.map(|path| format!("The file that was there is now {}.", path.display()));
        self.state.notices.tell(Tone::Warning, text, hint.unwrap_or_default());
    }
}

fn restored_project(path: &Path, holder: String, key: Key) -> Result<FoundProject, JobFailure> {
    let restored = backups::restore(path, None, None)?;
    let session = Session::open(&restored.path, OpenMode::ReadWrite { holder })?;
    let session = signed(session, key).in_background()?;
    let counts = Counts::of(session.project());
    Ok(FoundProject {
        session,
        counts,
        scratch: false,
        then: Vec::new(),
        copied: None,
        joined: None,
        restored: Some(restored),
    })
}
