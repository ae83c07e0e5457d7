//! GraphHopper: <https://docs.graphhopper.com/>.

use plugin_api::read::{self, ReadError};
use plugin_api::{
    Answer, Avoid, Description, HttpRequest, HttpResponse, Leg, MapProvider, Matrix, Payload, Place, Point,
    Query, RequestError, Route, RouteQuery, RouteStep, Tool, TravelMode,
};
use serde_json::{Value, json};

const BASE: &str = "https://graphhopper.com/api/1";
const KEY: &str = "key:GRAPHHOPPER_API_KEY";

/// The service.
#[derive(Debug)]
pub struct GraphHopper {
    about: Description,
}

impl Default for GraphHopper {
    fn default() -> Self {
        let terms =
            "© GraphHopper, © OpenStreetMap contributors, ODbL 1.0 (https://www.graphhopper.com/terms/)";
        let about = Description::new("graphhopper", "GraphHopper", &["graphhopper.com"], terms);
        Self { about: about.key("GRAPHHOPPER_API_KEY").every_ms(1_000) }
    }
}

impl MapProvider for GraphHopper {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, tool: Tool) -> Option<&str> {
        match tool {
            Tool::TextSearch | Tool::Route | Tool::Matrix => None,
            Tool::PlaceDetails | Tool::Nearby | Tool::AlongRoute => {
                Some("it finds addresses and ways, and searches nothing around them; ask Overpass")
            }
        }
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        match query {
            Query::TextSearch(query) => Ok(HttpRequest::get(format!("{BASE}/geocode"))
                .with("q", &query.text)
                .with("limit", query.limit)
                .with_some("locale", query.language.as_deref())
                .with_some("point", query.near.map(Point::lat_lon))
                .with("key", KEY)),
            Query::Route(query) => route(query),
            Query::Matrix(query) => {
                let pairs = |points: &[Point]| points.iter().copied().map(pair).collect::<Vec<_>>();
                let body = json!({
                    "from_points": pairs(&query.from),
                    "to_points": pairs(&query.to),
                    "out_arrays": ["times", "distances"],
                    "profile": profile(query.mode),
                    "fail_fast": false,
                });
                Ok(HttpRequest::post(format!("{BASE}/matrix"), Payload::Json(body)).with("key", KEY))
            }
            other => Err(self.refuse(other.tool())),
        }
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = read::json(response)?;
        Ok(match query {
            Query::Route(_) => {
                let paths = read::list(&json, "paths")?.iter();
                Answer::Routes(paths.map(way).collect::<Result<Vec<_>, _>>()?)
            }
            Query::Matrix(_) => Answer::Matrix(Matrix {
                durations_s: read::table(&json, "times")?,
                distances_m: read::table(&json, "distances").unwrap_or_default(),
            }),
            _ => Answer::Places(read::list(&json, "hits")?.iter().map(place).collect::<Result<Vec<_>, _>>()?),
        })
    }
}

fn pair(point: Point) -> Value {
    json!([point.lon, point.lat])
}

const fn profile(mode: TravelMode) -> &'static str {
    match mode {
        TravelMode::Drive => "car",
        TravelMode::TwoWheeler => "scooter",
        TravelMode::Bicycle => "bike",
        TravelMode::Walk => "foot",
    }
}

fn route(query: &RouteQuery) -> Result<HttpRequest, RequestError> {
    if query.optimize {
        return Err(RequestError::Unfit(
            "GraphHopper visits places in the order that is given; leave `optimize` out".into(),
        ));
    }
    let stops: Vec<Value> = query.stops().into_iter().map(pair).collect();
    let mut body = json!({
        "points": stops,
        "profile": profile(query.mode),
        "points_encoded": false,
        "instructions": true,
    });
    if let Some(language) = &query.language {
        body["locale"] = json!(language);
    }
    if query.alternatives {
        body["algorithm"] = json!("alternative_route");
    }
    let avoid: Vec<Value> = query
        .avoided()
        .into_iter()
        .map(|avoid| {
            let condition = match avoid {
                Avoid::Tolls => "toll == ALL",
                Avoid::Highways => "road_class == MOTORWAY",
                Avoid::Ferries => "road_environment == FERRY",
            };
            json!({"if": condition, "multiply_by": "0"})
        })
        .collect();
    if !avoid.is_empty() {
        body["ch.disable"] = json!(true);
        body["custom_model"] = json!({"priority": avoid});
    }
    Ok(HttpRequest::post(format!("{BASE}/route"), Payload::Json(body)).with("key", KEY))
}

fn place(json: &Value) -> Result<Place, ReadError> {
    let at = read::point(json, "point.lat", "point.lng")?;
    let kind = read::text(json, "osm_type").unwrap_or_default();
    let id = format!("{kind}{}", read::text(json, "osm_id").unwrap_or_default());
    let name = read::text(json, "name").unwrap_or_else(|| id.clone());
    let street = ["street", "housenumber"].iter().filter_map(|field| read::text(json, field));
    let street = street.collect::<Vec<_>>().join(" ");
    let parts = ["postcode", "city", "state", "country"].iter().filter_map(|field| read::text(json, field));
    let address: Vec<String> = Some(street).filter(|s| !s.is_empty()).into_iter().chain(parts).collect();
    let mut place = Place { address: address.join(", "), ..Place::new(id, name, at) };
    let kind = ["osm_key", "osm_value"].iter().filter_map(|field| read::text(json, field));
    let kind = kind.collect::<Vec<_>>().join("=");
    place.kinds.extend((!kind.is_empty()).then_some(kind));
    Ok(place)
}

/// Times are in milliseconds.
fn seconds(json: &Value) -> Option<f64> {
    read::number(json, "time").map(|ms| ms / 1000.0)
}

fn way(json: &Value) -> Result<Route, ReadError> {
    /// The sign of an instruction that is a place on the way.
    const REACHED_VIA: f64 = 5.0;
    let mut legs = vec![Leg { duration_s: Some(0.0), ..Leg::default() }];
    for step in read::list_or_empty(json, "instructions") {
        let read_step = RouteStep {
            text: read::text(step, "text").unwrap_or_default(),
            distance_m: read::some_number(step, "distance")?,
            duration_s: seconds(step),
        };
        if let Some(leg) = legs.last_mut() {
            leg.distance_m += read_step.distance_m;
            leg.duration_s = leg.duration_s.zip(read_step.duration_s).map(|(a, b)| a + b);
            leg.steps.push(read_step);
        }
        if read::number(step, "sign") == Some(REACHED_VIA) {
            legs.push(Leg { duration_s: Some(0.0), ..Leg::default() });
        }
    }
    Ok(Route {
        summary: read::text(json, "description.0").unwrap_or_default(),
        distance_m: read::some_number(json, "distance")?,
        duration_s: seconds(json),
        line: read::pairs(json, "points.coordinates")?,
        legs,
        order: Vec::new(),
    })
}
