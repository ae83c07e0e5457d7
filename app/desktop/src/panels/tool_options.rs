//! What the armed tool offers, floating at the bottom of the map while it is armed.

use editing::{
    Amount, AmountForm, AmountTool, Command, EditCommand, Key, Keymap, Modifiers, SnapSettings, TOLERANCES,
    Tool, ToolEvent, ToolKind, WandForm, WandTool,
};
use egui::{Align2, Area, DragValue, Frame, Margin, Order, Rect, RichText, Ui, vec2};
use spatial::WorldPoint;

use crate::commands::tooltip;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{class_swatch, primary_button, text_button};

pub(super) fn show(ctx: &egui::Context, state: &State, keymap: &Keymap, map: Rect, out: &mut Outbox) {
    let kind = state.tool.kind();
    let quiet = matches!(
        kind,
        ToolKind::Select
            | ToolKind::Lasso
            | ToolKind::Align
            | ToolKind::Relate
            | ToolKind::Spectrum
            | ToolKind::Pan
    );
    if quiet || state.content().is_none() {
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
            if let Tool::Measure(tool) = &state.tool {
                return super::measure::show(ui, state, tool, out);
            }
            ui.horizontal(|ui| match &state.tool {
                Tool::Transform(_) => transform(ui, state, out),
                Tool::Simplify(tool) | Tool::Widen(tool) => amount(ui, state, tool, out),
                Tool::Path(tool) if !kind.draws() => cut(ui, state, tool.can_mend(), out),
                _ => draw(ui, state, keymap, out),
            });
        });
    });
}

pub(super) fn muted(state: &State, text: impl Into<String>) -> RichText {
    RichText::new(text).color(*state.theme.color.muted)
}

pub(super) fn key(key: Key) -> Ask {
    Ask::Tool(ToolEvent::Key { key, modifiers: Modifiers::NONE })
}

/// For tools that make regions: the class, snapping, what can be mended or brought back.
fn draw(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    armed_class(ui, state);
    ui.add_space(state.theme.space.s);
    if let Tool::Brush(brush) = &state.tool {
        let mut size = brush.radius_points() * 2.0;
        let drag = DragValue::new(&mut size).range(4.0..=400.0).max_decimals(0).suffix("\u{a0}pt");
        if ui.add(drag).on_hover_text("Size of the brush on the screen  [ ]").changed() {
            out.push(Ask::Tool(ToolEvent::Amount(Amount::Length(size / 2.0))));
        }
        return;
    }
    if let Tool::Wand(wand) = &state.tool {
        return self::wand(ui, state, keymap, wand, out);
    }
    if let Tool::Smart(smart) = &state.tool {
        return super::smart::options(ui, state, smart, out);
    }
    if let Tool::Sam(tool) = &state.tool {
        return super::sam::options(ui, state, keymap, tool, out);
    }
    if let Tool::Teach(tool) = &state.tool {
        return super::teach::options(ui, state, tool, out);
    }
    snapping(ui, state, keymap, out);
    mend(ui, matches!(&state.tool, Tool::Path(tool) if tool.can_mend()), out);
    if state.dropped.is_some() && !state.tool.is_drawing() {
        let back = Command::Edit(EditCommand::BringBackDraft);
        let button = ui.button("Bring back the last one");
        if button.on_hover_text(tooltip(keymap, back)).clicked() {
            out.push(Ask::BringBack);
        }
    }
}

/// What holds the flood back, how far it goes, and which holes it closes.
fn wand(ui: &mut Ui, state: &State, keymap: &Keymap, wand: &WandTool, out: &mut Outbox) {
    for (form, kind, text) in
        [(WandForm::Color, ToolKind::Wand, "Alike"), (WandForm::Edges, ToolKind::Flood, "Up to edges")]
    {
        let command = Command::Tool(kind);
        if ui.selectable_label(wand.form() == form, text).on_hover_text(tooltip(keymap, command)).clicked() {
            out.command(command);
        }
    }
    let amount = |amount| Ask::Tool(ToolEvent::Amount(amount));
    ui.label(muted(state, "Tolerance"));
    let mut tolerance = wand.tolerance();
    let drag = DragValue::new(&mut tolerance).range(TOLERANCES).speed(0.1).max_decimals(1);
    let about = "In hundredths of the way from black to white; pressing on the map and dragging sets it  [ ]";
    if ui.add(drag.suffix("\u{a0}%")).on_hover_text(about).changed() {
        out.push(amount(Amount::Tolerance(tolerance)));
    }
    ui.label(muted(state, "Fill holes below"));
    let mut holes = wand.holes_px();
    let drag = DragValue::new(&mut holes).range(0..=100_000).speed(1.0).suffix("\u{a0}px");
    if ui.add(drag).on_hover_text("Of the screen; 0 keeps every hole").changed() {
        out.push(amount(Amount::HolesPx(holes as f64)));
    }
}

fn mend(ui: &mut Ui, offered: bool, out: &mut Outbox) {
    if offered && text_button(ui, "Mend").on_hover_text("Finish with what the outline encloses  F").clicked()
    {
        out.push(key(Key::Letter('F')));
    }
}

/// To what new corners snap.
fn snapping(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let snap = &state.snap;
    let mut switch = |ui: &mut Ui, on: bool, text: &str, command: EditCommand| {
        let command = Command::Edit(command);
        if ui.selectable_label(on, text).on_hover_text(tooltip(keymap, command)).clicked() {
            out.command(command);
        }
    };
    switch(ui, snap.on, "Snap", EditCommand::ToggleSnap);
    if !snap.on {
        return;
    }
    switch(ui, snap.to_right_angles, "Right angles", EditCommand::ToggleRightAngles);
    switch(ui, snap.grid.is_some(), "Grid", EditCommand::ToggleGrid);
    if let Some(step) = snap.grid {
        let unit = metres_per_unit(state);
        let mut length = step * unit;
        let drag = DragValue::new(&mut length).range(0.01..=10_000.0).speed(0.05).suffix(suffix(state));
        if ui.add(drag).on_hover_text("Between two lines of the grid").changed() {
            out.push(Ask::Snap(SnapSettings { grid: Some(length / unit), ..*snap }));
        }
    }
}

fn cut(ui: &mut Ui, state: &State, can_mend: bool, out: &mut Outbox) {
    let (verb, where_) = match state.tool.kind() {
        ToolKind::Split => ("Cuts", "what the line goes right through"),
        _ => ("Cuts out of", "what lies under the outline"),
    };
    let text = match state.selection.len() {
        0 => format!("{verb} {where_}"),
        1 => format!("{verb} the selected region"),
        n => format!("{verb} the {n} selected regions"),
    };
    ui.label(muted(state, text));
    mend(ui, can_mend, out);
}

/// The length that is tried, and what would come of it.
fn amount(ui: &mut Ui, state: &State, tool: &AmountTool, out: &mut Outbox) {
    let (text, range) = match tool.form() {
        AmountForm::Simplify => ("Leave out corners nearer than", 0.0..=100_000.0),
        AmountForm::Widen => ("Move the border by", -100_000.0..=100_000.0),
    };
    ui.label(muted(state, text));
    let mut length = tool.length().unwrap_or(0.0);
    let speed = (length.abs() * 0.02).max(0.001);
    let drag = DragValue::new(&mut length).range(range).speed(speed).max_decimals(3).suffix(suffix(state));
    let wanted = tool.length().is_none();
    if ui.add(drag).on_hover_text("Drag, or click and type; below zero narrows").changed() {
        out.push(Ask::Tool(ToolEvent::Amount(Amount::Length(length))));
    } else if wanted {
        // The first look at the selection.
        out.push(Ask::Tool(ToolEvent::Key { key: Key::Home, modifiers: Modifiers::NONE }));
    }
    let corners = tool.corners();
    let more = if corners.more { "+" } else { "" };
    let text = format!("{}{more} → {}{more} corners", corners.before, corners.after);
    ui.label(RichText::new(text).font(fonts::mono(state.theme.size.body)));
    if corners.refused > 0 {
        ui.label(muted(state, format!("{} cannot be", corners.refused)));
    }
    if primary_button(ui, "Apply").on_hover_text("Enter").clicked() {
        out.push(key(Key::Enter));
    }
    if text_button(ui, "Cancel").on_hover_text("Esc").clicked() {
        out.push(key(Key::Escape));
    }
}

/// Numbers in place of gestures: by how much to move, turn and scale.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Numbers {
    right: f64,
    up: f64,
    degrees: f64,
    percent: f64,
}

impl Numbers {
    const NONE: Self = Self { right: 0.0, up: 0.0, degrees: 0.0, percent: 100.0 };
}

fn transform(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let id = egui::Id::unique("transform numbers");
    let mut n: Numbers = ui.data(|d| d.get_temp(id)).unwrap_or(Numbers::NONE);
    let unit = suffix(state);
    ui.label(muted(state, "Move"));
    ui.add(DragValue::new(&mut n.right).speed(0.05).max_decimals(3).prefix("→ ").suffix(unit))
        .on_hover_text("To the right");
    ui.add(DragValue::new(&mut n.up).speed(0.05).max_decimals(3).prefix("↑ ").suffix(unit))
        .on_hover_text("Up");
    ui.label(muted(state, "Turn"));
    ui.add(DragValue::new(&mut n.degrees).speed(0.5).range(-360.0..=360.0).max_decimals(2).suffix("°"))
        .on_hover_text("Anticlockwise, about the middle");
    ui.label(muted(state, "Scale"));
    ui.add(DragValue::new(&mut n.percent).speed(0.5).range(1.0..=10_000.0).max_decimals(2).suffix("\u{a0}%"))
        .on_hover_text("About the middle");
    if ui.add_enabled_ui(n != Numbers::NONE, |ui| primary_button(ui, "Apply")).inner.clicked() {
        let tell = |amount| Ask::Tool(ToolEvent::Amount(amount));
        let metres = metres_per_unit(state);
        if (n.right, n.up) != (0.0, 0.0) {
            out.push(tell(Amount::Move(WorldPoint { x: n.right / metres, y: n.up / metres })));
        }
        if n.degrees != 0.0 {
            out.push(tell(Amount::RotateDeg(n.degrees)));
        }
        if n.percent != 100.0 {
            out.push(tell(Amount::Scale(n.percent / 100.0)));
        }
        n = Numbers::NONE;
    }
    ui.data_mut(|d| d.insert_temp(id, n));
    if text_button(ui, "Done").on_hover_text("Enter").clicked() {
        out.push(key(Key::Enter));
    }
}

fn metres_per_unit(state: &State) -> f64 {
    let crs = state.content().and_then(project::Project::crs);
    crs.and_then(spatial::Crs::metres_per_unit).unwrap_or(1.0)
}

fn suffix(state: &State) -> &'static str {
    if state.content().and_then(project::Project::crs).is_some() { "\u{a0}m" } else { "\u{a0}px" }
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
