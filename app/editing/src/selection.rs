//! The regions that commands act on.

use std::collections::HashSet;
use std::sync::Arc;

use project::{Project, RegionId};

/// From how many regions on a set says which are in, so that asking never takes long.
const LARGE: usize = 64;

/// An ordered set of regions; the last one added is the primary, whose details are shown.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    regions: Arc<Vec<RegionId>>,
    /// The same regions, where they are many.
    large: Option<Arc<HashSet<RegionId>>>,
}

impl PartialEq for Selection {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.regions, &other.regions) || self.regions == other.regions
    }
}

impl Eq for Selection {}

impl Selection {
    pub fn one(region: RegionId) -> Self {
        Self::of(vec![region])
    }

    /// Of regions that are each there once.
    fn of(regions: Vec<RegionId>) -> Self {
        let large = (regions.len() >= LARGE).then(|| Arc::new(regions.iter().copied().collect()));
        Self { regions: Arc::new(regions), large }
    }

    /// The same regions, to be looked through elsewhere.
    pub fn shared(&self) -> Arc<Vec<RegionId>> {
        Arc::clone(&self.regions)
    }

    /// A set of the regions, where they are many; the same as long as the selection is.
    pub fn as_set(&self) -> Option<&Arc<HashSet<RegionId>>> {
        self.large.as_ref()
    }

    pub fn regions(&self) -> &[RegionId] {
        &self.regions
    }

    /// The region whose details and handles are shown.
    pub fn primary(&self) -> Option<RegionId> {
        self.regions.last().copied()
    }

    pub fn contains(&self, region: RegionId) -> bool {
        match &self.large {
            Some(set) => set.contains(&region),
            None => self.regions.contains(&region),
        }
    }

    pub fn len(&self) -> usize {
        self.regions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// Adds a region, or makes it the primary when it is there already.
    #[must_use]
    pub fn with(self, region: RegionId) -> Self {
        let mut regions = Arc::unwrap_or_clone(self.regions);
        regions.retain(|r| *r != region);
        regions.push(region);
        Self::of(regions)
    }

    /// Takes a region out when it is in, else adds it.
    #[must_use]
    pub fn toggled(self, region: RegionId) -> Self {
        if self.contains(region) {
            let mut regions = Arc::unwrap_or_clone(self.regions);
            regions.retain(|r| *r != region);
            Self::of(regions)
        } else {
            self.with(region)
        }
    }

    /// Without the regions that do not exist (any more), as after an undo.
    #[must_use]
    pub fn existing(self, project: &Project) -> Self {
        if self.regions.iter().all(|r| project.region(*r).is_some()) {
            return self;
        }
        let there = self.regions.iter().copied().filter(|r| project.region(*r).is_some());
        Self::of(there.collect())
    }
}

impl FromIterator<RegionId> for Selection {
    /// A region that comes twice counts at its first place.
    fn from_iter<I: IntoIterator<Item = RegionId>>(regions: I) -> Self {
        let mut seen = HashSet::new();
        Self::of(regions.into_iter().filter(|r| seen.insert(*r)).collect())
    }
}
