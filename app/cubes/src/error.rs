//! What can go wrong between an image and its spectra.

use std::path::PathBuf;

use raster::{ReadError, WriteError};
use spectral::{LibraryError, SpectralError};

/// Why a spectrum or a product is not there.
#[derive(Debug, thiserror::Error)]
pub enum CubeError {
    /// A band, counted from 1, that the image does not have.
    #[error("There is no band {band}")]
    NoBand { band: usize, bands: usize },
    #[error("The file calls all its bands bad")]
    AllBad,
    #[error("The region covers no pixel of the image")]
    NothingInside,
    #[error("It was stopped; nothing was written")]
    Stopped,
    /// A spectrum of other bands, and an image without wavelengths to resample it by.
    #[error("{name} has {values} values for {bands} bands")]
    OtherBands { name: String, values: usize, bands: usize },
    #[error("{} is larger than {} MB", path.display(), limit >> 20)]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("{} names no kind of library", .0.display())]
    UnknownLibrary(PathBuf),
    #[error("An ECOSTRESS file holds one spectrum, and there are {0}")]
    OnlyOne(usize),
    #[error("{} cannot be read or written", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Spectral(SpectralError),
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl From<SpectralError> for CubeError {
    fn from(error: SpectralError) -> Self {
        match error {
            SpectralError::Stopped => Self::Stopped,
            other => Self::Spectral(other),
        }
    }
}

impl CubeError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoBand { bands, .. } => format!("Bands are counted from 1 to {bands}."),
            Self::AllBad => "Use bands that the file calls bad, too, or choose bands.".into(),
            Self::NothingInside => "Take the image that the region was drawn on.".into(),
            Self::Stopped => "Start it again to finish it.".into(),
            Self::OtherBands { .. } => "The image names no wavelengths to resample by.".into(),
            Self::TooLarge { .. } => "Split the library.".into(),
            Self::UnknownLibrary(_) => "Name it .sli (ENVI), .csv or .txt (ECOSTRESS).".into(),
            Self::OnlyOne(_) => "Write .sli or .csv, or one spectrum at a time.".into(),
            Self::File { .. } => "Check the path, the rights and the room on the disk.".into(),
            Self::Read(error) => error.hint().into(),
            Self::Write(error) => error.hint().into(),
            Self::Spectral(error) => error.hint().into(),
            Self::Library(error) => error.hint().into(),
        }
    }
}
