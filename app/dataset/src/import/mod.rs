//! From neutral features to one edit of a project. Pure: no files, no clock, identities from outside.

mod class;
mod label;
mod place;
mod plan;
mod relations;
mod shape;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use project::{Author, Edit, LayerId};
use serde::Serialize;
use spatial::Crs;

pub(crate) use place::main_layer_id;
pub use plan::plan_import;
pub use relations::plan_relations;
pub use table::{VotePlan, plan_known, plan_labels, plan_votes};

/// What a file's shapes become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportAs {
    /// Regions without labels; a class in the file stays an attribute.
    #[default]
    Regions,
    /// Regions with labels by [`ImportOptions::author`]; a shape that is a region already gets the label.
    Labels,
    /// The same by a model: proposals, never labels until somebody accepts them.
    Predictions,
}

/// How a file is to be understood.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    pub kind: ImportAs,
    /// Whose labels they are; without it the property `author` of each shape. For predictions the model's
    /// name, with or without `model:` in front.
    pub author: Option<Author>,
    /// Where the shapes come from, for those that do not say so (such as the file's name).
    pub source: Option<String>,
    /// The property that holds the class; without it the first of `label`, `class`, `damage`, `subtype`,
    /// `damage_class` and `dmg` that holds classes of the schema.
    pub class_field: Option<String>,
    /// Values of the file to classes of the schema, such as `1` → `no damage`.
    pub class_map: BTreeMap<String, String>,
    /// The CRS of the coordinates, whatever the file says.
    pub crs: Option<Crs>,
    /// The layer that the shapes belong to, and whose pixels `pixels` are.
    pub layer: Option<LayerId>,
    /// Self-crossing outlines are cut at their crossings (even-odd) and not refused.
    pub repair: bool,
    /// Labels go to the region that they overlap most, if by at least this intersection over union.
    pub match_overlap: Option<f64>,
    /// Unix milliseconds to write on labels.
    pub at_ms: Option<i64>,
}

/// Which part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Position of a shape in its file, from 0.
    Index(usize),
    /// Line of a table, from 1.
    Line(u64),
}

/// One part of a file that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    #[serde(flatten)]
    pub at: Place,
    pub reason: String,
}

impl Rejected {
    pub fn shape(index: usize, reason: impl Into<String>) -> Self {
        Self { at: Place::Index(index), reason: reason.into() }
    }

    pub fn line(line: u64, reason: impl Into<String>) -> Self {
        Self { at: Place::Line(line), reason: reason.into() }
    }
}

/// What an import would do. Applying [`ImportPlan::edit`] does it; dropping the plan does nothing.
#[derive(Clone, Debug)]
pub struct ImportPlan {
    /// One batch, so that one undo takes it back. Empty when nothing was accepted.
    pub edit: Edit,
    /// Shapes (or rows) taken.
    pub accepted: usize,
    pub rejected: Vec<Rejected>,
    /// What a person should know, one sentence each.
    pub warnings: Vec<String>,
    /// Regions that the edit creates.
    pub regions: usize,
    /// Labels or predictions that the edit creates or changes.
    pub labels: usize,
    /// Relations that the edit creates.
    pub relations: usize,
}

impl ImportPlan {
    /// True when there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        matches!(&self.edit, Edit::Batch { edits, .. } if edits.is_empty())
    }
}
