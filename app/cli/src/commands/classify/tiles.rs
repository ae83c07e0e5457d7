//! The image tile by tile, each with as much around it as features look at, so that there are no seams and memory is
//! bounded whatever its size.

use std::collections::BTreeMap;
use std::path::Path;

use cubes::ImageCube;
use raster::write::{NewImage, WriteOptions, Writer};
use raster::{ColorRole, ImageDescription, SampleBuffer, SampleType};
use segment::{Bank, Bins, Image, Learner, PixelFeatures, likeliest};

use super::examples::Known;
use super::told;
use crate::args::ClassifyArgs;
use crate::failure::Failure;
use crate::stop;

/// The most bytes of features, and of samples, of one tile.
const MOST_BYTES: usize = 256 << 20;
/// The most values of all examples together.
const MOST_EXAMPLES: usize = 1 << 27;

/// An image cut into tiles.
pub(super) struct Tiles<'a> {
    cube: &'a ImageCube,
    bank: &'a Bank,
    side: u32,
    features: usize,
}

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    /// Of each class.
    pub(super) pixels: Vec<u64>,
    pub(super) features: usize,
}

/// A part of the image, and where the tile lies in it.
struct Part {
    image: Image,
    /// The tile's first column and row within.
    offset: (usize, usize),
    width: usize,
    height: usize,
}

impl<'a> Tiles<'a> {
    pub(super) fn new(cube: &'a ImageCube, bank: &'a Bank) -> anyhow::Result<Self> {
        let bands = cube.bands().len();
        let features = bank.features(bands).len();
        let halo = bank.halo();
        let fits = |side: &u32| {
            let around = (*side as usize + 2 * halo).pow(2);
            let samples = around.saturating_mul(bands * 4);
            around.saturating_mul(features) <= MOST_BYTES && samples <= MOST_BYTES
        };
        let side = [1024, 512, 256, 128, 64, 32].into_iter().find(fits);
        let (Some(side), 1..=65_535) = (side, features) else {
            let what = format!("{features} features of {bands} bands do not fit into memory");
            return Err(Failure::because(what, "choose fewer --bands, or smaller and fewer --scales"));
        };
        Ok(Self { cube, bank, side, features })
    }

    fn image(&self) -> &ImageDescription {
        self.cube.source().image()
    }

    fn across(&self) -> u32 {
        self.image().width.div_ceil(self.side)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.across() as usize * self.image().height.div_ceil(self.side) as usize
    }

    /// How many hold examples.
    pub(super) fn count_with(&self, known: &Known) -> usize {
        self.by_tile(&known.pixels).len()
    }

    /// Features of a pixel.
    pub(super) fn features(&self) -> usize {
        self.features
    }

    fn by_tile(&self, pixels: &[(u32, u32)]) -> BTreeMap<(u32, u32), Vec<usize>> {
        let mut tiles: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
        for (i, (x, y)) in pixels.iter().enumerate() {
            tiles.entry((y / self.side, x / self.side)).or_default().push(i);
        }
        tiles
    }

    /// A tile with what is around it.
    fn part(&self, column: u32, row: u32) -> anyhow::Result<Part> {
        let (all, halo) = (self.image(), self.bank.halo() as u32);
        let span = |index: u32, size: u32| {
            let (from, to) = (index * self.side, ((index + 1) * self.side).min(size));
            let (first, end) = (from.saturating_sub(halo), to.saturating_add(halo).min(size));
            (first, end - first, (from - first) as usize, (to - from) as usize)
        };
        let (x, w, left, width) = span(column, all.width);
        let (y, h, top, height) = span(row, all.height);
        let values = self.cube.window(x, y, w, h)?.into_iter().map(|value| value as f32).collect();
        let image = Image::new(w as usize, h as usize, self.cube.bands().len(), values).map_err(told)?;
        Ok(Part { image, offset: (left, top), width, height })
    }

    /// All features of these pixels, as they are, pixel after pixel.
    pub(super) fn values_at(&self, pixels: &[(u32, u32)], done: &dyn Fn()) -> anyhow::Result<Vec<f32>> {
        let wanted = pixels.len().saturating_mul(self.features);
        if wanted > MOST_EXAMPLES {
            let what =
                format!("{} examples of {} features do not fit into memory", pixels.len(), self.features);
            return Err(Failure::because(what, "give a smaller number with --examples"));
        }
        let mut out = vec![0.0; wanted];
        for ((row, column), some) in self.by_tile(pixels) {
            let part = self.part(column, row)?;
            let place = |i: usize| {
                let (x, y) = pixels[i];
                let x = (x - column * self.side) as usize + part.offset.0;
                let y = (y - row * self.side) as usize + part.offset.1;
                y * part.image.width() + x
            };
            let places: Vec<(usize, usize)> = some.iter().map(|i| (*i, place(*i))).collect();
            let take = &mut |feature: usize, plane: &[f32]| {
                for (i, at) in &places {
                    out[i * self.features + feature] = plane[*at];
                }
            };
            self.bank.compute(&part.image, &|| !stop::is_wanted(), take).map_err(told)?;
            done();
        }
        Ok(out)
    }

    /// Classifies tile by tile into the files that were asked for; both are whole or absent.
    pub(super) fn classify(
        &self,
        args: &ClassifyArgs,
        names: &[String],
        learner: &Learner,
        bins: &Bins,
        done: &dyn Fn(),
    ) -> anyhow::Result<Written> {
        let classes = self.writer(&args.output, &["class".to_owned()], names, SampleType::U8)?;
        let shares = args.probabilities.as_deref();
        let shares = shares.map(|path| self.writer(path, names, names, SampleType::F32)).transpose()?;
        let mut pixels = vec![0_u64; names.len()];
        let down = self.image().height.div_ceil(self.side);
        for (row, column) in (0..down).flat_map(|row| (0..self.across()).map(move |column| (row, column))) {
            let part = self.part(column, row)?;
            let go_on = || !stop::is_wanted();
            let features = PixelFeatures::with_bins(&part.image, self.bank, bins, &go_on).map_err(told)?;
            let found =
                part.cut(&features.classify(learner, false, &go_on).map_err(told)?, learner.classes());
            drop(features);
            let values = part.classes(&found, learner.classes());
            for value in values.iter().filter(|value| **value > 0) {
                pixels[usize::from(*value) - 1] += 1;
            }
            if let Some(writer) = &shares {
                writer.write_tile(
                    column,
                    row,
                    &SampleBuffer::F32(part.planes(&found, learner.classes(), names.len())),
                )?;
            }
            classes.write_tile(column, row, &SampleBuffer::U8(values))?;
            done();
        }
        if let Some(writer) = shares {
            writer.finish()?;
        }
        classes.finish()?;
        Ok(Written { pixels, features: self.features })
    }

    fn writer(
        &self,
        path: &Path,
        bands: &[String],
        names: &[String],
        kind: SampleType,
    ) -> anyhow::Result<Writer> {
        let image = self.image();
        let mut colors = vec![ColorRole::Undefined; bands.len()];
        colors[0] = ColorRole::Gray;
        let mut new =
            NewImage::new(image.width, image.height, kind, &colors).at(image.crs.clone(), image.transform);
        new.no_data = Some(if kind == SampleType::U8 { 0.0 } else { f64::NAN });
        for (band, name) in new.bands.iter_mut().zip(bands) {
            band.name = Some(name.clone());
        }
        new.metadata =
            names.iter().enumerate().map(|(i, name)| (format!("CLASS_{}", i + 1), name.clone())).collect();
        let options = WriteOptions { tile_px: Some(self.side), overviews: false, ..WriteOptions::default() };
        Ok(Writer::create(path, &new, &options)?)
    }
}

impl Part {
    /// Pixels of the tile within the part, in the order of reading.
    fn pixels(&self) -> impl Iterator<Item = usize> {
        let (left, top) = self.offset;
        let (stride, width) = (self.image.width(), self.width);
        (top..top + self.height).flat_map(move |y| (left..left + width).map(move |x| y * stride + x))
    }

    /// What of shares lies in the tile.
    fn cut(&self, shares: &[f32], classes: usize) -> Vec<f32> {
        self.pixels().flat_map(|pixel| &shares[pixel * classes..(pixel + 1) * classes]).copied().collect()
    }

    /// Numbers of classes from 1; 0 where there is nothing.
    fn classes(&self, shares: &[f32], classes: usize) -> Vec<u8> {
        let found = likeliest(shares, classes);
        self.pixels()
            .zip(found)
            .map(|(pixel, (class, _))| if self.image.is_valid(pixel) { class + 1 } else { 0 })
            .collect()
    }

    /// Band after band, NaN where there is nothing.
    fn planes(&self, shares: &[f32], classes: usize, bands: usize) -> Vec<f32> {
        let held: Vec<bool> = self.pixels().map(|pixel| self.image.is_valid(pixel)).collect();
        let value = |class: usize| {
            let own = shares.iter().skip(class).step_by(classes).zip(&held);
            own.map(|(share, held)| if *held { *share } else { f32::NAN })
        };
        // A class all of whose pixels other shapes hold, too, is never found.
        let never = held.iter().map(|held| if *held { 0.0 } else { f32::NAN });
        let never = std::iter::repeat_n(never, bands - classes.min(bands)).flatten();
        (0..classes.min(bands)).flat_map(value).chain(never).collect()
    }
}
