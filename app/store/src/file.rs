//! One project file: made, opened, appended to, closed.

use std::path::{Path, PathBuf};

use project::{Author, Entry, EntryBody, EntryHash, History, Project, Seq, Touched};
use rusqlite::{Connection, TransactionBehavior, params};
use uuid::Uuid;

use crate::commit::Commit;
use crate::journal::{Doubt, Head, Journal, Written};
use crate::lock::{FileIdentity, Hold, has_second_name};
use crate::signatures::{FLOOR, Signed};
use crate::{
    ReadOnlyReason, Signer, StoreError, connect, current, journal, layout, merge, migrate, packed, verify,
};

/// What a new project is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Name and version of the program that makes it.
    pub program: String,
    /// Unix milliseconds.
    pub at_ms: i64,
    pub id: Uuid,
}

impl Identity {
    /// A new identity: which program makes the project and when.
    pub fn new(program: &str, at_ms: i64) -> Self {
        Self { program: program.to_owned(), at_ms, id: Uuid::now_v7() }
    }
}

/// What a project is opened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// To edit it, or to look at it where somebody else edits it. `holder` is the member's name, shown to
    /// whoever opens the project meanwhile.
    ReadWrite { holder: String },
    /// To look at it.
    ReadOnly,
}

/// What an opened project holds.
#[derive(Debug)]
pub struct Loaded {
    pub project: Project,
    pub history: History,
    /// Why nothing can be changed, where that is so.
    pub read_only: Option<ReadOnlyReason>,
    /// The shape that was being drawn when the program ended.
    pub draft: Option<String>,
}

/// An open project file. Dropping it closes it; [`Store::close`] says whether that went well.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    // Before the lock, so that the file is at rest when the lock goes.
    db: Option<Connection>,
    hold: Option<Hold>,
    /// Which file it is, whatever lies at the path by now.
    file: FileIdentity,
    read_only: Option<ReadOnlyReason>,
    head: Head,
    srs: i32,
    extent: Option<geo::Rect<f64>>,
    changed: bool,
    /// The last entry that a packed segment has.
    packed: Seq,
    /// Changes behind it.
    loose: usize,
    signer: Option<Signer>,
}

impl Store {
    /// Makes a new, empty project and opens it for editing.
    pub fn create(path: &Path, identity: &Identity, holder: &str) -> Result<Self, StoreError> {
        let io = |e| StoreError::io("create", path, e);
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
        match file {
            Ok(file) => drop(file),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(StoreError::Exists { path: path.to_path_buf() });
            }
            Err(e) => return Err(io(e)),
        }
        let made = path.canonicalize().map_err(io).and_then(|path| Self::fill(path, identity, holder));
        if made.is_err() {
            // Nothing half-made is left behind.
            for suffix in ["", "-wal", "-shm", "-journal"] {
                let _ = std::fs::remove_file(connect::beside(path, suffix));
            }
        }
        made
    }

    fn fill(path: PathBuf, identity: &Identity, holder: &str) -> Result<Self, StoreError> {
        let hold = Hold::take(&path, holder).map_err(StoreError::ReadOnly)?;
        let sql = |e| StoreError::sqlite("create", &path, e);
        let mut db = connect::writing(&path, true)?;
        let head = Head::start(&identity.id.to_string());
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        layout::create(&tx, identity).map_err(sql)?;
        layout::set_meta(&tx, "head", &head.to_text()).map_err(sql)?;
        let srs = current::rebuild(&tx, &Project::new()).map_err(|e| e.into_error(&path))?;
        tx.commit().map_err(sql)?;
        connect::flush_folder(&path).map_err(|e| StoreError::io("create", &path, e))?;
        let file = FileIdentity::of(&path);
        Ok(Self {
            path,
            db: Some(db),
            hold: Some(hold),
            file,
            read_only: None,
            head,
            srs,
            extent: None,
            changed: true,
            packed: 0,
            loose: 0,
            signer: None,
        })
    }

    /// Opens a project. Where it cannot be edited it is opened for reading, and `read_only` says why.
    pub fn open(path: &Path, mode: OpenMode) -> Result<(Self, Loaded), StoreError> {
        let path = match path.canonicalize() {
            Ok(path) if path.is_file() => path,
            Ok(path) => {
                return Err(StoreError::NotAProject { path, why: "it is not a file".into() });
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::NotFound { path: path.to_path_buf() });
            }
            Err(e) => return Err(StoreError::io("open", path, e)),
        };
        // Only read at first: what is no project, or a damaged one, is refused before anything is written.
        let mut db = connect::reading(&path)?;
        let vetted = layout::vet(&db, &path)?;
        let (hold, mut read_only) = match mode {
            OpenMode::ReadOnly => (None, Some(ReadOnlyReason::Asked)),
            OpenMode::ReadWrite { .. } if is_write_protected(&path) => (None, Some(ReadOnlyReason::Medium)),
            OpenMode::ReadWrite { .. } if has_second_name(&path) => (None, Some(ReadOnlyReason::SecondName)),
            OpenMode::ReadWrite { holder } => match Hold::take(&path, &holder) {
                Ok(hold) => (Some(hold), None),
                Err(reason) => (None, Some(reason)),
            },
        };
        if vetted.version < layout::VERSION && (hold.is_some() || vetted.version < layout::READABLE) {
            migrate::bring_up(&path, vetted.version, hold.is_some())?;
        }
        // One snapshot, for where somebody else is writing.
        let snapshot = db.unchecked_transaction().map_err(|e| StoreError::sqlite("read", &path, e))?;
        let Replayed { project, history, head, packed, loose } = load(&db, &path)?;
        drop(snapshot);
        if hold.is_some() {
            let writing = connect::writing(&path, false)?;
            if writing.is_readonly("main").unwrap_or(true) {
                read_only = Some(ReadOnlyReason::Medium);
            }
            db = writing;
        }
        let sql = |e| StoreError::sqlite("read", &path, e);
        let srs = "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'region'";
        let srs = db.query_row(srs, [], |row| row.get(0)).map_err(sql)?;
        let draft = read_draft(&db).map_err(sql)?;
        let extent = extent_of(&project);
        let loaded = Loaded { project, history, read_only: read_only.clone(), draft };
        let (db, file) = (Some(db), FileIdentity::of(&path));
        let changed = false;
        let signer = None;
        let store =
            Self { path, db, hold, file, read_only, head, srs, extent, changed, packed, loose, signer };
        Ok((store, loaded))
    }

    /// Where the file is, with links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why nothing can be changed, where that is so.
    pub fn read_only(&self) -> Option<&ReadOnlyReason> {
        self.read_only.as_ref()
    }

    /// Signs every entry from now on.
    pub fn sign_with(&mut self, signer: Option<Signer>) {
        self.signer = signer;
    }

    pub(crate) fn head(&self) -> Head {
        self.head
    }

    pub(crate) fn head_hash(&self) -> EntryHash {
        EntryHash(self.head.hash)
    }

    /// What the project is known by in all of its copies.
    pub fn project_id(&self) -> Result<String, StoreError> {
        let id =
            layout::meta(self.db()?, "project").map_err(|e| StoreError::sqlite("read", &self.path, e))?;
        Ok(id.unwrap_or_default())
    }

    /// Closes the file as [`Store::close`] does, and keeps the lock.
    pub(crate) fn rest(mut self) -> Result<Option<Hold>, StoreError> {
        if let Some(db) = self.db.take() {
            let sql = |e| StoreError::sqlite("close", &self.path, e);
            settle(&db, self.changed).map_err(sql)?;
            db.close().map_err(|(_, e)| sql(e))?;
        }
        Ok(self.hold.take())
    }

    /// Notes that the entries up to now were saved from memory: their signatures are of another file.
    pub(crate) fn note_saved_from_memory(&self) -> Result<(), StoreError> {
        self.note_floor(self.head.seq)
    }

    pub(crate) fn note_floor(&self, floor: Seq) -> Result<(), StoreError> {
        let floor = floor.to_string();
        layout::set_meta(self.db()?, FLOOR, &floor).map_err(|e| StoreError::sqlite("write", &self.path, e))
    }

    /// Appends the entry that joins other copies, with `more` beside it, and writes every table anew. `project` is the
    /// project after it.
    pub(crate) fn write_joined(
        &mut self,
        entry: &Entry,
        project: &Project,
        more: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let path = &self.path;
        let sql = |e| StoreError::sqlite("write", path, e);
        let db = self.db.as_mut().ok_or_else(|| closed(path))?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        layout::drop_foreign_index(&tx).map_err(sql)?;
        let written = Written::new(&entry.body)?;
        let head = written.head_after(&self.head, entry);
        written.insert(&tx, entry, &head.hash).map_err(sql)?;
        sign(&tx, self.signer.as_ref(), head).map_err(sql)?;
        more(&tx).map_err(sql)?;
        let srs = current::rebuild(&tx, project).map_err(|e| e.into_error(path))?;
        let extent = extent_of(project);
        current::note_extent(&tx, extent).map_err(sql)?;
        layout::set_meta(&tx, "head", &head.to_text()).map_err(sql)?;
        tx.commit().map_err(sql)?;
        (self.head, self.srs, self.extent, self.changed) = (head, srs, extent, true);
        Ok(())
    }

    /// The number of the newest entry on disk; 0 for an empty journal.
    pub fn last_seq(&self) -> Seq {
        self.head.seq
    }

    /// SHA-256 of the newest entry on disk, chained to all before it; lower-case hex.
    pub fn journal_hash(&self) -> String {
        self.head.to_text().split_once(' ').map_or_else(String::new, |(_, hash)| hash.to_owned())
    }

    /// Appends one entry durably. `project` is the project after the entry, `touched` what it changed.
    pub fn append(
        &mut self,
        author: &Author,
        at_ms: i64,
        body: EntryBody,
        project: &Project,
        touched: &Touched,
    ) -> Result<Seq, StoreError> {
        let entry = Entry { seq: self.head.seq + 1, at_ms, author: author.clone(), body };
        self.write(&[Commit::new(entry, project, touched)?])
    }

    /// Appends entries in one durable transaction: all of them or none.
    pub fn write(&mut self, commits: &[Commit]) -> Result<Seq, StoreError> {
        let written = |commit: &Commit| Written::new(&commit.entry.body);
        let line = |commit| Ok(LineToWrite { commit, written: written(commit)?, signing: Signing::Here });
        let lines: Vec<LineToWrite<'_>> = commits.iter().map(line).collect::<Result<_, StoreError>>()?;
        self.write_lines(&lines)
    }

    /// The same with lines that may have been written elsewhere, to the letter and with their own signatures.
    pub(crate) fn write_lines(&mut self, lines: &[LineToWrite<'_>]) -> Result<Seq, StoreError> {
        if let Some(reason) = &self.read_only {
            return Err(StoreError::ReadOnly(reason.clone()));
        }
        self.still_there()?;
        let path = &self.path;
        let sql = |e| StoreError::sqlite("write", path, e);
        let db = self.db.as_mut().ok_or_else(|| closed(path))?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        let found = journal::newest(&tx).map_err(sql)?;
        if found != self.head {
            let (expected, found) = (self.head.seq, found.seq);
            return Err(StoreError::Overtaken { path: path.clone(), expected, found });
        }
        if !self.changed {
            layout::drop_foreign_index(&tx).map_err(sql)?;
        }
        let (mut head, mut srs, mut extent) = (self.head, self.srs, self.extent);
        for LineToWrite { commit, written, signing } in lines {
            if commit.seq() != head.seq + 1 {
                let expected = head.seq + 1;
                return Err(StoreError::Overtaken { path: path.clone(), expected, found: commit.seq() });
            }
            head = written.head_after(&head, &commit.entry);
            written.insert(&tx, &commit.entry, &head.hash).map_err(sql)?;
            match signing {
                Signing::Here => sign(&tx, self.signer.as_ref(), head),
                Signing::AsItCame(signed) => keep_signature(&tx, signed.as_ref(), head),
            }
            .map_err(sql)?;
            merge::write_missing(&tx, head.seq, &commit.joined).map_err(sql)?;
            commit.rows.write(&tx, &mut srs).map_err(|e| e.into_error(path))?;
            extent = extent.into_iter().chain(commit.rows.bounds()).reduce(current::union);
        }
        layout::set_meta(&tx, "head", &head.to_text()).map_err(sql)?;
        if extent != self.extent {
            current::note_extent(&tx, extent).map_err(sql)?;
        }
        tx.commit().map_err(sql)?;
        // What went into a file that nobody can find any more is not saved. The entries are not taken note
        // of: a retry looks at what the file that is there holds.
        self.still_there()?;
        (self.head, self.srs, self.extent, self.changed) = (head, srs, extent, true);
        self.loose += lines.iter().map(|line| packed::changes(&line.commit.entry.body)).sum::<usize>();
        Ok(head.seq)
    }

    /// Packs the journal so that it opens fast, where at least so many changes are not packed yet. `project` and
    /// `history` are what the journal says.
    pub(crate) fn pack(
        &mut self,
        project: &Project,
        history: &History,
        at_least: usize,
    ) -> Result<(), StoreError> {
        if self.loose < at_least || self.read_only.is_some() || history.last_seq() != self.head.seq {
            return Ok(());
        }
        self.still_there()?;
        let path = &self.path;
        let sql = |e| StoreError::sqlite("write", path, e);
        let db = self.db.as_mut().ok_or_else(|| closed(path))?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        if journal::newest(&tx).map_err(sql)? != self.head {
            return Ok(());
        }
        if self.packed == 0 {
            // Segments that were not believed.
            packed::clear(&tx).map_err(sql)?;
        }
        packed::write(&tx, project, history, self.packed, self.head).map_err(sql)?;
        tx.commit().map_err(sql)?;
        (self.packed, self.loose) = (self.head.seq, 0);
        Ok(())
    }

    /// A system lets go on writing to a file that was deleted, or whose disk is gone: all would be lost.
    fn still_there(&self) -> Result<(), StoreError> {
        if self.file == FileIdentity::of(&self.path) {
            return Ok(());
        }
        Err(StoreError::Vanished { path: self.path.clone() })
    }

    /// Keeps the shape that is being drawn, so that a crash does not lose it; `None` when it is done.
    pub fn save_draft(&mut self, draft: Option<&str>) -> Result<(), StoreError> {
        if let Some(reason) = &self.read_only {
            return Err(StoreError::ReadOnly(reason.clone()));
        }
        let db = self.db()?;
        let result = match draft {
            Some(body) => db.execute("INSERT OR REPLACE INTO draft (fid, body) VALUES (1, ?)", [body]),
            None => db.execute("DELETE FROM draft", []),
        };
        result.map(|_| ()).map_err(|e| StoreError::sqlite("write", &self.path, e))
    }

    /// How often each kept answer was used.
    pub(crate) fn hits(&self) -> std::collections::HashMap<project::ResponseId, u64> {
        self.db().map(crate::hits::read).unwrap_or_default()
    }

    /// Counts uses of kept answers, where the file can be written.
    pub(crate) fn count_hits(&mut self, used: &[(project::ResponseId, i64)]) -> Result<(), StoreError> {
        if self.read_only.is_some() || used.is_empty() {
            return Ok(());
        }
        let db = self.db()?;
        let sql = |e| StoreError::sqlite("write", &self.path, e);
        let tx = db.unchecked_transaction().map_err(sql)?;
        for (response, at_ms) in used {
            crate::hits::count(&tx, &[*response], *at_ms).map_err(sql)?;
        }
        tx.commit().map_err(sql)
    }

    /// Every entry, oldest first, each checked against the chain of hashes.
    pub fn journal(&self) -> Result<Journal<'_>, StoreError> {
        Journal::new(self.db()?, &self.path)
    }

    /// Checks everything: SQLite's pages, the chain of hashes, the project's own rules, and the tables
    /// against a project made anew from the journal.
    pub fn verify(&self) -> Result<verify::Verification, StoreError> {
        Ok(verify::verify(self.db()?, &self.path))
    }

    /// Writes the tables for other programs anew from the journal, where something else changed them.
    pub fn rebuild_tables(&mut self, project: &Project) -> Result<(), StoreError> {
        if let Some(reason) = &self.read_only {
            return Err(StoreError::ReadOnly(reason.clone()));
        }
        let path = &self.path;
        let sql = |e| StoreError::sqlite("write", path, e);
        let db = self.db.as_mut().ok_or_else(|| closed(path))?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        layout::drop_foreign_index(&tx).map_err(sql)?;
        self.srs = current::rebuild(&tx, project).map_err(|e| e.into_error(path))?;
        packed::clear(&tx).map_err(sql)?;
        tx.commit().map_err(sql)?;
        (self.changed, self.packed) = (true, 0);
        self.loose = usize::try_from(self.head.seq).unwrap_or(usize::MAX).max(packed::WORTH);
        Ok(())
    }

    /// Closes the file: everything in one file, nothing beside it, the lock let go.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        let Some(db) = self.db.take() else { return Ok(()) };
        let sql = |e| StoreError::sqlite("close", &self.path, e);
        let done = if self.hold.is_some() { settle(&db, self.changed).map_err(sql) } else { Ok(()) };
        let closed = db.close().map_err(|(_, e)| sql(e));
        self.hold = None;
        done.and(closed)
    }

    /// Opens the file again after a failure of the disk. Returns how many of the pending commits turn out
    /// to be on disk after all.
    pub(crate) fn reconnect(&mut self, pending: &[Commit]) -> Result<usize, StoreError> {
        if !self.path.exists() {
            // The open file may be all there is; it stays open.
            return Err(StoreError::Vanished { path: self.path.clone() });
        }
        if let Some(hold) = &mut self.hold {
            hold.renew(&self.path).map_err(StoreError::ReadOnly)?;
        }
        drop(self.db.take());
        let db = connect::writing(&self.path, false)?;
        let found = journal::newest(&db).map_err(|e| StoreError::sqlite("read", &self.path, e))?;
        self.db = Some(db);
        self.file = FileIdentity::of(&self.path);
        let mut head = self.head;
        for (done, commit) in pending.iter().enumerate() {
            if head == found {
                self.head = head;
                return Ok(done);
            }
            head = Written::new(&commit.entry.body)?.head_after(&head, &commit.entry);
        }
        if head != found {
            let (expected, found) = (self.head.seq, found.seq);
            return Err(StoreError::Overtaken { path: self.path.clone(), expected, found });
        }
        self.head = head;
        Ok(pending.len())
    }

    pub(crate) fn db(&self) -> Result<&Connection, StoreError> {
        self.db.as_ref().ok_or_else(|| closed(&self.path))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`.
        let _ = self.finish();
    }
}

/// An entry on its way to the journal.
pub(crate) struct LineToWrite<'a> {
    pub(crate) commit: &'a Commit,
    pub(crate) written: Written,
    pub(crate) signing: Signing,
}

/// How an entry is signed on its way to the journal.
#[derive(Clone, Copy)]
pub(crate) enum Signing {
    /// By this program's own key, where there is one.
    Here,
    /// As it came, with or without a signature.
    AsItCame(Option<Signed>),
}

/// Signs the newest entry, where there is a key.
fn sign(db: &Connection, signer: Option<&Signer>, head: Head) -> rusqlite::Result<()> {
    let signed = signer.map(|signer| (signer.public(), signer.sign(&head.hash)));
    keep_signature(db, signed.as_ref(), head)
}

fn keep_signature(db: &Connection, signed: Option<&Signed>, head: Head) -> rusqlite::Result<()> {
    let Some((key, signature)) = signed else { return Ok(()) };
    db.prepare_cached("INSERT INTO signature (seq, key, signature) VALUES (?, ?, ?)")?
        .execute(params![head.seq as i64, key.0, signature])
        .map(drop)
}

fn closed(path: &Path) -> StoreError {
    StoreError::io("use", path, std::io::Error::other("the file is closed"))
}

/// Renews the box of all regions and folds the log into the file.
pub(crate) fn settle(db: &Connection, changed: bool) -> rusqlite::Result<()> {
    if changed {
        db.execute_batch("PRAGMA optimize")?;
    }
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    // A file that rests in rollback mode can be read from write-protected media by every program. Somebody
    // who reads it at this moment keeps it from changing over, which does no harm.
    match db.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0)) {
        Err(e) if e.sqlite_error_code() != Some(rusqlite::ErrorCode::DatabaseBusy) => Err(e),
        _ => Ok(()),
    }
}

fn is_write_protected(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.permissions().readonly())
}

fn read_draft(db: &Connection) -> rusqlite::Result<Option<String>> {
    use rusqlite::OptionalExtension as _;
    db.query_row("SELECT body FROM draft WHERE fid = 1", [], |row| row.get(0)).optional()
}

fn extent_of(project: &Project) -> Option<geo::Rect<f64>> {
    project.bounds()
}

/// A project as its file has it, and how far that was read from packed segments.
pub(crate) struct Replayed {
    pub(crate) project: Project,
    pub(crate) history: History,
    pub(crate) head: Head,
    /// The last entry of the last segment; 0 without one.
    packed: Seq,
    /// Changes behind it.
    loose: usize,
}

/// What the journal says, by way of its packed segments where they can be believed; in the caller's snapshot.
pub(crate) fn load(db: &Connection, path: &Path) -> Result<Replayed, StoreError> {
    match packed::replay(db) {
        Ok(Some((project, history, head))) => go_on(db, path, project, history, head),
        // A copy for speed that cannot be used is a matter for `verify`; the journal is the truth.
        Ok(None) | Err(_) => replay(db, path),
    }
}

/// Replays the journal itself, from its first entry; in the caller's snapshot.
pub(crate) fn replay(db: &Connection, path: &Path) -> Result<Replayed, StoreError> {
    let start = journal::start(db).map_err(|e| StoreError::sqlite("read", path, e))?;
    go_on(db, path, Project::new(), History::default(), start)
}

fn go_on(
    db: &Connection,
    path: &Path,
    mut project: Project,
    mut history: History,
    from: Head,
) -> Result<Replayed, StoreError> {
    let mut loose = 0;
    let read = journal::read_after(db, from, |entry| {
        let seq = entry.seq;
        loose += packed::changes(&entry.body);
        let applied = history.take(&mut project, entry);
        let what = |e| format!("entry {seq} of its journal cannot be applied: {e}");
        applied.map(|_| ()).map_err(|e| Doubt::Damage(what(e)))
    });
    let head = read.map_err(|doubt| doubt.into_error(path))?;
    Ok(Replayed { project, history, head, packed: from.seq, loose })
}
