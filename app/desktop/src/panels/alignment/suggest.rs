//! What the image says of footprints, one at a time.

use egui::{RichText, Ui};
use spatial::format as units;

use crate::alignment::AlignAsk;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{primary_button, text_button, thin_progress};

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let aligning = &state.alignment;
    ui.add_space(6.0);
    if let Some(id) = aligning.looking {
        let share = state.jobs.iter().find(|job| job.id == id).and_then(jobs::JobStatus::share);
        ui.horizontal(|ui| {
            if text_button(ui, "Stop").clicked() {
                out.push(Ask::StopJob(id));
            }
            thin_progress(ui, ui.available_width(), share, "Progress of the search");
        });
        return;
    }
    let Some(first) = aligning.suggestions.first() else {
        let button = text_button(ui, "Suggest from the image");
        let tooltip = "Look for the footprints in view among the edges of the image; you take what is right";
        if button.on_hover_text(tooltip).clicked() {
            out.push(Ask::Align(AlignAsk::Suggest));
        }
        return;
    };
    let left = aligning.suggestions.len();
    let text = format!("{left} suggested; this one is clear by {}\u{a0}σ", units::decimal(first.score, 1));
    ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
    ui.horizontal(|ui| {
        if primary_button(ui, "Accept").clicked() {
            out.push(Ask::Align(AlignAsk::Accept));
        }
        if text_button(ui, "Skip").clicked() {
            out.push(Ask::Align(AlignAsk::Skip));
        }
        if text_button(ui, "Leave all").clicked() {
            out.push(Ask::Align(AlignAsk::SkipAll));
        }
    });
}
