//! UTM and MGRS, by the crate `geoconvert` (a port of Karney's GeographicLib).

use geoconvert::{LatLon, Mgrs, UtmUps};

use super::{Location, LocationError, LocationKind, on_earth};
use crate::LonLat;

/// Latitude bands of 8° from 80° S (NGA.STND.0037).
const BANDS: &str = "CDEFGHJKLMNPQRSTUVWX";

/// `15SUB6681203990` or `15S UB 66812 03990`; `None` where the text is written in another way.
pub(super) fn mgrs(text: &str) -> Option<Result<Location, LocationError>> {
    let compact: String =
        text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let zone = compact.bytes().take_while(u8::is_ascii_digit).count();
    let letters = compact[zone..].bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = &compact[zone + letters..];
    let shaped =
        zone <= 2 && letters == 3 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !shaped || !compact.is_ascii() {
        return None;
    }
    let nowhere = || LocationError::Nowhere { kind: LocationKind::Mgrs, text: text.to_owned() };
    // Eleven digits a side is a tenth of a micrometre: more is noise, and unread.
    if !digits.len().is_multiple_of(2) || digits.len() > 22 {
        return Some(Err(nowhere()));
    }
    let cell_m = 1e5 / 10_f64.powi((digits.len() / 2) as i32);
    let Ok(found) = Mgrs::parse_str(&compact) else { return Some(Err(nowhere())) };
    let place = found.to_latlon();
    Some(on_earth(place.longitude(), place.latitude()).map(|lonlat| Location {
        lonlat,
        kind: LocationKind::Mgrs,
        cell_m,
    }))
}

/// `15N 366812 4103990` or `15 S 366812 4103990`; `None` where the text is written in another way.
pub(super) fn utm(text: &str, near: Option<LonLat>) -> Option<Result<Location, LocationError>> {
    let upper = text.to_ascii_uppercase();
    let digits = upper.bytes().take_while(u8::is_ascii_digit).count();
    let zone: i32 = upper.get(..digits)?.parse().ok().filter(|zone| (1..=60).contains(zone))?;
    let rest = upper[digits..].trim_start();
    let letter = rest.chars().next().filter(|c| BANDS.contains(*c))?;
    let mut numbers = rest[1..]
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(|word| word.trim_end_matches(['M', 'E', 'N']).parse::<f64>());
    let (Some(Ok(easting)), Some(Ok(northing)), None) = (numbers.next(), numbers.next(), numbers.next())
    else {
        return None;
    };
    let places: Vec<LonLat> = hemispheres(letter, northing)
        .into_iter()
        .filter_map(|north| UtmUps::create(zone, north, easting, northing).ok())
        .map(|utm| LatLon::from_utmups(&utm))
        .filter_map(|place| on_earth(place.longitude(), place.latitude()).ok())
        .collect();
    let far = |place: &LonLat| near.map_or(0.0, |near| (near.y - place.y).abs());
    let nearest = places.into_iter().min_by(|a, b| far(a).total_cmp(&far(b)));
    Some(nearest.map_or_else(
        || Err(LocationError::Nowhere { kind: LocationKind::Utm, text: text.to_owned() }),
        |lonlat| Ok(Location { lonlat, kind: LocationKind::Utm, cell_m: 0.0 }),
    ))
}

/// Which hemispheres the letter may mean, the likelier first. `S` is both "south" and the band from 32° N to
/// 40° N: the band where the northing lies in it.
fn hemispheres(letter: char, northing: f64) -> Vec<bool> {
    match letter {
        'S' if (3_540_000.0..4_440_000.0).contains(&northing) => vec![true, false],
        'S' => vec![false],
        letter => vec![letter >= 'N'],
    }
}
