//! Agreement in numbers, what review changed, and who did how much.

use std::fmt::Write as _;

use egui::{RichText, Ui};
use project::review::Agreement;
use project::{Author, Project};
use spatial::format as units;

use super::{course, matrix};
use crate::fonts;
use crate::format::count;
use crate::panels::{between, region::class_name};
use crate::review::Figures;
use crate::state::State;
use crate::widgets::{section, value_row};

/// Pairs of members shown before the rest is counted only.
const PAIRS: usize = 30;

pub(super) fn show(ui: &mut Ui, state: &State) {
    let (Some(project), Some(figures)) = (state.content(), &state.review.figures) else {
        ui.add_space(4.0);
        ui.label(RichText::new("Agreement is being computed…").color(*state.theme.color.muted));
        return;
    };
    let copy = |ui: &mut Ui| {
        if ui.small_button("Copy CSV").on_hover_text("Every number of this panel as a table").clicked() {
            ui.ctx().copy_text(csv(project, figures));
        }
    };
    section(ui, "Committee, blind", true, copy, |ui| {
        coefficients(ui, state, &figures.blind, figures.interval);
    });
    between(ui);
    let copy = |ui: &mut Ui| {
        let about = "α after each completed committee, in the order of the votes, as a table";
        if ui.small_button("Copy CSV").on_hover_text(about).clicked() {
            ui.ctx().copy_text(course::csv(figures));
        }
    };
    section(ui, "α over time", true, copy, |ui| course::plot(ui, state, figures));
    between(ui);
    section(ui, "Pairs of members", true, |_| {}, |ui| pairs(ui, state, &figures.blind));
    between(ui);
    section(ui, "By class", true, |_| {}, |ui| classes(ui, state, project, &figures.blind));
    between(ui);
    section(
        ui,
        "What review changed",
        true,
        |_| {},
        |ui| {
            matrix::show(ui, state, project, &figures.transitions);
        },
    );
    between(ui);
    section(
        ui,
        "Stage 1: label and review",
        false,
        |_| {},
        |ui| {
            coefficients(ui, state, &figures.stage_one, None);
        },
    );
    between(ui);
    section(ui, "Members", true, |_| {}, |ui| members(ui, state, figures));
}

/// A coefficient to two decimals with a true minus; a dash where it is not defined.
pub(super) fn coefficient(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |v| units::decimal(v, 2))
}

fn coefficients(ui: &mut Ui, state: &State, agreement: &Agreement, interval: Option<[f64; 2]>) {
    if agreement.votes == 0 {
        let text = "No case has its whole committee yet. Numbers stand here when the first one does.";
        ui.label(RichText::new(text).color(*state.theme.color.muted));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let alpha = &agreement.krippendorff_alpha;
    value_row(ui, "α ordinal", &coefficient(alpha.ordinal), true);
    value_row(ui, "α nominal", &coefficient(alpha.nominal), true);
    value_row(ui, "α interval", &coefficient(alpha.interval), true);
    if let Some([low, high]) = interval {
        let text = format!("{} – {}", coefficient(Some(low)), coefficient(Some(high)));
        let which = if alpha.ordinal.is_some() { "95 % of α ordinal" } else { "95 % of α nominal" };
        value_row(ui, which, &text, true)
            .on_hover_text("The middle 95 % over 1 000 resamplings of the cases");
    }
    value_row(ui, "Fleiss κ", &coefficient(agreement.fleiss_kappa), true);
    let percent = agreement.percent.map_or_else(|| "–".to_owned(), |p| units::percent(p / 100.0));
    value_row(ui, "Equal pairs of votes", &percent, true);
    value_row(ui, "Cases", &units::count(agreement.cases as u64), true);
    value_row(ui, "Votes", &units::count(agreement.votes as u64), true);
}

fn pairs(ui: &mut Ui, state: &State, agreement: &Agreement) {
    ui.spacing_mut().item_spacing.y = 0.0;
    if agreement.cohen_kappa.is_empty() {
        ui.label(RichText::new("No two members have a case in common.").color(*state.theme.color.muted));
    }
    for pair in agreement.cohen_kappa.iter().take(PAIRS) {
        let name = format!("{} · {}", pair.a, pair.b);
        let text = format!("κ {}  n {}", coefficient(pair.kappa), units::count(pair.n as u64));
        let weighted = format!(
            "Cohen’s κ over {}\nweighted linearly {}, quadratically {}",
            count(pair.n, "common case", "common cases"),
            coefficient(pair.linear),
            coefficient(pair.quadratic),
        );
        value_row(ui, &name, &text, true).on_hover_text(weighted);
    }
    if agreement.cohen_kappa.len() > PAIRS {
        let text = format!("and {} more; Copy CSV has them all", agreement.cohen_kappa.len() - PAIRS);
        ui.label(
            RichText::new(text).font(fonts::body(state.theme.size.small)).color(*state.theme.color.muted),
        );
    }
}

fn classes(ui: &mut Ui, state: &State, project: &Project, agreement: &Agreement) {
    ui.spacing_mut().item_spacing.y = 0.0;
    if agreement.per_class.is_empty() {
        ui.label(RichText::new("No votes yet.").color(*state.theme.color.muted));
    }
    // In the order of the schema, not of the alphabet.
    let classes = project.schema().map(|s| s.classes.iter().map(|c| &c.code).collect::<Vec<_>>());
    for (code, one) in classes.iter().flatten().filter_map(|code| agreement.per_class.get_key_value(*code)) {
        let share = one.agreement.map_or_else(|| "–".to_owned(), units::percent);
        let text = format!("{share}  α {}", coefficient(one.krippendorff_alpha));
        let tooltip = format!(
            "When one member sees it, how often another does too: {share}\n{} on {}",
            count(one.votes, "vote", "votes"),
            count(one.cases, "case", "cases"),
        );
        value_row(ui, &class_name(project, code.as_str()), &text, true).on_hover_text(tooltip);
    }
}

fn members(ui: &mut Ui, state: &State, figures: &Figures) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let present: Author = state.author();
    for one in &figures.throughput {
        let mut parts = Vec::new();
        if one.labels > 0 {
            parts.push(timed(&count(one.labels, "label", "labels"), one.label_seconds));
        }
        if one.votes > 0 {
            parts.push(timed(&count(one.votes, "vote", "votes"), one.vote_seconds));
        }
        let name =
            if one.member == present { format!("{} (you)", one.member) } else { one.member.to_string() };
        value_row(ui, &name, &parts.join(" · "), false)
            .on_hover_text("Median seconds of those that were timed");
    }
}

fn timed(text: &str, seconds: Option<f64>) -> String {
    seconds.map_or(text.to_owned(), |s| format!("{text} at {}\u{a0}s", units::decimal(s, 1)))
}

/// Every number as a table: part, item, measure, value.
fn csv(project: &Project, figures: &Figures) -> String {
    let mut rows = String::from("part,item,measure,value\n");
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut row = |part: &str, item: &str, measure: &str, value: Option<f64>| {
        let value = value.map(|v| v.to_string()).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(rows, "{part},{},{measure},{value}", quoted(item));
    };
    for (part, agreement) in [("blind", &figures.blind), ("stage_one", &figures.stage_one)] {
        let alpha = &agreement.krippendorff_alpha;
        row(part, "", "alpha_nominal", alpha.nominal);
        row(part, "", "alpha_ordinal", alpha.ordinal);
        row(part, "", "alpha_interval", alpha.interval);
        row(part, "", "fleiss_kappa", agreement.fleiss_kappa);
        row(part, "", "percent", agreement.percent);
        row(part, "", "cases", Some(agreement.cases as f64));
        row(part, "", "votes", Some(agreement.votes as f64));
        for pair in &agreement.cohen_kappa {
            let item = format!("{} / {}", pair.a, pair.b);
            row(part, &item, "cohen_kappa", pair.kappa);
            row(part, &item, "n", Some(pair.n as f64));
        }
        for (code, one) in &agreement.per_class {
            row(part, code.as_str(), "class_agreement", one.agreement);
            row(part, code.as_str(), "class_alpha", one.krippendorff_alpha);
        }
    }
    for (from, to) in &figures.transitions {
        for (to, n) in to {
            let name = |code: &str| class_name(project, code);
            let item = format!("{} → {}", name(from.as_str()), name(to.as_str()));
            row("transition", &item, "cases", Some(*n as f64));
        }
    }
    for one in &figures.throughput {
        row("member", one.member.name(), "labels", Some(one.labels as f64));
        row("member", one.member.name(), "votes", Some(one.votes as f64));
        row("member", one.member.name(), "label_seconds", one.label_seconds);
        row("member", one.member.name(), "vote_seconds", one.vote_seconds);
    }
    rows
}
