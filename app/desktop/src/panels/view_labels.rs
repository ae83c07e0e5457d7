//! What each view of the selected region is said to show, side by side.

use egui::{RichText, Ui};
use project::{Project, RegionId};
use spatial::format as units;

use super::region::class_name;
use crate::fonts;
use crate::map::dates;
use crate::state::State;
use crate::widgets::value_row;

pub(super) fn show(ui: &mut Ui, state: &State, project: &Project, region: RegionId) {
    let labels = project.view_labels(region);
    if labels.is_empty() && !project.settings().label_each_view {
        return;
    }
    ui.add_space(6.0);
    let title = RichText::new("What each view shows").font(fonts::medium(state.theme.size.small));
    ui.label(title.color(*state.theme.color.muted));
    for (id, layer) in state.layers_top_first() {
        let taken = state.aids.dates.iter().find(|(layer, _)| *layer == id);
        let day = taken.map(|(_, day)| format!("  {}", dates::text(*day))).unwrap_or_default();
        let text = match labels.get(&id) {
            Some(label) => format!("{} · {}", class_name(project, label.class.as_str()), label.author),
            None => "not labelled".to_owned(),
        };
        value_row(ui, &format!("{}{day}", layer.name), &text, false);
    }
    if let Some(views) = project.view_disagreement(region) {
        let distance =
            views.rank_distance.map(|d| format!(", {} apart", units::decimal(d, 1))).unwrap_or_default();
        let text = format!(
            "{} of {} pairs ({}){distance}",
            views.differing,
            views.pairs,
            units::percent(views.share())
        );
        value_row(ui, "Views differ", &text, true)
            .on_hover_text("Pairs of views whose labels differ, and how far on the scale on average");
    }
}
