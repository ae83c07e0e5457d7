//! What cannot be done, in a sentence, and what to do about it.

/// Why nothing was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimilarError {
    #[error("stopped")]
    Stopped,
    #[error("{given} numbers are not rows of {columns}")]
    Shape { given: usize, columns: usize },
    #[error("the numbers of place {row} are not all finite")]
    NotFinite { row: usize },
    #[error("there {} {rows} to compare, and it takes {least}", if *rows == 1 { "is" } else { "are" })]
    TooFew { rows: usize, least: usize },
    #[error("{}", if *accepted { "review has accepted nothing yet" } else { "no region that is shown is labelled" })]
    NoLabels { accepted: bool },
    #[error("all labels are of one class")]
    OneClass,
    #[error("{rows} places are more than the {most} that are compared at once")]
    TooMany { rows: usize, most: usize },
}

impl SimilarError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Stopped => "start it again when it is wanted",
            Self::Shape { .. } => "this is a bug: report it",
            Self::NotFinite { .. } => "leave the place out, or choose other features",
            Self::TooFew { .. } => "take more regions, or a finer grid, over imagery that is there",
            Self::NoLabels { .. } => "label some regions of at least two classes; predictions do not count",
            Self::OneClass => "label some regions of another class, too",
            Self::TooMany { .. } => "take fewer regions by a query, or a coarser grid",
        }
    }
}

/// Told how much is done of how much, from any thread; true to go on.
pub type GoOn<'a> = &'a (dyn Fn(u64, u64) -> bool + Sync);
