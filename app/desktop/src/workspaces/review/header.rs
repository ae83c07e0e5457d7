//! What is being judged at which stage, and how well members agree.

use std::sync::Arc;

use editing::{Command, Keymap, Pane, ReviewCommand};
use egui::{Align, Layout, RichText, Ui};
use project::review::{Outcome, Stage};
use project::{Project, RegionId};
use spatial::format as units;

use super::{course, figures};
use crate::cards::GridAsk;
use crate::commands::tooltip;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::review::{Figures, ReviewAsk};
use crate::state::State;
use crate::widgets::tab;

/// Words have at least this room beside the place in the list, in points.
const LEAST_WORDS: f32 = 96.0;
/// The course of agreement is drawn where this much is left for it and the words, in points.
const ROOM_FOR_COURSE: f32 = 440.0;
/// Narrower than this, agreement is one number.
const WIDE: f32 = 640.0;

pub(super) fn show(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let theme = &state.theme;
    ui.allocate_ui_with_layout(
        egui::vec2(ui.available_width(), 32.0),
        Layout::right_to_left(Align::Center),
        |ui| {
            agreement(ui, state, out);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                kinds(ui, state, keymap, out);
                // The place in the list has its room before the words have theirs.
                let place = place(ui, state).filter(|p| p.size().x + LEAST_WORDS < ui.available_width());
                let taken = place.as_ref().map_or(0.0, |p| p.size().x + theme.space.m);
                let room = egui::vec2(ui.available_width() - taken, ui.available_height());
                let text = RichText::new(words(state)).font(fonts::medium(theme.size.body + 1.0));
                ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
                    ui.add(egui::Label::new(text).truncate());
                });
                if let Some(place) = place {
                    ui.label(place).on_hover_text("Place in the list, the most disputed first");
                }
            });
        },
    );
}

/// One card, or many.
fn kinds(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let command = Command::Review(ReviewCommand::Grid);
    for (open, text) in [(false, "Card"), (true, "Grid")] {
        let tab = tab(ui, text, state.review.grid.open == open, 26.0);
        if tab.on_hover_text(tooltip(keymap, command)).clicked() && state.review.grid.open != open {
            out.push(Ask::Review(ReviewAsk::Grid(GridAsk::Open(open))));
        }
    }
    ui.add_space(state.theme.space.s);
}

/// `1 of 81`, laid out.
fn place(ui: &Ui, state: &State) -> Option<Arc<egui::Galley>> {
    let theme = &state.theme;
    let of = units::count(state.review.count() as u64);
    let text = format!("{} of {of}", units::count(state.review.place()? as u64 + 1));
    Some(ui.painter().layout_no_wrap(text, fonts::mono(theme.size.small), *theme.color.muted))
}

/// The stage in words.
fn words(state: &State) -> String {
    let chosen = state.review.targets().len();
    if chosen > 1 {
        return format!("{} · {} cards chosen", state.review.stage.text(), units::count(chosen as u64));
    }
    let (Some(project), Some(case)) = (state.content(), state.review.case()) else {
        return match state.review.stage {
            Stage::One => "Stage 1 · a second look at every label".to_owned(),
            Stage::Two => "Stage 2 · blind committee votes on what is disputed".to_owned(),
            Stage::Lead => "The lead decides what the committee is divided on".to_owned(),
        };
    };
    match state.review.stage {
        Stage::One => stage_one(state, project, case),
        Stage::Two => stage_two(project, case, &project.outcome(case)),
        Stage::Lead => "The committee is divided · your word decides".to_owned(),
    }
}

fn stage_one(state: &State, project: &Project, case: RegionId) -> String {
    let member = state.author();
    let Some((_, label)) = project.label_of(case) else {
        return "Stage 1 · nobody has labelled this object".to_owned();
    };
    if crate::review::is_own(project, case, &member) {
        return "Stage 1 · your own label: somebody else reviews it".to_owned();
    }
    let voted = project.votes_on(case).any(|v| v.member == member && v.stage == Stage::One);
    if voted {
        return format!("Stage 1 · you have judged {}’s label; a new verdict supersedes yours", label.author);
    }
    if !label.replies_to.is_empty() {
        return format!("Stage 1 · {} has answered the review; your verdict on the label", label.author);
    }
    format!("Stage 1 · your verdict on {}’s label", label.author)
}

fn stage_two(project: &Project, case: RegionId, outcome: &Outcome) -> String {
    if project.committee_is_complete(case) {
        return format!("Stage 2 · the committee is complete: {}", lower(outcome.state.text()));
    }
    let cast = project.committee_members(case).len();
    let size = project.settings().rule.committee_size.max(1);
    format!("Stage 2, blind · {cast} of {size} votes")
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

/// One number with its interval; a click shows what is behind it.
fn agreement(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let shown = state.arrangement().is_open(Pane::Agreement);
    let Some(figures) = &state.review.figures else {
        ui.label(RichText::new("Agreement is being computed…").color(*state.theme.color.muted));
        return;
    };
    let text = if ui.available_width() > WIDE { summary(figures) } else { short(figures) };
    let tooltip =
        "Krippendorff’s α of committee votes that were cast blind, with the middle 95 % of resampled cases";
    let response = ui.selectable_label(shown, RichText::new(&text).font(fonts::body(state.theme.size.body)));
    if response.on_hover_text(tooltip).clicked() {
        out.push(Ask::ShowPane(if shown { Pane::Votes } else { Pane::Agreement }));
    }
    if ui.available_width() > ROOM_FOR_COURSE {
        course::sparkline(ui, state, figures);
    }
}

/// The number alone, where there is no room for more.
fn short(figures: &Figures) -> String {
    figures.alpha().map_or_else(
        || "Agreement".to_owned(),
        |(alpha, _)| format!("α {}", figures::coefficient(Some(alpha))),
    )
}

/// `Agreement α 0.71 (0.62 – 0.79)  82 %  κ 0.68`.
pub(super) fn summary(figures: &Figures) -> String {
    let Some((alpha, _)) = figures.alpha() else {
        return match figures.blind.percent {
            Some(percent) => format!("Agreement {}", units::percent(percent / 100.0)),
            None => "Agreement: no committee is complete yet".to_owned(),
        };
    };
    let mut parts = vec![format!("Agreement α {}", figures::coefficient(Some(alpha)))];
    if let Some([low, high]) = figures.interval() {
        let [low, high] = [low, high].map(|v| figures::coefficient(Some(v)));
        parts.push(format!("({low} – {high})"));
    }
    parts.extend(figures.blind.percent.map(|p| format!(" {}", units::percent(p / 100.0))));
    let kappa = figures.blind.fleiss_kappa;
    parts.extend(kappa.map(|k| format!(" Fleiss κ {}", figures::coefficient(Some(k)))));
    parts.join(" ")
}
