//! `import`: regions, labels and predictions from files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use dataset::{AdjustmentOptions, AdjustmentPlan, ImportAs, ImportOptions, ImportPlan, Limits, Rejected};
use project::{Author, CoordinateSpace, Feature};
use serde_json::json;
use spatial::Crs;
use store::Session;

use crate::args::{ImportArgs, ImportFormat, ImportKind};
use crate::failure::Failure;
use crate::output::{Output, note};
use crate::workspace::{self, choose_layer, is_project, now_ms};

pub(crate) fn run(args: &ImportArgs, output: &Output) -> anyhow::Result<()> {
    let mut session = workspace::edit(&args.project, args.author.as_deref().unwrap_or("command line"))?;
    let (mut accepted, mut regions, mut labels, mut arrows, mut relations) = (0, 0, 0, 0, 0);
    let (mut rejected, mut warnings) = (Vec::new(), Vec::new());
    for file in &args.files {
        if holds_adjustments(file, args) {
            let plan = adjustments(&mut session, file, args)?;
            accepted += plan.accepted;
            arrows += plan.accepted;
            let named = |r: &Rejected| json!({ "file": file, "at": r.at, "reason": r.reason });
            rejected.extend(plan.rejected.iter().map(named));
            warnings.extend(plan.warnings);
            continue;
        }
        let plan = one(&mut session, file, args)?;
        accepted += plan.accepted;
        regions += plan.regions;
        labels += plan.labels;
        relations += plan.relations;
        let named = |r: &Rejected| json!({ "file": file, "at": r.at, "reason": r.reason });
        rejected.extend(plan.rejected.iter().map(named));
        warnings.extend(plan.warnings);
    }
    session.close()?;
    for warning in &warnings {
        note(&format!("warning: {warning}"));
    }
    let left_out = rejected.len();
    let result = json!({
        "accepted": accepted, "rejected": rejected, "regions": regions, "labels": labels, "relations": relations,
        "adjustments": arrows, "warnings": warnings,
    });
    output.result(&result, || {
        let taken = match arrows {
            0 if relations > 0 => {
                format!("{accepted} shapes taken ({regions} regions, {labels} labels, {relations} relations)")
            }
            0 => format!("{accepted} shapes taken ({regions} regions, {labels} labels)"),
            _ => format!("{regions} regions, {labels} labels and {arrows} adjustments taken"),
        };
        format!("{taken}, {left_out} left out")
    })
}

/// True for what is said to be adjustments, or can be nothing else.
fn holds_adjustments(file: &Path, args: &ImportArgs) -> bool {
    use std::io::Read as _;
    if args.kind.is_some() || args.format != ImportFormat::Auto {
        return matches!(args.kind, Some(ImportKind::Adjustments));
    }
    let mut head = Vec::new();
    let read = std::fs::File::open(file).and_then(|f| f.take(4096).read_to_end(&mut head));
    read.is_ok() && dataset::is_adjustments(&head)
}

fn adjustments(session: &mut Session, file: &Path, args: &ImportArgs) -> anyhow::Result<AdjustmentPlan> {
    let options = AdjustmentOptions {
        layer: choose_layer(session.project(), args.layer.as_deref())?,
        source: None,
        author: Author::new(args.author.as_deref().unwrap_or("command line")),
        order: None,
        replace: false,
        at_ms: Some(now_ms()),
    };
    super::align::take(session, file, &options)
}

fn one(session: &mut Session, file: &Path, args: &ImportArgs) -> anyhow::Result<ImportPlan> {
    let read = read(file, args.format)?;
    let options = options(session, file, args, &read)?;
    let author = options.author.clone().unwrap_or_else(|| Author::new("command line"));
    let plan = import(session, read, &options, &author)?;
    if plan.accepted == 0
        && let Some(first) = plan.rejected.first()
    {
        let what = format!("Nothing in {} could be taken: {}", file.display(), first.reason);
        return Err(Failure::because(
            what,
            "the project is unchanged; --crs, --class-field and --class-map may help",
        ));
    }
    Ok(plan)
}

/// What a label file holds, whatever its format.
pub(crate) struct Read {
    pub(crate) features: Vec<Feature>,
    pub(crate) rejected: Vec<Rejected>,
    pub(crate) warnings: Vec<String>,
    pub(crate) model: Option<String>,
    pub(crate) labelled: bool,
}

/// Reads a label file.
pub(crate) fn read(file: &Path, format: ImportFormat) -> anyhow::Result<Read> {
    if format == ImportFormat::Gpkg || (format == ImportFormat::Auto && is_project(file)) {
        let found = store::features::read(file, None)?;
        let space =
            |crs: Option<Crs>| crs.map_or(CoordinateSpace::Unstated, |c| CoordinateSpace::Crs(Arc::new(c)));
        let feature = |(index, f): (usize, store::features::ForeignFeature)| Feature {
            index,
            geometry: Some(f.geometry),
            space: space(f.crs),
            properties: f.properties,
            ..Feature::default()
        };
        let features = found.features.into_iter().enumerate().map(feature).collect();
        let warnings = found.notes;
        return Ok(Read { features, rejected: Vec::new(), warnings, model: None, labelled: false });
    }
    let found = dataset::read_features(file, &Limits::default())?;
    let labelled = found.format != dataset::FeatureFormat::GeoJson;
    let is = |wanted: dataset::FeatureFormat| found.format == wanted;
    let is_meant = match format {
        ImportFormat::Auto | ImportFormat::Gpkg => true,
        ImportFormat::Geojson => !labelled,
        ImportFormat::Crasar => {
            is(dataset::FeatureFormat::Crasar) || is(dataset::FeatureFormat::CrasarPredictions)
        }
        ImportFormat::Coco => is(dataset::FeatureFormat::Coco),
        ImportFormat::Star => is(dataset::FeatureFormat::Star),
        ImportFormat::Dota => is(dataset::FeatureFormat::Dota),
        ImportFormat::YoloObb => is(dataset::FeatureFormat::YoloBoxes),
    };
    if !is_meant {
        let what = format!("{} is not in the format that --format names", file.display());
        return Err(Failure::because(what, "leave --format out to let the content decide"));
    }
    Ok(Read {
        features: found.features,
        rejected: found.rejected,
        warnings: found.warnings,
        model: found.model,
        labelled,
    })
}

fn options(session: &Session, file: &Path, args: &ImportArgs, read: &Read) -> anyhow::Result<ImportOptions> {
    let says_class = args.class_field.is_some() || (read.labelled && args.author.is_some());
    let kind = match args.kind {
        Some(ImportKind::Labels) => ImportAs::Labels,
        Some(ImportKind::Predictions) => ImportAs::Predictions,
        None if read.model.is_some() => ImportAs::Predictions,
        None if says_class => ImportAs::Labels,
        // Adjustments were taken before.
        Some(ImportKind::Regions | ImportKind::Adjustments) | None => ImportAs::Regions,
    };
    let has_layer = !session.project().layers().is_empty();
    let layer = if has_layer { Some(choose_layer(session.project(), args.layer.as_deref())?) } else { None };
    Ok(ImportOptions {
        kind,
        author: args.author.as_deref().or(read.model.as_deref()).map(Author::new),
        source: file.file_name().map(|n| n.to_string_lossy().into_owned()),
        class_field: args.class_field.clone(),
        class_map: class_map(&args.class_map)?,
        crs: args.crs.as_deref().map(Crs::parse).transpose()?,
        layer,
        at_ms: Some(now_ms()),
        ..ImportOptions::default()
    })
}

fn class_map(pairs: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let pair = |text: &String| {
        let (from, to) = text.split_once('=').ok_or_else(|| {
            Failure::because(
                format!("`{text}` is not a class mapping"),
                "write TEXT=CLASS, such as 4=destroyed",
            )
        })?;
        Ok((from.trim().to_owned(), to.trim().to_owned()))
    };
    pairs.iter().map(pair).collect()
}

/// Plans an import and applies it as one entry.
pub(crate) fn import(
    session: &mut Session,
    read: Read,
    options: &ImportOptions,
    author: &Author,
) -> anyhow::Result<ImportPlan> {
    let mut ids = session.ids(now_ms()).clone();
    let mut plan = dataset::plan_import(session.project(), read.features, options, &mut ids)?;
    *session.ids(now_ms()) = ids;
    plan.rejected.extend(read.rejected);
    plan.warnings.extend(read.warnings);
    if !plan.is_empty() {
        session.edit(author, now_ms(), plan.edit.clone())?;
    }
    Ok(plan)
}
