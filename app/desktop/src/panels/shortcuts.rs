//! The shortcut sheet: every key and what it does, searchable.

use editing::{Command, EditCommand, Keymap, ReviewCommand};
use egui::{Align, Layout, RichText, ScrollArea, Ui, vec2};

use crate::commands::offered;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::{Overlays, State};
use crate::widgets::{dialog, field, key_hint};

/// What the pointer and held keys do; no command stands for these.
const GESTURES: [(&str, &str); 8] = [
    ("Wheel", "Zoom at the pointer"),
    ("Middle-drag", "Move the map, in every tool"),
    ("Space+drag", "Move the map, also while drawing"),
    ("Esc", "Cancel one level"),
    ("F6", "From the map to the panels, and back"),
    ("Alt", "Take away"),
    ("Shift", "Add, or constrain"),
    ("Ctrl", "Snap the other way round, or select more"),
];

pub(super) fn show(ctx: &egui::Context, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let Some(query) = &state.overlays.shortcuts else { return };
    let mut typed = query.clone();
    let size = ctx.content_rect().size();
    let modal = dialog(ctx, "shortcuts").show(ctx, |ui| {
        ui.set_width((size.x - 96.0).clamp(320.0, 860.0));
        ui.horizontal(|ui| {
            ui.heading("Keyboard shortcuts");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                field(ui, &mut typed, "Find a key or command", 220.0).request_focus();
            });
        });
        ui.add_space(state.theme.space.m);
        ScrollArea::vertical().max_height((size.y - 200.0).max(160.0)).show(ui, |ui| {
            sheet(ui, state, keymap, &typed.to_lowercase());
        });
    });
    if modal.should_close() {
        out.push(Ask::Overlays(Overlays { shortcuts: None, ..state.overlays.clone() }));
    } else if typed != *query {
        out.push(Ask::Overlays(Overlays { shortcuts: Some(typed), ..state.overlays.clone() }));
    }
}

/// One line: what it does, and its keys.
type Line = (String, Vec<String>);

fn sheet(ui: &mut Ui, state: &State, keymap: &Keymap, query: &str) {
    let mut groups: Vec<(&str, Vec<Line>)> = Vec::new();
    let gestures = GESTURES.map(|(key, text)| (text.to_owned(), vec![key.to_owned()]));
    groups.push(("Pointer and held keys", gestures.to_vec()));
    for command in offered() {
        let keys: Vec<String> = keymap.shortcuts(command).iter().map(ToString::to_string).collect();
        if keys.is_empty() || is_repetition(command) {
            continue;
        }
        match groups.iter_mut().find(|(name, _)| *name == command.group()) {
            Some((_, lines)) => lines.push((command.text().into_owned(), keys)),
            None => groups.push((command.group(), vec![(command.text().into_owned(), keys)])),
        }
    }
    let wanted = |(text, keys): &Line| {
        query.is_empty()
            || text.to_lowercase().contains(query)
            || keys.iter().any(|k| k.to_lowercase().contains(query))
    };
    let columns = if ui.available_width() > 640.0 { 2 } else { 1 };
    for (_, lines) in &mut groups {
        lines.retain(&wanted);
    }
    groups.retain(|(_, lines)| !lines.is_empty());
    if groups.is_empty() {
        ui.label(RichText::new("No key and no command is called that.").color(*state.theme.color.muted));
    }
    let total: usize = groups.iter().map(|(_, lines)| lines.len() + 2).sum();
    let mut columns_of: Vec<Vec<&(&str, Vec<Line>)>> = vec![Vec::new(); columns];
    let mut filled = 0;
    for group in &groups {
        let column = (filled * columns / total.max(1)).min(columns - 1);
        columns_of[column].push(group);
        filled += group.1.len() + 2;
    }
    ui.columns(columns, |uis| {
        for (ui, groups) in uis.iter_mut().zip(columns_of) {
            for (name, lines) in groups {
                group(ui, state, name, lines);
            }
        }
    });
}

/// Ten classes have ten digits; one line says it.
fn is_repetition(command: Command) -> bool {
    match command {
        Command::Edit(EditCommand::Class(digit)) | Command::Review(ReviewCommand::VoteClass(digit)) => {
            digit != 1
        }
        _ => false,
    }
}

fn group(ui: &mut Ui, state: &State, name: &str, lines: &[Line]) {
    ui.label(RichText::new(name).font(fonts::semibold(state.theme.size.small + 1.0)));
    ui.add_space(2.0);
    for (text, keys) in lines {
        ui.allocate_ui(vec2(ui.available_width(), state.theme.shape.row), |ui| {
            ui.horizontal(|ui| {
                let (text, digits) = match text.as_str() {
                    "Class 1" => ("Class of that digit", true),
                    "Vote for class 1" => ("Vote for the class of that digit", true),
                    text => (text, false),
                };
                ui.label(RichText::new(text).color(*state.theme.color.text));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.add_space(8.0);
                    for key in keys.iter().rev() {
                        key_hint(ui, if digits { "0 … 9" } else { key });
                    }
                });
            });
        });
    }
    ui.add_space(state.theme.space.m);
}
