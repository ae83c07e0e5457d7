//! Sets words, tables and drawings on pages, and pages into a PDF.
//!
//! A [`Document`] says what is to be read: sections of paragraphs, tables, drawings and terms. [`pdf`] lays it out on A4:
//! words are wrapped, a heading stays with what follows it, no row of a table is cut, its head stands again on each page
//! that it goes on to, and every page has its number. Words are text in the file, so that they can be searched and copied,
//! and sections are its bookmarks. The same document gives the same bytes.
//!
//! [`Leaves`] makes a PDF of pages that somebody else has drawn as SVG, [`tree`] reads such a page.

mod document;
mod flow;
mod leaves;
mod measure;
mod press;
mod table;

pub use document::{Block, Document, Drawing, Section, Table, Term};
pub use leaves::{Leaves, Mark, tree};
pub use press::{A4_PT, pdf};

/// Why pages could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    #[error("the words and lines of a page cannot be drawn: {0}")]
    Page(String),
    #[error("there is no font that can be read")]
    Font,
}

impl PaperError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        "this is a bug; the same as HTML goes another way"
    }
}

/// Text that may stand in SVG.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Neither control characters nor what is no character has a place in XML.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
