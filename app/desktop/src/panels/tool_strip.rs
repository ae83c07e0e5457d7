//! The tools at the left.

use editing::{Command, EditCommand, Keymap, ToolKind};
use egui::{Frame, Margin, Panel, Ui};

use crate::commands::tooltip;
use crate::icons;
use crate::outbox::Outbox;
use crate::state::State;
use crate::widgets::{IconButton, hairline};

/// The tools of the strip, group by group. The others are in menus, in the palette, and on keys.
const TOOLS: [&[ToolKind]; 4] = [
    &[ToolKind::Select],
    &[
        ToolKind::Polygon,
        ToolKind::Rectangle,
        ToolKind::OrientedBox,
        ToolKind::Freehand,
        ToolKind::Brush,
        ToolKind::Wand,
        ToolKind::Smart,
        ToolKind::Sam,
        ToolKind::Teach,
    ],
    &[ToolKind::Split, ToolKind::CutOut, ToolKind::Transform, ToolKind::Align, ToolKind::Relate],
    &[ToolKind::Measure, ToolKind::Spectrum, ToolKind::Pan],
];

/// Between two buttons, in points.
const BETWEEN: f32 = 2.0;
/// A button is not made smaller than this, in points.
const SMALLEST: f32 = 24.0;

fn icon_of(kind: ToolKind) -> &'static str {
    match kind {
        ToolKind::Select => icons::SELECT,
        ToolKind::Lasso => icons::LASSO,
        ToolKind::Polygon => icons::POLYGON,
        ToolKind::Align => icons::ALIGN,
        ToolKind::Relate => icons::RELATE,
        ToolKind::Rectangle => icons::RECTANGLE,
        ToolKind::OrientedBox => icons::TURNED_BOX,
        ToolKind::Ellipse => icons::ELLIPSE,
        ToolKind::Freehand => icons::FREEHAND,
        ToolKind::Brush => icons::BRUSH,
        ToolKind::Wand => icons::WAND,
        ToolKind::Flood => icons::FLOOD,
        ToolKind::Smart => icons::MODEL,
        ToolKind::Sam => icons::CLICK,
        ToolKind::Teach => icons::TEACH,
        ToolKind::Line => icons::LINE,
        ToolKind::Point => icons::POINT,
        ToolKind::Stamp => icons::STAMP,
        ToolKind::Split => icons::CUT,
        ToolKind::CutOut => icons::CUT_OUT,
        ToolKind::Transform => icons::BOX,
        ToolKind::Simplify => icons::SIMPLIFY,
        ToolKind::Widen => icons::WIDEN,
        ToolKind::Measure => icons::MEASURE,
        ToolKind::Spectrum => icons::SPECTRUM,
        ToolKind::Pan => icons::PAN,
    }
}

/// The strip of tools at the left of the map.
pub fn show(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let theme = &state.theme;
    let frame = Frame::new().fill(*theme.color.panel).inner_margin(Margin::symmetric(4, 6));
    let width = theme.shape.tool + 9.0;
    Panel::left("tools").exact_size(width).resizable(false).frame(frame).show(ui, |ui| {
        // A low window still reaches every tool by the wheel.
        let hidden = egui::scroll_area::ScrollBarVisibility::AlwaysHidden;
        egui::ScrollArea::vertical().scroll_bar_visibility(hidden).show(ui, |ui| {
            buttons(ui, state, keymap, out);
        });
    });
}

/// The side of a button: as the theme says, and smaller where a low window would cut off the last ones.
fn size(room: f32, wanted: f32) -> f32 {
    let buttons = TOOLS.iter().map(|group| group.len()).sum::<usize>() + 3;
    // Lines between groups, and the space around the last one.
    let lines = TOOLS.len() as f32 * 8.0 + 16.0;
    ((room - lines) / buttons as f32 - BETWEEN).floor().clamp(SMALLEST.min(wanted), wanted)
}

fn buttons(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let situation = state.situation();
    let size = size(ui.available_height(), state.theme.shape.tool);
    ui.spacing_mut().item_spacing.y = BETWEEN;
    for (i, kind) in TOOLS.iter().flat_map(|group| group.iter().enumerate()) {
        if i == 0 && *kind != ToolKind::Select {
            hairline(ui);
        }
        let kind = *kind;
        let command = Command::Tool(kind);
        let text = command.text();
        let button = IconButton::new(icon_of(kind), &text)
            .size(size)
            .selected(state.tool.kind() == kind)
            .tooltip(format!("{text}: {}", tooltip(keymap, command)))
            .disabled_because(command.unavailable(&situation));
        if ui.add(button).clicked() {
            out.command(command);
        }
    }
    ui.add_space(4.0);
    hairline(ui);
    ui.add_space(4.0);
    for (edit, icon) in [(EditCommand::Undo, icons::UNDO), (EditCommand::Redo, icons::REDO)] {
        let command = Command::Edit(edit);
        let text = command.text();
        let button = IconButton::new(icon, &text)
            .size(size)
            .quiet()
            .tooltip(tooltip(keymap, command))
            .disabled_because(command.unavailable(&situation));
        if ui.add(button).clicked() {
            out.command(command);
        }
    }
    let fit = Command::View(editing::ViewCommand::ZoomFit);
    let button = IconButton::new(icons::FIT, "Show everything")
        .size(size)
        .quiet()
        .tooltip(tooltip(keymap, fit))
        .disabled_because(fit.unavailable(&situation));
    if ui.add(button).clicked() {
        out.command(fit);
    }
}
