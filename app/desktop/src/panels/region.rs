//! What the selected region is.

use editing::{Command, ShapeCommand};
use egui::Ui;
use project::{AttributeValue, Project, Region, RegionId};
use spatial::{Measure, format as units, geometry};

use super::{attributes, conflicts, relations, returned, view_labels};
use crate::map::regions;
use crate::outbox::Outbox;
use crate::state::State;
use crate::widgets::{text_button, value_row};
use crate::{fonts, format};

/// Attributes shown before the rest is counted only.
const ATTRIBUTES: usize = 40;

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let quiet = |ui: &mut Ui, text: &str| {
        ui.label(egui::RichText::new(text).color(*state.theme.color.muted));
    };
    let Some(project) = state.content() else {
        quiet(ui, "What the selected region is, stands here.");
        return;
    };
    match state.selected() {
        [] if project.regions().is_empty() => quiet(ui, "No regions yet. Draw one with the polygon tool."),
        [] => quiet(ui, "Click a region to see what it is."),
        [one] => {
            if let Some(region) = project.region(*one) {
                returned::show(ui, state, project, *one, out);
                conflicts::show(ui, state, project, *one, out);
                one_region(ui, state, project, *one, region, out);
            }
        }
        many => several(ui, state, project, many),
    }
}

/// Corners of a shape that is looked at in every frame for what is wrong with it.
const CORNERS: usize = 1_000;

/// What kind of shape it is, and what is wrong with it.
fn shape(ui: &mut Ui, state: &State, project: &Project, region: &Region, out: &mut Outbox) {
    let corners = geometry::corner_count(&region.geometry);
    value_row(ui, "Corners", &units::count(corners as u64), true);
    let metres = project.crs().and_then(spatial::Crs::metres_per_unit);
    if let Some(found) = geometry::box_of(&region.geometry) {
        let side = |length: f64| match metres {
            Some(metres) => units::length(length * metres),
            None => units::pixels(length.round() as u64),
        };
        let angle = units::decimal(found.angle_deg, 1);
        let text = format!("{} × {}, {angle}°", side(found.length), side(found.width));
        value_row(ui, "Box", &text, true)
            .on_hover_text("Longer side, shorter side, and how the longer is turned");
    }
    if corners <= CORNERS && !geometry::is_sound(&region.geometry) {
        ui.horizontal(|ui| {
            ui.label(egui::RichText::new("The outline crosses itself").color(*state.theme.color.danger));
            let mend = Command::Shape(ShapeCommand::Repair);
            if text_button(ui, "Mend").on_hover_text(mend.tooltip()).clicked() {
                out.command(mend);
            }
        });
    }
}

fn one_region(
    ui: &mut Ui,
    state: &State,
    project: &Project,
    id: RegionId,
    region: &Region,
    out: &mut Outbox,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    match project.label_of(id) {
        Some((_, label)) => {
            let counts_as = regions::class_of(project, id).map_or("–", |c| c.name.as_str());
            value_row(ui, "Class", counts_as, false);
            let said = class_name(project, label.class.as_str());
            if said != counts_as {
                value_row(ui, "Labelled as", &said, false);
            }
            value_row(ui, "By", label.author.name(), false);
            if let Some(seconds) = label.seconds {
                value_row(ui, "Decided in", &format!("{}\u{a0}s", units::decimal(seconds, 1)), true);
            }
            let version = label.schema_version.filter(|version| Some(*version) != project.schema_version());
            if let Some(version) = version {
                value_row(ui, "Given under classes of version", &version.to_string(), true);
            }
            if !label.note.is_empty() {
                value_row(ui, "Note", &label.note, false);
            }
        }
        None => {
            value_row(ui, "Class", "not labelled", false);
        }
    }
    if let Some((_, prediction)) = project.prediction_of(id) {
        let sure = prediction.confidence.map(units::percent).unwrap_or_default();
        let text = format!("{}  {sure}", class_name(project, prediction.class.as_str()));
        value_row(ui, "Predicted", text.trim_end(), false);
    }
    measures(ui, state, project, region, out);
    let place = state.project.as_ref().and_then(|p| p.counts.order.position(id));
    if let Some(place) = place {
        let text =
            format!("{} of {}", units::count(place as u64 + 1), units::count(project.regions().len() as u64));
        value_row(ui, "In reading order", &text, true);
    }
    value_row(ui, "Shape from", &region.source.0, false);
    if let Some(source_id) = &region.source_id {
        value_row(ui, "Id in its file", source_id, true);
    }
    view_labels::show(ui, state, project, id);
    relations::show(ui, state, project, id, out);
    attributes::panel(ui, state, project, id, region, out);
    other_attributes(ui, state, project, id, region);
}

/// Area, perimeter, corners, and the box around it.
pub fn measures(ui: &mut Ui, state: &State, project: &Project, region: &Region, out: &mut Outbox) {
    let measure = Measure::new(project.crs());
    if let Some(area) = measure.area_m2(&region.geometry).filter(|a| *a > 0.0) {
        let text = if project.crs().is_some() {
            units::area(area)
        } else {
            format!("{}\u{a0}px²", format::short(area))
        };
        value_row(ui, "Area", &text, true);
    }
    if let Some(length) = measure.perimeter_m(&region.geometry).filter(|l| *l > 0.0) {
        let text = if project.crs().is_some() { units::length(length) } else { units::pixels(length as u64) };
        value_row(ui, "Perimeter", &text, true);
    }
    shape(ui, state, project, region, out);
}

fn other_attributes(ui: &mut Ui, state: &State, project: &Project, id: RegionId, region: &Region) {
    let asked: Vec<&str> = attributes::asked_of(project, id).iter().map(|a| a.name.as_str()).collect();
    let others = || region.attributes.iter().filter(|(name, _)| !asked.contains(&name.as_str()));
    let count = others().count();
    if count == 0 {
        return;
    }
    ui.add_space(6.0);
    let title = egui::RichText::new("Attributes").font(fonts::medium(state.theme.size.small));
    ui.label(title.color(*state.theme.color.muted));
    for (name, value) in others().take(ATTRIBUTES) {
        let (text, mono) = match value {
            AttributeValue::Boolean(yes) => (if *yes { "yes" } else { "no" }.to_owned(), false),
            AttributeValue::Integer(n) => (units::decimal(*n as f64, 0), true),
            AttributeValue::Number(x) => (format::short(*x), true),
            AttributeValue::Text(text) => (text.clone(), false),
            AttributeValue::Json(json) => (json.to_string(), true),
        };
        value_row(ui, name, &text, mono);
    }
    if count > ATTRIBUTES {
        let text = format!("and {} more", count - ATTRIBUTES);
        ui.label(egui::RichText::new(text).color(*state.theme.color.muted));
    }
}

fn several(ui: &mut Ui, state: &State, project: &Project, regions: &[RegionId]) {
    ui.spacing_mut().item_spacing.y = 0.0;
    value_row(ui, "Selected", &format::count(regions.len(), "region", "regions"), false);
    let labelled = regions.iter().filter(|id| project.label_of(**id).is_some()).count();
    value_row(ui, "Labelled", &units::count(labelled as u64), true);
    if regions.len() <= 10_000 {
        let measure = Measure::new(project.crs());
        let areas = regions.iter().filter_map(|id| measure.area_m2(&project.region(*id)?.geometry));
        let total: f64 = areas.sum();
        let text = if project.crs().is_some() {
            units::area(total)
        } else {
            format!("{}\u{a0}px²", format::short(total))
        };
        value_row(ui, "Area together", &text, true);
    }
    ui.add_space(4.0);
    let text = "A digit labels them all.";
    ui.label(egui::RichText::new(text).color(*state.theme.color.muted));
}

/// What a person reads for a class's code.
pub fn class_name(project: &Project, code: &str) -> String {
    let class = project.schema().and_then(|s| s.class(&project::ClassCode::new(code)));
    class.map_or_else(|| code.to_owned(), |c| c.name.clone())
}
