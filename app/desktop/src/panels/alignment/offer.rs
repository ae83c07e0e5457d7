//! A file of adjustments that waits for a word: how its numbers are to be read.

use dataset::Order;
use egui::{Frame, Margin, RichText, Ui};

use crate::alignment::AlignAsk;
use crate::fonts;
use crate::format::count;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{primary_button, text_button};
use crate::work::file_name;

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(offer) = &state.alignment.offer else { return };
    let theme = &state.theme;
    let frame = Frame::new()
        .fill(*theme.color.raised)
        .stroke(theme.hairline())
        .corner_radius(theme.radius())
        .inner_margin(Margin::same(8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let name = RichText::new(file_name(&offer.path)).font(fonts::medium(theme.size.body));
        ui.add(egui::Label::new(name).truncate());
        let quiet = |text: String| egui::Label::new(RichText::new(text).color(*theme.color.muted)).wrap();
        let arrows = offer.file.arrows.len();
        let left = match offer.file.rejected.len() {
            0 => String::new(),
            n => format!(", {n} left out"),
        };
        ui.add(quiet(format!("{}{left}", count(arrows, "adjustment", "adjustments"))));
        ui.horizontal(|ui| {
            for (order, text) in [(Order::ColumnRow, "x, y"), (Order::RowColumn, "row, column")] {
                let inside = offer.guess.inside[usize::from(order == Order::RowColumn)];
                let tooltip = format!("Read so, {inside} of {arrows} lie on the image");
                if ui.selectable_label(offer.order == order, text).on_hover_text(tooltip).clicked() {
                    out.push(Ask::Align(AlignAsk::Order(order)));
                }
            }
        });
        if offer.guess.order == Order::RowColumn {
            ui.add(quiet("The image and the footprints show that rows come before columns.".to_owned()));
        }
        let mut replace = offer.replace;
        if ui.checkbox(&mut replace, "In place of what is there").changed() {
            out.push(Ask::Align(AlignAsk::Replace(replace)));
        }
        ui.horizontal(|ui| {
            if primary_button(ui, "Take").clicked() {
                out.push(Ask::Align(AlignAsk::Take));
            }
            if text_button(ui, "Leave").clicked() {
                out.push(Ask::Align(AlignAsk::Leave));
            }
        });
    });
    ui.add_space(6.0);
}
