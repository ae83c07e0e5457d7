//! Times as other programs read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `2026-01-31T09:30:00.123Z`, as GeoPackage wants it; `None` for a time outside years 0 to 9999.
pub(crate) fn iso(unix_ms: i64) -> Option<String> {
    let time = Timestamp::from_millisecond(unix_ms).ok()?;
    let text = time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    (text.len() == 24).then_some(text)
}

/// `2026-01-31 09:30`, by the clock of this machine, as people read it.
pub(crate) fn minute(unix_ms: i64) -> Option<String> {
    let time = Timestamp::from_millisecond(unix_ms).ok()?;
    Some(time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_the_minute() {
        let text = minute(1_700_000_000_120).expect("a time");
        assert!(text.starts_with("2023-11-1") && text.len() == 16, "{text}");
        assert_eq!(minute(i64::MIN), None);
    }

    #[test]
    fn times_always_have_three_decimals_and_four_digit_years() {
        assert_eq!(iso(0).as_deref(), Some("1970-01-01T00:00:00.000Z"));
        assert_eq!(iso(1_700_000_000_120).as_deref(), Some("2023-11-14T22:13:20.120Z"));
        assert_eq!(iso(-62_000_000_000_000).map(|t| t.len()), Some(24));
        assert_eq!(iso(i64::MIN), None);
    }
}
