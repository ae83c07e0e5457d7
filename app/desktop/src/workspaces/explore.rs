//! Explore: layers, bands, stretch.

use editing::Keymap;
use egui::Ui;

use crate::outbox::Outbox;
use crate::panels::{bands, between, layers, region, right_panel, tool_strip};
use crate::state::State;

pub fn panels(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    tool_strip::show(ui, state, keymap, out);
    right_panel(ui, state, out, |ui, out| {
        layers::show(ui, state, keymap, out);
        if state.shown_layer().is_some_and(|(_, l)| l.view().is_some()) {
            between(ui);
            bands::show(ui, state, out);
        }
        if state.situation().regions > 0 {
            between(ui);
            region::show(ui, state, out);
        }
    });
}
