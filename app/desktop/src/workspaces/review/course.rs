//! How agreement came about: α after each completed committee, small in the header, with axes beside the numbers.

use std::fmt::Write as _;

use egui::{Response, RichText, Role, Sense, Shape, Stroke, Ui, Vec2b, WidgetInfo, pos2, vec2};
use egui_plot::{HLine, HoverPosition, Line, LineStyle, PlotPoints};
use project::review::CoursePoint;
use spatial::format as units;

use super::figures::coefficient;
use crate::fonts;
use crate::format::count;
use crate::review::Figures;
use crate::state::State;
use crate::widgets::{chart, draw_chart, whole};

/// Size of the line in the header, in points.
const SPARK: egui::Vec2 = vec2(92.0, 22.0);
/// Height of the plot beside the numbers, in points.
const HEIGHT: f32 = 128.0;
/// Krippendorff's bounds: from the upper one on a conclusion can be drawn, from the lower one tentatively.
const BOUNDS: [f64; 2] = [0.667, 0.8];

/// α where it is defined, of the metric that the header names: votes so far, value, the point itself.
fn values(figures: &Figures) -> Vec<(f64, f64, CoursePoint)> {
    let ordinal = figures.blind.krippendorff_alpha.ordinal.is_some();
    let value = |point: &CoursePoint| {
        let alpha = if ordinal { point.ordinal } else { point.nominal }?;
        Some((point.votes as f64, alpha, *point))
    };
    figures.course.iter().filter_map(value).collect()
}

/// A line without axes, with its last value and how far that can be trusted.
pub(super) fn sparkline(ui: &mut Ui, state: &State, figures: &Figures) {
    let values = values(figures);
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return };
    if values.len() < 2 {
        return;
    }
    let c = &state.theme.color;
    let (rect, response) = ui.allocate_exact_size(SPARK, Sense::hover());
    name(&response, figures, &values);
    let inner = rect.shrink2(vec2(3.0, 3.0));
    // From no agreement to all of it, lower only where it is lower.
    let low = values.iter().map(|v| v.1).chain(figures.interval().map(|i| i[0])).fold(0.0, f64::min);
    let span = (last.0 - first.0).max(1.0);
    let x = |votes: f64| inner.left() + ((votes - first.0) / span) as f32 * (inner.width() - 4.0);
    let y =
        |alpha: f64| inner.bottom() - ((alpha - low) / (1.0 - low)).clamp(0.0, 1.0) as f32 * inner.height();
    let painter = ui.painter().with_clip_rect(rect);
    for level in [0.0, 1.0] {
        painter.hline(inner.x_range(), y(level), Stroke::new(1.0, *c.line));
    }
    if let Some([low, high]) = figures.interval() {
        let range = egui::Rangef::new(y(high), y(low));
        painter.vline(x(last.0), range, Stroke::new(5.0, c.accent.gamma_multiply(0.3)));
    }
    let line = values.iter().map(|(votes, alpha, _)| pos2(x(*votes), y(*alpha))).collect();
    painter.add(Shape::line(line, Stroke::new(1.5, *c.accent)));
    painter.circle_filled(pos2(x(last.0), y(last.1)), 2.5, *c.accent);
    response.on_hover_text(words(figures, &values));
}

fn name(response: &Response, figures: &Figures, values: &[(f64, f64, CoursePoint)]) {
    let text = words(figures, values);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, text.as_str()));
}

/// `α over time: 0.52 after 12 votes, 0.71 (0.62 – 0.79) after 120 votes on 40 cases`.
fn words(figures: &Figures, values: &[(f64, f64, CoursePoint)]) -> String {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return String::new() };
    let interval = figures.interval().map_or_else(String::new, |[low, high]| {
        format!(" ({} – {})", coefficient(Some(low)), coefficient(Some(high)))
    });
    format!(
        "α over time: {} after {}, {}{interval} after {} on {}",
        coefficient(Some(first.1)),
        count(first.2.votes, "vote", "votes"),
        coefficient(Some(last.1)),
        count(last.2.votes, "vote", "votes"),
        count(last.2.cases, "case", "cases"),
    )
}

/// The same with axes.
pub(super) fn plot(ui: &mut Ui, state: &State, figures: &Figures) {
    let values = values(figures);
    if values.len() < 2 {
        let text = "A line stands here when two committees are complete.";
        ui.label(RichText::new(text).color(*state.theme.color.muted));
        return;
    }
    let c = &state.theme.color;
    let points: PlotPoints<'_> = values.iter().map(|(votes, alpha, _)| [*votes, *alpha]).collect();
    let low = values.iter().map(|v| v.1).fold(0.0, f64::min);
    let said = |position: &HoverPosition<'_>| match position {
        HoverPosition::NearDataPoint { position, .. } => {
            let near =
                values.iter().min_by(|a, b| (a.0 - position.x).abs().total_cmp(&(b.0 - position.x).abs()))?;
            Some(format!(
                "α {} after {}\non {}",
                coefficient(Some(near.1)),
                count(near.2.votes, "vote", "votes"),
                count(near.2.cases, "case", "cases"),
            ))
        }
        HoverPosition::Elsewhere { .. } => None,
    };
    let bound = |level: f64| {
        let stroke = Stroke::new(1.0, *c.outline);
        HLine::new("", level).stroke(stroke).style(LineStyle::dashed_dense()).allow_hover(false)
    };
    let plot = chart("α over time", HEIGHT)
        .show_grid(Vec2b::new(false, true))
        .include_y(1.0)
        .include_y(low)
        .set_margin_fraction(vec2(0.01, 0.04))
        .x_axis_formatter(whole)
        .y_axis_formatter(|mark, _| units::decimal(mark.value, 1))
        .x_axis_label("votes")
        .label_formatter(said);
    let words = words(figures, &self::values(figures));
    draw_chart(ui, &state.theme, &words, plot, |plot| {
        for level in BOUNDS {
            plot.hline(bound(level));
        }
        plot.line(Line::new("α", points).stroke(Stroke::new(1.5, *c.accent)));
    });
    let text = "Dashed: 0.667, from which a tentative conclusion can be drawn, and 0.8.";
    let font = fonts::body(state.theme.size.small);
    ui.add(egui::Label::new(RichText::new(text).font(font).color(*c.muted)).wrap());
}

/// Every moment as a table.
pub(super) fn csv(figures: &Figures) -> String {
    let mut rows = String::from("cases,votes,at,alpha_ordinal,alpha_nominal\n");
    let number = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    for point in &figures.course {
        let at = point.at_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        let at = at.map(|at| at.to_string()).unwrap_or_default();
        let (ordinal, nominal) = (number(point.ordinal), number(point.nominal));
        // Writing to a string cannot fail.
        let _ = writeln!(rows, "{},{},{at},{ordinal},{nominal}", point.cases, point.votes);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_is_a_line_of_the_table() {
        let project = project::Project::new();
        let mut figures = Figures::of(&project, 1, &crate::review::Moment::default());
        let point =
            |votes, alpha| CoursePoint { cases: 1, votes, at_ms: Some(0), nominal: None, ordinal: alpha };
        figures.course = vec![point(3, None), point(6, Some(0.5))];
        let table = csv(&figures);
        assert_eq!(
            table,
            "cases,votes,at,alpha_ordinal,alpha_nominal\n1,3,1970-01-01T00:00:00Z,,\n1,6,1970-01-01T00:00:00Z,0.5,\n"
        );
    }
}
