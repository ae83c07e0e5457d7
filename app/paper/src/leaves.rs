//! Pages that are drawn, as one PDF.

use std::collections::HashMap;
use std::sync::Arc;

use pdf_writer::{Chunk, Content, Finish as _, Name, Pdf, Rect, Ref, TextStr};
use svg2pdf::usvg::{self, fontdb};

use crate::PaperError;

/// The text of an SVG, its words set in these fonts.
pub fn tree(from: &[&'static [u8]], text: &str) -> Result<usvg::Tree, PaperError> {
    let mut fonts = fontdb::Database::new();
    for bytes in from {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(*bytes)));
    }
    fonts.set_sans_serif_family("Inter");
    let options =
        usvg::Options { fontdb: Arc::new(fonts), font_family: "Inter".into(), ..usvg::Options::default() };
    usvg::Tree::from_str(text, &options).map_err(|e| PaperError::Page(e.to_string()))
}

/// A bookmark: a title, its page counted from 0, and how far below the top of the page it is, in points.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub title: String,
    pub page: usize,
    pub top: f64,
}

/// The pages of a PDF.
#[derive(Debug)]
pub struct Leaves {
    next: Ref,
    catalog: Ref,
    tree: Ref,
    pages: Vec<(Ref, f32)>,
    chunks: Vec<Chunk>,
}

impl Default for Leaves {
    fn default() -> Self {
        let mut next = Ref::new(1);
        let (catalog, tree) = (next.bump(), next.bump());
        Self { next, catalog, tree, pages: Vec::new(), chunks: Vec::new() }
    }
}

impl Leaves {
    /// Adds a page of this width and height in points, filled by each of what is drawn, one over the other.
    ///
    /// A drawing with letters of one font gives the same bytes each time; several fonts are numbered in any order by
    /// `svg2pdf`.
    pub fn add(&mut self, drawn: &[usvg::Tree], [width, height]: [f32; 2]) -> Result<(), PaperError> {
        let failed = |error: svg2pdf::ConversionError| PaperError::Page(error.to_string());
        let mut drawing = Content::new();
        // What is drawn is one unit wide and high.
        drawing.transform([width, 0.0, 0.0, height, 0.0, 0.0]);
        let mut shown = Vec::with_capacity(drawn.len());
        for (i, tree) in drawn.iter().enumerate() {
            let (chunk, form) =
                svg2pdf::to_chunk(tree, svg2pdf::ConversionOptions::default()).map_err(failed)?;
            let mut renamed: HashMap<Ref, Ref> = HashMap::new();
            let next = &mut self.next;
            self.chunks.push(chunk.renumber(|old| *renamed.entry(old).or_insert_with(|| next.bump())));
            let name = format!("D{i}");
            drawing.x_object(Name(name.as_bytes()));
            shown.push((name, renamed.get(&form).copied().unwrap_or_else(|| self.next.bump())));
        }
        let (page, content) = (self.next.bump(), self.next.bump());
        let mut chunk = Chunk::new();
        chunk.stream(content, &drawing.finish());
        let mut leaf = chunk.page(page);
        leaf.media_box(Rect::new(0.0, 0.0, width, height)).parent(self.tree).contents(content);
        leaf.resources().x_objects().pairs(shown.iter().map(|(name, form)| (Name(name.as_bytes()), *form)));
        leaf.finish();
        self.pages.push((page, height));
        self.chunks.push(chunk);
        Ok(())
    }

    /// The file, with a title and bookmarks where there are any.
    pub fn finish(mut self, title: &str, marks: &[Mark]) -> Vec<u8> {
        let mut pdf = Pdf::new();
        let marks: Vec<&Mark> = marks.iter().filter(|mark| mark.page < self.pages.len()).collect();
        let outline = self.next.bump();
        let items: Vec<Ref> = marks.iter().map(|_| self.next.bump()).collect();
        let mut catalog = pdf.catalog(self.catalog);
        catalog.pages(self.tree).lang(TextStr("en"));
        if !items.is_empty() {
            catalog.outlines(outline);
        }
        catalog.finish();
        pdf.pages(self.tree).count(self.pages.len() as i32).kids(self.pages.iter().map(|(page, _)| *page));
        if let (Some(first), Some(last)) = (items.first(), items.last()) {
            pdf.outline(outline).first(*first).last(*last).count(items.len() as i32);
        }
        for (i, (item, mark)) in items.iter().zip(&marks).enumerate() {
            let (page, height) = self.pages[mark.page];
            let mut written = pdf.outline_item(*item);
            written.parent(outline).title(TextStr(&mark.title));
            if let Some(before) = i.checked_sub(1) {
                written.prev(items[before]);
            }
            if let Some(after) = items.get(i + 1) {
                written.next(*after);
            }
            written.dest().page(page).xyz(0.0, height - mark.top as f32, None);
        }
        if !title.is_empty() {
            pdf.document_info(self.next.bump()).title(TextStr(title));
        }
        for chunk in &self.chunks {
            pdf.extend(chunk);
        }
        in_order(&pdf.finish())
    }
}

/// The names of a dictionary of references in order: `svg2pdf` writes them in any. No byte moves to another object.
fn in_order(file: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = file.split(|byte| *byte == b'\n').collect();
    for run in lines.chunk_by_mut(|a, b| is_reference(a) && is_reference(b)) {
        if run.len() > 1 {
            run.sort_unstable();
        }
    }
    lines.join(&b'\n')
}

/// True of `/gs2 5 0 R` in the resources of a page.
fn is_reference(line: &[u8]) -> bool {
    let name = line.trim_ascii_start();
    line.len() > name.len()
        && line.len() < 40
        && line.is_ascii()
        && name.starts_with(b"/")
        && name.ends_with(b" 0 R")
}
