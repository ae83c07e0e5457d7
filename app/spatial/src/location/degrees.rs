//! Decimal degrees, and degrees with minutes and seconds.

use super::{Location, LocationError, LocationKind, on_earth};

/// One angle as it is written: up to three numbers and perhaps a hemisphere.
#[derive(Debug, Default)]
struct Angle {
    numbers: Vec<f64>,
    negative: bool,
    hemisphere: Option<char>,
}

impl Angle {
    /// Degrees, `None` where minutes or seconds are no such.
    fn degrees(&self) -> Option<f64> {
        let (&whole, parts) = self.numbers.split_first()?;
        let sound = parts.iter().all(|part| (0.0..60.0).contains(part));
        // Only the last number may have decimals: 37.5° 5' is a slip of the pen.
        let broken = self.numbers.iter().rev().skip(1).any(|n| n.fract() != 0.0);
        if !sound || broken {
            return None;
        }
        let size = whole + parts.first().unwrap_or(&0.0) / 60.0 + parts.get(1).unwrap_or(&0.0) / 3600.0;
        let south_or_west = matches!(self.hemisphere, Some('S' | 'W'));
        Some(if self.negative ^ south_or_west { -size } else { size })
    }

    fn is_longitude(&self) -> Option<bool> {
        self.hemisphere.map(|letter| matches!(letter, 'E' | 'W'))
    }
}

enum Token {
    Number { value: f64, negative: bool },
    Hemisphere(char),
    Comma,
}

/// `None` where the text is written in another way.
pub(super) fn read(text: &str) -> Option<Result<Location, LocationError>> {
    let (first, second) = pair(&tokens(text)?)?;
    let kind = match (first.numbers.len(), second.numbers.len()) {
        (1, 1) => LocationKind::DecimalDegrees,
        (1..=3, 1..=3) => LocationKind::DegreesMinutesSeconds,
        _ => return None,
    };
    let swapped = match (first.is_longitude(), second.is_longitude()) {
        (Some(a), Some(b)) if a == b => return None,
        (Some(longitude), _) => longitude,
        (None, Some(longitude)) => !longitude,
        (None, None) => false,
    };
    let (a, b) = (first.degrees()?, second.degrees()?);
    let (lat, lon) = if swapped { (b, a) } else { (a, b) };
    Some(on_earth(lon, lat).map(|lonlat| Location { lonlat, kind, cell_m: 0.0 }))
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let used = match c {
            '0'..='9' | '.' | '-' | '+' | '\u{2212}' => {
                let (value, negative, used) = number(rest)?;
                out.push(Token::Number { value, negative });
                used
            }
            'N' | 'S' | 'E' | 'W' | 'n' | 's' | 'e' | 'w' => {
                // "N" and "North", but not any word that begins so.
                let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
                let known = ["n", "s", "e", "w", "north", "south", "east", "west"];
                if !known.contains(&word.to_ascii_lowercase().as_str()) {
                    return None;
                }
                out.push(Token::Hemisphere(c.to_ascii_uppercase()));
                word.len()
            }
            ',' | ';' | '/' => {
                out.push(Token::Comma);
                1
            }
            c if c.is_whitespace() || "°º˚'′’\"″”:".contains(c) => c.len_utf8(),
            _ => return None,
        };
        rest = &rest[used..];
    }
    Some(out)
}

/// A number at the beginning of the text: its size, whether it is negative, and its length in bytes.
fn number(text: &str) -> Option<(f64, bool, usize)> {
    let sign = text.chars().next().filter(|c| "+-\u{2212}".contains(*c));
    let skipped = sign.map_or(0, char::len_utf8);
    let digits = text[skipped..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let value: f64 = text[skipped..skipped + digits].parse().ok()?;
    Some((value, sign.is_some_and(|c| c != '+'), skipped + digits))
}

/// Two angles: parted by a comma, by their hemispheres, or in the middle.
fn pair(tokens: &[Token]) -> Option<(Angle, Angle)> {
    let commas: Vec<usize> =
        tokens.iter().enumerate().filter(|(_, t)| matches!(t, Token::Comma)).map(|(i, _)| i).collect();
    let letters: Vec<usize> = tokens
        .iter()
        .enumerate()
        .filter(|(_, t)| matches!(t, Token::Hemisphere(_)))
        .map(|(i, _)| i)
        .collect();
    match (commas.as_slice(), letters.as_slice()) {
        ([at], _) => Some((angle(&tokens[..*at])?, angle(&tokens[*at + 1..])?)),
        // A letter before its number (N 37 W 94) or after it (37 N 94 W).
        ([], [0, second]) => Some((angle(&tokens[..*second])?, angle(&tokens[*second..])?)),
        ([], [first, _]) => Some((angle(&tokens[..=*first])?, angle(&tokens[*first + 1..])?)),
        ([], []) if tokens.len().is_multiple_of(2) => {
            let (a, b) = tokens.split_at(tokens.len() / 2);
            Some((angle(a)?, angle(b)?))
        }
        _ => None,
    }
}

fn angle(tokens: &[Token]) -> Option<Angle> {
    let mut out = Angle::default();
    for token in tokens {
        match token {
            Token::Number { value, negative } => {
                if *negative && !out.numbers.is_empty() {
                    return None;
                }
                out.negative |= negative;
                out.numbers.push(*value);
            }
            Token::Hemisphere(letter) if out.hemisphere.is_none() => out.hemisphere = Some(*letter),
            _ => return None,
        }
    }
    (1..=3).contains(&out.numbers.len()).then_some(out)
}
