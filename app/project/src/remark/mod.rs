//! What members say to each other about an object or a place, and what they have read: facts, of which nothing is ever
//! changed or dropped.
//!
//! A thread begins with a remark on a region or a place; replies and whether it is resolved name it. Their order is that
//! of their identities, so that it is the same in every copy. What a committee member says about a case while the
//! committee votes is seen by nobody else until it is complete, as their vote is.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{HashSet, OrdMap, OrdSet};
use serde::{Deserialize, Serialize};

use crate::review::{ReviewState, Vote};
use crate::{Author, EditError, Project, RegionId, RemarkId, VoteId};

/// Characters that one remark has at most.
pub const LONGEST_REMARK: usize = 10_000;
/// Votes and remarks that one entry says are read, at most.
const MOST_READ: usize = 100_000;

/// What a thread is pinned to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pin {
    Region(RegionId),
    /// x and y in the project's CRS.
    Place([f64; 2]),
}

/// What is said, or done with what was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemarkKind {
    /// A thread begins; its identity is the remark's.
    Open {
        on: Pin,
        text: String,
    },
    Reply {
        thread: RemarkId,
        text: String,
    },
    /// A thread is resolved, or opened again.
    Resolve {
        thread: RemarkId,
        resolved: bool,
    },
    /// What came back with a case, and what was said to the member, is read.
    Read {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        votes: Vec<VoteId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remarks: Vec<RemarkId>,
    },
}

/// One thing that one member says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    pub id: RemarkId,
    pub member: Author,
    /// Unix milliseconds, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
    pub kind: RemarkKind,
    /// Said while a committee votes: seen by others when it is complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blind: bool,
}

impl Remark {
    /// What it says; none where it only resolves or reads.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            RemarkKind::Open { text, .. } | RemarkKind::Reply { text, .. } => Some(text),
            RemarkKind::Resolve { .. } | RemarkKind::Read { .. } => None,
        }
    }

    /// The thread that it belongs to.
    pub fn thread(&self) -> Option<RemarkId> {
        match &self.kind {
            RemarkKind::Open { .. } => Some(self.id),
            RemarkKind::Reply { thread, .. } | RemarkKind::Resolve { thread, .. } => Some(*thread),
            RemarkKind::Read { .. } => None,
        }
    }

    /// True when it names a member: `@Ana`, in any case, the name not going on behind it.
    pub fn mentions(&self, member: &Author) -> bool {
        let Some(text) = self.text() else { return false };
        let (text, name) = (text.to_lowercase(), format!("@{}", member.name().to_lowercase()));
        name.len() > 1
            && text.match_indices(&name).any(|(at, _)| {
                let next = text[at + name.len()..].chars().next();
                next.is_none_or(|next| !next.is_alphanumeric())
            })
    }
}

/// Every remark, and what hangs together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remarks {
    all: OrdMap<RemarkId, Arc<Remark>>,
    /// Thread and what belongs to it, itself first.
    of_thread: OrdSet<(RemarkId, RemarkId)>,
    of_region: OrdSet<(RegionId, RemarkId)>,
    read: HashSet<(Author, VoteId)>,
    heard: HashSet<(Author, RemarkId)>,
}

impl PartialEq for Remarks {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Remarks {
    /// Adds one; the same twice is there once.
    pub(crate) fn put(&mut self, remark: Arc<Remark>) {
        if let Some(thread) = remark.thread() {
            self.of_thread.insert((thread, remark.id));
        }
        match &remark.kind {
            RemarkKind::Open { on: Pin::Region(region), .. } => {
                self.of_region.insert((*region, remark.id));
            }
            RemarkKind::Read { votes, remarks } => {
                self.read.extend(votes.iter().map(|vote| (remark.member.clone(), *vote)));
                self.heard.extend(remarks.iter().map(|one| (remark.member.clone(), *one)));
            }
            _ => {}
        }
        self.all.insert(remark.id, remark);
    }

    /// Those that another has and this one has not.
    pub(crate) fn beyond(&self, from: &Self) -> Vec<Arc<Remark>> {
        self.all.values().filter(|remark| !from.all.contains_key(&remark.id)).cloned().collect()
    }

    /// Takes out one that never reached the disk.
    fn forget(&mut self, id: RemarkId) {
        self.all.remove(&id);
        // It happens once in a disk's life: everything that is derived is made anew.
        let all = std::mem::take(&mut self.all);
        *self = Self::default();
        all.into_iter().for_each(|(_, remark)| self.put(remark));
    }
}

/// A thread as a member sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Thread<'a> {
    pub id: RemarkId,
    pub on: Pin,
    /// What was said, the first first.
    pub remarks: Vec<&'a Arc<Remark>>,
    pub resolved: bool,
}

impl Project {
    /// Every remark, in the order of identities.
    pub fn remarks(&self) -> &OrdMap<RemarkId, Arc<Remark>> {
        &self.remarks.all
    }

    /// The threads about a region that a member may see, the oldest first.
    pub fn threads_on(&self, region: RegionId, member: &Author) -> Vec<Thread<'_>> {
        let (first, last) = (RemarkId::from_uuid(uuid::Uuid::nil()), RemarkId::from_uuid(uuid::Uuid::max()));
        let ids = self.remarks.of_region.range((region, first)..=(region, last));
        ids.filter_map(|(_, id)| self.thread(*id, member)).collect()
    }

    /// Every thread that a member may see, the oldest first.
    pub fn threads(&self, member: &Author) -> Vec<Thread<'_>> {
        let opening = |remark: &&Arc<Remark>| matches!(remark.kind, RemarkKind::Open { .. });
        let openings = self.remarks.all.values().filter(opening);
        openings.filter_map(|remark| self.thread(remark.id, member)).collect()
    }

    /// One thread as a member sees it; `None` where there is none, or its beginning is not theirs to see yet.
    pub fn thread(&self, id: RemarkId, member: &Author) -> Option<Thread<'_>> {
        let first = self.remarks.all.get(&id)?;
        let RemarkKind::Open { on, .. } = &first.kind else { return None };
        let open = |remark: &Remark| match on {
            _ if !remark.blind || &remark.member == member => true,
            Pin::Region(case) => self.committee_is_complete(*case) || !self.is_voting(*case),
            Pin::Place(_) => true,
        };
        if !open(first) {
            return None;
        }
        let (nil, max) = (RemarkId::from_uuid(uuid::Uuid::nil()), RemarkId::from_uuid(uuid::Uuid::max()));
        let of = self.remarks.of_thread.range((id, nil)..=(id, max));
        let mut resolved = false;
        let mut remarks = Vec::new();
        for remark in of.filter_map(|(_, id)| self.remarks.all.get(id)).filter(|remark| open(remark)) {
            match &remark.kind {
                RemarkKind::Resolve { resolved: now, .. } => resolved = *now,
                _ => remarks.push(remark),
            }
        }
        Some(Thread { id, on: *on, remarks, resolved })
    }

    /// True while a committee votes on a case, or is about to.
    fn is_voting(&self, case: RegionId) -> bool {
        matches!(self.outcome(case).state, ReviewState::Disputed | ReviewState::StageTwo)
    }

    /// True for what is said about a case from now on: others see it when its committee is complete.
    pub fn is_blind(&self, on: &Pin) -> bool {
        matches!(on, Pin::Region(case) if self.outcome(*case).state == ReviewState::StageTwo)
    }

    /// Remarks that name a member and that they have not read, in threads that are not resolved.
    pub fn unheard(&self, member: &Author) -> Vec<&Arc<Remark>> {
        let names = |remark: &&Arc<Remark>| remark.mentions(member) && &remark.member != member;
        let named: BTreeSet<RemarkId> =
            self.remarks.all.values().filter(names).map(|remark| remark.id).collect();
        let threads: BTreeSet<RemarkId> =
            named.iter().filter_map(|id| self.remarks.all.get(id)?.thread()).collect();
        let open =
            threads.into_iter().filter_map(|id| self.thread(id, member)).filter(|thread| !thread.resolved);
        let heard = |id: RemarkId| self.remarks.heard.contains(&(member.clone(), id));
        open.flat_map(|thread| thread.remarks)
            .filter(|remark| named.contains(&remark.id) && !heard(remark.id))
            .collect()
    }

    /// The votes with which a case came back to a member and that they have not read.
    pub fn unread(&self, member: &Author, case: RegionId) -> Vec<VoteId> {
        let returned = self.returned_to(member, case);
        let votes = returned.into_iter().flat_map(|returned| returned.votes);
        votes.map(|vote| vote.id).filter(|id| !self.remarks.read.contains(&(member.clone(), *id))).collect()
    }

    /// True when a member has said that they read a vote.
    pub fn has_read(&self, member: &Author, vote: VoteId) -> bool {
        self.remarks.read.contains(&(member.clone(), vote))
    }

    /// Refuses to send a case back to review by somebody who has not read why it came back.
    pub fn may_send_back(&self, member: &Author, case: RegionId) -> Result<(), EditError> {
        let Some(returned) = self.returned_to(member, case) else {
            return Err(EditError::Invalid(format!("This case is not back with {member}")));
        };
        let unread = |vote: &&&Vote| !self.has_read(member, vote.id);
        let names: BTreeSet<&str> =
            returned.votes.iter().filter(unread).map(|vote| vote.member.name()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        Err(EditError::Invalid(format!("What {names} said against it has not been read yet")))
    }

    /// Adds what a member says: a fact, as votes are.
    pub fn record_remark(&mut self, remark: Arc<Remark>) -> Result<Vec<RegionId>, EditError> {
        if self.remarks.all.contains_key(&remark.id) {
            return Err(EditError::Exists { what: format!("Remark {}", remark.id) });
        }
        if let Some(fault) = fault(&remark) {
            return Err(EditError::Invalid(fault.into()));
        }
        let missing = |what: String| Err(EditError::Missing { what });
        let about = match &remark.kind {
            RemarkKind::Open { on: Pin::Region(region), .. } => {
                if self.region(*region).is_none() {
                    return missing(format!("Region {region}"));
                }
                vec![*region]
            }
            RemarkKind::Reply { thread, .. } | RemarkKind::Resolve { thread, .. } => {
                match self.remarks.all.get(thread).map(|first| &first.kind) {
                    Some(RemarkKind::Open { on: Pin::Region(region), .. }) => vec![*region],
                    Some(RemarkKind::Open { .. }) => Vec::new(),
                    _ => return missing(format!("Thread {thread}")),
                }
            }
            RemarkKind::Read { votes, remarks } => {
                if let Some(vote) = votes.iter().find(|id| !self.votes().contains_key(*id)) {
                    return missing(format!("Vote {vote}"));
                }
                if let Some(one) = remarks.iter().find(|id| !self.remarks.all.contains_key(*id)) {
                    return missing(format!("Remark {one}"));
                }
                Vec::new()
            }
            RemarkKind::Open { .. } => Vec::new(),
        };
        self.remarks.put(remark);
        Ok(about)
    }

    /// Adds one that was said in another copy, whatever became of what it is about.
    pub(crate) fn keep_remark(&mut self, remark: Arc<Remark>) {
        self.remarks.put(remark);
    }

    pub(crate) fn forget_remark(&mut self, id: RemarkId) {
        self.remarks.forget(id);
    }
}

/// Why nobody could say so; `None` when somebody could.
fn fault(remark: &Remark) -> Option<&'static str> {
    if remark.member.name().is_empty() || remark.member.is_model() {
        return Some("A remark is by a named member");
    }
    if let Some(text) = remark.text() {
        if text.trim().is_empty() {
            return Some("A remark has words");
        }
        if text.chars().count() > LONGEST_REMARK {
            return Some("A remark has at most 10,000 characters");
        }
    }
    match &remark.kind {
        RemarkKind::Open { on: Pin::Place(place), .. } if !place.iter().all(|n| n.is_finite()) => {
            Some("A place has coordinates that are numbers")
        }
        RemarkKind::Read { votes, remarks } if votes.len() + remarks.len() > MOST_READ => {
            Some("That is more than anybody reads at once")
        }
        RemarkKind::Read { votes, remarks } if votes.is_empty() && remarks.is_empty() => {
            Some("There is nothing that was read")
        }
        _ => None,
    }
}

/// What is wrong with the remarks of a project: each hangs on a thread that there is.
pub(crate) fn violations(project: &Project) -> Vec<String> {
    let mut found = Vec::new();
    for (id, remark) in project.remarks() {
        if let Some(fault) = fault(remark) {
            found.push(format!("Remark {id}: {fault}"));
        }
        let thread = remark.thread().and_then(|thread| project.remarks().get(&thread));
        if remark.thread().is_some()
            && !thread.is_some_and(|first| matches!(first.kind, RemarkKind::Open { .. }))
        {
            found.push(format!("Remark {id} is in a thread that does not exist"));
        }
    }
    found
}

/// What an unread case came back with, for whoever says that they have read it; `None` when nothing is unread.
pub fn reading(
    project: &Project,
    id: RemarkId,
    member: &Author,
    case: RegionId,
    at_ms: i64,
) -> Option<Remark> {
    let votes = project.unread(member, case);
    let threads = project.threads_on(case, member);
    let said = threads.iter().flat_map(|thread| &thread.remarks).filter(|remark| remark.mentions(member));
    let remarks = said
        .filter(|remark| !project.remarks.heard.contains(&(member.clone(), remark.id)))
        .map(|remark| remark.id)
        .collect::<Vec<_>>();
    if votes.is_empty() && remarks.is_empty() {
        return None;
    }
    let kind = RemarkKind::Read { votes, remarks };
    Some(Remark { id, member: member.clone(), at_ms: Some(at_ms), kind, blind: false })
}
