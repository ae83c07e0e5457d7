//! The plan of one import of shapes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use geo::{Area as _, BoundingRect as _, Geometry, Intersects as _, MultiPolygon};
use project::{
    AttributeValue, Author, Change, Edit, Feature, GeometrySource, IdSource, Project, Region, RegionId,
};

use super::class::{Classifier, number, text};
use super::label::{Labels, Opinion};
use super::place::{Misplaced, Placer};
use super::relations::{self, Relations, Said};
use super::{ImportAs, ImportOptions, ImportPlan, Rejected, shape};
use crate::DatasetError;

/// Plans the import of neutral features: what the one edit would be, and what is left out and why.
pub fn plan_import(
    project: &Project,
    features: Vec<Feature>,
    options: &ImportOptions,
    ids: &mut IdSource,
) -> Result<ImportPlan, DatasetError> {
    let mut planner = Planner::new(project, options, &features)?;
    for feature in features {
        planner.feature(feature, ids)?;
    }
    planner.finish(ids)
}

struct Planner<'a> {
    project: &'a Project,
    options: &'a ImportOptions,
    placer: Placer<'a>,
    classifier: Option<Classifier<'a>>,
    by_source_id: HashMap<&'a str, Vec<RegionId>>,
    regions: Vec<Edit>,
    labels: Labels<'a>,
    relations: Relations,
    accepted: usize,
    rejected: Vec<Rejected>,
    not_lon_lat: Option<geo::Coord<f64>>,
    tally: Tally,
}

/// What the warnings count.
#[derive(Default)]
struct Tally {
    unlabelled: usize,
    repaired: usize,
    joined: usize,
    bad_confidence: usize,
}

/// A shape that passed, in the project's CRS.
struct Candidate {
    geometry: Option<Geometry<f64>>,
    source_id: Option<String>,
    source: Option<String>,
    properties: BTreeMap<String, AttributeValue>,
    /// The id by which other shapes of the file name it.
    file_id: Option<String>,
    said: Vec<Said>,
}

impl<'a> Planner<'a> {
    fn new(
        project: &'a Project,
        options: &'a ImportOptions,
        features: &[Feature],
    ) -> Result<Self, DatasetError> {
        let classifier = match options.kind {
            ImportAs::Regions => None,
            ImportAs::Labels | ImportAs::Predictions => {
                let schema = project.schema().ok_or(DatasetError::NoSchema)?;
                Some(Classifier::new(schema, &options.class_map, options.class_field.as_deref(), features)?)
            }
        };
        let anonymous = |f: &Feature| !f.properties.contains_key("author");
        if options.kind != ImportAs::Regions
            && options.author.as_ref().is_none_or(|a| a.name().is_empty())
            && (options.kind == ImportAs::Predictions || features.iter().all(anonymous))
        {
            return Err(DatasetError::NoAuthor);
        }
        let mut by_source_id: HashMap<&str, Vec<RegionId>> = HashMap::new();
        for (id, region) in project.regions() {
            if let Some(source_id) = &region.source_id {
                by_source_id.entry(source_id).or_default().push(*id);
            }
        }
        Ok(Self {
            project,
            options,
            placer: Placer::new(project, options)?,
            classifier,
            by_source_id,
            regions: Vec::new(),
            labels: Labels::new(project),
            relations: Relations::default(),
            accepted: 0,
            rejected: Vec::new(),
            not_lon_lat: None,
            tally: Tally::default(),
        })
    }

    /// A collection becomes one region per member, with `/1`, `/2` … behind its id.
    fn feature(&mut self, mut feature: Feature, ids: &mut IdSource) -> Result<(), DatasetError> {
        let members = match feature.geometry.take() {
            Some(Geometry::GeometryCollection(members)) => members.0,
            other => {
                feature.geometry = other;
                return self.part(feature, ids);
            }
        };
        if members.is_empty() {
            self.rejected.push(Rejected::shape(feature.index, "its geometry collection is empty"));
        }
        for (i, member) in members.into_iter().enumerate() {
            let id = feature.id.as_ref().map(|id| format!("{id}/{}", i + 1));
            if matches!(member, Geometry::GeometryCollection(_)) {
                self.rejected.push(Rejected::shape(feature.index, "it has a collection within a collection"));
                continue;
            }
            self.part(Feature { id, geometry: Some(member), ..feature.clone() }, ids)?;
        }
        Ok(())
    }

    fn part(&mut self, feature: Feature, ids: &mut IdSource) -> Result<(), DatasetError> {
        let index = feature.index;
        let taken = self.candidate(feature).and_then(|c| self.take(c, ids).map_err(Misplaced::Reason));
        match taken {
            Ok(()) => self.accepted += 1,
            Err(Misplaced::File(error)) => return Err(error),
            Err(Misplaced::Reason(reason)) => self.rejected.push(Rejected::shape(index, reason)),
            Err(Misplaced::NotLonLat(c)) => {
                let reason = DatasetError::NotLonLat { x: c.x, y: c.y }.to_string();
                self.rejected.push(Rejected::shape(index, reason));
                self.not_lon_lat.get_or_insert(c);
            }
        }
        Ok(())
    }

    fn candidate(&mut self, feature: Feature) -> Result<Candidate, Misplaced> {
        let Feature { id, geometry, space, image_geometry, mut properties, .. } = feature;
        let said = relations::take(&mut properties);
        let file_id = properties.get("id").and_then(text).or_else(|| id.clone());
        let source = properties.get("source").and_then(text).filter(|s| !s.is_empty());
        let geometry = match geometry {
            None => None,
            Some(shape) => {
                let sound = self.sound(shape).map_err(Misplaced::Reason)?;
                let placed = self.placer.place(&sound, &space)?;
                if let Some(image) = &image_geometry {
                    self.placer.compare(&placed, image);
                }
                Some(placed)
            }
        };
        Ok(Candidate { geometry, source_id: id, source, properties, file_id, said })
    }

    fn sound(&mut self, geometry: Geometry<f64>) -> Result<Geometry<f64>, String> {
        match shape::check(&geometry) {
            Ok(()) => Ok(geometry),
            Err(fault) if self.options.repair && fault != shape::Fault::TooTangled => {
                self.tally.repaired += 1;
                shape::repaired(&geometry).ok_or_else(|| fault.reason())
            }
            Err(fault) => Err(fault.reason()),
        }
    }

    fn take(&mut self, mut candidate: Candidate, ids: &mut IdSource) -> Result<(), String> {
        let (file_id, said) = (candidate.file_id.take(), std::mem::take(&mut candidate.said));
        if self.options.kind == ImportAs::Regions {
            let twin = self.twin(&candidate);
            let region = match twin {
                Some(region) => region,
                None => self.create(candidate, ids)?,
            };
            self.relations.note(file_id, region, said);
            return if twin.is_some() { Err("the project has this shape already".into()) } else { Ok(()) };
        }
        let opinion = self.opinion(&candidate.properties)?;
        let region = match self.existing(&candidate) {
            Some(region) => {
                self.tally.joined += 1;
                region
            }
            None => self.create(candidate, ids)?,
        };
        self.relations.note(file_id, region, said);
        let Some(opinion) = opinion else {
            self.tally.unlabelled += 1;
            return Ok(());
        };
        self.labels.take(region, opinion, ids)
    }

    fn create(&mut self, candidate: Candidate, ids: &mut IdSource) -> Result<RegionId, String> {
        let Candidate { geometry, source_id, source, properties, .. } = candidate;
        let geometry = geometry.ok_or("it has no shape, and no region has its id")?;
        let source = source.or_else(|| self.options.source.clone()).unwrap_or_else(|| "imported".into());
        let region = Region {
            geometry,
            layer: self.options.layer,
            source: GeometrySource::new(&source),
            source_id,
            attributes: attributes(properties),
        };
        let id = ids.region();
        self.regions.push(Edit::Region(Change::create(id, Arc::new(region))));
        Ok(id)
    }

    /// The region that has the same shape, or the same id from the same source.
    fn twin(&self, candidate: &Candidate) -> Option<RegionId> {
        let source = candidate.source.as_ref().or(self.options.source.as_ref());
        let same_source = |id: &&RegionId| {
            self.project.region(**id).is_some_and(|r| Some(&*r.source.0) == source.map(String::as_str))
        };
        let by_id = candidate.source_id.as_deref().and_then(|id| self.by_source_id.get(id));
        let by_id = by_id.and_then(|ids| ids.iter().find(same_source));
        by_id.copied().or_else(|| self.same_shape(candidate.geometry.as_ref()?))
    }

    fn same_shape(&self, geometry: &Geometry<f64>) -> Option<RegionId> {
        let near = self.project.regions_in(geometry.bounding_rect()?);
        near.filter(|(_, r)| &r.geometry == geometry).map(|(id, _)| id).min()
    }

    /// The region that a label is about, if the project has it.
    fn existing(&self, candidate: &Candidate) -> Option<RegionId> {
        if let Some(id) = candidate.source_id.as_deref().and_then(|id| self.by_id(id, candidate)) {
            return Some(id);
        }
        let geometry = candidate.geometry.as_ref()?;
        self.same_shape(geometry).or_else(|| self.most_overlapping(geometry))
    }

    /// An id counts only where the shapes touch, for files number their shapes from 1.
    fn by_id(&self, id: &str, candidate: &Candidate) -> Option<RegionId> {
        let touches = |region: &RegionId| match (&candidate.geometry, self.project.region(*region)) {
            (Some(shape), Some(region)) => region.geometry.intersects(shape),
            (None, region) => region.is_some(),
            (Some(_), None) => false,
        };
        let unique = |id: &str| match self.by_source_id.get(id)?.as_slice() {
            [one] if touches(one) => Some(*one),
            _ => None,
        };
        // A prediction's key is `<gsdx>_<gsdy>_<ortho>_<building id>`; ids may contain `_` themselves.
        let tails = id.match_indices('_').map(|(at, _)| &id[at + 1..]);
        let keyed = || tails.filter(|_| candidate.geometry.is_none()).find_map(unique);
        unique(id).or_else(keyed).or_else(|| {
            let region: RegionId = id.parse().ok()?;
            self.project.region(region).map(|_| region).filter(touches)
        })
    }

    fn most_overlapping(&self, geometry: &Geometry<f64>) -> Option<RegionId> {
        let least = self.options.match_overlap?;
        let shape = multi(geometry)?;
        let area = shape.unsigned_area();
        let overlap = |other: &Geometry<f64>| {
            let other = multi(other)?;
            let shared = spatial::overlay::intersection(&shape, &other).unsigned_area();
            Some(shared / (area + other.unsigned_area() - shared))
        };
        let near = self.project.regions_in(geometry.bounding_rect()?);
        let scored = near.filter_map(|(id, r)| overlap(&r.geometry).map(|o| (o, id)));
        let best = scored.filter(|(o, _)| *o >= least).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        best.map(|(_, id)| id)
    }

    fn opinion(&mut self, properties: &BTreeMap<String, AttributeValue>) -> Result<Option<Opinion>, String> {
        let Some(classifier) = &self.classifier else { return Ok(None) };
        let Some(class) = classifier.class(properties)? else { return Ok(None) };
        let author = match (&self.options.author, self.options.kind) {
            (Some(name), ImportAs::Predictions) if !name.is_model() => {
                Author::new(&format!("model:{}", name.name()))
            }
            (Some(author), _) => author.clone(),
            (None, _) => Author::new(&properties.get("author").and_then(text).unwrap_or_default()),
        };
        if author.name().is_empty() {
            return Err("its label has no author".into());
        }
        let stated = ["confidence", "score"].iter().find_map(|k| properties.get(*k).and_then(number));
        let confidence = stated.filter(|c| (0.0..=1.0).contains(c));
        self.tally.bad_confidence += usize::from(stated.is_some() && confidence.is_none());
        let note = properties.get("note").and_then(text).unwrap_or_default();
        Ok(Some(Opinion {
            class,
            author,
            confidence,
            note,
            seconds: None,
            at_ms: self.options.at_ms,
            view: None,
        }))
    }

    fn finish(mut self, ids: &mut IdSource) -> Result<ImportPlan, DatasetError> {
        if let (0, Some(c)) = (self.accepted, self.not_lon_lat) {
            return Err(DatasetError::NotLonLat { x: c.x, y: c.y });
        }
        let mut warnings = self.warnings();
        let related = std::mem::take(&mut self.relations).finish(
            self.project,
            self.options.author.as_ref(),
            self.options.at_ms,
            ids,
        );
        warnings.extend(related.warnings);
        let relations = related.edits.len();
        let (regions, labels) = (self.regions.len(), self.labels.edits.len());
        let title = match (self.options.kind, &self.options.author) {
            (ImportAs::Regions, _) => format!("Import {regions} regions"),
            (ImportAs::Labels, Some(author)) => format!("Import {labels} labels by {author}"),
            (ImportAs::Labels, None) => format!("Import {labels} labels"),
            (ImportAs::Predictions, _) => format!("Import {labels} predictions"),
        };
        let edits = self.regions.into_iter().chain(self.labels.edits).chain(related.edits).collect();
        let edit = Edit::batch(title, edits);
        let (accepted, rejected) = (self.accepted, self.rejected);
        Ok(ImportPlan { edit, accepted, rejected, warnings, regions, labels, relations })
    }

    fn warnings(&self) -> Vec<String> {
        let Tally { unlabelled, repaired, joined, bad_confidence } = self.tally;
        let mut warnings = Vec::new();
        let mut warn = |count: usize, what: String| {
            if count > 0 {
                warnings.push(what);
            }
        };
        if let Some(Classifier { field: Some(field), detected: true, .. }) = &self.classifier {
            warn(1, format!("classes were read from the property `{field}`"));
        }
        warn(unlabelled, format!("{unlabelled} shapes carry no class and have no label"));
        warn(repaired, format!("{repaired} outlines were unsound and were cut at their crossings"));
        warn(joined, format!("{joined} labels went to regions that the project had already"));
        warn(self.labels.unchanged, format!("{} labels were in the project already", self.labels.unchanged));
        warn(
            bad_confidence,
            format!("{bad_confidence} confidences are not between 0 and 1 and were left out"),
        );
        let (count, px) = (self.placer.disagreeing, self.placer.disagreement_px);
        warn(
            count,
            format!(
                "{count} shapes lie elsewhere by their pixels than by their coordinates (up to {px:.1} px); the coordinates were taken"
            ),
        );
        warnings
    }
}

/// A file that Orthoscope wrote keeps the attributes apart; any other keeps them all.
fn attributes(mut properties: BTreeMap<String, AttributeValue>) -> BTreeMap<String, AttributeValue> {
    match properties.remove("attributes") {
        Some(AttributeValue::Json(serde_json::Value::Object(own))) => {
            own.into_iter().map(|(k, v)| (k, crate::read::attribute(v))).collect()
        }
        Some(other) => {
            properties.insert("attributes".into(), other);
            properties
        }
        None => properties,
    }
}

fn multi(geometry: &Geometry<f64>) -> Option<MultiPolygon<f64>> {
    match geometry {
        Geometry::Polygon(p) => Some(MultiPolygon::new(vec![p.clone()])),
        Geometry::MultiPolygon(m) => Some(m.clone()),
        _ => None,
    }
}
