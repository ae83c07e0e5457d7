//! What a question, a vote on one and a run must be.

use std::sync::Arc;

use super::{Evidence, Origin, Question, QuestionKind, QuestionVote, Run, Said, View};
use crate::project::matches_current;
use crate::{Change, EditError, LayerId, Project, QuestionId, ResponseId, RunId, Touched};

/// Options that a question may have; more are no choice any more.
const MOST_OPTIONS: usize = 64;

impl Question {
    /// What cannot be, whatever the project.
    pub fn fault(&self) -> Option<String> {
        if self.text.trim().is_empty() {
            return Some("A question has words".into());
        }
        if self.author.name().is_empty() {
            return Some("A question needs an author".into());
        }
        if !self.kind.is_choice() && !self.options.is_empty() {
            return Some(format!("A question for “{}” has no options", self.kind.text()));
        }
        if self.kind == QuestionKind::YesNo && self.choices().len() != 2 {
            return Some("A question of yes or no has two options".into());
        }
        if self.options.len() > MOST_OPTIONS {
            return Some(format!("A question has at most {MOST_OPTIONS} options"));
        }
        if !self.tolerance.is_finite() || self.tolerance < 0.0 {
            return Some("A tolerance is a number that is not negative".into());
        }
        if self.seconds.is_some_and(|s| !s.is_finite()) {
            return Some("A duration is a number".into());
        }
        if self.evidence.iter().any(|one| matches!(one, Evidence::View(view) if view.fault())) {
            return Some("A view is a box with an inside".into());
        }
        self.answer.as_ref().and_then(|answer| answer.fault(self))
    }

    /// What keeps it from being a finished question, for whoever writes it: half a sentence each. Unlike a
    /// [fault](Self::fault), it may be saved so.
    pub fn shortcomings(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.answer.is_none() {
            found.push("no answer is marked as right".to_owned());
        }
        if matches!(self.kind, QuestionKind::SingleChoice | QuestionKind::MultipleChoice) {
            if self.options.len() < 2 {
                found.push("there are fewer than two options".to_owned());
            }
            let plain = |option: &String| option.trim().to_lowercase();
            let mut seen = std::collections::HashSet::new();
            if let Some(twice) = self.options.iter().find(|option| !seen.insert(plain(option))) {
                found.push(format!("“{}” is there twice", twice.trim()));
            }
            if self.options.iter().any(|option| option.trim().is_empty()) {
                found.push("an option has no words".to_owned());
            }
        }
        if self.evidence.is_empty() && self.context.text.trim().is_empty() {
            found.push("nothing is given that answers it".to_owned());
        }
        found
    }

    /// The responses that it rests on, and that it was drafted by.
    fn responses(&self) -> impl Iterator<Item = ResponseId> + '_ {
        let by = if let Origin::Model { response, .. } = &self.origin { *response } else { None };
        let cited = self.evidence.iter();
        cited.filter_map(|one| if let Evidence::Response(id) = one { Some(*id) } else { None }).chain(by)
    }

    fn layers(&self) -> impl Iterator<Item = LayerId> + '_ {
        self.evidence.iter().filter_map(View::of).flat_map(|view| view.layers.iter().copied())
    }
}

impl View {
    fn of(evidence: &Evidence) -> Option<&Self> {
        if let Evidence::View(view) = evidence { Some(view) } else { None }
    }

    fn fault(&self) -> bool {
        let [left, bottom, right, top] = self.bounds;
        self.bounds.iter().any(|n| !n.is_finite()) || left >= right || bottom >= top
    }
}

impl QuestionVote {
    pub(super) fn fault(&self) -> Option<String> {
        if self.member.name().is_empty() || self.member.is_model() {
            return Some("A vote is cast by a named member".into());
        }
        if self.seconds.is_some_and(|s| !s.is_finite()) {
            return Some("A duration is a number".into());
        }
        None
    }
}

impl Project {
    pub(crate) fn apply_question(
        &mut self,
        change: &Change<QuestionId, Arc<Question>>,
        touched: &mut Touched,
    ) -> Result<(), EditError> {
        let id = change.id;
        matches_current("The question", self.questions.all.get(&id).map(Arc::as_ref), change)?;
        if let Some(question) = &change.after {
            if let Some(fault) = question.fault() {
                return Err(EditError::Invalid(fault));
            }
            if let Some(layer) = question.layers().find(|layer| !self.layers().contains_key(layer)) {
                return Err(EditError::Missing { what: format!("Layer {layer}") });
            }
            if let Some(response) = question.responses().find(|id| self.response(*id).is_none()) {
                return Err(EditError::Missing { what: format!("Response {response}") });
            }
            self.questions.all.insert(id, Arc::clone(question));
        } else {
            self.questions.all.remove(&id);
        }
        touched.questions.push(id);
        Ok(())
    }

    pub(crate) fn apply_run(
        &mut self,
        change: &Change<RunId, Arc<Run>>,
        touched: &mut Touched,
    ) -> Result<(), EditError> {
        let id = change.id;
        matches_current("The run", self.questions.runs.get(&id).map(Arc::as_ref), change)?;
        if let Some(run) = &change.after {
            if let Some(fault) = run.fault() {
                return Err(EditError::Invalid(fault));
            }
            if let Some(response) = run.responses().find(|id| self.response(*id).is_none()) {
                return Err(EditError::Missing { what: format!("Response {response}") });
            }
            self.questions.runs.insert(id, Arc::clone(run));
        } else {
            self.questions.runs.remove(&id);
        }
        touched.runs.push(id);
        Ok(())
    }

    /// Adds a vote on a question; like any vote it is a fact, and a new one supersedes it.
    pub fn record_question_vote(&mut self, vote: QuestionVote) -> Result<(), EditError> {
        if self.questions.has_vote(vote.id) {
            return Err(EditError::Exists { what: format!("Vote {}", vote.id) });
        }
        if let Some(fault) = vote.fault() {
            return Err(EditError::Invalid(fault));
        }
        let Some(question) = self.questions.all.get(&vote.question) else {
            return Err(EditError::Missing { what: format!("Question {}", vote.question) });
        };
        // An answer to what was asked before may name options that are gone.
        if let Said::Answer(answer) = &vote.said
            && vote.asked == question.asked()
            && let Some(fault) = answer.fault(question)
        {
            return Err(EditError::Invalid(fault));
        }
        self.questions.cast(Arc::new(vote));
        Ok(())
    }

    /// Adds a vote that was cast in another copy: also on a question that is gone here.
    pub(crate) fn keep_question_vote(&mut self, vote: Arc<QuestionVote>) {
        if !self.questions.has_vote(vote.id) {
            self.questions.cast(vote);
        }
    }

    /// Takes out the newest vote on a question, which never reached the disk; its question.
    pub(crate) fn forget_question_vote(&mut self) -> Vec<QuestionId> {
        self.questions.forget().map(|vote| vote.question).into_iter().collect()
    }

    /// How many questions show a layer.
    pub(crate) fn questions_about(&self, layer: LayerId) -> usize {
        self.questions.all.values().filter(|question| question.layers().any(|l| l == layer)).count()
    }
}

/// What is wrong with the questions of a project, one sentence each. A region that evidence names and that was
/// deleted since is no fault, nor is a vote or a reply to a question that is gone: these are history.
pub(crate) fn violations(project: &Project) -> Vec<String> {
    let mut found = Vec::new();
    for (id, question) in project.questions() {
        if let Some(fault) = question.fault() {
            found.push(format!("Question {id}: {fault}"));
        }
        if let Some(response) = question.responses().find(|id| project.response(*id).is_none()) {
            found.push(format!("Question {id} rests on response {response}, which does not exist"));
        }
        if let Some(layer) = question.layers().find(|layer| !project.layers().contains_key(layer)) {
            found.push(format!("Question {id} shows layer {layer}, which does not exist"));
        }
    }
    for (id, run) in project.runs() {
        if let Some(fault) = run.fault() {
            found.push(format!("Run {id}: {fault}"));
        }
        if let Some(response) = run.responses().find(|id| project.response(*id).is_none()) {
            found.push(format!("Run {id} has response {response}, which does not exist"));
        }
    }
    for vote in project.question_votes() {
        if let Some(fault) = vote.fault() {
            found.push(format!("Vote {}: {fault}", vote.id));
        }
    }
    found.extend(project.questions.faults());
    found
}
