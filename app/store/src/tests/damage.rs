//! Files that are not what they should be: one sentence each, nothing changed, no panic.

use std::path::Path;

use proptest::prelude::*;
use rusqlite::Connection;

use super::fixture::{Folder, busy, read_write};
use crate::{OpenMode, Session, StoreError, verify_file};

/// The message with which a file is refused for writing, after checking that it is as it was.
fn refused(path: &Path) -> StoreError {
    let before = std::fs::read(path).expect("readable");
    let names = |path: &Path| std::fs::read_dir(path.parent().expect("folder")).expect("folder").count();
    let beside = names(path);
    let error = Session::open(path, read_write()).expect_err("refused");
    assert!(std::fs::read(path).expect("readable") == before, "the file was changed: {error}");
    assert_eq!(names(path), beside, "something was left beside the file: {error}");
    assert!(error.hint().is_some(), "{error}");
    error
}

/// A sound, closed project, changed by SQL.
fn altered(folder: &Folder, sql: &str) -> std::path::PathBuf {
    busy(&folder.file()).close().expect("closes");
    let db = Connection::open(folder.file()).expect("opens");
    db.execute_batch("PRAGMA writable_schema = ON").expect("set");
    db.execute_batch(sql).expect("altered");
    folder.file()
}

#[test]
fn what_is_no_project_is_refused_in_one_sentence() {
    let folder = Folder::new();
    let path = folder.file();
    let say = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("written");
        refused(&path).to_string()
    };
    assert!(say(b"").contains("it is empty"));
    assert!(say(b"{\"type\": \"FeatureCollection\"}").contains("not a database"));
    assert!(say(&[0; 5000]).contains("not a database"));
    assert!(say(b"SQLite format 3\0").contains("not a"));
    let missing = Session::open(&path.with_file_name("none.gpkg"), read_write()).expect_err("refused");
    assert!(matches!(missing, StoreError::NotFound { .. }));
    let folder_itself = Session::open(path.parent().expect("folder"), read_write()).expect_err("refused");
    assert!(folder_itself.to_string().contains("not a file"));
}

#[test]
fn databases_of_others_are_told_apart() {
    for (sql, want) in [
        ("CREATE TABLE a (b)", "another kind"),
        ("PRAGMA application_id = 0x47504B47; CREATE TABLE gpkg_contents (a)", "made by another program"),
        ("PRAGMA application_id = 0x47504B47; CREATE TABLE meta (key, value)", "made by another program"),
        (
            "PRAGMA application_id = 0x47504B47; CREATE VIEW meta AS SELECT 1 AS key, 2 AS value",
            "another program",
        ),
    ] {
        let folder = Folder::new();
        let db = Connection::open(folder.file()).expect("opens");
        db.execute_batch(sql).expect("made");
        drop(db);
        let error = refused(&folder.file()).to_string();
        assert!(error.contains(want), "{sql}: {error}");
    }
}

#[test]
fn a_project_that_was_tampered_with_is_refused_and_says_where() {
    for (sql, want) in [
        ("UPDATE meta SET value = '7' WHERE key = 'version'", "file version 7, this program reads up to 4"),
        ("UPDATE meta SET value = 'x' WHERE key = 'version'", "which version"),
        ("DROP TABLE vote", "`vote` is missing"),
        ("DROP TABLE region; CREATE VIEW region AS SELECT * FROM label", "`region` is not a plain table"),
        (
            "DROP TABLE region; CREATE VIRTUAL TABLE region USING rtree(id, a, b)",
            "`region` is not a plain table",
        ),
        ("ALTER TABLE label DROP COLUMN note", "no plain column `note`"),
        (
            "DROP TABLE layer; CREATE TABLE layer (fid INTEGER PRIMARY KEY, id AS (1), name, path, role, crs, width, \
             height, bands, position, sha256, body)",
            "no plain column `id`",
        ),
        ("ALTER TABLE entry ADD COLUMN more", "`entry` was altered"),
        ("CREATE TRIGGER evil AFTER INSERT ON entry BEGIN DELETE FROM entry; END", "trigger `evil`"),
        ("CREATE TRIGGER rtree_region_geom_x AFTER INSERT ON entry BEGIN DELETE FROM entry; END", "trigger"),
        ("UPDATE entry SET body = replace(body, 'destroyed', 'no damage') WHERE seq = 5", "entry 5"),
        ("UPDATE entry SET author = 'Eve' WHERE seq = 2", "entry 2"),
        ("UPDATE entry SET at_ms = 0 WHERE seq = 3", "entry 3"),
        ("DELETE FROM entry WHERE seq = 4", "entry 4 of its journal is missing"),
        ("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)", "stops at entry"),
        ("UPDATE change SET body = replace(body, '0', '1') WHERE fid = 7", "does not match its checksum"),
        ("DELETE FROM change WHERE fid = 40", "does not match its checksum"),
        ("UPDATE entry SET body = 7 WHERE seq = 1", "entry 1"),
        ("UPDATE entry SET hash = 'text' WHERE seq = 1", "instead of what belongs there"),
        ("UPDATE entry SET changes = 9223372036854775807 WHERE seq = 1", "entry 1"),
    ] {
        let folder = Folder::new();
        let path = altered(&folder, sql);
        let error = refused(&path).to_string();
        assert!(error.contains(want), "{sql}: {error}");
        match verify_file(&path) {
            Ok(found) => assert!(!found.is_clean(), "{sql}: verify finds nothing"),
            Err(e) => assert!(e.hint().is_some()),
        }
    }
}

#[test]
fn tables_that_others_changed_open_and_are_named_by_verify_and_can_be_rebuilt() {
    for (sql, want) in [
        ("UPDATE region SET class = 'no damage' WHERE fid = 2", "has another class"),
        ("DELETE FROM region WHERE fid = 1", "is missing"),
        (
            "INSERT INTO label (id, region, class, author) VALUES ('x', 'y', 'z', 'w')",
            "`x` is not in the journal",
        ),
        ("UPDATE setting SET value = 'Else' WHERE name = 'name'", "`name` has another value"),
        ("UPDATE region SET geom = NULL", "and 38 more differences"),
        ("DELETE FROM vote", "table vote"),
    ] {
        let folder = Folder::new();
        let path = altered(&folder, sql);
        let session = Session::open(&path, OpenMode::ReadOnly).expect("opens: the journal is sound");
        let found = session.verify().expect("verifies");
        assert!(!found.replay_equal && found.violations.iter().any(|v| v.contains(want)), "{sql}: {found:?}");
        drop(session);
        let (mut store, loaded) = crate::Store::open(&path, read_write()).expect("opens");
        store.rebuild_tables(&loaded.project).expect("rebuilt");
        assert!(store.verify().expect("verifies").is_clean(), "{sql}");
    }
}

#[test]
fn a_spatial_index_made_by_another_program_is_dropped_before_it_is_out_of_date() {
    let folder = Folder::new();
    let path = altered(
        &folder,
        "CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT, scope TEXT);
         INSERT INTO gpkg_extensions VALUES ('region', 'geom', 'gpkg_rtree_index', 'x', 'write-only');
         CREATE VIRTUAL TABLE rtree_region_geom USING rtree(id, minx, maxx, miny, maxy);
         CREATE TRIGGER rtree_region_geom_insert AFTER INSERT ON region BEGIN SELECT no_such_function(1); END;
         CREATE TRIGGER trigger_insert_feature_count_region AFTER INSERT ON region BEGIN SELECT no_such_function(1); END",
    );
    let mut session = Session::open(&path, read_write()).expect("opens");
    super::fixture::draw(&mut session, 900.0);
    assert!(session.verify().expect("verifies").is_clean());
    session.close().expect("closes");
    let db = Connection::open(&path).expect("opens");
    let left = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'rtree%' OR type = 'trigger'";
    assert_eq!(db.query_row(left, [], |r| r.get::<_, i64>(0)).expect("counts"), 0);
}

proptest! {
    #![proptest_config(super::fixture::cases(64))]

    #[test]
    fn no_bit_flip_and_no_truncation_makes_the_program_panic(
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let folder = Folder::new();
        std::fs::write(folder.file(), sound()).expect("written");
        let mut bytes = sound().to_vec();
        let i = at.index(bytes.len());
        bytes[i] ^= 1 << bit;
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        std::fs::write(folder.file(), &bytes).expect("written");
        let clean = verify_file(&folder.file()).is_ok_and(|v| v.is_clean());
        match Session::open(&folder.file(), read_write()) {
            Ok(mut session) => {
                let project = session.project().clone();
                let _ = session.undo(&super::fixture::ada(), 99);
                drop(session);
                if clean {
                    prop_assert!(project.regions().len() == 43, "what verifies is whole");
                }
            }
            Err(e) => prop_assert!(!e.to_string().is_empty() && e.hint().is_some()),
        }
    }

    #[test]
    fn any_change_to_a_journal_row_is_found(row in 1_i64..=13, column in 0_usize..9, n in any::<i64>()) {
        let column = ["seq", "at", "at_ms", "author", "kind", "body", "first_change", "changes", "hash"][column];
        let folder = Folder::new();
        std::fs::write(folder.file(), sound()).expect("written");
        let db = Connection::open(folder.file()).expect("opens");
        let changed = db
            .execute(&format!("UPDATE entry SET {column} = ?1 WHERE seq = ?2 AND {column} IS NOT ?1"), [n, row]);
        prop_assume!(changed == Ok(1));
        drop(db);
        let found = verify_file(&folder.file());
        // Where the parts of a batch start says nothing in an entry without parts.
        if !(column == "first_change" && row < 13) {
            prop_assert!(!found.is_ok_and(|f| f.is_clean()), "{column} of entry {row} = {n}");
        }
    }
}

/// The bytes of a sound, closed project.
fn sound() -> &'static [u8] {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(|| {
        let folder = Folder::new();
        busy(&folder.file()).close().expect("closes");
        std::fs::read(folder.file()).expect("readable")
    })
}
