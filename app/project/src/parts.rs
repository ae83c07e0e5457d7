//! Putting single things into a project as they are said to be, without a question: whoever does so asks afterwards
//! whether the whole is sound.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rstar::RTree;

use crate::project::indexed;
use crate::review::Vote;
use crate::{
    Adjustment, AdjustmentId, Label, LabelId, Layer, LayerId, Project, Region, RegionId, Schema, Settings,
    VoteId,
};

impl Project {
    pub(crate) fn shared_settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Every vote in the order of casting, superseded ones included.
    pub(crate) fn votes_in_order_shared(&self) -> impl Iterator<Item = &Arc<Vote>> {
        self.cast.iter().filter_map(|id| self.votes.get(id))
    }

    pub(crate) fn put_settings(&mut self, settings: Arc<Settings>) {
        self.settings = settings;
    }

    pub(crate) fn put_schema(&mut self, schema: Option<Arc<Schema>>) {
        self.schema = schema;
    }

    pub(crate) fn put_layer(&mut self, id: LayerId, layer: Option<Layer>) {
        match layer {
            Some(layer) => self.layers.insert(id, layer),
            None => self.layers.remove(&id),
        };
    }

    /// The index is not renewed: see [`Project::index_anew`].
    pub(crate) fn put_region(&mut self, id: RegionId, region: Option<Arc<Region>>) {
        match region {
            Some(region) => self.regions.insert(id, region),
            None => self.regions.remove(&id),
        };
    }

    pub(crate) fn put_label(&mut self, id: LabelId, label: Option<Arc<Label>>) {
        if let Some(old) = self.labels.remove(&id) {
            self.labels_of.remove(&(old.region, id));
        }
        if let Some(label) = label {
            self.labels_of.insert((label.region, id));
            self.labels.insert(id, label);
        }
    }

    pub(crate) fn put_adjustment(&mut self, id: AdjustmentId, adjustment: Option<Arc<Adjustment>>) {
        match adjustment {
            Some(adjustment) => self.adjustments.insert(id, adjustment),
            None => self.adjustments.remove(&id),
        };
    }

    /// What a vote says; its place among the votes stays, or is given by [`Project::order_votes`].
    pub(crate) fn put_vote(&mut self, vote: Arc<Vote>) {
        self.votes.insert(vote.id, vote);
    }

    /// The order of casting; `cases` are those that got votes.
    pub(crate) fn order_votes(&mut self, order: &[VoteId], cases: &HashSet<RegionId>) {
        self.cast = order.iter().copied().collect();
        let mut of: HashMap<RegionId, Vec<VoteId>> = HashMap::new();
        for id in order {
            if let Some(vote) = self.votes.get(id).filter(|vote| cases.contains(&vote.case)) {
                of.entry(vote.case).or_default().push(*id);
            }
        }
        for (case, ids) in of {
            self.votes_of.insert(case, ids);
        }
    }

    /// The index of shapes anew, after shapes were put in.
    pub(crate) fn index_anew(&mut self) {
        let entries = self.regions.iter().filter_map(|(id, region)| indexed(*id, region));
        self.index = Arc::new(RTree::bulk_load(entries.collect()));
    }
}
