//! A document on pages.

use std::fmt::Write as _;

use crate::document::{Block, Document, Drawing, Term};
use crate::flow::{Body, Item, Placed, flow};
use crate::leaves::{Leaves, Mark, tree};
use crate::measure::{Measure, Weight};
use crate::{PaperError, escaped, table};

/// Width and height of a page in points.
pub const A4_PT: [f64; 2] = [595.276, 841.89];
/// Around what is set, in points; the number of the page stands below.
const SIDE: f64 = 50.0;
const TOP: f64 = 54.0;
const BOTTOM: f64 = 62.0;
const ROOM: [f64; 2] = [A4_PT[0] - 2.0 * SIDE, A4_PT[1] - TOP - BOTTOM];
/// A point of a drawing on paper: 96 to the inch.
const DRAWN: f64 = 0.75;

/// How words are set.
#[derive(Clone, Copy)]
struct Set {
    size: f64,
    leading: f64,
    weight: Weight,
    ink: &'static str,
}

const INK: &str = "#1B1D20";
const MUTED: &str = "#5E646D";
const TITLE: Set = Set { size: 20.0, leading: 25.0, weight: Weight::Strong, ink: INK };
const HEADING: Set = Set { size: 13.0, leading: 17.0, weight: Weight::Strong, ink: INK };
const LEAD: Set = Set { size: 10.5, leading: 15.0, weight: Weight::Regular, ink: MUTED };
const BODY: Set = Set { size: 9.5, leading: 13.5, weight: Weight::Regular, ink: INK };
const NAME: Set = Set { weight: Weight::Strong, ..BODY };
const FORMULA: Set = Set { size: 9.0, ..BODY };
const SOURCE: Set = Set { size: 8.0, leading: 11.5, weight: Weight::Regular, ink: MUTED };
const FOOT: Set = Set { size: 8.0, leading: 10.0, weight: Weight::Regular, ink: MUTED };

/// A document as a PDF; fonts in TrueType or OpenType, the first is for words, the last for headings.
pub fn pdf(document: &Document, fonts: &[&'static [u8]]) -> Result<Vec<u8>, PaperError> {
    let measure = Measure::new(fonts)?;
    let items = items(document, &measure);
    let placed = flow(&items, ROOM[1]);
    let count = placed.last().map_or(1, |last| last.page + 1);
    let mut leaves = Leaves::default();
    for page in 0..count {
        let drawn = page_of(document, &measure, &items, &placed, (page, count));
        let sheet = |body: &str| tree(fonts, &sheet(document.style, body));
        leaves.add(&[sheet(&drawn.regular)?, sheet(&drawn.strong)?], A4_PT.map(|side| side as f32))?;
    }
    let mark = |one: &Placed| {
        let title = items[one.item].mark.clone()?;
        Some(Mark { title, page: one.page, top: TOP + one.top })
    };
    let marks: Vec<Mark> = placed.iter().filter_map(mark).collect();
    Ok(leaves.finish(&document.title, &marks))
}

fn page_of(
    document: &Document,
    measure: &Measure<'_>,
    items: &[Item],
    placed: &[Placed],
    (page, count): (usize, usize),
) -> Body {
    let mut out = Body::default();
    for one in placed.iter().filter(|one| one.page == page) {
        let item = &items[one.item];
        let head = item.head.as_ref().filter(|_| one.headed);
        for (body, top) in head.map(|head| (&head.0, 0.0)).into_iter().chain([(&item.body, one.top)]) {
            for (out, body) in [(&mut out.regular, &body.regular), (&mut out.strong, &body.strong)] {
                if !body.is_empty() {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "<g transform=\"translate(0 {top:.2})\">{body}</g>");
                }
            }
        }
    }
    let number = format!("Page {} of {count}", page + 1);
    let taken = measure.width(&number, FOOT.size, FOOT.weight) + 24.0;
    let y = ROOM[1] + 34.0;
    words(&mut out, [0.0, y], FOOT, &fitting(measure, &document.title, ROOM[0] - taken));
    let look = format!("font-size=\"{}\" fill=\"{}\" class=\"end\"", FOOT.size, FOOT.ink);
    let _ = write!(out.regular, "<text x=\"{:.2}\" y=\"{y:.2}\" {look}>{number}</text>", ROOM[0]);
    out
}

/// The SVG of a page.
fn sheet(style: &str, body: &str) -> String {
    let [width, height] = A4_PT;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"Inter\"><style>{style}.end{{text-anchor:end}}</style>\
         <g transform=\"translate({SIDE} {TOP})\">{body}</g></svg>"
    )
}

/// As much of a text as there is room for in the foot of a page.
fn fitting(measure: &Measure<'_>, text: &str, room: f64) -> String {
    let lines = measure.lines(text, room, FOOT.size, FOOT.weight);
    let mut first = lines.first().cloned().unwrap_or_default();
    if lines.len() > 1 {
        first.push('…');
    }
    first
}

fn words(out: &mut Body, [x, y]: [f64; 2], set: Set, text: &str) {
    let weight = if set.weight == Weight::Strong { " font-weight=\"600\"" } else { "" };
    // Writing to a string cannot fail.
    let _ = write!(
        out.of(set.weight),
        "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{}\" fill=\"{}\"{weight}>{}</text>",
        set.size,
        set.ink,
        escaped(text)
    );
}

fn items(document: &Document, measure: &Measure<'_>) -> Vec<Item> {
    let mut items = lines(measure, &document.title, TITLE, 0.0);
    if !document.lead.is_empty() {
        items.extend(lines(measure, &document.lead, LEAD, 5.0));
    }
    for section in document.sections.iter().filter(|section| !section.blocks.is_empty()) {
        let mut heading = lines(measure, &section.title, HEADING, 24.0);
        for item in &mut heading {
            item.keep = true;
        }
        heading.first_mut().into_iter().for_each(|first| first.mark = Some(section.title.clone()));
        items.extend(heading);
        for block in &section.blocks {
            match block {
                Block::Paragraph(text) => items.extend(lines(measure, text, BODY, 6.0)),
                Block::Table(table) => items.extend(table::items(table, measure, ROOM[0])),
                Block::Drawing(drawing) => items.push(drawn(drawing)),
                Block::Terms(terms) => items.extend(terms.iter().flat_map(|one| term(measure, one))),
            }
        }
    }
    items
}

/// A text as lines; neither its first nor its last line stands alone on a page.
fn lines(measure: &Measure<'_>, text: &str, set: Set, above: f64) -> Vec<Item> {
    let lines = measure.lines(text, ROOM[0], set.size, set.weight);
    let count = lines.len();
    let line = |(i, text): (usize, String)| {
        let mut body = Body::default();
        words(&mut body, [0.0, set.leading * 0.5 + set.size * 0.36], set, &text);
        let keep = count > 1 && (i == 0 || i + 2 == count);
        Item { body, height: set.leading, above: if i == 0 { above } else { 0.0 }, keep, ..Item::default() }
    };
    lines.into_iter().enumerate().map(line).collect()
}

/// A drawing at the size of a screen, or as large as there is room for.
fn drawn(drawing: &Drawing) -> Item {
    let [width, height] = drawing.size.map(|side| side.max(1.0));
    // Under a heading there is a little less than a page.
    let scale = DRAWN.min(ROOM[0] / width).min((ROOM[1] - 60.0) / height);
    let body =
        format!("<g class=\"drawing\" transform=\"scale({scale:.5})\" font-size=\"12\">{}</g>", drawing.body);
    let body = Body { regular: body, ..Body::default() };
    Item { body, height: height * scale, above: 8.0, ..Item::default() }
}

/// A word, what it means, its formula and where it is from, together.
fn term(measure: &Measure<'_>, term: &Term) -> Vec<Item> {
    let mut items = lines(measure, &term.name, NAME, 8.0);
    items.extend(lines(measure, &term.about, BODY, 0.0));
    let source = term.source.as_ref().filter(|text| *text != "–");
    for (text, set) in [(term.formula.as_ref(), FORMULA), (source, SOURCE)] {
        items.extend(text.iter().flat_map(|text| lines(measure, text, set, 1.0)));
    }
    let last = items.len().saturating_sub(1);
    for (i, item) in items.iter_mut().enumerate() {
        item.keep = i < last;
    }
    items
}
