//! What sealed votes say, between their voters and the server.

use project::review::Opening;
use project::{Salt, VoteId};
use uuid::Uuid;

use crate::send::thirty_two;
use crate::{Connection, ServerError};

/// Openings that go at once.
const AT_ONCE: usize = 1_000;

/// Openings as the server takes them.
pub(crate) struct Openings<'a> {
    pub(crate) votes: Vec<Uuid>,
    pub(crate) salts: Vec<&'a [u8]>,
    pub(crate) texts: Vec<String>,
}

impl<'a> Openings<'a> {
    pub(crate) fn of(openings: &'a [Opening]) -> Result<Self, ServerError> {
        let texts: Result<Vec<String>, _> =
            openings.iter().map(|one| serde_json::to_string(&one.said)).collect();
        Ok(Self {
            votes: openings.iter().map(|one| one.vote.uuid()).collect(),
            salts: openings.iter().map(|one| one.salt.0.as_slice()).collect(),
            texts: texts.map_err(|e| ServerError::Nonsense(e.to_string()))?,
        })
    }
}

impl Connection {
    /// Gives the server what sealed votes say, to be kept until their rounds are over. What it has, or is of votes that it
    /// does not have, is left alone. Returns how many it took.
    pub(crate) fn deposit(&mut self, openings: &[Opening]) -> Result<u64, ServerError> {
        let mut kept = 0;
        for some in openings.chunks(AT_ONCE) {
            let Openings { votes, salts, texts } = Openings::of(some)?;
            let row =
                self.client.query_one("SELECT orthoscope.deposit($1, $2, $3)", &[&votes, &salts, &texts]);
            kept += row.map_err(|e| self.wrong(&e))?.get::<_, i64>(0) as u64;
        }
        Ok(kept)
    }

    /// What these votes say, of those that may be seen.
    pub fn openings(&mut self, votes: &[VoteId]) -> Result<Vec<Opening>, ServerError> {
        let mut found = Vec::new();
        for some in votes.chunks(AT_ONCE) {
            let some: Vec<Uuid> = some.iter().map(|vote| vote.uuid()).collect();
            let asked = "SELECT vote, salt, said FROM orthoscope.opening WHERE vote = ANY ($1)";
            let rows = self.client.query(asked, &[&some]).map_err(|e| self.wrong(&e))?;
            for row in rows {
                let said =
                    serde_json::from_str(row.get(2)).map_err(|e| ServerError::Nonsense(e.to_string()))?;
                let vote = VoteId::from_uuid(row.get(0));
                found.push(Opening { vote, salt: Salt(thirty_two(row.get(1))?), said });
            }
        }
        Ok(found)
    }
}
