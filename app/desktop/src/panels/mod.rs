//! The panels of the frame. Each is a function of the state that pushes what it asks for.

pub mod alignment;
pub mod alike;
pub mod attributes;
pub mod bands;
pub mod bookmarks;
mod chord;
pub mod classes;
mod conflicts;
pub mod cube;
mod dialog_classes;
mod dialog_export;
mod dialog_import;
mod dialog_join;
mod dialog_paper;
mod dialog_picture;
mod dialog_relations;
mod dialog_schema;
mod dialog_share;
mod empty;
pub mod gallery;
mod histogram;
pub mod history;
mod jobs;
pub mod layers;
mod measure;
mod member;
pub mod models;
pub mod next;
pub mod notices;
mod overlay;
mod palette;
mod preferences;
pub mod products;
pub mod questions;
pub mod region;
mod region_menu;
mod relation_prompt;
pub mod relations;
mod returned;
mod sam;
pub mod screening;
mod shortcuts;
mod smart;
pub mod spectra;
mod status;
pub mod table;
mod teach;
mod time;
mod tool_options;
pub mod tool_strip;
mod top_bar;
mod view_labels;
mod views;

use editing::{Keymap, Workspace};
use egui::{Frame, Margin, Panel, Rect, Ui, UiBuilder};
use renderer::{Scene, ViewId};

use crate::map::compare;
use crate::map::paint::SharedRenderer;
use crate::map::regions::RegionShapes;
use crate::map::scene::OnGpu;
use crate::map::tiles::TileLoader;
use crate::map::view;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::hairline;
use crate::workspaces;

/// What the map needs besides the state: what is on the GPU.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    pub renderer: &'a SharedRenderer,
    pub loader: &'a TileLoader,
    pub regions: &'a RegionShapes,
}

impl Picture<'_> {
    /// Makes a scene from what is on the GPU and the shape that draws it.
    pub fn paint(&self, rect: Rect, view: ViewId, make: impl FnOnce(OnGpu<'_>) -> Scene) -> egui::Shape {
        let renderer = self.renderer.lock();
        let scene = make(OnGpu { loader: self.loader, regions: self.regions, renderer: &renderer });
        drop(renderer);
        self.renderer.paint(rect, view, scene)
    }
}

/// Shows the whole window.
pub fn show(ui: &mut Ui, state: &State, keymap: &Keymap, picture: &Picture<'_>, out: &mut Outbox) {
    let theme = &state.theme;
    if !state.panels_hidden {
        let bar = Frame::new().fill(*theme.color.panel).inner_margin(Margin::symmetric(8, 0));
        Panel::top("top bar").exact_size(theme.shape.top_bar).frame(bar).resizable(false).show(ui, |ui| {
            top_bar::show(ui, state, keymap, out);
        });
        let bar = Frame::new().fill(*theme.color.panel).inner_margin(Margin::symmetric(8, 0));
        Panel::bottom("status bar")
            .exact_size(theme.shape.status_bar)
            .frame(bar)
            .resizable(false)
            .show(ui, |ui| status::show(ui, state, keymap, out));
        overlay::banner(ui, state, out);
        if state.workspace != Workspace::Review {
            tool_strip::show(ui, state, keymap, out);
        }
    }
    workspaces::show(ui, state, keymap, picture, out);
    palette::show(ui.ctx(), state, keymap, out);
    shortcuts::show(ui.ctx(), state, keymap, out);
    preferences::show(ui.ctx(), state, out);
    jobs::show(ui.ctx(), state, out);
    dialog_classes::show(ui.ctx(), state, out);
    dialog_relations::show(ui.ctx(), state, out);
    dialog_schema::show(ui.ctx(), state, out);
    dialog_import::show(ui.ctx(), state, out);
    dialog_export::show(ui.ctx(), state, out);
    dialog_join::show(ui.ctx(), state, out);
    dialog_share::show(ui.ctx(), state, out);
    dialog_picture::show(ui.ctx(), state, out);
    dialog_paper::show(ui.ctx(), state, out);
    overlay::question(ui.ctx(), state, out);
}

/// The map fills its place; what floats over it is shown with it.
pub fn map(ui: &mut Ui, state: &State, keymap: &Keymap, picture: &Picture<'_>, out: &mut Outbox) {
    let all = ui.available_rect_before_wrap();
    let cells = compare::cells(all, state.aids.views.count());
    let rect = cells[0];
    let (response, pointer) = view::interact(ui, state, rect, out);
    region_menu::show(&response, state, keymap, out);
    let others = cells.iter().enumerate().skip(1);
    let elsewhere = others.filter_map(|(i, cell)| view::follow(ui, state, *cell, i, out)).last();
    let pointer = pointer.or(elsewhere);
    if pointer != state.pointer.screen {
        out.push(Ask::Pointer(pointer));
    }
    if !rect.is_positive() {
        return;
    }
    let free = next::free(state, all);
    pictures(ui, state, picture, &cells, free, out);
    if let Some(why) = crate::map::overlay::failed_under_pointer(state) {
        response.on_hover_text_at_pointer(why);
    }
    if ui.input(|i| !i.raw.hovered_files.is_empty()) {
        crate::map::overlay::paint_drop(ui.painter(), state, all);
    } else {
        let mut over = ui.new_child(UiBuilder::new().max_rect(all));
        empty::show(&mut over, state, keymap, all, out);
        crate::map::minimap::show(&mut over, state, picture, free.intersect(rect), out);
    }
    next::show(ui.ctx(), state, keymap, picture, all, out);
    tool_options::show(ui.ctx(), state, keymap, free, out);
    time::show(ui.ctx(), state, keymap, free, out);
    chord::show(ui.ctx(), state, free);
    attributes::asked(ui.ctx(), state, free, out);
    relation_prompt::show(ui.ctx(), state, free, out);
    notices::show(ui.ctx(), state, all, out);
}

/// The pictures of the map, and what is drawn over each.
fn pictures(ui: &mut Ui, state: &State, picture: &Picture<'_>, cells: &[Rect], free: Rect, out: &mut Outbox) {
    let rect = cells[0];
    let painter = ui.painter().with_clip_rect(rect);
    // Until the camera knows of another size, nothing would lie in its place.
    let placed = rect == state.map_rect;
    if placed {
        painter.extend(crate::map::basemap::shapes(state, rect));
        views::paint(ui, state, picture, rect);
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                views::paint_view(ui, state, picture, *cell, i);
            }
            let painter = ui.painter().with_clip_rect(*cell);
            crate::map::graticule::paint(&painter, state, *cell);
        }
        crate::map::likely::paint(&painter, state, rect);
        crate::map::pixels::paint(&painter, state, rect);
        spectra::paint_marks(&painter, state, rect);
        crate::map::screening::paint(&painter, state, rect);
        crate::map::arrows::paint(&painter, state, rect);
        crate::map::relations::paint(&painter, state, rect);
        crate::map::pins::paint(&painter, state, rect);
        views::paint_pointer(ui, state, cells);
        views::swipe(ui, state, free, out);
    }
    if cells.len() > 1 {
        for (i, cell) in cells.iter().enumerate() {
            ui.painter().rect_stroke(*cell, 0.0, state.theme.hairline(), egui::StrokeKind::Outside);
            views::title(ui, state, *cell, i, out);
        }
    }
    let free = free.intersect(rect);
    crate::map::overlay::paint_scale_bar(&painter, state, free);
    crate::map::north::paint(&painter, state, free);
    crate::map::overlay::paint_credit(&painter, state, free);
    crate::map::overlay::paint_tool_message(&painter, state, rect);
}

/// Space and a line between two sections.
pub fn between(ui: &mut Ui) {
    hairline(ui);
}
