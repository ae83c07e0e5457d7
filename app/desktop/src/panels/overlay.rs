//! The banner over the map when nothing can be saved, and questions.

use egui::{Frame, Layout, Margin, Panel, RichText, Ui};

use crate::fonts;
use crate::format::{count, sentence};
use crate::outbox::{Ask, Outbox};
use crate::run::backups::Unopened;
use crate::state::{Overlays, Question, State};
use crate::widgets::{default_button, dialog, text_button};
use crate::work::file_name;

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
    let said = match question {
        Question::CloseUnsaved => Said {
            heading: "Some changes are not saved".into(),
            text: "The last changes could not be written. Closing now loses them.".into(),
            first: ("Stay", false),
            other: ("Close and lose them", Some(Ask::CloseAnyway)),
        },
        Question::CloseTeaching => Said {
            heading: "A network is being taught".into(),
            text: "Closing stops it. What it reached after the last epoch is kept, and Resume goes on from there."
                .into(),
            first: ("Go on teaching", false),
            other: ("Stop and close", Some(Ask::CloseAnyway)),
        },
        Question::Restore(unopened) => Said {
            heading: format!("{} cannot be opened", file_name(&unopened.path)),
            text: restoring(unopened),
            first: ("Restore", true),
            other: ("Not now", None),
        },
    };
    let closed = Ask::Overlays(Overlays { question: None, ..state.overlays.clone() });
    dialog(ctx, "question").show(ctx, |ui| {
        ui.set_width(380.0);
        ui.heading(said.heading);
        ui.add_space(state.theme.space.s);
        ui.label(said.text);
        ui.add_space(state.theme.space.l);
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            let (text, restores) = said.first;
            if default_button(ui, state, text) {
                out.push(if restores { Ask::RestoreBackup } else { closed.clone() });
            }
            let (text, ask) = said.other;
            if text_button(ui, text).clicked() {
                out.push(ask.unwrap_or(closed));
            }
        });
    });
}

/// What a question says: the usual answer, which restores or only closes it, and the other one.
struct Said {
    heading: String,
    text: String,
    first: (&'static str, bool),
    other: (&'static str, Option<Ask>),
}

fn restoring(unopened: &Unopened) -> String {
    let Unopened { why, made, entries, .. } = unopened;
    let entries = entries.map(|n| format!(" with {}", count(n as usize, "entry", "entries")));
    format!(
        "{} A backup of {made}{} lies beside it. Restoring brings it back, with everything done since that can still \
         be read. The file as it is now is set aside.",
        sentence(why),
        entries.unwrap_or_default()
    )
}
