//! What goes in comes out again, also after the program was gone.

use std::sync::Arc;

use project::{Author, Change, Edit, EntryBody, Region};
use rusqlite::Connection;

use super::fixture::{Folder, ada, busy, create, draw, furnish, read_write, region};
use crate::{Identity, OpenMode, Session, Store, StoreError};

#[test]
fn a_project_comes_back_with_its_undo_and_its_draft() {
    let folder = Folder::new();
    let session = busy(&folder.file());
    let project = session.project().clone();
    let undo = session.history().undo_target().map(|(seq, edit)| (seq, edit.clone()));
    session.close().expect("closes");
    let mut again = Session::open(&folder.file(), read_write()).expect("opens");
    assert!(*again.project() == project);
    assert_eq!(again.read_only(), None);
    assert_eq!(again.history().undo_target(), undo.as_ref().map(|(seq, edit)| (*seq, edit)));
    assert_eq!(again.draft(), Some("{\"ring\":[[1,2]]}"));
    again.undo(&ada(), 20).expect("undone").expect("there was something");
    assert_eq!(again.project().regions().len(), 3);
    again.redo(&ada(), 21).expect("redone").expect("there was something");
    assert!(*again.project() == project);
    again.save_draft(None).expect("draft done");
    let verification = again.verify().expect("verifies");
    assert!(verification.is_clean(), "{verification:?}");
    assert_eq!(verification.entries, again.history().last_seq());
    again.close().expect("closes");
    assert_eq!(Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens").draft(), None);
}

#[test]
fn a_closed_project_is_one_file() {
    let folder = Folder::new();
    let session = busy(&folder.file());
    assert!(folder.names().len() > 1, "log and lock while open");
    session.close().expect("closes");
    assert_eq!(folder.names(), ["town's #1 100%.gpkg"]);
    let reader = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert!(reader.verify().expect("verifies").is_clean());
    assert_eq!(folder.names(), ["town's #1 100%.gpkg"], "a reader leaves nothing");
    drop(reader);
    drop(busy(&Folder::new().file()));
    drop(Session::open(&folder.file(), read_write()).expect("opens"));
    assert_eq!(folder.names(), ["town's #1 100%.gpkg"], "dropping closes too");
}

#[test]
fn the_tables_say_what_the_project_says() {
    let folder = Folder::new();
    let session = busy(&folder.file());
    session.close().expect("closes");
    let db = Connection::open(folder.file()).expect("any program opens it");
    let row = "SELECT class, stage, author, confidence FROM region WHERE fid = 1";
    let row = db.query_row(row, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))).expect("a row");
    let want = ("destroyed".to_owned(), "agreed".to_owned(), "Ada".to_owned(), 0.75);
    assert_eq!(row, want);
    let count = |table: &str| -> i64 {
        db.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).expect("counts")
    };
    assert_eq!((count("region"), count("label"), count("vote"), count("change")), (43, 3, 1, 40));
    let box_x = "SELECT min_x, max_x, srs_id FROM gpkg_contents WHERE table_name = 'region'";
    let box_x: (f64, f64, i64) =
        db.query_row(box_x, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).expect("a row");
    assert_eq!(box_x, (0.0, 500_050.0, 26915));
}

#[test]
fn the_journal_can_be_read_as_entries_and_as_lines() {
    let folder = Folder::new();
    let session = busy(&folder.file());
    let store = session.store().expect("direct");
    let entries = store.journal().expect("readable").collect::<Result<Vec<_>, _>>().expect("believed");
    assert_eq!(entries.len() as u64, session.history().last_seq());
    let (project, history) = project::History::replay(&entries).expect("replays");
    assert!(project == *session.project());
    for seq in 1..=history.last_seq() {
        assert_eq!(history.line(seq), session.history().line(seq));
    }
    let line = history.line(history.last_seq()).expect("a line");
    let title = line.deed(&project, &ada()).sentence(|_| String::new(), ToString::to_string);
    assert_eq!((title.as_str(), line.author.name(), line.at_ms), ("Import 40 regions", "Ada", 9));
}

#[test]
fn one_entry_can_be_appended_without_a_session() {
    let folder = Folder::new();
    let mut store = Store::create(&folder.file(), &Identity::new("test", 0), "Ada").expect("made");
    let mut project = project::Project::new();
    let id = project::IdSource::new(1, 1).region();
    let edit = Edit::Region(Change::create(id, Arc::new(region(0.0, 0.0))));
    let touched = project.apply(&edit).expect("applies");
    assert_eq!(store.append(&ada(), 1, EntryBody::Edit(edit), &project, &touched).expect("appended"), 1);
    assert!(store.verify().expect("verifies").is_clean());
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let folder = Folder::new();
    std::fs::write(folder.file(), "precious").expect("written");
    let refused = Session::create(&folder.file(), &Identity::new("test", 0), "Ada").expect_err("refused");
    assert!(matches!(refused, StoreError::Exists { .. }), "{refused}");
    assert_eq!(std::fs::read(folder.file()).expect("there"), b"precious");
}

#[test]
fn a_refused_edit_leaves_memory_and_file_alone() {
    let folder = Folder::new();
    let mut session = busy(&folder.file());
    let (project, last) = (session.project().clone(), session.history().last_seq());
    let mut refuse = |edit: Edit, author: &Author| {
        let refused = session.edit(author, 30, edit).expect_err("refused");
        assert!(*session.project() == project && session.history().last_seq() == last, "{refused}");
        assert_eq!(session.acked(), last);
        refused.to_string()
    };
    let new = |region: Region| {
        Edit::Region(Change::create(project::IdSource::new(9, 9).region(), Arc::new(region)))
    };
    let mut deep = serde_json::Value::Null;
    for _ in 0..200 {
        deep = serde_json::Value::Array(vec![deep]);
    }
    let with = |value| Region { attributes: [("a".to_owned(), value)].into(), ..region(0.0, 0.0) };
    assert!(refuse(new(with(project::AttributeValue::Json(deep))), &ada()).contains("nested"));
    assert!(refuse(new(with(project::AttributeValue::Number(f64::NAN))), &ada()).contains("not a number"));
    assert!(refuse(new(region(0.0, 0.0)), &Author::new(" ")).contains("author"));
    let nowhere =
        Edit::Region(Change::delete(project::IdSource::new(9, 9).region(), Arc::new(region(0.0, 0.0))));
    assert!(refuse(nowhere, &ada()).contains("does not exist"));
    assert!(session.verify().expect("verifies").is_clean());
}

#[test]
fn several_votes_are_cast_together_or_not_at_all() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let (one, two) = (draw(&mut session, 0.0), draw(&mut session, 50.0));
    let good = super::fixture::vote(session.ids(40), one, "Ben");
    let nowhere = super::fixture::vote(session.ids(40), session_region(), "Ben");
    session.votes(41, [good.clone(), nowhere]).expect_err("the second has no case");
    assert!(session.project().votes().is_empty());
    let other = super::fixture::vote(session.ids(40), two, "Ben");
    let touched = session.votes(42, [good, other]).expect("both");
    assert_eq!(touched.regions, [one, two]);
    assert!(session.verify().expect("verifies").is_clean());
}

fn session_region() -> project::RegionId {
    project::IdSource::new(1, 99).region()
}
