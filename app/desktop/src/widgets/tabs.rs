//! Workspace tabs.

use egui::{Response, Role, Sense, Ui, WidgetInfo, vec2};

use crate::fonts;
use crate::theme::Theme;

/// One tab of a row; the chosen one is underlined in the accent.
pub fn tab(ui: &mut Ui, text: &str, chosen: bool, height: f32) -> Response {
    let theme = Theme::of(ui.ctx());
    let c = &theme.color;
    let galley = ui.painter().layout_no_wrap(
        text.to_owned(),
        fonts::medium(theme.size.body),
        egui::Color32::PLACEHOLDER,
    );
    let size = vec2(galley.size().x + 2.0 * theme.space.m, height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, text));
    let hot = response.hovered() || response.has_focus();
    let ink = if chosen || hot { *c.text } else { *c.muted };
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    if chosen || response.has_focus() {
        let bar = egui::Rect::from_min_max(
            rect.left_bottom() + vec2(theme.space.s, -2.0),
            rect.right_bottom() - vec2(theme.space.s, 0.0),
        );
        ui.painter().rect_filled(bar, 1.0, if chosen { *c.accent } else { *c.outline });
    }
    response
}
