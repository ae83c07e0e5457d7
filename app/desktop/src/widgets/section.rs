//! Parts of a side panel: a heading that folds, and rows of name and value.

use egui::{Align, Layout, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::button::paint_icon;
use crate::theme::Theme;
use crate::{fonts, icons};

/// A heading that folds what is under it; `extra` is drawn at its right end.
pub fn section(
    ui: &mut Ui,
    name: &str,
    open_at_first: bool,
    extra: impl FnOnce(&mut Ui),
    content: impl FnOnce(&mut Ui),
) {
    let theme = Theme::of(ui.ctx());
    let id = ui.make_persistent_id(("section", name));
    let mut open = ui.data_mut(|d| *d.get_persisted_mut_or(id, open_at_first));
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme.shape.row_roomy), Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::DisclosureTriangle, true, name);
        info.selected = Some(open);
        info
    });
    if response.clicked() {
        open = !open;
        ui.data_mut(|d| d.insert_persisted(id, open));
    }
    let ink = if response.hovered() { *theme.color.text } else { *theme.color.muted };
    let caret = egui::Rect::from_center_size(pos2(rect.left() + 6.0, rect.center().y), vec2(12.0, 12.0));
    paint_icon(ui, caret, if open { icons::CARET_DOWN } else { icons::CARET_RIGHT }, 11.0, ink);
    ui.painter().text(
        pos2(rect.left() + 18.0, rect.center().y),
        egui::Align2::LEFT_CENTER,
        name,
        fonts::semibold(theme.size.small + 1.0),
        *theme.color.text,
    );
    let right = egui::UiBuilder::new().max_rect(rect).layout(Layout::right_to_left(Align::Center));
    let mut right = ui.new_child(right);
    right.spacing_mut().item_spacing.x = 2.0;
    extra(&mut right);
    if open {
        ui.scope(content);
        ui.add_space(theme.space.s);
    }
}

/// A one-pixel line across.
pub fn hairline(ui: &mut Ui) {
    let theme = Theme::of(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(ui.max_rect().x_range(), rect.center().y, theme.hairline());
}

/// A name left and its value right, in one dense row.
pub fn value_row(ui: &mut Ui, name: &str, value: &str, mono: bool) -> Response {
    let theme = Theme::of(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let c = &theme.color;
    let font = if mono { fonts::mono(theme.size.body - 1.0) } else { fonts::body(theme.size.body) };
    let line = |text: &str, font: egui::FontId, ink, room: f32| {
        let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, ink);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(0.0));
        ui.painter().layout_job(job)
    };
    let name_font = fonts::body(theme.size.body);
    let name_width = line(name, name_font.clone(), *c.muted, f32::INFINITY).size().x;
    // A long value leaves the name its room, but never has less than half of the row itself.
    let room = (rect.width() - name_width - theme.space.s).max(rect.width() / 2.0);
    let value_galley = line(value, font, *c.text, room);
    let left = rect.width() - value_galley.size().x - theme.space.s;
    let name_galley = line(name, name_font, *c.muted, left);
    let elided = value_galley.elided || name_galley.elided;
    ui.painter().galley(
        pos2(rect.left(), rect.center().y - name_galley.size().y / 2.0),
        name_galley,
        *c.muted,
    );
    let at = pos2(rect.right() - value_galley.size().x, rect.center().y - value_galley.size().y / 2.0);
    ui.painter().galley(at, value_galley, *c.text);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}: {value}")));
    if elided { response.on_hover_text(format!("{name}: {value}")) } else { response }
}
