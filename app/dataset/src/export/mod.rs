//! From a project to a folder that other programs read: written beside its place, read back, compared,
//! and only then moved there.

mod chips;
mod coco;
mod crasar;
mod error;
mod folder;
mod frame;
mod geojson;
mod image;
mod item;
mod keyhole;
mod manifest;
mod masks;
mod obb;
mod oriented;
mod relations;
pub(crate) mod rle;
mod scan;
mod spec;
mod split;
mod star;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use project::alignment::Alignment;
use project::{Layer, LayerId, Project, RegionId, Relation, RelationId};
use serde::Serialize;

pub use error::ExportError;
pub use manifest::{AlignmentEntry, Manifest, check_export};
pub use relations::RelationCounts;
pub use spec::{Block, Display, ExportFormat, ExportSpec};

use folder::Staging;
use frame::Frame;
use item::Item;
use manifest::SourceFile;

/// Where the imagery of layers is.
pub trait LayerSource: Sync {
    /// The file of a layer.
    fn path(&self, id: LayerId, layer: &Layer) -> PathBuf;

    /// Opens its pixels.
    fn open(&self, id: LayerId, layer: &Layer) -> Result<raster::Source, raster::OpenError> {
        raster::Source::open(&self.path(id, layer))
    }
}

/// Layers whose paths are relative to one folder (the project's) or absolute.
#[derive(Clone, Debug)]
pub struct FolderSource(pub PathBuf);

impl LayerSource for FolderSource {
    fn path(&self, _: LayerId, layer: &Layer) -> PathBuf {
        raster::located(&self.0, &layer.path)
    }
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
pub struct Written {
    /// Relative to the folder, `/` as the separator.
    pub path: String,
    /// Shapes, annotations or pixels' classes in it; 0 for files that hold none.
    pub items: usize,
    pub sha256: String,
}

/// A region that is not in the export, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct LeftOut {
    pub region: RegionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    pub reason: String,
}

/// What an export wrote.
#[derive(Clone, Debug)]
pub struct ExportReport {
    pub folder: PathBuf,
    /// Every file but the manifest.
    pub written: Vec<Written>,
    /// Regions that the spec asks for, and those that are in the export: the difference is `left_out`.
    pub regions_in: usize,
    pub regions_out: usize,
    pub left_out: Vec<LeftOut>,
    pub relations: RelationCounts,
    pub by_class: BTreeMap<String, usize>,
    pub by_split: BTreeMap<String, usize>,
    pub warnings: Vec<String>,
}

/// How far an export is: steps done and steps in all.
pub type Progress<'a> = dyn FnMut(u64, u64) -> ControlFlow<()> + 'a;

/// Writes a dataset into `folder`, which must not exist yet (or be empty). A failure leaves nothing.
pub fn export(
    project: &Project,
    sources: &dyn LayerSource,
    spec: &ExportSpec,
    folder: &Path,
) -> Result<ExportReport, ExportError> {
    export_with(project, sources, spec, folder, &mut |_, _| ControlFlow::Continue(()))
}

/// The same, telling how far it is; it stops when it is told to.
pub fn export_with(
    project: &Project,
    sources: &dyn LayerSource,
    spec: &ExportSpec,
    folder: &Path,
    progress: &mut Progress<'_>,
) -> Result<ExportReport, ExportError> {
    spec.check()?;
    if let Some(violation) = project::violations(project).into_iter().next() {
        return Err(ExportError::Unsound(violation));
    }
    let frame = Frame::new(project, spec.layer)?;
    let alignment = alignment_of(project, frame.id, spec)?;
    // CRASAR keeps shapes as drawn, and the arrows beside them.
    let applied = alignment.as_ref().filter(|_| !spec.as_drawn && spec.format != ExportFormat::Crasar);
    let items = item::gather(project, spec, applied)?;
    let mut staging = Staging::new(folder, spec.replace)?;
    let relations = relations::between(project, &items);
    let job = Job {
        project,
        sources,
        spec,
        frame: &frame,
        items: &items,
        relations,
        alignment: alignment.as_ref(),
    };
    let outcome = match spec.format {
        ExportFormat::GeoJson => geojson::write(&job, &mut staging, progress)?,
        ExportFormat::Coco => coco::write(&job, &mut staging, progress)?,
        ExportFormat::Masks => masks::write(&job, &mut staging, progress)?,
        ExportFormat::Crasar => crasar::write(&job, &mut staging, progress)?,
        ExportFormat::Star => star::write(&job, &mut staging, progress)?,
        ExportFormat::Dota => obb::write(&job, &mut staging, progress, obb::Form::Dota)?,
        ExportFormat::YoloObb => obb::write(&job, &mut staging, progress, obb::Form::Yolo)?,
    };
    let source = job.source_file()?;
    let report = job.report(outcome, folder)?;
    let manifest = Manifest::new(&job, &report, source, staging.files()?);
    staging.write_json("manifest.json", &manifest)?;
    check_export(staging.path())?;
    staging.commit()?;
    Ok(ExportReport { written: manifest.files, ..report })
}

/// The layer's adjustments; `None` where it has none. A method that cannot be used fails the export only
/// where the shapes are to be moved by it.
fn alignment_of(
    project: &Project,
    layer: LayerId,
    spec: &ExportSpec,
) -> Result<Option<Alignment>, ExportError> {
    if project.adjustments_of(layer).next().is_none() {
        return Ok(None);
    }
    match Alignment::of(project, layer) {
        Err(_) if spec.as_drawn || spec.format == ExportFormat::Crasar => {
            Ok(Some(Alignment::by(project, layer, spatial::align::Method::Nearest)?))
        }
        other => Ok(Some(other?)),
    }
}

/// Tells how far the export is; an error when it is to stop.
fn step(progress: &mut Progress<'_>, done: usize, all: usize) -> Result<(), ExportError> {
    match progress(done as u64, all as u64) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ExportError::Stopped),
    }
}

/// Writes the elements of a JSON list, one a line.
fn lines<T: Serialize>(out: &mut impl std::io::Write, list: &[T]) -> std::io::Result<()> {
    for (n, item) in list.iter().enumerate() {
        serde_json::to_writer(&mut *out, item)?;
        out.write_all(if n + 1 < list.len() { b",\n" } else { b"\n" })?;
    }
    Ok(())
}

/// Everything that the writers read.
pub(crate) struct Job<'a> {
    project: &'a Project,
    sources: &'a dyn LayerSource,
    spec: &'a ExportSpec,
    frame: &'a Frame<'a>,
    items: &'a [Item<'a>],
    /// Those between two of the items.
    relations: Vec<(RelationId, &'a Relation)>,
    /// The layer's adjustments, applied or not; `None` where it has none.
    alignment: Option<&'a Alignment>,
}

/// What a writer did, after it compared what it wrote with what it meant.
#[derive(Default)]
pub(crate) struct Outcome {
    /// The regions that are in the files, as they were read back.
    regions: BTreeSet<RegionId>,
    left_out: Vec<LeftOut>,
    /// The relations that are in the files, as they were read back; `None` where the format has none.
    relations: Option<BTreeSet<RelationId>>,
    /// Regions that the spec itself leaves out (the gap between splits).
    expected: usize,
    by_split: BTreeMap<String, usize>,
    warnings: Vec<String>,
}

impl<'a> Job<'a> {
    /// The same of some of the items, without relations.
    fn with(&self, items: &'a [Item<'a>]) -> Self {
        let Self { project, sources, spec, frame, alignment, .. } = *self;
        Self { project, sources, spec, frame, items, relations: Vec::new(), alignment }
    }
}

impl Job<'_> {
    /// True when shapes are written where the layer shows them.
    fn is_aligned(&self) -> bool {
        self.alignment.is_some() && !self.spec.as_drawn && self.spec.format != ExportFormat::Crasar
    }

    fn open(&self) -> Result<raster::Source, ExportError> {
        let source = self.sources.open(self.frame.id, self.frame.layer)?;
        let (width, height) = (source.image().width, source.image().height);
        if (width, height) != (self.frame.layer.width, self.frame.layer.height) {
            return Err(ExportError::Changed {
                layer: self.frame.layer.name.clone(),
                was: (self.frame.layer.width, self.frame.layer.height),
                is: (width, height),
            });
        }
        Ok(source)
    }

    fn source_file(&self) -> Result<SourceFile, ExportError> {
        let path = self.sources.path(self.frame.id, self.frame.layer);
        let sha256 =
            if path.is_file() { Some(folder::sha256(&path)?) } else { self.frame.layer.sha256.clone() };
        Ok(SourceFile { path: self.frame.layer.path.clone(), name: self.frame.layer.name.clone(), sha256 })
    }

    /// Counts out = counts in, or an error that names who is missing.
    fn report(&self, mut outcome: Outcome, folder: &Path) -> Result<ExportReport, ExportError> {
        let left: BTreeSet<RegionId> = outcome.left_out.iter().map(|l| l.region).collect();
        let mut by_class = BTreeMap::new();
        for item in self.items {
            let inside = outcome.regions.contains(&item.id);
            if inside == left.contains(&item.id) {
                let what =
                    if inside { "is in the files and named as left out" } else { "is not in the files" };
                return Err(ExportError::Mismatch(format!("region {} {what}", item.id)));
            }
            if inside {
                *by_class.entry(item.class_key().to_owned()).or_insert(0) += 1;
            }
        }
        if outcome.regions.len() + left.len() != self.items.len() {
            return Err(ExportError::Mismatch("the files hold regions that nobody asked for".into()));
        }
        if outcome.left_out.len() > outcome.expected && !self.spec.allow_left_out {
            return Err(ExportError::left_out(self.items.len(), &outcome.left_out));
        }
        if outcome.regions.is_empty() {
            return Err(ExportError::Nothing {
                only_accepted: self.spec.only_accepted,
                condition: self.spec.condition.is_some(),
            });
        }
        outcome.left_out.sort_by_key(|l| l.region);
        let relations = self.count_relations(&mut outcome)?;
        Ok(ExportReport {
            folder: folder.to_owned(),
            written: Vec::new(),
            regions_in: self.items.len(),
            regions_out: outcome.regions.len(),
            left_out: outcome.left_out,
            relations,
            by_class,
            by_split: outcome.by_split,
            warnings: outcome.warnings,
        })
    }
}
