//! How the chunks of a TIFF are packed.

use crate::error::Fault;
use crate::ifd::{Directory, Tiff};
use crate::tags;

/// A compression, with what the directory says about it besides its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    Zstd,
    Lzma,
    Ccitt(Ccitt),
    Jpeg,
    WebP,
    Lerc,
    LercDeflate,
    LercZstd,
    /// `is_ycc`: brightness and hues, whatever the data say.
    Jpeg2000 {
        is_ycc: bool,
    },
    JpegXl,
}

/// How rows of black and white follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ccitt {
    /// Runs, each row beginning at a byte.
    Rle,
    /// The same, each row beginning at a pair of bytes.
    RleWords,
    /// Each row ended by a mark, and some told as the difference to the one above.
    Group3 { two_dimensional: bool },
    /// Every row told as the difference to the one above.
    Group4,
}

impl Compression {
    pub(crate) fn read(tiff: &Tiff, dir: &Directory) -> Result<Self, Fault> {
        let code = tiff.first(dir, tags::COMPRESSION)?.unwrap_or(1);
        let name = match code {
            0 | 1 => return Ok(Self::None),
            2 => return Ok(Self::Ccitt(Ccitt::Rle)),
            3 => {
                let two_dimensional = tiff.first(dir, tags::T4_OPTIONS)?.unwrap_or(0) & 1 == 1;
                return Ok(Self::Ccitt(Ccitt::Group3 { two_dimensional }));
            }
            4 => return Ok(Self::Ccitt(Ccitt::Group4)),
            5 => return Ok(Self::Lzw),
            7 => return Ok(Self::Jpeg),
            8 | 32946 => return Ok(Self::Deflate),
            32771 => return Ok(Self::Ccitt(Ccitt::RleWords)),
            32773 => return Ok(Self::PackBits),
            34887 => return Self::lerc(tiff, dir),
            34925 => return Ok(Self::Lzma),
            50000 => return Ok(Self::Zstd),
            50001 => return Ok(Self::WebP),
            33003 => return Ok(Self::Jpeg2000 { is_ycc: true }),
            34712 | 33005 => return Ok(Self::Jpeg2000 { is_ycc: false }),
            50002 | 52546 => return Ok(Self::JpegXl),
            6 => "old-style JPEG",
            32809 => "ThunderScan",
            34676 | 34677 => "SGI LogLuv",
            _ => return Err(Fault::unsupported(format!("its compression (code {code}) is not known"))),
        };
        Err(Fault::unsupported(format!("{name} compression is not read")))
    }

    /// The second of the LERC parameters says what packs the blob again.
    fn lerc(tiff: &Tiff, dir: &Directory) -> Result<Self, Fault> {
        let parameters = dir.entry(tags::LERC_PARAMETERS).map(|e| tiff.number(e, 1)).transpose()?;
        match parameters {
            None | Some(0) => Ok(Self::Lerc),
            Some(1) => Ok(Self::LercDeflate),
            Some(2) => Ok(Self::LercZstd),
            Some(n) => Err(Fault::unsupported(format!("LERC packed again by method {n} is not read"))),
        }
    }

    /// GDAL's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Lzw => "LZW",
            Self::Deflate => "DEFLATE",
            Self::PackBits => "PACKBITS",
            Self::Zstd => "ZSTD",
            Self::Lzma => "LZMA",
            Self::Ccitt(Ccitt::Rle) => "CCITTRLE",
            Self::Ccitt(Ccitt::RleWords) => "CCITTRLEW",
            Self::Ccitt(Ccitt::Group3 { .. }) => "CCITTFAX3",
            Self::Ccitt(Ccitt::Group4) => "CCITTFAX4",
            Self::Jpeg => "JPEG",
            Self::WebP => "WEBP",
            Self::Lerc => "LERC",
            Self::LercDeflate => "LERC_DEFLATE",
            Self::LercZstd => "LERC_ZSTD",
            Self::Jpeg2000 { .. } => "JPEG2000",
            Self::JpegXl => "JXL",
        }
    }

    /// True where a predictor may have been applied before packing.
    pub(crate) fn is_predicted(self) -> bool {
        matches!(self, Self::Lzw | Self::Deflate | Self::Zstd | Self::Lzma)
    }

    /// True where the packed bytes say themselves how large their picture is and what its numbers are.
    pub(crate) fn is_picture(self) -> bool {
        matches!(
            self,
            Self::Jpeg
                | Self::WebP
                | Self::Lerc
                | Self::LercDeflate
                | Self::LercZstd
                | Self::Jpeg2000 { .. }
                | Self::JpegXl
        )
    }

    /// The most bytes that one packed byte can become, where the format has such a limit.
    pub(crate) fn most_expansion(self) -> Option<u64> {
        match self {
            Self::None => Some(1),
            Self::Lzw => Some(4096),
            Self::Deflate => Some(1040),
            Self::PackBits => Some(64),
            _ => None,
        }
    }
}
