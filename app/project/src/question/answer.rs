//! What is answered, and when two answers are the same.

use geo::{Distance as _, Geodesic, Point};
use serde::{Deserialize, Serialize};

use super::{Question, QuestionKind};
use crate::RegionId;

/// An answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What is given does not answer the question.
    Unanswerable,
    /// Places among the choices, from 0, ascending.
    Options(Vec<u32>),
    Text(String),
    /// In the question's unit.
    Number(f64),
    /// Longitude and latitude, WGS 84.
    Place([f64; 2]),
    /// In the order of identities.
    Regions(Vec<RegionId>),
}

impl Answer {
    /// Choices in any order and number.
    pub fn options(places: impl IntoIterator<Item = u32>) -> Self {
        let mut places: Vec<u32> = places.into_iter().collect();
        places.sort_unstable();
        places.dedup();
        Self::Options(places)
    }

    /// Regions in any order and number.
    pub fn regions(ids: impl IntoIterator<Item = RegionId>) -> Self {
        let mut ids: Vec<RegionId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        Self::Regions(ids)
    }

    /// Why it cannot be an answer to this question; `None` when it can.
    pub fn fault(&self, question: &Question) -> Option<String> {
        let choices = question.choices().len();
        match (self, question.kind) {
            (Self::Unanswerable, _) => None,
            (Self::Options(places), kind) if kind.is_choice() => {
                if let Some(beyond) = places.iter().find(|place| **place as usize >= choices) {
                    return Some(format!("The answer is option {}, and there are {choices}", beyond + 1));
                }
                if !places.is_sorted_by(|a, b| a < b) {
                    return Some("The options of an answer are ascending, each once".into());
                }
                match (kind, places.len()) {
                    (_, 0) => Some("An answer names an option".into()),
                    (QuestionKind::YesNo | QuestionKind::SingleChoice, 2..) => {
                        Some("This question has one right option".into())
                    }
                    _ => None,
                }
            }
            (Self::Text(text), QuestionKind::OpenEnded) => {
                text.trim().is_empty().then(|| "An answer in words has some".into())
            }
            (Self::Number(number), QuestionKind::Number) => {
                (!number.is_finite()).then(|| "The answer is not a number".into())
            }
            (Self::Place([lon, lat]), QuestionKind::Place) => {
                let on_earth = (-180.0..=180.0).contains(lon) && (-90.0..=90.0).contains(lat);
                (!on_earth).then(|| "The answer is not a place on earth".into())
            }
            (Self::Regions(ids), QuestionKind::Regions) => {
                if !ids.is_sorted_by(|a, b| a < b) {
                    return Some("The regions of an answer are ascending, each once".into());
                }
                ids.is_empty().then(|| "An answer names a region".into())
            }
            (_, kind) => Some(format!("The answer does not fit a question for “{}”", kind.text())),
        }
    }

    /// The answer in words.
    pub fn text(&self, question: &Question) -> String {
        match self {
            Self::Unanswerable => "Unanswerable".into(),
            Self::Options(places) => {
                let choices: Vec<&str> = question.choices().collect();
                let names = places.iter().filter_map(|place| choices.get(*place as usize).map(|c| c.trim()));
                names.collect::<Vec<_>>().join("; ")
            }
            Self::Text(text) => text.clone(),
            Self::Number(number) if question.unit.is_empty() => number.to_string(),
            Self::Number(number) => format!("{number} {}", question.unit),
            Self::Place([lon, lat]) => format!("{lat:.6}, {lon:.6}"),
            Self::Regions(ids) => ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        }
    }

    /// True when both answer a question the same: numbers and places within its tolerance, words whatever their
    /// case, white space and full stop.
    pub fn agrees(&self, other: &Self, question: &Question) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => plain(a) == plain(b),
            (Self::Number(a), Self::Number(b)) => {
                (a - b).abs() <= question.tolerance.max(f64::EPSILON * a.abs())
            }
            (Self::Place(a), Self::Place(b)) => {
                a == b || Geodesic.distance(Point::from(*a), Point::from(*b)) <= question.tolerance
            }
            (a, b) => a == b,
        }
    }
}

/// Words as they are compared.
fn plain(text: &str) -> String {
    let words = text.trim().trim_end_matches('.').split_whitespace();
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
