//! The tools at the left, and what the armed one offers at the bottom of the map.

use editing::{Command, EditCommand, Keymap, SnapSettings, ToolKind};
use egui::{Align2, Area, Frame, Margin, Order, Panel, Rect, Ui, vec2};

use super::top_bar::TOOLS;
use crate::commands::tooltip;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, class_swatch, hairline};
use crate::{fonts, icons};

fn icon_of(kind: ToolKind) -> &'static str {
    match kind {
        ToolKind::Select => icons::SELECT,
        ToolKind::Polygon => icons::POLYGON,
        ToolKind::Align => icons::ALIGN,
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

fn buttons(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let theme = &state.theme;
    let situation = state.situation();
    ui.spacing_mut().item_spacing.y = 2.0;
    for kind in TOOLS {
        let command = Command::Tool(kind);
        let text = command.text();
        let button = IconButton::new(icon_of(kind), &text)
            .size(theme.shape.tool)
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
            .size(theme.shape.tool)
            .quiet()
            .tooltip(tooltip(keymap, command))
            .disabled_because(command.unavailable(&situation));
        if ui.add(button).clicked() {
            out.command(command);
        }
    }
    let fit = Command::View(editing::ViewCommand::ZoomFit);
    let button = IconButton::new(icons::FIT, "Show everything")
        .size(theme.shape.tool)
        .quiet()
        .tooltip(tooltip(keymap, fit))
        .disabled_because(fit.unavailable(&situation));
    if ui.add(button).clicked() {
        out.command(fit);
    }
}

/// What the armed tool offers, floating at the bottom of the map while it is armed.
pub(super) fn options(ctx: &egui::Context, state: &State, keymap: &Keymap, map: Rect, out: &mut Outbox) {
    let armed = matches!(state.tool.kind(), ToolKind::Polygon | ToolKind::Measure);
    if !armed || state.content().is_none() {
        return;
    }
    let theme = &state.theme;
    let frame = Frame::new()
        .fill(*theme.color.panel)
        .stroke(theme.hairline())
        .corner_radius(theme.radius())
        .inner_margin(Margin::symmetric(8, 4));
    let area = Area::new(egui::Id::unique("tool options"))
        .order(Order::Middle)
        .constrain_to(map)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(map.center_bottom() - vec2(0.0, theme.space.m));
    area.show(ctx, |ui| {
        frame.show(ui, |ui| {
            if let editing::Tool::Measure(tool) = &state.tool {
                return super::measure::show(ui, state, tool, out);
            }
            ui.horizontal(|ui| {
                armed_class(ui, state);
                ui.add_space(theme.space.s);
                let snap = Command::Edit(EditCommand::ToggleSnap);
                let on = state.snap != SnapSettings::OFF;
                if ui.selectable_label(on, "Snap").on_hover_text(tooltip(keymap, snap)).clicked() {
                    out.command(snap);
                }
                if state.dropped.is_some() && !state.tool.is_drawing() {
                    let back = Command::Edit(EditCommand::BringBackDraft);
                    let button = ui.button("Bring back the last one");
                    if button.on_hover_text(tooltip(keymap, back)).clicked() {
                        out.push(Ask::BringBack);
                    }
                }
            });
        });
    });
}

fn armed_class(ui: &mut Ui, state: &State) {
    let theme = &state.theme;
    let schema = state.content().and_then(|p| p.schema());
    let class = state.armed_class.as_ref().and_then(|code| schema?.class(code));
    let muted = |text: &str| egui::RichText::new(text).color(*theme.color.muted);
    match class {
        Some(class) => {
            ui.label(muted("Draws"));
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), egui::Sense::hover());
            let [r, g, b] = class.rgb();
            class_swatch(ui.painter(), theme, rect, egui::Color32::from_rgb(r, g, b), class.hatch);
            ui.label(egui::RichText::new(&class.name).font(fonts::medium(theme.size.body)));
        }
        None => {
            ui.label(muted("Draws without a class; press a digit to choose one"));
        }
    }
}
