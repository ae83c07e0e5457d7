//! `align`: how far adjustments move footprints, how well each method foretells them, and adjustments in and out.

use std::path::Path;

use dataset::{AdjustmentOptions, AdjustmentPlan, Order, Suggestion};
use project::alignment::{Alignment, MethodErrors, Report, errors_of_methods, report};
use project::{Author, Change, Edit, GeometrySource, Layer, LayerId, Project};
use serde_json::{Value, json};
use spatial::align::{Arrow, Method};
use store::Session;

use crate::args::AlignArgs;
use crate::failure::Failure;
use crate::output::{Output, note, table};
use crate::progress;
use crate::workspace::{self, choose_layer, now_ms, write_whole};

pub(crate) fn run(args: &AlignArgs, output: &Output) -> anyhow::Result<()> {
    let mut imported = Value::Null;
    if args.import.is_some() || args.keep {
        let holder = args.author.as_deref().unwrap_or("command line");
        let mut session = workspace::edit(&args.project, holder)?;
        let layer = choose_layer(session.project(), args.layer.as_deref())?;
        if let Some(file) = &args.import {
            let options = AdjustmentOptions {
                layer,
                source: args.source.as_deref().map(GeometrySource::new),
                author: Author::new(holder),
                order: args.order,
                replace: args.replace,
                at_ms: Some(now_ms()),
            };
            let plan = take(&mut session, file, &options)?;
            for warning in &plan.warnings {
                note(&format!("warning: {warning}"));
            }
            imported = told(&plan);
        }
        if args.keep {
            keep(&mut session, layer, args.method.unwrap_or_default(), holder)?;
        }
        session.close()?;
    }
    let project = workspace::load(&args.project)?;
    let layer = choose_layer(&project, args.layer.as_deref())?;
    if let Some(file) = &args.export {
        let of = |source: &Option<GeometrySource>| {
            args.source.is_none() || source.as_ref().map(|s| &*s.0) == args.source.as_deref()
        };
        let held = project.adjustments_of(layer).filter(|(_, a)| of(&a.source));
        let arrows: Vec<Arrow> = held.map(|(_, a)| a.arrow()).collect();
        write_whole(file, dataset::adjustments_json(&arrows).as_bytes())?;
    }
    let described = &project.layers()[&layer];
    let method = args.method.unwrap_or(described.alignment);
    let (said, errors) = look(&project, layer, method)?;
    let mut value = serde_json::to_value(&said)?;
    value["layer_name"] = json!(described.name);
    value["layer_method"] = json!(described.alignment.key());
    value["errors"] = serde_json::to_value(&errors)?;
    if !imported.is_null() {
        value["imported"] = imported;
    }
    let mut found = None;
    if args.suggest {
        let suggestions = suggestions(args, &project, layer, method)?;
        value["suggestions"] = serde_json::to_value(&suggestions)?;
        found = Some(suggestions.len());
    }
    output.result(&value, || text(described, &said, &errors) + &suggested(found))
}

/// What the image's edges say of every footprint.
fn suggestions(
    args: &AlignArgs,
    project: &Project,
    layer: LayerId,
    method: Method,
) -> anyhow::Result<Vec<Suggestion>> {
    let alignment = Alignment::by(project, layer, method)?;
    let source = workspace::open_layer(&args.project, &project.layers()[&layer])?;
    let wanted: Vec<_> = project.regions().keys().copied().collect();
    let bar = progress::bar("Looking for footprints", wanted.len() as u64);
    let mut go_on = |done: usize| {
        bar.set_position(done as u64);
        true
    };
    let found = dataset::suggest_adjustments(project, &alignment, &source, &wanted, args.reach, &mut go_on)?;
    bar.finish_and_clear();
    Ok(found)
}

fn suggested(found: Option<usize>) -> String {
    found.map_or_else(String::new, |n| {
        format!("\n{n} footprints were found in the image; --json lists them\n")
    })
}

fn look(project: &Project, layer: LayerId, method: Method) -> anyhow::Result<(Report, Vec<MethodErrors>)> {
    let alignment = Alignment::by(project, layer, method).map_err(|e| {
        Failure::because(format!("The footprints cannot be aligned: {e}"), "choose another with --method")
    })?;
    let said = report(project, &alignment);
    Ok((said, errors_of_methods(project, layer, alignment.metres_per_px())))
}

/// Reads a file of arrows and takes them as one entry.
pub(crate) fn take(
    session: &mut Session,
    file: &Path,
    options: &AdjustmentOptions,
) -> anyhow::Result<AdjustmentPlan> {
    let read = dataset::read_adjustments(file)?;
    let mut ids = session.ids(now_ms()).clone();
    let plan = dataset::plan_adjustments(session.project(), read, options, &mut ids)?;
    *session.ids(now_ms()) = ids;
    if plan.accepted == 0
        && let Some(first) = plan.rejected.first()
    {
        let what = format!("Nothing in {} could be taken: {}", file.display(), first.reason);
        return Err(Failure::because(what, "adjustments are a list of [[x0, y0], [x1, y1]]"));
    }
    let nothing = matches!(&plan.edit, Edit::Batch { edits, .. } if edits.is_empty());
    if !nothing {
        session.edit(&options.author, now_ms(), plan.edit.clone())?;
    }
    Ok(plan)
}

/// What an import took, as scripts read it.
pub(crate) fn told(plan: &AdjustmentPlan) -> Value {
    let order: Order = plan.order;
    json!({
        "accepted": plan.accepted,
        "rejected": plan.rejected,
        "warnings": plan.warnings,
        "order": order,
        "guess": plan.guess,
    })
}

fn keep(session: &mut Session, layer: LayerId, method: Method, author: &str) -> anyhow::Result<()> {
    let before = session.project().layers()[&layer].clone();
    if before.alignment != method {
        let after = Layer { alignment: method, ..before.clone() };
        session.edit(&Author::new(author), now_ms(), Edit::Layer(Change::replace(layer, before, after)))?;
    }
    Ok(())
}

fn text(layer: &Layer, said: &Report, errors: &[MethodErrors]) -> String {
    let number = |v: Option<f64>, digits: usize| v.map_or("–".to_owned(), |v| format!("{v:.digits$}"));
    let length = |px: Option<f64>, m: Option<f64>| match (px, m) {
        (Some(px), Some(m)) => format!("{px:.2} px, {:.1} cm", m * 100.0),
        (px, _) => format!("{} px", number(px, 2)),
    };
    let numbers = &said.summary;
    let quantile = |share: f64| numbers.quantiles.iter().find(|q| q.share == share).map(|q| q.px);
    let mut lines = table(&[
        ("Layer", layer.name.clone()),
        ("Adjustments", said.adjustments.to_string()),
        ("Method", said.method.to_owned()),
        ("Footprints", format!("{} moved by arrows, {} left as drawn", said.regions.len(), said.unmoved)),
        ("Mean distance", length(numbers.mean_px, said.mean_m)),
        ("Median, 90 %", format!("{} px, {} px", number(quantile(0.5), 2), number(quantile(0.9), 2))),
        ("Shared with as drawn", format!("{} (IoU)", number(numbers.mean_iou, 3))),
        ("Coefficient of variation", number(numbers.coefficient_of_variation, 3)),
        ("Circular variance", number(numbers.circular_variance, 3)),
        ("Spearman, Pearson", format!("{}, {}", number(numbers.spearman, 3), number(numbers.pearson, 3))),
    ]);
    lines.push_str("\nArrows foretold by the others\n");
    let rows: Vec<(&str, String)> = errors
        .iter()
        .map(|e| {
            let error = match &e.unusable {
                Some(why) => why.clone(),
                None => {
                    format!("mean {}, largest {} px", length(e.mean_px, e.mean_m), number(e.largest_px, 2))
                }
            };
            (e.method.key(), error)
        })
        .collect();
    lines + &table(&rows)
}
