//! Opening SQLite so that a stranger's file can do no harm and a commit survives a power cut.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use crate::StoreError;

/// The largest single value that is read or written.
pub(crate) const LARGEST_VALUE: i32 = 256 << 20;
const CACHE_KIB: i32 = 16 << 10;
const PATIENCE: Duration = Duration::from_secs(5);

const A_LOOK: &str = "SELECT count(*) FROM sqlite_schema";

/// A connection for reading. Leaves nothing beside the file.
pub(crate) fn reading(path: &Path) -> Result<Connection, StoreError> {
    let look = || {
        open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, "").and_then(|db| {
            db.query_row(A_LOOK, [], |_| Ok(())).map_err(|e| StoreError::sqlite("open", path, e))?;
            Ok(db)
        })
    };
    let mut looked = look();
    if looked.is_err() && has_rollback_journal(path) {
        // The power went while the file changed over between its two ways of writing; reading alone cannot undo that.
        roll_back(path)?;
        looked = look();
    }
    let db = match looked {
        // A log that cannot be made on a write-protected medium: without one beside it the file is at rest.
        Err(e) if needs_a_log(&e) && !beside(path, "-wal").exists() => {
            open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, "?immutable=1")?
        }
        other => other?,
    };
    db.pragma_update(None, "query_only", true).map_err(|e| StoreError::sqlite("open", path, e))?;
    Ok(db)
}

/// True where something was begun in the file that was neither finished nor undone.
fn has_rollback_journal(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-journal")).is_ok_and(|journal| journal.len() > 0)
}

/// Undoes what was begun and not finished.
fn roll_back(path: &Path) -> Result<(), StoreError> {
    let db = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, "")?;
    let looked = db.query_row(A_LOOK, [], |_| Ok(()));
    looked.map_err(|e| StoreError::sqlite("open", path, e))
}

fn needs_a_log(error: &StoreError) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly, SystemIoFailure};
    match error {
        StoreError::ReadOnly(_) => true,
        StoreError::Sqlite { source, .. } => source
            .sqlite_error_code()
            .is_some_and(|code| matches!(code, CannotOpen | PermissionDenied | ReadOnly | SystemIoFailure)),
        _ => false,
    }
}

/// A connection for writing, with the write-ahead log on and every commit flushed.
pub(crate) fn writing(path: &Path, create: bool) -> Result<Connection, StoreError> {
    let sql = |e| StoreError::sqlite("open", path, e);
    let create = if create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let db = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | create, "")?;
    // File systems without shared memory answer `delete`; that is as safe, only slower.
    let _: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(sql)?;
    db.pragma_update(None, "synchronous", "FULL").map_err(sql)?;
    Ok(db)
}

/// A connection to a new file that counts only once it is whole: its flushing is the caller's.
pub(crate) fn scratch(path: &Path) -> Result<Connection, StoreError> {
    let db = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE, "")?;
    db.pragma_update(None, "synchronous", "OFF").map_err(|e| StoreError::sqlite("open", path, e))?;
    Ok(db)
}

fn open(path: &Path, flags: OpenFlags, query: &str) -> Result<Connection, StoreError> {
    let sql = |e| StoreError::sqlite("open", path, e);
    let flags = flags | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(uri(path, query), flags).map_err(sql)?;
    for (option, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    ] {
        db.set_db_config(option, on).map_err(sql)?;
    }
    db.set_limit(Limit::SQLITE_LIMIT_LENGTH, LARGEST_VALUE).map_err(sql)?;
    db.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0).map_err(sql)?;
    db.busy_timeout(PATIENCE).map_err(sql)?;
    db.set_prepared_statement_cache_capacity(64);
    db.pragma_update(None, "cell_size_check", true).map_err(sql)?;
    db.pragma_update(None, "mmap_size", 0).map_err(sql)?;
    db.pragma_update(None, "temp_store", "MEMORY").map_err(sql)?;
    db.pragma_update(None, "cache_size", -CACHE_KIB).map_err(sql)?;
    Ok(db)
}

/// Has the folder of a file written to the disk: until then a power cut may take the file's very name.
pub(crate) fn flush_folder(path: &Path) -> std::io::Result<()> {
    // Other systems open no folders, and write names in order.
    if cfg!(unix)
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        return std::fs::File::open(folder)?.sync_all();
    }
    Ok(())
}

/// The path with something appended to its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A `file:` URI; everything but letters, digits and a few marks is escaped.
fn uri(path: &Path, query: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(char::from(*byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out + query
}
