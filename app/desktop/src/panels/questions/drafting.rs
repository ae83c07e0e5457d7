//! Drafting by templates: which, how many, from which seed; or by a model.

use egui::Ui;
use questions::Template;

use crate::asking::{Drafting, QuestionAsk};
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{combo, primary_button, text_button};

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(now) = &state.asking.drafting else { return };
    let mut next = now.clone();
    super::heading(ui, state, "Draft questions");
    super::interview::choice(ui, &mut next.with_model);
    if next.with_model {
        if next != *now {
            out.push(Ask::Question(QuestionAsk::Drafting(Some(next))));
        }
        super::interview::drafts(ui, state, out);
        return;
    }
    let shown = next.template.map_or("All templates, in turn", Template::text);
    combo("template", shown, ui.available_width()).show_ui(ui, |ui| {
        ui.selectable_value(&mut next.template, None, "All templates, in turn");
        for template in Template::ALL {
            ui.selectable_value(&mut next.template, Some(template), template.text());
        }
    });
    ui.horizontal(|ui| {
        ui.label("How many");
        ui.add(egui::DragValue::new(&mut next.count).range(1..=10_000));
        ui.label("Seed");
        ui.add(egui::DragValue::new(&mut next.seed).range(0..=u64::from(u32::MAX)));
    });
    ui.checkbox(&mut next.accepted, "Only regions that review has settled");
    ui.horizontal(|ui| {
        if primary_button(
            ui,
            &format!("Draft {}", crate::format::count(next.count as usize, "question", "questions")),
        )
        .clicked()
        {
            out.push(Ask::Question(QuestionAsk::DraftNow));
        }
        if text_button(ui, "Cancel").clicked() {
            out.push(Ask::Question(QuestionAsk::Drafting(None)));
        }
    });
    if next != *now {
        out.push(Ask::Question(QuestionAsk::Drafting(Some(Drafting { ..next }))));
    }
}
