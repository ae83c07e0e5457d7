//! A document is set, and the file read again.

use lopdf::content::Content;
use lopdf::{Dictionary, Object};

use crate::{Block, Document, Drawing, Section, Table, Term, pdf};

const FONTS: [&[u8]; 2] = [
    include_bytes!("../../../assets/fonts/Inter-Regular.otf"),
    include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"),
];

/// What the pages of a PDF say, by another reader.
struct Read {
    file: lopdf::Document,
    pages: Vec<String>,
}

fn read(bytes: &[u8]) -> Read {
    let file = lopdf::Document::load_mem(bytes).expect("a PDF");
    let pages = file.get_pages().into_values().map(|id| {
        let page = file.get_dictionary(id).expect("a page");
        let mut text = String::new();
        drawn(&file, resources(&file, page), &mut text);
        text
    });
    Read { pages: pages.collect(), file }
}

fn resources<'a>(file: &'a lopdf::Document, of: &'a Dictionary) -> &'a Dictionary {
    file.get_dict_in_dict(of, b"Resources").expect("resources")
}

/// The words of what a page draws; what it draws may draw more.
fn drawn(file: &lopdf::Document, resources: &Dictionary, text: &mut String) {
    let Ok(forms) = file.get_dict_in_dict(resources, b"XObject") else { return };
    for (_, form) in forms {
        let (_, form) = file.dereference(form).expect("there");
        let stream = form.as_stream().expect("a stream");
        let own = self::resources(file, &stream.dict);
        words(file, own, &stream.decompressed_content().expect("unpacked"), text);
        drawn(file, own, text);
    }
}

fn words(file: &lopdf::Document, resources: &Dictionary, content: &[u8], text: &mut String) {
    let fonts = file.get_dict_in_dict(resources, b"Font");
    let (mut font, mut height) = (None, None);
    for one in Content::decode(content).expect("operators").operations {
        match (one.operator.as_str(), one.operands.first()) {
            ("Tf", Some(Object::Name(name))) => {
                let dictionary = fonts.as_ref().expect("fonts").get(name).and_then(|f| file.dereference(f));
                font = dictionary.ok().and_then(|(_, f)| f.as_dict().ok());
            }
            ("Tj", Some(Object::String(glyphs, _))) => say(file, font, glyphs, text),
            ("TJ", Some(Object::Array(parts))) => {
                let glyphs = parts.iter().filter_map(|part| part.as_str().ok());
                glyphs.for_each(|glyphs| say(file, font, glyphs, text));
            }
            // Each letter has a place of its own; those on one height are a line.
            ("cm", _) => text.push('\n'),
            ("Tm", _) => {
                let y = one.operands.last().map(|y| y.as_float().expect("a number"));
                if height.replace(y) != Some(y) {
                    text.push('\n');
                }
            }
            _ => {}
        }
    }
}

fn say(file: &lopdf::Document, font: Option<&Dictionary>, glyphs: &[u8], text: &mut String) {
    let encoding = font.expect("a font").get_font_encoding(file).expect("letters of glyphs");
    text.push_str(&lopdf::Document::decode_text(&encoding, glyphs).expect("letters"));
}

fn document(rows: usize) -> Document {
    let row =
        |i: usize| vec![format!("Member {i}"), format!("0.{i:03} (0.{i:03} – 0.{i:03})"), "81.0 %".into()];
    let table = Table {
        head: ["Who", "α ordinal", "Equal pairs"].map(str::to_owned).to_vec(),
        rows: (0..rows).map(row).collect(),
    };
    let term = Term {
        name: "Cohen κ".into(),
        about: "κ = 1 − Σ v(i,j) o(i,j) ÷ Σ v(i,j) e(i,j).".into(),
        formula: Some("1 − o ÷ e".into()),
        source: Some("Cohen 1960".into()),
    };
    let body = "<rect width=\"100\" height=\"50\" class=\"cell\"/><text x=\"9\" y=\"20\">drawn</text>".into();
    let drawing = Drawing { title: "A drawing".into(), size: [100.0, 50.0], body };
    let section = |title: &str, blocks: Vec<Block>| Section { title: title.into(), blocks };
    Document {
        title: "Review of <Town> & more".into(),
        lead: "What it is about. ".repeat(30),
        style: ".cell{fill:#F3F4F6}",
        sections: vec![
            section("Members", vec![Block::Table(table), Block::Paragraph("Said of it. ".repeat(40))]),
            section("Nothing", Vec::new()),
            section("Drawn", vec![Block::Drawing(drawing)]),
            section("Methods", vec![Block::Terms(vec![term])]),
        ],
    }
}

#[test]
fn every_word_is_in_the_file_once_and_pages_have_numbers_and_heads() {
    let bytes = pdf(&document(150), &FONTS).expect("pages");
    let read = read(&bytes);
    let count = read.pages.len();
    assert!((3..=5).contains(&count), "{count} pages");
    for (i, page) in read.pages.iter().enumerate() {
        assert!(page.contains(&format!("Page {} of {count}", i + 1)), "{page}");
        assert!(page.contains("Review of <Town> & more"), "{page}");
        let rows = page.lines().filter(|line| line.starts_with("Member ")).count();
        assert_eq!(page.matches("Equal pairs").count(), usize::from(rows > 0), "a head over rows: {page}");
    }
    let all = read.pages.concat();
    for i in 0..150 {
        let row = format!("Member {i}0.{i:03} (0.{i:03} – 0.{i:03})81.0 %");
        assert_eq!(all.lines().filter(|line| *line == row).count(), 1, "{row} in {all}");
    }
    for said in [
        "Members",
        "drawn",
        "Cohen κ",
        "κ = 1 − Σ v(i,j) o(i,j) ÷ Σ v(i,j) e(i,j).",
        "1 − o ÷ e",
        "Cohen 1960",
    ] {
        assert!(all.contains(said), "{said} in {all}");
    }
    assert!(!all.contains("Nothing"), "a section without anything has no heading");
}

#[test]
fn a_file_has_its_title_and_bookmarks_and_is_the_same_each_time() {
    let bytes = pdf(&document(80), &FONTS).expect("pages");
    assert!(bytes == pdf(&document(80), &FONTS).expect("pages"), "the same bytes");
    let read = read(&bytes);
    let marks = read.file.get_toc().expect("bookmarks").toc;
    let titles: Vec<(&str, usize)> = marks.iter().map(|mark| (mark.title.as_str(), mark.page)).collect();
    assert_eq!(titles.iter().map(|(title, _)| *title).collect::<Vec<_>>(), ["Members", "Drawn", "Methods"]);
    for (title, page) in titles {
        assert!(read.pages[page - 1].lines().any(|line| line == title), "{title} is on page {page}");
    }
}

#[test]
fn names_without_end_and_tables_without_number_stay_on_the_page() {
    let name = "x".repeat(1500);
    let wide = Table {
        head: (0..40).map(|i| format!("Column number {i}")).collect(),
        rows: vec![(0..40).map(|_| "81.0 % (70.0 % – 90.0 %)".to_owned()).collect(); 3],
    };
    let long = Table { head: vec!["Name".into()], rows: vec![vec![name.clone()]] };
    let blocks = vec![Block::Table(wide), Block::Table(long), Block::Paragraph(name.clone())];
    let document = Document {
        title: name,
        sections: vec![Section { title: "\u{0}\u{ffff}".into(), blocks }],
        ..Document::default()
    };
    let read = read(&pdf(&document, &FONTS).expect("pages"));
    assert!((2..=8).contains(&read.pages.len()), "{} pages", read.pages.len());
    assert!(read.pages.concat().contains('…'), "what is cut is said to be");
    let empty = pdf(&Document::default(), &FONTS).expect("a page");
    assert_eq!(self::read(&empty).pages.len(), 1);
    assert!(pdf(&document, &[]).is_err() && pdf(&document, &[b"no font"]).is_err());
}

#[test]
fn columns_of_words_begin_on_the_left_and_numbers_end_on_the_right() {
    let rows = [["a", "Destroyed", "−0.5", "–", "3 of 4"], ["b", "–", "none", "", "12"]];
    let table = Table { head: Vec::new(), rows: rows.map(|row| row.map(str::to_owned).to_vec()).to_vec() };
    let words: Vec<bool> = (0..6).map(|column| table.is_words(column)).collect();
    assert_eq!(words, [true, true, false, false, false, false]);
}
