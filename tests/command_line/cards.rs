//! Cards that leave the project: contact sheets, bundles, and the votes that come back.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{Town, json, run};

fn labelled(town: &Town, count: usize) -> Vec<String> {
    let found = json(town.path(), &["query", "town.gpkg", "not labelled"]);
    let rows = found["regions"].as_array().expect("regions").clone();
    let ids: Vec<String> =
        rows.iter().take(count).map(|row| row["id"].as_str().expect("an id").to_owned()).collect();
    let lines: Vec<String> = ids.iter().map(|id| format!("{id},no damage\n")).collect();
    fs::write(town.path().join("labels.csv"), format!("region,class\n{}", lines.concat())).expect("written");
    let ran = run(town.path(), &["label", "town.gpkg", "--from", "labels.csv", "--author", "Ana"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ids
}

/// Hands every labelled case to Ben and Cy, so that the project knows them.
fn handed(town: &Town) {
    let arguments = ["review", "town.gpkg", "assign", "--name", "Week", "--to", "Ben,Cy", "--times", "2"];
    json(town.path(), &[&arguments[..], &["--query", "labelled"]].concat());
}

fn vote(town: &Town, lines: &str) {
    fs::write(town.path().join("votes.csv"), format!("case,member,stage,verdict,class\n{lines}"))
        .expect("written");
    json(town.path(), &["vote", "town.gpkg", "--from", "votes.csv"]);
}

/// What a bundle's page was given.
fn given(bundle: &Path) -> Value {
    let page = fs::read_to_string(bundle.join("index.html")).expect("the page");
    let (_, rest) = page.split_once("const given = ").expect("a place");
    let (given, _) = rest.split_once(";\nconst header").expect("its end");
    serde_json::from_str(given).expect("JSON")
}

/// A votes file as the page saves it.
fn saved(given: &Value, votes: &Value) -> String {
    json!({
        "format": "orthoscope-votes",
        "version": 1,
        "bundle": given["header"],
        "key": given["key"],
        "signature": given["signature"],
        "votes": votes,
    })
    .to_string()
}

fn keep(town: &Town, name: &str, text: &str) {
    fs::write(town.path().join(name), text).expect("written");
}

fn sheet<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["review", "town.gpkg", "sheet"], more].concat()
}

fn take<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["review", "town.gpkg", "take", "votes.json"], more].concat()
}

#[test]
fn cards_are_printed_blind_to_pdf_and_png_and_never_with_open_committees() {
    let town = Town::new();
    let folder = town.path();
    let cases = labelled(&town, 5);
    vote(&town, &format!("{},Ben,2,edit,destroyed\n", cases[0]));
    let before = fs::read(town.project()).expect("read");
    let pdf = json(
        folder,
        &sheet(&["cards.pdf", "--query", "labelled", "--per-page", "2", "--title", "Week <one>"]),
    );
    assert_eq!((&pdf["cards"], &pdf["pages"], &pdf["blind"]), (&json!(5), &json!(3), &json!(true)));
    let bytes = fs::read(folder.join("cards.pdf")).expect("a PDF");
    assert!(bytes.starts_with(b"%PDF-"));
    let count = |part: &str| String::from_utf8_lossy(&bytes).matches(part).count();
    assert_eq!(count("/MediaBox"), 3, "a page each");
    assert_eq!(count("DCTDecode"), 10, "each case before and after");
    let png = json(
        folder,
        &sheet(&[
            "cards.png",
            "--state",
            "draft,stage_two",
            "--limit",
            "2",
            "--dpi",
            "72",
            "--votes",
            "--labels",
        ]),
    );
    assert_eq!((&png["cards"], &png["blind"]), (&json!(2), &json!(false)));
    assert!(folder.join("cards.png").is_file());
    assert!(fs::read(town.project()).expect("read") == before, "printing changes nothing");
    for (wrong, why) in [
        (vec!["cards.tif", "--all"], "neither .png nor .pdf"),
        (vec!["cards.pdf", "--state", "lost"], "not a state"),
        (vec!["cards.pdf", "--state", "tied"], "no case to print"),
        (vec!["cards.pdf", "--list", "none"], "no list"),
        (vec!["cards.pdf", "--all", "--dpi", "9000"], "no size on paper"),
    ] {
        let ran = run(folder, &sheet(&wrong));
        assert!(ran.refusal().contains(why), "{wrong:?}: {ran:?}");
    }
}

#[test]
fn a_bundle_goes_out_and_its_votes_come_back_once() {
    let town = Town::new();
    let folder = town.path();
    let cases = labelled(&town, 3);
    handed(&town);
    vote(&town, &format!("{},Cy,2,edit,minor damage\n", cases[0]));
    let made = json(folder, &["review", "town.gpkg", "bundle", "for-ben", "--for", "Ben"]);
    assert_eq!((&made["cases"], &made["signed"]), (&json!(3), &json!(true)), "{made}");
    let bundle = folder.join("for-ben");
    for name in ["index.html", "bundle.json", "READ ME.txt", "cards/0001.jpg", "cards/0003.jpg"] {
        assert!(bundle.join(name).is_file(), "{name}");
    }
    let whole = fs::read_to_string(bundle.join("index.html")).expect("page");
    assert!(!whole.contains("Cy") && !whole.contains("Ana"), "nothing of who said what");
    let given = given(&bundle);
    let line = |case: &str, class: &str| json!({ "case": case, "verdict": "edit", "class": class, "note": "", "seconds": 1.5, "at_ms": 1 });
    let votes =
        json!([line(&cases[0], "destroyed"), line(&cases[1], "no damage"), line("nowhere", "destroyed")]);
    keep(&town, "votes.json", &saved(&given, &votes));
    let before = fs::read(town.project()).expect("read");
    assert_eq!(json(folder, &take(&["--dry-run"]))["accepted"], 2);
    assert!(fs::read(town.project()).expect("read") == before, "a dry run changed the file");
    let first = json(folder, &take(&[]));
    assert_eq!((&first["accepted"], &first["rejected"][0]["line"]), (&json!(2), &json!(3)), "{first}");
    let again = json(folder, &take(&[]));
    assert_eq!((&again["accepted"], &again["unchanged"]), (&json!(0), &json!(2)), "{again}");
    let info = json(folder, &["info", "town.gpkg"]);
    assert_eq!(info["votes"], 3, "nothing is counted twice");
    // Another verdict by the same member is named, and supersedes where that is meant.
    keep(&town, "votes.json", &saved(&given, &json!([line(&cases[0], "major damage")])));
    let other = run(folder, &take(&[]));
    assert!(other.refusal().contains("another verdict"), "{other:?}");
    assert_eq!(json(folder, &take(&["--replace"]))["accepted"], 1);
    let verified = json(folder, &["verify", "town.gpkg"]);
    assert_eq!(verified["violations"], json!([]));
}

#[test]
fn votes_of_others_forged_newer_or_broken_are_refused_and_leave_the_project_alone() {
    let town = Town::new();
    let folder = town.path();
    let cases = labelled(&town, 2);
    handed(&town);
    json(folder, &["review", "town.gpkg", "bundle", "for-ben", "--for", "Ben"]);
    let honest = given(&folder.join("for-ben"));
    let votes = json!([{ "case": cases[0], "verdict": "edit", "class": "destroyed" }]);
    let header = |change: &dyn Fn(&mut Value)| {
        let mut text: Value = serde_json::from_str(honest["header"].as_str().expect("text")).expect("JSON");
        change(&mut text);
        let mut forged = honest.clone();
        forged["header"] = json!(text.to_string());
        saved(&forged, &votes)
    };
    let mut unsigned = honest.clone();
    (unsigned["key"], unsigned["signature"]) = (json!(""), json!(""));
    let other_town = Town::new();
    labelled(&other_town, 2);
    handed(&other_town);
    json(other_town.path(), &["review", "town.gpkg", "bundle", "for-ben", "--for", "Ben"]);
    let foreign = saved(&given(&other_town.path().join("for-ben")), &votes);
    let before = fs::read(town.project()).expect("read");
    let whole = saved(&honest, &votes);
    for (text, why) in [
        (header(&|header| header["member"] = json!("Cy")), "changed after it was made"),
        (header(&|header| header["stage"] = json!("one")), "changed after it was made"),
        (header(&|header| header["member"] = json!("Zoe")), "does not know Zoe"),
        (header(&|header| header["version"] = json!(9)), "version 9"),
        (saved(&unsigned, &votes), "nothing of who made"),
        (foreign, "another project"),
        (whole.replace("\"version\":1", "\"version\":2"), "version 2"),
        (whole[..whole.len() / 2].to_owned(), "cannot be read as votes"),
        ("case,member\n".to_owned(), "cannot be read as votes"),
    ] {
        keep(&town, "votes.json", &text);
        let ran = run(folder, &["review", "town.gpkg", "take", "votes.json"]);
        assert!(ran.refusal().contains(why), "{why}: {ran:?}");
    }
    assert!(fs::read(town.project()).expect("read") == before, "the project stays as it is");
    keep(&town, "votes.json", &saved(&unsigned, &votes));
    let taken = json(folder, &["review", "town.gpkg", "take", "votes.json", "--unsigned"]);
    assert_eq!(taken["accepted"], 1);
    for (who, why) in [("Zoe", "does not know Zoe"), ("model:unet", "named member")] {
        let ran = run(folder, &["review", "town.gpkg", "bundle", "for-them", "--for", who, "--all"]);
        assert!(ran.refusal().contains(why), "{ran:?}");
        assert!(!folder.join("for-them").exists());
    }
    let again = run(folder, &["review", "town.gpkg", "bundle", "for-ben", "--for", "Cy"]);
    assert!(again.refusal().contains("not empty"), "{again:?}");
}

#[test]
fn rules_are_set_by_leads_and_agreement_is_told_by_view_and_geometry() {
    let town = Town::new();
    let folder = town.path();
    let cases = labelled(&town, 3);
    keep(&town, "rules.toml", "committee_size = 2");
    let ran = run(folder, &["rules", "town.gpkg", "--set", "rules.toml", "--author", "Zoe"]);
    assert!(ran.refusal().contains("does not lead"), "{ran:?}");
    let about = json(folder, &["info", "town.gpkg"]);
    let name = |at: usize| about["layer_list"][at]["name"].as_str().expect("a name").to_owned();
    let (first, second) = (name(0), name(1));
    // Each member says what each image shows.
    for (author, before, after) in [("Ana", "no damage", "destroyed"), ("Ben", "no damage", "major damage")] {
        let line = |case: &String| format!("{case},{before},{first}\n{case},{after},{second}\n");
        let lines: String = cases.iter().map(line).collect();
        keep(&town, "views.csv", &format!("region,class,layer\n{lines}"));
        let ran = run(folder, &["label", "town.gpkg", "--from", "views.csv", "--author", author]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    let told = json(folder, &["agreement", "town.gpkg", "--by", "view", "--bootstrap", "0"]);
    let views = told["by_view"]["views"].as_object().expect("views");
    assert_eq!(views.len(), 2, "{told}");
    let percents: Vec<f64> = views.values().filter_map(|one| one["percent"].as_f64()).collect();
    assert!(percents.contains(&100.0) && percents.contains(&0.0), "{told}");
    let pair = &told["by_view"]["pairs"][0];
    assert_eq!((&pair["regions"], &pair["differing"]), (&json!(3), &json!(3)), "{told}");
    // A reviewer sends an outline along.
    let ring = r#""{""type"":""Polygon"",""coordinates"":[[[0,0],[9,0],[9,9],[0,9],[0,0]]]}""#;
    keep(
        &town,
        "votes.csv",
        &format!("case,member,stage,verdict,outline\n{},Cy,1,accept,{ring}\n", cases[0]),
    );
    json(folder, &["vote", "town.gpkg", "--from", "votes.csv"]);
    let told = json(folder, &["agreement", "town.gpkg", "--by", "geometry", "--bootstrap", "0"]);
    let pairs = told["by_geometry"].as_array().expect("pairs");
    assert_eq!((pairs.len(), &pairs[0]["iou"], &pairs[0]["after"]), (1, &json!(0.0), &json!("Cy")), "{told}");
    assert!(pairs[0]["hausdorff"].as_f64().is_some_and(|far| far > 10.0));
    let report = json(folder, &["report", "town.gpkg", "report.html", "--bootstrap", "0"]);
    assert_eq!(report["by_view"].as_array().map(Vec::len), Some(2));
    assert!(fs::read_to_string(folder.join("report.html")).expect("read").contains("By view"));
}
