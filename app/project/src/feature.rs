//! A shape with properties as a foreign file holds it, before it becomes a region.

use std::collections::BTreeMap;
use std::sync::Arc;

use geo::Geometry;
use spatial::Crs;

use crate::AttributeValue;

/// What the coordinates of a foreign shape mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum CoordinateSpace {
    /// The file names the CRS.
    Crs(Arc<Crs>),
    /// Pixels of one image: `(0, 0)` is the outer corner of the first pixel, y grows downwards.
    Image,
    /// The file does not say.
    #[default]
    Unstated,
}

/// One shape of a GeoJSON, a GeoPackage or another vector file: neutral, so that every reader can hand it
/// to the one import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feature {
    /// Its place in the file, from 0.
    pub index: usize,
    /// The identity that the file gives it.
    pub id: Option<String>,
    /// `None` when the file has a row without a shape.
    pub geometry: Option<Geometry<f64>>,
    pub space: CoordinateSpace,
    /// The same shape in pixels of the image (y down), where a file gives both.
    pub image_geometry: Option<Geometry<f64>>,
    pub properties: BTreeMap<String, AttributeValue>,
}
