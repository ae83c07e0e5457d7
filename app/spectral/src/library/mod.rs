//! Spectral libraries in and out: ENVI, ECOSTRESS and ASTER text, CSV.

pub mod csv;
pub mod ecostress;
pub mod envi;
mod header;

use crate::spectrum::Spectrum;

/// Spectra that belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Library {
    pub spectra: Vec<Spectrum>,
    /// What was odd about the file, in sentences.
    pub warnings: Vec<String>,
}

/// Why a library cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LibraryError {
    /// The bytes are not those of a library of this kind.
    #[error("This is not {0}")]
    NotALibrary(&'static str),
    /// The file contradicts itself or ends early.
    #[error("The library is damaged: {0}")]
    Damaged(String),
    /// A line that cannot be read.
    #[error("Line {line}: {reason}")]
    Line { line: u64, reason: String },
    /// It is sound but of a kind that is not read here.
    #[error("{0}")]
    Unsupported(String),
    /// More values than are granted.
    #[error("The library has more than {0} values")]
    TooLarge(usize),
    /// The format cannot hold these spectra.
    #[error("{0}")]
    CannotHold(&'static str),
}

impl LibraryError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotALibrary(_) => {
                "Libraries are ENVI (.sli with .hdr), ECOSTRESS or ASTER text (.spectrum.txt) or CSV."
            }
            Self::Damaged(_) => "The file is damaged or was cut short: copy or download it again.",
            Self::Line { .. } => "Mend that line of the file.",
            Self::Unsupported(_) => "Save it as an ENVI library of floats, or as CSV.",
            Self::TooLarge(_) => "Split the library.",
            Self::CannotHold(_) => "Write a long CSV table, which can hold any spectra.",
        }
    }
}

/// The most values that a library may have.
pub const MOST_VALUES: usize = 1 << 26;

/// A unit of wavelength.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanometre,
    Micrometre,
    /// Per centimetre.
    Wavenumber,
}

impl Unit {
    /// By its name in a header; `None` when it names none.
    pub(crate) fn named(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
        let is_word = |word: &str| text.split(|c: char| !c.is_alphanumeric() && c != 'µ').any(|w| w == word);
        if has(&["nanomet"]) || is_word("nm") {
            Some(Self::Nanometre)
        } else if has(&["micromet", "micron"]) || is_word("um") || is_word("µm") || is_word("μm") {
            Some(Self::Micrometre)
        } else if has(&["wavenumber", "cm-1", "cm^-1"]) {
            Some(Self::Wavenumber)
        } else {
            None
        }
    }

    /// By the size of the numbers: no optical instrument sees beyond 100 µm, none below 100 nm.
    pub(crate) fn guessed(values: &[f64]) -> Self {
        let largest = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
        if largest < 100.0 { Self::Micrometre } else { Self::Nanometre }
    }

    /// A wavelength in nanometres.
    pub(crate) fn to_nm(self, value: f64) -> f64 {
        match self {
            Self::Nanometre => value,
            // Through the shortest decimal number, so that 0.4931 µm is 493.1 nm and not 493.09999999999997.
            Self::Micrometre => (value * 1e12).round() / 1e9,
            Self::Wavenumber => 1e7 / value,
        }
    }
}

/// Bytes as text: UTF-8, else Latin-1, as older libraries are.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect())
}

#[cfg(test)]
pub(crate) fn two_spectra() -> Library {
    let nm = vec![401.25, 412.5, 433.0, 2500.5];
    let soil = Spectrum::new("dry soil", nm.clone(), vec![0.1, 0.15, 0.2, 0.35]);
    let leaf = Spectrum::new("leaf", nm, vec![0.04, 0.05, 1.0 / 3.0, 0.1]);
    Library { spectra: vec![soil, leaf], warnings: Vec::new() }
}
