//! Numbers with units as people write them: `12 min`, `1 h 20 min`, `1,234.5 m`, `Fifteen (15)`.

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Things, or nothing that is named.
    One,
    Metre,
    Second,
    Pixel,
}

/// A number in the base of its unit: metres, seconds, pixels or things.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quantity {
    pub(super) value: f64,
    /// What one of its last digit is, in the same base.
    pub(super) digit: f64,
    pub(super) unit: Unit,
}

/// Words for units, in lower case, with how much of the base one is.
const WORDS: [(&str, Unit, f64); 34] = [
    ("m", Unit::Metre, 1.0),
    ("meter", Unit::Metre, 1.0),
    ("meters", Unit::Metre, 1.0),
    ("metre", Unit::Metre, 1.0),
    ("metres", Unit::Metre, 1.0),
    ("km", Unit::Metre, 1_000.0),
    ("kms", Unit::Metre, 1_000.0),
    ("kilometer", Unit::Metre, 1_000.0),
    ("kilometers", Unit::Metre, 1_000.0),
    ("kilometre", Unit::Metre, 1_000.0),
    ("kilometres", Unit::Metre, 1_000.0),
    ("mi", Unit::Metre, 1_609.344),
    ("mile", Unit::Metre, 1_609.344),
    ("miles", Unit::Metre, 1_609.344),
    ("ft", Unit::Metre, 0.304_8),
    ("foot", Unit::Metre, 0.304_8),
    ("feet", Unit::Metre, 0.304_8),
    ("yd", Unit::Metre, 0.914_4),
    ("s", Unit::Second, 1.0),
    ("sec", Unit::Second, 1.0),
    ("secs", Unit::Second, 1.0),
    ("second", Unit::Second, 1.0),
    ("seconds", Unit::Second, 1.0),
    ("min", Unit::Second, 60.0),
    ("mins", Unit::Second, 60.0),
    ("minute", Unit::Second, 60.0),
    ("minutes", Unit::Second, 60.0),
    ("h", Unit::Second, 3_600.0),
    ("hr", Unit::Second, 3_600.0),
    ("hrs", Unit::Second, 3_600.0),
    ("hour", Unit::Second, 3_600.0),
    ("hours", Unit::Second, 3_600.0),
    ("px", Unit::Pixel, 1.0),
    ("pixels", Unit::Pixel, 1.0),
];

/// The unit of a word, and how much of the base one is; `None` for a word that is none.
pub(super) fn unit(word: &str) -> Option<(Unit, f64)> {
    let word = word.trim().trim_end_matches('.').to_lowercase();
    WORDS.iter().find(|(name, ..)| *name == word).map(|(_, unit, factor)| (*unit, *factor))
}

/// Every number of a text with the unit behind it; hours and minutes that follow each other are one.
pub(super) fn quantities(text: &str) -> Vec<Quantity> {
    let mut found: Vec<(Quantity, usize)> = Vec::new();
    let mut rest = 0;
    while let Some(step) = text[rest..].find(|c: char| c.is_ascii_digit()) {
        let start = rest + step;
        let (number, digit, end) = number(text, start);
        rest = end;
        // A digit within a word is no number: `B12`.
        if text[..start].chars().next_back().is_some_and(char::is_alphabetic) {
            continue;
        }
        let Some(number) = number else { continue };
        let behind = text[end..].trim_start_matches([' ', '\u{a0}', '\u{202f}']);
        let word: String = behind.chars().take_while(|c| c.is_alphabetic()).collect();
        let (unit, factor) = unit(&word).unwrap_or((Unit::One, 1.0));
        if unit != Unit::One {
            rest = text.len() - behind.len() + word.len();
        }
        let one = Quantity { value: number * factor, digit: digit * factor, unit };
        match found.last_mut() {
            Some((before, until)) if continues(before, &one, &text[*until..start]) => {
                before.value += one.value;
                before.digit = one.digit;
                *until = rest;
            }
            _ => found.push((one, rest)),
        }
    }
    found.into_iter().map(|(one, _)| one).collect()
}

/// True for the minutes behind hours.
fn continues(before: &Quantity, next: &Quantity, between: &str) -> bool {
    let joined = ["", ",", "and"].contains(&between.trim());
    next.unit == Unit::Second && before.unit == Unit::Second && before.digit > next.value && joined
}

/// The number that begins at a place, what one of its last digit is, and where it ends.
fn number(text: &str, start: usize) -> (Option<f64>, f64, usize) {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = start + digits(start);
    // Thousands.
    while bytes.get(end) == Some(&b',') && digits(end + 1) == 3 && end - start <= 12 {
        end += 4;
    }
    let mut digit = 1.0;
    if bytes.get(end) == Some(&b'.') && end + 1 < bytes.len() && digits(end + 1) > 0 {
        let behind = digits(end + 1);
        digit = 10_f64.powi(-i32::try_from(behind).unwrap_or(i32::MAX));
        end += 1 + behind;
    }
    let plain: String = text[start..end].chars().filter(|c| *c != ',').collect();
    (plain.parse().ok().filter(|n: &f64| n.is_finite()), digit, end)
}

/// The one quantity that a text says; `None` where there is none, or several.
pub(super) fn quantity(text: &str) -> Option<Quantity> {
    match quantities(text)[..] {
        [one] => Some(one),
        _ => None,
    }
}

/// A value as people read it.
pub(super) fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::One => format!("{}", (value * 1e6).round() / 1e6),
        Unit::Pixel => format!("{value:.1} px"),
        Unit::Metre if value >= 10_000.0 => format!("{:.2} km", value / 1_000.0),
        Unit::Metre => format!("{value:.1} m"),
        Unit::Second if value >= 3_600.0 => {
            format!("{:.0} h {:.0} min", (value / 3_600.0).floor(), (value % 3_600.0 / 60.0).floor())
        }
        Unit::Second => format!("{:.1} min", value / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let of = |text: &str| quantities(text).iter().map(|q| (q.value, q.unit)).collect::<Vec<_>>();
        assert_eq!(of("12 min by car"), [(720.0, Unit::Second)]);
        assert_eq!(of("1 hour, 20 mins"), [(4800.0, Unit::Second)]);
        assert_eq!(of("1 h 5 min and 2.5 km"), [(3900.0, Unit::Second), (2500.0, Unit::Metre)]);
        assert_eq!(of("1,234.5m"), [(1234.5, Unit::Metre)]);
        assert_eq!(of("Fifteen (15)"), [(15.0, Unit::One)]);
        assert_eq!(of("Road B12"), []);
        assert_eq!(of("3, 4"), [(3.0, Unit::One), (4.0, Unit::One)]);
        assert_eq!(of("10 min or 5 min"), [(600.0, Unit::Second), (300.0, Unit::Second)]);
        assert_eq!(of("12 Élysée €7"), [(12.0, Unit::One), (7.0, Unit::One)]);
        assert_eq!(quantity("0.45 km").map(|q| q.digit), Some(10.0));
        assert_eq!(quantity("4,5"), None, "two numbers, not a decimal comma that could be thousands");
        assert_eq!(unit("Minutes."), Some((Unit::Second, 60.0)));
        assert!(quantities("9".repeat(400).as_str()).is_empty(), "no number at all");
    }
}
