//! The models beside the project, what is known of the chosen one, and what it is to be asked about.

use editing::{Command, ModelCommand, Pane};
use egui::{Align, Frame, Layout, RichText, Sense, Ui, UiBuilder, pos2, vec2};
use learning::Kind;
use spatial::format as units;

use super::{card, heading, quiet, warn};
use crate::models::{Area, Found, ModelAsk, Request};
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, combo, primary_button, text_button, thin_progress};
use crate::{fonts, format, icons};

/// Height of a row in points.
const ROW: f32 = 40.0;

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    device(ui, state);
    if state.project.is_none() {
        quiet(ui, state, "No project is open.");
        return;
    }
    unfinished(ui, state, out);
    let models = &state.models.listed.models;
    for why in &state.models.listed.broken {
        warn(ui, state, why);
    }
    if models.is_empty() {
        quiet(
            ui,
            state,
            "No models yet. Teach one on the labels of this project, put the folder of a model beside it, or open an ONNX model.",
        );
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            if primary_button(ui, "Teach a model…").clicked() {
                out.push(Ask::ShowPane(Pane::Teach));
            }
            open_button(ui, out);
        });
        return;
    }
    for found in models {
        row(ui, state, found, out);
    }
    ui.horizontal(|ui| {
        if text_button(ui, "Teach a model…").clicked() {
            out.push(Ask::ShowPane(Pane::Teach));
        }
        open_button(ui, out);
        let command = Command::Model(ModelCommand::Refresh);
        if ui.add(IconButton::new(icons::REDO, &command.text()).tooltip(command.tooltip()).quiet()).clicked()
        {
            out.command(command);
        }
    });
    let Some(found) = state.models.chosen() else { return };
    request(ui, state, found, out);
    card::show(ui, state, found);
}

/// Looks for an ONNX model of the user's own.
fn open_button(ui: &mut Ui, out: &mut Outbox) {
    let tip = "An ONNX model of your own that says a class for each pixel; what QGIS Deepness notes in it is understood";
    if text_button(ui, "Open…").on_hover_text(tip).clicked() {
        out.push(Ask::Model(ModelAsk::Open));
    }
}

/// Who learns and predicts.
fn device(ui: &mut Ui, state: &State) {
    let (text, hover) = match &state.models.device {
        None => ("Trying the learning device…".to_owned(), String::new()),
        Some(device) if device.is_gpu => {
            (format!("Learns on {}", device.name), "The device that also draws the window".to_owned())
        }
        Some(device) => {
            let why = device.refused.clone().unwrap_or_else(|| {
                "There is no graphics card: a software adapter would do on the same cores what the processor does better"
                    .to_owned()
            });
            (format!("Learns on the {}", device.name), why)
        }
    };
    let font = fonts::body(state.theme.size.small);
    let label = egui::Label::new(RichText::new(text).font(font).color(*state.theme.color.muted)).wrap();
    let response = ui.add(label);
    if !hover.is_empty() {
        response.on_hover_text(hover);
    }
}

fn unfinished(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let running = state.models.course.as_ref().filter(|course| course.is_running());
    for one in &state.models.listed.unfinished {
        if running.is_some_and(|course| course.name == one.name) {
            continue;
        }
        ui.horizontal(|ui| {
            let text = if one.has_state { "stopped" } else { "stopped in its first epoch" };
            ui.add(
                egui::Label::new(RichText::new(&one.name).font(fonts::medium(state.theme.size.body)))
                    .truncate(),
            );
            quiet(ui, state, text);
        });
        ui.horizontal(|ui| {
            if text_button(ui, "Resume").on_hover_text("Go on from the last epoch").clicked() {
                out.push(Ask::Model(ModelAsk::Resume(one.name.clone())));
            }
            let discard = text_button(ui, "Discard").on_hover_text("Give up what it had reached");
            if discard.clicked() {
                out.push(Ask::Model(ModelAsk::Discard(one.name.clone())));
            }
        });
    }
}

fn row(ui: &mut Ui, state: &State, found: &Found, out: &mut Outbox) {
    let theme = &state.theme;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let chosen = state.models.chosen.as_ref() == Some(&found.folder);
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, f32::from(theme.shape.radius), *theme.color.raised);
    }
    if chosen {
        let edge = egui::Rect::from_min_size(rect.min, vec2(2.0, ROW));
        ui.painter().rect_filled(edge, 0.0, *theme.color.accent);
    }
    let scores = &found.manifest.scores;
    let f1 = if scores.are_known() { units::decimal(scores.macro_f1, 2) } else { String::new() };
    let score = ui.painter().text(
        pos2(rect.right() - 6.0, rect.center().y),
        egui::Align2::RIGHT_CENTER,
        &f1,
        fonts::mono(theme.size.body),
        *theme.color.text,
    );
    let inner = egui::Rect::from_min_max(
        rect.min + vec2(8.0, 3.0),
        pos2((score.left() - 6.0).max(rect.left() + 40.0), rect.bottom() - 2.0),
    );
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Min)));
    child.spacing_mut().item_spacing.y = 0.0;
    let name = found.name();
    child.add(egui::Label::new(RichText::new(&name)).truncate().selectable(false));
    let kind = if found.manifest.kind == Kind::Regions { "regions" } else { "pixels" };
    let about = format!("{kind} · {} · {}", found.manifest.family, found.manifest.size);
    let small = RichText::new(about).font(fonts::body(theme.size.small)).color(*theme.color.muted);
    child.add(egui::Label::new(small).truncate().selectable(false));
    let known = scores.are_known();
    let said = if known { format!("{name}, macro F1 {f1}") } else { name };
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(said.as_str()));
    let hover = if known {
        format!("Macro F1 {f1} on what was held out\n{}", found.folder.display())
    } else {
        format!("How good it is was not measured here\n{}", found.folder.display())
    };
    if response.on_hover_text(hover).clicked() {
        out.push(Ask::Model(ModelAsk::Choose(found.folder.clone())));
    }
}

/// Which layer and how much of it the chosen model is asked about.
fn request(ui: &mut Ui, state: &State, found: &Found, out: &mut Outbox) {
    heading(ui, state, "Predict");
    let mut request = state.models.request;
    let asked = state_layer(state, &request);
    let layers = state.layers_top_first();
    let shown = asked.and_then(|id| layers.iter().find(|(layer, _)| *layer == id));
    let name = shown.map_or_else(|| "No layer".to_owned(), |(_, layer)| layer.name.clone());
    combo("layer to ask about", name, ui.available_width() - 8.0).show_ui(ui, |ui| {
        for (id, layer) in &layers {
            if ui.selectable_label(asked == Some(*id), &layer.name).clicked() {
                request.layer = Some(*id);
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        for area in Area::ALL {
            if ui.selectable_label(request.area == area, area.text()).clicked() {
                request.area = area;
            }
        }
    });
    if request != state.models.request {
        out.push(Ask::Model(ModelAsk::Ask(request)));
    }
    for warning in &state.models.warnings {
        warn(ui, state, warning);
    }
    if let Some((what, hint)) = state.models.listed.no_runtime.as_ref().filter(|_| found.is_own()) {
        warn(ui, state, what);
        quiet(ui, state, hint);
    }
    let scores = &found.manifest.scores;
    if scores.are_known() && scores.macro_f1 <= 0.0 {
        warn(ui, state, "It was right about nothing that was held out: its predictions are noise.");
    }
    let job = state.models.predicting.and_then(|id| state.jobs.iter().find(|job| job.id == id));
    if let Some(job) = job {
        ui.horizontal(|ui| {
            thin_progress(ui, 120.0, job.share(), "Predicting");
            let left = job.remaining_s.map_or_else(String::new, |s| format!("{} left", format::duration(s)));
            quiet(ui, state, &left);
            if text_button(ui, "Stop").on_hover_text("Nothing is kept of what was asked so far").clicked() {
                out.push(Ask::StopJob(job.id));
            }
        });
        return;
    }
    let command = Command::Model(ModelCommand::Predict);
    let why = command.unavailable(&state.situation());
    let button = ui.add_enabled_ui(why.is_none(), |ui| primary_button(ui, "Predict")).inner;
    let button = button.on_hover_text(format!("{}  F7", command.tooltip()));
    let button = if let Some(why) = why { button.on_disabled_hover_text(why) } else { button };
    if button.clicked() {
        out.command(command);
    }
}

/// The layer of a request: as it says, else the one that is shown.
fn state_layer(state: &State, request: &Request) -> Option<project::LayerId> {
    request.layer.or_else(|| state.shown_layer().map(|(id, _)| id))
}

/// Something in a frame of its own.
pub(super) fn framed(ui: &mut Ui, state: &State, content: impl FnOnce(&mut Ui)) {
    Frame::new()
        .fill(*state.theme.color.raised)
        .inner_margin(8)
        .corner_radius(state.theme.shape.radius)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            content(ui);
        });
}
