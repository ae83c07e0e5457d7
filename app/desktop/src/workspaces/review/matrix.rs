//! Label classes against settled classes, as a heat map.

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

pub(super) fn show(ui: &mut Ui, state: &State, project: &Project, transitions: &Transitions) {
    let theme = &state.theme;
    let used = used(project, transitions);
    if used.is_empty() {
        let text = "Nothing is settled yet. Rows are what annotators said, columns what it was settled as.";
        ui.label(RichText::new(text).color(*theme.color.muted));
        return;
    }
    if used.len() > CLASSES {
        let text = format!("{} classes are too many to draw; Copy CSV has the table.", used.len());
        ui.label(RichText::new(text).color(*theme.color.muted));
        return;
    }
    let n = used.len() as f32;
    let side = ((ui.available_width() - HEAD) / n).min(40.0).floor();
    let (rect, response) = ui.allocate_exact_size(vec2(HEAD + side * n, HEAD + side * n), Sense::hover());
    let cases = |from: &Class, to: &Class| {
        transitions.get(&from.code).and_then(|row| row.get(&to.code)).copied().unwrap_or(0)
    };
    let moved: usize =
        used.iter().flat_map(|f| used.iter().filter(|t| t.code != f.code).map(|t| cases(f, t))).sum();
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Table, true, format!("What review changed: {moved} cases changed class"))
    });
    let most = used.iter().flat_map(|f| used.iter().map(|t| cases(f, t))).max().unwrap_or(1).max(1);
    let corner = rect.min + vec2(HEAD, HEAD);
    let mut about = None;
    for (i, from) in used.iter().enumerate() {
        let along = side * (i as f32 + 0.5);
        for at in [
            pos2(corner.x + along, rect.top() + HEAD / 2.0),
            pos2(rect.left() + HEAD / 2.0, corner.y + along),
        ] {
            let swatch = Rect::from_center_size(at, vec2(16.0, 12.0));
            class_swatch(ui.painter(), theme, swatch, class_color(state, from), from.hatch);
        }
        for (j, to) in used.iter().enumerate() {
            let min = corner + vec2(side * j as f32, side * i as f32);
            let cell = Rect::from_min_size(min, vec2(side, side));
            let count = cases(from, to);
            one(ui, state, cell, count, most, i == j);
            if response.hover_pos().is_some_and(|p| cell.contains(p)) {
                about = Some(format!("{} → {}: {}", from.name, to.name, units::count(count as u64)));
            }
        }
    }
    if let Some(about) = about {
        response.on_hover_text(about);
    }
    let text = "Rows: what annotators said. Columns: what it was settled as.";
    ui.label(RichText::new(text).font(fonts::body(theme.size.small)).color(*theme.color.muted));
}

/// Unchanged cases are grey; changed ones in the accent, deeper the more there are.
fn one(ui: &Ui, state: &State, cell: Rect, count: usize, most: usize, same: bool) {
    let c = &state.theme.color;
    let share = (count as f32 / most as f32).sqrt();
    let ground = if same { *c.muted } else { *c.accent };
    let fill = if count == 0 { Color32::TRANSPARENT } else { ground.gamma_multiply(0.12 + 0.38 * share) };
    let inner = cell.shrink(1.0);
    ui.painter().rect(inner, 2.0, fill, state.theme.hairline(), egui::StrokeKind::Inside);
    if count > 0 {
        let font = fonts::mono(state.theme.size.small);
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, units::count(count as u64), font, *c.text);
    }
}

/// Classes that occur, in the order of the schema.
fn used<'a>(project: &'a Project, transitions: &Transitions) -> Vec<&'a Class> {
    let occurs = |code: &ClassCode| {
        transitions.contains_key(code) || transitions.values().any(|row| row.contains_key(code))
    };
    project.schema().map(|s| s.classes.iter().filter(|c| occurs(&c.code)).collect()).unwrap_or_default()
}
