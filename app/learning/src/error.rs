//! What can go wrong, in sentences, and what to do about it.

use std::path::{Path, PathBuf};

/// Why a network could not be trained, kept or asked.
#[derive(Debug, thiserror::Error)]
pub enum LearningError {
    /// The device or its driver gave up; the reason is what Burn or wgpu said.
    #[error("the learning device failed: {0}")]
    Device(String),
    /// Somebody stopped it; what was done until then is in the checkpoint.
    #[error("it was stopped")]
    Stopped,
    /// What was asked for cannot be done.
    #[error("{what}")]
    Refused { what: String, hint: String },
    /// A file of a model or a checkpoint.
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// The imagery could not be read.
    #[error("{0}")]
    Pixels(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl LearningError {
    /// Something that cannot be done, with what to do instead.
    pub fn refused(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Refused { what: what.into(), hint: hint.into() }
    }

    /// An error of the imagery.
    pub fn pixels(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Pixels(Box::new(error))
    }

    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::File { path: path.to_owned(), source }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Device(_) => "try again on the processor (--cpu; for the window ORTHOSCOPE_COMPUTE=cpu), or with smaller tiles".into(),
            Self::Stopped => "the same command goes on from the last checkpoint".into(),
            Self::Refused { hint, .. } => hint.clone(),
            Self::File { .. } => "check the path, the right to write there and the room on the disk".into(),
            Self::Pixels(_) => {
                "check that the imagery is where the project says, and that it can be read".into()
            }
        }
    }
}
