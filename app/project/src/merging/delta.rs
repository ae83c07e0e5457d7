//! How one project becomes another, thing by thing.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use imbl::OrdMap;
use serde::{Deserialize, Serialize};

use crate::assignment::Assignment;
use crate::question::QuestionVote;
use crate::remark::Remark;
use crate::review::Vote;
use crate::screening::{Screening, Visit};
use crate::{
    Adjustment, AdjustmentId, AssignmentId, ConflictId, EditError, Label, LabelId, Layer, LayerId, Member,
    Project, Question, QuestionId, Region, RegionId, Relation, RelationId, Response, Run, RunId, Schema,
    ScreeningId, Settings, Touched, VoteId,
};

use super::Conflict;

/// What one thing is from then on; `None`: it is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Settings(Arc<Settings>),
    Schema(Option<Arc<Schema>>),
    Layer(LayerId, Option<Arc<Layer>>),
    Region(RegionId, Option<Arc<Region>>),
    Label(LabelId, Option<Arc<Label>>),
    Adjustment(AdjustmentId, Option<Arc<Adjustment>>),
    Relation(RelationId, Option<Arc<Relation>>),
    Screening(ScreeningId, Option<Arc<Screening>>),
    Conflict(ConflictId, Option<Arc<Conflict>>),
    Member(Arc<Member>),
    Assignment(AssignmentId, Option<Arc<Assignment>>),
    /// Said in another copy.
    Remark(Arc<Remark>),
    Question(QuestionId, Option<Arc<Question>>),
    Run(RunId, Option<Arc<Run>>),
    /// A response, and its place among those to the same request.
    Response(u64, Arc<Response>),
    /// A vote on a question, and its place among all such votes.
    QuestionVote(u64, Arc<QuestionVote>),
    /// A vote, and its place among all votes. One that is there is opened.
    Vote(u64, Arc<Vote>),
    /// A visit, and for each of its looks the place among those at the cell.
    Visit(Vec<u32>, Arc<Visit>),
}

/// How one project becomes another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Delta {
    /// Votes and visits in the order of their places.
    pub parts: Vec<Part>,
}

/// Everything that differs between two maps, by what it is in the second.
fn differing<K: Ord + Clone, V: PartialEq + Clone>(
    from: &OrdMap<K, V>,
    to: &OrdMap<K, V>,
    part: impl Fn(K, Option<V>) -> Part,
    parts: &mut Vec<Part>,
) {
    for (key, value) in to {
        if from.get(key) != Some(value) {
            parts.push(part(key.clone(), Some(value.clone())));
        }
    }
    for key in from.keys().filter(|key| !to.contains_key(*key)) {
        parts.push(part(key.clone(), None));
    }
}

impl Delta {
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// How `from` becomes `to`, which has every vote and visit that `from` has, in the same order.
    pub fn between(from: &Project, to: &Project) -> Self {
        let mut parts = Vec::new();
        if from.settings() != to.settings() {
            parts.push(Part::Settings(Arc::clone(to.shared_settings())));
        }
        if from.schema() != to.schema() {
            parts.push(Part::Schema(to.schema().cloned()));
        }
        let layers = from.layers().keys().chain(to.layers().keys()).collect::<BTreeSet<_>>();
        for id in layers.into_iter().filter(|id| from.layers().get(id) != to.layers().get(id)) {
            parts.push(Part::Layer(*id, to.layers().get(id).cloned().map(Arc::new)));
        }
        differing(from.regions(), to.regions(), Part::Region, &mut parts);
        differing(from.labels(), to.labels(), Part::Label, &mut parts);
        differing(from.adjustments(), to.adjustments(), Part::Adjustment, &mut parts);
        differing(from.relations(), to.relations(), Part::Relation, &mut parts);
        differing(from.screenings(), to.screenings(), Part::Screening, &mut parts);
        differing(from.questions(), to.questions(), Part::Question, &mut parts);
        differing(from.runs(), to.runs(), Part::Run, &mut parts);
        parts.extend(to.responses_beyond(from).map(|(place, one)| Part::Response(place, one)));
        parts.extend(to.questions.votes_beyond(&from.questions).map(|(p, vote)| Part::QuestionVote(p, vote)));
        differing(from.conflicts(), to.conflicts(), Part::Conflict, &mut parts);
        differing(from.assignments(), to.assignments(), Part::Assignment, &mut parts);
        parts.extend(to.remarks.beyond(&from.remarks).into_iter().map(Part::Remark));
        for (key, member) in to.members() {
            if from.members().get(key) != Some(member) {
                parts.push(Part::Member(Arc::clone(member)));
            }
        }
        for (place, vote) in to.votes_in_order_shared().enumerate() {
            if from.votes().get(&vote.id) != Some(vote) {
                parts.push(Part::Vote(place as u64, Arc::clone(vote)));
            }
        }
        let visits = to.screenings.visits_beyond(&from.screenings);
        parts.extend(visits.into_iter().map(|(places, visit)| Part::Visit(places, visit)));
        Self { parts }
    }

    /// The places of new votes on questions among all such votes, ascending.
    pub(crate) fn question_vote_places(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::QuestionVote(place, _) => usize::try_from(*place).ok(),
            _ => None,
        })
    }

    /// The regions that it touches.
    pub fn regions(&self) -> BTreeSet<RegionId> {
        let mut found = BTreeSet::new();
        for part in &self.parts {
            match part {
                Part::Region(id, _) => drop(found.insert(*id)),
                Part::Label(_, Some(label)) => drop(found.insert(label.region)),
                Part::Relation(_, Some(relation)) => found.extend([relation.from, relation.to]),
                Part::Conflict(_, Some(conflict)) => found.extend(conflict.regions()),
                Part::Vote(_, vote) => drop(found.insert(vote.case)),
                _ => {}
            }
        }
        found
    }
}

impl Project {
    /// Becomes what a delta says, or refuses it and stays as it was: what comes out must be sound.
    pub(crate) fn become_after(&mut self, delta: &Delta) -> Result<Touched, EditError> {
        let mut next = self.clone();
        let mut votes: BTreeMap<u64, Arc<Vote>> = BTreeMap::new();
        let mut visits: Vec<(Vec<u32>, Arc<Visit>)> = Vec::new();
        let mut on_questions: Vec<(u64, Arc<QuestionVote>)> = Vec::new();
        let mut responses: Vec<(u64, Arc<Response>)> = Vec::new();
        for part in &delta.parts {
            match part {
                Part::Vote(_, vote) if next.votes().contains_key(&vote.id) => {
                    next.put_vote(Arc::clone(vote));
                }
                Part::Vote(place, vote) => drop(votes.insert(*place, Arc::clone(vote))),
                Part::Visit(places, visit) => visits.push((places.clone(), Arc::clone(visit))),
                Part::QuestionVote(place, vote) => on_questions.push((*place, Arc::clone(vote))),
                Part::Response(place, one) => responses.push((*place, Arc::clone(one))),
                other => next.put(other)?,
            }
        }
        next.insert_votes(votes)?;
        next.screenings.insert_visits(&visits)?;
        next.insert_responses(responses)?;
        next.questions.insert(on_questions)?;
        next.index_anew();
        if let Some(fault) = crate::violations(&next).into_iter().next() {
            return Err(EditError::Invalid(fault));
        }
        let everything = delta.parts.iter().any(|part| self.bears_on_everything(part));
        let touched = Touched { everything, ..self.differences_to(&next, delta) };
        *self = next;
        Ok(touched)
    }

    /// True for what may change how anything else is shown: what it is about is not all there is to look at anew.
    fn bears_on_everything(&self, part: &Part) -> bool {
        match part {
            Part::Settings(_) | Part::Schema(_) | Part::Layer(..) | Part::Screening(..) => true,
            Part::Member(member) => {
                let known =
                    self.members().contains_key(&member.key) || self.keys_of(&member.name).next().is_some();
                known || member.role != crate::Role::Annotator
            }
            _ => false,
        }
    }

    fn put(&mut self, part: &Part) -> Result<(), EditError> {
        match part {
            Part::Settings(settings) => self.put_settings(Arc::clone(settings)),
            Part::Schema(schema) => self.put_schema(schema.clone()),
            Part::Layer(id, layer) => self.put_layer(*id, layer.as_deref().cloned()),
            Part::Region(id, region) => self.put_region(*id, region.clone()),
            Part::Label(id, label) => self.put_label(*id, label.clone()),
            Part::Adjustment(id, adjustment) => self.put_adjustment(*id, adjustment.clone()),
            Part::Relation(id, relation) => {
                self.relations.take(*id);
                if let Some(relation) = relation {
                    self.relations.put(*id, Arc::clone(relation));
                }
            }
            Part::Screening(id, plan) => self.screenings.put_plan(*id, plan.clone()),
            Part::Conflict(id, conflict) => self.conflicts.put(*id, conflict.clone()),
            Part::Assignment(id, assignment) => self.assignments.put(*id, assignment.clone()),
            Part::Remark(remark) => self.keep_remark(Arc::clone(remark)),
            Part::Member(member) => drop(self.record_member(Arc::clone(member))?),
            Part::Question(id, question) => self.questions.put(*id, question.clone()),
            Part::Run(id, run) => self.questions.put_run(*id, run.clone()),
            Part::Vote(..) | Part::Visit(..) | Part::QuestionVote(..) | Part::Response(..) => {}
        }
        Ok(())
    }

    /// What the window and the tables must look at anew.
    fn differences_to(&self, next: &Self, delta: &Delta) -> Touched {
        let mut touched = Touched { regions: delta.regions().into_iter().collect(), ..Touched::default() };
        for part in &delta.parts {
            match part {
                Part::Layer(id, _) => touched.layers.push(*id),
                Part::Adjustment(id, _) => touched.adjustments.push(*id),
                Part::Relation(id, _) => touched.relations.push(*id),
                Part::Screening(id, _) => touched.screenings.push(*id),
                Part::Conflict(id, _) => touched.conflicts.push(*id),
                Part::Member(member) => touched.members.push(member.key),
                Part::Assignment(id, _) => touched.assignments.push(*id),
                Part::Remark(remark) => touched.remarks.push(remark.id),
                Part::Question(id, _) => touched.questions.push(*id),
                Part::Run(id, _) => touched.runs.push(*id),
                Part::Response(_, one) => touched.responses.push(one.id),
                Part::QuestionVote(_, vote) => touched.questions.push(vote.question),
                Part::Label(id, None) => {
                    touched.regions.extend(self.labels().get(id).map(|label| label.region));
                }
                Part::Visit(_, visit) => {
                    touched.cells.extend(visit.looks.iter().map(|look| (visit.screening, look.cell)));
                }
                _ => {}
            }
        }
        debug_assert!(next.votes().len() >= self.votes().len(), "votes are never dropped");
        touched
    }

    /// Puts votes where they belong among all votes, each at its place in the whole.
    fn insert_votes(&mut self, votes: BTreeMap<u64, Arc<Vote>>) -> Result<(), EditError> {
        if votes.is_empty() {
            return Ok(());
        }
        let mut order: Vec<VoteId> = self.votes_in_order().map(|vote| vote.id).collect();
        let mut merged = Vec::with_capacity(order.len() + votes.len());
        let mut held = order.drain(..);
        let mut cases = HashSet::new();
        for (place, vote) in &votes {
            while (merged.len() as u64) < *place {
                let misplaced = || EditError::Invalid("A vote has a place beyond the last".into());
                merged.push(held.next().ok_or_else(misplaced)?);
            }
            merged.push(vote.id);
            cases.insert(vote.case);
        }
        merged.extend(held);
        for vote in votes.into_values() {
            self.put_vote(vote);
        }
        self.order_votes(&merged, &cases);
        Ok(())
    }
}
