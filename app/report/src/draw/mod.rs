//! Small drawings in SVG, in the colours of the page around them.

mod bars;
mod grid;
mod heat;
mod line;

pub(crate) use bars::{Bar, bars};
pub(crate) use grid::{Grid, grid};
pub(crate) use heat::{Heat, heat};
pub(crate) use line::{Moment, line};

/// How drawings look on paper, whatever the reader's screen is like.
pub(crate) const ON_PAPER: &str = ".drawing text{fill:#1B1D20}.end{text-anchor:end}.middle{text-anchor:middle}\
    .cell{fill:#F3F4F6;stroke:#D5D7DB}.other{fill:#0B63CE}.same{fill:#5E646D}.chip{stroke:#D5D7DB}\
    .grid{stroke:#D5D7DB}.bound{stroke:#5E646D;stroke-dasharray:4 4}\
    .course{fill:none;stroke:#0B63CE;stroke-width:2;stroke-linejoin:round}.last{fill:#0B63CE}\
    .band{stroke:#0B63CE;stroke-width:8;stroke-opacity:.3}";

/// Text that may stand in HTML and SVG.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Control characters have no place in HTML.
            c if c.is_control() && c != '\n' => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// A number with a true minus.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let zero = text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.');
    if zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
}

/// A share of 1 in percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", number(100.0 * share, 1))
}

/// As much of a text as fits into so many characters.
pub(crate) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        text.to_owned()
    } else {
        text.chars().take(most - 1).chain(['…']).collect()
    }
}
