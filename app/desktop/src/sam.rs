//! The network that the tool “Segment anything” asks: which it is, and what it is doing.

use std::path::PathBuf;

/// The network as far as it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Nobody has looked for weights yet.
    #[default]
    Unknown,
    /// There are no weights.
    Missing,
    Loading(PathBuf),
    Ready {
        path: PathBuf,
        /// What it is called.
        name: String,
        /// Who calculates.
        device: String,
    },
    /// What was chosen is not taken: why, and what to do.
    Refused {
        path: PathBuf,
        what: String,
        hint: String,
    },
}

/// What the tool's bar shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SamDesk {
    pub network: Network,
    /// Where weights are looked for when none were chosen.
    pub folder: Option<PathBuf>,
    /// The share of the picture under way that is looked at; `None` while none is.
    pub looking: Option<f32>,
    /// What is waited for is being looked at, not only what is in view.
    pub is_urgent: bool,
    /// Pictures of the view that are looked at, and how many there are.
    pub ahead: (usize, usize),
}

/// What the bar asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamAsk {
    /// Choose a file of weights.
    Choose,
    /// Look for weights anew.
    Again,
}

/// True for files that hold weights, by their names.
pub(crate) fn is_weights(path: &std::path::Path) -> bool {
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
    matches!(end.as_deref(), Some("pt" | "pth" | "safetensors"))
}
