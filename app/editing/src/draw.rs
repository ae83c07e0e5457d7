//! What every drawing tool ends with: a new region, labelled with the armed class.

use std::collections::BTreeMap;
use std::sync::Arc;

use geo::Geometry;
use project::{Change, Edit, GeometrySource, IdSource, Label, Region};

use crate::{Effect, Selection, ToolContext};

/// The region of a shape just drawn, in one step of undo with its label, and selected.
pub(crate) fn drawn(ctx: &ToolContext, ids: &mut IdSource, geometry: Geometry<f64>) -> Vec<Effect> {
    let id = ids.region();
    let region = Region {
        geometry,
        layer: ctx.layer.filter(|layer| ctx.project.layers().contains_key(layer)),
        source: GeometrySource::custom(),
        source_id: None,
        attributes: BTreeMap::new(),
    };
    let drawn = Edit::Region(Change::create(id, Arc::new(region)));
    let known = |code: &&project::ClassCode| ctx.project.schema().is_some_and(|s| s.class(code).is_some());
    let edit = match ctx.class.filter(known).filter(|_| !ctx.author.name().is_empty()) {
        None => drawn,
        Some(class) => {
            let label = Label {
                region: id,
                class: class.clone(),
                author: ctx.author.clone(),
                confidence: None,
                note: String::new(),
                seconds: None,
                at_ms: Some(ctx.at_ms),
                replies_to: Vec::new(),
                layer: None,
                schema_version: ctx.project.schema_version(),
            };
            let labelled = Edit::Label(Change::create(ids.label(), label));
            Edit::batch(format!("Draw “{class}”"), vec![drawn, labelled])
        }
    };
    vec![Effect::Edit(edit), Effect::Select(Selection::one(id))]
}
