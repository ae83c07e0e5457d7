//! What lies over the map: the scale bar, the first steps when there is nothing, the tool's message.

use std::sync::Arc;

use egui::{Align2, Painter, Pos2, Rect, Stroke, pos2, vec2};

use super::scale_bar::scale_bar;
use super::view::to_window;
use crate::fonts;
use crate::state::State;

/// The longest scale bar, in points.
const SCALE_BAR: f32 = 140.0;

/// Draws the scale bar into the lower right corner.
pub fn paint_scale_bar(painter: &Painter, state: &State, rect: Rect) {
    if state.world_bounds().is_none() {
        return;
    }
    let scale = state.pixels_per_point;
    let crs = state.content().and_then(project::Project::crs);
    let Some(bar) = scale_bar(&state.camera, crs, f64::from(SCALE_BAR * scale)) else { return };
    let width = bar.length_px as f32 / scale;
    let right = rect.right() - state.theme.space.l;
    let y = rect.bottom() - state.theme.space.l;
    let c = &state.theme.color;
    let ends = [pos2(right - width, y), pos2(right, y)];
    let ticks = |stroke: Stroke| {
        painter.line_segment(ends, stroke);
        for x in [right - width, right] {
            painter.line_segment([pos2(x, y - 5.0), pos2(x, y + stroke.width / 2.0)], stroke);
        }
    };
    ticks(Stroke::new(4.0, *c.map_casing));
    ticks(Stroke::new(1.5, *c.map_ink));
    let at = pos2(right - width / 2.0, y - 5.0);
    text_with_casing(painter, state, at, Align2::CENTER_BOTTOM, &bar.text);
}

/// Whom to thank for the layers that are shown, as their files say.
pub fn layer_credits(state: &State) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for layer in state.layers.values().filter(|l| l.visible) {
        let Some(source) = layer.source() else { continue };
        let text = picture::sheet::credit_of(source.image());
        found.extend(text.filter(|text| !found.contains(text)));
    }
    found
}

/// Whom to thank for the basemap and the layers while it is drawn, or why it is not.
pub fn paint_credit(painter: &Painter, state: &State, rect: Rect) {
    let text = match &state.basemap_note {
        Some(note) if !state.basemap_hidden => Some(format!("Basemap: {note}")),
        _ if state.basemap_tiles.is_empty() => None,
        _ => super::basemap::credit(&state.preferences.basemap),
    };
    let all: Vec<String> = text.into_iter().chain(layer_credits(state)).collect();
    if !all.is_empty() {
        let text = all.join(" · ");
        let at = rect.left_bottom() + vec2(state.theme.space.s, -state.theme.space.xs);
        text_with_casing(painter, state, at, Align2::LEFT_BOTTOM, &text);
    }
}

/// Small text that can be read on any ground.
pub fn text_with_casing(painter: &Painter, state: &State, at: Pos2, align: Align2, text: &str) {
    let font = fonts::medium(state.theme.size.small);
    let galley = painter.layout_no_wrap(text.to_owned(), font, *state.theme.color.map_ink);
    let at = align.anchor_size(at, galley.size()).min;
    let casing = *state.theme.color.map_casing;
    // All around, and twice as thick: white on bright ground is read by its rim alone.
    for (x, y) in
        [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0), (-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)]
    {
        painter.galley_with_override_text_color(at + vec2(x, y), Arc::clone(&galley), casing);
    }
    painter.galley(at, galley, *state.theme.color.map_ink);
}

/// Why the tile under the pointer could not be read.
pub fn failed_under_pointer(state: &State) -> Option<&str> {
    let at = state.pointer.world?;
    let layers = state.layers.values().filter(|l| l.visible && !l.failed.is_empty());
    let mut found = layers.filter_map(|layer| {
        let view = layer.view()?;
        let pyramid = view.source.pyramid();
        let p = view.placement.image_from_world(at)?;
        layer.failed.iter().find_map(|(key, why)| {
            let window = pyramid.window(*key)?;
            let (sx, sy) = pyramid.scale(key.level);
            let inside = |p: f64, scale: f64, start: u32, length: u32| {
                let q = p / scale - f64::from(start);
                q >= 0.0 && q < f64::from(length)
            };
            let hit = inside(p.x, sx, window.x, window.width) && inside(p.y, sy, window.y, window.height);
            hit.then_some(why.as_str())
        })
    });
    found.next()
}

/// While files are held over the window: that they may be dropped.
pub fn paint_drop(painter: &Painter, state: &State, rect: Rect) {
    let c = &state.theme.color;
    let ring = rect.shrink(6.0);
    painter.rect_filled(rect, 0.0, c.canvas.gamma_multiply(0.7));
    let edge = Stroke::new(2.0, *c.accent);
    painter.rect_stroke(ring, state.theme.radius(), edge, egui::StrokeKind::Inside);
    let font = fonts::semibold(state.theme.size.title);
    painter.text(rect.center(), Align2::CENTER_CENTER, "Drop to open", font, *c.text);
}

/// What a tool has to say, at the pointer.
pub fn paint_tool_message(painter: &Painter, state: &State, rect: Rect) {
    let message = state.with_tool_context(|ctx| state.tool.preview(ctx).message).flatten();
    let (Some(message), Some(at)) = (message, state.pointer.screen) else { return };
    let at = to_window(at, rect, state.pixels_per_point) + vec2(14.0, 14.0);
    let c = &state.theme.color;
    let galley = painter.layout_no_wrap(message.to_owned(), fonts::body(state.theme.size.body), *c.on_danger);
    let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(8.0, 4.0));
    let shift = vec2((rect.right() - ground.right()).min(0.0), (rect.bottom() - ground.bottom()).min(0.0));
    painter.rect_filled(ground.translate(shift), state.theme.radius(), *c.danger);
    painter.galley(at + shift, galley, *c.on_danger);
}
