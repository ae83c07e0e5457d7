//! Coordinate spaces of Orthoscope and the exact ways between them.
//!
//! Five nouns: a [`Crs`] names a coordinate reference system; a [`Transformer`] takes points from one to
//! another; a [`GeoTransform`] is `world_from_image` of one raster; a [`Pyramid`] cuts a raster into the
//! levels and tiles it is read by; a [`Viewport`] is the camera over the map. [`Placement`] puts the first three
//! together: where one image lies in the world of the map, whatever its CRS; a [`Warp`] stands for the
//! second where only ground control points say where an image lies.
//!
//! | space | type | unit, origin, direction |
//! |---|---|---|
//! | image | [`ImagePoint`] | pixels; `(0, 0)` is the outer corner of the first pixel, y down |
//! | world | [`WorldPoint`] | units of the project's CRS, y up (pixel space: `y = -row`) |
//! | geographic | [`LonLat`] | degrees on WGS 84, `x` = longitude |
//! | screen | [`ScreenPoint`] | physical pixels of the map's rectangle, origin upper left, y down |
//!
//! ```
//! use spatial::GeoTransform;
//! let t = GeoTransform::new([500_000.0, 0.05, 0.0, 4_100_000.0, 0.0, -0.05]).unwrap();
//! assert_eq!(t.world_from_image((2.0, 4.0).into()), (500_000.1, 4_099_999.8).into());
//! ```

pub mod align;
mod control;
pub mod coverage;
mod crs;
pub mod format;
pub mod geometry;
mod location;
mod measure;
pub mod overlay;
mod pyramid;
mod solve;
mod transform;
mod transformer;
mod viewport;
pub mod warp;

pub use control::{ControlPoint, Warp, WarpMethod};
pub use crs::{Crs, CrsError, Datum, Ellipsoid, Method, Parameters, Projection, UserDefined};
pub use location::{Location, LocationError, LocationKind, plus_code};
pub use measure::{Measure, area_m2, length_m};
pub use pyramid::{Level, Pyramid, TileKey, TileWindow};
pub use transform::GeoTransform;
pub use transformer::Transformer;
pub use viewport::Viewport;
pub use warp::{Placement, TileMesh};

/// A point in pixels of one image; `(0, 0)` is the outer corner of the first pixel, y grows downwards.
pub type ImagePoint = geo_types::Coord<f64>;
/// A point in the project's CRS (or in pixel space with y up where the project has none).
pub type WorldPoint = geo_types::Coord<f64>;
/// Longitude (`x`) and latitude (`y`) in degrees on WGS 84.
pub type LonLat = geo_types::Coord<f64>;
/// A point in physical pixels of the map's rectangle; origin upper left, y grows downwards.
pub type ScreenPoint = geo_types::Coord<f64>;
/// An axis-aligned box in world units.
pub type WorldRect = geo_types::Rect<f64>;
