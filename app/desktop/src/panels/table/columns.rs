//! Which columns the table has, and how wide they are.

use egui::{Popup, PopupCloseBehavior, ScrollArea, Ui};
use query::Column;

use crate::finder::FinderAsk;
use crate::icons;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::IconButton;

/// What is shown before anybody chooses.
const USUAL: [Column; 7] = [
    Column::Place,
    Column::Class,
    Column::Area,
    Column::Author,
    Column::Confidence,
    Column::State,
    Column::Predicted,
];

/// The columns of the table: those that were chosen, else the usual ones and the attributes of the schema.
pub fn columns(state: &State) -> Vec<Column> {
    let chosen = &state.preferences.table_columns;
    if !chosen.is_empty() {
        return chosen.iter().map(|key| Column::of(key)).collect();
    }
    let attributes = state.content().and_then(|p| p.schema()).map(|schema| &schema.attributes);
    let attributes = attributes.into_iter().flatten().map(|a| Column::Attribute(a.name.clone()));
    USUAL.into_iter().chain(attributes).collect()
}

/// What stands over a column.
pub(super) fn title(state: &State, column: &Column) -> String {
    let metric = state.content().is_none_or(|p| p.crs().is_some());
    let text = match column {
        Column::Place => "No.",
        Column::Class => "Class",
        Column::Area if metric => "Area m²",
        Column::Area => "Area px²",
        Column::Perimeter if metric => "Perimeter m",
        Column::Perimeter => "Perimeter px",
        Column::Author => "Author",
        Column::Confidence => "Confidence",
        Column::State => "Review",
        Column::Disagreement => "Disagreement",
        Column::Predicted => "Predicted",
        Column::PredictedConfidence => "Prediction sure",
        Column::LabelledAt => "Labelled",
        Column::Created => "Made",
        Column::Edited => "Edited",
        Column::Seconds => "Seconds",
        Column::Note => "Note",
        Column::Layer => "Layer",
        Column::Source => "Shape from",
        Column::SourceId => "Id in its file",
        Column::Shape => "Shape",
        Column::Corners => "Corners",
        Column::Votes => "Votes",
        Column::Relation => "Relation",
        Column::Relations => "Relations",
        Column::ViewDisagreement => "Views differ",
        Column::SchemaVersion => "Classes' version",
        Column::Doubt => "Model doubts",
        Column::Entropy => "Entropy bit",
        Column::PredictedBy => "Model",
        Column::Id => "Id",
        Column::Attribute(name) => {
            let schema = state.content().and_then(|p| p.schema());
            let known = schema.and_then(|s| s.attributes.iter().find(|a| a.name == *name));
            return known.map_or(name.as_str(), project::Attribute::title).to_owned();
        }
    };
    text.to_owned()
}

/// How wide a column is, in points.
pub(super) fn width(column: &Column) -> f32 {
    match column {
        Column::Place | Column::Votes | Column::Corners | Column::Seconds | Column::Relations => 68.0,
        Column::Area | Column::Confidence | Column::Shape | Column::Author => 92.0,
        Column::Perimeter
        | Column::Disagreement
        | Column::PredictedConfidence
        | Column::Doubt
        | Column::Entropy
        | Column::ViewDisagreement
        | Column::SchemaVersion => 108.0,
        Column::Source | Column::Layer | Column::SourceId | Column::PredictedBy | Column::Attribute(_) => {
            120.0
        }
        Column::LabelledAt | Column::Created | Column::Edited => 132.0,
        Column::Class | Column::Predicted | Column::State | Column::Relation => 156.0,
        Column::Note => 200.0,
        Column::Id => 264.0,
    }
}

/// Which columns are shown.
pub(super) fn menu(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let button = ui.add(IconButton::new(icons::MORE, "Columns").tooltip("Which columns the table has"));
    let popup = Popup::menu(&button).width(220.0).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.show(|ui| {
        let shown = columns(state);
        let known = Column::ALL.into_iter();
        let attributes = state.project.iter().filter_map(|open| open.finder.answer.as_ref());
        let attributes = attributes.flat_map(|answer| answer.vocabulary.attributes());
        let attributes: Vec<Column> =
            attributes.take(60).map(|name| Column::Attribute(name.to_owned())).collect();
        let mut chosen = shown.clone();
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for column in known.chain(attributes) {
                let mut on = chosen.contains(&column);
                if ui.checkbox(&mut on, title(state, &column)).changed() {
                    if on {
                        chosen.push(column);
                    } else {
                        chosen.retain(|other| *other != column);
                    }
                }
            }
            ui.add_space(4.0);
            if crate::widgets::menu_item(ui, "Usual columns", "", None).clicked() {
                chosen.clear();
            }
        });
        if chosen != shown {
            let key = |column: &Column| match column {
                Column::Attribute(name) => format!("attribute.{name}"),
                other => other.key().to_owned(),
            };
            out.push(Ask::Finder(FinderAsk::Columns(chosen.iter().map(key).collect())));
        }
    });
}
