//! What can go wrong with spectra and products, in one sentence and a hint.

use std::error::Error;

/// An error of whoever feeds samples or takes results.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a product cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum SpectralError {
    /// The samples could not be read; the cause says why.
    #[error("The samples cannot be read")]
    Read(#[source] BoxError),
    /// The results could not be taken; the cause says why.
    #[error("The result cannot be written")]
    Write(#[source] BoxError),
    /// The caller asked to stop.
    #[error("It was stopped")]
    Stopped,
    /// Every pixel is masked, no-data or not a number in a band that is used.
    #[error("No pixel holds a value in all {bands} bands that are used")]
    NoPixels { bands: usize },
    /// Statistics need more pixels than there are.
    #[error("{needed} valid pixels are needed for {bands} bands, and there are {pixels}")]
    TooFewPixels { pixels: u64, needed: u64, bands: usize },
    /// A covariance that cannot be inverted.
    #[error(
        "The covariance of {of} cannot be inverted: band {band} is constant or follows from the bands before it"
    )]
    Singular {
        /// Whose covariance, as in `the background`.
        of: &'static str,
        /// The first such band, counted from 1 as the caller of the products counts them: within the bands
        /// that are used here, in the file where somebody knows the file.
        band: usize,
    },
    /// Endmembers that cannot be told apart.
    #[error("The spectra cannot be told apart: {name} follows from the spectra before it")]
    Dependent { name: String },
    /// Spectra with another number of values than the cube has bands.
    #[error("{name} has {values} values, and {bands} bands are used")]
    Length { name: String, values: usize, bands: usize },
    /// A spectrum with which nothing can be computed.
    #[error("{name} cannot be used: {why}")]
    Spectrum { name: String, why: &'static str },
    /// Wavelengths that do not meet those of the cube.
    #[error("{name} covers {low_nm:.0} to {high_nm:.0} nm, and band {band} lies at {wanted_nm:.0} nm")]
    Range { name: String, low_nm: f64, high_nm: f64, band: usize, wanted_nm: f64 },
    /// A parameter out of its range.
    #[error("{0}")]
    Parameter(String),
    /// A decomposition that did not converge, which happens only with numbers that are not finite.
    #[error("The eigenvectors of {of} cannot be computed: it holds numbers that are not finite")]
    NotFinite { of: &'static str },
}

impl SpectralError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read(_) => "Check the file of the image.",
            Self::Write(_) => "Check the place of the result, and that the disk has room.",
            Self::Stopped => "Start it again to finish it.",
            Self::NoPixels { .. } => {
                "Leave out bands that hold nothing, and check the mask and the no-data value."
            }
            Self::TooFewPixels { .. } => "Use a larger area or fewer bands.",
            Self::Singular { .. } => {
                "Leave that band out, or add a shrinkage such as 0.001, which makes any covariance invertible."
            }
            Self::Dependent { .. } => {
                "Leave that spectrum out: it is a mixture of the others or one of them again."
            }
            Self::Length { .. } => {
                "Give spectra of the bands that are used, or with wavelengths to resample by."
            }
            Self::Spectrum { .. } => "Leave that spectrum out or mend its values.",
            Self::Range { .. } => {
                "Leave out the bands beyond the spectrum, or use a library that covers all wavelengths."
            }
            Self::Parameter(_) => "Choose a value in the range that is named.",
            Self::NotFinite { .. } => "Check the no-data value: unmarked missing pixels hold absurd numbers.",
        }
    }
}
