//! What a model says, as an edit of the project: predictions of `model:<id>`, which never touch a person's label.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use geo::{Geometry, MapCoords as _};
use learning::outlines::Patch;
use learning::{Manifest, Verdict};
use project::alignment::Alignment;
use project::{
    Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, LabelId, LayerId, Project, Region,
    RegionId, shares_in_words,
};

/// Predictions that are ready to be applied.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// None where nothing changes.
    pub edit: Option<Edit>,
    /// How many regions get a prediction, by class.
    pub by_class: BTreeMap<String, usize>,
}

/// The author of a model's predictions.
pub fn author_of(manifest: &Manifest) -> Author {
    Author::new(&format!("model:{}", manifest.id))
}

/// Who says it, when, under which classes.
struct Pen<'a> {
    project: &'a Project,
    author: Author,
    at_ms: i64,
}

impl Pen<'_> {
    fn label(&self, region: RegionId, class: &str, confidence: f64, note: String) -> Label {
        Label {
            region,
            class: ClassCode::new(class),
            author: self.author.clone(),
            confidence: Some(confidence.clamp(0.0, 1.0)),
            note,
            seconds: None,
            at_ms: Some(self.at_ms),
            replies_to: Vec::new(),
            layer: None,
            schema_version: self.project.schema_version(),
        }
    }
}

/// Verdicts on regions of the project as labels of the model's; those that it gave before are replaced.
pub fn proposed_verdicts(
    project: &Project,
    manifest: &Manifest,
    verdicts: &BTreeMap<RegionId, Verdict>,
    ids: &mut IdSource,
    at_ms: i64,
) -> Proposal {
    let pen = Pen { project, author: author_of(manifest), at_ms };
    let (mut edits, mut by_class) = (Vec::new(), BTreeMap::new());
    for (region, verdict) in verdicts.iter().filter(|(id, _)| project.region(**id).is_some()) {
        let p = &verdict.probabilities;
        let best = (1..p.len()).fold(0, |best, c| if p[c] > p[best] { c } else { best });
        let class = &manifest.classes[best];
        *by_class.entry(class.clone()).or_insert(0) += 1;
        let told = shares_in_words(manifest.classes.iter().map(String::as_str).zip(p.iter().copied()));
        let after = pen.label(*region, class, p[best], told);
        let held: Option<(LabelId, &Arc<Label>)> = project.label_by(*region, &pen.author);
        edits.push(match held {
            Some((id, before)) => Edit::Label(Change::replace(id, Arc::clone(before), after)),
            None => Edit::Label(Change::create(ids.label(), after)),
        });
    }
    let title = format!("Predict {} regions by {}", edits.len(), pen.author);
    Proposal { edit: (!edits.is_empty()).then(|| Edit::batch(title, edits)), by_class }
}

/// Where a model was asked: a layer, how many of its pixels one of the grid spans, and columns and rows of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub layer: LayerId,
    pub scale: f64,
    pub columns: Range<usize>,
    pub rows: Range<usize>,
}

/// Outlines in pixels of the grid as regions with a prediction each. Regions that this model proposed before there (by their
/// middle) go, unless somebody did something with them: labelled them, gave them attributes, voted on them, related them.
pub fn proposed_regions(
    project: &Project,
    manifest: &Manifest,
    asked: &Asked,
    patches: Vec<Patch>,
    ids: &mut IdSource,
    at_ms: i64,
) -> Proposal {
    let pen = Pen { project, author: author_of(manifest), at_ms };
    let (layer, scale) = (asked.layer, asked.scale);
    let Ok(alignment) = Alignment::of(project, layer) else {
        return Proposal { edit: None, by_class: BTreeMap::new() };
    };
    let source = GeometrySource::new(pen.author.name());
    let there = |region: &Region| {
        let middle = region.bounds().and_then(|b| alignment.image_from_world(b.center()));
        middle.is_some_and(|c| {
            let within =
                |range: &Range<usize>, c: f64| (range.start as f64..range.end as f64).contains(&(c / scale));
            region.layer == Some(layer) && within(&asked.columns, c.x) && within(&asked.rows, c.y)
        })
    };
    let mut edits = withdrawn(project, &there, &source, &pen.author);
    let mut by_class = BTreeMap::new();
    let mut regions = 0;
    for patch in patches {
        let class = &manifest.classes[usize::from(patch.class)];
        let placed = patch.area.try_map_coords(|c| alignment.world_from_image(c * scale).ok_or(()));
        let Ok(area) = placed else { continue };
        let id = ids.region();
        let region = Region {
            geometry: Geometry::Polygon(area),
            layer: Some(layer),
            source: source.clone(),
            source_id: None,
            attributes: BTreeMap::new(),
        };
        edits.push(Edit::Region(Change::create(id, Arc::new(region))));
        let label = pen.label(id, class, patch.sure, String::new());
        edits.push(Edit::Label(Change::create(ids.label(), label)));
        *by_class.entry(class.clone()).or_insert(0) += 1;
        regions += 1;
    }
    let title = format!("Predict {regions} regions by {}", pen.author);
    Proposal { edit: (!edits.is_empty()).then(|| Edit::batch(title, edits)), by_class }
}

/// The edits that take back what a model proposed there and nobody touched.
fn withdrawn(
    project: &Project,
    there: &dyn Fn(&Region) -> bool,
    source: &GeometrySource,
    author: &Author,
) -> Vec<Edit> {
    let judged: HashSet<RegionId> = project.votes_in_order().map(|vote| vote.case).collect();
    let mut edits = Vec::new();
    for (id, region) in project.regions().iter().filter(|(_, r)| r.source == *source && there(r)) {
        let labels: Vec<(LabelId, &Arc<Label>)> = project.all_labels_of(*id).collect();
        let touched = labels.iter().any(|(_, label)| label.author != *author)
            || judged.contains(id)
            || !region.attributes.is_empty()
            || project.relation_count(*id) > 0;
        if touched {
            continue;
        }
        edits.extend(labels.into_iter().map(|(l, label)| Edit::Label(Change::delete(l, Arc::clone(label)))));
        edits.push(Edit::Region(Change::delete(*id, Arc::clone(region))));
    }
    edits
}
