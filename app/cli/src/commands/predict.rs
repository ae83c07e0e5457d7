//! `predict`: what a model says of a layer, as predictions in the project.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use geo::{BoundingRect as _, Geometry};
use learning::outlines::Outliner;
use learning::{
    Asking, Engine, Following, Ground as _, Kind, Manifest, Model, Oracle, Predictor, predict_pixels,
    predict_regions,
};
use project::alignment::Alignment;
use project::{LayerId, Project, RegionId};
use serde_json::json;
use spatial::WorldRect;
use store::Session;
use teaching::{Asked, Field, Grid, Proposal, View, author_of, proposed_regions, proposed_verdicts};

use super::train::{engine, has_bands};
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
    let visit = Visit::begin(args, &session, &model.manifest)?;
    let asking = asking(args, &model.manifest, &engine)?;
    let mut ids = session.ids(now_ms()).clone();
    let asked = visit.ask(args, session.project(), net.as_ref(), &asking, &mut ids)?;
    *session.ids(now_ms()) = ids;
    let author = author_of(&model.manifest);
    if let Some(edit) = asked.proposal.edit.filter(|_| !args.dry_run) {
        session.edit(&author, now_ms(), edit)?;
    }
    let layer = visit.name.clone();
    session.close()?;
    let by_class = asked.proposal.by_class;
    let regions: usize = by_class.values().sum();
    let value = json!({
        "regions": regions,
        "pixels": asked.pixels,
        "by_class": by_class,
        "author": author.name(),
        "layer": layer,
        "held_out_macro_f1": model.manifest.scores.macro_f1,
        "changed": !args.dry_run,
        "seconds": started.elapsed().as_secs_f64(),
        "device": engine.name(),
    });
    output.result(&value, || {
        let list: Vec<String> = by_class.iter().map(|(class, n)| format!("{class} {n}")).collect();
        let scored = model.manifest.scores.macro_f1;
        format!(
            "{regions} predictions by {author} on {layer}: {}\nIts macro F1 on what was held out was {scored:.3}",
            list.join(", ")
        )
    })
}

fn asking(args: &PredictArgs, manifest: &Manifest, engine: &Engine) -> anyhow::Result<Asking> {
    let multiple = learning::family(&teaching::families(), &manifest.family)?.facts().multiple;
    let tile = args.tile.map_or_else(|| engine.tile_px().max(manifest.chip_px), |tile| tile as usize);
    Ok(Asking::new(tile, multiple, BATCH))
}

/// A layer on the grid of a model, and where on it one looks.
struct Visit<'a> {
    manifest: &'a Manifest,
    layer: LayerId,
    name: String,
    field: Field,
    /// In pixels of the grid.
    area: (Range<usize>, Range<usize>),
}

/// What came of it.
struct Answer {
    proposal: Proposal,
    pixels: u64,
}

impl<'a> Visit<'a> {
    fn begin(args: &PredictArgs, session: &Session, manifest: &'a Manifest) -> anyhow::Result<Self> {
        let project = session.project();
        let layer = choose_layer(project, args.layer.as_deref())?;
        let described = project.layers().get(&layer);
        let described = described.ok_or_else(|| Failure::because("The layer is gone", "name another"))?;
        let source = open_layer(&args.project, described)?;
        has_bands(&source, &manifest.bands, &described.name)?;
        let grid = Grid { metres_per_px: manifest.metres_per_px };
        let scale = grid.scale(project, layer);
        if scale < 0.67 {
            note(&format!(
                "warning: {} is {:.1} times as coarse as what the model learnt from; it may see little",
                described.name,
                1.0 / scale
            ));
        }
        if manifest.metres_per_px.is_some() != Grid::metres_of(project, layer).is_some() {
            note("warning: the model and the layer do not both have a scale, so sizes may not fit");
        }
        let mut field = Field::new(source, View { bands: manifest.bands.clone(), scale });
        let (width, height) = field.size();
        let pixels = area_px(args, project, layer)?;
        let on_grid = |low: f64, high: f64, most: usize| {
            let at = |c: f64| (c / scale).clamp(0.0, most as f64);
            at(low).floor() as usize..at(high).ceil() as usize
        };
        let area = pixels.map_or((0..width, 0..height), |b| {
            (on_grid(b.min().x, b.max().x, width), on_grid(b.min().y, b.max().y, height))
        });
        if area.0.is_empty() || area.1.is_empty() {
            return Err(Failure::because(
                "The area does not meet the layer",
                "`orthoscope info` says where it lies",
            ));
        }
        let (columns, rows) = area;
        let area = (columns, part(rows, args.shard));
        if manifest.kind == Kind::Regions {
            field = field.with_regions(project, layer, &|_| true, &|_| None);
        }
        Ok(Self { manifest, layer, name: described.name.clone(), field, area })
    }

    fn ask(
        &self,
        args: &PredictArgs,
        project: &Project,
        predictor: &dyn Predictor,
        asking: &Asking,
        ids: &mut project::IdSource,
    ) -> anyhow::Result<Answer> {
        let oracle = Oracle { predictor, manifest: self.manifest };
        let bar = progress::bar("Predicting", 1);
        let mut progress = |done: u64, of: u64| {
            bar.set_length(of);
            bar.set_position(done);
        };
        let mut following = Following { stop: &stop::is_wanted, progress: &mut progress };
        let asked = match self.manifest.kind {
            Kind::Regions => self.regions(project, &oracle, asking, &mut following, ids),
            Kind::Pixels => self.pixels(args, project, &oracle, asking, &mut following, ids),
        };
        bar.finish_and_clear();
        asked
    }

    fn regions(
        &self,
        project: &Project,
        oracle: &Oracle<'_>,
        asking: &Asking,
        following: &mut Following<'_>,
        ids: &mut project::IdSource,
    ) -> anyhow::Result<Answer> {
        let shapes = self.field.shapes();
        let (width, height) = self.field.size();
        // A region whose middle lies beyond the layer's edge is at the edge.
        let meant = |geometry: &Geometry<f64>| {
            let within = |range: &Range<usize>, c: f64, most: usize| {
                (range.start as f64..range.end as f64).contains(&c.clamp(0.0, most as f64 - 0.5))
            };
            let middle = geometry.bounding_rect().map(geo::Rect::center);
            middle.is_some_and(|c| within(&self.area.0, c.x, width) && within(&self.area.1, c.y, height))
        };
        let wanted = |x: i64, y: i64, side: usize| self.field.is_met(x, y, side, &meant);
        let verdicts = predict_regions(oracle, &self.field, &wanted, asking, following)?;
        let pixels = verdicts.values().map(|v| v.pixels).sum();
        let verdicts: BTreeMap<RegionId, _> = verdicts
            .into_iter()
            .filter_map(|(owner, verdict)| Some((shapes.get(owner as usize - 1)?, verdict)))
            .filter(|(shape, _)| meant(&shape.geometry))
            .map(|(shape, verdict)| (shape.region, verdict))
            .collect();
        if verdicts.is_empty() {
            return Err(Failure::because(
                "No region with an area lies on the layer there",
                "a model of regions judges those that the project has: import footprints first",
            ));
        }
        let proposal = proposed_verdicts(project, self.manifest, &verdicts, ids, now_ms());
        Ok(Answer { proposal, pixels })
    }

    fn pixels(
        &self,
        args: &PredictArgs,
        project: &Project,
        oracle: &Oracle<'_>,
        asking: &Asking,
        following: &mut Following<'_>,
        ids: &mut project::IdSource,
    ) -> anyhow::Result<Answer> {
        let background = self.manifest.classes.iter().position(String::is_empty).map(|at| at as u8);
        let of_a_pixel = self.manifest.metres_per_px.map_or(1.0, |m| m * m);
        let least = (args.min_area.max(0.0) / of_a_pixel).ceil() as u64;
        let mut outliner = Outliner::new(self.area.clone(), background, least);
        let mut pixels = 0;
        let mut take = |block: learning::Block| {
            pixels += block.class.iter().filter(|class| **class != learning::NOTHING).count() as u64;
            outliner.take(block);
            Ok(())
        };
        predict_pixels(oracle, &self.field, self.area.clone(), asking, following, &mut take)?;
        let patches = outliner.finish(args.simplify.max(0.0));
        let (columns, rows) = self.area.clone();
        let asked = Asked { layer: self.layer, scale: self.field.view().scale, columns, rows };
        let proposal = proposed_regions(project, self.manifest, &asked, patches, ids, now_ms());
        Ok(Answer { proposal, pixels })
    }
}

/// One of several parts of some rows.
fn part(rows: Range<usize>, shard: Option<(usize, usize)>) -> Range<usize> {
    let Some((one, of)) = shard else { return rows };
    let at = |i: usize| rows.start + rows.len() * i / of;
    at(one - 1)..at(one)
}

/// The area that was asked for, in pixels of the layer.
fn area_px(args: &PredictArgs, project: &Project, layer: LayerId) -> anyhow::Result<Option<WorldRect>> {
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
    let given = WorldRect::new((x0, y0), (x1, y1));
    if args.px {
        return Ok(Some(given));
    }
    let outline = Geometry::Polygon(given.to_polygon());
    let placed = Alignment::of(project, layer).ok().and_then(|a| a.in_pixels(&outline)?.bounding_rect());
    let lost =
        || Failure::because("The area lies where the layer has no place", "give it in pixels with --px");
    placed.map(Some).ok_or_else(lost)
}
