//! Who works on which cases: lists of work that a lead hands out, each case to so many members, who do not see each
//! other's votes.
//!
//! While an assignment holds a case at a stage, it is locked: nobody else is offered it or may vote on it there. From
//! [`Assignment::release_ms`] on, what is not done is free for the other members of the assignment. Whether a case is
//! done follows from the votes and is stored nowhere.

mod board;
mod choose;
mod deal;

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{HashMap, OrdMap};
use serde::{Deserialize, Serialize};

use crate::project::matches_current;
use crate::review::Stage;
use crate::{AssignmentId, Author, Change, EditError, Project, RegionId};

pub use board::{AreaProgress, Board, Known, MemberProgress, Score, board, scores};
pub use choose::{Choice, choose, uncertainty};
pub use deal::{Deal, Plan, deal};

/// Cases that one assignment holds at most.
pub const MOST_SHARES: usize = 1_000_000;
/// Members that one assignment has at most.
pub const MOST_MEMBERS: usize = 10_000;
const LONGEST_NAME: usize = 200;

/// One case of an assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub case: RegionId,
    /// Whose it is: places among [`Assignment::members`].
    pub members: Vec<u16>,
    /// The area that it lies in: a place among [`Assignment::areas`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<u16>,
}

/// A list of work, handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub name: String,
    /// The stage that its cases are voted on at.
    pub stage: Stage,
    /// How the cases were chosen, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub chosen: String,
    pub members: Vec<Author>,
    /// Names of areas, where the work was dealt out by area.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<String>,
    pub shares: Vec<Share>,
    /// Unix milliseconds from which on what is not done is free for the other members; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_ms: Option<i64>,
}

impl Assignment {
    /// Why it cannot be kept; `None` when it can.
    pub fn fault(&self) -> Option<String> {
        if self.name.trim().is_empty() || self.name.chars().count() > LONGEST_NAME {
            return Some(format!("An assignment has a name of at most {LONGEST_NAME} characters"));
        }
        if self.stage == Stage::Lead {
            return Some(
                "What the committee is divided on waits for every lead and is not handed out".into(),
            );
        }
        if self.members.is_empty() || self.members.len() > MOST_MEMBERS {
            return Some("An assignment has members".into());
        }
        if let Some(name) = self.members.iter().find(|one| one.name().is_empty() || one.is_model()) {
            return Some(format!("`{name}` is no member"));
        }
        if self.members.iter().collect::<BTreeSet<_>>().len() < self.members.len() {
            return Some("An assignment names each member once".into());
        }
        if self.shares.len() > MOST_SHARES {
            return Some(format!("An assignment has at most {MOST_SHARES} cases"));
        }
        let known = |share: &Share| {
            let distinct: BTreeSet<u16> = share.members.iter().copied().collect();
            let there = share.members.iter().all(|at| usize::from(*at) < self.members.len());
            let area = share.area.is_none_or(|at| usize::from(at) < self.areas.len());
            !share.members.is_empty() && distinct.len() == share.members.len() && there && area
        };
        if !self.shares.iter().all(known) {
            return Some("A case of an assignment is nobody's, somebody's twice, or nowhere".into());
        }
        let cases: BTreeSet<RegionId> = self.shares.iter().map(|share| share.case).collect();
        (cases.len() < self.shares.len()).then(|| "An assignment has each case once".into())
    }

    /// Whose a case of it is.
    pub fn members_of<'a>(&'a self, share: &'a Share) -> impl Iterator<Item = &'a Author> {
        share.members.iter().filter_map(|at| self.members.get(usize::from(*at)))
    }

    /// True from the time on at which what is not done is free for others.
    pub fn is_released(&self, now_ms: i64) -> bool {
        self.release_ms.is_some_and(|at| at <= now_ms)
    }
}

/// Every assignment, and which of them hold a case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assignments {
    all: OrdMap<AssignmentId, Arc<Assignment>>,
    /// By case: the assignment, and the place among its shares.
    of: HashMap<RegionId, Vec<(AssignmentId, u32)>>,
}

impl PartialEq for Assignments {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Assignments {
    pub(crate) fn put(&mut self, id: AssignmentId, assignment: Option<Arc<Assignment>>) {
        if let Some(old) = self.all.remove(&id) {
            for share in &old.shares {
                if let Some(held) = self.of.get_mut(&share.case) {
                    held.retain(|(other, _)| *other != id);
                }
                if self.of.get(&share.case).is_some_and(Vec::is_empty) {
                    self.of.remove(&share.case);
                }
            }
        }
        if let Some(assignment) = assignment {
            for (share, at) in assignment.shares.iter().zip(0..) {
                let held = self.of.entry(share.case).or_default();
                held.push((id, at));
                // The same however they came.
                held.sort_unstable();
            }
            self.all.insert(id, assignment);
        }
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (id, assignment) in &self.all {
            found.extend(assignment.fault().map(|fault| format!("Assignment {id}: {fault}")));
        }
        let listed: usize = self.of.values().map(Vec::len).sum();
        let shares: usize = self.all.values().map(|one| one.shares.len()).sum();
        if listed != shares {
            found.push(format!("{listed} cases of assignments are listed of {shares}"));
        }
        found
    }
}

impl Project {
    /// Every assignment, in the order in which they were made.
    pub fn assignments(&self) -> &OrdMap<AssignmentId, Arc<Assignment>> {
        &self.assignments.all
    }

    /// The assignments that hold a case at a stage, each with the case's place in it.
    pub fn assignments_on(
        &self,
        case: RegionId,
        stage: Stage,
    ) -> impl Iterator<Item = (AssignmentId, &Arc<Assignment>, &Share)> {
        let held = self.assignments.of.get(&case).into_iter().flatten();
        held.filter_map(move |(id, at)| {
            let assignment = self.assignments.all.get(id).filter(|one| one.stage == stage)?;
            Some((*id, assignment, assignment.shares.get(*at as usize)?))
        })
    }

    /// Whose a case is at a stage, where it is locked for a member at a time; `None` where it is not.
    pub fn locked_for(
        &self,
        member: &Author,
        case: RegionId,
        stage: Stage,
        now_ms: i64,
    ) -> Option<Locked<'_>> {
        let mut locked: Option<Locked<'_>> = None;
        for (_, assignment, share) in self.assignments_on(case, stage) {
            let theirs = assignment.members_of(share).any(|one| one == member);
            if theirs || assignment.is_released(now_ms) && assignment.members.contains(member) {
                return None;
            }
            // After its time it holds nobody off.
            if !assignment.is_released(now_ms) {
                let members = assignment.members_of(share).collect();
                locked = Some(Locked { members, until_ms: assignment.release_ms });
            }
        }
        locked
    }

    /// The cases that were handed to a member at a stage and that they have not spoken on, in the order of the lists;
    /// then what others of the same lists left undone until it was released.
    pub fn work_of(&self, member: &Author, stage: Stage, now_ms: i64) -> Vec<RegionId> {
        let (mut own, mut free) = (Vec::new(), Vec::new());
        if !self.may_sit(member, stage) {
            return own;
        }
        let mut seen = BTreeSet::new();
        for assignment in self.assignments().values().filter(|one| one.stage == stage) {
            let Some(at) = assignment.members.iter().position(|one| one == member) else { continue };
            let released = assignment.is_released(now_ms);
            for share in &assignment.shares {
                let theirs = share.members.iter().any(|one| usize::from(*one) == at);
                if !(theirs || released) || self.region(share.case).is_none() {
                    continue;
                }
                let open = || theirs || self.spoken(share.case, stage).len() < share.members.len();
                let waits = || crate::review::may_vote(self, member, share.case, stage);
                if !self.has_spoken(member, share.case, stage) && open() && waits() && seen.insert(share.case)
                {
                    if theirs { own.push(share.case) } else { free.push(share.case) }
                }
            }
        }
        own.extend(free);
        own
    }

    /// True when a member has cast a vote at a stage that stands: of stage one, on what the label says now.
    pub(crate) fn has_spoken(&self, member: &Author, case: RegionId, stage: Stage) -> bool {
        let any = self.votes_on(case).any(|vote| vote.stage == stage && &vote.member == member);
        any && (stage != Stage::One || !crate::review::may_vote(self, member, case, stage))
    }

    /// Everybody who has cast a vote that stands at a stage.
    pub(crate) fn spoken(&self, case: RegionId, stage: Stage) -> BTreeSet<&Author> {
        let members: BTreeSet<&Author> =
            self.votes_on(case).filter(|vote| vote.stage == stage).map(|vote| &vote.member).collect();
        members.into_iter().filter(|member| self.has_spoken(member, case, stage)).collect()
    }

    pub(crate) fn apply_assignment(
        &mut self,
        change: &Change<AssignmentId, Arc<Assignment>>,
    ) -> Result<(), EditError> {
        let current = self.assignments.all.get(&change.id);
        matches_current("The assignment", current.map(Arc::as_ref), change)?;
        if let Some(fault) = change.after.as_ref().and_then(|assignment| assignment.fault()) {
            return Err(EditError::Invalid(fault));
        }
        self.assignments.put(change.id, change.after.clone());
        Ok(())
    }
}

/// A case that is locked for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked<'a> {
    /// Whose it is.
    pub members: Vec<&'a Author>,
    /// When it is released, in Unix milliseconds; none: never.
    pub until_ms: Option<i64>,
}
