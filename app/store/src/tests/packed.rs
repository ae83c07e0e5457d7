//! The packed journal: the same project, only sooner; and never believed where it should not be.

use proptest::prelude::*;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::fixture::{Folder, ada, busy, draw, read_write};
use crate::{OpenMode, Session, Store, verify_file};

/// Packs what is not packed yet, however little.
fn pack(folder: &Folder) {
    let (mut store, loaded) = Store::open(&folder.file(), read_write()).expect("opens");
    store.pack(&loaded.project, &loaded.history, 1).expect("packed");
    store.close().expect("closes");
}

fn packed() -> Folder {
    let folder = Folder::new();
    busy(&folder.file()).close().expect("closes");
    pack(&folder);
    folder
}

fn alter(folder: &Folder, sql: &str) {
    let db = Connection::open(folder.file()).expect("opens");
    db.execute_batch(sql).expect("altered");
}

#[test]
fn a_packed_journal_opens_as_the_journal_does() {
    let folder = Folder::new();
    busy(&folder.file()).close().expect("closes");
    let plain = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    pack(&folder);
    // Nothing but the packed journal is left to read.
    let untouched = std::fs::read(folder.file()).expect("readable");
    alter(&folder, "UPDATE entry SET body = 'gone'; DELETE FROM change");
    let again = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens without the journal's rows");
    assert!(again.project() == plain.project());
    for seq in 1..=plain.history().last_seq() {
        assert_eq!(again.history().line(seq), plain.history().line(seq));
    }
    assert_eq!(again.history().undo_target(), plain.history().undo_target());
    assert!(!verify_file(&folder.file()).expect("a project").is_clean(), "verify reads every row");
    std::fs::write(folder.file(), untouched).expect("written");
    assert!(verify_file(&folder.file()).expect("a project").is_clean());
}

#[test]
fn what_came_after_the_last_segment_is_read_from_the_journal_and_packed_later() {
    let folder = packed();
    for round in 0..3 {
        let mut session = Session::open(&folder.file(), read_write()).expect("opens");
        draw(&mut session, 300.0 + f64::from(round));
        session.undo(&ada(), 20).expect("undone");
        session.redo(&ada(), 21).expect("redone");
        // Undoes what was packed before.
        let old = session.history().last_seq() - 3;
        session.revert(&ada(), 22, old).map(drop).unwrap_or_default();
        let project = session.project().clone();
        session.close().expect("closes");
        if round > 0 {
            pack(&folder);
        }
        let again = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
        assert!(*again.project() == project);
        assert!(again.verify().expect("verifies").is_clean());
    }
    let db = Connection::open(folder.file()).expect("opens");
    let segments = db.query_row("SELECT count(*) FROM packed", [], |row| row.get::<_, i64>(0));
    assert_eq!(segments.expect("counts"), 3);
}

#[test]
fn a_segment_that_is_not_the_journals_is_not_used_and_verify_says_so() {
    for sql in [
        "UPDATE packed SET hash = zeroblob(32)",
        "UPDATE packed SET sum = zeroblob(32)",
        "UPDATE packed SET last = last - 1",
        "UPDATE packed SET last = 9223372036854775807",
        "UPDATE packed SET body = substr(body, 1, 100)",
        "UPDATE packed SET body = 'text'",
        "INSERT INTO packed (first, last, hash, sum, body) SELECT first, last, hash, sum, x'00' FROM packed",
    ] {
        let folder = packed();
        let whole = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens").project().clone();
        alter(&folder, sql);
        let session = Session::open(&folder.file(), read_write()).expect("opens: the journal is sound");
        assert!(*session.project() == whole, "{sql}");
        let found = session.verify().expect("verifies");
        assert!(!found.is_clean() && found.violations[0].contains("packed journal"), "{sql}: {found:?}");
        drop(session);
        // Packed anew, it is sound again.
        let (mut store, loaded) = Store::open(&folder.file(), read_write()).expect("opens");
        store.pack(&loaded.project, &loaded.history, 1).expect("packed");
        assert!(store.verify().expect("verifies").is_clean(), "{sql}");
    }
}

/// A packed project whose segment somebody changed, with a sum that fits.
fn forged(change: impl FnOnce(&mut Vec<u8>)) -> Folder {
    static SOUND: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let folder = Folder::new();
    let sound = SOUND.get_or_init(|| std::fs::read(packed().file()).expect("readable"));
    std::fs::write(folder.file(), sound).expect("written");
    let db = Connection::open(folder.file()).expect("opens");
    let row = db.query_row("SELECT hash, body FROM packed", [], |row| Ok((row.get(0)?, row.get(1)?)));
    let (hash, mut body): (Vec<u8>, Vec<u8>) = row.expect("one segment");
    change(&mut body);
    let sum: [u8; 32] = Sha256::new().chain_update(&hash).chain_update(&body).finalize().into();
    db.execute("UPDATE packed SET sum = ?, body = ?", rusqlite::params![sum, body]).expect("forged");
    folder
}

#[test]
fn a_forged_segment_is_found_by_verify() {
    let folder = forged(|body| {
        let at = body.windows(9).position(|part| part == b"destroyed").expect("a class");
        body[at..at + 9].copy_from_slice(b"no damage");
    });
    let found = verify_file(&folder.file()).expect("a project");
    assert!(!found.replay_equal && found.violations.iter().any(|v| v.contains("packed")), "{found:?}");
}

proptest! {
    #![proptest_config(super::fixture::cases(48))]

    #[test]
    fn no_forged_segment_makes_the_program_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut changed = false;
        let folder = forged(|body| {
            let before = body.clone();
            for (at, byte) in &flips {
                let at = at.index(body.len());
                body[at] = *byte;
            }
            if let Some(cut) = cut {
                body.truncate(cut.index(body.len()));
            }
            changed = *body != before;
        });
        let session = Session::open(&folder.file(), OpenMode::ReadOnly);
        prop_assert!(session.is_ok(), "the journal itself is sound: {:?}", session.err());
        let found = verify_file(&folder.file()).expect("a project");
        prop_assert_eq!(found.is_clean(), !changed);
    }
}
