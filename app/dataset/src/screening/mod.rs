//! Screenings and the world outside the project: areas from shapes, cells without data, and the proof of what was
//! looked at as GeoJSON and as a raster.

mod area;
mod proof;
#[cfg(test)]
mod tests;
mod without_data;

pub use area::{area_of_features, area_of_regions};
pub use proof::{CoverageError, JournalEnd, coverage, screening_geojson, write_coverage};
pub use without_data::cells_without_data;
