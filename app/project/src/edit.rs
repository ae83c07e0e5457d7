//! The one generic change: what was, what is; its inverse swaps the two.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Label, LabelId, Layer, LayerId, Region, RegionId, Schema, Settings};

/// `None → Some` creates, `Some → Some` changes, `Some → None` deletes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change<K, V> {
    pub id: K,
    pub before: Option<V>,
    pub after: Option<V>,
}

impl<K, V> Change<K, V> {
    pub fn create(id: K, after: V) -> Self {
        Self { id, before: None, after: Some(after) }
    }

    pub fn replace(id: K, before: V, after: V) -> Self {
        Self { id, before: Some(before), after: Some(after) }
    }

    pub fn delete(id: K, before: V) -> Self {
        Self { id, before: Some(before), after: None }
    }

    #[must_use]
    pub fn inverse(self) -> Self {
        Self { id: self.id, before: self.after, after: self.before }
    }
}

/// Everything that changes a project. Data only; applied by [`Project::apply`](crate::Project::apply).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "the rare layer is the large one; boxing it costs every reader"
)]
pub enum Edit {
    Region(Change<RegionId, Arc<Region>>),
    Label(Change<LabelId, Label>),
    Layer(Change<LayerId, Layer>),
    Schema(Change<(), Arc<Schema>>),
    Settings(Change<(), Settings>),
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
            Self::Schema(c) => Self::Schema(c.inverse()),
            Self::Settings(c) => Self::Settings(c.inverse()),
            Self::Batch { title, edits } => {
                Self::Batch { title, edits: edits.into_iter().rev().map(Self::inverse).collect() }
            }
        }
    }

    /// What a person calls it, for the history panel and "Undo …".
    pub fn title(&self) -> String {
        fn verb<K, V>(noun: &str, change: &Change<K, V>) -> String {
            let verb = match (&change.before, &change.after) {
                (None, _) => "Add",
                (Some(_), Some(_)) => "Change",
                (Some(_), None) => "Delete",
            };
            format!("{verb} {noun}")
        }
        match self {
            Self::Region(c) => verb("region", c),
            Self::Label(Change { before: Some(a), after: Some(b), .. }) if a.class != b.class => {
                format!("Label “{}” instead of “{}”", b.class, a.class)
            }
            Self::Label(Change { before: None, after: Some(b), .. }) => format!("Label “{}”", b.class),
            Self::Label(c) => verb("label", c),
            Self::Layer(c) => verb("layer", c),
            Self::Schema(c) => verb("schema", c),
            Self::Settings(c) => verb("settings", c),
            Self::Batch { title, .. } => title.clone(),
        }
    }
}

/// What an applied edit touched, so that caches and pictures of just these are renewed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    pub regions: Vec<RegionId>,
    pub layers: Vec<LayerId>,
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
