//! All that is asked about each region, in one flat table: a million rows are gone through in milliseconds.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use geo::{CoordsIter as _, Geometry};
use project::review::ReviewState;
use project::{Author, ClassCode, Edit, GeometrySource, History, Label, LayerId, Project, Region, RegionId};
use rayon::prelude::*;

use crate::ground::Ground;

/// What a row does not have, where a number stands for something.
pub(crate) const NONE: u32 = u32::MAX;

/// The names of shapes, by their place in [`Row::shape`].
pub(crate) const SHAPES: [&str; 6] = ["point", "points", "line", "lines", "polygon", "polygons"];

/// Which facts cost more than looking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Areas and lengths on the ground.
    pub measures: bool,
    /// When each region or its labels last changed: [`Facts::with_edits`].
    pub edits: bool,
}

impl Needs {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { measures: self.measures || other.measures, edits: self.edits || other.edits }
    }
}

/// The facts of one region.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: RegionId,
    pub region: Arc<Region>,
    /// The label that counts before review.
    pub label: Option<Arc<Label>>,
    /// The newest prediction.
    pub prediction: Option<Arc<Label>>,
    /// m² on the ground, px² without a CRS; NaN where it is not known.
    pub area_m2: f64,
    /// m on the ground, px without a CRS; NaN where it is not known.
    pub perimeter_m: f64,
    /// 0 to 1.
    pub disagreement: f64,
    pub state: ReviewState,
    pub(crate) confidence: f64,
    pub(crate) predicted_confidence: f64,
    /// Places among [`Facts`]' classes, people, sources and layers; [`NONE`] where there is none.
    pub(crate) class: u32,
    pub(crate) predicted: u32,
    pub(crate) author: u32,
    pub(crate) source: u32,
    pub(crate) layer: u32,
    pub(crate) labels: u32,
    pub(crate) votes: u32,
    pub(crate) shape: u8,
}

/// The facts of every region of a project as it was at one moment, in the order of identities.
#[derive(Clone, Debug)]
pub struct Facts {
    pub(crate) project: Project,
    pub(crate) rows: Vec<Row>,
    pub(crate) names: Names,
    pub(crate) edited: Option<Arc<HashMap<RegionId, i64>>>,
    needs: Needs,
}

/// What the numbers in rows stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) classes: Vec<ClassCode>,
    pub(crate) people: Vec<Author>,
    pub(crate) sources: Vec<GeometrySource>,
    pub(crate) layers: Vec<LayerId>,
    class_of: HashMap<ClassCode, u32>,
    person_of: HashMap<Author, u32>,
    source_of: HashMap<GeometrySource, u32>,
    layer_of: HashMap<LayerId, u32>,
}

fn place<K: Clone + Eq + std::hash::Hash>(of: &mut HashMap<K, u32>, all: &mut Vec<K>, key: &K) {
    if !of.contains_key(key) {
        of.insert(key.clone(), all.len() as u32);
        all.push(key.clone());
    }
}

impl Names {
    fn of(project: &Project) -> Self {
        let mut names = Self::default();
        for class in project.schema().iter().flat_map(|schema| &schema.classes) {
            place(&mut names.class_of, &mut names.classes, &class.code);
        }
        for id in project.layers().keys() {
            place(&mut names.layer_of, &mut names.layers, id);
        }
        for label in project.labels().values() {
            place(&mut names.person_of, &mut names.people, &label.author);
        }
        for region in project.regions().values() {
            place(&mut names.source_of, &mut names.sources, &region.source);
        }
        names
    }

    /// Learns what a changed region may have brought.
    fn learn(&mut self, project: &Project, id: RegionId) {
        for (_, label) in project.all_labels_of(id) {
            place(&mut self.person_of, &mut self.people, &label.author);
        }
        if let Some(region) = project.region(id) {
            place(&mut self.source_of, &mut self.sources, &region.source);
        }
    }
}

impl Facts {
    /// Looks at every region, on every processor.
    pub fn of(project: &Project, needs: Needs) -> Self {
        Self::anew(project, needs, None)
    }

    /// The same after an edit, at the cost of what changed where little did. `touched`: the regions that may be
    /// other than they were; `everything`: classes, layers or settings may be too.
    #[must_use]
    pub fn follow(&self, project: &Project, needs: Needs, touched: &[RegionId], everything: bool) -> Self {
        let needs = self.needs.and(needs);
        if everything || needs != self.needs || touched.len() > 1_000 {
            return Self::anew(project, needs, Some(self));
        }
        let mut next = Self { project: project.clone(), ..self.clone() };
        let mut ground = Ground::new(project.crs());
        for id in touched {
            next.names.learn(project, *id);
            let place = next.rows.binary_search_by(|row| row.id.cmp(id));
            match (project.region(*id), place) {
                (Some(region), Ok(at)) => {
                    let row = next.row(*id, region, Some((&mut ground, Some(&self.rows[at]))));
                    next.rows[at] = row;
                }
                (None, Err(_)) => {}
                // Places change: everything is put in order anew, and nothing measured twice.
                _ => return Self::anew(project, needs, Some(self)),
            }
        }
        next
    }

    fn anew(project: &Project, needs: Needs, before: Option<&Self>) -> Self {
        let mut facts = Self {
            project: project.clone(),
            rows: Vec::new(),
            names: Names::of(project),
            edited: before.and_then(|before| before.edited.clone()),
            needs,
        };
        let same_ground = |old: &&Self| old.project.crs() == project.crs() && old.needs.measures;
        let old = before.filter(same_ground).map(|before| &before.rows);
        let all: Vec<(RegionId, &Arc<Region>)> = project.regions().iter().map(|(id, r)| (*id, r)).collect();
        let rows = all.par_iter().map_init(
            || Ground::new(project.crs()),
            |ground, (id, region)| {
                let known =
                    old.and_then(|rows| rows.binary_search_by(|row| row.id.cmp(id)).ok().map(|at| &rows[at]));
                facts.row(*id, region, needs.measures.then_some((ground, known)))
            },
        );
        facts.rows = rows.collect();
        facts
    }

    /// `measure`: how to measure, and the row as it was; without it areas and lengths stay unknown.
    fn row(&self, id: RegionId, region: &Arc<Region>, measure: Option<(&mut Ground, Option<&Row>)>) -> Row {
        let project = &self.project;
        let label = project.label_of(id).map(|(_, label)| Arc::clone(label));
        let prediction = project.prediction_of(id).map(|(_, label)| Arc::clone(label));
        let outcome = project.outcome(id);
        let (area_m2, perimeter_m) = match measure.filter(|_| self.needs.measures) {
            Some((_, Some(old))) if Arc::ptr_eq(&old.region, region) => (old.area_m2, old.perimeter_m),
            Some((ground, _)) => ground.measure(&region.geometry),
            None => (f64::NAN, f64::NAN),
        };
        let class = |code: &ClassCode| self.names.class_of.get(code).copied();
        let sure = |label: &Option<Arc<Label>>| label.as_ref().and_then(|l| l.confidence).unwrap_or(f64::NAN);
        Row {
            id,
            area_m2,
            perimeter_m,
            disagreement: outcome.disagreement,
            state: outcome.state,
            confidence: sure(&label),
            predicted_confidence: sure(&prediction),
            class: outcome.class.as_ref().and_then(class).unwrap_or(NONE),
            predicted: prediction.as_ref().and_then(|l| class(&l.class)).unwrap_or(NONE),
            author: label.as_ref().and_then(|l| self.names.person_of.get(&l.author).copied()).unwrap_or(NONE),
            source: self.names.source_of.get(&region.source).copied().unwrap_or(NONE),
            layer: region.layer.and_then(|l| self.names.layer_of.get(&l).copied()).unwrap_or(NONE),
            labels: project.labels_of(id).count() as u32,
            votes: project.votes_on(id).count() as u32,
            shape: shape(&region.geometry),
            label,
            prediction,
            region: Arc::clone(region),
        }
    }

    /// With when each region or its labels last changed: [`edited_at`].
    #[must_use]
    pub fn with_edits(mut self, edited: Arc<HashMap<RegionId, i64>>) -> Self {
        self.edited = Some(edited);
        self
    }

    /// When each region or its labels last changed, where that is known.
    pub fn edits(&self) -> Option<&Arc<HashMap<RegionId, i64>>> {
        self.edited.as_ref()
    }

    /// The project that the rows are of.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Every row, in the order of identities.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What is known about the rows.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// The place of a region among the rows.
    pub fn place(&self, id: RegionId) -> Option<usize> {
        self.rows.binary_search_by(|row| row.id.cmp(&id)).ok()
    }

    /// What a row counts as: what review settled, else what its label says.
    pub fn class(&self, row: &Row) -> Option<&ClassCode> {
        self.names.classes.get(row.class as usize)
    }

    /// What the newest prediction for a row says.
    pub fn predicted(&self, row: &Row) -> Option<&ClassCode> {
        self.names.classes.get(row.predicted as usize)
    }

    pub(crate) fn edited_ms(&self, row: &Row) -> f64 {
        self.edited.as_ref().and_then(|edited| edited.get(&row.id)).map_or(f64::NAN, |ms| *ms as f64)
    }
}

/// Unix milliseconds of the newest entry of the journal about each region.
pub fn edited_at(history: &History) -> HashMap<RegionId, i64> {
    let mut edited = HashMap::new();
    take_edits(&mut edited, history.effects_from(1, history.last_seq()));
    edited
}

/// Takes in further entries of the journal, the oldest first.
pub fn take_edits<S: BuildHasher>(
    edited: &mut HashMap<RegionId, i64, S>,
    entries: impl IntoIterator<Item = (i64, Arc<Edit>)>,
) {
    for (at_ms, edit) in entries {
        edited.extend(edit.regions().into_iter().map(|id| (id, at_ms)));
    }
}

/// Unix milliseconds that an identity carries.
pub(crate) fn created_ms(id: RegionId) -> f64 {
    let bytes = id.uuid().into_bytes();
    let is_timed = bytes[6] >> 4 == 7;
    let ms = bytes[..6].iter().fold(0_u64, |ms, byte| ms << 8 | u64::from(*byte));
    if is_timed { ms as f64 } else { f64::NAN }
}

fn shape(geometry: &Geometry<f64>) -> u8 {
    match geometry {
        Geometry::Point(_) => 0,
        Geometry::MultiPoint(_) => 1,
        Geometry::Line(_) | Geometry::LineString(_) => 2,
        Geometry::MultiLineString(_) => 3,
        Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => 4,
        Geometry::MultiPolygon(_) | Geometry::GeometryCollection(_) => 5,
    }
}

/// Corners of a shape: the point that closes a ring is its first.
pub(crate) fn corners(geometry: &Geometry<f64>) -> usize {
    let rings = match geometry {
        Geometry::Polygon(p) => 1 + p.interiors().len(),
        Geometry::MultiPolygon(m) => m.iter().map(|p| 1 + p.interiors().len()).sum(),
        _ => 0,
    };
    geometry.coords_count().saturating_sub(rings)
}
