//! Nominatim, the search of OpenStreetMap: <https://nominatim.org/release-docs/latest/api/Overview/>.

use plugin_api::read::{self, ReadError};
use plugin_api::{
    Answer, Description, HttpRequest, HttpResponse, MapProvider, Nearby, Place, PlaceDetails, Point, Query,
    RequestError, TextSearch, Tool,
};
use serde_json::Value;

const BASE: &str = "https://nominatim.openstreetmap.org";

/// The service.
#[derive(Debug)]
pub struct Nominatim {
    about: Description,
}

impl Default for Nominatim {
    fn default() -> Self {
        let terms = "© OpenStreetMap contributors, ODbL 1.0; at most one request a second \
                     (https://operations.osmfoundation.org/policies/nominatim/)";
        let hosts = ["nominatim.openstreetmap.org"];
        Self { about: Description::new("nominatim", "Nominatim", &hosts, terms).every_ms(1_000) }
    }
}

impl MapProvider for Nominatim {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, tool: Tool) -> Option<&str> {
        match tool {
            Tool::TextSearch | Tool::PlaceDetails | Tool::Nearby => None,
            Tool::Route | Tool::AlongRoute | Tool::Matrix => {
                Some("it searches places only; ask OSRM for ways")
            }
        }
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        match query {
            Query::TextSearch(query) => Ok(text_search(query)),
            Query::PlaceDetails(query) => details(query),
            Query::Nearby(query) => nearby(query),
            other => Err(self.refuse(other.tool())),
        }
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = read::json(response)?;
        if !json.is_array() {
            let message = read::message_of(&json);
            return Err(ReadError::Refused { status: response.status, message });
        }
        let places = read::list(&json, "")?.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        Ok(Answer::Places(match query {
            Query::Nearby(query) => read::nearest(places, query.at, Some(query.radius_m), query.limit),
            _ => places,
        }))
    }
}

fn common(url: &str, language: Option<&str>) -> HttpRequest {
    HttpRequest::get(format!("{BASE}{url}"))
        .with("format", "jsonv2")
        .with("addressdetails", 1)
        .with("extratags", 1)
        .with_some("accept-language", language)
}

fn boxed(request: HttpRequest, at: Point, radius_m: f64, only: bool) -> HttpRequest {
    let [west, south, east, north] = at.square(radius_m);
    let corners = (Point::new(north, west).lon_lat(), Point::new(south, east).lon_lat());
    request.with("viewbox", format!("{},{}", corners.0, corners.1)).with("bounded", u8::from(only))
}

fn text_search(query: &TextSearch) -> HttpRequest {
    /// Metres around a place within which hits come first, where nobody says.
    const NEAR_M: f64 = 20_000.0;
    let request =
        common("/search", query.language.as_deref()).with("q", &query.text).with("limit", query.limit);
    match query.near {
        Some(near) => boxed(request, near, query.radius_m.unwrap_or(NEAR_M), query.radius_m.is_some()),
        None => request,
    }
}

fn details(query: &PlaceDetails) -> Result<HttpRequest, RequestError> {
    let (kind, number) = query.place.split_at_checked(1).unwrap_or_default();
    if !["N", "W", "R"].contains(&kind) || number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(RequestError::Unfit(format!(
            "`{}` is no place of Nominatim's: these are N, W or R and a number, such as W24801588",
            query.place
        )));
    }
    Ok(common("/lookup", query.language.as_deref()).with("osm_ids", &query.place))
}

/// More than are wanted are asked for, because the box has corners and the nearest come first.
fn nearby(query: &Nearby) -> Result<HttpRequest, RequestError> {
    let words = match (&query.kind, &query.keyword) {
        (Some(kind), Some(word)) => format!("[{kind}] {word}"),
        (Some(kind), None) => format!("[{kind}]"),
        (None, Some(word)) => word.clone(),
        (None, None) => {
            return Err(RequestError::Unfit(
                "Nominatim searches nearby for a `kind` (such as cafe) or a `keyword`, not for everything"
                    .into(),
            ));
        }
    };
    let request = common("/search", query.language.as_deref()).with("q", words).with("limit", 40);
    Ok(boxed(request, query.at, query.radius_m, true))
}

fn place(json: &Value) -> Result<Place, ReadError> {
    let at = read::point(json, "lat", "lon")?;
    let address = read::text(json, "display_name").unwrap_or_default();
    let first = || address.split(',').next().unwrap_or_default().trim().to_owned();
    let name = read::first_text(json, &["name", "namedetails.name"]).unwrap_or_else(first);
    let kind = read::text(json, "osm_type").and_then(|kind| kind.chars().next());
    let id = match (kind, read::text(json, "osm_id")) {
        (Some(kind), Some(number)) => format!("{}{number}", kind.to_ascii_uppercase()),
        _ => read::some_text(json, "place_id")?,
    };
    let mut place = Place { address, ..Place::new(id, name, at) };
    let kinds = [read::first_text(json, &["category", "class"]), read::text(json, "type")];
    place.kinds = vec![kinds.into_iter().flatten().collect::<Vec<_>>().join("=")];
    place.kinds.retain(|kind| !kind.is_empty());
    let fields =
        [("importance", "importance"), ("tags", "extratags"), ("address", "address"), ("box", "boundingbox")];
    read::keep(&mut place.details, json, &fields);
    Ok(place)
}
