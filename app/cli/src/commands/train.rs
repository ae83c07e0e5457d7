//! `train`: a network taught on what people labelled.

use std::path::{Path, PathBuf};
use std::time::Instant;

use learning::{
    Engine, Family, Intervals, Kind, LearningError, Manifest, Model, NetShape, News, Taught, Watch, Wish,
};
use project::{Layer, Project};
use query::Needs;
use raster::Source;
use renderer::{Gpu, GpuPreference};
use serde_json::{Value, json};
use store::{OpenMode, Store};
use teaching::{Occasion, Pace, Plan, Progress, Split, Task, Wanted};

use crate::args::{DeviceArgs, TaskArg, TrainArgs, Unlabelled};
use crate::commands::query::find;
use crate::failure::Failure;
use crate::output::{Output, note, table};
use crate::workspace::{choose_layer, layer_path, now_ms};
use crate::{progress, stop};

pub(crate) fn run(args: &TrainArgs, output: &Output) -> anyhow::Result<()> {
    stop::listen();
    let started = Instant::now();
    let (store, loaded) = Store::open(&args.project, OpenMode::ReadOnly)?;
    let project = &loaded.project;
    let family = learning::family(&teaching::families(), &args.family)?;
    let open = |layer: &Layer| Source::open(&layer_path(&args.project, layer)).map_err(LearningError::pixels);
    let plan = Plan::new(project, family, &wanted(args, project)?, &open)?;
    let engine = engine(args.device);
    let start = args.from.as_ref().map(|from| start(from, &plan.shape, family)).transpose()?;
    let pace = Pace {
        epochs: args.epochs as usize,
        batch: args.batch as usize,
        chips_per_epoch: args.chips_per_epoch.map(|n| n as usize),
        rate: args.rate,
        patience: args.patience as usize,
        plain: args.plain,
    };
    let occasion = Occasion {
        journal_seq: store.last_seq(),
        program: format!("Orthoscope {}", env!("CARGO_PKG_VERSION")),
        at_ms: now_ms(),
    };
    let bar = progress::bar("Teaching", 1);
    let mut progress = Progress::default();
    let mut tell = |news: News<'_>| {
        progress.follow(news, pace.epochs);
        bar.set_length(progress.of);
        bar.set_position(progress.chips);
        if let News::Epoch(epoch) = news {
            let said = format!("Epoch {}: F1 {:.3}", epoch.number, epoch.macro_f1);
            log::info!("{said}, loss {:.4}, held out {:.4}", epoch.loss, epoch.held_out_loss);
            bar.set_message(said);
        }
    };
    let mut watch = Watch { stop: &stop::is_wanted, tell: &mut tell };
    let kept = checkpoint(&args.out);
    let taught = plan.teach((family, &engine), &pace, start.as_deref(), &kept, &occasion, &mut watch);
    bar.finish_and_clear();
    let (mut model, taught) = taught?;
    model.manifest.training.seconds = started.elapsed().as_secs_f64();
    model.write(&args.out)?;
    std::fs::remove_dir_all(kept).ok();
    output.result(&described(&args.out, &model.manifest, &taught), || in_words(&args.out, &model.manifest))
}

/// Where a training keeps what it has reached, until the model is there.
fn checkpoint(out: &Path) -> PathBuf {
    let name = out.file_name().map_or_else(|| "model".into(), |n| n.to_string_lossy().into_owned());
    out.with_file_name(format!("{name}.training"))
}

/// Who learns or predicts; that the adapter is not used is said aside.
pub(crate) fn engine(args: DeviceArgs) -> Engine {
    let wish = match args {
        DeviceArgs { gpu: true, .. } => Wish::Gpu,
        DeviceArgs { cpu: true, .. } => Wish::Processor,
        DeviceArgs { .. } => Wish::ByAdapter,
    };
    let gpu = (wish != Wish::Processor).then(|| Gpu::headless(&GpuPreference::Fastest).ok()).flatten();
    let engine = Engine::choose(gpu.as_ref(), wish);
    if let Some(why) = engine.refused() {
        note(&format!("note: the processor does it instead of the graphics card: {why}"));
    } else if wish == Wish::Gpu && !engine.is_gpu() {
        note("note: there is no graphics adapter, so the processor does it");
    }
    engine
}

/// What was asked for on the command line.
fn wanted(args: &TrainArgs, project: &Project) -> anyhow::Result<Wanted> {
    let found = args.query.as_ref().map(|words| find(&args.project, words, None, Needs::default()));
    let found = found.transpose()?;
    let layers = args.layer.iter().map(|l| choose_layer(project, Some(l))).collect::<anyhow::Result<_>>()?;
    Ok(Wanted {
        task: match args.task {
            TaskArg::Segmentation => Task::Segmentation,
            TaskArg::Damage => Task::Damage,
        },
        size: args.size.clone(),
        layers,
        regions: found.as_ref().map(|found| found.regions().collect()),
        query: found.map_or_else(String::new, |found| found.text),
        accepted: args.accepted,
        background: args.unlabelled == Unlabelled::Background,
        least: args.least,
        bands: args.bands.iter().map(|band| band.wrapping_sub(1)).collect(),
        metres_per_px: args.metres_per_px,
        chip_px: args.chip as usize,
        split: split(&args.split, args.block_m, project)?,
        seed: args.seed,
    })
}

fn split(text: &str, side_m: Option<f64>, project: &Project) -> anyhow::Result<Split> {
    let wrong = || {
        Failure::because(
            format!("`{text}` is no split"),
            "say blocks, blocks:SHARE (0.05 to 0.5) or layer:NAME",
        )
    };
    match text.split_once(':') {
        None if text == "blocks" => Ok(Split::Blocks { share: 0.25, side_m }),
        Some(("blocks", share)) => {
            let share = share.parse::<f64>().ok().filter(|s| (0.05..=0.5).contains(s)).ok_or_else(wrong)?;
            Ok(Split::Blocks { share, side_m })
        }
        Some(("layer", name)) => Ok(Split::Layer(choose_layer(project, Some(name))?)),
        _ => Err(wrong()),
    }
}

/// Weights to begin with, if they are those of such a network.
fn start(from: &Path, shape: &NetShape, family: &dyn Family) -> anyhow::Result<Vec<u8>> {
    if from.is_dir() {
        // Whether they fit is asked when they are loaded.
        return Ok(Model::read(from)?.weights);
    }
    Ok(family.adopt(shape, from)?)
}

fn named(code: &str) -> &str {
    if code.is_empty() { "(nothing)" } else { code }
}

fn described(out: &Path, manifest: &Manifest, taught: &Taught) -> Value {
    let scores = &manifest.scores;
    let per_class: serde_json::Map<String, Value> = manifest
        .classes
        .iter()
        .enumerate()
        .map(|(at, code)| (named(code).to_owned(), json!(scores.confusion.class(at))))
        .collect();
    json!({
        "model": out,
        "id": manifest.id,
        "author": format!("model:{}", manifest.id),
        "epochs": taught.epochs.len(),
        "best_epoch": taught.best,
        "history": taught.epochs,
        "metres_per_px": manifest.metres_per_px,
        "classes": manifest.classes,
        "regions": manifest.training.regions,
        "held_out_regions": manifest.training.held_out_regions,
        "validation": {
            "unit": if manifest.kind == Kind::Pixels { "pixels" } else { "regions" },
            "split": manifest.training.split,
            "macro_f1": scores.macro_f1,
            "accuracy": scores.accuracy,
            "majority": scores.majority,
            "iou": scores.mean_iou,
            "per_class": per_class,
            "confusion": scores.confusion.counts,
            "calibration": scores.calibration,
            "intervals": scores.intervals,
            "reliability": scores.reliability,
        },
        "seconds": manifest.training.seconds,
        "device": manifest.training.device,
    })
}

fn in_words(out: &Path, manifest: &Manifest) -> String {
    let (scores, training) = (&manifest.scores, &manifest.training);
    let of = |which: &dyn Fn(&Intervals) -> [f64; 2]| scores.intervals.as_ref().map(which);
    let mut rows = vec![
        ("Model", out.display().to_string()),
        ("Predicts as", format!("model:{}", manifest.id)),
        ("Learnt from", format!("{} regions on {}", training.regions, training.layers.join(", "))),
        ("Held out", format!("{} regions: {}", training.held_out_regions, training.split)),
        (
            "Macro F1",
            format!("{:.3}{}, IoU {:.3}", scores.macro_f1, trust(of(&|i| i.macro_f1)), scores.mean_iou),
        ),
        ("Accuracy", format!("{:.3}; always the commonest class: {:.3}", scores.accuracy, scores.majority)),
        ("Calibration", format!("temperature {:.2}", scores.calibration.temperature)),
        ("Took", format!("{:.0} s, {} epochs on the {}", training.seconds, training.epochs, training.device)),
    ];
    for (at, code) in manifest.classes.iter().enumerate() {
        let class = scores.confusion.class(at);
        let f1 = trust(of(&|i| i.f1.get(at).copied().unwrap_or_default()));
        rows.push((
            named(code),
            format!("F1 {:.3}{f1}, IoU {:.3}, {} held out", class.f1, class.iou, class.support),
        ));
    }
    table(&rows)
}

/// How far a score can be trusted: ` (0.62 to 0.79)`.
fn trust(interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(String::new, |[low, high]| format!(" ({low:.2} to {high:.2})"))
}
