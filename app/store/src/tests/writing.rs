//! The writer thread: never in the way, never behind what it says.

use std::time::{Duration, Instant};

use super::fixture::{Folder, ada, create, draw, furnish, read_write};
use crate::{Session, StoreError};

const LONG: Duration = Duration::from_mins(1);

#[test]
fn edits_in_the_background_reach_the_disk_in_order() {
    let folder = Folder::new();
    let mut session = create(&folder.file()).in_background().expect("a thread");
    furnish(&mut session);
    for i in 0..200 {
        draw(&mut session, f64::from(i) * 20.0);
    }
    session.save_draft(Some("half")).expect("kept");
    session.undo(&ada(), 5).expect("undone");
    assert!(session.wait_saved(LONG) && session.is_saved());
    let verification = session.verify().expect("verifies");
    assert!(verification.is_clean() && verification.entries == 204, "{verification:?}");
    let said = |seq| {
        let deed = session.history().line(seq).expect("a line").deed(session.project(), &ada());
        deed.sentence(|_| "region".into(), ToString::to_string)
    };
    assert_eq!([said(203), said(204)], ["Add region", "Take back entry 203: Add region"]);
    let project = session.project().clone();
    session.close().expect("closes");
    let again = Session::open(&folder.file(), read_write()).expect("opens");
    assert!(*again.project() == project);
    assert_eq!(again.draft(), Some("half"));
}

#[test]
fn an_edit_does_not_wait_for_the_disk() {
    let folder = Folder::new();
    let mut session = create(&folder.file()).in_background().expect("a thread");
    furnish(&mut session);
    let mut slowest_half = Vec::new();
    for i in 0..101 {
        let start = Instant::now();
        draw(&mut session, f64::from(i) * 20.0);
        slowest_half.push(start.elapsed());
    }
    slowest_half.sort();
    assert!(slowest_half[50] < Duration::from_millis(2), "median {:?}, unoptimised", slowest_half[50]);
    assert!(session.wait_saved(LONG));
}

#[test]
fn what_cannot_be_written_waits_and_is_written_later() {
    let folder = Folder::new();
    let mut session = create(&folder.file()).in_background().expect("a thread");
    furnish(&mut session);
    assert!(session.wait_saved(LONG));
    // Another program keeps the file locked for longer than the writer's patience.
    let other = rusqlite::Connection::open(folder.file()).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("locks");
    draw(&mut session, 0.0);
    let kept = session.history().last_seq();
    assert!(!session.wait_saved(LONG), "it is not on disk");
    let failure = session.failure().expect("said why");
    assert!(failure.hint().is_some());
    let id = session.ids(9).region();
    let edit = project::Edit::Region(project::Change::create(
        id,
        std::sync::Arc::new(super::fixture::region(9.0, 9.0)),
    ));
    let refused = session.edit(&ada(), 9, edit).expect_err("no more until that is mended");
    assert!(matches!(refused, StoreError::Stopped(_)), "{refused}");
    assert_eq!(session.history().last_seq(), kept, "what was drawn before stays on screen");
    other.execute_batch("ROLLBACK").expect("unlocks");
    drop(other);
    session.retry();
    assert!(session.wait_saved(LONG), "{:?}", session.failure());
    draw(&mut session, 20.0);
    assert!(session.verify().expect("verifies").is_clean());
    session.close().expect("closes");
    let again = Session::open(&folder.file(), read_write()).expect("opens");
    assert_eq!(again.project().regions().len(), 2);
}
