//! What somebody does to what holds for the whole project: layers and their arrows, screenings, settings, classes.

use std::sync::Arc;

use project::review::{Quorum, Rule};
use project::screening::{
    CellPath, Screening, add_screening_edit, remove_screening_edit, rename_screening_edit,
};
use project::{
    Adjustment, Attribute, AttributeKind, Change, Class, ClassCode, Edit, GeometrySource, Layer, LayerRole,
    Migration, Predicate, Schema, Settings, keep_list_edit, remove_list_edit,
};
use spatial::align::Method;

use super::super::fixture::ada;
use super::{Desk, nth};

/// Plans are made while there are fewer.
const ENOUGH_PLANS: usize = 4;

impl Desk {
    pub(super) fn layer_edit(&mut self, which: usize, deed: u8) -> Option<Edit> {
        let id = self.layer(which)?;
        let before = self.project().layers().get(&id)?.clone();
        let methods = [Method::default(), Method::Translation, Method::Affine, Method::ThinPlate];
        let after = match deed % 5 {
            0 => {
                let now = self.now_ms;
                let layer = Layer { path: format!("images/{which}.tif"), ..before };
                return Some(Edit::Layer(Change::create(self.session().ids(now).layer(), layer)));
            }
            1 => return Some(Edit::Layer(Change::delete(id, before))),
            2 => Layer { role: LayerRole::Before, order: which as i32, ..before.clone() },
            3 => Layer { name: format!("image {which}"), ..before.clone() },
            _ => Layer { alignment: methods[which % 4], ..before.clone() },
        };
        Some(Edit::Layer(Change::replace(id, before, after)))
    }

    pub(super) fn arrow_edit(&mut self, which: usize, deed: u8, x: f64) -> Option<Edit> {
        let held = self.project().adjustments();
        let held = held.iter().nth(which % held.len().max(1)).map(|(id, arrow)| (*id, Arc::clone(arrow)));
        match (deed % 5, held) {
            (0, Some((id, before))) => Some(Edit::Adjustment(Change::delete(id, before))),
            (1 | 2, Some((id, before))) => {
                let after = Adjustment { end: [x, -x], ..(*before).clone() };
                Some(Edit::Adjustment(Change::replace(id, before, after)))
            }
            _ => {
                let (layer, now) = (self.layer(which)?, self.now_ms);
                let arrow = Adjustment {
                    layer,
                    source: which.is_multiple_of(2).then(|| GeometrySource::new("osm")),
                    start: [x, x + 1.0],
                    end: [x + 3.0, x],
                    author: ada(),
                    at_ms: Some(now),
                };
                Some(Edit::Adjustment(Change::create(self.session().ids(now).adjustment(), arrow)))
            }
        }
    }

    pub(super) fn screening_edit(&mut self, which: usize, deed: u8) -> Option<Edit> {
        let id = nth(self.project().screenings().keys(), which);
        match (deed, id) {
            (0, Some(id)) => return remove_screening_edit(self.project(), id),
            (1 | 2, Some(id)) => {
                return rename_screening_edit(self.project(), id, &format!("Round {}", which % 7));
            }
            (3 | 4, Some(id)) => return self.change_plan(id, which),
            _ if self.project().screenings().len() >= ENOUGH_PLANS => return None,
            _ => {}
        }
        let layer = self.layer(which)?;
        let held = self.project().layers().get(&layer)?;
        let size = [held.width, held.height];
        let mut plan = Screening::over(format!("Round {}", which % 7), layer, size);
        if which.is_multiple_of(2) {
            plan.area = vec![vec![vec![[100.0, 100.0], [9_000.0, 200.0], [5_000.0, 8_000.0]]]];
        } else {
            plan = plan.leaving_out([3, 4, 9]);
        }
        let now = self.now_ms;
        let id = self.session().ids(now).screening();
        add_screening_edit(self.project(), id, plan).ok()
    }

    /// What may change while cells are looked at; the grid only where nobody ever looks, for a look keeps the grid
    /// that it was at, also from undo.
    fn change_plan(&self, id: project::ScreeningId, which: usize) -> Option<Edit> {
        let before = Arc::clone(self.project().screenings().get(&id)?);
        let mut after = (*before).clone();
        match which % 4 {
            0 => after.times = 1 + which as u32 % 3,
            1 => after.path = CellPath::Columns,
            2 => after.native = 0.5,
            _ if self.facts => return None,
            _ => {
                after.cell_px = 1_500 + which as u32;
                after.area.clear();
                after.left_out.clear();
            }
        }
        Some(Edit::Screening(Change::replace(id, before, after)))
    }

    pub(super) fn settings_edit(&self, deed: u8) -> Option<Edit> {
        let before = self.project().settings().clone();
        let rule = Rule {
            committee_size: 3 + 2 * u32::from(deed % 2),
            quorum: Quorum::TwoThirds,
            ..before.rule.clone()
        };
        let after = match deed {
            0 => {
                return keep_list_edit(
                    self.project(),
                    "Doubtful",
                    &format!("confidence < 0.{}", self.now_ms % 9),
                );
            }
            1 => return remove_list_edit(self.project(), "Doubtful"),
            2 | 3 => Settings { name: format!("Joplin {}", self.now_ms), ..before.clone() },
            4 | 5 => Settings { label_each_view: !before.label_each_view, ..before.clone() },
            // Refused as long as there are regions.
            6 => Settings { crs: spatial::Crs::from_epsg(32615).ok(), ..before.clone() },
            _ => Settings { rule, ..before.clone() },
        };
        Some(Edit::Settings(Change::replace((), before, after)))
    }

    /// The next version: classes, attributes and predicates come, change and go. Every second time by the way of the
    /// program, which moves what names what is lost; else as it is, which is refused where something does.
    pub(super) fn schema_edit(&self, which: usize, deed: u8) -> Option<Edit> {
        let before = Arc::clone(self.project().schema()?);
        let mut after = (*before).clone();
        after.version += 1;
        match deed {
            0 => add_class(&mut after)?,
            // Only one that was added: votes name the others for good.
            1 => after.classes.retain(|class| !is_extra(&class.code)),
            2 => rename_class(&mut after),
            3 => after.classes.first_mut()?.name = format!("Intact {}", after.version),
            4 | 5 => add_attribute(&mut after, which),
            6 => {
                let required = after.attributes.first()?.required;
                after.attributes.first_mut()?.required = !required;
            }
            7 => {
                let place = which % after.attributes.len().max(1);
                after.attributes = [&after.attributes[..place], after.attributes.get(place + 1..)?].concat();
            }
            8 | 9 => {
                let code = format!("near {}", after.version);
                let mut predicate = Predicate::new(&code);
                predicate.from = vec![after.classes.get(which % after.classes.len())?.code.clone()];
                after.relations.push(predicate);
            }
            10 => after.relations.first_mut()?.name = format!("Beside {}", after.version),
            _ => {
                let place = which % after.relations.len().max(1);
                after.relations = [&after.relations[..place], after.relations.get(place + 1..)?].concat();
            }
        }
        if which.is_multiple_of(2) {
            return Migration::plan(self.project(), after).edit(self.project());
        }
        Some(Edit::Schema(Change::replace((), before, Arc::new(after))))
    }
}

const EXTRA: &str = "extra";

fn is_extra(code: &ClassCode) -> bool {
    code.as_str().starts_with(EXTRA)
}

/// Below the first, so that the tree changes too.
fn add_class(schema: &mut Schema) -> Option<()> {
    let name = format!("{EXTRA} {}", schema.version);
    let like = schema.classes.first()?.clone();
    let parent = Some(like.code.clone());
    let extra = Class { code: ClassCode::new(&name), name, digit: None, key: None, parent, ..like };
    schema.classes.push(Class { raster_value: None, formerly: Vec::new(), ..extra });
    Some(())
}

/// Another code; what was called so formerly goes over, where the change is planned.
fn rename_class(schema: &mut Schema) {
    let version = schema.version;
    if let Some(class) = schema.classes.iter_mut().rfind(|class| is_extra(&class.code)) {
        let code = ClassCode::new(&format!("{EXTRA} {version}"));
        class.formerly.push(std::mem::replace(&mut class.code, code));
    }
}

fn add_attribute(schema: &mut Schema, which: usize) {
    let kinds = [
        AttributeKind::Boolean,
        AttributeKind::Number,
        AttributeKind::Text,
        AttributeKind::Choice,
        AttributeKind::Date,
    ];
    let kind = kinds[which % kinds.len()];
    schema.attributes.push(Attribute {
        name: format!("asked {}", schema.version),
        title: String::new(),
        kind,
        required: which.is_multiple_of(2),
        min: (kind == AttributeKind::Number).then_some(-1.5),
        max: None,
        choices: if kind == AttributeKind::Choice {
            vec!["flat".into(), "gabled".into()]
        } else {
            Vec::new()
        },
        classes: Vec::new(),
        description: String::new(),
    });
}
