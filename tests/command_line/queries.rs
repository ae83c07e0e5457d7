//! Finding regions by a condition, on the command line.

use std::fs;

use crate::program::{Town, json, run, text};

#[test]
fn a_condition_finds_regions_sums_them_up_and_chooses_what_is_exported() {
    let town = Town::new();
    let folder = town.path();
    json(folder, &["label", "town.gpkg", "--from", &text(&town.files.labels), "--author", "Ana"]);
    let all = json(folder, &["query", "town.gpkg", "labelled or not labelled"]);
    let labelled = json(folder, &["query", "town.gpkg", "labelled", "--sort", "area_m2", "--descending"]);
    let count =
        |value: &serde_json::Value, key: &str| value[key].as_u64().unwrap_or_else(|| panic!("{value}"));
    assert!(count(&labelled, "found") > 3 && count(&all, "found") == count(&all, "of"), "{all}");
    let areas: Vec<f64> =
        labelled["regions"].as_array().expect("rows").iter().filter_map(|r| r["area_m2"].as_f64()).collect();
    assert!(areas.len() > 3 && areas.windows(2).all(|two| two[0] >= two[1]), "{areas:?}");
    let summed: u64 =
        labelled["by_class"].as_array().expect("classes").iter().map(|c| count(c, "regions")).sum();
    assert_eq!(summed, count(&labelled, "found"));
    let threshold = areas[areas.len() / 2];
    let condition = format!("author = me and area_m2 >= {threshold}");
    let large = json(folder, &["query", "town.gpkg", &condition, "--author", "Ana", "--keep", "Large"]);
    assert_eq!(count(&large, "found") as usize, areas.iter().filter(|a| **a >= threshold).count());
    let kept = json(folder, &["query", "town.gpkg", "--list", "Large", "--author", "Ana", "--limit", "1"]);
    assert_eq!(
        (count(&kept, "found"), kept["regions"].as_array().map(Vec::len)),
        (count(&large, "found"), Some(1))
    );
    let csv = run(folder, &["query", "town.gpkg", "labelled", "--csv", "--columns", "class,area_m2,author"]);
    assert!(
        csv.out.starts_with("class,area_m2,author\n") && csv.out.lines().count() == areas.len() + 1,
        "{}",
        csv.out
    );
    let exported = json(
        folder,
        &[
            "export",
            "town.gpkg",
            "--format",
            "geojson",
            "-o",
            "large",
            "--where",
            &condition,
            "--author",
            "Ana",
        ],
    );
    assert_eq!(count(&exported, "accepted"), count(&large, "found"), "{exported}");
    let manifest = fs::read_to_string(folder.join("large/manifest.json")).expect("manifest");
    assert!(manifest.contains("author = \\\"Ana\\\" and area_m2 >= "), "{manifest}");
    let verified = json(folder, &["verify", "town.gpkg"]);
    assert_eq!(verified["replay_equal"], true, "{verified}");
    assert!(verified["violations"].as_array().is_some_and(Vec::is_empty), "{verified}");
}

#[test]
fn relations_are_said_by_a_table_listed_and_exported() {
    let town = Town::new();
    let folder = town.path();
    let classes = format!("{CLASSES}[[relation]]\ncode = 'next to'\n");
    fs::write(folder.join("two.toml"), classes).expect("written");
    json(folder, &["schema", "town.gpkg", "--to", "two.toml", "--author", "Ana"]);
    let all = json(folder, &["query", "town.gpkg", "labelled or not labelled", "--columns", "id"]);
    let ids: Vec<&str> =
        all["regions"].as_array().expect("rows").iter().filter_map(|r| r["id"].as_str()).take(3).collect();
    let [a, b, c] = ids[..] else { panic!("{all}") };
    let table =
        format!("from,predicate,to\n{a},next to,{b}\n{b},Next-To,{c}\n{a},above,{c}\n{a},next to,{a}\n");
    fs::write(folder.join("relations.csv"), table).expect("written");
    let made = json(folder, &["relate", "town.gpkg", "--from", "relations.csv", "--author", "Ana"]);
    assert_eq!(
        (made["accepted"].as_u64(), made["rejected"].as_array().map(Vec::len)),
        (Some(2), Some(2)),
        "{made}"
    );
    let listed = json(folder, &["query", "town.gpkg", "--relations"]);
    assert_eq!(listed["by_predicate"]["next to"], 2, "{listed}");
    assert_eq!((&listed["relations"][0]["from"], &listed["relations"][0]["to"]), (&a.into(), &b.into()));
    let found = json(folder, &["query", "town.gpkg", "relations = 2"]);
    assert_eq!((found["found"].as_u64(), found["regions"][0]["id"].as_str()), (Some(1), Some(b)), "{found}");
    let out = json(folder, &["export", "town.gpkg", "--format", "geojson", "-o", "related"]);
    assert_eq!(out["relations"], serde_json::json!({"in": 2, "out": 2}), "{out}");
    let gone =
        json(folder, &["relate", "town.gpkg", "--from", "relations.csv", "--author", "Ana", "--remove"]);
    assert_eq!(gone["accepted"], 2, "{gone}");
    assert_eq!(json(folder, &["query", "town.gpkg", "related"])["found"], 0);
    assert_eq!(json(folder, &["verify", "town.gpkg"])["replay_equal"], true);
}

const CLASSES: &str = "id = 'two'\nversion = 7\nname = 'Two'
[[class]]\ncode = 'standing'\nname = 'Standing'\ncolor = '#00ff00'\nformerly = ['no damage', 'minor damage']
[[class]]\ncode = 'gone'\nname = 'Gone'\ncolor = '#ff0000'
[[attribute]]\nname = 'storeys'\nkind = 'number'\nmin = 1\nrequired = true\n";

#[test]
fn classes_are_changed_after_saying_what_becomes_of_the_labels_as_one_edit() {
    let town = Town::new();
    let folder = town.path();
    json(folder, &["label", "town.gpkg", "--from", &text(&town.files.labels), "--author", "Ana"]);
    fs::write(folder.join("two.toml"), CLASSES).expect("file");
    let seq = || json(folder, &["info", "town.gpkg"])["journal_seq"].as_u64().expect("a number");
    let before = (seq(), json(folder, &["info", "town.gpkg"])["by_class"].clone());
    let arguments = ["schema", "town.gpkg", "--to", "two.toml", "--map", "destroyed=gone"];
    let planned = json(folder, &[&arguments[..], &["--dry-run"]].concat());
    assert_eq!((&planned["changed"], seq()), (&serde_json::json!(false), before.0), "{planned}");
    let moved = planned["moved"].as_array().expect("classes");
    let to = |code: &str| moved.iter().find(|m| m["from"] == code).map(|m| m["to"].clone());
    assert_eq!(to("minor damage"), Some("standing".into()));
    assert_eq!(to("destroyed"), Some("gone".into()));
    assert_eq!(to("major damage"), Some(serde_json::Value::Null), "its labels keep it");
    json(folder, &[&arguments[..], &["--author", "Ana"]].concat());
    assert_eq!(seq(), before.0 + 1, "one edit");
    let shown = json(folder, &["schema", "town.gpkg"]);
    assert_eq!(shown["classes"][0]["key"], "1", "{shown}");
    let incomplete = json(folder, &["query", "town.gpkg", "incomplete"]);
    let labelled = json(folder, &["query", "town.gpkg", "labelled"]);
    assert_eq!(incomplete["found"], labelled["found"], "nobody has counted storeys yet");
    let verified = json(folder, &["verify", "town.gpkg"]);
    assert!(verified["violations"].as_array().is_some_and(Vec::is_empty), "{verified}");
    json(folder, &["history", "town.gpkg", "--undo", &seq().to_string()]);
    assert_eq!(json(folder, &["info", "town.gpkg"])["by_class"], before.1, "one undo brings all of it back");
    let ran =
        run(folder, &["schema", "town.gpkg", "--to", "two.toml", "--map", "destroyed=heap", "--dry-run"]);
    ran.refusal();
    assert!(ran.err.contains("classes that will be gone"), "{}", ran.err);
}

#[test]
fn what_is_wrong_with_a_condition_is_shown_under_its_characters() {
    let town = Town::new();
    let folder = town.path();
    let ran = run(folder, &["query", "town.gpkg", "class = destroied"]);
    ran.refusal();
    assert!(
        ran.err.contains("class = destroied\n        ^^^^^^^^^") && ran.err.contains("did you mean"),
        "{}",
        ran.err
    );
    for (arguments, hint) in [
        (&["query", "town.gpkg", "author = me"][..], "hint: say who you are"),
        (&["query", "town.gpkg"], "--list NAME"),
        (&["query", "town.gpkg", "--list", "Nothing"], "--keep NAME"),
        (&["query", "town.gpkg", "labelled", "--keep", "X"], "--author NAME"),
        (
            &["export", "town.gpkg", "--format", "geojson", "-o", "out", "--where", "area_m2 < 0"],
            "orthoscope query",
        ),
    ] {
        let ran = run(folder, arguments);
        ran.refusal();
        assert!(ran.err.contains(hint), "{arguments:?}: {}", ran.err);
    }
    assert!(!folder.join("out").exists(), "nothing is left behind");
}
