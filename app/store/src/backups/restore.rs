//! Bringing a generation back, with everything that was done after it and can still be read.

use std::path::{Path, PathBuf};

use project::Seq;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Generation, check, generations, settled};
use crate::journal::{ENTRY_COLUMNS, RawEntry, Written};
use crate::lock::Hold;
use crate::{Commit, OpenMode, Store, StoreError, connect, layout};

/// Damaged files that are set aside beside a project at most.
const MOST_ASIDE: usize = 10_000;
/// Entries that are taken over in one transaction.
const AT_ONCE: usize = 256;

/// What came of restoring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The project that is whole again.
    pub path: PathBuf,
    pub from: Generation,
    /// Entries that were made after the generation and are there all the same.
    pub taken_over: Seq,
    /// The number of the newest entry.
    pub entries: Seq,
    /// Where the file that was there lies now, as it was.
    pub set_aside: Option<PathBuf>,
}

/// Puts a generation in the place of a project: the one of that number, else the newest that is sound. Entries that were
/// made after it are taken over from the file that was there as far as their chain is whole; that file is set aside and never
/// changed. With `to`, all goes to a new file instead, and the project is left alone.
pub fn restore(project: &Path, number: Option<u64>, to: Option<&Path>) -> Result<Restored, StoreError> {
    let path = settled(project).ok_or_else(|| StoreError::NotFound { path: project.to_path_buf() })?;
    let target = to.map_or_else(|| path.clone(), Path::to_path_buf);
    if to.is_some() && target.exists() {
        return Err(StoreError::Exists { path: target });
    }
    let hold = to.is_none().then(|| Hold::take(&path, "")).transpose().map_err(StoreError::ReadOnly)?;
    let part = connect::beside(&target, ".part");
    let restored = whole_copy(&path, number, &part).and_then(|(from, taken_over, entries)| {
        let io = |e| StoreError::io("restore", &target, e);
        let set_aside = if to.is_none() { set_aside(&path).map_err(io)? } else { None };
        std::fs::rename(&part, &target).and_then(|()| connect::flush_folder(&target)).map_err(io)?;
        Ok(Restored { path: target.clone(), from, taken_over, entries, set_aside })
    });
    if restored.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    drop(hold);
    restored
}

/// Copies a sound generation, with what was done since.
fn whole_copy(
    project: &Path,
    number: Option<u64>,
    part: &Path,
) -> Result<(Generation, Seq, Seq), StoreError> {
    let wanted = |one: &Generation| number.is_none_or(|number| one.number == number);
    let mut why = None;
    for one in generations(project).into_iter().filter(wanted) {
        match copy_of(&one, part) {
            Err(error) => why = Some(error),
            Ok(head) => {
                let taken = take_over(part, project).unwrap_or(0);
                if let Ok(Some(found)) = check(part, &mut || true) {
                    return Ok((one, taken, found.seq));
                }
                // What was taken over spoilt it: without, then.
                copy_of(&one, part)?;
                return Ok((one, 0, head));
            }
        }
    }
    Err(why.unwrap_or_else(|| StoreError::NoBackup { path: project.to_path_buf() }))
}

/// A copy of a generation that is whole, not merely the generation. Returns the number of its newest entry.
fn copy_of(one: &Generation, part: &Path) -> Result<Seq, StoreError> {
    let io = |e| StoreError::io("copy", &one.path, e);
    std::fs::copy(&one.path, part).map_err(io)?;
    std::fs::File::open(part).and_then(|file| file.sync_all()).map_err(io)?;
    let name = |error| match error {
        StoreError::Damaged { what, .. } => StoreError::Damaged { path: one.path.clone(), what },
        other => other,
    };
    let head = check(part, &mut || true).map_err(name)?;
    Ok(head.map_or(0, |head| head.seq))
}

/// Takes entries over from a file that may be damaged, as far as its chain goes on from the end of the copy.
fn take_over(part: &Path, damaged: &Path) -> Result<Seq, StoreError> {
    let sql = |e| StoreError::sqlite("read", damaged, e);
    let version = layout::meta(&connect::reading(part)?, "version").map_err(sql)?;
    if version.is_none_or(|version| version != layout::VERSION.to_string()) {
        // It is brought up to date when it is opened; entries of another version are not mixed in.
        return Ok(0);
    }
    let db = connect::reading(damaged)?;
    let (mut store, loaded) = Store::open(part, OpenMode::ReadWrite { holder: String::new() })?;
    if store.read_only().is_some()
        || layout::meta(&db, "project").map_err(sql)?.unwrap_or_default() != store.project_id()?
    {
        return Ok(0);
    }
    let (mut project, mut history, start) = (loaded.project, loaded.history, store.head());
    let (mut head, mut commits, mut signed) = (start, Vec::new(), Vec::new());
    let mut statement = db.prepare(&format!("{ENTRY_COLUMNS} WHERE seq > ? ORDER BY seq")).map_err(sql)?;
    let mut rows = statement.query([head.seq as i64]).map_err(sql)?;
    // Whatever is wrong with a row ends what can be believed.
    while let Ok(Some(row)) = rows.next() {
        let Ok((entry, after)) =
            RawEntry::from_row(row).map_err(Into::into).and_then(|raw| raw.believe(&db, &head))
        else {
            break;
        };
        // Entries of other copies stand in tables that may not be whole.
        let is_plain = !matches!(entry.body, project::EntryBody::Merge(_));
        let same = Written::new(&entry.body).is_ok_and(|text| text.head_after(&head, &entry) == after);
        if !(is_plain && same) {
            break;
        }
        let Ok(touched) = history.advance(&mut project, &entry) else { break };
        signed.extend(signature(&db, entry.seq).unwrap_or_default());
        commits.push(Commit::new(entry, &project, &touched)?);
        head = after;
        if commits.len() == AT_ONCE {
            write(&mut store, &mut commits, &mut signed)?;
        }
    }
    write(&mut store, &mut commits, &mut signed)?;
    store.close()?;
    Ok(head.seq - start.seq)
}

/// A row of the table of signatures.
type Signed = (i64, Vec<u8>, Vec<u8>);

fn signature(db: &Connection, seq: Seq) -> rusqlite::Result<Option<Signed>> {
    let row = |row: &rusqlite::Row<'_>| Ok((seq as i64, row.get(0)?, row.get(1)?));
    db.prepare_cached("SELECT key, signature FROM signature WHERE seq = ?")?
        .query_row([seq as i64], row)
        .optional()
}

fn write(store: &mut Store, commits: &mut Vec<Commit>, signed: &mut Vec<Signed>) -> Result<(), StoreError> {
    if commits.is_empty() {
        return Ok(());
    }
    store.write(commits)?;
    let path = store.path().to_path_buf();
    for (seq, key, signature) in signed.drain(..) {
        store
            .db()?
            .execute(
                "INSERT OR IGNORE INTO signature (seq, key, signature) VALUES (?, ?, ?)",
                params![seq, key, signature],
            )
            .map_err(|e| StoreError::sqlite("write", &path, e))?;
    }
    commits.clear();
    Ok(())
}

/// Gives the file that is there another name, with what SQLite keeps beside it.
fn set_aside(path: &Path) -> std::io::Result<Option<PathBuf>> {
    if !path.exists() {
        return Ok(None);
    }
    let name = |n: usize| {
        let number = if n == 1 { String::new() } else { format!("-{n}") };
        connect::beside(path, &format!(".damaged{number}"))
    };
    let free = (1..=MOST_ASIDE).map(name).find(|aside| !aside.exists());
    let free =
        free.ok_or_else(|| std::io::Error::other("too many damaged files were set aside beside it"))?;
    for suffix in ["-wal", "-journal"] {
        let from = connect::beside(path, suffix);
        if from.exists() {
            std::fs::rename(from, connect::beside(&free, suffix))?;
        }
    }
    let _ = std::fs::remove_file(connect::beside(path, "-shm"));
    std::fs::rename(path, &free)?;
    Ok(Some(free))
}
