//! Annotate: classes, the selected region, what comes next.

use editing::Keymap;
use egui::Ui;

use crate::outbox::Outbox;
use crate::panels::{Picture, between, classes, layers, next, region, right_panel, tool_strip};
use crate::state::State;

pub fn panels(ui: &mut Ui, state: &State, keymap: &Keymap, picture: &Picture<'_>, out: &mut Outbox) {
    next::show(ui, state, keymap, picture, out);
    tool_strip::show(ui, state, keymap, out);
    right_panel(ui, state, out, |ui, out| {
        if state.content().is_some_and(|p| p.schema().is_some()) {
            classes::show(ui, state, out);
            between(ui);
        }
        region::show(ui, state, out);
        if state.content().is_some() {
            between(ui);
        }
        layers::show(ui, state, keymap, out);
    });
}
