//! How the pixels of one TIFF directory are stored: sizes, sample layout, compression, and where its
//! chunks (tiles, strips, or rows cut from an uncompressed strip) lie.

use crate::chroma::Chroma;
use crate::compression::Compression;
use crate::error::Fault;
use crate::ifd::{Directory, Entry, Tiff};
use crate::number::NumberType;
use crate::samples::SampleType;
use crate::tags;

/// What numbers the file stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberFormat {
    Unsigned,
    Signed,
    Float,
}

/// What the samples of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Photometric {
    MinIsWhite,
    MinIsBlack,
    Rgb,
    Palette,
    Mask,
    Cmyk,
    YCbCr,
    /// CIE L*a*b* with signed a* and b*.
    CieLab,
    /// The same with a* and b* counted from the middle of their range.
    IccLab,
    Other,
}

/// How one directory stores its pixels.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Pixels of one chunk. For strips the width of the image.
    pub(crate) chunk_width: u32,
    pub(crate) chunk_height: u32,
    pub(crate) tiled: bool,
    /// Numbers of one pixel; a complex sample is two of them.
    pub(crate) samples: u16,
    /// Bits of one number.
    pub(crate) bits: u8,
    pub(crate) format: NumberFormat,
    /// Numbers come in pairs: real, imaginary.
    pub(crate) is_complex: bool,
    /// Each band in chunks of its own.
    pub(crate) separate: bool,
    pub(crate) compression: Compression,
    /// 1 none, 2 horizontal difference, 3 floating point.
    pub(crate) predictor: u8,
    pub(crate) photometric: Photometric,
    pub(crate) extra_samples: Vec<u64>,
    pub(crate) lowest_bit_first: bool,
    pub(crate) jpeg_tables: Option<Vec<u8>>,
    /// Colours are stored as brightness and shared hues, and become red, green and blue when unpacked.
    pub(crate) chroma: Option<Box<Chroma>>,
    pub(crate) subfile: u64,
    /// Rows of one strip as the file has them (`chunk_height` may be a part of it).
    pub(crate) rows_per_strip: u32,
    pub(crate) offsets: Entry,
    pub(crate) byte_counts: Option<Entry>,
}

/// Uncompressed strips are read in parts of about this many bytes.
const PART_BYTES: u64 = 1 << 20;

impl Layout {
    pub(crate) fn read(tiff: &Tiff, dir: &Directory) -> Result<Self, Fault> {
        let side = |tag, name| match tiff.first(dir, tag)? {
            Some(n) if (1..=u64::from(u32::MAX >> 1)).contains(&n) => Ok(n as u32),
            Some(n) => Err(Fault::damaged(format!("it claims a {name} of {n} pixels"))),
            None => Err(Fault::damaged(format!("it does not say its {name}"))),
        };
        let (width, height) = (side(tags::IMAGE_WIDTH, "width")?, side(tags::IMAGE_LENGTH, "height")?);
        let compression = Compression::read(tiff, dir)?;
        let samples = match tiff.first(dir, tags::SAMPLES_PER_PIXEL)?.unwrap_or(1) {
            n @ 1..=65535 => n as u16,
            n => return Err(Fault::damaged(format!("it claims {n} samples per pixel"))),
        };
        let (bits, format, is_complex) = Self::numbers(tiff, dir, samples)?;
        let Some(samples) = samples.checked_mul(1 + u16::from(is_complex)) else {
            return Err(Fault::damaged(format!("it claims {samples} complex samples per pixel")));
        };
        let tiled = dir.entry(tags::TILE_OFFSETS).is_some() || dir.entry(tags::TILE_WIDTH).is_some();
        let (chunk_width, chunk_height) = if tiled {
            (side(tags::TILE_WIDTH, "tile width")?, side(tags::TILE_LENGTH, "tile height")?)
        } else {
            let rows = tiff.first(dir, tags::ROWS_PER_STRIP)?.unwrap_or(u64::from(height));
            (width, rows.clamp(1, u64::from(height)) as u32)
        };
        let (offset_tag, count_tag) = if dir.entry(tags::TILE_OFFSETS).is_some() {
            (tags::TILE_OFFSETS, tags::TILE_BYTE_COUNTS)
        } else {
            (tags::STRIP_OFFSETS, tags::STRIP_BYTE_COUNTS)
        };
        let offsets =
            *dir.entry(offset_tag).ok_or_else(|| Fault::damaged("it does not say where its pixels lie"))?;
        let jpeg_tables = match (compression, dir.entry(tags::JPEG_TABLES)) {
            (Compression::Jpeg, Some(entry)) => Some(tiff.bytes(entry)?),
            _ => None,
        };
        let mut layout = Self {
            width,
            height,
            chunk_width,
            chunk_height,
            tiled,
            samples,
            bits,
            format,
            is_complex,
            separate: tiff.first(dir, tags::PLANAR_CONFIGURATION)? == Some(2)
                && samples > 1 + u16::from(is_complex),
            compression,
            predictor: tiff.first(dir, tags::PREDICTOR)?.unwrap_or(1).min(255) as u8,
            photometric: Self::photometric(tiff.first(dir, tags::PHOTOMETRIC)?),
            extra_samples: dir
                .entry(tags::EXTRA_SAMPLES)
                .map(|e| tiff.numbers(e))
                .transpose()?
                .unwrap_or_default(),
            lowest_bit_first: tiff.first(dir, tags::FILL_ORDER)? == Some(2),
            jpeg_tables,
            chroma: None,
            subfile: tiff.first(dir, tags::NEW_SUBFILE_TYPE)?.unwrap_or(0),
            rows_per_strip: chunk_height,
            offsets,
            byte_counts: dir.entry(count_tag).copied(),
        };
        if layout.photometric == Photometric::YCbCr && layout.compression != Compression::Jpeg {
            layout.chroma = Some(Box::new(Chroma::read(tiff, dir, &layout)?));
        }
        layout.check()?;
        layout.cut_uncompressed_strips();
        Ok(layout)
    }

    /// The layout of a directory that is about to be written: tiles or strips of `chunk` pixels.
    pub(crate) fn for_writing(
        size: (u32, u32),
        chunk: (u32, u32),
        tiled: bool,
        samples: u16,
        kind: SampleType,
    ) -> Self {
        let (bits, format) = match kind {
            SampleType::U8 => (8, NumberFormat::Unsigned),
            SampleType::U16 => (16, NumberFormat::Unsigned),
            SampleType::I16 => (16, NumberFormat::Signed),
            SampleType::F32 => (32, NumberFormat::Float),
        };
        Self {
            width: size.0,
            height: size.1,
            chunk_width: chunk.0,
            chunk_height: chunk.1,
            tiled,
            samples,
            bits,
            format,
            is_complex: false,
            separate: false,
            compression: Compression::None,
            predictor: 1,
            photometric: Photometric::MinIsBlack,
            extra_samples: Vec::new(),
            lowest_bit_first: false,
            jpeg_tables: None,
            chroma: None,
            subfile: 0,
            rows_per_strip: chunk.1,
            offsets: Entry::NOWHERE,
            byte_counts: None,
        }
    }

    /// Bits of a number, their format, and whether they come in pairs.
    fn numbers(tiff: &Tiff, dir: &Directory, samples: u16) -> Result<(u8, NumberFormat, bool), Fault> {
        let all = |tag| dir.entry(tag).map(|entry| tiff.numbers(entry)).transpose();
        let bits = all(tags::BITS_PER_SAMPLE)?.unwrap_or_else(|| vec![1]);
        let used = &bits[..bits.len().min(usize::from(samples))];
        let first = used.first().copied().unwrap_or(1);
        if used.iter().any(|b| *b != first) {
            let other = used.iter().find(|b| **b != first).unwrap_or(&first);
            return Err(Fault::unsupported(format!(
                "its bands have different numbers of bits ({first} and {other})"
            )));
        }
        let code = all(tags::SAMPLE_FORMAT)?.and_then(|f| f.first().copied()).unwrap_or(1);
        let (format, is_complex) = match code {
            2 => (NumberFormat::Signed, false),
            3 => (NumberFormat::Float, false),
            5 => (NumberFormat::Signed, true),
            6 => (NumberFormat::Float, true),
            _ => (NumberFormat::Unsigned, false),
        };
        let known = match (format, is_complex) {
            (NumberFormat::Float, false) => matches!(first, 16 | 24 | 32 | 64),
            (NumberFormat::Float, true) => matches!(first, 32 | 64 | 128),
            (NumberFormat::Signed, true) => matches!(first, 16 | 32 | 64),
            (NumberFormat::Signed, false) => matches!(first, 2..=32 | 64),
            (NumberFormat::Unsigned, _) => matches!(first, 1..=32 | 64),
        };
        if !known {
            let kind = if is_complex { "complex samples" } else { "samples" };
            return Err(Fault::unsupported(format!("{kind} of {first} bits are not read")));
        }
        Ok(((first >> u8::from(is_complex)) as u8, format, is_complex))
    }

    fn photometric(code: Option<u64>) -> Photometric {
        match code {
            Some(0) => Photometric::MinIsWhite,
            None | Some(1) => Photometric::MinIsBlack,
            Some(2) => Photometric::Rgb,
            Some(3) => Photometric::Palette,
            Some(4) => Photometric::Mask,
            Some(5) => Photometric::Cmyk,
            Some(6) => Photometric::YCbCr,
            Some(8) => Photometric::CieLab,
            Some(9) => Photometric::IccLab,
            Some(_) => Photometric::Other,
        }
    }

    fn check(&self) -> Result<(), Fault> {
        let predictor_fits = match self.predictor {
            1 => true,
            2 => matches!(self.predicted_bits(), 8 | 16 | 32 | 64) && self.chroma.is_none(),
            3 => self.format == NumberFormat::Float && !self.is_complex,
            _ => false,
        };
        if !predictor_fits && self.compression.is_predicted() {
            let what = format!(
                "predictor {} with {}-bit samples is not read",
                self.predictor,
                self.predicted_bits()
            );
            return Err(Fault::unsupported(what));
        }
        let is_packable = match self.compression {
            Compression::Jpeg => self.bits == 8,
            Compression::Ccitt(_) => self.bits == 1 && self.chunk_samples() == 1,
            Compression::WebP => {
                self.bits == 8
                    && self.format == NumberFormat::Unsigned
                    && matches!(self.chunk_samples(), 3 | 4)
            }
            Compression::JpegXl => {
                matches!(
                    (self.format, self.bits),
                    (NumberFormat::Unsigned, 8 | 16) | (NumberFormat::Float, 16 | 32)
                ) && !self.is_complex
            }
            Compression::Jpeg2000 { .. } => {
                self.format != NumberFormat::Float && self.bits <= 16 && !self.is_complex
            }
            Compression::Lerc | Compression::LercDeflate | Compression::LercZstd => {
                usize::from(self.bits) == self.number_type().size() * 8 && !self.is_complex
            }
            _ => true,
        };
        if !is_packable || (self.compression.is_picture() && self.chroma.is_some()) {
            return Err(Fault::unsupported(format!(
                "{} compression of {} samples of type {} is not read",
                self.compression.name(),
                self.chunk_samples(),
                self.type_name()
            )));
        }
        Ok(())
    }

    /// Bits of what a predictor takes for one value: a complex sample is one.
    pub(crate) fn predicted_bits(&self) -> u16 {
        u16::from(self.bits) << u8::from(self.is_complex)
    }

    /// Rows of an uncompressed strip can be read alone: a file that is one giant strip stays cheap.
    fn cut_uncompressed_strips(&mut self) {
        if self.tiled || self.compression != Compression::None || self.chroma.is_some() {
            return;
        }
        let rows = (PART_BYTES / self.row_bytes().max(1)).max(1).min(u64::from(self.rows_per_strip));
        self.chunk_height = rows as u32;
    }

    /// The kind of number that chunks are decoded into.
    pub(crate) fn number_type(&self) -> NumberType {
        match (self.format, self.bits) {
            (NumberFormat::Unsigned, 0..=8) => NumberType::U8,
            (NumberFormat::Unsigned, 9..=16) => NumberType::U16,
            (NumberFormat::Unsigned, 17..=32) => NumberType::U32,
            (NumberFormat::Unsigned, _) => NumberType::U64,
            (NumberFormat::Signed, 0..=8) => NumberType::I8,
            (NumberFormat::Signed, 9..=16) => NumberType::I16,
            (NumberFormat::Signed, 17..=32) => NumberType::I32,
            (NumberFormat::Signed, _) => NumberType::I64,
            (NumberFormat::Float, 0..=32) => NumberType::F32,
            (NumberFormat::Float, _) => NumberType::F64,
        }
    }

    /// The kind of number that samples are handed out as.
    pub(crate) fn sample_type(&self) -> SampleType {
        if self.is_complex { SampleType::F32 } else { self.number_type().sample_type() }
    }

    /// Name of the type in the file, as in `uint12` or `complex64`.
    pub(crate) fn type_name(&self) -> String {
        match (self.format, self.is_complex) {
            (NumberFormat::Unsigned, _) => format!("uint{}", self.bits),
            (NumberFormat::Signed, false) => format!("int{}", self.bits),
            (NumberFormat::Signed, true) => format!("complex_int{}", self.bits),
            (NumberFormat::Float, false) => format!("float{}", self.bits),
            (NumberFormat::Float, true) => format!("complex{}", self.predicted_bits()),
        }
    }
}
