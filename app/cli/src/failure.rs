//! What to do about an error: the hint that goes with it.

/// An error with a hint, for what the command line itself finds wrong.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Failure {
    what: String,
    hint: String,
}

impl Failure {
    pub(crate) fn because(what: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self { what: what.into(), hint: hint.into() })
    }
}

/// The hint of the first error in the chain that has one.
pub(crate) fn hint_of(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        let own = cause.downcast_ref::<Failure>().map(|e| e.hint.clone());
        own.or_else(|| cause.downcast_ref::<raster::OpenError>().map(|e| e.hint().to_owned()))
            .or_else(|| cause.downcast_ref::<raster::ReadError>().map(|e| e.hint().to_owned()))
            .or_else(|| cause.downcast_ref::<raster::WriteError>().map(|e| e.hint().to_owned()))
    })
}
