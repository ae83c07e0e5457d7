//! Models that answered: how often they were right, and in which category, as a heat map.

use std::collections::BTreeSet;

use egui::{Align2, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use questions::{Evaluation, ModelScore, Score};
use spatial::format as units;

use super::{heading, quiet};
use crate::fonts;
use crate::state::State;

/// Height of a row, and the width that a category needs at least, in points.
const ROW: f32 = 26.0;
const NARROWEST: f32 = 40.0;
/// Categories that are drawn beside each other; the report has all.
const MOST: usize = 12;

pub fn scores(ui: &mut Ui, state: &State) {
    let Some(evaluation) = state.asking.evaluation.as_deref() else {
        quiet(ui, state, "Counting…");
        return;
    };
    if evaluation.models.is_empty() {
        let text = "No model has answered yet. Ask one on the command line: “orthoscope qa PROJECT evaluate --endpoint URL \
                    --model NAME”, or take answers in with “--answers FILE”.";
        quiet(ui, state, text);
        baselines(ui, state, evaluation);
        return;
    }
    for model in &evaluation.models {
        line(ui, state, model);
    }
    heading(ui, state, "Right by category");
    ScrollArea::horizontal().show(ui, |ui| grid(ui, state, evaluation));
    if let Some(spread) = evaluation.spreads.iter().max_by(|a, b| a.turned.total_cmp(&b.turned)) {
        let text = format!(
            "The way of asking turns {} of the answers of {}.",
            units::percent(spread.turned),
            spread.model
        );
        quiet(ui, state, &text);
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

fn line(ui: &mut Ui, state: &State, model: &ModelScore) {
    let small = || fonts::body(state.theme.size.small);
    ui.add(egui::Label::new(way(model)).truncate());
    let mut about = share(&model.overall);
    for (n, what) in
        [(model.overall.invalid, "not readable"), (model.stale, "stale"), (model.missing, "without a reply")]
    {
        if n > 0 {
            about = format!("{about}, {} {what}", units::count(n as u64));
        }
    }
    let about = RichText::new(about).font(small()).color(*state.theme.color.muted);
    ui.add(egui::Label::new(about).wrap());
}

fn baselines(ui: &mut Ui, state: &State, evaluation: &Evaluation) {
    let best = evaluation.baselines.iter().max_by_key(|one| one.overall.right);
    if let Some(best) = best {
        let text = format!("Without reading, {}: {}.", best.name, share(&best.overall));
        quiet(ui, state, &text);
    }
}

/// Models against categories: the more often right, the fuller the cell.
fn grid(ui: &mut Ui, state: &State, evaluation: &Evaluation) {
    let categories: BTreeSet<&str> =
        evaluation.models.iter().flat_map(|m| m.by_category.iter().map(|part| part.name.as_str())).collect();
    let categories: Vec<&str> = categories.into_iter().take(MOST).collect();
    let n = categories.len().max(1) as f32;
    let width = ((ui.available_width() - 4.0) / n).max(NARROWEST).floor();
    let size = vec2(width * n, ROW * (evaluation.models.len() + 1) as f32);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Table, true, "Right answers by model and category"));
    let theme = &state.theme;
    let (text, muted, accent) = (*theme.color.text, *theme.color.muted, *theme.color.accent);
    let painter = ui.painter().clone();
    for (column, name) in categories.iter().enumerate() {
        let at = pos2(rect.left() + width * (column as f32 + 0.5), rect.top() + ROW / 2.0);
        let cell = Rect::from_center_size(at, vec2(width - 4.0, ROW));
        painter.with_clip_rect(cell.intersect(ui.clip_rect())).text(
            at,
            Align2::CENTER_CENTER,
            name,
            fonts::body(theme.size.small),
            muted,
        );
    }
    let mut told = None;
    for (row, model) in evaluation.models.iter().enumerate() {
        for (column, name) in categories.iter().enumerate() {
            let corner = rect.min + vec2(width * column as f32, ROW * (row as f32 + 1.0));
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
