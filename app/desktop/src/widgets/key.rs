//! A key as it is printed on the keyboard.

use egui::{Response, Sense, Stroke, Ui, vec2};

use crate::fonts;
use crate::theme::Theme;

/// `Ctrl+K` in a small frame.
pub fn key_hint(ui: &mut Ui, keys: &str) -> Response {
    let theme = Theme::of(ui.ctx());
    let galley =
        ui.painter().layout_no_wrap(keys.to_owned(), fonts::body(theme.size.small), *theme.color.muted);
    let size = vec2((galley.size().x + 10.0).max(18.0), 18.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let edge = Stroke::new(1.0, *theme.color.line);
    ui.painter().rect(rect, theme.radius(), *theme.color.raised, edge, egui::StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, *theme.color.muted);
    response
}
