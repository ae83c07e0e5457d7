//! The rules of the review: in words, and, for whoever leads, to be changed by picking.

use egui::{DragValue, RichText, TextEdit, Ui};
use project::Role;
use project::review::{Quorum, ReturnsTo, Rule, Ties};

use crate::committee::CommitteeAsk;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::panels::between;
use crate::state::State;
use crate::widgets::{combo, section, text_button};

const QUORUMS: [(Quorum, &str); 4] = [
    (Quorum::Majority, "more than half"),
    (Quorum::TwoThirds, "two thirds"),
    (Quorum::Unanimous, "all alike"),
    (Quorum::Weighted, "more than half, by weight"),
];
const TIES: [(Ties, &str); 2] = [(Ties::Return, "it goes back"), (Ties::Lead, "a lead decides")];
const BACK: [(ReturnsTo, &str); 2] =
    [(ReturnsTo::Author, "whoever labelled it"), (ReturnsTo::Senior, "somebody senior")];

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(project) = state.content() else { return };
    let rule = &project.settings().rule;
    section(
        ui,
        "In words",
        true,
        |_| {},
        |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for line in rule.in_words() {
                ui.add(egui::Label::new(line).wrap());
            }
        },
    );
    between(ui);
    let leads = project.may_manage(&state.author());
    section(
        ui,
        "Change",
        leads,
        |_| {},
        |ui| {
            if !leads {
                let text = "A lead of the project changes its rules.";
                ui.label(RichText::new(text).color(*state.theme.color.muted));
                return;
            }
            let mut changed = rule.clone();
            ui.add_enabled_ui(state.read_only().is_none(), |ui| edit(ui, state, &mut changed));
            if changed != *rule {
                out.push(Ask::Committee(CommitteeAsk::Rule(Box::new(changed))));
            }
        },
    );
    between(ui);
    ui.horizontal(|ui| {
        if leads && text_button(ui, "Import…").on_hover_text("Take the rules of a TOML file over").clicked()
        {
            out.push(Ask::Committee(CommitteeAsk::ImportRules));
        }
        if text_button(ui, "Export…").on_hover_text("Save the rules as TOML, for other projects").clicked()
        {
            out.push(Ask::Committee(CommitteeAsk::ExportRules));
        }
    });
}

fn edit(ui: &mut Ui, state: &State, rule: &mut Rule) {
    ui.spacing_mut().item_spacing.y = 6.0;
    number(ui, "Reviews of a label", &mut rule.stage_one_reviews, 0..=9, "");
    number(ui, "Committee", &mut rule.committee_size, 1..=99, " votes");
    pick(ui, "It settles by", &mut rule.quorum, &QUORUMS);
    pick(ui, "Where it is divided", &mut rule.ties, &TIES);
    number(ui, "Outlines overlap by", &mut rule.least_iou, 0..=100, " %");
    pick(ui, "What is returned goes to", &mut rule.returns_to, &BACK);
    let roles = Role::ALL.map(|role| {
        let text = match role {
            Role::Annotator => "everybody",
            Role::Reviewer => "reviewers and above",
            Role::Committee => "committee and leads",
            Role::Lead => "leads",
        };
        (role, text)
    });
    pick(ui, "Reviews are by", &mut rule.reviewers, &roles);
    pick(ui, "Committee votes are by", &mut rule.voters, &roles);
    ui.checkbox(&mut rule.self_review, "Members review their own labels");
    ui.checkbox(&mut rule.sealed, "Votes are sealed until all are cast");
    if rule.quorum == Quorum::Weighted {
        weights(ui, state, rule);
    }
    reasons(ui, state, rule);
}

fn row(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal_wrapped(|ui| {
        ui.label(name);
        content(ui);
    });
}

fn number(ui: &mut Ui, name: &str, value: &mut u32, range: std::ops::RangeInclusive<u32>, unit: &str) {
    row(ui, name, |ui| {
        let field = DragValue::new(value).range(range).suffix(unit.to_owned());
        let response = ui.add(field);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, name));
    });
}

fn pick<T: Copy + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, offered: &[(T, &str)]) {
    row(ui, name, |ui| {
        let text = offered.iter().find(|(one, _)| one == value).map_or("", |(_, text)| *text);
        let list = combo(("rule", name), text, 150.0).show_ui(ui, |ui| {
            for (one, text) in offered {
                ui.selectable_value(value, *one, *text);
            }
        });
        list.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, name));
    });
}

/// How often each member's vote counts.
fn weights(ui: &mut Ui, state: &State, rule: &mut Rule) {
    let members = crate::review::members(state.content(), &state.author());
    for member in members {
        let before = rule.weights.get(member.name()).copied().unwrap_or(1);
        let mut weight = before;
        number(ui, &format!("{member} counts"), &mut weight, 0..=99, " ×");
        if weight != before {
            rule.weights.insert(member.name().to_owned(), weight);
        }
    }
}

/// Reasons of a rejection, one a line, taken over when the field is left.
fn reasons(ui: &mut Ui, state: &State, rule: &mut Rule) {
    let id = egui::Id::unique("rule reasons");
    let held = rule.reasons.join("\n");
    let mut typed: String = ui.data(|d| d.get_temp(id)).unwrap_or_else(|| held.clone());
    let title = RichText::new("Reasons of a rejection, one a line").font(fonts::body(state.theme.size.small));
    ui.label(title.color(*state.theme.color.muted));
    let edit = TextEdit::multiline(&mut typed).desired_rows(3).desired_width(f32::INFINITY);
    let response = ui.add(edit.hint_text("Any words"));
    if response.has_focus() {
        ui.data_mut(|d| d.insert_temp(id, typed));
        return;
    }
    ui.data_mut(|d| d.remove::<String>(id));
    if response.lost_focus() && typed != held {
        rule.reasons =
            typed.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    }
}
