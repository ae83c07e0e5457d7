//! JPEG 2000: the boxes of a JP2 file, its codestream cut into tiles that are decoded alone, and where it
//! lies (GeoJP2, GML in JP2, world file). The wavelets and bit planes are the work of `hayro-jpeg2000`.

mod boxes;
pub(crate) mod decode;
mod header;
mod open;
mod place;
mod reader;
mod tiles;

pub(crate) use header::Header;
pub(crate) use open::try_open;
