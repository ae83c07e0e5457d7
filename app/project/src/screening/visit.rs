//! What a member saw and says of cells.

use serde::{Deserialize, Serialize};

use super::{CellNumber, Seen};
use crate::{Author, ScreeningId};

/// What a member says of a cell; nothing is said of an untouched one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellState {
    /// All was looked at, and nothing is there.
    Empty,
    /// Begun, and held by whoever began it.
    Incomplete,
    /// All that is there is labelled.
    Done,
    /// The image does not show it: blurred, clouded, torn.
    BadImagery,
}

impl CellState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Done, Self::Empty, Self::Incomplete, Self::BadImagery];

    /// The word in files, which is the one in the journal.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Incomplete => "incomplete",
            Self::Done => "done",
            Self::BadImagery => "bad_imagery",
        }
    }

    /// The word on screen.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Incomplete => "Incomplete",
            Self::Done => "Done",
            Self::BadImagery => "Bad imagery",
        }
    }

    /// True when the cell need not be looked at again.
    pub const fn is_settled(self) -> bool {
        !matches!(self, Self::Incomplete)
    }

    /// True when it claims that all of the cell was looked at.
    pub const fn claims_all(self) -> bool {
        matches!(self, Self::Empty | Self::Done)
    }
}

/// One look at one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    pub cell: CellNumber,
    /// `None`: it was on screen in passing, and nothing is said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<CellState>,
    /// How long it was the cell in work, idle time left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// What was on screen at full resolution.
    #[serde(default, skip_serializing_if = "Seen::is_empty")]
    pub seen: Seen,
}

/// What one member saw and says of some cells. Never changed or undone: a later one says it anew, and all are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    pub screening: ScreeningId,
    pub member: Author,
    /// The cell in work first, then those beside it that were on screen.
    pub looks: Vec<Look>,
    /// Unix milliseconds, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
}

/// What all visits of one member to one cell come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// What was said last; `None` when it was only on screen.
    pub state: Option<CellState>,
    /// Of all looks together.
    pub seconds: f64,
    /// In any look.
    pub seen: Seen,
    pub looks: u32,
    /// Unix milliseconds of the first look and the last, when known.
    pub first_ms: Option<i64>,
    pub last_ms: Option<i64>,
}

impl Standing {
    /// Takes in one more look.
    pub(super) fn take(&mut self, look: &Look, at_ms: Option<i64>) {
        self.state = look.state.or(self.state);
        self.seconds += look.seconds.unwrap_or(0.0);
        self.seen = self.seen.or(look.seen);
        self.looks += 1;
        self.first_ms = self.first_ms.or(at_ms);
        self.last_ms = at_ms.or(self.last_ms);
    }
}
