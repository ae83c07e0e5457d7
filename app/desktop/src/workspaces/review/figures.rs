//! Agreement in numbers, what review changed, and who did how much.

use agreement::{Agreement, Coefficient, Intervals};
use editing::{Command, ReviewCommand};
use egui::{RichText, Ui};
use spatial::format as units;

use super::{course, matrix, reliability, tables};
use crate::fonts;
use crate::outbox::Outbox;
use crate::panels::between;
use crate::state::State;
use crate::widgets::{section, text_button, value_row};

/// Numbers that are always shown; the others where somebody unfolds them.
const FIRST: [Coefficient; 6] = [
    Coefficient::AlphaOrdinal,
    Coefficient::AlphaNominal,
    Coefficient::FleissKappa,
    Coefficient::Ac1,
    Coefficient::Ac2Quadratic,
    Coefficient::Percent,
];

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let (Some(project), Some(figures)) = (state.content(), &state.review.figures) else {
        ui.add_space(4.0);
        ui.label(RichText::new("Agreement is being computed…").color(*state.theme.color.muted));
        return;
    };
    let report = Command::Review(ReviewCommand::Report);
    ui.add_space(4.0);
    if text_button(ui, &report.text()).on_hover_text(report.tooltip()).clicked() {
        out.command(report);
    }
    between(ui);
    let refined = &figures.refined;
    let copy = |ui: &mut Ui| {
        if ui.small_button("Copy CSV").on_hover_text("Every number of this panel as a table").clicked() {
            ui.ctx().copy_text(tables::csv(project, figures));
        }
    };
    section(ui, "Committee, blind", true, copy, |ui| {
        coefficients(ui, state, &figures.blind, &refined.intervals);
    });
    between(ui);
    section(
        ui,
        "Who sees what for what",
        true,
        |_| {},
        |ui| {
            matrix::confusion(ui, state, project, &figures.confusion());
        },
    );
    between(ui);
    let copy = |ui: &mut Ui| {
        let about = "α after each completed committee, in the order of the votes, as a table";
        if ui.small_button("Copy CSV").on_hover_text(about).clicked() {
            ui.ctx().copy_text(course::csv(figures));
        }
    };
    section(ui, "α over time", true, copy, |ui| course::plot(ui, state, figures));
    between(ui);
    section(ui, "Member reliability", true, |_| {}, |ui| reliability::show(ui, state, &refined.reliability));
    between(ui);
    section(ui, "Pairs of members", true, |_| {}, |ui| tables::pairs(ui, state, &figures.blind));
    between(ui);
    section(ui, "By class", true, |_| {}, |ui| tables::classes(ui, state, project, &figures.blind));
    between(ui);
    section(
        ui,
        "What review changed",
        true,
        |_| {},
        |ui| {
            matrix::transitions(ui, state, project, &refined.transitions);
        },
    );
    between(ui);
    section(
        ui,
        "Stage 1: label and review",
        false,
        |_| {},
        |ui| {
            coefficients(ui, state, &figures.stage_one, &Intervals::default());
        },
    );
    between(ui);
    section(ui, "Members", true, |_| {}, |ui| tables::members(ui, state, &refined.throughput));
}

/// Names that leave a number with its interval room in a narrow panel.
const fn name(of: Coefficient) -> &'static str {
    match of {
        Coefficient::Ac2Quadratic => "AC2 quadratic",
        Coefficient::Percent => "Equal pairs",
        _ => of.name(),
    }
}

/// A coefficient to two decimals with a true minus; a dash where it is not defined.
pub(super) fn coefficient(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |v| units::decimal(v, 2))
}

/// The same with its interval, `0.71 (0.62 – 0.79)`, or in percent.
fn with_interval(of: Coefficient, agreement: &Agreement, intervals: &Intervals) -> String {
    let percent = of == Coefficient::Percent;
    let word = |value: f64| if percent { units::percent(value / 100.0) } else { coefficient(Some(value)) };
    let Some(value) = of.of(agreement) else { return "–".to_owned() };
    match of.interval(intervals) {
        Some([low, high]) if percent => format!("{} ({} – {})", word(value), bare(low), word(high)),
        Some([low, high]) => format!("{} ({} – {})", word(value), word(low), word(high)),
        None => word(value),
    }
}

/// A percentage without its sign, before one that has it.
fn bare(percent: f64) -> String {
    units::percent(percent / 100.0).trim_end_matches('%').trim_end().to_owned()
}

fn coefficients(ui: &mut Ui, state: &State, agreement: &Agreement, intervals: &Intervals) {
    if agreement.votes == 0 {
        let text = "No case has its whole committee yet. Numbers stand here when the first one does.";
        ui.label(RichText::new(text).color(*state.theme.color.muted));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    for of in FIRST.into_iter().filter(|of| of.of(agreement).is_some() || *of == Coefficient::Percent) {
        let text = with_interval(of, agreement, intervals);
        let mut about = of.about().to_owned();
        if of.interval(intervals).is_some() {
            about.push_str("\nIn brackets: the middle 95 % over 1 000 resamplings of the cases.");
        }
        value_row(ui, name(of), &text, true).on_hover_text(about);
    }
    let text = format!(
        "{} votes by {} members on {} cases",
        units::count(agreement.votes as u64),
        units::count(agreement.members as u64),
        units::count(agreement.cases as u64)
    );
    let text = RichText::new(text).font(fonts::body(state.theme.size.small)).color(*state.theme.color.muted);
    ui.add(egui::Label::new(text).wrap());
}
