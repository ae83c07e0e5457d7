//! ENVI headers: the text file beside a raw image or a spectral library that says how its numbers lie.
//!
//! ```
//! use raster::envi::header::{Header, Interleave};
//! let text = "ENVI\nsamples = 3\nlines = 2\nbands = 2\ndata type = 4\ninterleave = bip\nwavelength = {0.45, 2.2}\n";
//! let header = Header::parse(text)?;
//! assert_eq!(header.layout()?.interleave, Interleave::Bip);
//! assert_eq!(header.wavelengths_nm(2), [Some(450.0), Some(2200.0)]);
//! # Ok::<(), raster::envi::header::HeaderError>(())
//! ```

use std::collections::BTreeMap;

/// The fields of a header: names in lower case, values as written, without their braces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    fields: BTreeMap<String, String>,
    /// The names in the order of the file.
    order: Vec<String>,
}

/// Why a header is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("its header does not begin with the word ENVI")]
    NotEnvi,
    #[error("its header does not say its {0}")]
    Missing(&'static str),
    #[error("its header says “{key} = {value}”, which cannot be")]
    Impossible { key: String, value: String },
    #[error("its header says “{key} = {value}”, which is not read")]
    Unsupported { key: String, value: String },
}

/// In which order the numbers of an image follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interleave {
    /// Band after band.
    Bsq,
    /// Row after row, each band's row in turn.
    Bil,
    /// Pixel after pixel, its bands side by side.
    Bip,
}

/// The kinds of number that ENVI knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    U8,
    I16,
    I32,
    F32,
    F64,
    /// Two 32-bit floats: real and imaginary part.
    C64,
    /// Two doubles: real and imaginary part.
    C128,
    U16,
    U32,
    I64,
    U64,
}

impl DataType {
    fn from_code(code: u64) -> Option<Self> {
        Some(match code {
            1 => Self::U8,
            2 => Self::I16,
            3 => Self::I32,
            4 => Self::F32,
            5 => Self::F64,
            6 => Self::C64,
            9 => Self::C128,
            12 => Self::U16,
            13 => Self::U32,
            14 => Self::I64,
            15 => Self::U64,
            _ => return None,
        })
    }

    /// Bytes of one sample.
    pub fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 | Self::C64 | Self::I64 | Self::U64 => 8,
            Self::C128 => 16,
        }
    }
}

/// What kind of file a header describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    Image,
    /// An image of class numbers.
    Classification,
    /// `lines` spectra of `samples` channels each.
    SpectralLibrary,
}

/// How the numbers lie in the data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Columns of an image, channels of a spectral library.
    pub samples: u64,
    /// Rows of an image, spectra of a spectral library.
    pub lines: u64,
    pub bands: u64,
    /// Bytes before the first number.
    pub header_offset: u64,
    pub data_type: DataType,
    pub interleave: Interleave,
    pub big_endian: bool,
    /// The data file is packed with gzip.
    pub compressed: bool,
}

/// Headers with more fields than this are not ENVI's.
const MOST_FIELDS: usize = 4096;

impl Header {
    /// True when a file that begins with these bytes is an ENVI header.
    pub fn is_header(head: &[u8]) -> bool {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        head.strip_prefix(b"ENVI").is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
    }

    /// Reads the text of a header. Lines that say nothing (comments, garbage) are passed over, and of a
    /// field that stands twice the last counts.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        if !Self::is_header(text.as_bytes()) {
            return Err(HeaderError::NotEnvi);
        }
        let mut header = Self::default();
        let mut lines = text.lines().skip(1);
        while let Some(line) = lines.next() {
            if line.trim_start().starts_with(';') {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let key = key.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            let value = value.trim();
            let value = match value.strip_prefix('{') {
                Some(begun) => braced(begun, &mut lines),
                None => value.to_owned(),
            };
            if key.is_empty() || header.order.len() >= MOST_FIELDS {
                continue;
            }
            if header.fields.insert(key.clone(), value).is_none() {
                header.order.push(key);
            }
        }
        Ok(header)
    }

    /// Names and values of all fields, in the order of the file.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.order.iter().filter_map(|key| Some((key.as_str(), self.text(key)?)))
    }

    /// The value of a field, trimmed; `None` when absent or empty. `key` is in lower case.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key).map(|v| v.trim()).filter(|v| !v.is_empty())
    }

    /// The parts of a value, split at commas and trimmed; empty when the field is absent.
    pub fn list(&self, key: &str) -> Vec<&str> {
        let mut parts: Vec<&str> =
            self.text(key).map(|v| v.split(',').map(str::trim).collect()).unwrap_or_default();
        if parts.last().is_some_and(|last| last.is_empty()) {
            parts.pop();
        }
        parts
    }

    /// The numbers of a list; what is no number is NaN.
    pub fn numbers(&self, key: &str) -> Vec<f64> {
        self.list(key).into_iter().map(|n| n.parse().unwrap_or(f64::NAN)).collect()
    }

    /// The first number of a field.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.numbers(key).first().copied().filter(|n| !n.is_nan())
    }

    fn whole(&self, key: &'static str) -> Result<Option<u64>, HeaderError> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let exact = text.parse::<u64>().ok();
        let rounded = || text.parse::<f64>().ok().filter(|n| n.fract() == 0.0 && (0.0..2e18).contains(n));
        exact.or_else(|| rounded().map(|n| n as u64)).map(Some).ok_or_else(|| impossible(key, text))
    }

    /// What the data file holds. A header without this field describes an image.
    pub fn file_type(&self) -> Result<FileType, HeaderError> {
        let Some(text) = self.text("file type") else { return Ok(FileType::Image) };
        let lower = text.to_lowercase();
        Ok(match lower.as_str() {
            "envi classification" => FileType::Classification,
            "envi spectral library" => FileType::SpectralLibrary,
            "envi" | "envi standard" | "envi fft result" | "unknown" => FileType::Image,
            _ if lower.starts_with("envi") && !lower.contains("meta") && !lower.contains("virtual") => {
                FileType::Image
            }
            _ => return Err(unsupported("file type", text)),
        })
    }

    /// How the numbers lie. A header without data type means bytes, without interleave band after band.
    pub fn layout(&self) -> Result<Layout, HeaderError> {
        let side = |key: &'static str| match self.whole(key)? {
            Some(0) => Err(impossible(key, "0")),
            Some(n) => Ok(n),
            None => Err(HeaderError::Missing(key)),
        };
        let (samples, lines) = (side("samples")?, side("lines")?);
        let bands = if self.text("bands").is_some() { side("bands")? } else { 1 };
        let data_type = match self.whole("data type")? {
            None => DataType::U8,
            Some(code) => {
                DataType::from_code(code).ok_or_else(|| unsupported("data type", &code.to_string()))?
            }
        };
        let interleave = match self.text("interleave").map(str::to_lowercase).as_deref() {
            None | Some("bsq") => Interleave::Bsq,
            Some("bil") => Interleave::Bil,
            Some("bip") => Interleave::Bip,
            Some(other) => return Err(impossible("interleave", other)),
        };
        let big_endian = match self.whole("byte order")? {
            None | Some(0) => false,
            Some(1) => true,
            Some(other) => return Err(impossible("byte order", &other.to_string())),
        };
        for key in ["major frame offsets", "minor frame offsets"] {
            if self.numbers(key).iter().any(|n| *n != 0.0) {
                return Err(unsupported(key, self.text(key).unwrap_or_default()));
            }
        }
        Ok(Layout {
            samples,
            lines,
            bands,
            header_offset: self.whole("header offset")?.unwrap_or(0),
            data_type,
            interleave,
            big_endian,
            compressed: self.whole("file compression")?.is_some_and(|n| n != 0),
        })
    }
}

/// What stands from an opening brace to the closing one, which may be lines below.
fn braced<'a>(begun: &str, lines: &mut impl Iterator<Item = &'a str>) -> String {
    let mut value = String::new();
    let mut line = begun;
    loop {
        if let Some((inside, _)) = line.split_once('}') {
            value.push_str(inside);
            return value;
        }
        value.push_str(line.trim_end());
        value.push('\n');
        match lines.next() {
            Some(next) => line = next,
            None => return value,
        }
    }
}

fn impossible(key: &str, value: &str) -> HeaderError {
    HeaderError::Impossible { key: key.into(), value: shortened(value) }
}

fn unsupported(key: &str, value: &str) -> HeaderError {
    HeaderError::Unsupported { key: key.into(), value: shortened(value) }
}

/// A value that fits a sentence.
fn shortened(value: &str) -> String {
    let one_line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= 60 {
        return one_line;
    }
    one_line.chars().take(60).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "ENVI\nsamples = 4\r\nlines=3\n";

    #[test]
    fn names_are_read_in_any_case_and_spacing_and_values_over_many_lines() {
        let header = Header::parse(
            "ENVI\nSamples  = 4\n  LINES=3\n; bands = 9\nBand   Names = {\n one,\n two = 2, three}\nnonsense\nbands=3",
        )
        .expect("a header");
        assert_eq!(header.list("band names"), ["one", "two = 2", "three"]);
        assert_eq!(header.layout().map(|l| (l.samples, l.lines, l.bands)), Ok((4, 3, 3)));
        let names: Vec<&str> = header.fields().map(|f| f.0).collect();
        assert_eq!(names, ["samples", "lines", "band names", "bands"]);
    }

    #[test]
    fn what_is_left_out_has_its_usual_meaning() {
        let layout = Header::parse(SMALL).and_then(|h| h.layout()).expect("a layout");
        assert_eq!(
            layout,
            Layout {
                samples: 4,
                lines: 3,
                bands: 1,
                header_offset: 0,
                data_type: DataType::U8,
                interleave: Interleave::Bsq,
                big_endian: false,
                compressed: false
            }
        );
    }

    #[test]
    fn what_cannot_be_is_said_with_its_field() {
        let said = |more: &str| {
            let header = Header::parse(&format!("{SMALL}{more}\n")).expect("a header");
            header.layout().expect_err("refused").to_string()
        };
        assert_eq!(said("bands = 0"), "its header says “bands = 0”, which cannot be");
        assert_eq!(said("samples = -4"), "its header says “samples = -4”, which cannot be");
        assert_eq!(said("interleave = bbq"), "its header says “interleave = bbq”, which cannot be");
        assert_eq!(said("byte order = 7"), "its header says “byte order = 7”, which cannot be");
        assert_eq!(said("data type = 7"), "its header says “data type = 7”, which is not read");
        assert_eq!(
            said("lines = 99999999999999999999"),
            "its header says “lines = 99999999999999999999”, which cannot be"
        );
        let nothing = Header::parse("ENVI\nlines = 3\n").and_then(|h| h.layout());
        assert_eq!(nothing, Err(HeaderError::Missing("samples")));
        assert_eq!(Header::parse("ENVIRONMENT\n"), Err(HeaderError::NotEnvi));
    }

    #[test]
    fn a_brace_that_never_closes_ends_with_the_file() {
        let header = Header::parse("ENVI\nwavelength = {1,\n2,\n").expect("a header");
        assert_eq!(header.numbers("wavelength"), [1.0, 2.0]);
    }
}
