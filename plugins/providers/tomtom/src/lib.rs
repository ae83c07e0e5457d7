//! TomTom Search and Routing: <https://developer.tomtom.com/search-api/documentation>,
//! <https://developer.tomtom.com/routing-api/documentation>.

use plugin_api::read::{self, ReadError};
use plugin_api::{
    Answer, Description, HttpRequest, HttpResponse, MapProvider, Matrix, MatrixQuery, Nearby, Payload, Point,
    Query, RequestError, RouteQuery, Tool, forms, line,
};
use serde_json::{Value, json};

const BASE: &str = "https://api.tomtom.com";
const KEY: &str = "key:TOMTOM_API_KEY";
/// Seconds that a place beside a route may cost.
const DETOUR_S: u32 = 600;
const MOST_CORNERS: usize = 500;

/// The service.
#[derive(Debug)]
pub struct TomTom {
    about: Description,
}

impl Default for TomTom {
    fn default() -> Self {
        let terms = "© TomTom; what may be kept, and for how long, is in https://developer.tomtom.com/terms-and-conditions";
        let about = Description::new("tomtom", "TomTom", &["api.tomtom.com"], terms);
        Self { about: about.key("TOMTOM_API_KEY").every_ms(250) }
    }
}

impl MapProvider for TomTom {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, _tool: Tool) -> Option<&str> {
        None
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        Ok(match query {
            Query::TextSearch(query) => forms::tomtom_around(
                get(&format!("/search/2/search/{}.json", HttpRequest::segment(&query.text))),
                query.near,
                query.radius_m,
            )
            .with("limit", query.limit)
            .with_some("language", query.language.as_deref()),
            Query::PlaceDetails(query) => get("/search/2/place.json")
                .with("entityId", &query.place)
                .with_some("language", query.language.as_deref()),
            Query::Nearby(query) => nearby(query),
            Query::Route(query) => route(query),
            Query::AlongRoute(query) => {
                let words = [query.kind.as_deref(), query.text.as_deref()];
                let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
                let corners = line::thin(&query.line, MOST_CORNERS);
                let points: Vec<Value> =
                    corners.iter().map(|p| json!({"lat": p.lat, "lon": p.lon})).collect();
                post(
                    &format!("/search/2/searchAlongRoute/{}.json", HttpRequest::segment(&words)),
                    json!({"route": {"points": points}}),
                )
                .with("maxDetourTime", DETOUR_S)
                .with("limit", query.limit)
            }
            Query::Matrix(query) => matrix(query),
        })
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = read::json(response)?;
        Ok(match query {
            Query::Route(_) => Answer::Routes(forms::tomtom_routes(&json)?),
            Query::Matrix(query) => Answer::Matrix(table(&json, query)?),
            _ => Answer::Places(forms::tomtom_places(&json, "results")?),
        })
    }
}

fn get(path: &str) -> HttpRequest {
    HttpRequest::get(format!("{BASE}{path}")).with("key", KEY)
}

fn post(path: &str, body: Value) -> HttpRequest {
    HttpRequest::post(format!("{BASE}{path}"), Payload::Json(body)).with("key", KEY)
}

/// Words by name, a kind by its name or number, or everything.
fn nearby(query: &Nearby) -> HttpRequest {
    let number = query.kind.as_deref().filter(|kind| kind.bytes().all(|b| b.is_ascii_digit()));
    let request = match (&query.keyword, &query.kind) {
        (Some(word), _) => get(&format!("/search/2/poiSearch/{}.json", HttpRequest::segment(word))),
        (None, Some(kind)) if number.is_none() => {
            get(&format!("/search/2/categorySearch/{}.json", HttpRequest::segment(kind)))
        }
        _ => get("/search/2/nearbySearch/.json"),
    };
    forms::tomtom_around(request, Some(query.at), Some(query.radius_m))
        .with_some("categorySet", number)
        .with("limit", query.limit)
        .with_some("language", query.language.as_deref())
}

fn route(query: &RouteQuery) -> HttpRequest {
    let request = get(&format!("/routing/1/calculateRoute/{}/json", forms::tomtom_stops(query)));
    forms::tomtom_route_request(request, query)
}

fn matrix(query: &MatrixQuery) -> HttpRequest {
    let places = |points: &[Point]| {
        let place = |p: &Point| json!({"point": {"latitude": p.lat, "longitude": p.lon}});
        points.iter().map(place).collect::<Vec<_>>()
    };
    post(
        "/routing/matrix/2",
        json!({
            "origins": places(&query.from),
            "destinations": places(&query.to),
            "options": {"travelMode": forms::tomtom_mode(query.mode)},
        }),
    )
}

fn table(json: &Value, query: &MatrixQuery) -> Result<Matrix, ReadError> {
    let empty = vec![vec![None; query.to.len()]; query.from.len()];
    let mut matrix = Matrix { durations_s: empty.clone(), distances_m: empty };
    for cell in read::list(json, "data")? {
        let index = |path: &str| read::some_number(cell, path).map(|n| n as usize);
        let (row, column) = (index("originIndex")?, index("destinationIndex")?);
        if row < query.from.len() && column < query.to.len() {
            matrix.durations_s[row][column] = read::number(cell, "routeSummary.travelTimeInSeconds");
            matrix.distances_m[row][column] = read::number(cell, "routeSummary.lengthInMeters");
        }
    }
    Ok(matrix)
}
