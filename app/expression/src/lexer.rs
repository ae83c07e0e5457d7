//! From text to words.

use std::ops::Range;

use crate::ExpressionError;

/// The longest text, in bytes.
pub(crate) const MAX_BYTES: usize = 10_000;

/// One word of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Word<'a> {
    Number(f32),
    Name(&'a str),
    /// A band's name between quotes, without them.
    Quoted(&'a str),
    /// An operator, a bracket or a comma.
    Sign(&'static str),
    End,
}

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) word: Word<'a>,
    pub(crate) at: Range<usize>,
}

/// Longer ones first, so that `<=` is not `<`.
const SIGNS: [&str; 20] = [
    "<=", ">=", "==", "!=", "&&", "||", "**", "<", ">", "+", "-", "*", "/", "^", "!", "?", ":", "(", ")", ",",
];

/// All words of a text; the last is [`Word::End`].
pub(crate) fn words(text: &str) -> Result<Vec<Token<'_>>, ExpressionError> {
    if text.len() > MAX_BYTES {
        let message = format!("An expression has at most {MAX_BYTES} bytes; this one has {}", text.len());
        return Err(ExpressionError::new(0..0, message));
    }
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        if first.is_whitespace() {
            start += first.len_utf8();
            continue;
        }
        let (word, length) = word(text, start, first)?;
        tokens.push(Token { word, at: start..start + length });
        start += length;
    }
    tokens.push(Token { word: Word::End, at: text.len()..text.len() });
    Ok(tokens)
}

fn word(text: &str, start: usize, first: char) -> Result<(Word<'_>, usize), ExpressionError> {
    let rest = &text[start..];
    let digit_follows = rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    if first.is_ascii_digit() || (first == '.' && digit_follows) {
        return number(rest, start);
    }
    if first.is_alphabetic() || first == '_' {
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        return Ok((Word::Name(&rest[..length]), length));
    }
    if first == '"' || first == '\'' {
        let Some(length) = rest[1..].find(first) else {
            return Err(ExpressionError::new(
                start..start + 1,
                "The name that begins here has no closing quote",
            ));
        };
        if length == 0 {
            return Err(ExpressionError::new(start..start + 2, "There is no name between these quotes"));
        }
        return Ok((Word::Quoted(&rest[1..=length]), length + 2));
    }
    // What a word processor makes of signs.
    let alike = match first {
        '−' | '–' => Some("-"),
        '×' | '·' => Some("*"),
        '÷' => Some("/"),
        '≤' => Some("<="),
        '≥' => Some(">="),
        '≠' => Some("!="),
        _ => None,
    };
    if let Some(sign) = alike {
        return Ok((Word::Sign(sign), first.len_utf8()));
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => Ok((Word::Sign(sign), sign.len())),
        None => Err(stray(first, start)),
    }
}

fn stray(first: char, start: usize) -> ExpressionError {
    let error = |message: String| ExpressionError::new(start..start + first.len_utf8(), message);
    match first {
        '=' => error("A single '=' compares nothing".into()).hint("write '==' for \"is equal to\""),
        '&' | '|' => {
            error(format!("A single '{first}' means nothing")).hint(format!("write '{first}{first}'"))
        }
        '%' => error("'%' does not belong into an expression".into()).hint("for 2 % write 0.02"),
        _ => error(format!("'{first}' does not belong into an expression")),
    }
}

fn number(rest: &str, start: usize) -> Result<(Word<'_>, usize), ExpressionError> {
    let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(0);
    if rest[length..].starts_with('.') {
        length += 1 + digits(length + 1);
    }
    // `2e` is a number and a name, which the parser refuses in words that fit.
    if rest[length..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    let at = start..start + length;
    match rest[..length].parse::<f64>().map(|n| n as f32) {
        Ok(value) if value.is_finite() => Ok((Word::Number(value), length)),
        _ => Err(ExpressionError::new(at, "This number is too large")
            .hint("numbers go up to about 3.4e38, as in a 32-bit image")),
    }
}
