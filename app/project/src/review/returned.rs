//! What is back with whoever labelled it, and what was said against it.

use crate::review::outcome::{Stance, latest, stance};
use crate::review::{ReviewState, Stage, Verdict, Vote};
use crate::{Author, Project, RegionId, VoteId};

/// A case that is back with whoever labelled it.
#[derive(Clone, Debug, PartialEq)]
pub struct Returned<'a> {
    /// Who sent it back: a reviewer who rejects it, or a committee without a quorum.
    pub by: Stage,
    /// Why: the reviews against the label, then the committee's votes.
    pub votes: Vec<&'a Vote>,
}

impl Project {
    /// The case as it came back to a member: the label that counts is theirs, and a reviewer rejects it as it
    /// says now, or its committee is complete and nothing reached the quorum. `None` otherwise.
    ///
    /// It stays back until its label says something else or answers the votes
    /// ([`Label::replies_to`](crate::Label::replies_to)). A reviewer who sees another class does not send a
    /// case back: that is for the committee.
    pub fn returned_to(&self, member: &Author, case: RegionId) -> Option<Returned<'_>> {
        // Most cases have no votes: nothing is gathered for them.
        self.votes_on(case).next()?;
        self.label_of(case).filter(|(_, label)| &label.author == member)?;
        let (labels, rounds) = self.rounds(case);
        let rule = &self.settings().rule;
        let against = |vote: &&&Vote| stance(vote, &labels, rule) == Stance::Against;
        let mut votes: Vec<&Vote> = rounds.reviews.iter().filter(against).copied().collect();
        let by = match self.outcome(case).state {
            ReviewState::Returned => Stage::Two,
            ReviewState::Disputed if votes.iter().any(|vote| vote.verdict == Verdict::Reject) => Stage::One,
            _ => return None,
        };
        votes.extend(latest(&rounds.committee, Stage::Two));
        Some(Returned { by, votes })
    }

    /// The votes that a label by a member answers when it is sent back to review: all that they can see.
    pub fn answerable(&self, member: &Author, case: RegionId) -> Vec<VoteId> {
        self.votes_visible_to(member, case).into_iter().map(|vote| vote.id).collect()
    }

    /// Every case that is back with a member, in the order of identities.
    pub fn all_returned_to(&self, member: &Author) -> Vec<RegionId> {
        self.cases_with_votes().filter(|case| self.returned_to(member, *case).is_some()).collect()
    }
}
