//! Tables: how wide columns are, and their rows.

use std::fmt::Write as _;
use std::rc::Rc;

use crate::document::Table;
use crate::escaped;
use crate::flow::{Body, Item};
use crate::measure::{Measure, Weight};

/// Sizes of letters, the largest that fits.
const SIZES: [f64; 6] = [8.5, 8.0, 7.5, 7.0, 6.5, 6.0];
/// Between two columns, in sizes of letters.
const GAP: f64 = 1.3;
/// From line to line, and around the lines of a row, in sizes of letters.
const LEADING: f64 = 1.28;
const PADDING: f64 = 0.42;
/// Lines of a cell; what is longer is cut there.
const LINES: usize = 24;

/// Columns of a table.
struct Columns {
    size: f64,
    widths: Vec<f64>,
    /// Columns that begin on the left.
    words: Vec<bool>,
}

impl Columns {
    fn of(table: &Table, measure: &Measure<'_>, room: f64) -> Self {
        let most = |column: usize, of: &dyn Fn(&str, Weight) -> f64| {
            let head = table.head.get(column).map_or(0.0, |text| of(text, Weight::Strong));
            let cells = table.rows.iter().filter_map(|row| row.get(column));
            cells.map(|text| of(text, Weight::Regular)).fold(head, f64::max)
        };
        let count = table.head.len().max(table.rows.iter().map(Vec::len).max().unwrap_or(0));
        let words: Vec<bool> = (0..count).map(|column| table.is_words(column)).collect();
        let mut smallest = (SIZES[0], Vec::new());
        for size in SIZES {
            let room = (room - GAP * size * count.saturating_sub(1) as f64).max(0.0);
            let columns = 0..count;
            let least: Vec<f64> = columns
                .clone()
                .map(|column| most(column, &|text, weight| measure.widest_part(text, size, weight)))
                .collect();
            let whole: Vec<f64> = columns
                .map(|column| most(column, &|text, weight| measure.width(text, size, weight)))
                .collect();
            let (sum_least, sum_whole) = (least.iter().sum::<f64>(), whole.iter().sum::<f64>());
            if sum_whole <= room {
                return Self { size, widths: whole, words };
            }
            if sum_least <= room {
                // What is left goes to the columns by how much they lack.
                let share = (room - sum_least) / (sum_whole - sum_least).max(1e-9);
                let widths = least.iter().zip(&whole).map(|(least, whole)| least + (whole - least) * share);
                return Self { size, widths: widths.collect(), words };
            }
            let share = room / sum_least.max(1e-9);
            smallest = (size, least.iter().map(|least| least * share).collect());
        }
        let (size, widths) = smallest;
        Self { size, widths, words }
    }

    /// A row of cells over a line, and its height.
    fn row(&self, cells: &[String], measure: &Measure<'_>, weight: Weight) -> (Body, f64) {
        let size = self.size;
        let mut body = Body::default();
        let (mut left, mut most) = (0.0, 1);
        for (column, width) in self.widths.iter().enumerate() {
            let text = cells.get(column).map_or("", String::as_str);
            let mut lines = measure.lines(text, *width, size, weight);
            if lines.len() > LINES {
                lines.truncate(LINES);
                lines.last_mut().into_iter().for_each(|line| line.push('…'));
            }
            most = most.max(lines.len());
            let (x, anchor) = if self.words[column] { (left, "") } else { (left + width, " class=\"end\"") };
            for (i, line) in lines.iter().enumerate() {
                let y = size * (PADDING + 0.95 + LEADING * i as f64);
                let (look, line) = (look(weight), escaped(line));
                // Writing to a string cannot fail.
                let _ = write!(
                    body.of(weight),
                    "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size}\" {look}{anchor}>{line}</text>"
                );
            }
            left += width + GAP * size;
        }
        let height = size * (2.0 * PADDING + LEADING * most as f64);
        let right = (left - GAP * size).max(0.0);
        let _ = write!(
            body.regular,
            "<path d=\"M0 {height:.2}H{right:.2}\" stroke=\"#D5D7DB\" stroke-width=\"0.6\" fill=\"none\"/>"
        );
        (body, height)
    }
}

/// Heads are quiet and strong.
const fn look(weight: Weight) -> &'static str {
    match weight {
        Weight::Regular => "fill=\"#1B1D20\"",
        Weight::Strong => "fill=\"#5E646D\" font-weight=\"600\"",
    }
}

/// A table as rows; its head stands with the first of them, and the last two stand together.
pub(crate) fn items(table: &Table, measure: &Measure<'_>, room: f64) -> Vec<Item> {
    if table.rows.is_empty() {
        return Vec::new();
    }
    let columns = Columns::of(table, measure, room);
    let (body, height) = columns.row(&table.head, measure, Weight::Strong);
    let head = Rc::new((body.clone(), height));
    let mut items = vec![Item { body, height, above: 4.0, keep: true, ..Item::default() }];
    for (i, row) in table.rows.iter().enumerate() {
        let (body, height) = columns.row(row, measure, Weight::Regular);
        let keep = i == 0 && table.rows.len() > 1 || i + 2 == table.rows.len();
        items.push(Item { body, height, keep, head: Some(Rc::clone(&head)), ..Item::default() });
    }
    items
}
