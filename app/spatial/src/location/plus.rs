//! Plus codes (Open Location Code 1.0, Google). The crates for it bring a command-line parser or an old
//! geometry library along, and the whole of it is two loops.

use super::{Location, LocationError, LocationKind, on_earth};
use crate::LonLat;

const ALPHABET: &[u8; 20] = b"23456789CFGHJMPQRVWX";
/// Digits before the `+`.
const SEPARATOR: usize = 8;
/// Digits that come in pairs of latitude and longitude; those after them are cells of 4 × 5.
const PAIRED: usize = 10;
const LONGEST: usize = 15;
/// Metres in a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_320.0;

/// `86F7QF2X+9R`, or the short `QF2X+9R` near the middle of the map; `None` where the text is no plus code.
pub(super) fn read(text: &str, near: Option<LonLat>) -> Option<Result<Location, LocationError>> {
    // "QF2X+9R Joplin": the place name only helps people.
    let code = text.split_whitespace().next()?.to_ascii_uppercase();
    let (before, after) = code.split_once('+')?;
    let zeros = before.bytes().rev().take_while(|b| *b == b'0').count();
    let digits = &before[..before.len() - zeros];
    let of_alphabet = |text: &str| text.bytes().all(|b| ALPHABET.contains(&b));
    if digits.is_empty() || !of_alphabet(digits) || !of_alphabet(after) {
        return None;
    }
    let full = before.len() == SEPARATOR && zeros.is_multiple_of(2);
    let short = zeros == 0 && before.len() < SEPARATOR && before.len().is_multiple_of(2) && !after.is_empty();
    let sound = after.len() != 1 && (zeros == 0 || after.is_empty());
    if !(full || short) || !sound {
        return Some(Err(LocationError::Nowhere { kind: LocationKind::PlusCode, text: code.clone() }));
    }
    if full {
        return Some(place(&format!("{digits}{after}"), &code));
    }
    let Some(near) = near else { return Some(Err(LocationError::NeedsMap(code))) };
    Some(complete(before, after, near, &code))
}

/// The full code of this place with ten digits, as `86F7QF2X+9R`.
pub fn plus_code(at: LonLat) -> String {
    let lat = (at.y + 90.0).clamp(0.0, 180.0 - 1e-9);
    let lon = (at.x + 180.0).rem_euclid(360.0);
    // Whole steps of the last pair, so that no digit is lost to rounding.
    let (mut lat, mut lon) = ((lat * 8000.0).floor() as u64, (lon * 8000.0).floor() as u64);
    let mut digits = [0_u8; PAIRED];
    for pair in digits.chunks_exact_mut(2).rev() {
        pair[0] = ALPHABET[(lat % 20) as usize];
        pair[1] = ALPHABET[(lon % 20) as usize];
        (lat, lon) = (lat / 20, lon / 20);
    }
    let text: String = digits.iter().map(|b| char::from(*b)).collect();
    format!("{}+{}", &text[..SEPARATOR], &text[SEPARATOR..])
}

/// The middle of the cell of a full code without its `+` and padding.
fn place(digits: &str, code: &str) -> Result<Location, LocationError> {
    let (mut lat, mut lon) = (-90.0, -180.0);
    let (mut lat_step, mut lon_step) = (400.0, 400.0);
    let values: Vec<f64> = digits
        .bytes()
        .take(LONGEST)
        .map(|b| ALPHABET.iter().position(|a| *a == b).unwrap_or_default() as f64)
        .collect();
    let (pairs, cells) = values.split_at(values.len().min(PAIRED));
    for pair in pairs.chunks_exact(2) {
        (lat_step, lon_step) = (lat_step / 20.0, lon_step / 20.0);
        lat += pair[0] * lat_step;
        lon += pair[1] * lon_step;
    }
    for cell in cells {
        (lat_step, lon_step) = (lat_step / 5.0, lon_step / 4.0);
        lat += (cell / 4.0).floor() * lat_step;
        lon += (cell % 4.0) * lon_step;
    }
    let nowhere = || LocationError::Nowhere { kind: LocationKind::PlusCode, text: code.to_owned() };
    if lat >= 90.0 || lon >= 180.0 {
        return Err(nowhere());
    }
    let lonlat = on_earth(lon + lon_step / 2.0, (lat + lat_step / 2.0).min(90.0))?;
    Ok(Location { lonlat, kind: LocationKind::PlusCode, cell_m: lat_step * METRES_PER_DEGREE })
}

/// A short code: the cell of that name nearest to `near`.
fn complete(before: &str, after: &str, near: LonLat, code: &str) -> Result<Location, LocationError> {
    let missing = SEPARATOR - before.len();
    let head = plus_code(near);
    let found = place(&format!("{}{before}{after}", &head[..missing]), code)?;
    // Side of the area that the missing digits name.
    let step = 400.0 / 20_f64.powi((missing / 2) as i32);
    let moved = |from: f64, to: f64, limit: f64| {
        let best = [from - step, from, from + step].into_iter().filter(|v| v.abs() <= limit);
        best.min_by(|a, b| (a - to).abs().total_cmp(&(b - to).abs())).unwrap_or(from)
    };
    let lat = moved(found.lonlat.y, near.y, 90.0);
    let lon = moved(found.lonlat.x, near.x, 360.0);
    Ok(Location { lonlat: on_earth(lon, lat)?, ..found })
}
