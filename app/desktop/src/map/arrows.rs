//! Adjustments as arrows over the map, coloured by where they point.

use editing::{Pane, ToolKind};
use egui::{Color32, Painter, Pos2, Rect, Stroke, Vec2, vec2};
use geo::CoordsIter;
use renderer::Colormap;
use spatial::ImagePoint;
use spatial::align::Arrow;

use super::view::to_window;
use crate::alignment;
use crate::state::State;

/// More arrows than this in view would be one blot.
const MOST: usize = 20_000;
/// Length of an arrow's head, in points.
const HEAD: f32 = 7.0;

/// The colour of a direction, 0 to 360 clockwise from the right: the same all around, no end and no beginning.
pub fn color_of(angle_deg: f64) -> Color32 {
    let [r, g, b] = Colormap::RomaO.color_at((angle_deg.rem_euclid(360.0) / 360.0) as f32, false, 0);
    Color32::from_rgb(r, g, b)
}

/// Where an arrow points, in pixels of its image.
pub fn angle_of(arrow: Arrow) -> f64 {
    let shift = arrow.shift();
    shift.y.atan2(shift.x).to_degrees()
}

/// True while arrows are shown: the align tool is armed, or its panel is open.
pub fn are_shown(state: &State) -> bool {
    let here = !state.is_reviewing() && !state.labels_hidden;
    here && (state.tool.kind() == ToolKind::Align || state.arrangement().is_open(Pane::Alignment))
}

/// The arrows of the layer that is looked at.
pub fn paint(painter: &Painter, state: &State, rect: Rect) {
    if !are_shown(state) {
        return;
    }
    let (Some(project), Some(alignment)) = (state.content(), &state.alignment.current) else { return };
    let chosen = alignment::chosen(state);
    let around = rect.expand(32.0);
    let at = |p: ImagePoint| {
        let world = alignment.world_from_image(p)?;
        Some(to_window(state.camera.screen_from_world(world), rect, state.pixels_per_point))
    };
    let mut painted = 0;
    for (id, adjustment) in project.adjustments_of(alignment.layer()) {
        let arrow = adjustment.arrow();
        let (Some(from), Some(to)) = (at(arrow.start), at(arrow.end)) else { continue };
        if !around.intersects(Rect::from_two_pos(from, to)) {
            continue;
        }
        painted += 1;
        if painted > MOST {
            break;
        }
        paint_arrow(painter, state, [from, to], color_of(angle_of(arrow)), chosen == Some(id));
    }
    paint_suggestion(painter, state, at);
}

/// What the image suggests: the arrow, and the footprint where it would be.
fn paint_suggestion(painter: &Painter, state: &State, at: impl Fn(ImagePoint) -> Option<Pos2>) {
    let (Some(project), Some(alignment)) = (state.content(), &state.alignment.current) else { return };
    let Some(first) = state.alignment.suggestions.first() else { return };
    let accent = *state.theme.color.accent;
    let drawn = project.region(first.region).and_then(|region| alignment.in_pixels(&region.geometry));
    let corners = drawn.iter().flat_map(CoordsIter::coords_iter);
    let corners: Vec<Pos2> = corners.filter_map(|c| at(c + first.arrow.shift())).collect();
    for (width, color) in [(4.0, *state.theme.color.map_casing), (2.0, accent)] {
        painter.extend(egui::Shape::dashed_line(&corners, Stroke::new(width, color), 6.0, 4.0));
    }
    if let (Some(from), Some(to)) = (at(first.arrow.start), at(first.arrow.end)) {
        paint_arrow(painter, state, [from, to], color_of(angle_of(first.arrow)), true);
    }
}

/// One arrow; where it is too short to point, a ring.
pub fn paint_arrow(painter: &Painter, state: &State, [from, to]: [Pos2; 2], color: Color32, chosen: bool) {
    let c = &state.theme.color;
    let along = to - from;
    let length = along.length();
    let edge = if chosen { *c.accent } else { *c.map_casing };
    let wide = if chosen { 6.0 } else { 4.5 };
    if length < 3.0 {
        painter.circle_stroke(from, 3.0, Stroke::new(wide - 1.0, edge));
        painter.circle_stroke(from, 3.0, Stroke::new(2.0, color));
        return;
    }
    let way = along / length;
    let head = HEAD.min(length * 0.6).max(4.0);
    let neck = to - way * head;
    let across = vec2(-way.y, way.x) * head * 0.55;
    painter.line_segment([from, neck], Stroke::new(wide, edge));
    painter.circle_filled(from, wide * 0.6, edge);
    let grown = |p: Pos2, by: Vec2| p + by;
    let border = (wide - 2.0) / 2.0;
    let outer = vec![
        grown(to, way * border * 1.8),
        grown(neck + across, across.normalized() * border - way * border),
        grown(neck - across, -across.normalized() * border - way * border),
    ];
    painter.add(egui::Shape::convex_polygon(outer, edge, Stroke::NONE));
    painter.line_segment([from, neck], Stroke::new(2.0, color));
    painter.circle_filled(from, 2.0, color);
    painter.add(egui::Shape::convex_polygon(vec![to, neck + across, neck - across], color, Stroke::NONE));
}

/// A wheel that says which colour points where, in the middle of `rect`.
pub fn paint_wheel(painter: &Painter, state: &State, rect: Rect) {
    let (middle, radius) = (rect.center(), rect.width().min(rect.height()) / 2.0 - 1.0);
    let steps = 48;
    let point = |step: f32, r: f32| {
        let angle = step / steps as f32 * std::f32::consts::TAU;
        middle + vec2(angle.cos(), angle.sin()) * r
    };
    for step in 0..steps {
        let (a, b) = (step as f32, step as f32 + 1.15);
        let corners =
            vec![point(a, radius), point(b, radius), point(b, radius * 0.55), point(a, radius * 0.55)];
        let color = color_of(f64::from(a + 0.5) / f64::from(steps) * 360.0);
        painter.add(egui::Shape::convex_polygon(corners, color, Stroke::NONE));
    }
    for r in [radius, radius * 0.55] {
        painter.circle_stroke(middle, r, state.theme.hairline());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_turn_comes_back_to_its_colour_and_opposite_ways_differ() {
        let apart = |a: Color32, b: Color32| {
            let of = |x: u8, y: u8| (i32::from(x) - i32::from(y)).abs();
            of(a.r(), b.r()) + of(a.g(), b.g()) + of(a.b(), b.b())
        };
        assert!(apart(color_of(359.9), color_of(0.1)) < 12);
        for angle in [0.0, 45.0, 90.0, 135.0] {
            assert!(apart(color_of(angle), color_of(angle + 180.0)) > 60, "{angle}");
        }
        assert_eq!(angle_of(Arrow::new((0.0, 0.0), (0.0, 5.0))), 90.0);
        assert_eq!(color_of(-90.0), color_of(270.0));
    }
}
