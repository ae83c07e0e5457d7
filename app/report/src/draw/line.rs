//! α over the votes.

use std::fmt::Write as _;

use paper::Drawing;

use super::number;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 44.0;
/// Krippendorff's bounds of tentative and of firm conclusions.
const BOUNDS: [f64; 2] = [0.667, 0.8];

/// One moment of the review.
pub(crate) struct Moment {
    pub(crate) votes: f64,
    pub(crate) value: f64,
}

/// A line of at least two moments, with its last interval; none else.
pub(crate) fn line(title: &str, moments: &[Moment], interval: Option<[f64; 2]>) -> Option<Drawing> {
    let (first, last) = (moments.first()?, moments.last()?);
    if moments.len() < 2 {
        return None;
    }
    let low = moments.iter().map(|m| m.value).chain(interval.map(|i| i[0])).fold(0.0, f64::min);
    let span = (last.votes - first.votes).max(1.0);
    let x = |votes: f64| LEFT + (votes - first.votes) / span * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| TOP + (1.0 - value) / (1.0 - low) * (HEIGHT - TOP - BOTTOM);
    let mut svg = String::new();
    let steps = (-10..=5).map(|i| f64::from(i) / 5.0).filter(|level| *level >= low - 1e-9);
    // Writing to a string cannot fail.
    for level in steps {
        let at = y(level);
        let _ = write!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\" class=\"grid\"/>\
             <text x=\"{}\" y=\"{:.1}\" class=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0,
            number(level, 1),
        );
    }
    for bound in BOUNDS {
        let at = y(bound);
        let _ = write!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\" class=\"bound\"/>",
            WIDTH - RIGHT
        );
    }
    if let Some([from, to]) = interval {
        let (at, top, bottom) = (x(last.votes), y(to), y(from));
        let _ = write!(
            svg,
            "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\" class=\"band\"/>"
        );
    }
    let points: Vec<String> =
        moments.iter().map(|m| format!("{:.1},{:.1}", x(m.votes), y(m.value))).collect();
    let _ = write!(
        svg,
        "<polyline points=\"{}\" class=\"course\"/><circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" class=\"last\"/>",
        points.join(" "),
        x(last.votes),
        y(last.value)
    );
    for votes in [first.votes, f64::midpoint(first.votes, last.votes).round(), last.votes] {
        let anchor = if votes == last.votes { "end" } else { "middle" };
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" class=\"{anchor}\">{}</text>",
            x(votes),
            HEIGHT - BOTTOM + 18.0,
            number(votes, 0)
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{}\" y=\"{}\" class=\"middle\">votes</text>",
        LEFT + (WIDTH - LEFT - RIGHT) / 2.0,
        HEIGHT - 8.0
    );
    Some(Drawing { title: title.to_owned(), size: [WIDTH, HEIGHT], body: svg })
}
