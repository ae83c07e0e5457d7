//! What somebody does to regions, their labels and relations.

use std::sync::Arc;

use project::{
    AttributeValue, Change, ClassCode, Edit, GeometrySource, IdSource, Label, LayerId, Project, Region,
    RegionId, Relation,
};

use super::super::fixture::{ada, label, region, square};
use super::{CLASSES, Desk, ENOUGH, nth};

impl Desk {
    pub(super) fn region(&self, which: usize) -> Option<(RegionId, Arc<Region>)> {
        let id = nth(self.project().regions().keys(), which)?;
        Some((id, Arc::clone(self.project().region(id)?)))
    }

    pub(super) fn layer(&self, which: usize) -> Option<LayerId> {
        nth(self.project().layers().keys(), which)
    }

    fn create(&mut self, geometry: geo::Geometry<f64>, layer: Option<LayerId>) -> Edit {
        let now = self.now_ms;
        let source = GeometrySource::new(if layer.is_some() { "osm" } else { GeometrySource::CUSTOM });
        let region = Region { geometry, layer, source, ..region(0.0, 0.0) };
        Edit::Region(Change::create(self.session().ids(now).region(), Arc::new(region)))
    }

    pub(super) fn draw(&mut self, shape: u8, x: f64, y: f64) -> Option<Edit> {
        if self.project().regions().len() >= ENOUGH {
            return self.delete(self.region(usize::from(shape))?.0);
        }
        // Most are drawn on no layer, so that layers can go.
        let layer = (x > 400.0).then(|| self.layer(usize::from(shape))).flatten();
        Some(self.create(drawn(shape, x, y), layer))
    }

    pub(super) fn import(&mut self, count: usize) -> Edit {
        let room = ENOUGH.saturating_sub(self.project().regions().len()).min(count);
        let edits = (0..room).map(|n| self.create(drawn(n as u8 % 5, n as f64 * 20.0, 700.0), None));
        Edit::batch("Import footprints", edits.collect())
    }

    pub(super) fn shift(&self, which: usize, by: f64) -> Option<Edit> {
        let (id, before) = self.region(which)?;
        let geometry = geo::Translate::translate(&before.geometry, by, -by / 3.0);
        let after = Region { geometry, ..(*before).clone() };
        Some(Edit::Region(Change::replace(id, before, Arc::new(after))))
    }

    /// Values of every kind, and none any more.
    pub(super) fn attribute(&self, which: usize, deed: u8, value: i64) -> Option<Edit> {
        let (id, before) = self.region(which)?;
        let mut after = (*before).clone();
        let value = match deed {
            0 => {
                after.attributes.remove("levels");
                return Some(Edit::Region(Change::replace(id, before, Arc::new(after))));
            }
            1 => AttributeValue::Boolean(value % 2 == 0),
            2 => AttributeValue::Number(value as f64 / 7.0),
            3 => AttributeValue::Text(format!("Dach „{value}“")),
            4 => AttributeValue::Json(serde_json::json!({ "seen": [value, null] })),
            _ => AttributeValue::Integer(value),
        };
        after.attributes.insert("levels".into(), value);
        Some(Edit::Region(Change::replace(id, before, Arc::new(after))))
    }

    /// A class of the schema as it is now.
    pub(super) fn any_class(&self, which: usize) -> Option<ClassCode> {
        let classes = &self.project().schema()?.classes;
        // Mostly those that are always there.
        let code = CLASSES.get(which % 10).map(|code| ClassCode::new(code));
        code.or_else(|| Some(classes.get(which % classes.len())?.code.clone()))
    }

    pub(super) fn label(
        &mut self,
        which: usize,
        author: &str,
        class: ClassCode,
        view: Option<LayerId>,
    ) -> Option<Edit> {
        let (id, _) = self.region(which)?;
        let schema_version = self.project().schema_version().filter(|_| !which.is_multiple_of(3));
        let (at_ms, now) = (Some(self.now_ms), self.now_ms);
        let after = Label { at_ms, class, layer: view, schema_version, ..label(id, author, CLASSES[0]) };
        let mut ids = self.session().ids(now).clone();
        let edit = written(self.project(), &mut ids, after);
        *self.session().ids(now) = ids;
        Some(edit)
    }

    pub(super) fn unlabel(&self, which: usize) -> Option<Edit> {
        let labels = self.project().labels();
        let (id, held) = labels.iter().nth(which % labels.len().max(1))?;
        Some(Edit::Label(Change::delete(*id, Arc::clone(held))))
    }

    pub(super) fn accept(&mut self, which: usize) -> Option<Edit> {
        let (id, _) = self.region(which)?;
        let class = self.project().prediction_of(id)?.1.class.clone();
        self.label(which, "Ada", class, None)
    }

    pub(super) fn reclass(&mut self, class: usize) -> Edit {
        let (now, project) = (self.now_ms, self.project().clone());
        let mut ids = self.session().ids(now).clone();
        let edit = label_all(&project, &mut ids, CLASSES[class], now);
        *self.session().ids(now) = ids;
        edit
    }

    /// A region goes with its labels, those of its views among them, and its relations.
    pub(super) fn delete(&self, id: RegionId) -> Option<Edit> {
        let labels = self.project().all_labels_of(id);
        let labels = labels.map(|(label, held)| Edit::Label(Change::delete(label, Arc::clone(held))));
        let relations = self.project().relations_of(id);
        let relations = relations.map(|(id, held)| Edit::Relation(Change::delete(id, Arc::clone(held))));
        let region = Edit::Region(Change::delete(id, Arc::clone(self.project().region(id)?)));
        Some(Edit::batch("Delete region", labels.chain(relations).chain([region]).collect()))
    }

    /// Says of two regions how they stand to each other, says something else, or takes it back.
    pub(super) fn relate(&mut self, which: usize, other: usize, deed: u8) -> Option<Edit> {
        let predicates = &self.project().schema()?.relations;
        let predicate = predicates.get(other % predicates.len().max(1))?.code.clone();
        let held = self.project().relations();
        let held = held.iter().nth(which % held.len().max(1)).map(|(id, one)| (*id, Arc::clone(one)));
        match (deed, held) {
            (0 | 1, Some((id, before))) => Some(Edit::Relation(Change::delete(id, before))),
            (2 | 3, Some((id, before))) => {
                let after = Relation { predicate, ..(*before).clone() };
                Some(Edit::Relation(Change::replace(id, before, after)))
            }
            (4, Some((id, before))) => {
                let after = Relation { from: before.to, to: before.from, ..(*before).clone() };
                Some(Edit::Relation(Change::replace(id, before, after)))
            }
            _ => {
                let (from, to, now) = (self.region(which)?.0, self.region(other)?.0, self.now_ms);
                let relation = Relation { from, to, predicate, author: ada(), at_ms: Some(now) };
                Some(Edit::Relation(Change::create(self.session().ids(now).relation(), relation)))
            }
        }
    }

    /// The first half keeps the identity and the labels; the second is new and gets the same.
    pub(super) fn split(&mut self, which: usize) -> Option<Edit> {
        let (id, before) = self.region(which)?;
        let bounds = before.bounds()?;
        let half = |from: f64, to: f64| {
            geo::Rect::new((from, bounds.min().y), (to, bounds.max().y + 1.0)).to_polygon().into()
        };
        let middle = bounds.min().x.midpoint(bounds.max().x + 1.0);
        let first = Region { geometry: half(bounds.min().x, middle), ..(*before).clone() };
        let second = self.create(half(middle, bounds.max().x + 1.0), before.layer);
        let Edit::Region(Change { id: piece, .. }) = second else { return None };
        let held: Vec<Arc<Label>> =
            self.project().all_labels_of(id).map(|(_, held)| Arc::clone(held)).collect();
        let now = self.now_ms;
        let labels = held.into_iter().map(|held| {
            let label = Label { region: piece, ..(*held).clone() };
            Edit::Label(Change::create(self.session().ids(now).label(), label))
        });
        let labels: Vec<Edit> = labels.collect();
        let changed = Edit::Region(Change::replace(id, before, Arc::new(first)));
        Some(Edit::batch("Split region", [changed, second].into_iter().chain(labels).collect()))
    }

    /// Two become one with two parts; the other goes with its labels.
    pub(super) fn merge(&mut self, which: usize) -> Option<Edit> {
        let ((one, before), (other, gone)) = (self.region(which)?, self.region(which + 1)?);
        let (geo::Geometry::Polygon(a), geo::Geometry::Polygon(b)) = (&before.geometry, &gone.geometry)
        else {
            return None;
        };
        let parts = geo::MultiPolygon::new(vec![a.clone(), b.clone()]);
        let after = Region { geometry: parts.into(), ..(*before).clone() };
        let deleted = self.delete(other).filter(|_| one != other)?;
        Some(Edit::batch("Merge", vec![deleted, Edit::Region(Change::replace(one, before, Arc::new(after)))]))
    }
}

/// Ada's label on every region.
pub(super) fn label_all(project: &Project, ids: &mut IdSource, class: &str, now_ms: i64) -> Edit {
    let regions = project.regions().keys();
    let said = regions.map(|id| Label { at_ms: Some(now_ms), ..label(*id, "Ada", class) });
    Edit::batch("Give every region a class", said.map(|label| written(project, ids, label)).collect())
}

/// A label in the place of the author's own, where there is one.
fn written(project: &Project, ids: &mut IdSource, after: Label) -> Edit {
    let held = project.label_by_in(after.region, &after.author, after.layer);
    match held {
        Some((id, before)) => Edit::Label(Change::replace(id, Arc::clone(before), after)),
        None => Edit::Label(Change::create(ids.label(), after)),
    }
}

/// Every kind of shape.
fn drawn(shape: u8, x: f64, y: f64) -> geo::Geometry<f64> {
    match shape {
        0 => square(x, y, 10.0).into(),
        1 => geo::MultiPolygon::new(vec![square(x, y, 4.0), square(x + 5.0, y, 4.0)]).into(),
        2 => {
            let (outer, hole) = (square(x, y, 10.0), square(x + 2.0, y + 2.0, 3.0));
            geo::Polygon::new(outer.exterior().clone(), vec![hole.exterior().clone()]).into()
        }
        3 => geo::LineString::from(vec![(x, y), (x + 9.0, y + 4.0), (x + 12.0, y)]).into(),
        _ => geo::Point::new(x, y).into(),
    }
}
