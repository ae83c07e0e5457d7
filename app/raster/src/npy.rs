//! NumPy arrays (`.npy`, versions 1 to 3): two axes are rows and columns, a third is the bands.
//!
//! The file does not say which axis the bands are. They are the first when it is at most half as long as each
//! of the others, else the last; the image's remarks say which was taken, and `FILE:first`, `FILE:middle`
//! and `FILE:last` choose another.

use crate::complex;
use crate::describe::{BandDescription, ColorRole, ImageDescription};
use crate::driver::{Candidate, Opened};
use crate::error::Fault;
use crate::file::name_of;
use crate::georeference::Georeference;
use crate::number::NumberType;
use crate::plain::{ArrayLayout, PlainArray};
use crate::plan::BandPlan;
use crate::unpacked::Bytes;

const MAGIC: &[u8] = b"\x93NUMPY";
/// The longest header that is read.
const MOST_HEADER_BYTES: u64 = 1 << 20;

/// What the header says.
#[derive(Clone, Debug, PartialEq)]
struct Header {
    number: NumberType,
    form: Form,
    big_endian: bool,
    fortran_order: bool,
    shape: Vec<u64>,
    /// Where the numbers begin.
    offset: u64,
}

impl Header {
    fn read(candidate: &Candidate<'_>) -> Result<Self, Fault> {
        let head = &candidate.head;
        let cut = || Fault::damaged("its header ends early");
        let (len, begin) = match head.get(6).ok_or_else(cut)? {
            1 => (head.get(8..10).map(|b| u64::from(u16::from_le_bytes([b[0], b[1]]))), 10),
            2 | 3 => (head.get(8..12).map(|b| u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))), 12),
            other => {
                return Err(Fault::unsupported(format!("version {other} of the NumPy format is not read")));
            }
        };
        let len = len.ok_or_else(cut)?;
        if len > MOST_HEADER_BYTES {
            return Err(Fault::damaged(format!("it claims a header of {len} bytes")));
        }
        let text = candidate.file.read_range(begin, len as usize)?;
        Self::parse(&String::from_utf8_lossy(&text), begin + len)
    }

    /// A Python dictionary: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
    fn parse(text: &str, offset: u64) -> Result<Self, Fault> {
        let value = |key: &str| {
            let quoted = [format!("'{key}'"), format!("\"{key}\"")];
            let after = quoted.iter().find_map(|q| text.split_once(q.as_str()))?.1;
            after.trim_start().strip_prefix(':').map(str::trim_start)
        };
        let missing = |key: &str| Fault::damaged(format!("its header does not say its {key}"));
        let descr = value("descr").ok_or_else(|| missing("type"))?;
        let quote = descr.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let quote = quote.ok_or_else(|| Fault::unsupported("arrays of records are not read"))?;
        let descr = descr[1..].split(quote).next().unwrap_or_default();
        let order = value("fortran_order").ok_or_else(|| missing("order"))?;
        let shape = value("shape").and_then(|s| s.strip_prefix('(')).ok_or_else(|| missing("shape"))?;
        let shape = shape.split(')').next().unwrap_or_default();
        let sides: Result<Vec<u64>, _> = shape
            .split(',')
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .map(|n| n.trim_end_matches('L').parse())
            .collect();
        let shape =
            sides.map_err(|_| Fault::damaged(format!("its header claims the shape ({shape:.60})")))?;
        let (first, kind) = match descr.chars().next() {
            Some(c @ ('<' | '>' | '|' | '=')) => (c, &descr[1..]),
            _ => ('=', descr),
        };
        let (number, form) = number_type(kind).ok_or_else(|| {
            Fault::unsupported(format!("values of NumPy's type “{descr:.40}” are not read"))
        })?;
        let fortran_order = order.starts_with("True");
        Ok(Self { number, form, big_endian: first == '>', fortran_order, shape, offset })
    }

    /// Bytes between neighbours along each axis.
    fn steps(&self) -> Result<Vec<u64>, Fault> {
        let mut axes: Vec<usize> = (0..self.shape.len()).collect();
        if !self.fortran_order {
            axes.reverse();
        }
        let mut steps = vec![0; axes.len()];
        let mut step = (self.number.size() as u64) << u8::from(self.form == Form::Complex);
        for axis in axes {
            steps[axis] = step;
            step = step
                .checked_mul(self.shape[axis])
                .ok_or_else(|| Fault::damaged("its header claims more bytes than files can have"))?;
        }
        Ok(steps)
    }
}

/// What numbers stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Number,
    /// 1 and 0.
    Truth,
    /// Two of them: real, imaginary.
    Complex,
}

fn number_type(kind: &str) -> Option<(NumberType, Form)> {
    Some(match kind {
        "b1" => (NumberType::U8, Form::Truth),
        "u1" => (NumberType::U8, Form::Number),
        "i1" => (NumberType::I8, Form::Number),
        "u2" => (NumberType::U16, Form::Number),
        "i2" => (NumberType::I16, Form::Number),
        "u4" => (NumberType::U32, Form::Number),
        "i4" => (NumberType::I32, Form::Number),
        "u8" => (NumberType::U64, Form::Number),
        "i8" => (NumberType::I64, Form::Number),
        "f2" => (NumberType::F16, Form::Number),
        "f4" => (NumberType::F32, Form::Number),
        "f8" => (NumberType::F64, Form::Number),
        "c8" => (NumberType::F32, Form::Complex),
        "c16" => (NumberType::F64, Form::Complex),
        _ => return None,
    })
}

/// Which axes are rows, columns and bands.
pub(crate) fn axes(shape: &[u64], wish: Option<&str>) -> Result<(usize, usize, Option<usize>), Fault> {
    let bands = match (shape.len(), wish) {
        (2, None) => return Ok((0, 1, None)),
        (2, Some(wish)) => {
            return Err(Fault::out_of_range(format!("“{wish}” chooses among three axes, and it has two")));
        }
        (3, Some("first")) => 0,
        (3, Some("middle")) => 1,
        (3, Some("last")) => 2,
        (3, Some(wish)) => {
            return Err(Fault::out_of_range(format!("“{wish}” names no axis: say first, middle or last")));
        }
        (3, None) => {
            let half = shape[1].min(shape[2]) / 2;
            if shape[0] <= half { 0 } else { 2 }
        }
        (n, _) => {
            return Err(Fault::unsupported(format!(
                "an array of {n} axes is no image: it takes two or three"
            )));
        }
    };
    let rest: Vec<usize> = (0..3).filter(|axis| *axis != bands).collect();
    Ok((rest[0], rest[1], Some(bands)))
}

/// `None` when the file is no NumPy array.
pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
    if !candidate.head.starts_with(MAGIC) {
        return Ok(None);
    }
    let header = Header::read(candidate)?;
    let (rows, columns, bands) = axes(&header.shape, candidate.part.take())?;
    let side = |axis: usize| match header.shape[axis] {
        n @ 1..=0x7fff_ffff => Ok(n as u32),
        n => Err(Fault::damaged(format!("its header claims an axis of length {n}"))),
    };
    let samples = bands.map_or(Ok(1), side)?;
    let parts = if header.form == Form::Complex { 4 } else { 1 };
    let samples = u16::try_from(samples).ok().filter(|n| *n <= u16::MAX / parts).ok_or_else(|| {
        Fault::unsupported(format!("{samples} bands are more than the 65535 that an image can have"))
    })?;
    let steps = header.steps()?;
    let layout = ArrayLayout {
        width: side(columns)?,
        height: side(rows)?,
        is_complex: header.form == Form::Complex,
        samples,
        offset: header.offset,
        x_step: steps[columns],
        y_step: steps[rows],
        sample_step: bands.map_or(0, |axis| steps[axis]),
        number: header.number,
        big_endian: header.big_endian,
    };
    let end =
        layout.end().ok_or_else(|| Fault::damaged("its header claims more bytes than files can have"))?;
    let len = candidate.file.len();
    if len < end {
        candidate
            .warnings
            .push(format!("The file ends early: it has {len} of the {end} bytes that its header promises."));
    }
    if let Some(axis) = bands {
        let name = ["first", "middle", "last"][axis];
        candidate.warnings.push(format!(
            "Of its axes {:?} the {name} is taken as the bands; {}:first, :middle or :last takes another.",
            header.shape,
            name_of(candidate.path)
        ));
    }
    let image = describe(candidate, &header, &layout, bands);
    let plan = if layout.is_complex { complex::plan(&image, None) } else { BandPlan::direct(&image) };
    let driver = Box::new(PlainArray { bytes: Bytes::File(candidate.file.clone()), layout });
    Ok(Some(Opened { image, plan, driver, files: vec![candidate.path.to_path_buf()] }))
}

fn describe(
    candidate: &mut Candidate<'_>,
    header: &Header,
    layout: &ArrayLayout,
    bands: Option<usize>,
) -> ImageDescription {
    let mut warnings = std::mem::take(&mut candidate.warnings);
    let mut place = Georeference::default();
    place.add_neighbours(candidate.path, &mut warnings);
    place.check_extent(layout.width, layout.height, &mut warnings);
    let number = header.number;
    let colors: &[ColorRole] = match (layout.samples, number) {
        (1, _) => &[ColorRole::Gray],
        (3, NumberType::U8 | NumberType::U16) => &[ColorRole::Red, ColorRole::Green, ColorRole::Blue],
        _ => &[],
    };
    let (dtype, range) = match header.form {
        Form::Truth => ("bool", Some((0.0, 1.0))),
        Form::Complex | Form::Number => (layout.type_name(), number.range()),
    };
    let band = |index| BandDescription {
        color: colors.get(index).copied().unwrap_or(ColorRole::Undefined),
        range,
        ..BandDescription::plain(index, dtype)
    };
    let interleave = match (bands, header.fortran_order) {
        (Some(0), false) | (Some(2), true) | (None, _) => "BAND",
        (Some(1), _) => "LINE",
        _ => "PIXEL",
    };
    let bands: Vec<BandDescription> = (0..usize::from(layout.samples)).map(band).collect();
    let bands = if layout.is_complex { complex::bands(bands) } else { bands };
    let size = (layout.width, layout.height);
    ImageDescription {
        crs: place.crs,
        transform: place.transform,
        interleave: interleave.into(),
        warnings,
        ..ImageDescription::plain(name_of(candidate.path), "NPY", size, bands, number.sample_type())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_python_are_understood_and_odd_ones_refused() {
        let header = Header::parse("{'descr': '>i2', 'fortran_order': True, 'shape': (4, 5, 6), }\n", 128);
        let header = header.expect("a header");
        assert_eq!((header.number, header.big_endian, header.fortran_order), (NumberType::I16, true, true));
        assert_eq!(header.steps(), Ok(vec![2, 8, 40]));
        let said = |text: &str| Header::parse(text, 0).expect_err("refused").to_string();
        assert!(said("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}").contains("records"));
        assert!(said("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}").contains("“|O”"));
        assert!(said("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, x)}").contains("(-1, x)"));
        assert!(said("{'shape': (1,)}").contains("type"));
    }

    #[test]
    fn the_first_axis_is_the_bands_only_when_it_is_clearly_the_shortest() {
        let bands = |shape: &[u64]| axes(shape, None).map(|found| found.2);
        assert_eq!(bands(&[3, 512, 512]), Ok(Some(0)));
        assert_eq!(bands(&[512, 512, 3]), Ok(Some(2)));
        assert_eq!(bands(&[224, 512, 614]), Ok(Some(0)));
        assert_eq!(bands(&[64, 96, 224]), Ok(Some(2)));
        assert_eq!(bands(&[145, 145, 200]), Ok(Some(2)));
        assert_eq!(bands(&[7, 9]), Ok(None));
        assert_eq!(axes(&[64, 96, 224], Some("middle")), Ok((0, 2, Some(1))));
        assert!(axes(&[1, 2, 3, 4], None).is_err() && axes(&[1, 2], Some("first")).is_err());
    }
}
