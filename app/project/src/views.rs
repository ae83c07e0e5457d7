//! One object, many images: what each view of a region is said to show, and how far views differ.
//!
//! A label may be of one view ([`Label::layer`]). Review judges the label of the object as a whole; labels of views are
//! what that rests on.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Author, ClassCode, Label, LabelId, LayerId, Project, RegionId};

/// How far the views of one region differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewDisagreement {
    /// Views that somebody has labelled.
    pub views: usize,
    /// Pairs of them, and those that name different classes.
    pub pairs: usize,
    pub differing: usize,
    /// The mean distance on the scale, over the pairs of which both classes have a place there; `None` without one.
    pub rank_distance: Option<f64>,
}

impl ViewDisagreement {
    /// The share of pairs that differ, 0 to 1.
    pub fn share(&self) -> f64 {
        self.differing as f64 / self.pairs as f64
    }
}

impl Project {
    /// The version of the classes that labels are given under now.
    pub fn schema_version(&self) -> Option<u32> {
        self.schema().map(|schema| schema.version)
    }

    /// Every label on a region, of it as a whole and of its views, predictions included, oldest first.
    pub fn all_labels_of(&self, region: RegionId) -> impl Iterator<Item = (LabelId, &Arc<Label>)> {
        self.label_ids_of(region).filter_map(|id| self.labels().get(&id).map(|label| (id, label)))
    }

    /// The label that one author gave a region in a view, or as a whole.
    pub fn label_by_in(
        &self,
        region: RegionId,
        author: &Author,
        view: Option<LayerId>,
    ) -> Option<(LabelId, &Arc<Label>)> {
        self.all_labels_of(region).find(|(_, l)| &l.author == author && l.layer == view)
    }

    /// The newest label by a person of each view that has one, in the order of layers.
    pub fn view_labels(&self, region: RegionId) -> BTreeMap<LayerId, &Arc<Label>> {
        let mut newest: BTreeMap<LayerId, (LabelId, &Arc<Label>)> = BTreeMap::new();
        for (id, label) in self.all_labels_of(region).filter(|(_, l)| !l.author.is_model()) {
            let Some(layer) = label.layer else { continue };
            let held = newest.entry(layer).or_insert((id, label));
            if held.1.recency(held.0) < label.recency(id) {
                *held = (id, label);
            }
        }
        newest.into_iter().map(|(layer, (_, label))| (layer, label)).collect()
    }

    /// What a region is in one view: the newest label of it by a person.
    pub fn view_label(&self, region: RegionId, view: LayerId) -> Option<&Arc<Label>> {
        let of_view =
            self.all_labels_of(region).filter(|(_, l)| l.layer == Some(view) && !l.author.is_model());
        of_view.max_by_key(|(id, l)| l.recency(*id)).map(|(_, label)| label)
    }

    /// How far the views of a region differ; `None` where fewer than two are labelled.
    pub fn view_disagreement(&self, region: RegionId) -> Option<ViewDisagreement> {
        let mut labels = self.all_labels_of(region).filter(|(_, l)| l.layer.is_some());
        labels.next()?;
        let classes: Vec<&ClassCode> = self.view_labels(region).into_values().map(|l| &l.class).collect();
        if classes.len() < 2 {
            return None;
        }
        let rank = |code: &ClassCode| self.schema()?.class(code)?.rank;
        let (mut pairs, mut differing, mut distances) = (0, 0, Vec::new());
        for (i, a) in classes.iter().enumerate() {
            for b in &classes[i + 1..] {
                pairs += 1;
                differing += usize::from(a != b);
                distances.extend(rank(a).zip(rank(b)).map(|(a, b)| (f64::from(a) - f64::from(b)).abs()));
            }
        }
        let rank_distance =
            (!distances.is_empty()).then(|| distances.iter().sum::<f64>() / distances.len() as f64);
        Some(ViewDisagreement { views: classes.len(), pairs, differing, rank_distance })
    }
}
