//! Fetching entries: first which there are, then those that the file lacks, a bounded part at a time.

use postgres::IsolationLevel;
use project::{EntryHash, MemberKey, Seq};
use store::Carried;

use crate::send::thirty_two;
use crate::{Connection, ServerError};

/// Bytes of entries that are asked for at once, and the largest one that is taken.
const MOST_BYTES: i64 = 8 << 20;
const LARGEST: i64 = 256 << 20;
/// Bytes of all that is fetched at once.
const MOST_IN_ALL: i64 = 4 << 30;
/// Entries that are asked for at once.
const MOST_ENTRIES: usize = 2_000;

/// What there is on the server that may be new here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Entries in the order of their arrival, with their bytes.
    pub(crate) entries: Vec<(EntryHash, i64)>,
    /// Where the next listing goes on.
    pub(crate) cursor: String,
}

impl Connection {
    /// What came, or may be seen, since a listing before; since ever for an empty cursor.
    ///
    /// Transactions end in another order than they begin in, so the cursor is the oldest one that was still under way: what is
    /// listed twice is known here already, and nothing is passed over. Nor is it ever beyond what follows the newest entry: a
    /// server that dies forgets the numbers of transactions that wrote nothing, and gives them to others.
    pub(crate) fn news(&mut self, cursor: &str) -> Result<Listing, ServerError> {
        let since = if cursor.is_empty() { "0" } else { cursor };
        let at = self.at.clone();
        let mut ask = || -> Result<_, postgres::Error> {
            let mut tx = self
                .client
                .build_transaction()
                .isolation_level(IsolationLevel::RepeatableRead)
                .read_only(true)
                .start()?;
            // A database that was restored elsewhere counts its transactions anew.
            let now = "SELECT least(pg_snapshot_xmin(pg_current_snapshot())::text::numeric, coalesce( \
                         (SELECT sent::text::numeric + 1 FROM orthoscope.entry ORDER BY sent DESC LIMIT 1), 0))::text, \
                       CASE WHEN $1::text::xid8 > pg_snapshot_xmax(pg_current_snapshot()) THEN '0' ELSE $1 END";
            let now = tx.query_one(now, &[&since])?;
            let (next, since): (String, String) = (now.get(0), now.get(1));
            let rows = tx.query("SELECT hash, bytes FROM orthoscope.news($1::text::xid8)", &[&since])?;
            tx.commit()?;
            Ok((next, rows))
        };
        let (cursor, rows) = ask().map_err(|e| ServerError::of(&at, &e))?;
        let entries = rows.iter().map(|row| Ok((EntryHash(thirty_two(row.get(0))?), row.get::<_, i64>(1))));
        Ok(Listing { entries: entries.collect::<Result<_, ServerError>>()?, cursor })
    }

    /// The bytes of entries, of those that may be seen.
    pub(crate) fn sizes(&mut self, hashes: &[EntryHash]) -> Result<Vec<(EntryHash, i64)>, ServerError> {
        if hashes.is_empty() {
            return Ok(Vec::new());
        }
        let some: Vec<&[u8]> = hashes.iter().map(|hash| hash.0.as_slice()).collect();
        let asked = "SELECT hash, bytes FROM orthoscope.entry WHERE hash = ANY ($1) ORDER BY place";
        let rows = self.client.query(asked, &[&some]).map_err(|e| self.wrong(&e))?;
        rows.iter().map(|row| Ok((EntryHash(thirty_two(row.get(0))?), row.get(1)))).collect()
    }

    /// Entries by their hashes, in the order of their arrival. `each` is told how many have come.
    pub(crate) fn entries(
        &mut self,
        wanted: &[(EntryHash, i64)],
        each: &mut dyn FnMut(usize),
    ) -> Result<Vec<Carried>, ServerError> {
        let whole: i64 = wanted.iter().map(|(_, bytes)| (*bytes).max(0)).sum();
        if whole > MOST_IN_ALL || wanted.iter().any(|(_, bytes)| !(0..=LARGEST).contains(bytes)) {
            return Err(ServerError::Nonsense(format!("entries of {whole} bytes")));
        }
        let (mut found, mut rest) = (Vec::with_capacity(wanted.len()), wanted);
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = rest.iter().take(MOST_ENTRIES).take_while(|(_, one)| {
                bytes += one;
                bytes <= MOST_BYTES
            });
            let (some, after) = rest.split_at(fits.count().max(1));
            found.append(&mut self.some_entries(some)?);
            each(found.len());
            rest = after;
        }
        Ok(found)
    }

    fn some_entries(&mut self, wanted: &[(EntryHash, i64)]) -> Result<Vec<Carried>, ServerError> {
        let hashes: Vec<&[u8]> = wanted.iter().map(|(hash, _)| hash.0.as_slice()).collect();
        let statement = "SELECT hash, before, number, at_ms, author, kind, body, changes, key, signature \
                         FROM orthoscope.entry WHERE hash = ANY ($1) ORDER BY place";
        let rows = self.client.query(statement, &[&hashes]).map_err(|e| self.wrong(&e))?;
        if rows.len() != wanted.len() {
            return Err(ServerError::Nonsense(format!("{} entries where {} are", rows.len(), wanted.len())));
        }
        let read = |row: &postgres::Row| -> Result<Carried, ServerError> {
            let key: Option<&[u8]> = row.get(8);
            let signature: Option<&[u8]> = row.get(9);
            let signed = key.zip(signature).map(|(key, signature)| {
                let signature: Result<[u8; 64], _> = signature.try_into();
                Ok::<_, ServerError>((
                    MemberKey(thirty_two(key)?),
                    signature.map_err(|_| ServerError::Nonsense("a signature that is none".into()))?,
                ))
            });
            let number: i64 = row.get(2);
            Ok(Carried {
                hash: EntryHash(thirty_two(row.get(0))?),
                before: EntryHash(thirty_two(row.get(1))?),
                number: Seq::try_from(number)
                    .map_err(|_| ServerError::Nonsense(format!("entry {number}")))?,
                at_ms: row.get(3),
                author: row.get(4),
                kind: row.get(5),
                body: row.get(6),
                changes: row.get(7),
                signed: signed.transpose()?,
            })
        };
        rows.iter().map(read).collect()
    }
}
