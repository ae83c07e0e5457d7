//! The arrow that points to true north.

use egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};
use spatial::{LonLat, Viewport};

use super::aids::Ground;
use super::overlay::text_with_casing;
use crate::state::State;

/// How far east of straight up true north is in the middle of a view, in degrees (the convergence of the grid,
/// turned round). `None` at the poles and off the earth.
pub fn north_deg(view: &Viewport, ground: &Ground) -> Option<f64> {
    let here = ground.lonlat(view.center)?;
    // About a hundred metres: small against any zone, large against rounding.
    let there = ground.world(LonLat { x: here.x, y: here.y + 1e-3 })?;
    let here = ground.world(here)?;
    let (dx, dy) = (there.x - here.x, there.y - here.y);
    (dx.hypot(dy) > 0.0).then(|| dx.atan2(dy).to_degrees())
}

/// Draws the arrow above the scale bar.
pub fn paint(painter: &Painter, state: &State, rect: Rect) {
    let Some(ground) = state.aids.ground.as_deref().filter(|_| state.preferences.map.north_arrow) else {
        return;
    };
    let Some(degrees) = north_deg(&state.camera, ground) else { return };
    let gap = state.theme.space.l;
    let middle = pos2(rect.right() - gap - 10.0, rect.bottom() - gap - 58.0);
    let up = Vec2::angled((degrees as f32).to_radians() - std::f32::consts::FRAC_PI_2);
    let c = &state.theme.color;
    arrow(painter, middle, up, [*c.map_ink, *c.map_casing]);
    text_with_casing(painter, state, middle + up * 26.0, Align2::CENTER_CENTER, "N");
}

/// A slim arrow, one half filled.
fn arrow(painter: &Painter, middle: Pos2, up: Vec2, [ink, casing]: [Color32; 2]) {
    let right = vec2(-up.y, up.x);
    let (tip, foot) = (middle + up * 18.0, middle - up * 9.0);
    let [left, right] = [-1.0, 1.0].map(|side| middle - up * 16.0 + right * (8.0 * side));
    let whole = vec![tip, right, foot, left];
    painter.add(Shape::closed_line(whole.clone(), Stroke::new(4.0, casing)));
    painter.add(Shape::convex_polygon(vec![tip, right, foot], ink, Stroke::NONE));
    painter.add(Shape::convex_polygon(vec![tip, foot, left], casing, Stroke::NONE));
    painter.add(Shape::closed_line(whole, Stroke::new(1.5, ink)));
}

#[cfg(test)]
mod tests {
    use spatial::{Crs, WorldPoint};

    use super::*;

    #[test]
    fn north_turns_with_the_distance_from_the_middle_meridian() {
        let utm = Crs::from_epsg(32615).expect("known");
        let ground = Ground::new(&utm).expect("on earth");
        let at = |x: f64| Viewport::new(WorldPoint { x, y: 4_105_000.0 }, 1.0, [100.0, 100.0]);
        assert!(north_deg(&at(500_000.0), &ground).expect("north").abs() < 1e-6);
        // pyproj: Proj(32615).get_factors at (365 000, 4 105 000) says a convergence of −0.9159°.
        let west = north_deg(&at(365_000.0), &ground).expect("north");
        assert!((west - 0.9159).abs() < 1e-3, "{west}");
    }
}
