//! The views that were kept: go to one, give it a name, take it out.

use editing::{Command, Keymap, MapCommand};
use egui::{Align, Layout, RichText, Ui};

use crate::bookmarks;
use crate::commands::tooltip;
use crate::icons;
use crate::outbox::{Ask, Outbox};
use crate::run::map::MapAsk;
use crate::state::State;
use crate::widgets::{IconButton, field, text_button};

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let theme = &state.theme;
    let found = bookmarks::here(state);
    if found.is_empty() {
        let text = "No view was kept yet. Ctrl+B keeps the one on the map; it is found again in every project \
                    that shows the place.";
        ui.label(RichText::new(text).color(*theme.color.muted));
        return;
    }
    ui.spacing_mut().item_spacing.y = 4.0;
    for (index, bookmark, _) in found {
        ui.push_id(index, |ui| {
            ui.horizontal(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let remove = format!("Remove {}", bookmark.name);
                    if ui.add(IconButton::new(icons::DELETE, &remove).quiet()).clicked() {
                        out.push(Ask::Map(MapAsk::RemoveBookmark(index)));
                    }
                    let go = text_button(ui, "Go").on_hover_text(format!("Go to {}", bookmark.name));
                    let named = format!("Go to {}", bookmark.name);
                    ui.ctx().accesskit_node_builder(go.id, |node| node.set_label(named));
                    if go.clicked() {
                        out.push(Ask::Map(MapAsk::GoToBookmark(index)));
                    }
                    let mut name = bookmark.name.clone();
                    let label = format!("Name of bookmark {}", index + 1);
                    if field(ui, &mut name, &label, ui.available_width()).changed() {
                        out.push(Ask::Map(MapAsk::RenameBookmark(index, name)));
                    }
                });
            });
        });
    }
}

/// The button that keeps the present view.
pub fn add(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let command = Command::Map(MapCommand::AddBookmark);
    let button = IconButton::new(icons::PLUS, "Add bookmark")
        .tooltip(tooltip(keymap, command))
        .quiet()
        .disabled_because(command.unavailable(&state.situation()));
    if ui.add(button).clicked() {
        out.command(command);
    }
}
