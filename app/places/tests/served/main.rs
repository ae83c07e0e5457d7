//! Services asked over a socket: what is sent, how often, what is kept, and what hostile answers do.

mod chat;
mod hostile;
mod interview;
mod samples;
mod server;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use places::plugin_api::{HttpRequest, Payload, Query, Tool, kit};
use places::{AskError, Keys, Network, Pauses, Question, Registry, Secret, read_again};
use project::{Author, IdSource};
use store::{Identity, OpenMode, Session};

use crate::server::{Asked, Manner, Server};

/// A secret for each name, with characters that are written otherwise in addresses and in JSON.
struct TestKeys;

impl Keys for TestKeys {
    fn find(&self, name: &str) -> Result<Secret, AskError> {
        Ok(Secret::new(secret_of(name)))
    }
}

fn secret_of(name: &str) -> String {
    format!("s3cr3t/Zq9+{name}")
}

fn network() -> Network {
    let pauses = Pauses { retries: 0, notes: None, longest_body: 1 << 20, ..Pauses::default() };
    Network::new(pauses).expect("a client")
}

fn session(folder: &Path) -> Session {
    let identity = Identity { id: uuid::Uuid::from_u128(7), ..Identity::new("test", 0) };
    let made = Session::create(&folder.join("town.gpkg"), &identity, "Ada").expect("a project");
    made.with_ids(IdSource::new(1_700_000_000_000, 5))
}

/// A provider that waits for nobody, so that tests are fast; otherwise the one of its name.
fn at_once(name: &str) -> std::sync::Arc<dyn places::plugin_api::MapProvider> {
    #[derive(Debug)]
    struct Quick(std::sync::Arc<dyn places::plugin_api::MapProvider>, places::plugin_api::Description);
    impl places::plugin_api::MapProvider for Quick {
        fn about(&self) -> &places::plugin_api::Description {
            &self.1
        }
        fn lacks(&self, tool: Tool) -> Option<&str> {
            self.0.lacks(tool)
        }
        fn request(&self, query: &Query) -> Result<HttpRequest, places::plugin_api::RequestError> {
            self.0.request(query)
        }
        fn read(
            &self,
            query: &Query,
            response: &places::plugin_api::HttpResponse<'_>,
        ) -> Result<places::plugin_api::Answer, places::plugin_api::ReadError> {
            self.0.read(query, response)
        }
    }
    let provider = Registry::default().find(name).expect("known");
    let mut about = provider.about().clone();
    about.pace.between = Duration::ZERO;
    about.pace.patience = Duration::from_millis(1_500);
    std::sync::Arc::new(Quick(provider, about))
}

fn question(name: &str, tool: Tool, json: &str, server: &Server) -> Question {
    let query = Query::parse(tool, json).expect("sound");
    Question::to_service(at_once(name), query, Some(&server.url())).expect("can be asked")
}

/// What a request of a recording looks like to the service.
fn expected(request: &HttpRequest, keys: &[String]) -> Asked {
    let filled = |text: &str| {
        keys.iter().fold(text.to_owned(), |text, name| text.replace(&format!("key:{name}"), &secret_of(name)))
    };
    let url = url::Url::parse(&request.url).expect("an address");
    let query = request.query.iter().map(|(name, value)| (name.clone(), filled(value))).collect();
    let headers = request.headers.iter().map(|(n, v)| (n.to_ascii_lowercase(), filled(v))).collect();
    let body = match &request.body {
        None => String::new(),
        Some(Payload::Json(value)) => filled(&value.to_string()),
        Some(Payload::Form(fields)) => {
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
        }
    };
    Asked { method: request.method.key().into(), path: url.path().into(), query, headers, body }
}

fn compare(asked: &Asked, wanted: &Asked, what: &str) {
    assert_eq!((&asked.method, &asked.path), (&wanted.method, &wanted.path), "{what}");
    assert_eq!(asked.query.len(), wanted.query.len(), "{what}: {:?}", asked.query);
    for ((name, value), (wanted_name, wanted_value)) in asked.query.iter().zip(&wanted.query) {
        assert_eq!(name, wanted_name, "{what}");
        if wanted_value == "fresh:uuid" {
            assert!(value.parse::<uuid::Uuid>().is_ok(), "{what}: {value}");
        } else {
            assert_eq!(value, wanted_value, "{what}");
        }
    }
    for (name, value) in &wanted.headers {
        assert_eq!(asked.headers.get(name), Some(value), "{what}: {name}");
    }
    assert!(asked.headers["user-agent"].starts_with("Orthoscope/"), "{what}");
    assert_eq!(asked.body, wanted.body, "{what}");
}

fn holds(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|window| window == what.as_bytes())
}

/// Every byte of every file of a folder.
fn bytes_of(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries.flat_map(|entry| std::fs::read(entry.path()).expect("a file")).collect()
}

#[test]
fn every_tool_of_every_service_is_asked_exactly_once_as_documented_and_kept_without_keys() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut session, network, ada) = (session(folder.path()), network(), Author::new("Ada"));
    let server = Server::new(vec![Manner::Silent]);
    let (mut answered, mut kept) = (0, BTreeMap::new());
    for provider in Registry::default().all() {
        let about = provider.about();
        let file = format!("../../plugins/providers/{}/tests/recorded.json", about.name);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let recording = kit::recorded(&std::fs::read_to_string(file).expect("a recording")).expect("sound");
        for (number, entry) in recording.iter().enumerate() {
            let what = format!("{} {}", about.name, number + 1);
            let Some(request) = &entry.request else { continue };
            let query = Query::from_value(entry.tool, entry.query.clone()).expect("sound");
            let url = server.url();
            let asking = Question::to_service(at_once(&about.name), query, Some(&url)).expect("can be asked");
            if asking.held(session.project()).is_some() {
                continue;
            }
            server.behave(vec![Manner::Say(entry.status, Vec::new(), entry.bytes())]);
            let reply = asking.ask(&network, &TestKeys, &|| true);
            let asked = server.asked();
            assert_eq!(asked.len(), 1, "{what}");
            compare(&asked[0], &expected(request, &about.keys), &what);
            match (reply, &entry.answer) {
                (Ok(reply), Some(_)) => {
                    let id = session.ids(9).response();
                    let answer = reply.answer.clone();
                    let response = reply.into_response(id, &asking, 9).expect("kept");
                    session.respond(&ada, 9, response).expect("kept");
                    let held = asking.held(session.project()).expect("held now");
                    assert_eq!(asking.read(held).as_ref(), Ok(&answer), "{what}");
                    kept.insert(id, answer);
                    answered += 1;
                }
                (Err(_), None) => assert!(asking.held(session.project()).is_none(), "{what}"),
                (Ok(_), None) => panic!("{what} is answered"),
                (Err(e), Some(_)) => panic!("{what}: {e}"),
            }
        }
    }
    assert!(answered > 45, "{answered}");
    assert!(session.verify().expect("verifies").is_clean());
    session.close().expect("closes");
    assert!(!holds(&bytes_of(folder.path()), "s3cr3t"), "no key in any file");
    assert!(!holds(&std::fs::read("/proc/self/cmdline").unwrap_or_default(), "s3cr3t"));
    // Without a network, the same answers for ever.
    drop(server);
    let again = Session::open(&folder.path().join("town.gpkg"), OpenMode::ReadOnly).expect("opens");
    let registry = Registry::default();
    for (id, answer) in kept {
        let response = again.project().response(id).expect("kept");
        assert_eq!(read_again(&registry, response).expect("reads").1, answer);
        assert!(holds(response.request.as_bytes(), "key:") || registry.find(&response.provider).is_ok());
    }
}

#[test]
fn the_same_question_in_other_words_has_the_same_key_and_another_does_not() {
    let server = Server::new(vec![Manner::json("[]")]);
    let of = |json: &str| question("nominatim", Tool::TextSearch, json, &server).key();
    let key = of(r#"{"text":"Joplin","near":{"lat":37,"lon":-94.5},"limit":3}"#);
    assert_eq!(key, of(r#"{"limit":3,"near":{"lon":-94.5,"lat":37.0},"text":"Joplin"}"#));
    assert_ne!(key, of(r#"{"text":"Joplin","near":{"lat":37,"lon":-94.5},"limit":4}"#));
    assert!(server.asked().is_empty(), "a key costs no request");
}

#[test]
fn a_service_that_repeats_the_key_does_not_get_it_into_the_project_or_a_message() {
    let folder = tempfile::tempdir().expect("folder");
    let mut session = session(folder.path());
    let secret = secret_of("GOOGLE_MAPS_API_KEY");
    let body = format!(
        r#"{{"places":[{{"id":"1","displayName":{{"text":"{secret}"}},"location":{{"latitude":1,"longitude":2}}}}]}}"#
    );
    let server = Server::new(vec![
        Manner::Say(200, vec![("ETag", secret.clone())], body.into_bytes()),
        Manner::Say(
            403,
            Vec::new(),
            format!(r#"{{"error":{{"message":"The key {secret} is wrong"}}}}"#).into_bytes(),
        ),
    ]);
    let asking = question("google", Tool::TextSearch, r#"{"text":"a"}"#, &server);
    let reply = asking.ask(&network(), &TestKeys, &|| true).expect("answered");
    assert_eq!(reply.answer.places()[0].name, "key:GOOGLE_MAPS_API_KEY");
    let response = reply.into_response(session.ids(1).response(), &asking, 1).expect("kept");
    session.respond(&Author::new("Ada"), 1, response).expect("kept");
    session.close().expect("closes");
    assert!(!holds(&bytes_of(folder.path()), &secret));
    let error = asking.ask(&network(), &TestKeys, &|| true).expect_err("refused");
    let said = format!("{error} {error:?} {}", error.hint());
    assert!(said.contains("key:GOOGLE_MAPS_API_KEY is wrong") && !said.contains("s3cr3t"), "{said}");
    assert!(server.asked()[0].headers["x-goog-api-key"].contains("s3cr3t"), "the service itself gets it");
    let sly = Query::parse(Tool::TextSearch, r#"{"text":"key:GOOGLE_MAPS_API_KEY"}"#).expect("sound");
    assert!(Question::to_service(at_once("google"), sly, None).is_err(), "a query calls up no secret");
}

#[test]
fn what_fails_in_passing_is_tried_again_and_a_quota_says_when() {
    let pauses = Pauses { first: Duration::from_millis(30), retries: 2, notes: None, ..Pauses::default() };
    let network = Network::new(pauses).expect("a client");
    let busy = || Manner::Say(503, Vec::new(), Vec::new());
    let server = Server::new(vec![busy(), busy(), Manner::json("[]")]);
    let asking = question("nominatim", Tool::TextSearch, r#"{"text":"a"}"#, &server);
    assert!(asking.ask(&network, &TestKeys, &|| true).is_ok());
    assert_eq!(server.asked().len(), 3);
    server.behave(vec![busy()]);
    let error = asking.ask(&network, &TestKeys, &|| true).expect_err("busy for good");
    assert!(error.to_string().contains("503"), "{error}");
    assert_eq!(server.asked().len(), 3);
    server.behave(vec![Manner::Say(429, vec![("Retry-After", "3600".into())], Vec::new())]);
    let error = asking.ask(&network, &TestKeys, &|| true).expect_err("over the limit");
    assert_eq!(error, AskError::Quota { provider: "Nominatim".into(), after_s: Some(3600) });
    assert_eq!(server.asked().len(), 1, "nobody waits an hour");
}

#[test]
fn a_service_is_asked_no_faster_than_it_wants_also_by_two_programs() {
    let notes = tempfile::tempdir().expect("folder");
    let server = Server::new(vec![Manner::json("[]")]);
    let provider = Registry::default().find("nominatim").expect("known");
    let begun = Instant::now();
    for text in ["a", "b"] {
        let pauses = Pauses { notes: Some(notes.path().to_path_buf()), ..Pauses::default() };
        let network = Network::new(pauses).expect("a client");
        let query = Query::parse(Tool::TextSearch, &format!(r#"{{"text":"{text}"}}"#)).expect("sound");
        let asking =
            Question::to_service(provider.clone(), query, Some(&server.url())).expect("can be asked");
        asking.ask(&network, &TestKeys, &|| true).expect("answered");
    }
    assert!(begun.elapsed() >= Duration::from_millis(950), "{:?}", begun.elapsed());
}

#[test]
fn whoever_stops_waiting_is_let_go_at_once() {
    let server = Server::new(vec![Manner::Silent]);
    let asking =
        question("osrm", Tool::Route, r#"{"from":{"lat":1,"lon":2},"to":{"lat":1,"lon":3}}"#, &server);
    let begun = Instant::now();
    let stopped = asking.ask(&network(), &TestKeys, &|| begun.elapsed() < Duration::from_millis(100));
    assert_eq!(stopped.err(), Some(AskError::Stopped));
    assert!(begun.elapsed() < Duration::from_secs(1));
    let late = asking.ask(&network(), &TestKeys, &|| true).expect_err("too late");
    assert!(matches!(late, AskError::Timeout { .. }), "{late}");
}

#[test]
fn without_a_key_nothing_is_sent() {
    let server = Server::new(vec![Manner::json("{}")]);
    let asking = question("google", Tool::TextSearch, r#"{"text":"a"}"#, &server);
    let error = asking.ask(&network(), &places::NoKeys, &|| true).expect_err("no key");
    assert!(error.to_string().contains("GOOGLE_MAPS_API_KEY"), "{error}");
    assert!(server.asked().is_empty());
}
