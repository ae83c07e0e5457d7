//! Who may see which vote. Blindness is a question put to the project, not a habit of the window.

use std::collections::BTreeSet;

use crate::review::outcome::latest;
use crate::review::{Stage, Vote};
use crate::{Author, Project, RegionId};

impl Project {
    /// The latest vote of each member of the present committee on a case; a committee whose votes were
    /// answered is closed, and the next vote begins another.
    pub fn committee(&self, case: RegionId) -> Vec<&Vote> {
        latest(&self.rounds(case).1.committee, Stage::Two)
    }

    /// True when as many members as the rule asks for have voted on a case, so that its votes are open.
    pub fn committee_is_complete(&self, case: RegionId) -> bool {
        self.committee(case).len() >= self.settings().rule.committee()
    }

    /// True when as many members as the rule asks for have voted on a case, open or sealed: sealed votes are opened
    /// then.
    pub fn committee_is_full(&self, case: RegionId) -> bool {
        let (_, rounds) = self.rounds(case);
        let votes = rounds.committee.iter().chain(&rounds.sealed);
        let members: BTreeSet<&Author> = votes.map(|vote| &vote.member).collect();
        members.len() >= self.settings().rule.committee()
    }

    /// The members of the present committee on a case who have voted, whether their votes are open or sealed.
    pub fn committee_members(&self, case: RegionId) -> Vec<&Author> {
        let (_, rounds) = self.rounds(case);
        let members: BTreeSet<&Author> =
            rounds.committee.iter().chain(&rounds.sealed).map(|vote| &vote.member).collect();
        members.into_iter().collect()
    }

    /// True when a member may see a vote.
    pub fn vote_is_visible_to(&self, member: &Author, vote: &Vote) -> bool {
        self.votes_visible_to(member, vote.case).iter().any(|visible| visible.id == vote.id)
    }

    /// The votes on a case that a member may see, in the order of casting, superseded ones included:
    /// their own, those of stage one and of leads, and a committee's once it is complete.
    pub fn votes_visible_to(&self, member: &Author, case: RegionId) -> Vec<&Vote> {
        let (_, rounds) = self.rounds(case);
        let open = latest(&rounds.committee, Stage::Two).len() >= self.settings().rule.committee();
        let closed = |vote: &Vote| rounds.closed.iter().any(|other| other.id == vote.id);
        self.votes_on(case)
            .filter(|v| open || v.stage != Stage::Two || &v.member == member || closed(v))
            .collect()
    }
}
