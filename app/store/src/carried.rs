//! Entries on their way between files and elsewhere: read out of a file as they were written, and taken over from there.
//! A project's file stays the whole project; what is elsewhere is another place for the same entries.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use project::merging::Element;
use project::review::Opening;
use project::{Author, EntryBody, EntryHash, History, MemberKey, Project, Seq, Touched};
use rusqlite::{Connection, OptionalExtension as _};

use crate::aside::{self, Sieve};
use crate::file::{LineToWrite, Signing};
use crate::journal::{self, Doubt, Hash, Head, Parts, RawEntry};
use crate::merge::Copy;
use crate::signatures::{Contents, FLOOR, Found, Signed};
use crate::{Commit, Identity, MergePlan, Session, SetAside, Signer, Store, StoreError, connect, layout};

/// An entry as it was written, to the letter, with its place in the graph of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub hash: EntryHash,
    /// The entry before it in the journal that it was written to.
    pub before: EntryHash,
    /// Its number in the journal that it was written to.
    pub number: Seq,
    /// Unix milliseconds by its author's clock.
    pub at_ms: i64,
    pub author: String,
    pub kind: String,
    pub body: String,
    /// The parts of a large batch, each its own text.
    pub changes: Vec<String>,
    pub signed: Option<(MemberKey, [u8; 64])>,
}

impl Carried {
    /// Bytes that its texts take.
    pub fn bytes(&self) -> usize {
        self.author.len() + self.body.len() + self.changes.iter().map(String::len).sum::<usize>()
    }

    /// True for an entry that says nothing but that copies were joined.
    pub fn is_merge(&self) -> bool {
        self.kind == "merge"
    }

    /// Checks it against its hash and reads it.
    pub(crate) fn believe(self) -> Result<Found, Doubt> {
        let changes = if self.is_merge() { 0 } else { self.changes.len() as i64 };
        let raw = RawEntry {
            seq: self.number as i64,
            at: None,
            at_ms: self.at_ms,
            author: self.author,
            kind: self.kind,
            body: self.body,
            first_change: None,
            changes,
            hash: self.hash.0.to_vec(),
        };
        let each = |take: &mut dyn FnMut(&str)| {
            self.changes.iter().for_each(|change| take(change));
            Ok(())
        };
        let read = raw.read_with(&self.before.0, Parts::None, each);
        let (entry, _, _) = read?;
        let element = Element {
            hash: self.hash,
            before: self.before,
            seq: entry.seq,
            at_ms: entry.at_ms,
            author: entry.author,
            body: entry.body,
        };
        let written = Some(journal::Written::as_it_was(raw, self.changes));
        Ok(Found { element, signed: self.signed, written })
    }
}

/// What names a file's project, and how far its own journal goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    pub project_id: String,
    /// The hash that the first entry names.
    pub start: EntryHash,
    /// Entries up to this number came from a copy that was saved from memory; 0 without.
    pub floor: Seq,
    /// The newest entry of the file's own journal; `start` where there is none.
    pub last: (Seq, EntryHash),
}

/// A part of what a file has, in an order in which each entry comes after those that it names.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub entries: Vec<Carried>,
    /// The entries of the file's own journal up to this one are in this page or before it.
    pub through: Seq,
    /// The newest entry of the file's own journal that was looked at: merges at the end may wait behind `through`.
    pub seen: Seq,
    /// Nothing comes after it, but merges that nothing was built upon: those say nothing elsewhere.
    pub is_last: bool,
}

/// A file whose entries are read to be carried elsewhere, also while a session has it open.
#[derive(Debug)]
pub struct Source {
    db: Connection,
    path: PathBuf,
    /// Files of older versions know neither signatures nor copies that were joined.
    is_old: bool,
}

/// Bytes of texts after which a page ends.
const PAGE: usize = 8 << 20;

impl Source {
    /// Opens a file for reading. Nothing is checked but that it is a project: whoever takes the entries checks them.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::NotFound { path: path.to_path_buf() });
        }
        let db = connect::reading(path)?;
        layout::vet(&db, path)?;
        let is_old =
            layout::kind_of(&db, "merged").map_err(|e| StoreError::sqlite("read", path, e))?.is_none();
        Ok(Self { db, path: path.to_path_buf(), is_old })
    }

    fn sql(&self, error: rusqlite::Error) -> StoreError {
        StoreError::sqlite("read", &self.path, error)
    }

    /// What names the project. Refused for a file whose entries say nothing without what memory once knew.
    pub fn origins(&self) -> Result<Origins, StoreError> {
        let sql = |e| self.sql(e);
        let project_id = layout::meta(&self.db, "project").map_err(sql)?.unwrap_or_default();
        let floor =
            layout::meta(&self.db, FLOOR).map_err(sql)?.and_then(|text| text.parse().ok()).unwrap_or(0);
        let query = "SELECT count(*) FROM entry WHERE kind = 'merge' AND seq <= ?";
        let stand: i64 = self.db.query_row(query, [floor as i64], |row| row.get(0)).map_err(sql)?;
        if stand > 0 {
            return Err(StoreError::Unjoinable {
                path: self.path.clone(),
                why: "it was saved from memory after copies had been joined".into(),
                hint: "Use the file that it was saved from, or a copy from before, if there is one.",
            });
        }
        let head = journal::newest(&self.db).map_err(sql)?;
        let start = EntryHash(Head::start(&project_id).hash);
        Ok(Origins { project_id, start, floor, last: (head.seq, EntryHash(head.hash)) })
    }

    /// The hash of an entry of the file's own journal.
    pub fn hash_at(&self, seq: Seq) -> Result<Option<EntryHash>, StoreError> {
        let found = self.db.query_row("SELECT hash FROM entry WHERE seq = ?", [seq as i64], |row| row.get(0));
        Ok(found.optional().map_err(|e| self.sql(e))?.map(EntryHash))
    }

    /// The hashes of everything that the file has, its own entries and those that were joined.
    pub fn hashes(&self) -> Result<HashSet<EntryHash>, StoreError> {
        let mut found = HashSet::new();
        let tables = if self.is_old { 1 } else { 2 };
        for query in ["SELECT hash FROM entry", "SELECT hash FROM merged"].into_iter().take(tables) {
            let mut statement = self.db.prepare(query).map_err(|e| self.sql(e))?;
            let rows = statement.query_map([], |row| Ok(EntryHash(row.get::<_, Hash>(0)?)));
            for row in rows.map_err(|e| self.sql(e))? {
                found.insert(row.map_err(|e| self.sql(e))?);
            }
        }
        Ok(found)
    }

    /// What came into the file after an entry of its own journal, in pages; what was joined with entries up to
    /// `joined_after` is left out.
    pub fn page(&self, after: Seq, joined_after: Seq) -> Result<Page, StoreError> {
        let snapshot = self.db.unchecked_transaction().map_err(|e| self.sql(e))?;
        let mut page = Page { through: after, seen: after, is_last: true, ..Page::default() };
        let mut waiting: Vec<Carried> = Vec::new();
        let mut before = self.hash_at(after)?.map_or_else(|| self.origins().map(|o| o.start), Ok)?;
        let own = format!("{} WHERE seq > ? ORDER BY seq", journal::ENTRY_COLUMNS);
        let mut own = self.db.prepare(&own).map_err(|e| self.sql(e))?;
        let mut rows = own.query([after as i64]).map_err(|e| self.sql(e))?;
        let mut bytes = 0;
        while let Some(row) = rows.next().map_err(|e| self.sql(e))? {
            let raw = RawEntry::from_row(row).map_err(|e| self.sql(e))?;
            let seq = raw.seq;
            page.seen = seq as Seq;
            let joined = if page.seen > joined_after { self.joined(seq)? } else { Vec::new() };
            for one in joined {
                let names =
                    |merge: &Carried| one.before == merge.hash || one.body.contains(&merge.hash.to_string());
                if waiting.iter().any(names) {
                    page.entries.append(&mut waiting);
                }
                page.entries.push(one);
            }
            let signed = self.signature(seq)?;
            let mut one = self.carried(raw, seq, before, signed)?;
            before = one.hash;
            bytes += one.bytes();
            if one.is_merge() {
                // What it changed stays in the file that it was made in.
                one.changes.clear();
                waiting.push(one);
                continue;
            }
            page.entries.append(&mut waiting);
            page.entries.push(one);
            page.through = seq as Seq;
            if bytes > PAGE {
                page.is_last = rows.next().map_err(|e| self.sql(e))?.is_none();
                break;
            }
        }
        drop(snapshot);
        Ok(page)
    }

    /// The entries of copies that came with an entry of the file's own journal.
    fn joined(&self, seq: i64) -> Result<Vec<Carried>, StoreError> {
        if self.is_old {
            return Ok(Vec::new());
        }
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT number, NULL, at_ms, author, kind, body, first_change, changes, hash, before, key, signature \
                 FROM merged WHERE seq = ? ORDER BY fid",
            )
            .map_err(|e| self.sql(e))?;
        let mut rows = statement.query([seq]).map_err(|e| self.sql(e))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|e| self.sql(e))? {
            let read = || -> rusqlite::Result<_> {
                let key: Option<[u8; 32]> = row.get(10)?;
                let signature: Option<[u8; 64]> = row.get(11)?;
                Ok((RawEntry::from_row(row)?, row.get::<_, Hash>(9)?, key.map(MemberKey).zip(signature)))
            };
            let (raw, before, signed) = read().map_err(|e| self.sql(e))?;
            found.push(self.carried(raw, seq, EntryHash(before), signed)?);
        }
        Ok(found)
    }

    fn signature(&self, seq: i64) -> Result<Option<Signed>, StoreError> {
        if self.is_old {
            return Ok(None);
        }
        let mut statement = self
            .db
            .prepare_cached("SELECT key, signature FROM signature WHERE seq = ?")
            .map_err(|e| self.sql(e))?;
        let found =
            statement.query_row([seq], |row| Ok((MemberKey(row.get(0)?), row.get::<_, [u8; 64]>(1)?)));
        found.optional().map_err(|e| self.sql(e))
    }

    fn carried(
        &self,
        raw: RawEntry,
        rows: i64,
        before: EntryHash,
        signed: Option<Signed>,
    ) -> Result<Carried, StoreError> {
        let mut changes = Vec::new();
        raw.each_change(&self.db, rows, &mut |text| changes.push(text.to_owned()))
            .map_err(|e| self.sql(e))?;
        let hash = raw.hash.try_into().map_err(|_| StoreError::Damaged {
            path: self.path.clone(),
            what: format!("entry {} of its journal does not match its checksum", raw.seq),
        })?;
        Ok(Carried {
            hash: EntryHash(hash),
            before,
            number: raw.seq as Seq,
            at_ms: raw.at_ms,
            author: raw.author,
            kind: raw.kind,
            body: raw.body,
            changes,
            signed,
        })
    }
}

impl MergePlan {
    /// Says what joining entries would do that come from elsewhere, where what members wrote after they were removed was
    /// refused. `from` names that place in errors. What cannot be read, or is not signed as it says, is [set aside](Self::set_aside)
    /// with what follows it, and stops nothing else. Nothing is changed.
    pub fn of_carried(
        target: &Path,
        from: &str,
        project_id: &str,
        floor: Seq,
        entries: Vec<Carried>,
    ) -> Result<Self, StoreError> {
        let (found, aside) = aside::believed(entries);
        Self::of_believed(target, from, project_id, floor, found, aside)
    }

    fn of_believed(
        target: &Path,
        from: &str,
        project_id: &str,
        floor: Seq,
        found: Vec<Found>,
        aside: Vec<SetAside>,
    ) -> Result<Self, StoreError> {
        let path = PathBuf::from(from);
        let last = found.len() as Seq;
        let start = EntryHash(Head::start(project_id).hash);
        let contents = Contents { found, start, floor, last };
        Self::of_one(target, Copy { path, project_id: project_id.to_owned(), contents, vouched: true }, aside)
    }
}

/// Where the entries of a new file come from, and who makes it.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Names the place in errors.
    pub from: &'a str,
    pub project_id: &'a str,
    pub floor: Seq,
    /// Name and version of the program.
    pub program: &'a str,
    pub author: &'a Author,
    pub signer: Option<&'a Signer>,
    /// Unix milliseconds.
    pub at_ms: i64,
}

/// Entries that are written in one transaction.
const AT_ONCE: usize = 1_000;

/// Makes a new file of the entries of a project. What one journal after the other wrote becomes the file's own journal, to
/// the letter; from where copies part on, the rest is joined. Nothing half-written bears the name. Returns what is unsound and
/// was set aside with what follows it.
pub fn make_file(
    path: &Path,
    origin: Origin<'_>,
    entries: Vec<Carried>,
) -> Result<Vec<SetAside>, StoreError> {
    if path.exists() {
        return Err(StoreError::Exists { path: path.to_path_buf() });
    }
    let beside = connect::beside(path, ".part");
    let made = fill(&beside, origin, entries).and_then(|aside| {
        std::fs::rename(&beside, path)
            .and_then(|()| connect::flush_folder(path))
            .map_err(|e| StoreError::io("create", path, e))?;
        Ok(aside)
    });
    if made.is_err() {
        for suffix in ["", "-wal", "-shm", "-journal", ".lock", ".joining"] {
            let _ = std::fs::remove_file(connect::beside(&beside, suffix));
        }
    }
    made
}

fn fill(path: &Path, origin: Origin<'_>, entries: Vec<Carried>) -> Result<Vec<SetAside>, StoreError> {
    let damaged = |what: String| StoreError::Damaged { path: PathBuf::from(origin.from), what };
    let id = origin.project_id.parse().map_err(|_| damaged("it names no project".into()))?;
    let identity = Identity { program: origin.program.to_owned(), at_ms: origin.at_ms, id };
    let mut store = Store::create(path, &identity, origin.author.name())?;
    let (found, aside) = aside::believed(entries);
    let mut sieve = Sieve::new(std::iter::empty(), found, aside);
    let start = EntryHash(Head::start(origin.project_id).hash);
    let (line, mut rest) = first_line(start, std::mem::take(&mut sieve.found));
    let (mut project, mut history) = (Project::new(), History::default());
    let mut line = line.into_iter().peekable();
    while line.peek().is_some() {
        let mut taken = Vec::new();
        while let Some(one) = line.next_if(|_| taken.len() < AT_ONCE) {
            let Element { seq, at_ms, author, body, .. } = one.element.clone();
            let entry = project::Entry { seq, at_ms, author, body };
            let done = history.advance(&mut project, &entry).map_err(StoreError::from);
            let Ok(commit) = done.and_then(|touched| Commit::new(entry, &project, &touched)) else {
                // What cannot be done as it stands is looked at with the rest.
                rest.push(one);
                rest.extend(line.by_ref());
                break;
            };
            let written = one.written.ok_or_else(|| damaged(format!("entry {seq} is missing")))?;
            taken.push((commit, written, one.signed));
        }
        let lines: Vec<LineToWrite<'_>> = taken
            .iter_mut()
            .map(|(commit, written, signed)| LineToWrite {
                commit,
                written: std::mem::take(written),
                signing: Signing::AsItCame(*signed),
            })
            .collect();
        store.write_lines(&lines)?;
    }
    if origin.floor > 0 {
        store.note_floor(origin.floor)?;
    }
    store.close()?;
    if rest.is_empty() {
        return Ok(sieve.aside);
    }
    let Origin { from, project_id, floor, .. } = origin;
    let plan = MergePlan::of_believed(path, from, project_id, floor, rest, sieve.aside)?;
    let aside = plan.set_aside().to_vec();
    plan.carry_out(origin.author, origin.signer, origin.at_ms)?;
    Ok(aside)
}

/// The entries from the start on that one journal has, as long as nothing else was written beside them; and the others.
fn first_line(start: EntryHash, entries: Vec<Found>) -> (Vec<Found>, Vec<Found>) {
    let mut after: HashMap<EntryHash, Vec<EntryHash>> = HashMap::new();
    for one in &entries {
        after.entry(one.element.before).or_default().push(one.element.hash);
    }
    let mut by_hash: HashMap<EntryHash, Found> =
        entries.into_iter().map(|one| (one.element.hash, one)).collect();
    let (mut line, mut at) = (Vec::new(), start);
    while let Some([next]) = after.get(&at).map(Vec::as_slice) {
        if by_hash.get(next).is_none_or(|one| matches!(one.element.body, EntryBody::Merge(_))) {
            break;
        }
        line.extend(by_hash.remove(next));
        at = *next;
    }
    let mut rest: Vec<Found> = by_hash.into_values().collect();
    rest.sort_by_key(|one| (one.element.seq, one.element.hash));
    (line, rest)
}

impl Signer {
    /// What the sealed votes say that were cast here in a project and are not known to be open in its file.
    pub fn sealed_here(&self, project_id: &str) -> Result<Vec<Opening>, StoreError> {
        self.openings(project_id)
    }
}

impl Session {
    /// Opens sealed votes whose rounds are over, in the name of whoever does it. Those that are open, or do not fit their
    /// seals, are left out. Returns how many were opened, too.
    pub fn open_votes(
        &mut self,
        author: &Author,
        at_ms: i64,
        openings: Vec<Opening>,
    ) -> Result<(Touched, usize), StoreError> {
        let mut trial = self.project().clone();
        let fit: Vec<Opening> =
            openings.into_iter().filter(|opening| trial.open_vote(opening).is_ok()).collect();
        let count = fit.len();
        if count == 0 {
            return Ok((Touched::default(), 0));
        }
        let entries = fit.into_iter().map(|one| (author.clone(), EntryBody::Opening(one)));
        Ok((self.append_all(at_ms, entries)?, count))
    }
}
