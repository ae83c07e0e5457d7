//! What the pixel classifier makes of the view, laid over the map.

use egui::{Color32, Painter, Rect, pos2};

use super::view::to_window;
use crate::state::State;

/// Lays it where its pixels lie; nothing while labels are hidden.
pub fn paint(painter: &Painter, state: &State, rect: Rect) {
    let Some(likely) = state.teaching.likely.as_ref().filter(|_| !state.labels_hidden) else { return };
    let area = likely.area;
    let [columns, rows] = likely.size();
    let corner = |x: usize, y: usize| {
        let world = likely.picture.world((area.left + x) as f64, (area.top + y) as f64);
        to_window(state.camera.screen_from_world(world), rect, state.pixels_per_point)
    };
    let place = Rect::from_two_pos(corner(0, 0), corner(columns * likely.step, rows * likely.step));
    let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.image(likely.texture.id(), place, all, Color32::WHITE);
}
