//! Classes against classes.

use std::fmt::Write as _;

use paper::Drawing;

use super::{escaped, number, short};

const SIDE: f64 = 46.0;
const LEFT: f64 = 150.0;
const TOP: f64 = 96.0;
/// How far a letter of a turned name reaches to the right, at the most.
const LETTER: f64 = 6.0;

/// What a heat map shows.
pub(crate) struct Heat<'a> {
    /// For a screen reader.
    pub(crate) title: &'a str,
    /// Name and colour of each class.
    pub(crate) classes: Vec<(&'a str, &'a str)>,
    /// Row after row.
    pub(crate) cells: &'a [f64],
    /// Shares of their row in percent instead of counts.
    pub(crate) shares: bool,
}

pub(crate) fn heat(map: &Heat<'_>) -> Drawing {
    let n = map.classes.len();
    let value = |row: usize, column: usize| {
        let cell = map.cells[row * n + column];
        let sum: f64 = map.cells[row * n..(row + 1) * n].iter().sum();
        if map.shares && sum > 0.0 { 100.0 * cell / sum } else { cell }
    };
    let most = (0..n * n).map(|i| value(i / n, i % n)).fold(1.0, f64::max);
    // The names over the last columns reach beyond them.
    let classes = map.classes.iter().enumerate();
    let reach = classes
        .map(|(i, (name, _))| SIDE * (i as f64 + 0.5) + LETTER * short(name, 18).chars().count() as f64)
        .fold(SIDE * n as f64, f64::max);
    let (width, height) = (LEFT + reach + 8.0, TOP + SIDE * n as f64 + 8.0);
    // Writing to a string cannot fail.
    let mut svg = String::new();
    names(&mut svg, &map.classes);
    for row in 0..n {
        for column in 0..n {
            let value = value(row, column);
            let (x, y) = (LEFT + SIDE * column as f64, TOP + SIDE * row as f64);
            let share = (value / most).sqrt();
            let class = if row == column { "same" } else { "other" };
            let opacity = if value > 0.0 { 0.12 + 0.6 * share } else { 0.0 };
            let text = if value > 0.0 && value < 0.5 { "&lt;1".to_owned() } else { number(value, 0) };
            let about = format!("{} → {}", map.classes[row].0, map.classes[column].0);
            let _ = write!(
                svg,
                "<g><title>{}: {text}{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"cell\"/>\
                 <rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{class}\" fill-opacity=\"{opacity:.3}\"/>",
                escaped(&about),
                if map.shares { " %" } else { "" },
                x + 1.0,
                y + 1.0,
                SIDE - 2.0,
                SIDE - 2.0,
                x + 1.0,
                y + 1.0,
                SIDE - 2.0,
                SIDE - 2.0,
            );
            if value > 0.0 {
                let _ = write!(
                    svg,
                    "<text x=\"{}\" y=\"{}\" class=\"middle\">{text}</text>",
                    x + SIDE / 2.0,
                    y + SIDE / 2.0 + 4.0
                );
            }
            svg.push_str("</g>");
        }
    }
    Drawing { title: map.title.to_owned(), size: [width, height], body: svg }
}

/// The names of the classes to the left of their rows and above their columns.
fn names(svg: &mut String, classes: &[(&str, &str)]) {
    for (i, (name, color)) in classes.iter().enumerate() {
        let at = SIDE * (i as f64 + 0.5);
        let text = escaped(&short(name, 18));
        let color = escaped(color);
        let _ = write!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"12\" fill=\"{color}\" class=\"chip\"/>\
             <text x=\"{}\" y=\"{}\" class=\"end\">{text}</text>",
            LEFT - 18.0,
            TOP + at - 6.0,
            LEFT - 24.0,
            TOP + at + 4.0,
        );
        let x = LEFT + at;
        let _ = write!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"12\" fill=\"{color}\" class=\"chip\"/>\
             <text transform=\"translate({} {}) rotate(-40)\">{text}</text>",
            x - 6.0,
            TOP - 18.0,
            x,
            TOP - 24.0,
        );
    }
}
