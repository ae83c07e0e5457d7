//! The questions of a project, with what was said of them.

use std::sync::Arc;

use imbl::{HashMap, HashSet, OrdMap, Vector};

use super::{Question, QuestionVote, Run};
use crate::{EditError, QuestionId, RunId, VoteId};

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
    pub(crate) fn has_vote(&self, id: VoteId) -> bool {
        self.ids.contains(&id)
    }

    pub(super) fn cast(&mut self, vote: Arc<QuestionVote>) {
        self.ids.insert(vote.id);
        self.votes_of.entry(vote.question).or_default().push(self.votes.len());
        self.votes.push_back(vote);
    }

    pub(crate) fn put(&mut self, id: QuestionId, question: Option<Arc<Question>>) {
        match question {
            Some(question) => self.all.insert(id, question),
            None => self.all.remove(&id),
        };
    }

    pub(crate) fn put_run(&mut self, id: RunId, run: Option<Arc<Run>>) {
        match run {
            Some(run) => self.runs.insert(id, run),
            None => self.runs.remove(&id),
        };
    }

    /// The votes that another lacks, which has no other ones, each with its place among all.
    pub(crate) fn votes_beyond(&self, other: &Self) -> impl Iterator<Item = (u64, Arc<QuestionVote>)> {
        let new = self.votes.iter().enumerate().filter(|(_, vote)| !other.has_vote(vote.id));
        new.map(|(place, vote)| (place as u64, Arc::clone(vote)))
    }

    /// Puts votes where they belong among all, the foremost first.
    pub(crate) fn insert(&mut self, votes: Vec<(u64, Arc<QuestionVote>)>) -> Result<(), EditError> {
        if votes.is_empty() {
            return Ok(());
        }
        for (place, vote) in votes {
            if place > self.votes.len() as u64 {
                return Err(EditError::Invalid("A vote has a place beyond the last".into()));
            }
            self.votes.insert(place as usize, vote);
        }
        let all = std::mem::take(&mut self.votes);
        (self.votes_of, self.ids) = (HashMap::new(), HashSet::new());
        all.into_iter().for_each(|vote| self.cast(vote));
        Ok(())
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
