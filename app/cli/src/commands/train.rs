//! `train`: a network taught on what people labelled.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use learning::{
    Augment, Course, Engine, Family, Kind, Lesson, Manifest, Model, NetShape, News, Normal, Scores, Taught,
    Training, Watch, Wish,
};
use project::{LayerId, Project, RegionId};
use query::Needs;
use renderer::{Gpu, GpuPreference};
use serde_json::{Value, json};
use store::{OpenMode, Store};
use teaching::{Field, Grid, Material, Sides, Split, Syllabus, Task, View};

use crate::args::{DeviceArgs, TaskArg, TrainArgs, Unlabelled};
use crate::commands::query::find;
use crate::failure::Failure;
use crate::output::{Output, note, table};
use crate::workspace::{choose_layer, now_ms, open_layer};
use crate::{progress, stop};

pub(crate) fn run(args: &TrainArgs, output: &Output) -> anyhow::Result<()> {
    stop::listen();
    let started = Instant::now();
    let (store, loaded) = Store::open(&args.project, OpenMode::ReadOnly)?;
    let project = &loaded.project;
    let family = learning::family(&teaching::families(), &args.family)?;
    let class = Class::gather(args, project, family)?;
    let sides = class.sides(args, project)?;
    let kind = class.syllabus.task.kind();
    let material = Material::new(&class.fields, &sides, kind, class.syllabus.classes.len(), class.chip_px);
    let engine = engine(args.device);
    let start = args.from.as_ref().map(|from| start(from, &class.shape, family)).transpose()?;
    let taught = teach(args, &class, &material, (family, &engine), start.as_deref())?;
    let training = Training {
        project: project.settings().name.clone(),
        journal_seq: store.last_seq(),
        query: class.query.clone(),
        layers: class.layers.iter().filter_map(|id| Some(project.layers().get(id)?.name.clone())).collect(),
        split: split_in_words(args, &class, &sides),
        seed: args.seed,
        began_with: start.as_deref().map(learning::sha256).unwrap_or_default(),
        epochs: taught.taught.epochs.len(),
        best_epoch: taught.taught.best,
        regions: material.chips.regions(),
        held_out_regions: material.held_out.regions(),
        device: engine.name().to_owned(),
        program: format!("Orthoscope {}", env!("CARGO_PKG_VERSION")),
        at_ms: now_ms(),
        seconds: started.elapsed().as_secs_f64(),
    };
    let model = class.model(family, &taught, training);
    model.write(&args.out)?;
    std::fs::remove_dir_all(checkpoint(&args.out)).ok();
    output.result(&described(&args.out, &model.manifest, &taught.taught), || {
        in_words(&args.out, &model.manifest)
    })
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

/// Everything that is learnt from.
struct Class {
    syllabus: Syllabus,
    query: String,
    layers: Vec<LayerId>,
    grid: Grid,
    bands: Vec<usize>,
    fields: Vec<Field>,
    chip_px: usize,
    shape: NetShape,
}

impl Class {
    fn gather(args: &TrainArgs, project: &Project, family: &dyn Family) -> anyhow::Result<Self> {
        let task = match args.task {
            TaskArg::Segmentation => Task::Segmentation,
            TaskArg::Damage => Task::Damage,
        };
        let found = args.query.as_ref().map(|words| find(&args.project, words, None, Needs::default()));
        let found = found.transpose()?;
        let chosen: Option<HashSet<RegionId>> = found.as_ref().map(|found| found.regions().collect());
        let wanted = |id: RegionId| chosen.as_ref().is_none_or(|chosen| chosen.contains(&id));
        let background = args.unlabelled == Unlabelled::Background;
        let syllabus = Syllabus::of(project, task, &wanted, (args.accepted, background, args.least))?;
        let layers = if args.layer.is_empty() {
            Syllabus::usual_layers(project)
        } else {
            args.layer.iter().map(|l| choose_layer(project, Some(l))).collect::<anyhow::Result<_>>()?
        };
        let grid = Grid::fitting(project, &layers, &syllabus, metres(args.metres_per_px)?);
        let multiple = family.facts().multiple;
        let chip_px = (args.chip as usize).div_ceil(multiple) * multiple;
        let mut class = Self {
            shape: NetShape {
                size: args.size.clone().unwrap_or_else(|| family.facts().sizes[0].to_owned()),
                inputs: 0,
                classes: syllabus.classes.len(),
            },
            syllabus,
            query: found.map_or_else(String::new, |f| f.text),
            grid,
            bands: Vec::new(),
            fields: Vec::new(),
            chip_px,
            layers,
        };
        class.open(args, project)?;
        class.shape.inputs = class.bands.len() + usize::from(class.syllabus.task.kind() == Kind::Regions);
        Ok(class)
    }

    /// Opens the layers, each on the grid and with the regions that lie on it.
    fn open(&mut self, args: &TrainArgs, project: &Project) -> anyhow::Result<()> {
        let layers = std::mem::take(&mut self.layers);
        for id in layers {
            let Some(layer) = project.layers().get(&id) else { continue };
            let source = open_layer(&args.project, layer)?;
            if self.bands.is_empty() {
                self.bands = match args.bands.as_slice() {
                    [] => View::usual_bands(source.image()),
                    bands => bands.iter().map(|band| band.wrapping_sub(1)).collect(),
                };
            }
            has_bands(&source, &self.bands, &layer.name)?;
            let view = View { bands: self.bands.clone(), scale: self.grid.scale(project, id) };
            let regions = &self.syllabus.regions;
            // A network for regions sees all of them; one for pixels only learns from those that are asked for.
            let shown = |id: RegionId| self.syllabus.task == Task::Damage || regions.contains_key(&id);
            let mut field =
                Field::new(source, view).with_regions(project, id, &shown, &|id| regions.get(&id).copied());
            if let Some(background) = self.syllabus.background() {
                field = field.unclaimed_is(background);
            }
            if field.shapes().iter().any(|shape| shape.class.is_some()) {
                self.layers.push(id);
                self.fields.push(field);
            }
        }
        if self.fields.is_empty() {
            return Err(Failure::because(
                "No labelled region lies on these layers",
                "name other layers with --layer, or label areas on these (points and lines cover no pixel)",
            ));
        }
        Ok(())
    }

    fn sides(&self, args: &TrainArgs, project: &Project) -> anyhow::Result<Sides> {
        let split = split(&args.split, args.block_m, self.grid, project)?;
        Ok(match split {
            Split::Blocks { share, side_px } => Sides::of_blocks(
                &self.fields,
                self.syllabus.classes.len(),
                (share, side_px),
                self.chip_px,
                args.seed,
            ),
            Split::Layer(layer) => {
                let Some(at) = self.layers.iter().position(|id| *id == layer) else {
                    let hint = "learn from it too (--layer), or hold out another";
                    return Err(Failure::because(
                        "Nothing labelled lies on the layer that is held out",
                        hint,
                    ));
                };
                Sides::of_fields([at])
            }
        })
    }

    fn model(&self, family: &dyn Family, taught: &Graduate, training: Training) -> Model {
        let kind = self.syllabus.task.kind();
        let sha256 = learning::sha256(&taught.taught.weights);
        let name = family.facts().name;
        let manifest = Manifest {
            version: 1,
            id: Manifest::name_of(name, kind, &sha256),
            family: name.to_owned(),
            size: self.shape.size.clone(),
            kind,
            bands: self.bands.clone(),
            metres_per_px: self.grid.metres_per_px,
            chip_px: self.chip_px,
            classes: self.syllabus.classes.clone(),
            sha256,
            normal: taught.normal.clone(),
            training,
            scores: Scores::new(taught.taught.confusion.clone(), taught.taught.calibration),
        };
        Model { manifest, weights: taught.taught.weights.clone() }
    }
}

/// Refuses an image that lacks bands, by name.
pub(crate) fn has_bands(source: &raster::Source, bands: &[usize], layer: &str) -> anyhow::Result<()> {
    let there = source.image().bands.len();
    match bands.iter().find(|band| **band >= there) {
        None => Ok(()),
        Some(band) => Err(Failure::because(
            format!("{layer} has {there} bands, and there is no band {}", band.wrapping_add(1)),
            "bands are counted from 1; all layers must have the bands that are learnt from",
        )),
    }
}

fn metres(given: Option<f64>) -> anyhow::Result<Option<f64>> {
    match given {
        Some(metres) if !(metres.is_finite() && metres > 0.0) => {
            Err(Failure::because("A pixel spans more than 0 metres", "give --metres-per-px such as 0.1"))
        }
        other => Ok(other),
    }
}

fn split(text: &str, block_m: Option<f64>, grid: Grid, project: &Project) -> anyhow::Result<Split> {
    let side_px = match (metres(block_m)?, grid.metres_per_px) {
        (None, _) => None,
        (Some(metres), Some(px)) => Some(((metres / px).round() as usize).max(1)),
        (Some(_), None) => {
            return Err(Failure::because(
                "The imagery has no scale, so a block in metres means nothing",
                "leave --block-m out",
            ));
        }
    };
    let wrong = || {
        Failure::because(
            format!("`{text}` is no split"),
            "say blocks, blocks:SHARE (0.05 to 0.5) or layer:NAME",
        )
    };
    match text.split_once(':') {
        None if text == "blocks" => Ok(Split::Blocks { share: 0.25, side_px }),
        Some(("blocks", share)) => {
            let share = share.parse::<f64>().ok().filter(|s| (0.05..=0.5).contains(s)).ok_or_else(wrong)?;
            Ok(Split::Blocks { share, side_px })
        }
        Some(("layer", name)) => Ok(Split::Layer(choose_layer(project, Some(name))?)),
        _ => Err(wrong()),
    }
}

fn split_in_words(args: &TrainArgs, class: &Class, sides: &Sides) -> String {
    if args.split.starts_with("layer:") {
        return args.split.clone();
    }
    let side = sides.side_px() as f64;
    let (side, unit) = class.grid.metres_per_px.map_or((side, "px"), |m| (side * m, "m"));
    format!("{} of {} blocks of {side:.0} {unit}, seed {}", args.split, sides.blocks(), args.seed)
}

/// Weights to begin with, if they are those of such a network.
fn start(from: &Path, shape: &NetShape, family: &dyn Family) -> anyhow::Result<Vec<u8>> {
    if from.is_dir() {
        // Whether they fit is asked when they are loaded.
        return Ok(Model::read(from)?.weights);
    }
    Ok(family.adopt(shape, from)?)
}

/// A network that was taught, with how it sees samples.
struct Graduate {
    taught: Taught,
    normal: Normal,
}

fn teach(
    args: &TrainArgs,
    class: &Class,
    material: &Material<'_>,
    (family, engine): (&dyn Family, &Engine),
    start: Option<&[u8]>,
) -> anyhow::Result<Graduate> {
    use learning::ChipSource as _;
    let normal = Normal::of(&material.chips, class.bands.len(), 200)?;
    let weights = material.chips.class_weights(class.shape.classes);
    let usual = material.chips.len().clamp(64, 512);
    let course = Course {
        epochs: args.epochs as usize,
        batch: args.batch as usize,
        chips_per_epoch: args.chips_per_epoch.map_or(usual, |n| n as usize),
        rate: args.rate,
        decay: 1e-2,
        patience: args.patience as usize,
        seed: args.seed,
        augment: if args.plain { Augment::NONE } else { Augment::default() },
    };
    let keep = checkpoint(&args.out);
    let lesson = Lesson {
        shape: &class.shape,
        kind: class.syllabus.task.kind(),
        normal: &normal,
        chips: &material.chips,
        held_out: &material.held_out,
        class_weights: &weights,
        course: &course,
        start,
        checkpoint: Some(&keep),
    };
    let bar = progress::bar("Teaching", (course.epochs * course.chips_per_epoch) as u64);
    let mut tell = |news: News<'_>| match news {
        News::Chips { epoch, done, of } => bar.set_position(((epoch - 1) * of + done) as u64),
        News::Epoch(epoch) => {
            let said = format!("Epoch {}: F1 {:.3}", epoch.number, epoch.macro_f1);
            log::info!("{said}, loss {:.4}, held out {:.4}", epoch.loss, epoch.held_out_loss);
            bar.set_message(said);
        }
    };
    let taught = family.teach(&lesson, engine, &mut Watch { stop: &stop::is_wanted, tell: &mut tell });
    bar.finish_and_clear();
    Ok(Graduate { taught: taught?, normal })
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
        },
        "seconds": manifest.training.seconds,
        "device": manifest.training.device,
    })
}

fn in_words(out: &Path, manifest: &Manifest) -> String {
    let (scores, training) = (&manifest.scores, &manifest.training);
    let mut rows = vec![
        ("Model", out.display().to_string()),
        ("Predicts as", format!("model:{}", manifest.id)),
        ("Learnt from", format!("{} regions on {}", training.regions, training.layers.join(", "))),
        ("Held out", format!("{} regions: {}", training.held_out_regions, training.split)),
        ("Macro F1", format!("{:.3} (IoU {:.3})", scores.macro_f1, scores.mean_iou)),
        ("Accuracy", format!("{:.3}; always the commonest class: {:.3}", scores.accuracy, scores.majority)),
        ("Calibration", format!("temperature {:.2}", scores.calibration.temperature)),
        ("Took", format!("{:.0} s, {} epochs on the {}", training.seconds, training.epochs, training.device)),
    ];
    for (at, code) in manifest.classes.iter().enumerate() {
        let class = scores.confusion.class(at);
        rows.push((
            named(code),
            format!("F1 {:.3}, IoU {:.3}, {} held out", class.f1, class.iou, class.support),
        ));
    }
    table(&rows)
}
