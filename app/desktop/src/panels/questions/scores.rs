//! Models that answered: how often they were right, as a table with intervals and as a heat map by category; and asking
//! them.

use std::collections::BTreeSet;

use egui::{Align2, Grid, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use questions::{Evaluation, ModelScore, Prompt, Score, Spread};
use spatial::format as units;

use super::{heading, interview, quiet};
use crate::fonts;
use crate::outbox::Outbox;
use crate::state::State;
use crate::widgets::section;

/// Height of a row, and the width that a category needs at least, in points.
const ROW: f32 = 26.0;
const NARROWEST: f32 = 40.0;
/// Categories that are drawn beside each other; the report has all.
const MOST: usize = 12;

pub fn scores(ui: &mut Ui, state: &State, out: &mut Outbox) {
    if state.project.is_none() {
        quiet(ui, state, "No project is open.");
        return;
    }
    // Before it is known whether there are scores, nothing is unfolded that would push them out of sight.
    let Some(evaluation) = state.asking.evaluation.as_deref() else {
        quiet(ui, state, "Counting…");
        return;
    };
    let has_models = !evaluation.models.is_empty();
    // Two names are two states of folding: once there are scores, these are what one looks for.
    let name = if has_models { "Ask again, or another model" } else { "Ask a model" };
    section(ui, name, !has_models, |_| {}, |ui| interview::answers(ui, state, out));
    interview::progress(ui, state, out);
    if has_models {
        heading(ui, state, "Right answers");
        ScrollArea::horizontal().id_salt("right answers").show(ui, |ui| table(ui, state, evaluation));
        heading(ui, state, "Right by category, in percent");
        ScrollArea::horizontal().id_salt("by category").show(ui, |ui| grid(ui, state, evaluation));
        if !evaluation.spreads.is_empty() {
            heading(ui, state, "How much the way of asking matters");
        }
        for spread in &evaluation.spreads {
            variance(ui, state, spread);
        }
    }
    baselines(ui, state, evaluation);
}

/// A model with the way in which it was asked.
fn way(model: &ModelScore) -> String {
    match model.seed {
        Some(seed) => format!("{} · {} · order {seed}", model.model, model.prompt),
        None => format!("{} · {}", model.model, model.prompt),
    }
}

fn share(score: &Score) -> String {
    match (score.accuracy, score.interval) {
        (Some(share), Some([low, high])) => {
            let of = |share: f64| units::decimal(100.0 * share, 0);
            format!("{} ({} – {}), n {}", units::percent(share), of(low), of(high), score.n)
        }
        _ => "nothing to score".to_owned(),
    }
}

/// A share with its interval in a cell.
fn cell(ui: &mut Ui, state: &State, score: &Score) {
    let of = |share: f64| units::decimal(100.0 * share, 0);
    let (text, about) = match (score.accuracy, score.interval) {
        (Some(share), Some([low, high])) => (of(share), format!("{} – {}", of(low), of(high))),
        _ => ("–".to_owned(), String::new()),
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(RichText::new(text).font(fonts::mono(state.theme.size.body)));
        let small = fonts::mono(state.theme.size.small);
        ui.label(RichText::new(about).font(small).color(*state.theme.color.muted));
    })
    .response
    .on_hover_text(share(score));
}

/// Columns behind the model, with what they say.
const COLUMNS: [(&str, &str); 4] = [
    ("Percent", "Share of right answers, with an interval of 95 % (Wilson)"),
    ("Answerable", "Questions that the evidence answers"),
    ("Unanswerable", "Questions that it does not answer: right is to say so"),
    ("n", "Replies that are scored"),
];
/// Width from which a model stands beside its scores and not above them, in points.
const BESIDE: f32 = 460.0;

/// Models by row: all questions, those that can be answered, those that cannot.
fn table(ui: &mut Ui, state: &State, evaluation: &Evaluation) {
    let beside = ui.available_width() >= BESIDE;
    let small = || fonts::body(state.theme.size.small);
    let muted = *state.theme.color.muted;
    let head = |ui: &mut Ui, (name, about): (&str, &str)| {
        ui.label(RichText::new(name).font(small()).color(muted)).on_hover_text(about);
    };
    let columns = if beside { 5 } else { 4 };
    let room = ui.available_width();
    Grid::new(("scores of models", beside)).num_columns(columns).spacing(vec2(12.0, 4.0)).show(ui, |ui| {
        if beside {
            head(ui, ("Model", "How it was asked stands behind it"));
        }
        for column in COLUMNS {
            head(ui, column);
        }
        ui.end_row();
        for model in &evaluation.models {
            if beside {
                ui.scope(|ui| {
                    ui.set_max_width(170.0);
                    name(ui, model);
                });
            } else {
                // Over all columns, which a cell is not: it takes no width of its own.
                let (rect, _) = ui.allocate_exact_size(vec2(0.0, 18.0), Sense::hover());
                let line = Rect::from_min_size(rect.left_top(), vec2(room, 18.0));
                name(&mut ui.new_child(egui::UiBuilder::new().max_rect(line)), model);
                ui.end_row();
            }
            for score in [&model.overall, &model.answerable, &model.unanswerable] {
                cell(ui, state, score);
            }
            ui.label(
                RichText::new(units::count(model.overall.n as u64)).font(fonts::mono(state.theme.size.small)),
            );
            ui.end_row();
        }
    });
}

/// What a model is called and how it was asked; what else there is to say of its replies at the pointer.
fn name(ui: &mut Ui, model: &ModelScore) {
    let name = way(model);
    let mut about = name.clone();
    for (n, what) in
        [(model.overall.invalid, "not readable"), (model.stale, "stale"), (model.missing, "without a reply")]
    {
        if n > 0 {
            about = format!("{about}\n{} {what}", units::count(n as u64));
        }
    }
    about = format!("{about}\n{} tokens", units::count(model.tokens));
    ui.add(egui::Label::new(name).truncate()).on_hover_text(about);
}

fn variance(ui: &mut Ui, state: &State, spread: &Spread) {
    let of = |share: f64| units::decimal(100.0 * share, 1);
    let text = format!(
        "{}: {} to {} % right over {} ways, standard deviation {} points; {} of {} questions turn with the way of asking.",
        spread.model,
        of(spread.lowest),
        of(spread.highest),
        spread.ways,
        of(spread.deviation),
        units::percent(spread.turned),
        units::count(spread.n as u64),
    );
    quiet(ui, state, &text);
}

fn baselines(ui: &mut Ui, state: &State, evaluation: &Evaluation) {
    let best = evaluation.baselines.iter().max_by_key(|one| one.overall.right);
    if let Some(best) = best {
        let text = format!("Without reading, {}: {}.", best.name, share(&best.overall));
        quiet(ui, state, &text);
    }
}

/// A model with its way of asking, as short as a row of a picture can hold.
fn short_way(model: &ModelScore) -> String {
    let prompt = Prompt::ALL.into_iter().find(|prompt| prompt.key() == model.prompt);
    let words = prompt.map_or_else(|| model.prompt.clone(), |prompt| interview::words(prompt).to_lowercase());
    let order = model.seed.map_or_else(String::new, |seed| format!(", order {seed}"));
    format!("{}: {words}{order}", model.model)
}

/// Models against categories: the more often right, the fuller the cell. Each model's name stands above its row.
fn grid(ui: &mut Ui, state: &State, evaluation: &Evaluation) {
    let categories: BTreeSet<&str> =
        evaluation.models.iter().flat_map(|m| m.by_category.iter().map(|part| part.name.as_str())).collect();
    let categories: Vec<&str> = categories.into_iter().take(MOST).collect();
    let n = categories.len().max(1) as f32;
    let width = ((ui.available_width() - 4.0) / n).max(NARROWEST).floor();
    let size = vec2(width * n, ROW + 2.0 * ROW * evaluation.models.len() as f32);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Table, true, "Right answers by model and category"));
    let theme = &state.theme;
    let (text, muted, accent) = (*theme.color.text, *theme.color.muted, *theme.color.accent);
    let painter = ui.painter().clone();
    for (column, name) in categories.iter().enumerate() {
        let at = pos2(rect.left() + width * (column as f32 + 0.5), rect.top() + ROW / 2.0);
        let cell = Rect::from_center_size(at, vec2(width - 4.0, ROW));
        let font = fonts::body(theme.size.small);
        painter.with_clip_rect(cell.intersect(ui.clip_rect())).text(
            at,
            Align2::CENTER_CENTER,
            name,
            font,
            muted,
        );
    }
    let mut told = None;
    for (row, model) in evaluation.models.iter().enumerate() {
        let top = rect.top() + ROW + 2.0 * ROW * row as f32;
        let line = Rect::from_min_size(pos2(rect.left(), top), vec2(size.x, ROW));
        let name = painter.with_clip_rect(line.intersect(ui.clip_rect()));
        let at = line.left_center() + vec2(0.0, 4.0);
        name.text(at, Align2::LEFT_CENTER, short_way(model), fonts::body(theme.size.small), text);
        for (column, name) in categories.iter().enumerate() {
            let corner = pos2(rect.left() + width * column as f32, top + ROW);
            let cell = Rect::from_min_size(corner, vec2(width, ROW)).shrink(1.0);
            let part = model.by_category.iter().find(|part| part.name == *name);
            let Some((part, accuracy)) = part.and_then(|part| Some((part, part.score.accuracy?))) else {
                continue;
            };
            painter.rect_filled(cell, 2.0, accent.gamma_multiply(0.08 + 0.6 * accuracy as f32));
            let percent = units::decimal(100.0 * accuracy, 0);
            painter.text(cell.center(), Align2::CENTER_CENTER, percent, fonts::mono(theme.size.small), text);
            if response.hover_pos().is_some_and(|at| cell.contains(at)) {
                told = Some(format!("{}\n{name}: {}", way(model), share(&part.score)));
            }
        }
    }
    if let Some(told) = told {
        response.on_hover_text(told);
    }
}
