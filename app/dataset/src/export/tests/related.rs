//! Relations in exports and back.

use geo::Length as _;
use project::{Predicate, PredicateCode, Relation};
use proptest::prelude::*;

use super::*;
use crate::{ImportPlan, parse_features};

/// The usual shapes, the first a box, and relations between them in both directions.
fn bench() -> Bench {
    let mut bench = Bench::new(&layer(), &shapes());
    let before = bench.project.schema().cloned().expect("a schema");
    let mut after = (*before).clone();
    after.relations = ["near", "fell on"].map(Predicate::new).to_vec();
    bench.project.apply(&Edit::Schema(Change::replace((), before, after))).expect("applies");
    for (from, predicate, to) in [(3, "fell on", 4), (4, "near", 3), (0, "near", 1), (2, "near", 0)] {
        let (from, to) = (bench.regions[from], bench.regions[to]);
        let predicate = PredicateCode::new(predicate);
        let relation = Relation { from, to, predicate, author: Author::new("ann"), at_ms: Some(3) };
        bench.project.apply(&Edit::Relation(Change::create(ids().relation(), relation))).expect("applies");
    }
    bench
}

/// What is said, by the ids that the regions had in their file.
fn said(project: &Project) -> Vec<(String, String, String)> {
    let name = |id| project.region(id).and_then(|r| r.source_id.clone()).expect("an id");
    let mut all: Vec<_> =
        project.relations().values().map(|r| (name(r.from), r.predicate.to_string(), name(r.to))).collect();
    all.sort();
    all
}

/// An empty project that knows the same words.
fn empty(like: &Project) -> Project {
    let (mut empty, _) = project(&layer());
    let before = empty.schema().cloned().expect("a schema");
    let after = like.schema().cloned().expect("a schema");
    empty.apply(&Edit::Schema(Change::replace((), before, after))).expect("applies");
    empty
}

fn taken(bench: &Bench, name: &str) -> (Project, ImportPlan) {
    let file = read_features(&bench.out(name), &Limits::default()).expect("read");
    let mut empty = empty(&bench.project);
    let author = Some(Author::new("eve"));
    let options = ImportOptions { kind: ImportAs::Labels, author, ..ImportOptions::default() };
    let plan = plan_import(&empty, file.features, &options, &mut ids()).expect("plans");
    empty.apply(&plan.edit).expect("applies");
    assert_eq!(project::violations(&empty), Vec::<String>::new());
    (empty, plan)
}

#[test]
fn geojson_and_scene_graphs_bring_relations_back_with_their_regions() {
    let bench = bench();
    let report = bench.export(&bench.spec(ExportFormat::GeoJson), "g").expect("exports");
    assert_eq!((report.relations.asked, report.relations.written), (4, 4));
    for name in ["g/regions.4326.geojson", "g/regions.32615.geojson"] {
        let (again, plan) = taken(&bench, name);
        assert_eq!((plan.regions, plan.relations), (5, 4), "{:?}", plan.warnings);
        assert_eq!(said(&again), said(&bench.project));
        assert!(again.relations().values().all(|r| r.author.name() == "ann"));
        assert!(again.regions().values().all(|r| !r.attributes.contains_key("relations")));
    }
    let spec = ExportSpec { boxes_around: true, ..bench.spec(ExportFormat::Star) };
    let report = bench.export(&spec, "s").expect("exports");
    assert_eq!((report.regions_out, report.relations.written), (5, 4));
    let (again, plan) = taken(&bench, "s/post.tif.star.json");
    assert_eq!((plan.regions, plan.labels, plan.relations), (5, 5, 4), "{:?}", plan.warnings);
    assert_eq!(said(&again), said(&bench.project));
    assert!(again.relations().values().all(|r| r.author.name() == "eve"), "the format names no author");
    let classes = |p: &Project| p.labels().values().map(|l| l.class.to_string()).collect::<Vec<_>>();
    assert_eq!(classes(&again), classes(&bench.project));
    for (old, new) in bench.project.regions().values().zip(again.regions().values()) {
        let (a, b) = (multi(&old.geometry), multi(&new.geometry));
        assert!(overlay::difference(&a, &b).unsigned_area() < 1e-3, "the box holds the shape");
    }
}

#[test]
fn the_scene_graph_numbers_labels_predicates_and_objects() {
    let bench = bench();
    let spec = ExportSpec { boxes_around: true, ..bench.spec(ExportFormat::Star) };
    bench.export(&spec, "s").expect("exports");
    let star = json(bench.out("s/post.tif.star.json"));
    assert_eq!(star["image"]["file_name"], "post.tif");
    assert_eq!(star["idx_to_predicate"]["2"], "fell on");
    assert_eq!(star["objects"][0]["label"], 4, "destroyed is the fourth class");
    assert_eq!(star["relationships"], serde_json::json!([[0, 1, 1], [2, 0, 1], [3, 4, 2], [4, 3, 1]]));
    let corners: Vec<f64> =
        star["objects"][0]["obb"].as_array().expect("eight").iter().filter_map(Value::as_f64).collect();
    let mut xs = corners.iter().step_by(2).copied().collect::<Vec<_>>();
    xs.sort_by(f64::total_cmp);
    assert_eq!(xs, [5.2, 5.2, 20.1, 20.1]);
}

#[test]
fn what_is_no_box_is_named_unless_boxes_around_it_are_asked_for() {
    let bench = bench();
    let error = bench.export(&bench.spec(ExportFormat::Star), "s").expect_err("refused");
    assert!(error.to_string().contains("turned box"), "{error}");
    let spec = ExportSpec { allow_left_out: true, ..bench.spec(ExportFormat::Star) };
    let report = bench.export(&spec, "s").expect("exports");
    assert_eq!((report.regions_out, report.left_out.len()), (3, 2), "the holed one and the one of two parts");
    assert_eq!((report.relations.asked, report.relations.written), (4, 2));
    assert!(report.warnings.iter().any(|w| w.contains("2 relations are not in the files")), "{report:?}");
    let manifest = check_export(&bench.out("s")).expect("sound");
    assert_eq!(manifest.relations, report.relations);
}

#[test]
fn coco_relates_annotations_of_one_picture_and_says_which_relations_no_picture_shows() {
    let bench = bench();
    let report = bench.export(&bench.spec(ExportFormat::Coco), "c").expect("exports");
    let coco = json(bench.out("c/annotations.json"));
    let (annotations, related) = (coco["annotations"].as_array().expect("a list"), &coco["relations"]);
    let related = related.as_array().expect("a list");
    let of = |id: &Value| annotations.iter().find(|a| a["id"] == *id).expect("an annotation");
    for one in related {
        let (subject, object) = (of(&one["subject_id"]), of(&one["object_id"]));
        assert!(subject["image_id"] == object["image_id"] && subject["image_id"] == one["image_id"]);
    }
    let names: Vec<_> = coco["predicates"].as_array().expect("a list").iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["near", "fell on"]);
    let held: std::collections::BTreeSet<_> = related.iter().map(|r| r["relation_id"].to_string()).collect();
    assert_eq!((report.relations.asked, report.relations.written), (4, held.len()));
    assert!(held.len() >= 2 && held.len() < 4, "some regions are too far apart: {held:?}");
    assert!(report.warnings.iter().any(|w| w.contains("no picture shows both")), "{:?}", report.warnings);
    let plain = Bench::new(&layer(), &shapes());
    plain.export(&plain.spec(ExportFormat::Coco), "c").expect("exports");
    assert!(
        json(plain.out("c/annotations.json")).get("relations").is_none(),
        "as it was where there are none"
    );
}

#[test]
fn formats_without_relations_say_so() {
    let bench = bench();
    for format in [ExportFormat::Masks, ExportFormat::Crasar] {
        let report = bench.export(&bench.spec(format), format.key()).expect("exports");
        assert!(report.warnings.iter().any(|w| w.contains("this format has none")), "{:?}", report.warnings);
        assert_eq!((report.relations.asked, report.relations.written), (4, 0));
    }
}

#[test]
fn a_relation_that_cannot_be_taken_is_counted_by_its_reason() {
    let project = empty(&bench().project);
    let text = r#"{"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"id": "a", "relations": [
            {"predicate": "near", "to": "b"}, {"predicate": "near", "to": "b"}, {"predicate": "above", "to": "b"},
            {"predicate": "near", "to": "nobody"}, {"predicate": "near", "to": "a"},
            {"predicate": "fell on", "to": "b", "author": "model:x"}]},
         "geometry": {"type": "Point", "coordinates": [-93.0, 37.0]}},
        {"type": "Feature", "properties": {"id": "b", "relations": "a word, kept as it is"},
         "geometry": {"type": "Point", "coordinates": [-93.0, 37.1]}}]}"#;
    let file = parse_features(text.as_bytes(), &Limits::default()).expect("read");
    let options = ImportOptions { author: Some(Author::new("eve")), ..ImportOptions::default() };
    let plan = plan_import(&project, file.features.clone(), &options, &mut ids()).expect("plans");
    assert_eq!((plan.regions, plan.relations), (2, 1));
    let told = plan.warnings.join("\n");
    for part in
        ["2 relations lead to a shape", "1 relations are a model's", "1 relations were there", "`above`"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let mut after = project.clone();
    after.apply(&plan.edit).expect("applies");
    assert!(
        after.regions().values().any(|r| r.attributes.contains_key("relations")),
        "not a list of relations"
    );
    let again = plan_import(&after, file.features, &options, &mut ids()).expect("plans");
    assert_eq!((again.regions, again.relations), (0, 0), "what is there is not taken twice");
}

#[test]
fn scene_graphs_that_lie_are_read_as_far_as_they_make_sense() {
    let read = |text: &str| parse_features(text.as_bytes(), &Limits::default());
    let file = read(
        r#"{"relationships": [[0, 1, 1], [0, 9, 1], [1, 0, 7], "no", [0], [-1, 0, 1]],
            "objects": [{"label": 2, "obb": [0, 0, 4, 0, 4, 2, 0, 2]}, {"obb": [1, 2]}, {"obb": "x"}, 7,
                        {"label": 99, "obb": [9, 9, 4, 0, 4, 2, 0, 2]}],
            "idx_to_label": {"2": "ship"}, "idx_to_predicate": {"1": "near"}}"#,
    )
    .expect("read");
    assert_eq!((file.features.len(), file.rejected.len()), (2, 3 + 6), "{:?}", file.rejected);
    assert_eq!(file.features[0].properties["label"], project::AttributeValue::Text("ship".into()));
    assert!(read(r#"{"objects": [{"label": 2"#).is_err());
    assert!(read(r#"{"objects": 5}"#).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_truncation_of_a_scene_graph_makes_the_reader_panic(cut in 0_usize..400) {
        let text = r#"{"image": {"file_name": "a.tif"}, "idx_to_label": {"1": "ship"}, "idx_to_predicate": {"1": "near"},
            "objects": [{"label": 1, "obb": [0, 0, 4, 0, 4, 2, 0, 2]}, {"label": 1, "obb": [0, 9, 4, 0, 4, 2, 0, 2]}],
            "relationships": [[0, 1, 1], [1, 0, 1]]}"#;
        let cut = cut.min(text.len());
        let _ = parse_features(&text.as_bytes()[..cut], &Limits::default());
    }
}

#[test]
fn coco_comes_back_whole_with_classes_and_with_the_relations_that_a_picture_shows() {
    let bench = bench();
    let report = bench.export(&bench.spec(ExportFormat::Coco), "c").expect("exports");
    let (again, plan) = taken(&bench, "c/annotations.json");
    assert_eq!((plan.regions, plan.labels, plan.rejected.len()), (5, 5, 0), "{:?}", plan.rejected);
    let by_file_id =
        |project: &Project| -> std::collections::BTreeMap<String, (String, geo::MultiPolygon<f64>)> {
            let entry = |(id, region): (&project::RegionId, &std::sync::Arc<project::Region>)| {
                let class = project.label_of(*id).map(|(_, label)| label.class.to_string()).expect("a label");
                (region.source_id.clone().expect("an id"), (class, multi(&region.geometry)))
            };
            project.regions().iter().map(entry).collect()
        };
    let (old, new) = (by_file_id(&bench.project), by_file_id(&again));
    for (id, (class, shape)) in &old {
        let (back_class, back) = new.get(id).expect("it came back");
        assert_eq!(class, back_class);
        // Where a hole made it a mask, its outline is that of pixels.
        let rim = shape.iter().map(|p| geo::Euclidean.length(p.exterior())).sum::<f64>();
        let hole = shape.iter().any(|p| !p.interiors().is_empty());
        let allowed = if hole { 2.0 * rim } else { 1e-3 * shape.unsigned_area() };
        let differs = overlay::symmetric_difference(shape, back).unsigned_area();
        assert!(differs <= allowed, "{id}: {differs} of {}", shape.unsigned_area());
    }
    let (asked, back) = (said(&bench.project), said(&again));
    assert_eq!(back.len(), report.relations.written);
    assert!(back.iter().all(|one| asked.contains(one)) && !back.is_empty());
}
