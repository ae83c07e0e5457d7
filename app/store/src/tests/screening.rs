//! Screenings in the file: the grid for any program, what members say, and files from before there were any.

use project::screening::{
    CellState, Look, Screening, Seen, Visit, add_screening_edit, remove_screening_edit,
};
use project::{Author, Change, Edit, Layer, LayerId, ScreeningId};
use rusqlite::Connection;

use super::fixture::{Folder, ada, busy, create, furnish, make_old, read_write};
use crate::{OpenMode, Session};

fn layer_of(session: &Session) -> (LayerId, Layer) {
    session.project().layers().iter().next().map(|(id, layer)| (*id, layer.clone())).expect("a layer")
}

fn plan(session: &mut Session, name: &str, cell_px: u32) -> ScreeningId {
    let (layer, described) = layer_of(session);
    let size = [described.width, described.height];
    let plan = Screening { cell_px, overlap_px: 100, ..Screening::over(name, layer, size) };
    let id = session.ids(20).screening();
    let edit = add_screening_edit(session.project(), id, plan).expect("sound");
    session.edit(&ada(), 20, edit).expect("planned");
    id
}

fn say(session: &mut Session, screening: ScreeningId, member: &str, cell: u32, state: Option<CellState>) {
    let look = Look { cell, state, seconds: Some(2.5), seen: Seen::default().with(1, 1) };
    let visit =
        Visit { screening, member: Author::new(member), looks: vec![look], at_ms: Some(1_700_000_000_000) };
    session.visit(1_700_000_000_000, visit).expect("said");
}

#[test]
fn every_program_sees_the_grid_and_what_each_member_says_of_it() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let first = plan(&mut session, "First", 2100);
    let other = plan(&mut session, "Other", 5100);
    say(&mut session, first, "Ada", 0, Some(CellState::Incomplete));
    say(&mut session, first, "Ada", 0, Some(CellState::Done));
    say(&mut session, first, "Ben", 0, Some(CellState::Empty));
    say(&mut session, first, "Ben", 7, None);
    let found = session.verify().expect("verifies");
    assert!(found.is_clean(), "{found:?}");
    let gone = remove_screening_edit(session.project(), other).expect("there");
    session.edit(&ada(), 30, gone).expect("removed");
    session.undo(&ada(), 31).expect("undone");
    let (layer, before) = layer_of(&session);
    let after = Layer { name: "renamed".into(), ..before.clone() };
    session.edit(&ada(), 32, Edit::Layer(Change::replace(layer, before, after))).expect("changed");
    let project = session.project().clone();
    session.close().expect("closes");
    let again = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert!(*again.project() == project);
    let found = again.verify().expect("verifies");
    assert!(found.is_clean(), "{found:?}");
    drop(again);

    let db = Connection::open(folder.file()).expect("any program opens it");
    let count = |what: &str| -> i64 { db.query_row(what, [], |row| row.get(0)).expect("counts") };
    assert_eq!(count("SELECT count(*) FROM screening"), 2);
    assert_eq!(
        count("SELECT count(*) FROM screening_cell"),
        10 * 5 + 1 + 4 * 2,
        "two members said what cell 0 is"
    );
    assert_eq!(count("SELECT count(*) FROM screening_cell WHERE state = 'untouched'"), 49 + 8);
    let row =
        "SELECT state, seconds, seen_share, looks, place, last_at FROM screening_cell WHERE member = 'Ada'";
    let row: (String, f64, f64, i64, i64, String) = db
        .query_row(row, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?)))
        .expect("a row");
    assert_eq!(row, ("done".to_owned(), 5.0, 1.0 / 256.0, 2, 1, "2023-11-14T22:13:20.000Z".to_owned()));
    drop(db);

    let grid = crate::features::read(&folder.file(), Some("screening_cell")).expect("a table of features");
    assert_eq!(
        (grid.features.len(), grid.features[0].crs.as_ref().and_then(spatial::Crs::epsg)),
        (59, Some(26915))
    );
    let shape = geo::BoundingRect::bounding_rect(&grid.features[0].geometry).expect("a shape");
    assert_eq!((shape.min().x, shape.max().y), (500_000.0, 4_100_000.0));
    assert!((shape.width() - 105.0).abs() < 1e-6, "2100 pixels of 5 cm");
    let taken = crate::features::read(&folder.file(), None);
    assert!(taken.is_ok_and(|found| found.features.is_empty()), "an import takes no cells for regions");
}

#[test]
fn a_changed_cell_is_found() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let first = plan(&mut session, "First", 2100);
    say(&mut session, first, "Ada", 3, Some(CellState::Incomplete));
    session.close().expect("closes");
    let db = Connection::open(folder.file()).expect("opens");
    db.execute("UPDATE screening_cell SET state = 'done' WHERE cell = 3", []).expect("altered");
    db.execute("DELETE FROM screening_cell WHERE cell = 4", []).expect("altered");
    drop(db);
    let found = crate::verify_file(&folder.file()).expect("a project");
    let said = |what: &str| found.violations.iter().any(|v| v.contains("screening_cell") && v.contains(what));
    assert!(said("another state") && said("is missing") && !found.replay_equal, "{found:?}");
}

#[test]
fn a_project_from_before_screenings_takes_them_once_it_is_edited() {
    let folder = Folder::new();
    busy(&folder.file()).close().expect("closes");
    make_old(&folder.file(), 2);
    let reader = Session::open(&folder.file(), OpenMode::ReadOnly).expect("read as it is");
    assert!(reader.verify().expect("verifies").is_clean());
    drop(reader);
    let mut session = Session::open(&folder.file(), read_write()).expect("brought up");
    let first = plan(&mut session, "First", 5100);
    say(&mut session, first, "Ada", 0, Some(CellState::Done));
    let found = session.verify().expect("verifies");
    assert!(found.is_clean(), "{found:?}");
    session.close().expect("closes");
    assert!(folder.names().iter().any(|name| name.contains(".v2")), "{:?}", folder.names());
    let grid = crate::features::read(&folder.file(), Some("screening_cell")).expect("on the map");
    assert_eq!(grid.features[0].crs.as_ref().and_then(spatial::Crs::epsg), Some(26915));
}

#[test]
fn a_visit_that_the_disk_refuses_was_never_made() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let first = plan(&mut session, "First", 5100);
    let before = session.project().clone();
    let look = Look { cell: 900, state: None, seconds: None, seen: Seen::default() };
    let visit = Visit { screening: first, member: ada(), looks: vec![look], at_ms: None };
    session.visit(40, visit).expect_err("no such cell");
    assert!(*session.project() == before && session.is_saved());
}
