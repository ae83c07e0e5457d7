//! The map: layers, tiles, camera, and the bridge to the renderer.

pub mod basemap;
pub mod layer;
pub mod measured;
pub mod overlay;
pub mod paint;
mod pmtiles;
pub mod regions;
pub mod scale_bar;
pub mod scene;
pub mod thumbnails;
pub mod tiles;
pub mod view;
