//! The map: layers, tiles, camera, and the bridge to the renderer.

pub mod aids;
pub mod arrows;
pub mod basemap;
pub mod compare;
pub mod dates;
pub mod far;
pub mod graticule;
pub mod layer;
pub mod likely;
pub mod measured;
pub mod minimap;
pub mod north;
pub mod overlay;
pub mod paint;
pub mod pins;
pub mod pixels;
mod pmtiles;
pub mod regions;
pub mod relations;
pub mod scale_bar;
pub mod scene;
pub mod screening;
pub mod thumbnails;
pub mod tiles;
pub mod view;
