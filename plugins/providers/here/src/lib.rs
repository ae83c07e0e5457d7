//! HERE Geocoding and Search, Routing and Matrix Routing: <https://www.here.com/docs/category/geocoding-search-v7>,
//! <https://www.here.com/docs/category/routing-api-v8>.

use plugin_api::read::{self, ReadError};
use plugin_api::{
    Answer, Avoid, Description, HttpRequest, HttpResponse, Leg, MapProvider, Matrix, MatrixQuery, Nearby,
    Payload, Place, Point, Query, RequestError, Route, RouteQuery, RouteStep, TextSearch, Tool, TravelMode,
    line,
};
use serde_json::{Value, json};

const KEY: &str = "key:HERE_API_KEY";
/// Metres beside a route that are searched, where nobody says.
const USUAL_BESIDE_M: f64 = 500.0;
const MOST_CORNERS: usize = 300;

/// The service.
#[derive(Debug)]
pub struct Here {
    about: Description,
}

impl Default for Here {
    fn default() -> Self {
        let terms = "© HERE; what may be kept, and for how long, is in https://legal.here.com/terms";
        let hosts = [
            "geocode.search.hereapi.com",
            "discover.search.hereapi.com",
            "browse.search.hereapi.com",
            "lookup.search.hereapi.com",
            "router.hereapi.com",
            "matrix.router.hereapi.com",
        ];
        Self { about: Description::new("here", "HERE", &hosts, terms).key("HERE_API_KEY").every_ms(250) }
    }
}

impl MapProvider for Here {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, _tool: Tool) -> Option<&str> {
        None
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        match query {
            Query::TextSearch(query) => Ok(text_search(query)),
            Query::PlaceDetails(query) => {
                Ok(search("lookup").with("id", &query.place).with_some("lang", query.language.as_deref()))
            }
            Query::Nearby(query) => Ok(nearby(query)),
            Query::AlongRoute(query) => {
                let corners = line::thin(&query.line, MOST_CORNERS);
                let Some(first) = corners.first() else { return Err(self.refuse(Tool::AlongRoute)) };
                let beside = query.radius_m.unwrap_or(USUAL_BESIDE_M).round();
                let route = format!("{};w={beside}", line::encode_flexible(&corners));
                let request = match (&query.text, &query.kind) {
                    (Some(text), _) => search("discover").with("q", text),
                    (None, kind) => search("browse").with_some("categories", kind.as_deref()),
                };
                Ok(request.with("at", first.lat_lon()).with("route", route).with("limit", query.limit))
            }
            Query::Route(query) => route(query),
            Query::Matrix(query) => Ok(matrix(query)),
        }
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = read::json(response)?;
        Ok(match query {
            // A look-up answers with the place itself.
            Query::PlaceDetails(_) => Answer::Places(vec![place(&json)?]),
            Query::Route(_) => {
                let routes = read::list(&json, "routes")?.iter();
                Answer::Routes(routes.map(way).collect::<Result<Vec<_>, _>>()?)
            }
            Query::Matrix(_) => Answer::Matrix(table(&json)?),
            _ => {
                Answer::Places(read::list(&json, "items")?.iter().map(place).collect::<Result<Vec<_>, _>>()?)
            }
        })
    }
}

fn search(what: &str) -> HttpRequest {
    HttpRequest::get(format!("https://{what}.search.hereapi.com/v1/{what}")).with("apiKey", KEY)
}

fn circle(at: Point, radius_m: f64) -> String {
    format!("circle:{};r={}", at.lat_lon(), radius_m.round())
}

/// Search needs a place to look around; addresses are found without one.
fn text_search(query: &TextSearch) -> HttpRequest {
    let request = match (query.near, query.radius_m) {
        (None, _) => search("geocode"),
        (Some(near), None) => search("discover").with("at", near.lat_lon()),
        (Some(near), Some(radius)) => search("discover").with("in", circle(near, radius)),
    };
    request.with("q", &query.text).with("limit", query.limit).with_some("lang", query.language.as_deref())
}

fn nearby(query: &Nearby) -> HttpRequest {
    search("browse")
        .with("at", query.at.lat_lon())
        .with("in", circle(query.at, query.radius_m))
        .with_some("categories", query.kind.as_deref())
        .with_some("name", query.keyword.as_deref())
        .with("limit", query.limit)
        .with_some("lang", query.language.as_deref())
}

const fn mode(mode: TravelMode) -> &'static str {
    match mode {
        TravelMode::Drive => "car",
        TravelMode::Bicycle => "bicycle",
        TravelMode::TwoWheeler => "scooter",
        TravelMode::Walk => "pedestrian",
    }
}

fn route(query: &RouteQuery) -> Result<HttpRequest, RequestError> {
    if query.optimize {
        return Err(RequestError::Unfit(
            "HERE Routing visits places in the order that is given; leave `optimize` out".into(),
        ));
    }
    let avoid: Vec<&str> = query
        .avoided()
        .into_iter()
        .map(|avoid| match avoid {
            Avoid::Tolls => "tollRoad",
            Avoid::Highways => "controlledAccessHighway",
            Avoid::Ferries => "ferry",
        })
        .collect();
    let mut request = HttpRequest::get("https://router.hereapi.com/v8/routes")
        .with("transportMode", mode(query.mode))
        .with("origin", query.from.lat_lon())
        .with("destination", query.to.lat_lon())
        .with("return", "summary,polyline,actions,instructions")
        .with("alternatives", if query.alternatives { 2 } else { 0 })
        .with_some("avoid[features]", (!avoid.is_empty()).then(|| avoid.join(",")))
        .with_some("lang", query.language.as_deref())
        .with("apiKey", KEY);
    for stop in &query.via {
        request = request.with("via", stop.lat_lon());
    }
    Ok(request)
}

fn matrix(query: &MatrixQuery) -> HttpRequest {
    let places =
        |points: &[Point]| points.iter().map(|p| json!({"lat": p.lat, "lng": p.lon})).collect::<Vec<_>>();
    let body = json!({
        "origins": places(&query.from),
        "destinations": places(&query.to),
        "regionDefinition": {"type": "world"},
        "transportMode": mode(query.mode),
        "matrixAttributes": ["travelTimes", "distances"],
    });
    HttpRequest::post("https://matrix.router.hereapi.com/v8/matrix", Payload::Json(body))
        .with("async", "false")
        .with("apiKey", KEY)
}

fn place(json: &Value) -> Result<Place, ReadError> {
    let at = read::point(json, "position.lat", "position.lng")?;
    let mut place = Place::new(read::some_text(json, "id")?, read::some_text(json, "title")?, at);
    place.address = read::text(json, "address.label").unwrap_or_default();
    place.kinds =
        read::list_or_empty(json, "categories").iter().filter_map(|kind| read::text(kind, "name")).collect();
    place.distance_m = read::number(json, "distance");
    let fields = [
        ("type", "resultType"),
        ("opening_hours", "openingHours"),
        ("contacts", "contacts"),
        ("access", "access"),
        ("detour_s", "routing"),
    ];
    read::keep(&mut place.details, json, &fields);
    Ok(place)
}

fn way(json: &Value) -> Result<Route, ReadError> {
    let mut route = Route { duration_s: Some(0.0), ..Route::default() };
    for section in read::list(json, "sections")? {
        let leg = Leg {
            distance_m: read::some_number(section, "summary.length")?,
            duration_s: read::number(section, "summary.duration"),
            steps: read::list_or_empty(section, "actions").iter().map(step).collect(),
        };
        let line = read::at(section, "polyline").and_then(Value::as_str);
        let line = line::decode_flexible(line.ok_or_else(|| ReadError::Missing("polyline".into()))?)?;
        let joined = usize::from(!route.line.is_empty() && route.line.last() == line.first());
        route.line.extend(&line[joined..]);
        route.distance_m += leg.distance_m;
        route.duration_s = route.duration_s.zip(leg.duration_s).map(|(a, b)| a + b);
        route.legs.push(leg);
    }
    Ok(route)
}

fn step(json: &Value) -> RouteStep {
    RouteStep {
        text: read::first_text(json, &["instruction", "action"]).unwrap_or_default(),
        distance_m: read::number(json, "length").unwrap_or(0.0),
        duration_s: read::number(json, "duration"),
    }
}

fn table(json: &Value) -> Result<Matrix, ReadError> {
    let columns = read::some_number(json, "matrix.numDestinations")? as usize;
    let rows = |path: &str| -> Result<Vec<Vec<Option<f64>>>, ReadError> {
        let cells = read::list(json, path)?;
        let failed =
            |i: usize| read::number(json, &format!("matrix.errorCodes.{i}")).is_some_and(|code| code != 0.0);
        let cell = |(i, value): (usize, &Value)| value.as_f64().filter(|_| !failed(i));
        let cells: Vec<_> = cells.iter().enumerate().map(cell).collect();
        Ok(cells.chunks(columns.max(1)).map(<[_]>::to_vec).collect())
    };
    Ok(Matrix {
        durations_s: rows("matrix.travelTimes")?,
        distances_m: rows("matrix.distances").unwrap_or_default(),
    })
}
