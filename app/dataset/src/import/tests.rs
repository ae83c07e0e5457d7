//! Imports as a person meets them.

use geo::{Area as _, Geometry, MultiPolygon};
use project::{AttributeValue, Author, Project, Region};
use proptest::prelude::*;
use serde_json::{Value, json};
use spatial::{Crs, GeoTransform, Transformer};

use super::*;
use crate::testing::{ids, layer, project, samples};
use crate::{DatasetError, FeatureFormat, Limits, parse_features, read_features};

const SQUARE: [[f64; 2]; 5] = [
    [500_010.0, 4_099_990.0],
    [500_020.0, 4_099_990.0],
    [500_020.0, 4_099_980.0],
    [500_010.0, 4_099_980.0],
    [500_010.0, 4_099_990.0],
];

fn utm(features: &Value) -> Vec<u8> {
    json!({"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32615"}}, "features": features})
        .to_string()
        .into_bytes()
}

fn square(dx: f64, properties: &Value) -> Value {
    let ring: Vec<[f64; 2]> = SQUARE.iter().map(|[x, y]| [x + dx, *y]).collect();
    json!({"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}})
}

fn plan(project: &Project, bytes: &[u8], options: &ImportOptions) -> Result<ImportPlan, DatasetError> {
    plan_import(project, parse_features(bytes, &Limits::default())?.features, options, &mut ids())
}

fn applied(mut project: Project, plan: &ImportPlan) -> Project {
    let before = project.clone();
    project.apply(&plan.edit).expect("a plan applies");
    let mut undone = project.clone();
    undone.apply(&plan.edit.clone().inverse()).expect("and can be undone");
    assert_eq!(undone, before);
    project
}

fn labels(author: &str) -> ImportOptions {
    ImportOptions { kind: ImportAs::Labels, author: Some(Author::new(author)), ..ImportOptions::default() }
}

fn only(project: &Project) -> &Region {
    assert_eq!(project.regions().len(), 1);
    project.regions().values().next().expect("one")
}

#[test]
fn labels_keep_author_source_id_and_attributes() {
    let (project, _) = project(&layer());
    let feature = square(
        0.0,
        &json!({"subtype": "minor-damage", "uid": 7, "source": "OSM", "levels": 2, "tags": ["a"]}),
    );
    let plan = plan(&project, &utm(&json!([feature])), &labels("ann")).expect("plans");
    let project = applied(project, &plan);
    let region = only(&project);
    assert_eq!((&*region.source.0, region.source_id.as_deref()), ("OSM", Some("7")));
    assert_eq!(region.attributes["levels"], AttributeValue::Integer(2));
    assert_eq!(region.attributes["tags"], AttributeValue::Json(json!(["a"])));
    let label = project.labels().values().next().expect("labelled");
    assert_eq!((label.class.as_str(), label.author.name()), ("minor damage", "ann"));
    assert!(plan.warnings.iter().any(|w| w.contains("`subtype`")), "{:?}", plan.warnings);
}

#[test]
fn lon_lat_lands_where_the_crs_says() {
    let (project, _) = project(&layer());
    let to = Transformer::new(&Crs::from_epsg(32615).expect("known"), &Crs::from_epsg(4326).expect("known"))
        .expect("way");
    let ring: Vec<[f64; 2]> = SQUARE
        .iter()
        .map(|[x, y]| to.convert((*x, *y).into()).map(|c| [c.x, c.y]).expect("on earth"))
        .collect();
    let text = json!({"type": "Polygon", "coordinates": [ring]}).to_string();
    let plan = plan(&project, text.as_bytes(), &ImportOptions::default()).expect("plans");
    let project = applied(project, &plan);
    let Geometry::Polygon(placed) = &only(&project).geometry else { panic!("a polygon") };
    for (corner, [x, y]) in placed.exterior().coords().zip(SQUARE) {
        assert!((corner.x - x).hypot(corner.y - y) < 1e-6, "{corner:?}");
    }
}

#[test]
fn projected_coordinates_without_a_crs_are_refused_with_a_hint() {
    let (project, _) = project(&layer());
    let text = json!({"type": "Polygon", "coordinates": [SQUARE]}).to_string();
    let error = plan(&project, text.as_bytes(), &ImportOptions::default()).expect_err("refused");
    assert!(
        error.to_string().contains("500010") && error.hint().is_some_and(|h| h.contains("--crs")),
        "{error}"
    );
    let named = ImportOptions { crs: Crs::from_epsg(32615).ok(), ..ImportOptions::default() };
    assert_eq!(plan(&project, text.as_bytes(), &named).expect("plans").accepted, 1);
}

#[test]
fn what_cannot_be_taken_is_listed_and_the_rest_is_taken() {
    let (project, _) = project(&layer());
    let bow = json!({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates":
        [[[500_000.0, 4_099_990.0], [500_002.0, 4_099_992.0], [500_002.0, 4_099_990.0], [500_000.0, 4_099_992.0], [500_000.0, 4_099_990.0]]]}});
    let features = json!([
        square(0.0, &json!({"class": "destroyed"})), square(20.0, &json!({"class": "exploded"})), bow, 7,
        {"type": "Feature", "properties": {}, "geometry": null}, square(40.0, &json!({}))
    ]);
    let file = parse_features(&utm(&features), &Limits::default()).expect("read");
    assert_eq!(file.rejected, [Rejected::shape(3, "it is not an object")]);
    let plan = plan_import(&project, file.features, &labels("ann"), &mut ids()).expect("plans");
    assert_eq!((plan.accepted, plan.regions, plan.labels), (2, 2, 1));
    let reasons: Vec<_> = plan.rejected.iter().map(|r| (r.at, r.reason.as_str())).collect();
    assert_eq!(reasons[0], (Place::Index(1), "`exploded` is not a class of Joint Damage Scale"));
    assert!(reasons[1].1.contains("crosses itself near (500001, 4099991)"), "{reasons:?}");
    assert_eq!((reasons[2].0, reasons.len()), (Place::Index(4), 3));
    assert_eq!(
        serde_json::to_string(&plan.rejected[0]).expect("JSON"),
        r#"{"index":1,"reason":"`exploded` is not a class of Joint Damage Scale"}"#
    );
    let repair = ImportOptions { repair: true, ..ImportOptions::default() };
    let plan = plan_import(
        &project,
        parse_features(&utm(&features), &Limits::default()).expect("read").features,
        &repair,
        &mut ids(),
    );
    assert_eq!(plan.expect("plans").accepted, 4);
}

#[test]
fn importing_twice_adds_nothing_and_a_second_author_labels_the_same_regions() {
    let (project, _) = project(&layer());
    let bytes = utm(&json!([
        square(0.0, &json!({"class": "destroyed", "id": "a"})),
        square(20.0, &json!({"class": "minor damage"}))
    ]));
    let project = applied(project.clone(), &plan(&project, &bytes, &labels("ann")).expect("plans"));
    assert!(plan(&project, &bytes, &labels("ann")).expect("plans").is_empty());
    let again = plan(&project, &bytes, &ImportOptions::default()).expect("plans");
    assert_eq!((again.accepted, again.rejected.len()), (0, 2));
    let bob = plan(&project, &bytes, &labels("bob")).expect("plans");
    assert_eq!((bob.regions, bob.labels), (0, 2));
    let project = applied(project, &bob);
    assert_eq!((project.regions().len(), project.labels().len()), (2, 4));
}

#[test]
fn predictions_go_to_the_region_they_overlap_most() {
    let (project, _) = project(&layer());
    let footprints = utm(&json!([square(0.0, &json!({})), square(8.0, &json!({}))]));
    let project =
        applied(project.clone(), &plan(&project, &footprints, &ImportOptions::default()).expect("plans"));
    let options = ImportOptions {
        kind: ImportAs::Predictions,
        author: Some(Author::new("unet")),
        class_map: [("4".to_owned(), "destroyed".to_owned())].into(),
        match_overlap: Some(0.3),
        ..ImportOptions::default()
    };
    let predicted = utm(&json!([
        square(7.0, &json!({"dmg": 4, "score": 0.75})),
        square(60.0, &json!({"dmg": 4, "score": 7}))
    ]));
    let plan = plan(&project, &predicted, &options).expect("plans");
    assert_eq!((plan.regions, plan.labels), (1, 2));
    let project = applied(project, &plan);
    let (second, _) = project.regions().iter().nth(1).expect("two");
    let (_, prediction) = project.prediction_of(*second).expect("joined");
    assert_eq!((prediction.author.name(), prediction.confidence), ("model:unet", Some(0.75)));
    assert!(project.label_of(*second).is_none(), "a prediction is no label");
}

#[test]
fn collections_are_taken_apart() {
    let (project, _) = project(&layer());
    let shapes = json!({"type": "GeometryCollection", "geometries": [
        {"type": "Point", "coordinates": SQUARE[0]}, {"type": "LineString", "coordinates": SQUARE},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]}]});
    let feature = json!({"type": "Feature", "id": "x", "properties": {}, "geometry": shapes});
    let plan = plan(&project, &utm(&json!([feature])), &ImportOptions::default()).expect("plans");
    let project = applied(project, &plan);
    let ids: Vec<_> = project.regions().values().map(|r| r.source_id.clone().expect("id")).collect();
    assert_eq!(ids, ["x/1", "x/2", "x/3"]);
}

fn crasar(more: &Value) -> Value {
    let corner = |k: usize| {
        let [c, r] = [[20, 20], [40, 20], [40, 40], [20, 40], [20, 20]][k];
        json!({"x": c, "y": r})
    };
    let mut item = json!({"label": "major damage", "pixels": (0..5).map(corner).collect::<Vec<_>>()});
    for (key, value) in more.as_object().expect("object") {
        item[key] = value.clone();
    }
    item
}

#[test]
fn all_crasar_payloads_are_read_and_pixels_stand_in_for_coordinates() {
    let (project, _) = project(&layer());
    let id = "0123456789abcdef0123456789abcdef";
    for more in [
        json!({"source": "Microsoft", "id": id}),
        json!({"geometry_source": "Microsoft", "id": id, "payload_version": "1.1"}),
        json!({"geometry_source": "Microsoft", "building_id": id, "view_id": "v", "payload_version": "2.0"}),
    ] {
        let file =
            parse_features(json!([crasar(&more)]).to_string().as_bytes(), &Limits::default()).expect("read");
        assert_eq!(file.format, FeatureFormat::Crasar);
        let plan = plan_import(&project, file.features, &labels("ann"), &mut ids()).expect("plans");
        let project = applied(project.clone(), &plan);
        let region = only(&project);
        assert_eq!((&*region.source.0, region.source_id.as_deref()), ("Microsoft", Some(id)), "{more}");
        let Geometry::Polygon(p) = &region.geometry else { panic!("a polygon") };
        assert_eq!(p.exterior().0[0], SQUARE[0].into());
        assert_eq!(project.labels().values().next().map(|l| l.class.as_str()), Some("major damage"));
    }
    let unknown = json!([crasar(&json!({"payload_version": "9"}))]).to_string();
    let file = parse_features(unknown.as_bytes(), &Limits::default()).expect("read");
    assert!(file.rejected[0].reason.contains("`9`"));
}

#[test]
fn crasar_pixels_that_disagree_with_coordinates_are_told() {
    let (project, _) = project(&layer());
    let to = Transformer::new(&Crs::from_epsg(32615).expect("known"), &Crs::from_epsg(4326).expect("known"))
        .expect("way");
    let degrees = |dx: f64| -> Vec<Value> {
        SQUARE
            .iter()
            .map(|[x, y]| {
                to.convert((x + dx, *y).into()).map(|c| json!({"lat": c.y, "lon": c.x})).expect("on earth")
            })
            .collect()
    };
    for (dx, warned) in [(0.0, false), (3.0, true)] {
        let bytes = json!([crasar(&json!({"EPSG:4326": degrees(dx)}))]).to_string();
        let plan = plan(&project, bytes.as_bytes(), &labels("ann")).expect("plans");
        assert_eq!(plan.warnings.iter().any(|w| w.contains("6.0 px")), warned, "{:?}", plan.warnings);
    }
}

#[test]
fn crasar_predictions_find_their_buildings_by_the_end_of_the_key() {
    let (project, _) = project(&layer());
    let shapes = json!([crasar(&json!({"id": "b_1"})), crasar(&json!({"id": "b_2"}))]).to_string();
    let project =
        applied(project.clone(), &plan(&project, shapes.as_bytes(), &labels("ann")).expect("plans"));
    let text = json!({"model_name": "net", "preds": {
        "2.1_2.1_ortho_1_b_2": {"label": "destroyed", "confidence": 0.5}, "2.1_2.1_ortho_1_zz": {"label": "destroyed", "confidence": 0.5}, "x": {"confidence": 1}}});
    let file = parse_features(text.to_string().as_bytes(), &Limits::default()).expect("read");
    assert_eq!((file.format, file.model.as_deref()), (FeatureFormat::CrasarPredictions, Some("net")));
    assert_eq!(file.rejected.len(), 1);
    let options = ImportOptions {
        kind: ImportAs::Predictions,
        author: Some(Author::new("net")),
        ..ImportOptions::default()
    };
    let plan = plan_import(&project, file.features, &options, &mut ids()).expect("plans");
    assert_eq!((plan.labels, plan.rejected.len()), (1, 1));
    let project = applied(project, &plan);
    let (second, _) =
        project.regions().iter().find(|(_, r)| r.source_id.as_deref() == Some("b_2")).expect("there");
    assert!(project.prediction_of(*second).is_some());
}

#[test]
fn pixel_space_takes_pixels_and_refuses_other_coordinates() {
    let flat = project::Layer { crs: None, transform: None, ..layer() };
    let (project, _) = project(&flat);
    let text = json!({"type": "Point", "coordinates": [12, 30]}).to_string();
    let taken = plan(&project, text.as_bytes(), &ImportOptions::default()).expect("plans");
    let taken = applied(project.clone(), &taken);
    assert_eq!(only(&taken).geometry, geo::Point::new(12.0, -30.0).into());
    let error = plan(&project, &utm(&json!([square(0.0, &json!({}))])), &ImportOptions::default())
        .expect_err("refused");
    assert!(error.to_string().contains("EPSG:32615"), "{error}");
}

#[test]
fn broken_files_are_refused_in_one_sentence() {
    let deep = format!("{{\"type\":\"Polygon\",\"coordinates\":{}", "[".repeat(100_000));
    let deep_elsewhere = format!("{{\"x\":{}", "[".repeat(100_000));
    for (text, part) in [
        ("", "empty"),
        ("  \n", "empty"),
        ("{\"type\":\"FeatureCollection\",\"features\":[", "valid JSON"),
        ("{\"type\":\"Point\",\"coordinates\":[1e400,0]}", "valid JSON"),
        ("{\"type\":\"Point\",\"coordinates\":[NaN,0]}", "valid JSON"),
        ("{\"type\":\"Topology\",\"objects\":{}}", "TopoJSON"),
        ("{\"geometryType\":\"esriGeometryPolygon\",\"features\":[]}x", "valid JSON"),
        ("{\"a\":1}", "without a GeoJSON type"),
        ("{\"type\":\"FeatureCollection\"}", "without `features`"),
        ("7", "valid JSON"),
        (
            "{\"type\":\"Point\",\"coordinates\":[1,2],\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"x\"}}}",
            "not known",
        ),
        (deep.as_str(), "too deeply"),
        (deep_elsewhere.as_str(), "JSON"),
    ] {
        let error = parse_features(text.as_bytes(), &Limits::default()).expect_err(text);
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(matches!(parse_features(b"\xFF\xFE{\0}\0", &Limits::default()), Err(DatasetError::NotUtf8)));
}

#[test]
fn what_a_file_asks_for_has_a_limit() {
    let limits = Limits { file_bytes: 1000, features: 3, values_per_feature: 50, rejected: 2 };
    let what = |text: &str| parse_features(text.as_bytes(), &limits).expect_err("refused").to_string();
    assert!(
        what(&format!("[{}]", "{\"pixels\":[{\"x\":1,\"y\":2}]},".repeat(9))).contains("unusable shapes")
    );
    let points = "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,2]}},".repeat(4);
    assert!(what(&format!("{{\"features\":[{points}")).contains("more than 3 shapes"));
    assert!(
        what(&format!("{{\"type\":\"Point\",\"coordinates\":[{}", "0,".repeat(60)))
            .contains("values in one shape")
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.json");
    std::fs::write(&path, vec![b' '; 1001]).expect("written");
    assert!(matches!(read_features(&path, &limits), Err(DatasetError::TooLarge { .. })));
    assert!(matches!(read_features(&folder.path().join("none"), &limits), Err(DatasetError::Io { .. })));
}

#[test]
fn malformed_sample_files_end_in_a_plan_or_a_sentence() {
    let Some(folder) = samples("vector_malformed") else { return };
    let (project, _) = project(&layer());
    let (mut files, mut stack) = (0, vec![folder]);
    while let Some(at) = stack.pop() {
        if at.is_dir() {
            stack.extend(std::fs::read_dir(&at).expect("readable").map(|e| e.expect("entry").path()));
            continue;
        }
        files += 1;
        for repair in [false, true] {
            let options = ImportOptions { repair, ..ImportOptions::default() };
            let outcome = read_features(&at, &Limits::default())
                .and_then(|file| plan_import(&project, file.features, &options, &mut ids()));
            match outcome {
                Ok(plan) => {
                    let _ = applied(project.clone(), &plan);
                }
                Err(error) => assert!(!error.to_string().contains('\n'), "{}: {error}", at.display()),
            }
        }
    }
    assert!(files > 50, "only {files} files");
}

#[test]
fn joplin_is_taken_whole() {
    let Some(folder) = samples("building_damage/joplin2011") else { return };
    let mut post = layer();
    post.transform = GeoTransform::new([366_000.0, 0.6, 0.0, 4_105_000.0, 0.0, -0.6]);
    let (project, _) = project(&post);
    let file =
        read_features(&folder.join("joplin_buildings_west.geojson"), &Limits::default()).expect("read");
    let plan = plan_import(&project, file.features, &ImportOptions::default(), &mut ids()).expect("plans");
    assert_eq!((plan.accepted, plan.rejected.len()), (1813, 0), "{:?}", plan.rejected);
    let _ = applied(project, &plan);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mutated_files_never_panic(
        cuts in proptest::collection::vec((0_usize..4000, any::<u8>(), 0_u8..3), 1..6),
        crasar_file in any::<bool>(),
    ) {
        let mut bytes = if crasar_file {
            json!([crasar(&json!({"id": "b_1", "source": "OSM"})), crasar(&json!({"EPSG:4326": [{"lat": 1, "lon": 2}, {"lat": 1, "lon": 3}, {"lat": 2, "lon": 2}]}))]).to_string().into_bytes()
        } else {
            utm(&json!([square(0.0, &json!({"class": "destroyed"})), square(5.0, &json!({"dmg": 4, "confidence": 0.5}))]))
        };
        for (at, byte, kind) in cuts {
            let at = at % bytes.len().max(1);
            match kind {
                0 if !bytes.is_empty() => bytes[at] = byte,
                1 => bytes.truncate(at),
                _ => bytes.insert(at.min(bytes.len()), b"0123456789.,-e[]{}\":"[usize::from(byte) % 20]),
            }
        }
        let (project, _) = project(&layer());
        if let Ok(plan) = plan(&project, &bytes, &ImportOptions { repair: true, ..labels("ann") }) {
            let _ = applied(project, &plan);
        }
    }

    #[test]
    fn a_repaired_tangle_has_the_even_odd_area(corners in proptest::collection::vec((0_i32..20, 0_i32..20), 4..12)) {
        let ring: Vec<[f64; 2]> = corners.iter().map(|(x, y)| [500_000.0 + f64::from(*x), 4_099_950.0 + f64::from(*y)]).collect();
        let feature = json!({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}});
        let (project, _) = project(&layer());
        let taken = plan(&project, &utm(&json!([feature])), &ImportOptions { repair: true, ..ImportOptions::default() }).expect("plans");
        let project = applied(project, &taken);
        for region in project.regions().values() {
            let shape = match &region.geometry {
                Geometry::Polygon(p) => MultiPolygon::new(vec![p.clone()]),
                Geometry::MultiPolygon(m) => m.clone(),
                other => return Err(TestCaseError::fail(format!("{other:?}"))),
            };
            let again = spatial::overlay::union(&shape, &MultiPolygon::new(Vec::new()));
            prop_assert!((shape.unsigned_area() - again.unsigned_area()).abs() < 1e-3);
        }
    }
}
