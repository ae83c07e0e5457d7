//! Erdas `.lan` and `.gis` images of versions 7.4 and 7.5: 128 bytes of header, then rows of each band in turn.

use spatial::{Crs, Level, TileWindow};

use crate::about::About;
use crate::describe::{BandDescription, BandOrigin, ColorRole, ImageDescription};
use crate::driver::{Candidate, Driver, Keep, Opened, Stored};
use crate::error::Fault;
use crate::file::{RandomFile, name_of, small_text};
use crate::georeference::{Georeference, checked};
use crate::number::NumberType;
use crate::plain::{ArrayLayout, PlainArray};
use crate::plan::BandPlan;
use crate::samples::{SampleBuffer, SampleType};
use crate::unpacked::Bytes;

const HEADER_BYTES: u64 = 128;
/// Colours of a `.trl` file: 256 greens, reds and blues after a header of its own.
const COLORS_AT: u64 = 128;

/// What the header says.
#[derive(Clone, Copy, Debug)]
struct Header {
    width: u32,
    height: u32,
    bands: u16,
    pack: Pack,
    big_endian: bool,
    map_type: i16,
    /// x and y of the centre of the first pixel, width and height of a pixel.
    place: [f32; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pack {
    Bytes,
    /// Two pixels in a byte, the first in its upper half.
    HalfBytes,
    Words,
}

impl Header {
    fn read(head: &[u8; HEADER_BYTES as usize]) -> Result<Self, Fault> {
        // The number of bands is small, so that its empty byte tells the byte order.
        let big_endian = head[8] == 0;
        let bytes = |at: usize| [head[at], head[at + 1], head[at + 2], head[at + 3]];
        let long =
            |at| if big_endian { i32::from_be_bytes(bytes(at)) } else { i32::from_le_bytes(bytes(at)) };
        let float =
            |at| if big_endian { f32::from_be_bytes(bytes(at)) } else { f32::from_le_bytes(bytes(at)) };
        let short = |at: usize| {
            let two = [head[at], head[at + 1]];
            if big_endian { i16::from_be_bytes(two) } else { i16::from_le_bytes(two) }
        };
        // 7.4 wrote sizes as whole numbers, before that they were floats.
        let is_whole = &head[..6] == b"HEAD74";
        let side = |at, name: &str| {
            let n = if is_whole { f64::from(long(at)) } else { f64::from(float(at)) };
            let sane = n.fract() == 0.0 && n >= 1.0 && n <= f64::from(u32::MAX >> 1);
            if sane { Ok(n as u32) } else { Err(Fault::damaged(format!("its header claims {n} {name}"))) }
        };
        let pack = match short(6) {
            0 => Pack::Bytes,
            1 => Pack::HalfBytes,
            2 => Pack::Words,
            other => {
                return Err(Fault::damaged(format!("its header names the pack type {other}, which is none")));
            }
        };
        let bands = match short(8) {
            n @ 1.. => n as u16,
            n => return Err(Fault::damaged(format!("its header claims {n} bands"))),
        };
        Ok(Self {
            width: side(16, "columns")?,
            height: side(20, "rows")?,
            bands,
            pack,
            big_endian,
            map_type: short(88),
            place: [float(112), float(116), float(120), float(124)],
        })
    }

    fn number(&self) -> NumberType {
        if self.pack == Pack::Words { NumberType::I16 } else { NumberType::U8 }
    }

    fn array(&self) -> ArrayLayout {
        let number = self.number();
        let (size, width) = (number.size() as u64, u64::from(self.width));
        ArrayLayout {
            width: self.width,
            height: self.height,
            is_complex: false,
            samples: self.bands,
            offset: HEADER_BYTES,
            x_step: size,
            y_step: size * width * u64::from(self.bands),
            sample_step: size * width,
            number,
            big_endian: self.big_endian,
        }
    }

    /// One past the last byte of the file.
    fn end(&self) -> Option<u64> {
        if self.pack != Pack::HalfBytes {
            return self.array().end();
        }
        let halves =
            u64::from(self.width).checked_mul(u64::from(self.height))?.checked_mul(u64::from(self.bands))?;
        Some(HEADER_BYTES + halves.div_ceil(2))
    }

    fn place(&self, warnings: &mut Vec<String>) -> Georeference {
        let [x, y, dx, dy] = self.place.map(f64::from);
        let mut place = Georeference::default();
        if dx == 0.0 || dy == 0.0 {
            return place;
        }
        place.transform = checked([x - dx / 2.0, dx, 0.0, y + dy / 2.0, 0.0, -dy], warnings);
        match self.map_type {
            0 => place.crs = Some(Crs::wgs84()),
            1 => warnings.push("It says that it lies in a UTM zone but not in which.".into()),
            _ => {}
        }
        place
    }
}

/// `None` when the file is no Erdas image.
pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
    let Some(head) = candidate.head.first_chunk::<{ HEADER_BYTES as usize }>() else { return Ok(None) };
    if !head.starts_with(b"HEADER") && !head.starts_with(b"HEAD74") {
        return Ok(None);
    }
    let header = Header::read(head)?;
    let mut warnings = std::mem::take(&mut candidate.warnings);
    let end =
        header.end().ok_or_else(|| Fault::damaged("its header claims more bytes than files can have"))?;
    let len = candidate.file.len();
    if len < end {
        warnings
            .push(format!("The file ends early: it has {len} of the {end} bytes that its header promises."));
    }
    let colors =
        if header.bands == 1 && header.pack != Pack::Words { colors_beside(candidate) } else { Vec::new() };
    let mut place = header.place(&mut warnings);
    place.add_neighbours(candidate.path, &mut warnings);
    place.check_extent(header.width, header.height, &mut warnings);
    let image = describe(&header, candidate, place, &colors, warnings);
    let plan =
        if colors.is_empty() { BandPlan::direct(&image) } else { BandPlan::classes(&image, None, &colors) };
    let driver: Box<dyn Driver> = if header.pack == Pack::HalfBytes {
        Box::new(HalfBytes { file: candidate.file.clone(), header })
    } else {
        Box::new(PlainArray { bytes: Bytes::File(candidate.file.clone()), layout: header.array() })
    };
    Ok(Some(Opened { image, plan, driver, files: vec![candidate.path.to_path_buf()] }))
}

fn describe(
    header: &Header,
    candidate: &Candidate<'_>,
    place: Georeference,
    colors: &[[u8; 3]],
    warnings: Vec<String>,
) -> ImageDescription {
    let number = header.number();
    let (dtype, range) = match header.pack {
        Pack::HalfBytes => ("uint4", Some((0.0, 15.0))),
        _ => (number.name(), number.range()),
    };
    let roles: Vec<ColorRole> = if colors.is_empty() {
        let first = if header.bands == 1 { ColorRole::Gray } else { ColorRole::Undefined };
        std::iter::once(first)
            .chain(std::iter::repeat_n(ColorRole::Undefined, usize::from(header.bands) - 1))
            .collect()
    } else {
        vec![ColorRole::Red, ColorRole::Green, ColorRole::Blue, ColorRole::PaletteIndex]
    };
    let known = wavelengths_beside(candidate, usize::from(header.bands));
    let band = |(index, color): (usize, ColorRole)| BandDescription {
        origin: match color {
            ColorRole::Red | ColorRole::Green | ColorRole::Blue => BandOrigin::Palette,
            _ => BandOrigin::Stored,
        },
        color,
        range,
        wavelength_nm: known.get(index).map(|b| b.0),
        fwhm_nm: known.get(index).map(|b| b.1),
        ..BandDescription::plain(index, dtype)
    };
    let bands = roles.into_iter().enumerate().map(band).collect();
    let size = (header.width, header.height);
    ImageDescription {
        crs: place.crs,
        transform: place.transform,
        interleave: if header.bands == 1 { "BAND" } else { "LINE" }.into(),
        palette: (!colors.is_empty()).then(|| colors.to_vec()),
        warnings,
        about: About { format: "Erdas .LAN/.GIS".into(), ..About::default() },
        ..ImageDescription::plain(name_of(candidate.path), "LAN", size, bands, number.sample_type())
    }
}

/// The colours of classes in the `.trl` file beside the image, up to the last that is not black.
fn colors_beside(candidate: &Candidate<'_>) -> Vec<[u8; 3]> {
    let read = |ending: &str| {
        let file = RandomFile::open(&candidate.path.with_extension(ending)).ok()?;
        let is_trailer = file.read_range(0, 7).is_ok_and(|head| head.starts_with(b"TRAIL"));
        if is_trailer { file.read_range(COLORS_AT, 3 * 256).ok() } else { None }
    };
    let Some(bytes) = read("trl").or_else(|| read("TRL")) else { return Vec::new() };
    let mut colors: Vec<[u8; 3]> = (0..256).map(|i| [bytes[256 + i], bytes[i], bytes[512 + i]]).collect();
    let used = colors.iter().rposition(|c| *c != [0, 0, 0]).map_or(0, |last| last + 1);
    colors.truncate(used);
    colors
}

/// Wavelength and width of each band in nanometres, from an AVIRIS `.spc` file beside the image.
fn wavelengths_beside(candidate: &Candidate<'_>, count: usize) -> Vec<(f64, f64)> {
    let Some(text) = small_text(&candidate.path.with_extension("spc")) else { return Vec::new() };
    let row = |line: &str| {
        let mut numbers = line.split_whitespace().map_while(|n| n.parse::<f64>().ok());
        Some((numbers.next()?, numbers.next()?))
            .filter(|(nm, width)| (100.0..1e5).contains(nm) && *width > 0.0)
    };
    let bands: Vec<(f64, f64)> = text.lines().filter_map(row).collect();
    if bands.len() == count { bands } else { Vec::new() }
}

/// Pixels of four bits.
#[derive(Debug)]
struct HalfBytes {
    file: RandomFile,
    header: Header,
}

impl Driver for HalfBytes {
    fn levels(&self) -> Vec<Level> {
        let (width, height) = (self.header.width, self.header.height);
        vec![Level { width, height, tile_width: 512, tile_height: 512 }]
    }

    fn samples(&self) -> u16 {
        self.header.bands
    }

    fn sample_type(&self) -> SampleType {
        SampleType::U8
    }

    fn read(&self, _level: usize, w: TileWindow, samples: &[usize], _keep: Keep) -> Result<Stored, Fault> {
        let (width, bands) = (u64::from(self.header.width), u64::from(self.header.bands));
        let mut out = Vec::with_capacity(samples.len() * w.width as usize * w.height as usize);
        for sample in samples {
            for y in w.y..w.y + w.height {
                // Rows begin at whole bytes, cut down where rows have an odd number of pixels.
                let row = HEADER_BYTES + u64::from(y) * width * bands / 2 + *sample as u64 * width / 2;
                let (first, last) = (u64::from(w.x) / 2, u64::from(w.x + w.width - 1) / 2);
                let bytes = self.file.read_range(row + first, (last - first + 1) as usize)?;
                out.extend((w.x..w.x + w.width).map(|x| {
                    let byte = bytes[(u64::from(x) / 2 - first) as usize];
                    if x % 2 == 0 { byte >> 4 } else { byte & 15 }
                }));
            }
        }
        Ok((SampleBuffer::U8(out), None))
    }
}

#[cfg(test)]
mod tests {
    use spatial::GeoTransform;

    use super::*;
    use crate::{OpenOptions, OverviewStore, Source};

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn header(pack: i16, bands: i16, (width, height): (i32, i32)) -> Vec<u8> {
        let mut head = vec![0; 128];
        head[..6].copy_from_slice(b"HEAD74");
        head[6..8].copy_from_slice(&pack.to_le_bytes());
        head[8..10].copy_from_slice(&bands.to_le_bytes());
        head[16..20].copy_from_slice(&width.to_le_bytes());
        head[20..24].copy_from_slice(&height.to_le_bytes());
        for (at, value) in [(112, 100.5_f32), (116, 50.0), (120, 1.0), (124, 2.0)] {
            head[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        head
    }

    fn open(path: &std::path::Path, bytes: &[u8]) -> Result<Source, Box<dyn std::error::Error>> {
        std::fs::write(path, bytes)?;
        let overviews = OverviewStore { folder: None, most_bytes: 0 };
        Ok(Source::open_with(path, &OpenOptions { overviews, ..OpenOptions::default() })?)
    }

    #[test]
    fn words_bytes_and_half_bytes_are_read_row_by_row_of_each_band() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("image.lan");
        let mut words = header(2, 2, (3, 2));
        words.extend((0..12_i16).flat_map(|n| (n - 5).to_le_bytes()));
        let source = open(&path, &words)?;
        let read = source.read_window(0, 1, 0, 2, 2, &[1, 0])?;
        assert_eq!(read.values, SampleBuffer::I16(vec![-1, 0, 5, 6, -4, -3, 2, 3]));
        let expected = GeoTransform::new([100.0, 1.0, 0.0, 51.0, 0.0, -2.0]);
        assert_eq!((source.image().transform, source.image().driver.as_str()), (expected, "LAN"));
        let mut halves = header(1, 1, (4, 2));
        halves.extend([0x12, 0x34, 0xab, 0xcd]);
        let source = open(&path, &halves)?;
        assert_eq!(
            source.read_window(0, 1, 0, 3, 2, &[0])?.values,
            SampleBuffer::U8(vec![2, 3, 4, 11, 12, 13])
        );
        assert_eq!(source.image().bands[0].dtype, "uint4");
        Ok(())
    }

    #[test]
    fn a_trailer_gives_its_classes_their_colours() -> Outcome {
        let folder = tempfile::tempdir()?;
        let mut trailer = vec![0; 128 + 3 * 256];
        trailer[..7].copy_from_slice(b"TRAIL74");
        (trailer[128 + 1], trailer[128 + 256 + 1], trailer[128 + 512 + 1]) = (20, 10, 30);
        std::fs::write(folder.path().join("classes.trl"), trailer)?;
        let mut bytes = header(0, 1, (2, 1));
        bytes.extend([1, 0]);
        let source = open(&folder.path().join("classes.gis"), &bytes)?;
        assert_eq!(
            source.read_window(0, 0, 0, 2, 1, &[0, 1, 2])?.values,
            SampleBuffer::U8(vec![10, 0, 20, 0, 30, 0])
        );
        Ok(())
    }
}
