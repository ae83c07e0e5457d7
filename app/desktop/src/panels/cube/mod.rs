//! The layer as a block: turned by dragging, cut open by three sliders.

mod axis;

use editing::CUBE_BANDS;
use egui::{
    Align, CursorIcon, Frame, Key, Layout, Margin, Rect, Response, RichText, Role, Sense, Shape, Slider,
    Stroke, Ui, WidgetInfo, vec2,
};
use picture::LayerView;
use picture::cube::{Face, Placed, Turn};
use renderer::{Colormap, ColormapKind, Scene, ViewId};

use super::Picture;
use super::bands::{ramp, title_case};
use super::layers::caption;
use crate::cube::{CubeAsk, Loaded, bands_of};
use crate::map::layer::band_name;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{combo, text_button, thin_progress};
use crate::{fonts, format};

/// The renderer's number of the cube.
const VIEW: ViewId = ViewId(95);
/// Width of the names at the left of the sliders.
const CAPTION: f32 = 84.0;
/// Room for the numbers at the right of the block.
const AXIS: f32 = 52.0;
/// Turned by a drag of one point, in degrees.
const DRAG_DEG: f32 = 0.4;
/// Turned by one press of an arrow, in degrees.
const STEP_DEG: f32 = 6.0;

/// Shows the panel.
pub fn show(ui: &mut Ui, state: &State, picture: &Picture<'_>, out: &mut Outbox) {
    let margin = Margin { left: 12, right: 12, top: 0, bottom: 8 };
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let Some((id, view)) = state.shown_layer().and_then(|(id, l)| Some((id, l.view()?))) else {
            note(
                ui,
                state,
                "An image of many bands is shown here as a block that can be turned and cut open.",
            );
            return;
        };
        let bands = bands_of(view.source.image());
        if bands < CUBE_BANDS {
            let has = format::count(bands, "band", "bands");
            note(ui, state, &format!("A cube needs at least {CUBE_BANDS} bands. This image has {has}."));
            return;
        }
        match &state.cube.loaded {
            Some(loaded) if loaded.layer == id => loaded_cube(ui, state, view, loaded, picture, out),
            _ => waiting(ui, state, id, out),
        }
    });
}

fn note(ui: &mut Ui, state: &State, text: &str) {
    ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
}

fn waiting(ui: &mut Ui, state: &State, id: project::LayerId, out: &mut Outbox) {
    if let Some((_, why)) = state.cube.trouble.as_ref().filter(|(layer, _)| *layer == id) {
        note(ui, state, why);
        if text_button(ui, "Read it again").clicked() {
            out.push(Ask::Cube(CubeAsk::Retry));
        }
        return;
    }
    note(ui, state, "Reading the cube…");
    let Some(job) = state.cube.reading else { return };
    let share = state.jobs.iter().find(|j| j.id == job).and_then(jobs::JobStatus::share);
    ui.horizontal(|ui| {
        let room = ui.available_width() - 56.0;
        thin_progress(ui, room, share, "Cube being read");
        if text_button(ui, "Stop").clicked() {
            out.push(Ask::StopJob(job));
        }
    });
}

fn loaded_cube(
    ui: &mut Ui,
    state: &State,
    view: &LayerView,
    loaded: &Loaded,
    picture: &Picture<'_>,
    out: &mut Outbox,
) {
    // The controls stand below; the block has the rest.
    let under = 5.0 * 28.0 + 20.0;
    let room = ui.available_size();
    // No higher than it can use, so that the controls stay with it.
    let height = (room.y - under).min(room.x * 0.95).max(96.0);
    let (rect, response) = ui.allocate_exact_size(vec2(room.x, height), Sense::click_and_drag());
    let [width, height, bands] = state.cube.block.size;
    let name = format!("Image cube: {width} × {height} pixels, {bands} bands");
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, name.as_str()));
    turn(ui, state, &response, out);
    paint(ui, state, view, loaded, picture, rect);
    sliders(ui, state, view, loaded, out);
    colours(ui, state, loaded, out);
    foot(ui, state, loaded, out);
}

/// Dragging turns, the second button shifts, the wheel zooms, arrows turn, a double click looks as at first.
fn turn(ui: &Ui, state: &State, response: &Response, out: &mut Outbox) {
    let before = state.cube.turn;
    let mut turn = before;
    let d = response.drag_delta();
    let shifts = response.dragged_by(egui::PointerButton::Secondary)
        || response.dragged_by(egui::PointerButton::Middle)
        || ui.input(|i| i.modifiers.shift);
    if shifts {
        let side = response.rect.width().min(response.rect.height()).max(1.0);
        turn.shift = [turn.shift[0] + d.x / side, turn.shift[1] + d.y / side];
    } else if response.dragged() {
        turn.yaw_deg -= d.x * DRAG_DEG;
        turn.pitch_deg += d.y * DRAG_DEG;
    }
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if response.has_focus() {
        let filter =
            egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
        ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
        let pressed = |key| ui.input(|i| i.key_pressed(key));
        let step = |less, more| f32::from(i8::from(pressed(more)) - i8::from(pressed(less))) * STEP_DEG;
        turn.yaw_deg -= step(Key::ArrowLeft, Key::ArrowRight);
        turn.pitch_deg += step(Key::ArrowUp, Key::ArrowDown);
    }
    if response.hovered() {
        ui.ctx().set_cursor_icon(if response.dragged() { CursorIcon::Grabbing } else { CursorIcon::Grab });
        let (scroll, zoom) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        turn.zoom *= 1.25_f32.powf(scroll / 50.0) * zoom;
    }
    if response.double_clicked() {
        turn = Turn::default();
    }
    if turn.kept() != before {
        out.push(Ask::Cube(CubeAsk::Turn(turn)));
    }
}

fn paint(ui: &Ui, state: &State, view: &LayerView, loaded: &Loaded, picture: &Picture<'_>, rect: Rect) {
    if !ui.is_rect_visible(rect) {
        return;
    }
    let scale = state.pixels_per_point;
    let size = [rect.width(), rect.height()].map(|side| (side * scale).round().max(1.0));
    let room = [2.0, 10.0, rect.width() - AXIS, rect.height() - 6.0].map(|side| side * scale);
    let placed = Placed::new(state.cube.block, state.cube.turn, room);
    let painter = ui.painter().with_clip_rect(rect);
    let at = |p: [f32; 2]| rect.min + vec2(p[0], p[1]) / scale;
    let c = &state.theme.color;
    let outlines: Vec<Vec<egui::Pos2>> = placed
        .faces()
        .into_iter()
        .map(|face| {
            let [a, b, c, d] = placed.corners(face);
            [a, b, d, c].map(at).to_vec()
        })
        .collect();
    // Where the image holds nothing the block has the colour of its ground.
    for outline in &outlines {
        painter.add(Shape::convex_polygon(outline.clone(), *c.raised, Stroke::NONE));
    }
    let (number, limits, colormap) = (loaded.number, loaded.limits, state.cube.colormap);
    let shape = picture.paint(rect, VIEW, |_| {
        let mut scene = Scene::new(size.map(|side| side as u32), [0; 4]);
        scene.pixels_per_point = scale;
        scene.layers = placed
            .faces()
            .into_iter()
            .map(|face| match face {
                Face::Top if state.cube.block.off == 0 => placed.top(view, number),
                _ => placed.plain(face, number, colormap, limits),
            })
            .collect();
        scene
    });
    painter.add(shape);
    for outline in outlines {
        painter.add(Shape::closed_line(outline, Stroke::new(1.0, c.outline.gamma_multiply(0.7))));
    }
    if let Some(edge) = placed.scale_edge() {
        axis::paint(&painter, state, loaded, edge.map(at));
    }
}

fn sliders(ui: &mut Ui, state: &State, view: &LayerView, loaded: &Loaded, out: &mut Outbox) {
    let block = state.cube.block;
    let bands = block.size[2];
    let first = loaded.first;
    let image = view.source.image();
    let top = match block.off {
        0 => "as on the map".to_owned(),
        off => loaded.data.bands().get(off as usize).map_or(String::new(), |b| band_name(image, *b)),
    };
    let mut after = block;
    slider(ui, state, "Top", "Takes bands off the top", &top, &mut after.off, 0..=bands - 1);
    let pixel = |n: u32| spatial::format::count((f64::from(n) * loaded.data.step()).round() as u64);
    let column = format!("column {}", pixel(block.columns));
    let tip = "Cuts the block from the right, to see the spectra inside";
    slider(ui, state, "Right side", tip, &column, &mut after.columns, first.start[0] + 1..=first.columns);
    let row = format!("row {}", pixel(block.rows));
    let tip = "Cuts the block from below, to see the spectra inside";
    slider(ui, state, "Lower side", tip, &row, &mut after.rows, first.start[1] + 1..=first.rows);
    if after != block {
        out.push(Ask::Cube(CubeAsk::Cut(after)));
    }
}

fn slider(
    ui: &mut Ui,
    state: &State,
    name: &str,
    tip: &str,
    says: &str,
    value: &mut u32,
    range: std::ops::RangeInclusive<u32>,
) {
    ui.horizontal(|ui| {
        caption(ui, state, name, CAPTION);
        let room = ui.available_width();
        let said = (room * 0.4).clamp(72.0, 150.0);
        let spacing = ui.spacing_mut();
        (spacing.slider_width, spacing.slider_rail_height) = ((room - said - 8.0).max(40.0), 3.0);
        let handle = egui::style::HandleShape::Circle;
        let response = ui.add(Slider::new(value, range).show_value(false).handle_shape(handle));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_label(name);
            node.set_value(says);
        });
        response.on_hover_text(tip);
        let text = RichText::new(says).font(fonts::body(state.theme.size.small));
        ui.add(egui::Label::new(text.color(*state.theme.color.muted)).truncate());
    });
}

/// The colours of the sides, and what the ends of them mean.
fn colours(ui: &mut Ui, state: &State, loaded: &Loaded, out: &mut Outbox) {
    ui.horizontal(|ui| {
        caption(ui, state, "Side colours", CAPTION);
        let chosen = state.cube.colormap;
        let width = (ui.available_width() * 0.4).clamp(80.0, 140.0);
        let list = combo("cube colours", title_case(chosen.name()), width).height(320.0).show_ui(ui, |ui| {
            for map in Colormap::ALL.iter().copied().filter(|map| map.kind() == ColormapKind::Sequential) {
                if ui.selectable_label(map == chosen, title_case(map.name())).clicked() {
                    out.push(Ask::Cube(CubeAsk::Colormap(map)));
                }
            }
        });
        ui.ctx().accesskit_node_builder(list.response.id, |node| node.set_label("Side colours"));
        let [low, high] = loaded.limits.map(|v| format::short(f64::from(v)));
        let font = fonts::body(state.theme.size.small);
        let label = |text: &str| RichText::new(text).font(font.clone()).color(*state.theme.color.muted);
        ui.label(label(&low));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(label(&high));
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 10.0), Sense::hover());
            ramp(ui.painter(), rect, chosen, false, 0);
            let text = format!("Colours from {low} to {high}");
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, text.as_str()));
        });
    });
}

/// How much of the image it is, and the way back.
fn foot(ui: &mut Ui, state: &State, loaded: &Loaded, out: &mut Outbox) {
    ui.horizontal(|ui| {
        let step = loaded.data.step();
        let text = if step < 1.5 {
            "Every pixel".to_owned()
        } else {
            format!("One pixel of every {}", format::short(step))
        };
        let small = RichText::new(text).font(fonts::body(state.theme.size.small));
        ui.label(small.color(*state.theme.color.muted));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_first = state.cube.block == loaded.first && state.cube.turn == Turn::default();
            let reset = ui.add_enabled_ui(!is_first, |ui| text_button(ui, "Whole cube")).inner;
            if reset.on_hover_text("Nothing cut away, turned as at first").clicked() {
                out.push(Ask::Cube(CubeAsk::Reset));
            }
        });
    });
}
