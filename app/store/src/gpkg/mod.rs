//! The GeoPackage side of the file: geometry blobs, reference systems, the tables every reader looks for.

pub(crate) mod blob;
pub(crate) mod srs;
pub(crate) mod wkb;

/// A shape as ISO well-known binary, the least byte first.
pub fn well_known_binary(geometry: &geo::Geometry<f64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    wkb::write(geometry, &mut bytes);
    bytes
}
