//! The question itself: its words, kind, options, answer and category.

use editing::{Command, QuestionCommand};
use egui::{Frame, Margin, RichText, ScrollArea, TextEdit, Ui};
use project::Question;
use project::question::{CATEGORIES, Origin, QuestionKind, Timed};
use questions::Check;

use super::{answer, heading, is_blind, quiet, verdict};
use crate::asking::QuestionAsk;
use crate::interview::InterviewAsk;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, combo, field, primary_button, text_button};
use crate::{fonts, icons};

pub fn editor(ui: &mut Ui, state: &State, out: &mut Outbox) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let margin = Margin { left: 12, right: 12, top: 0, bottom: 8 };
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            let Some(draft) = &state.asking.draft else {
                quiet(ui, state, "Choose a question from the list, or begin one with F7.");
                return;
            };
            if is_blind(state) {
                verdict::ask(ui, state, draft, out);
                return;
            }
            write(ui, state, draft, out);
        });
    });
}

fn write(ui: &mut Ui, state: &State, draft: &Question, out: &mut Outbox) {
    let mut after = draft.clone();
    let writable = state.read_only().is_none();
    ui.add_enabled_ui(writable, |ui| {
        let edit = TextEdit::multiline(&mut after.text)
            .hint_text("What do you ask?")
            .desired_rows(3)
            .desired_width(f32::INFINITY);
        let response = ui.add(edit);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Words of the question"));
        ui.horizontal(|ui| {
            let half = (ui.available_width() - 8.0) / 2.0;
            kind(ui, &mut after, half);
            category(ui, &mut after, half);
        });
        answer::show(ui, state, &mut after, out);
    });
    if after != *draft && writable {
        out.push(Ask::Question(QuestionAsk::Edit(Box::new(after))));
    }
    checks(ui, state, draft);
    buttons(ui, state, draft, out);
    if state.asking.chosen.is_some() && !state.asking.is_changed() {
        verdict::standing(ui, state);
    }
}

/// Another kind keeps what of the answer it can.
fn kind(ui: &mut Ui, draft: &mut Question, width: f32) {
    let mut kind = draft.kind;
    combo("kind of answer", kind.text(), width).show_ui(ui, |ui| {
        for one in QuestionKind::ALL {
            ui.selectable_value(&mut kind, one, one.text());
        }
    });
    if kind == draft.kind {
        return;
    }
    draft.kind = kind;
    match kind {
        QuestionKind::SingleChoice | QuestionKind::MultipleChoice => {
            draft.options.resize_with(draft.options.len().max(2), String::new);
        }
        _ => draft.options.clear(),
    }
    if draft.answer.as_ref().is_some_and(|answer| answer.fault(draft).is_some()) {
        draft.answer = None;
    }
}

fn category(ui: &mut Ui, draft: &mut Question, width: f32) {
    let shown = if draft.category.is_empty() { "No category" } else { &draft.category };
    combo("category", shown.to_owned(), width).height(320.0).show_ui(ui, |ui| {
        ui.selectable_value(&mut draft.category, String::new(), "No category");
        for one in CATEGORIES {
            ui.selectable_value(&mut draft.category, one.to_owned(), one);
        }
        ui.separator();
        field(ui, &mut draft.category, "Another one", 160.0);
    });
}

/// Whether what it cites gives this answer, by which computation.
fn evidence_says(ui: &mut Ui, state: &State, draft: &Question) {
    let Some(check) = state.asking.check.as_ref().filter(|_| draft.answer.is_some()) else { return };
    let theme = &state.theme;
    let small = || fonts::body(theme.size.small);
    let (icon, ink) = match check {
        Check::Agrees { .. } => (icons::CHECK, theme.color.success),
        Check::Contradicts { .. } => (icons::WARNING, theme.color.danger),
        // That nothing is cited, one sees.
        Check::Unchecked { .. } if draft.evidence.is_empty() => return,
        Check::Unchecked { .. } => (icons::INFO, theme.color.muted),
    };
    heading(ui, state, "Checked against the evidence");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(RichText::new(icon).font(fonts::icon(12.0)).color(*ink));
        ui.label(RichText::new(format!("{}.", check.text())).font(small()));
    });
    let drafted =
        matches!(&draft.origin, Origin::Template { computation, .. } if computation == check.computed());
    if !check.computed().is_empty() && !drafted {
        let text = RichText::new(check.computed()).font(small()).color(*theme.color.muted);
        ui.add(egui::Label::new(text).wrap());
    }
}

/// What keeps it from being finished, and how a drafted answer was computed.
fn checks(ui: &mut Ui, state: &State, draft: &Question) {
    let small = || fonts::body(state.theme.size.small);
    if let Origin::Template { computation, .. } = &draft.origin {
        heading(ui, state, "Computed");
        ui.add(
            egui::Label::new(RichText::new(computation).font(small()).color(*state.theme.color.muted)).wrap(),
        );
    }
    evidence_says(ui, state, draft);
    if let Origin::Model { name, .. } = &draft.origin {
        let verb = if draft.is_proposal() { "Proposed by" } else { "Drafted by" };
        heading(ui, state, &format!("{verb} {name}"));
        if let Some(why) = draft.source.get("why").and_then(serde_json::Value::as_str) {
            quiet(ui, state, why);
        }
        if questions::stands_in_context(draft) == Some(false) {
            quiet(ui, state, "The right answer does not stand in the context word for word: check it.");
        }
    }
    let fault = draft.fault();
    let found = fault.into_iter().chain(draft.shortcomings().into_iter().map(|one| format!("Note: {one}")));
    for text in found {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(icons::WARNING).font(fonts::icon(12.0)).color(*state.theme.color.warning));
            ui.label(RichText::new(format!("{text}.")).font(small()));
        });
    }
}

/// A model proposed it: somebody takes it over, as it stands or changed, or rejects it.
fn proposal(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let why = Command::Question(QuestionCommand::New).unavailable(&state.situation());
    ui.add_enabled_ui(why.is_none(), |ui| {
        ui.horizontal(|ui| {
            let text = if state.asking.is_changed() { "Take over with changes" } else { "Take over" };
            if primary_button(ui, text).on_hover_text("You stand for it from now on").clicked() {
                out.push(Ask::Interview(InterviewAsk::Decide { takes_over: true }));
            }
            if text_button(ui, "Reject").on_hover_text("It goes to the deleted questions").clicked() {
                out.push(Ask::Interview(InterviewAsk::Decide { takes_over: false }));
            }
            if text_button(ui, "Next").on_hover_text("Go to the next question  F8").clicked() {
                out.command(Command::Question(QuestionCommand::Next));
            }
        });
    });
}

/// Whether questions are timed, and how they are made while they are.
fn timer(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let now = state.asking.timer.map(|timer| timer.how);
    let shown = now.map_or("Not timed", Timed::text);
    let list = combo("timer", shown, 108.0).show_ui(ui, |ui| {
        let mut wanted = now;
        ui.selectable_value(&mut wanted, None, "Not timed");
        for how in Timed::ALL {
            ui.selectable_value(&mut wanted, Some(how), how.text());
        }
        if wanted != now {
            out.push(Ask::Question(QuestionAsk::Timer(wanted)));
        }
    });
    let about = "Measure how long the next new questions take, to compare both ways in the report; pauses do not count";
    list.response.on_hover_text(about);
}

fn buttons(ui: &mut Ui, state: &State, draft: &Question, out: &mut Outbox) {
    let changed = state.asking.is_changed();
    ui.add_space(4.0);
    if draft.is_proposal() && state.asking.chosen.is_some() && !draft.deleted {
        proposal(ui, state, out);
        return;
    }
    ui.horizontal(|ui| {
        let save = Command::Question(QuestionCommand::Save);
        ui.add_enabled_ui(changed && save.unavailable(&state.situation()).is_none(), |ui| {
            if primary_button(ui, "Save").on_hover_text("Keep the question  Ctrl+S").clicked() {
                out.command(save);
            }
        });
        if changed && text_button(ui, "Discard changes").clicked() {
            out.push(Ask::Question(QuestionAsk::Discard));
        }
        if !changed && text_button(ui, "Next").on_hover_text("Go to the next question  F8").clicked() {
            out.command(Command::Question(QuestionCommand::Next));
        }
        let delete = Command::Question(QuestionCommand::Delete);
        let (icon, name) =
            if draft.deleted { (icons::UNDO, "Bring back") } else { (icons::DELETE, "Delete") };
        let button = IconButton::new(icon, name).disabled_because(delete.unavailable(&state.situation()));
        if ui.add(button).clicked() {
            out.command(delete);
        }
    });
    if state.asking.chosen.is_none() || state.asking.timer.is_some() {
        timer(ui, state, out);
    }
}
