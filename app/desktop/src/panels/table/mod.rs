//! Every region in one table: found by a condition, sorted, summed up by class, or as pictures.

mod cell;
mod columns;
mod find;
mod pictures;
mod rows;
mod sums;

use egui::{Align, Frame, Id, Layout, Margin, RichText, Ui};
use spatial::format as units;

use crate::finder::{FinderAsk, View};
use crate::outbox::{Ask, Outbox};
use crate::panels::Picture;
use crate::state::{OpenProject, State};
use crate::widgets::{tab, text_button};
use crate::{fonts, icons};

pub(super) use cell::{choices_of, read as read_value, value_text};
pub use columns::columns;
pub use pictures::SIZE as PICTURE;

/// The field of the condition.
pub fn field_id() -> Id {
    Id::unique("condition over the regions")
}

pub fn show(ui: &mut Ui, state: &State, picture: &Picture<'_>, out: &mut Outbox) {
    let Some(open) = &state.project else {
        quiet(ui, state, "No project is open.");
        return;
    };
    let margin = Margin { left: 12, right: 12, top: 4, bottom: 4 };
    Frame::new().inner_margin(margin).show(ui, |ui| {
        find::show(ui, state, open, out);
        bar(ui, state, open, out);
    });
    if open.session.project().regions().is_empty() {
        quiet(ui, state, "No regions yet. Press P to draw one, or import footprints.");
        return;
    }
    if open.finder.shown().is_none() {
        let text =
            if open.finder.wrong.is_some() { "Nothing was found yet." } else { "Looking at every region…" };
        quiet(ui, state, text);
        return;
    }
    if open.finder.is_empty() {
        quiet(ui, state, "No region is like that.");
        return;
    }
    match open.finder.view {
        View::Rows => rows::show(ui, state, open, out),
        View::Classes => sums::show(ui, state, open, out),
        View::Pictures => pictures::show(ui, state, open, picture, out),
    }
}

fn quiet(ui: &mut Ui, state: &State, text: &str) {
    Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| {
        ui.label(RichText::new(text).color(*state.theme.color.muted));
    });
}

/// The views, how many were found, and what is done with them.
fn bar(ui: &mut Ui, state: &State, open: &OpenProject, out: &mut Outbox) {
    let finder = &open.finder;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for view in View::ALL {
            if tab(ui, view.text(), finder.view == view, 26.0).clicked() {
                out.push(Ask::Finder(FinderAsk::View(view)));
            }
        }
        ui.add_space(8.0);
        count(ui, state, open);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            columns::menu(ui, state, out);
            let copy = crate::widgets::IconButton::new(icons::COPY, "Copy as CSV");
            if ui
                .add(copy.tooltip("Copy what was found as CSV; where several of it are selected, these"))
                .clicked()
            {
                out.push(Ask::Finder(FinderAsk::Copy));
            }
            if ui.available_width() > 260.0 {
                let mut only = finder.only;
                let about = "Next and previous go through these regions only, in this order  Ctrl+Shift+F";
                if ui.checkbox(&mut only, "Go through these only").on_hover_text(about).changed() {
                    out.push(Ask::Finder(FinderAsk::Only(only)));
                }
            }
            if ui.available_width() > 110.0 && text_button(ui, "Select all found").clicked() {
                out.push(Ask::Finder(FinderAsk::SelectFound));
            }
        });
    });
}

/// `203 of 1 813`, and how many of them are selected.
fn count(ui: &mut Ui, state: &State, open: &OpenProject) {
    let (found, all) = (open.finder.len() as u64, open.counts.regions as u64);
    let text = match open.finder.is_current() {
        false => "Looking…".to_owned(),
        true if found == all => format!("{} regions", units::count(all)),
        true => format!("{} of {}", units::count(found), units::count(all)),
    };
    let ink = if open.finder.wrong.is_some() { *state.theme.color.disabled } else { *state.theme.color.text };
    ui.label(RichText::new(text).font(fonts::medium(state.theme.size.body)).color(ink));
    let selected = state.selection.len() as u64;
    if selected > 0 && ui.available_width() > 420.0 {
        let text = format!("{} selected", units::count(selected));
        ui.label(
            RichText::new(text).font(fonts::body(state.theme.size.small)).color(*state.theme.color.muted),
        );
    }
}
