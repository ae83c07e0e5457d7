//! The stack of layers, topmost first.

use editing::{Command, FileCommand, Keymap};
use egui::{Align, Align2, Layout, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use project::{Layer, LayerId, LayerRole};

use crate::commands::tooltip;
use crate::map::dates::{self, Dated};
use crate::map::layer::{Image, MapLayer};
use crate::outbox::{LayerAsk, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, field, hairline, menu_item, text_button};
use crate::{fonts, format, icons};

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    ui.spacing_mut().item_spacing.y = 1.0;
    let layers = state.layers_top_first();
    if layers.is_empty() {
        let text = "No imagery yet. Drop GeoTIFF, PNG or JPEG files here.";
        ui.label(egui::RichText::new(text).color(*state.theme.color.muted));
    }
    for (id, layer) in layers {
        row(ui, state, id, layer, out);
    }
}

/// The button that adds one.
pub fn add(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let add = Command::File(FileCommand::AddImagery);
    let open = Command::File(FileCommand::Open);
    let command = if state.project.is_some() { add } else { open };
    let button = IconButton::new(icons::PLUS, "Add imagery")
        .tooltip(tooltip(keymap, command))
        .quiet()
        .disabled_because(command.unavailable(&state.situation()));
    if ui.add(button).clicked() {
        out.command(command);
    }
}

fn row(ui: &mut Ui, state: &State, id: LayerId, layer: &Layer, out: &mut Outbox) {
    let theme = &state.theme;
    let view = state.layers.get(&id);
    let active = state.shown_layer().is_some_and(|(shown, _)| shown == id);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme.shape.row_roomy), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, active, layer.name.as_str()));
    let c = &theme.color;
    let ground = rect.expand2(vec2(6.0, 0.0));
    if active {
        ui.painter().rect_filled(ground, theme.radius(), *c.selection);
    } else if response.hovered() {
        ui.painter().rect_filled(ground, theme.radius(), *c.hover);
    }
    let inner = UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center));
    let mut inner = ui.new_child(inner);
    inner.spacing_mut().item_spacing.x = 4.0;
    let visible = view.is_none_or(|v| v.visible);
    let (icon, name) = if visible { (icons::EYE, "Hide layer") } else { (icons::EYE_OFF, "Show layer") };
    if inner.add(IconButton::new(icon, name).quiet()).clicked() {
        out.layer(id, LayerAsk::Visible(!visible));
    }
    inner.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        more(ui, state, id, layer, out);
        status(ui, state, id, view, layer, out);
        let room = ui.available_rect_before_wrap();
        let ink = if visible { *c.text } else { *c.muted };
        let name =
            egui::text::LayoutJob::simple_singleline(layer.name.clone(), fonts::body(theme.size.body), ink);
        let mut job = name;
        job.wrap = egui::text::TextWrapping::truncate_at_width(room.width());
        let galley = ui.painter().layout_job(job);
        let at = pos2(room.left(), room.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
    });
    if response.on_hover_text(about(layer, view)).clicked() {
        out.layer(id, LayerAsk::Activate);
    }
}

fn status(ui: &mut Ui, state: &State, id: LayerId, view: Option<&MapLayer>, layer: &Layer, out: &mut Outbox) {
    let c = &state.theme.color;
    let small = |text: String| egui::RichText::new(text).font(fonts::body(state.theme.size.small));
    match view.map(|v| &v.image) {
        Some(Image::Broken { text, hint }) => {
            if state.read_only().is_none() {
                let find = ui.small_button("Find…").on_hover_text("Choose where the image lies now");
                if find.clicked() {
                    out.layer(id, LayerAsk::Relink);
                }
            }
            if ui.small_button("Retry").clicked() {
                out.layer(id, LayerAsk::Retry);
            }
            ui.label(small("unreadable".to_owned()).color(*c.danger))
                .on_hover_text(format!("{text}\n{hint}"));
        }
        Some(Image::Open(_)) if view.is_some_and(|v| !v.failed.is_empty()) => {
            let failed = view.map_or(0, |v| v.failed.len());
            if ui.small_button("Retry").clicked() {
                out.layer(id, LayerAsk::Retry);
            }
            let first = view.and_then(|v| v.failed.values().next()).cloned().unwrap_or_default();
            ui.label(small(format::count(failed, "tile", "tiles")).color(*c.danger)).on_hover_text(first);
        }
        Some(Image::Open(_)) => {
            let tag = match layer.role {
                LayerRole::Before => "before",
                LayerRole::After => "after",
                LayerRole::Unspecified => "",
            };
            ui.label(small(tag.to_owned()).color(*c.muted));
            if view.and_then(|v| v.view()).is_some_and(|v| v.is_rough(&state.camera)) {
                ui.label(small("rough view".to_owned()).color(*c.warning))
                    .on_hover_text(super::status::ROUGH);
            }
            if let Some(warp) = &layer.warp {
                let sentence = format!("This image is {}.", warp.sentence(layer.crs.as_ref()));
                ui.label(small("control points".to_owned()).color(*c.warning)).on_hover_text(sentence);
            }
        }
        _ => {
            ui.label(small("opening…".to_owned()).color(*c.muted));
        }
    }
}

fn more(ui: &mut Ui, state: &State, id: LayerId, layer: &Layer, out: &mut Outbox) {
    let response = ui.add(IconButton::new(icons::MORE, "Layer actions").quiet());
    let read_only = state.read_only();
    // A press into the field for the day leaves the menu open.
    let stays = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::menu(&response).close_behavior(stays).width(220.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut item = |ui: &mut Ui, text: &str, needs_write: bool, ask: LayerAsk| {
            let reason = read_only.as_deref().filter(|_| needs_write);
            if menu_item(ui, text, "", reason).clicked() {
                out.layer(id, ask);
                ui.close();
            }
        };
        item(ui, "Show the whole layer", false, LayerAsk::Fit);
        item(ui, "Move up", true, LayerAsk::Raise);
        item(ui, "Move down", true, LayerAsk::Lower);
        let roles = [
            (LayerRole::Before, "Shows the state before"),
            (LayerRole::After, "Shows the state after"),
            (LayerRole::Unspecified, "Neither before nor after"),
        ];
        for (role, text) in roles {
            if role != layer.role {
                item(ui, text, true, LayerAsk::Role(role));
            }
        }
        item(ui, "Say where the image is…", true, LayerAsk::Relink);
        item(ui, "Remove from the project", true, LayerAsk::Remove);
        taken(ui, state, id, layer, out);
    });
}

/// When it was taken, and a field to say so where the file does not, or is wrong.
fn taken(ui: &mut Ui, state: &State, id: LayerId, layer: &Layer, out: &mut Outbox) {
    let Some(open) = state.layers.get(&id).filter(|l| l.view().is_some()) else { return };
    ui.add_space(4.0);
    hairline(ui);
    ui.add_space(4.0);
    let found = dates::of_layer(open, &layer.name);
    let says = match found {
        Some(Dated { by_hand: true, .. }) => "Taken, as set by hand",
        Some(_) => "Taken, as the file says",
        None => "Taken: the file does not say",
    };
    let small = |text: &str| egui::RichText::new(text).font(fonts::body(state.theme.size.small));
    ui.label(small(says).color(*state.theme.color.muted));
    ui.add_space(2.0);
    let typed_id = ui.scope_id().with(("taken", id));
    let now = found.map(|dated| dated.day.to_string()).unwrap_or_default();
    let mut typed: String = ui.data(|d| d.get_temp(typed_id)).unwrap_or_else(|| now.clone());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let response = field(ui, &mut typed, "Day, as in 2011-05-22", 168.0);
        let day = dates::read(&typed);
        let differs = typed.trim() != now;
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let set = ui.add_enabled_ui(day.is_some() && differs, |ui| text_button(ui, "Set")).inner;
        if (set.clicked() || entered && differs) && day.is_some() {
            out.layer(id, LayerAsk::Taken(day));
            ui.data_mut(|d| d.remove::<String>(typed_id));
            ui.close();
        } else {
            ui.data_mut(|d| d.insert_temp(typed_id, typed.clone()));
        }
    });
    let is_wrong = !typed.trim().is_empty() && dates::read(&typed).is_none();
    if is_wrong {
        ui.label(small("Write it as 2011-05-22, or the year.").color(*state.theme.color.danger));
    }
    if open.taken.is_some() && menu_item(ui, "Take the day from the file", "", None).clicked() {
        out.layer(id, LayerAsk::Taken(None));
        ui.data_mut(|d| d.remove::<String>(typed_id));
        ui.close();
    }
}

/// What a tooltip says about a layer.
fn about(layer: &Layer, open: Option<&MapLayer>) -> String {
    let crs = layer
        .crs
        .as_ref()
        .map_or_else(|| "no georeference".to_owned(), |c| format!("{}, {}", c.label(), c.name()));
    let size = format!(
        "{} × {}, {}",
        spatial::format::count(layer.width.into()),
        spatial::format::pixels(layer.height.into()),
        format::count(layer.bands as usize, "band", "bands"),
    );
    let placed = layer.warp.as_ref().map(|warp| format!("\n{}", warp.sentence(layer.crs.as_ref())));
    let taken = open.and_then(|open| dates::of_layer(open, &layer.name)).map(|dated| {
        let by = if dated.by_hand { ", as set by hand" } else { "" };
        format!("\nTaken {}{by}", dates::text(dated.day))
    });
    let (placed, taken) = (placed.unwrap_or_default(), taken.unwrap_or_default());
    format!("{}\n{size}\n{crs}{placed}{taken}\n{}", layer.name, layer.path)
}

/// A heading drawn at the left of a row.
pub(super) fn caption(ui: &mut Ui, state: &State, text: &str, width: f32) {
    let theme = &state.theme;
    let (rect, _) = ui.allocate_exact_size(vec2(width, theme.shape.control), Sense::hover());
    let font = fonts::body(theme.size.body);
    ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, text, font, *theme.color.muted);
}
