//! What is in each panel. A new one is a variant of [`Pane`], its line in each function here, and the function
//! that shows it.

use editing::{Keymap, Pane};
use egui::{Frame, Margin, ScrollArea, Ui, Vec2, vec2};

use super::review;
use crate::outbox::Outbox;
use crate::panels::{
    Picture, alignment, alike, bands, bookmarks, classes, cube, history, layers, models, products, questions,
    region, screening, spectra, table,
};
use crate::state::State;

/// Shows what is in a panel.
pub(super) fn content(ui: &mut Ui, pane: Pane, state: &State, picture: &Picture<'_>, out: &mut Outbox) {
    match pane {
        Pane::Layers => scrolled(ui, |ui| layers::show(ui, state, out)),
        Pane::Bands => scrolled(ui, |ui| bands::show(ui, state, out)),
        Pane::Region => scrolled(ui, |ui| region::show(ui, state, out)),
        Pane::Classes => scrolled(ui, |ui| classes::show(ui, state, out)),
        Pane::Queue => review::queue(ui, state, out),
        Pane::Votes => scrolled(ui, |ui| review::votes(ui, state, out)),
        Pane::Agreement => scrolled(ui, |ui| review::agreement(ui, state, out)),
        Pane::Work => scrolled(ui, |ui| review::work(ui, state, out)),
        Pane::Remarks => scrolled(ui, |ui| review::remarks(ui, state, out)),
        Pane::Rules => scrolled(ui, |ui| review::rules(ui, state, out)),
        Pane::History => history::show(ui, state, out),
        Pane::Bookmarks => scrolled(ui, |ui| bookmarks::show(ui, state, out)),
        Pane::Table => table::show(ui, state, picture, out),
        Pane::Spectra => spectra::show(ui, state, out),
        Pane::Products => scrolled(ui, |ui| products::show(ui, state, out)),
        Pane::Alignment => scrolled(ui, |ui| alignment::show(ui, state, out)),
        Pane::Cube => cube::show(ui, state, picture, out),
        Pane::Screening => scrolled(ui, |ui| screening::show(ui, state, out)),
        Pane::Questions => questions::list(ui, state, out),
        Pane::Inquiry => questions::inquiry(ui, state, out),
        Pane::Evidence => questions::evidence(ui, state, out),
        Pane::Question => questions::editor(ui, state, out),
        Pane::Scores => scrolled(ui, |ui| questions::scores(ui, state, out)),
        Pane::Models => scrolled(ui, |ui| models::list(ui, state, out)),
        Pane::Teach => scrolled(ui, |ui| models::teach(ui, state, out)),
        Pane::Learning => scrolled(ui, |ui| models::learning(ui, state, out)),
        Pane::Proposals => models::proposals(ui, state, out),
        Pane::Similar => alike::show(ui, state, picture, out),
        // Floats over the map: `panels::next`.
        Pane::Filmstrip => {}
    }
}

/// What stands at the right of its title.
pub(super) fn extra(ui: &mut Ui, pane: Pane, state: &State, keymap: &Keymap, out: &mut Outbox) {
    match pane {
        Pane::Layers => layers::add(ui, state, keymap, out),
        Pane::Bookmarks => bookmarks::add(ui, state, keymap, out),
        _ => {}
    }
}

/// Width and height that a panel wants, in points, before anybody gives it others.
pub(super) fn wish(pane: Pane) -> Vec2 {
    match pane {
        Pane::Layers => vec2(248.0, 136.0),
        Pane::Region => vec2(248.0, 240.0),
        Pane::Classes => vec2(248.0, 216.0),
        Pane::Queue => vec2(224.0, 300.0),
        Pane::Bookmarks => vec2(248.0, 200.0),
        Pane::History => vec2(264.0, 300.0),
        // Their titles stand beside each other.
        Pane::Votes | Pane::Agreement | Pane::Work | Pane::Remarks | Pane::Rules => vec2(288.0, 300.0),
        Pane::Table => vec2(400.0, 260.0),
        Pane::Spectra => vec2(264.0, 244.0),
        Pane::Products => vec2(248.0, 320.0),
        Pane::Alignment => vec2(264.0, 360.0),
        Pane::Cube => vec2(400.0, 420.0),
        Pane::Questions | Pane::Inquiry | Pane::Screening => vec2(264.0, 420.0),
        Pane::Evidence => vec2(264.0, 260.0),
        Pane::Question | Pane::Scores => vec2(312.0, 480.0),
        Pane::Bands | Pane::Models | Pane::Teach => vec2(248.0, 560.0),
        Pane::Learning | Pane::Proposals | Pane::Similar => vec2(280.0, 560.0),
        Pane::Filmstrip => Vec2::ZERO,
    }
}

/// A column that scrolls when it is longer than its panel.
fn scrolled(ui: &mut Ui, show: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let margin = Margin { left: 12, right: 12, top: 0, bottom: 8 };
        Frame::new().inner_margin(margin).show(ui, show);
    });
}
