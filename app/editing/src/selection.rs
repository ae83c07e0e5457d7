//! The regions that commands act on.

use project::{Project, RegionId};

/// An ordered set of regions; the last one added is the primary, whose details are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    regions: Vec<RegionId>,
}

impl Selection {
    pub fn one(region: RegionId) -> Self {
        Self { regions: vec![region] }
    }

    pub fn regions(&self) -> &[RegionId] {
        &self.regions
    }

    /// The region whose details and handles are shown.
    pub fn primary(&self) -> Option<RegionId> {
        self.regions.last().copied()
    }

    pub fn contains(&self, region: RegionId) -> bool {
        self.regions.contains(&region)
    }

    pub fn len(&self) -> usize {
        self.regions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// Adds a region, or makes it the primary when it is there already.
    #[must_use]
    pub fn with(mut self, region: RegionId) -> Self {
        self.regions.retain(|r| *r != region);
        self.regions.push(region);
        self
    }

    /// Takes a region out when it is in, else adds it.
    #[must_use]
    pub fn toggled(mut self, region: RegionId) -> Self {
        if self.contains(region) {
            self.regions.retain(|r| *r != region);
            self
        } else {
            self.with(region)
        }
    }

    /// Without the regions that do not exist (any more), as after an undo.
    #[must_use]
    pub fn existing(mut self, project: &Project) -> Self {
        self.regions.retain(|r| project.region(*r).is_some());
        self
    }
}

impl FromIterator<RegionId> for Selection {
    /// A region that comes twice counts at its first place.
    fn from_iter<I: IntoIterator<Item = RegionId>>(regions: I) -> Self {
        let mut seen = std::collections::HashSet::new();
        Self { regions: regions.into_iter().filter(|r| seen.insert(*r)).collect() }
    }
}
