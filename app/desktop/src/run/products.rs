//! Products of the shown layer: made in the background into the cache, then a layer like any other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use compute::Compute;
use cubes::{Facts, ImageCube, Kind, Phase, Recipe};
use egui::ecolor::Hsva;
use jobs::{Job, JobContext, JobFailure, Priority};
use picture::{BandMix, ClassColor, Classes, Rendering};
use project::{Change, Edit, LayerId};
use raster::Source;
use renderer::Colormap;
use spectral::{ComputedBy, Engine, Spectrum};

use crate::frame::Program;
use crate::notice::Tone;
use crate::outbox::LayerAsk;
use crate::products::{Draft, Made, ProductsAsk, words};
use crate::spectra::Origin;
use crate::work::{self, FoundImage, Purpose, file_name};

/// The most bytes that products which nobody saved take; the oldest go first.
const MOST_BYTES: u64 = 20 << 30;

/// A product that was made.
#[derive(Debug)]
struct Finished {
    kind: Kind,
    facts: Facts,
    path: PathBuf,
    image: FoundImage,
}

/// What is being made and saved.
#[derive(Debug, Default)]
pub(crate) struct ProductsWork {
    making: Option<Job<Finished>>,
    saving: Vec<Job<(LayerId, PathBuf)>>,
}

impl ProductsWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.making.is_some() || !self.saving.is_empty()
    }
}

/// A spectrum to compare with, as it was when the product was asked for.
struct Given {
    name: String,
    spectrum: Spectrum,
    /// Bands of the layer that the product is of, where it was taken there; empty elsewhere.
    bands: Arc<[usize]>,
}

impl Program {
    pub(super) fn products(&mut self, ask: ProductsAsk) {
        match ask {
            ProductsAsk::Draft(draft) => self.state.products.draft = draft,
            ProductsAsk::Make => self.make_product(),
            ProductsAsk::Band(layer, band) => {
                let colormap = self.state.layers.get(&layer).and_then(|l| l.rendering()?.mix.colormap());
                let mix = BandMix::Single { band, colormap: colormap.unwrap_or(Colormap::Viridis) };
                self.layer(layer, &LayerAsk::Mix(mix));
            }
            ProductsAsk::Save(layer) => self.ask_for_file(Purpose::SaveProduct(layer)),
        }
    }

    /// Takes what was made and saved.
    pub(crate) fn receive_products(&mut self) {
        if let Some(result) = self.products_work.making.as_ref().and_then(Job::poll) {
            self.products_work.making = None;
            self.state.products.running = None;
            match result {
                Ok(finished) => self.finished_product(finished),
                Err(failure) => self.product_failed(&failure),
            }
        }
        for result in work::ended(&mut self.products_work.saving) {
            match result {
                Ok((layer, path)) => self.saved_product(layer, &path),
                Err(failure) => self.job_failed(&failure),
            }
        }
        let layers = &self.state.layers;
        self.state.products.made.retain(|id, _| layers.contains_key(id));
    }

    fn product_failed(&mut self, failure: &JobFailure) {
        match failure.error::<cubes::CubeError>() {
            Some(cubes::CubeError::Stopped) => {}
            Some(error) => {
                let text = crate::format::sentence(&format!("The product was not made: {error}"));
                self.state.notices.problem(text, error.hint());
            }
            None => self.job_failed(failure),
        }
    }

    /// Makes the product of the draft from the shown layer.
    pub fn make_product(&mut self) {
        if self.products_work.making.is_some() {
            return;
        }
        let Some((id, view)) = self.state.shown_layer().and_then(|(id, l)| Some((id, l.view()?))) else {
            return;
        };
        let draft = self.state.products.draft;
        let source = Arc::clone(&view.source);
        let bad = self.state.spectra.bad(id, &source);
        let given = self.given(id);
        if draft.kind.compares() && given.is_empty() {
            let text = "Pick pixels or open a library first: this product compares with the spectra shown.";
            self.state.notices.tell(Tone::Info, text, "");
            return;
        }
        let Some(folder) = self.cache_folder.clone().or_else(|| self.data_folder.clone()) else {
            let text = "There is no folder for products on this machine.";
            self.state.notices.problem(text, "Make it by `orthoscope product`.");
            return;
        };
        let of = Path::new(&source.image().name)
            .file_stem()
            .map_or_else(String::new, |s| s.to_string_lossy().into());
        let name = if draft.back {
            format!("{of} from components")
        } else {
            format!("{} of {of}", words(draft.kind).name)
        };
        let title = format!("Make {name}");
        let compute = self.compute.clone();
        let mut stay = self.files_of_layers();
        let body = move |ctx: &JobContext| -> Result<Finished, JobFailure> {
            let folder = folder.join("products");
            std::fs::create_dir_all(&folder)?;
            let path = free_path(&folder, &name);
            let finished = finish(&source, &bad, draft, given, compute.as_ref(), path, ctx)?;
            stay.push(finished.path.clone());
            for gone in raster::make_room(&folder, MOST_BYTES, &stay) {
                ctx.warn(format!(
                    "{} made room: it was the oldest of the unsaved products.",
                    file_name(&gone)
                ));
            }
            Ok(finished)
        };
        let job = self.jobs.spawn(Priority::Normal, title, body);
        self.state.products.running = Some(job.id());
        self.products_work.making = Some(job);
    }

    /// Where the images of the open project lie.
    fn files_of_layers(&self) -> Vec<PathBuf> {
        let folder = self.state.project_folder().unwrap_or_default();
        let layers = self.state.content().map(project::Project::layers).into_iter().flatten();
        layers.map(|(_, layer)| raster::located(&folder, &layer.path)).collect()
    }

    /// The visible spectra.
    fn given(&self, layer: LayerId) -> Vec<Given> {
        let spectra = &self.state.spectra;
        let factor = spectra.library_scale.unwrap_or(1.0);
        let one = |shown: &crate::spectra::Shown| {
            let mut spectrum = Spectrum::clone(&shown.spectrum);
            if matches!(shown.origin, Origin::Library { .. }) {
                spectrum.values.iter_mut().for_each(|v| *v *= factor);
            }
            let here = shown.origin.layer() == Some(layer);
            let bands = if here { Arc::clone(&shown.bands) } else { Arc::new([]) };
            Given { name: shown.name.clone(), spectrum, bands }
        };
        spectra.shown.iter().filter(|s| s.visible).map(one).collect()
    }

    fn finished_product(&mut self, finished: Finished) {
        let Finished { kind, facts, path, image } = finished;
        if let ComputedBy::Processor { refused: Some(why) } = &facts.computed_by {
            self.gpu_left_out("computed the product", why);
        }
        let Some(id) = self.found_image(image) else { return };
        let made = Made { kind, facts: Arc::new(facts), cached: Some(path) };
        self.state.products.made.insert(id, made);
    }

    /// Writes a product to where somebody wants it.
    pub(crate) fn save_product(&mut self, layer: LayerId, to: PathBuf) {
        let cached = self.state.products.made.get(&layer).and_then(|made| made.cached.clone());
        let Some(from) = cached else { return };
        let title = format!("Save {}", file_name(&to));
        let body = move |_: &JobContext| -> Result<(LayerId, PathBuf), JobFailure> {
            work::copy_file(&from, &to)?;
            Ok((layer, to))
        };
        self.products_work.saving.push(self.jobs.spawn(Priority::Normal, title, body));
    }

    /// The layer is the saved file from here on. What lies in the cache stays, so that undo finds it.
    fn saved_product(&mut self, id: LayerId, path: &Path) {
        self.state.notices.done(format!("Saved to {}.", path.display()));
        let Some(before) = self.state.content().and_then(|p| p.layers().get(&id)).cloned() else { return };
        let mut after = before.clone();
        after.path = path.to_string_lossy().into_owned();
        if after != before && self.apply(Edit::Layer(Change::replace(id, before, after))) {
            self.open_layer(id);
        }
        if let Some(made) = self.state.products.made.get_mut(&id) {
            made.cached = None;
        }
    }
}

/// Makes the product and looks at what came of it.
fn finish(
    source: &Source,
    bad: &[bool],
    draft: Draft,
    given: Vec<Given>,
    compute: Option<&Compute>,
    path: PathBuf,
    ctx: &JobContext,
) -> Result<Finished, JobFailure> {
    let cube = ImageCube::without(source, bad)?;
    let mut recipe = Recipe {
        components: draft.components,
        back: draft.back && draft.kind.has_components(),
        clusters: draft.clusters,
        shrinkage: draft.shrinkage,
        free_sum: draft.free_sum,
        ..Recipe::new(draft.kind)
    };
    if draft.kind.compares() {
        for one in given {
            let values = if one.bands.is_empty() {
                cube.resampled(&one.spectrum)?
            } else {
                let of =
                    |band: &usize| one.bands.iter().position(|b| b == band).map(|i| one.spectrum.values[i]);
                cube.bands().iter().map(|b| of(b).unwrap_or(f64::NAN)).collect()
            };
            recipe.spectra.push((one.name, values));
        }
    }
    let on = |phase: Phase, share: f64| {
        let share = if phase == Phase::Looking { share / 2.0 } else { f64::midpoint(share, 1.0) };
        ctx.progress((share * 1000.0) as u64, 1000);
        !ctx.is_cancelled()
    };
    let engine = compute.map(|compute| compute as &dyn Engine);
    let facts = recipe.make_on(engine, &cube, &path, &on)?;
    let mut image = work::looked_at(ctx, &path, None)?;
    dress(&mut image.rendering, draft.kind, recipe.back, &facts);
    Ok(Finished { kind: draft.kind, facts, path, image })
}

/// How a product looks before anybody chose: one band in colours that rise evenly, groups each in its own.
fn dress(rendering: &mut Rendering, kind: Kind, back: bool, facts: &Facts) {
    if back {
        return;
    }
    if let BandMix::Rgb(_) | BandMix::Single { .. } = rendering.mix
        && !kind.has_components()
    {
        rendering.mix = BandMix::Single { band: 0, colormap: Colormap::Viridis };
        rendering.reversed = kind == Kind::Angle;
    }
    if kind == Kind::Clusters {
        rendering.classes = Classes::new(class_colors(facts.sizes.len())).ok();
    }
}

/// Colours around the circle by the golden ratio, so that any number of neighbours differ.
fn class_colors(count: usize) -> Vec<ClassColor> {
    let one = |i: usize| {
        let hue = (0.08 + i as f32 * 0.618_034).fract();
        let (saturation, value) = if i.is_multiple_of(2) { (0.62, 0.92) } else { (0.78, 0.70) };
        let [r, g, b, _] = Hsva::new(hue, saturation, value, 1.0).to_srgba_unmultiplied();
        ClassColor { value: i as i32 + 1, color: [r, g, b], name: format!("Group {}", i + 1) }
    };
    (0..count).map(one).collect()
}

/// A path that nothing has yet.
fn free_path(folder: &Path, stem: &str) -> PathBuf {
    let stem: String = stem.chars().map(|c| if "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect();
    let mut path = folder.join(format!("{stem}.tif"));
    let mut n = 2;
    while path.exists() {
        path = folder.join(format!("{stem} ({n}).tif"));
        n += 1;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_differ_in_colour_and_begin_at_one() {
        let colors = class_colors(32);
        assert_eq!((colors[0].value, colors.len()), (1, 32));
        for (i, a) in colors.iter().enumerate() {
            for b in &colors[i + 1..] {
                let apart: i32 =
                    a.color.iter().zip(b.color).map(|(x, y)| (i32::from(*x) - i32::from(y)).abs()).sum();
                assert!(apart > 12, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_new_product_takes_no_file_that_is_there() {
        let folder = tempfile::tempdir().expect("folder");
        let first = free_path(folder.path(), "RX of a/b");
        assert_eq!(first.file_name().and_then(|n| n.to_str()), Some("RX of a_b.tif"));
        std::fs::write(&first, b"").expect("written");
        assert_ne!(free_path(folder.path(), "RX of a/b"), first);
    }
}
