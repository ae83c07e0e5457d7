//! Classes against classes as heat maps: what review changed, and who takes what for what.

use agreement::Sums;
use egui::{Align2, Color32, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use project::review::Transitions;
use project::{Class, ClassCode, Project};
use spatial::format as units;

use crate::fonts;
use crate::panels::classes::class_color;
use crate::state::State;
use crate::widgets::class_swatch;

/// Classes drawn; matrices of more are for the CSV.
const CLASSES: usize = 12;
const HEAD: f32 = 26.0;

/// Label classes against settled classes.
pub(super) fn transitions(ui: &mut Ui, state: &State, project: &Project, transitions: &Transitions) {
    let occurs = |code: &ClassCode| {
        transitions.contains_key(code) || transitions.values().any(|row| row.contains_key(code))
    };
    let classes: Vec<&Class> =
        project.schema().map(|s| s.classes.iter().filter(|c| occurs(&c.code)).collect()).unwrap_or_default();
    let count = |from: usize, to: usize| {
        let row = transitions.get(&classes[from].code);
        row.and_then(|row| row.get(&classes[to].code)).copied().unwrap_or(0) as f64
    };
    let moved: f64 = off_diagonal(classes.len(), count);
    let map = Map {
        name: &format!("What review changed: {moved} cases changed class"),
        empty: "Nothing is settled yet. Rows are what annotators said, columns what it was settled as.",
        below: "Rows: what annotators said. Columns: what it was settled as.",
        classes: &classes,
    };
    show(ui, state, &map, count, |from, to| {
        let cases = units::count(count(from, to) as u64);
        format!("{} → {}: {cases}", classes[from].name, classes[to].name)
    });
}

/// How often one member sees the row where another sees the column, of the blind votes.
pub(super) fn confusion(ui: &mut Ui, state: &State, project: &Project, sums: &Sums) {
    let all = project.schema().map(|s| s.classes.as_slice()).unwrap_or_default();
    let classes: Vec<&Class> = sums.used.iter().filter_map(|place| all.get(*place as usize)).collect();
    let q = sums.q();
    if classes.len() != q {
        return;
    }
    let met = |a: usize, b: usize| sums.coincidences[a * q + b];
    let share = |a: usize, b: usize| {
        let row: f64 = (0..q).map(|b| met(a, b)).sum();
        if row > 0.0 { 100.0 * met(a, b) / row } else { 0.0 }
    };
    let map = Map {
        name: "Which class one member sees where another sees another, in percent",
        empty: "No two members have voted on one case yet.",
        below: "Rows: one member sees this. Columns: how often, in percent, another then sees that.",
        classes: &classes,
    };
    show(ui, state, &map, share, |a, b| {
        let percent = units::percent(share(a, b) / 100.0);
        let (a, b) = (&classes[a].name, &classes[b].name);
        format!("Where one member sees {a}, another sees {b}: {percent}")
    });
}

fn off_diagonal(n: usize, count: impl Fn(usize, usize) -> f64) -> f64 {
    (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).filter(|(a, b)| a != b).map(|(a, b)| count(a, b)).sum()
}

/// What stands around the cells.
struct Map<'a> {
    /// For a screen reader.
    name: &'a str,
    empty: &'a str,
    below: &'a str,
    classes: &'a [&'a Class],
}

fn show(
    ui: &mut Ui,
    state: &State,
    map: &Map<'_>,
    value: impl Fn(usize, usize) -> f64,
    about: impl Fn(usize, usize) -> String,
) {
    let theme = &state.theme;
    let classes = map.classes;
    if classes.is_empty() {
        ui.label(RichText::new(map.empty).color(*theme.color.muted));
        return;
    }
    if classes.len() > CLASSES {
        let text = format!("{} classes are too many to draw; Copy CSV has the table.", classes.len());
        ui.label(RichText::new(text).color(*theme.color.muted));
        return;
    }
    let n = classes.len() as f32;
    let side = ((ui.available_width() - HEAD) / n).min(40.0).floor();
    let (rect, response) = ui.allocate_exact_size(vec2(HEAD + side * n, HEAD + side * n), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Table, true, map.name));
    let cells = || (0..classes.len()).flat_map(|a| (0..classes.len()).map(move |b| (a, b)));
    let most = cells().map(|(a, b)| value(a, b)).fold(1.0, f64::max);
    let corner = rect.min + vec2(HEAD, HEAD);
    for (i, class) in classes.iter().enumerate() {
        let along = side * (i as f32 + 0.5);
        for at in [
            pos2(corner.x + along, rect.top() + HEAD / 2.0),
            pos2(rect.left() + HEAD / 2.0, corner.y + along),
        ] {
            let swatch = Rect::from_center_size(at, vec2(16.0, 12.0));
            class_swatch(ui.painter(), theme, swatch, class_color(state, class), class.hatch);
        }
    }
    let mut hovered = None;
    for (row, column) in cells() {
        let min = corner + vec2(side * column as f32, side * row as f32);
        let cell = Rect::from_min_size(min, vec2(side, side));
        one(ui, state, cell, value(row, column), most, row == column);
        if response.hover_pos().is_some_and(|p| cell.contains(p)) {
            hovered = Some(about(row, column));
        }
    }
    if let Some(text) = hovered {
        response.on_hover_text(text);
    }
    let text = RichText::new(map.below).font(fonts::body(theme.size.small)).color(*theme.color.muted);
    ui.add(egui::Label::new(text).wrap());
}

/// What stays is grey; what differs in the accent, deeper the more there is.
fn one(ui: &Ui, state: &State, cell: Rect, value: f64, most: f64, same: bool) {
    let c = &state.theme.color;
    let share = (value / most).sqrt() as f32;
    let ground = if same { *c.muted } else { *c.accent };
    let fill = if value <= 0.0 { Color32::TRANSPARENT } else { ground.gamma_multiply(0.12 + 0.38 * share) };
    let inner = cell.shrink(1.0);
    ui.painter().rect(inner, 2.0, fill, state.theme.hairline(), egui::StrokeKind::Inside);
    if value > 0.0 {
        let text = if value < 0.5 { "<1".to_owned() } else { units::count(value.round() as u64) };
        let font = fonts::mono(state.theme.size.small);
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, text, font, *c.text);
    }
}
