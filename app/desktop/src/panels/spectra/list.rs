//! The spectra that are shown, line by line: colour, name, value of the band looked at.

use egui::{Align, Layout, Role, Sense, Stroke, TextEdit, Ui, WidgetInfo, vec2};

use super::plot;
use crate::outbox::{Ask, Outbox};
use crate::spectra::{Origin, Shown, SpectraAsk};
use crate::state::State;
use crate::widgets::IconButton;
use crate::{fonts, format, icons};

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
    let band = plot::looked_at(state);
    let layer = state.shown_layer().map(|(id, _)| id);
    for shown in &state.spectra.shown {
        row(ui, state, shown, band.filter(|_| shown.origin.layer() == layer), out);
    }
}

fn row(ui: &mut Ui, state: &State, shown: &Shown, band: Option<usize>, out: &mut Outbox) {
    let c = &state.theme.color;
    let name = shown.name.as_str();
    let mut ask = |ask: SpectraAsk| out.push(Ask::Spectra(ask));
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), state.theme.shape.row),
        Layout::left_to_right(Align::Center),
        |ui| {
            if swatch(ui, state, shown).clicked() {
                ask(SpectraAsk::Visible(shown.id, !shown.visible));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let remove = format!("Remove {name}");
                if ui.add(IconButton::new(icons::CLOSE, &remove).quiet()).clicked() {
                    ask(SpectraAsk::Remove(shown.id));
                }
                if let Some(value) = value_of(shown, band) {
                    let text = egui::RichText::new(format::sample(value));
                    let font = fonts::mono(state.theme.size.small);
                    ui.label(text.font(font).color(*c.muted))
                        .on_hover_text("Value of the band that is shown");
                }
                let mut text = shown.name.clone();
                let ink = if shown.visible { *c.text } else { *c.muted };
                let edit = TextEdit::singleline(&mut text).frame(egui::Frame::NONE).text_color(ink);
                let response =
                    ui.add(edit.desired_width(ui.available_width()).margin(egui::Margin::symmetric(2, 2)));
                ui.ctx()
                    .accesskit_node_builder(response.id, |node| node.set_label(format!("Name of {name}")));
                if response.changed() {
                    ask(SpectraAsk::Rename(shown.id, text));
                }
                response.on_hover_text(about(state, shown));
            });
        },
    );
}

/// The colour of a line; a click hides it and shows it again.
fn swatch(ui: &mut Ui, state: &State, shown: &Shown) -> egui::Response {
    let side = state.theme.shape.row;
    let (rect, response) = ui.allocate_exact_size(vec2(18.0, side), Sense::click());
    let verb = if shown.visible { "Hide" } else { "Show" };
    let name = format!("{verb} {}", shown.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let series = &state.theme.color.series;
    let ink = *series[shown.ink % series.len()];
    if shown.visible {
        ui.painter().circle_filled(rect.center(), 5.0, ink);
    } else {
        ui.painter().circle_stroke(rect.center(), 4.5, Stroke::new(1.5, ink));
    }
    if response.has_focus() {
        let edge = Stroke::new(1.0, *state.theme.color.accent);
        ui.painter().circle_stroke(rect.center(), 8.0, edge);
    }
    response.on_hover_text(name)
}

fn value_of(shown: &Shown, band: Option<usize>) -> Option<f64> {
    let place = shown.bands.iter().position(|b| Some(*b) == band)?;
    shown.spectrum.values.get(place).copied().filter(|v| v.is_finite())
}

fn about(state: &State, shown: &Shown) -> String {
    let layer = |id| state.content().and_then(|p| p.layers().get(&id)).map_or("", |l| l.name.as_str());
    match &shown.origin {
        Origin::Pixel { layer: id, at, .. } => {
            format!("Column {}, row {} of {}", at.0, at.1, layer(*id))
        }
        Origin::Region { layer: id, pixels, .. } => {
            format!("Mean of {} of {}", format::count(*pixels as usize, "pixel", "pixels"), layer(*id))
        }
        Origin::Library { file } => format!("{} of {file}", shown.spectrum.name),
    }
}
