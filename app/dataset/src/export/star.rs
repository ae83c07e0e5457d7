//! A scene graph of the image in the manner of STAR: `<file name of the image>.star.json` with turned boxes
//! (`objects`) and triplets (`relationships`: place of the subject, place of the object, number of the predicate).
//!
//! Labels and predicates are numbered by their place in the schema, from 1, and objects by their place in the list,
//! from 0. Corners are pixels of the image, clockwise.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

use project::{AttributeValue, RegionId, RelationId, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::folder::Staging;
use super::{ExportError, Job, Outcome, Progress, oriented, relations};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Object {
    label: usize,
    obb: [f64; 8],
    region_id: RegionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_id: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, AttributeValue>,
}

/// What is read back.
#[derive(Deserialize)]
struct Document {
    objects: Vec<Object>,
    relationships: Vec<[usize; 3]>,
}

pub(super) fn write(
    job: &Job<'_>,
    staging: &mut Staging,
    progress: &mut Progress<'_>,
) -> Result<Outcome, ExportError> {
    super::step(progress, 0, 1)?;
    let schema = job.project.schema().ok_or(ExportError::NoSchema)?;
    let labels: BTreeMap<&str, usize> =
        schema.classes.iter().enumerate().map(|(at, class)| (class.code.as_str(), at + 1)).collect();
    let mut outcome = Outcome::default();
    let mut objects = Vec::new();
    for item in job.items {
        let label = item.class.as_ref().and_then(|code| labels.get(code.as_str()).copied());
        match (oriented::corners(job, item), label) {
            (Ok(corners), Some(label)) => objects.push(Object {
                label,
                obb: oriented::flat(&corners),
                region_id: item.id,
                source_id: item.region.source_id.clone(),
                attributes: item.region.attributes.clone(),
            }),
            (Err(reason), _) => outcome.left_out.push(item.left_out(reason)),
            (_, None) => outcome.left_out.push(item.left_out("has no class of the schema")),
        }
    }
    let place: BTreeMap<RegionId, usize> =
        objects.iter().enumerate().map(|(at, object)| (object.region_id, at)).collect();
    let numbers = relations::numbers(schema);
    let mut triplets: Vec<([usize; 3], RelationId)> = Vec::new();
    for (id, relation) in &job.relations {
        let ends = place.get(&relation.from).zip(place.get(&relation.to));
        if let Some(((from, to), number)) = ends.zip(numbers.get(&relation.predicate)) {
            triplets.push(([*from, *to, *number], *id));
        }
    }
    triplets.sort_unstable();
    let name = format!("{}.star.json", job.frame.file_name());
    let path = staging.write(&name, objects.len(), |out| {
        writeln!(out, "{{\n\"image\": {},", image(job))?;
        let [labels, predicates] = names(schema);
        writeln!(out, "\"idx_to_label\": {labels},\n\"idx_to_predicate\": {predicates},\n\"objects\": [")?;
        super::lines(out, &objects)?;
        out.write_all(b"],\n\"relationships\": [\n")?;
        super::lines(out, &triplets.iter().map(|(triplet, _)| triplet).collect::<Vec<_>>())?;
        out.write_all(b"]\n}\n")
    })?;
    outcome.regions = read_back(&path, &objects, &triplets)?;
    outcome.relations = Some(triplets.into_iter().map(|(_, id)| id).collect());
    Ok(outcome)
}

fn image(job: &Job<'_>) -> Value {
    let layer = job.frame.layer;
    json!({"file_name": job.frame.file_name(), "width": layer.width, "height": layer.height})
}

/// Names by number, in the order of numbers.
fn names(schema: &Schema) -> [String; 2] {
    let list = |names: Vec<&str>| {
        let entries: Vec<String> = names
            .into_iter()
            .enumerate()
            .map(|(at, name)| format!("\"{}\": {}", at + 1, json!(name)))
            .collect();
        format!("{{{}}}", entries.join(", "))
    };
    [
        list(schema.classes.iter().map(|class| class.code.as_str()).collect()),
        list(schema.relations.iter().map(|predicate| predicate.code.as_str()).collect()),
    ]
}

fn read_back(
    path: &Path,
    objects: &[Object],
    triplets: &[([usize; 3], RelationId)],
) -> Result<BTreeSet<RegionId>, ExportError> {
    let mismatch = |what: &str| ExportError::Mismatch(format!("the scene graph: {what}"));
    let bytes = std::fs::read(path).map_err(ExportError::io(path))?;
    let read: Document =
        serde_json::from_slice(&bytes).map_err(|e| mismatch(&format!("it cannot be read back ({e})")))?;
    if read.objects != objects {
        return Err(mismatch("it holds other objects than were written"));
    }
    if !read.relationships.iter().eq(triplets.iter().map(|(triplet, _)| triplet)) {
        return Err(mismatch("it holds other relations than were written"));
    }
    Ok(read.objects.iter().map(|object| object.region_id).collect())
}
