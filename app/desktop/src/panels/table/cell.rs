//! What stands in a cell, and how it is changed: the class by choice, attributes by their type.

use egui::text::LayoutJob;
use egui::{
    Align2, Color32, Id, Key, Popup, Rect, Role, ScrollArea, Sense, TextEdit, Ui, UiBuilder, WidgetInfo,
};
use egui::{pos2, vec2};
use jiff::tz::TimeZone;
use project::{Attribute, AttributeKind, AttributeValue, Class, ClassCode, RegionId};
use query::{Cell, Column, Facts, Row};
use spatial::format as units;

use crate::finder::FinderAsk;
use crate::outbox::{Ask, Outbox};
use crate::panels::classes::class_color;
use crate::state::State;
use crate::widgets::{class_swatch, menu_item};
use crate::{fonts, format};

/// A cell as text.
pub(super) fn text(state: &State, facts: &Facts, row: &Row, column: &Column) -> String {
    match column {
        Column::Class => named(state, facts.class(row)).map_or_else(String::new, |c| c.name.clone()),
        Column::Predicted => named(state, facts.predicted(row)).map_or_else(String::new, |c| c.name.clone()),
        Column::State => row.state.text().to_owned(),
        column => match column.cell(facts, row) {
            Cell::Nothing => String::new(),
            Cell::Text(text) => text,
            Cell::Flag(yes) => if yes { "yes" } else { "no" }.to_owned(),
            Cell::Time(ms) => moment(ms),
            Cell::Number(n) => number(column, n),
        },
    }
}

fn named<'a>(state: &'a State, code: Option<&ClassCode>) -> Option<&'a Class> {
    state.content()?.schema()?.class(code?)
}

fn number(column: &Column, n: f64) -> String {
    match column {
        Column::Area | Column::Perimeter => units::decimal(n, usize::from(n < 1000.0)),
        Column::Confidence | Column::PredictedConfidence => units::percent(n),
        Column::Disagreement | Column::Doubt | Column::Entropy | Column::ViewDisagreement => {
            units::decimal(n, 2)
        }
        Column::Seconds => units::decimal(n, 1),
        Column::Corners | Column::Votes | Column::Relations => units::count(n as u64),
        _ => format::short(n),
    }
}

fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| String::new(),
        |at| at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

/// Draws a cell; in selected rows the class and attributes can be changed.
#[expect(clippy::too_many_arguments, reason = "a cell is where a row, a column and a place meet")]
pub(super) fn show(
    ui: &mut Ui,
    state: &State,
    facts: &Facts,
    row: &Row,
    column: &Column,
    place: Rect,
    name: &str,
    out: &mut Outbox,
) {
    let selected = state.selection.contains(row.id) && state.read_only().is_none();
    match column {
        Column::Class | Column::Predicted => {
            let code = if *column == Column::Class { facts.class(row) } else { facts.predicted(row) };
            paint_class(ui, state, named(state, code), place);
            if selected && *column == Column::Class {
                class_button(ui, state, row.id, place, name, out);
            }
        }
        Column::Attribute(attribute) if selected => {
            attribute_cell(ui, state, row, attribute, place, name, out);
        }
        column => paint_text(ui, state, &text(state, facts, row, column), column.is_number(), place),
    }
}

fn paint_text(ui: &Ui, state: &State, text: &str, right: bool, place: Rect) {
    let ink = *state.theme.color.text;
    let font = if right { fonts::mono(state.theme.size.small) } else { fonts::body(state.theme.size.body) };
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(place.width());
    let galley = ui.painter().layout_job(job);
    let x = if right { place.right() - galley.size().x } else { place.left() };
    ui.painter().galley(pos2(x, place.center().y - galley.size().y / 2.0), galley, ink);
}

fn paint_class(ui: &Ui, state: &State, class: Option<&Class>, place: Rect) {
    let Some(class) = class else {
        let font = fonts::body(state.theme.size.body);
        ui.painter().text(place.left_center(), Align2::LEFT_CENTER, "–", font, *state.theme.color.disabled);
        return;
    };
    let swatch = Rect::from_center_size(pos2(place.left() + 7.0, place.center().y), vec2(14.0, 12.0));
    class_swatch(ui.painter(), &state.theme, swatch, class_color(state, class), class.hatch);
    paint_text(ui, state, &class.name, false, place.with_min_x(swatch.right() + 5.0));
}

/// What a change in a row is for: the selection where the row is among several, else the row alone.
fn meant(state: &State, id: RegionId) -> Vec<RegionId> {
    if state.selection.len() > 1 { state.selection.regions().to_vec() } else { vec![id] }
}

fn class_button(ui: &mut Ui, state: &State, id: RegionId, place: Rect, name: &str, out: &mut Outbox) {
    let response = ui.interact(place, ui.scope_id().with(("class", id)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Class of {name}")));
    if response.hovered() || response.has_focus() {
        let edge = egui::Stroke::new(1.0, *state.theme.color.outline);
        ui.painter().rect_stroke(
            place.expand2(vec2(3.0, -2.0)),
            state.theme.radius(),
            edge,
            egui::StrokeKind::Inside,
        );
    }
    Popup::menu(&response).width(220.0).show(|ui| {
        let Some(schema) = state.content().and_then(|p| p.schema()) else { return };
        ui.spacing_mut().item_spacing.y = 0.0;
        let keys = schema.keys();
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for class in schema.offered() {
                let key = keys.iter().find(|(_, c)| c.code == class.code).map_or("", |(key, _)| key.as_str());
                if menu_item(ui, &class.name, key, None).clicked() {
                    out.push(Ask::Finder(FinderAsk::Label(meant(state, id), class.code.clone())));
                    ui.close();
                }
            }
        });
    });
}

/// What is being typed into a cell.
#[derive(Clone, Default)]
struct Typed {
    text: String,
    wrong: bool,
}

fn attribute_cell(
    ui: &mut Ui,
    state: &State,
    row: &Row,
    attribute: &str,
    place: Rect,
    name: &str,
    out: &mut Outbox,
) {
    let value = row.region.attributes.get(attribute);
    let shown = value.map_or_else(String::new, value_text);
    let known = state.content().and_then(|p| p.schema());
    let known = known.and_then(|schema| schema.attributes.iter().find(|a| a.name == attribute));
    if let Some(choices) = known.and_then(choices_of) {
        return choose(ui, state, row.id, (attribute, choices), (place, &shown, name), out);
    }
    let id = Id::unique(("attribute cell", row.id, attribute));
    let typed: Option<Typed> = ui.data(|d| d.get_temp(id));
    let Some(mut typed) = typed else {
        paint_text(ui, state, &shown, false, place);
        let response = ui.interact(place, id.with("still"), Sense::click());
        response
            .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Change {attribute} of {name}")));
        if response.hovered() || response.has_focus() {
            let edge = egui::Stroke::new(1.0, *state.theme.color.outline);
            let frame = place.expand2(vec2(3.0, -2.0));
            ui.painter().rect_stroke(frame, state.theme.radius(), edge, egui::StrokeKind::Inside);
        }
        if response.clicked() {
            ui.data_mut(|d| d.insert_temp(id, Typed { text: shown, wrong: false }));
            ui.memory_mut(|m| m.request_focus(id.with("field")));
        }
        return;
    };
    let mut inner = ui.new_child(UiBuilder::new().max_rect(place.expand2(vec2(4.0, 0.0))));
    let ink: Color32 = if typed.wrong { *state.theme.color.danger } else { *state.theme.color.text };
    let edit = TextEdit::singleline(&mut typed.text).id(id.with("field")).text_color(ink);
    let edit = inner.add(edit.desired_width(place.width()).margin(egui::Margin::symmetric(4, 2)));
    ui.ctx().accesskit_node_builder(edit.id, |node| node.set_label(format!("{attribute} of {name}")));
    if !edit.lost_focus() {
        ui.data_mut(|d| d.insert_temp(id, typed));
        return;
    }
    ui.data_mut(|d| d.remove::<Typed>(id));
    if ui.input(|i| i.key_pressed(Key::Escape)) || typed.text == shown {
        return;
    }
    if let Ok(value) = read(known, value, &typed.text) {
        out.push(Ask::Finder(FinderAsk::Attribute(meant(state, row.id), attribute.to_owned(), value)));
    } else {
        ui.data_mut(|d| d.insert_temp(id, Typed { wrong: true, ..typed }));
        ui.memory_mut(|m| m.request_focus(id.with("field")));
    }
}

/// A text as a value: of the schema's type where the schema knows it, else of the type that the value had.
pub(in crate::panels) fn read(
    known: Option<&Attribute>,
    before: Option<&AttributeValue>,
    text: &str,
) -> Result<Option<AttributeValue>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(known) = known {
        return known.read(text).map(Some);
    }
    Ok(Some(match before {
        Some(AttributeValue::Boolean(_)) if matches!(text, "yes" | "true") => AttributeValue::Boolean(true),
        Some(AttributeValue::Boolean(_)) if matches!(text, "no" | "false") => AttributeValue::Boolean(false),
        Some(AttributeValue::Integer(_) | AttributeValue::Number(_)) => {
            match (text.parse(), text.parse::<f64>()) {
                (Ok(whole), _) => AttributeValue::Integer(whole),
                (Err(_), Ok(number)) if number.is_finite() => AttributeValue::Number(number),
                _ => AttributeValue::Text(text.to_owned()),
            }
        }
        _ => AttributeValue::Text(text.to_owned()),
    }))
}

/// A value as it is shown and typed.
pub(in crate::panels) fn value_text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Boolean(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        AttributeValue::Integer(n) => n.to_string(),
        AttributeValue::Number(x) => x.to_string(),
        AttributeValue::Text(text) => text.clone(),
        AttributeValue::Json(json) => json.to_string(),
    }
}

/// What can be chosen for an attribute; `None` where it is typed.
pub(in crate::panels) fn choices_of(known: &Attribute) -> Option<Vec<String>> {
    match known.kind {
        AttributeKind::Boolean => Some(vec!["yes".into(), "no".into()]),
        AttributeKind::Choice => Some(known.choices.clone()),
        _ => None,
    }
}

fn choose(
    ui: &mut Ui,
    state: &State,
    id: RegionId,
    (attribute, choices): (&str, Vec<String>),
    (place, shown, name): (Rect, &str, &str),
    out: &mut Outbox,
) {
    paint_text(ui, state, shown, false, place);
    let response = ui.interact(place, ui.scope_id().with(("choice", id, attribute)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("{attribute} of {name}")));
    let schema = state.content().and_then(|p| p.schema());
    let known = schema.and_then(|s| s.attributes.iter().find(|a| a.name == attribute));
    Popup::menu(&response).width(160.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for choice in &choices {
            if menu_item(ui, choice, "", None).clicked() {
                let value = known.and_then(|known| known.read(choice).ok());
                out.push(Ask::Finder(FinderAsk::Attribute(meant(state, id), attribute.to_owned(), value)));
                ui.close();
            }
        }
        if !shown.is_empty() && menu_item(ui, "None", "", None).clicked() {
            out.push(Ask::Finder(FinderAsk::Attribute(meant(state, id), attribute.to_owned(), None)));
            ui.close();
        }
    });
}
