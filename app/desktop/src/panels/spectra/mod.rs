//! Spectra under the map: what is shown, as a plot over wavelength and as a list.

mod list;
mod marks;
mod plot;
mod time;
mod tools;

use egui::{Frame, Layout, Margin, ScrollArea, Ui, vec2};

use crate::outbox::Outbox;
use crate::state::State;

pub use marks::paint as paint_marks;
#[cfg(test)]
pub(crate) use plot::NAME as PLOT;

/// Width of the list beside the plot, in points.
const LIST: f32 = 232.0;
/// Narrower than this the list stands under the plot.
const BESIDE: f32 = 560.0;

/// Shows the panel.
pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let margin = Margin { left: 12, right: 12, top: 0, bottom: 6 };
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        tools::show(ui, state, out);
        let room = ui.available_size();
        if room.x >= BESIDE {
            ui.with_layout(Layout::left_to_right(egui::Align::Min), |ui| {
                let down = Layout::top_down(egui::Align::Min);
                let plot = vec2(room.x - LIST - 12.0, room.y);
                ui.allocate_ui_with_layout(plot, down, |ui| {
                    ui.set_min_size(plot);
                    drawn(ui, state, room.y, out);
                });
                ui.allocate_ui_with_layout(vec2(LIST, room.y), down, |ui| scrolled(ui, state, out));
            });
        } else {
            drawn(ui, state, (room.y * 0.6).max(96.0), out);
            scrolled(ui, state, out);
        }
    });
}

fn drawn(ui: &mut Ui, state: &State, height: f32, out: &mut Outbox) {
    if state.spectra.show.over_time {
        time::show(ui, state, height);
    } else {
        plot::show(ui, state, height, out);
    }
}

fn scrolled(ui: &mut Ui, state: &State, out: &mut Outbox) {
    ScrollArea::vertical()
        .id_salt("spectra")
        .auto_shrink([false, false])
        .show(ui, |ui| list::show(ui, state, out));
}
