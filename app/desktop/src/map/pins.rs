//! Answers on the map: places as numbered pins, ways as lines.

use egui::{Align2, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};
use project::question::Evidence;
use spatial::WorldPoint;

use super::view::to_window;
use crate::fonts;
use crate::inquiry::Reading;
use crate::state::State;

/// Pins of one answer that are drawn; more hide the map.
const MOST: usize = 500;
/// Points of a way that are drawn.
const MOST_POINTS: usize = 5_000;
/// Half the width of a pin, in points.
const RADIUS: f32 = 8.0;

/// The answer that is looked at in the accent, and those that the question in the editor cites.
pub fn paint(painter: &Painter, state: &State, rect: Rect) {
    if state.workspace != editing::Workspace::Questions || state.labels_hidden {
        return;
    }
    let shown = state.inquiry.shown.as_ref().map(|shown| shown.response);
    let cited = state.asking.draft.iter().flat_map(|draft| &draft.evidence);
    let cited = cited.filter_map(|one| if let Evidence::Response(id) = one { Some(*id) } else { None });
    let others = cited.filter(|id| Some(*id) != shown);
    for (id, is_shown) in others.map(|id| (id, false)).chain(shown.map(|id| (id, true))) {
        if let Some(Ok(reading)) = state.inquiry.read.get(&id) {
            answer(painter, state, rect, reading, is_shown);
        }
    }
}

fn answer(painter: &Painter, state: &State, rect: Rect, reading: &Reading, is_shown: bool) {
    let color = &state.theme.color;
    let ink = if is_shown { *color.accent } else { *color.map_ink };
    let place = |at: WorldPoint| to_window(state.camera.screen_from_world(at), rect, state.pixels_per_point);
    for line in &reading.routes {
        let step = line.len().div_ceil(MOST_POINTS).max(1);
        let points: Vec<Pos2> = line
            .iter()
            .step_by(step)
            .chain(line.last())
            .map(|at| place(*at))
            .filter(|at| at.x.abs() < 1e5 && at.y.abs() < 1e5)
            .collect();
        painter.add(Shape::line(points.clone(), Stroke::new(6.0, *color.map_casing)));
        painter.add(Shape::line(points, Stroke::new(3.0, ink)));
    }
    // The first on top, as it is the best.
    for (n, at) in reading.places.iter().enumerate().take(MOST).collect::<Vec<_>>().into_iter().rev() {
        let Some(at) = at.map(place) else { continue };
        if rect.expand(20.0).contains(at) {
            pin(painter, state, at, n + 1, is_shown);
        }
    }
}

/// A pin whose point is the place.
fn pin(painter: &Painter, state: &State, at: Pos2, number: usize, is_shown: bool) {
    let color = &state.theme.color;
    let (fill, ink) =
        if is_shown { (*color.accent, *color.on_accent) } else { (*color.map_casing, *color.map_ink) };
    let middle = at - vec2(0.0, RADIUS * 1.8);
    let point =
        vec![at, middle + vec2(-RADIUS * 0.75, RADIUS * 0.6), middle + vec2(RADIUS * 0.75, RADIUS * 0.6)];
    let edge = Stroke::new(1.0, if is_shown { *color.map_casing } else { *color.map_ink });
    painter.add(Shape::convex_polygon(point, fill, edge));
    painter.circle(middle, RADIUS, fill, edge);
    if number < 100 {
        let font = fonts::medium(state.theme.size.small - 1.0);
        painter.text(middle, Align2::CENTER_CENTER, number.to_string(), font, ink);
    }
}

/// The number of a pin, for a list.
pub fn badge(ui: &mut Ui, state: &State, number: usize) {
    let (rect, _) = ui.allocate_exact_size(vec2(2.0 * RADIUS + 4.0, 2.0 * RADIUS), Sense::hover());
    let color = &state.theme.color;
    ui.painter().circle_filled(rect.center(), RADIUS, *color.accent);
    let font = fonts::medium(state.theme.size.small - 1.0);
    let text = if number < 100 { number.to_string() } else { "…".to_owned() };
    ui.painter().text(
        pos2(rect.center().x, rect.center().y),
        Align2::CENTER_CENTER,
        text,
        font,
        *color.on_accent,
    );
}
