//! Numbers as people read them, where [`spatial::format`] does not say it already.

use spatial::format as spatial_format;
pub use spatial::format::short;

/// Between a number and its unit; lines do not break there.
const NBSP: char = '\u{a0}';

/// A sample: integers as they are, others short.
pub fn sample(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e9 { spatial_format::decimal(x, 0) } else { short(x) }
}

/// Bytes in the decimal units that file managers show.
pub fn bytes(n: u64) -> String {
    let x = n as f64;
    let (value, unit) = match x {
        x if x >= 1e9 => (x / 1e9, "GB"),
        x if x >= 1e6 => (x / 1e6, "MB"),
        x if x >= 1e3 => (x / 1e3, "kB"),
        x => (x, "B"),
    };
    format!("{}{NBSP}{unit}", short(value))
}

/// Seconds as somebody waits for them: `12 s`, `3 min`, `1 h 20 min`.
pub fn duration(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match s {
        0..60 => format!("{s}{NBSP}s"),
        60..3600 => format!("{}{NBSP}min", s.div_ceil(60)),
        _ => format!("{}{NBSP}h {}{NBSP}min", s / 3600, s % 3600 / 60),
    }
}

/// `1 region`, `12 regions`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {many}", spatial_format::count(n as u64)) }
}

/// The words of an error as a sentence: a capital in front, a full stop behind.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    let stop = if text.ends_with(['.', '?']) { "" } else { "." };
    format!("{}{}{stop}", first.into_iter().flatten().collect::<String>(), chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_sentences() {
        assert_eq!(sentence("there is no room left"), "There is no room left.");
        assert_eq!(sentence("Free some space."), "Free some space.");
        assert_eq!(sentence("/tmp/a.gpkg exists already"), "/tmp/a.gpkg exists already.");
    }

    #[test]
    fn units_follow_the_size() {
        assert_eq!(bytes(1_234_567), "1.23\u{a0}MB");
        assert_eq!(duration(4800.0), "1\u{a0}h 20\u{a0}min");
        assert_eq!(short(0.000_123_4), "0.000123");
        assert_eq!(sample(-12_480.0), "−12\u{2009}480");
    }
}
