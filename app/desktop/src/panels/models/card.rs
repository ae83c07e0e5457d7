//! What is known of a model: what it learnt from, what was held out, and how it did.

use egui::Ui;
use learning::{Kind, Manifest};
use spatial::format as units;

use super::heading;
use crate::format::count;
use crate::models::Found;
use crate::state::State;
use crate::widgets::value_row;

pub(super) fn show(ui: &mut Ui, state: &State, found: &Found) {
    heading(ui, state, "Card");
    let rows = if found.is_own() { own_rows(found) } else { rows(&found.manifest) };
    for (name, value, mono) in rows {
        value_row(ui, name, &value, mono);
    }
}

/// `0.71 (0.62 – 0.79)`.
pub(super) fn with_interval(value: f64, interval: Option<[f64; 2]>) -> String {
    let value = units::decimal(value, 2);
    interval.map_or_else(
        || value.clone(),
        |[low, high]| format!("{value} ({} – {})", units::decimal(low, 2), units::decimal(high, 2)),
    )
}

/// What is known of an ONNX model of the user's own: what its file says.
fn own_rows(found: &Found) -> Vec<(&'static str, String, bool)> {
    let manifest = &found.manifest;
    let classes: Vec<&str> =
        manifest.classes.iter().map(|class| if class.is_empty() { "(background)" } else { class }).collect();
    let seen = manifest.metres_per_px.map_or_else(|| "no scale".to_owned(), units::resolution);
    vec![
        ("Says", "a class for each pixel".to_owned(), false),
        ("Classes", classes.join(", "), false),
        ("Takes", count(manifest.bands.len(), "band", "bands"), true),
        ("Tiles", format!("{} px", manifest.chip_px), true),
        ("Looks at", seen, true),
        ("Runs in", "ONNX Runtime".to_owned(), false),
        ("Signs as", format!("model:{}", manifest.id), true),
        ("File", found.folder.display().to_string(), false),
        ("SHA-256", manifest.sha256.clone(), true),
    ]
}

fn rows(manifest: &Manifest) -> Vec<(&'static str, String, bool)> {
    let (scores, training) = (&manifest.scores, &manifest.training);
    let intervals = scores.intervals.as_ref();
    let kind =
        if manifest.kind == Kind::Regions { "a class for each region" } else { "a class for each pixel" };
    let query = if training.query.is_empty() { "all that are labelled" } else { &training.query };
    let metres = |m: f64| units::resolution(m);
    let seen = manifest.metres_per_px.map_or_else(|| "no scale".to_owned(), metres);
    let at = jiff::Timestamp::from_millisecond(training.at_ms).ok();
    let at = at.map(|at| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string());
    let mut rows = vec![
        ("Says", kind.to_owned(), false),
        ("Macro F1", with_interval(scores.macro_f1, intervals.map(|i| i.macro_f1)), true),
        ("Mean IoU", with_interval(scores.mean_iou, intervals.map(|i| i.mean_iou)), true),
        (
            "Accuracy",
            format!(
                "{}, commonest class {}",
                units::decimal(scores.accuracy, 2),
                units::decimal(scores.majority, 2)
            ),
            true,
        ),
        (
            "Learnt from",
            format!("{} on {}", count(training.regions, "region", "regions"), training.layers.join(", ")),
            false,
        ),
        ("Which", query.to_owned(), false),
        (
            "Held out",
            format!("{}: {}", count(training.held_out_regions, "region", "regions"), training.split),
            false,
        ),
        ("Looks at", seen, true),
    ];
    if let Some([fine, coarse]) = training.gsd_m {
        let range =
            if fine == coarse { metres(fine) } else { format!("{} to {}", metres(fine), metres(coarse)) };
        rows.push(("Imagery", range, true));
    }
    rows.extend([
        ("Epochs", format!("{}, the best {}", training.epochs, training.best_epoch), true),
        ("Seed", training.seed.to_string(), true),
        ("Project", training.project.clone(), false),
        ("Journal entry", units::count(training.journal_seq), true),
        ("Device", training.device.clone(), false),
        ("Taught", at.unwrap_or_default(), true),
        ("Signs as", format!("model:{}", manifest.id), true),
        ("SHA-256", manifest.sha256.clone(), true),
    ]);
    rows.retain(|(_, value, _)| !value.is_empty());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_told_with_how_far_it_can_be_trusted() {
        assert_eq!(with_interval(0.712, Some([0.62, 0.794])), "0.71 (0.62 – 0.79)");
        assert_eq!(with_interval(0.712, None), "0.71");
    }
}
