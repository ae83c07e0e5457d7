//! Numbers as people read them: grouped by thin spaces, rounded to what they are worth, with their unit.
//!
//! ```
//! use spatial::format;
//! assert_eq!(format::pixels(12_480), "12\u{2009}480\u{a0}px");
//! assert_eq!(format::resolution(0.047), "4.7\u{a0}cm/px");
//! assert_eq!(format::area(19_000.0), "1.9\u{a0}ha");
//! ```

use crate::{LonLat, WorldPoint};

/// Between groups of three digits.
const THIN: char = '\u{2009}';
/// Between a number and its unit; lines do not break there.
const NBSP: char = '\u{a0}';
const MINUS: char = '\u{2212}';

/// What cannot be measured.
const NOTHING: &str = "–";

/// A count: `12 480`.
pub fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// Pixels with their unit: `12 480 px`.
pub fn pixels(n: u64) -> String {
    with_unit(&count(n), "px")
}

/// A number with this many decimals: `4 103 990.1`; zero has no sign.
pub fn decimal(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let negative = value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let mut out = String::new();
    out.extend(negative.then_some(MINUS));
    out.push_str(&grouped(whole));
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// About three significant digits without a unit: `4.7`, `0.052`, `12 480`.
pub fn short(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return if x == 0.0 { "0".to_owned() } else { NOTHING.to_owned() };
    }
    let magnitude = x.abs().log10().floor() as i32;
    if !(-6..15).contains(&magnitude) {
        return format!("{x:.2e}");
    }
    let text = decimal(x, usize::try_from((2 - magnitude).max(0)).unwrap_or(0));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A length in metres: `4.7 cm`, `12.3 m`, `1.26 km`.
pub fn length(metres: f64) -> String {
    let m = metres.abs();
    match m {
        0.0 => scaled(metres, 1.0, "m"),
        m if m < 0.009_95 => scaled(metres, 1e3, "mm"),
        m if m < 0.995 => scaled(metres, 1e2, "cm"),
        m if m < 999.5 => scaled(metres, 1.0, "m"),
        _ => scaled(metres, 1e-3, "km"),
    }
}

/// An area in square metres: `640 m²`, `1.9 ha`, `12.4 km²`.
pub fn area(square_metres: f64) -> String {
    let m2 = square_metres.abs();
    match m2 {
        0.0 => scaled(square_metres, 1.0, "m²"),
        m2 if m2 < 0.995 => scaled(square_metres, 1e4, "cm²"),
        m2 if m2 < 9_995.0 => scaled(square_metres, 1.0, "m²"),
        m2 if m2 < 999_500.0 => scaled(square_metres, 1e-4, "ha"),
        _ => scaled(square_metres, 1e-6, "km²"),
    }
}

/// A length that was measured, in metres, to five digits: `123.46 m`, `1.2643 km`.
pub fn precise_length(metres: f64) -> String {
    match metres.abs() {
        m if m > 0.0 && m < 0.01 => to_digits(metres, 1e3, "mm", 5),
        m if m > 0.0 && m < 1.0 => to_digits(metres, 1e2, "cm", 5),
        m if m < 10_000.0 => to_digits(metres, 1.0, "m", 5),
        _ => to_digits(metres, 1e-3, "km", 5),
    }
}

/// An area that was measured, in square metres, to five digits: `640.25 m²`, `1.9032 ha`.
pub fn precise_area(square_metres: f64) -> String {
    match square_metres.abs() {
        m2 if m2 > 0.0 && m2 < 1.0 => to_digits(square_metres, 1e4, "cm²", 5),
        m2 if m2 < 10_000.0 => to_digits(square_metres, 1.0, "m²", 5),
        m2 if m2 < 1e6 => to_digits(square_metres, 1e-4, "ha", 5),
        _ => to_digits(square_metres, 1e-6, "km²", 5),
    }
}

/// How much ground one pixel spans, in metres: `4.7 cm/px`, `30 m/px`.
pub fn resolution(metres_per_px: f64) -> String {
    let text = length(metres_per_px);
    if text == NOTHING { text } else { text + "/px" }
}

/// A share from 0 to 1: `63 %`.
pub fn percent(share: f64) -> String {
    with_unit(&decimal(share * 100.0, 0), "%")
}

/// A projected position: `366 812.4  4 103 990.1 m`.
pub fn position(p: WorldPoint, unit: &str, decimals: usize) -> String {
    with_unit(&format!("{}  {}", decimal(p.x, decimals), decimal(p.y, decimals)), unit)
}

/// Latitude and longitude in degrees: `37.08412° N  94.51331° W`.
pub fn degrees(p: LonLat, decimals: usize) -> String {
    let text = |value: f64, signs: [char; 2]| {
        format!("{:.decimals$}°{NBSP}{}", value.abs(), signs[usize::from(value < 0.0)])
    };
    both(p, text)
}

/// Latitude and longitude in degrees, minutes and seconds: `37° 05′ 02.8″ N  94° 30′ 47.9″ W`.
pub fn degrees_minutes_seconds(p: LonLat, decimals: usize) -> String {
    let text = |value: f64, signs: [char; 2]| {
        let unit = 10_f64.powi(decimals as i32);
        // Rounded once, as a whole, so that 59.96″ carries over into the minutes.
        let total = (value.abs() * 3600.0 * unit).round();
        let seconds = (total % (60.0 * unit)) / unit;
        let minutes = (total / (60.0 * unit)).floor() as u64;
        let width = if decimals == 0 { 2 } else { decimals + 3 };
        format!(
            "{}°{NBSP}{:02}′{NBSP}{seconds:0width$.decimals$}″{NBSP}{}",
            minutes / 60,
            minutes % 60,
            signs[usize::from(value < 0.0)]
        )
    };
    both(p, text)
}

/// Decimals worth showing for coordinates in metres when one pixel spans this many metres.
pub fn decimals_for(metres_per_px: f64) -> usize {
    if metres_per_px.is_finite() && metres_per_px > 0.0 {
        (-metres_per_px.log10()).ceil().clamp(0.0, 3.0) as usize
    } else {
        1
    }
}

fn both(p: LonLat, text: impl Fn(f64, [char; 2]) -> String) -> String {
    if !(p.x.is_finite() && p.y.is_finite()) {
        return NOTHING.to_owned();
    }
    format!("{}  {}", text(p.y, ['N', 'S']), text(p.x, ['E', 'W']))
}

fn with_unit(number: &str, unit: &str) -> String {
    if number == NOTHING { number.to_owned() } else { format!("{number}{NBSP}{unit}") }
}

/// Three significant digits, without decimals that are zero.
fn scaled(value: f64, factor: f64, unit: &str) -> String {
    to_digits(value, factor, unit, 3)
}

/// So many significant digits, without decimals that are zero.
fn to_digits(value: f64, factor: f64, unit: &str, significant: i32) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let value = value * factor;
    let digits = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let mut decimals = (significant - 1 - digits).clamp(0, significant) as usize;
    let rounded = |decimals: usize| format!("{value:.decimals$}");
    while decimals > 0 && rounded(decimals).ends_with('0') {
        decimals -= 1;
    }
    with_unit(&decimal(value, decimals), unit)
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(THIN);
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plain spaces, to be readable here.
    fn plain(text: &str) -> String {
        text.replace([THIN, NBSP], " ").replace(MINUS, "-")
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let counts = [0, 7, 999, 1000, 12_480, 1_813, 1_234_567];
        let texts = ["0", "7", "999", "1 000", "12 480", "1 813", "1 234 567"];
        assert_eq!(counts.map(|n| plain(&count(n))), texts);
        assert_eq!(plain(&decimal(-1_234_567.891, 2)), "-1 234 567.89");
        assert_eq!(plain(&decimal(-0.001, 1)), "0.0");
        assert_eq!(decimal(f64::NAN, 1), "–");
    }

    #[test]
    fn lengths_areas_and_resolutions_choose_their_unit() {
        let lengths = [0.0, 0.0034, 0.047, 0.5, 0.999, 12.34, 999.7, 1_260.0, 1_234_567.0, -3.5];
        let texts = [
            "0 m", "3.4 mm", "4.7 cm", "50 cm", "0.999 m", "12.3 m", "1 km", "1.26 km", "1 235 km", "-3.5 m",
        ];
        assert_eq!(lengths.map(|m| plain(&length(m))), texts);
        let areas = [0.0, 0.5, 153.27, 9_870.0, 19_000.0, 123_456.0, 12_400_000.0];
        let texts = ["0 m²", "5 000 cm²", "153 m²", "9 870 m²", "1.9 ha", "12.3 ha", "12.4 km²"];
        assert_eq!(areas.map(|m| plain(&area(m))), texts);
        assert_eq!(plain(&resolution(0.047)), "4.7 cm/px");
        assert_eq!(plain(&resolution(30.0)), "30 m/px");
        assert_eq!(resolution(f64::INFINITY), "–");
        assert_eq!(plain(&percent(0.634)), "63 %");
    }

    #[test]
    fn positions_read_as_on_a_map() {
        let p = WorldPoint { x: 366_812.44, y: 4_103_990.06 };
        assert_eq!(plain(&position(p, "m", 1)), "366 812.4  4 103 990.1 m");
        let joplin = LonLat { x: -94.513_31, y: 37.084_12 };
        assert_eq!(plain(&degrees(joplin, 5)), "37.08412° N  94.51331° W");
        assert_eq!(plain(&degrees_minutes_seconds(joplin, 1)), "37° 05′ 02.8″ N  94° 30′ 47.9″ W");
    }

    #[test]
    fn seconds_carry_over_into_minutes_and_degrees() {
        let p = LonLat { x: 9.999_999_9, y: -0.016_666_6 };
        assert_eq!(plain(&degrees_minutes_seconds(p, 1)), "0° 01′ 00.0″ S  10° 00′ 00.0″ E");
        assert_eq!(plain(&degrees_minutes_seconds(p, 0)), "0° 01′ 00″ S  10° 00′ 00″ E");
    }

    #[test]
    fn coordinates_show_as_many_decimals_as_a_pixel_is_worth() {
        assert_eq!([100.0, 10.0, 0.9, 0.1, 0.047, 1e-9, f64::NAN].map(decimals_for), [0, 0, 1, 1, 2, 3, 1]);
    }
}
