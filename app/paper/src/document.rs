//! What is to be read, without how it looks.

/// Sections under a title.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub title: String,
    /// What it is about, in a paragraph under the title.
    pub lead: String,
    /// Rules of CSS for the classes that its drawings use; each drawing is in a group of the class `drawing`.
    pub style: &'static str,
    pub sections: Vec<Section>,
}

/// What stands under one heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Paragraph(String),
    Table(Table),
    Drawing(Drawing),
    Terms(Vec<Term>),
}

/// Cells of text under a head; columns of words begin on the left, those of numbers end on the right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Whether a column is words: the first is, and another where none of its cells is a number.
    pub fn is_words(&self, column: usize) -> bool {
        let number = |text: &str| {
            text.trim_start_matches(['(', '−', '-', '+']).starts_with(|c: char| c.is_ascii_digit())
        };
        let mut cells = self.rows.iter().filter_map(|row| row.get(column)).map(|text| text.trim());
        column == 0 || cells.clone().any(|text| !matches!(text, "" | "–")) && !cells.any(number)
    }
}

/// A drawing in SVG.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// What a screen reader says.
    pub title: String,
    /// Width and height of what it is drawn on, in pixels of 96 to the inch.
    pub size: [f64; 2],
    /// Elements of SVG.
    pub body: String,
}

/// A word with what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub name: String,
    pub about: String,
    pub formula: Option<String>,
    pub source: Option<String>,
}
