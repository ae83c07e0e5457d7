//! The panels of the frame. Each is a function of the state that pushes what it asks for.

pub mod bands;
pub mod classes;
mod dialog_export;
mod dialog_import;
mod empty;
mod histogram;
pub mod history;
mod jobs;
pub mod layers;
mod member;
pub mod next;
pub mod notices;
mod overlay;
mod palette;
mod preferences;
pub mod region;
mod returned;
mod shortcuts;
mod status;
pub mod tool_strip;
mod top_bar;

use editing::{Keymap, Workspace};
use egui::{Frame, Margin, Panel, Rect, Ui, UiBuilder};
use renderer::{Scene, ViewId};

use crate::map::paint::SharedRenderer;
use crate::map::regions::RegionShapes;
use crate::map::scene::OnGpu;
use crate::map::tiles::TileLoader;
use crate::map::view;
use crate::outbox::Outbox;
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
    dialog_import::show(ui.ctx(), state, out);
    dialog_export::show(ui.ctx(), state, out);
    overlay::question(ui.ctx(), state, out);
}

/// The map fills its place; what floats over it is shown with it.
pub fn map(ui: &mut Ui, state: &State, keymap: &Keymap, picture: &Picture<'_>, out: &mut Outbox) {
    let response = view::interact(ui, state, out);
    let rect = response.rect;
    if !rect.is_positive() {
        return;
    }
    let painter = ui.painter().with_clip_rect(rect);
    if rect == state.map_rect {
        painter.extend(crate::map::basemap::shapes(state, rect));
        painter.add(picture.paint(rect, ViewId::MAIN, |gpu| crate::map::scene::scene(state, gpu)));
    }
    let free = next::free(state, rect);
    crate::map::overlay::paint_scale_bar(&painter, state, free);
    crate::map::overlay::paint_credit(&painter, state, free);
    crate::map::overlay::paint_tool_message(&painter, state, rect);
    if let Some(why) = crate::map::overlay::failed_under_pointer(state) {
        response.on_hover_text_at_pointer(why);
    }
    if ui.input(|i| !i.raw.hovered_files.is_empty()) {
        crate::map::overlay::paint_drop(&painter, state, rect);
    } else {
        let mut over = ui.new_child(UiBuilder::new().max_rect(rect));
        empty::show(&mut over, state, keymap, rect, out);
    }
    next::show(ui.ctx(), state, keymap, picture, rect, out);
    tool_strip::options(ui.ctx(), state, keymap, free, out);
    notices::show(ui.ctx(), state, rect, out);
}

/// Space and a line between two sections.
pub fn between(ui: &mut Ui) {
    hairline(ui);
}
