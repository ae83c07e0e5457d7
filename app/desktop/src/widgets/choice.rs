//! A list that opens from a field.

use egui::ComboBox;

use super::button::paint_icon;
use crate::icons;

/// A drop-down of this width with the theme's caret.
pub fn combo(id: impl egui::AsIdSalt, text: impl Into<egui::WidgetText>, width: f32) -> ComboBox<'static> {
    ComboBox::from_id_salt(id).selected_text(text).width(width).truncate().icon(|ui, rect, visuals, _open| {
        paint_icon(ui, rect, icons::CARET_DOWN, 12.0, visuals.fg_stroke.color);
    })
}
