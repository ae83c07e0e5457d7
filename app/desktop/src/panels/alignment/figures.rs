//! How far the regions move, in numbers.

use egui::{RichText, Ui};
use spatial::format as units;

use crate::fonts;
use crate::state::State;
use crate::widgets::value_row;

/// Pixels, and centimetres or metres where they are known.
pub(super) fn length(px: Option<f64>, metres: Option<f64>) -> String {
    match (px, metres) {
        (Some(px), Some(m)) if m < 10.0 => {
            format!("{}\u{a0}px  {}\u{a0}cm", units::decimal(px, 1), units::decimal(m * 100.0, 0))
        }
        (Some(px), Some(m)) => format!("{}\u{a0}px  {}", units::decimal(px, 1), units::length(m)),
        (Some(px), None) => format!("{}\u{a0}px", units::decimal(px, 1)),
        (None, _) => "–".to_owned(),
    }
}

pub(super) fn show(ui: &mut Ui, state: &State) {
    let Some(figures) = &state.alignment.figures else { return };
    let (report, numbers) = (&figures.report, &figures.report.summary);
    let number = |v: Option<f64>, decimals| v.map_or("–".to_owned(), |v| units::decimal(v, decimals));
    ui.add_space(6.0);
    let title = RichText::new("Moved regions").font(fonts::medium(state.theme.size.small));
    ui.label(title.color(*state.theme.color.muted));
    ui.spacing_mut().item_spacing.y = 0.0;
    let still = match report.unmoved {
        0 => units::count(numbers.count as u64),
        n => format!("{}, {} left as drawn", units::count(numbers.count as u64), units::count(n as u64)),
    };
    value_row(ui, "Regions", &still, true)
        .on_hover_text("Regions that were drawn on the image itself never move");
    value_row(ui, "Mean", &length(numbers.mean_px, report.mean_m), true);
    let quantile = |share: f64| numbers.quantiles.iter().find(|q| q.share == share).map(|q| q.px);
    let spread = format!("{} to {}\u{a0}px", number(quantile(0.1), 1), number(quantile(0.9), 1));
    value_row(ui, "Eight in ten", &spread, true);
    value_row(ui, "Shared with as drawn", &number(numbers.mean_iou, 2), true)
        .on_hover_text("Intersection over union of each shape before and after, on the mean");
    value_row(ui, "Variation of distance", &number(numbers.coefficient_of_variation, 2), true)
        .on_hover_text("Coefficient of variation: standard deviation over mean. 0 where all move as far");
    value_row(ui, "Variance of direction", &number(numbers.circular_variance, 2), true)
        .on_hover_text("Circular variance: 0 where all move one way, 1 where they go all ways");
    value_row(ui, "Direction and distance", &number(numbers.spearman, 2), true)
        .on_hover_text("Spearman’s rank correlation between the angle and the length of the moves");
}
