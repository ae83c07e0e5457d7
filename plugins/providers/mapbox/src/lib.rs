//! Mapbox Search Box, Directions and Matrix: <https://docs.mapbox.com/api/search/search-box/>,
//! <https://docs.mapbox.com/api/navigation/directions/>.

use plugin_api::read::{self, ReadError};
use plugin_api::{
    Answer, Avoid, Description, HttpRequest, HttpResponse, MapProvider, Nearby, Place, Point, Query,
    RequestError, Tool, TravelMode, forms, line,
};
use serde_json::Value;

const BASE: &str = "https://api.mapbox.com";
const KEY: &str = "key:MAPBOX_ACCESS_TOKEN";
/// Corners of a line that is searched along: it goes into the address.
const MOST_CORNERS: usize = 200;

/// The service.
#[derive(Debug)]
pub struct Mapbox {
    about: Description,
}

impl Default for Mapbox {
    fn default() -> Self {
        let terms = "© Mapbox and its suppliers; what may be kept, and for how long, is in https://www.mapbox.com/legal/tos";
        let about = Description::new("mapbox", "Mapbox", &["api.mapbox.com"], terms);
        Self { about: about.key("MAPBOX_ACCESS_TOKEN") }
    }
}

impl MapProvider for Mapbox {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, _tool: Tool) -> Option<&str> {
        None
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        match query {
            Query::TextSearch(query) => {
                let request = searched("forward", query.limit.min(10), query.near);
                Ok(request.with("q", &query.text).with_some("language", query.language.as_deref()))
            }
            Query::PlaceDetails(query) => {
                let url =
                    format!("{BASE}/search/searchbox/v1/retrieve/{}", HttpRequest::segment(&query.place));
                // The service bills by sessions and wants a number of its own for each.
                Ok(HttpRequest::get(url)
                    .with("session_token", "fresh:uuid")
                    .with_some("language", query.language.as_deref())
                    .with("access_token", KEY))
            }
            Query::Nearby(query) => nearby(query),
            Query::AlongRoute(query) => {
                let (Some(kind), None) = (&query.kind, &query.text) else {
                    return Err(RequestError::Unfit(
                        "Mapbox searches along a route for a `kind`, such as gas_station, and no words"
                            .into(),
                    ));
                };
                let corners = line::thin(&query.line, MOST_CORNERS);
                let path = format!("category/{}", HttpRequest::segment(kind));
                Ok(searched(&path, query.limit, None)
                    .with("sar_type", "isochrone")
                    .with("route", line::encode(&corners, 6))
                    .with("route_geometry", "polyline6")
                    .with("time_deviation", 10))
            }
            Query::Route(query) => {
                if query.optimize {
                    return Err(RequestError::Unfit(
                        "Mapbox Directions visits places in the order that is given; leave `optimize` out"
                            .into(),
                    ));
                }
                let exclude: Vec<&str> = query.avoided().into_iter().map(excluded).collect();
                let url =
                    format!("{BASE}/directions/v5/mapbox/{}/{}", profile(query.mode), stops(&query.stops()));
                Ok(HttpRequest::get(url)
                    .with("overview", "full")
                    .with("geometries", "polyline6")
                    .with("steps", "true")
                    .with("alternatives", query.alternatives)
                    .with_some("exclude", (!exclude.is_empty()).then(|| exclude.join(",")))
                    .with_some("language", query.language.as_deref())
                    .with("access_token", KEY))
            }
            Query::Matrix(query) => {
                let all: Vec<Point> = query.from.iter().chain(&query.to).copied().collect();
                let numbers =
                    |from: usize, to: usize| (from..to).map(|i| i.to_string()).collect::<Vec<_>>().join(";");
                let url =
                    format!("{BASE}/directions-matrix/v1/mapbox/{}/{}", profile(query.mode), stops(&all));
                Ok(HttpRequest::get(url)
                    .with("annotations", "duration,distance")
                    .with("sources", numbers(0, query.from.len()))
                    .with("destinations", numbers(query.from.len(), all.len()))
                    .with("access_token", KEY))
            }
        }
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        match query {
            Query::Route(_) => Ok(Answer::Routes(forms::osrm_routes(&forms::osrm(response)?)?)),
            Query::Matrix(_) => Ok(Answer::Matrix(forms::osrm_matrix(&forms::osrm(response)?)?)),
            _ => {
                let json = read::json(response)?;
                let places =
                    read::list(&json, "features")?.iter().map(place).collect::<Result<Vec<_>, _>>()?;
                Ok(Answer::Places(match query {
                    Query::Nearby(query) => {
                        read::nearest(places, query.at, Some(query.radius_m), query.limit)
                    }
                    _ => places,
                }))
            }
        }
    }
}

fn nearby(query: &Nearby) -> Result<HttpRequest, RequestError> {
    let [west, south, east, north] = query.at.square(query.radius_m);
    let corners = (Point::new(south, west).lon_lat(), Point::new(north, east).lon_lat());
    let request = match (&query.kind, &query.keyword) {
        (Some(kind), None) => {
            let kind = HttpRequest::segment(kind);
            searched(&format!("category/{kind}"), query.limit, Some(query.at))
        }
        (kind, Some(word)) => searched("forward", query.limit.min(10), Some(query.at))
            .with("q", word)
            .with_some("poi_category", kind.as_deref()),
        (None, None) => {
            return Err(RequestError::Unfit(
                "Mapbox searches nearby for a `kind` (such as cafe) or a `keyword`".into(),
            ));
        }
    };
    let request = request.with_some("language", query.language.as_deref());
    Ok(request.with("bbox", format!("{},{}", corners.0, corners.1)))
}

fn searched(path: &str, limit: u32, near: Option<Point>) -> HttpRequest {
    HttpRequest::get(format!("{BASE}/search/searchbox/v1/{path}"))
        .with("limit", limit)
        .with_some("proximity", near.map(Point::lon_lat))
        .with("access_token", KEY)
}

fn stops(stops: &[Point]) -> String {
    stops.iter().map(|stop| stop.lon_lat()).collect::<Vec<_>>().join(";")
}

const fn profile(mode: TravelMode) -> &'static str {
    match mode {
        TravelMode::Drive | TravelMode::TwoWheeler => "driving",
        TravelMode::Bicycle => "cycling",
        TravelMode::Walk => "walking",
    }
}

const fn excluded(avoid: Avoid) -> &'static str {
    match avoid {
        Avoid::Tolls => "toll",
        Avoid::Highways => "motorway",
        Avoid::Ferries => "ferry",
    }
}

/// A place of the Search Box, or of the Geocoding API before it.
fn place(json: &Value) -> Result<Place, ReadError> {
    let id = read::first_text(json, &["properties.mapbox_id", "id"])
        .ok_or_else(|| ReadError::Missing("id".into()))?;
    let at = match read::at(json, "geometry.coordinates") {
        Some(pair) => read::pair(pair)?,
        None => read::point(json, "properties.coordinates.latitude", "properties.coordinates.longitude")?,
    };
    let name =
        read::first_text(json, &["properties.name", "text", "place_name"]).unwrap_or_else(|| id.clone());
    let mut place = Place::new(id, name, at);
    let addresses = ["properties.full_address", "place_name", "properties.place_formatted"];
    place.address = read::first_text(json, &addresses).unwrap_or_default();
    for path in ["properties.poi_category", "place_type"] {
        place.kinds.extend(read::list_or_empty(json, path).iter().filter_map(|kind| read::text(kind, "")));
    }
    if place.kinds.is_empty() {
        place.kinds.extend(read::text(json, "properties.feature_type"));
    }
    let fields = [
        ("phone", "properties.metadata.phone"),
        ("website", "properties.metadata.website"),
        ("opening_hours", "properties.metadata.open_hours"),
        ("brand", "properties.brand"),
        ("relevance", "relevance"),
    ];
    read::keep(&mut place.details, json, &fields);
    Ok(place)
}
