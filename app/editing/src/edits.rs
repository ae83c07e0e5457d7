//! Edits that commands make of a selection.

use std::sync::Arc;

use project::{
    AttributeValue, Author, Change, ClassCode, Edit, IdSource, Label, LabelId, LayerId, Project, RegionId,
};

/// The author's label on each region: made where there is none, changed where it says another class.
/// `None` when nothing would change. `seconds` is the time that the decision took.
pub fn label_edit(
    project: &Project,
    ids: &mut IdSource,
    regions: &[RegionId],
    class: &ClassCode,
    author: &Author,
    at_ms: i64,
    seconds: Option<f64>,
) -> Option<Edit> {
    label_in(project, ids, regions, class, author, at_ms, (None, seconds))
}

/// The author's label on each region in one view, apart from that of the object as a whole.
pub fn view_label_edit(
    project: &Project,
    ids: &mut IdSource,
    regions: &[RegionId],
    class: &ClassCode,
    author: &Author,
    at_ms: i64,
    (view, seconds): (LayerId, Option<f64>),
) -> Option<Edit> {
    project.layers().get(&view)?;
    label_in(project, ids, regions, class, author, at_ms, (Some(view), seconds))
}

fn label_in(
    project: &Project,
    ids: &mut IdSource,
    regions: &[RegionId],
    class: &ClassCode,
    author: &Author,
    at_ms: i64,
    (view, seconds): (Option<LayerId>, Option<f64>),
) -> Option<Edit> {
    let edits: Vec<Edit> = regions
        .iter()
        .filter(|region| project.region(**region).is_some())
        .filter_map(|region| {
            let held = project.label_by_in(*region, author, view);
            let after = Label {
                region: *region,
                class: class.clone(),
                author: author.clone(),
                confidence: None,
                note: held.map_or_else(String::new, |(_, l)| l.note.clone()),
                seconds,
                at_ms: Some(at_ms),
                replies_to: held.map_or_else(Vec::new, |(_, l)| l.replies_to.clone()),
                layer: view,
                schema_version: project.schema_version(),
            };
            write_label(held, after, ids)
        })
        .collect();
    let title = |count| format!("Label {count} regions “{class}”");
    one_or_batch(edits, title)
}

/// The author's own label on each region that has a prediction and no label by a person: the predicted
/// class. Nobody's label is overwritten. `None` when there is nothing to accept.
pub fn accept_predictions_edit(
    project: &Project,
    ids: &mut IdSource,
    regions: &[RegionId],
    author: &Author,
    at_ms: i64,
) -> Option<Edit> {
    let edits: Vec<Edit> = regions
        .iter()
        .filter(|region| project.label_of(**region).is_none())
        .filter_map(|region| {
            let (_, prediction) = project.prediction_of(*region)?;
            let after = Label {
                author: author.clone(),
                confidence: None,
                note: String::new(),
                seconds: None,
                at_ms: Some(at_ms),
                schema_version: project.schema_version(),
                ..(**prediction).clone()
            };
            write_label(None, after, ids)
        })
        .collect();
    one_or_batch(edits, |count| format!("Accept {count} predictions"))
}

/// Takes the newest prediction off each region; a region that this model drew and nobody did anything with goes with it.
/// Labels of people stay. `None` when there is nothing to reject.
pub fn reject_predictions_edit(project: &Project, regions: &[RegionId]) -> Option<Edit> {
    let (mut edits, mut count) = (Vec::new(), 0);
    let mut seen = std::collections::HashSet::new();
    for id in regions.iter().filter(|id| seen.insert(**id)) {
        let Some((label, prediction)) = project.prediction_of(*id) else { continue };
        edits.push(Edit::Label(Change::delete(label, Arc::clone(prediction))));
        count += 1;
        let Some(region) = project.region(*id) else { continue };
        let untouched = *region.source.0 == *prediction.author.name()
            && region.attributes.is_empty()
            && project.all_labels_of(*id).count() == 1
            && project.votes_on(*id).next().is_none()
            && project.relation_count(*id) == 0;
        if untouched {
            edits.push(Edit::Region(Change::delete(*id, Arc::clone(region))));
        }
    }
    let title =
        if count == 1 { "Reject prediction".to_owned() } else { format!("Reject {count} predictions") };
    (count > 0).then(|| Edit::batch(title, edits))
}

fn write_label(held: Option<(LabelId, &Arc<Label>)>, after: Label, ids: &mut IdSource) -> Option<Edit> {
    match held {
        Some((_, before)) if before.class == after.class => None,
        Some((id, before)) => Some(Edit::Label(Change::replace(id, Arc::clone(before), after))),
        None => Some(Edit::Label(Change::create(ids.label(), after))),
    }
}

/// Gives regions the same value of an attribute, or takes it off; `None` when nothing would change.
pub fn attribute_edit(
    project: &Project,
    regions: &[RegionId],
    name: &str,
    value: Option<&AttributeValue>,
) -> Option<Edit> {
    let mut edits = Vec::new();
    for id in regions {
        let Some(before) = project.region(*id) else { continue };
        if before.attributes.get(name) == value {
            continue;
        }
        let mut after = (**before).clone();
        match value {
            Some(value) => after.attributes.insert(name.to_owned(), value.clone()),
            None => after.attributes.remove(name),
        };
        edits.push(Edit::Region(Change::replace(*id, Arc::clone(before), after)));
    }
    one_or_batch(edits, |count| format!("Set “{name}” of {count} regions"))
}

/// Takes the author's own labels off the regions; `None` when there are none.
pub fn unlabel_edit(project: &Project, regions: &[RegionId], author: &Author) -> Option<Edit> {
    let own = regions.iter().filter_map(|region| project.label_by(*region, author));
    let edits = own.map(|(id, label)| Edit::Label(Change::delete(id, Arc::clone(label)))).collect();
    one_or_batch(edits, |count| format!("Remove {count} labels"))
}

/// Deletes regions with every label on them and every relation of theirs, in one step of undo; `None` when none of them exists.
pub fn delete_edit(project: &Project, regions: &[RegionId]) -> Option<Edit> {
    let mut edits = Vec::new();
    let mut count = 0;
    let mut seen = std::collections::HashSet::new();
    let mut parted = std::collections::HashSet::new();
    for id in regions.iter().filter(|id| seen.insert(**id)) {
        let Some(region) = project.region(*id) else { continue };
        let relations = project.relations_of(*id).filter(|(relation, _)| parted.insert(*relation));
        edits.extend(relations.map(|(r, relation)| Edit::Relation(Change::delete(r, Arc::clone(relation)))));
        edits.extend(
            project.all_labels_of(*id).map(|(l, label)| Edit::Label(Change::delete(l, Arc::clone(label)))),
        );
        edits.push(Edit::Region(Change::delete(*id, region.clone())));
        count += 1;
    }
    let title = if count == 1 { "Delete region".to_owned() } else { format!("Delete {count} regions") };
    (count > 0).then(|| Edit::batch(title, edits))
}

fn one_or_batch(mut edits: Vec<Edit>, title: impl Fn(usize) -> String) -> Option<Edit> {
    match edits.len() {
        0 | 1 => edits.pop(),
        count => Some(Edit::batch(title(count), edits)),
    }
}
