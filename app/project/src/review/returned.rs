//! What is back with whoever labelled it, and what was said against it.

use std::sync::Arc;

use crate::review::outcome::{Stance, latest, stance};
use crate::review::{ReturnsTo, ReviewState, Stage, Verdict, Vote};
use crate::{Author, Change, ClassCode, Edit, IdSource, Label, Project, RegionId, Role, VoteId};

/// A case that is back with whoever labelled it.
#[derive(Clone, Debug, PartialEq)]
pub struct Returned<'a> {
    /// Who sent it back: a reviewer who rejects it, or a committee without a quorum.
    pub by: Stage,
    /// Why: the reviews against the label, then the committee's votes.
    pub votes: Vec<&'a Vote>,
}

/// The label of a member on a case that came back to them, with a class, in answer to every vote that they can see: it goes
/// to review again. `None` when the case is not back with them.
///
/// Whether they have read what was said is [`Project::may_send_back`]'s to say.
pub fn reply_edit(
    project: &Project,
    ids: &mut IdSource,
    case: RegionId,
    class: &ClassCode,
    member: &Author,
    at_ms: i64,
    seconds: Option<f64>,
) -> Option<Edit> {
    project.returned_to(member, case)?;
    let held = project.label_by(case, member);
    // Somebody senior has none of their own yet: theirs begins with what came back.
    let (_, begun) = held.or_else(|| project.label_of(case))?;
    let mut replies_to = begun.replies_to.clone();
    replies_to.extend(project.answerable(member, case));
    replies_to.sort_unstable();
    replies_to.dedup();
    let after = Label {
        class: class.clone(),
        author: member.clone(),
        seconds,
        at_ms: Some(at_ms),
        replies_to,
        schema_version: project.schema_version(),
        ..(**begun).clone()
    };
    let Some((id, before)) = held else {
        let after = Label { confidence: None, note: String::new(), ..after };
        return Some(Edit::Label(Change::create(ids.label(), after)));
    };
    Some(Edit::Label(Change::replace(id, Arc::clone(before), after)))
}

impl Project {
    /// The case as it came back to a member: a reviewer rejects it as its label says now or sees another outline, or its
    /// committee is complete and nothing reached the quorum. `None` otherwise.
    ///
    /// It goes back to whoever labelled it; where the rule says so ([`Rule::returns_to`](crate::review::Rule)), or they
    /// are no member any more, to everybody with a greater part in the project than theirs, if there is anybody.
    ///
    /// It stays back until its label says something else or answers the votes
    /// ([`Label::replies_to`](crate::Label::replies_to)). A reviewer who sees another class does not send a
    /// case back: that is for the committee.
    pub fn returned_to(&self, member: &Author, case: RegionId) -> Option<Returned<'_>> {
        // Most cases have no votes: nothing is gathered for them.
        self.votes_on(case).next()?;
        self.label_of(case).filter(|(_, label)| self.gets_back(member, &label.author))?;
        let (labels, rounds) = self.rounds(case);
        let rule = &self.settings().rule;
        let off = self.off_outlines(case);
        let is_off = |vote: &Vote| off.iter().any(|other| other.id == vote.id);
        let against = |vote: &&&Vote| stance(vote, &labels, rule) == Stance::Against || is_off(vote);
        let mut votes: Vec<&Vote> = rounds.reviews.iter().filter(against).copied().collect();
        let back = |vote: &&Vote| vote.verdict == Verdict::Reject || is_off(vote);
        let by = match self.outcome(case).state {
            ReviewState::Returned => Stage::Two,
            ReviewState::Disputed if votes.iter().any(back) => Stage::One,
            _ => return None,
        };
        votes.extend(latest(&rounds.committee, Stage::Two));
        Some(Returned { by, votes })
    }

    /// True when what comes back from a label by `author` comes back to `member`.
    fn gets_back(&self, member: &Author, author: &Author) -> bool {
        let gone = self.is_removed(author);
        if self.settings().rule.returns_to == ReturnsTo::Author && !gone {
            return member == author;
        }
        let least = self.role_of(author);
        let above = |role: Role| role > least;
        let anybody =
            self.members().values().any(|one| !one.removed && &one.name != author && above(one.role));
        if anybody {
            return member != author && !self.is_removed(member) && above(self.role_of(member));
        }
        // Nobody is above them: it is theirs, and where they are gone whoever runs the review has it.
        if gone { self.may_manage(member) } else { member == author }
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
