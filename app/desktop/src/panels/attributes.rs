//! What the schema asks of a region beside its class: in the Region panel, and over the map as soon as something
//! required is missing.

use egui::{Align2, Area, Frame, Id, Key, Margin, Order, Rect, RichText, TextEdit, Ui, vec2};
use project::{Attribute, AttributeKind, AttributeValue, Project, Region, RegionId};

use super::table::{choices_of, read_value, value_text};
use crate::finder::FinderAsk;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{combo, text_button};

/// What the schema asks of a region as it is labelled; nothing before it is.
pub(super) fn asked_of(project: &Project, id: RegionId) -> Vec<&Attribute> {
    let label = project.label_of(id).map(|(_, label)| label);
    let schema = project.schema();
    schema.zip(label).map_or_else(Vec::new, |(schema, label)| schema.attributes_of(&label.class).collect())
}

/// Required attributes that have no value that fits.
pub fn missing(project: &Project, id: RegionId) -> Vec<&Attribute> {
    let Some(region) = project.region(id) else { return Vec::new() };
    let answered = |a: &&Attribute| region.attributes.get(&a.name).is_some_and(|value| a.takes(value));
    asked_of(project, id).into_iter().filter(|a| a.required && !answered(a)).collect()
}

/// For which region the pointer is to go into the first field, and since which pass.
pub fn wish_id() -> Id {
    Id::unique("the pointer is wanted in what is asked")
}

/// The field in which an attribute is typed.
fn first_field(id: RegionId, attribute: &str) -> Id {
    Id::unique(("asked", id, attribute))
}

/// True for what is answered by typing.
pub fn is_typed(attribute: &Attribute) -> bool {
    choices_of(attribute).is_none()
}

/// Every attribute that is asked of the region, to be changed in place.
pub(super) fn panel(
    ui: &mut Ui,
    state: &State,
    project: &Project,
    id: RegionId,
    region: &Region,
    out: &mut Outbox,
) {
    let asked = asked_of(project, id);
    if asked.is_empty() {
        return;
    }
    ui.add_space(6.0);
    for attribute in asked {
        let value = region.attributes.get(&attribute.name);
        let lacking = attribute.required && !value.is_some_and(|v| attribute.takes(v));
        let ink = if lacking { *state.theme.color.warning } else { *state.theme.color.muted };
        ui.horizontal(|ui| {
            let width = (ui.available_width() * 0.45).max(60.0);
            let title =
                if lacking { format!("{} (asked)", attribute.title()) } else { attribute.title().to_owned() };
            let label = egui::Label::new(RichText::new(title).color(ink)).truncate();
            ui.add_sized([width, 24.0], label).on_hover_text(attribute.description.as_str());
            answer(ui, state, id, attribute, value, "panel", out);
        });
    }
}

/// What is still asked of the one selected region, over the lower edge of the map.
pub(super) fn asked(ctx: &egui::Context, state: &State, map: Rect, out: &mut Outbox) {
    let ([id], Some(project)) = (state.selected(), state.content()) else { return };
    if state.read_only().is_some() || !state.chord.is_empty() || state.tool.is_drawing() {
        return;
    }
    let missing = missing(project, *id);
    let (Some(region), false) = (project.region(*id), missing.is_empty()) else { return };
    // What floats is measured in its first pass and can have the keyboard only after it.
    let wish: Option<(RegionId, u64)> = ctx.data(|d| d.get_temp(wish_id()));
    if wish.is_some_and(|(region, since)| region == *id && ctx.cumulative_pass_nr() < since + 4)
        && let Some(first) = missing.first()
    {
        ctx.memory_mut(|m| m.request_focus(first_field(*id, &first.name).with("asked")));
    }
    let class =
        project.label_of(*id).map(|(_, label)| super::region::class_name(project, label.class.as_str()));
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::symmetric(12, 8));
    let area = Area::new(Id::unique("what is asked")).order(Order::Middle).constrain_to(map);
    area.pivot(Align2::CENTER_BOTTOM).fixed_pos(map.center_bottom() - vec2(0.0, 12.0)).show(ctx, |ui| {
        frame.show(ui, |ui| {
            let title = format!("“{}” asks for", class.unwrap_or_default());
            let font = fonts::medium(state.theme.size.body);
            ui.label(RichText::new(title).font(font).color(*state.theme.color.text));
            for attribute in missing.into_iter().take(6) {
                ui.horizontal(|ui| {
                    let label = egui::Label::new(attribute.title()).truncate();
                    ui.add_sized([110.0, 24.0], label).on_hover_text(attribute.description.as_str());
                    answer(ui, state, *id, attribute, region.attributes.get(&attribute.name), "asked", out);
                });
            }
        });
    });
}

fn set(id: RegionId, attribute: &Attribute, value: Option<AttributeValue>) -> Ask {
    Ask::Finder(FinderAsk::Attribute(vec![id], attribute.name.clone(), value))
}

/// Buttons or a list for what is chosen, a field for what is typed.
fn answer(
    ui: &mut Ui,
    state: &State,
    id: RegionId,
    attribute: &Attribute,
    value: Option<&AttributeValue>,
    place: &str,
    out: &mut Outbox,
) {
    let shown = value.map_or_else(String::new, value_text);
    let Some(choices) = choices_of(attribute) else {
        return typed(ui, state, (id, place), attribute, &shown, out);
    };
    if place == "asked" && choices.len() <= 5 {
        for choice in &choices {
            if text_button(ui, choice).clicked() {
                out.push(set(id, attribute, attribute.read(choice).ok()));
            }
        }
        return;
    }
    let text = if shown.is_empty() { "–".to_owned() } else { shown.clone() };
    let list = combo(("answer", place, attribute.name.as_str()), text, ui.available_width().min(150.0));
    let list = list.show_ui(ui, |ui| {
        for choice in &choices {
            if ui.selectable_label(*choice == shown, choice.as_str()).clicked() {
                out.push(set(id, attribute, attribute.read(choice).ok()));
            }
        }
        if !attribute.required && ui.selectable_label(shown.is_empty(), "–").clicked() {
            out.push(set(id, attribute, None));
        }
    });
    list.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, attribute.title()));
}

fn typed(
    ui: &mut Ui,
    state: &State,
    (id, place): (RegionId, &str),
    attribute: &Attribute,
    shown: &str,
    out: &mut Outbox,
) {
    let memory = Id::unique(("typed attribute", place, id, attribute.name.as_str()));
    let mut text: String = ui.data(|d| d.get_temp(memory)).unwrap_or_else(|| shown.to_owned());
    let hint = match attribute.kind {
        AttributeKind::Date => "2026-01-31",
        AttributeKind::Number => "a number",
        _ => "text",
    };
    let read = read_value(Some(attribute), None, &text);
    let ink = if read.is_err() { *state.theme.color.danger } else { *state.theme.color.text };
    let edit = TextEdit::singleline(&mut text).id(first_field(id, &attribute.name).with(place));
    let edit = edit.hint_text(hint).text_color(ink).desired_width(ui.available_width().clamp(60.0, 140.0));
    let response = ui.add(edit.margin(Margin::symmetric(8, 4)));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(attribute.title()));
    let typing = response.has_focus();
    if response.lost_focus()
        && !ui.input(|i| i.key_pressed(Key::Escape))
        && let Ok(value) = &read
        && text.trim() != shown
    {
        out.push(set(id, attribute, value.clone()));
    }
    if let Err(why) = &read {
        response.on_hover_text(why.as_str());
    }
    if typing {
        ui.data_mut(|d| d.insert_temp(memory, text));
    } else {
        ui.data_mut(|d| d.remove::<String>(memory));
    }
}
