//! Why the GPU does not do it.

use renderer::GpuError;

/// Why something is left to the processor.
#[derive(Debug, thiserror::Error)]
pub enum ComputeError {
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// Nothing came back for so long that nothing will.
    #[error("The graphics card gave no answer for {seconds} seconds")]
    Silent { seconds: u64 },
    /// More than one buffer or one call of the adapter takes.
    #[error("{what} need {needed} bytes in one piece, and this graphics card takes {most}")]
    TooLarge { what: &'static str, needed: u64, most: u64 },
    /// More than a software adapter computes.
    #[error("This product of so many bands takes longer loops than software adapters have")]
    TooLong,
    /// Whoever hands over samples is at odds with what was agreed on; a bug.
    #[error("The samples are not what was to be counted")]
    OtherSamples,
}
