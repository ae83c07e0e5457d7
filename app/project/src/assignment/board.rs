//! How far an assignment is, by member and area, and how members do on cases whose answer is known.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Assignment;
use crate::review::outcome::{Opinion, latest, opinion};
use crate::review::{Stage, Vote};
use crate::{Author, ClassCode, Project, RegionId};

/// How far one member is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MemberProgress {
    pub member: Author,
    /// Cases that were handed to them, and those of them that they have voted on.
    pub given: usize,
    pub done: usize,
    /// Cases of others that they took over.
    pub taken_over: usize,
    /// Median seconds for a vote, over those that were timed.
    pub seconds: Option<f64>,
}

/// How far one area is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AreaProgress {
    pub area: String,
    pub cases: usize,
    /// Votes that are asked for, and cast.
    pub wanted: usize,
    pub done: usize,
}

/// How far an assignment is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Board {
    pub name: String,
    pub stage: Stage,
    pub chosen: String,
    pub cases: usize,
    /// Cases with as many votes as were asked for.
    pub finished: usize,
    /// Votes that are asked for, and cast.
    pub wanted: usize,
    pub done: usize,
    pub released: bool,
    pub release_ms: Option<i64>,
    pub members: Vec<MemberProgress>,
    pub areas: Vec<AreaProgress>,
}

/// How far an assignment is at a time. Cases that are gone are left out.
pub fn board(project: &Project, assignment: &Assignment, now_ms: i64) -> Board {
    let member = |member: &Author| MemberProgress {
        member: member.clone(),
        given: 0,
        done: 0,
        taken_over: 0,
        seconds: None,
    };
    let mut members: Vec<MemberProgress> = assignment.members.iter().map(member).collect();
    let mut timed: Vec<Vec<f64>> = vec![Vec::new(); members.len()];
    let area = |name: &String| AreaProgress { area: name.clone(), cases: 0, wanted: 0, done: 0 };
    let mut areas: Vec<AreaProgress> = assignment.areas.iter().map(area).collect();
    let (mut cases, mut finished, mut wanted, mut done) = (0, 0, 0, 0);
    for share in assignment.shares.iter().filter(|share| project.region(share.case).is_some()) {
        let spoken = project.spoken(share.case, assignment.stage);
        let cast = spoken.iter().filter(|one| assignment.members.contains(one)).count();
        let asked = share.members.len();
        (cases, wanted, done) = (cases + 1, wanted + asked, done + cast.min(asked));
        finished += usize::from(cast >= asked);
        for (at, progress) in members.iter_mut().enumerate() {
            let theirs = share.members.iter().any(|one| usize::from(*one) == at);
            let spoke = spoken.contains(&progress.member);
            progress.given += usize::from(theirs);
            progress.done += usize::from(theirs && spoke);
            progress.taken_over += usize::from(!theirs && spoke);
        }
        for vote in project.votes_on(share.case).filter(|vote| vote.stage == assignment.stage) {
            let at = assignment.members.iter().position(|one| one == &vote.member);
            if let (Some(at), Some(seconds)) = (at, vote.seconds.filter(|s| s.is_finite())) {
                timed[at].push(seconds);
            }
        }
        if let Some(area) = share.area.and_then(|at| areas.get_mut(usize::from(at))) {
            area.cases += 1;
            area.wanted += asked;
            area.done += cast.min(asked);
        }
    }
    for (progress, seconds) in members.iter_mut().zip(&mut timed) {
        seconds.sort_by(f64::total_cmp);
        let middle = seconds.get(seconds.len().saturating_sub(1) / 2).zip(seconds.get(seconds.len() / 2));
        progress.seconds = middle.map(|(low, high)| f64::midpoint(*low, *high));
    }
    Board {
        name: assignment.name.clone(),
        stage: assignment.stage,
        chosen: assignment.chosen.clone(),
        cases,
        finished,
        wanted,
        done,
        released: assignment.is_released(now_ms),
        release_ms: assignment.release_ms,
        members,
        areas,
    }
}

/// What cases are, of which a lead knows it. It is in no project: whoever works on one cannot find it there.
pub type Known = BTreeMap<RegionId, ClassCode>;

/// How often a member is right where the answer is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    pub member: Author,
    pub right: usize,
    /// Known cases on which they named a class, or anything else that can be wrong.
    pub said: usize,
}

/// How each member does on known cases, the best first, then by name. For leads only. A vote that is still sealed and an
/// abstention say nothing; of a member's label and votes on a case, the latest vote counts, of the committee's first.
pub fn scores(project: &Project, known: &Known) -> Vec<Score> {
    let mut scores: BTreeMap<&Author, (usize, usize)> = BTreeMap::new();
    for (case, class) in known {
        let labels = project.labels_of(*case).filter(|(_, label)| !label.author.is_model());
        let mut said: BTreeMap<&Author, Opinion<'_>> =
            labels.map(|(_, label)| (&label.author, Opinion::Class(&label.class))).collect();
        let label = project.label_of(*case).map(|(_, label)| &label.class);
        let open: Vec<&Vote> = project.votes_on(*case).filter(|vote| !vote.is_sealed()).collect();
        for vote in latest(&open, Stage::One).into_iter().chain(latest(&open, Stage::Two)) {
            if let Some(opinion) = opinion(vote, label) {
                said.insert(&vote.member, opinion);
            }
        }
        for (member, opinion) in said {
            let score = scores.entry(member).or_default();
            score.0 += usize::from(opinion == Opinion::Class(class));
            score.1 += 1;
        }
    }
    let mut scores: Vec<Score> = scores
        .into_iter()
        .map(|(member, (right, said))| Score { member: member.clone(), right, said })
        .collect();
    scores.sort_by(|a, b| (b.right * a.said).cmp(&(a.right * b.said)).then(a.member.cmp(&b.member)));
    scores
}
