//! Charts that are looked at, not moved: they stand in panels that scroll.

use egui::{Role, Ui, WidgetInfo};
use egui_plot::{GridMark, Plot, PlotResponse, PlotUi};
use spatial::format as units;

use crate::fonts;
use crate::theme::Theme;

/// An empty chart of a height in points, which neither the wheel nor a drag changes.
pub fn chart<'a>(name: &str, height: f32) -> Plot<'a> {
    Plot::new(name.to_owned())
        .height(height)
        .show_background(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
}

/// Whole numbers along an axis.
pub fn whole(mark: GridMark, _: &std::ops::RangeInclusive<f64>) -> String {
    units::count(mark.value.max(0.0).round() as u64)
}

/// Draws a chart in the small monospaced figures of all charts; `words` say what it shows to whoever cannot see it.
pub fn draw_chart<'a, R>(
    ui: &mut Ui,
    theme: &Theme,
    words: &str,
    chart: Plot<'a>,
    content: impl FnOnce(&mut PlotUi<'a>) -> R + 'a,
) -> PlotResponse<R> {
    ui.scope(|ui| {
        ui.style_mut().override_font_id = Some(fonts::mono(theme.size.small - 1.0));
        let drawn = chart.show(ui, content);
        drawn.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words));
        drawn
    })
    .inner
}
