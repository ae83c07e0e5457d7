//! A report as one HTML file: no network, no script, no picture file.

mod style;

use std::fmt::Write as _;

use paper::{Block, Document, Drawing, Section, Table, Term};

use crate::draw::escaped;

/// The page of a document. The same document gives the same bytes.
pub(crate) fn page(document: &Document) -> String {
    let title = escaped(&document.title);
    let body: String = document.sections.iter().map(section).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
         <p class=\"lead\">{}</p>\n{body}</main>\n</body>\n</html>\n",
        style::CSS,
        escaped(&document.lead),
    )
}

fn section(section: &Section) -> String {
    if section.blocks.is_empty() {
        return String::new();
    }
    let body: String = section.blocks.iter().map(block).collect();
    format!("<section>\n<h2>{}</h2>\n{body}</section>\n", escaped(&section.title))
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => format!("<p>{}</p>\n", escaped(text)),
        Block::Table(cells) => table(cells),
        Block::Drawing(drawn) => drawing(drawn),
        Block::Terms(terms) => {
            let terms: String = terms.iter().map(term).collect();
            format!("<dl>\n{terms}</dl>\n")
        }
    }
}

fn table(table: &Table) -> String {
    let count = table.rows.iter().map(Vec::len).max().unwrap_or(0);
    let words: Vec<bool> = (0..count).map(|column| column > 0 && table.is_words(column)).collect();
    let cells = |tag, texts: &[String]| cells(&words, tag, texts);
    let head = cells("th", &table.head);
    let mut rows = String::new();
    for row in &table.rows {
        // Writing to a string cannot fail.
        let _ = writeln!(rows, "<tr>{}</tr>", cells("td", row));
    }
    format!("<div class=\"scroll\"><table>\n<tr>{head}</tr>\n{rows}</table></div>\n")
}

fn cells(words: &[bool], tag: &str, texts: &[String]) -> String {
    let mut row = String::new();
    for (column, text) in texts.iter().enumerate() {
        let class = if words.get(column) == Some(&true) { " class=\"words\"" } else { "" };
        let _ = write!(row, "<{tag}{class}>{}</{tag}>", escaped(text));
    }
    row
}

fn drawing(drawing: &Drawing) -> String {
    let (title, [width, height]) = (escaped(&drawing.title), drawing.size);
    format!(
        "<svg role=\"img\" aria-label=\"{title}\" viewBox=\"0 0 {width} {height}\" style=\"max-width:{width}px\">\
         <title>{title}</title>{}</svg>",
        drawing.body
    )
}

fn term(term: &Term) -> String {
    let formula = term.formula.as_ref().map(|text| format!("<code>{}</code><br>", escaped(text)));
    let source = term.source.as_ref().map(|text| format!("<span class=\"note\">{}</span>", escaped(text)));
    let more: String = formula.into_iter().chain(source).collect();
    let more = if more.is_empty() { more } else { format!("<br>{more}") };
    format!("<dt>{}</dt><dd>{}{more}</dd>\n", escaped(&term.name), escaped(&term.about))
}
