//! The Overpass API of OpenStreetMap: <https://wiki.openstreetmap.org/wiki/Overpass_API/Overpass_QL>.

use std::fmt::Write as _;

use plugin_api::read::{self, ReadError};
use plugin_api::{
    Answer, Description, HttpRequest, HttpResponse, MapProvider, Payload, Place, Point, Query, RequestError,
    Tool, line,
};
use serde_json::Value;

const URL: &str = "https://overpass-api.de/api/interpreter";
/// Metres around a place, or beside a line, where nobody says.
const USUAL_RADIUS_M: f64 = 2_000.0;
const USUAL_BESIDE_M: f64 = 100.0;
/// Corners of a line that is searched along.
const MOST_CORNERS: usize = 200;

/// The service.
#[derive(Debug)]
pub struct Overpass {
    about: Description,
}

impl Default for Overpass {
    fn default() -> Self {
        let terms = "© OpenStreetMap contributors, ODbL 1.0 (https://dev.overpass-api.de/overpass-doc/en/preface/commons.html)";
        Self { about: Description::new("overpass", "Overpass", &["overpass-api.de"], terms).every_ms(2_000) }
    }
}

impl MapProvider for Overpass {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, tool: Tool) -> Option<&str> {
        match tool {
            Tool::TextSearch | Tool::PlaceDetails | Tool::Nearby | Tool::AlongRoute => None,
            Tool::Route | Tool::Matrix => Some("it searches objects of the map; ask OSRM for ways"),
        }
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        let program = match query {
            Query::TextSearch(query) => {
                let Some(near) = query.near else {
                    return Err(RequestError::Unfit(
                        "Overpass searches names around a place only: say `near` (and `radius_m`)".into(),
                    ));
                };
                let around = around(query.radius_m.unwrap_or(USUAL_RADIUS_M), &[near]);
                format!("nwr{}{around};", named(&query.text))
            }
            Query::PlaceDetails(query) => {
                let (kind, number) = query.place.split_once('/').unwrap_or_default();
                let numeric = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
                if !["node", "way", "relation"].contains(&kind) || !numeric {
                    return Err(RequestError::Unfit(format!(
                        "`{}` is no object of OpenStreetMap: these are such as way/24801588",
                        query.place
                    )));
                }
                format!("{kind}({number});")
            }
            Query::Nearby(query) => {
                let filters = filters(query.kind.as_deref(), query.keyword.as_deref());
                format!("nwr{filters}{};", around(query.radius_m, &[query.at]))
            }
            Query::AlongRoute(query) => {
                let filters = filters(query.kind.as_deref(), query.text.as_deref());
                let corners = line::thin(&query.line, MOST_CORNERS);
                format!("nwr{filters}{};", around(query.radius_m.unwrap_or(USUAL_BESIDE_M), &corners))
            }
            other => return Err(self.refuse(other.tool())),
        };
        // Its order is one of numbers and not of distance, so more are asked for than are wanted.
        let program = format!("[out:json][timeout:25][maxsize:33554432];{program}out center 500;");
        Ok(HttpRequest::post(URL, Payload::Form(vec![("data".into(), program)])))
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = read::json(response)?;
        // It runs out of time or memory with status 200 and says so here, having sent a part.
        if let Some(remark) = read::text(&json, "remark").filter(|remark| remark.contains("error")) {
            return Err(ReadError::Refused { status: response.status, message: remark });
        }
        let mut places = read::list(&json, "elements")?.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        places.retain(|place| place.1);
        let mut places: Vec<Place> = places.into_iter().map(|(place, _)| place).collect();
        Ok(Answer::Places(match query {
            Query::TextSearch(query) => match query.near {
                Some(near) => read::nearest(places, near, None, query.limit),
                None => places,
            },
            Query::Nearby(query) => read::nearest(places, query.at, None, query.limit),
            Query::AlongRoute(query) => {
                places.truncate(query.limit as usize);
                places
            }
            _ => places,
        }))
    }
}

/// A string of the query language: nothing that a user types ends it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text as a regular expression that means just that text.
fn literal(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if r"\.^$|()[]{}*+?".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

fn named(text: &str) -> String {
    format!("[\"name\"~{},i]", quoted(&literal(text)))
}

/// `key=value`, or a key alone.
fn filters(kind: Option<&str>, keyword: Option<&str>) -> String {
    let mut filters = match kind.map(|kind| kind.split_once('=').unwrap_or((kind, ""))) {
        None => String::new(),
        Some((key, "")) => format!("[{}]", quoted(key)),
        Some((key, value)) => format!("[{}={}]", quoted(key), quoted(value)),
    };
    filters.push_str(
        &keyword.map_or_else(|| if kind.is_none() { "[\"name\"]".into() } else { String::new() }, named),
    );
    filters
}

fn around(radius_m: f64, corners: &[Point]) -> String {
    let mut text = format!("(around:{radius_m}");
    for corner in corners {
        let _ = write!(text, ",{}", corner.lat_lon());
    }
    text.push(')');
    text
}

/// An object, and whether it lies anywhere: a relation without members does not.
fn place(json: &Value) -> Result<(Place, bool), ReadError> {
    let id = format!("{}/{}", read::some_text(json, "type")?, read::some_text(json, "id")?);
    let name = read::first_text(json, &["tags.name", "tags.ref", "tags.brand"]).unwrap_or_else(|| id.clone());
    let (at, there) = if read::at(json, "lat").is_some() {
        (read::point(json, "lat", "lon")?, true)
    } else if read::at(json, "center").is_some() {
        (read::point(json, "center.lat", "center.lon")?, true)
    } else {
        (Point::new(0.0, 0.0), false)
    };
    let mut place = Place::new(id, name, at);
    let of = |key: &str| read::text(json, &format!("tags.addr:{key}"));
    let street = [of("street"), of("housenumber")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let address = [Some(street).filter(|street| !street.is_empty()), of("postcode"), of("city")];
    place.address = address.into_iter().flatten().collect::<Vec<_>>().join(", ");
    for key in ["amenity", "shop", "tourism", "leisure", "building", "highway", "place", "natural", "landuse"]
    {
        place.kinds.extend(read::text(json, &format!("tags.{key}")).map(|value| format!("{key}={value}")));
    }
    read::keep(&mut place.details, json, &[("tags", "tags")]);
    Ok((place, there))
}
