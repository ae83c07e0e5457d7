//! Google Places (New) and Routes: <https://developers.google.com/maps/documentation/places/web-service/op-overview>,
//! <https://developers.google.com/maps/documentation/routes>.

use plugin_api::read::{self, ReadError};
use plugin_api::{
    Answer, Avoid, Description, HttpRequest, HttpResponse, Leg, MapProvider, Matrix, MatrixQuery, Nearby,
    Payload, Place, PlaceDetails, Point, Query, RequestError, Route, RouteQuery, RouteStep, TextSearch, Tool,
    TravelMode, line,
};
use serde_json::{Value, json};

const PLACES: &str = "https://places.googleapis.com/v1";
const ROUTES: &str = "https://routes.googleapis.com";
const KEY: &str = "key:GOOGLE_MAPS_API_KEY";
/// What is asked for of each place: it is billed by this.
const FIELDS: &str = "id,displayName,formattedAddress,shortFormattedAddress,location,types,rating,userRatingCount,\
                      priceLevel,businessStatus,regularOpeningHours,internationalPhoneNumber,websiteUri";
/// The largest circle that the service takes.
const WIDEST_M: f64 = 50_000.0;

/// The service.
#[derive(Debug)]
pub struct Google {
    about: Description,
}

impl Default for Google {
    fn default() -> Self {
        let terms = "© Google; what may be kept, and for how long, is in https://cloud.google.com/maps-platform/terms";
        let hosts = ["places.googleapis.com", "routes.googleapis.com"];
        Self { about: Description::new("google", "Google", &hosts, terms).key("GOOGLE_MAPS_API_KEY") }
    }
}

impl MapProvider for Google {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, _tool: Tool) -> Option<&str> {
        None
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        match query {
            Query::TextSearch(query) => text_search(query),
            Query::PlaceDetails(query) => Ok(details(query)),
            Query::Nearby(query) => nearby(query),
            Query::Route(query) => Ok(route(query)),
            Query::AlongRoute(query) => {
                let words = [query.kind.as_deref(), query.text.as_deref()];
                let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
                let body = json!({
                    "textQuery": words,
                    "pageSize": query.limit,
                    "searchAlongRouteParameters": {"polyline": {"encodedPolyline": line::encode(&query.line, 5)}},
                });
                Ok(search("places:searchText", body))
            }
            Query::Matrix(query) => Ok(matrix(query)),
        }
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = read::json(response)?;
        Ok(match query {
            Query::PlaceDetails(_) => Answer::Places(vec![place(&json)?]),
            // Where nothing is found there is no list at all.
            Query::TextSearch(_) | Query::AlongRoute(_) => Answer::Places(places(&json)?),
            Query::Nearby(query) => {
                Answer::Places(read::nearest(places(&json)?, query.at, Some(query.radius_m), query.limit))
            }
            Query::Route(_) => {
                let routes = read::list_or_empty(&json, "routes").iter();
                Answer::Routes(routes.map(way).collect::<Result<Vec<_>, _>>()?)
            }
            Query::Matrix(query) => Answer::Matrix(table(&json, query)?),
        })
    }
}

fn places(json: &Value) -> Result<Vec<Place>, ReadError> {
    if !json.is_object() {
        return Err(ReadError::Missing("places".into()));
    }
    read::list_or_empty(json, "places").iter().map(place).collect()
}

fn masked(request: HttpRequest, fields: &str) -> HttpRequest {
    request.header("X-Goog-Api-Key", KEY).header("X-Goog-FieldMask", fields)
}

fn search(method: &str, body: Value) -> HttpRequest {
    let fields: Vec<String> = FIELDS.split(',').map(|field| format!("places.{field}")).collect();
    masked(HttpRequest::post(format!("{PLACES}/{method}"), Payload::Json(body)), &fields.join(","))
}

fn lat_lng(point: Point) -> Value {
    json!({"latitude": point.lat, "longitude": point.lon})
}

fn circle(at: Point, radius_m: f64) -> Result<Value, RequestError> {
    if radius_m > WIDEST_M {
        return Err(RequestError::Unfit(format!("Google searches at most {WIDEST_M} m around")));
    }
    Ok(json!({"circle": {"center": lat_lng(at), "radius": radius_m}}))
}

fn text_search(query: &TextSearch) -> Result<HttpRequest, RequestError> {
    const NEAR_M: f64 = 20_000.0;
    let mut body = json!({"textQuery": query.text, "pageSize": query.limit});
    if let Some(language) = &query.language {
        body["languageCode"] = json!(language);
    }
    if let Some(near) = query.near {
        body["locationBias"] = circle(near, query.radius_m.unwrap_or(NEAR_M))?;
    }
    Ok(search("places:searchText", body))
}

fn details(query: &PlaceDetails) -> HttpRequest {
    let url = format!("{PLACES}/places/{}", HttpRequest::segment(&query.place));
    masked(HttpRequest::get(url).with_some("languageCode", query.language.as_deref()), FIELDS)
}

/// Words are searched for by text with a bias to the place; a kind alone by the nearby search.
fn nearby(query: &Nearby) -> Result<HttpRequest, RequestError> {
    let circle = circle(query.at, query.radius_m)?;
    let mut body = if let Some(word) = &query.keyword {
        let mut body = json!({
            "textQuery": word,
            "pageSize": query.limit,
            "rankPreference": "DISTANCE",
            "locationBias": circle,
        });
        if let Some(kind) = &query.kind {
            body["includedType"] = json!(kind);
        }
        body
    } else {
        let mut body = json!({
            "maxResultCount": query.limit,
            "rankPreference": "DISTANCE",
            "locationRestriction": circle,
        });
        if let Some(kind) = &query.kind {
            body["includedTypes"] = json!([kind]);
        }
        body
    };
    if let Some(language) = &query.language {
        body["languageCode"] = json!(language);
    }
    Ok(search(if query.keyword.is_some() { "places:searchText" } else { "places:searchNearby" }, body))
}

const fn mode(mode: TravelMode) -> &'static str {
    match mode {
        TravelMode::Drive => "DRIVE",
        TravelMode::Bicycle => "BICYCLE",
        TravelMode::TwoWheeler => "TWO_WHEELER",
        TravelMode::Walk => "WALK",
    }
}

fn waypoint(point: Point) -> Value {
    json!({"location": {"latLng": lat_lng(point)}})
}

fn route(query: &RouteQuery) -> HttpRequest {
    const WANTED: &str = "routes.description,routes.distanceMeters,routes.duration,routes.polyline.encodedPolyline,\
                          routes.optimizedIntermediateWaypointIndex,routes.legs.distanceMeters,routes.legs.duration,\
                          routes.legs.steps.distanceMeters,routes.legs.steps.staticDuration,\
                          routes.legs.steps.navigationInstruction.instructions";
    let mut body = json!({
        "origin": waypoint(query.from),
        "destination": waypoint(query.to),
        "travelMode": mode(query.mode),
        "computeAlternativeRoutes": query.alternatives,
    });
    if !query.via.is_empty() {
        body["intermediates"] = query.via.iter().copied().map(waypoint).collect();
        body["optimizeWaypointOrder"] = json!(query.optimize);
    }
    for avoid in query.avoided() {
        let field = match avoid {
            Avoid::Tolls => "avoidTolls",
            Avoid::Highways => "avoidHighways",
            Avoid::Ferries => "avoidFerries",
        };
        body["routeModifiers"][field] = json!(true);
    }
    if let Some(language) = &query.language {
        body["languageCode"] = json!(language);
    }
    masked(HttpRequest::post(format!("{ROUTES}/directions/v2:computeRoutes"), Payload::Json(body)), WANTED)
}

fn matrix(query: &MatrixQuery) -> HttpRequest {
    let places =
        |points: &[Point]| points.iter().map(|p| json!({"waypoint": waypoint(*p)})).collect::<Vec<_>>();
    let body = json!({
        "origins": places(&query.from),
        "destinations": places(&query.to),
        "travelMode": mode(query.mode),
    });
    masked(
        HttpRequest::post(format!("{ROUTES}/distanceMatrix/v2:computeRouteMatrix"), Payload::Json(body)),
        "originIndex,destinationIndex,distanceMeters,duration,condition",
    )
}

fn place(json: &Value) -> Result<Place, ReadError> {
    let id = read::some_text(json, "id")?;
    let name = read::text(json, "displayName.text").unwrap_or_else(|| id.clone());
    let mut place = Place::new(id, name, read::point(json, "location.latitude", "location.longitude")?);
    place.address =
        read::first_text(json, &["shortFormattedAddress", "formattedAddress"]).unwrap_or_default();
    place.kinds = read::list_or_empty(json, "types").iter().filter_map(|kind| read::text(kind, "")).collect();
    let fields = [
        ("full_address", "formattedAddress"),
        ("rating", "rating"),
        ("ratings", "userRatingCount"),
        ("price", "priceLevel"),
        ("status", "businessStatus"),
        ("opening_hours", "regularOpeningHours.weekdayDescriptions"),
        ("phone", "internationalPhoneNumber"),
        ("website", "websiteUri"),
    ];
    read::keep(&mut place.details, json, &fields);
    Ok(place)
}

/// A duration is written as `123.5s`.
fn seconds(json: &Value, path: &str) -> Option<f64> {
    let found: Option<f64> = read::text(json, path)?.strip_suffix('s')?.parse().ok();
    found.filter(|seconds| seconds.is_finite())
}

/// A distance of nothing is left out.
fn metres(json: &Value) -> f64 {
    read::number(json, "distanceMeters").unwrap_or(0.0)
}

fn way(json: &Value) -> Result<Route, ReadError> {
    let step = |json: &Value| RouteStep {
        text: read::text(json, "navigationInstruction.instructions").unwrap_or_default(),
        distance_m: metres(json),
        duration_s: seconds(json, "staticDuration"),
    };
    let leg = |json: &Value| Leg {
        distance_m: metres(json),
        duration_s: seconds(json, "duration"),
        steps: read::list_or_empty(json, "steps").iter().map(step).collect(),
    };
    let encoded = read::at(json, "polyline.encodedPolyline").and_then(Value::as_str);
    let encoded = encoded.ok_or_else(|| ReadError::Missing("polyline.encodedPolyline".into()))?;
    let order = read::list_or_empty(json, "optimizedIntermediateWaypointIndex").iter();
    Ok(Route {
        summary: read::text(json, "description").unwrap_or_default(),
        distance_m: metres(json),
        duration_s: seconds(json, "duration"),
        line: line::decode(encoded, 5)?,
        legs: read::list_or_empty(json, "legs").iter().map(leg).collect(),
        order: order.filter_map(|place| place.as_u64().map(|n| n as usize)).collect(),
    })
}

fn table(json: &Value, query: &MatrixQuery) -> Result<Matrix, ReadError> {
    let empty = vec![vec![None; query.to.len()]; query.from.len()];
    let mut matrix = Matrix { durations_s: empty.clone(), distances_m: empty };
    for cell in read::list(json, "")? {
        // Zero is left out.
        let index = |path: &str| read::number(cell, path).unwrap_or(0.0) as usize;
        let (row, column) = (index("originIndex"), index("destinationIndex"));
        let there = read::text(cell, "condition").as_deref() == Some("ROUTE_EXISTS");
        if there && row < query.from.len() && column < query.to.len() {
            matrix.durations_s[row][column] = seconds(cell, "duration");
            matrix.distances_m[row][column] = Some(metres(cell));
        }
    }
    Ok(matrix)
}
