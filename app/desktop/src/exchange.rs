//! Import and export as the window shows them: what was chosen, what it would do, what came of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use dataset::{ExportReport, ExportSpec, FeatureFile, FeatureFormat, ImportAs, ImportOptions, ImportPlan};
use jobs::JobId;
use project::{Author, ClassCode, ConflictId, LayerId, Project, Schema, Seq};
use spatial::Crs;

use crate::joining::JoinDraft;
use crate::sharing::{AdmitDraft, ShareAsk, ShareDraft, Shared};

/// Properties that usually hold the class, most telling first.
const CLASS_FIELDS: [&str; 6] = ["label", "class", "damage", "subtype", "damage_class", "dmg"];
/// Different values of a property that are listed.
const VALUES: usize = 40;

/// What is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub text: String,
    pub hint: String,
}

/// A label file that was read.
#[derive(Debug)]
pub struct Found {
    pub file: FeatureFile,
    /// Names of properties.
    pub properties: Vec<String>,
}

impl Found {
    pub fn of(file: FeatureFile) -> Self {
        let mut names = std::collections::BTreeSet::new();
        for feature in &file.features {
            names.extend(feature.properties.keys().filter(|k| k.len() <= 60).cloned());
            if names.len() > 200 {
                break;
            }
        }
        Self { file, properties: names.into_iter().collect() }
    }

    /// What a person calls the format.
    pub fn format(&self) -> &'static str {
        match self.file.format {
            FeatureFormat::GeoJson => "GeoJSON",
            FeatureFormat::Crasar => "CRASAR annotations",
            FeatureFormat::CrasarPredictions => "CRASAR predictions",
            FeatureFormat::Coco => "COCO",
            FeatureFormat::Star => "Scene graph",
            FeatureFormat::Dota => "Turned boxes (DOTA)",
            FeatureFormat::YoloBoxes => "Turned boxes (YOLO)",
        }
    }
}

/// How a file is to be understood, as the dialog edits it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choices {
    pub kind: ImportAs,
    pub author: String,
    /// `None`: found by itself.
    pub class_field: Option<String>,
    pub class_map: BTreeMap<String, String>,
    /// `EPSG:n`; empty: as the file says.
    pub crs: String,
    pub layer: Option<LayerId>,
    pub repair: bool,
    /// Labels go to the region that they overlap most.
    pub match_overlap: bool,
}

impl Choices {
    /// What a file most probably is.
    pub fn guess(found: &Found, member: &Author, has_schema: bool) -> Self {
        let classes = CLASS_FIELDS.iter().any(|f| found.properties.iter().any(|p| p == f));
        let kind = if found.file.model.is_some() || found.file.format == FeatureFormat::CrasarPredictions {
            ImportAs::Predictions
        } else if classes && has_schema {
            ImportAs::Labels
        } else {
            ImportAs::Regions
        };
        let named = found.properties.iter().any(|p| p == "author");
        let author = match kind {
            ImportAs::Predictions => found.file.model.clone().unwrap_or_default(),
            ImportAs::Labels if !named => member.name().to_owned(),
            _ => String::new(),
        };
        Self { kind, author, ..Self::default() }
    }

    /// In the terms of the import; the sentence says what cannot be understood.
    pub fn options(&self, source: String, at_ms: i64) -> Result<ImportOptions, String> {
        let crs = self.crs.trim();
        let crs = if crs.is_empty() { None } else { Some(Crs::parse(crs).map_err(|e| e.to_string())?) };
        let author = self.author.trim();
        Ok(ImportOptions {
            kind: self.kind,
            author: (!author.is_empty()).then(|| Author::new(author)),
            source: Some(source),
            class_field: self.class_field.clone(),
            class_map: self.class_map.clone(),
            crs,
            layer: self.layer,
            repair: self.repair,
            match_overlap: self.match_overlap.then_some(0.5),
            at_ms: Some(at_ms),
        })
    }
}

/// One value of the property that holds the class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub text: String,
    pub shapes: usize,
    /// The class of the schema that it means.
    pub class: Option<ClassCode>,
}

/// What an import would do.
#[derive(Debug)]
pub struct Planned {
    pub plan: ImportPlan,
    pub values: Vec<Value>,
    /// Reasons of rejection and how often each.
    pub reasons: Vec<(String, usize)>,
}

impl Planned {
    pub fn of(found: &Found, plan: ImportPlan, choices: &Choices, schema: Option<&Schema>) -> Self {
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        for rejected in found.file.rejected.iter().chain(&plan.rejected) {
            *reasons.entry(rejected.reason.clone()).or_default() += 1;
        }
        let mut reasons: Vec<(String, usize)> = reasons.into_iter().collect();
        reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Self { plan, values: values(found, choices, schema), reasons }
    }

    pub fn rejected(&self) -> usize {
        self.reasons.iter().map(|(_, n)| n).sum()
    }
}

fn values(found: &Found, choices: &Choices, schema: Option<&Schema>) -> Vec<Value> {
    let has = |f: &&&str| found.properties.iter().any(|p| p == **f);
    let auto = || CLASS_FIELDS.iter().find(has).map(|f| (*f).to_owned());
    let (Some(field), Some(schema)) = (choices.class_field.clone().or_else(auto), schema) else {
        return Vec::new();
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for feature in &found.file.features {
        let text = match feature.properties.get(&field) {
            Some(project::AttributeValue::Text(t)) => t.trim().to_owned(),
            Some(project::AttributeValue::Integer(i)) => i.to_string(),
            Some(project::AttributeValue::Number(n)) => n.to_string(),
            _ => continue,
        };
        if counts.len() < 10_000 || counts.contains_key(&text) {
            *counts.entry(text).or_default() += 1;
        }
    }
    let class = |text: &str| {
        let meant = choices.class_map.get(text).map_or(text, String::as_str);
        schema.find(meant).map(|c| c.code.clone())
    };
    let mut values: Vec<Value> =
        counts.into_iter().map(|(text, shapes)| Value { class: class(&text), text, shapes }).collect();
    values.sort_by_key(|v| std::cmp::Reverse(v.shapes));
    values.truncate(VALUES);
    values
}

/// An import that is being prepared.
#[derive(Clone, Debug)]
pub struct ImportDraft {
    pub path: PathBuf,
    pub choices: Choices,
    /// `None` while it is being read.
    pub found: Option<Arc<Found>>,
    /// What it would do at this journal entry with these choices.
    pub planned: Option<(Seq, Choices, Result<Arc<Planned>, Trouble>)>,
    /// The file cannot be read at all.
    pub trouble: Option<Trouble>,
}

impl ImportDraft {
    pub fn new(path: PathBuf) -> Self {
        Self { path, choices: Choices::default(), found: None, planned: None, trouble: None }
    }

    /// What it would do, if that is known for the present choices.
    pub fn outlook(&self) -> Option<&Result<Arc<Planned>, Trouble>> {
        let (_, choices, planned) = self.planned.as_ref()?;
        (*choices == self.choices).then_some(planned)
    }
}

/// An export that is being prepared, runs, or has ended.
#[derive(Clone, Debug)]
pub struct ExportDraft {
    pub spec: ExportSpec,
    pub folder: String,
    pub running: Option<JobId>,
    pub outcome: Option<Result<Arc<ExportReport>, Trouble>>,
}

impl ExportDraft {
    /// Into a folder beside the project.
    pub fn beside(folder: Option<PathBuf>, title: &str) -> Self {
        let spec = ExportSpec::default();
        let name = format!("{title} {}", spec.format.key());
        let folder = folder.map_or_else(|| PathBuf::from(&name), |f| f.join(&name));
        let folder = folder.to_string_lossy().into_owned();
        Self { spec, folder, running: None, outcome: None }
    }
}

/// The open dialogs.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    pub import: Option<ImportDraft>,
    pub export: Option<ExportDraft>,
    pub join: Option<JoinDraft>,
    pub share: Option<ShareDraft>,
    pub admit: Option<AdmitDraft>,
    /// The server that the open project is on.
    pub shared: Option<Shared>,
}

impl Exchange {
    pub fn is_open(&self) -> bool {
        self.import.is_some()
            || self.export.is_some()
            || self.join.is_some()
            || self.share.is_some()
            || self.admit.is_some()
    }
}

/// What the dialogs ask for.
#[derive(Clone, Debug)]
pub enum ExchangeAsk {
    Choices(Box<Choices>),
    Import,
    CloseImport,
    Spec(Box<ExportSpec>),
    Folder(String),
    ChooseFolder,
    Export,
    CloseExport,
    Join,
    CloseJoin,
    /// A conflict between copies: take what was set aside, or keep what stands.
    Decide(ConflictId, bool),
    /// About the server that the project is on.
    Share(ShareAsk),
}

/// True when an import of labels has classes to be of.
pub fn has_schema(project: Option<&Project>) -> bool {
    project.is_some_and(|p| p.schema().is_some())
}
