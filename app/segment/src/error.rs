//! What cannot be done, in a sentence, and what to do about it.

/// Why nothing was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    #[error("stopped")]
    Cancelled,
    #[error("{pixels} pixels of {bands} bands are more than the {limit} values that this works on at once")]
    TooLarge { pixels: usize, bands: usize, limit: usize },
    #[error("{given} values are not {width} × {height} pixels of {bands} bands")]
    Shape { given: usize, width: usize, height: usize, bands: usize },
    #[error("there are no pixels to look at")]
    Nothing,
    #[error("nothing says what is wanted")]
    NoMarkers,
    #[error("the examples are all of one class")]
    OneClass,
    #[error("{classes} classes are more than the 255 that can be told apart")]
    TooManyClasses { classes: usize },
    /// What a network or who runs it said.
    #[error("{0}")]
    Network(String),
}

impl SegmentError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Cancelled => "start it again when it is wanted",
            Self::TooLarge { .. } => "work on a smaller part, or on fewer bands",
            Self::Shape { .. } => "this is a bug: report it",
            Self::Nothing => "choose a place where there is imagery",
            Self::NoMarkers => "mark a place that belongs to it, or a box around it",
            Self::OneClass => "give examples of at least two classes",
            Self::TooManyClasses { .. } => "join classes before",
            Self::Network(_) => "choose other weights, or another tool",
        }
    }
}

/// Asked from time to time: true to go on. Called from any thread.
pub type GoOn<'a> = &'a (dyn Fn() -> bool + Sync);

/// An error when it is not to go on.
pub(crate) fn check(go_on: GoOn) -> Result<(), SegmentError> {
    if go_on() { Ok(()) } else { Err(SegmentError::Cancelled) }
}
