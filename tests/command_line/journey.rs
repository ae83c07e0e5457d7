//! Journey B on the command line: from imagery to an exported, reviewed dataset.

use std::fs;

use serde_json::Value;

use crate::program::{Town, json, run, text};

fn count(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("no number `{key}` in {value}"))
}

/// The number of the first entry of the history that says a word.
fn entry_of(folder: &std::path::Path, word: &str) -> String {
    let history = json(folder, &["history", "town.gpkg"]);
    let entries = history["entries"].as_array().expect("entries");
    let says = |entry: &&Value| entry["what"].as_str().is_some_and(|what| what.to_lowercase().contains(word));
    count(entries.iter().find(says).unwrap_or_else(|| panic!("no {word} in {history}")), "seq").to_string()
}

#[test]
fn imagery_becomes_a_reviewed_dataset() {
    let town = Town::new();
    let folder = town.path();
    let info = json(folder, &["info", "town.gpkg"]);
    let regions = count(&info, "regions");
    assert!(regions > 3 && count(&info, "layers") == 2, "{info}");
    let labelled =
        json(folder, &["label", "town.gpkg", "--from", &text(&town.files.labels), "--author", "Ana"]);
    assert!(count(&labelled, "accepted") > 3, "{labelled}");
    let voted = json(folder, &["vote", "town.gpkg", "--from", &text(&town.files.votes)]);
    assert!(count(&voted, "accepted") > 3, "{voted}");
    let status = json(folder, &["review", "town.gpkg", "status"]);
    let settled = count(&status, "agreed") + count(&status, "accepted");
    assert!(settled > 0, "{status}");
    let agreement = json(folder, &["review", "town.gpkg", "agreement"]);
    assert!(agreement["krippendorff_alpha"].get("ordinal").is_some(), "{agreement}");
    for format in ["geojson", "coco", "masks", "crasar"] {
        let arguments = [
            "export",
            "town.gpkg",
            "--format",
            format,
            "-o",
            format,
            "--only",
            "accepted",
            "--allow-left-out",
        ];
        let first = json(folder, &arguments);
        let left_out = first["rejected"].as_array().map_or(0, Vec::len) as u64;
        assert_eq!(count(&first, "accepted") + left_out, settled, "{format}: {first}");
        // The same again is the same to the byte.
        let again = format!("{format}-again");
        let arguments = [
            "export",
            "town.gpkg",
            "--format",
            format,
            "-o",
            &again,
            "--only",
            "accepted",
            "--allow-left-out",
        ];
        let second = json(folder, &arguments);
        assert_eq!(first["written"], second["written"], "{format} is not repeatable");
        let manifest = |place: &str| fs::read(folder.join(place).join("manifest.json")).expect("manifest");
        assert_eq!(manifest(format), manifest(&again));
    }
    let verified = json(folder, &["verify", "town.gpkg"]);
    assert_eq!(verified["replay_equal"], Value::Bool(true), "{verified}");
    assert!(verified["violations"].as_array().is_some_and(Vec::is_empty), "{verified}");
}

#[test]
fn one_old_entry_is_taken_back_alone() {
    let town = Town::new();
    let folder = town.path();
    json(folder, &["label", "town.gpkg", "--from", &text(&town.files.labels), "--author", "Ana"]);
    let labels = || count(&json(folder, &["info", "town.gpkg"]), "labels");
    let before = labels();
    let seq = count(&json(folder, &["history", "town.gpkg"]), "journal_seq").to_string();
    json(folder, &["history", "town.gpkg", "--undo", &seq]);
    assert!(before > 0 && labels() == 0);
    // The import before it cannot go while something was built on it… but now it can.
    let after = count(&json(folder, &["history", "town.gpkg"]), "journal_seq").to_string();
    json(folder, &["history", "town.gpkg", "--undo", &after]);
    assert_eq!(labels(), before, "taking back the taking back brings the labels back");
    let import = entry_of(folder, "import");
    assert!(run(folder, &["history", "town.gpkg", "--undo", &import]).refusal().contains("label"));
}

#[test]
fn a_view_of_the_project_is_drawn() {
    let town = Town::new();
    let folder = town.path();
    let drawn = json(folder, &["render", "town.gpkg", "-o", "view.png", "--size", "320x200"]);
    assert_eq!(
        (count(&drawn, "width"), count(&drawn, "height"), count(&drawn, "failed_tiles")),
        (320, 200, 0)
    );
    let picture = image::open(folder.join("view.png")).expect("a PNG").to_rgb8();
    let colours: std::collections::HashSet<[u8; 3]> = picture.pixels().map(|p| p.0).collect();
    assert!(colours.len() > 500, "a town has more than {} colours", colours.len());
}

#[test]
fn the_demo_does_the_whole_job_on_a_folder_of_ones_own() {
    let Some(joplin) = harness::sample("building_damage/joplin2011") else { return };
    let folder = tempfile::tempdir().expect("folder");
    let done = json(folder.path(), &["demo", "--no-window", "--dir", "demo", "--scene", &text(&joplin)]);
    let exports = &done["exports"];
    for format in ["geojson", "coco", "masks", "crasar"] {
        assert!(count(&exports[format], "accepted") > 300, "{format}: {}", exports[format]);
    }
    let screenshot = image::open(folder.path().join("demo/screenshot.png")).expect("a picture of the window");
    assert!(screenshot.width() >= 1280);
    let project = json(folder.path(), &["info", "demo/demo.gpkg"]);
    assert_eq!(count(&project, "layers"), 2);
}

#[test]
fn a_broken_tile_is_named_and_the_rest_of_the_picture_is_drawn() {
    let town = Town::new();
    let folder = town.path();
    let mut bytes = fs::read(&town.files.post).expect("image");
    for tenth in 2..=9 {
        let place = bytes.len() * tenth / 10;
        bytes[place..place + 2048].fill(0xFF);
    }
    fs::write(folder.join("broken.tif"), bytes).expect("file");
    let arguments = ["render", "broken.tif", "-o", "broken.png", "--size", "900x700", "--json"];
    let ran = run(folder, &arguments);
    let drawn = ran.json();
    let failed = count(&drawn, "failed_tiles");
    assert!((1..=9).contains(&failed), "{drawn}");
    assert!(ran.err.contains("warning: Cannot read tile"), "{}", ran.err);
    assert!(image::open(folder.join("broken.png")).is_ok());
}
