//! Agreement, fusion and the report on the command line.

use std::fs;

use serde_json::{Value, json as value};

use crate::program::{Town, json, run, text};

/// A town with labels, reviews and committees.
fn reviewed() -> Town {
    let town = Town::new();
    let folder = town.path();
    json(folder, &["label", "town.gpkg", "--from", &text(&town.files.labels), "--author", "Ana"]);
    json(folder, &["vote", "town.gpkg", "--from", &text(&town.files.votes)]);
    town
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))
}

#[test]
fn agreement_has_every_coefficient_with_its_interval_and_its_parts() {
    let town = reviewed();
    let folder = town.path();
    let stage_one = ["agreement", "town.gpkg", "--stage", "stage-one", "--bootstrap", "200", "--seed", "4"];
    let told = json(folder, &stage_one);
    let (alpha, interval) = (&told["krippendorff_alpha"]["nominal"], &told["intervals"]["alpha_nominal"]);
    assert!(number(&interval[0]) <= number(alpha) && number(alpha) <= number(&interval[1]), "{told}");
    assert!(told["gwet"]["ac1"].is_f64() && told["fleiss_kappa"].is_f64(), "{told}");
    assert_eq!(told, json(folder, &stage_one), "the same seed gives the same intervals");
    for (by, key) in [
        ("class", "by_class"),
        ("pair", "by_pair"),
        ("layer", "by_layer"),
        ("member", "by_member"),
        ("week", "by_week"),
    ] {
        let told =
            json(folder, &["agreement", "town.gpkg", "--stage", "both", "--by", by, "--bootstrap", "0"]);
        let parts = told[key].as_object().map(serde_json::Map::len).or(told[key].as_array().map(Vec::len));
        assert!(parts > Some(0), "{by}: {told}");
        assert!(told["intervals"].is_null());
    }
    assert!(run(folder, &["agreement", "town.gpkg", "--by", "member"]).out.contains("probably right"));
}

#[test]
fn fused_votes_are_proposals_that_leave_every_label_alone() {
    let town = reviewed();
    let folder = town.path();
    let before = json(folder, &["info", "town.gpkg"]);
    for method in ["majority", "weighted", "dawid-skene", "glad", "mace"] {
        let dry = json(folder, &["fuse", "town.gpkg", "--method", method, "--dry-run"]);
        assert_eq!(dry["written"], value!(0));
        let done = json(folder, &["fuse", "town.gpkg", "--method", method, "--author", "Lead"]);
        assert_eq!(done["answers"], dry["answers"], "{method}");
        assert_eq!(done["written"], done["proposed"], "{method}: {done}");
        assert!(number(&done["proposed"]) > 3.0, "{method}: {done}");
        let again = json(folder, &["fuse", "town.gpkg", "--method", method]);
        assert_eq!(again["written"], value!(0), "{method}: nothing new is written");
        let answer = &done["answers"][0];
        assert!((0.0..=1.0).contains(&number(&answer["confidence"])), "{answer}");
    }
    let after = json(folder, &["info", "town.gpkg"]);
    assert_eq!(before["by_class"], after["by_class"], "labels are as they were");
    assert_eq!(before["by_stage"], after["by_stage"], "no case moved");
    let verified = json(folder, &["verify", "town.gpkg"]);
    assert_eq!(verified["replay_equal"], Value::Bool(true), "{verified}");
    assert!(verified["violations"].as_array().is_some_and(Vec::is_empty), "{verified}");
    // One undo takes all proposals of a run back.
    let seq = after["journal_seq"].to_string();
    json(folder, &["history", "town.gpkg", "--undo", &seq]);
    let fused = json(folder, &["fuse", "town.gpkg", "--method", "mace"]);
    assert_eq!(fused["written"], fused["proposed"]);
    let refused = run(folder, &["fuse", "town.gpkg", "--method", "weighted", "--weight", "Nobody=2"]);
    assert!(refused.refusal().contains("Nobody"));
    let refused = run(folder, &["fuse", "town.gpkg", "--method", "weighted", "--weight", "Ben"]);
    assert!(refused.refusal().contains("not a weight"));
}

#[test]
fn a_report_is_one_file_that_is_the_same_every_time() {
    let town = reviewed();
    let folder = town.path();
    let written = json(folder, &["report", "town.gpkg", "a.html", "--bootstrap", "100"]);
    json(folder, &["report", "town.gpkg", "b.html", "--bootstrap", "100"]);
    let page = fs::read_to_string(folder.join("a.html")).expect("a report");
    assert_eq!(page, fs::read_to_string(folder.join("b.html")).expect("a report"));
    assert_eq!(written["written"][0]["bytes"], value!(page.len()));
    assert!(page.contains("<svg") && page.contains("Krippendorff 2011") && page.contains("Ben"));
    assert!(!page.contains("http") && !page.contains("<script"));
    assert!(written["members"].as_array().is_some_and(|members| members.len() >= 5), "{written}");
    assert!(
        run(folder, &["report", "town.gpkg", "a.doc"]).refusal().contains("ends in neither .html nor .pdf")
    );
    assert!(!folder.join("a.doc").exists());
    let written = json(folder, &["report", "town.gpkg", "a.pdf", "--bootstrap", "100"]);
    json(folder, &["report", "town.gpkg", "b.pdf", "--bootstrap", "100"]);
    let paper = fs::read(folder.join("a.pdf")).expect("a report");
    assert!(paper.starts_with(b"%PDF-") && paper == fs::read(folder.join("b.pdf")).expect("a report"));
    assert_eq!(written["written"][0]["bytes"], value!(paper.len()));
    // Its words are read again where it is made; bookmarks are plain in the file.
    let plain = String::from_utf8_lossy(&paper);
    for title in ["Review of ", "Agreement", "By class", "Methods"] {
        assert!(plain.contains(&format!("/Title ({title}")), "{title}");
    }
}
