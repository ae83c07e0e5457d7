//! Where the spectra that are shown were taken, on the map.

use egui::{Painter, Rect, Stroke};

use crate::map::view::to_window;
use crate::spectra::Origin;
use crate::state::State;

/// A ring around each picked pixel of the layers that can be seen, in the colour of its line.
pub fn paint(painter: &Painter, state: &State, rect: Rect) {
    for shown in state.spectra.shown.iter().filter(|s| s.visible) {
        let Origin::Pixel { layer, world: Some(world), .. } = &shown.origin else { continue };
        if !state.layers.get(layer).is_some_and(|l| l.visible) {
            continue;
        }
        let at = to_window(state.camera.screen_from_world(*world), rect, state.pixels_per_point);
        if !rect.expand(8.0).contains(at) {
            continue;
        }
        let series = &state.theme.color.series;
        painter.circle_stroke(at, 5.0, Stroke::new(4.0, *state.theme.color.map_casing));
        painter.circle_stroke(at, 5.0, Stroke::new(2.0, *series[shown.ink % series.len()]));
    }
}
