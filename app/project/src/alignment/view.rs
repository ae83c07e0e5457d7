//! The project as one layer shows it, kept up with every edit.

use std::sync::Arc;

use super::Alignment;
use crate::{Project, Region, RegionId, Touched};

/// More changed regions than this, and the view is made anew.
const FOLLOWED: usize = 1_000;

/// A project whose regions lie where one layer shows them. To be looked at, never to be saved.
#[derive(Clone, Debug)]
pub struct AlignedView {
    alignment: Arc<Alignment>,
    project: Project,
}

impl AlignedView {
    pub fn new(project: &Project, alignment: Arc<Alignment>) -> Self {
        let shown = project.with_shapes(
            project.regions().iter().filter_map(|(id, region)| Some((*id, alignment.shape(region)?))),
        );
        Self { alignment, project: shown }
    }

    pub fn alignment(&self) -> &Arc<Alignment> {
        &self.alignment
    }

    /// The project with its regions where the layer shows them.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Follows an edit that left layers, settings and adjustments as they are; false where it did not, and the
    /// view must be made anew.
    #[must_use]
    pub fn follow(&mut self, project: &Project, touched: &Touched) -> bool {
        if touched.everything
            || !touched.layers.is_empty()
            || !touched.adjustments.is_empty()
            || touched.regions.len() > FOLLOWED
        {
            return false;
        }
        let shown = |id: RegionId| {
            let region = project.region(id)?;
            Some(match self.alignment.shape(region) {
                Some(geometry) => Arc::new(Region { geometry, ..(**region).clone() }),
                None => Arc::clone(region),
            })
        };
        let changed: Vec<_> = touched.regions.iter().map(|id| (*id, shown(*id))).collect();
        self.project.follow_shapes(project, changed);
        true
    }
}
