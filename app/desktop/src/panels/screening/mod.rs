//! Screening: the plans, how far they are, and what is said of the cell in work.

mod grid;
mod plan;

use editing::{Command, ScreeningCommand};
use egui::{RichText, Ui};
use project::Author;
use project::screening::CellState;
use spatial::format as units;

use crate::map::screening::state_color;
use crate::outbox::{Ask, Outbox};
use crate::screening::{self, Known, ScreeningAsk};
use crate::state::State;
use crate::widgets::{IconButton, combo, primary_button, text_button, thin_progress, value_row};
use crate::{fonts, format, icons};

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    ui.spacing_mut().item_spacing.y = 4.0;
    if state.screening.draft.is_some() {
        plan::form(ui, state, out);
        return;
    }
    let Some(known) = &state.screening.known else {
        first_steps(ui, state, out);
        return;
    };
    choice(ui, state, known, out);
    course(ui, state, known);
    in_work(ui, state, out);
    ui.add_space(2.0);
    grid::show(ui, state, known, out);
    members(ui, state, known, out);
}

/// Where there is no plan: what one is for, and the way to it.
fn first_steps(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let text =
        "Go over a layer cell by cell, so that nothing is missed, and keep proof of what was looked at.";
    quiet(ui, state, text);
    let draft = crate::frame::Program::screening_draft(state);
    ui.add_space(4.0);
    match draft.filter(|_| state.read_only().is_none()) {
        Some(draft) => {
            if primary_button(ui, "Plan a screening…").clicked() {
                out.push(Ask::Screening(ScreeningAsk::Draft(Some(draft))));
            }
        }
        None => quiet(ui, state, "Open an image to plan one."),
    }
}

/// What a command does, and its key.
fn tooltip(command: ScreeningCommand) -> String {
    let command = Command::Screening(command);
    let key = command.shortcuts().first().map(ToString::to_string).unwrap_or_default();
    format!("{}  {key}", command.tooltip())
}

fn quiet(ui: &mut Ui, state: &State, text: &str) {
    ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
}

/// Which plan, and another one.
fn choice(ui: &mut Ui, state: &State, known: &Known, out: &mut Outbox) {
    let Some(project) = state.content() else { return };
    ui.horizontal(|ui| {
        let room = ui.available_width() - 2.0 * state.theme.shape.control - 12.0;
        combo("screening", known.plan.name.as_str(), room.max(80.0)).show_ui(ui, |ui| {
            for (id, plan) in project.screenings() {
                if ui.selectable_label(*id == known.id, &plan.name).clicked() {
                    out.push(Ask::Screening(ScreeningAsk::Choose(*id)));
                }
            }
        });
        let writable = state.read_only().is_none();
        let why = (!writable).then_some("The project is open for reading only");
        let add = IconButton::new(icons::PLUS, "Plan another screening").disabled_because(why);
        if ui.add(add).clicked() {
            out.push(Ask::Screening(ScreeningAsk::Draft(crate::frame::Program::screening_draft(state))));
        }
        let remove = IconButton::new(icons::DELETE, "Remove this screening").quiet().disabled_because(why);
        let remove = remove
            .tooltip("Remove this screening; what was seen stays in the journal, and undo brings it back");
        if ui.add(remove).clicked() {
            out.push(Ask::Screening(ScreeningAsk::Remove(known.id)));
        }
    });
}

/// How far it is, and how long the rest takes.
fn course(ui: &mut Ui, state: &State, known: &Known) {
    let progress = &known.progress;
    let share = progress.settled as f64 / progress.wanted.max(1) as f64;
    thin_progress(ui, ui.available_width(), Some(share), "Progress of the screening");
    let mut text = words_of(known);
    if let Some(seconds) = progress.median_seconds {
        text.extend([" · ", &format::duration(seconds), " each"]);
    }
    if let Some(left) = progress.left_seconds().filter(|_| progress.settled < progress.wanted) {
        text.extend([" · ", &format::duration(left), " left"]);
    }
    let label = egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap();
    ui.add(label).on_hover_text("Half of the cells took less time each; idle time is left out");
}

/// `37 of 120 cells`.
fn words_of(known: &Known) -> String {
    let count = |n: usize| units::count(n as u64);
    let of = if known.plan.times > 1 { "looks at cells" } else { "cells" };
    format!("{} of {} {of}", count(known.progress.settled), count(known.progress.wanted))
}

/// The cell in work: how much of it was seen, and what it is.
fn in_work(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let situation = state.situation();
    let why = Command::Screening(ScreeningCommand::Next).unavailable(&situation);
    let Some(cell) = state.screening.cell() else {
        let button = ui.add_enabled_ui(why.is_none(), |ui| primary_button(ui, "Start screening")).inner;
        let button = button.on_hover_text(tooltip(ScreeningCommand::Next));
        if button.on_disabled_hover_text(why.unwrap_or_default()).clicked() {
            out.command(Command::Screening(ScreeningCommand::Next));
        }
        return;
    };
    let share = screening::share(state, cell);
    let percent = format!("{:.0} %", (share * 100.0).floor());
    value_row(ui, "Seen at full resolution", &percent, true).on_hover_text(
        "How much of this cell was on your screen, one screen pixel for a pixel of the image or more",
    );
    let said = screening::own(state, cell).and_then(|standing| standing.state);
    let suggested = screening::suggestion(state);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        for option in CellState::ALL {
            let command = Command::Screening(ScreeningCommand::Say(option));
            let mut text = RichText::new(option.text());
            if suggested == Some(option) {
                text = text.font(fonts::semibold(state.theme.size.body));
            }
            let button = egui::Button::new(text)
                .min_size(egui::vec2(0.0, state.theme.shape.row_roomy))
                .stroke(egui::Stroke::new(1.0, state_color(&state.theme, option)))
                .selected(said == Some(option));
            if ui.add(button).on_hover_text(tooltip(ScreeningCommand::Say(option))).clicked() {
                out.command(command);
            }
        }
    });
    if let Some(doubt) = state.screening.doubt {
        let share = (doubt.share * 100.0).floor();
        let text =
            format!("{share:.0} % of this cell was seen at full resolution. Say it again to keep it so.");
        ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.warning)).wrap());
    }
    ui.horizontal(|ui| {
        for (text, command) in [
            ("Next", ScreeningCommand::Next),
            ("Look closer", ScreeningCommand::LookCloser),
            ("Back", ScreeningCommand::PreviousCell),
        ] {
            if text_button(ui, text).on_hover_text(tooltip(command)).clicked() {
                out.command(Command::Screening(command));
            }
        }
    });
}

/// Everybody's share, and the switch of the coverage.
fn members(ui: &mut Ui, state: &State, known: &Known, out: &mut Outbox) {
    let coverage = &state.screening.coverage;
    let mut shown = coverage.shown;
    ui.add_space(4.0);
    if ui
        .checkbox(&mut shown, "Coverage on the map")
        .on_hover_text(tooltip(ScreeningCommand::Coverage))
        .changed()
    {
        out.command(Command::Screening(ScreeningCommand::Coverage));
    }
    if known.progress.members.is_empty() {
        return;
    }
    let mut row = |ui: &mut Ui, of: Option<&Author>, name: &str, value: &str, hint: &str| {
        let chosen = coverage.shown && coverage.of.as_ref() == of;
        ui.horizontal(|ui| {
            let label = ui.selectable_label(chosen, name).on_hover_text("Show what was seen on the map");
            if label.clicked() {
                out.push(Ask::Screening(ScreeningAsk::CoverageOf(of.cloned())));
                if !coverage.shown {
                    out.command(Command::Screening(ScreeningCommand::Coverage));
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let font = fonts::mono(state.theme.size.small);
                ui.label(RichText::new(value).font(font)).on_hover_text(hint);
            });
        });
    };
    row(ui, None, "Everybody", "", "");
    for (member, own) in &known.progress.members {
        let seen = format!("{:.0} %", (own.seen_share * 100.0).floor());
        let median = own.median_seconds.map_or_else(|| "–".to_owned(), format::duration);
        let value = format!("{} · {median} · {seen}", format::count(own.settled, "cell", "cells"));
        let hint =
            "Cells settled, time for half of them, and how much of all cells was seen at full resolution";
        row(ui, Some(member), member.name(), &value, hint);
    }
}
