//! The views of one object: every layer that shows its ground, in equal frames at one scale.

use std::borrow::Cow;

use egui::{Align2, CursorIcon, Pos2, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use picture::{LayerView, cards, region};
use project::{LayerId, RegionId};
use renderer::{Scene, ShapeStyle, ViewId};
use spatial::{Viewport, WorldPoint};

use super::ghosts;
use crate::alignment;
use crate::map::overlay;
use crate::map::scene::OnGpu;
use crate::map::view::{keep_focus, pan_and_zoom, to_screen, to_window};
use crate::outbox::{Ask, Outbox};
use crate::panels::Picture;
use crate::state::State;

/// Frames at the same time; the lowest layers are left out first.
const FRAMES: usize = 6;
/// Space between frames, in points.
const GAP: f32 = 8.0;
/// The renderer's number of the first frame.
const FIRST_VIEW: u32 = 100;

/// One frame: a layer as it is drawn on the card, hidden on the map or not.
pub(super) struct CardView<'a> {
    pub layer: LayerId,
    pub name: String,
    pub view: Cow<'a, LayerView>,
}

/// The layers that show the ground of a case: before, then undated, then after.
pub(super) fn views(state: &State, case: RegionId) -> Vec<CardView<'_>> {
    let bounds = state.content().and_then(|project| project.region(case)?.bounds());
    let Some(bounds) = bounds else { return Vec::new() };
    let open = state.layers_top_first().into_iter().filter_map(|(id, layer)| {
        let view = state.layers.get(&id).and_then(|l| l.view())?;
        cards::shows(view, bounds).then_some((id, layer, view))
    });
    let mut found: Vec<_> = open.take(FRAMES).collect();
    found.sort_by_key(|(_, layer, _)| cards::order(layer.role));
    found
        .into_iter()
        .map(|(layer, about, view)| {
            let shown = view.rendering.visible && view.rendering.opacity >= 1.0;
            let view = if shown { Cow::Borrowed(view) } else { Cow::Owned(unveiled(view)) };
            CardView { layer, name: cards::title(about), view }
        })
        .collect()
}

fn unveiled(view: &LayerView) -> LayerView {
    let mut view = view.clone();
    view.rendering.visible = true;
    view.rendering.opacity = 1.0;
    view
}

pub(super) fn show(ui: &mut Ui, state: &State, rect: Rect, picture: &Picture<'_>, out: &mut Outbox) {
    let views = state.review.case().map(|case| views(state, case)).unwrap_or_default();
    let frames = grid(rect, views.len().max(1), ui.ctx().pixels_per_point());
    for (i, frame) in frames.iter().enumerate() {
        one(ui, state, *frame, i, views.get(i), picture, out);
    }
    let over = frames.iter().any(|f| ui.rect_contains_pointer(*f));
    if !over && state.pointer.screen.is_some() {
        out.push(Ask::Pointer(None));
    }
}

/// Equal frames, as large as they can be, on whole physical pixels.
fn grid(rect: Rect, count: usize, pixels_per_point: f32) -> Vec<Rect> {
    let side = |length: f32, n: usize| (length - GAP * (n as f32 + 1.0)) / n as f32;
    let cell = |columns: usize| {
        let rows = count.div_ceil(columns);
        vec2(side(rect.width(), columns), side(rect.height(), rows))
    };
    let columns = (1..=count).max_by(|a, b| cell(*a).min_elem().total_cmp(&cell(*b).min_elem())).unwrap_or(1);
    let whole = |points: f32| (points * pixels_per_point).floor() / pixels_per_point;
    let size = cell(columns).max(vec2(1.0, 1.0));
    let size = vec2(whole(size.x), whole(size.y));
    let place = |i: usize| {
        let (column, row) = ((i % columns) as f32, (i / columns) as f32);
        let min = rect.min + vec2(GAP, GAP) + vec2(column * (size.x + GAP), row * (size.y + GAP));
        Rect::from_min_size(pos2(whole(min.x), whole(min.y)), size)
    };
    (0..count).map(place).collect()
}

fn one(
    ui: &mut Ui,
    state: &State,
    rect: Rect,
    index: usize,
    view: Option<&CardView<'_>>,
    picture: &Picture<'_>,
    out: &mut Outbox,
) {
    let pixels_per_point = ui.ctx().pixels_per_point();
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("view", index)));
    let response = inner.allocate_rect(rect, Sense::click_and_drag());
    let name = view.map_or("the map", |v| v.name.as_str());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, format!("View: {name}")));
    if index == 0 {
        if (state.map_rect, state.pixels_per_point, state.map_focus) != (rect, pixels_per_point, response.id)
        {
            out.push(Ask::MapRect(rect, pixels_per_point, response.id));
        }
        keep_focus(&inner, &response);
    }
    let dragged = response.dragged();
    pan_and_zoom(&inner, &response, dragged, rect, pixels_per_point, out);
    if let Some(at) = response.hover_pos().map(|p| to_screen(p, rect, pixels_per_point))
        && Some(at) != state.pointer.screen
    {
        out.push(Ask::Pointer(Some(at)));
    }
    if response.hovered() {
        ui.ctx().set_cursor_icon(if dragged { CursorIcon::Grabbing } else { CursorIcon::Crosshair });
    }
    let painter = ui.painter().with_clip_rect(rect);
    let camera_fits = state.camera.size_px == size_px(rect, pixels_per_point);
    if camera_fits {
        let number = ViewId(FIRST_VIEW + index as u32);
        let case = state.review.case();
        painter.add(picture.paint(rect, number, |gpu| scene(state, case, &state.camera, view, gpu)));
    }
    let corner = rect.min + vec2(8.0, 6.0);
    let title = view.map_or("No imagery shows this place", |v| v.name.as_str());
    overlay::text_with_casing(&painter, state, corner, Align2::LEFT_TOP, title);
    if index == 0 && camera_fits {
        overlay::paint_scale_bar(&painter, state, rect);
    }
    if !response.hovered()
        && let Some(at) = state.pointer.screen
    {
        crosshair(&painter, state, to_window(at, rect, pixels_per_point));
    }
    ui.painter().rect_stroke(rect, 0.0, state.theme.hairline(), egui::StrokeKind::Outside);
}

fn size_px(rect: Rect, pixels_per_point: f32) -> [f64; 2] {
    [rect.width(), rect.height()].map(|points| f64::from((points * pixels_per_point).round().max(1.0)))
}

/// The layer and the outline of a case where it shows it; nothing covers the pixels that are judged.
pub(super) fn scene(
    state: &State,
    case: Option<RegionId>,
    camera: &Viewport,
    card: Option<&CardView<'_>>,
    gpu: OnGpu<'_>,
) -> Scene {
    let view = card.map(|card| card.view.as_ref());
    let mut scene = Scene::new(camera.size_px.map(|side| side.max(0.0) as u32), [0; 4]);
    scene.pixels_per_point = state.pixels_per_point;
    let origin = camera.screen_from_world(WorldPoint { x: 0.0, y: 0.0 });
    scene.anchor_px = [origin.x.rem_euclid(4096.0) as f32, origin.y.rem_euclid(4096.0) as f32];
    if let Some(view) = view {
        let reduce_motion = state.preferences.reduce_motion;
        let bands = view.rendering.mix.bands();
        let status = |key| gpu.loader.status(gpu.renderer, view.tile_id(key), bands, reduce_motion);
        let mut layer = view.scene_now(camera, &status);
        layer.failed_color = state.theme.color.warning.to_array();
        if !layer.tiles.is_empty() {
            scene.layers.push(layer);
        }
    }
    let region = case.and_then(|case| state.content()?.region(case));
    if let Some(region) = region.filter(|_| !state.labels_hidden) {
        let shown = card.and_then(|card| alignment::on_layer(state, card.layer, region));
        let shape = shown.as_ref().unwrap_or(&region.geometry);
        scene.shapes = region::screen_shapes(shape, &outline(state), camera);
        let ghosts = case.map(|id| ghosts::of(state, id)).unwrap_or_default();
        for ghost in ghosts {
            let seen = ghosts::placed(&ghost.geometry, &region.geometry, shape);
            scene.shapes.extend(region::screen_shapes(&seen, &ghosts::style(state), camera));
        }
    }
    scene
}

/// White over dark: the colour of a class would speak before the eye has.
fn outline(state: &State) -> ShapeStyle {
    let scale = state.pixels_per_point;
    ShapeStyle {
        fill: [0; 4],
        hatch: renderer::Hatch::None,
        hatch_color: [0; 4],
        outline: state.theme.color.map_ink.to_array(),
        width_px: 2.0 * scale,
        casing: state.theme.color.map_casing.to_array(),
        casing_px: 1.5 * scale,
        dashed: false,
    }
}

/// Where the pointer of another frame is in this one.
fn crosshair(painter: &egui::Painter, state: &State, at: Pos2) {
    let arms = [(vec2(-9.0, 0.0), vec2(-3.0, 0.0)), (vec2(3.0, 0.0), vec2(9.0, 0.0))];
    let arms = arms.into_iter().flat_map(|(a, b)| [(a, b), (a.yx(), b.yx())]);
    for (a, b) in arms {
        painter.line_segment([at + a, at + b], Stroke::new(3.0, *state.theme.color.map_casing));
        painter.line_segment([at + a, at + b], Stroke::new(1.0, *state.theme.color.map_ink));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_equal_do_not_overlap_and_stay_inside() {
        for (width, height) in [(800.0, 500.0), (400.0, 900.0), (1800.0, 300.0)] {
            let rect = Rect::from_min_size(pos2(228.0, 84.0), vec2(width, height));
            for count in 1..=FRAMES {
                let frames = grid(rect, count, 1.5);
                assert_eq!(frames.len(), count);
                for (i, frame) in frames.iter().enumerate() {
                    assert!((frame.size() - frames[0].size()).abs().max_elem() < 0.01);
                    assert!(rect.contains_rect(*frame), "{count} in {rect:?}: {frame:?}");
                    assert!(frames[..i].iter().all(|f| !f.intersects(*frame)));
                }
            }
        }
    }

    #[test]
    fn two_frames_lie_beside_each_other_in_a_wide_place_and_above_in_a_tall_one() {
        let beside = grid(Rect::from_min_size(pos2(0.0, 0.0), vec2(800.0, 500.0)), 2, 1.0);
        assert_eq!(beside[0].top(), beside[1].top());
        let above = grid(Rect::from_min_size(pos2(0.0, 0.0), vec2(400.0, 900.0)), 2, 1.0);
        assert_eq!(above[0].left(), above[1].left());
    }
}
