//! Where in a response the answer lies, as a declaration says it.

use std::collections::BTreeMap;

use plugin_api::read::{self, ReadError};
use plugin_api::{Answer, Leg, Matrix, Place, Query, Route, Tool, line};
use serde::Deserialize;
use serde_json::Value;

/// How a line is written.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LineForm {
    /// Google's encoding with five decimals.
    Polyline5,
    /// The same with six.
    Polyline6,
    /// HERE's.
    Flexible,
    /// A list of `[longitude, latitude]`.
    Pairs,
}

/// Paths into the response.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Reading {
    /// The list of places; empty when the response is the list, or the one place, itself.
    places: Option<String>,
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    address: String,
    lat: Option<String>,
    lon: Option<String>,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    details: BTreeMap<String, String>,
    /// The list of routes.
    routes: Option<String>,
    distance_m: Option<String>,
    duration_s: Option<String>,
    /// What durations are multiplied by to be seconds.
    #[serde(default = "one")]
    duration_scale: f64,
    line: Option<String>,
    line_form: Option<LineForm>,
    /// Tables of a matrix.
    durations_s: Option<String>,
    distances_m: Option<String>,
}

fn one() -> f64 {
    1.0
}

impl Reading {
    /// Refuses what could never be read.
    pub(crate) fn check(&self, tool: Tool) -> Result<(), String> {
        let enough = match tool {
            Tool::Route => self.routes.is_some() && self.distance_m.is_some() && self.line.is_some(),
            Tool::Matrix => self.durations_s.is_some(),
            _ => self.places.is_some() && self.lat.is_some() && self.lon.is_some() && !self.id.is_empty(),
        };
        let needs = match tool {
            Tool::Route => "`routes`, `distance_m` and `line`",
            Tool::Matrix => "`durations_s`",
            _ => "`places`, `id`, `lat` and `lon`",
        };
        if enough { Ok(()) } else { Err(format!("{tool} says where {needs} are in the response")) }
    }

    pub(crate) fn read(&self, query: &Query, json: &Value) -> Result<Answer, ReadError> {
        match query {
            Query::Route(_) => {
                let routes = read::list(json, self.routes.as_deref().unwrap_or_default())?.iter();
                Ok(Answer::Routes(routes.map(|route| self.route(route)).collect::<Result<_, _>>()?))
            }
            Query::Matrix(_) => {
                let durations_s = read::table(json, self.durations_s.as_deref().unwrap_or_default())?;
                let distances_m =
                    self.distances_m.as_deref().map_or(Ok(Vec::new()), |path| read::table(json, path))?;
                let scaled =
                    |row: Vec<Option<f64>>| row.into_iter().map(|cell| Some(cell? * self.duration_scale));
                let durations_s = durations_s.into_iter().map(|row| scaled(row).collect()).collect();
                Ok(Answer::Matrix(Matrix { durations_s, distances_m }))
            }
            _ => {
                let path = self.places.as_deref().unwrap_or_default();
                let found = read::at(json, path).ok_or_else(|| ReadError::Missing(path.to_owned()))?;
                let places: Vec<Place> = if found.is_array() {
                    read::list(found, "")?.iter().map(|place| self.place(place)).collect::<Result<_, _>>()?
                } else {
                    vec![self.place(found)?]
                };
                Ok(Answer::Places(match query {
                    Query::Nearby(query) => {
                        read::nearest(places, query.at, Some(query.radius_m), query.limit)
                    }
                    _ => places,
                }))
            }
        }
    }

    fn place(&self, json: &Value) -> Result<Place, ReadError> {
        let (lat, lon) = (self.lat.as_deref().unwrap_or_default(), self.lon.as_deref().unwrap_or_default());
        let id = read::some_text(json, &self.id)?;
        let of = |path: &str| if path.is_empty() { None } else { read::text(json, path) };
        let name = of(&self.name).unwrap_or_else(|| id.clone());
        let mut place = Place::new(id, name, read::point(json, lat, lon)?);
        place.address = of(&self.address).unwrap_or_default();
        place.kinds.extend(of(&self.kind));
        let fields: Vec<(&str, &str)> =
            self.details.iter().map(|(name, path)| (name.as_str(), path.as_str())).collect();
        read::keep(&mut place.details, json, &fields);
        Ok(place)
    }

    fn route(&self, json: &Value) -> Result<Route, ReadError> {
        let path = self.line.as_deref().unwrap_or_default();
        let text = || {
            let text = read::at(json, path).and_then(Value::as_str);
            text.ok_or_else(|| ReadError::Missing(path.to_owned()))
        };
        let line = match self.line_form.unwrap_or(LineForm::Polyline5) {
            LineForm::Polyline5 => line::decode(text()?, 5)?,
            LineForm::Polyline6 => line::decode(text()?, 6)?,
            LineForm::Flexible => line::decode_flexible(text()?)?,
            LineForm::Pairs => read::pairs(json, path)?,
        };
        let distance_m = read::some_number(json, self.distance_m.as_deref().unwrap_or_default())?;
        let duration_s = self.duration_s.as_deref().and_then(|path| read::number(json, path));
        let duration_s = duration_s.map(|duration| duration * self.duration_scale);
        let summary = if self.name.is_empty() { None } else { read::text(json, &self.name) };
        Ok(Route {
            summary: summary.unwrap_or_default(),
            distance_m,
            duration_s,
            line,
            legs: vec![Leg { distance_m, duration_s, steps: Vec::new() }],
            order: Vec::new(),
        })
    }
}
