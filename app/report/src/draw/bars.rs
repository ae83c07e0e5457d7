//! Shares by name.

use std::fmt::Write as _;

use paper::Drawing;

use super::{escaped, percent, short};

const ROW: f64 = 24.0;
const LEFT: f64 = 170.0;
const LONG: f64 = 420.0;
/// Room for the words beside a bar.
const WORDS: f64 = 190.0;

/// One share of 1 with its name.
pub(crate) struct Bar<'a> {
    pub(crate) name: &'a str,
    pub(crate) share: f64,
    /// Beside its value.
    pub(crate) words: String,
}

pub(crate) fn bars(title: &str, bars: &[Bar<'_>]) -> Drawing {
    let (width, height) = (LEFT + LONG + WORDS, ROW * bars.len() as f64 + 8.0);
    let mut svg = String::new();
    for (i, bar) in bars.iter().enumerate() {
        let y = 4.0 + ROW * i as f64;
        let long = LONG * bar.share.clamp(0.0, 1.0);
        // Writing to a string cannot fail.
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" class=\"end\">{}</text>\
             <rect x=\"{LEFT}\" y=\"{}\" width=\"{LONG}\" height=\"{}\" class=\"cell\"/>\
             <rect x=\"{LEFT}\" y=\"{}\" width=\"{long:.1}\" height=\"{}\" class=\"other\" fill-opacity=\"0.55\"/>\
             <text x=\"{:.1}\" y=\"{}\">{} · {}</text>",
            LEFT - 8.0,
            y + 16.0,
            escaped(&short(bar.name, 22)),
            y + 3.0,
            ROW - 6.0,
            y + 3.0,
            ROW - 6.0,
            LEFT + LONG + 8.0,
            y + 16.0,
            percent(bar.share),
            escaped(&bar.words),
        );
    }
    Drawing { title: title.to_owned(), size: [width, height], body: svg }
}
