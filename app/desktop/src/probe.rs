//! The values under the pointer.

use std::sync::Arc;

use jobs::{JobContext, JobFailure, Priority};
use picture::{BandMix, LayerView};
use project::LayerId;
use raster::{ImageDescription, Source};
use spatial::{ImagePoint, Viewport};

use crate::frame::Program;
use crate::map::layer::band_name;
use crate::state::Probe;

/// Which values are to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wish {
    pub(crate) layer: LayerId,
    /// The layer's number on the GPU, another each time it is opened.
    pub(crate) number: u64,
    /// Column and row in the full resolution.
    pub(crate) pixel: (u32, u32),
    pub(crate) level: u8,
}

/// The level that values are read of: the full resolution, but of an image on a server what is on the screen, since
/// a look at a number is not worth fetching a tile.
pub(crate) fn level(view: &LayerView, camera: &Viewport) -> u8 {
    let is_far = raster::is_address(view.source.path());
    if is_far { view.seen(camera).map_or(0, |(level, _)| level) } else { 0 }
}

/// Reads them; meant for a job.
pub(crate) fn read(
    ctx: &JobContext,
    source: &Source,
    wish: Wish,
    mix: &BandMix,
) -> Result<Probe, JobFailure> {
    let Wish { layer, pixel, level, .. } = wish;
    let bands = mix.bands();
    let (x, y) = at_level(source, pixel, level);
    let job = ctx.clone();
    let read = || source.read_exact(level, x, y, 1, 1, bands);
    let read = raster::while_wanted(move || !job.is_cancelled(), read)?;
    let is_rgb = matches!(mix, BandMix::Rgb(_));
    let value = |(i, band): (usize, &usize)| {
        let name = short_band_name(source.image(), *band, is_rgb, i);
        read.value(i, 0, 0).map(|v| (name, v.to_f64()))
    };
    let mut values: Option<Vec<_>> =
        read.is_valid(0, 0).then(|| bands.iter().enumerate().filter_map(value).collect());
    if let (Some(values), BandMix::Formula { formula, .. }) = (&mut values, mix) {
        let samples = source.read_window(level, x, y, 1, 1, bands)?;
        let result = formula.values(&samples).first().copied().unwrap_or(f32::NAN);
        values.insert(0, ("Formula".to_owned(), f64::from(result)));
    }
    Ok(Probe { layer, pixel, values, is_coarse: level > 0 })
}

impl Program {
    /// Reads the samples under the pointer, one request at a time, the latest place next.
    pub(crate) fn plan_probe(&mut self) {
        let Some(at) = self.state.pointer.world else {
            self.state.pointer.probe = None;
            self.probed = None;
            return;
        };
        if self.work.probe.is_some() {
            return;
        }
        let Some((id, layer)) = self.state.shown_layer() else { return };
        let Some(view) = layer.view() else { return };
        let pixel = view.placement.image_from_world(at).and_then(|p| pixel_of(p, view.placement.size()));
        let Some(pixel) = pixel else {
            self.state.pointer.probe = None;
            self.probed = None;
            return;
        };
        let wish = Wish { layer: id, number: view.number, pixel, level: level(view, &self.state.camera) };
        let place = (wish, view.rendering.mix.clone());
        if self.probed.as_ref() == Some(&place) {
            return;
        }
        let (source, mix) = (Arc::clone(&view.source), place.1.clone());
        self.probed = Some(place);
        let read = move |ctx: &JobContext| read(ctx, &source, wish, &mix);
        self.work.probe = Some(self.jobs.spawn(Priority::Visible, "Read the values under the pointer", read));
    }
}

/// The pixel of an image in which a place lies.
pub(crate) fn pixel_of(p: ImagePoint, (width, height): (u32, u32)) -> Option<(u32, u32)> {
    let inside = p.x >= 0.0 && p.y >= 0.0 && p.x < f64::from(width) && p.y < f64::from(height);
    inside.then_some((p.x as u32, p.y as u32))
}

/// A pixel of the full resolution in the pixels of a level.
fn at_level(source: &Source, (x, y): (u32, u32), level: u8) -> (u32, u32) {
    let (pyramid, index) = (source.pyramid(), usize::from(level));
    let Some(size) = pyramid.levels().get(index) else { return (x, y) };
    let (sx, sy) = pyramid.scale(level);
    let along = |at: u32, scale: f64, side: u32| ((f64::from(at) / scale) as u32).min(side - 1);
    (along(x, sx, size.width), along(y, sy, size.height))
}

/// `R`, `G`, `B` when three bands are shown, else the band's number and name.
fn short_band_name(image: &ImageDescription, band: usize, rgb: bool, slot: usize) -> String {
    if rgb { ["R", "G", "B"][slot.min(2)].to_owned() } else { band_name(image, band) }
}
