//! `predict`: what a model says of a layer, as predictions in the project.

use std::time::Instant;

use geo::Rect;
use learning::Following;
use project::{LayerId, Project};
use serde_json::json;
use spatial::WorldRect;
use teaching::{Ready, Visit, area_in_pixels, author_of};

use super::train::engine;
use crate::args::PredictArgs;
use crate::failure::Failure;
use crate::output::{Output, note};
use crate::workspace::{self, choose_layer, now_ms, open_layer};
use crate::{progress, stop};

pub(crate) fn run(args: &PredictArgs, output: &Output) -> anyhow::Result<()> {
    stop::listen();
    let started = Instant::now();
    let engine = engine(args.device);
    let mut model = Ready::open(&args.model, &engine)?;
    let bands: Vec<usize> = args.bands.iter().map(|band| band.wrapping_sub(1)).collect();
    let mut session = workspace::edit(&args.project, author_of(&model.manifest).name())?;
    let project = session.project();
    let layer = choose_layer(project, args.layer.as_deref())?;
    let lost = || Failure::because("The layer is gone", "name another");
    let described = project.layers().get(&layer).ok_or_else(lost)?;
    let name = described.name.clone();
    let source = open_layer(&args.project, described)?;
    let area = area_px(args, project, layer)?;
    let mut warnings = model.fit(project, layer, &source, &bands)?;
    let (visit, more) = Visit::new(project, &model.manifest, layer, source, area)?;
    warnings.extend(more);
    for warning in &warnings {
        note(&format!("warning: {warning}"));
    }
    let asking = model.asking(args.tile.map(|tile| tile as usize), &engine)?;
    let bar = progress::bar("Predicting", 1);
    let mut progress = |done: u64, of: u64| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let mut following = Following { stop: &stop::is_wanted, progress: &mut progress };
    let outlines = (model.min_area(args.min_area), args.simplify);
    let said = visit.part(args.shard).ask(model.net.as_ref(), &asking, outlines, &mut following);
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
    let scores = &model.manifest.scores;
    let scored = scores.are_known().then_some(scores.macro_f1);
    let value = json!({
        "regions": regions,
        "pixels": pixels,
        "by_class": by_class,
        "author": author.name(),
        "layer": name,
        "held_out_macro_f1": scored,
        "changed": !args.dry_run,
        "seconds": started.elapsed().as_secs_f64(),
        "device": model.device(&engine),
    });
    output.result(&value, || {
        let list: Vec<String> = by_class.iter().map(|(class, n)| format!("{class} {n}")).collect();
        let scored = scored.map_or_else(
            || "How good it is was not measured here".to_owned(),
            |scored| format!("Its macro F1 on what was held out was {scored:.3}"),
        );
        format!("{regions} predictions by {author} on {name}: {}\n{scored}", list.join(", "))
    })
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
