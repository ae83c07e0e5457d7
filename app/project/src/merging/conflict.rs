//! What two copies of a project say of the same thing: the one stands, the other is kept until somebody decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::project::matches_current;
use crate::{Author, Change, ConflictId, Edit, EditError, EntryHash, Project, RegionId};

/// Something that a member did in their copy and that could not be done after what others did in theirs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// Who did it.
    pub author: Author,
    /// Unix milliseconds by their clock.
    pub at_ms: i64,
    /// The entry, or the first of those, that did it.
    pub entry: EntryHash,
    /// Why it could not be done.
    pub reason: String,
    /// What it would have changed, and from what: what the same member changed further is in it.
    pub edits: Vec<Edit>,
}

impl Conflict {
    /// The regions that it is about, each once.
    pub fn regions(&self) -> BTreeSet<RegionId> {
        self.edits.iter().flat_map(Edit::regions).collect()
    }

    /// What it would have done, in words, regions by a name that the reader gives.
    pub fn sentence(&self, region: impl Fn(RegionId) -> String + Copy) -> String {
        let mut said: Vec<String> =
            self.edits.iter().map(|edit| edit.deed().sentence(region, ToString::to_string)).collect();
        said.dedup();
        said.join("; ")
    }
}

impl ConflictId {
    /// The same for the same part of the same entry, on every computer.
    pub(super) fn of(entry: EntryHash, part: u32) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&entry.0[..16]);
        for (byte, of_part) in bytes[12..].iter_mut().zip(part.to_be_bytes()) {
            *byte ^= of_part;
        }
        Self::from_uuid(Builder::from_random_bytes(bytes).into_uuid())
    }
}

/// The open conflicts, and which regions they are about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conflicts {
    all: OrdMap<ConflictId, Arc<Conflict>>,
    of: OrdSet<(RegionId, ConflictId)>,
}

impl PartialEq for Conflicts {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Conflicts {
    pub(crate) fn put(&mut self, id: ConflictId, conflict: Option<Arc<Conflict>>) {
        if let Some(old) = self.all.remove(&id) {
            for region in old.regions() {
                self.of.remove(&(region, id));
            }
        }
        if let Some(conflict) = conflict {
            for region in conflict.regions() {
                self.of.insert((region, id));
            }
            self.all.insert(id, conflict);
        }
    }
}

impl Project {
    /// What copies say against each other and nobody has decided yet.
    pub fn conflicts(&self) -> &OrdMap<ConflictId, Arc<Conflict>> {
        &self.conflicts.all
    }

    /// The open conflicts about a region.
    pub fn conflicts_on(&self, region: RegionId) -> impl Iterator<Item = (ConflictId, &Arc<Conflict>)> {
        let whole =
            (region, ConflictId::from_uuid(Uuid::nil()))..=(region, ConflictId::from_uuid(Uuid::max()));
        self.conflicts.of.range(whole).filter_map(|(_, id)| Some((*id, self.conflicts.all.get(id)?)))
    }

    /// Keeps what stands: the conflict is decided against what was set aside.
    pub fn keep_edit(&self, id: ConflictId) -> Option<Edit> {
        let conflict = self.conflicts.all.get(&id)?;
        Some(Edit::Conflict(Change::delete(id, Arc::clone(conflict))))
    }

    /// Takes what was set aside in place of what stands, and decides the conflict; `None` where it fits no more.
    pub fn take_edit(&self, id: ConflictId) -> Option<Edit> {
        let conflict = self.conflicts.all.get(&id)?;
        let mut edits: Vec<Edit> =
            conflict.edits.iter().filter_map(|edit| super::rebase::onto_what_stands(self, edit)).collect();
        if edits.is_empty() {
            return None;
        }
        edits.push(Edit::Conflict(Change::delete(id, Arc::clone(conflict))));
        let title = format!("Take the version by {}", conflict.author);
        Some(Edit::batch(title, edits)).filter(|edit| self.trial(edit).is_ok())
    }

    pub(crate) fn apply_conflict(
        &mut self,
        change: &Change<ConflictId, Arc<Conflict>>,
    ) -> Result<BTreeSet<RegionId>, EditError> {
        let current = self.conflicts.all.get(&change.id);
        matches_current("The conflict", current.map(Arc::as_ref), change)?;
        let about = change.before.iter().chain(&change.after).flat_map(|conflict| conflict.regions());
        let about = about.filter(|region| self.region(*region).is_some()).collect();
        self.conflicts.put(change.id, change.after.clone());
        Ok(about)
    }
}
