//! How a job ends without a result.

use std::error::Error;

/// The job is no longer wanted; what [`JobContext::check`](crate::JobContext::check) returns, to be passed up by `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the job was cancelled")]
pub struct Cancelled;

/// Why a job has no result. Any error type converts into it by `?`, so a job can simply return
/// `Result<T, JobFailure>`.
#[derive(Debug)]
pub enum JobFailure {
    /// Nobody wanted the result any more.
    Cancelled,
    /// Too many jobs of its priority were waiting.
    Crowded,
    /// Its result was taken before.
    Taken,
    /// The work itself failed.
    Failed(Box<dyn Error + Send + Sync>),
    /// A bug: the work panicked with this text.
    Panicked(String),
}

impl JobFailure {
    /// A failure that has only words.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Failed(text.into().into())
    }

    /// The error the work failed with, when it is of this type; for its hint.
    pub fn error<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Failed(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// True when the failure need not be shown to anybody.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }

    pub(crate) fn from_panic(payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "unknown panic".to_owned()))
    }
}

impl std::fmt::Display for JobFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cancelled => Cancelled.fmt(f),
            Self::Crowded => f.write_str("too many jobs were waiting"),
            Self::Taken => f.write_str("the result of the job was taken before"),
            Self::Failed(error) => error.fmt(f),
            Self::Panicked(text) => write!(f, "this is a bug: {text}"),
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for JobFailure {
    fn from(error: E) -> Self {
        let error: Box<dyn Error + Send + Sync> = Box::new(error);
        if error.is::<Cancelled>() { Self::Cancelled } else { Self::Failed(error) }
    }
}
