//! Adjustments in the file, and files from before there were any.

use std::sync::Arc;

use project::{Adjustment, AdjustmentId, Change, Edit, LayerId};
use rusqlite::Connection;
use spatial::align::Method;

use super::fixture::{Folder, ada, busy, create, furnish, make_old, read_write};
use crate::{OpenMode, Session};

fn arrow(layer: LayerId, x: f64) -> Adjustment {
    let (start, end) = ([x, 20.5], [x + 30.25, 60.0]);
    Adjustment { layer, source: None, start, end, author: ada(), at_ms: Some(1_700_000_000_000) }
}

fn draw(session: &mut Session, x: f64) -> AdjustmentId {
    let layer = *session.project().layers().keys().next().expect("a layer");
    let id = session.ids(10).adjustment();
    let edit = Edit::Adjustment(Change::create(id, arrow(layer, x)));
    session.edit(&ada(), 10, edit).expect("drawn");
    id
}

#[test]
fn adjustments_come_back_and_any_program_can_read_them() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let first = draw(&mut session, 10.0);
    draw(&mut session, 400.0);
    let (layer, before) =
        session.project().layers().iter().next().map(|(i, l)| (*i, l.clone())).expect("one");
    let after = project::Layer { alignment: Method::ThinPlate, ..before.clone() };
    session.edit(&ada(), 11, Edit::Layer(Change::replace(layer, before, after))).expect("method");
    let held = Arc::clone(&session.project().adjustments()[&first]);
    let moved = Adjustment { end: [1.0, 2.0], ..(*held).clone() };
    session.edit(&ada(), 12, Edit::Adjustment(Change::replace(first, held, moved))).expect("moved");
    session.undo(&ada(), 13).expect("undone");
    let project = session.project().clone();
    assert!(session.verify().expect("verifies").is_clean());
    session.close().expect("closes");
    let again = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert!(*again.project() == project);
    assert_eq!(again.project().layers()[&layer].alignment, Method::ThinPlate);
    drop(again);
    let db = Connection::open(folder.file()).expect("any program opens it");
    let row = "SELECT layer, source, start_x, end_x, author FROM adjustment ORDER BY id LIMIT 1";
    let row: (String, Option<String>, f64, f64, String) = db
        .query_row(row, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))
        .expect("a row");
    assert_eq!(row, (layer.to_string(), None, 10.0, 40.25, "Ada".to_owned()));
    db.execute("UPDATE adjustment SET end_x = 7 WHERE start_x = 10", []).expect("altered");
    drop(db);
    let found = crate::verify_file(&folder.file()).expect("a project");
    assert!(found.violations.iter().any(|v| v.contains("adjustment") && v.contains("end_x")), "{found:?}");
}

/// A closed project as the version of the program before adjustments left it.
fn old(folder: &Folder) {
    busy(&folder.file()).close().expect("closes");
    make_old(&folder.file(), 1);
}

#[test]
fn a_project_from_before_adjustments_is_read_as_it_is() {
    let folder = Folder::new();
    old(&folder);
    let bytes = std::fs::read(folder.file()).expect("there");
    let session = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert_eq!(session.project().regions().len(), 43);
    let found = session.verify().expect("verifies");
    assert!(found.is_clean(), "{found:?}");
    drop(session);
    assert!(std::fs::read(folder.file()).expect("there") == bytes, "reading changes nothing");
}

#[test]
fn a_project_from_before_adjustments_takes_them_once_it_is_edited() {
    let folder = Folder::new();
    old(&folder);
    let mut session = Session::open(&folder.file(), read_write()).expect("opens");
    assert_eq!(session.read_only(), None);
    draw(&mut session, 3.0);
    let found = session.verify().expect("verifies");
    assert!(found.is_clean(), "{found:?}");
    session.close().expect("closes");
    assert!(folder.names().iter().any(|name| name.contains(".v1")), "{:?}", folder.names());
    let again = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert_eq!(again.project().adjustments().len(), 1);
}
