//! Spectra, spectral libraries and hyperspectral products, on the CPU.
//!
//! Five nouns: a [`Spectrum`] is values over wavelengths; a [`Cube`] hands out rows of pixels, so that it may
//! be larger than memory; a [`Gaussian`] says what its pixels are like; [`Members`] are the spectra that
//! products compare pixels with; [`Rows`] of results go to a sink as they are done. What a product makes of each
//! pixel is also there as plain numbers ([`LinearMap`]), which an [`Engine`] such as a GPU computes by [`map_on`].
//!
//! Products are the same to the bit for the same cube and seed, on any number of threads: rows are worked on
//! in stripes that depend on the shape of the cube alone, and put together in order. They compute in double
//! precision (the spectral angle in single precision where that loses nothing), so that they agree with
//! Spectral Python, scikit-learn and NumPy to 10⁻⁵.
//!
//! ```
//! use spectral::{Background, Cube as _, Gaussian, Interleave, MemoryCube, Shape, Values, anomaly};
//! let samples: Vec<f32> = (0..600_u32).map(|i| (i * i % 101) as f32).collect();
//! let shape = Shape { width: 20, height: 10, bands: 3 };
//! let cube = MemoryCube::new(Values::F32(&samples), shape, Interleave::Pixel)?;
//! let background = Background::new(&Gaussian::of(&cube, &|_| true)?)?;
//! let mut largest = 0.0_f32;
//! anomaly(&cube, &background, &|_| true, &mut |rows| {
//!     largest = rows.values.iter().copied().fold(largest, f32::max);
//!     Ok(())
//! })?;
//! assert!(largest > 3.0, "no pixel is farther from the mean than the bands allow on average");
//! # Ok::<(), spectral::SpectralError>(())
//! ```

mod angle;
mod background;
mod components;
mod continuum;
mod cube;
mod engine;
mod error;
mod gaussian;
mod kmeans;
pub mod library;
mod linear;
mod matrix;
mod members;
mod noise;
mod panel;
mod presets;
mod region;
mod resample;
mod spectrum;
mod stripes;
#[cfg(test)]
mod tests;
mod unmix;

pub use angle::{angles_map, spectral_angle, spectral_angles};
pub use background::{Background, anomaly, coherence, matched_filter};
pub use components::Components;
pub use cube::{Block, Cube, Interleave, MemoryCube, Shape, Values};
pub use engine::{ComputedBy, Engine, EngineError, Twin, map_on};
pub use error::{BoxError, SpectralError};
pub use gaussian::Gaussian;
pub use kmeans::{ClusterOptions, Clusters};
pub use library::{Library, LibraryError};
pub use linear::{Finish, LinearMap};
pub use members::Members;
pub use presets::{BandPreset, band_presets};
pub use region::{BandOfRegion, RegionStatistics};
pub use resample::TargetBands;
pub use spectrum::{Normalisation, Spectrum, nearest_band, spacing_nm};
pub use stripes::{Progress, Rows, Sink};
pub use unmix::{Constraint, unmix, unmix_one};
