//! The one generic change: what was, what is; its inverse swaps the two.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::assignment::Assignment;
use crate::merging::Conflict;
use crate::screening::{CellNumber, Screening};
use crate::{
    Adjustment, AdjustmentId, AssignmentId, ConflictId, Label, LabelId, Layer, LayerId, MemberKey, Question,
    QuestionId, Region, RegionId, Relation, RelationId, RemarkId, ResponseId, Run, RunId, Schema,
    ScreeningId, Settings,
};

/// `None → Some` creates, `Some → Some` changes, `Some → None` deletes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change<K, V> {
    pub id: K,
    pub before: Option<V>,
    pub after: Option<V>,
}

impl<K, V> Change<K, V> {
    pub fn create(id: K, after: impl Into<V>) -> Self {
        Self { id, before: None, after: Some(after.into()) }
    }

    pub fn replace(id: K, before: impl Into<V>, after: impl Into<V>) -> Self {
        Self { id, before: Some(before.into()), after: Some(after.into()) }
    }

    pub fn delete(id: K, before: impl Into<V>) -> Self {
        Self { id, before: Some(before.into()), after: None }
    }

    #[must_use]
    pub fn inverse(self) -> Self {
        Self { id: self.id, before: self.after, after: self.before }
    }
}

/// Everything that changes a project. Data only; applied by [`Project::apply`](crate::Project::apply).
///
/// What is large is shared: the project, the history and a snapshot on its way to the disk hold one copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    Region(Change<RegionId, Arc<Region>>),
    Label(Change<LabelId, Arc<Label>>),
    Layer(Change<LayerId, Arc<Layer>>),
    Adjustment(Change<AdjustmentId, Arc<Adjustment>>),
    Relation(Change<RelationId, Arc<Relation>>),
    Screening(Change<ScreeningId, Arc<Screening>>),
    Question(Change<QuestionId, Arc<Question>>),
    Run(Change<RunId, Arc<Run>>),
    /// Work is handed out.
    Assignment(Change<AssignmentId, Arc<Assignment>>),
    /// A conflict between copies is decided.
    Conflict(Change<ConflictId, Arc<Conflict>>),
    Schema(Change<(), Arc<Schema>>),
    Settings(Change<(), Arc<Settings>>),
    /// All or nothing, one step of undo.
    Batch {
        title: String,
        edits: Vec<Edit>,
    },
}

impl Edit {
    pub fn batch(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self::Batch { title: title.into(), edits }
    }

    /// The edit that takes this one back exactly.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::Region(c) => Self::Region(c.inverse()),
            Self::Label(c) => Self::Label(c.inverse()),
            Self::Layer(c) => Self::Layer(c.inverse()),
            Self::Adjustment(c) => Self::Adjustment(c.inverse()),
            Self::Relation(c) => Self::Relation(c.inverse()),
            Self::Screening(c) => Self::Screening(c.inverse()),
            Self::Question(c) => Self::Question(c.inverse()),
            Self::Run(c) => Self::Run(c.inverse()),
            Self::Assignment(c) => Self::Assignment(c.inverse()),
            Self::Conflict(c) => Self::Conflict(c.inverse()),
            Self::Schema(c) => Self::Schema(c.inverse()),
            Self::Settings(c) => Self::Settings(c.inverse()),
            Self::Batch { title, edits } => {
                Self::Batch { title, edits: edits.into_iter().rev().map(Self::inverse).collect() }
            }
        }
    }
}

/// What an applied edit touched, so that caches and pictures of just these are renewed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    pub regions: Vec<RegionId>,
    pub layers: Vec<LayerId>,
    pub adjustments: Vec<AdjustmentId>,
    /// Their regions are among `regions` too.
    pub relations: Vec<RelationId>,
    pub screenings: Vec<ScreeningId>,
    pub conflicts: Vec<ConflictId>,
    pub assignments: Vec<AssignmentId>,
    /// What members said; the regions that it is about are among `regions` too.
    pub remarks: Vec<RemarkId>,
    pub members: Vec<MemberKey>,
    /// Cells of screenings that somebody looked at.
    pub cells: Vec<(ScreeningId, CellNumber)>,
    /// Responses of services that came.
    pub responses: Vec<ResponseId>,
    /// Those with a new vote among them.
    pub questions: Vec<QuestionId>,
    pub runs: Vec<RunId>,
    /// Schema, CRS or review rule: everything may look different.
    pub everything: bool,
}

/// Why an edit is refused. The project is then exactly as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("{what} was changed by somebody else in the meantime")]
    Stale { what: String },
    #[error("{what} does not exist")]
    Missing { what: String },
    #[error("{what} exists already")]
    Exists { what: String },
    #[error("{what} is still in use: {by}")]
    InUse { what: String, by: String },
    #[error("{0}")]
    Invalid(String),
}
