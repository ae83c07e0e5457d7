//! A page of cards as SVG, in millimetres.

use std::fmt::Write as _;

use super::draw::View;
use crate::sheet::svg::{cut, escaped, hatching, hex};
use crate::sheet::{Scale, Symbol};

const INK: &str = "#1B1D20";
const MUTED: &str = "#5E646D";
const LINE: &str = "#C4C7CC";
/// Ground around a page, in millimetres.
const MARGIN: f64 = 9.0;
const HEAD: f64 = 9.0;
const FOOT: f64 = 11.0;
/// Between two cards, and between two views of one.
const BETWEEN: f64 = 4.5;
const GAP: f64 = 0.8;
/// Above the views of a card, and each line below them.
const TITLE: f64 = 5.2;
pub(super) const LINE_HEIGHT: f64 = 4.4;

/// A size of paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    #[default]
    A4,
    A3,
    Letter,
}

impl Paper {
    /// Every size, in the order of lists.
    pub const ALL: [Self; 3] = [Self::A4, Self::A3, Self::Letter];

    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::A4 => "A4",
            Self::A3 => "A3",
            Self::Letter => "Letter",
        }
    }

    /// Width and height upright, in millimetres.
    const fn upright_mm(self) -> [f64; 2] {
        match self {
            Self::A4 => [210.0, 297.0],
            Self::A3 => [297.0, 420.0],
            Self::Letter => [215.9, 279.4],
        }
    }

    /// Width and height in millimetres.
    pub fn size_mm(self, landscape: bool) -> [f64; 2] {
        let [w, h] = self.upright_mm();
        if landscape { [h, w] } else { [w, h] }
    }
}

/// A line below the views: what is said of the object.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub symbol: Option<Symbol>,
    pub text: String,
}

/// One card, ready to be laid out.
#[derive(Clone, Debug)]
pub struct Card {
    pub number: usize,
    pub title: String,
    pub views: Vec<View>,
    /// In pixels of a view.
    pub scale: Option<Scale>,
    pub lines: Vec<Line>,
}

/// A class to tick, or to know a colour by.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub digit: String,
    pub name: String,
    pub symbol: Symbol,
}

/// What stands on every page.
#[derive(Clone, Debug, Default)]
pub struct Around {
    pub heading: String,
    /// Under the cards, at the right: where it comes from.
    pub note: String,
    pub keys: Vec<Key>,
    /// A box for each class under each card.
    pub boxes: bool,
}

/// Where everything is on a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    pub page_mm: [f64; 2],
    pub columns: usize,
    pub rows: usize,
    /// Of one view.
    pub view_mm: [f64; 2],
    /// Lines below the views, the boxes among them.
    lines: usize,
    head: f64,
    foot: f64,
    margin: f64,
}

impl Layout {
    /// The columns and rows for about so many cards a page that make views largest.
    pub fn new(paper: Paper, landscape: bool, per_page: usize, views: usize, lines: usize) -> Self {
        let page_mm = paper.size_mm(landscape);
        let per_page = per_page.clamp(1, 60);
        let of = |columns: usize| {
            let rows = per_page.div_ceil(columns);
            let bare = Self {
                page_mm,
                columns,
                rows,
                view_mm: [0.0; 2],
                lines,
                head: HEAD,
                foot: FOOT,
                margin: MARGIN,
            };
            Self { view_mm: bare.view(views), ..bare }
        };
        let side = |layout: &Self| layout.view_mm[0].min(layout.view_mm[1]);
        (1..=per_page).map(of).max_by(|a, b| side(a).total_cmp(&side(b))).unwrap_or_else(|| of(1))
    }

    /// One card alone, on a page that is as large as it.
    pub fn alone(view_mm: [f64; 2], views: usize, lines: usize) -> Self {
        let views = views.max(1) as f64;
        let width = views * view_mm[0] + (views - 1.0) * GAP + 4.0;
        let height = TITLE + view_mm[1] + lines as f64 * LINE_HEIGHT + 4.0;
        let page_mm = [width, height];
        Self { page_mm, columns: 1, rows: 1, view_mm, lines, head: 0.0, foot: 0.0, margin: 2.0 }
    }

    /// Cards on a page.
    pub const fn per_page(&self) -> usize {
        self.columns * self.rows
    }

    fn card_mm(&self) -> [f64; 2] {
        let inner = |all: f64, n: usize| (all - (n as f64 - 1.0) * BETWEEN) / n as f64;
        let [w, h] = self.page_mm;
        let high = h - 2.0 * self.margin - self.head - self.foot;
        [inner(w - 2.0 * self.margin, self.columns), inner(high, self.rows)]
    }

    /// A view: as wide as the card allows, no higher than wide.
    fn view(&self, views: usize) -> [f64; 2] {
        let [w, h] = self.card_mm();
        let views = views.max(1) as f64;
        let width = ((w - (views - 1.0) * GAP) / views).max(4.0);
        let height = (h - TITLE - self.lines as f64 * LINE_HEIGHT).max(4.0);
        // A view that is much wider than high shows ground that nobody asked for.
        [width.min(height * 1.5), height.min(width)]
    }

    /// Where a card begins.
    fn corner(&self, slot: usize) -> [f64; 2] {
        let [w, h] = self.card_mm();
        let (column, row) = ((slot % self.columns) as f64, (slot / self.columns) as f64);
        [self.margin + column * (w + BETWEEN), self.margin + self.head + row * (h + BETWEEN)]
    }

    /// Where a view of a card is: left, top, width, height.
    pub fn view_at(&self, slot: usize, view: usize) -> [f64; 4] {
        let [x, y] = self.corner(slot);
        let [w, h] = self.view_mm;
        [x + view as f64 * (w + GAP), y + TITLE, w, h]
    }
}

/// A page as SVG. `image`: what goes where a view is, by card and view; `None` where the caller has it.
pub(super) fn svg(
    layout: &Layout,
    around: &Around,
    cards: &[Card],
    (page, pages): (usize, usize),
    image: impl Fn(usize, usize) -> Option<String>,
) -> String {
    let [w, h] = layout.page_mm;
    let mut out = String::new();
    let _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{w:.3}mm" height="{h:.3}mm" viewBox="0 0 {w:.3} {h:.3}">"#
    );
    if layout.head > 0.0 {
        let y = layout.margin + 3.6;
        words(&mut out, [layout.margin, y], 4.0, "start", 600, INK, &cut(&around.heading, 90));
        let text = format!("{page} / {pages}");
        words(&mut out, [w - layout.margin, y], 3.2, "end", 400, MUTED, &text);
    }
    for (slot, card) in cards.iter().enumerate() {
        self::card(&mut out, layout, around, slot, card, &image);
    }
    if layout.foot > 0.0 {
        foot(&mut out, layout, around);
    }
    out.push_str("</svg>");
    out
}

fn card(
    out: &mut String,
    layout: &Layout,
    around: &Around,
    slot: usize,
    card: &Card,
    image: &impl Fn(usize, usize) -> Option<String>,
) {
    let [x, y] = layout.corner(slot);
    words(out, [x, y + 3.6], 3.4, "start", 600, INK, &card.number.to_string());
    let after = 2.2 * card.number.to_string().len() as f64 + 2.0;
    words(out, [x + after, y + 3.6], 2.9, "start", 400, MUTED, &cut(&card.title, 64));
    for (i, view) in card.views.iter().enumerate() {
        let [vx, vy, vw, vh] = layout.view_at(slot, i);
        if let Some(href) = image(slot, i) {
            let _ = write!(
                out,
                r#"<image x="{vx:.3}" y="{vy:.3}" width="{vw:.3}" height="{vh:.3}" preserveAspectRatio="none" xlink:href="{href}"/>"#
            );
        }
        let _ = write!(
            out,
            r#"<rect x="{vx:.3}" y="{vy:.3}" width="{vw:.3}" height="{vh:.3}" fill="none" stroke="{LINE}" stroke-width="0.2"/>"#
        );
        let letters = ((vw - 3.0) / 1.45).max(3.0) as usize;
        let text = cut(&view.title, letters);
        plate(out, [vx + 0.8, vy + 0.8, width(&text, 2.5) + 1.6, 3.6]);
        words(out, [vx + 1.6, vy + 3.4], 2.5, "start", 400, INK, &text);
    }
    if let Some(scale) = card.scale.as_ref().filter(|_| !card.views.is_empty()) {
        self::scale(out, layout, slot, scale, card.views[0].image.width);
    }
    let [_, vy, _, vh] = layout.view_at(slot, 0);
    let mut base = vy + vh + 3.4;
    if around.boxes {
        boxes(out, around, [x, base]);
        base += LINE_HEIGHT;
    }
    for line in &card.lines {
        let mut left = x;
        if let Some(symbol) = &line.symbol {
            swatch(out, *symbol, [left, base - 2.4, 3.6, 2.7]);
            left += 4.8;
        }
        words(out, [left, base], 2.8, "start", 400, INK, &cut(&line.text, 110));
        base += LINE_HEIGHT;
    }
}

/// A fixed length, in the first view.
fn scale(out: &mut String, layout: &Layout, slot: usize, scale: &Scale, width_px: u32) {
    let [vx, vy, vw, vh] = layout.view_at(slot, 0);
    let length = scale.length_px * vw / f64::from(width_px.max(1));
    let (x1, y) = (vx + vw - 1.8, vy + vh - 1.8);
    let wide = length.max(width(&scale.text, 2.4)) + 1.6;
    plate(out, [x1 + 0.8 - wide, y - 3.8, wide, 4.8]);
    let _ = write!(
        out,
        r#"<path d="M{:.3} {:.3}V{y:.3}H{x1:.3}V{:.3}" fill="none" stroke="{INK}" stroke-width="0.35"/>"#,
        x1 - length,
        y - 0.9,
        y - 0.9,
    );
    words(out, [x1, y - 1.3], 2.4, "end", 400, INK, &scale.text);
}

/// A box for each class, to be ticked with a pen.
fn boxes(out: &mut String, around: &Around, [x, base]: [f64; 2]) {
    let mut left = x;
    for key in &around.keys {
        let _ = write!(
            out,
            r#"<rect x="{left:.3}" y="{:.3}" width="3" height="3" fill="none" stroke="{}" stroke-width="0.5"/>"#,
            base - 2.6,
            hex(key.symbol.color),
        );
        words(out, [left + 3.8, base], 2.8, "start", 400, INK, &key.digit);
        left += 5.6 + 1.6 * key.digit.len() as f64;
    }
}

/// The classes, and where the cards come from.
fn foot(out: &mut String, layout: &Layout, around: &Around) {
    let [w, h] = layout.page_mm;
    let (mut left, base) = (layout.margin, h - layout.margin - 4.6);
    for key in &around.keys {
        let text = format!("{} {}", key.digit, cut(&key.name, 28));
        let wide = 5.2 + width(text.trim(), 2.8) + 3.0;
        if left + wide > w - layout.margin {
            break;
        }
        swatch(out, key.symbol, [left, base - 2.5, 4.0, 3.0]);
        words(out, [left + 5.2, base], 2.8, "start", 400, INK, text.trim());
        left += wide;
    }
    words(out, [layout.margin, h - layout.margin], 2.6, "start", 400, MUTED, &cut(&around.note, 150));
}

fn swatch(out: &mut String, symbol: Symbol, [x, y, w, h]: [f64; 4]) {
    let color = hex(symbol.color);
    let _ = write!(
        out,
        r#"<rect x="{x:.3}" y="{y:.3}" width="{w:.3}" height="{h:.3}" fill="{color}" fill-opacity="0.35" stroke="{color}" stroke-width="0.3"/>"#
    );
    hatching(out, symbol.hatch, [x, y, w, h], symbol.color, 0.22);
}

/// The ground under words on a picture.
fn plate(out: &mut String, [x, y, w, h]: [f64; 4]) {
    let _ = write!(
        out,
        r##"<rect x="{x:.3}" y="{y:.3}" width="{w:.3}" height="{h:.3}" rx="0.6" fill="#FFFFFF" fill-opacity="0.84"/>"##
    );
}

fn words(out: &mut String, [x, y]: [f64; 2], size: f64, anchor: &str, weight: u32, ink: &str, text: &str) {
    let _ = write!(
        out,
        r#"<text x="{x:.3}" y="{y:.3}" font-family="Inter, sans-serif" font-size="{size:.2}" font-weight="{weight}" text-anchor="{anchor}" fill="{ink}">{}</text>"#,
        escaped(text),
    );
}

/// About how wide words are.
fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.56
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_fit_on_every_paper_and_do_not_overlap() {
        for paper in Paper::ALL {
            for (landscape, per_page, views, lines) in
                [(true, 6, 2, 1), (false, 6, 3, 2), (true, 1, 6, 0), (false, 24, 1, 1), (true, 60, 4, 3)]
            {
                let layout = Layout::new(paper, landscape, per_page, views, lines);
                assert!(layout.per_page() >= per_page, "{layout:?}");
                let [w, h] = paper.size_mm(landscape);
                let mut seen: Vec<[f64; 4]> = Vec::new();
                for slot in 0..layout.per_page() {
                    for view in 0..views {
                        let [x, y, vw, vh] = layout.view_at(slot, view);
                        assert!(
                            x >= 0.0 && y >= HEAD && x + vw <= w + 1e-9 && y + vh <= h,
                            "{layout:?} {slot}"
                        );
                        for [ox, oy, ow, oh] in &seen {
                            let apart = x >= ox + ow
                                || ox + ow - x < 1e-9
                                || x + vw <= *ox
                                || y >= oy + oh
                                || y + vh <= *oy;
                            assert!(apart, "{layout:?}: {slot} {view}");
                        }
                        seen.push([x, y, vw, vh]);
                    }
                }
            }
        }
    }

    #[test]
    fn words_of_a_project_cannot_break_a_page() {
        let layout = Layout::new(Paper::A4, true, 4, 1, 1);
        let image = renderer::RgbaImage { width: 8, height: 8, pixels: vec![0; 256] };
        let card = Card {
            number: 1,
            title: "<script>&\"".into(),
            views: vec![View { title: "</svg>".into(), image }],
            scale: None,
            lines: vec![Line { symbol: None, text: "a <b>".into() }],
        };
        let around = Around { heading: "<h>".into(), ..Around::default() };
        let text = svg(&layout, &around, &[card], (1, 1), |_, _| None);
        assert!(!text.contains("<script>") && !text.contains("<h>") && text.contains("&lt;/svg&gt;"));
        assert_eq!(text.matches("</svg>").count(), 1);
    }
}
