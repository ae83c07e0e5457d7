//! Which relations an export holds: those between two regions that are in it.

use std::collections::{BTreeMap, BTreeSet};

use project::{PredicateCode, Project, RegionId, Relation, RelationId, Schema};
use serde::{Deserialize, Serialize};

use super::item::Item;
use super::{ExportError, Job, Outcome};

/// Relations between regions that were asked for, and those of them that are in the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationCounts {
    #[serde(rename = "in")]
    pub asked: usize,
    #[serde(rename = "out")]
    pub written: usize,
}

impl RelationCounts {
    /// True where there is nothing to say.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The relations between the regions that the spec asks for, in the order in which they were made.
pub(super) fn between<'a>(project: &'a Project, items: &[Item<'_>]) -> Vec<(RelationId, &'a Relation)> {
    if project.relations().is_empty() {
        return Vec::new();
    }
    let asked: BTreeSet<RegionId> = items.iter().map(|item| item.id).collect();
    let both = |r: &Relation| asked.contains(&r.from) && asked.contains(&r.to);
    project.relations().iter().filter(|(_, r)| both(r)).map(|(id, r)| (*id, &**r)).collect()
}

/// The numbers that predicates have in files: their place in the schema, from 1.
pub(super) fn numbers(schema: &Schema) -> BTreeMap<&PredicateCode, usize> {
    schema.relations.iter().enumerate().map(|(at, predicate)| (&predicate.code, at + 1)).collect()
}

impl Job<'_> {
    /// Counts the relations that were read back, and says which are missing.
    pub(super) fn count_relations(&self, outcome: &mut Outcome) -> Result<RelationCounts, ExportError> {
        let asked = self.relations.len();
        let held = outcome.relations.take();
        let holds_any = held.is_some();
        let held = held.unwrap_or_default();
        let known: BTreeSet<RelationId> = self.relations.iter().map(|(id, _)| *id).collect();
        if !held.is_subset(&known) {
            return Err(ExportError::Mismatch("the files hold relations that nobody asked for".into()));
        }
        let missing = asked - held.len();
        if missing > 0 {
            let why = if holds_any {
                "a region of theirs is left out, or no picture shows both"
            } else {
                "this format has none"
            };
            outcome.warnings.push(format!("{missing} relations are not in the files: {why}"));
        }
        Ok(RelationCounts { asked, written: held.len() })
    }
}
