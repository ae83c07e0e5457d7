//! Counters beside the journal.

use std::collections::BTreeMap;

use project::{Body, Response, ResponseId};

use super::fixture::{Folder, ada, create, read_write};
use crate::{OpenMode, Session, count_hit};

fn respond(session: &mut Session) -> ResponseId {
    let id = session.ids(5).response();
    let response = Response {
        id,
        provider: "local".into(),
        tool: "nearby".into(),
        request: format!("{{\"id\":\"{id}\"}}"),
        status: 200,
        headers: BTreeMap::new(),
        body: Body::pack(b"{}").expect("packed"),
        latency_ms: 1,
        fetched_at_ms: 5,
        terms: "terms".into(),
    };
    session.respond(&ada(), 5, response).expect("kept");
    id
}

#[test]
fn uses_of_kept_answers_are_counted_and_change_neither_journal_nor_project() {
    let folder = Folder::new();
    let path = folder.file();
    let mut session = create(&path);
    let (a, b) = (respond(&mut session), respond(&mut session));
    let before = session.store().expect("direct").journal_hash();
    session.note_hit(9, a);
    session.note_hit(10, a);
    assert_eq!((session.hits(a), session.hits(b)), (2, 0));
    assert_eq!(session.store().expect("direct").journal_hash(), before);
    assert!(session.verify().expect("verifies").is_clean(), "nothing is compared with counters");
    assert_eq!(count_hit(&path, a, 11), None, "whoever has the file counts");
    session.close().expect("closes");
    assert_eq!(count_hit(&path, a, 12), Some(3));
    let beside = path.parent().expect("a folder").read_dir().expect("read").flatten();
    let names: Vec<_> =
        beside.map(|entry| entry.file_name()).filter(|n| n.to_string_lossy().contains("-wal")).collect();
    assert!(names.is_empty(), "one file, nothing beside it: {names:?}");
    let mut session = Session::open(&path, read_write()).expect("opens").in_background().expect("a thread");
    assert_eq!((session.hits(a), session.hits(b)), (3, 0));
    session.note_hit(13, b);
    session.close().expect("closes");
    let session = Session::open(&path, OpenMode::ReadOnly).expect("opens");
    assert_eq!((session.hits(a), session.hits(b)), (3, 1));
    assert!(session.verify().expect("verifies").is_clean());
}
