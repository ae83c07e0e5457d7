//! Responses of services: kept as they came, never undone.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::fixture::square;
use super::history::Session;
use crate::{
    Author, Body, Change, Edit, EntryBody, History, IdSource, Line, Project, Refusal, RequestKey, Response,
};

pub(crate) fn response(ids: &mut IdSource, request: &str, body: &str, status: u16) -> Response {
    Response {
        id: ids.response(),
        provider: "nominatim".into(),
        tool: "text-search".into(),
        request: request.into(),
        status,
        headers: BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]),
        body: Body::pack(body.as_bytes()).expect("short"),
        latency_ms: 12,
        fetched_at_ms: 1_700_000_000_000,
        terms: "© OpenStreetMap contributors, ODbL".into(),
    }
}

fn ids() -> IdSource {
    IdSource::new(9, 9)
}

#[test]
fn asking_again_keeps_both_and_the_newest_success_answers() {
    let (mut project, mut ids) = (Project::new(), ids());
    let key = RequestKey::of("{\"q\":\"a\"}");
    assert_eq!(project.answer_to(key), None);
    for (body, status) in [("[1]", 200), ("[2]", 200), ("sorry", 503)] {
        project.record_response(response(&mut ids, "{\"q\":\"a\"}", body, status)).expect("kept");
    }
    project.record_response(response(&mut ids, "{\"q\":\"b\"}", "[3]", 200)).expect("kept");
    let bodies: Vec<_> = project.responses_to(key).map(|r| r.body.unpack().expect("whole")).collect();
    assert_eq!(bodies, [b"[1]".to_vec(), b"[2]".to_vec(), b"sorry".to_vec()]);
    let answer = project.answer_to(key).expect("one succeeded");
    assert_eq!(answer.body.unpack().as_deref(), Ok(&b"[2]"[..]));
    assert_eq!(crate::violations(&project), Vec::<String>::new());
    let again = (**answer).clone();
    assert!(project.record_response(again).is_err_and(|e| e.to_string().contains("exists already")));
}

#[test]
fn keys_are_the_sha256_of_the_request_and_read_back() {
    let key = RequestKey::of("abc");
    assert_eq!(key.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(key.to_string().parse(), Ok(key));
    for wrong in ["", "ba78", &"g".repeat(64), &"é".repeat(32)] {
        assert!(wrong.parse::<RequestKey>().is_err(), "{wrong}");
    }
}

#[test]
fn what_cannot_be_a_response_is_refused() {
    let (mut project, mut ids) = (Project::new(), ids());
    let mut refused = |change: fn(&mut Response)| {
        let mut wrong = response(&mut ids, "{}", "", 200);
        change(&mut wrong);
        project.record_response(wrong).expect_err("refused").to_string()
    };
    assert!(refused(|r| r.provider = " ".into()).contains("names its provider"));
    assert!(refused(|r| r.tool = String::new()).contains("names its tool"));
    assert!(refused(|r| r.request = String::new()).contains("request"));
    assert!(refused(|r| r.status = 7).contains("no HTTP status"));
    assert!(refused(|r| r.terms = "x".repeat(5000)).contains("too long"));
    assert!(
        refused(|r| r.headers = (0..99).map(|i| (i.to_string(), String::new())).collect())
            .contains("headers")
    );
    assert_eq!(project, Project::new());
}

#[test]
fn a_body_that_lies_is_found_in_bounded_memory() {
    let good = serde_json::to_value(Body::pack(b"hello").expect("short")).expect("serialises");
    let lie = |field: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[field] = value;
        serde_json::from_value::<Body>(body).map(|body| body.unpack())
    };
    assert!(matches!(lie("bytes", 4.into()), Ok(Err(_))), "a longer one");
    assert!(matches!(lie("bytes", 6.into()), Ok(Err(_))), "a shorter one");
    assert!(matches!(lie("bytes", u64::MAX.into()), Ok(Err(_))));
    assert!(matches!(lie("sha256", "00".into()), Ok(Err(_))));
    assert!(matches!(lie("packed", "AAAA".into()), Ok(Err(_))));
    assert!(lie("packed", "*".into()).is_err());
    assert!(Body::pack(&vec![0; crate::LONGEST_BODY + 1]).is_err());
}

#[test]
fn a_response_is_told_of_in_the_journal_and_is_not_undone() {
    let mut session = Session::default();
    let answer = response(&mut ids(), "{}", "[]", 200);
    session.write(EntryBody::Response(answer.into())).expect("kept");
    let (project, history) = (&session.project, &session.history);
    let line: Line<'_> = history.line(1).expect("a line");
    let deed = line.deed(project, &Author::new("ben")).sentence(|_| String::new(), |_| String::new());
    assert_eq!(deed, "Ask nominatim: text search");
    assert_eq!(history.refusal(project, &Author::new("Ana"), 1), Some(Refusal::Response));
    assert_eq!(history.undo_target(), None);
    let (again, lines) = History::replay(&session.journal).expect("replays");
    assert_eq!(again, *project);
    assert_eq!(lines.entry(&again, 1), Some(session.journal[0].clone()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_journal_of_responses_replays_and_can_be_forgotten_entry_by_entry(
        steps in prop::collection::vec((0..5_u8, any::<Vec<u8>>(), 100..999_u16), 0..20)
    ) {
        let (mut session, mut ids, mut states) = (Session::default(), ids(), Vec::new());
        for (which, body, status) in steps {
            states.push(session.project.clone());
            let body = if which == 4 {
                EntryBody::Edit(Edit::Region(Change::create(ids.region(), square(0.0, 0.0, 1.0))))
            } else {
                let answer = response(&mut ids, &format!("{{\"q\":{which}}}"), "", status);
                EntryBody::Response(Response { body: Body::pack(&body).expect("short"), ..answer }.into())
            };
            session.write(body).expect("sound");
        }
        let text = serde_json::to_string(&session.journal).expect("serialises");
        prop_assert_eq!(&serde_json::from_str::<Vec<crate::Entry>>(&text).expect("reads"), &session.journal);
        let (again, _) = History::replay(&session.journal).expect("replays");
        prop_assert_eq!(&again, &session.project);
        while let Some(before) = states.pop() {
            session.history.retract(&mut session.project).expect("the newest");
            prop_assert_eq!(&session.project, &before);
            prop_assert_eq!(crate::violations(&session.project), Vec::<String>::new());
        }
    }
}
