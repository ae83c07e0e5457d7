//! Well-known binary, both ways: ISO and the extended dialect, Z and M dropped.

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point,
    Polygon,
};

const DEEPEST: u32 = 8;
const EWKB_Z: u32 = 0x8000_0000;
const EWKB_M: u32 = 0x4000_0000;
const EWKB_SRID: u32 = 0x2000_0000;

/// Appends a geometry as little-endian ISO WKB.
pub(crate) fn write(geometry: &Geometry<f64>, out: &mut Vec<u8>) {
    match geometry {
        Geometry::Point(p) => {
            head(1, out);
            coord(p.0, out);
        }
        Geometry::LineString(l) => {
            head(2, out);
            line(l, out);
        }
        Geometry::Polygon(p) => {
            head(3, out);
            count(1 + p.interiors().len(), out);
            line(p.exterior(), out);
            p.interiors().iter().for_each(|ring| line(ring, out));
        }
        Geometry::MultiPoint(m) => parts(4, m.0.iter().map(|p| Geometry::Point(*p)), out),
        Geometry::MultiLineString(m) => parts(5, m.0.iter().cloned().map(Geometry::LineString), out),
        Geometry::MultiPolygon(m) => parts(6, m.0.iter().cloned().map(Geometry::Polygon), out),
        Geometry::GeometryCollection(c) => parts(7, c.0.iter().cloned(), out),
        Geometry::Rect(r) => write(&r.to_polygon().into(), out),
        Geometry::Triangle(t) => write(&t.to_polygon().into(), out),
        Geometry::Line(l) => write(&LineString::from(vec![l.start, l.end]).into(), out),
    }
}

fn head(kind: u32, out: &mut Vec<u8>) {
    out.push(1);
    out.extend_from_slice(&kind.to_le_bytes());
}

fn count(n: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
}

fn coord(c: Coord<f64>, out: &mut Vec<u8>) {
    out.extend_from_slice(&c.x.to_le_bytes());
    out.extend_from_slice(&c.y.to_le_bytes());
}

fn line(line: &LineString<f64>, out: &mut Vec<u8>) {
    count(line.0.len(), out);
    line.0.iter().for_each(|c| coord(*c, out));
}

fn parts(kind: u32, parts: impl ExactSizeIterator<Item = Geometry<f64>>, out: &mut Vec<u8>) {
    head(kind, out);
    count(parts.len(), out);
    parts.for_each(|part| write(&part, out));
}

/// Reads one geometry; `None` when it is empty. The error is half a sentence.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<Geometry<f64>>, String> {
    let mut reader = Reader { rest: bytes };
    reader.geometry(DEEPEST)
}

struct Reader<'a> {
    rest: &'a [u8],
}

/// Byte order and numbers per vertex of the geometry at hand.
#[derive(Clone, Copy)]
struct Form {
    little: bool,
    ordinates: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or("it ends too early")?;
        self.rest = rest;
        Ok(*taken)
    }

    fn integer(&mut self, little: bool) -> Result<u32, String> {
        let bytes = self.take::<4>()?;
        Ok(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn number(&mut self, little: bool) -> Result<f64, String> {
        let bytes = self.take::<8>()?;
        Ok(if little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    /// A count of things of at least `bytes_each`, refused where the rest cannot hold so many.
    fn count(&mut self, little: bool, bytes_each: usize) -> Result<usize, String> {
        let n = self.integer(little)? as usize;
        if n > self.rest.len() / bytes_each {
            return Err(format!("it announces {n} parts but has no room for them"));
        }
        Ok(n)
    }

    fn coord(&mut self, form: Form) -> Result<Coord<f64>, String> {
        let c = Coord { x: self.number(form.little)?, y: self.number(form.little)? };
        for _ in 2..form.ordinates {
            self.number(form.little)?;
        }
        Ok(c)
    }

    fn line(&mut self, form: Form) -> Result<LineString<f64>, String> {
        let n = self.count(form.little, form.ordinates * 8)?;
        (0..n).map(|_| self.coord(form)).collect::<Result<Vec<_>, _>>().map(LineString::new)
    }

    fn polygon(&mut self, form: Form) -> Result<Option<Polygon<f64>>, String> {
        let n = self.count(form.little, 4)?;
        let mut rings = (0..n).map(|_| self.line(form)).collect::<Result<Vec<_>, _>>()?.into_iter();
        let outer = rings.next().filter(|ring| !ring.0.is_empty());
        Ok(outer.map(|outer| Polygon::new(outer, rings.collect())))
    }

    /// Byte order and kind without its Z and M.
    fn head(&mut self) -> Result<(Form, u32), String> {
        let little = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            [other] => return Err(format!("its byte order is {other}")),
        };
        let mut kind = self.integer(little)?;
        let mut ordinates = 2 + usize::from(kind & EWKB_Z != 0) + usize::from(kind & EWKB_M != 0);
        if kind & EWKB_SRID != 0 {
            self.integer(little)?;
        }
        kind &= !(EWKB_Z | EWKB_M | EWKB_SRID);
        match kind / 1000 {
            0 => {}
            1 | 2 => ordinates = 3,
            3 => ordinates = 4,
            _ => return Err(format!("its type {kind} is unknown")),
        }
        Ok((Form { little, ordinates }, kind % 1000))
    }

    fn geometry(&mut self, deeper: u32) -> Result<Option<Geometry<f64>>, String> {
        let (form, kind) = self.head()?;
        Ok(match kind {
            1 => {
                let c = self.coord(form)?;
                // WKB says an empty point with NaN.
                (!c.x.is_nan() || !c.y.is_nan()).then(|| Point(c).into())
            }
            2 => Some(self.line(form)?).filter(|l| !l.0.is_empty()).map(Geometry::from),
            3 => self.polygon(form)?.map(Geometry::from),
            4..=7 => self.parts(form, kind, deeper)?,
            8..=14 => {
                return Err(
                    "it has curves; convert it to straight lines first (`ogr2ogr -nlt CONVERT_TO_LINEAR`)"
                        .into(),
                );
            }
            15..=17 => return Err("it is a surface in space (polyhedron, TIN or triangle)".into()),
            _ => return Err(format!("its type {kind} is unknown")),
        })
    }

    fn parts(&mut self, form: Form, kind: u32, deeper: u32) -> Result<Option<Geometry<f64>>, String> {
        let deeper = deeper.checked_sub(1).ok_or("its collections are nested too deep")?;
        let n = self.count(form.little, 9)?;
        let mut parts = Vec::new();
        for _ in 0..n {
            parts.extend(self.geometry(deeper)?);
        }
        if parts.is_empty() {
            return Ok(None);
        }
        let wrong = || "a part of it is of another type than the whole".to_owned();
        macro_rules! all {
            ($variant:ident) => {
                parts
                    .into_iter()
                    .map(|p| if let Geometry::$variant(p) = p { Ok(p) } else { Err(wrong()) })
                    .collect::<Result<Vec<_>, _>>()?
            };
        }
        Ok(Some(match kind {
            4 => MultiPoint::new(all!(Point)).into(),
            5 => MultiLineString::new(all!(LineString)).into(),
            6 => MultiPolygon::new(all!(Polygon)).into(),
            _ => Geometry::GeometryCollection(GeometryCollection::new_from(parts)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|c| u8::from_str_radix(std::str::from_utf8(c).expect("ascii"), 16).expect("hex"))
            .collect()
    }

    #[test]
    fn height_and_measure_are_dropped_in_both_dialects() {
        let numbers = "000000000000F03F 0000000000000040 0000000000000840";
        let want = Some(Geometry::from(Point::new(1.0, 2.0)));
        for kind in ["E9030000", "01000080", "D1070000", "01000040"] {
            assert_eq!(read(&hex(&format!("01 {kind} {numbers}"))), Ok(want.clone()), "{kind}");
        }
        assert_eq!(read(&hex(&format!("01 01000020 E6100000 {}", &numbers[..33]))), Ok(want.clone()));
        let big = "00 00000001 3FF0000000000000 4000000000000000";
        assert_eq!(read(&hex(big)), Ok(want));
    }

    #[test]
    fn empty_shapes_are_none_and_curves_are_refused_by_name() {
        assert_eq!(read(&hex("01 03000000 00000000")), Ok(None));
        assert_eq!(read(&hex("01 01000000 000000000000F87F 000000000000F87F")), Ok(None));
        assert!(read(&hex("01 08000000 00000000")).expect_err("a curve").contains("curves"));
        assert!(read(&hex("01 0F000000 00000000")).expect_err("a surface").contains("surface"));
    }

    #[test]
    fn a_count_beyond_the_bytes_is_refused_before_anything_is_allocated() {
        assert!(read(&hex("01 02000000 FFFFFFFF")).expect_err("refused").contains("no room"));
        let mut nested = Vec::new();
        for _ in 0..20 {
            nested.extend(hex("01 07000000 01000000"));
        }
        nested.extend(hex("01 01000000 000000000000F03F 0000000000000040"));
        assert!(read(&nested).expect_err("refused").contains("deep"));
    }
}
