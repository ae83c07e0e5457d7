//! Azure Maps: <https://learn.microsoft.com/rest/api/maps/search>, <https://learn.microsoft.com/rest/api/maps/route>.

use plugin_api::read::{self, ReadError};
use plugin_api::{
    Answer, Description, HttpRequest, HttpResponse, MapProvider, Matrix, Nearby, Payload, Point, Query,
    RequestError, RouteQuery, Tool, forms, line,
};
use serde_json::{Value, json};

const BASE: &str = "https://atlas.microsoft.com";
const KEY: &str = "key:AZURE_MAPS_KEY";
/// Seconds that a place beside a route may cost.
const DETOUR_S: u32 = 600;
const MOST_CORNERS: usize = 500;

/// The service.
#[derive(Debug)]
pub struct AzureMaps {
    about: Description,
}

impl Default for AzureMaps {
    fn default() -> Self {
        let terms = "© Microsoft and TomTom; what may be kept, and for how long, is in \
                     https://www.microsoft.com/licensing/terms/productoffering/MicrosoftAzure";
        let about = Description::new("azure", "Azure Maps", &["atlas.microsoft.com"], terms);
        Self { about: about.key("AZURE_MAPS_KEY") }
    }
}

impl MapProvider for AzureMaps {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, tool: Tool) -> Option<&str> {
        (tool == Tool::PlaceDetails).then_some("a search says all that it knows of a place")
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        Ok(match query {
            Query::TextSearch(query) => {
                forms::tomtom_around(get("/search/fuzzy/json"), query.near, query.radius_m)
                    .with("query", &query.text)
                    .with("limit", query.limit)
                    .with_some("language", query.language.as_deref())
            }
            Query::Nearby(query) => nearby(query)?,
            Query::Route(query) => route(query),
            Query::AlongRoute(query) => {
                let words = [query.kind.as_deref(), query.text.as_deref()];
                let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
                let corners: Vec<Value> =
                    line::thin(&query.line, MOST_CORNERS).into_iter().map(pair).collect();
                let body = json!({"route": {"type": "LineString", "coordinates": corners}});
                post("/search/alongRoute/json", body)
                    .with("query", words)
                    .with("maxDetourTime", DETOUR_S)
                    .with("limit", query.limit)
            }
            Query::Matrix(query) => {
                let places = |points: &[Point]| {
                    let pairs: Vec<Value> = points.iter().copied().map(pair).collect();
                    json!({"type": "MultiPoint", "coordinates": pairs})
                };
                let body = json!({"origins": places(&query.from), "destinations": places(&query.to)});
                post("/route/matrix/sync/json", body).with("travelMode", forms::tomtom_mode(query.mode))
            }
            Query::PlaceDetails(_) => return Err(self.refuse(query.tool())),
        })
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = read::json(response)?;
        Ok(match query {
            Query::Route(_) => Answer::Routes(forms::tomtom_routes(&json)?),
            Query::Matrix(_) => Answer::Matrix(table(&json)?),
            _ => Answer::Places(forms::tomtom_places(&json, "results")?),
        })
    }
}

fn keyed(request: HttpRequest) -> HttpRequest {
    request.with("api-version", "1.0").header("subscription-key", KEY)
}

fn get(path: &str) -> HttpRequest {
    keyed(HttpRequest::get(format!("{BASE}{path}")))
}

fn post(path: &str, body: Value) -> HttpRequest {
    keyed(HttpRequest::post(format!("{BASE}{path}"), Payload::Json(body)))
}

fn pair(point: Point) -> Value {
    json!([point.lon, point.lat])
}

fn nearby(query: &Nearby) -> Result<HttpRequest, RequestError> {
    let number = query.kind.as_deref().filter(|kind| kind.bytes().all(|b| b.is_ascii_digit()));
    let request = match (&query.keyword, &query.kind) {
        (Some(word), _) => get("/search/poi/json").with("query", word),
        (None, Some(kind)) if number.is_none() => get("/search/poi/category/json").with("query", kind),
        _ => get("/search/nearby/json"),
    };
    if query.keyword.is_some() && query.kind.is_some() && number.is_none() {
        return Err(RequestError::Unfit(
            "Azure Maps searches for a `keyword` together with the number of a category only".into(),
        ));
    }
    Ok(forms::tomtom_around(request, Some(query.at), Some(query.radius_m))
        .with_some("categorySet", number)
        .with("limit", query.limit)
        .with_some("language", query.language.as_deref()))
}

fn route(query: &RouteQuery) -> HttpRequest {
    let request = get("/route/directions/json").with("query", forms::tomtom_stops(query));
    forms::tomtom_route_request(request, query)
}

fn table(json: &Value) -> Result<Matrix, ReadError> {
    let mut matrix = Matrix::default();
    for row in read::list(json, "matrix")? {
        let cells = read::list(row, "")?;
        let of = |path: &str| cells.iter().map(|cell| read::number(cell, path)).collect();
        matrix.durations_s.push(of("response.routeSummary.travelTimeInSeconds"));
        matrix.distances_m.push(of("response.routeSummary.lengthInMeters"));
    }
    Ok(matrix)
}
