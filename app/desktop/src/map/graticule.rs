//! Lines of longitude and latitude, or of the map's own grid, with their numbers at the edges.

use std::sync::Arc;

use egui::{Align2, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};
use spatial::{Crs, LonLat, ScreenPoint, Viewport, WorldPoint, format};

use super::aids::{Graticule, Ground};
use super::compare;
use super::overlay::text_with_casing;
use super::view::to_window;
use crate::state::State;

/// Lines are at least this many points apart.
const APART: f64 = 120.0;
/// Parts that a line of degrees is drawn in; it is bent on most maps.
const PARTS: u32 = 24;
/// Lines in one direction; a view that would have more is not on the earth.
const MOST: usize = 64;
/// Steps in seconds of arc, from a thousandth to thirty degrees.
const STEPS_S: [f64; 23] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
    600.0, 1_800.0, 3_600.0, 18_000.0, 36_000.0, 108_000.0,
];

/// One line on the screen, in physical pixels of the map.
#[derive(Clone, Debug, PartialEq)]
pub struct GridLine {
    pub points: Vec<ScreenPoint>,
    pub text: String,
    /// Its number stands at the upper edge, else at the left.
    pub upright: bool,
}

/// The lines over a view; none where it has no place for them. `apart_px`: the least distance of two.
pub fn lines(
    kind: Graticule,
    view: &Viewport,
    ground: Option<&Ground>,
    crs: Option<&Crs>,
    apart_px: f64,
) -> Vec<GridLine> {
    match (kind, ground) {
        (Graticule::Degrees, Some(ground)) => degrees(view, ground, apart_px).unwrap_or_default(),
        (Graticule::Map, _) => grid(view, crs, apart_px),
        _ => Vec::new(),
    }
}

/// The map's own coordinates: straight lines.
fn grid(view: &Viewport, crs: Option<&Crs>, apart_px: f64) -> Vec<GridLine> {
    let least = apart_px * view.resolution;
    let decade = 10_f64.powf(least.log10().floor());
    let Some(step) = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * decade).find(|s| *s >= least) else {
        return Vec::new();
    };
    let step = if crs.is_none() { step.max(1.0) } else { step };
    let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    let bounds = view.bounds();
    let [w, h] = view.size_px;
    let number = |value: f64, down: bool| {
        // Pixels count downwards, as the status bar shows them.
        format::decimal(if down && crs.is_none() { -value } else { value }, decimals)
    };
    let mut found = Vec::new();
    for x in multiples(bounds.min().x, bounds.max().x, step) {
        let at = view.screen_from_world(WorldPoint { x, y: view.center.y }).x;
        let points = vec![ScreenPoint { x: at, y: 0.0 }, ScreenPoint { x: at, y: h }];
        found.push(GridLine { points, text: number(x, false), upright: true });
    }
    for y in multiples(bounds.min().y, bounds.max().y, step) {
        let at = view.screen_from_world(WorldPoint { x: view.center.x, y }).y;
        let points = vec![ScreenPoint { x: 0.0, y: at }, ScreenPoint { x: w, y: at }];
        found.push(GridLine { points, text: number(y, true), upright: false });
    }
    found
}

/// Multiples of a step from `low` to `high`, at most [`MOST`].
fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step).ceil();
    let count = ((high / step).floor() - first + 1.0).clamp(0.0, MOST as f64) as usize;
    (0..count).map(move |n| (first + n as f64) * step)
}

/// Longitude and latitude: bent lines.
fn degrees(view: &Viewport, ground: &Ground, apart_px: f64) -> Option<Vec<GridLine>> {
    let [west, south, east, north] = extent(view, ground)?;
    let middle = ground.lonlat(view.center).unwrap_or(LonLat { x: west, y: south });
    let per_px = degrees_per_px(view, ground, middle)?;
    let step = |per_px: f64| STEPS_S.into_iter().find(|s| s / 3600.0 >= per_px * apart_px);
    let (step_x, step_y) = (step(per_px.0)?, step(per_px.1)?);
    let screen = |lon: f64, lat: f64| Some(view.screen_from_world(ground.world(LonLat { x: lon, y: lat })?));
    let mut found = Vec::new();
    let between =
        |low: f64, high: f64| (0..=PARTS).map(move |i| low + (high - low) * f64::from(i) / f64::from(PARTS));
    for lon_s in multiples(west * 3600.0, east * 3600.0, step_x) {
        let points: Vec<_> = between(south, north).filter_map(|lat| screen(lon_s / 3600.0, lat)).collect();
        // Beyond the antimeridian degrees begin anew.
        let turned = (lon_s / 3600.0 + 180.0).rem_euclid(360.0) - 180.0;
        found.push(GridLine { points, text: angle(turned, step_x, ['E', 'W']), upright: true });
    }
    for lat_s in multiples(south * 3600.0, north * 3600.0, step_y) {
        let points: Vec<_> = between(west, east).filter_map(|lon| screen(lon, lat_s / 3600.0)).collect();
        found.push(GridLine { points, text: angle(lat_s / 3600.0, step_y, ['N', 'S']), upright: false });
    }
    found.retain(|line| line.points.len() > 1);
    Some(found)
}

/// West, south, east and north of what a view shows of the earth; longitudes run on beyond 180°.
fn extent(view: &Viewport, ground: &Ground) -> Option<[f64; 4]> {
    let mut found: Option<[f64; 4]> = None;
    let mut first = None;
    for i in 0..=8 {
        for j in 0..=8 {
            let at = ScreenPoint {
                x: view.size_px[0] * f64::from(i) / 8.0,
                y: view.size_px[1] * f64::from(j) / 8.0,
            };
            let Some(p) = ground.lonlat(view.world_from_screen(at)) else { continue };
            let first = *first.get_or_insert(p.x);
            let x = p.x - ((p.x - first) / 360.0).round() * 360.0;
            let [w, s, e, n] = found.unwrap_or([x, p.y, x, p.y]);
            found = Some([w.min(x), s.min(p.y), e.max(x), n.max(p.y)]);
        }
    }
    // A little more, as lines bulge between the places that were asked.
    let [w, s, e, n] = found?;
    let (dx, dy) = ((e - w) * 0.05, (n - s) * 0.05);
    Some([w - dx, (s - dy).max(-90.0), e + dx, (n + dy).min(90.0)])
}

/// Degrees of longitude and latitude that a screen pixel spans in the middle.
fn degrees_per_px(view: &Viewport, ground: &Ground, middle: LonLat) -> Option<(f64, f64)> {
    let d = view.resolution * 8.0;
    let span = |dx: f64, dy: f64| {
        let p = ground.lonlat(view.center + WorldPoint { x: dx, y: dy })?;
        Some(((p.x - middle.x).abs(), (p.y - middle.y).abs()))
    };
    let (a, b) = (span(d, 0.0)?, span(0.0, d)?);
    let per_px = (a.0.hypot(b.0) / 8.0, a.1.hypot(b.1) / 8.0);
    (per_px.0 > 0.0 && per_px.1 > 0.0).then_some(per_px)
}

/// Degrees with as many minutes and seconds as a step needs: `94°30′ W`.
fn angle(degrees: f64, step_s: f64, signs: [char; 2]) -> String {
    let decimals = (-step_s.log10()).ceil().clamp(0.0, 3.0) as usize;
    let unit = 10_f64.powi(decimals as i32);
    let total = (degrees.abs() * 3600.0 * unit).round();
    let whole = (total / unit).floor() as u64;
    let (d, m) = (whole / 3600, whole % 3600 / 60);
    let s = total / unit - (d * 3600 + m * 60) as f64;
    let sign =
        if total == 0.0 { String::new() } else { format!("\u{a0}{}", signs[usize::from(degrees < 0.0)]) };
    if step_s >= 3600.0 {
        format!("{d}°{sign}")
    } else if step_s >= 60.0 {
        format!("{d}°{m:02}′{sign}")
    } else {
        let width = if decimals == 0 { 2 } else { decimals + 3 };
        format!("{d}°{m:02}′{s:0width$.decimals$}″{sign}")
    }
}

/// What the kept lines were made for.
#[derive(Clone, PartialEq)]
struct Made {
    kind: Graticule,
    view: Viewport,
    crs: Option<Crs>,
}

/// Draws the wanted lines; they are worked out anew only when the camera moves.
/// Figures begin below the names at the upper edge.
pub fn paint(painter: &Painter, state: &State, rect: Rect) {
    let kind = state.preferences.map.graticule;
    if kind == Graticule::None || state.world_bounds().is_none() {
        return;
    }
    let crs = state.content().and_then(project::Project::crs);
    let made = Made { kind, view: state.camera, crs: crs.cloned() };
    let id = egui::Id::unique("graticule");
    let kept: Option<(Made, Arc<Vec<GridLine>>)> = painter.ctx().data(|d| d.get_temp(id));
    let found = if let Some((_, found)) = kept.filter(|(of, _)| *of == made) {
        found
    } else {
        let apart = APART * f64::from(state.pixels_per_point);
        let found = Arc::new(lines(kind, &state.camera, state.aids.ground.as_deref(), crs, apart));
        painter.ctx().data_mut(|d| d.insert_temp(id, (made, Arc::clone(&found))));
        found
    };
    for line in found.iter() {
        paint_line(painter, state, rect, line);
    }
}

fn paint_line(painter: &Painter, state: &State, rect: Rect, line: &GridLine) {
    let c = &state.theme.color;
    let at = |p: &ScreenPoint| to_window(*p, rect, state.pixels_per_point);
    let points: Vec<Pos2> = line.points.iter().map(at).collect();
    painter.add(Shape::line(points.clone(), Stroke::new(2.0, c.map_casing.gamma_multiply(0.35))));
    painter.add(Shape::line(points.clone(), Stroke::new(1.0, c.map_ink.gamma_multiply(0.6))));
    let inner = rect.shrink(1.0);
    let names = compare::names_height(state);
    let meets = points.windows(2).find_map(|w| {
        let [a, b] = [w[0], w[1]];
        let (from, to, edge) = if line.upright { (a.y, b.y, inner.top()) } else { (a.x, b.x, inner.left()) };
        let crosses = (from - edge) * (to - edge) <= 0.0 && from != to;
        crosses.then(|| a.lerp(b, (edge - from) / (to - from)))
    });
    let Some(end) = meets else { return };
    if line.upright {
        let x = end.x + 4.0;
        if x > inner.left() + 60.0 && x < inner.right() - 40.0 {
            let at = pos2(x, inner.top() + 3.0 + names);
            text_with_casing(painter, state, at, Align2::LEFT_TOP, &line.text);
        }
    } else if end.y > inner.top() + 24.0 + names && end.y < inner.bottom() - 8.0 {
        text_with_casing(painter, state, end + vec2(4.0, -2.0), Align2::LEFT_BOTTOM, &line.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joplin() -> (Viewport, Ground) {
        let utm = Crs::from_epsg(32615).expect("known");
        let at = WorldPoint { x: 365_000.0, y: 4_105_000.0 };
        (Viewport::new(at, 5.0, [1280.0, 720.0]), Ground::new(&utm).expect("on earth"))
    }

    #[test]
    fn degrees_are_round_far_enough_apart_and_lie_where_they_say() {
        let (view, ground) = joplin();
        let found = lines(Graticule::Degrees, &view, Some(&ground), Some(&ground.crs), 120.0);
        let upright: Vec<_> = found.iter().filter(|l| l.upright).collect();
        assert!((2..12).contains(&upright.len()), "{found:?}");
        assert!(upright.iter().any(|l| l.text == "94°30′00″\u{a0}W"), "{upright:?}");
        let xs: Vec<f64> = upright.iter().map(|l| l.points[12].x).collect();
        assert!(xs.windows(2).all(|w| w[1] - w[0] >= 119.0), "{xs:?}");
        let line = upright.iter().find(|l| l.text == "94°30′00″\u{a0}W").expect("there");
        for p in &line.points {
            let back = ground.lonlat(view.world_from_screen(*p)).expect("on earth");
            assert!((back.x + 94.5).abs() < 1e-7, "{back:?}");
        }
        // Off the middle meridian of the zone, true north is not straight up.
        assert!((line.points[0].x - line.points[24].x).abs() > 5.0);
    }

    #[test]
    fn the_grid_has_round_numbers_and_pixels_count_downwards() {
        let (view, ground) = joplin();
        let found = lines(Graticule::Map, &view, None, Some(&ground.crs), 120.0);
        assert!(found.iter().any(|l| l.upright && l.text == "365\u{2009}000"), "{found:?}");
        let view = Viewport::new(WorldPoint { x: 32.0, y: -24.0 }, 0.1, [640.0, 480.0]);
        let found = lines(Graticule::Map, &view, None, None, 100.0);
        assert!(found.iter().any(|l| !l.upright && l.text == "20"), "{found:?}");
    }

    #[test]
    fn angles_carry_over_and_say_no_more_than_the_step() {
        assert_eq!(angle(-94.5, 60.0, ['E', 'W']), "94°30′\u{a0}W");
        assert_eq!(angle(36.999_999_99, 10.0, ['N', 'S']), "37°00′00″\u{a0}N");
        assert_eq!(angle(0.0, 3600.0, ['E', 'W']), "0°");
        assert_eq!(angle(1.000_25, 0.1, ['E', 'W']), "1°00′00.9″\u{a0}E");
    }

    #[test]
    fn a_view_off_the_earth_has_no_degrees_and_ends() {
        let utm = Crs::from_epsg(32615).expect("known");
        let ground = Ground::new(&utm).expect("on earth");
        let far = Viewport::new(WorldPoint { x: 1e12, y: -1e12 }, 1e6, [1280.0, 720.0]);
        assert!(lines(Graticule::Degrees, &far, Some(&ground), Some(&utm), 120.0).len() <= 2 * MOST);
        assert!(lines(Graticule::Map, &far, None, Some(&utm), 1.0).len() <= 2 * MOST);
    }
}
