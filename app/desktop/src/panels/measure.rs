//! What the measuring tool has measured, at the bottom of the map.

use editing::{Key, MeasureTool, Measurement, Modifiers, ToolEvent};
use egui::{Grid, RichText, Ui};

use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::text_button;

/// The numbers, and what can be done with them.
pub(super) fn show(ui: &mut Ui, state: &State, tool: &MeasureTool, out: &mut Outbox) {
    let theme = &state.theme;
    let muted = |text: &str| RichText::new(text).color(*theme.color.muted);
    let Some(found) = state.with_tool_context(|ctx| tool.measurement(ctx)).flatten() else {
        let text = if tool.is_drawing() {
            "Click the next corner"
        } else {
            "Click along a line; a click on the first corner measures the area"
        };
        ui.label(muted(text));
        return;
    };
    ui.horizontal(|ui| {
        numbers(ui, state, &found);
        ui.add_space(theme.space.s);
        let key = |key, modifiers| Ask::Tool(ToolEvent::Key { key, modifiers });
        if text_button(ui, "Copy").on_hover_text("Copy the numbers  Ctrl+C").clicked() {
            out.push(key(Key::Letter('C'), Modifiers::CTRL));
        }
        if text_button(ui, "Clear").on_hover_text("Take the measurement away  Esc").clicked() {
            out.push(key(Key::Escape, Modifiers::NONE));
        }
    });
}

fn numbers(ui: &mut Ui, state: &State, found: &Measurement) {
    let theme = &state.theme;
    let muted =
        |text: &str| RichText::new(text).font(fonts::body(theme.size.small)).color(*theme.color.muted);
    let number = |text: Option<String>| {
        let text = text.unwrap_or_else(|| "–".to_owned());
        RichText::new(text).font(fonts::mono(theme.size.body)).color(*theme.color.text)
    };
    let crs = state.content().and_then(project::Project::crs);
    let plane =
        crs.map_or_else(|| "In pixels of the image".to_owned(), |c| format!("In the plane of {}", c.label()));
    Grid::new("measurement").num_columns(3).spacing([theme.space.m, 2.0]).min_row_height(16.0).show(
        ui,
        |ui| {
            if !found.in_pixels {
                ui.label("");
                ui.label(muted("on the ground")).on_hover_text("Geodesic, on the WGS 84 ellipsoid");
                ui.label(muted("on the map")).on_hover_text(plane.as_str());
                ui.end_row();
            }
            for line in found.lines() {
                ui.label(muted(line.what));
                if !found.in_pixels {
                    ui.label(number(line.ground));
                }
                ui.label(number(line.map)).on_hover_text(plane.as_str());
                ui.end_row();
            }
        },
    );
}
