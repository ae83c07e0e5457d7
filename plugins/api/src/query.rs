//! What may be asked, in one form for all providers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::line;

/// A place on the earth, in degrees of WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    pub lat: f64,
    pub lon: f64,
}

impl Point {
    pub const fn new(lat: f64, lon: f64) -> Self {
        Self { lat, lon }
    }

    /// True on the earth.
    pub fn is_sound(self) -> bool {
        (-90.0..=90.0).contains(&self.lat) && (-180.0..=180.0).contains(&self.lon)
    }

    /// `lat,lon` with at most seven decimals, which is a centimetre.
    pub fn lat_lon(self) -> String {
        format!("{},{}", degrees(self.lat), degrees(self.lon))
    }

    /// `lon,lat` with at most seven decimals.
    pub fn lon_lat(self) -> String {
        format!("{},{}", degrees(self.lon), degrees(self.lat))
    }

    /// Metres to another place on a sphere of the earth's mean radius: for sorting answers.
    pub fn metres_to(self, other: Self) -> f64 {
        const EARTH_M: f64 = 6_371_008.8;
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let (dlat, dlon) = (b - a, (other.lon - self.lon).to_radians());
        let h = (dlat / 2.0).sin().powi(2) + a.cos() * b.cos() * (dlon / 2.0).sin().powi(2);
        2.0 * EARTH_M * h.sqrt().min(1.0).asin()
    }

    /// The box of this many metres to each side: west, south, east, north.
    pub fn square(self, half_m: f64) -> [f64; 4] {
        const DEGREE_M: f64 = 111_195.08;
        let dlat = half_m / DEGREE_M;
        let dlon = half_m / (DEGREE_M * self.lat.to_radians().cos().max(1e-6));
        [
            (self.lon - dlon).max(-180.0),
            (self.lat - dlat).max(-90.0),
            (self.lon + dlon).min(180.0),
            (self.lat + dlat).min(90.0),
        ]
    }
}

/// A number of degrees with at most seven decimals.
pub(crate) fn degrees(value: f64) -> String {
    let text = format!("{value:.7}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A kind of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    TextSearch,
    PlaceDetails,
    Nearby,
    Route,
    AlongRoute,
    Matrix,
}

impl Tool {
    /// Every tool.
    pub const ALL: [Self; 6] =
        [Self::TextSearch, Self::PlaceDetails, Self::Nearby, Self::Route, Self::AlongRoute, Self::Matrix];

    /// The word in commands, files and journals.
    pub const fn key(self) -> &'static str {
        match self {
            Self::TextSearch => "text-search",
            Self::PlaceDetails => "place-details",
            Self::Nearby => "nearby",
            Self::Route => "route",
            Self::AlongRoute => "along-route",
            Self::Matrix => "matrix",
        }
    }

    /// The words on screen.
    pub const fn text(self) -> &'static str {
        match self {
            Self::TextSearch => "Text search",
            Self::PlaceDetails => "Place details",
            Self::Nearby => "Nearby search",
            Self::Route => "Routes",
            Self::AlongRoute => "Search along a route",
            Self::Matrix => "Travel times",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Tool {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let known = Self::ALL.into_iter().find(|tool| tool.key() == text);
        known.ok_or_else(|| QueryError(format!("`{text}` is no tool")))
    }
}

/// How one travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TravelMode {
    #[default]
    Drive,
    Bicycle,
    TwoWheeler,
    Walk,
}

/// What a route keeps away from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Avoid {
    Tolls,
    Highways,
    Ferries,
}

fn five() -> u32 {
    5
}

/// Which places bear a name or fit words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSearch {
    pub text: String,
    /// Places near this one come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Point>,
    /// Metres around `near`, where the provider can keep to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius_m: Option<f64>,
    /// A language tag such as `en` or `pt-BR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How many places at most: services take up to 20, the local provider up to 10,000.
    #[serde(default = "five")]
    pub limit: u32,
}

/// Everything about one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceDetails {
    /// The identity that the same provider gave it.
    pub place: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Which places of a kind lie around a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nearby {
    pub at: Point,
    pub radius_m: f64,
    /// A category in the provider's words (`amenity=cafe`, `cafe`, `600-6000`, …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default = "five")]
    pub limit: u32,
}

/// The way from one place to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteQuery {
    pub from: Point,
    pub to: Point,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<Point>,
    #[serde(default)]
    pub mode: TravelMode,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub avoid: Vec<Avoid>,
    /// Other ways too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alternatives: bool,
    /// The places between may be visited in any order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optimize: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl RouteQuery {
    /// Every place of it, in order.
    pub fn stops(&self) -> Vec<Point> {
        let mut stops = vec![self.from];
        stops.extend(&self.via);
        stops.push(self.to);
        stops
    }

    /// What it keeps away from, each once, in one order.
    pub fn avoided(&self) -> Vec<Avoid> {
        let mut avoid = self.avoid.clone();
        avoid.sort_unstable();
        avoid.dedup();
        avoid
    }
}

/// Which places lie along a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlongRoute {
    /// The line, as a route has it: points, or one text in Google's encoding with five decimals.
    #[serde(deserialize_with = "points_or_text")]
    pub line: Vec<Point>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A category in the provider's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How far from the line, in metres, where the provider counts so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius_m: Option<f64>,
    #[serde(default = "five")]
    pub limit: u32,
}

/// How long from each of some places to each of others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixQuery {
    pub from: Vec<Point>,
    pub to: Vec<Point>,
    #[serde(default)]
    pub mode: TravelMode,
}

fn points_or_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Point>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Points(Vec<Point>),
        Text(String),
    }
    match Either::deserialize(from)? {
        Either::Points(points) => Ok(points),
        Either::Text(text) => line::decode(&text, 5).map_err(serde::de::Error::custom),
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    TextSearch(TextSearch),
    PlaceDetails(PlaceDetails),
    Nearby(Nearby),
    Route(RouteQuery),
    AlongRoute(AlongRoute),
    Matrix(MatrixQuery),
}

/// Why something cannot be asked: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct QueryError(pub String);

/// Characters of the longest text of a question.
const LONGEST_TEXT: usize = 500;
/// Points of a line or places of a route, at most.
const MOST_POINTS: usize = 20_000;
const MOST_STOPS: usize = 50;
/// Metres of the largest radius: half around the earth.
const LARGEST_RADIUS_M: f64 = 20_037_508.0;

impl Query {
    /// Reads the JSON of a question of a tool.
    pub fn parse(tool: Tool, json: &str) -> Result<Self, QueryError> {
        let value = serde_json::from_str(json);
        let value = value.map_err(|e| QueryError(format!("The query is no JSON object: {e}")))?;
        Self::from_value(tool, value)
    }

    /// The question of a tool that a JSON value says.
    pub fn from_value(tool: Tool, value: serde_json::Value) -> Result<Self, QueryError> {
        fn of<T: for<'de> Deserialize<'de>>(value: serde_json::Value) -> Result<T, String> {
            serde_json::from_value(value).map_err(|e| e.to_string())
        }
        let query = match tool {
            Tool::TextSearch => of(value).map(Self::TextSearch),
            Tool::PlaceDetails => of(value).map(Self::PlaceDetails),
            Tool::Nearby => of(value).map(Self::Nearby),
            Tool::Route => of(value).map(Self::Route),
            Tool::AlongRoute => of(value).map(Self::AlongRoute),
            Tool::Matrix => of(value).map(Self::Matrix),
        };
        let query = query.map_err(|e| QueryError(format!("This is no query for {tool}: {e}")))?;
        query.check()?;
        Ok(query)
    }

    pub fn tool(&self) -> Tool {
        match self {
            Self::TextSearch(_) => Tool::TextSearch,
            Self::PlaceDetails(_) => Tool::PlaceDetails,
            Self::Nearby(_) => Tool::Nearby,
            Self::Route(_) => Tool::Route,
            Self::AlongRoute(_) => Tool::AlongRoute,
            Self::Matrix(_) => Tool::Matrix,
        }
    }

    /// Its JSON.
    pub fn to_value(&self) -> serde_json::Value {
        let value = match self {
            Self::TextSearch(query) => serde_json::to_value(query),
            Self::PlaceDetails(query) => serde_json::to_value(query),
            Self::Nearby(query) => serde_json::to_value(query),
            Self::Route(query) => serde_json::to_value(query),
            Self::AlongRoute(query) => serde_json::to_value(query),
            Self::Matrix(query) => serde_json::to_value(query),
        };
        value.unwrap_or(serde_json::Value::Null)
    }

    /// Refuses what no provider could answer.
    pub fn check(&self) -> Result<(), QueryError> {
        match self {
            Self::TextSearch(query) => {
                text("text", &query.text)?;
                language(query.language.as_deref())?;
                points(query.near.as_slice())?;
                query.radius_m.map_or(Ok(()), radius)?;
                limit(query.limit)
            }
            Self::PlaceDetails(query) => {
                text("place", &query.place)?;
                language(query.language.as_deref())
            }
            Self::Nearby(query) => {
                for (what, value) in [("kind", &query.kind), ("keyword", &query.keyword)] {
                    value.as_ref().map_or(Ok(()), |value| text(what, value))?;
                }
                language(query.language.as_deref())?;
                points(&[query.at])?;
                radius(query.radius_m)?;
                limit(query.limit)
            }
            Self::Route(query) => {
                if query.via.len() > MOST_STOPS {
                    return Err(QueryError(format!("A route has at most {MOST_STOPS} places between")));
                }
                language(query.language.as_deref())?;
                points(&query.stops())
            }
            Self::AlongRoute(query) => {
                if !(2..=MOST_POINTS).contains(&query.line.len()) {
                    return Err(QueryError(format!("A line has 2 to {MOST_POINTS} points")));
                }
                if query.text.is_none() && query.kind.is_none() {
                    return Err(QueryError("A search along a route names a `text` or a `kind`".into()));
                }
                for (what, value) in [("text", &query.text), ("kind", &query.kind)] {
                    value.as_ref().map_or(Ok(()), |value| text(what, value))?;
                }
                points(&query.line)?;
                query.radius_m.map_or(Ok(()), radius)?;
                limit(query.limit)
            }
            Self::Matrix(query) => {
                let sizes = [query.from.len(), query.to.len()];
                if sizes.iter().any(|size| !(1..=MOST_STOPS).contains(size)) {
                    return Err(QueryError(format!("A table of times has 1 to {MOST_STOPS} places a side")));
                }
                points(&query.from)?;
                points(&query.to)
            }
        }
    }
}

fn text(what: &str, value: &str) -> Result<(), QueryError> {
    if value.trim().is_empty() || value.chars().count() > LONGEST_TEXT || value.chars().any(char::is_control)
    {
        return Err(QueryError(format!("`{what}` is a text of 1 to {LONGEST_TEXT} characters on one line")));
    }
    Ok(())
}

fn language(tag: Option<&str>) -> Result<(), QueryError> {
    let sound = |tag: &str| {
        (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if tag.is_none_or(sound) {
        return Ok(());
    }
    Err(QueryError("`language` is a tag such as `en` or `pt-BR`".into()))
}

fn points(points: &[Point]) -> Result<(), QueryError> {
    match points.iter().find(|point| !point.is_sound()) {
        None => Ok(()),
        Some(Point { lat, lon }) => {
            Err(QueryError(format!("{lat}, {lon} is no place on the earth: degrees, `lat` then `lon`")))
        }
    }
}

fn radius(radius_m: f64) -> Result<(), QueryError> {
    if radius_m > 0.0 && radius_m <= LARGEST_RADIUS_M {
        return Ok(());
    }
    Err(QueryError(format!("`radius_m` is a number of metres up to {LARGEST_RADIUS_M:.0}")))
}

fn limit(limit: u32) -> Result<(), QueryError> {
    const MOST: u32 = 10_000;
    if (1..=MOST).contains(&limit) { Ok(()) } else { Err(QueryError(format!("`limit` is 1 to {MOST}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_asked_is_refused_with_a_reason() {
        let refused = |tool: Tool, json: &str| Query::parse(tool, json).expect_err("refused").0;
        assert!(refused(Tool::TextSearch, "{").contains("no JSON"));
        assert!(refused(Tool::TextSearch, r#"{"txt":"a"}"#).contains("unknown field"));
        assert!(refused(Tool::TextSearch, r#"{"text":" "}"#).contains("1 to 500"));
        assert!(refused(Tool::TextSearch, r#"{"text":"a","limit":0}"#).contains("1 to 10000"));
        assert!(refused(Tool::TextSearch, r#"{"text":"a","language":"e n"}"#).contains("tag"));
        assert!(
            refused(Tool::Nearby, r#"{"at":{"lat":91,"lon":0},"radius_m":5}"#)
                .contains("no place on the earth")
        );
        assert!(refused(Tool::Nearby, r#"{"at":{"lat":1,"lon":0},"radius_m":-5}"#).contains("metres"));
        assert!(refused(Tool::AlongRoute, r#"{"line":[{"lat":1,"lon":0}],"text":"a"}"#).contains("2 to"));
        assert!(refused(Tool::AlongRoute, r#"{"line":"_p~iF~ps|U_ulLnnqC"}"#).contains("`text` or a `kind`"));
        assert!(refused(Tool::Matrix, r#"{"from":[],"to":[]}"#).contains("a side"));
        assert!("teleport".parse::<Tool>().is_err());
    }

    #[test]
    fn a_question_reads_back_as_it_was_written() {
        let line = r#"{"text":"fuel","line":"_p~iF~ps|U_ulLnnqC","limit":3}"#;
        let query = Query::parse(Tool::AlongRoute, line).expect("sound");
        assert_eq!(Query::from_value(Tool::AlongRoute, query.to_value()), Ok(query.clone()));
        let Query::AlongRoute(along) = query else { panic!("another tool") };
        assert_eq!(along.line, [Point::new(38.5, -120.2), Point::new(40.7, -120.95)]);
    }

    #[test]
    fn numbers_are_written_in_one_way() {
        assert_eq!(Point::new(-0.0, 10.120_000_04).lat_lon(), "0,10.12");
        assert_eq!(Point::new(52.5, -13.123_456_78).lon_lat(), "-13.1234568,52.5");
        let [w, s, e, n] = Point::new(60.0, 10.0).square(1000.0);
        assert!((Point::new(60.0, w).metres_to(Point::new(60.0, e)) - 2000.0).abs() < 1.0);
        assert!((Point::new(s, 10.0).metres_to(Point::new(n, 10.0)) - 2000.0).abs() < 1.0);
    }
}
