//! One member's verdict on one case.

use std::sync::Arc;

use geo::Geometry;
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
    /// A lead decides what the committee was evenly divided on.
    Lead,
}

impl Stage {
    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::One => "Stage 1",
            Self::Two => "Stage 2",
            Self::Lead => "The lead",
        }
    }
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
    /// Whoever looks at it as long as they like cannot tell which class it is.
    Undetermined,
    /// The imagery does not show it: clouds, shadow, blur, a gap.
    BadImagery,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 6] =
        [Self::Accept, Self::Edit, Self::Reject, Self::Abstain, Self::Undetermined, Self::BadImagery];

    /// The word in files and tables.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Edit => "edit",
            Self::Reject => "reject",
            Self::Abstain => "abstain",
            Self::Undetermined => "undetermined",
            Self::BadImagery => "bad_imagery",
        }
    }

    /// True where what is seen is a class, and the vote may name it.
    pub const fn names_class(self) -> bool {
        matches!(self, Self::Accept | Self::Edit)
    }
}

/// An outline as a member sees it: an area in the project's CRS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outline {
    #[serde(with = "crate::region::compact_geometry")]
    pub geometry: Geometry<f64>,
}

impl Outline {
    /// Why it cannot be kept; `None` when it can.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        match &self.geometry {
            Geometry::Polygon(_) | Geometry::MultiPolygon(_) => {
                crate::project::geometry_fault(&self.geometry)
            }
            _ => Some("An outline is an area"),
        }
    }
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
    /// The outline that the member sees, where it is another than the region's: shown as a ghost to whoever gets it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Arc<Outline>>,
    /// Where it was cast sealed: what it says is kept by its voter until the round is over. See [`Sealed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Box<Sealed>>,
}
