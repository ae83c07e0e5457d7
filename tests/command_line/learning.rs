//! From labels to a model, and from a model to predictions that a person can accept.

use std::fs;

use crate::program::{Town, json, run, text};

/// A labelled town. Small networks on few pixels: that they are good is shown elsewhere.
fn town() -> Town {
    let town = Town::new();
    let labelled =
        run(town.path(), &["label", "town.gpkg", "--from", &text(&town.files.labels), "--author", "Ana"]);
    assert_eq!(labelled.code, 0, "{}", labelled.err);
    town
}

const SMALL: [&str; 12] = [
    "--size",
    "tiny",
    "--chip",
    "32",
    "--epochs",
    "2",
    "--chips-per-epoch",
    "8",
    "--metres-per-px",
    "0.6",
    "--cpu",
    "--json",
];

fn train(town: &Town, task: &str, out: &str, more: &[&str]) -> crate::program::Ran {
    let start = ["train", "town.gpkg", "--task", task, "--least", "1", "-o", out];
    run(town.path(), &[&start[..], &SMALL, more].concat())
}

#[test]
fn damage_is_learnt_and_predicted_and_no_label_of_a_person_is_touched() {
    let town = town();
    let trained = train(&town, "damage", "model", &[]).json();
    assert_eq!(trained["device"], "processor");
    let validation = &trained["validation"];
    assert!(validation["macro_f1"].as_f64().is_some_and(|f| (0.0..=1.0).contains(&f)), "{trained}");
    assert!(validation["split"].as_str().is_some_and(|s| s.starts_with("blocks")), "{trained}");
    let held_out = trained["held_out_regions"].as_u64().expect("a count");
    let asked: u64 = validation["confusion"]
        .as_array()
        .expect("rows")
        .iter()
        .flat_map(|r| r.as_array().expect("counts"))
        .filter_map(serde_json::Value::as_u64)
        .sum();
    assert!(held_out > 0 && asked > 0 && asked <= held_out, "{trained}");
    assert!(town.path().join("model/manifest.toml").exists() && !town.path().join("model.training").exists());
    let again = train(&town, "damage", "again", &[]).json();
    assert_eq!(trained["id"], again["id"], "the same seed gives the same model");

    let further = train(&town, "damage", "further", &["--from", "model"]).json();
    assert_ne!(further["id"], trained["id"]);
    let text = fs::read_to_string(town.path().join("further/manifest.toml")).expect("a manifest");
    assert!(text.contains("began_with = "), "{text}");
    let wrong = train(&town, "segmentation", "wrong", &["--from", "model"]);
    assert!(wrong.refusal().contains("not those of this network"), "{}", wrong.err);

    let before = json(town.path(), &["info", "town.gpkg"]);
    let dry = json(town.path(), &["predict", "town.gpkg", "-m", "model", "--cpu", "--dry-run"]);
    let unchanged = json(town.path(), &["info", "town.gpkg"]);
    assert_eq!(before["journal_seq"], unchanged["journal_seq"]);
    let predicted = json(town.path(), &["predict", "town.gpkg", "-m", "model", "--cpu"]);
    assert_eq!(dry["by_class"], predicted["by_class"]);
    let after = json(town.path(), &["info", "town.gpkg"]);
    assert_eq!(before["labels"], after["labels"], "labels of people are as they were");
    assert_eq!(after["predictions"], predicted["regions"], "{after}");
    assert_eq!(after["regions"], before["regions"], "a model of regions makes none");
    let author = predicted["author"].as_str().expect("an author");
    assert!(author.starts_with("model:unet-regions-"), "{author}");
    // Once more replaces what it said, and one undo takes it back.
    let halves: u64 = ["1/2", "2/2"]
        .iter()
        .map(|half| {
            let part = json(
                town.path(),
                &["predict", "town.gpkg", "-m", "model", "--cpu", "--dry-run", "--shard", half],
            );
            part["regions"].as_u64().expect("a count")
        })
        .sum();
    assert_eq!(Some(halves), predicted["regions"].as_u64(), "each region is in one half");
    let once_more = json(town.path(), &["predict", "town.gpkg", "-m", "model", "--cpu"]);
    let last = json(town.path(), &["info", "town.gpkg"]);
    assert_eq!(last["predictions"], once_more["regions"]);
    let verified = json(town.path(), &["verify", "town.gpkg"]);
    assert_eq!(verified["replay_equal"], true, "{verified}");
}

#[test]
fn pixels_are_learnt_and_become_outlines_that_replace_those_before() {
    let town = town();
    let trained = train(&town, "segmentation", "model", &["--split", "blocks:0.4"]).json();
    assert_eq!(trained["validation"]["unit"], "pixels");
    assert_eq!(trained["classes"][0], "", "what no region claims is a class");
    let before = json(town.path(), &["info", "town.gpkg"]);
    let arguments = ["predict", "town.gpkg", "-m", "model", "--cpu", "--area", "100,100,500,400", "--px"];
    let predicted = json(town.path(), &arguments);
    assert!(predicted["pixels"].as_u64().is_some_and(|n| n > 0 && n <= 80 * 60 + 200), "{predicted}");
    let again = json(town.path(), &arguments);
    assert_eq!(predicted["by_class"], again["by_class"]);
    let after = json(town.path(), &["info", "town.gpkg"]);
    let count = |value: &serde_json::Value, key: &str| value[key].as_u64().expect("a count");
    assert_eq!(count(&after, "regions"), count(&before, "regions") + count(&again, "regions"));
    assert_eq!(after["labels"], before["labels"]);
    let verified = json(town.path(), &["verify", "town.gpkg"]);
    assert_eq!(verified["replay_equal"], true, "{verified}");
}

#[test]
fn what_cannot_be_learnt_or_asked_is_refused_in_a_sentence() {
    let empty = Town::new();
    let unlabelled = train(&empty, "damage", "model", &[]);
    assert!(unlabelled.refusal().contains("There are no labels"), "{}", unlabelled.err);
    let town = town();
    for (more, says) in [
        (&["--family", "grand"][..], "family"),
        (&["--split", "chips"], "split"),
        (&["--bands", "1,9"], "band"),
        (&["--metres-per-px", "0"], "0 metres"),
        (&["--size", "huge"], "size"),
        (&["--split", "layer:nowhere"], "no layer"),
    ] {
        let start = [
            "train",
            "town.gpkg",
            "--task",
            "damage",
            "--least",
            "1",
            "-o",
            "model",
            "--cpu",
            "--epochs",
            "1",
        ];
        let refused = run(town.path(), &[&start[..], more].concat());
        assert!(refused.refusal().contains(says), "{more:?}: {}", refused.err);
        assert!(!town.path().join("model").exists(), "nothing half-written");
    }
    fs::create_dir(town.path().join("model")).expect("a folder");
    fs::write(town.path().join("model/manifest.toml"), "family = 'unet'").expect("written");
    let refused = run(town.path(), &["predict", "town.gpkg", "-m", "model", "--cpu"]);
    assert!(refused.refusal().contains("not a model's manifest"), "{}", refused.err);
    let missing = run(town.path(), &["predict", "town.gpkg", "-m", "nowhere", "--cpu"]);
    assert_eq!(missing.code, 1);
}
