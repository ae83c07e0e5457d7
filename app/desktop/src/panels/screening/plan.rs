//! The form of a new plan.

use egui::{DragValue, RichText, Ui};
use project::screening::{CellPath, Grid, Screening};
use spatial::format as units;

use crate::outbox::{Ask, Outbox};
use crate::screening::{Draft, ScreeningAsk};
use crate::state::State;
use crate::widgets::{primary_button, text_button};

pub(super) fn form(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(draft) = &state.screening.draft else { return };
    let mut next = draft.clone();
    let selected = state.selected().len();
    let muted = |ui: &mut Ui, text: &str| {
        ui.label(RichText::new(text).color(*state.theme.color.muted));
    };
    ui.horizontal(|ui| {
        muted(ui, "Name");
        ui.add(egui::TextEdit::singleline(&mut next.name).desired_width(f32::INFINITY));
    });
    ui.horizontal(|ui| {
        muted(ui, "Cell");
        let [smallest, largest] = Screening::CELL_PX;
        ui.add(DragValue::new(&mut next.cell_px).range(smallest..=largest).speed(16).suffix(" px"));
        muted(ui, "overlap");
        ui.add(DragValue::new(&mut next.overlap_percent).range(0..=50).suffix(" %"));
    });
    ui.horizontal(|ui| {
        muted(ui, "Along");
        for (path, text) in [(CellPath::Rows, "rows"), (CellPath::Columns, "columns")] {
            if ui.selectable_label(next.path == path, text).clicked() {
                next.path = path;
            }
        }
        muted(ui, "members");
        ui.add(DragValue::new(&mut next.times).range(1..=Screening::MOST_TIMES))
            .on_hover_text("How many look at each cell, without knowing of each other");
    });
    ui.add_enabled_ui(selected > 0, |ui| {
        let text = if selected > 0 {
            format!(
                "Within the {} only",
                crate::format::count(selected, "selected region", "selected regions")
            )
        } else {
            "Within selected regions only".to_owned()
        };
        ui.checkbox(&mut next.selected_only, text)
            .on_disabled_hover_text("Select the regions of the task first");
    });
    next.selected_only &= selected > 0;
    told(ui, state, &next);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let ready = !next.name.trim().is_empty() && !state.screening.planning;
        let plan = ui.add_enabled_ui(ready, |ui| primary_button(ui, "Plan it")).inner;
        if plan.clicked() {
            out.push(Ask::Screening(ScreeningAsk::Plan));
        }
        if text_button(ui, "Cancel").clicked() {
            out.push(Ask::Screening(ScreeningAsk::Draft(None)));
        }
        if state.screening.planning {
            ui.label(RichText::new("Looking for cells without data…").color(*state.theme.color.muted));
        }
    });
    if next != *draft {
        out.push(Ask::Screening(ScreeningAsk::Draft(Some(next))));
    }
}

/// How many cells it would be; or why it cannot be.
fn told(ui: &mut Ui, state: &State, draft: &Draft) {
    let Some(layer) = state.content().and_then(|p| p.layers().get(&draft.layer)) else { return };
    let plan = Screening {
        cell_px: draft.cell_px,
        overlap_px: Screening::overlap_of(draft.cell_px, f64::from(draft.overlap_percent) / 100.0),
        ..Screening::over("plan", draft.layer, [layer.width, layer.height])
    };
    let count = Grid::of(&plan).count();
    let (text, ink) = if count > u64::from(Screening::MOST_CELLS) {
        let most = units::count(u64::from(Screening::MOST_CELLS));
        (format!("{} cells are too many; {most} are taken", units::count(count)), state.theme.color.warning)
    } else {
        let most = if draft.selected_only { "at most " } else { "" };
        let cells = if count == 1 { "cell" } else { "cells" };
        (
            format!("{most}{} {cells} over {}, less those without data", units::count(count), layer.name),
            state.theme.color.muted,
        )
    };
    ui.add(egui::Label::new(RichText::new(text).color(*ink)).wrap());
}
