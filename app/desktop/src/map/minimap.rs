//! The whole in a corner of the map, with where the view is.

use egui::{Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use renderer::ViewId;
use spatial::Viewport;

use super::scene;
use super::tiles::{self, Wanted};
use super::view::{to_screen, to_window};
use crate::outbox::{Ask, CameraMove, Outbox};
use crate::panels::Picture;
use crate::state::State;

/// The renderer's number of the minimap.
const VIEW: ViewId = ViewId(90);
/// Longest sides, in points.
const LONGEST: [f32; 2] = [176.0, 128.0];
/// No side is shorter, however long the imagery is.
const SHORTEST: f32 = 48.0;
/// Maps smaller than this have no room for one.
const ROOM: f32 = 360.0;

/// Width and height in points that suit what is shown; `None` where there is nothing or no wish for it.
fn size(state: &State) -> Option<[f32; 2]> {
    let wanted = state.preferences.map.minimap && !state.is_reviewing();
    let bounds = state.world_bounds().filter(|_| wanted)?;
    let ratio = (bounds.width() / bounds.height()).clamp(0.05, 20.0) as f32;
    let width = (LONGEST[1] * ratio).min(LONGEST[0]);
    let height = width / if ratio.is_finite() { ratio } else { 1.0 };
    Some([width.max(SHORTEST), height.clamp(SHORTEST, LONGEST[1])])
}

/// The camera over everything.
pub fn camera(state: &State) -> Option<Viewport> {
    let size = size(state)?.map(|side| f64::from((side * state.pixels_per_point).round()));
    Some(Viewport::fit(state.world_bounds()?, size, 0.03))
}

/// The tiles that it is drawn from.
pub fn wanted(state: &State) -> Vec<Wanted> {
    let Some(camera) = camera(state) else { return Vec::new() };
    state.layers.values().filter_map(|l| l.view()).map(|view| tiles::wanted(&camera, view)).collect()
}

/// Shows it in the lower left corner; a click or drag puts that place in the middle.
pub fn show(ui: &mut Ui, state: &State, picture: &Picture<'_>, map: Rect, out: &mut Outbox) {
    let (Some([width, height]), Some(camera)) = (size(state), camera(state)) else { return };
    if map.width() < ROOM || map.height() < ROOM {
        return;
    }
    let theme = &state.theme;
    // Above the line that thanks for the basemap.
    let at = pos2(map.left() + theme.space.s, map.bottom() - theme.space.xl - height);
    let rect = Rect::from_min_size(at, vec2(width, height));
    let inner = ui.new_child(UiBuilder::new().max_rect(rect));
    let response = inner.interact(rect, inner.scope_id().with("minimap"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Minimap"));
    let painter = inner.painter().with_clip_rect(rect.expand(2.0));
    let c = &theme.color;
    painter.rect_filled(rect, 0.0, *c.canvas);
    painter.add(picture.paint(rect, VIEW, |gpu| scene::bare(state, &camera, gpu)));
    painter.rect_stroke(rect, 0.0, Stroke::new(1.0, *c.outline), egui::StrokeKind::Outside);
    let seen = state.camera.bounds();
    let corner = |x: f64, y: f64| {
        let p = camera.screen_from_world(spatial::WorldPoint { x, y });
        to_window(p, rect, state.pixels_per_point)
    };
    let view = Rect::from_two_pos(corner(seen.min().x, seen.max().y), corner(seen.max().x, seen.min().y));
    // A view of a few pixels is still to be found.
    let view = Rect::from_center_size(view.center(), view.size().max(vec2(6.0, 6.0)));
    // Who sees all of it needs no frame around it, and of one that reaches beyond it only what lies within is drawn.
    if !view.contains_rect(rect.shrink(2.0)) {
        let painter = painter.with_clip_rect(rect);
        let view = view.intersect(rect.shrink(0.75));
        painter.rect_stroke(view, 0.0, Stroke::new(3.0, *c.map_casing), egui::StrokeKind::Middle);
        painter.rect_stroke(view, 0.0, Stroke::new(1.5, *c.accent), egui::StrokeKind::Middle);
    }
    if let Some(pointer) =
        response.interact_pointer_pos().filter(|_| response.clicked() || response.dragged())
    {
        let to = camera.world_from_screen(to_screen(pointer, rect, state.pixels_per_point));
        out.push(Ask::Camera(CameraMove::Center(to)));
    }
    response.on_hover_text("The whole; click to go there");
}
