//! Buttons: icons in strips, verbs in dialogs, lines in menus.

use egui::{Color32, Response, Role, Sense, Stroke, Ui, Widget, WidgetInfo, vec2};

use crate::fonts;
use crate::theme::Theme;

/// A square button with an icon, a name, and a tooltip.
#[must_use = "add it to a ui"]
#[derive(Debug)]
pub struct IconButton<'a> {
    icon: &'a str,
    name: &'a str,
    tooltip: String,
    size: Option<f32>,
    selected: bool,
    quiet: bool,
    disabled: Option<&'a str>,
}

impl<'a> IconButton<'a> {
    /// The name is what screen readers say and tests click.
    pub fn new(icon: &'a str, name: &'a str) -> Self {
        let tooltip = name.to_owned();
        Self { icon, name, tooltip, size: None, selected: false, quiet: false, disabled: None }
    }

    /// What it says when the pointer rests on it; ends in the shortcut.
    pub fn tooltip(mut self, tooltip: impl Into<String>) -> Self {
        self.tooltip = tooltip.into();
        self
    }

    /// Side in points instead of the smallest hit target.
    pub fn size(mut self, size: f32) -> Self {
        self.size = Some(size);
        self
    }

    /// It is the armed tool, or it is on.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// The icon is muted until the pointer is on it.
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Greyed, with the reason in the tooltip.
    pub fn disabled_because(mut self, reason: Option<&'a str>) -> Self {
        self.disabled = reason;
        self
    }
}

impl Widget for IconButton<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let theme = Theme::of(ui.ctx());
        let side = self.size.unwrap_or(theme.shape.control);
        let enabled = self.disabled.is_none() && ui.is_enabled();
        let sense = if enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(side, side), sense);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Button, enabled, self.name);
            info.selected = self.selected.then_some(true);
            info
        });
        if ui.is_rect_visible(rect) {
            let c = &theme.color;
            let hot = enabled && (response.hovered() || response.has_focus());
            let fill = match (self.selected, hot) {
                (true, _) => *c.selection,
                (false, true) => *c.hover,
                (false, false) => Color32::TRANSPARENT,
            };
            let ink = match (enabled, self.selected, hot || !self.quiet) {
                (false, ..) => *c.disabled,
                (true, true, _) => *c.accent,
                (true, false, true) => *c.text,
                (true, false, false) => *c.muted,
            };
            let edge = if response.has_focus() { Stroke::new(1.0, *c.accent) } else { Stroke::NONE };
            let inner = rect.shrink(1.0);
            ui.painter().rect(inner, theme.radius(), fill, edge, egui::StrokeKind::Inside);
            let size = if side >= theme.shape.tool { theme.size.icon_large } else { theme.size.icon };
            paint_icon(ui, rect, self.icon, size, ink);
        }
        let tooltip = match self.disabled {
            Some(reason) => format!("{}\n{reason}", self.tooltip),
            None => self.tooltip,
        };
        response.on_hover_text(tooltip)
    }
}

/// Draws an icon in the middle of a rectangle, by its ink rather than by its line box.
pub(crate) fn paint_icon(ui: &Ui, rect: egui::Rect, icon: &str, size: f32, ink: Color32) {
    let galley = ui.painter().layout_no_wrap(icon.to_owned(), fonts::icon(size), ink);
    let bounds = galley.mesh_bounds;
    let pos = rect.center() - bounds.center().to_vec2();
    ui.painter().galley(pos, galley, ink);
}

/// The one button that does what the dialog is for.
pub fn primary_button(ui: &mut Ui, text: &str) -> Response {
    let theme = Theme::of(ui.ctx());
    let label = egui::RichText::new(text).font(fonts::medium(theme.size.body)).color(*theme.color.on_accent);
    let button = egui::Button::new(label).fill(*theme.color.accent).stroke(Stroke::NONE);
    ui.add(button.min_size(vec2(64.0, theme.shape.row_roomy)))
}

/// The primary button of a dialog: Enter does it too, unless another button of the dialog has the keyboard.
pub fn default_button(ui: &mut Ui, state: &crate::state::State, text: &str) -> bool {
    let clicked = primary_button(ui, text).clicked();
    let free = ui.memory(|m| m.focused().is_none_or(|id| id == state.map_focus));
    clicked || free && ui.is_enabled() && ui.input(|i| i.key_pressed(egui::Key::Enter))
}

/// Every other button with words.
pub fn text_button(ui: &mut Ui, text: &str) -> Response {
    let theme = Theme::of(ui.ctx());
    ui.add(egui::Button::new(text).min_size(vec2(0.0, theme.shape.row_roomy)))
}

/// A line of a menu: words left, shortcut right; greyed with the reason when it cannot be had.
pub fn menu_item(ui: &mut Ui, text: &str, shortcut: &str, unavailable: Option<&str>) -> Response {
    let theme = Theme::of(ui.ctx());
    let enabled = unavailable.is_none();
    let size = vec2(ui.available_width().max(220.0), theme.shape.row_roomy);
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    if ui.is_rect_visible(rect) {
        let c = &theme.color;
        if enabled && (response.hovered() || response.has_focus()) {
            ui.painter().rect_filled(rect, theme.radius(), *c.hover);
        }
        let ink = if enabled { *c.text } else { *c.disabled };
        let left = rect.left_center() + vec2(theme.space.s, 0.0);
        ui.painter().text(left, egui::Align2::LEFT_CENTER, text, fonts::body(theme.size.body), ink);
        let right = rect.right_center() - vec2(theme.space.s, 0.0);
        let quiet = if enabled { *c.muted } else { *c.disabled };
        ui.painter().text(right, egui::Align2::RIGHT_CENTER, shortcut, fonts::body(theme.size.small), quiet);
    }
    match unavailable {
        Some(reason) => response.on_hover_text(reason),
        None => response,
    }
}

/// A line of the palette: group, words, shortcut; `chosen` is the one that Enter runs.
pub fn palette_item(
    ui: &mut Ui,
    text: &str,
    group: &str,
    shortcut: &str,
    unavailable: Option<&str>,
    chosen: bool,
) -> Response {
    let theme = Theme::of(ui.ctx());
    let c = &theme.color;
    let size = vec2(ui.available_width(), theme.shape.row_roomy);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, unavailable.is_none(), chosen, text));
    if chosen || response.hovered() {
        let fill = if chosen { *c.selection } else { *c.hover };
        ui.painter().rect_filled(rect, theme.radius(), fill);
    }
    let ink = if unavailable.is_none() { *c.text } else { *c.disabled };
    let quiet = if unavailable.is_none() { *c.muted } else { *c.disabled };
    let left = rect.left_center() + vec2(theme.space.s, 0.0);
    ui.painter().text(left, egui::Align2::LEFT_CENTER, group, fonts::body(theme.size.small), quiet);
    let words = left + vec2(64.0, 0.0);
    ui.painter().text(words, egui::Align2::LEFT_CENTER, text, fonts::body(theme.size.body), ink);
    let right = rect.right_center() - vec2(theme.space.s, 0.0);
    let end = unavailable.unwrap_or(shortcut);
    ui.painter().text(right, egui::Align2::RIGHT_CENTER, end, fonts::body(theme.size.small), quiet);
    response
}
