//! How far the labelling is, and the order of reading: kept up with every edit, counted over only at opening.

use std::collections::BTreeMap;
use std::sync::Arc;

use editing::ReadingOrder;
use imbl::HashMap;
use project::{ClassCode, Project, Region, RegionId, Touched};

/// Regions of which the order is made within the frame that changes it; that of more is made beside it.
const ORDERED_AT_ONCE: usize = 5_000;

/// What is derived from the project's regions and labels. A clone costs next to nothing, so that a job can follow a large
/// change.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub regions: usize,
    /// Regions with a label by a person.
    pub labelled: usize,
    pub by_class: BTreeMap<ClassCode, usize>,
    /// Regions in the order of reading; of a large project, that of a moment ago.
    pub order: Arc<ReadingOrder>,
    /// Regions were drawn, moved or deleted since the order was made.
    order_is_old: bool,
    known: HashMap<RegionId, Known>,
}

/// A region as it was counted.
#[derive(Clone, Debug)]
struct Known {
    region: Arc<Region>,
    class: Option<ClassCode>,
}

impl Counts {
    pub fn of(project: &Project) -> Self {
        let mut counts = Self::default();
        for id in project.regions().keys() {
            counts.count(project, *id);
        }
        counts.order = Arc::new(ReadingOrder::new(project));
        counts
    }

    /// Follows an edit.
    pub fn follow(&mut self, project: &Project, touched: &Touched) {
        if touched.everything || !touched.layers.is_empty() {
            *self = Self::of(project);
            return;
        }
        let mut moved = false;
        for id in &touched.regions {
            moved |= self.count(project, *id);
        }
        if moved && self.regions <= ORDERED_AT_ONCE {
            self.order = Arc::new(ReadingOrder::new(project));
        } else if moved {
            self.order_is_old = true;
        }
    }

    /// True once after the order has become old.
    pub fn take_old_order(&mut self) -> bool {
        std::mem::take(&mut self.order_is_old)
    }

    /// Counts one region anew; true when its shape is not the one that was known.
    fn count(&mut self, project: &Project, id: RegionId) -> bool {
        let before = self.known.remove(&id);
        if let Some(known) = &before {
            self.regions -= 1;
            if let Some(class) = &known.class {
                self.labelled -= 1;
                if let Some(n) = self.by_class.get_mut(class) {
                    *n -= 1;
                }
            }
        }
        let Some(region) = project.region(id) else { return before.is_some() };
        let class = project.label_of(id).map(|(_, label)| label.class.clone());
        self.regions += 1;
        if let Some(class) = &class {
            self.labelled += 1;
            *self.by_class.entry(class.clone()).or_default() += 1;
        }
        let moved = before.is_none_or(|known| !Arc::ptr_eq(&known.region, region));
        self.known.insert(id, Known { region: Arc::clone(region), class });
        moved
    }
}

#[cfg(test)]
mod tests {
    use geo::{Geometry, polygon};
    use project::{Author, Change, Edit, GeometrySource, IdSource, Label, Schema};

    use super::*;

    fn region(x: f64) -> Arc<Region> {
        let shape = polygon![(x: x, y: 0.0), (x: x + 1.0, y: 0.0), (x: x, y: 1.0)];
        Arc::new(Region {
            geometry: Geometry::Polygon(shape),
            layer: None,
            source: GeometrySource::custom(),
            source_id: None,
            attributes: BTreeMap::new(),
        })
    }

    fn same(a: &Counts, b: &Counts) -> bool {
        let counted = |c: &Counts| -> Vec<(ClassCode, usize)> {
            c.by_class.iter().filter(|(_, n)| **n > 0).map(|(k, n)| (k.clone(), *n)).collect()
        };
        (a.regions, a.labelled, counted(a)) == (b.regions, b.labelled, counted(b))
            && a.order.regions() == b.order.regions()
    }

    #[test]
    fn counting_along_gives_what_counting_over_gives() {
        let mut ids = IdSource::new(1, 2);
        let mut project = Project::new();
        let schema = Arc::new(Schema::joint_damage_scale());
        let (a, b) = (ids.region(), ids.region());
        let label = |class: &str| Label {
            region: a,
            class: ClassCode::new(class),
            author: Author::new("Ana"),
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: None,
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        let id = ids.label();
        let edits = [
            Edit::Schema(Change::create((), schema)),
            Edit::Region(Change::create(a, region(5.0))),
            Edit::Region(Change::create(b, region(1.0))),
            Edit::Label(Change::create(id, label("destroyed"))),
            Edit::Label(Change::replace(id, label("destroyed"), label("no damage"))),
            Edit::Region(Change::replace(b, region(1.0), region(9.0))),
            Edit::Label(Change::delete(id, label("no damage"))),
            Edit::Region(Change::delete(a, region(5.0))),
        ];
        let mut counts = Counts::of(&project);
        for edit in edits {
            let touched = project.apply(&edit).expect("applies");
            counts.follow(&project, &touched);
            assert!(same(&counts, &Counts::of(&project)), "after {}", edit.title());
        }
        assert_eq!(counts.regions, 1);
    }
}
