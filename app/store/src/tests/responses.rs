//! Responses in the file: for any program, checked by `verify`, and files from before there were any.

use std::collections::BTreeMap;
use std::io::Read as _;

use project::{Body, RequestKey, Response};
use rusqlite::Connection;

use super::fixture::{Folder, ada, busy, create, make_old, read_write};
use crate::{OpenMode, Session};

const REQUEST: &str = r#"{"provider":"nominatim","query":{"text":"Joplin"},"tool":"text-search"}"#;

fn respond(session: &mut Session, status: u16, body: &str) {
    let response = Response {
        id: session.ids(50).response(),
        provider: "nominatim".into(),
        tool: "text-search".into(),
        request: REQUEST.into(),
        status,
        headers: BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]),
        body: Body::pack(body.as_bytes()).expect("short"),
        latency_ms: 31,
        fetched_at_ms: 1_700_000_000_000,
        terms: "ODbL".into(),
    };
    session.respond(&ada(), 50, response).expect("kept");
}

#[test]
fn responses_survive_closing_and_any_program_reads_them() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    respond(&mut session, 503, "<html>busy</html>");
    respond(&mut session, 200, "[{\"name\":\"Joplin\"}]");
    assert!(session.verify().expect("verifies").is_clean());
    let project = session.project().clone();
    session.close().expect("closes");
    let again = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert!(*again.project() == project);
    let answer = again.project().answer_to(RequestKey::of(REQUEST)).expect("kept");
    assert_eq!(answer.body.unpack().as_deref(), Ok(&b"[{\"name\":\"Joplin\"}]"[..]));
    drop(again);
    let db = Connection::open(folder.file()).expect("any program opens it");
    let row = "SELECT key, body, fetched_at FROM response WHERE status = 200";
    let (key, body, at): (String, Vec<u8>, String) =
        db.query_row(row, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).expect("a row");
    assert_eq!(key, RequestKey::of(REQUEST).to_string());
    assert_eq!(at, "2023-11-14T22:13:20.000Z");
    let mut text = String::new();
    flate2::read::ZlibDecoder::new(&body[..]).read_to_string(&mut text).expect("zlib");
    assert_eq!(text, "[{\"name\":\"Joplin\"}]");
}

#[test]
fn a_changed_response_is_found() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    respond(&mut session, 200, "[]");
    session.close().expect("closes");
    let db = Connection::open(folder.file()).expect("opens");
    db.execute("UPDATE response SET status = 404", []).expect("altered");
    drop(db);
    let found = crate::verify_file(&folder.file()).expect("a project");
    let said = found.violations.iter().any(|v| v.contains("response") && v.contains("another status"));
    assert!(said && !found.replay_equal, "{found:?}");
}

#[test]
fn a_project_from_before_responses_takes_them_once_it_is_edited() {
    for version in [2, 3] {
        let folder = Folder::new();
        busy(&folder.file()).close().expect("closes");
        make_old(&folder.file(), version);
        let mut session = Session::open(&folder.file(), read_write()).expect("brought up");
        respond(&mut session, 200, "[]");
        let found = session.verify().expect("verifies");
        assert!(found.is_clean(), "{found:?}");
        session.close().expect("closes");
        let kept = format!(".v{version}");
        assert!(folder.names().iter().any(|name| name.contains(&kept)), "{:?}", folder.names());
    }
}

#[test]
fn a_packed_journal_holds_responses_too() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    for i in 0..20 {
        respond(&mut session, 200, &format!("[{i}]"));
    }
    let (project, history) = (session.project().clone(), session.history().clone());
    session.close().expect("closes");
    let (mut store, _) = crate::Store::open(&folder.file(), read_write()).expect("opens");
    store.pack(&project, &history, 1).expect("packed");
    assert!(store.verify().expect("verifies").is_clean());
    store.close().expect("closes");
    let again = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert!(*again.project() == project);
}
