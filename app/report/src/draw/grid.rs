//! Shares by row and column.

use std::fmt::Write as _;

use paper::Drawing;

use super::{escaped, number, short};

const WIDE: f64 = 64.0;
const HIGH: f64 = 30.0;
const LEFT: f64 = 240.0;
const TOP: f64 = 84.0;

/// A grid of shares of 1; `None` where there is nothing to be right about.
pub(crate) struct Grid<'a> {
    /// For a screen reader.
    pub(crate) title: &'a str,
    pub(crate) rows: Vec<String>,
    pub(crate) columns: Vec<String>,
    /// Row after row: the share, and of how many.
    pub(crate) cells: Vec<Option<(f64, usize)>>,
}

pub(crate) fn grid(map: &Grid<'_>) -> Drawing {
    let (n, m) = (map.rows.len(), map.columns.len());
    let (width, height) = (LEFT + WIDE * m as f64 + 60.0, TOP + HIGH * n as f64 + 8.0);
    // Writing to a string cannot fail.
    let mut svg = String::new();
    for (i, name) in map.rows.iter().enumerate() {
        let y = TOP + HIGH * (i as f64 + 0.5) + 4.0;
        let text = escaped(&short(name, 34));
        let _ = write!(svg, "<text x=\"{}\" y=\"{y}\" class=\"end\">{text}</text>", LEFT - 8.0);
    }
    for (i, name) in map.columns.iter().enumerate() {
        let x = LEFT + WIDE * (i as f64 + 0.5);
        let text = escaped(&short(name, 18));
        let _ = write!(svg, "<text transform=\"translate({x} {}) rotate(-35)\">{text}</text>", TOP - 8.0);
    }
    for (place, cell) in map.cells.iter().enumerate().take(n * m) {
        let (row, column) = (place / m, place % m);
        let (x, y) = (LEFT + WIDE * column as f64 + 1.0, TOP + HIGH * row as f64 + 1.0);
        let (wide, high) = (WIDE - 2.0, HIGH - 2.0);
        let about = escaped(&format!("{}, {}", map.rows[row], map.columns[column]));
        let _ =
            write!(svg, "<g><rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" class=\"cell\"/>");
        if let Some((share, of)) = cell {
            let text = number(100.0 * share, 0);
            let _ = write!(
                svg,
                "<title>{about}: {text} % of {of}</title>\
                 <rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" class=\"other\" fill-opacity=\"{:.3}\"/>\
                 <text x=\"{}\" y=\"{}\" class=\"middle\">{text} %</text>",
                0.06 + 0.64 * share.clamp(0.0, 1.0),
                x + wide / 2.0,
                y + high / 2.0 + 4.0,
            );
        }
        svg.push_str("</g>");
    }
    Drawing { title: map.title.to_owned(), size: [width, height], body: svg }
}
