//! Places as people write them: decimal degrees, degrees-minutes-seconds, UTM, MGRS, plus codes, and
//! coordinates of the map itself.
//!
//! ```
//! use spatial::{Location, LocationKind};
//! let found = Location::read("37°05'03\"N 94°30'48\"W", None).unwrap();
//! assert_eq!(found.kind, LocationKind::DegreesMinutesSeconds);
//! assert!((found.lonlat.y - 37.084_166).abs() < 1e-5);
//! ```

mod degrees;
mod grid;
mod plus;

use thiserror::Error;

use crate::LonLat;
pub use plus::plus_code;

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 200;

/// How a place was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationKind {
    DecimalDegrees,
    DegreesMinutesSeconds,
    Utm,
    Mgrs,
    PlusCode,
}

impl LocationKind {
    /// What the user is told was understood.
    pub fn text(self) -> &'static str {
        match self {
            Self::DecimalDegrees => "degrees",
            Self::DegreesMinutesSeconds => "degrees, minutes, seconds",
            Self::Utm => "UTM",
            Self::Mgrs => "MGRS",
            Self::PlusCode => "plus code",
        }
    }
}

/// A place on the earth that somebody wrote down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Location {
    /// Degrees on WGS 84; the middle of the cell for MGRS and plus codes.
    pub lonlat: LonLat,
    pub kind: LocationKind,
    /// Side of the square that the text leaves open, in m; 0 where it names a point.
    pub cell_m: f64,
}

/// Why a text names no place.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LocationError {
    #[error("`{0}` is not a place that can be read")]
    Unknown(String),
    #[error("{what} {value} is outside the earth")]
    OffTheEarth { what: &'static str, value: f64 },
    #[error("the {kind} coordinate `{text}` does not exist", kind = .kind.text())]
    Nowhere { kind: LocationKind, text: String },
    #[error("the short plus code `{0}` needs a map to be near to")]
    NeedsMap(String),
}

impl LocationError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown(_) => {
                "write `37.084, -94.513`, `37°05'03\"N 94°30'48\"W`, `15S 365000 4105000`, `15SUB6500005000` or a plus code"
            }
            Self::OffTheEarth { .. } => "latitude comes first, then longitude",
            Self::Nowhere { .. } => "check zone, letters and number of digits",
            Self::NeedsMap(_) => "open an image first, or write the full code",
        }
    }
}

impl Location {
    /// Reads a place. `near` (the middle of the map) completes short plus codes and tells the letter S of a
    /// UTM band from "south" where both are possible.
    pub fn read(text: &str, near: Option<LonLat>) -> Result<Self, LocationError> {
        let text = text.trim();
        let shown = || text.chars().take(40).collect::<String>();
        if text.is_empty() || text.len() > LONGEST {
            return Err(LocationError::Unknown(shown()));
        }
        let text =
            text.strip_prefix("geo:").map_or(text, |rest| rest.split([';', '?']).next().unwrap_or(rest));
        let found = plus::read(text, near)
            .or_else(|| grid::mgrs(text))
            .or_else(|| grid::utm(text, near))
            .or_else(|| degrees::read(text));
        found.unwrap_or_else(|| Err(LocationError::Unknown(shown())))
    }
}

/// A place in degrees, if there is one on the earth.
fn on_earth(lon: f64, lat: f64) -> Result<LonLat, LocationError> {
    if !lat.is_finite() || lat.abs() > 90.0 {
        return Err(LocationError::OffTheEarth { what: "latitude", value: lat });
    }
    if !lon.is_finite() || lon.abs() > 360.0 {
        return Err(LocationError::OffTheEarth { what: "longitude", value: lon });
    }
    let lon = if lon.abs() > 180.0 { lon - 360.0 * lon.signum() } else { lon };
    Ok(LonLat { x: lon, y: lat })
}

#[cfg(test)]
mod tests;
