//! The rule of the review, as data.

use serde::{Deserialize, Serialize};

/// How many committee votes for one class settle a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quorum {
    /// More than half of those who voted for a class or for rejection.
    #[default]
    Majority,
    /// At least ⌈2n/3⌉ of them.
    TwoThirds,
    Unanimous,
}

impl Quorum {
    /// How many of this many opinions must be the same; never 0.
    pub const fn needed(self, opinions: usize) -> usize {
        match self {
            Self::Majority => opinions / 2 + 1,
            Self::TwoThirds if opinions > 0 => (2 * opinions).div_ceil(3),
            Self::Unanimous if opinions > 0 => opinions,
            Self::TwoThirds | Self::Unanimous => 1,
        }
    }
}

/// How a case goes through review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Reviewers who must see what the label says; 0: a label stands as it is.
    pub stage_one_reviews: u32,
    /// Committee votes (abstentions counted) before anything is decided or shown.
    pub committee_size: u32,
    pub quorum: Quorum,
    /// Whether whoever labelled a case may review it at stage one.
    pub self_review: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Self { stage_one_reviews: 1, committee_size: 3, quorum: Quorum::Majority, self_review: false }
    }
}

impl Rule {
    /// The committee's size as a count; a committee has at least one member.
    pub(crate) fn committee(&self) -> usize {
        self.committee_size.max(1) as usize
    }
}
