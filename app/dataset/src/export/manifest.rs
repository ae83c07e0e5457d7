//! `manifest.json`: what an export holds and what it was made from. No times, no machine, no user: the
//! same project gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use project::LayerId;
use serde::{Deserialize, Serialize};

use super::folder::sha256;
use super::{ExportError, ExportFormat, ExportReport, ExportSpec, Job, LeftOut, RelationCounts, Written};

/// Version of the manifest's own form.
const VERSION: u32 = 1;

/// A file that the export was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// As the project names it.
    pub path: String,
    pub name: String,
    /// `None` when the file was not there and its hash not known.
    pub sha256: Option<String>,
}

/// The image that the export is aligned to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerEntry {
    pub id: LayerId,
    pub width: u32,
    pub height: u32,
    /// `EPSG:n` or the name; `None` in pixel space.
    pub crs: Option<String>,
    /// Six numbers in GDAL's order.
    pub transform: Option<[f64; 6]>,
}

/// What the layer's adjustments did to the export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlignmentEntry {
    pub method: String,
    pub adjustments: usize,
    /// The shapes in the files are where the layer shows them; else they are as drawn.
    pub applied: bool,
    /// Regions whose shapes are elsewhere than they are drawn.
    pub moved: usize,
}

/// Regions asked for, regions in the files, and the difference by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionCounts {
    #[serde(rename = "in")]
    pub asked: usize,
    #[serde(rename = "out")]
    pub written: usize,
    pub left_out: Vec<LeftOut>,
}

/// Regions by what they are and where they went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub by_class: BTreeMap<String, usize>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_split: BTreeMap<String, usize>,
}

/// What an export holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: ExportFormat,
    pub version: u32,
    pub program_version: String,
    pub journal_seq: u64,
    pub seed: u64,
    pub spec: ExportSpec,
    /// Identity and version of the schema.
    pub schema: (String, u32),
    pub layer: LayerEntry,
    /// `None` where the layer has no adjustments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment: Option<AlignmentEntry>,
    pub regions: RegionCounts,
    #[serde(default, skip_serializing_if = "RelationCounts::is_empty")]
    pub relations: RelationCounts,
    pub counts: Counts,
    pub warnings: Vec<String>,
    pub sources: Vec<SourceFile>,
    pub files: Vec<Written>,
}

impl Manifest {
    pub(super) fn new(job: &Job<'_>, report: &ExportReport, source: SourceFile, files: Vec<Written>) -> Self {
        let layer = job.frame.layer;
        let spec = ExportSpec { layer: Some(job.frame.id), ..job.spec.clone() };
        Self {
            format: spec.format,
            version: VERSION,
            program_version: spec.program_version.clone(),
            journal_seq: spec.journal_seq,
            seed: spec.seed,
            spec,
            schema: job.project.schema().map(|s| (s.id.clone(), s.version)).unwrap_or_default(),
            layer: LayerEntry {
                id: job.frame.id,
                width: layer.width,
                height: layer.height,
                crs: layer.crs.as_ref().map(spatial::Crs::label),
                transform: layer.transform.map(spatial::GeoTransform::to_gdal),
            },
            alignment: job.alignment.as_ref().map(|alignment| AlignmentEntry {
                method: alignment.method().key().to_owned(),
                adjustments: alignment.arrows(),
                applied: job.is_aligned(),
                moved: job.items.iter().filter(|item| item.moved).count(),
            }),
            regions: RegionCounts {
                asked: report.regions_in,
                written: report.regions_out,
                left_out: report.left_out.clone(),
            },
            relations: report.relations,
            counts: Counts { by_class: report.by_class.clone(), by_split: report.by_split.clone() },
            warnings: report.warnings.clone(),
            sources: vec![source],
            files,
        }
    }

    /// Reads the manifest of an export.
    pub fn read(folder: &Path) -> Result<Self, ExportError> {
        let path = folder.join("manifest.json");
        let text = fs::read(&path).map_err(ExportError::io(&path))?;
        serde_json::from_slice(&text)
            .map_err(|e| ExportError::Mismatch(format!("manifest.json cannot be read ({e})")))
    }
}

/// Reads an export back: every file that the manifest names is there with the bytes that were written, no
/// other is, and the counts agree.
pub fn check_export(folder: &Path) -> Result<Manifest, ExportError> {
    let manifest = Manifest::read(folder)?;
    let mismatch = |what: String| Err(ExportError::Mismatch(what));
    for file in &manifest.files {
        let path = folder.join(&file.path);
        if !path.is_file() {
            return mismatch(format!("{} is missing", file.path));
        }
        if sha256(&path)? != file.sha256 {
            return mismatch(format!("{} was changed after it was written", file.path));
        }
    }
    let named: BTreeSet<&str> = manifest.files.iter().map(|f| f.path.as_str()).collect();
    for path in files_under(folder, folder)? {
        if path != "manifest.json" && !named.contains(path.as_str()) {
            return mismatch(format!("{path} is not in the manifest"));
        }
    }
    let counted: usize = manifest.counts.by_class.values().sum();
    let RegionCounts { asked, written, left_out } = &manifest.regions;
    if counted != *written || written + left_out.len() != *asked {
        return mismatch(format!("{asked} regions in, {written} out and {} left out", left_out.len()));
    }
    Ok(manifest)
}

fn files_under(root: &Path, folder: &Path) -> Result<Vec<String>, ExportError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(ExportError::io(folder))? {
        let path = entry.map_err(ExportError::io(folder))?.path();
        if path.is_dir() {
            found.extend(files_under(root, &path)?);
        } else if let Ok(relative) = path.strip_prefix(root) {
            found.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(found)
}
