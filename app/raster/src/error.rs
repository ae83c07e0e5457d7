//! What can go wrong with an image, in one sentence and a hint.

use std::fmt;

/// What is wrong, without saying where; [`OpenError`] and [`ReadError`] say where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The operating system refused.
    #[error("{0}")]
    System(String),
    /// The bytes are not those of an image of a known kind.
    #[error("{0}")]
    NotAnImage(String),
    /// The bytes contradict the format or themselves.
    #[error("{0}")]
    Damaged(String),
    /// The file is sound, but holds something that this program does not read.
    #[error("{0}")]
    Unsupported(String),
    /// Reading it would take more memory than is granted.
    #[error("{0}")]
    TooLarge(String),
    /// The caller asked for something that the image does not have.
    #[error("{0}")]
    OutOfRange(String),
    /// A server, or the way to it.
    #[error(transparent)]
    Remote(#[from] remote::RemoteError),
    /// The caller asked to stop.
    #[error("it was stopped")]
    Stopped,
}

impl Fault {
    pub(crate) fn damaged(reason: impl fmt::Display) -> Self {
        Self::Damaged(reason.to_string())
    }

    pub(crate) fn unsupported(reason: impl fmt::Display) -> Self {
        Self::Unsupported(reason.to_string())
    }

    pub(crate) fn too_large(reason: impl fmt::Display) -> Self {
        Self::TooLarge(reason.to_string())
    }

    pub(crate) fn out_of_range(reason: impl fmt::Display) -> Self {
        Self::OutOfRange(reason.to_string())
    }

    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::System(_) => {
                "Check that the file is there, that you may read it, and that the disk has room."
            }
            Self::NotAnImage(_) => {
                "Open a GeoTIFF, JPEG 2000, JPEG XL, PNG, JPEG, WebP, ENVI (.hdr), NetCDF, HDF5, Erdas or NumPy file; a build with the cargo feature “gdal” reads whatever GDAL reads."
            }
            Self::Damaged(_) => "The file is damaged or was cut short: copy or download it again.",
            Self::Unsupported(_) => {
                "Convert it first, for example: gdal_translate -co TILED=YES -co COMPRESS=DEFLATE in.tif out.tif; or take a build with the cargo feature “gdal”, which reads whatever GDAL reads."
            }
            Self::TooLarge(_) => {
                "Rewrite it in tiles, for example: gdal_translate -co TILED=YES -co BIGTIFF=IF_SAFER in.tif out.tif"
            }
            Self::OutOfRange(_) => "Ask for a level, tile and bands that the image has.",
            Self::Remote(error) => error.hint(),
            Self::Stopped => "Start it again to finish it.",
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::damaged("the file ends early"),
            std::io::ErrorKind::NotFound => Self::System("there is no such file".into()),
            std::io::ErrorKind::PermissionDenied => Self::System("you may not read it".into()),
            std::io::ErrorKind::IsADirectory => Self::System("it is a folder".into()),
            _ => Self::System(format!("the system says “{error}”")),
        }
    }
}

/// Why an image cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Cannot open {file}: {fault}.")]
pub struct OpenError {
    /// File name without its folder.
    pub file: String,
    pub fault: Fault,
}

/// Why a part of an image cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Cannot read {part} of {file}: {fault}.")]
pub struct ReadError {
    /// Which part, as in `tile 12,7`.
    pub part: String,
    /// File name without its folder.
    pub file: String,
    pub fault: Fault,
}

/// Why an image cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Cannot write {file}: {fault}.")]
pub struct WriteError {
    /// File name without its folder.
    pub file: String,
    pub fault: Fault,
}

impl OpenError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        self.fault.hint()
    }
}

impl ReadError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        self.fault.hint()
    }
}

impl WriteError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        self.fault.hint()
    }
}
