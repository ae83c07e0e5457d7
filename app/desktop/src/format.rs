//! Numbers as people read them: groups of three, a unit, no false precision.

/// Between groups of digits and before units.
const THIN: char = '\u{2009}';

/// `12 480`, with thin spaces.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(THIN);
        }
        out.push(c);
    }
    out
}

/// The same for a number with this many decimals.
pub fn grouped_f(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.decimals$}", x.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    let zero = text.chars().all(|c| c == '0' || c == '.');
    let sign = if x < 0.0 && !zero { "−" } else { "" };
    format!("{sign}{whole}{rest}")
}

/// About three significant digits: `4.7`, `0.052`, `12 480`.
pub fn short(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return if x == 0.0 { "0".to_owned() } else { "–".to_owned() };
    }
    let magnitude = x.abs().log10().floor() as i32;
    if !(-6..15).contains(&magnitude) {
        return format!("{x:.2e}");
    }
    let decimals = usize::try_from((2 - magnitude).max(0)).unwrap_or(0);
    let text = grouped_f(x, decimals);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A sample: integers as they are, others short.
pub fn sample(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e9 { grouped_f(x, 0) } else { short(x) }
}

/// A length in metres with the unit that suits it.
pub fn length(m: f64) -> String {
    match m.abs() {
        x if x >= 1000.0 => format!("{}{THIN}km", short(m / 1000.0)),
        x if x >= 1.0 => format!("{}{THIN}m", short(m)),
        x if x >= 0.01 => format!("{}{THIN}cm", short(m * 100.0)),
        _ => format!("{}{THIN}mm", short(m * 1000.0)),
    }
}

/// An area in square metres with the unit that suits it.
pub fn area(m2: f64) -> String {
    match m2.abs() {
        x if x >= 1e6 => format!("{}{THIN}km²", short(m2 / 1e6)),
        x if x >= 1e4 => format!("{}{THIN}ha", short(m2 / 1e4)),
        _ => format!("{}{THIN}m²", short(m2)),
    }
}

/// Bytes in the decimal units that file managers show.
pub fn bytes(n: u64) -> String {
    let n = n as f64;
    match n {
        x if x >= 1e9 => format!("{}{THIN}GB", short(n / 1e9)),
        x if x >= 1e6 => format!("{}{THIN}MB", short(n / 1e6)),
        x if x >= 1e3 => format!("{}{THIN}kB", short(n / 1e3)),
        _ => format!("{n}{THIN}B"),
    }
}

/// Seconds as somebody waits for them: `12 s`, `3 min`, `1 h 20 min`.
pub fn duration(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match s {
        0..60 => format!("{s}{THIN}s"),
        60..3600 => format!("{}{THIN}min", s.div_ceil(60)),
        _ => format!("{}{THIN}h {}{THIN}min", s / 3600, s % 3600 / 60),
    }
}

/// `1 region`, `12 regions`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {many}", grouped(n as u64)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_signed() {
        assert_eq!(grouped(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(grouped_f(-4_103_990.14, 1), "−4\u{2009}103\u{2009}990.1");
        assert_eq!(grouped_f(-0.04, 1), "0.0");
    }

    #[test]
    fn units_follow_the_size() {
        assert_eq!(length(0.047), "4.7\u{2009}cm");
        assert_eq!(length(12_480.0), "12.5\u{2009}km");
        assert_eq!(area(19_000.0), "1.9\u{2009}ha");
        assert_eq!(duration(4800.0), "1\u{2009}h 20\u{2009}min");
        assert_eq!(short(0.000_123_4), "0.000123");
    }
}
