//! One member's verdict on one case.

use serde::{Deserialize, Serialize};

use crate::review::Sealed;
use crate::{Author, ClassCode, RegionId, VoteId};

/// Which of the two rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// One reviewer looks at one label.
    One,
    /// The committee votes blind on what stage one disputed.
    Two,
}

/// What a member says about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The label is right.
    Accept,
    /// It is another class: [`Vote::class`] says which.
    Edit,
    /// The label (or the shape) is wrong; [`Vote::note`] says why.
    Reject,
    /// No opinion; counts for presence, not for a class.
    Abstain,
}

/// One member's verdict. A later vote by the same member at the same stage supersedes it; both stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    pub id: VoteId,
    pub case: RegionId,
    pub member: Author,
    pub stage: Stage,
    pub verdict: Verdict,
    /// The class that the member sees. For [`Verdict::Accept`] and [`Verdict::Reject`] the class that was
    /// accepted or rejected, so that a vote on an earlier label is known as such; none: whatever it says.
    pub class: Option<ClassCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The reason, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Unix milliseconds, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
    /// Where it was cast sealed: what it says is kept by its voter until the round is over. See [`Sealed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Box<Sealed>>,
}
