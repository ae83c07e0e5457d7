//! Two forms of requests and responses that several services share: OSRM's (Mapbox speaks it too) and TomTom's (Azure Maps does).

use serde_json::Value;

use crate::read::{self, ReadError};
use crate::{
    Avoid, HttpRequest, HttpResponse, Leg, Matrix, Place, Point, Route, RouteQuery, RouteStep, TravelMode,
    line,
};

/// The JSON of an OSRM service that says `Ok`.
pub fn osrm(response: &HttpResponse<'_>) -> Result<Value, ReadError> {
    let json = read::json(response)?;
    match read::some_text(&json, "code")?.as_str() {
        "Ok" => Ok(json),
        code => {
            let message = read::text(&json, "message").unwrap_or_else(|| code.to_owned());
            Err(ReadError::Refused { status: response.status, message })
        }
    }
}

/// Routes of an OSRM service, lines with six decimals.
pub fn osrm_routes(json: &Value) -> Result<Vec<Route>, ReadError> {
    read::list(json, "routes")?.iter().map(osrm_route).collect()
}

fn osrm_route(json: &Value) -> Result<Route, ReadError> {
    let mut route = Route {
        distance_m: read::some_number(json, "distance")?,
        duration_s: read::number(json, "duration"),
        line: line::decode(&raw_text(json, "geometry")?, 6)?,
        ..Route::default()
    };
    let mut names = Vec::new();
    for leg in read::list_or_empty(json, "legs") {
        names.extend(read::text(leg, "summary"));
        route.legs.push(Leg {
            distance_m: read::some_number(leg, "distance")?,
            duration_s: read::number(leg, "duration"),
            steps: read::list_or_empty(leg, "steps").iter().map(osrm_step).collect::<Result<_, _>>()?,
        });
    }
    names.dedup();
    route.summary = names.join("; ");
    Ok(route)
}

/// An encoded line, which is no text for people: its characters stay.
fn raw_text(json: &Value, path: &str) -> Result<String, ReadError> {
    let text = read::at(json, path).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| ReadError::Missing(path.to_owned()))
}

fn osrm_step(json: &Value) -> Result<RouteStep, ReadError> {
    // Mapbox says it in words; OSRM leaves that to whoever reads.
    let words = || {
        let turn = [read::text(json, "maneuver.type"), read::text(json, "maneuver.modifier")];
        let turn = turn.into_iter().flatten().collect::<Vec<_>>().join(" ");
        match read::first_text(json, &["name", "ref"]) {
            Some(name) => format!("{turn}: {name}"),
            None => turn,
        }
    };
    Ok(RouteStep {
        text: read::text(json, "maneuver.instruction").unwrap_or_else(words),
        distance_m: read::some_number(json, "distance")?,
        duration_s: read::number(json, "duration"),
    })
}

/// A table of an OSRM service.
pub fn osrm_matrix(json: &Value) -> Result<Matrix, ReadError> {
    Ok(Matrix {
        durations_s: read::table(json, "durations")?,
        distances_m: read::table(json, "distances").unwrap_or_default(),
    })
}

/// Places of a TomTom service.
pub fn tomtom_places(json: &Value, path: &str) -> Result<Vec<Place>, ReadError> {
    read::list(json, path)?.iter().map(tomtom_place).collect()
}

fn tomtom_place(json: &Value) -> Result<Place, ReadError> {
    let address = read::text(json, "address.freeformAddress").unwrap_or_default();
    let name = read::text(json, "poi.name").unwrap_or_else(|| address.clone());
    let at = read::point(json, "position.lat", "position.lon")?;
    let mut place = Place { address, ..Place::new(read::some_text(json, "id")?, name, at) };
    place.kinds =
        read::list_or_empty(json, "poi.categories").iter().filter_map(|kind| read::text(kind, "")).collect();
    place.distance_m = read::number(json, "dist");
    let fields = [
        ("phone", "poi.phone"),
        ("website", "poi.url"),
        ("brands", "poi.brands"),
        ("opening_hours", "poi.openingHours"),
        ("detour_s", "detourTime"),
        ("type", "type"),
    ];
    read::keep(&mut place.details, json, &fields);
    Ok(place)
}

/// How TomTom's services call a way of travelling.
pub const fn tomtom_mode(mode: TravelMode) -> &'static str {
    match mode {
        TravelMode::Drive => "car",
        TravelMode::Bicycle => "bicycle",
        TravelMode::TwoWheeler => "motorcycle",
        TravelMode::Walk => "pedestrian",
    }
}

/// A search of a TomTom service around a place, if there is one.
pub fn tomtom_around(request: HttpRequest, near: Option<Point>, radius_m: Option<f64>) -> HttpRequest {
    let Some(near) = near else { return request };
    request.with("lat", near.lat).with("lon", near.lon).with_some("radius", radius_m.map(f64::round))
}

/// The places of a route as TomTom's services write them.
pub fn tomtom_stops(query: &RouteQuery) -> String {
    query.stops().into_iter().map(Point::lat_lon).collect::<Vec<_>>().join(":")
}

/// What else a request for routes of a TomTom service says.
pub fn tomtom_route_request(request: HttpRequest, query: &RouteQuery) -> HttpRequest {
    let request = request
        .with("travelMode", tomtom_mode(query.mode))
        .with("instructionsType", "text")
        .with("computeBestOrder", query.optimize)
        .with("maxAlternatives", if query.alternatives { 2 } else { 0 })
        .with_some("language", query.language.as_deref());
    query.avoided().into_iter().fold(request, |request, avoid| {
        let name = match avoid {
            Avoid::Tolls => "tollRoads",
            Avoid::Highways => "motorways",
            Avoid::Ferries => "ferries",
        };
        request.with("avoid", name)
    })
}

/// Routes of a TomTom service.
pub fn tomtom_routes(json: &Value) -> Result<Vec<Route>, ReadError> {
    let order: Vec<usize> = read::list_or_empty(json, "optimizedWaypoints")
        .iter()
        .filter_map(|stop| read::number(stop, "providedIndex").map(|n| n as usize))
        .collect();
    let routes = read::list(json, "routes")?.iter();
    routes.map(|route| tomtom_route(route).map(|route| Route { order: order.clone(), ..route })).collect()
}

fn tomtom_route(json: &Value) -> Result<Route, ReadError> {
    let mut route = Route {
        distance_m: read::some_number(json, "summary.lengthInMeters")?,
        duration_s: read::number(json, "summary.travelTimeInSeconds"),
        ..Route::default()
    };
    for leg in read::list(json, "legs")? {
        for point in read::list(leg, "points")? {
            let point = read::point(point, "latitude", "longitude")?;
            if route.line.last() != Some(&point) {
                route.line.push(point);
            }
        }
        route.legs.push(Leg {
            distance_m: read::some_number(leg, "summary.lengthInMeters")?,
            duration_s: read::number(leg, "summary.travelTimeInSeconds"),
            steps: Vec::new(),
        });
    }
    // Instructions belong to the whole way; each says how far along it one is by then.
    let guidance = read::list_or_empty(json, "guidance.instructions");
    let along = |i: usize, path: &str| guidance.get(i).and_then(|step| read::number(step, path));
    let ends =
        [("routeOffsetInMeters", route.distance_m), ("travelTimeInSeconds", route.duration_s.unwrap_or(0.0))];
    let span = |i: usize, (path, whole): (&str, f64)| {
        let next = if i + 1 < guidance.len() { along(i + 1, path) } else { Some(whole) };
        Some((next? - along(i, path)?).max(0.0))
    };
    let steps = guidance.iter().enumerate().filter_map(|(i, step)| {
        let text = read::text(step, "message")?;
        Some(RouteStep { text, distance_m: span(i, ends[0]).unwrap_or(0.0), duration_s: span(i, ends[1]) })
    });
    let steps = steps.collect();
    if let [only] = &mut route.legs[..] {
        only.steps = steps;
    } else if let Some(first) = route.legs.first_mut() {
        first.steps = steps;
    }
    Ok(route)
}
