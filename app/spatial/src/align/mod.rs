//! Footprints brought onto the image by arrows from where they are drawn to where the image shows them.
//!
//! Everything is in pixels of one image (y down). An area moves as a whole and keeps its shape, as a building
//! does; every vertex of a line moves by itself, as a road does.
//!
//! ```
//! use spatial::align::{Aligner, Arrow, Method};
//! let arrows = [Arrow::new((0.0, 0.0), (30.0, 40.0)), Arrow::new((900.0, 0.0), (890.0, 0.0))];
//! let aligner = Aligner::new(&arrows, Method::Nearest).unwrap();
//! let house = geo::Rect::new((10.0, 10.0), (60.0, 50.0)).to_polygon().into();
//! assert_eq!(aligner.shift_of(&house), Some((30.0, 40.0).into()));
//! ```

mod field;
mod statistics;
#[cfg(test)]
mod tests;

use geo::{Centroid as _, CoordsIter as _, MapCoords as _};
use geo_types::{Coord, Geometry, LineString};
use serde::{Deserialize, Serialize};

use crate::ImagePoint;
use field::Field;

pub use statistics::{
    Moved, Quantile, Summary, circular_variance, iou, pearson, quantile, spearman, summary, variation,
};

/// More arrows than this on one layer are refused where they are read: a person draws hundreds.
pub const MOST_ARROWS: usize = 100_000;
/// A thin plate through more arrows than this would take seconds to bend.
pub const MOST_PLATE_ARROWS: usize = 512;

/// From where something is drawn to where the image shows it, in pixels of the image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrow {
    pub start: ImagePoint,
    pub end: ImagePoint,
}

impl Arrow {
    pub fn new(start: impl Into<ImagePoint>, end: impl Into<ImagePoint>) -> Self {
        Self { start: start.into(), end: end.into() }
    }

    /// How far it moves things, in pixels.
    pub fn shift(self) -> Coord<f64> {
        self.end - self.start
    }
}

/// How places between arrows are moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By the arrow that begins nearest to a vertex: the rule of CRASAR-U-DROIDs.
    #[default]
    Nearest,
    /// Everything by the mean of all arrows.
    Translation,
    /// Shift, turn, stretch and shear, by least squares.
    Affine,
    /// By all arrows, each weighted by the square of its nearness.
    InverseDistance,
    /// By a thin plate through all arrows.
    ThinPlate,
}

impl Method {
    pub const ALL: [Self; 5] =
        [Self::Nearest, Self::Translation, Self::Affine, Self::InverseDistance, Self::ThinPlate];

    /// Its name on the command line and in files.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Translation => "translation",
            Self::Affine => "affine",
            Self::InverseDistance => "inverse-distance",
            Self::ThinPlate => "thin-plate",
        }
    }

    /// What stands on its button.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Nearest => "Nearest arrow",
            Self::Translation => "One shift",
            Self::Affine => "Affine",
            Self::InverseDistance => "Inverse distance",
            Self::ThinPlate => "Thin plate",
        }
    }

    /// One sentence on what it does.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Nearest => "Each footprint moves by the arrow that begins nearest to one of its corners.",
            Self::Translation => "Everything moves by the mean of all arrows.",
            Self::Affine => "One shift, turn, stretch and shear for everything, by least squares.",
            Self::InverseDistance => {
                "Every arrow counts, the nearer the more (by the square of its distance)."
            }
            Self::ThinPlate => "A thin plate bends through every arrow.",
        }
    }
}

impl std::str::FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = match text {
            "idw" => Self::InverseDistance.key(),
            "tps" => Self::ThinPlate.key(),
            other => other,
        };
        let found = Self::ALL.into_iter().find(|m| m.key().eq_ignore_ascii_case(text));
        let names = Self::ALL.map(Self::key).join(", ");
        found.ok_or_else(|| format!("`{text}` is not a method of alignment; there are {names}"))
    }
}

/// Why a method cannot be used with some arrows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlignError {
    #[error("{} needs three arrows that do not begin on one line", .0.text())]
    TooFew(Method),
    #[error("two arrows begin at one place, and a thin plate cannot go through both")]
    SamePlace,
    #[error("a thin plate takes at most {MOST_PLATE_ARROWS} arrows")]
    TooMany,
    #[error("an arrow has a coordinate that is not a number")]
    NotFinite,
}

/// Moves shapes by arrows.
#[derive(Clone, Debug)]
pub struct Aligner {
    arrows: Vec<Arrow>,
    field: Field,
}

impl Aligner {
    /// Prepares a method. Without arrows nothing moves, whatever the method.
    pub fn new(arrows: &[Arrow], method: Method) -> Result<Self, AlignError> {
        let sound = |p: ImagePoint| p.x.is_finite() && p.y.is_finite();
        if !arrows.iter().all(|a| sound(a.start) && sound(a.end)) {
            return Err(AlignError::NotFinite);
        }
        Ok(Self { arrows: arrows.to_vec(), field: Field::fit(arrows, method)? })
    }

    pub fn arrows(&self) -> &[Arrow] {
        &self.arrows
    }

    /// How far a single place moves; zero without arrows.
    pub fn shift_at(&self, p: ImagePoint) -> Coord<f64> {
        self.field.at(&self.arrows, p)
    }

    /// How far an area or a point moves as a whole; `None` for lines, whose vertices move one by one, and for
    /// what has no vertex.
    ///
    /// By the nearest arrow: of all vertices the one that is nearest to a start decides, and of arrows that are
    /// equally near the first. By any other method: what the middle of the area moves by.
    pub fn shift_of(&self, shape: &Geometry<f64>) -> Option<Coord<f64>> {
        if matches!(shape, Geometry::Line(_) | Geometry::LineString(_) | Geometry::MultiLineString(_)) {
            return None;
        }
        if self.arrows.is_empty() {
            return Some(Coord { x: 0.0, y: 0.0 });
        }
        match self.field {
            Field::Nearest => {
                let vertices: Vec<Coord<f64>> = outlines(shape);
                field::nearest(&self.arrows, &vertices).map(Arrow::shift)
            }
            _ => shape.centroid().map(|middle| self.shift_at(middle.0)),
        }
    }

    /// The shape where the image shows it.
    #[must_use]
    pub fn aligned(&self, shape: &Geometry<f64>) -> Geometry<f64> {
        match self.shift_of(shape) {
            Some(shift) => shape.map_coords(|c| c + shift),
            None => shape.map_coords(|c| c + self.shift_at(c)),
        }
    }

    /// By how much each arrow is missed, in pixels, by what the others say about its start: `end − foretold`.
    /// `None` where the others alone say nothing (too few of them, or on one line).
    pub fn left_out(&self) -> Vec<Option<Coord<f64>>> {
        self.field.left_out(&self.arrows)
    }
}

/// Every vertex of outlines, holes left alone as the rule looks at outlines only.
fn outlines(shape: &Geometry<f64>) -> Vec<Coord<f64>> {
    let ring = |ring: &LineString<f64>| ring.0.clone();
    match shape {
        Geometry::Polygon(p) => ring(p.exterior()),
        Geometry::MultiPolygon(m) => m.iter().flat_map(|p| ring(p.exterior())).collect(),
        other => other.coords_iter().collect(),
    }
}
