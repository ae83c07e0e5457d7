//! Where a case stands: a pure, total function of its labels, its votes and the rule.
//!
//! | state | when |
//! |---|---|
//! | `Draft` | nobody has labelled it (predictions do not count) and no committee took it up |
//! | `StageOne` | labelled, and not enough reviewers have spoken |
//! | `Agreed` | enough reviewers see what the label says: settled with the label's class |
//! | `Disputed` | a reviewer sees another class, rejects it, cannot tell or finds the imagery bad, or sees an outline that overlaps the region's less than [`Rule::least_iou`] asks for; its annotators differ; or copies of the project say different things of it ([`Conflict`](crate::merging::Conflict)) |
//! | `StageTwo` | the committee is voting: fewer than [`Rule::committee_size`] members have, or fewer of their votes are open |
//! | `Accepted` | the committee is complete and a class reached the quorum: settled with it |
//! | `Rejected` | the committee is complete and rejections reached the quorum |
//! | `Undetermined` | the committee is complete and those who cannot tell reached the quorum |
//! | `BadImagery` | the committee is complete and those who find the imagery bad reached the quorum |
//! | `Tied` | the committee is complete, nothing reached the quorum, and a lead decides ([`Ties::Lead`](crate::review::Ties)) |
//! | `Returned` | the same, and it goes back to whoever labelled it |
//!
//! A case's label is the newest by a person. At each stage the latest vote of a member counts. What a
//! vote says never depends on a clock: a vote names the class it was cast on, so a vote on a class that
//! the label no longer has is stale.
//!
//! - A stage-one vote for the class that the label has *now* agrees with it, even when it was cast as a
//!   correction that the annotator has since taken over. `Accept` of another class, and `Reject` of
//!   another class, are stale and do not count. `Reject` without a class rejects whatever the label says.
//! - Whoever labelled the case does not count as its reviewer, unless [`Rule::self_review`].
//! - A committee may take up any case, and what it says outranks stage one. Its members vote for a class, for
//!   rejection, that they cannot tell, or that the imagery is bad; the quorum is taken over all of these,
//!   abstentions count for presence only. Where a lead decides what is tied, their word settles it.
//! - A case that was rejected at stage one, or returned by its committee, is back with whoever labelled it
//!   ([`Project::returned_to`]). A label names the votes that it answers ([`Label::replies_to`]): at stage
//!   one these count no more, and a complete committee that is answered whole is closed, so that review
//!   starts anew.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::review::{ReturnsTo, Rule, Stage, Ties, Verdict, Vote};
use crate::{Author, ClassCode, Label, Project, RegionId, VoteId};

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
    Undetermined,
    BadImagery,
    Tied,
    Returned,
}

impl ReviewState {
    /// Every state, in the order of the way through review.
    pub const ALL: [Self; 11] = [
        Self::Draft,
        Self::StageOne,
        Self::Agreed,
        Self::Disputed,
        Self::StageTwo,
        Self::Accepted,
        Self::Rejected,
        Self::Undetermined,
        Self::BadImagery,
        Self::Tied,
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
            Self::Undetermined => "undetermined",
            Self::BadImagery => "bad_imagery",
            Self::Tied => "tied",
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
            Self::Undetermined => "Not able to determine",
            Self::BadImagery => "Bad imagery",
            Self::Tied => "Tied, for the lead",
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
    Undetermined,
    BadImagery,
}

/// The state of a case. `labels`: every label on it, the one that counts last, predictions ignored;
/// `votes`: every vote on it in the order of casting; `classes`: how many classes the schema has.
pub fn outcome(labels: &[&Label], votes: &[&Vote], rule: &Rule, classes: usize) -> Outcome {
    let labels: Vec<&Label> = labels.iter().copied().filter(|l| !l.author.is_model()).collect();
    let label = labels.last().map(|l| &l.class);
    let rounds = Rounds::of(&labels, votes, rule);
    let committee = latest(&rounds.committee, Stage::Two);
    let closed = committee.len() >= rule.committee();
    let (state, class) = if committee.is_empty() && rounds.sealed.is_empty() {
        (stage_one(&labels, &rounds.reviews, rule), label.cloned())
    } else if closed {
        match stage_two(&committee, label, rule) {
            (ReviewState::Tied, class) => rounds.decided(label).unwrap_or((ReviewState::Tied, class)),
            settled => settled,
        }
    } else {
        (ReviewState::StageTwo, label.cloned())
    };
    let visible: &[&Vote] = if closed { &committee } else { &[] };
    let voices = rounds.reviews.iter().chain(visible);
    Outcome { state, class, disagreement: disagreement(&labels, voices, classes + 1) }
}

/// The votes on a case that are not answered, and those of committees that are.
#[derive(Debug, Default)]
pub(crate) struct Rounds<'a> {
    /// The latest vote of each member at stage one.
    pub(crate) reviews: Vec<&'a Vote>,
    /// The committee's, in the order of casting, superseded ones included.
    pub(crate) committee: Vec<&'a Vote>,
    /// Those of committees that were complete and whose votes a label has answered, every one.
    pub(crate) closed: Vec<&'a Vote>,
    /// Votes of the present committee that say something only their voters know.
    pub(crate) sealed: Vec<&'a Vote>,
    /// The newest word of a lead on the present committee.
    pub(crate) lead: Option<&'a Vote>,
}

impl<'a> Rounds<'a> {
    pub(crate) fn of(labels: &[&Label], votes: &[&'a Vote], rule: &Rule) -> Self {
        let replies: BTreeSet<VoteId> = labels.iter().flat_map(|l| l.replies_to.iter().copied()).collect();
        let answered = |vote: &Vote| replies.contains(&vote.id);
        let reviews = latest(votes, Stage::One).into_iter().filter(|vote| !answered(vote)).collect();
        let (mut committee, mut closed): (Vec<&Vote>, Vec<&Vote>) = (Vec::new(), Vec::new());
        let mut sealed: Vec<&Vote> = Vec::new();
        let (mut members, mut open) = (BTreeSet::new(), 0_usize);
        let lead = votes.iter().rev().copied().find(|vote| vote.stage == Stage::Lead && !answered(vote));
        for vote in votes.iter().copied().filter(|vote| vote.stage == Stage::Two) {
            if vote.is_sealed() {
                sealed.push(vote);
                continue;
            }
            if members.len() >= rule.committee() && open == 0 && !answered(vote) {
                closed.append(&mut committee);
                members.clear();
            }
            members.insert(&vote.member);
            open += usize::from(!answered(vote));
            committee.push(vote);
        }
        if members.len() >= rule.committee() && open == 0 {
            closed.append(&mut committee);
        }
        Self { reviews, committee, closed, sealed, lead }
    }

    /// What a lead made of a tie; `None` while none has, or who did abstains.
    fn decided(&self, label: Option<&ClassCode>) -> Option<(ReviewState, Option<ClassCode>)> {
        Some(settled(opinion(self.lead?, label)?, label))
    }
}

fn stage_one(labels: &[&Label], reviews: &[&Vote], rule: &Rule) -> ReviewState {
    if labels.is_empty() {
        return ReviewState::Draft;
    }
    if annotators_differ(labels, rule) {
        return ReviewState::Disputed;
    }
    let mut agreeing = 0;
    for vote in reviews {
        match stance(vote, labels, rule) {
            Stance::For => agreeing += 1,
            Stance::Against => return ReviewState::Disputed,
            Stance::Silent => {}
        }
    }
    if agreeing >= rule.stage_one_reviews { ReviewState::Agreed } else { ReviewState::StageOne }
}

/// True when annotators say different classes. Where what comes back goes to somebody senior, their answer stands in place of
/// what was sent back.
pub(crate) fn annotators_differ(labels: &[&Label], rule: &Rule) -> bool {
    let Some(label) = labels.last() else { return false };
    let answered = rule.returns_to == ReturnsTo::Senior && !label.replies_to.is_empty();
    !answered && labels.iter().any(|other| other.class != label.class)
}

/// What a review says about the label as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stance {
    For,
    Against,
    Silent,
}

/// What a review counts as; `labels` are those by persons, the newest last.
pub(crate) fn stance(vote: &Vote, labels: &[&Label], rule: &Rule) -> Stance {
    let Some(label) = labels.last() else { return Stance::Silent };
    if !rule.self_review && labels.iter().any(|l| l.author == vote.member) {
        return Stance::Silent;
    }
    let same = vote.class.as_ref().is_none_or(|class| *class == label.class);
    match (vote.verdict, same) {
        (Verdict::Accept | Verdict::Edit, true) => Stance::For,
        (Verdict::Edit, false)
        | (Verdict::Reject, true)
        | (Verdict::Undetermined | Verdict::BadImagery, _) => Stance::Against,
        (Verdict::Accept | Verdict::Reject, false) | (Verdict::Abstain, _) => Stance::Silent,
    }
}

fn stage_two(
    committee: &[&Vote],
    label: Option<&ClassCode>,
    rule: &Rule,
) -> (ReviewState, Option<ClassCode>) {
    let opinions: Vec<(Opinion, usize)> = committee
        .iter()
        .filter_map(|&vote| Some((opinion(vote, label)?, rule.weight_of(&vote.member))))
        .collect();
    let needed = rule.quorum.needed(opinions.iter().map(|(_, weight)| weight).sum());
    let weight_of =
        |of: &Opinion| opinions.iter().filter(|(other, _)| other == of).map(|(_, w)| w).sum::<usize>();
    let winner = opinions.iter().map(|(opinion, _)| opinion).find(|of| weight_of(of) >= needed);
    match (winner, rule.ties) {
        (Some(winner), _) => settled(*winner, label),
        (None, Ties::Return) => (ReviewState::Returned, label.cloned()),
        (None, Ties::Lead) => (ReviewState::Tied, label.cloned()),
    }
}

/// Where a case stands on which an opinion prevailed.
fn settled(opinion: Opinion, label: Option<&ClassCode>) -> (ReviewState, Option<ClassCode>) {
    match opinion {
        Opinion::Class(class) => (ReviewState::Accepted, Some(class.clone())),
        Opinion::Reject => (ReviewState::Rejected, None),
        Opinion::Undetermined => (ReviewState::Undetermined, label.cloned()),
        Opinion::BadImagery => (ReviewState::BadImagery, label.cloned()),
    }
}

/// What a vote says; an acceptance without a class speaks for the label's.
pub(crate) fn opinion<'a>(vote: &'a Vote, label: Option<&'a ClassCode>) -> Option<Opinion<'a>> {
    match vote.verdict {
        Verdict::Accept => vote.class.as_ref().or(label).map(Opinion::Class),
        Verdict::Edit => vote.class.as_ref().map(Opinion::Class),
        Verdict::Reject => Some(Opinion::Reject),
        Verdict::Undetermined => Some(Opinion::Undetermined),
        Verdict::BadImagery => Some(Opinion::BadImagery),
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

fn disagreement<'a>(labels: &[&'a Label], votes: impl Iterator<Item = &'a &'a Vote>, options: usize) -> f64 {
    let label = labels.last().map(|l| &l.class);
    let mut opinions: Vec<(&Author, Opinion)> = Vec::new();
    let mut say = |member, opinion| match opinions.iter_mut().find(|(m, _)| *m == member) {
        Some((_, earlier)) => *earlier = opinion,
        None => opinions.push((member, opinion)),
    };
    for label in labels {
        say(&label.author, Opinion::Class(&label.class));
    }
    for vote in votes {
        if let Some(opinion) = opinion(vote, label) {
            say(&vote.member, opinion);
        }
    }
    opinions.sort_by_key(|(_, opinion)| *opinion);
    let shares = opinions.chunk_by(|a, b| a.1 == b.1).map(|same| same.len() as f64 / opinions.len() as f64);
    let entropy: f64 = shares.map(|p| -p * p.ln()).sum();
    // A sum of nothing, and of one certain share, is -0; adding 0 makes it 0.
    (entropy / (options.max(2) as f64).ln()).clamp(0.0, 1.0) + 0.0
}

impl Project {
    /// Where a region stands in review; a region that does not exist is a draft without a class.
    pub fn outcome(&self, case: RegionId) -> Outcome {
        let labels = self.labels_by_age(case);
        let votes: Vec<&Vote> = self.votes_on(case).collect();
        let classes = self.schema().map_or(0, |schema| schema.classes.len());
        let mut outcome = outcome(&labels, &votes, &self.settings().rule, classes);
        // What two copies say of it is for the committee, unless that has spoken or is about to.
        let open = matches!(outcome.state, ReviewState::Draft | ReviewState::StageOne | ReviewState::Agreed);
        if open && self.conflicts_on(case).next().is_some() {
            outcome.state = ReviewState::Disputed;
        }
        let labelled = matches!(outcome.state, ReviewState::StageOne | ReviewState::Agreed);
        if labelled && votes.iter().any(|vote| vote.shape.is_some()) && !self.off_outlines(case).is_empty() {
            outcome.state = ReviewState::Disputed;
        }
        outcome
    }

    /// The unanswered reviews whose outline overlaps the region's less than the rule asks for. An outline that the region
    /// has taken on since overlaps it wholly.
    pub(crate) fn off_outlines(&self, case: RegionId) -> Vec<&Vote> {
        let rule = &self.settings().rule;
        let Some(region) = self.region(case).filter(|_| rule.least_iou > 0) else { return Vec::new() };
        let least = f64::from(rule.least_iou) / 100.0;
        let (labels, rounds) = self.rounds(case);
        let own = |vote: &Vote| !rule.self_review && labels.iter().any(|label| label.author == vote.member);
        let off = |vote: &Vote| {
            let outline = vote.shape.as_ref()?;
            // What has no area overlaps nothing.
            let shared = agreement::shapes::overlap(&outline.geometry, &region.geometry).unwrap_or(0.0);
            (shared < least).then_some(())
        };
        rounds.reviews.into_iter().filter(|vote| !own(vote) && off(vote).is_some()).collect()
    }

    /// Every label on a region, predictions included, the newest last.
    fn labels_by_age(&self, case: RegionId) -> Vec<&Label> {
        let mut labels: Vec<_> = self.labels_of(case).collect();
        labels.sort_by_key(|(id, label)| label.recency(*id));
        labels.into_iter().map(|(_, label)| &**label).collect()
    }

    /// The labels on a case by persons, the newest last, and the votes on it by round.
    pub(crate) fn rounds(&self, case: RegionId) -> (Vec<&Label>, Rounds<'_>) {
        let mut labels = self.labels_by_age(case);
        labels.retain(|label| !label.author.is_model());
        let votes: Vec<&Vote> = self.votes_on(case).collect();
        let rounds = Rounds::of(&labels, &votes, &self.settings().rule);
        (labels, rounds)
    }
}
