//! A project whose file or drive is gone: nothing is called saved that is not, and work goes on once it is back.

use std::time::Duration;

use super::fixture::{Folder, create, draw, furnish, read_write};
use crate::{Identity, OpenMode, Session, StoreError};

const LONG: Duration = Duration::from_mins(1);

/// A project in the background with one region on disk.
fn at_work(folder: &Folder) -> Session {
    let mut session = create(&folder.file()).in_background().expect("a thread");
    furnish(&mut session);
    draw(&mut session, 0.0);
    assert!(session.wait_saved(LONG));
    session
}

/// Draws what cannot be saved and checks that this is said.
fn draw_in_vain(session: &mut Session) {
    let saved = session.acked();
    draw(session, 20.0);
    assert!(!session.wait_saved(LONG) && !session.is_saved(), "nothing is called saved that nobody can find");
    assert_eq!(session.acked(), saved);
    let failure = session.failure().expect("said why");
    assert!(matches!(*failure, StoreError::Vanished { .. }), "{failure}");
    assert!(failure.hint().expect("what to do").contains("Retry"));
    session.retry();
    assert!(!session.wait_saved(LONG), "it is still gone");
}

#[test]
fn a_file_that_was_moved_away_takes_what_waited_when_it_is_back() {
    let folder = Folder::new();
    let mut session = at_work(&folder);
    let away = folder.file().with_file_name("away.gpkg");
    std::fs::rename(folder.file(), &away).expect("moved");
    draw_in_vain(&mut session);
    std::fs::rename(&away, folder.file()).expect("put back");
    session.retry();
    assert!(session.wait_saved(LONG), "{:?}", session.failure());
    draw(&mut session, 40.0);
    assert!(session.verify().expect("verifies").is_clean());
    session.close().expect("closes");
    let again = Session::open(&folder.file(), read_write()).expect("opens");
    assert_eq!(again.project().regions().len(), 3);
}

#[test]
fn a_deleted_project_is_saved_elsewhere_from_memory_with_its_history() {
    let folder = Folder::new();
    let mut session = at_work(&folder);
    session.save_draft(Some("half")).expect("kept");
    for suffix in ["", "-wal", "-shm"] {
        std::fs::remove_file(crate::connect::beside(&folder.file(), suffix)).expect("deleted");
    }
    draw_in_vain(&mut session);
    let elsewhere = folder.file().with_file_name("rescued.gpkg");
    session.rescue(&elsewhere, &Identity::new("test", 0)).expect("saved elsewhere");
    let again = Session::open(&elsewhere, OpenMode::ReadOnly).expect("opens");
    assert!(again.project() == session.project() && again.draft() == Some("half"));
    for seq in 1..=session.history().last_seq() {
        assert_eq!(again.history().line(seq), session.history().line(seq));
    }
    assert!(again.verify().expect("verifies").is_clean());
    let taken = session.rescue(&elsewhere, &Identity::new("test", 0)).expect_err("refused");
    assert!(matches!(taken, StoreError::Exists { .. }));
    session.close().expect_err("what was not saved is said when it is closed");
    assert!(!folder.names().iter().any(|name| name.contains(".part")), "{:?}", folder.names());
}

#[test]
fn another_file_in_the_place_of_the_project_is_left_alone() {
    let folder = Folder::new();
    let mut session = at_work(&folder);
    let other = Folder::new();
    at_work(&other).close().expect("closes");
    std::fs::rename(folder.file(), folder.file().with_file_name("away.gpkg")).expect("moved");
    std::fs::copy(other.file(), folder.file()).expect("put in its place");
    let before = std::fs::read(folder.file()).expect("readable");
    draw(&mut session, 20.0);
    assert!(!session.wait_saved(LONG));
    assert!(matches!(*session.failure().expect("said"), StoreError::Vanished { .. }));
    session.close().expect_err("said");
    assert!(std::fs::read(folder.file()).expect("readable") == before, "it was changed");
}

#[test]
fn a_clock_that_runs_backwards_loses_nothing_and_keeps_the_order() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let mut order = Vec::new();
    for (at_ms, x) in [(5_000_000_000_000, 0.0), (1_000, 20.0), (-7, 40.0), (2_000, 60.0)] {
        let id = session.ids(at_ms).region();
        let region = std::sync::Arc::new(super::fixture::region(x, 0.0));
        let edit = project::Edit::Region(project::Change::create(id, region));
        session.edit(&super::fixture::ada(), at_ms, edit).expect("drawn");
        order.push(id);
    }
    assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "identities keep the order of drawing");
    session.close().expect("closes");
    let again = Session::open(&folder.file(), read_write()).expect("opens");
    assert!(again.verify().expect("verifies").is_clean());
    let times: Vec<i64> = (4..=7).map(|seq| again.history().line(seq).expect("a line").at_ms).collect();
    assert_eq!(times, [5_000_000_000_000, 1_000, -7, 2_000], "each entry says what the clock said");
}
