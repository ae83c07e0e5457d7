//! Where "Go to" leads: a place that somebody typed, on the map that is open.

use spatial::{Crs, Location, Transformer, Viewport, WorldPoint, format};

use crate::state::State;

/// Side of what is shown around a point, in m, when the map shows much more.
const GROUND_M: f64 = 200.0;

/// A place on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    pub at: WorldPoint,
    /// How it was understood: `37.08417° N, 94.51333° W`.
    pub text: String,
    /// What it was written as: `MGRS`.
    pub kind: &'static str,
    /// World units per physical pixel that suit the place; never farther away than the map is now.
    pub resolution: f64,
}

/// Reads what was typed. `None` where it does not look like a place; `Err` says in one line why a place that
/// was meant cannot be gone to.
pub fn read(text: &str, state: &State) -> Option<Result<Destination, String>> {
    let text = text.trim();
    let crs = state.content()?.crs();
    if let Some(found) = of_the_map(text, crs, &state.camera) {
        return Some(Ok(found));
    }
    let crs = crs?;
    let to_map = Transformer::new(&Crs::wgs84(), crs).ok()?;
    let near = Transformer::new(crs, &Crs::wgs84()).ok().and_then(|t| t.convert(state.camera.center));
    match Location::read(text, near) {
        Ok(place) => Some(on_map(&place, &to_map, crs, &state.camera)),
        // Words are commands; only what has a digit can have been meant as a place.
        Err(error) => {
            let meant = text.bytes().filter(u8::is_ascii_digit).count() >= 3;
            meant.then(|| Err(format!("{error}: {}.", error.hint())))
        }
    }
}

fn on_map(
    place: &Location,
    to_map: &Transformer,
    crs: &Crs,
    camera: &Viewport,
) -> Result<Destination, String> {
    let nowhere = || format!("{} has no place in {}.", format::degrees(place.lonlat, 5), crs.label());
    let at = to_map.convert(place.lonlat).ok_or_else(nowhere)?;
    let ground_m = GROUND_M.max(place.cell_m * 2.0);
    let per_unit = crs.metres_per_unit().unwrap_or(1.0);
    Ok(Destination {
        at,
        text: format::degrees(place.lonlat, 5),
        kind: place.kind.text(),
        resolution: resolution(camera, ground_m / per_unit),
    })
}

/// Two numbers that cannot be degrees are coordinates of the map: `366812 4103990`.
fn of_the_map(text: &str, crs: Option<&Crs>, camera: &Viewport) -> Option<Destination> {
    let mut numbers =
        text.split([' ', ',', ';', '\t']).filter(|word| !word.is_empty()).map(str::parse::<f64>);
    let (Some(Ok(x)), Some(Ok(y)), None) = (numbers.next(), numbers.next(), numbers.next()) else {
        return None;
    };
    let degrees = crs.is_some() && x.abs() <= 360.0 && y.abs() <= 360.0;
    if degrees || !x.is_finite() || !y.is_finite() {
        return None;
    }
    // Pixels count downwards, as the status bar shows them.
    let y = if crs.is_some() { y } else { -y };
    let per_unit = crs.and_then(Crs::metres_per_unit).unwrap_or(1.0);
    Some(Destination {
        at: WorldPoint { x, y },
        text: text.to_owned(),
        kind: if crs.is_some() { "map" } else { "pixel" },
        resolution: resolution(camera, GROUND_M / per_unit),
    })
}

fn resolution(camera: &Viewport, ground: f64) -> f64 {
    let side = camera.size_px[0].min(camera.size_px[1]).max(1.0);
    camera.resolution.min(ground / side)
}
