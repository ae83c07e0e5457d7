//! The bar across the top: menu, workspaces, search, who signs, settings.

use editing::{
    Command, EditCommand, FileCommand, Keymap, MapCommand, Pane, ShapeCommand, ToolKind, ViewCommand,
};
use egui::containers::menu::SubMenuButton;
use egui::{Align, Align2, Layout, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::commands::{WORKSPACES, is_offered, shortcut_text, tooltip};
use crate::outbox::{Ask, Outbox};
use crate::state::{OpenProject, Overlays, State};
use crate::widgets::{IconButton, hairline, menu_item, paint_icon, tab};
use crate::workspaces::pane_items;
use crate::{fonts, icons};

/// What stands in the menu itself, group by group; the rest is one step further.
const MENU: [&[Command]; 4] = [
    &[
        Command::File(FileCommand::New),
        Command::File(FileCommand::Open),
        Command::File(FileCommand::AddImagery),
        Command::File(FileCommand::OpenFolder),
        Command::File(FileCommand::OpenAddress),
        Command::File(FileCommand::OpenServer),
        Command::File(FileCommand::Import),
        Command::File(FileCommand::Join),
        Command::File(FileCommand::Share),
        Command::File(FileCommand::SaveCopy),
    ],
    &[Command::Edit(EditCommand::Undo), Command::Edit(EditCommand::Redo)],
    &[
        Command::Map(MapCommand::SavePicture),
        Command::Dataset(editing::DatasetCommand::Export),
        Command::Dataset(editing::DatasetCommand::Verify),
    ],
    &[
        Command::View(ViewCommand::CommandPalette),
        Command::View(ViewCommand::ShortcutSheet),
        Command::View(ViewCommand::Preferences),
        Command::File(FileCommand::Close),
        Command::File(FileCommand::Quit),
    ],
];

/// The menu of what is done with regions.
const REGIONS: [Command; 8] = [
    Command::Edit(EditCommand::Delete),
    Command::Edit(EditCommand::SelectAll),
    Command::Find(editing::FindCommand::Regions),
    Command::Find(editing::FindCommand::Reclass),
    Command::Find(editing::FindCommand::EditClasses),
    Command::Find(editing::FindCommand::ChangeClasses),
    Command::Find(editing::FindCommand::ChangeRelations),
    Command::Find(editing::FindCommand::LabelEachView),
];

/// The menu of what is seen.
const VIEW: [Command; 7] = [
    Command::View(ViewCommand::ZoomFit),
    Command::View(ViewCommand::ZoomSelection),
    Command::View(ViewCommand::OneToOne),
    Command::View(ViewCommand::Pane(Pane::Cube)),
    Command::View(ViewCommand::TogglePanels),
    Command::View(ViewCommand::ToggleTheme),
    Command::View(ViewCommand::ToggleBasemap),
];

/// The tools of the Shape menu; what needs no pointer follows them.
const SHAPE_TOOLS: [ToolKind; 10] = [
    ToolKind::Lasso,
    ToolKind::Ellipse,
    ToolKind::Flood,
    ToolKind::Line,
    ToolKind::Point,
    ToolKind::Stamp,
    ToolKind::CutOut,
    ToolKind::Transform,
    ToolKind::Simplify,
    ToolKind::Widen,
];

pub(super) fn show(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let height = ui.available_height();
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        menu(ui, state, keymap, out);
        ui.add_space(state.theme.space.m);
        for workspace in WORKSPACES {
            let command = Command::View(ViewCommand::Show(workspace));
            let response = tab(ui, workspace.text(), state.workspace == workspace, height);
            if response.on_hover_text(tooltip(keymap, command)).clicked() {
                out.command(command);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let open = Overlays { preferences: true, ..state.overlays.clone() };
            let settings = IconButton::new(icons::SETTINGS, "Preferences").size(28.0);
            if ui.add(settings).clicked() {
                out.push(Ask::Overlays(open));
            }
            super::member::show(ui, state, out);
            search(ui, state, keymap, out);
            title(ui, state);
        });
    });
}

fn menu(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let theme = &state.theme;
    let text = egui::RichText::new("Orthoscope").font(fonts::semibold(theme.size.body + 1.0));
    let caret = egui::RichText::new(icons::CARET_DOWN).font(fonts::icon(11.0)).color(*theme.color.muted);
    let button = egui::Button::new((text, caret)).frame_when_inactive(false).min_size(vec2(0.0, 28.0));
    egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        ui.set_width(268.0);
        for (i, group) in MENU.iter().enumerate() {
            if i > 0 {
                ui.add_space(4.0);
                hairline(ui);
                ui.add_space(4.0);
            }
            items(ui, state, keymap, group.iter().copied(), out);
            match i {
                0 => recent(ui, state, out),
                1 => {
                    submenu(ui, state, "Regions", |ui| items(ui, state, keymap, REGIONS, out));
                    let shape = SHAPE_TOOLS.map(Command::Tool).into_iter();
                    let shape = shape.chain(ShapeCommand::ALL.map(Command::Shape));
                    submenu(ui, state, "Shape", |ui| items(ui, state, keymap, shape, out));
                    submenu(ui, state, "View", |ui| items(ui, state, keymap, VIEW, out));
                    submenu(ui, state, "Panels of this workspace", |ui| pane_items(ui, state, keymap, out));
                }
                _ => {}
            }
        }
    });
}

/// A line that opens a further menu, in line with the others.
fn submenu(ui: &mut Ui, state: &State, text: &str, show: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        ui.spacing_mut().button_padding.x = state.theme.space.s;
        ui.spacing_mut().interact_size.y = state.theme.shape.row_roomy;
        SubMenuButton::new(text).ui(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.set_width(268.0);
            show(ui);
        });
    });
}

fn items(
    ui: &mut Ui,
    state: &State,
    keymap: &Keymap,
    commands: impl IntoIterator<Item = Command>,
    out: &mut Outbox,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let situation = state.situation();
    for command in commands.into_iter().filter(|c| is_offered(*c)) {
        let key = shortcut_text(keymap, command);
        let item = menu_item(ui, &menu_text(state, command), &key, command.unavailable(&situation));
        if item.on_hover_text(command.tooltip()).clicked() {
            out.command(command);
            ui.close();
        }
    }
}

/// Undo and redo say what they would take back.
fn menu_text(state: &State, command: Command) -> String {
    let history = state.project.as_ref().map(|p| p.session.history());
    let target = match command {
        Command::Edit(EditCommand::Undo) => state.project.as_ref().and_then(OpenProject::undo_target),
        Command::Edit(EditCommand::Redo) => history.and_then(project::History::redo_target),
        Command::File(FileCommand::SaveCopy) if state.project.as_ref().is_some_and(|p| p.scratch) => {
            return "Save project as…".to_owned();
        }
        _ => None,
    };
    match target {
        Some((_, edit)) => format!("{}: {}", command.text(), edit.title()),
        None => command.text().into_owned(),
    }
}

fn recent(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let recent: Vec<_> = state.preferences.recent.iter().filter(|p| p.exists()).take(12).collect();
    if recent.is_empty() {
        return;
    }
    submenu(ui, state, "Open recent", |ui| {
        for path in recent {
            let name = crate::work::file_name(path);
            if menu_item(ui, &name, "", None).on_hover_text(path.display().to_string()).clicked() {
                out.push(Ask::OpenFiles(vec![path.clone()]));
                ui.close();
            }
        }
    });
}

/// The field that opens the palette.
fn search(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let theme = &state.theme;
    let command = Command::View(ViewCommand::CommandPalette);
    let width = (ui.available_width() * 0.5).clamp(160.0, 260.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Search or command"));
    let c = &theme.color;
    let edge = if response.hovered() || response.has_focus() { *c.outline } else { *c.line };
    let edge = egui::Stroke::new(1.0, edge);
    ui.painter().rect(rect, theme.radius(), *c.raised, edge, egui::StrokeKind::Inside);
    let icon = egui::Rect::from_center_size(pos2(rect.left() + 16.0, rect.center().y), vec2(16.0, 16.0));
    paint_icon(ui, icon, icons::SEARCH, 14.0, *c.muted);
    let text = pos2(rect.left() + 30.0, rect.center().y);
    let font = fonts::body(theme.size.body);
    ui.painter().text(text, Align2::LEFT_CENTER, "Search or command", font, *c.muted);
    let key = pos2(rect.right() - 8.0, rect.center().y);
    let font = fonts::body(theme.size.small);
    if width > 200.0 {
        ui.painter().text(key, Align2::RIGHT_CENTER, shortcut_text(keymap, command), font, *c.muted);
    }
    if response.clicked() {
        out.command(command);
    }
}

/// The project's name, where there is room for it.
fn title(ui: &mut Ui, state: &State) {
    let Some(project) = &state.project else { return };
    let room = ui.available_width();
    if room < 120.0 {
        return;
    }
    ui.with_layout(Layout::centered_and_justified(egui::Direction::LeftToRight), |ui| {
        let text = egui::RichText::new(project.title()).color(*state.theme.color.muted);
        let label = egui::Label::new(text).truncate();
        ui.add(label).on_hover_text(project.session.path().display().to_string());
    });
}
