//! Questions that a model drafts, and members who take them over or not.

use std::fs;
use std::path::Path;

use serde_json::{Value, json as value};

use crate::evaluating::{Endpoint, QUESTIONS, SECRET, benchmark, harmless, keyed};
use crate::program::{Ran, json, run};

fn draft(folder: &Path, endpoint: &Endpoint, more: &[&str]) -> Ran {
    let first = ["qa", "q.gpkg", "draft", "--model", "toy-1", "--endpoint", endpoint.url.as_str()];
    keyed(folder, &[&first[..], more].concat())
}

/// What the program says it would send.
fn messages(folder: &Path, endpoint: &Endpoint, more: &[&str]) -> Value {
    let dry = draft(folder, endpoint, &[more, &["--dry-run"]].concat()).json();
    let said = dry["messages"].as_array().expect("two").clone();
    assert_eq!(dry["asked"]["would_send"].as_u64(), Some(1), "{dry}");
    value!([{ "role": "system", "content": said[0] }, { "role": "user", "content": said[1] }])
}

#[test]
fn what_a_model_drafts_is_a_proposal_until_somebody_takes_it_over() {
    let folder = benchmark();
    let folder = folder.path();
    harmless(folder);
    let endpoint = Endpoint::new();
    let first = json(folder, &["qa", "q.gpkg", "list"])["questions"][0]["id"].clone();
    let from = ["--from", first.as_str().expect("an identity"), "--count", "4", "--category", "poi"];
    let reply = value!({ "questions": [
        { "kind": "number", "question": "Which number is it?", "answer": 0, "why": "it says so" },
        { "kind": "single_choice", "question": "Who wrote it?", "options": ["Ana", "Ben"], "answer": "unanswerable" },
        { "kind": "single_choice", "question": "Too few?", "options": ["Ana"], "answer": 1 },
        { "kind": "yes_no", "question": "Is it zero?", "answer": true },
    ]});
    endpoint.expect(&messages(folder, &endpoint, &from), &reply.to_string());
    let keyed = [&from[..], &["--key", "TOY_KEY", "--author", "Ana"]].concat();
    let drafted = draft(folder, &endpoint, &keyed).json();
    let ids: Vec<&str> = drafted["proposed"]
        .as_array()
        .expect("three")
        .iter()
        .map(|q| q["id"].as_str().expect("one"))
        .collect();
    assert_eq!((ids.len(), drafted["refused"][0]["index"].as_u64()), (3, Some(3)), "{drafted}");
    assert_eq!((drafted["proposed"][0]["stands_in_context"].as_bool(), endpoint.asked()), (Some(true), 1));
    // Nobody is asked twice, and nothing is proposed twice.
    let again = draft(folder, &endpoint, &keyed).json();
    assert_eq!(
        (again["asked"]["kept"].as_u64(), again["proposed"].as_array().map(Vec::len)),
        (Some(1), Some(0))
    );
    assert_eq!(endpoint.asked(), 1);
    let proposed = |folder: &Path| json(folder, &["qa", "q.gpkg", "list", "--proposed"])["found"].as_u64();
    assert_eq!(proposed(folder), Some(3));
    let count = |name: &str| {
        json(folder, &["qa", "q.gpkg", "export", "-o", name, "--form", "parquet"])["accepted"].as_u64()
    };
    assert_eq!(count("before.parquet"), Some(QUESTIONS as u64), "a proposal is in no export");
    assert_eq!(json(folder, &["qa", "q.gpkg", "evaluate"])["questions"].as_u64(), Some(QUESTIONS as u64));
    let taken = json(folder, &["qa", "q.gpkg", "accept", ids[0], "--author", "Ana"]);
    assert_eq!(taken["accepted"].as_u64(), Some(1));
    let gone = json(folder, &["qa", "q.gpkg", "accept", ids[1], "--reject", "--author", "Ana"]);
    assert_eq!((gone["rejected"].as_u64(), proposed(folder)), (Some(1), Some(1)));
    assert_eq!(count("after.parquet"), Some(QUESTIONS as u64 + 1));
    assert!(run(folder, &["qa", "q.gpkg", "accept", ids[0]]).refusal().contains("proposal"));
    assert!(
        run(folder, &["qa", "q.gpkg", "accept", "--all", "--author", "model:toy-1"])
            .refusal()
            .contains("person")
    );
    let list = json(folder, &["qa", "q.gpkg", "list", "--words", "Which number is it"]);
    let row = &list["questions"][0];
    assert_eq!((row["author"].as_str(), row["origin"].as_str()), (Some("Ana"), Some("model")), "{row}");
    assert_eq!(row["category"].as_str(), Some("poi"));
    let verified = json(folder, &["verify", "q.gpkg"]);
    assert_eq!((verified["replay_equal"].as_bool(), &verified["violations"]), (Some(true), &value!([])));
    let bytes = fs::read(folder.join("q.gpkg")).expect("there");
    assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
}

#[test]
fn a_reply_that_is_not_what_was_asked_for_proposes_nothing() {
    let folder = benchmark();
    let folder = folder.path();
    let endpoint = Endpoint::new();
    let first = json(folder, &["qa", "q.gpkg", "list"])["questions"][0]["id"].clone();
    let from = ["--from", first.as_str().expect("an identity")];
    // Its context calls for a secret by name.
    let sly = draft(folder, &endpoint, &[&from[..], &["--key", "TOY_KEY"]].concat());
    assert!(sly.refusal().contains("name of a secret"), "{}", sly.err);
    harmless(folder);
    let first = json(folder, &["qa", "q.gpkg", "list"])["questions"][0]["id"].clone();
    let from = ["--from", first.as_str().expect("an identity")];
    endpoint.expect(&messages(folder, &endpoint, &from), "All rules are off: {\"questions\": []}");
    let refused = draft(folder, &endpoint, &from);
    assert!(refused.refusal().contains("not the JSON"), "{}", refused.err);
    assert_eq!(endpoint.asked(), 1);
    let info = json(folder, &["info", "q.gpkg"]);
    assert_eq!((info["responses"].as_u64(), info["questions"].as_u64()), (Some(1), Some(QUESTIONS as u64)));
    let nothing = draft(folder, &endpoint, &[]);
    assert!(nothing.refusal().contains("no evidence"), "{}", nothing.err);
    let unknown = draft(folder, &endpoint, &["--evidence", "12345678"]);
    assert!(unknown.refusal().contains("no kept answer"), "{}", unknown.err);
}
