//! Sealed votes in a session: what they say is kept beside the key until their rounds are over.

use project::assignment::Known;
use project::review::{Opening, Stage, Vote};
use project::{Author, EntryBody, Touched, VoteId};

use crate::{Session, StoreError, commit, signer};

impl Session {
    /// Seals committee votes where the rule says so. What they say is on the disk before the votes are.
    pub(crate) fn sealed_where_due(&self, votes: Vec<Vote>) -> Result<Vec<Vote>, StoreError> {
        let due = |vote: &Vote| vote.stage == Stage::Two && vote.seal.is_none();
        if !self.project().settings().rule.sealed || !votes.iter().any(due) {
            return Ok(votes);
        }
        let nowhere = "a sealed vote, because there is no place to keep what it says until the round is over";
        let (signer, _) = self.signer.as_ref().ok_or_else(|| StoreError::Unstorable(nowhere.into()))?;
        let mut openings = signer.openings(&self.project_id)?;
        let mut sealed = Vec::with_capacity(votes.len());
        for vote in votes {
            if !due(&vote) {
                sealed.push(vote);
                continue;
            }
            commit::check_vote(&vote)?;
            // What could not be opened is refused before it is sealed.
            self.project().check_vote(&vote)?;
            let (vote, opening) = vote.sealed(signer::random()?);
            openings.push(opening);
            sealed.push(vote);
        }
        signer.keep_openings(&self.project_id, &openings)?;
        Ok(sealed)
    }

    /// What a sealed vote says that was cast here; `None` for one that was cast elsewhere.
    pub fn said_here(&self, vote: VoteId) -> Option<Opening> {
        let (signer, _) = self.signer.as_ref()?;
        let openings = signer.openings(&self.project_id).ok()?;
        openings.into_iter().find(|opening| opening.vote == vote)
    }

    /// Opens the sealed votes that were cast here and whose rounds are over.
    pub fn open_due(&mut self, at_ms: i64) -> Result<Touched, StoreError> {
        let Some((signer, _)) = self.signer.clone() else { return Ok(Touched::default()) };
        if self.read_only().is_some() || !self.project().votes().values().any(|vote| vote.is_sealed()) {
            return Ok(Touched::default());
        }
        let due: Vec<(Author, Opening)> = signer
            .openings(&self.project_id)?
            .into_iter()
            .filter_map(|opening| {
                let vote = self.project().votes().get(&opening.vote)?;
                let over = vote.is_sealed() && self.project().committee_is_full(vote.case);
                over.then(|| (vote.member.clone(), opening))
            })
            .collect();
        if due.is_empty() {
            return Ok(Touched::default());
        }
        // What was kept stays until it is known to be in the file: see `forget_opened`.
        self.append_all(at_ms, due.into_iter().map(|(member, one)| (member, EntryBody::Opening(one))))
    }

    /// The cases of this project whose answer its lead knows: kept on this computer beside the key, and in no project, so
    /// that nobody who works on one can find it there.
    pub fn known(&self) -> Result<Known, StoreError> {
        let Some((signer, _)) = &self.signer else { return Ok(Known::new()) };
        signer.known(&self.project_id)
    }

    /// Keeps known answers on this computer, in place of those that were kept.
    pub fn keep_known(&self, known: &Known) -> Result<(), StoreError> {
        let nowhere = "known answers, because there is no place for settings on this computer";
        let (signer, _) = self.signer.as_ref().ok_or_else(|| StoreError::Unstorable(nowhere.into()))?;
        signer.keep_known(&self.project_id, known)
    }

    /// Lets go of what opened votes say: the file has it.
    pub(crate) fn forget_opened(&self) -> Result<(), StoreError> {
        let Some((signer, _)) = &self.signer else { return Ok(()) };
        let openings = signer.openings(&self.project_id)?;
        let sealed =
            |one: &Opening| self.project().votes().get(&one.vote).is_none_or(|vote| vote.is_sealed());
        let (kept, done): (Vec<_>, Vec<_>) = openings.into_iter().partition(sealed);
        if done.is_empty() { Ok(()) } else { signer.keep_openings(&self.project_id, &kept) }
    }
}
