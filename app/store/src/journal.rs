//! The journal as rows: how an entry is written, chained to the one before, and read back.

use std::collections::VecDeque;
use std::sync::Arc;

use project::merging::{Delta, Merge};
use project::{Author, Edit, Entry, EntryBody, EntryHash, Seq};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sha2::{Digest as _, Sha256};

use crate::{StoreError, time};

/// SHA-256 over the hash before and everything an entry says.
pub(crate) type Hash = [u8; 32];

/// Batches of more edits than this are kept one edit per row, so that no value gets out of hand.
const LARGEST_INLINE: usize = 32;

/// The end of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: Seq,
    pub(crate) hash: Hash,
}

impl Head {
    /// Before the first entry: the hash of the project's identity, so that entries cannot be moved from one
    /// project into another.
    pub(crate) fn start(project: &str) -> Self {
        Self { seq: 0, hash: Sha256::digest(project.as_bytes()).into() }
    }

    pub(crate) fn to_text(self) -> String {
        use std::fmt::Write as _;
        let mut text = format!("{} ", self.seq);
        for byte in self.hash {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// An entry as text, ready for its rows.
#[derive(Debug, Default)]
pub(crate) struct Written {
    kind: &'static str,
    body: String,
    changes: Vec<String>,
}

impl Written {
    pub(crate) fn new(body: &EntryBody) -> Result<Self, StoreError> {
        let (kind, body, changes) = match body {
            EntryBody::Merge(merge) => return Self::of_merge(merge),
            EntryBody::Opening(_) => ("opening", text(body)?, Vec::new()),
            EntryBody::Remark(_) => ("remark", text(body)?, Vec::new()),
            EntryBody::Member(_) => ("member", text(body)?, Vec::new()),
            EntryBody::Edit(Edit::Batch { title, edits }) if edits.len() > LARGEST_INLINE => {
                let shell = EntryBody::Edit(Edit::Batch { title: title.clone(), edits: Vec::new() });
                let changes = edits.iter().map(text).collect::<Result<_, _>>()?;
                ("edit", text(&shell)?, changes)
            }
            EntryBody::Edit(_) => ("edit", text(body)?, Vec::new()),
            EntryBody::Revert(_) => ("revert", text(body)?, Vec::new()),
            EntryBody::Vote(_) => ("vote", text(body)?, Vec::new()),
            EntryBody::Visit(_) => ("visit", text(body)?, Vec::new()),
            EntryBody::Response(_) => ("response", text(body)?, Vec::new()),
            EntryBody::QuestionVote(_) => ("question_vote", text(body)?, Vec::new()),
        };
        Ok(Self { kind, body, changes })
    }

    /// What a merge changed is hashed apart, so that other copies can take the line over without it.
    fn of_merge(merge: &Merge) -> Result<Self, StoreError> {
        let changes = merge.delta.parts.iter().map(text).collect::<Result<Vec<_>, _>>()?;
        let body = text(&Joined { joined: merge.joined.clone(), outcome: outcome(&changes) })?;
        Ok(Self { kind: MERGE, body, changes })
    }

    /// An entry of another copy as it was written there.
    pub(crate) fn as_it_was(raw: RawEntry, changes: Vec<String>) -> Self {
        Self { kind: known_kind(&raw.kind), body: raw.body, changes }
    }

    /// The hash of this writing at a place in the journal that it was written to.
    pub(crate) fn hash_at(&self, before: &Hash, seq: Seq, at_ms: i64, author: &str) -> Hash {
        let hashed: &[String] = if self.kind == MERGE { &[] } else { &self.changes };
        let mut chain = Chain::new(before, seq, at_ms, [author, self.kind, &self.body], hashed.len());
        for change in hashed {
            chain.push(change);
        }
        chain.finish()
    }

    pub(crate) fn parts(&self) -> (&'static str, &str, &[String]) {
        (self.kind, &self.body, &self.changes)
    }

    /// The end of the journal after this entry.
    pub(crate) fn head_after(&self, before: &Head, entry: &Entry) -> Head {
        let hash = self.hash_at(&before.hash, entry.seq, entry.at_ms, entry.author.name());
        Head { seq: entry.seq, hash }
    }

    /// Writes the rows of the parts under the number of an entry; returns the first.
    pub(crate) fn insert_changes(&self, db: &Connection, seq: Seq) -> rusqlite::Result<Option<i64>> {
        let mut first = None;
        let mut row = db.prepare_cached("INSERT INTO change (seq, body) VALUES (?, ?)")?;
        for change in &self.changes {
            let fid = row.insert(params![seq as i64, change])?;
            first.get_or_insert(fid);
        }
        Ok(first)
    }

    /// Writes the rows; part of the caller's transaction.
    pub(crate) fn insert(&self, db: &Connection, entry: &Entry, hash: &Hash) -> rusqlite::Result<()> {
        let first = self.insert_changes(db, entry.seq)?;
        db.prepare_cached(
            "INSERT INTO entry (seq, at, at_ms, author, kind, body, first_change, changes, hash) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            entry.seq as i64,
            time::iso(entry.at_ms),
            entry.at_ms,
            entry.author.name(),
            self.kind,
            self.body,
            first,
            self.changes.len() as i64,
            hash
        ])?;
        Ok(())
    }
}

/// A merge as a line says it: what it changed is in rows of its own, of which this is the hash.
#[derive(serde::Serialize, serde::Deserialize)]
struct Joined {
    joined: Vec<EntryHash>,
    outcome: EntryHash,
}

const MERGE: &str = "merge";

/// SHA-256 over the parts of what a merge changed, each with its length.
fn outcome(parts: &[String]) -> EntryHash {
    let mut chain = outcome_chain();
    for part in parts {
        chain.push(part);
    }
    EntryHash(chain.finish())
}

fn outcome_chain() -> Chain {
    Chain(Sha256::new_with_prefix(b"orthoscope merge 1"))
}

/// The kinds of entries that there are; `edit` for any other, which then does not match its checksum.
fn known_kind(kind: &str) -> &'static str {
    const KINDS: [&str; 10] = [
        "edit",
        "revert",
        "vote",
        "visit",
        "response",
        "question_vote",
        "opening",
        "remark",
        "member",
        MERGE,
    ];
    KINDS.into_iter().find(|known| *known == kind).unwrap_or("edit")
}

fn text<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Unstorable(e.to_string()))
}

/// Hashes an entry piece by piece, each with its length in front so that no two entries hash alike.
struct Chain(Sha256);

impl Chain {
    /// `texts`: author, kind, body.
    fn new(before: &Hash, seq: Seq, at_ms: i64, texts: [&str; 3], changes: usize) -> Self {
        let mut chain = Self(Sha256::new());
        chain.0.update(before);
        chain.0.update(seq.to_le_bytes());
        chain.0.update(at_ms.to_le_bytes());
        chain.0.update((changes as u64).to_le_bytes());
        for text in texts {
            chain.push(text);
        }
        chain
    }

    fn push(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

/// An entry as its rows say, before it is believed.
pub(crate) struct RawEntry {
    pub(crate) seq: i64,
    pub(crate) at: Option<String>,
    pub(crate) at_ms: i64,
    pub(crate) author: String,
    pub(crate) kind: String,
    pub(crate) body: String,
    pub(crate) first_change: Option<i64>,
    pub(crate) changes: i64,
    pub(crate) hash: Vec<u8>,
}

pub(crate) const ENTRY_COLUMNS: &str =
    "SELECT seq, at, at_ms, author, kind, body, first_change, changes, hash FROM entry";

impl RawEntry {
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            at: row.get(1)?,
            at_ms: row.get(2)?,
            author: row.get(3)?,
            kind: row.get(4)?,
            body: row.get(5)?,
            first_change: row.get(6)?,
            changes: row.get(7)?,
            hash: row.get(8)?,
        })
    }

    /// Checks the entry against its hash and reads it.
    pub(crate) fn believe(&self, db: &Connection, before: &Head) -> Result<(Entry, Head), Doubt> {
        let seq = before.seq + 1;
        if self.seq != seq as i64 {
            return Err(Doubt::Damage(format!("entry {seq} of its journal is missing")));
        }
        let damaged = || Doubt::Damage(format!("entry {seq} of its journal does not match its checksum"));
        if self.changes < 0 || self.at != time::iso(self.at_ms) {
            return Err(damaged());
        }
        let (entry, hash, _) = self.read(db, &before.hash, self.seq, Parts::All)?;
        Ok((entry, Head { seq, hash }))
    }

    /// Reads the entry as it stands after another, whose number is that in the journal it was written to; `rows` is the
    /// number that its parts are kept under. Returns it with its hash and its parts as text.
    pub(crate) fn read(
        &self,
        db: &Connection,
        before: &Hash,
        rows: i64,
        parts: Parts,
    ) -> Result<(Entry, Hash, Vec<String>), Doubt> {
        self.read_with(before, parts, |take| self.each_change(db, rows, take))
    }

    /// The same, with the parts from wherever they are.
    pub(crate) fn read_with(
        &self,
        before: &Hash,
        parts: Parts,
        each_change: impl FnOnce(&mut dyn FnMut(&str)) -> rusqlite::Result<()>,
    ) -> Result<(Entry, Hash, Vec<String>), Doubt> {
        let seq = self.seq as Seq;
        let damaged = || Doubt::Damage(format!("entry {seq} of its journal does not match its checksum"));
        let unreadable = |e| Doubt::Damage(format!("entry {seq} of its journal cannot be read: {e}"));
        let count = usize::try_from(self.changes).map_err(|_| damaged())?;
        let is_merge = self.kind == MERGE;
        let texts = [&self.author, &self.kind, &self.body].map(String::as_str);
        let mut chain = Chain::new(before, seq, self.at_ms, texts, if is_merge { 0 } else { count });
        let (mut edits, mut kept) = (Vec::new(), Vec::new());
        each_change(&mut |text| {
            if is_merge || parts == Parts::Kept {
                kept.push(text.to_owned());
            }
            if !is_merge {
                chain.push(text);
                edits.push(serde_json::from_str::<Edit>(text));
            }
        })?;
        let hash = chain.finish();
        if !is_merge && edits.len() != count || self.hash != hash {
            return Err(damaged());
        }
        let body = if is_merge {
            let Joined { joined, outcome: stated } = serde_json::from_str(&self.body).map_err(unreadable)?;
            let delta = if parts == Parts::None {
                Delta::default()
            } else {
                if outcome(&kept) != stated {
                    return Err(damaged());
                }
                let parts = kept.iter().map(|part| serde_json::from_str(part));
                Delta { parts: parts.collect::<Result<_, _>>().map_err(unreadable)? }
            };
            EntryBody::Merge(Arc::new(Merge { joined, delta: Arc::new(delta) }))
        } else {
            let mut body: EntryBody = serde_json::from_str(&self.body).map_err(unreadable)?;
            if count > 0 {
                let EntryBody::Edit(Edit::Batch { edits: inner, .. }) = &mut body else {
                    return Err(damaged());
                };
                *inner = edits.into_iter().collect::<Result<_, _>>().map_err(unreadable)?;
            }
            body
        };
        let entry = Entry { seq, at_ms: self.at_ms, author: Author::new(&self.author), body };
        Ok((entry, hash, kept))
    }

    /// The hash of this entry after another, from what its rows say alone: however large, in little memory.
    fn hashed(&self, db: &Connection, before: &Hash) -> Result<Hash, Doubt> {
        let damaged =
            || Doubt::Damage(format!("entry {} of its journal does not match its checksum", self.seq));
        let count = usize::try_from(self.changes).map_err(|_| damaged())?;
        let is_merge = self.kind == MERGE;
        let texts = [&self.author, &self.kind, &self.body].map(String::as_str);
        let mut chain =
            Chain::new(before, self.seq as Seq, self.at_ms, texts, if is_merge { 0 } else { count });
        let (mut parts, mut found) = (outcome_chain(), 0);
        self.each_change(db, self.seq, &mut |text: &str| {
            found += 1;
            if is_merge { parts.push(text) } else { chain.push(text) }
        })?;
        let hash = chain.finish();
        let stated = || serde_json::from_str::<Joined>(&self.body).map(|joined| joined.outcome);
        let outcome = !is_merge || stated().is_ok_and(|stated| stated == EntryHash(parts.finish()));
        if found != count || self.hash != hash || self.at != time::iso(self.at_ms) || !outcome {
            return Err(damaged());
        }
        Ok(hash)
    }

    pub(crate) fn each_change(
        &self,
        db: &Connection,
        seq: i64,
        take: &mut dyn FnMut(&str),
    ) -> rusqlite::Result<()> {
        let Some(first) = self.first_change.filter(|_| self.changes > 0) else { return Ok(()) };
        let mut statement = db.prepare_cached(
            "SELECT body FROM change WHERE fid >= ?1 AND fid < ?2 AND seq = ?3 ORDER BY fid",
        )?;
        let mut rows = statement.query([first, first.saturating_add(self.changes), seq])?;
        while let Some(row) = rows.next()? {
            take(row.get_ref(0)?.as_str()?);
        }
        Ok(())
    }
}

/// Which texts of an entry's parts are wanted beside what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// Those of a merge.
    All,
    /// Every one.
    Kept,
    /// A merge has none here: what it changed is known where it was made.
    None,
}

/// Why a row of the journal is not believed.
pub(crate) enum Doubt {
    Damage(String),
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Doubt {
    fn from(e: rusqlite::Error) -> Self {
        Self::Sql(e)
    }
}

impl From<rusqlite::types::FromSqlError> for Doubt {
    fn from(e: rusqlite::types::FromSqlError) -> Self {
        Self::Sql(e.into())
    }
}

/// Reads the journal after `head` (see [`start`]), every entry checked against the chain, and hands each on.
/// Returns the end of it.
pub(crate) fn read_after<E: From<Doubt>>(
    db: &Connection,
    mut head: Head,
    mut take: impl FnMut(Entry) -> Result<(), E>,
) -> Result<Head, E> {
    let sql = |e: rusqlite::Error| E::from(Doubt::Sql(e));
    let mut statement = db.prepare(&format!("{ENTRY_COLUMNS} WHERE seq > ? ORDER BY seq")).map_err(sql)?;
    let mut rows = statement.query([head.seq as i64]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let raw = RawEntry::from_row(row).map_err(sql)?;
        let (entry, after) = raw.believe(db, &head)?;
        head = after;
        take(entry)?;
    }
    let noted = crate::layout::meta(db, "head").map_err(sql)?;
    if noted.is_none_or(|noted| noted != head.to_text()) {
        return Err(Doubt::Damage(format!("its journal stops at entry {}, before its end", head.seq)).into());
    }
    Ok(head)
}

/// Goes over the whole chain, in little memory, without asking what its entries say. Returns its end; `None` when that was
/// not wanted any more.
pub(crate) fn check_chain(db: &Connection, wanted: &mut dyn FnMut() -> bool) -> Result<Option<Head>, Doubt> {
    let mut head = start(db)?;
    let mut statement = db.prepare(&format!("{ENTRY_COLUMNS} ORDER BY seq"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !wanted() {
            return Ok(None);
        }
        let (raw, seq) = (RawEntry::from_row(row)?, head.seq + 1);
        if raw.seq != seq as i64 {
            return Err(Doubt::Damage(format!("entry {seq} of its journal is missing")));
        }
        head = Head { seq, hash: raw.hashed(db, &head.hash)? };
    }
    if crate::layout::meta(db, "head")?.is_none_or(|noted| noted != head.to_text()) {
        return Err(Doubt::Damage(format!("its journal stops at entry {}, before its end", head.seq)));
    }
    Ok(Some(head))
}

/// Where the chain of this project starts.
pub(crate) fn start(db: &Connection) -> rusqlite::Result<Head> {
    Ok(Head::start(&crate::layout::meta(db, "project")?.unwrap_or_default()))
}

/// The end of the journal as the last transaction left it, without a look at what lies before.
pub(crate) fn newest(db: &Connection) -> rusqlite::Result<Head> {
    let last = db
        .prepare_cached("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { seq: row.get::<_, i64>(0)? as Seq, hash: row.get(1)? }))
        .optional()?;
    last.map_or_else(|| start(db), Ok)
}

/// The entries of a journal, oldest first, read a few at a time.
pub struct Journal<'a> {
    db: &'a Connection,
    head: Option<Head>,
    page: VecDeque<RawEntry>,
    path: &'a std::path::Path,
}

impl std::fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("head", &self.head).finish_non_exhaustive()
    }
}

impl<'a> Journal<'a> {
    pub(crate) fn new(db: &'a Connection, path: &'a std::path::Path) -> Result<Self, StoreError> {
        let head = start(db).map_err(|e| StoreError::sqlite("read", path, e))?;
        Ok(Self { db, head: Some(head), page: VecDeque::new(), path })
    }

    fn fill(&mut self, after: Seq) -> rusqlite::Result<()> {
        const ENOUGH_BYTES: usize = 1 << 20;
        let mut statement =
            self.db.prepare_cached(&format!("{ENTRY_COLUMNS} WHERE seq > ? ORDER BY seq LIMIT 256"))?;
        let mut rows = statement.query([after as i64])?;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let raw = RawEntry::from_row(row)?;
            bytes += raw.body.len();
            self.page.push_back(raw);
            if bytes > ENOUGH_BYTES {
                break;
            }
        }
        Ok(())
    }

    fn step(&mut self, head: Head) -> Result<Option<(Entry, Head)>, Doubt> {
        if self.page.is_empty() {
            self.fill(head.seq)?;
        }
        self.page.pop_front().map(|raw| raw.believe(self.db, &head)).transpose()
    }
}

impl Iterator for Journal<'_> {
    type Item = Result<Entry, StoreError>;

    /// After an error the iterator ends: nothing behind a broken link of the chain can be believed.
    fn next(&mut self) -> Option<Self::Item> {
        let head = self.head.take()?;
        match self.step(head) {
            Ok(None) => None,
            Ok(Some((entry, after))) => {
                self.head = Some(after);
                Some(Ok(entry))
            }
            Err(doubt) => Some(Err(doubt.into_error(self.path))),
        }
    }
}

impl Doubt {
    pub(crate) fn into_error(self, path: &std::path::Path) -> StoreError {
        match self {
            Self::Damage(what) => StoreError::Damaged { path: path.to_path_buf(), what },
            Self::Sql(e) => StoreError::sqlite("read", path, e),
        }
    }
}
