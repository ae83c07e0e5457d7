//! The rule of the review, as data.

use serde::{Deserialize, Serialize};

/// How many committee votes for one class settle a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quorum {
    /// More than half of those who voted for a class.
    #[default]
    Majority,
    /// At least ⌈2n/3⌉ of them.
    TwoThirds,
    Unanimous,
}

/// How a case goes through review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Stage-one verdicts needed from members other than the label's author.
    pub stage_one_reviews: u32,
    /// Committee votes (abstentions counted) before anything is decided or shown.
    pub committee_size: u32,
    pub quorum: Quorum,
    /// Whether an annotator may review their own label at stage one.
    pub self_review: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Self { stage_one_reviews: 1, committee_size: 3, quorum: Quorum::Majority, self_review: false }
    }
}
