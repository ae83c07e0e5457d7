//! `export`: a labelled dataset, read back and counted before it is shown.

use std::ops::ControlFlow;
use std::path::Path;

use dataset::{Block, ExportReport, ExportSpec, FolderSource};
use project::Project;
use serde_json::{Value, json};
use store::{OpenMode, Store};

use crate::args::{ExportArgs, ExportFormat, Only};
use crate::failure::Failure;
use crate::output::{Output, note};
use crate::progress;
use crate::workspace::choose_layer;

pub(crate) fn run(args: &ExportArgs, output: &Output) -> anyhow::Result<()> {
    let (store, loaded) = Store::open(&args.project, OpenMode::ReadOnly)?;
    let format = match args.format {
        ExportFormat::Geojson => dataset::ExportFormat::GeoJson,
        ExportFormat::Coco => dataset::ExportFormat::Coco,
        ExportFormat::Masks => dataset::ExportFormat::Masks,
        ExportFormat::Crasar => dataset::ExportFormat::Crasar,
        ExportFormat::Star => dataset::ExportFormat::Star,
        ExportFormat::Dota => dataset::ExportFormat::Dota,
        ExportFormat::YoloObb => dataset::ExportFormat::YoloObb,
    };
    let found = args.condition.as_deref().map(|words| {
        super::query::find(&args.project, words, args.author.as_deref(), query::Needs::default())
    });
    let found = found.transpose()?;
    let spec = ExportSpec {
        regions: found.as_ref().map(|found| found.regions().collect()),
        condition: found.map(|found| found.text),
        format,
        layer: Some(choose_layer(&loaded.project, args.layer.as_deref())?),
        only_accepted: args.only == Some(Only::Accepted),
        allow_left_out: args.allow_left_out,
        as_drawn: args.as_drawn,
        boxes_around: args.boxes_around,
        view: args.view.as_deref().map(|name| choose_layer(&loaded.project, Some(name))).transpose()?,
        chip_px: args.chip,
        stride_px: args.stride.unwrap_or(args.chip),
        split: args.split.as_deref().map(|text| split(text, args.gap_m)).transpose()?,
        seed: args.seed,
        journal_seq: store.last_seq(),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        ..ExportSpec::default()
    };
    let report = export(&args.project, &loaded.project, &spec, &args.output)?;
    for warning in &report.warnings {
        note(&format!("warning: {warning}"));
    }
    output.result(&report_json(&report), || {
        let left_out = match report.left_out.len() {
            0 => String::new(),
            n => format!(", {n} left out"),
        };
        format!(
            "{}: {} of {} regions in {} files{left_out}",
            args.output.display(),
            report.regions_out,
            report.regions_in,
            report.written.len()
        )
    })
}

/// Exports with a progress bar.
pub(crate) fn export(
    project_path: &Path,
    project: &Project,
    spec: &ExportSpec,
    folder: &Path,
) -> anyhow::Result<ExportReport> {
    let home = project_path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let bar = progress::bar(&format!("Exporting {}", spec.format.key()), 1);
    let report =
        dataset::export_with(project, &FolderSource(home.to_path_buf()), spec, folder, &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
            ControlFlow::Continue(())
        });
    bar.finish_and_clear();
    Ok(report?)
}

/// What was written, as scripts read it.
pub(crate) fn report_json(report: &ExportReport) -> Value {
    json!({
        "accepted": report.regions_out,
        "rejected": report.left_out,
        "written": report.written,
        "regions_in": report.regions_in,
        "relations": report.relations,
        "by_class": report.by_class,
        "by_split": report.by_split,
        "warnings": report.warnings,
        "folder": report.folder,
    })
}

/// `block:80/10/10`.
fn split(text: &str, gap_m: f64) -> anyhow::Result<Block> {
    let shares =
        text.strip_prefix("block:").map(|rest| rest.split('/').map(str::parse::<u32>).collect::<Vec<_>>());
    match shares.as_deref() {
        Some([Ok(train), Ok(val), Ok(test)]) => {
            Ok(Block { train: *train, val: *val, test: *test, gap_m, block_px: None })
        }
        _ => Err(Failure::because(
            format!("`{text}` is not a split"),
            "write block:TRAIN/VAL/TEST, such as block:80/10/10",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_is_read_or_explained() {
        assert_eq!(split("block:80/10/10", 50.0).map(|b| (b.train, b.val, b.test)).ok(), Some((80, 10, 10)));
        for wrong in ["80/10/10", "block:80/20", "block:a/b/c", "random:80/10/10"] {
            let error = split(wrong, 0.0).expect_err(wrong);
            assert!(crate::failure::hint_of(&error).contains("block:80/10/10"));
        }
    }
}
