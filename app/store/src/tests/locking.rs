//! One writer at a time, and everybody told who it is.

use super::fixture::{Folder, ada, busy, create, draw, read_write};
use crate::{OpenMode, ReadOnlyReason, Session, StoreError};

#[test]
fn the_second_opens_for_reading_and_says_who_has_it() {
    let folder = Folder::new();
    let mut first = busy(&folder.file());
    let mut second = Session::open(&folder.file(), read_write()).expect("opens for reading");
    let Some(ReadOnlyReason::Held(Some(holder))) = second.read_only() else {
        panic!("held, not {:?}", second.read_only())
    };
    assert_eq!((holder.name.as_str(), holder.pid), ("Ada", std::process::id()));
    assert!(*second.project() == *first.project(), "it sees what was saved");
    let refused = second.undo(&ada(), 1).expect_err("refused");
    assert!(refused.to_string().contains("Ada has it open"), "{refused}");
    assert!(refused.hint().is_some());
    draw(&mut first, 300.0);
    drop(second);
    draw(&mut first, 330.0);
    first.close().expect("closes");
    let third = Session::open(&folder.file(), read_write()).expect("opens");
    assert_eq!(third.read_only(), None);
    assert!(third.verify().expect("verifies").is_clean());
}

#[cfg(unix)]
#[test]
fn a_link_to_a_project_is_the_same_project_and_a_second_name_is_only_read() {
    let folder = Folder::new();
    let first = busy(&folder.file());
    let link = folder.file().with_file_name("link.gpkg");
    std::os::unix::fs::symlink(folder.file(), &link).expect("linked");
    let second = Session::open(&link, read_write()).expect("opens");
    assert!(matches!(second.read_only(), Some(ReadOnlyReason::Held(_))));
    drop((first, second));
    let twin = folder.file().with_file_name("twin.gpkg");
    std::fs::hard_link(folder.file(), &twin).expect("linked");
    let session = Session::open(&twin, read_write()).expect("opens");
    assert_eq!(session.read_only(), Some(&ReadOnlyReason::SecondName));
}

#[test]
fn a_lock_file_left_by_a_killed_process_keeps_nobody_out() {
    let folder = Folder::new();
    busy(&folder.file()).close().expect("closes");
    let lock = folder.file().with_file_name("town's #1 100%.gpkg.lock");
    std::fs::write(&lock, "{\"pid\":1,\"host\":\"gone\",\"since_ms\":0,\"name\":\"Ghost\"}")
        .expect("written");
    let session = Session::open(&folder.file(), read_write()).expect("opens");
    assert_eq!(session.read_only(), None);
    session.close().expect("closes");
    assert!(!lock.exists());
}

#[test]
fn a_writer_that_asked_nobody_is_noticed() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    let db = rusqlite::Connection::open(folder.file()).expect("a program that knows no locks");
    db.execute(
        "INSERT INTO entry (seq, at_ms, author, kind, body, changes, hash) VALUES (1, 0, 'x', 'edit', '{}', 0, zeroblob(32))",
        [],
    )
    .expect("inserted");
    drop(db);
    let id = session.ids(1).region();
    let edit = project::Edit::Region(project::Change::create(
        id,
        std::sync::Arc::new(super::fixture::region(0.0, 0.0)),
    ));
    let refused = session.edit(&ada(), 1, edit).expect_err("refused");
    assert!(matches!(refused, StoreError::Overtaken { .. }), "{refused}");
    assert!(session.project().regions().is_empty(), "memory is as the file was");
}

#[test]
fn reading_only_is_possible_beside_a_writer() {
    let folder = Folder::new();
    let first = busy(&folder.file());
    let reader = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert_eq!(reader.read_only(), Some(&ReadOnlyReason::Asked));
    drop(reader);
    assert!(first.verify().expect("verifies").is_clean());
}
