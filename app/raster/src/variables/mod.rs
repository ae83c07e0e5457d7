//! Images in NetCDF and HDF5 files: one variable of the file, two of whose axes are columns and rows; all
//! others are bands.
//!
//! `FILE:variable` says which variable, `FILE:variable[3]` takes one image of a stack. The bytes are
//! understood by `netcdf-reader` and `hdf5-reader`; what a variable means as an image is decided here.

mod axes;
mod bands;
mod choose;
mod container;
mod open;
mod place;
mod reader;
mod table;

pub(crate) use open::try_open;
