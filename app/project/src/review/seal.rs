//! Sealed votes: while a committee votes, the file has of each vote only that it was cast, and a number that fits what it
//! says and nothing else. What it says stays with its voter until as many have voted as the rule asks for.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::review::{Outline, Stage, Verdict, Vote};
use crate::{ClassCode, EditError, Project, RegionId, Salt, Seal, VoteId};

/// The seal of a vote, and what it was made with once it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    pub seal: Seal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Salt>,
}

/// What a vote says: the part of it that is sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub verdict: Verdict,
    pub class: Option<ClassCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Arc<Outline>>,
}

/// A sealed vote is opened: what it says, and the salt that proves it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    pub vote: VoteId,
    pub salt: Salt,
    pub said: Said,
}

const DOMAIN: &[u8] = b"orthoscope sealed vote 1";

/// SHA-256 over the salt, whose vote on what it is, and what it says, each with its length.
fn seal(vote: &Vote, said: &Said, salt: Salt) -> Seal {
    // Numbers that JSON does not have are refused before a vote is written.
    let said = serde_json::to_vec(said).unwrap_or_default();
    let stage: &[u8] = match vote.stage {
        Stage::One => b"1",
        Stage::Two => b"2",
        Stage::Lead => b"lead",
    };
    let (id, case) = (vote.id.uuid(), vote.case.uuid());
    let mut hash = Sha256::new_with_prefix(DOMAIN);
    for part in [&salt.0[..], id.as_bytes(), case.as_bytes(), vote.member.name().as_bytes(), stage, &said] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    Seal(hash.finalize().into())
}

impl Vote {
    /// True while nobody but its voter knows what it says.
    pub fn is_sealed(&self) -> bool {
        self.seal.as_ref().is_some_and(|sealed| sealed.salt.is_none())
    }

    fn said(&self) -> Said {
        let Self { verdict, class, confidence, note, seconds, shape, .. } = self.clone();
        Said { verdict, class, confidence, note, seconds, shape }
    }

    fn saying(self, said: Said, seal: Sealed) -> Self {
        let Said { verdict, class, confidence, note, seconds, shape } = said;
        Self { verdict, class, confidence, note, seconds, shape, seal: Some(Box::new(seal)), ..self }
    }

    /// The vote as it goes into the file, and what its voter keeps to open it. `salt` must be random.
    pub fn sealed(self, salt: Salt) -> (Self, Opening) {
        let said = self.said();
        let opening = Opening { vote: self.id, salt, said };
        let seal = Sealed { seal: seal(&self, &opening.said, salt), salt: None };
        (self.saying(nothing(), seal), opening)
    }

    /// The vote as it was cast: sealed where it was.
    #[must_use]
    pub fn as_cast(&self) -> Self {
        match &self.seal {
            None => self.clone(),
            Some(sealed) => self.clone().saying(nothing(), Sealed { seal: sealed.seal, salt: None }),
        }
    }

    /// What opened it; `None` for one that was never sealed, or still is.
    pub fn opening(&self) -> Option<Opening> {
        let salt = self.seal.as_ref()?.salt?;
        Some(Opening { vote: self.id, salt, said: self.said() })
    }
}

/// What a sealed vote shows.
fn nothing() -> Said {
    Said {
        verdict: Verdict::Abstain,
        class: None,
        confidence: None,
        note: String::new(),
        seconds: None,
        shape: None,
    }
}

impl Project {
    /// Opens a sealed vote, once as many members have voted as the rule asks for.
    pub fn open_vote(&mut self, opening: &Opening) -> Result<RegionId, EditError> {
        let case = self.votes().get(&opening.vote).map(|vote| vote.case);
        if case.is_some_and(|case| !self.committee_is_full(case)) {
            return Err(EditError::Invalid(
                "The committee is still voting: sealed votes are opened when all have voted".into(),
            ));
        }
        let known = |class: &&ClassCode| self.schema().is_some_and(|schema| schema.class(class).is_some());
        if let Some(class) = opening.said.class.as_ref().filter(|class| !known(class)) {
            return Err(EditError::Invalid(format!("`{class}` is not a class of the project's schema")));
        }
        self.reveal_vote(opening)
    }

    /// Opens a sealed vote whose round was over where it was opened.
    pub(crate) fn reveal_vote(&mut self, opening: &Opening) -> Result<RegionId, EditError> {
        let missing = || EditError::Missing { what: format!("Vote {}", opening.vote) };
        let vote = self.votes().get(&opening.vote).ok_or_else(missing)?;
        let open = || EditError::Exists { what: format!("What the vote by {} says", vote.member) };
        let sealed = *vote.seal.clone().filter(|_| vote.is_sealed()).ok_or_else(open)?;
        if seal(vote, &opening.said, opening.salt) != sealed.seal {
            let member = &vote.member;
            return Err(EditError::Invalid(format!("This is not what {member} sealed")));
        }
        let open = Sealed { seal: sealed.seal, salt: Some(opening.salt) };
        let vote = (**vote).clone().saying(opening.said.clone(), open);
        let case = vote.case;
        self.put_vote(vote.into());
        Ok(case)
    }

    /// Seals a vote again whose opening never reached the disk.
    pub(crate) fn forget_opening(&mut self, id: VoteId) -> Vec<RegionId> {
        let Some(vote) = self.votes().get(&id) else { return Vec::new() };
        let (case, sealed) = (vote.case, vote.as_cast());
        self.put_vote(sealed.into());
        vec![case]
    }
}
