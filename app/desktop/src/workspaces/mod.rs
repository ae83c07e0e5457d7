//! The workspaces: the map, or the card of the review, and the panels around it.

pub mod arrangement;
mod dock;
mod look;
mod panes;
pub mod review;
mod sizes;

use editing::{Keymap, Workspace};
use egui::Ui;

pub use look::pane_items;

use crate::outbox::Outbox;
use crate::panels::{Picture, map};
use crate::state::State;

/// Shows the present workspace in what bars and tools leave.
pub fn show(ui: &mut Ui, state: &State, keymap: &Keymap, picture: &Picture<'_>, out: &mut Outbox) {
    let mut middle = |ui: &mut Ui, out: &mut Outbox| match state.workspace {
        Workspace::Review => review::card(ui, state, keymap, picture, out),
        _ => map(ui, state, keymap, picture, out),
    };
    dock::show(ui, state, keymap, picture, out, &mut middle);
}
