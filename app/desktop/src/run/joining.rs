//! Joining copies of the project, and deciding what they say against each other.

use std::path::PathBuf;
use std::sync::Arc;

use jobs::{Job, JobContext, JobFailure, Priority};
use project::ConflictId;
use store::{MergePlan, MergeReport, Signer};

use crate::exchange::Trouble;
use crate::format::count;
use crate::frame::Program;
use crate::joining::{JoinDraft, Outlook};
use crate::notice::Tone;
use crate::work::{self, Key};

/// Copies that are read, or were and wait for an answer.
#[derive(Debug, Default)]
pub(crate) struct JoinWork {
    reading: Option<Job<MergePlan>>,
    ready: Option<MergePlan>,
}

impl JoinWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.reading.is_some()
    }
}

impl Program {
    /// Whose key signs; made at the first start. A key that cannot be had is told of once, and nothing is signed.
    pub(crate) fn key(&mut self) -> Key {
        let folder = self.config_folder()?.to_owned();
        match Signer::load_or_make(&folder) {
            Ok(signer) => Some((signer, self.state.author())),
            Err(error) => {
                let text = format!("What you do is not signed: {error}");
                self.state.notices.problem(text, error.hint().unwrap_or_default());
                None
            }
        }
    }

    /// Reads copies of the project, and shows what joining them would do.
    pub fn begin_join(&mut self, copies: Vec<PathBuf>) {
        let Some(open) = &self.state.project else { return };
        if !open.session.is_saved() {
            let text = "Wait until everything is saved, then join the copies.";
            self.state.notices.tell(Tone::Info, text, "");
            return;
        }
        let (path, files) = (open.session.path().to_owned(), copies.clone());
        let read =
            move |_: &JobContext| -> Result<MergePlan, JobFailure> { Ok(MergePlan::of(&path, &files)?) };
        self.exchange_work.join.reading = Some(self.jobs.spawn(Priority::Normal, "Read copies", read));
        self.exchange_work.join.ready = None;
        self.state.exchange.join = Some(JoinDraft { copies, outlook: None });
    }

    pub(super) fn receive_joining(&mut self) {
        let Some(result) = self.exchange_work.join.reading.as_ref().and_then(Job::poll) else { return };
        self.exchange_work.join.reading = None;
        let outlook = match result {
            Ok(plan) => {
                let outlook = Outlook { report: plan.report().clone(), project: plan.project().clone() };
                self.exchange_work.join.ready = Some(plan);
                Ok(Arc::new(outlook))
            }
            Err(failure) => Err(super::dataset::trouble(&failure)),
        };
        if let Some(draft) = &mut self.state.exchange.join {
            draft.outlook = Some(outlook);
        }
    }

    /// Does what the dialog shows.
    pub(super) fn join(&mut self) {
        let Some(plan) = self.exchange_work.join.ready.take() else { return };
        self.close_join();
        self.keep_looks();
        self.finish_screening();
        let key = self.key();
        let Some(open) = self.state.project.take() else { return };
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        self.work.projects.push(work::join_copies(&self.jobs, open.session, plan, author, at_ms, key));
    }

    pub(super) fn close_join(&mut self) {
        self.state.exchange.join = None;
        self.exchange_work.join = JoinWork::default();
    }

    pub(super) fn tell_of_joining(&mut self, joined: Result<MergeReport, Trouble>) {
        match joined {
            Ok(report) => {
                let taken = usize::try_from(report.taken()).unwrap_or(usize::MAX);
                let conflicts = report.conflicts.len();
                let text = format!("{} taken over.", count(taken, "entry", "entries"));
                if conflicts == 0 {
                    return self.state.notices.done(text);
                }
                let hint =
                    "Their regions are disputed; select one to decide it, or leave it to the committee.";
                let text = format!("{text} {} to decide.", count(conflicts, "conflict", "conflicts"));
                self.state.notices.tell(Tone::Info, text, hint);
            }
            Err(Trouble { text, hint }) => {
                self.state.notices.problem(format!("The copies were not joined: {text}."), hint);
            }
        }
    }

    /// Decides what two copies say against each other.
    pub(super) fn decide(&mut self, conflict: ConflictId, take: bool) {
        let Some(project) = self.state.content() else { return };
        let edit = if take { project.take_edit(conflict) } else { project.keep_edit(conflict) };
        if let Some(edit) = edit {
            self.apply(edit);
        } else {
            let text = "That version does not fit what stands now.";
            self.state.notices.tell(Tone::Info, text, "Keep what stands, or change it by hand first.");
        }
    }
}
