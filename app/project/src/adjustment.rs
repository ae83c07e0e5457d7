//! An arrow from where a footprint is drawn to where the image shows it.

use serde::{Deserialize, Serialize};
use spatial::ImagePoint;
use spatial::align::Arrow;

use crate::{Author, GeometrySource, LayerId};

/// One arrow on one layer. It moves footprints where they are shown and exported, and never changes one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adjustment {
    /// The layer whose pixels it is in.
    pub layer: LayerId,
    /// The footprints that it is about, by where they came from; `None`: all but those drawn by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<GeometrySource>,
    /// Column and row in pixels of the layer, `(0, 0)` its outer upper left corner.
    pub start: [f64; 2],
    pub end: [f64; 2],
    pub author: Author,
    /// Unix milliseconds, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
}

/// Farther from the image than this many pixels nothing is drawn.
const FAR: f64 = 1e9;

impl Adjustment {
    /// As an arrow in pixels of its layer.
    pub fn arrow(&self) -> Arrow {
        let point = |[x, y]: [f64; 2]| ImagePoint { x, y };
        Arrow { start: point(self.start), end: point(self.end) }
    }

    /// True when it moves footprints of this source.
    pub fn is_about(&self, source: &GeometrySource) -> bool {
        !source.is_fixed() && self.source.as_ref().is_none_or(|own| own == source)
    }

    /// Why it cannot be kept; `None` when it can.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if !self.start.iter().chain(&self.end).all(|v| v.abs() <= FAR) {
            return Some("An adjustment has a coordinate that is no place on an image");
        }
        if self.author.name().is_empty() {
            return Some("An adjustment needs an author");
        }
        None
    }
}
