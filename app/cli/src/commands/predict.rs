//! `predict`: what a model says of a layer, as predictions in the project.

use std::time::Instant;

use geo::Rect;
use learning::{Asking, Engine, Following, Manifest, Model};
use project::{LayerId, Project};
use serde_json::json;
use spatial::WorldRect;
use teaching::{Visit, area_in_pixels, author_of};

use super::train::engine;
use crate::args::PredictArgs;
use crate::failure::Failure;
use crate::output::{Output, note};
use crate::workspace::{self, choose_layer, now_ms, open_layer};
use crate::{progress, stop};

/// Tiles that go through the network at once.
const BATCH: usize = 4;

pub(crate) fn run(args: &PredictArgs, output: &Output) -> anyhow::Result<()> {
    stop::listen();
    let started = Instant::now();
    let model = Model::read(&args.model)?;
    let engine = engine(args.device);
    let net = model.open(&teaching::families(), &engine)?;
    let mut session = workspace::edit(&args.project, author_of(&model.manifest).name())?;
    let project = session.project();
    let layer = choose_layer(project, args.layer.as_deref())?;
    let lost = || Failure::because("The layer is gone", "name another");
    let described = project.layers().get(&layer).ok_or_else(lost)?;
    let name = described.name.clone();
    let source = open_layer(&args.project, described)?;
    let area = area_px(args, project, layer)?;
    let (visit, warnings) = Visit::new(project, &model.manifest, layer, source, area)?;
    for warning in &warnings {
        note(&format!("warning: {warning}"));
    }
    let asking = asking(args, &model.manifest, &engine)?;
    let bar = progress::bar("Predicting", 1);
    let mut progress = |done: u64, of: u64| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let mut following = Following { stop: &stop::is_wanted, progress: &mut progress };
    let outlines = (args.min_area, args.simplify);
    let said = visit.part(args.shard).ask(net.as_ref(), &asking, outlines, &mut following);
    bar.finish_and_clear();
    let said = said?;
    let pixels = said.pixels;
    let mut ids = session.ids(now_ms()).clone();
    let proposal = said.proposal(session.project(), &mut ids, now_ms());
    *session.ids(now_ms()) = ids;
    let author = author_of(&model.manifest);
    if let Some(edit) = proposal.edit.filter(|_| !args.dry_run) {
        session.edit(&author, now_ms(), edit)?;
    }
    session.close()?;
    let by_class = proposal.by_class;
    let regions: usize = by_class.values().sum();
    let value = json!({
        "regions": regions,
        "pixels": pixels,
        "by_class": by_class,
        "author": author.name(),
        "layer": name,
        "held_out_macro_f1": model.manifest.scores.macro_f1,
        "changed": !args.dry_run,
        "seconds": started.elapsed().as_secs_f64(),
        "device": engine.name(),
    });
    output.result(&value, || {
        let list: Vec<String> = by_class.iter().map(|(class, n)| format!("{class} {n}")).collect();
        let scored = model.manifest.scores.macro_f1;
        format!(
            "{regions} predictions by {author} on {name}: {}\nIts macro F1 on what was held out was {scored:.3}",
            list.join(", ")
        )
    })
}

fn asking(args: &PredictArgs, manifest: &Manifest, engine: &Engine) -> anyhow::Result<Asking> {
    let multiple = learning::family(&teaching::families(), &manifest.family)?.facts().multiple;
    let tile = args.tile.map_or_else(|| engine.tile_px().max(manifest.chip_px), |tile| tile as usize);
    Ok(Asking::new(tile, multiple, BATCH))
}

/// The area that was asked for, in pixels of the layer.
fn area_px(args: &PredictArgs, project: &Project, layer: LayerId) -> anyhow::Result<Option<Rect<f64>>> {
    let [x0, y0, x1, y1] = match args.area.as_slice() {
        [] => return Ok(None),
        [a, b, c, d] if [a, b, c, d].iter().all(|n| n.is_finite()) && a < c && b < d => [*a, *b, *c, *d],
        _ => {
            return Err(Failure::because(
                "An area is four numbers",
                "give --area xmin,ymin,xmax,ymax, the smaller ones first",
            ));
        }
    };
    if args.px {
        return Ok(Some(Rect::new((x0, y0), (x1, y1))));
    }
    let lost =
        || Failure::because("The area lies where the layer has no place", "give it in pixels with --px");
    area_in_pixels(project, layer, WorldRect::new((x0, y0), (x1, y1))).map(Some).ok_or_else(lost)
}
