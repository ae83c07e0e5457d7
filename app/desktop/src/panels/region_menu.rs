//! The menu of the right button over the map: what can be done to the regions under it.

use editing::{Command, EditCommand, FindCommand, Keymap, ShapeCommand, ToolKind, ViewCommand};
use egui::containers::menu::SubMenuButton;
use egui::{Response, Ui};

use crate::commands::shortcut_text;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{hairline, menu_item};

/// What stands in the menu over a selection, group by group.
const OVER_SELECTION: [&[Command]; 5] = [
    &[
        Command::Tool(ToolKind::Transform),
        Command::Tool(ToolKind::Simplify),
        Command::Tool(ToolKind::Widen),
        Command::Shape(ShapeCommand::Square),
        Command::Shape(ShapeCommand::Straighten),
        Command::Shape(ShapeCommand::Smooth),
        Command::Shape(ShapeCommand::OrientedBox),
        Command::Shape(ShapeCommand::Repair),
    ],
    &[
        Command::Tool(ToolKind::Split),
        Command::Tool(ToolKind::CutOut),
        Command::Shape(ShapeCommand::FillHoles),
        Command::Shape(ShapeCommand::Explode),
    ],
    &[
        Command::Shape(ShapeCommand::Merge),
        Command::Shape(ShapeCommand::Subtract),
        Command::Shape(ShapeCommand::Intersect),
        Command::Tool(ToolKind::Relate),
    ],
    &[Command::Edit(EditCommand::AcceptPredictions), Command::Edit(EditCommand::RemoveLabels)],
    &[
        Command::Find(FindCommand::MoreLikeThis),
        Command::View(ViewCommand::ZoomSelection),
        Command::Edit(EditCommand::Delete),
    ],
];

/// What stands in it where nothing is selected.
const BESIDE: [&[Command]; 2] = [
    &[
        Command::Tool(ToolKind::Polygon),
        Command::Tool(ToolKind::Rectangle),
        Command::Tool(ToolKind::Ellipse),
        Command::Tool(ToolKind::Freehand),
        Command::Tool(ToolKind::Wand),
        Command::Tool(ToolKind::Flood),
        Command::Tool(ToolKind::Smart),
        Command::Tool(ToolKind::Sam),
        Command::Tool(ToolKind::Teach),
        Command::Tool(ToolKind::Line),
        Command::Tool(ToolKind::Point),
        Command::Tool(ToolKind::Lasso),
    ],
    &[
        Command::Edit(EditCommand::Undo),
        Command::Edit(EditCommand::SelectAll),
        Command::View(ViewCommand::ZoomFit),
    ],
];

/// Opens by the right button, unless something is being drawn: then that button is the tool's.
pub(super) fn show(response: &Response, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let marks = matches!(state.tool.kind(), ToolKind::Smart | ToolKind::Sam | ToolKind::Teach);
    let is_the_tools = state.tool.is_drawing() || marks;
    if is_the_tools || state.content().is_none() {
        return;
    }
    let groups: &[&[Command]] = if state.selection.is_empty() { &BESIDE } else { &OVER_SELECTION };
    response.context_menu(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.set_width(268.0);
        if !state.selection.is_empty() {
            classes(ui, state, out);
        }
        let situation = state.situation();
        for (i, group) in groups.iter().enumerate() {
            if i > 0 {
                ui.add_space(2.0);
                hairline(ui);
                ui.add_space(2.0);
            }
            for command in *group {
                let key = shortcut_text(keymap, *command);
                let item = menu_item(ui, &command.text(), &key, command.unavailable(&situation));
                if item.on_hover_text(command.tooltip()).clicked() {
                    out.command(*command);
                    ui.close();
                }
            }
        }
    });
}

/// The classes that the selection can be labelled with.
fn classes(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(schema) = state.content().and_then(|p| p.schema()) else { return };
    SubMenuButton::new("Class").ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        egui::ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
            for class in &schema.classes {
                let key = class.digit.map(|d| d.to_string()).unwrap_or_default();
                if menu_item(ui, &class.name, &key, None).clicked() {
                    out.push(Ask::Class(class.code.clone()));
                    ui.close();
                }
            }
        });
    });
    ui.add_space(2.0);
    hairline(ui);
    ui.add_space(2.0);
}
