//! Questions to map services and to the project itself, on the command line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::program::{Town, json, run, text};

/// Answers every request with the next of some bodies; how many came.
pub(crate) fn service(bodies: Vec<&'static str>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let serve = move || {
        for stream in listener.incoming().filter_map(Result::ok) {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let head =
                BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            assert!(head.count() > 1);
            let body = bodies[number.min(bodies.len() - 1)];
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            (&stream).write_all(answer.as_bytes()).expect("answered");
        }
    };
    std::thread::Builder::new().name("service".into()).spawn(serve).expect("a thread");
    (url, count)
}

pub(crate) const HERE: &str = r#"{"features":[{"geometry":{"coordinates":[-94.51,37.08]},"properties":{"osm_type":"N","osm_id":1,"name":"Here"}}]}"#;
const GONE: &str = r#"{"features":[]}"#;

#[test]
fn the_same_question_is_asked_once_and_kept_for_ever() {
    let town = Town::new();
    let folder = town.path();
    let (url, count) = service(vec![HERE, GONE]);
    let ask = |query: &str, more: &[&str]| {
        let first = ["ask", "town.gpkg", "--provider", "photon", "--tool", "text-search", "--query", query];
        run(folder, &[&first[..], &["--endpoint", url.as_str(), "--json"], more].concat())
    };
    let refused = ask(r#"{"text":"here"}"#, &["--offline"]);
    assert!(refused.refusal().contains("network is forbidden"), "{}", refused.err);
    let first = ask(r#"{"text":"here","limit":4}"#, &[]).json();
    assert_eq!((&first["cached"], &first["status"]), (&false.into(), &200.into()), "{first}");
    assert_eq!(first["places"][0]["name"], "Here");
    assert_eq!(first["key"].as_str().map(str::len), Some(64));
    for more in [&[][..], &["--offline"]] {
        let again = ask(r#"{"limit":4.0,"text":"here"}"#, more);
        // A limit is a whole number; written as another number it is refused, never another key.
        assert!(again.code == 1 || again.json()["key"] == first["key"], "{}", again.out);
        let again = ask(r#"{"limit":4,"text":"here"}"#, more).json();
        assert_eq!((&again["cached"], &again["key"]), (&true.into(), &first["key"]), "{again}");
        assert_eq!((&again["places"], &again["response"]), (&first["places"], &first["response"]));
    }
    assert_eq!(count.load(Ordering::SeqCst), 1, "one request");
    let changed = ask(r#"{"text":"here","limit":4}"#, &["--again"]).json();
    assert_eq!(changed["changes"][0], "“Here” (N1) is gone", "{changed}");
    assert_eq!(count.load(Ordering::SeqCst), 2);
    let history = json(folder, &["history", "town.gpkg"]);
    let asked = history["entries"].as_array().expect("entries").iter().filter(|e| e["kind"] == "response");
    assert_eq!(asked.count(), 2, "both are kept");
    let verified = json(folder, &["verify", "town.gpkg"]);
    assert_eq!(verified["replay_equal"], true, "{verified}");
}

#[test]
fn the_project_itself_counts_what_lies_around_a_place() {
    let town = Town::new();
    let folder = town.path();
    json(folder, &["label", "town.gpkg", "--from", &text(&town.files.labels), "--author", "Ana"]);
    let all = json(folder, &["query", "town.gpkg", "class = destroyed"]);
    let whole = json(
        folder,
        &["ask", "town.gpkg", "--tool", "text-search", "--query", r#"{"text":"destroyed","limit":5000}"#],
    );
    assert_eq!(whole["total"], all["found"], "{whole}");
    let place = &whole["places"][0]["at"];
    let count = |radius: f64| {
        let query = serde_json::json!({"at": place, "radius_m": radius, "kind": "destroyed", "limit": 5000});
        let said = json(folder, &["ask", "town.gpkg", "--tool", "nearby", "--query", &query.to_string()]);
        (said["total"].as_u64().expect("a count"), said["cached"].clone())
    };
    let (near, far) = (count(1.0), count(5000.0));
    assert!(near.0 >= 1 && near.0 < far.0 && Some(far.0) == all["found"].as_u64(), "{near:?} {far:?}");
    assert_eq!(count(1.0), (near.0, true.into()), "answered from the file the second time");
    let wrong = run(folder, &["ask", "town.gpkg", "--tool", "nearby", "--query", "{}"]);
    assert!(wrong.refusal().contains("missing field `at`"), "{}", wrong.err);
    let wrong = run(folder, &["ask", "town.gpkg", "--tool", "fly", "--query", "{}"]);
    assert!(wrong.code == 2 && wrong.err.contains("text-search"), "{}", wrong.err);
}

#[test]
fn who_can_be_asked_is_listed_with_keys_by_name_and_own_declarations() {
    let folder = tempfile::tempdir().expect("folder");
    let own = folder.path().join(".config/orthoscope/providers");
    std::fs::create_dir_all(&own).expect("folder");
    let declared = "name = 'mine'\nterms = 'x'\n[tool.text-search]\nurl = 'https://a.test/{text}'\nplaces = ''\n\
                    id = 'i'\nlat = 'y'\nlon = 'x'\n";
    std::fs::write(own.join("mine.toml"), declared).expect("written");
    let list = json(folder.path(), &["providers"]);
    let named = |name: &str| {
        let found = list["providers"].as_array().and_then(|all| all.iter().find(|p| p["name"] == name));
        found.unwrap_or_else(|| panic!("{name} in {list}")).clone()
    };
    assert_eq!(named("mine")["tools"], serde_json::json!(["text-search"]));
    assert_eq!(named("google")["keys"][0]["name"], "GOOGLE_MAPS_API_KEY");
    assert_eq!(named("local")["tools"].as_array().map(Vec::len), Some(6));
    let wrong = run(folder.path(), &["providers", "--keep-key", "NOBODY_ASKS"]);
    assert!(wrong.refusal().contains("NOBODY_ASKS"), "{}", wrong.err);
    assert!(Path::new(&own).join("mine.toml").exists());
}
