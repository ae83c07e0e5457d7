//! Questions on the command line: drafted, exchanged, reviewed, judged.

use std::fs;

use serde_json::{Value, json as value};

use crate::program::{Town, json, run};

/// A town with a label on every building.
fn labelled() -> Town {
    let town = Town::new();
    let regions = json(town.path(), &["query", "town.gpkg", "area_m2 > 0", "--columns", "id"]);
    let rows = regions["rows"].as_array().or(regions["regions"].as_array()).cloned().unwrap_or_default();
    let classes = ["no damage", "minor damage", "major damage", "destroyed"];
    let line = |(n, row): (usize, &Value)| {
        let id = row["id"].as_str().or(row[0].as_str()).unwrap_or_default();
        format!("{id},{}\n", classes[n % 7 % 4])
    };
    let labels: String = rows.iter().enumerate().map(line).collect();
    fs::write(town.path().join("labels.csv"), format!("region,class\n{labels}")).expect("written");
    let ran = run(town.path(), &["label", "town.gpkg", "--from", "labels.csv", "--author", "Ana"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    town
}

#[test]
fn questions_are_drafted_from_labels_checked_again_and_noticed_when_labels_change() {
    let town = labelled();
    let folder = town.path();
    let drafted =
        json(folder, &["qa", "town.gpkg", "draft", "--count", "27", "--seed", "5", "--author", "Ana"]);
    assert_eq!(drafted["accepted"].as_u64(), Some(27), "{drafted}");
    assert!(
        drafted["questions"].as_array().is_some_and(|all| all.iter().all(|q| q["computation"].is_string()))
    );
    assert_eq!(json(folder, &["info", "town.gpkg"])["questions"].as_u64(), Some(27));
    assert_eq!(json(folder, &["qa", "town.gpkg", "verify"])["drift"], value!([]));
    let found = json(folder, &["qa", "town.gpkg", "list", "--words", "NEAREST", "--limit", "2"]);
    assert!(found["found"].as_u64().is_some_and(|n| n > 2), "{found}");
    assert_eq!(found["questions"].as_array().map(Vec::len), Some(2));
    let labels = fs::read_to_string(folder.join("labels.csv")).expect("there");
    fs::write(folder.join("labels.csv"), labels.replace("no damage", "destroyed")).expect("written");
    assert_eq!(run(folder, &["label", "town.gpkg", "--from", "labels.csv", "--author", "Ana"]).code, 0);
    let drift = json(folder, &["qa", "town.gpkg", "verify"]);
    assert!(drift["drift"].as_array().is_some_and(|all| !all.is_empty()), "{drift}");
    // What drifted is listed all the same.
    let strict = run(folder, &["qa", "town.gpkg", "verify", "--strict"]);
    assert!(strict.code == 1 && strict.err.contains("otherwise"), "{}", strict.err);
    assert_eq!(json(folder, &["verify", "town.gpkg"])["violations"], value!([]));
}

#[test]
fn a_benchmark_comes_in_is_answered_judged_reported_and_goes_out_as_it_came() {
    let town = Town::new();
    let folder = town.path();
    let row = |n: usize| {
        value!({
            "id": n,
            "question": format!("Which is number {n}?"),
            "answer": { "type": "mcq", "options": ["a", "b", "c", "d"], "correct": n as i64 % 5 - 1 },
            "context": "a is first",
            "classification": if n.is_multiple_of(5) { Value::Null } else { value!(["poi", "trip"][n % 2]) },
        })
    };
    let rows: Vec<Value> = (0..50).map(row).collect();
    fs::write(folder.join("dataset.json"), value!(rows).to_string()).expect("written");
    let taken = json(folder, &["qa", "town.gpkg", "import", "dataset.json"]);
    assert_eq!(
        (taken["accepted"].as_u64(), taken["files"][0]["form"].as_str()),
        (Some(50), Some("mapeval-text"))
    );
    let again = json(folder, &["qa", "town.gpkg", "import", "dataset.json"]);
    assert_eq!((again["accepted"].as_u64(), again["known"].as_u64()), (Some(0), Some(50)));
    let out = ["qa", "town.gpkg", "export", "-o", "again.json", "--form", "mapeval-text"];
    assert_eq!(json(folder, &out)["written"][0]["items"].as_u64(), Some(50));
    let back: Value =
        serde_json::from_slice(&fs::read(folder.join("again.json")).expect("there")).expect("JSON");
    assert_eq!(back, value!(rows));

    let prompts = ["qa", "town.gpkg", "evaluate", "--prompts", "ask.jsonl", "--seed", "3"];
    assert_eq!(json(folder, &prompts)["written"][0]["items"].as_u64(), Some(50));
    let replies: Vec<String> = (0..50).map(|n| format!("{n},Option 1\n")).collect();
    let replies = replies.concat();
    fs::write(folder.join("replies.csv"), format!("question,reply\n{replies}99,2\n")).expect("written");
    let ones = ["qa", "town.gpkg", "evaluate", "--answers", "replies.csv", "--model", "one"];
    let scored = json(folder, &ones);
    assert_eq!((scored["accepted"].as_u64(), scored["rejected"][0]["index"].as_u64()), (Some(50), Some(52)));
    let overall = &scored["models"][0]["overall"];
    assert_eq!((overall["right"].as_u64(), overall["n"].as_u64()), (Some(10), Some(50)));
    assert_eq!(scored["baselines"][0]["overall"]["right"], overall["right"], "the same as counting says");
    assert_eq!(scored["models"][0]["unanswerable"]["right"].as_u64(), Some(0));
    assert_eq!(scored["unanswerable"].as_u64(), Some(10));
    let written = json(folder, &["qa", "town.gpkg", "report", "page.html"]);
    let page = fs::read_to_string(folder.join("page.html")).expect("there");
    assert_eq!(written["written"][0]["bytes"].as_u64(), Some(page.len() as u64));
    assert!(
        page.contains("Models by category") && page.contains("always option 1") && !page.contains("<script")
    );

    fs::write(
        folder.join("votes.csv"),
        "question,member,stage,answer,note\n1,Ben,1,a,\n2,Ben,1,c,\n3,Ben,1,ambiguous,which a?\n4,Ben,1,zebra,\n",
    )
    .expect("written");
    let voted = json(folder, &["qa", "town.gpkg", "vote", "--from", "votes.csv"]);
    assert_eq!((voted["accepted"].as_u64(), voted["rejected"][0]["index"].as_u64()), (Some(3), Some(5)));
    let review = json(folder, &["qa", "town.gpkg", "review"]);
    assert_eq!(
        (review["by_state"]["agreed"].as_u64(), review["by_state"]["disputed"].as_u64()),
        (Some(1), Some(2))
    );
    assert_eq!(json(folder, &["verify", "town.gpkg"])["violations"], value!([]));
}

#[test]
fn files_that_are_no_questions_change_nothing_and_say_why() {
    let town = Town::new();
    let folder = town.path();
    for (text, says) in [
        ("", "empty"),
        ("[{\"question\": \"Wh", "JSON"),
        ("{\"type\": \"FeatureCollection\"}", "no question"),
    ] {
        fs::write(folder.join("bad.json"), text).expect("written");
        let ran = run(folder, &["qa", "town.gpkg", "import", "bad.json"]);
        let refused = ran.refusal();
        assert!(refused.contains(says), "{refused}");
    }
    assert!(run(folder, &["qa", "town.gpkg", "export", "-o", "x.jsonl"]).refusal().contains("no question"));
    assert!(run(folder, &["qa", "town.gpkg", "draft"]).refusal().contains("no region"));
    assert_eq!(json(folder, &["info", "town.gpkg"])["questions"].as_u64(), Some(0));
}

#[test]
fn answers_that_are_written_by_hand_are_checked_against_what_they_cite() {
    let town = labelled();
    let folder = town.path();
    let named = ["ask", "town.gpkg", "--tool", "text-search", "--query", r#"{"text":"destroyed","limit":1}"#];
    let at = json(folder, &named)["places"][0]["at"].clone();
    let query = value!({"at": at, "radius_m": 300, "kind": "destroyed", "limit": 1000}).to_string();
    let near = json(folder, &["ask", "town.gpkg", "--tool", "nearby", "--query", &query]);
    let (count, response) = (near["total"].as_u64().expect("a count"), near["response"].clone());
    let first = near["places"][0]["name"].as_str().expect("a name").to_owned();
    let regions = json(folder, &["query", "town.gpkg", "class = destroyed"]);
    let all = regions["found"].as_u64().expect("a count");
    let view = value!({"view": {"bounds": [0.0, 0.0, 1e9, 1e9], "layers": []}});
    let card = value!({ "response": response });
    let line = |id: &str, text: &str, kind: &str, options: &[&str], answer: Value, evidence: &Value| {
        let row = value!({"id": id, "text": text, "kind": kind, "options": options, "answer": answer, "evidence": [evidence]});
        format!("{row}\n")
    };
    let count_of = |n: u64| value!({ "number": n });
    let lines = [
        line("a", "How many destroyed buildings lie within 300 m?", "number", &[], count_of(count), &card),
        line(
            "b",
            "How many destroyed buildings lie within 300 m?",
            "number",
            &[],
            count_of(count + 1),
            &card,
        ),
        line(
            "c",
            "Which is the nearest?",
            "single_choice",
            &["Nowhere", &first],
            value!({"options": [1]}),
            &card,
        ),
        line("d", "How many destroyed buildings does it show?", "number", &[], count_of(all), &view),
        line("e", "Is there a destroyed building?", "yes_no", &[], value!({"options": [1]}), &view),
        line("f", "What do you think of it?", "open_ended", &[], value!({"text": "Sad."}), &view),
    ];
    fs::write(folder.join("own.jsonl"), lines.concat()).expect("written");
    let taken = json(folder, &["qa", "town.gpkg", "import", "own.jsonl"]);
    assert_eq!(taken["accepted"].as_u64(), Some(6), "{taken}");
    let checked = json(folder, &["qa", "town.gpkg", "verify"]);
    let findings: Vec<&str> = checked["checks"]
        .as_array()
        .map(|all| all.iter().filter_map(|one| one["check"]["finding"].as_str()).collect())
        .unwrap_or_default();
    let meant = ["agrees", "contradicts", "agrees", "agrees", "contradicts", "unchecked"];
    assert_eq!(findings, meant, "{checked}");
    assert_eq!(
        (&checked["agrees"], &checked["contradicts"], &checked["unchecked"]),
        (&value!(3), &value!(2), &value!(1))
    );
    assert!(
        checked["checks"][1]["check"]["computed"]
            .as_str()
            .is_some_and(|text| text.contains("at most 300.0 m away")),
        "{checked}"
    );
    assert_eq!(checked["drift"].as_array().map(Vec::len), Some(2));
    assert_eq!(run(folder, &["qa", "town.gpkg", "verify", "--strict"]).code, 1);
}
