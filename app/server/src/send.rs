//! Sending entries: a few at a time, each lot whole or not at all, and again without harm.

use project::EntryHash;
use project::review::Opening;
use store::Carried;

use crate::openings::Openings;
use crate::{Connection, ServerError};

/// Entries and bytes that go in one statement.
const MOST_ENTRIES: usize = 500;
const MOST_BYTES: usize = 4 << 20;
/// Hashes that are asked about at once.
const MOST_HASHES: usize = 50_000;
/// Openings that go with entries.
const MOST_OPENINGS: usize = 1_000;
/// The openings are of votes that the entries before them may bring.
const APPEND: &str = "SELECT orthoscope.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12), \
                      orthoscope.deposit($13, $14, $15)";
/// How often two who got in each other's way try again.
const TRIES: u32 = 6;

impl Connection {
    /// Which of these entries the server does not have.
    pub(crate) fn lacking(&mut self, hashes: &[EntryHash]) -> Result<Vec<EntryHash>, ServerError> {
        let mut lacking = Vec::new();
        for some in hashes.chunks(MOST_HASHES) {
            let some: Vec<&[u8]> = some.iter().map(|hash| hash.0.as_slice()).collect();
            let rows = self.client.query("SELECT orthoscope.lacking($1)", &[&some]);
            for row in rows.map_err(|e| self.wrong(&e))? {
                lacking.push(EntryHash(thirty_two(row.get(0))?));
            }
        }
        Ok(lacking)
    }

    /// Appends entries, each after those that it names, and gives the server what sealed votes among them say; what is there
    /// already is left alone. Returns how many entries and openings were new.
    ///
    /// `publish`: open votes among them may be read by every member, which only a lead decides.
    pub fn append(
        &mut self,
        entries: &[Carried],
        openings: &[Opening],
        publish: bool,
    ) -> Result<(u64, u64), ServerError> {
        let (mut new, mut rest) = (0, entries);
        let first = openings.len().min(MOST_OPENINGS);
        while !rest.is_empty() {
            let (lot, after) = rest.split_at(lot(rest));
            // The last votes and what they say in one: a vote is acknowledged once.
            let with = if after.is_empty() { &openings[..first] } else { &[] };
            let (entries, kept) = self.append_lot(lot, with, publish)?;
            if after.is_empty() {
                return Ok((new + entries, kept + self.deposit(&openings[first..])?));
            }
            new += entries;
            rest = after;
        }
        Ok((new, self.deposit(openings)?))
    }

    fn append_lot(
        &mut self,
        lot: &[Carried],
        openings: &[Opening],
        publish: bool,
    ) -> Result<(u64, u64), ServerError> {
        let said = Openings::of(openings)?;
        let mut tries = 0;
        loop {
            match self.try_append(lot, &said, publish) {
                Ok(new) => return Ok(new),
                Err(e) if ServerError::is_a_tie(&e) && tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(std::time::Duration::from_millis(5 << tries));
                }
                Err(e) => return Err(self.wrong(&e)),
            }
        }
    }

    fn try_append(
        &mut self,
        lot: &[Carried],
        openings: &Openings<'_>,
        publish: bool,
    ) -> Result<(u64, u64), postgres::Error> {
        let texts = |of: fn(&Carried) -> &str| lot.iter().map(of).collect::<Vec<&str>>();
        let hash: Vec<&[u8]> = lot.iter().map(|one| one.hash.0.as_slice()).collect();
        let before: Vec<&[u8]> = lot.iter().map(|one| one.before.0.as_slice()).collect();
        let number: Vec<i64> = lot.iter().map(|one| one.number as i64).collect();
        let at_ms: Vec<i64> = lot.iter().map(|one| one.at_ms).collect();
        let counts: Vec<i64> = lot.iter().map(|one| one.changes.len() as i64).collect();
        let changes: Vec<&str> = lot.iter().flat_map(|one| one.changes.iter().map(String::as_str)).collect();
        let key: Vec<Option<&[u8]>> =
            lot.iter().map(|one| one.signed.as_ref().map(|(key, _)| key.0.as_slice())).collect();
        let signature: Vec<Option<&[u8]>> =
            lot.iter().map(|one| one.signed.as_ref().map(|(_, signature)| signature.as_slice())).collect();
        let statement = match &self.appending {
            Some(statement) => statement.clone(),
            None => self.appending.insert(self.client.prepare(APPEND)?).clone(),
        };
        let row = self.client.query_one(
            &statement,
            &[
                &hash,
                &before,
                &number,
                &at_ms,
                &texts(|one| &one.author),
                &texts(|one| &one.kind),
                &texts(|one| &one.body),
                &counts,
                &changes,
                &key,
                &signature,
                &publish,
                &openings.votes,
                &openings.salts,
                &openings.texts,
            ],
        )?;
        Ok((row.get::<_, i64>(0) as u64, row.get::<_, i64>(1) as u64))
    }
}

/// How many of the first entries go together.
fn lot(entries: &[Carried]) -> usize {
    let mut bytes = 0;
    let fits = entries.iter().take(MOST_ENTRIES).take_while(|one| {
        bytes += one.bytes();
        bytes <= MOST_BYTES
    });
    fits.count().max(1)
}

pub(crate) fn thirty_two(bytes: &[u8]) -> Result<[u8; 32], ServerError> {
    bytes.try_into().map_err(|_| ServerError::Nonsense("a hash that is none".into()))
}
