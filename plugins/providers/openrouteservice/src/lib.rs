//! openrouteservice: <https://openrouteservice.org/dev/#/api-docs>.

use plugin_api::read::{self, ReadError};
use plugin_api::{
    AlongRoute, Answer, Avoid, Description, HttpRequest, HttpResponse, Leg, MapProvider, Matrix, MatrixQuery,
    Nearby, Payload, Place, Point, Query, RequestError, Route, RouteQuery, RouteStep, Tool, TravelMode, line,
};
use serde_json::{Value, json};

const BASE: &str = "https://api.openrouteservice.org";
const KEY: &str = "key:OPENROUTESERVICE_API_KEY";
/// Metres around a place that are searched at most, as the service has it.
const WIDEST_M: f64 = 2_000.0;
const USUAL_BESIDE_M: f64 = 100.0;
const MOST_CORNERS: usize = 100;

/// The service.
#[derive(Debug)]
pub struct OpenRouteService {
    about: Description,
}

impl Default for OpenRouteService {
    fn default() -> Self {
        let terms = "© openrouteservice.org by HeiGIT | © OpenStreetMap contributors, ODbL 1.0 \
                     (https://openrouteservice.org/terms-of-service/)";
        let about =
            Description::new("openrouteservice", "openrouteservice", &["api.openrouteservice.org"], terms);
        Self { about: about.key("OPENROUTESERVICE_API_KEY").every_ms(1_500) }
    }
}

impl MapProvider for OpenRouteService {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, tool: Tool) -> Option<&str> {
        (tool == Tool::PlaceDetails).then_some("it finds places and looks none up; ask Nominatim")
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        match query {
            Query::TextSearch(query) => {
                let mut request = HttpRequest::get(format!("{BASE}/geocode/search"))
                    .header("Authorization", KEY)
                    .with("text", &query.text)
                    .with("size", query.limit)
                    .with_some("lang", query.language.as_deref());
                if let Some(near) = query.near {
                    request = request.with("focus.point.lat", near.lat).with("focus.point.lon", near.lon);
                    if let Some(radius) = query.radius_m {
                        request = request
                            .with("boundary.circle.lat", near.lat)
                            .with("boundary.circle.lon", near.lon)
                            .with("boundary.circle.radius", radius / 1000.0);
                    }
                }
                Ok(request)
            }
            Query::Nearby(query) => nearby(query),
            Query::AlongRoute(query) => along(query),
            Query::Route(query) => route(query),
            Query::Matrix(query) => Ok(matrix(query)),
            Query::PlaceDetails(_) => Err(self.refuse(query.tool())),
        }
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = read::json(response)?;
        let of = |read: fn(&Value) -> Result<Place, ReadError>| {
            read::list(&json, "features")?.iter().map(read).collect::<Result<Vec<_>, _>>()
        };
        Ok(match query {
            Query::TextSearch(_) | Query::PlaceDetails(_) => Answer::Places(of(found)?),
            Query::Nearby(query) => {
                Answer::Places(read::nearest(of(poi)?, query.at, Some(query.radius_m), query.limit))
            }
            Query::AlongRoute(_) => Answer::Places(of(poi)?),
            Query::Route(_) => {
                Answer::Routes(read::list(&json, "features")?.iter().map(way).collect::<Result<Vec<_>, _>>()?)
            }
            Query::Matrix(_) => Answer::Matrix(Matrix {
                durations_s: read::table(&json, "durations")?,
                distances_m: read::table(&json, "distances").unwrap_or_default(),
            }),
        })
    }
}

fn pair(point: Point) -> Value {
    json!([point.lon, point.lat])
}

fn post(path: &str, body: Value) -> HttpRequest {
    HttpRequest::post(format!("{BASE}{path}"), Payload::Json(body)).header("Authorization", KEY)
}

fn category(kind: Option<&str>, keyword: Option<&str>) -> Result<u32, RequestError> {
    match (kind.and_then(|kind| kind.parse().ok()), keyword) {
        (Some(number), None) => Ok(number),
        _ => Err(RequestError::Unfit(
            "openrouteservice searches for a `kind` that is the number of one of its categories, such as 561 for \
             cafes, and no words"
                .into(),
        )),
    }
}

fn nearby(query: &Nearby) -> Result<HttpRequest, RequestError> {
    let category = category(query.kind.as_deref(), query.keyword.as_deref())?;
    if query.radius_m > WIDEST_M {
        return Err(RequestError::Unfit(format!("openrouteservice searches at most {WIDEST_M} m around")));
    }
    Ok(post(
        "/pois",
        json!({
            "request": "pois",
            "geometry": {"geojson": {"type": "Point", "coordinates": pair(query.at)}, "buffer": query.radius_m},
            "filters": {"category_ids": [category]},
            "limit": query.limit,
            "sortby": "distance",
        }),
    ))
}

fn along(query: &AlongRoute) -> Result<HttpRequest, RequestError> {
    let category = category(query.kind.as_deref(), query.text.as_deref())?;
    let corners: Vec<Value> = line::thin(&query.line, MOST_CORNERS).into_iter().map(pair).collect();
    let buffer = query.radius_m.unwrap_or(USUAL_BESIDE_M).min(WIDEST_M);
    Ok(post(
        "/pois",
        json!({
            "request": "pois",
            "geometry": {"geojson": {"type": "LineString", "coordinates": corners}, "buffer": buffer},
            "filters": {"category_ids": [category]},
            "limit": query.limit,
        }),
    ))
}

const fn profile(mode: TravelMode) -> &'static str {
    match mode {
        TravelMode::Drive | TravelMode::TwoWheeler => "driving-car",
        TravelMode::Bicycle => "cycling-regular",
        TravelMode::Walk => "foot-walking",
    }
}

const fn avoided(avoid: Avoid) -> &'static str {
    match avoid {
        Avoid::Tolls => "tollways",
        Avoid::Highways => "highways",
        Avoid::Ferries => "ferries",
    }
}

fn route(query: &RouteQuery) -> Result<HttpRequest, RequestError> {
    if query.optimize {
        return Err(RequestError::Unfit(
            "openrouteservice visits places in the order that is given; leave `optimize` out".into(),
        ));
    }
    let stops: Vec<Value> = query.stops().into_iter().map(pair).collect();
    let mut body = json!({"coordinates": stops});
    let avoid: Vec<&str> = query.avoided().into_iter().map(avoided).collect();
    if !avoid.is_empty() {
        body["options"] = json!({"avoid_features": avoid});
    }
    if query.alternatives {
        body["alternative_routes"] = json!({"target_count": 3});
    }
    if let Some(language) = &query.language {
        body["language"] = json!(language);
    }
    Ok(post(&format!("/v2/directions/{}/geojson", profile(query.mode)), body))
}

fn matrix(query: &MatrixQuery) -> HttpRequest {
    let all: Vec<Value> = query.from.iter().chain(&query.to).copied().map(pair).collect();
    let (from, all_count) = (query.from.len(), all.len());
    post(
        &format!("/v2/matrix/{}", profile(query.mode)),
        json!({
            "locations": all,
            "sources": (0..from).collect::<Vec<_>>(),
            "destinations": (from..all_count).collect::<Vec<_>>(),
            "metrics": ["duration", "distance"],
        }),
    )
}

fn at(json: &Value) -> Result<Point, ReadError> {
    let missing = || ReadError::Missing("geometry.coordinates".into());
    read::pair(read::at(json, "geometry.coordinates").ok_or_else(missing)?)
}

fn found(json: &Value) -> Result<Place, ReadError> {
    let id = read::some_text(json, "properties.gid")?;
    let name = read::text(json, "properties.name").unwrap_or_else(|| id.clone());
    let mut place = Place::new(id, name, at(json)?);
    place.address = read::text(json, "properties.label").unwrap_or_default();
    place.kinds.extend(read::text(json, "properties.layer"));
    let fields = [("confidence", "properties.confidence"), ("source", "properties.source")];
    read::keep(&mut place.details, json, &fields);
    Ok(place)
}

fn poi(json: &Value) -> Result<Place, ReadError> {
    let id = read::some_text(json, "properties.osm_id")?;
    let name = read::text(json, "properties.osm_tags.name").unwrap_or_else(|| id.clone());
    let mut place = Place::new(id, name, at(json)?);
    if let Some(categories) = read::at(json, "properties.category_ids").and_then(Value::as_object) {
        place.kinds.extend(categories.values().filter_map(|kind| read::text(kind, "category_name")));
    }
    read::keep(&mut place.details, json, &[("tags", "properties.osm_tags")]);
    Ok(place)
}

fn way(json: &Value) -> Result<Route, ReadError> {
    let step = |json: &Value| {
        Ok(RouteStep {
            text: read::text(json, "instruction").unwrap_or_default(),
            distance_m: read::some_number(json, "distance")?,
            duration_s: read::number(json, "duration"),
        })
    };
    let leg = |json: &Value| {
        Ok(Leg {
            distance_m: read::some_number(json, "distance")?,
            duration_s: read::number(json, "duration"),
            steps: read::list_or_empty(json, "steps").iter().map(step).collect::<Result<_, ReadError>>()?,
        })
    };
    let legs =
        read::list(json, "properties.segments")?.iter().map(leg).collect::<Result<Vec<Leg>, ReadError>>()?;
    Ok(Route {
        // A way of no length has an empty summary.
        distance_m: read::number(json, "properties.summary.distance").unwrap_or(0.0),
        duration_s: read::number(json, "properties.summary.duration"),
        line: read::pairs(json, "geometry.coordinates")?,
        legs,
        ..Route::default()
    })
}
