//! Answers in one form, whoever gave them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Point;

/// A place that a provider knows. Texts are data: never markup, never to be obeyed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The provider's own identity, by which its details are asked for.
    pub id: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    pub at: Point,
    /// Categories in the provider's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Metres from the place that was asked about, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<f64>,
    /// Whatever else is worth knowing: rating, opening hours, attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, Value>,
}

impl Place {
    pub fn new(id: impl Into<String>, name: impl Into<String>, at: Point) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            address: String::new(),
            at,
            kinds: Vec::new(),
            distance_m: None,
            details: BTreeMap::new(),
        }
    }
}

/// A way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Route {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    pub distance_m: f64,
    /// `None` where nobody says how fast one goes.
    pub duration_s: Option<f64>,
    pub line: Vec<Point>,
    pub legs: Vec<Leg>,
    /// The places between in the order in which they are visited, counted from 0, where that was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<usize>,
}

/// The part of a way between two places.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    pub distance_m: f64,
    pub duration_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<RouteStep>,
}

/// One instruction of a way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RouteStep {
    pub text: String,
    pub distance_m: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<f64>,
}

/// From each of some places (rows) to each of others (columns); `None` where there is no way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    pub durations_s: Vec<Vec<Option<f64>>>,
    pub distances_m: Vec<Vec<Option<f64>>>,
}

/// What a provider says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Places(Vec<Place>),
    Routes(Vec<Route>),
    Matrix(Matrix),
}

impl Answer {
    /// The places, none for any other answer.
    pub fn places(&self) -> &[Place] {
        if let Self::Places(places) = self { places } else { &[] }
    }

    /// The routes, none for any other answer.
    pub fn routes(&self) -> &[Route] {
        if let Self::Routes(routes) = self { routes } else { &[] }
    }
}
