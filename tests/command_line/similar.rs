//! Places that are alike, that stand out, and what labelled ones suggest.

use serde_json::Value;

use crate::program::{Town, json, run, text};

fn labelled() -> Town {
    let town = Town::new();
    let ran =
        run(town.path(), &["label", "town.gpkg", "--from", &text(&town.files.labels), "--author", "Ana"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    town
}

#[test]
fn regions_are_brought_onto_a_map_and_listed_by_how_alike_they_are() {
    let town = labelled();
    let all = json(town.path(), &["similar", "town.gpkg"]);
    let places = all["places"].as_array().expect("places");
    assert_eq!(all["compared"].as_u64(), Some(places.len() as u64));
    assert!(places.len() > 5 && places.iter().all(|p| p["x"].is_f64() && p["outlier"].as_f64() > Some(0.0)));
    assert_eq!(all, json(town.path(), &["similar", "town.gpkg"]), "the same again");
    let id = places[3]["region"].as_str().expect("an id");
    let near = json(town.path(), &["similar", "town.gpkg", "--to", id, "--count", "3", "--map", "pca"]);
    let near = near["places"].as_array().expect("places");
    assert_eq!((near.len(), near[0]["region"].as_str()), (4, Some(id)));
    let distance = |at: usize| near[at]["distance"].as_f64().expect("a distance");
    assert!(distance(0) == 0.0 && distance(1) <= distance(2) && distance(2) <= distance(3));
    let out = run(town.path(), &["similar", "town.gpkg", "--outliers", "2", "--csv"]);
    assert_eq!(out.code, 0, "{}", out.err);
    let lines: Vec<&str> = out.out.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "region,class,outlier,x,y"), "{}", out.out);
}

#[test]
fn cells_of_a_grid_are_compared_too() {
    let town = labelled();
    let cells = json(town.path(), &["similar", "town.gpkg", "--grid", "10", "--outliers"]);
    let places = cells["places"].as_array().expect("places");
    assert!(cells["compared"].as_u64() > Some(30), "{cells}");
    let cell: Vec<f64> =
        places[0]["box"].as_array().expect("a box").iter().filter_map(Value::as_f64).collect();
    assert!((cell[2] - cell[0] - 10.0).abs() < 1e-6, "{cell:?}");
    let at = format!("{},{}", cell[0] + 5.0, cell[1] + 5.0);
    let near = json(town.path(), &["similar", "town.gpkg", "--grid", "10", "--at", &at, "--count", "2"]);
    assert_eq!(near["places"][0]["box"], places[0]["box"]);
}

#[test]
fn labelled_regions_suggest_classes_and_no_label_of_a_person_is_touched() {
    let town = labelled();
    let all = json(town.path(), &["similar", "town.gpkg", "--suggest"]);
    assert_eq!(
        (all["regions"].as_u64(), all["changed"].as_bool()),
        (Some(0), Some(false)),
        "all are labelled"
    );
    let before = json(town.path(), &["info", "town.gpkg"]);
    // Half of the labels, by hand: a table with every other line.
    let half = Town::new();
    let table = std::fs::read_to_string(&town.files.labels).expect("labels");
    let lines: Vec<&str> = table.lines().enumerate().filter(|(i, _)| i % 2 == 0).map(|(_, l)| l).collect();
    std::fs::write(half.path().join("half.csv"), lines.join("\n")).expect("written");
    assert_eq!(run(half.path(), &["label", "town.gpkg", "--from", "half.csv", "--author", "Ana"]).code, 0);
    let held = json(half.path(), &["info", "town.gpkg"]);
    assert!(held["labels"].as_u64() < before["labels"].as_u64());
    let dry = json(half.path(), &["similar", "town.gpkg", "--suggest", "--least", "0", "--dry-run"]);
    assert_eq!(json(half.path(), &["info", "town.gpkg"])["journal_seq"], held["journal_seq"]);
    let made = json(half.path(), &["similar", "town.gpkg", "--suggest", "--least", "0"]);
    assert_eq!(dry["by_class"], made["by_class"]);
    assert!(made["regions"].as_u64() > Some(0) && made["author"] == "model:similar", "{made}");
    let after = json(half.path(), &["info", "town.gpkg"]);
    assert_eq!(after["labels"], held["labels"], "labels of people are as they were");
    assert_eq!(after["predictions"], made["regions"]);
    let again = json(half.path(), &["similar", "town.gpkg", "--suggest", "--least", "0"]);
    assert_eq!(again["changed"], false, "the same again changes nothing");
    let verified = json(half.path(), &["verify", "town.gpkg"]);
    assert_eq!(verified["replay_equal"], true, "{verified}");
}

#[test]
fn what_cannot_be_compared_is_refused_in_a_sentence() {
    let town = Town::new();
    for (arguments, says) in [
        (&["--suggest"][..], "labelled"),
        (&["--to", "nobody"], "no region"),
        (&["--grid", "0"], "0 to compare"),
        (&["--grid", "0.001"], "more than"),
        (&["--grid", "10", "--at", "1,2"], "no cell"),
        (&["--where", "area_m2 > 1000000000"], "0 to compare"),
        (&["--layer", "nowhere"], "no layer"),
        (&["--suggest", "--least", "7"], "between 0 and 1"),
    ] {
        let refused = run(town.path(), &[&["similar", "town.gpkg"][..], arguments].concat());
        assert!(refused.refusal().contains(says), "{arguments:?}: {}", refused.err);
    }
}

/// Of a town whose western half is labelled with the truth, the eastern half is suggested and compared with it.
#[test]
fn suggestions_beat_the_commonest_class_on_ground_that_nobody_labelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = scenes::SceneOptions::sized(3_200, 2_400, 0.1);
    let files = scenes::write_scene(&folder.path().join("scene"), 7, &options, &|_| {}).expect("a town");
    for arguments in [
        &["new", "truth.gpkg"][..],
        &["add", "truth.gpkg", &text(&files.post)],
        &["import", "truth.gpkg", &text(&files.footprints_aligned)],
    ] {
        let ran = run(folder.path(), arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    }
    std::fs::copy(folder.path().join("truth.gpkg"), folder.path().join("half.gpkg")).expect("a copy");
    let label = |project: &str, table: &str| {
        let ran = run(folder.path(), &["label", project, "--from", table, "--author", "Ana"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    };
    label("truth.gpkg", &text(&files.truth));
    let all = json(folder.path(), &["similar", "truth.gpkg", "--map", "pca"]);
    let places = all["places"].as_array().expect("places");
    let left = |place: &serde_json::Value| place["box"][0].as_f64().expect("a number");
    let mut lefts: Vec<f64> = places.iter().map(left).collect();
    lefts.sort_by(f64::total_cmp);
    let middle = lefts[lefts.len() / 2];
    let class = |place: &serde_json::Value| place["class"].as_str().unwrap_or_default().to_owned();
    let id = |place: &serde_json::Value| place["region"].as_str().expect("an id").to_owned();
    let known: Vec<String> = places
        .iter()
        .filter(|place| left(place) < middle && !class(place).is_empty())
        .map(|place| format!("{},{}", id(place), class(place)))
        .collect();
    let table = format!("region,class\n{}\n", known.join("\n"));
    std::fs::write(folder.path().join("west.csv"), table).expect("written");
    label("half.gpkg", "west.csv");
    let said = json(folder.path(), &["similar", "half.gpkg", "--suggest", "--least", "0", "--dry-run"]);
    let suggestions = said["suggestions"].as_array().expect("suggestions");
    let truth: std::collections::HashMap<String, String> = places.iter().map(|p| (id(p), class(p))).collect();
    let mut by_class: std::collections::BTreeMap<&str, [usize; 3]> = std::collections::BTreeMap::new();
    for suggestion in suggestions {
        let truth = truth[suggestion["region"].as_str().expect("an id")].as_str();
        let said = suggestion["class"].as_str().expect("a class");
        by_class.entry(truth).or_default()[0] += 1;
        by_class.entry(said).or_default()[1] += 1;
        by_class.entry(truth).or_default()[2] += usize::from(said == truth);
    }
    let asked = suggestions.len() as f64;
    let right: usize = by_class.values().map(|[_, _, hit]| hit).sum();
    let most = by_class.values().map(|[is, ..]| *is).max().unwrap_or(0) as f64;
    let occurring: Vec<&[usize; 3]> = by_class.values().filter(|[is, ..]| *is > 0).collect();
    let f1 = |[is, said, hit]: &&[usize; 3]| 2.0 * *hit as f64 / (is + said) as f64;
    let macro_f1 = occurring.iter().map(f1).sum::<f64>() / occurring.len() as f64;
    let commonest = 2.0 * most / (asked + most) / occurring.len() as f64;
    let accuracy = right as f64 / asked;
    println!(
        "{asked} held out: accuracy {accuracy:.3} (commonest {:.3}), macro F1 {macro_f1:.3} ({commonest:.3}); examined {}; {by_class:?}",
        most / asked,
        said["examined"]
    );
    assert!(asked >= 40.0, "{asked} regions are held out");
    assert!(accuracy > most / asked + 0.1, "{by_class:?}");
    assert!(macro_f1 > 1.5 * commonest, "{by_class:?}");
}
