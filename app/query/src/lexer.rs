//! From text to words.

use std::ops::Range;

use crate::QueryError;

/// The longest text, in bytes.
pub(crate) const MAX_BYTES: usize = 10_000;

/// One word of a query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word<'a> {
    Bare(&'a str),
    /// What stands between quotes.
    Quoted(String),
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
const SIGNS: [&str; 16] =
    ["<=", ">=", "!=", "<>", "==", "!~", "&&", "||", "=", "<", ">", "~", "!", "(", ")", ","];

/// True for what a word without quotes is made of.
pub fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || "_-.:%/+@#°".contains(c)
}

/// All words of a text; the last is [`Word::End`].
pub(crate) fn words(text: &str) -> Result<Vec<Token<'_>>, QueryError> {
    if text.len() > MAX_BYTES {
        let message = format!("A query has at most {MAX_BYTES} bytes; this one has {}", text.len());
        return Err(QueryError::new(0..0, message));
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

fn word(text: &str, start: usize, first: char) -> Result<(Word<'_>, usize), QueryError> {
    let rest = &text[start..];
    if is_bare(first) {
        let length = rest.find(|c: char| !is_bare(c)).unwrap_or(rest.len());
        return Ok((Word::Bare(&rest[..length]), length));
    }
    if first == '"' || first == '\'' {
        return quoted(rest, start, first);
    }
    // What a word processor makes of signs.
    let alike = match first {
        '≤' => Some("<="),
        '≥' => Some(">="),
        '≠' => Some("!="),
        _ => None,
    };
    if let Some(sign) = alike {
        return Ok((Word::Sign(sign), first.len_utf8()));
    }
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return Ok((Word::Sign(sign), sign.len()));
    }
    let at = start..start + first.len_utf8();
    let error = QueryError::new(at, format!("'{first}' does not belong into a query"));
    Err(match first {
        '&' => error.hint("write 'and'"),
        '|' => error.hint("write 'or'"),
        _ => error.hint("a name or text with such characters stands between quotes"),
    })
}

/// Text between quotes; a quote in it is written twice.
fn quoted(rest: &str, start: usize, quote: char) -> Result<(Word<'_>, usize), QueryError> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            text.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
            text.push(c);
            chars.next();
        } else {
            return Ok((Word::Quoted(text), at + 1));
        }
    }
    Err(QueryError::new(start..start + 1, "The text that begins here has no closing quote"))
}
