//! MATLAB files of version 5 (`.mat`, until 7.2): one array of the file, column after column as MATLAB keeps
//! them. `FILE:name` says which; those of version 7.3 are HDF5.

use crate::describe::{BandDescription, ColorRole, ImageDescription};
use crate::driver::{Candidate, Opened};
use crate::envi::spectral::Unit;
use crate::error::Fault;
use crate::file::{RandomFile, name_of};
use crate::npy;
use crate::number::{Buffer as _, NumberType};
use crate::plain::{ArrayLayout, PlainArray};
use crate::plan::BandPlan;
use crate::samples::SampleBuffer;
use crate::unpacked::{Bytes, Packing, Stretch, begin_of_zlib};

const HEADER_BYTES: u64 = 128;
/// Types of elements.
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;
/// How much of an element is looked at to know what it is.
const ELEMENT_HEAD_BYTES: u64 = 4096;
/// The longest list of wavelengths, in bytes.
const LIST_BYTES: u64 = 1 << 20;
/// The most elements that are looked at.
const MOST_ELEMENTS: usize = 4096;

/// One numeric array of the file.
#[derive(Clone, Debug)]
struct Array {
    name: String,
    shape: Vec<u64>,
    number: NumberType,
    is_complex: bool,
    /// Where the element lies in the file.
    begin: u64,
    end: u64,
    is_packed: bool,
    /// Where its numbers begin: in the file, or in what the packed element becomes.
    offset: u64,
}

/// Reads the parts of an element one after the other.
struct Parts<'a> {
    bytes: &'a [u8],
    at: usize,
    big_endian: bool,
}

impl<'a> Parts<'a> {
    fn word(&self, at: usize) -> Option<u32> {
        let four = self.bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    }

    /// Type, length and place of the next part.
    fn tag(&mut self) -> Option<(u32, u64, usize)> {
        let first = self.word(self.at)?;
        if first >> 16 != 0 {
            let part = (first & 0xffff, u64::from(first >> 16), self.at + 4);
            self.at += 8;
            return Some(part);
        }
        let len = u64::from(self.word(self.at + 4)?);
        let part = (first, len, self.at + 8);
        self.at = (self.at + 8).checked_add(usize::try_from(len.next_multiple_of(8)).ok()?)?;
        Some(part)
    }

    fn short(&mut self) -> Option<(u32, &'a [u8])> {
        let (kind, len, at) = self.tag()?;
        Some((kind, self.bytes.get(at..at.checked_add(len as usize)?)?))
    }
}

/// `None` when the file is not MATLAB's.
pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
    let head = &candidate.head;
    if !head.starts_with(b"MATLAB 5.0 MAT-file") || head.len() < HEADER_BYTES as usize {
        return Ok(None);
    }
    let big_endian = match head[126..128] {
        [b'I', b'M'] => false,
        [b'M', b'I'] => true,
        _ => return Err(Fault::damaged("its header does not say its byte order")),
    };
    let arrays = arrays(&candidate.file, big_endian);
    let array = choose(&arrays, candidate.part.take())?.clone();
    if array.is_complex {
        return Err(Fault::unsupported(format!(
            "“{}” holds complex numbers, which are not read",
            array.name
        )));
    }
    open(candidate, &arrays, &array, big_endian).map(Some)
}

/// All numeric arrays at the top of the file.
fn arrays(file: &RandomFile, big_endian: bool) -> Vec<Array> {
    let mut found = Vec::new();
    let mut at = HEADER_BYTES;
    for _ in 0..MOST_ELEMENTS {
        let Ok(tag) = file.read_range(at, 8) else { break };
        let parts = Parts { bytes: &tag, at: 0, big_endian };
        let (Some(kind), Some(len)) = (parts.word(0), parts.word(4)) else { break };
        let (begin, end) = (at + 8, at + 8 + u64::from(len));
        let head_end = end.min(file.len());
        if kind == MATRIX {
            let len = (head_end - begin.min(head_end)).min(ELEMENT_HEAD_BYTES);
            let head = file.read_range(begin, len as usize).unwrap_or_default();
            found.extend(array(&head, big_endian, (begin, end), false));
        } else if kind == COMPRESSED {
            let stretch = Stretch { file: file.clone(), begin, end: head_end };
            let head = begin_of_zlib(stretch, ELEMENT_HEAD_BYTES);
            found.extend(array(head.get(8..).unwrap_or_default(), big_endian, (begin, end), true));
        }
        at = if kind == COMPRESSED { end } else { end.next_multiple_of(8) };
    }
    found
}

/// What the head of a matrix element says, after its tag.
fn array(head: &[u8], big_endian: bool, (begin, end): (u64, u64), is_packed: bool) -> Option<Array> {
    let mut parts = Parts { bytes: head, at: 0, big_endian };
    let (_, _, flags_at) = parts.tag()?;
    let flags = parts.word(flags_at)?;
    let is_numeric = (6..=15).contains(&(flags & 0xff));
    let (_, dims) = parts.short()?;
    let (sides, _) = dims.as_chunks::<4>();
    let side = |b: &[u8; 4]| if big_endian { u32::from_be_bytes(*b) } else { u32::from_le_bytes(*b) };
    let shape: Vec<u64> = sides.iter().map(|b| u64::from(side(b))).collect();
    let (_, name) = parts.short()?;
    let name = String::from_utf8_lossy(name).into_owned();
    let (kind, _, numbers_at) = parts.tag()?;
    let number = number_type(kind).filter(|_| is_numeric)?;
    let offset = numbers_at as u64 + if is_packed { 8 } else { begin };
    Some(Array { name, shape, number, is_complex: flags & 0x0800 != 0, begin, end, is_packed, offset })
}

fn number_type(kind: u32) -> Option<NumberType> {
    Some(match kind {
        1 => NumberType::I8,
        2 => NumberType::U8,
        3 => NumberType::I16,
        4 => NumberType::U16,
        5 => NumberType::I32,
        6 => NumberType::U32,
        7 => NumberType::F32,
        9 => NumberType::F64,
        12 => NumberType::I64,
        13 => NumberType::U64,
        _ => return None,
    })
}

/// The array that was asked for, else the one with the most numbers that is more than a list.
fn choose<'a>(arrays: &'a [Array], wish: Option<&str>) -> Result<&'a Array, Fault> {
    let is_image = |a: &&Array| a.shape.len() >= 2 && a.shape.iter().filter(|n| **n > 1).count() >= 2;
    let names = || {
        let names: Vec<&str> = arrays.iter().filter(is_image).take(8).map(|a| a.name.as_str()).collect();
        names.join(", ").chars().take(160).collect::<String>()
    };
    let size = |a: &&Array| a.shape.iter().fold(1_u64, |product, n| product.saturating_mul(*n));
    match wish {
        Some(wish) => arrays
            .iter()
            .find(|a| a.name == wish)
            .ok_or_else(|| Fault::out_of_range(format!("it has no array “{wish:.60}”; it has {}", names()))),
        None => arrays
            .iter()
            .filter(is_image)
            .max_by_key(size)
            .ok_or_else(|| Fault::NotAnImage("none of its arrays is an image".into())),
    }
}

fn open(
    candidate: &mut Candidate<'_>,
    arrays: &[Array],
    array: &Array,
    big_endian: bool,
) -> Result<Opened, Fault> {
    let (rows, columns, bands) = npy::axes(&array.shape, None)?;
    let mut warnings = std::mem::take(&mut candidate.warnings);
    let side = |axis: usize| match array.shape[axis] {
        n @ 1..=0x7fff_ffff => Ok(n as u32),
        n => Err(Fault::damaged(format!("“{}” claims a side of length {n}", array.name))),
    };
    let samples = bands.map_or(Ok(1), side)?;
    let samples = u16::try_from(samples).map_err(|_| {
        Fault::unsupported(format!("{samples} bands are more than the 65535 that an image can have"))
    })?;
    let far = || Fault::damaged("it claims more bytes than files can have");
    let mut steps = Vec::with_capacity(array.shape.len());
    let mut step = array.number.size() as u64;
    for n in &array.shape {
        steps.push(step);
        step = step.checked_mul(*n).ok_or_else(far)?;
    }
    let layout = ArrayLayout {
        width: side(columns)?,
        height: side(rows)?,
        is_complex: false,
        samples,
        offset: array.offset,
        x_step: steps[columns],
        y_step: steps[rows],
        sample_step: bands.map_or(0, |axis| steps[axis]),
        number: array.number,
        big_endian,
    };
    let end = layout.end().ok_or_else(far)?;
    if !array.is_packed && candidate.file.len() < end {
        let len = candidate.file.len();
        warnings.push(format!("The file ends early: it has {len} of the {end} bytes that it promises."));
    }
    let bytes = bytes_of(candidate, array, end)?;
    let image = describe(candidate, arrays, array, &layout, warnings, big_endian);
    let plan = BandPlan::direct(&image);
    let files = vec![candidate.path.to_path_buf()];
    Ok(Opened { image, plan, driver: Box::new(PlainArray { bytes, layout }), files })
}

fn bytes_of(candidate: &Candidate<'_>, array: &Array, wanted: u64) -> Result<Bytes, Fault> {
    let file = candidate.file.clone();
    if !array.is_packed {
        return Ok(Bytes::File(file));
    }
    let stretch = Stretch { begin: array.begin, end: array.end.min(file.len()), file };
    Bytes::packed(stretch, Packing::Zlib, wanted, candidate.options.overviews.folder.clone())
}

fn describe(
    candidate: &Candidate<'_>,
    arrays: &[Array],
    array: &Array,
    layout: &ArrayLayout,
    mut warnings: Vec<String>,
    big_endian: bool,
) -> ImageDescription {
    let count = usize::from(layout.samples);
    let list = |words: &[&str]| {
        let fits = |a: &&Array| {
            let name = a.name.to_lowercase();
            words.iter().any(|w| name.contains(w))
                && a.shape.iter().product::<u64>() == count as u64
                && count > 1
        };
        arrays.iter().find(fits).map(|a| numbers(candidate, a, count, big_endian)).unwrap_or_default()
    };
    let (centres, widths) = (list(&["wavelength", "wvl", "lambda"]), list(&["fwhm", "bandwidth"]));
    let unit = Unit::guess(&centres);
    let band = |index: usize| BandDescription {
        color: if count == 1 { ColorRole::Gray } else { ColorRole::Undefined },
        range: layout.number.range(),
        wavelength_nm: centres.get(index).and_then(|n| unit.wavelength_nm(*n)),
        fwhm_nm: centres.get(index).zip(widths.get(index)).and_then(|(at, width)| unit.width_nm(*at, *width)),
        ..BandDescription::plain(index, layout.number.name())
    };
    let others: Vec<&str> =
        arrays.iter().filter(|a| a.name != array.name).take(8).map(|a| a.name.as_str()).collect();
    if !others.is_empty() {
        let others: String = others.join(", ").chars().take(160).collect();
        warnings.push(format!("“{}” is shown; FILE:NAME shows another array: {others}.", array.name));
    }
    ImageDescription {
        compression: if array.is_packed { "ZLIB" } else { "NONE" }.into(),
        warnings,
        metadata: vec![("variable".into(), array.name.clone())],
        ..ImageDescription::plain(
            name_of(candidate.path),
            "MAT5",
            (layout.width, layout.height),
            (0..count).map(band).collect(),
            layout.number.sample_type(),
        )
    }
}

/// The numbers of a short array; fewer when it ends early.
fn numbers(candidate: &Candidate<'_>, array: &Array, count: usize, big_endian: bool) -> Vec<f64> {
    let len = count * array.number.size();
    if len as u64 > LIST_BYTES {
        return Vec::new();
    }
    let bytes = if array.is_packed {
        let stretch = Stretch { file: candidate.file.clone(), begin: array.begin, end: array.end };
        let begin = begin_of_zlib(stretch, array.offset + len as u64);
        begin.get(array.offset as usize..).unwrap_or_default().to_vec()
    } else {
        candidate.file.read_range(array.offset, len).unwrap_or_default()
    };
    if bytes.len() < len {
        return Vec::new();
    }
    let mut out = SampleBuffer::zeros(array.number.sample_type(), count);
    out.unpack(array.number, big_endian, &bytes, array.number.size(), 0..count);
    (0..count).filter_map(|i| out.get(i)).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use crate::{OpenOptions, OverviewStore, Source};

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn element(kind: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = [kind.to_le_bytes(), (data.len() as u32).to_le_bytes()].concat();
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    }

    fn matrix(name: &str, class: u32, shape: &[u32], kind: u32, data: &[u8]) -> Vec<u8> {
        let dims: Vec<u8> = shape.iter().flat_map(|n| n.to_le_bytes()).collect();
        let flags = [class.to_le_bytes(), [0; 4]].concat();
        let parts = [element(6, &flags), element(5, &dims), element(1, name.as_bytes()), element(kind, data)];
        element(super::MATRIX, &parts.concat())
    }

    fn packed(element: &[u8]) -> Result<Vec<u8>, std::io::Error> {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(element)?;
        let data = packer.finish()?;
        Ok([super::COMPRESSED.to_le_bytes().into(), (data.len() as u32).to_le_bytes().into(), data].concat())
    }

    fn file(elements: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = b"MATLAB 5.0 MAT-file, made by a test".to_vec();
        bytes.resize(124, b' ');
        bytes.extend([0, 1, b'I', b'M']);
        bytes.extend(elements.concat());
        bytes
    }

    fn open(path: &std::path::Path) -> Result<Source, crate::OpenError> {
        let overviews = OverviewStore { folder: None, most_bytes: 0 };
        Source::open_with(path, &OpenOptions { overviews, ..OpenOptions::default() })
    }

    #[test]
    fn arrays_are_read_column_by_column_packed_or_not() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("cube.mat");
        // 2 rows, 3 columns, 4 bands.
        let value = |y: u32, x: u32, band: u32| (100 * band + 10 * y + x) as i16 - 40;
        let data: Vec<u8> = (0..4)
            .flat_map(|b| (0..3).flat_map(move |x| (0..2).flat_map(move |y| value(y, x, b).to_le_bytes())))
            .collect();
        let cube = matrix("cube", 10, &[2, 3, 4], 3, &data);
        let nm: Vec<u8> = [450.0_f64, 550.0, 650.0, 850.0].iter().flat_map(|n| n.to_le_bytes()).collect();
        let list = matrix("wavelength_nm", 6, &[1, 4], 9, &nm);
        for elements in [vec![list.clone(), cube.clone()], vec![packed(&cube)?, packed(&list)?]] {
            std::fs::write(&path, file(&elements))?;
            let source = open(&path)?;
            let image = source.image();
            assert_eq!((image.width, image.height, image.driver.as_str()), (3, 2, "MAT5"));
            let nm: Vec<Option<f64>> = image.bands.iter().map(|b| b.wavelength_nm).collect();
            assert_eq!(nm, [Some(450.0), Some(550.0), Some(650.0), Some(850.0)]);
            let read = source.read_window(0, 1, 0, 2, 2, &[3, 1])?;
            for (i, band) in [3, 1].into_iter().enumerate() {
                for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    assert_eq!(read.value(i, x, y), Some(f64::from(value(y, x + 1, band))));
                }
            }
            let missing = open(&folder.path().join("cube.mat:other")).err().map(|e| e.to_string());
            assert_eq!(
                missing.as_deref(),
                Some("Cannot open cube.mat:other: it has no array “other”; it has cube.")
            );
        }
        Ok(())
    }

    #[test]
    fn files_cut_or_changed_anywhere_are_no_trouble() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("cube.mat");
        let cube = matrix("cube", 10, &[2, 3, 4], 3, &[7; 48]);
        for whole in [file(std::slice::from_ref(&cube)), file(&[packed(&cube)?])] {
            for at in 0..whole.len() {
                std::fs::write(&path, &whole[..at])?;
                let look = || open(&path).is_ok_and(|s| s.read_window(0, 0, 0, 1, 1, &[0]).is_ok());
                look();
                for value in [0, 1, 0x7f, 0xff] {
                    let mut changed = whole.clone();
                    changed[at] = value;
                    std::fs::write(&path, changed)?;
                    look();
                }
            }
        }
        Ok(())
    }
}
