//! GeoPackage geometry blobs: a header with a box, then WKB.

use geo::{BoundingRect as _, Geometry};

use super::wkb;

const MAGIC: &[u8; 2] = b"GP";
const LITTLE_ENDIAN: u8 = 1;
const EMPTY: u8 = 1 << 4;
const EXTENDED: u8 = 1 << 5;

/// What a blob holds.
#[derive(Debug, PartialEq)]
pub(crate) struct Blob {
    pub(crate) srs_id: i32,
    /// `None` for an empty geometry.
    pub(crate) geometry: Option<Geometry<f64>>,
}

/// The blob of a geometry, with its box in front for readers that only want that.
pub(crate) fn encode(geometry: &Geometry<f64>, srs_id: i32) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.extend_from_slice(MAGIC);
    out.push(0);
    let rect = geometry.bounding_rect();
    let envelope = if rect.is_some() { 1 << 1 } else { EMPTY };
    out.push(LITTLE_ENDIAN | envelope);
    out.extend_from_slice(&srs_id.to_le_bytes());
    if let Some(rect) = rect {
        for n in [rect.min().x, rect.max().x, rect.min().y, rect.max().y] {
            out.extend_from_slice(&n.to_le_bytes());
        }
    }
    wkb::write(geometry, &mut out);
    out
}

/// Reads a blob of whatever program. The error is half a sentence.
pub(crate) fn decode(bytes: &[u8]) -> Result<Blob, String> {
    let header: [u8; 8] = bytes.first_chunk().copied().ok_or("it is shorter than a header")?;
    if &header[..2] != MAGIC {
        return Err("it does not begin with the letters GP".into());
    }
    let flags = header[3];
    if flags & EXTENDED != 0 {
        return Err("it is of an extended type that only its maker knows".into());
    }
    let id = [header[4], header[5], header[6], header[7]];
    let srs_id = if flags & LITTLE_ENDIAN == 0 { i32::from_be_bytes(id) } else { i32::from_le_bytes(id) };
    let envelope_bytes = match (flags >> 1) & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        other => return Err(format!("its header names an envelope of the unknown kind {other}")),
    };
    let body = bytes.get(8 + envelope_bytes..).ok_or("it ends inside its header")?;
    if flags & EMPTY != 0 {
        return Ok(Blob { srs_id, geometry: None });
    }
    Ok(Blob { srs_id, geometry: wkb::read(body)? })
}

#[cfg(test)]
mod tests {
    use geo::{Coord, LineString, MultiPolygon, Polygon, point};
    use proptest::prelude::*;

    use super::*;

    fn square(at: f64) -> Polygon<f64> {
        let ring = |a: f64, b: f64| LineString::from(vec![(a, a), (b, a), (b, b), (a, b), (a, a)]);
        Polygon::new(ring(at, at + 10.0), vec![ring(at + 1.0, at + 2.0)])
    }

    #[test]
    fn geometry_comes_back_bit_for_bit() {
        for geometry in [
            Geometry::from(point!(x: 0.1, y: -1e300)),
            square(4_000_000.123).into(),
            MultiPolygon::new(vec![square(0.0), square(20.0)]).into(),
            LineString::from(vec![(0.0, 0.0), (1.0, 1.0)]).into(),
            geo::MultiLineString::new(vec![LineString::from(vec![(0.0, 0.0), (1.0, 1.0)])]).into(),
            geo::MultiPoint::new(vec![point!(x: 1.0, y: 2.0), point!(x: 3.0, y: 4.0)]).into(),
        ] {
            let blob = decode(&encode(&geometry, 26915)).expect("readable");
            assert_eq!(blob, Blob { srs_id: 26915, geometry: Some(geometry) });
        }
    }

    #[test]
    fn the_box_stands_in_front() {
        let bytes = encode(&square(5.0).into(), 4326);
        let number = |i: usize| f64::from_le_bytes(bytes[8 + i * 8..16 + i * 8].try_into().expect("8 bytes"));
        assert_eq!([number(0), number(1), number(2), number(3)], [5.0, 15.0, 5.0, 15.0]);
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn no_damaged_blob_makes_the_reader_panic(at in 0_usize..250, bit in 0_u8..8, keep in 0_usize..250) {
            let mut bytes = encode(&MultiPolygon::new(vec![square(1.0)]).into(), 1);
            let i = at % bytes.len();
            bytes[i] ^= 1 << bit;
            bytes.truncate(keep);
            let _ = decode(&bytes);
        }

        #[test]
        fn any_line_comes_back(points in proptest::collection::vec((any::<f64>(), any::<f64>()), 2..20)) {
            prop_assume!(points.iter().all(|p| p.0.is_finite() && p.1.is_finite()));
            let line: LineString<f64> = points.iter().map(|p| Coord { x: p.0, y: p.1 }).collect();
            let geometry = Geometry::from(line);
            prop_assert_eq!(decode(&encode(&geometry, 0)).expect("readable").geometry, Some(geometry));
        }
    }
}
