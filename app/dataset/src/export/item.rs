//! Which regions are asked for, and what they are.

use geo::Geometry;
use project::alignment::Alignment;
use project::review::ReviewState;
use project::{Class, ClassCode, Label, Project, Region, RegionId, Schema};

use super::frame::oriented;
use super::{ExportError, ExportFormat, ExportSpec, LeftOut};

/// One region to export.
#[derive(Clone)]
pub(super) struct Item<'a> {
    pub(super) id: RegionId,
    pub(super) region: &'a Region,
    /// Its shape in the project's CRS where the layer shows it, rings oriented.
    pub(super) geometry: Geometry<f64>,
    /// The layer shows it elsewhere than it is drawn.
    pub(super) moved: bool,
    /// What it is: the settled class where review has settled, else the label's.
    pub(super) class: Option<ClassCode>,
    pub(super) state: ReviewState,
    /// The label that says so; `None` where a committee said otherwise than every label.
    pub(super) label: Option<&'a Label>,
}

impl Item<'_> {
    /// The code that counts are kept by.
    pub(super) fn class_key(&self) -> &str {
        self.class.as_ref().map_or("unlabelled", ClassCode::as_str)
    }

    pub(super) fn left_out(&self, reason: impl Into<String>) -> LeftOut {
        LeftOut { region: self.id, source_id: self.region.source_id.clone(), reason: reason.into() }
    }

    /// The class in the schema.
    pub(super) fn class_in<'s>(&self, schema: &'s Schema) -> Option<&'s Class> {
        self.class.as_ref().and_then(|code| schema.class(code))
    }
}

/// The regions that the spec asks for, in the order of their ids. Only GeoJSON takes unlabelled ones.
pub(super) fn gather<'a>(
    project: &'a Project,
    spec: &ExportSpec,
    alignment: Option<&Alignment>,
) -> Result<Vec<Item<'a>>, ExportError> {
    if project.schema().is_none() {
        return Err(ExportError::NoSchema);
    }
    let mut items = Vec::new();
    let wanted = |id: &RegionId| spec.regions.as_ref().is_none_or(|regions| regions.contains(id));
    for (id, region) in project.regions().iter().filter(|(id, _)| wanted(id)) {
        let mut outcome = project.outcome(*id);
        let of_view = spec.view.map(|view| project.view_label(*id, view).map(|label| &**label));
        if let Some(of_view) = of_view {
            outcome.class = of_view.map(|label| label.class.clone());
        }
        let asked = match (spec.only_accepted, spec.format) {
            (true, _) => outcome.state.is_accepted() && outcome.class.is_some(),
            (false, ExportFormat::GeoJson) => true,
            (false, _) => outcome.class.is_some(),
        };
        if !asked {
            continue;
        }
        let says_so =
            |label: &&Label| Some(&label.class) == outcome.class.as_ref() && !label.author.is_model();
        let current = project.label_of(*id).map(|(_, label)| &**label).filter(says_so);
        let label =
            current.or_else(|| project.labels_of(*id).map(|(_, label)| &**label).filter(says_so).last());
        let label = of_view.unwrap_or(label);
        let shown = alignment.and_then(|alignment| alignment.shape(region));
        items.push(Item {
            id: *id,
            region,
            moved: shown.is_some(),
            geometry: oriented(shown.as_ref().unwrap_or(&region.geometry)),
            class: outcome.class,
            state: outcome.state,
            label,
        });
    }
    if items.is_empty() {
        return Err(ExportError::Nothing {
            only_accepted: spec.only_accepted,
            condition: spec.condition.is_some(),
        });
    }
    Ok(items)
}
