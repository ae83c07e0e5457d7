//! The answer in the editor, checked by rule against what it cites, beside the window.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use editing::{Pane, Workspace};
use jobs::{Job, JobContext, JobFailure, Priority};
use project::question::{Evidence, Origin};
use project::{Project, Question, ResponseId, Seq};
use questions::{Card, Check, Ground};

use crate::frame::Program;
use crate::inquiry::Reading;

/// A project, the state of its journal, and the regions as they were then.
type Labels = ((PathBuf, Seq, u64), Arc<Ground>);

/// The check that is being made.
#[derive(Debug, Default)]
pub(crate) struct CheckWork {
    checking: Option<Job<(Option<Labels>, Check)>>,
    labels: Option<Labels>,
}

impl CheckWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.checking.is_some()
    }
}

/// True where labels have a say: a view or a region is cited, or a template drafted it from labels.
fn needs_labels(question: &Question) -> bool {
    let of_map = |one: &Evidence| matches!(one, Evidence::View(_) | Evidence::Region(_));
    matches!(question.origin, Origin::Template { .. }) || question.evidence.iter().any(of_map)
}

impl Program {
    /// Checks the answer in the editor anew once it, what it cites or the labels have changed.
    pub(super) fn plan_check(&mut self) {
        let work = &mut self.questions_work.check;
        if let Some(result) = work.checking.as_ref().and_then(Job::poll) {
            work.checking = None;
            match result {
                Ok((labels, check)) => {
                    work.labels = labels.or(work.labels.take());
                    self.state.asking.check = Some(check);
                }
                Err(failure) => self.job_failed(&failure),
            }
        }
        let seen = self.state.workspace == Workspace::Questions
            && self.state.arrangement().is_open(Pane::Question)
            && !crate::panels::questions::is_blind(&self.state);
        let desk = &mut self.state.asking;
        let (Some(open), Some(draft), true) = (&self.state.project, &desk.draft, seen) else {
            (desk.check, desk.checked) = (None, None);
            return;
        };
        let history = open.session.history();
        let now = (history.last_seq(), history.retractions());
        let read = |one: &Evidence| {
            let Evidence::Response(id) = one else { return None };
            Some((*id, Arc::clone(self.state.inquiry.read.get(id)?.as_ref().ok()?)))
        };
        let read: BTreeMap<ResponseId, Arc<Reading>> = draft.evidence.iter().filter_map(read).collect();
        let held = desk.checked.as_ref();
        if held.is_some_and(|(question, at, n)| question == draft && *at == now && *n == read.len()) {
            return;
        }
        if held.is_some_and(|(question, ..)| question.text != draft.text) {
            desk.check = None;
        }
        if self.questions_work.check.checking.is_some() {
            return;
        }
        let question = draft.clone();
        desk.checked = Some((question.clone(), now, read.len()));
        let of = (open.session.path().to_owned(), now.0, now.1);
        let labels = self.questions_work.check.labels.clone().filter(|(at, _)| *at == of);
        let project = needs_labels(&question).then(|| open.session.project().clone());
        let body = move |_: &JobContext| -> Result<(Option<Labels>, Check), JobFailure> {
            let read_labels = |project| (of, Arc::new(Ground::of(&project, false)));
            let labels = project.map(|project| labels.unwrap_or_else(|| read_labels(project)));
            let none = Ground::of(&Project::new(), false);
            let ground = labels.as_ref().map_or(&none, |(_, ground)| ground);
            let card = |id| {
                let reading = read.get(&id)?;
                Some(Card { query: &reading.query, answer: &reading.answer })
            };
            let check = questions::check(&question, ground, &card);
            Ok((labels, check))
        };
        let job = self.jobs.spawn(Priority::Normal, "Check the answer", body);
        self.questions_work.check.checking = Some(job);
    }
}
