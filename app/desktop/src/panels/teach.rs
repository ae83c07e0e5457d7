//! What the pixel classifier offers: which way it learns, which regions it proposes, how it is going.

use editing::{Amount, Key, LEAST_PX, TeachTool, ToolEvent};
use egui::{DragValue, RichText, Ui};
use segment::LearnerKind;

use super::tool_options::{key, muted};
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{primary_button, text_button};

pub(super) fn options(ui: &mut Ui, state: &State, tool: &TeachTool, out: &mut Outbox) {
    let amount = |amount| Ask::Tool(ToolEvent::Amount(amount));
    for (learner, text, about) in [
        (LearnerKind::Forest, "Forest", "A random forest of 100 trees: learns any shape of difference"),
        (LearnerKind::Logistic, "Logistic", "Logistic regression: quicker, and smoother with few scribbles"),
        (
            LearnerKind::Perceptron,
            "Perceptron",
            "A small neural network: smooth too, and bends where no line divides",
        ),
    ] {
        if ui.selectable_label(tool.learner() == learner, text).on_hover_text(about).clicked() {
            out.push(amount(Amount::Learner(learner)));
        }
    }
    ui.label(muted(state, "Leave out below"));
    let mut least = tool.least_px();
    let drag = DragValue::new(&mut least).range(LEAST_PX).speed(5.0).suffix("\u{a0}px");
    if ui.add(drag).on_hover_text("Regions of fewer pixels of the screen are not proposed").changed() {
        out.push(amount(Amount::LeastPx(least as f64)));
    }
    if tool.scribbles().is_empty() {
        ui.label(muted(state, "Paint with the left button, and what is of no class with the right"));
        return;
    }
    progress(ui, state);
    if primary_button(ui, "Propose regions").on_hover_text("Enter").clicked() {
        out.push(key(Key::Enter));
    }
    if text_button(ui, "Clear").on_hover_text("Take all scribbles back").clicked() {
        out.push(amount(Amount::Nothing));
    }
}

fn progress(ui: &mut Ui, state: &State) {
    let teaching = &state.teaching;
    let font = fonts::mono(state.theme.size.body);
    match &teaching.likely {
        _ if teaching.is_proposing => {
            ui.label(muted(state, "Making regions…"));
        }
        Some(likely) => {
            let looked = match likely.looked_ms {
                Some(ms) => format!(" Looking at the pixels of this view took {ms:.0} ms, once."),
                None => String::new(),
            };
            let text =
                format!("{} classes{}", likely.classes.len(), if teaching.is_learning { "…" } else { "" });
            ui.label(RichText::new(text).font(font))
                .on_hover_text(format!("Learnt and classified in {:.0} ms.{looked}", likely.learnt_ms));
        }
        None if teaching.is_learning => {
            ui.label(muted(state, "Looking at the view…"));
        }
        None => {
            ui.label(muted(state, "Paint a second class, or what is of no class with the right button"));
        }
    }
}
