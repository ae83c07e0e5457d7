//! ENVI images: a header of text beside a file of plain numbers.

pub mod header;
mod open;
mod place;
pub(crate) mod spectral;

pub(crate) use open::try_open;
