//! Models: those that there are, teaching, how it goes, and what models propose.

mod card;
mod learning;
mod list;
mod proposals;
mod teach;

use egui::{Painter, Rect, RichText, Ui, pos2, vec2};
use project::{Class, ClassCode};

pub use learning::show as learning;
pub use list::show as list;
pub use proposals::show as proposals;
pub use teach::show as teach;

use crate::fonts;
use crate::panels::classes::class_color;
use crate::state::State;
use crate::widgets::class_swatch;

pub(super) fn quiet(ui: &mut Ui, state: &State, text: &str) {
    ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
}

fn warn(ui: &mut Ui, state: &State, text: &str) {
    let font = fonts::body(state.theme.size.small);
    ui.add(egui::Label::new(RichText::new(text).font(font).color(*state.theme.color.warning)).wrap());
}

pub(super) fn heading(ui: &mut Ui, state: &State, text: &str) {
    ui.add_space(6.0);
    let small = fonts::medium(state.theme.size.small);
    ui.label(RichText::new(text).font(small).color(*state.theme.color.muted));
}

/// The class of a code, where the project has it.
fn class<'a>(state: &'a State, code: &str) -> Option<&'a Class> {
    state.content()?.schema()?.class(&ClassCode::new(code))
}

/// What people call a class; the empty code is what no region claims.
pub(super) fn class_name(state: &State, code: &str) -> String {
    if code.is_empty() {
        return "Nothing".to_owned();
    }
    class(state, code).map_or_else(|| code.to_owned(), |class| class.name.clone())
}

/// A small field in the colour and hatch of a class; what is no class of the project is grey.
fn swatch(painter: &Painter, state: &State, rect: Rect, code: &str) {
    match class(state, code) {
        Some(class) => class_swatch(painter, &state.theme, rect, class_color(state, class), class.hatch),
        None => {
            painter.rect(
                rect,
                2.0,
                *state.theme.color.line,
                state.theme.hairline(),
                egui::StrokeKind::Inside,
            );
        }
    }
}

/// The probabilities of classes beside each other, in their colours; what is not told is left empty.
fn shares_bar(painter: &Painter, state: &State, rect: Rect, shares: &[(ClassCode, f64)]) {
    painter.rect_filled(rect, 2.0, *state.theme.color.line);
    let mut left = rect.left();
    for (code, p) in shares {
        let width = rect.width() * p.clamp(0.0, 1.0) as f32;
        let right = (left + width).min(rect.right());
        if right - left >= 1.0 {
            let part = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
            swatch(painter, state, part, code.as_str());
        }
        left = right;
    }
}

/// A row of a class: swatch, name, and what stands at the right.
pub(super) fn class_row(ui: &mut Ui, state: &State, code: &str, value: &str) -> egui::Response {
    let theme = &state.theme;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), egui::Sense::hover());
    let place = Rect::from_center_size(pos2(rect.left() + 8.0, rect.center().y), vec2(14.0, 10.0));
    swatch(ui.painter(), state, place, code);
    let font = fonts::mono(theme.size.small);
    let value_at = pos2(rect.right(), rect.center().y);
    let drawn = ui.painter().text(value_at, egui::Align2::RIGHT_CENTER, value, font, *theme.color.text);
    let room = (drawn.left() - rect.left() - 28.0).max(0.0);
    let name = class_name(state, code);
    let mut job = egui::text::LayoutJob::simple_singleline(
        name.clone(),
        fonts::body(theme.size.small + 1.0),
        *theme.color.text,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let galley = ui.painter().layout_job(job);
    let at = pos2(rect.left() + 20.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, *theme.color.text);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{name}: {value}")));
    response
}
