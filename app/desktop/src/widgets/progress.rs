//! Progress as a thin bar.

use egui::{CornerRadius, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};

use crate::theme::Theme;

/// A bar of this width; `None` = how far is not known, only that it goes on.
pub fn thin_progress(ui: &mut Ui, width: f32, share: Option<f64>, name: &str) -> Response {
    let theme = Theme::of(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme.shape.control), Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = share.map(|s| s * 100.0);
        info
    });
    let rail = Rect::from_center_size(rect.center(), vec2(width, 4.0));
    let radius = CornerRadius::same(2);
    ui.painter().rect_filled(rail, radius, *theme.color.line);
    let filled = if let Some(share) = share {
        Rect::from_min_size(rail.min, vec2(width * share.clamp(0.0, 1.0) as f32, 4.0))
    } else {
        let phase = (ui.input(|i| i.time) * 0.7).fract() as f32;
        let left = rail.left() + (width * 1.3) * phase - width * 0.3;
        Rect::from_min_size(egui::pos2(left, rail.top()), vec2(width * 0.3, 4.0)).intersect(rail)
    };
    if filled.is_positive() {
        ui.painter().rect_filled(filled, radius, *theme.color.accent);
    }
    response
}
