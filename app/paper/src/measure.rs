//! How wide words are, and where lines end.

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};

use crate::PaperError;

/// The weight of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Strong,
}

/// Width of a letter that no font has, in its size.
const UNKNOWN: f64 = 0.6;

/// The fonts of a document.
pub(crate) struct Measure<'a> {
    regular: FontRef<'a>,
    strong: FontRef<'a>,
}

impl<'a> Measure<'a> {
    /// Fonts in TrueType or OpenType: the first is for words, the last for headings.
    pub(crate) fn new(fonts: &[&'a [u8]]) -> Result<Self, PaperError> {
        let face = |bytes: Option<&&'a [u8]>| {
            let bytes = bytes.ok_or(PaperError::Font)?;
            FontRef::from_index(bytes, 0).map_err(|_| PaperError::Font)
        };
        Ok(Self { regular: face(fonts.first())?, strong: face(fonts.last())? })
    }

    /// The width of a text in points.
    pub(crate) fn width(&self, text: &str, size: f64, weight: Weight) -> f64 {
        let face = match weight {
            Weight::Regular => &self.regular,
            Weight::Strong => &self.strong,
        };
        let (unscaled, upright) = (Size::unscaled(), LocationRef::default());
        let em = f64::from(face.metrics(unscaled, upright).units_per_em).max(1.0);
        let (glyphs, widths) = (face.charmap(), face.glyph_metrics(unscaled, upright));
        let advance = |c: char| {
            let wide = glyphs.map(c).and_then(|glyph| widths.advance_width(glyph));
            wide.map_or(UNKNOWN, |units| f64::from(units) / em)
        };
        text.chars().map(advance).sum::<f64>() * size
    }

    /// The widest of the parts that a text is not broken in.
    pub(crate) fn widest_part(&self, text: &str, size: f64, weight: Weight) -> f64 {
        parts(text).iter().map(|part| self.width(part, size, weight)).fold(0.0, f64::max)
    }

    /// The lines of a text that is at most so wide, at least one; a word that is wider is broken.
    pub(crate) fn lines(&self, text: &str, room: f64, size: f64, weight: Weight) -> Vec<String> {
        let space = self.width(" ", size, weight);
        let (mut lines, mut line, mut long) = (Vec::new(), String::new(), 0.0);
        for part in parts(text).iter().flat_map(|part| self.broken(part, room, size, weight)) {
            let wide = self.width(&part, size, weight);
            // A hair of tolerance, as a column may be as wide as its widest text.
            if !line.is_empty() && long + space + wide > room + 0.01 {
                lines.push(std::mem::take(&mut line));
                long = 0.0;
            }
            if !line.is_empty() {
                line.push(' ');
                long += space;
            }
            line.push_str(&part);
            long += wide;
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// A part that is wider than the room, in pieces that are not.
    fn broken(&self, part: &str, room: f64, size: f64, weight: Weight) -> Vec<String> {
        if self.width(part, size, weight) <= room + 0.01 {
            return vec![part.to_owned()];
        }
        let (mut pieces, mut piece, mut long) = (Vec::new(), String::new(), 0.0);
        for c in part.chars() {
            let wide = self.width(c.encode_utf8(&mut [0; 4]), size, weight);
            if !piece.is_empty() && long + wide > room {
                pieces.push(std::mem::take(&mut piece));
                long = 0.0;
            }
            piece.push(c);
            long += wide;
        }
        pieces.push(piece);
        pieces
    }
}

/// What a line is not broken in: words, and numbers with what belongs to them, as in `(0.62 – 0.79)` and `81.0 %`.
fn parts(text: &str) -> Vec<String> {
    let is_number = |word: &str| {
        let word = word.trim_start_matches(['(', '−', '-']);
        word.starts_with(|c: char| c.is_ascii_digit())
    };
    let mut parts: Vec<String> = Vec::new();
    let mut bound = false;
    for word in text.split_whitespace() {
        let ranges = word == "–";
        let last = parts.last_mut().filter(|last| {
            let tail = last.rsplit(' ').next().unwrap_or_default();
            bound || ((ranges || word.starts_with('%')) && is_number(tail))
                // The end of a range of percentages.
                || (ranges && tail == "%")
        });
        if let Some(last) = last {
            last.push(' ');
            last.push_str(word);
            bound = ranges;
        } else {
            parts.push(word.to_owned());
            bound = false;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_with_their_range_and_their_sign() {
        assert_eq!(parts("0.71 (0.62 – 0.79)"), ["0.71", "(0.62 – 0.79)"]);
        assert_eq!(parts("81.0 % (70.2 % – 90.0 %)"), ["81.0 %", "(70.2 % – 90.0 %)"]);
        assert_eq!(parts("a – b\u{a0}c"), ["a", "–", "b", "c"]);
        assert!(parts(" \n").is_empty());
    }
}
