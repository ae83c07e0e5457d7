//! Whether an answer is the one that its evidence gives, by rules that show what they computed.
//!
//! What a template drafted is computed again as it was drafted. Of any other question the words say what is asked for
//! ([`words`]), and the views, regions and answers of services that it cites say what is right ([`labels`], [`cards`]). A
//! rule that is not sure which of several things is meant says so and judges nothing.

mod cards;
mod given;
mod labels;
mod quantity;
#[cfg(test)]
mod tests;
mod words;

use project::question::Evidence;
use project::{Question, ResponseId};
use serde::Serialize;

use crate::draft::{Ground, again};
use given::{Computation, Given, compare};
use quantity::Unit;
use words::Wanted;

pub use cards::Card;

/// What evidence says of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Check {
    /// It gives this answer.
    Agrees { computed: String },
    /// It gives another.
    Contradicts { instead: String, computed: String },
    /// No rule can tell.
    Unchecked {
        why: String,
        #[serde(skip_serializing_if = "String::is_empty")]
        computed: String,
    },
}

impl Check {
    fn unchecked(why: impl Into<String>) -> Self {
        Self::Unchecked { why: why.into(), computed: String::new() }
    }

    /// What a person reads of it, as one sentence without its full stop.
    pub fn text(&self) -> String {
        match self {
            Self::Agrees { .. } => "The evidence gives this answer".to_owned(),
            Self::Contradicts { instead, .. } => format!("The evidence gives another answer: {instead}"),
            Self::Unchecked { why, .. } => format!("Not checked by rule: {why}"),
        }
    }

    /// The computation, for a person to follow; empty where there is none.
    pub fn computed(&self) -> &str {
        match self {
            Self::Agrees { computed }
            | Self::Contradicts { computed, .. }
            | Self::Unchecked { computed, .. } => computed,
        }
    }
}

/// Whether the answer of a question is the one that its evidence gives. `card` reads a kept answer of a service.
pub fn check<'a>(
    question: &Question,
    ground: &Ground,
    card: &dyn Fn(ResponseId) -> Option<Card<'a>>,
) -> Check {
    if let Some(drafted) = again(question, ground) {
        return drafted_again(question, drafted);
    }
    let Some(answer) = &question.answer else { return Check::unchecked("it has no answer yet") };
    if let Some(fault) = answer.fault(question) {
        let mut fault = fault;
        if let Some(first) = fault.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        return Check::unchecked(fault);
    }
    let wanted = match words::wanted(&question.text) {
        Ok(wanted) => wanted,
        Err(why) => return Check::unchecked(why),
    };
    let cited = question.evidence.iter().filter_map(|one| match one {
        Evidence::Response(id) => card(*id),
        _ => None,
    });
    let cited: Vec<Card<'a>> = cited.collect();
    let found = [cards::computed(question, &wanted, &cited), labels::computed(question, &wanted, ground)];
    let mut best: Option<Check> = None;
    for found in found.into_iter().flatten() {
        let check = match found {
            Ok(computation) => compare(question, answer, computation),
            Err(why) => Check::unchecked(why),
        };
        // One piece of evidence that gives the answer is enough, and one that gives another says more than one that says
        // nothing.
        let rank = |check: &Check| match check {
            Check::Agrees { .. } => 2,
            Check::Contradicts { .. } => 1,
            Check::Unchecked { .. } => 0,
        };
        if best.as_ref().is_none_or(|held| rank(&check) > rank(held)) {
            best = Some(check);
        }
    }
    best.unwrap_or_else(|| Check::unchecked("it cites no view, region or answer of a service"))
}

fn drafted_again(question: &Question, drafted: Result<(project::question::Answer, String), String>) -> Check {
    match drafted {
        Ok((answer, computed)) => {
            if question.answer.as_ref().is_some_and(|held| held.agrees(&answer, question)) {
                Check::Agrees { computed }
            } else {
                Check::Contradicts { instead: answer.text(question), computed }
            }
        }
        Err(why) => {
            Check::Contradicts { instead: format!("none now, because {why}"), computed: String::new() }
        }
    }
}

/// “Is it more than 2 km?”: yes or no instead of the number.
fn bounded(wanted: &Wanted, found: Computation) -> Computation {
    let (Some((side, counts, than)), Given::Number(value, unit)) = (&wanted.than, &found.given) else {
        return found;
    };
    if than.unit != *unit && !(than.unit == Unit::One && *unit == Unit::One) {
        return found;
    }
    let truth = value.total_cmp(&than.value) == *side || (*counts && *value == than.value);
    Computation { given: Given::Truth(truth), text: found.text }
}
