//! Bringing a file of an older version up to this one, with a copy of the old file kept beside it.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use crate::{StoreError, connect, layout};

/// What turns version `n` into `n + 1`; the first is for version 1.
type Step = fn(&Transaction<'_>) -> rusqlite::Result<()>;
const STEPS: [Step; layout::VERSION as usize - 1] =
    [|tx| layout::make_since(tx, 2), |tx| layout::make_since(tx, 3), |tx| layout::make_since(tx, 4)];

/// Migrates a file of an older version in one transaction; it is the old or the new one afterwards, never
/// between.
pub(crate) fn bring_up(path: &Path, version: u32, may_write: bool) -> Result<(), StoreError> {
    if !may_write {
        let why = format!(
            "it is of the older version {version} and can be brought up to date only where it can be written"
        );
        return Err(StoreError::NotAProject { path: path.to_path_buf(), why });
    }
    run(&connect::writing(path, false)?, path, version, &STEPS)
}

fn run(db: &Connection, path: &Path, version: u32, steps: &[Step]) -> Result<(), StoreError> {
    let newest = steps.len() as u32 + 1;
    let sql = |e| StoreError::sqlite("bring up to date", path, e);
    back_up(db, path, version)?;
    let tx = db.unchecked_transaction().map_err(sql)?;
    for step in &steps[version as usize - 1..] {
        step(&tx).map_err(sql)?;
    }
    layout::set_meta(&tx, "version", &newest.to_string()).map_err(sql)?;
    tx.commit().map_err(sql)
}

/// Copies the file to `<name>.v<version>.gpkg.bak`, written whole before it gets that name.
fn back_up(db: &Connection, path: &Path, version: u32) -> Result<(), StoreError> {
    let io = |e| StoreError::io("copy", path, e);
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .map_err(|e| StoreError::sqlite("copy", path, e))?;
    let kept = connect::beside(path, &format!(".v{version}.bak"));
    let part = connect::beside(path, &format!(".v{version}.part"));
    std::fs::copy(path, &part).map_err(io)?;
    std::fs::File::open(&part).and_then(|f| f.sync_all()).map_err(io)?;
    std::fs::rename(&part, &kept).and_then(|()| connect::flush_folder(&kept)).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old_file(folder: &Path) -> (std::path::PathBuf, Connection) {
        let path = folder.join("old.gpkg");
        let db = connect::writing(&path, true).expect("opens");
        layout::create(&db, &crate::Identity::new("test", 0)).expect("made");
        layout::set_meta(&db, "version", "1").expect("as old as can be");
        (path, db)
    }

    #[test]
    fn an_old_file_is_brought_up_and_a_copy_of_it_kept() {
        let folder = tempfile::tempdir().expect("folder");
        let (path, db) = old_file(folder.path());
        let steps: [Step; 2] = [
            |tx| tx.execute_batch("CREATE TABLE a (x)"),
            |tx| tx.execute_batch("ALTER TABLE a ADD COLUMN y"),
        ];
        run(&db, &path, 1, &steps).expect("migrated");
        assert_eq!(layout::meta(&db, "version").expect("read").as_deref(), Some("3"));
        db.execute("INSERT INTO a (x, y) VALUES (1, 2)", []).expect("both steps ran");
        let old = connect::reading(&connect::beside(&path, ".v1.bak")).expect("the copy opens");
        assert_eq!(layout::meta(&old, "version").expect("read").as_deref(), Some("1"));
    }

    #[test]
    fn a_step_that_fails_leaves_the_old_version() {
        let folder = tempfile::tempdir().expect("folder");
        let (path, db) = old_file(folder.path());
        let steps: [Step; 2] =
            [|tx| tx.execute_batch("CREATE TABLE a (x)"), |tx| tx.execute_batch("nonsense")];
        run(&db, &path, 1, &steps).expect_err("the second step fails");
        assert_eq!(layout::meta(&db, "version").expect("read").as_deref(), Some("1"));
        db.execute("INSERT INTO a (x) VALUES (1)", []).expect_err("the first step was taken back");
        bring_up(&path, 1, false).expect_err("a file that is only read is not migrated");
    }
}
