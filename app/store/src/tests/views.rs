//! Labels of views in the file.

use project::{Change, Edit, Label};
use rusqlite::Connection;

use super::fixture::{Folder, ada, create, draw, furnish, label, make_old, read_write};
use crate::{OpenMode, Session};

#[test]
fn labels_of_views_come_back_and_stand_in_the_table() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let region = draw(&mut session, 0.0);
    let view = session.project().layers().keys().next().copied();
    for (layer, class) in [(view, "destroyed"), (None, "no damage")] {
        let one = Label { layer, schema_version: Some(4), ..label(region, "Ada", class) };
        let change = Change::create(session.ids(5).label(), one);
        session.edit(&ada(), 5, Edit::Label(change)).expect("labelled");
    }
    let project = session.project().clone();
    assert!(session.verify().expect("verifies").is_clean());
    session.close().expect("closes");
    let again = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert!(*again.project() == project);
    drop(again);
    let db = Connection::open(folder.file()).expect("any program opens it");
    let row = "SELECT class, schema_version FROM label WHERE layer IS NOT NULL";
    let row: (String, i64) = db.query_row(row, [], |r| Ok((r.get(0)?, r.get(1)?))).expect("one");
    assert_eq!(row, ("destroyed".to_owned(), 4));
    let whole: String =
        db.query_row("SELECT class FROM region", [], |r| r.get(0)).expect("the object as a whole");
    assert_eq!(whole, "no damage");
    db.execute("UPDATE label SET schema_version = 5 WHERE layer IS NULL", []).expect("altered");
    drop(db);
    let found = crate::verify_file(&folder.file()).expect("a project");
    assert!(found.violations.iter().any(|v| v.contains("schema_version")), "{found:?}");
}

#[test]
fn a_file_whose_labels_have_no_views_yet_gets_the_columns_when_it_is_edited() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let region = draw(&mut session, 0.0);
    let change = Change::create(session.ids(5).label(), label(region, "Ada", "destroyed"));
    session.edit(&ada(), 5, Edit::Label(change)).expect("labelled");
    session.close().expect("closes");
    make_old(&folder.file(), 2);
    let reading = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    let found = reading.verify().expect("verifies");
    assert!(found.is_clean(), "{found:?}");
    drop(reading);
    let mut session = Session::open(&folder.file(), read_write()).expect("opens");
    let layer = session.project().layers().keys().next().copied();
    let one = Label { layer, ..label(region, "Ada", "no damage") };
    let change = Change::create(session.ids(6).label(), one);
    session.edit(&ada(), 6, Edit::Label(change)).expect("a view is labelled");
    assert!(session.verify().expect("verifies").is_clean());
}
