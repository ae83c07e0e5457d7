//! What is wrong with a text that is being typed, marked under its characters.

use std::ops::Range;

use egui::text::{LayoutJob, TextFormat};
use egui::{Pos2, Role, Sense, Stroke, Ui, WidgetInfo, vec2};
use expression::ExpressionError;

use crate::fonts;
use crate::theme::Theme;

/// A line below the place where a text breaks off.
pub fn caret(ui: &Ui, at: Pos2) {
    let stroke = Stroke::new(2.0, *Theme::of(ui.ctx()).color.danger);
    ui.painter().hline(at.x + 1.0..=at.x + 8.0, at.y + 1.0, stroke);
}

/// The text, underlined where something is wrong.
pub fn marked(text: &str, wrong: Option<&Range<usize>>, theme: &Theme, width: f32) -> LayoutJob {
    let plain = TextFormat::simple(fonts::mono(theme.size.body), *theme.color.text);
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    let floor = |at: usize| (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let ceil = |at: usize| (at..=text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len());
    match wrong.map(|at| (floor(at.start), ceil(at.end.max(at.start + 1)))) {
        Some((start, end)) if start < text.len() => {
            let stroke = Stroke::new(2.0, *theme.color.danger);
            let bad = TextFormat { underline: stroke, color: *theme.color.danger, ..plain.clone() };
            job.append(&text[..start], 0.0, plain.clone());
            job.append(&text[start..end], 0.0, bad);
            job.append(&text[end..], 0.0, plain);
        }
        _ => job.append(text, 0.0, plain),
    }
    job
}

/// What is wrong, and what would help.
pub fn trouble(ui: &mut Ui, error: &ExpressionError) {
    let theme = Theme::of(ui.ctx());
    let font = fonts::body(theme.size.small);
    let says =
        if error.hint.is_empty() { error.to_string() } else { format!("{error} {}", sentence(&error.hint)) };
    let mut job = LayoutJob::default();
    job.wrap.max_width = ui.available_width();
    job.append(&error.to_string(), 0.0, TextFormat::simple(font.clone(), *theme.color.danger));
    if !error.hint.is_empty() {
        job.append(&sentence(&error.hint), 4.0, TextFormat::simple(font, *theme.color.muted));
    }
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(0.0, 2.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, says.as_str()));
    ui.painter().galley(rect.min, galley, *theme.color.text);
}

fn sentence(hint: &str) -> String {
    crate::format::sentence(hint)
}
