//! The scale of the bands along an upright edge of the cube.

use egui::{Align2, Painter, Pos2, Stroke, vec2};

use crate::cube::Loaded;
use crate::fonts;
use crate::state::State;

/// Marks are at least this many points apart.
const APART: f32 = 26.0;

/// A mark of the scale: how deep it lies, as a share of the block, and its number.
#[derive(Clone, Debug, PartialEq)]
struct Mark {
    depth: f32,
    text: String,
}

/// Draws wavelengths, or the numbers of bands, beside an edge from its top to its end.
pub(super) fn paint(painter: &Painter, state: &State, loaded: &Loaded, [top, end]: [Pos2; 2]) {
    let c = &state.theme.color;
    let length = top.distance(end);
    let most = ((length / APART) as usize).clamp(1, 12);
    let (marks, unit) = match loaded.data.wavelengths() {
        Some(nm) => (of_wavelengths(nm, most), "nm"),
        None => (of_numbers(loaded.data.bands().len(), most), "band"),
    };
    let x = top.x.max(end.x);
    let ink = Stroke::new(1.0, *c.muted);
    painter.line_segment([top + vec2(6.0, 0.0), end + vec2(6.0, 0.0)], ink);
    let font = fonts::mono(state.theme.size.small);
    for mark in marks {
        let at = top.lerp(end, mark.depth);
        painter.line_segment([at + vec2(6.0, 0.0), at + vec2(10.0, 0.0)], ink);
        painter.text(at + vec2(13.0, 0.0), Align2::LEFT_CENTER, mark.text, font.clone(), *c.text);
    }
    let title = egui::pos2(x + 6.0, top.y - 6.0);
    painter.text(title, Align2::LEFT_BOTTOM, unit, fonts::body(state.theme.size.small), *c.muted);
}

/// Round wavelengths where the bands have them: a gap of the spectrum has no length on the block.
fn of_wavelengths(nm: &[f64], most: usize) -> Vec<Mark> {
    let (Some(first), Some(last)) = (nm.first(), nm.last()) else { return Vec::new() };
    let span = last - first;
    if span.is_nan() || span <= 0.0 {
        return of_numbers(nm.len(), most);
    }
    let step = round_step(span / most as f64);
    let mut marks: Vec<Mark> = Vec::new();
    let mut value = (first / step).ceil() * step;
    while value <= *last {
        let after = nm.partition_point(|n| *n < value).min(nm.len() - 1);
        let before = after.saturating_sub(1);
        let gap = nm[after] - nm[before];
        let share = if gap > 0.0 { ((value - nm[before]) / gap).clamp(0.0, 1.0) } else { 0.0 };
        // A band's middle is its wavelength.
        let depth = (before as f64 + share + 0.5) / nm.len() as f64;
        let depth = if after == before { 0.5 / nm.len() as f64 } else { depth } as f32;
        if marks.last().is_none_or(|m| depth - m.depth > 0.4 / most as f32) {
            marks.push(Mark { depth, text: spatial::format::decimal(value, 0) });
        }
        value += step;
    }
    marks
}

fn of_numbers(count: usize, most: usize) -> Vec<Mark> {
    let step = round_step(count as f64 / most as f64).max(1.0) as usize;
    let at = |number: usize| Mark { depth: (number as f32 - 0.5) / count as f32, text: number.to_string() };
    std::iter::once(1).chain((step..=count).step_by(step).filter(|n| *n > 1)).map(at).collect()
}

/// The next of 1, 2, 5, 10, 20 and so on.
fn round_step(least: f64) -> f64 {
    let decade = 10_f64.powf(least.max(1e-9).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * decade).find(|s| *s >= least).unwrap_or(10.0 * decade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wavelengths_are_round_and_lie_between_their_bands() {
        let nm: Vec<f64> = (0..100).map(|i| 405.0 + 10.0 * f64::from(i)).collect();
        let marks = of_wavelengths(&nm, 6);
        let texts: Vec<&str> = marks.iter().map(|m| m.text.as_str()).collect();
        assert_eq!(texts, ["600", "800", "1\u{2009}000", "1\u{2009}200"], "{marks:?}");
        // 600 nm lies between band 20 (595) and band 21 (605), counted from 1.
        assert!((marks[0].depth - 0.2).abs() < 1e-4, "{marks:?}");
    }

    #[test]
    fn marks_of_a_gap_do_not_lie_on_each_other() {
        let nm = [400.0, 410.0, 420.0, 2000.0, 2010.0, 2020.0];
        let marks = of_wavelengths(&nm, 8);
        assert!(marks.windows(2).all(|w| w[1].depth - w[0].depth > 0.04), "{marks:?}");
        assert!(marks.len() >= 2, "{marks:?}");
    }

    #[test]
    fn bands_without_wavelengths_are_counted() {
        let texts: Vec<String> = of_numbers(12, 4).into_iter().map(|m| m.text).collect();
        assert_eq!(texts, ["1", "5", "10"]);
        assert_eq!(of_numbers(4, 12).len(), 4);
        assert!(of_wavelengths(&[500.0, 500.0], 4).len() == 2, "no span: counted");
    }
}
