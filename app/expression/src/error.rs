//! What is wrong with an expression, and where.

use std::ops::Range;

/// Why an expression is refused: one sentence, the place in the text that it speaks of, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}.")]
pub struct ExpressionError {
    /// Without a full stop.
    pub message: String,
    /// What would help; empty where the message says it all.
    pub hint: String,
    /// Bytes of the text; empty at its end.
    pub at: Range<usize>,
}

/// Characters of the text that are shown on each side of the place.
const AROUND: usize = 40;

impl ExpressionError {
    /// `message` without a full stop; `at` in bytes of the text.
    pub fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: String::new(), at }
    }

    /// The same with what would help.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// The line of the text that is meant, and under it a caret for every character of the place; for a type of
    /// fixed width. Of a long line only what lies around the place.
    ///
    /// ```
    /// let error = expression::Expression::parse("(nir - red) / ").unwrap_err();
    /// assert_eq!(error.pointed("(nir - red) / "), "(nir - red) / \n              ^");
    /// ```
    pub fn pointed(&self, text: &str) -> String {
        let start = floor(text, self.at.start);
        let end = floor(text, self.at.end.max(start));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line: Vec<char> = text[line_start..line_end].chars().map(visible).collect();
        let before = text[line_start..start].chars().count();
        let wide = text[start..end.min(line_end).max(start)].chars().count().clamp(1, AROUND);
        let from = before.saturating_sub(AROUND);
        let to = (before + wide + AROUND).min(line.len());
        let shown: String = line[from.min(to)..to].iter().collect();
        let (left, right) = (if from > 0 { "…" } else { "" }, if to < line.len() { "…" } else { "" });
        let indent = before - from + left.chars().count();
        format!("{left}{shown}{right}\n{}{}", " ".repeat(indent), "^".repeat(wide))
    }
}

/// Tabs and control characters would move the caret away from what it points at.
fn visible(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// The nearest boundary of a character at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_character_that_is_meant() {
        let error = ExpressionError::new(4..5, "no");
        assert_eq!(error.pointed("ä + § - b"), "ä + § - b\n   ^");
        assert_eq!(ExpressionError::new(5..8, "no").pointed("1 +\n\tnir\n"), " nir\n ^^^");
        let long = format!("{}x{}", "1+".repeat(100), "+1".repeat(100));
        let shown = ExpressionError::new(200..201, "no").pointed(&long);
        let (line, caret) = shown.split_once('\n').expect("two lines");
        assert!(line.starts_with('…') && line.ends_with('…') && line.chars().count() < 90);
        assert_eq!(line.chars().nth(caret.chars().count() - 1), Some('x'));
    }

    #[test]
    fn a_place_beyond_the_text_is_its_end() {
        assert_eq!(ExpressionError::new(90..99, "no").pointed("b1"), "b1\n  ^");
        assert_eq!(ExpressionError::new(0..0, "no").pointed(""), "\n^");
    }
}
