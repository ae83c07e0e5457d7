//! Spectra: taken from pixels, regions and libraries in the background; kept as files.

use std::path::PathBuf;
use std::sync::Arc;

use cubes::ImageCube;
use geo::{Geometry, MapCoords as _};
use jiff::civil::Date;
use jobs::{Job, JobContext, JobFailure, Jobs, Priority};
use project::{LayerId, RegionId};
use raster::Source;
use spatial::{ImagePoint, Placement, WorldPoint};

use crate::frame::Program;
use crate::map::dates;
use crate::notice::Tone;
use crate::outbox::LayerAsk;
use crate::probe::pixel_of;
use crate::spectra::{Course, Moment, OpenLibrary, Origin, SCALES, Shown, SpectraAsk, Spread};
use crate::work::{self, Purpose, file_name};

/// Percentiles that are drawn around a region's mean, and its median.
const PERCENTILES: [f64; 5] = [5.0, 25.0, 50.0, 75.0, 95.0];

/// What is being read and written.
#[derive(Debug, Default)]
pub(crate) struct SpectraWork {
    found: Vec<Job<Shown>>,
    libraries: Vec<Job<OpenLibrary>>,
    saved: Vec<Job<PathBuf>>,
    courses: Vec<(u64, Job<Course>)>,
}

impl SpectraWork {
    pub(crate) fn is_busy(&self) -> bool {
        !(self.found.is_empty()
            && self.libraries.is_empty()
            && self.saved.is_empty()
            && self.courses.is_empty())
    }
}

impl Program {
    /// Takes what has been read and written.
    pub(crate) fn receive_spectra(&mut self) {
        for result in work::ended(&mut self.spectra_work.found) {
            match result {
                Ok(shown) => self.add_spectrum(shown),
                Err(failure) => self.job_failed(&failure),
            }
        }
        for result in work::ended(&mut self.spectra_work.libraries) {
            match result {
                Ok(open) => self.opened_library(open),
                Err(failure) => self.job_failed(&failure),
            }
        }
        for result in work::ended(&mut self.spectra_work.saved) {
            match result {
                Ok(path) => self.state.notices.done(format!("Saved to {}.", path.display())),
                Err(failure) => self.job_failed(&failure),
            }
        }
        let layers = &self.state.layers;
        self.state.spectra.keep_layers(|id| layers.contains_key(&id));
        self.follow_time();
    }

    /// Reads what picked places were like on the layers that have a date, while that is looked at.
    fn follow_time(&mut self) {
        let ended: Vec<(u64, Result<Course, JobFailure>)> =
            self.spectra_work.courses.iter().filter_map(|(id, job)| Some((*id, job.poll()?))).collect();
        for (id, result) in ended {
            self.spectra_work.courses.retain(|(other, _)| *other != id);
            match result {
                Ok(course) => {
                    self.state.spectra.courses.insert(id, course);
                }
                Err(failure) => self.job_failed(&failure),
            }
        }
        if !self.state.spectra.show.over_time {
            return;
        }
        let dated: Vec<(LayerId, Date, Arc<Source>, Arc<Placement>)> = dated_layers(&self.state);
        let layers: Vec<LayerId> = dated.iter().map(|(id, ..)| *id).collect();
        let mut wanted = Vec::new();
        for shown in &self.state.spectra.shown {
            let Origin::Pixel { world: Some(world), .. } = shown.origin else { continue };
            let known = self.state.spectra.courses.get(&shown.id).is_some_and(|c| c.layers == layers);
            let asked = self.spectra_work.courses.iter().any(|(id, _)| *id == shown.id);
            if !known && !asked {
                wanted.push((shown.id, world));
            }
        }
        for (id, world) in wanted {
            let dated = dated.clone();
            let body = move |ctx: &JobContext| course(&dated, world, ctx);
            let job = self.jobs.spawn(Priority::Normal, "Read a place over time", body);
            self.spectra_work.courses.push((id, job));
        }
    }

    pub(crate) fn forget_spectra(&mut self) {
        self.spectra_work = SpectraWork::default();
        self.state.spectra.keep_layers(|_| false);
    }

    pub(super) fn spectra(&mut self, ask: SpectraAsk) {
        let spectra = &mut self.state.spectra;
        match ask {
            SpectraAsk::Region => self.take_region(),
            SpectraAsk::Remove(id) => spectra.shown.retain(|s| s.id != id),
            SpectraAsk::Clear => spectra.shown.clear(),
            SpectraAsk::Rename(id, name) => {
                if let Some(one) = spectra.one_mut(id) {
                    one.name = name;
                }
            }
            SpectraAsk::Visible(id, visible) => {
                if let Some(one) = spectra.one_mut(id) {
                    one.visible = visible;
                }
            }
            SpectraAsk::Show(show) => spectra.show = show,
            SpectraAsk::Look(layer, band) => {
                spectra.band = Some(band);
                self.look_at_band(layer, band);
            }
            SpectraAsk::Bad(layer, band, is_bad) => {
                if let Some(source) = self.state.layers.get(&layer).and_then(|l| l.source()) {
                    spectra.set_bad(layer, source, band, is_bad);
                    self.look_changed();
                }
            }
            SpectraAsk::OpenLibrary => self.ask_for_file(Purpose::OpenLibrary),
            SpectraAsk::Add(library, index) => self.add_of_library(library, index),
            SpectraAsk::LibraryScale(scale) => {
                spectra.library_scale = Some(scale).filter(|s| s.is_finite() && *s > 0.0);
            }
            SpectraAsk::Save => self.ask_for_file(Purpose::SaveSpectra),
        }
    }

    /// Shows one band of a layer, in the colours that one band had before.
    fn look_at_band(&mut self, layer: LayerId, band: usize) {
        let Some(rendering) = self.state.layers.get(&layer).and_then(|l| l.rendering()) else { return };
        let colormap = rendering.mix.colormap().unwrap_or(renderer::Colormap::Grey);
        self.layer(layer, &LayerAsk::Mix(picture::BandMix::Single { band, colormap }));
    }

    /// Reads the spectrum of the pixel of the shown layer at a place.
    pub(super) fn take_spectrum(&mut self, world: WorldPoint) {
        let Some((id, view)) = self.state.shown_layer().and_then(|(id, l)| Some((id, l.view()?))) else {
            return;
        };
        let at = view.placement.image_from_world(world).and_then(|p| pixel_of(p, view.placement.size()));
        let Some(at) = at else {
            let name = view.source.image().name.clone();
            let text = format!("{name} does not reach here; click where it lies.");
            self.state.notices.tell(Tone::Info, text, "");
            return;
        };
        let middle = ImagePoint { x: f64::from(at.0) + 0.5, y: f64::from(at.1) + 0.5 };
        let world = view.placement.world_from_image(middle);
        let origin = Origin::Pixel { layer: id, at, world };
        let source = Arc::clone(&view.source);
        let job = pixel_job(&self.jobs, self.state.spectra.next_id(), source, origin, at);
        self.spectra_work.found.push(job);
    }

    /// Reads the mean of the selected region on the shown layer.
    fn take_region(&mut self) {
        let [region] = self.state.selected() else {
            let text = "Select one region first; its mean is drawn then.";
            self.state.notices.tell(Tone::Info, text, "");
            return;
        };
        let region = *region;
        let Some((id, view)) = self.state.shown_layer().and_then(|(id, l)| Some((id, l.view()?))) else {
            return;
        };
        let Some(shape) = self.state.content().and_then(|p| p.region(region)) else { return };
        let Some(shape) = in_pixels(&shape.geometry, &view.placement) else {
            let text = "The region reaches beyond what the image's coordinates can tell.";
            self.state.notices.tell(Tone::Warning, text, "Choose the layer that it was drawn on.");
            return;
        };
        let source = Arc::clone(&view.source);
        let number = self.state.spectra.next_id();
        let job = region_job(&self.jobs, number, source, (id, region), shape);
        self.spectra_work.found.push(job);
    }

    fn add_spectrum(&mut self, shown: Shown) {
        let inks = self.state.theme.color.series.len();
        if !self.state.spectra.add(shown, inks) {
            let text = format!("{} spectra are shown already; remove some first.", crate::spectra::MOST);
            self.state.notices.tell(Tone::Info, text, "");
        }
    }

    /// Reads libraries that were chosen.
    pub fn open_libraries(&mut self, paths: Vec<PathBuf>) {
        for path in paths {
            let title = format!("Open {}", file_name(&path));
            let body = move |_: &JobContext| -> Result<OpenLibrary, JobFailure> {
                let library = cubes::files::read(&path)?;
                Ok(OpenLibrary { file: file_name(&path), library: Arc::new(library) })
            };
            self.spectra_work.libraries.push(self.jobs.spawn(Priority::Normal, title, body));
        }
    }

    /// A small library is shown at once, of a large one spectra are chosen by name.
    fn opened_library(&mut self, open: OpenLibrary) {
        const AT_ONCE: usize = 6;
        for warning in &open.library.warnings {
            self.state.notices.tell(Tone::Warning, format!("{}: {warning}", open.file), "");
        }
        let count = open.library.spectra.len();
        self.state.spectra.libraries.retain(|l| l.file != open.file);
        self.state.spectra.libraries.push(open);
        let place = self.state.spectra.libraries.len() - 1;
        if count <= AT_ONCE {
            (0..count).for_each(|i| self.add_of_library(place, i));
        } else {
            let text = format!("{count} spectra can be added from the list “Add from library”.");
            self.state.notices.tell(Tone::Info, text, "");
        }
    }

    fn add_of_library(&mut self, library: usize, index: usize) {
        let spectra = &mut self.state.spectra;
        let Some(open) = spectra.libraries.get(library) else { return };
        let Some(spectrum) = open.library.spectra.get(index) else { return };
        let (file, spectrum) = (open.file.clone(), spectrum.clone());
        let shown = Shown {
            id: spectra.next_id(),
            name: spectrum.name.clone(),
            ink: 0,
            visible: true,
            origin: Origin::Library { file },
            spectrum: Arc::new(spectrum),
            bands: Arc::new([]),
            spread: None,
        };
        self.add_spectrum(shown);
    }

    /// Writes the visible spectra as they are drawn: a table, or an ENVI library.
    pub(crate) fn save_spectra(&mut self, path: PathBuf) {
        let state = &self.state;
        let bad = |layer: LayerId| {
            let source = state.layers.get(&layer).and_then(|l| l.source());
            source.map(|s| state.spectra.bad(layer, s)).unwrap_or_default()
        };
        let library = state.spectra.library(bad);
        let title = format!("Save {}", file_name(&path));
        let body = move |_: &JobContext| -> Result<PathBuf, JobFailure> {
            cubes::files::write(&path, &library)?;
            Ok(path)
        };
        self.spectra_work.saved.push(self.jobs.spawn(Priority::Normal, title, body));
    }
}

/// Open layers that say when they were taken, with where they lie.
fn dated_layers(state: &crate::state::State) -> Vec<(LayerId, Date, Arc<Source>, Arc<Placement>)> {
    let of = |(id, layer): (&LayerId, &crate::map::layer::MapLayer)| {
        let view = layer.view()?;
        let date = dates::of_layer(layer, &view.source.image().name)?.day;
        Some((*id, date, Arc::clone(&view.source), Arc::new(view.placement.clone())))
    };
    state.layers.iter().filter_map(of).collect()
}

/// A place on layers with dates; those that do not reach there or hold nothing are left out.
fn course(
    dated: &[(LayerId, Date, Arc<Source>, Arc<Placement>)],
    world: WorldPoint,
    ctx: &JobContext,
) -> Result<Course, JobFailure> {
    let mut moments = Vec::new();
    for (layer, date, source, placement) in dated {
        ctx.check()?;
        let at = placement.image_from_world(world).and_then(|p| pixel_of(p, placement.size()));
        let Some((column, row)) = at else { continue };
        let bands: Vec<usize> = (0..source.image().bands.len()).collect();
        let values = ImageCube::new(source, bands, &[])?.pixel(column, row)?;
        if values.iter().any(|v| v.is_finite()) {
            moments.push(Moment { layer: *layer, date: *date, values });
        }
    }
    moments.sort_by_key(|moment| moment.date);
    Ok(Course { layers: dated.iter().map(|(id, ..)| *id).collect(), moments })
}

/// Reads all bands of a pixel.
fn pixel_job(jobs: &Jobs, id: u64, source: Arc<Source>, origin: Origin, at: (u32, u32)) -> Job<Shown> {
    jobs.spawn(Priority::Normal, "Read a spectrum", move |_: &JobContext| -> Result<Shown, JobFailure> {
        let cube = ImageCube::of_all(&source)?;
        let name = format!("Pixel {}, {}", at.0, at.1);
        let values = cube.pixel(at.0, at.1)?;
        if values.iter().all(|v| v.is_nan()) {
            return Err(JobFailure::message(format!("{name} of {} holds nothing.", source.image().name)));
        }
        Ok(shown(id, name, origin, &cube, values, None))
    })
}

/// Reads what the pixels of a region are like.
fn region_job(
    jobs: &Jobs,
    id: u64,
    source: Arc<Source>,
    (layer, region): (LayerId, RegionId),
    shape: Geometry<f64>,
) -> Job<Shown> {
    jobs.spawn(Priority::Normal, "Read a region", move |ctx: &JobContext| -> Result<Shown, JobFailure> {
        let cube = ImageCube::of_all(&source)?;
        let go_on = |share: f64| {
            ctx.progress((share * 1000.0) as u64, 1000);
            !ctx.is_cancelled()
        };
        let found = cubes::of_region(&cube, &shape, &go_on)?;
        let bands = found.bands();
        let percentiles = found.percentiles(&PERCENTILES);
        let spread = Spread {
            std: bands.iter().map(|b| b.std).collect(),
            percentiles: percentiles.try_into().unwrap_or_default(),
        };
        let origin = Origin::Region { layer, region, pixels: found.pixels() };
        let name = format!("Region of {}", crate::format::count(found.pixels() as usize, "pixel", "pixels"));
        let mean = bands.iter().map(|b| b.mean).collect();
        Ok(shown(id, name, origin, &cube, mean, Some(Arc::new(spread))))
    })
}

fn shown(
    id: u64,
    name: String,
    origin: Origin,
    cube: &ImageCube,
    values: Vec<f64>,
    spread: Option<Arc<Spread>>,
) -> Shown {
    let spectrum = Arc::new(cube.spectrum(name.clone(), values));
    Shown { id, name, ink: 0, visible: true, origin, spectrum, bands: cube.bands().into(), spread }
}

/// A region in pixels of the image; `None` where the image's coordinates do not reach.
pub(crate) fn in_pixels(shape: &Geometry<f64>, placement: &Placement) -> Option<Geometry<f64>> {
    shape
        .try_map_coords(|c| {
            let p = placement.image_from_world(WorldPoint { x: c.x, y: c.y }).ok_or(())?;
            Ok::<_, ()>(geo::Coord { x: p.x, y: p.y })
        })
        .ok()
}

/// What the scale of a choice is called.
pub(crate) fn scale_text(scale: Option<spectral::Normalisation>) -> &'static str {
    SCALES.iter().find(|(how, _)| *how == scale).map_or("", |(_, text)| text)
}
