//! The GeoPackage side of the file: geometry blobs, reference systems, the tables every reader looks for.

pub(crate) mod blob;
pub(crate) mod srs;
pub(crate) mod wkb;
