//! Whether the GPU is wanted.

/// The environment variable that overrides the choice by the adapter: `gpu` or `cpu`.
const VARIABLE: &str = "ORTHOSCOPE_COMPUTE";

/// Who is to compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preference {
    /// The GPU where there is one, the processor where the adapter is only a program on it.
    #[default]
    ByAdapter,
    /// The adapter, whatever it is.
    Gpu,
    /// The processor.
    Processor,
}

impl Preference {
    /// What `ORTHOSCOPE_COMPUTE` says: `gpu`, `cpu`, or by the adapter.
    pub fn from_environment() -> Self {
        std::env::var(VARIABLE).map_or(Self::ByAdapter, |text| Self::named(&text))
    }

    fn named(text: &str) -> Self {
        match text.trim().to_lowercase().as_str() {
            "gpu" => Self::Gpu,
            "cpu" => Self::Processor,
            _ => Self::ByAdapter,
        }
    }

    /// Whether an adapter is to be used that is a program on the processor or is not.
    pub(crate) fn takes(self, software: bool) -> bool {
        match self {
            Self::ByAdapter => !software,
            Self::Gpu => true,
            Self::Processor => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_poses_as_an_adapter_is_taken_only_when_named() {
        assert!(Preference::ByAdapter.takes(false) && !Preference::ByAdapter.takes(true));
        assert!(Preference::named(" GPU").takes(true) && !Preference::named("cpu").takes(false));
        assert_eq!(Preference::named("whatever"), Preference::ByAdapter);
    }
}
