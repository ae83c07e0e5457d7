//! Backups and the way back, and regions by likeness, on the command line.

use std::fs;

use crate::program::{Town, json, run, text};

#[test]
fn a_damaged_project_is_brought_back_with_what_was_done_since_its_backup() {
    let town = Town::new();
    let folder = town.path();
    let none = json(folder, &["backup", "town.gpkg", "--list"]);
    assert!(none["backups"].as_array().is_some_and(Vec::is_empty), "{none}");
    run(folder, &["restore", "town.gpkg"]).refusal();
    let made = json(folder, &["backup", "town.gpkg"]);
    assert_eq!((made["made"].as_u64(), made["backups"][0]["number"].as_u64()), (Some(1), Some(1)));
    let again = json(folder, &["backup", "town.gpkg"]);
    assert!(again["made"].is_null(), "it has everything already: {again}");
    json(folder, &["label", "town.gpkg", "--from", &text(&town.files.labels), "--author", "Ana"]);
    let before = json(folder, &["query", "town.gpkg", "labelled"]);
    let entries = json(folder, &["verify", "town.gpkg"])["entries"].as_u64().expect("a number");
    // One bit in the name of an image, which stands in the oldest entries.
    let mut bytes = fs::read(town.project()).expect("read");
    let name = town.files.pre.file_name().and_then(|name| name.to_str()).expect("UTF-8").as_bytes();
    let place = bytes.windows(name.len()).position(|some| some == name);
    let place = place.expect("the journal names what was added");
    bytes[place + 1] ^= 1;
    fs::write(town.project(), &bytes).expect("damaged");
    assert_ne!(run(folder, &["verify", "town.gpkg"]).code, 0, "the damage is found");
    let aside = json(folder, &["restore", "town.gpkg", "-o", "elsewhere.gpkg"]);
    assert!(aside["set_aside"].is_null() && fs::read(town.project()).expect("read") == bytes, "{aside}");
    let back = json(folder, &["restore", "town.gpkg"]);
    assert_eq!(back["backup"].as_u64(), Some(1));
    assert_eq!(back["entries"].as_u64(), Some(entries), "everything since is there too: {back}");
    assert_eq!(json(folder, &["query", "town.gpkg", "labelled"]), before);
    assert_eq!(json(folder, &["verify", "town.gpkg"])["replay_equal"], true);
    assert_eq!(fs::read(folder.join("town.gpkg.damaged")).expect("kept"), bytes);
}

#[test]
fn regions_are_listed_by_how_much_they_look_like_one() {
    let town = Town::new();
    let folder = town.path();
    let all = json(folder, &["query", "town.gpkg", "labelled or not labelled", "--columns", "id"]);
    let ids: Vec<&str> =
        all["regions"].as_array().expect("rows").iter().filter_map(|row| row["id"].as_str()).collect();
    assert!(ids.len() > 3);
    let like = json(folder, &["query", "town.gpkg", "--like", ids[2], "--columns", "id"]);
    assert_eq!(like["found"], all["found"]);
    assert_eq!(like["regions"][0]["id"].as_str(), Some(ids[2]), "itself first");
    let few = json(folder, &["query", "town.gpkg", "--like", ids[2], "--columns", "id", "--limit", "2"]);
    assert_eq!(few["regions"][1], like["regions"][1], "the same every time");
    let unknown = run(folder, &["query", "town.gpkg", "--like", "nobody"]);
    assert!(unknown.refusal().contains("nobody"));
}
