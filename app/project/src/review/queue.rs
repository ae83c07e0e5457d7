//! What waits for whom, and how many cases stand where.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::review::{ReviewState, Stage, Vote};
use crate::{Author, Project, RegionId};

/// A case that waits for a vote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueItem {
    pub case: RegionId,
    pub state: ReviewState,
    /// See [`Outcome::disagreement`](crate::review::Outcome::disagreement).
    pub disagreement: f64,
}

/// How many cases stand where; a state without a case is there with 0.
pub type Status = BTreeMap<ReviewState, usize>;

/// The cases that wait for a vote at a stage, the most disputed first, then by age.
///
/// Lead: cases on which the committee was divided. Stage one: labelled cases without enough reviews. Stage two: disputed cases, those whose committee is
/// voting, and those returned without a quorum, where one more voice can settle it. With a member, only
/// what that member has not voted on at the stage and may.
pub fn queue(project: &Project, member: Option<&Author>, stage: Stage) -> Vec<QueueItem> {
    if member.is_some_and(|member| !project.may_sit(member, stage)) {
        return Vec::new();
    }
    let mut items: Vec<QueueItem> = project
        .regions()
        .keys()
        .filter(|case| member.is_none_or(|m| may_vote(project, m, **case, stage)))
        .filter_map(|case| {
            let outcome = project.outcome(*case);
            waits_for(outcome.state, stage).then_some(QueueItem {
                case: *case,
                state: outcome.state,
                disagreement: outcome.disagreement,
            })
        })
        .collect();
    items.sort_by(|a, b| b.disagreement.total_cmp(&a.disagreement).then(a.case.cmp(&b.case)));
    items
}

/// As [`queue`], without what is locked for a member at a time because it was handed to others.
pub fn queue_now(project: &Project, member: &Author, stage: Stage, now_ms: i64) -> Vec<QueueItem> {
    let mut items = queue(project, Some(member), stage);
    items.retain(|item| project.locked_for(member, item.case, stage, now_ms).is_none());
    items
}

/// The cases that were handed to a member at a stage and wait for their vote, in the order of their lists; see
/// [`Project::work_of`].
pub fn work(project: &Project, member: &Author, stage: Stage, now_ms: i64) -> Vec<QueueItem> {
    let item = |case| {
        let outcome = project.outcome(case);
        // A committee hears nothing of how others judged before it has voted.
        QueueItem { case, state: outcome.state, disagreement: outcome.disagreement }
    };
    project.work_of(member, stage, now_ms).into_iter().map(item).collect()
}

fn waits_for(state: ReviewState, stage: Stage) -> bool {
    match stage {
        Stage::One => state == ReviewState::StageOne,
        Stage::Lead => state == ReviewState::Tied,
        Stage::Two => {
            matches!(state, ReviewState::Disputed | ReviewState::StageTwo | ReviewState::Returned)
        }
    }
}

/// False when the member has spoken already, or labelled what is to be reviewed. A stage-one vote on a
/// class that the label no longer has, or that the label has answered, does not bar a new one.
pub(crate) fn may_vote(project: &Project, member: &Author, case: RegionId, stage: Stage) -> bool {
    let (labels, rounds) = project.rounds(case);
    let votes = match stage {
        Stage::One => &rounds.reviews,
        Stage::Two | Stage::Lead => &rounds.committee,
    };
    let vote = votes.iter().rfind(|vote| &vote.member == member);
    match stage {
        // A lead who abstained leaves it to another.
        Stage::Lead => rounds.lead.is_none_or(|vote| &vote.member != member),
        Stage::Two => vote.is_none() && !rounds.sealed.iter().any(|vote| &vote.member == member),
        Stage::One => {
            let own = labels.iter().any(|label| &label.author == member);
            let label = labels.last().map(|label| &label.class);
            let stale = |v: &&Vote| v.class.is_some() && v.class.as_ref() != label;
            (project.settings().rule.self_review || !own) && vote.is_none_or(stale)
        }
    }
}

/// How many cases stand where.
pub fn status(project: &Project) -> Status {
    let mut status: Status = ReviewState::ALL.into_iter().map(|state| (state, 0)).collect();
    for case in project.regions().keys() {
        *status.entry(project.outcome(*case).state).or_default() += 1;
    }
    status
}
