//! Spectra of places and regions of an image, and products of it in a file.
//!
//! Four nouns: an [`ImageCube`] is the bands of an open image that are used, in physical values; a
//! [`Recipe`] says which product is made of it and how; a [`Thinned`] cube is small enough to be turned on the
//! screen; [`files`] are spectral libraries on the disk. The window and the command line read and make them through these, so that both give the same numbers.
//!
//! ```no_run
//! use cubes::{ImageCube, Kind, Recipe};
//! let source = raster::Source::open("cube.hdr".as_ref())?;
//! let cube = ImageCube::of_usable(&source)?;
//! let facts = Recipe::new(Kind::Principal).make(&cube, "pca.tif".as_ref(), &|_, _| true)?;
//! println!("{:?}", facts.eigenvalues);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
pub mod files;
mod image;
mod inside;
mod recipe;
mod region;
mod rows;
#[cfg(test)]
mod tests;
mod thinned;

pub use error::CubeError;
pub use image::ImageCube;
pub use recipe::{Facts, Kind, Phase, Recipe};
pub use region::of_region;
pub use thinned::{Room, Thinned};
