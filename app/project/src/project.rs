//! The project: what is on the map and in the review, as the journal made it.

use std::collections::BTreeMap;
use std::sync::Arc;

use geo::{CoordsIter as _, Geometry};
use imbl::{HashMap, OrdMap, OrdSet, Vector};
use rstar::{AABB, RTree, primitives::GeomWithData, primitives::Rectangle};
use serde::{Deserialize, Serialize};
use spatial::{Crs, WorldRect};
use uuid::Uuid;

use crate::assignment::Assignments;
use crate::merging::Conflicts;
use crate::question::Questions;
use crate::relation::Relations;
use crate::remark::Remarks;
use crate::response::Responses;
use crate::review::{Rule, Verdict, Vote};
use crate::screening::Screenings;
use crate::{
    Adjustment, AdjustmentId, Author, Change, ClassCode, Edit, EditError, Label, LabelId, Layer, LayerId,
    Member, MemberKey, Region, RegionId, Relation, RelationId, Schema, Touched, VoteId, WorkList,
};

/// What holds for the whole project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub name: String,
    /// The CRS that region geometry is in and the map is drawn in; `None`: pixel space.
    pub crs: Option<Crs>,
    /// Pixel space was chosen, so a georeferenced layer cannot join any more.
    #[serde(default)]
    pub pixel_space: bool,
    pub rule: Rule,
    /// Labels are given to the view that is looked at, and not to the object as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub label_each_view: bool,
    /// Conditions that were kept, whose regions are gone through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<WorkList>,
}

pub(crate) type Indexed = GeomWithData<Rectangle<[f64; 2]>, RegionId>;

/// The current state. Changed by [`Project::apply`] and [`Project::record_vote`] alone.
///
/// A clone costs next to nothing however large the project is: it shares everything until one of the two
/// changes. So a job in the background gets a copy of its own, and no frame waits for it.
#[derive(Clone, Debug, Default)]
pub struct Project {
    pub(crate) settings: Arc<Settings>,
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) layers: BTreeMap<LayerId, Layer>,
    pub(crate) regions: OrdMap<RegionId, Arc<Region>>,
    pub(crate) labels: OrdMap<LabelId, Arc<Label>>,
    /// Sorted, so that the labels of a region are neighbours.
    pub(crate) labels_of: OrdSet<(RegionId, LabelId)>,
    pub(crate) votes: OrdMap<VoteId, Arc<Vote>>,
    pub(crate) votes_of: HashMap<RegionId, Vec<VoteId>>,
    /// Every vote, in the order of casting.
    pub(crate) cast: Vector<VoteId>,
    /// In the order in which they were made, which is the order of files too.
    pub(crate) adjustments: OrdMap<AdjustmentId, Arc<Adjustment>>,
    pub(crate) relations: Relations,
    pub(crate) screenings: Screenings,
    pub(crate) responses: Responses,
    pub(crate) questions: Questions,
    pub(crate) members: OrdMap<MemberKey, Arc<Member>>,
    pub(crate) conflicts: Conflicts,
    pub(crate) assignments: Assignments,
    pub(crate) remarks: Remarks,
    pub(crate) index: Arc<RTree<Indexed>>,
    /// A large batch is being applied: the index is built anew after it.
    index_waits: bool,
}

/// Region changes in one edit from which building the index anew is faster than changing it.
const BULK_CHANGES: usize = 1000;

impl PartialEq for Project {
    /// Equal content; derived look-ups are not compared.
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
            && self.schema == other.schema
            && self.layers == other.layers
            && self.regions == other.regions
            && self.labels == other.labels
            && self.votes == other.votes
            && self.adjustments == other.adjustments
            && self.relations == other.relations
            && self.screenings == other.screenings
            && self.responses == other.responses
            && self.questions == other.questions
            && self.members == other.members
            && self.conflicts == other.conflicts
            && self.assignments == other.assignments
            && self.remarks == other.remarks
    }
}

impl Project {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn crs(&self) -> Option<&Crs> {
        self.settings.crs.as_ref()
    }

    pub fn schema(&self) -> Option<&Arc<Schema>> {
        self.schema.as_ref()
    }

    pub fn layers(&self) -> &BTreeMap<LayerId, Layer> {
        &self.layers
    }

    /// Layers from the lowest to the topmost.
    pub fn layers_in_order(&self) -> Vec<(LayerId, &Layer)> {
        let mut layers: Vec<_> = self.layers.iter().map(|(id, layer)| (*id, layer)).collect();
        layers.sort_by_key(|(id, layer)| (layer.order, *id));
        layers
    }

    pub fn regions(&self) -> &OrdMap<RegionId, Arc<Region>> {
        &self.regions
    }

    pub fn region(&self, id: RegionId) -> Option<&Arc<Region>> {
        self.regions.get(&id)
    }

    pub fn labels(&self) -> &OrdMap<LabelId, Arc<Label>> {
        &self.labels
    }

    pub fn votes(&self) -> &OrdMap<VoteId, Arc<Vote>> {
        &self.votes
    }

    /// Every adjustment, in the order in which they were made.
    pub fn adjustments(&self) -> &OrdMap<AdjustmentId, Arc<Adjustment>> {
        &self.adjustments
    }

    /// The adjustments of one layer, in the order in which they were made.
    pub fn adjustments_of(&self, layer: LayerId) -> impl Iterator<Item = (AdjustmentId, &Arc<Adjustment>)> {
        self.adjustments.iter().filter(move |(_, a)| a.layer == layer).map(|(id, a)| (*id, a))
    }

    /// Every relation, in the order in which they were made.
    pub fn relations(&self) -> &OrdMap<RelationId, Arc<Relation>> {
        self.relations.all()
    }

    /// The relations that begin or end at a region, in the order in which they were made.
    pub fn relations_of(&self, region: RegionId) -> impl Iterator<Item = (RelationId, &Arc<Relation>)> {
        self.relations.of(region)
    }

    /// How many relations begin or end at a region.
    pub fn relation_count(&self, region: RegionId) -> usize {
        self.relations.count(region)
    }

    /// Every label on a region as a whole, oldest first, predictions included; those of its views are in
    /// [`Project::all_labels_of`].
    pub fn labels_of(&self, region: RegionId) -> impl Iterator<Item = (LabelId, &Arc<Label>)> {
        self.all_labels_of(region).filter(|(_, label)| label.layer.is_none())
    }

    /// The label that counts before review: the newest by a person. Predictions never count.
    pub fn label_of(&self, region: RegionId) -> Option<(LabelId, &Arc<Label>)> {
        self.labels_of(region).filter(|(_, l)| !l.author.is_model()).max_by_key(|(id, l)| l.recency(*id))
    }

    /// The newest prediction for a region.
    pub fn prediction_of(&self, region: RegionId) -> Option<(LabelId, &Arc<Label>)> {
        self.labels_of(region).filter(|(_, l)| l.author.is_model()).max_by_key(|(id, l)| l.recency(*id))
    }

    /// The label that one author gave a region.
    pub fn label_by(&self, region: RegionId, author: &Author) -> Option<(LabelId, &Arc<Label>)> {
        self.labels_of(region).find(|(_, l)| &l.author == author)
    }

    /// Every vote on a region in the order of casting, superseded ones included.
    pub fn votes_on(&self, case: RegionId) -> impl Iterator<Item = &Vote> {
        let ids = self.votes_of.get(&case).into_iter().flatten();
        ids.filter_map(|id| self.votes.get(id).map(Arc::as_ref))
    }

    /// The regions with a vote, in the order of identities; some may be gone.
    pub(crate) fn cases_with_votes(&self) -> impl Iterator<Item = RegionId> {
        let mut cases: Vec<RegionId> = self.votes_of.keys().copied().collect();
        cases.sort_unstable();
        cases.into_iter()
    }

    /// Every vote in the order of casting, superseded ones included.
    pub fn votes_in_order(&self) -> impl DoubleEndedIterator<Item = &Vote> {
        self.cast.iter().filter_map(|id| self.votes.get(id).map(Arc::as_ref))
    }

    /// The box around every region, without looking at each; `None` when there is none.
    pub fn bounds(&self) -> Option<WorldRect> {
        let envelope = self.index.root().envelope();
        let ([x0, y0], [x1, y1]) = (envelope.lower(), envelope.upper());
        (self.index.size() > 0).then(|| WorldRect::new((x0, y0), (x1, y1)))
    }

    /// Regions whose boxes meet a box.
    pub fn regions_in(&self, rect: WorldRect) -> impl Iterator<Item = (RegionId, &Arc<Region>)> {
        let (min, max) = (rect.min(), rect.max());
        let envelope = AABB::from_corners([min.x, min.y], [max.x, max.y]);
        let found = self.index.locate_in_envelope_intersecting(envelope);
        found.filter_map(|entry| self.regions.get(&entry.data).map(|region| (entry.data, region)))
    }

    /// Everything but regions, labels, relations and votes.
    pub(crate) fn without_regions(&self) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
            schema: self.schema.clone(),
            layers: self.layers.clone(),
            adjustments: self.adjustments.clone(),
            screenings: self.screenings.clone(),
            responses: self.responses.clone(),
            questions: self.questions.clone(),
            ..Self::default()
        }
    }

    pub(crate) fn label_ids_of(&self, region: RegionId) -> impl Iterator<Item = LabelId> + '_ {
        let whole = (region, LabelId::from_uuid(Uuid::nil()))..=(region, LabelId::from_uuid(Uuid::max()));
        self.labels_of.range(whole).map(|(_, label)| *label)
    }

    /// Takes a region over from another project, as it is there.
    pub(crate) fn adopt_region(&mut self, id: RegionId, region: Arc<Region>) {
        self.regions.insert(id, region);
    }

    /// Takes a label over from another project, as it is there.
    pub(crate) fn adopt_label(&mut self, id: LabelId, label: Arc<Label>) {
        self.labels_of.insert((label.region, id));
        self.labels.insert(id, label);
    }

    /// The project with some regions drawn elsewhere: to be looked at, never to be saved.
    #[must_use]
    pub fn with_shapes(&self, shapes: impl IntoIterator<Item = (RegionId, Geometry<f64>)>) -> Self {
        let mut shown = self.clone();
        let mut moved = false;
        for (id, geometry) in shapes {
            let Some(region) = self.regions.get(&id) else { continue };
            shown.regions.insert(id, Arc::new(Region { geometry, ..(**region).clone() }));
            moved = true;
        }
        if moved {
            let entries = shown.regions.iter().filter_map(|(id, region)| indexed(*id, region));
            shown.index = Arc::new(RTree::bulk_load(entries.collect()));
        }
        shown
    }

    /// Becomes another project in everything but its shapes, of which these few are now others or gone.
    pub(crate) fn follow_shapes(&mut self, project: &Self, changed: Vec<(RegionId, Option<Arc<Region>>)>) {
        let shapes = (std::mem::take(&mut self.regions), std::mem::take(&mut self.index));
        *self = project.clone();
        (self.regions, self.index) = shapes;
        for (id, after) in changed {
            let before = self.regions.remove(&id).and_then(|region| indexed(id, &region));
            let after = after.map(|region| (indexed(id, &region), region));
            let entry = after.as_ref().and_then(|(entry, _)| *entry);
            if before != entry {
                let index = Arc::make_mut(&mut self.index);
                if let Some(old) = &before {
                    index.remove(old);
                }
                if let Some(new) = entry {
                    index.insert(new);
                }
            }
            if let Some((_, region)) = after {
                self.regions.insert(id, region);
            }
        }
    }

    /// Where the derived look-ups differ from what they are derived from; empty unless there is a bug.
    pub(crate) fn index_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.index.size() != self.regions.len() {
            faults.push(format!("The index has {} regions of {}", self.index.size(), self.regions.len()));
        }
        let found =
            |id: RegionId, region: &Region| indexed(id, region).is_some_and(|e| self.index.contains(&e));
        let lost = self.regions.iter().filter(|(id, region)| !found(**id, region));
        faults.extend(lost.map(|(id, _)| format!("Region {id} is not in the index")));
        let around = self.regions.values().filter_map(|r| r.bounds()).reduce(|a, b| {
            WorldRect::new(
                (a.min().x.min(b.min().x), a.min().y.min(b.min().y)),
                (a.max().x.max(b.max().x), a.max().y.max(b.max().y)),
            )
        });
        if self.bounds() != around {
            faults.push(format!(
                "The box around all regions is {around:?}, the index says {:?}",
                self.bounds()
            ));
        }
        let listed = self.labels_of.len();
        let labels = self.labels.iter().filter(|(id, l)| !self.labels_of.contains(&(l.region, **id)));
        faults.extend(labels.map(|(id, _)| format!("Label {id} is not listed under its region")));
        if listed != self.labels.len() {
            faults.push(format!("{listed} labels are listed of {}", self.labels.len()));
        }
        let listed: usize = self.votes_of.values().map(Vec::len).sum();
        if listed != self.votes.len() || self.cast.len() != self.votes.len() {
            faults.push(format!("{listed} votes are listed of {}", self.votes.len()));
        }
        faults.extend(self.relations.faults());
        faults.extend(self.assignments.faults());
        faults
    }

    /// The edit with what it found replaced by the project's own copy, where both say the same: an edit that
    /// was read from a file then takes no memory for it.
    pub(crate) fn share(&self, edit: &mut Edit) {
        fn one<K, T: PartialEq>(current: Option<&Arc<T>>, change: &mut Change<K, Arc<T>>) {
            if let (Some(current), Some(before)) = (current, &mut change.before)
                && same(current, before)
            {
                *before = Arc::clone(current);
            }
        }
        match edit {
            Edit::Region(change) => one(self.regions.get(&change.id), change),
            Edit::Label(change) => one(self.labels.get(&change.id), change),
            Edit::Adjustment(change) => one(self.adjustments.get(&change.id), change),
            Edit::Relation(change) => one(self.relations().get(&change.id), change),
            Edit::Question(change) => one(self.questions().get(&change.id), change),
            Edit::Run(change) => one(self.runs().get(&change.id), change),
            // Few and rarely changed.
            Edit::Layer(_) | Edit::Screening(_) | Edit::Conflict(_) => {}
            Edit::Assignment(change) => one(self.assignments().get(&change.id), change),
            Edit::Schema(change) => one(self.schema.as_ref(), change),
            Edit::Settings(change) => one(Some(&self.settings), change),
            Edit::Batch { edits, .. } => edits.iter_mut().for_each(|edit| self.share(edit)),
        }
    }

    /// Applies an edit or refuses it and leaves everything as it was.
    pub fn apply(&mut self, edit: &Edit) -> Result<Touched, EditError> {
        let mut touched = Touched::default();
        let changes = region_changes(edit);
        self.index_waits = changes >= BULK_CHANGES && changes >= self.regions.len() / 8;
        let applied = self.apply_into(edit, &mut touched);
        if std::mem::take(&mut self.index_waits) {
            let entries = self.regions.iter().filter_map(|(id, region)| indexed(*id, region));
            self.index = Arc::new(RTree::bulk_load(entries.collect()));
        }
        applied.map(|()| touched)
    }

    fn apply_into(&mut self, edit: &Edit, touched: &mut Touched) -> Result<(), EditError> {
        match edit {
            Edit::Region(change) => self.apply_region(change, touched),
            Edit::Label(change) => self.apply_label(change, touched),
            Edit::Layer(change) => self.apply_layer(change, touched),
            Edit::Adjustment(change) => self.apply_adjustment(change, touched),
            Edit::Relation(change) => self.apply_relation(change, touched),
            Edit::Screening(change) => {
                touched.screenings.push(change.id);
                self.apply_screening(change)
            }
            Edit::Question(change) => self.apply_question(change, touched),
            Edit::Run(change) => self.apply_run(change, touched),
            Edit::Conflict(change) => {
                touched.conflicts.push(change.id);
                touched.regions.extend(self.apply_conflict(change)?);
                Ok(())
            }
            Edit::Assignment(change) => {
                touched.assignments.push(change.id);
                self.apply_assignment(change)
            }
            Edit::Schema(change) => self.apply_schema(change, touched),
            Edit::Settings(change) => self.apply_settings(change, touched),
            Edit::Batch { edits, .. } => {
                for (done, one) in edits.iter().enumerate() {
                    if let Err(refused) = self.apply_into(one, touched) {
                        self.take_back(&edits[..done]);
                        return Err(refused);
                    }
                }
                Ok(())
            }
        }
    }

    /// Undoes a prefix of a batch that was just applied; cannot fail, as each step restores what was.
    fn take_back(&mut self, applied: &[Edit]) {
        for edit in applied.iter().rev() {
            let restored = self.apply_into(&edit.clone().inverse(), &mut Touched::default());
            debug_assert!(restored.is_ok(), "an applied edit could not be taken back: {restored:?}");
        }
    }

    fn apply_region(
        &mut self,
        change: &Change<RegionId, Arc<Region>>,
        touched: &mut Touched,
    ) -> Result<(), EditError> {
        let id = change.id;
        matches_current("The region", self.regions.get(&id).map(Arc::as_ref), change)?;
        match &change.after {
            Some(region) => {
                if let Some(fault) = geometry_fault(&region.geometry) {
                    return Err(EditError::Invalid(fault.into()));
                }
                if let Some(layer) = region.layer.filter(|l| !self.layers.contains_key(l)) {
                    return Err(EditError::Missing { what: format!("Layer {layer}") });
                }
            }
            None if self.label_ids_of(id).next().is_some() => {
                return Err(EditError::InUse { what: "The region".into(), by: "it still has labels".into() });
            }
            None if self.relation_count(id) > 0 => {
                return Err(EditError::InUse {
                    what: "The region".into(),
                    by: "it still has relations".into(),
                });
            }
            None => {}
        }
        let old = match &change.after {
            Some(region) => self.regions.insert(id, Arc::clone(region)),
            None => self.regions.remove(&id),
        };
        if !self.index_waits {
            if let Some(old) = old.and_then(|region| indexed(id, &region)) {
                Arc::make_mut(&mut self.index).remove(&old);
            }
            if let Some(new) = change.after.as_ref().and_then(|region| indexed(id, region)) {
                Arc::make_mut(&mut self.index).insert(new);
            }
        }
        touched.regions.push(id);
        Ok(())
    }

    fn apply_label(
        &mut self,
        change: &Change<LabelId, Arc<Label>>,
        touched: &mut Touched,
    ) -> Result<(), EditError> {
        let id = change.id;
        if let (Some(before), Some(after)) = (&change.before, &change.after)
            && (before.region, before.layer, &before.author) == (after.region, after.layer, &after.author)
        {
            return self.relabel(id, before, after, touched);
        }
        matches_current("The label", self.labels.get(&id).map(Arc::as_ref), change)?;
        if let Some(label) = &change.after {
            self.check_label(id, label)?;
        }
        let old = match &change.after {
            Some(label) => self.labels.insert(id, Arc::clone(label)),
            None => self.labels.remove(&id),
        };
        let (from, to) = (old.map(|label| label.region), change.after.as_ref().map(|label| label.region));
        if from != to {
            if let Some(region) = from {
                self.labels_of.remove(&(region, id));
            }
            if let Some(region) = to {
                self.labels_of.insert((region, id));
            }
        }
        touched.regions.extend(from.into_iter().chain(to));
        Ok(())
    }

    /// A label that says something else of the same region, by the same author: the one way in which a million are changed at
    /// once. Whose it is and that there is no other is known of the label as it stands, so that each costs one look-up.
    fn relabel(
        &mut self,
        id: LabelId,
        before: &Label,
        after: &Arc<Label>,
        touched: &mut Touched,
    ) -> Result<(), EditError> {
        let Some(current) = self.labels.get_mut(&id) else {
            return Err(EditError::Missing { what: "The label".into() });
        };
        if !same(current.as_ref(), before) {
            return Err(EditError::Stale { what: "The label".into() });
        }
        says_something(self.schema.as_deref(), after)?;
        *current = Arc::clone(after);
        touched.regions.push(after.region);
        Ok(())
    }

    fn check_label(&self, id: LabelId, label: &Label) -> Result<(), EditError> {
        if !self.regions.contains_key(&label.region) {
            return Err(EditError::Missing { what: format!("Region {}", label.region) });
        }
        says_something(self.schema.as_deref(), label)?;
        if label.author.name().is_empty() {
            return Err(EditError::Invalid("A label needs an author".into()));
        }
        if let Some(layer) = label.layer.filter(|layer| !self.layers.contains_key(layer)) {
            return Err(EditError::Missing { what: format!("Layer {layer}") });
        }
        match self.label_by_in(label.region, &label.author, label.layer) {
            Some((other, _)) if other != id => {
                Err(EditError::Exists { what: format!("A label by {} on this region", label.author) })
            }
            _ => Ok(()),
        }
    }

    fn apply_schema(
        &mut self,
        change: &Change<(), Arc<Schema>>,
        touched: &mut Touched,
    ) -> Result<(), EditError> {
        matches_current("The schema", self.schema.as_deref(), change)?;
        if let Some(schema) = &change.after {
            schema.check().map_err(|fault| EditError::Invalid(fault.to_string()))?;
        }
        let known = |schema: &Option<Arc<Schema>>, class: &ClassCode| {
            schema.as_ref().is_some_and(|schema| schema.class(class).is_some())
        };
        let lost = |class: &ClassCode| known(&self.schema, class) && !known(&change.after, class);
        let labels = self.labels.values().map(|l| &l.class);
        let named = labels.chain(self.votes.values().filter_map(|v| v.class.as_ref()));
        let lost: Vec<&ClassCode> = named.filter(|class| lost(class)).collect();
        if let Some(class) = lost.first() {
            let by =
                format!("{} labels and votes name classes that would be lost, such as `{class}`", lost.len());
            return Err(EditError::InUse { what: "The schema".into(), by });
        }
        let known = |r: &Relation| change.after.as_ref().is_some_and(|s| s.predicate(&r.predicate).is_some());
        let lost = self.relations().values().filter(|relation| !known(relation)).count();
        if lost > 0 {
            let by = format!("{lost} relations name predicates that would be lost");
            return Err(EditError::InUse { what: "The schema".into(), by });
        }
        self.schema.clone_from(&change.after);
        touched.everything = true;
        Ok(())
    }

    fn apply_layer(
        &mut self,
        change: &Change<LayerId, Arc<Layer>>,
        touched: &mut Touched,
    ) -> Result<(), EditError> {
        matches_current("The layer", self.layers.get(&change.id), change)?;
        let screenings = self.screenings_of(change.id);
        let size = |layer: &Layer| (layer.width, layer.height);
        let resized = change.after.as_ref().is_none_or(|after| {
            self.layers.get(&change.id).is_some_and(|before| size(before) != size(after))
        });
        if screenings > 0 && resized {
            let by = format!("{screenings} screenings are laid over it");
            return Err(EditError::InUse { what: "The layer".into(), by });
        }
        if let Some(layer) = &change.after {
            self.layers.insert(change.id, (**layer).clone());
        } else {
            let users = self.regions.values().filter(|r| r.layer == Some(change.id)).count();
            if users > 0 {
                let by = format!("{users} regions were drawn on it");
                return Err(EditError::InUse { what: "The layer".into(), by });
            }
            let arrows = self.adjustments_of(change.id).count();
            if arrows > 0 {
                let by = format!("{arrows} adjustments were drawn on it");
                return Err(EditError::InUse { what: "The layer".into(), by });
            }
            let labels = self.labels.values().filter(|l| l.layer == Some(change.id)).count();
            if labels > 0 {
                let by = format!("{labels} labels are of what it shows");
                return Err(EditError::InUse { what: "The layer".into(), by });
            }
            let questions = self.questions_about(change.id);
            if questions > 0 {
                let by = format!("{questions} questions show it");
                return Err(EditError::InUse { what: "The layer".into(), by });
            }
            self.layers.remove(&change.id);
        }
        touched.layers.push(change.id);
        Ok(())
    }

    fn apply_adjustment(
        &mut self,
        change: &Change<AdjustmentId, Arc<Adjustment>>,
        touched: &mut Touched,
    ) -> Result<(), EditError> {
        let id = change.id;
        matches_current("The adjustment", self.adjustments.get(&id).map(Arc::as_ref), change)?;
        match &change.after {
            Some(adjustment) => {
                if let Some(fault) = adjustment.fault() {
                    return Err(EditError::Invalid(fault.into()));
                }
                if !self.layers.contains_key(&adjustment.layer) {
                    return Err(EditError::Missing { what: format!("Layer {}", adjustment.layer) });
                }
                self.adjustments.insert(id, Arc::clone(adjustment));
            }
            None => {
                self.adjustments.remove(&id);
            }
        }
        touched.adjustments.push(id);
        Ok(())
    }

    fn apply_settings(
        &mut self,
        change: &Change<(), Arc<Settings>>,
        touched: &mut Touched,
    ) -> Result<(), EditError> {
        if !change.before.as_ref().is_some_and(|before| same(before, &self.settings)) {
            return Err(EditError::Stale { what: "The project's settings".into() });
        }
        let Some(after) = &change.after else {
            return Err(EditError::Invalid("A project cannot be without settings".into()));
        };
        let moved = (&after.crs, after.pixel_space) != (&self.settings.crs, self.settings.pixel_space);
        if moved && !self.regions.is_empty() {
            let by = format!("{} regions have coordinates in it", self.regions.len());
            return Err(EditError::InUse { what: "The project's CRS".into(), by });
        }
        self.settings = Arc::clone(after);
        touched.everything = true;
        Ok(())
    }

    /// Adds a vote. Votes are facts: they are never changed or undone; a new one by the same member at the
    /// same stage supersedes the old, and both are kept.
    pub fn record_vote(&mut self, vote: Vote) -> Result<(), EditError> {
        if !self.regions.contains_key(&vote.case) {
            return Err(EditError::Missing { what: format!("Region {}", vote.case) });
        }
        if self.votes.contains_key(&vote.id) {
            return Err(EditError::Exists { what: format!("Vote {}", vote.id) });
        }
        self.check_vote(&vote)?;
        self.keep_vote(vote);
        Ok(())
    }

    /// Adds a vote that was cast in another copy: also on a region or for a class that is gone here. That is history,
    /// not a fault. One that is there already stays.
    pub(crate) fn keep_vote(&mut self, vote: Vote) {
        if self.votes.contains_key(&vote.id) {
            return;
        }
        self.votes_of.entry(vote.case).or_default().push(vote.id);
        self.cast.push_back(vote.id);
        self.votes.insert(vote.id, Arc::new(vote));
    }

    /// Refuses a vote that cannot be cast by anybody on anything.
    pub fn check_vote(&self, vote: &Vote) -> Result<(), EditError> {
        if vote.member.name().is_empty() || vote.member.is_model() {
            return Err(EditError::Invalid("A vote is cast by a named member".into()));
        }
        if vote.verdict == Verdict::Edit && vote.class.is_none() {
            return Err(EditError::Invalid("A vote for another class names that class".into()));
        }
        if let Some(fault) = vote.shape.as_ref().and_then(|outline| outline.fault()) {
            return Err(EditError::Invalid(fault.into()));
        }
        let known = |class| self.schema.as_ref().is_some_and(|s| s.class(class).is_some());
        if let Some(class) = vote.class.as_ref().filter(|class| !known(class)) {
            return Err(EditError::Invalid(format!("`{class}` is not a class of the project's schema")));
        }
        Ok(())
    }

    /// Takes out a vote that never reached the disk; its case, if there was such a vote.
    pub(crate) fn forget_vote(&mut self, id: VoteId) -> Vec<RegionId> {
        let Some(vote) = self.votes.remove(&id) else { return Vec::new() };
        if let Some(ids) = self.votes_of.get_mut(&vote.case) {
            ids.retain(|other| *other != id);
        }
        // It is the newest.
        if let Some(place) = self.cast.iter().rposition(|other| *other == id) {
            self.cast.truncate(place);
        }
        vec![vote.case]
    }
}

/// Refuses a class that the schema has not, and a confidence that is none.
fn says_something(schema: Option<&Schema>, label: &Label) -> Result<(), EditError> {
    let schema = schema.ok_or_else(|| EditError::Invalid("The project has no schema yet".into()))?;
    if schema.class(&label.class).is_none() {
        return Err(EditError::Invalid(format!("`{}` is not a class of {}", label.class, schema.name)));
    }
    if label.confidence.is_some_and(|c| !(0.0..=1.0).contains(&c)) {
        return Err(EditError::Invalid("A confidence lies between 0 and 1".into()));
    }
    Ok(())
}

pub(crate) fn matches_current<K, T: PartialEq>(
    what: &str,
    current: Option<&T>,
    change: &Change<K, Arc<T>>,
) -> Result<(), EditError> {
    match (current, &change.before) {
        (Some(_), None) => Err(EditError::Exists { what: what.to_owned() }),
        (None, Some(_)) => Err(EditError::Missing { what: what.to_owned() }),
        (Some(a), Some(b)) if !same(a, b) => Err(EditError::Stale { what: what.to_owned() }),
        (None, None) if change.after.is_none() => Err(EditError::Missing { what: what.to_owned() }),
        _ => Ok(()),
    }
}

/// Equal, at no cost where both are one.
pub(crate) fn same<T: PartialEq>(a: &T, b: &T) -> bool {
    std::ptr::eq(a, b) || a == b
}

/// Why a region's geometry cannot be kept; `None` when it can.
pub(crate) fn geometry_fault(geometry: &Geometry<f64>) -> Option<&'static str> {
    if geometry.coords_iter().any(|c| !c.x.is_finite() || !c.y.is_finite()) {
        return Some("A region has a coordinate that is not a number");
    }
    if geo::BoundingRect::bounding_rect(geometry).is_none() {
        return Some("A region needs at least one point");
    }
    let faulty_ring = |p: &geo::Polygon<f64>| {
        std::iter::once(p.exterior()).chain(p.interiors()).any(|ring| ring.0.len() < 4 || !ring.is_closed())
    };
    let faulty_line = |l: &geo::LineString<f64>| l.0.len() < 2;
    match geometry {
        geo::Geometry::Polygon(p) if faulty_ring(p) => Some("A polygon needs three corners"),
        geo::Geometry::MultiPolygon(m) if m.iter().any(faulty_ring) => Some("A polygon needs three corners"),
        geo::Geometry::LineString(l) if faulty_line(l) => Some("A line needs two points"),
        geo::Geometry::MultiLineString(m) if m.iter().any(faulty_line) => Some("A line needs two points"),
        geo::Geometry::GeometryCollection(_) => Some("A region cannot be a collection of geometries"),
        _ => None,
    }
}

fn region_changes(edit: &Edit) -> usize {
    match edit {
        Edit::Region(_) => 1,
        Edit::Batch { edits, .. } => edits.iter().map(region_changes).sum(),
        _ => 0,
    }
}

pub(crate) fn indexed(id: RegionId, region: &Region) -> Option<Indexed> {
    let rect = region.bounds()?;
    let (min, max) = (rect.min(), rect.max());
    Some(GeomWithData::new(Rectangle::from_corners([min.x, min.y], [max.x, max.y]), id))
}
