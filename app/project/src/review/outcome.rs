//! Where a case stands: a pure, total function of its labels, its votes and the rule.
//!
//! | state | when |
//! |---|---|
//! | `Draft` | nobody has labelled it (predictions do not count) and no committee took it up |
//! | `StageOne` | labelled, and not enough reviewers have spoken |
//! | `Agreed` | enough reviewers see what the label says: settled with the label's class |
//! | `Disputed` | a reviewer sees another class or rejects it, or its annotators differ |
//! | `StageTwo` | the committee is voting: fewer than [`Rule::committee_size`] members have |
//! | `Accepted` | the committee is complete and a class reached the quorum: settled with it |
//! | `Rejected` | the committee is complete and rejections reached the quorum |
//! | `Returned` | the committee is complete and nothing reached the quorum |
//!
//! A case's label is the newest by a person. At each stage the latest vote of a member counts. What a
//! vote says never depends on a clock: a vote names the class it was cast on, so a vote on a class that
//! the label no longer has is stale.
//!
//! - A stage-one vote for the class that the label has *now* agrees with it, even when it was cast as a
//!   correction that the annotator has since taken over. `Accept` of another class, and `Reject` of
//!   another class, are stale and do not count. `Reject` without a class rejects whatever the label says.
//! - Whoever labelled the case does not count as its reviewer, unless [`Rule::self_review`].
//! - A committee may take up any case, and what it says outranks stage one. Its members vote for a class
//!   or for rejection; the quorum is taken over these, abstentions count for presence only.

use serde::{Deserialize, Serialize};

use crate::review::{Rule, Stage, Verdict, Vote};
use crate::{Author, ClassCode, Label, Project, RegionId};

/// How far a case has come. Derived, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    Draft,
    StageOne,
    Agreed,
    Disputed,
    StageTwo,
    Accepted,
    Rejected,
    Returned,
}

impl ReviewState {
    /// Every state, in the order of the way through review.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::StageOne,
        Self::Agreed,
        Self::Disputed,
        Self::StageTwo,
        Self::Accepted,
        Self::Rejected,
        Self::Returned,
    ];

    /// The key in files and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::StageOne => "stage_one",
            Self::Agreed => "agreed",
            Self::Disputed => "disputed",
            Self::StageTwo => "stage_two",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
        }
    }

    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::StageOne => "Waiting for review",
            Self::Agreed => "Agreed",
            Self::Disputed => "Disputed",
            Self::StageTwo => "Committee voting",
            Self::Accepted => "Accepted by the committee",
            Self::Rejected => "Rejected by the committee",
            Self::Returned => "Returned without a quorum",
        }
    }

    /// True when its class is settled: what an export of accepted cases holds.
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::Agreed | Self::Accepted)
    }
}

/// Where a case stands, what it is, and how much its judges differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub state: ReviewState,
    /// The settled class where [`ReviewState::is_accepted`], else the label's; none without a label and
    /// for a rejected case.
    pub class: Option<ClassCode>,
    /// 0 (all see the same) to 1: entropy of the members' latest opinions over that of an even spread
    /// over all classes and rejection. Votes of a committee that is still voting do not move it.
    pub disagreement: f64,
}

/// What one member says a case is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Opinion<'a> {
    Class(&'a ClassCode),
    Reject,
}

/// The state of a case. `labels`: every label on it, the one that counts last, predictions ignored;
/// `votes`: every vote on it in the order of casting; `classes`: how many classes the schema has.
pub fn outcome(labels: &[&Label], votes: &[&Vote], rule: &Rule, classes: usize) -> Outcome {
    let labels: Vec<&Label> = labels.iter().copied().filter(|l| !l.author.is_model()).collect();
    let label = labels.last().map(|l| &l.class);
    let committee = latest(votes, Stage::Two);
    let closed = committee.len() >= rule.committee();
    let (state, class) = if committee.is_empty() {
        (stage_one(&labels, votes, rule), label.cloned())
    } else if closed {
        stage_two(&committee, label, rule)
    } else {
        (ReviewState::StageTwo, label.cloned())
    };
    let visible: &[&Vote] = if closed { &committee } else { &[] };
    Outcome { state, class, disagreement: disagreement(&labels, votes, visible, classes + 1) }
}

fn stage_one(labels: &[&Label], votes: &[&Vote], rule: &Rule) -> ReviewState {
    let Some(label) = labels.last() else { return ReviewState::Draft };
    if labels.iter().any(|l| l.class != label.class) {
        return ReviewState::Disputed;
    }
    let labelled_by = |member: &Author| labels.iter().any(|l| &l.author == member);
    let mut agreeing = 0;
    for vote in latest(votes, Stage::One) {
        if !rule.self_review && labelled_by(&vote.member) {
            continue;
        }
        let same = vote.class.as_ref().is_none_or(|class| *class == label.class);
        match (vote.verdict, same) {
            (Verdict::Accept | Verdict::Edit, true) => agreeing += 1,
            (Verdict::Edit, false) | (Verdict::Reject, true) => return ReviewState::Disputed,
            (Verdict::Accept | Verdict::Reject, false) | (Verdict::Abstain, _) => {}
        }
    }
    if agreeing >= rule.stage_one_reviews { ReviewState::Agreed } else { ReviewState::StageOne }
}

fn stage_two(
    committee: &[&Vote],
    label: Option<&ClassCode>,
    rule: &Rule,
) -> (ReviewState, Option<ClassCode>) {
    let opinions: Vec<Opinion> = committee.iter().filter_map(|vote| opinion(vote, label)).collect();
    let needed = rule.quorum.needed(opinions.len());
    let winner = opinions.iter().find(|o| opinions.iter().filter(|p| p == o).count() >= needed);
    match winner {
        Some(Opinion::Class(class)) => (ReviewState::Accepted, Some((*class).clone())),
        Some(Opinion::Reject) => (ReviewState::Rejected, None),
        None => (ReviewState::Returned, label.cloned()),
    }
}

/// What a vote says; an acceptance without a class speaks for the label's.
pub(crate) fn opinion<'a>(vote: &'a Vote, label: Option<&'a ClassCode>) -> Option<Opinion<'a>> {
    match vote.verdict {
        Verdict::Accept => vote.class.as_ref().or(label).map(Opinion::Class),
        Verdict::Edit => vote.class.as_ref().map(Opinion::Class),
        Verdict::Reject => Some(Opinion::Reject),
        Verdict::Abstain => None,
    }
}

/// The latest vote of each member at a stage, members in the order of their first vote.
pub(crate) fn latest<'a>(votes: &[&'a Vote], stage: Stage) -> Vec<&'a Vote> {
    let mut latest: Vec<&Vote> = Vec::new();
    for vote in votes.iter().filter(|v| v.stage == stage) {
        match latest.iter_mut().find(|v| v.member == vote.member) {
            Some(earlier) => *earlier = vote,
            None => latest.push(vote),
        }
    }
    latest
}

fn disagreement(labels: &[&Label], votes: &[&Vote], committee: &[&Vote], options: usize) -> f64 {
    let label = labels.last().map(|l| &l.class);
    let mut opinions: Vec<(&Author, Opinion)> = Vec::new();
    let mut say = |member, opinion| match opinions.iter_mut().find(|(m, _)| *m == member) {
        Some((_, earlier)) => *earlier = opinion,
        None => opinions.push((member, opinion)),
    };
    for label in labels {
        say(&label.author, Opinion::Class(&label.class));
    }
    for vote in latest(votes, Stage::One).iter().chain(committee) {
        if let Some(opinion) = opinion(vote, label) {
            say(&vote.member, opinion);
        }
    }
    opinions.sort_by_key(|(_, opinion)| *opinion);
    let shares = opinions.chunk_by(|a, b| a.1 == b.1).map(|same| same.len() as f64 / opinions.len() as f64);
    let entropy: f64 = shares.map(|p| -p * p.ln()).sum();
    (entropy / (options.max(2) as f64).ln()).clamp(0.0, 1.0)
}

impl Project {
    /// Where a region stands in review; a region that does not exist is a draft without a class.
    pub fn outcome(&self, case: RegionId) -> Outcome {
        let mut labels: Vec<_> = self.labels_of(case).collect();
        labels.sort_by_key(|(id, label)| label.recency(*id));
        let labels: Vec<&Label> = labels.into_iter().map(|(_, label)| label).collect();
        let votes: Vec<&Vote> = self.votes_on(case).collect();
        let classes = self.schema().map_or(0, |schema| schema.classes.len());
        outcome(&labels, &votes, &self.settings().rule, classes)
    }
}
