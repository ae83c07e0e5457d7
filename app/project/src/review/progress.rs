//! What review changed, and who did how much of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Author, ClassCode, Project};

/// How often a class that an annotator gave became which class: `[given][settled] = cases`.
pub type Transitions = BTreeMap<ClassCode, BTreeMap<ClassCode, usize>>;

/// Label classes against settled classes, over the cases that are settled (agreed or accepted) and that
/// somebody labelled. Unchanged cases stand on the diagonal.
pub fn transitions(project: &Project) -> Transitions {
    let mut matrix = Transitions::new();
    for case in project.regions().keys() {
        let Some((_, label)) = project.label_of(*case) else { continue };
        let outcome = project.outcome(*case);
        if let Some(settled) = outcome.class.filter(|_| outcome.state.is_accepted()) {
            *matrix.entry(label.class.clone()).or_default().entry(settled).or_default() += 1;
        }
    }
    matrix
}

/// What one member has done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberThroughput {
    pub member: Author,
    /// Labels that stand under their name.
    pub labels: usize,
    /// Votes cast, superseded ones included; those of committees that are still voting are left out.
    pub votes: usize,
    /// Median seconds for a label, over those that were timed.
    pub label_seconds: Option<f64>,
    /// Median seconds for a vote, over those that were timed.
    pub vote_seconds: Option<f64>,
}

/// Labels and votes by member, models left out, in the order of names.
pub fn throughput(project: &Project) -> Vec<MemberThroughput> {
    #[derive(Default)]
    struct Work {
        labels: Vec<Option<f64>>,
        votes: Vec<Option<f64>>,
    }
    let mut work: BTreeMap<&Author, Work> = BTreeMap::new();
    for label in project.labels().values().filter(|l| !l.author.is_model()) {
        work.entry(&label.author).or_default().labels.push(label.seconds);
    }
    // Nobody: who sees no vote of an open committee, not even their own.
    let nobody = Author::new("");
    for case in project.cases_with_votes() {
        for vote in project.votes_visible_to(&nobody, case) {
            work.entry(&vote.member).or_default().votes.push(vote.seconds);
        }
    }
    work.into_iter()
        .map(|(member, work)| MemberThroughput {
            member: member.clone(),
            labels: work.labels.len(),
            votes: work.votes.len(),
            label_seconds: median(&work.labels),
            vote_seconds: median(&work.votes),
        })
        .collect()
}

fn median(timed: &[Option<f64>]) -> Option<f64> {
    let mut seconds: Vec<f64> = timed.iter().flatten().copied().filter(|s| s.is_finite()).collect();
    seconds.sort_by(f64::total_cmp);
    let (low, high) = (seconds.get(seconds.len().saturating_sub(1) / 2)?, seconds.get(seconds.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}
