//! Review: one object on a card, every view of it at one scale, and a verdict by one key; or many cards at once.

mod card;
mod course;
mod empty;
mod figures;
pub(crate) mod ghosts;
mod grid;
mod header;
mod matrix;
mod object;
mod prompt;
mod queue;
mod reliability;
mod remarks;
mod rules;
mod tables;
mod verdict;
mod votes;
mod work;

use editing::Keymap;
use egui::{Frame, Margin, Panel, ScrollArea, Ui};

use crate::map::tiles::{self, Wanted};
use crate::outbox::Outbox;
use crate::panels::{Picture, notices};
use crate::state::State;

/// The card with its header and the verdicts.
pub fn card(ui: &mut Ui, state: &State, keymap: &Keymap, picture: &Picture<'_>, out: &mut Outbox) {
    let frame =
        |x: i8, y: i8| Frame::new().fill(*state.theme.color.panel).inner_margin(Margin::symmetric(x, y));
    if state.content().is_some() && !state.panels_hidden {
        Panel::top("review header").resizable(false).frame(frame(12, 4)).show(ui, |ui| {
            header::show(ui, state, keymap, out);
        });
    }
    if state.review.case().is_some() && !state.panels_hidden {
        Panel::bottom("verdict bar").resizable(false).frame(frame(12, 8)).show(ui, |ui| {
            // On a small screen the object keeps its room, and the classes scroll.
            let room = ui.ctx().content_rect().height() * 0.3;
            let area = ScrollArea::vertical().max_height(room).min_scrolled_height(room);
            area.auto_shrink([false, true]).show(ui, |ui| verdict::show(ui, state, keymap, out));
        });
    }
    let rect = ui.available_rect_before_wrap();
    if state.review.grid.open && state.content().is_some() && !state.review.listed().is_empty() {
        grid::show(ui, state, picture, out);
        prompt::show(ui.ctx(), state, rect, out);
    } else if state.review.case().is_some() {
        card::show(ui, state, rect, picture, out);
        prompt::show(ui.ctx(), state, rect, out);
    } else {
        empty::show(ui, state, keymap, rect, out);
    }
    notices::show(ui.ctx(), state, rect, out);
}

/// The list of what waits.
pub fn queue(ui: &mut Ui, state: &State, out: &mut Outbox) {
    queue::show(ui, state, out);
}

/// What was said about the case on the card.
pub fn votes(ui: &mut Ui, state: &State, out: &mut Outbox) {
    votes::show(ui, state, out);
}

/// Everybody who was ever heard of and is not removed.
pub fn people(state: &State) -> Vec<project::Author> {
    work::people(state)
}

/// Work that is handed out.
pub fn work(ui: &mut Ui, state: &State, out: &mut Outbox) {
    work::show(ui, state, out);
}

/// What members say to each other.
pub fn remarks(ui: &mut Ui, state: &State, out: &mut Outbox) {
    remarks::show(ui, state, out);
}

/// The rules of the review.
pub fn rules(ui: &mut Ui, state: &State, out: &mut Outbox) {
    rules::show(ui, state, out);
}

/// How well members agree, in numbers.
pub fn agreement(ui: &mut Ui, state: &State, out: &mut Outbox) {
    figures::show(ui, state, out);
}

/// The tiles that the card, or the cards on the screen, need.
pub fn wanted(state: &State) -> Vec<Wanted> {
    if state.review.grid.open {
        return grid::wanted(state);
    }
    let Some(case) = state.review.case() else { return Vec::new() };
    card::views(state, case).iter().map(|one| tiles::wanted(&state.camera, &one.view)).collect()
}
