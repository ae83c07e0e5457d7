//! Making a generation while the project is being written to.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::{Generation, check, folder_of, generations, kept};
use crate::{StoreError, connect, file, journal, layout};

/// Pages that are copied between two looks at whether it is still wanted.
const AT_ONCE: i32 = 1_024;
/// What must stay free on the disk, so that a copy never takes the room of the project itself.
const SPARE: u64 = 512 << 20;
const PART: &str = "new.part";

/// How making a generation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackedUp {
    Made(Generation),
    /// The newest generation has everything already.
    Held(Generation),
    /// It was not wanted any more; nothing is left of it.
    Stopped,
}

/// Copies a project as it is at this moment into a new generation, checks the copy as a whole, and only then lets go of a
/// generation that is not needed any more. Whoever writes to the project meanwhile is neither kept waiting nor copied
/// halfway. A copy that is not sound is not kept, and no older one goes.
pub fn back_up(project: &Path, mut wanted: impl FnMut() -> bool) -> Result<BackedUp, StoreError> {
    let path = project.canonicalize().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => StoreError::NotFound { path: project.to_path_buf() },
        _ => StoreError::io("open", project, e),
    })?;
    let db = connect::reading(&path)?;
    layout::vet(&db, &path)?;
    let sql = |e| StoreError::sqlite("read", &path, e);
    // What is copied is what there is at this moment, whatever is written meanwhile.
    let snapshot = db.unchecked_transaction().map_err(sql)?;
    let head = journal::newest(&db).map_err(sql)?;
    let before = generations(&path);
    if let Some(newest) = before.first().filter(|one| one.head() == Some(head)) {
        return Ok(BackedUp::Held(newest.clone()));
    }
    let folder = folder_of(&path);
    let io = |e| StoreError::io("back up", &path, e);
    std::fs::create_dir_all(&folder).map_err(io)?;
    room(&db, &path, &folder)?;
    let part = folder.join(PART);
    let made = copy(&db, &part, &mut wanted)
        .and_then(|whole| if whole { check(&part, &mut wanted) } else { Ok(None) });
    drop(snapshot);
    let made = match made {
        Ok(Some(found)) if found == head => Ok(true),
        Ok(Some(_)) => Err(damaged(&path, "its copy ends elsewhere".into())),
        Ok(None) => Ok(false),
        Err(StoreError::Damaged { what, .. }) => Err(damaged(&path, what)),
        Err(other) => Err(other),
    };
    if !matches!(made, Ok(true)) {
        remove(&part);
        return made.map(|_| BackedUp::Stopped);
    }
    let number = before.first().map_or(1, |one| one.number + 1);
    let kept_as = folder.join(format!("{number:04}.gpkg"));
    std::fs::rename(&part, &kept_as).and_then(|()| connect::flush_folder(&kept_as)).map_err(io)?;
    thin(&path);
    let gone = || StoreError::Vanished { path: kept_as.clone() };
    Generation::at(kept_as.clone()).map(BackedUp::Made).ok_or_else(gone)
}

fn damaged(path: &Path, what: String) -> StoreError {
    StoreError::Damaged { path: path.to_path_buf(), what }
}

/// Refuses where the copy would fill the disk.
fn room(db: &Connection, path: &Path, folder: &Path) -> Result<(), StoreError> {
    let number = |pragma: &str| db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let sql = |e| StoreError::sqlite("read", path, e);
    let bytes = number("page_count").map_err(sql)?.saturating_mul(number("page_size").map_err(sql)?) as u64;
    match free_bytes(folder) {
        Some(free) if free < bytes.saturating_add(SPARE) => {
            let why = format!(
                "its disk has {} MB left, and {} MB must stay free beside the copy",
                free >> 20,
                SPARE >> 20
            );
            Err(StoreError::NotBackedUp { path: path.to_path_buf(), why })
        }
        _ => Ok(()),
    }
}

/// What is free on the disk of a folder, where the system says so.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// Copies page after page out of the caller's snapshot; false when that was not wanted any more. On the disk when it
/// returns.
fn copy(db: &Connection, to: &Path, wanted: &mut dyn FnMut() -> bool) -> Result<bool, StoreError> {
    const BUSY: Duration = Duration::from_millis(20);
    let sql = |e| StoreError::sqlite("back up to", to, e);
    remove(to);
    let mut copy = connect::scratch(to)?;
    let backup = Backup::new(db, &mut copy).map_err(sql)?;
    loop {
        if !wanted() {
            return Ok(false);
        }
        match backup.step(AT_ONCE).map_err(sql)? {
            StepResult::Done => break,
            StepResult::More => {}
            // Somebody is about to fold the log in.
            _ => std::thread::sleep(BUSY),
        }
    }
    drop(backup);
    file::settle(&copy, false).map_err(sql)?;
    copy.close().map_err(|(_, e)| sql(e))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|e| StoreError::io("back up to", to, e))?;
    Ok(true)
}

fn remove(part: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(connect::beside(part, suffix));
    }
}

/// Lets go of generations that are not needed any more.
fn thin(project: &Path) {
    let all = generations(project);
    let made: Vec<i64> = all.iter().map(|one| one.made_ms).collect();
    for (one, kept) in all.iter().zip(kept(&made)) {
        if !kept {
            // One too many does no harm; the next time it goes.
            let _ = std::fs::remove_file(&one.path);
        }
    }
}
