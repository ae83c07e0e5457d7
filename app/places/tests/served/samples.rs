//! Bodies that services really sent, where they are at hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use places::Registry;
use places::plugin_api::{Answer, HttpResponse, Point, Query, ReadError, Tool};

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn samples(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ORTHOSCOPE_SAMPLES").map(|folder| Path::new(&folder).join("map_api"));
    if folder.is_none() {
        println!("SKIPPED {test}: ORTHOSCOPE_SAMPLES is not set");
    }
    folder
}

fn query(tool: Tool) -> Query {
    let json = match tool {
        Tool::TextSearch => r#"{"text":"x"}"#,
        Tool::PlaceDetails => r#"{"place":"W1"}"#,
        Tool::Nearby => r#"{"at":{"lat":1,"lon":2},"radius_m":20000000,"kind":"cafe"}"#,
        Tool::Route => r#"{"from":{"lat":1,"lon":2},"to":{"lat":1,"lon":3}}"#,
        Tool::AlongRoute => r#"{"line":[{"lat":1,"lon":2},{"lat":1,"lon":3}],"kind":"cafe"}"#,
        Tool::Matrix => r#"{"from":[{"lat":1,"lon":2}],"to":[{"lat":1,"lon":3}]}"#,
    };
    Query::parse(tool, json).expect("sound")
}

fn read(provider: &str, tool: Tool, body: &[u8], status: u16) -> Result<Answer, ReadError> {
    let provider = Registry::default().find(provider).expect("known");
    provider.read(&query(tool), &HttpResponse { status, headers: &BTreeMap::new(), body })
}

#[test]
fn real_bodies_say_what_their_services_meant() {
    let Some(folder) = samples("real_bodies_say_what_their_services_meant") else { return };
    let of = |name: &str| std::fs::read(folder.join(name)).expect(name);
    let search = |provider: &str, name: &str| read(provider, Tool::TextSearch, &of(name), 200);
    let garden = Point::new(40.7505, -73.9934);
    for (provider, name) in [
        ("nominatim", "geocoder-ruby/nominatim_madison_square_garden"),
        ("photon", "geocoder-ruby/photon_madison_square_garden"),
        ("here", "geocoder-ruby/here_madison_square_garden"),
    ] {
        let answer = search(provider, name).expect(name);
        let place = &answer.places()[0];
        assert!(place.name.contains("Madison Square Garden"), "{name}: {place:?}");
        assert!(place.at.metres_to(garden) < 100.0, "{name}: {:?}", place.at);
        assert!(!place.id.is_empty() && !place.address.is_empty(), "{name}: {place:?}");
    }
    let jakarta = search("azure", "geocoder-ruby/azure_jakarta").expect("an answer");
    assert!(jakarta.places()[0].at.metres_to(Point::new(-6.17, 106.83)) < 20_000.0, "{jakarta:?}");
    let china = search("mapbox", "geocoder-ruby/mapbox_shanghai_china").expect("an answer");
    assert_eq!(china.places()[0].name, "China");
    for (provider, name) in [
        ("mapbox", "geocoder-ruby/mapbox_no_results"),
        ("here", "geocoder-ruby/here_no_results"),
        ("azure", "geocoder-ruby/azure_no_results"),
    ] {
        assert_eq!(search(provider, name), Ok(Answer::Places(Vec::new())), "{name}");
    }
    let limit = of("geocoder-ruby/nominatim_over_limit");
    assert_eq!(read("nominatim", Tool::TextSearch, &limit, 200), Err(ReadError::Page));
    let wrong = read("mapbox", Tool::TextSearch, &of("geocoder-ruby/mapbox_invalid_api_key"), 401);
    assert!(wrong.is_err_and(|e| e.to_string().contains("401: Not Authorized")));

    let way =
        read("mapbox", Tool::Route, &of("mapbox-java/directions_v5_precision_6.json"), 200).expect("a way");
    let route = &way.routes()[0];
    let along: f64 = route.line.windows(2).map(|two| two[0].metres_to(two[1])).sum();
    assert!((along / route.distance_m - 1.0).abs() < 0.02, "{along} m drawn, {} m said", route.distance_m);
    let legs: f64 = route.legs.iter().map(|leg| leg.distance_m).sum();
    assert!((legs - route.distance_m).abs() < 1.0, "{legs}");
    let table =
        read("mapbox", Tool::Matrix, &of("mapbox-java/directions_matrix_3x3.json"), 200).expect("a table");
    let Answer::Matrix(table) = table else { panic!("another answer") };
    assert_eq!((table.durations_s.len(), table.durations_s[0].len()), (3, 3));
    let relation =
        read("overpass", Tool::PlaceDetails, &of("overpy/relation-03.json"), 200).expect("an object");
    assert_eq!(relation.places()[0].id, "relation/23092");
    assert!(relation.places()[0].at.metres_to(Point::new(50.817_664_6, 7.020_853_9)) < 1.0);
}

#[test]
fn no_body_of_any_service_makes_the_reader_of_another_do_more_than_say_so() {
    let Some(folder) = samples("no_body_of_any_service_makes_the_reader_of_another_do_more_than_say_so")
    else {
        return;
    };
    let (mut folders, mut files) = (vec![folder], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(files.len() > 150, "{}", files.len());
    let mut answers = 0;
    for file in &files {
        let body = std::fs::read(file).expect("a body");
        // Whole, and torn in the middle.
        for body in [&body[..], &body[..body.len() / 2]] {
            for provider in Registry::default().all() {
                for tool in Tool::ALL.into_iter().filter(|tool| provider.lacks(*tool).is_none()) {
                    let response = HttpResponse { status: 200, headers: &BTreeMap::new(), body };
                    match provider.read(&query(tool), &response) {
                        Ok(answer) => {
                            answers += 1;
                            assert!(
                                answer.places().iter().all(|place| place.at.is_sound()),
                                "{}",
                                file.display()
                            );
                            let lines = answer.routes().iter().flat_map(|route| &route.line);
                            assert!(lines.copied().all(Point::is_sound), "{}", file.display());
                        }
                        Err(e) => assert!(!e.to_string().is_empty()),
                    }
                }
            }
        }
    }
    assert!(answers > 100, "{answers}");
}
