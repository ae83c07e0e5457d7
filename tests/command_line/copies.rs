//! Copies of a project that were worked on apart, members and rules, as scripts meet them.

use std::fs;

use serde_json::Value;

use crate::program::{Town, json, run};

/// The ids of some regions.
fn some_regions(town: &Town, count: usize) -> Vec<String> {
    let found = json(town.path(), &["query", "town.gpkg", "not labelled"]);
    let rows = found["regions"].as_array().expect("regions");
    rows.iter().take(count).map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

fn label(town: &Town, project: &str, author: &str, region: &str, class: &str) {
    let table = format!("labels of {author}.csv");
    fs::write(town.path().join(&table), format!("region,class\n{region},{class}\n")).expect("written");
    let arguments = ["label", project, "--from", &table, "--author", author];
    let ran = run(town.path(), &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn two_copies_are_joined_the_same_in_both_ways_and_what_clashes_is_decided() {
    let town = Town::new();
    let folder = town.path();
    let regions = some_regions(&town, 2);
    label(&town, "town.gpkg", "Ana", &regions[0], "no damage");
    fs::copy(town.project(), folder.join("ben.gpkg")).expect("copied");
    // Both change Ana's label; Ben labels another region too.
    label(&town, "town.gpkg", "Ana", &regions[0], "destroyed");
    label(&town, "ben.gpkg", "Ana", &regions[0], "minor damage");
    label(&town, "ben.gpkg", "Ben", &regions[1], "destroyed");
    fs::copy(town.project(), folder.join("ana.gpkg")).expect("copied");

    let before = fs::read(town.project()).expect("read");
    let dry = json(folder, &["merge", "town.gpkg", "ben.gpkg", "--dry-run"]);
    assert_eq!(dry["conflicts"].as_array().map(Vec::len), Some(1), "{dry}");
    assert!(fs::read(town.project()).expect("read") == before, "a dry run changed the file");
    let joined = json(folder, &["merge", "town.gpkg", "ben.gpkg"]);
    assert_eq!(joined["taken"], dry["taken"]);
    let other_way = json(folder, &["merge", "ben.gpkg", "ana.gpkg"]);
    let same = |key: &str| {
        let [a, b] = ["town.gpkg", "ben.gpkg"].map(|file| json(folder, &["info", file])[key].clone());
        assert_eq!(a, b, "{key}");
    };
    ["regions", "labels", "by_class", "by_stage", "by_author"].into_iter().for_each(same);
    assert_eq!(other_way["open_conflicts"], 1);
    assert_eq!(json(folder, &["merge", "town.gpkg", "ben.gpkg", "ana.gpkg"])["taken"], 0);
    for file in ["town.gpkg", "ben.gpkg"] {
        let verified = json(folder, &["verify", file]);
        assert_eq!(verified["violations"], Value::Array(Vec::new()), "{verified}");
        assert_eq!(verified["signatures"]["faults"], Value::Array(Vec::new()), "{verified}");
    }

    let open = json(folder, &["conflicts", "town.gpkg"]);
    let id = open["conflicts"][0]["id"].as_str().expect("an id").to_owned();
    assert!(
        run(folder, &["conflicts", "town.gpkg", "--keep", "nothing"]).refusal().contains("no open conflict")
    );
    let decided = json(folder, &["conflicts", "town.gpkg", "--take", &id]);
    assert_eq!(
        (decided["decided"].as_u64(), decided["conflicts"].as_array().map(Vec::len)),
        (Some(1), Some(0))
    );
    json(folder, &["merge", "ben.gpkg", "town.gpkg"]);
    assert_eq!(json(folder, &["conflicts", "ben.gpkg"])["conflicts"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_cannot_be_joined_is_refused_in_a_sentence() {
    let town = Town::new();
    let folder = town.path();
    fs::copy(town.project(), folder.join("cut.gpkg")).expect("copied");
    let bytes = fs::read(town.project()).expect("read");
    fs::write(folder.join("cut.gpkg"), &bytes[..bytes.len() / 3]).expect("written");
    assert_eq!(run(folder, &["new", "other.gpkg"]).code, 0);
    let before = fs::read(town.project()).expect("read");
    for copy in ["other.gpkg", "cut.gpkg", "missing.gpkg"] {
        let ran = run(folder, &["merge", "town.gpkg", copy]);
        assert!(ran.refusal().contains(copy), "{}", ran.err);
        assert!(ran.err.contains("hint: "), "{}", ran.err);
    }
    assert!(fs::read(town.project()).expect("read") == before);
}

#[test]
fn members_and_rules_are_said_and_changed_and_a_removed_member_does_not_vote() {
    let town = Town::new();
    let folder = town.path();
    let members = json(folder, &["member", "town.gpkg"]);
    let name = members["members"][0]["name"].as_str().expect("whoever made it").to_owned();
    assert_eq!(members["members"][0]["role"], "lead");
    assert!(run(folder, &["member", "town.gpkg", "Nobody", "--remove"]).refusal().contains("Nobody"));
    let rules = json(folder, &["rules", "town.gpkg"]);
    assert_eq!(rules["rule"]["committee_size"], 3);
    fs::write(folder.join("rules.toml"), "committee_size = 2\nsealed = true\n").expect("written");
    let rules = json(folder, &["rules", "town.gpkg", "--set", "rules.toml"]);
    assert_eq!((&rules["rule"]["committee_size"], &rules["rule"]["sealed"]), (&2.into(), &true.into()));
    fs::write(folder.join("wrong.toml"), "comittee_size = 2\n").expect("written");
    let wrong = run(folder, &["rules", "town.gpkg", "--set", "wrong.toml"]);
    assert!(wrong.refusal().contains("comittee_size"), "{}", wrong.err);

    // Sealed: nothing of the first vote can be read, both count once both are cast.
    let region = some_regions(&town, 1).remove(0);
    label(&town, "town.gpkg", "Ana", &region, "no damage");
    let votes = |member: &str| {
        let table =
            format!("case,member,stage,verdict,class,note\n{region},{member},two,edit,destroyed,telltale\n");
        fs::write(folder.join("votes.csv"), table).expect("written");
        json(folder, &["vote", "town.gpkg", "--from", "votes.csv"])
    };
    votes("Ben");
    let bytes = fs::read(town.project()).expect("read");
    assert!(!bytes.windows(8).any(|part| part == b"telltale"), "a sealed vote can be read");
    assert_eq!(json(folder, &["review", "town.gpkg", "status"])["stage_two"], 1);
    votes("Cy");
    assert_eq!(json(folder, &["review", "town.gpkg", "status"])["accepted"], 1);

    json(folder, &["member", "town.gpkg", &name, "--remove"]);
    fs::write(folder.join("votes.csv"), format!("case,member,stage,verdict\n{region},{name},one,accept\n"))
        .expect("written");
    let refused = run(folder, &["vote", "town.gpkg", "--from", "votes.csv"]);
    assert!(refused.err.contains("removed"), "{}", refused.err);
}
