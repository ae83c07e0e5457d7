//! Pairs, classes and members as rows, and every number as a table to copy.

use std::fmt::Write as _;

use agreement::{Agreement, Coefficient};
use egui::{RichText, Ui};
use project::review::MemberThroughput;
use project::{Author, Project};
use spatial::format as units;

use super::figures::coefficient;
use crate::fonts;
use crate::format::count;
use crate::panels::region::class_name;
use crate::review::Figures;
use crate::state::State;
use crate::widgets::value_row;

/// Pairs of members shown before the rest is counted only.
const PAIRS: usize = 30;

pub(super) fn pairs(ui: &mut Ui, state: &State, agreement: &Agreement) {
    ui.spacing_mut().item_spacing.y = 0.0;
    if agreement.cohen_kappa.is_empty() {
        ui.label(RichText::new("No two members have a case in common.").color(*state.theme.color.muted));
    }
    for pair in agreement.cohen_kappa.iter().take(PAIRS) {
        let name = format!("{} · {}", pair.a, pair.b);
        let text = format!("κ {}  n {}", coefficient(pair.kappa), units::count(pair.n as u64));
        let weighted = format!(
            "Cohen’s κ over {}, of which {} alike: 1 is full agreement, 0 what both members’ habits give by \
             chance. It deceives when one class prevails or the cases are few.\nweighted linearly {}, \
             quadratically {}",
            count(pair.n, "common case", "common cases"),
            units::percent(pair.percent / 100.0),
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

pub(super) fn classes(ui: &mut Ui, state: &State, project: &Project, agreement: &Agreement) {
    ui.spacing_mut().item_spacing.y = 0.0;
    if agreement.per_class.is_empty() {
        ui.label(RichText::new("No votes yet.").color(*state.theme.color.muted));
    }
    // In the order of the schema, not of the alphabet.
    let classes = project.schema().map(|s| s.classes.iter().map(|c| &c.code).collect::<Vec<_>>());
    for (code, one) in
        classes.iter().flatten().filter_map(|code| agreement.per_class.get_key_value(code.as_str()))
    {
        let share = one.agreement.map_or_else(|| "–".to_owned(), units::percent);
        let text = format!("{share}  α {}", coefficient(one.krippendorff_alpha));
        let tooltip = format!(
            "When one member sees it, how often another does too: {share}. α and AC1 {} of this class against \
             all others; a rare class has a low α after few disagreements.\n{} on {}",
            coefficient(one.ac1),
            count(one.votes, "vote", "votes"),
            count(one.cases, "case", "cases"),
        );
        value_row(ui, &class_name(project, code), &text, true).on_hover_text(tooltip);
    }
}

pub(super) fn members(ui: &mut Ui, state: &State, throughput: &[MemberThroughput]) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let present: Author = state.author();
    for one in throughput {
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
pub(super) fn csv(project: &Project, figures: &Figures) -> String {
    let mut rows = String::from("part,item,measure,value\n");
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut row = |part: &str, item: &str, measure: &str, value: Option<f64>| {
        let value = value.map(|v| v.to_string()).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(rows, "{part},{},{measure},{value}", quoted(item));
    };
    for (part, agreement) in [("blind", &figures.blind), ("stage_one", &figures.stage_one)] {
        for of in Coefficient::ALL {
            row(part, "", of.name(), of.of(agreement));
            let interval = of.interval(&figures.refined.intervals).filter(|_| part == "blind");
            row(part, "", &format!("{} 2.5 %", of.name()), interval.map(|i| i[0]));
            row(part, "", &format!("{} 97.5 %", of.name()), interval.map(|i| i[1]));
        }
        row(part, "", "cases", Some(agreement.cases as f64));
        row(part, "", "votes", Some(agreement.votes as f64));
        for pair in &agreement.cohen_kappa {
            let item = format!("{} / {}", pair.a, pair.b);
            row(part, &item, "cohen_kappa", pair.kappa);
            row(part, &item, "n", Some(pair.n as f64));
        }
        for (code, one) in &agreement.per_class {
            row(part, code, "class_agreement", one.agreement);
            row(part, code, "class_alpha", one.krippendorff_alpha);
            row(part, code, "class_ac1", one.ac1);
        }
    }
    for (from, to) in &figures.refined.transitions {
        for (to, n) in to {
            let name = |code: &str| class_name(project, code);
            let item = format!("{} → {}", name(from.as_str()), name(to.as_str()));
            row("transition", &item, "cases", Some(*n as f64));
        }
    }
    for one in &figures.refined.throughput {
        row("member", one.member.name(), "labels", Some(one.labels as f64));
        row("member", one.member.name(), "votes", Some(one.votes as f64));
        row("member", one.member.name(), "label_seconds", one.label_seconds);
        row("member", one.member.name(), "vote_seconds", one.vote_seconds);
    }
    for one in &figures.refined.reliability {
        row("member", &one.member, "reliability", Some(one.accuracy));
    }
    rows
}
