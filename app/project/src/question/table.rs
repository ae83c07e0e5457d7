//! The questions of a project, with what was said of them.

use std::sync::Arc;

use imbl::{HashMap, HashSet, OrdMap, Vector};

use super::{Question, QuestionVote, Run};
use crate::{QuestionId, RunId, VoteId};

/// Every question, vote on one, and run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Questions {
    pub(super) all: OrdMap<QuestionId, Arc<Question>>,
    pub(super) runs: OrdMap<RunId, Arc<Run>>,
    /// In the order of casting.
    pub(crate) votes: Vector<Arc<QuestionVote>>,
    /// The places of each question's votes among these.
    pub(super) votes_of: HashMap<QuestionId, Vec<usize>>,
    ids: HashSet<VoteId>,
}

impl PartialEq for Questions {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all && self.runs == other.runs && self.votes == other.votes
    }
}

impl Questions {
    pub(super) fn has_vote(&self, id: VoteId) -> bool {
        self.ids.contains(&id)
    }

    pub(super) fn cast(&mut self, vote: Arc<QuestionVote>) {
        self.ids.insert(vote.id);
        self.votes_of.entry(vote.question).or_default().push(self.votes.len());
        self.votes.push_back(vote);
    }

    /// Takes out the newest vote.
    pub(super) fn forget(&mut self) -> Option<Arc<QuestionVote>> {
        let vote = self.votes.pop_back()?;
        self.ids.remove(&vote.id);
        if let Some(places) = self.votes_of.get_mut(&vote.question) {
            places.pop();
        }
        Some(vote)
    }

    /// Where the list of each question's votes differs from the votes.
    pub(crate) fn faults(&self) -> impl Iterator<Item = String> + '_ {
        let listed: usize = self.votes_of.values().map(Vec::len).sum();
        let wrong = (listed != self.votes.len())
            .then(|| format!("{listed} votes on questions are listed of {}", self.votes.len()));
        let lost = self.votes.iter().enumerate().filter(|(place, vote)| {
            !self.votes_of.get(&vote.question).is_some_and(|places| places.contains(place))
        });
        wrong
            .into_iter()
            .chain(lost.map(|(_, vote)| format!("Vote {} is not listed under its question", vote.id)))
    }
}
