//! `product`: a hyperspectral product of a whole image into a GeoTIFF.

use std::sync::Mutex;

use cubes::{Facts, ImageCube, Phase, Recipe};
use indicatif::ProgressBar;
use raster::Source;
use serde_json::{Value, json};
use spectral::{Cube as _, Engine};

use crate::args::ProductArgs;
use crate::failure::Failure;
use crate::output::Output;
use crate::{device, progress, spectra, stop};

pub(crate) fn run(args: &ProductArgs, output: &Output) -> anyhow::Result<()> {
    stop::listen();
    let source = Source::open(&args.file)?;
    let cube = spectra::cube(&source, &args.bands, args.keep_bad)?;
    let recipe = Recipe {
        spectra: spectra_given(args, &cube)?,
        components: args.components,
        back: args.inverse,
        clusters: args.clusters,
        seed: args.seed,
        shrinkage: args.shrinkage,
        free_sum: args.nonnegative,
        ..Recipe::new(args.kind.kind())
    };
    if args.inverse && !recipe.kind.has_components() {
        let hint = "use it with --kind pca or --kind mnf";
        return Err(Failure::because("--inverse goes back from components", hint));
    }
    let shape = cube.shape();
    let compute = device::chosen(args.device, (shape.pixels() * shape.bands) as u64)?;
    let engine = compute.as_ref().map(|compute| compute as &dyn Engine);
    let bars = Bars::default();
    let on = |phase, share| bars.report(phase, share);
    let facts = recipe.make_on(engine, &cube, &args.output, &on)?;
    bars.clear();
    let value = described(args, &cube, &facts);
    output.result(&value, || format!("{}: {}", args.output.display(), facts.bands.join(", ")))
}

fn described(args: &ProductArgs, cube: &ImageCube, facts: &Facts) -> Value {
    let image = cube.source().image();
    let kind = args.kind.kind();
    let mut value = json!({
        "path": args.output,
        "kind": kind.key(),
        "width": image.width,
        "height": image.height,
        "used_bands": cube.bands().iter().map(|b| b + 1).collect::<Vec<_>>(),
        "bands": facts.bands,
        "computed_by": device::named(&facts.computed_by),
    });
    if kind.has_components() {
        value["eigenvalues"] = json!(facts.eigenvalues);
    }
    if kind == cubes::Kind::Clusters {
        value["sizes"] = json!(facts.sizes);
        value["passes"] = json!(facts.passes);
        value["settled"] = json!(facts.settled);
        value["centres"] = json!(facts.centres);
    }
    value
}

/// The spectra that were given, by the bands that are used.
fn spectra_given(args: &ProductArgs, cube: &ImageCube) -> anyhow::Result<Vec<(String, Vec<f64>)>> {
    let kind = args.kind.kind();
    let mut named = Vec::new();
    if !kind.compares() {
        return Ok(named);
    }
    for path in &args.spectra {
        for spectrum in spectra::library(path)?.spectra {
            let values = cube.resampled(&spectrum)?.into_iter().map(|v| v * args.scale_spectra).collect();
            named.push((spectrum.name, values));
        }
    }
    for place in spectra::places(&args.places, cube.source().image())? {
        named.push((format!("{},{}", place.x, place.y), cube.pixel(place.column, place.row)?));
    }
    if named.is_empty() {
        let what = format!("`{}` compares pixels with spectra, and none was given", kind.key());
        return Err(Failure::because(what, "give --spectra LIBRARY or --at X,Y"));
    }
    Ok(named)
}

/// A bar for each phase, one after the other.
#[derive(Default)]
struct Bars(Mutex<Option<(Phase, ProgressBar)>>);

impl Bars {
    /// True while nobody has asked to stop.
    fn report(&self, phase: Phase, share: f64) -> bool {
        if let Ok(mut shown) = self.0.lock() {
            if shown.as_ref().is_none_or(|(before, _)| *before != phase) {
                let title = if phase == Phase::Looking { "Looking at the pixels" } else { "Writing" };
                if let Some((_, bar)) = shown.replace((phase, progress::bar(title, 1000))) {
                    bar.finish_and_clear();
                }
            }
            if let Some((_, bar)) = shown.as_ref() {
                bar.set_position((share * 1000.0) as u64);
            }
        }
        !stop::is_wanted()
    }

    fn clear(&self) {
        if let Ok(mut shown) = self.0.lock()
            && let Some((_, bar)) = shown.take()
        {
            bar.finish_and_clear();
        }
    }
}
