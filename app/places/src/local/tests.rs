use std::sync::Arc;

use geo::{LineString, Polygon};
use plugin_api::Tool;
use project::{Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, Region, Schema, Settings};
use spatial::Crs;

use super::*;
use crate::{Network, NoKeys, Pauses, Question};

const EAST: f64 = 500_000.0;
const NORTH: f64 = 4_100_000.0;

struct Town {
    project: Project,
    ids: IdSource,
}

impl Town {
    fn new() -> Self {
        let mut town = Self { project: Project::new(), ids: IdSource::new(1, 1) };
        let before = town.project.settings().clone();
        let after = Settings { crs: Some(Crs::from_epsg(32615).expect("UTM")), ..before.clone() };
        town.apply(&Edit::Settings(Change::replace((), before, after)));
        town.apply(&Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale()))));
        town
    }

    fn apply(&mut self, edit: &Edit) {
        self.project.apply(edit).expect("a sound edit");
    }

    fn add(&mut self, geometry: Geometry<f64>, attributes: &[(&str, &str)]) -> RegionId {
        let id = self.ids.region();
        let text = |value: &str| project::AttributeValue::Text(value.to_owned());
        let region = Region {
            geometry,
            layer: None,
            source: GeometrySource::custom(),
            source_id: None,
            attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect(),
        };
        self.apply(&Edit::Region(Change::create(id, Arc::new(region))));
        id
    }

    /// A building of 10 m whose south-west corner lies so many metres east of the middle.
    fn building(&mut self, x: f64, class: &str, name: &str) -> RegionId {
        let (x, y) = (EAST + x, NORTH);
        let ring = vec![(x, y), (x + 10.0, y), (x + 10.0, y + 10.0), (x, y + 10.0), (x, y)];
        let attributes: &[(&str, &str)] = if name.is_empty() { &[] } else { &[("name", name)] };
        let id = self.add(Polygon::new(LineString::from(ring), Vec::new()).into(), attributes);
        let label = Label {
            region: id,
            class: ClassCode::new(class),
            author: Author::new("Ana"),
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: None,
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        let label_id = self.ids.label();
        self.apply(&Edit::Label(Change::create(label_id, label)));
        id
    }

    fn road(&mut self, name: &str, corners: &[(f64, f64)], more: &[(&str, &str)]) {
        let corners: Vec<(f64, f64)> = corners.iter().map(|(x, y)| (EAST + x, NORTH + y)).collect();
        let attributes: Vec<(&str, &str)> =
            [("name", name)].into_iter().chain(more.iter().copied()).collect();
        self.add(LineString::from(corners).into(), &attributes);
    }

    fn map(&self) -> Arc<LocalMap> {
        let none: [&Path; 0] = [];
        Arc::new(LocalMap::new(&self.project, &none).expect("a map"))
    }
}

/// So many metres east and north of the middle, in degrees.
fn at(x: f64, y: f64) -> Value {
    let to = spatial::Transformer::new(&Crs::from_epsg(32615).expect("UTM"), &Crs::wgs84()).expect("known");
    let lonlat = to.convert(geo::coord! { x: EAST + x, y: NORTH + y }).expect("on the earth");
    json!({"lat": lonlat.y, "lon": lonlat.x})
}

fn ask(map: &Arc<LocalMap>, tool: Tool, query: Value) -> Result<Answer, AskError> {
    let query = Query::from_value(tool, query).expect("sound");
    let question = Question::local(Arc::clone(map), query);
    let network = Network::new(Pauses { notes: None, ..Pauses::default() }).expect("a client");
    let reply = question.ask(&network, &NoKeys, &|| true)?;
    let answer = reply.answer.clone();
    let response = reply.into_response(IdSource::new(1, 1).response(), &question, 7).expect("kept");
    assert_eq!(question.read(&response).as_ref(), Ok(&answer), "what is kept says the same");
    let again = crate::read_again(&crate::Registry::default(), &response).expect("reads");
    assert_eq!((again.0, again.1), (question.query().clone(), answer.clone()));
    Ok(answer)
}

fn names(answer: &Answer) -> Vec<&str> {
    answer.places().iter().map(|place| place.name.as_str()).collect()
}

#[test]
fn destroyed_buildings_within_a_radius_are_counted_by_the_metre() {
    let mut town = Town::new();
    for i in 0..30 {
        let class = if i % 2 == 0 { "destroyed" } else { "no damage" };
        town.building(f64::from(i) * 20.0, class, "");
    }
    let map = town.map();
    // Nearest corners lie at 0, 40, 80 … 560 m; the map's scale at the middle of a UTM zone is 0.9996.
    let within = |radius: f64| {
        let query = json!({"at": at(0.0, 0.0), "radius_m": radius, "kind": "destroyed", "limit": 1000});
        ask(&map, Tool::Nearby, query).expect("answered").places().len()
    };
    assert_eq!([within(39.0), within(40.2), within(199.0), within(200.2)], [1, 2, 5, 6]);
    let query = json!({"at": at(-100.0, 0.0), "radius_m": 500, "kind": "class = destroyed and area_m2 > 50", "limit": 3});
    let answer = ask(&map, Tool::Nearby, query).expect("answered");
    let metres: Vec<f64> = answer.places().iter().filter_map(|place| place.distance_m).collect();
    for (found, grid) in metres.iter().zip([100.0, 140.0, 180.0]) {
        assert!((found - grid / 0.9996).abs() < 0.01, "{found} for {grid} m of the grid");
    }
    let wrong =
        ask(&map, Tool::Nearby, json!({"at": at(0.0, 0.0), "radius_m": 5, "kind": "class = destroied"}));
    assert!(wrong.is_err_and(|e| e.to_string().contains("destroied")));
}

#[test]
fn names_are_found_by_how_well_they_fit_and_then_by_distance() {
    let mut town = Town::new();
    town.building(300.0, "destroyed", "Saint Mary School");
    town.building(100.0, "destroyed", "School");
    let near = town.building(0.0, "no damage", "Mill School House");
    let map = town.map();
    let query = json!({"text": "school", "near": at(0.0, 0.0)});
    let answer = ask(&map, Tool::TextSearch, query).expect("answered");
    assert_eq!(names(&answer), ["School", "Mill School House", "Saint Mary School"]);
    let answer = ask(&map, Tool::TextSearch, json!({"text": "school mary"})).expect("answered");
    assert_eq!(names(&answer), ["Saint Mary School"]);
    let answer = ask(&map, Tool::PlaceDetails, json!({"place": near.to_string()})).expect("answered");
    let area = answer.places()[0].details["area_m2"].as_f64().expect("an area");
    assert!((area - 100.0 / 0.9996_f64.powi(2)).abs() < 0.05, "{area}");
    assert!(ask(&map, Tool::PlaceDetails, json!({"place": "nowhere"})).is_err());
}

#[test]
fn ways_are_the_shortest_over_the_roads_and_keep_to_one_way_streets() {
    let mut town = Town::new();
    town.road("Main", &[(0.0, 0.0), (100.0, 0.0), (200.0, 0.0)], &[]);
    town.road("Back", &[(200.0, 0.0), (200.0, 50.0), (0.0, 50.0), (0.0, 0.0)], &[("oneway", "yes")]);
    town.road("Island", &[(900.0, 900.0), (950.0, 900.0)], &[]);
    let map = town.map();
    let way = |from: Value, to: Value, mode: &str| {
        let query = json!({"from": from, "to": to, "mode": mode});
        ask(&map, Tool::Route, query).map(|answer| answer.routes()[0].clone())
    };
    let along = way(at(10.0, 1.0), at(150.0, -1.0), "drive").expect("a way");
    assert!((along.distance_m - 140.0 / 0.9996).abs() < 0.01, "{}", along.distance_m);
    assert_eq!(along.line.len(), 3, "its ends and the corner between");
    assert_eq!(along.legs[0].steps.len(), 1);
    assert_eq!(along.duration_s, None, "nobody says how fast one drives on a line");
    let walked = way(at(0.0, 40.0), at(200.0, 40.0), "walk").expect("a way");
    let driven = way(at(0.0, 40.0), at(200.0, 40.0), "bicycle").expect("a way");
    assert!((walked.distance_m - 220.0 / 0.9996).abs() < 0.01, "{}", walked.distance_m);
    assert!((driven.distance_m - 280.0 / 0.9996).abs() < 0.01, "{}", driven.distance_m);
    assert!(
        way(at(0.0, 0.0), at(900.0, 900.0), "drive").is_err_and(|e| e.to_string().contains("do not lead"))
    );
    assert!(
        way(at(0.0, 0.0), at(3000.0, 0.0), "drive").is_err_and(|e| e.to_string().contains("no road lies"))
    );
    let query = json!({"from": [at(0.0, 0.0), at(900.0, 900.0)], "to": [at(100.0, 0.0)], "mode": "walk"});
    let Ok(Answer::Matrix(matrix)) = ask(&map, Tool::Matrix, query) else { panic!("a table") };
    assert!(matrix.distances_m[0][0].is_some_and(|m| (m - 100.0 / 0.9996).abs() < 0.01));
    assert_eq!(matrix.distances_m[1][0], None);
}

#[test]
fn what_lies_beside_a_line_is_found_within_its_distance() {
    let mut town = Town::new();
    for i in 0..6 {
        town.building(f64::from(i) * 100.0, "destroyed", &format!("B{i}"));
    }
    let map = town.map();
    let line = json!([at(0.0, -20.0), at(250.0, -20.0), at(250.0, -300.0)]);
    let query = json!({"line": line, "kind": "destroyed", "radius_m": 25, "limit": 10});
    let answer = ask(&map, Tool::AlongRoute, query).expect("answered");
    let mut found = names(&answer);
    found.sort_unstable();
    assert_eq!(found, ["B0", "B1", "B2"]);
}

#[test]
fn another_label_is_another_map_and_the_same_project_is_not() {
    let mut town = Town::new();
    town.building(0.0, "destroyed", "A");
    let before = town.map();
    assert_eq!(before.content(), town.map().content());
    town.building(20.0, "destroyed", "B");
    assert_ne!(before.content(), town.map().content());
    let pixels = Town { project: Project::new(), ids: IdSource::new(1, 1) };
    assert!(pixels.map().is_empty());
    let mut pixels = pixels;
    pixels.add(geo::Point::new(1.0, 1.0).into(), &[]);
    let none: [&Path; 0] = [];
    assert_eq!(LocalMap::new(&pixels.project, &none).err(), Some(MapError::Pixels));
}

#[test]
fn an_extract_answers_and_a_damaged_one_says_so() {
    let Some(samples) = std::env::var_os("ORTHOSCOPE_SAMPLES") else {
        println!("SKIPPED an_extract_answers_and_a_damaged_one_says_so: ORTHOSCOPE_SAMPLES is not set");
        return;
    };
    let file = Path::new(&samples).join("osm/planetiler/monaco-latest.osm.pbf");
    let map = Arc::new(LocalMap::new(&Project::new(), &[&file]).expect("reads"));
    assert!(map.len() > 5_000, "{}", map.len());
    let answer = ask(&map, Tool::TextSearch, json!({"text": "casino de monte-carlo"})).expect("answered");
    let casino = answer.places()[0].clone();
    assert!(casino.at.metres_to(Point::new(43.7392, 7.4286)) < 150.0, "{casino:?}");
    let query = json!({"at": casino.at, "radius_m": 300, "kind": "amenity=cafe", "limit": 50});
    let cafes = ask(&map, Tool::Nearby, query).expect("answered");
    assert!(
        !cafes.places().is_empty() && cafes.places().iter().all(|p| p.distance_m.is_some_and(|m| m <= 300.0))
    );
    let query = json!({"from": casino.at, "to": {"lat": 43.7311, "lon": 7.4197}, "mode": "walk"});
    let route = ask(&map, Tool::Route, query).expect("a way").routes()[0].clone();
    let straight = casino.at.metres_to(Point::new(43.7311, 7.4197));
    assert!(route.distance_m > straight * 0.9 && route.distance_m < straight * 3.0, "{}", route.distance_m);
    assert!(route.duration_s.is_some_and(|s| (s - route.distance_m / (5.0 / 3.6)).abs() < 1.0));

    let whole = std::fs::read(&file).expect("bytes");
    let folder = tempfile::tempdir().expect("folder");
    let broken = folder.path().join("broken.osm.pbf");
    let mut state = 7_u64;
    for round in 0..60 {
        let mut bytes = whole.clone();
        if round % 2 == 0 {
            bytes.truncate(whole.len() * round / 60 + 3);
        } else {
            for _ in 0..round {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let place = (state >> 33) as usize % bytes.len();
                bytes[place] ^= 1 << (round % 8);
            }
        }
        std::fs::write(&broken, bytes).expect("written");
        // Whatever it says, it says it in a sentence.
        if let Err(e) = LocalMap::new(&Project::new(), &[&broken]) {
            assert!(e.to_string().contains("cannot be read"), "{e}");
        }
    }
}
