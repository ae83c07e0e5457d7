//! The banner over the map when nothing can be saved, and questions.

use egui::{Frame, Layout, Margin, Panel, RichText, Ui};

use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::{Overlays, Question, State};
use crate::widgets::{default_button, dialog, text_button};

/// What keeps the project from being changed, across the window, for as long as it does.
pub(super) fn banner(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(open) = &state.project else { return };
    let c = &state.theme.color;
    let failure = state
        .store_failure
        .as_ref()
        .map(|why| (format!("Nothing can be saved. {why}"), *c.danger, *c.on_danger, true));
    let read_only = || {
        let reason = open.session.read_only()?;
        let text = format!("{} can only be looked at: {reason}.", open.title());
        Some((text, *c.raised, *c.text, false))
    };
    let Some((text, ground, ink, retry)) = failure.or_else(read_only) else { return };
    let frame = Frame::new().fill(ground).inner_margin(Margin::symmetric(12, 4));
    Panel::top("banner").resizable(false).frame(frame).show(ui, |ui| {
        // From the right, so that however long the reason is, the button has its place beside it.
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            if retry && text_button(ui, "Retry").clicked() {
                out.push(Ask::RetrySaving);
            }
            ui.with_layout(Layout::left_to_right(egui::Align::Center).with_main_wrap(true), |ui| {
                let text = RichText::new(text).color(ink).font(fonts::medium(state.theme.size.body));
                ui.add(egui::Label::new(text).wrap());
            });
        });
    });
}

/// A question that must be answered before something goes on.
pub(super) fn question(ctx: &egui::Context, state: &State, out: &mut Outbox) {
    let Some(question) = &state.overlays.question else { return };
    let (heading, text, stay, leave) = match question {
        Question::CloseUnsaved => (
            "Some changes are not saved",
            "The last changes could not be written. Closing now loses them.",
            "Stay",
            "Close and lose them",
        ),
        Question::CloseTeaching => (
            "A network is being taught",
            "Closing stops it. What it reached after the last epoch is kept, and Resume goes on from there.",
            "Go on teaching",
            "Stop and close",
        ),
    };
    let closed = Overlays { question: None, ..state.overlays.clone() };
    dialog(ctx, "question").show(ctx, |ui| {
        ui.set_width(380.0);
        ui.heading(heading);
        ui.add_space(state.theme.space.s);
        ui.label(text);
        ui.add_space(state.theme.space.l);
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            if default_button(ui, state, stay) {
                out.push(Ask::Overlays(closed.clone()));
            }
            if text_button(ui, leave).clicked() {
                out.push(Ask::CloseAnyway);
            }
        });
    });
}
