//! One entry with the rows it renews: everything a writer needs, and nothing that changes under it.

use std::sync::Arc;

use geo::{CoordsIter as _, Geometry};
use project::merging::Part;
use project::question::{Answer, QuestionVote, Said};
use project::review::Vote;
use project::{AttributeValue, Author, Edit, Entry, EntryBody, Project, Question, Region, Seq, Touched};

use crate::StoreError;
use crate::current::Rows;
use crate::merge::Missing;

/// An entry and what the tables say after it, as a snapshot that another thread can write.
#[derive(Clone, Debug)]
pub struct Commit {
    pub(crate) entry: Entry,
    pub(crate) rows: Rows,
    /// The entries that an entry which joins brings from elsewhere.
    pub(crate) joined: Arc<Vec<Missing>>,
}

impl Commit {
    /// Takes the snapshot. `project` is the project after the entry, `touched` what the entry changed.
    pub fn new(entry: Entry, project: &Project, touched: &Touched) -> Result<Self, StoreError> {
        check(&entry)?;
        Ok(Self::of_checked(entry, project, touched))
    }

    /// Takes the snapshot of an entry that was checked before it was applied.
    pub(crate) fn of_checked(entry: Entry, project: &Project, touched: &Touched) -> Self {
        let vote = match &entry.body {
            EntryBody::Vote(vote) => Some(vote),
            EntryBody::Opening(opening) => project.votes().get(&opening.vote).map(|vote| &**vote),
            _ => None,
        };
        let mut rows = Rows::of(project, touched, vote);
        if let EntryBody::QuestionVote(vote) = &entry.body {
            rows.add_question_vote(vote);
        }
        if let EntryBody::Merge(merge) = &entry.body {
            for part in &merge.delta.parts {
                match part {
                    Part::Vote(_, vote) => rows.add_vote(vote),
                    Part::QuestionVote(_, vote) => rows.add_question_vote(vote),
                    _ => {}
                }
            }
        }
        Self { entry, rows, joined: Arc::default() }
    }

    /// The number of the entry.
    pub fn seq(&self) -> Seq {
        self.entry.seq
    }
}

/// Refuses what JSON would not give back as it was: such an entry could never be read again.
pub(crate) fn check(entry: &Entry) -> Result<(), StoreError> {
    storable(&entry.author, &entry.body).map_err(StoreError::Unstorable)
}

/// Refuses a vote that JSON would not give back as it is.
pub(crate) fn check_vote(vote: &Vote) -> Result<(), StoreError> {
    finite(&[vote.confidence, vote.seconds]).map_err(StoreError::Unstorable)
}

fn storable(author: &Author, body: &EntryBody) -> Result<(), String> {
    if author.name().is_empty() {
        return Err("an entry without an author".into());
    }
    match body {
        EntryBody::Edit(edit) => storable_edit(edit, 0),
        EntryBody::Revert(_)
        | EntryBody::Response(_)
        | EntryBody::Remark(_)
        | EntryBody::Member(_)
        | EntryBody::Merge(_) => Ok(()),
        EntryBody::Vote(vote) => finite(&[vote.confidence, vote.seconds]),
        EntryBody::QuestionVote(vote) => storable_vote(vote),
        EntryBody::Opening(opening) => finite(&[opening.said.confidence, opening.said.seconds]),
        EntryBody::Visit(visit) => visit.looks.iter().try_for_each(|look| finite(&[look.seconds])),
    }
}

/// How deep batches may be nested.
const DEEPEST_BATCH: u32 = 8;
/// How deep lists and objects may be nested in an attribute; the reader stops at 128 in all.
const DEEPEST_JSON: u32 = 64;

fn storable_edit(edit: &Edit, depth: u32) -> Result<(), String> {
    match edit {
        Edit::Region(change) => {
            change.before.iter().chain(&change.after).try_for_each(|r| storable_region(r))
        }
        Edit::Label(change) => change
            .before
            .iter()
            .chain(&change.after)
            .try_for_each(|label| finite(&[label.confidence, label.seconds])),
        Edit::Adjustment(change) => {
            let numbers =
                change.before.iter().chain(&change.after).flat_map(|a| a.start.into_iter().chain(a.end));
            let all = numbers.into_iter().all(f64::is_finite);
            if all { Ok(()) } else { Err("an adjustment whose place is not a number".into()) }
        }
        Edit::Screening(change) => change.before.iter().chain(&change.after).try_for_each(|plan| {
            let places = plan.area.iter().flatten().flatten().flatten();
            finite(&places.map(|n| Some(*n)).chain([Some(plan.native)]).collect::<Vec<_>>())
        }),
        Edit::Question(change) => {
            change.before.iter().chain(&change.after).try_for_each(|q| storable_question(q))
        }
        Edit::Layer(_)
        | Edit::Relation(_)
        | Edit::Run(_)
        | Edit::Assignment(_)
        | Edit::Conflict(_)
        | Edit::Schema(_)
        | Edit::Settings(_) => Ok(()),
        Edit::Batch { .. } if depth == DEEPEST_BATCH => Err("batches nested too deep".into()),
        Edit::Batch { edits, .. } => edits.iter().try_for_each(|e| storable_edit(e, depth + 1)),
    }
}

fn storable_vote(vote: &QuestionVote) -> Result<(), String> {
    finite(&[vote.seconds])?;
    if let Said::Answer(answer) = &vote.said { storable_answer(answer) } else { Ok(()) }
}

/// The project refuses the others: what is in a view, and how far off an answer may be.
fn storable_question(question: &Question) -> Result<(), String> {
    finite(&[question.seconds, Some(question.tolerance)])?;
    if let Some(name) =
        question.source.iter().find_map(|(name, value)| deeper_than(value, DEEPEST_JSON).then_some(name))
    {
        return Err(format!("a question's `{name}`, which is nested more than {DEEPEST_JSON} deep"));
    }
    question.answer.as_ref().map_or(Ok(()), storable_answer)
}

fn storable_answer(answer: &Answer) -> Result<(), String> {
    match answer {
        Answer::Number(number) => finite(&[Some(*number)]),
        Answer::Place(place) => finite(&place.map(Some)),
        _ => Ok(()),
    }
}

fn storable_region(region: &Region) -> Result<(), String> {
    if matches!(region.geometry, Geometry::GeometryCollection(_)) {
        return Err("a region that is a collection of shapes".into());
    }
    if region.geometry.coords_iter().any(|c| !c.x.is_finite() || !c.y.is_finite()) {
        return Err("a coordinate that is not a number".into());
    }
    for (name, value) in &region.attributes {
        match value {
            AttributeValue::Number(n) if !n.is_finite() => {
                return Err(format!("the attribute `{name}`, which is not a number"));
            }
            AttributeValue::Json(json) if deeper_than(json, DEEPEST_JSON) => {
                return Err(format!("the attribute `{name}`, which is nested more than {DEEPEST_JSON} deep"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn deeper_than(value: &serde_json::Value, levels: u32) -> bool {
    use serde_json::Value::{Array, Object};
    match (value, levels.checked_sub(1)) {
        (Array(_) | Object(_), None) => true,
        (Array(items), Some(left)) => items.iter().any(|v| deeper_than(v, left)),
        (Object(items), Some(left)) => items.values().any(|v| deeper_than(v, left)),
        _ => false,
    }
}

fn finite(numbers: &[Option<f64>]) -> Result<(), String> {
    let all = numbers.iter().flatten().all(|n| n.is_finite());
    if all { Ok(()) } else { Err("a confidence, duration or place that is not a number".into()) }
}
