//! Who may see which vote. Blindness is a question put to the project, not a habit of the window.

use crate::review::outcome::latest;
use crate::review::{Stage, Vote};
use crate::{Author, Project, RegionId};

impl Project {
    /// True when as many members as the rule asks for have voted on a case, so that its votes are open.
    pub fn committee_is_complete(&self, case: RegionId) -> bool {
        let votes: Vec<&Vote> = self.votes_on(case).collect();
        latest(&votes, Stage::Two).len() >= self.settings().rule.committee()
    }

    /// The votes on a case that a member may see, in the order of casting, superseded ones included:
    /// their own, those of stage one, and the committee's once it is complete.
    pub fn votes_visible_to(&self, member: &Author, case: RegionId) -> Vec<&Vote> {
        let open = self.committee_is_complete(case);
        self.votes_on(case).filter(|v| open || v.stage == Stage::One || &v.member == member).collect()
    }
}
