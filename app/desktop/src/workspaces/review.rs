//! Review: where every case stands.

use editing::Keymap;
use egui::Ui;

use crate::outbox::Outbox;
use crate::panels::{between, layers, region, right_panel, tool_strip};
use crate::state::State;

pub fn panels(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    tool_strip::show(ui, state, keymap, out);
    right_panel(ui, state, out, |ui, out| {
        region::show(ui, state, out);
        between(ui);
        layers::show(ui, state, keymap, out);
    });
}
