//! ONNX models of the user's own, asked on the command line.

use std::path::PathBuf;

use crate::program::{Ran, Town, json, run, text};

fn fixture(name: &str) -> PathBuf {
    harness::root().join("plugins/models/onnx/fixtures").join(name)
}

fn predict(town: &Town, model: &str, more: &[&str]) -> Ran {
    let model = text(&fixture(model));
    run(
        town.path(),
        &[&["predict", "town.gpkg", "-m", &model, "--area", "100,100,500,400", "--px"], more].concat(),
    )
}

/// True where the runtime is at hand; where `ORT_DYLIB_PATH` names one, it must be.
#[expect(clippy::print_stderr, reason = "what was not tested is said")]
fn can_ask(town: &Town) -> bool {
    let tried = predict(town, "bright.onnx", &["--dry-run"]);
    if tried.code == 0 {
        return true;
    }
    let said = tried.refusal();
    assert!(said.contains("ONNX Runtime") && tried.err.contains("ORT_DYLIB_PATH"), "{}", tried.err);
    let is_named = std::env::var_os("ORT_DYLIB_PATH").is_some_and(|path| !path.is_empty());
    assert!(!is_named || said.contains("was built without"), "{}", tried.err);
    eprintln!("SKIPPED: {said}");
    false
}

#[test]
fn models_that_cannot_be_asked_are_refused_before_anything_is_loaded() {
    let town = Town::new();
    for (model, says) in [
        ("detector.onnx", "is a Detector"),
        ("two_inputs.onnx", "takes 2 inputs"),
        ("argmax.onnx", "int64"),
        ("smaller.onnx", "[1, 3, 30, 30]"),
        ("gone.onnx", "gone.onnx"),
    ] {
        let refused = predict(&town, model, &[]);
        assert!(refused.refusal().contains(says), "{model}: {}", refused.err);
    }
    let torn = town.path().join("torn.onnx");
    let bytes = std::fs::read(fixture("bright.onnx")).expect("a fixture");
    std::fs::write(&torn, &bytes[..100]).expect("written");
    let refused = run(town.path(), &["predict", "town.gpkg", "-m", &text(&torn)]);
    assert!(refused.refusal().contains("is not an ONNX model, or only a part of one"), "{}", refused.err);
}

#[test]
fn an_onnx_model_makes_regions_that_wait_for_a_person() {
    let town = Town::new();
    if !can_ask(&town) {
        return;
    }
    let before = json(town.path(), &["info", "town.gpkg"]);
    let ran = predict(&town, "bright.onnx", &["--json"]);
    assert!(ran.err.contains("2.4 times as coarse as what the model learnt from"), "{}", ran.err);
    let predicted = ran.json();
    let author = predicted["author"].as_str().expect("an author").to_owned();
    assert!(author.starts_with("model:onnx-pixels-"), "{predicted}");
    assert_eq!(predicted["held_out_macro_f1"], serde_json::Value::Null, "nobody has measured it");
    let regions = predicted["regions"].as_u64().expect("a count");
    assert!(regions > 0 && predicted["by_class"]["destroyed"] == regions, "{predicted}");
    let again = predict(&town, "bright.onnx", &["--json"]).json();
    assert_eq!(again["by_class"], predicted["by_class"]);
    let after = json(town.path(), &["info", "town.gpkg"]);
    let count = |value: &serde_json::Value, key: &str| value[key].as_u64().expect("a count");
    assert_eq!(
        count(&after, "regions"),
        count(&before, "regions") + regions,
        "the second run replaced the first"
    );
    assert_eq!(after["labels"], before["labels"], "no label of a person");
    let verified = json(town.path(), &["verify", "town.gpkg"]);
    assert_eq!(verified["replay_equal"], true, "{verified}");

    // Classes are the schema's by code or name, whatever their case: `Destroyed` and `no-damage`.
    let told = predict(&town, "logits.onnx", &["--json", "--dry-run", "--bands", "3,2,1"]).json();
    let by_class = told["by_class"].as_object().expect("classes");
    assert!(by_class.keys().all(|code| ["destroyed", "no damage"].contains(&code.as_str())), "{told}");
}

#[test]
fn bands_and_tiles_that_a_model_does_not_take_are_refused() {
    let town = Town::new();
    if !can_ask(&town) {
        return;
    }
    for (model, more, says) in [
        ("bright.onnx", &["--bands", "1,2"][..], "takes 3 bands, and 2 are named"),
        ("bright.onnx", &["--bands", "1,2,9"], "there is no band 9"),
        ("gray.onnx", &[], "takes 1 band, and"),
        ("softmax.onnx", &["--tile", "64"], "takes tiles of 32 pixels only"),
    ] {
        let refused = predict(&town, model, more);
        assert!(refused.refusal().contains(says), "{model}: {}", refused.err);
    }
}
