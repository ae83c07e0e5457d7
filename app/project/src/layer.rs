//! A georeferenced image that the project refers to. Its pixels stay in its own file.

use serde::{Deserialize, Serialize};
use spatial::{Crs, GeoTransform};

/// What a layer shows, as far as the project was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerRole {
    /// Taken before the event.
    Before,
    /// Taken after the event: the layer that damage is judged on.
    After,
    #[default]
    Unspecified,
}

/// An image registered in the project: where it lies on disk and in the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    pub name: String,
    /// Path relative to the project's folder where possible, else absolute; `/` as the separator.
    pub path: String,
    #[serde(default)]
    pub role: LayerRole,
    /// `None`: pixel space.
    pub crs: Option<Crs>,
    /// `world_from_image` in the layer's own CRS; `None`: pixel space.
    pub transform: Option<GeoTransform>,
    pub width: u32,
    pub height: u32,
    pub bands: u32,
    /// Position in the stack: higher is drawn over lower.
    pub order: i32,
    /// SHA-256 of the file, lower-case hex, when it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Layer {
    /// The transform to draw with: pixel space where the file has none.
    pub fn transform_or_pixels(&self) -> GeoTransform {
        self.transform.unwrap_or(GeoTransform::PIXELS)
    }
}
