//! How the pixels of one TIFF directory are stored: sizes, sample layout, compression, and where its
//! chunks (tiles, strips, or rows cut from an uncompressed strip) lie.

use crate::error::Fault;
use crate::ifd::{Directory, Entry, Tiff};
use crate::samples::SampleType;
use crate::tags;

/// How chunks are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    Zstd,
    Jpeg,
}

impl Compression {
    /// GDAL's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Lzw => "LZW",
            Self::Deflate => "DEFLATE",
            Self::PackBits => "PACKBITS",
            Self::Zstd => "ZSTD",
            Self::Jpeg => "JPEG",
        }
    }

    fn from_code(code: u64) -> Result<Self, Fault> {
        let name = match code {
            0 | 1 => return Ok(Self::None),
            5 => return Ok(Self::Lzw),
            7 => return Ok(Self::Jpeg),
            8 | 32946 => return Ok(Self::Deflate),
            32773 => return Ok(Self::PackBits),
            50000 => return Ok(Self::Zstd),
            2 => "CCITT RLE",
            3 => "CCITT group 3 fax",
            4 => "CCITT group 4 fax",
            6 => "old-style JPEG",
            32809 => "ThunderScan",
            34887 => "LERC",
            34676 | 34677 => "SGI LogLuv",
            34712 | 33003 | 33005 => "JPEG 2000",
            34925 => "LZMA",
            50001 => "WebP",
            50002 | 52546 => "JPEG XL",
            _ => return Err(Fault::unsupported(format!("its compression (code {code}) is not known"))),
        };
        Err(Fault::unsupported(format!("{name} compression is not read")))
    }

    /// The most bytes that one packed byte can become, where the format has such a limit.
    pub(crate) fn most_expansion(self) -> Option<u64> {
        match self {
            Self::None => Some(1),
            Self::Lzw => Some(4096),
            Self::Deflate => Some(1040),
            Self::PackBits => Some(64),
            Self::Zstd | Self::Jpeg => None,
        }
    }
}

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
    pub(crate) samples: u16,
    pub(crate) bits: u8,
    pub(crate) format: NumberFormat,
    /// Each band in chunks of its own.
    pub(crate) separate: bool,
    pub(crate) compression: Compression,
    /// 1 none, 2 horizontal difference, 3 floating point.
    pub(crate) predictor: u8,
    pub(crate) photometric: Photometric,
    pub(crate) extra_samples: Vec<u64>,
    pub(crate) lowest_bit_first: bool,
    pub(crate) jpeg_tables: Option<Vec<u8>>,
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
        let compression = Compression::from_code(tiff.first(dir, tags::COMPRESSION)?.unwrap_or(1))?;
        let samples = match tiff.first(dir, tags::SAMPLES_PER_PIXEL)?.unwrap_or(1) {
            n @ 1..=65535 => n as u16,
            n => return Err(Fault::damaged(format!("it claims {n} samples per pixel"))),
        };
        let (bits, format) = Self::numbers(tiff, dir, samples)?;
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
            separate: tiff.first(dir, tags::PLANAR_CONFIGURATION)? == Some(2) && samples > 1,
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
            subfile: tiff.first(dir, tags::NEW_SUBFILE_TYPE)?.unwrap_or(0),
            rows_per_strip: chunk_height,
            offsets,
            byte_counts: dir.entry(count_tag).copied(),
        };
        layout.check(tiff, dir)?;
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
            separate: false,
            compression: Compression::None,
            predictor: 1,
            photometric: Photometric::MinIsBlack,
            extra_samples: Vec::new(),
            lowest_bit_first: false,
            jpeg_tables: None,
            subfile: 0,
            rows_per_strip: chunk.1,
            offsets: Entry::NOWHERE,
            byte_counts: None,
        }
    }

    fn numbers(tiff: &Tiff, dir: &Directory, samples: u16) -> Result<(u8, NumberFormat), Fault> {
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
        let format = all(tags::SAMPLE_FORMAT)?.and_then(|f| f.first().copied()).unwrap_or(1);
        let format = match format {
            2 => NumberFormat::Signed,
            3 => NumberFormat::Float,
            5 | 6 => return Err(Fault::unsupported("its samples are complex numbers")),
            _ => NumberFormat::Unsigned,
        };
        let known = match format {
            NumberFormat::Float => matches!(first, 16 | 24 | 32 | 64),
            NumberFormat::Signed => matches!(first, 8 | 16 | 24 | 32 | 64),
            NumberFormat::Unsigned => (1..=16).contains(&first) || matches!(first, 24 | 32 | 64),
        };
        if !known {
            return Err(Fault::unsupported(format!("samples of {first} bits are not read")));
        }
        Ok((first as u8, format))
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
            Some(_) => Photometric::Other,
        }
    }

    fn check(&self, tiff: &Tiff, dir: &Directory) -> Result<(), Fault> {
        let whole = matches!(self.bits, 8 | 16 | 32 | 64);
        let predictor_fits = match self.predictor {
            1 => true,
            2 => whole && self.compression != Compression::Jpeg,
            3 => self.format == NumberFormat::Float,
            _ => false,
        };
        if !predictor_fits
            && matches!(self.compression, Compression::Lzw | Compression::Deflate | Compression::Zstd)
        {
            let what = format!("predictor {} with {}-bit samples is not read", self.predictor, self.bits);
            return Err(Fault::unsupported(what));
        }
        if self.compression == Compression::Jpeg && self.bits != 8 {
            return Err(Fault::unsupported(format!(
                "JPEG compression of {}-bit samples is not read",
                self.bits
            )));
        }
        let packed_chroma = self.photometric == Photometric::YCbCr && self.compression != Compression::Jpeg;
        if packed_chroma {
            return Err(Fault::unsupported("YCbCr colour without JPEG compression is not read"));
        }
        if self.photometric == Photometric::Other {
            let code = tiff.first(dir, tags::PHOTOMETRIC)?.unwrap_or(0);
            let name = match code {
                8..=10 => "CIE Lab",
                32844 | 32845 => "SGI LogLuv",
                32803 => "camera raw",
                _ => return Err(Fault::unsupported(format!("its colour model (code {code}) is not known"))),
            };
            return Err(Fault::unsupported(format!("{name} colour is not read")));
        }
        Ok(())
    }

    /// Rows of an uncompressed strip can be read alone: a file that is one giant strip stays cheap.
    fn cut_uncompressed_strips(&mut self) {
        if self.tiled || self.compression != Compression::None {
            return;
        }
        let rows = (PART_BYTES / self.row_bytes().max(1)).max(1).min(u64::from(self.rows_per_strip));
        self.chunk_height = rows as u32;
    }

    /// The kind of number that samples are handed out as.
    pub(crate) fn sample_type(&self) -> SampleType {
        match (self.format, self.bits) {
            (NumberFormat::Unsigned, 1..=8) => SampleType::U8,
            (NumberFormat::Unsigned, 9..=16) => SampleType::U16,
            (NumberFormat::Signed, 8 | 16) => SampleType::I16,
            _ => SampleType::F32,
        }
    }

    /// Name of the stored type, as in `uint12`.
    pub(crate) fn stored_type(&self) -> String {
        let kind = match self.format {
            NumberFormat::Unsigned => "uint",
            NumberFormat::Signed => "int",
            NumberFormat::Float => "float",
        };
        format!("{kind}{}", self.bits)
    }
}
