//! The cases that are back with the member: kept up with every edit and vote, counted over only at opening and
//! when the member changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use editing::{ReadingOrder, Selection};
use project::{Author, Project, RegionId, Touched};

/// The cases that are back with one member.
#[derive(Clone, Debug, Default)]
pub struct ReturnedCases {
    member: Option<Author>,
    cases: BTreeSet<RegionId>,
    /// In the order of reading, and which order that was.
    sorted: Vec<RegionId>,
    sorted_by: Option<Arc<ReadingOrder>>,
    /// The case whose reasons were last on the screen.
    read: Option<RegionId>,
    /// Go through these cases only.
    pub only: bool,
}

impl ReturnedCases {
    /// Follows the choice of the member and of the order of reading.
    pub fn plan(&mut self, project: &Project, member: &Author, order: &Arc<ReadingOrder>) {
        if self.member.as_ref() != Some(member) {
            let cases = project.all_returned_to(member).into_iter().collect();
            *self = Self { member: Some(member.clone()), cases, only: self.only, ..Self::default() };
        }
        if !self.sorted_by.as_ref().is_some_and(|by| Arc::ptr_eq(by, order)) {
            let mut sorted: Vec<(usize, RegionId)> =
                self.cases.iter().filter_map(|id| Some((order.position(*id)?, *id))).collect();
            sorted.sort_unstable();
            self.sorted = sorted.into_iter().map(|(_, id)| id).collect();
            self.sorted_by = Some(Arc::clone(order));
        }
        self.only &= !self.cases.is_empty();
    }

    /// Follows an edit or a vote.
    pub fn follow(&mut self, project: &Project, touched: &Touched) {
        let Some(member) = self.member.clone() else { return };
        self.sorted_by = None;
        if touched.everything {
            self.cases = project.all_returned_to(&member).into_iter().collect();
            return;
        }
        for id in &touched.regions {
            if project.returned_to(&member, *id).is_some() {
                self.cases.insert(*id);
            } else {
                self.cases.remove(id);
            }
            if self.read == Some(*id) {
                self.read = None;
            }
        }
    }

    /// Takes over what a job counted after a large change; what was there comes back.
    #[must_use = "it is to be let go of where nobody waits"]
    pub fn take_over(&mut self, counted: Self) -> Self {
        let same = self.member == counted.member;
        let (only, read) = (self.only, self.read);
        // Another member is counted for anew.
        let member = self.member.clone().filter(|_| same);
        std::mem::replace(self, Self { member, only, read, sorted_by: None, ..counted })
    }

    /// Those of a selection; asked by case, for these are few.
    pub fn among(&self, selection: &Selection) -> BTreeSet<RegionId> {
        self.cases.iter().copied().filter(|id| selection.contains(*id)).collect()
    }

    pub fn len(&self) -> usize {
        self.cases.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    pub fn contains(&self, id: RegionId) -> bool {
        self.cases.contains(&id)
    }

    /// The cases in the order of reading.
    pub fn in_order(&self) -> &[RegionId] {
        &self.sorted
    }

    /// Its reasons are on the screen.
    pub fn mark_read(&mut self, id: RegionId) {
        self.read = Some(id);
    }

    /// As if nothing had been on the screen.
    #[cfg(test)]
    pub(crate) fn forget_read(&mut self) {
        self.read = None;
    }

    /// True when the reasons of this case were the last on the screen.
    pub fn is_read(&self, id: RegionId) -> bool {
        self.read == Some(id)
    }
}

#[cfg(test)]
mod tests {
    use project::review::{Stage, Verdict, Vote};
    use project::{Change, ClassCode, Edit, GeometrySource, IdSource, Label, Region, Schema};

    use super::*;

    fn town(regions: usize) -> (Project, IdSource) {
        let (mut project, mut ids) = (Project::new(), IdSource::new(1, 1));
        let schema = Arc::new(Schema::joint_damage_scale());
        project.apply(&Edit::Schema(Change::create((), schema))).expect("schema");
        for at in 0..regions {
            // Against the order of identities.
            let x = -20.0 * at as f64;
            let region = Region {
                geometry: geo::Rect::new((x, 0.0), (x + 9.0, 9.0)).to_polygon().into(),
                layer: None,
                source: GeometrySource::custom(),
                source_id: None,
                attributes: std::collections::BTreeMap::new(),
            };
            let id = ids.region();
            project.apply(&Edit::Region(Change::create(id, Arc::new(region)))).expect("region");
            let label = Label {
                region: id,
                class: ClassCode::new("no damage"),
                author: Author::new(if at % 2 == 0 { "Ana" } else { "Cem" }),
                confidence: None,
                note: String::new(),
                seconds: None,
                at_ms: None,
                replies_to: Vec::new(),
                layer: None,
                schema_version: None,
            };
            project.apply(&Edit::Label(Change::create(ids.label(), label))).expect("label");
        }
        (project, ids)
    }

    #[test]
    fn cases_come_back_and_go_with_every_vote_and_answer() {
        let (mut project, mut ids) = town(5);
        let ana = Author::new("Ana");
        let order = Arc::new(ReadingOrder::new(&project));
        let mut returned = ReturnedCases::default();
        returned.plan(&project, &ana, &order);
        let all: Vec<RegionId> = project.regions().keys().copied().collect();
        for case in &all {
            let vote = Vote {
                seal: None,
                shape: None,
                id: ids.vote(),
                case: *case,
                member: Author::new("Ben"),
                stage: Stage::One,
                verdict: Verdict::Reject,
                class: None,
                confidence: None,
                note: "The outline does not fit the object".into(),
                seconds: None,
                at_ms: None,
            };
            project.record_vote(vote).expect("vote");
            returned.follow(&project, &Touched { regions: vec![*case], ..Touched::default() });
            returned.plan(&project, &ana, &order);
            assert_eq!(returned.cases, project.all_returned_to(&ana).into_iter().collect());
        }
        assert_eq!(returned.in_order(), [all[4], all[2], all[0]], "in the order of reading");
        returned.only = true;
        returned.plan(&project, &Author::new("Cem"), &order);
        assert_eq!(returned.in_order(), [all[3], all[1]]);
        assert!(returned.only);
        returned.plan(&project, &Author::new("Ben"), &order);
        assert!(returned.is_empty() && !returned.only, "nothing to go through");
    }
}
