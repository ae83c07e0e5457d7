//! Review: one object on a card, every view of it at one scale, and a verdict by one key.

mod card;
mod empty;
mod figures;
mod header;
mod matrix;
mod prompt;
mod queue;
mod side;
mod verdict;
mod votes;

use editing::Keymap;
use egui::{Frame, Margin, Panel, Rect, Ui};

use crate::map::tiles::{self, Wanted};
use crate::outbox::Outbox;
use crate::panels::Picture;
use crate::state::State;

/// Width of the list on the left, in points.
const QUEUE: f32 = 228.0;

/// The panels around the card.
pub fn panels(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    if state.content().is_none() {
        return;
    }
    let frame =
        |x: i8, y: i8| Frame::new().fill(*state.theme.color.panel).inner_margin(Margin::symmetric(x, y));
    Panel::top("review header").resizable(false).frame(frame(12, 4)).show(ui, |ui| {
        header::show(ui, state, out);
    });
    if state.review.case().is_some() {
        Panel::bottom("verdict bar").resizable(false).frame(frame(12, 8)).show(ui, |ui| {
            verdict::show(ui, state, keymap, out);
        });
    }
    Panel::left("review queue").exact_size(QUEUE).resizable(false).frame(frame(0, 0)).show(ui, |ui| {
        queue::show(ui, state, out);
    });
    side::show(ui, state, out);
}

/// The card fills what the panels leave; its place is given back.
pub fn card(ui: &mut Ui, state: &State, keymap: &Keymap, picture: &Picture<'_>, out: &mut Outbox) -> Rect {
    let rect = ui.available_rect_before_wrap();
    ui.painter().rect_filled(rect, 0.0, *state.theme.color.canvas);
    if state.review.case().is_some() {
        card::show(ui, state, rect, picture, out);
        prompt::show(ui.ctx(), state, rect, out);
    } else {
        empty::show(ui, state, keymap, rect, out);
    }
    rect
}

/// The tiles that the card needs.
pub fn wanted(state: &State) -> Vec<Wanted> {
    card::views(state).iter().map(|one| tiles::wanted(&state.camera, &one.view)).collect()
}
