//! Days and moments in UTC, as the span of time that they name.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, tz::TimeZone};

/// Unix milliseconds from the beginning of what is named to its end: of a year, a month, a day, a minute or a
/// second. `None` for what is no date.
pub(crate) fn span(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (start, length) = match text.len() {
        4 if digits(text) => {
            (Date::new(text.parse().ok()?, 1, 1).ok()?.to_datetime(Time::midnight()), Span::new().years(1))
        }
        7 if text.as_bytes()[4] == b'-' => {
            let (year, month) = (text.get(..4)?, text.get(5..)?);
            if !digits(year) || !digits(month) {
                return None;
            }
            let first = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
            (first.to_datetime(Time::midnight()), Span::new().months(1))
        }
        10 => (text.parse::<Date>().ok()?.to_datetime(Time::midnight()), Span::new().days(1)),
        16 => (moment(text)?, Span::new().minutes(1)),
        _ => (moment(text)?, Span::new().seconds(1)),
    };
    let end = start.checked_add(length).ok()?;
    Some((unix_ms(start)?, unix_ms(end)?))
}

fn moment(text: &str) -> Option<DateTime> {
    let plain = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    plain.parse().ok()
}

fn unix_ms(at: DateTime) -> Option<f64> {
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_time_that_it_names() {
        let day = 86_400_000.0;
        assert_eq!(span("1970-01-02"), Some((day, 2.0 * day)));
        assert_eq!(span("1970"), Some((0.0, 365.0 * day)));
        assert_eq!(span("1970-02"), Some((31.0 * day, 59.0 * day)));
        assert_eq!(span("1970-01-01T01:00"), Some((3_600_000.0, 3_660_000.0)));
        assert_eq!(span("1970-01-01 00:00:02"), Some((2_000.0, 3_000.0)));
        assert_eq!(span("1970-01-01T00:00:02Z"), Some((2_000.0, 3_000.0)));
        for wrong in ["", "today", "1970-13-01", "31.1.1970", "19700", "1970-0x", "🦀🦀", "9999", "aaaa-bb"]
        {
            if wrong == "9999" {
                // The last year has no end that the calendar knows.
                assert_eq!(span(wrong), None);
            } else {
                assert_eq!(span(wrong), None, "{wrong}");
            }
        }
    }
}
