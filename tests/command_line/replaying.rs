//! A whole project without any network: in a network namespace that has not even this machine's own address.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::asking::{HERE, service};
use crate::evaluating::{Endpoint, SECRET, benchmark, evaluate, harmless, prompts};
use crate::program::{Ran, json, path, run};

/// Runs the program where there is no network; `None` where this system lets nobody make such a place.
fn cut_off(folder: &Path, arguments: &[&str]) -> Option<Ran> {
    let apart = || {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net"]);
        command
    };
    if !apart().arg("true").output().is_ok_and(|done| done.status.success()) {
        return None;
    }
    let done = apart()
        .arg(path())
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join(".cache"))
        .env("XDG_CONFIG_HOME", folder.join(".config"))
        .output()
        .expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Some(Ran { code: done.status.code().unwrap_or(-1), out: text(done.stdout), err: text(done.stderr) })
}

#[test]
fn a_project_gives_the_same_answers_where_there_is_no_network_at_all() {
    let folder = benchmark();
    let folder = folder.path();
    harmless(folder);
    let (url, asked) = service(vec![HERE]);
    let endpoint = Endpoint::new();
    for messages in &prompts(folder, &[]) {
        endpoint.expect(messages, "{\"option_no\": 1}");
    }
    let query = r#"{"text":"here","limit":4}"#;
    let ask = ["ask", "q.gpkg", "--provider", "photon", "--tool", "text-search", "--query", query];
    let ask = [&ask[..], &["--endpoint", url.as_str(), "--json"]].concat();
    let first = run(folder, &ask).json();
    let models = evaluate(folder, &endpoint, &["--key", "TOY_KEY"]).json()["models"].clone();
    assert_eq!(json(folder, &["qa", "q.gpkg", "export", "-o", "out.jsonl"])["accepted"].as_u64(), Some(12));
    assert_eq!(run(folder, &["qa", "q.gpkg", "report", "report.html"]).code, 0);
    let sent = (asked.load(std::sync::atomic::Ordering::SeqCst), endpoint.asked());

    let Some(again) = cut_off(folder, &ask) else {
        eprintln!("SKIPPED: this system makes no network namespaces");
        return;
    };
    let again = again.json();
    for name in ["key", "response", "places", "sha256", "status"] {
        assert_eq!(again[name], first[name], "{name}");
    }
    let out = |arguments: &[&str]| -> Value { cut_off(folder, arguments).expect("as before").json() };
    // Without its key it is another request, which nobody has asked.
    let new = ["qa", "q.gpkg", "evaluate", "--endpoint", &endpoint.url, "--model", "toy-1", "--json"];
    let new = cut_off(folder, &new).expect("as before");
    assert!(new.refusal().contains("cannot be reached"), "{}", new.err);
    let kept = ["--key", "TOY_KEY", "--offline", "--json"];
    let kept =
        [&["qa", "q.gpkg", "evaluate", "--endpoint", &endpoint.url, "--model", "toy-1"][..], &kept].concat();
    assert_eq!(out(&kept)["models"], models);
    assert_eq!(out(&["qa", "q.gpkg", "evaluate", "--json"])["models"], models);
    assert_eq!(out(&["qa", "q.gpkg", "verify", "--json"])["drift"], serde_json::json!([]));
    assert_eq!(out(&["verify", "q.gpkg", "--json"])["replay_equal"], true);
    out(&["qa", "q.gpkg", "export", "-o", "again.jsonl", "--json"]);
    let bytes = |name: &str| std::fs::read(folder.join(name)).expect("there");
    assert_eq!(bytes("again.jsonl"), bytes("out.jsonl"));
    assert_eq!((asked.load(std::sync::atomic::Ordering::SeqCst), endpoint.asked()), sent, "nothing was sent");
    for name in ["q.gpkg", "out.jsonl", "report.html"] {
        assert!(!bytes(name).windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{name}");
    }
}
