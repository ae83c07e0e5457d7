//! An open image: what it is, its levels and tiles, and their samples.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use spatial::{Pyramid, TileKey, TileWindow};

use crate::cache::TileCache;
use crate::describe::ImageDescription;
use crate::driver::{self, Keep};
use crate::error::{Fault, OpenError, ReadError};
use crate::exact::{ExactBuffer, ExactSamples};
use crate::file::{is_address, name_of};
use crate::halve::Halving;
use crate::levels::Levels;
use crate::overviews::{self, OverviewStore};
use crate::plan::BandPlan;
use crate::rough::Rough;
use crate::samples::{SampleBuffer, Samples};

/// How an image is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Where decoded tiles are kept; by default one cache that all sources share.
    pub cache: TileCache,
    /// The most bytes that one tile or strip may have when unpacked.
    pub chunk_budget: u64,
    /// The most bytes of samples that one read may return.
    pub read_budget: u64,
    /// The most bytes of a PNG or JPEG when unpacked (they are held whole).
    pub picture_budget: u64,
    /// Where overviews of images that have none are looked for and kept.
    pub overviews: OverviewStore,
    /// The mosaics that this file is opened for, outermost first, so that a circle of them is noticed.
    pub opened_for: Vec<PathBuf>,
    /// The way to files on servers; by default one that the whole program shares.
    pub remote: remote::Remote,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            cache: TileCache::shared(),
            chunk_budget: 192 << 20,
            read_budget: 512 << 20,
            picture_budget: 512 << 20,
            overviews: OverviewStore::default(),
            opened_for: Vec::new(),
            remote: remote::Remote::shared(),
        }
    }
}

/// An open image. Cloning shares it; reading is safe from many threads at once.
#[derive(Clone, Debug)]
pub struct Source {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    files: Vec<PathBuf>,
    part: Option<String>,
    image: ImageDescription,
    pyramid: Pyramid,
    levels: Levels,
    rough: Option<Rough>,
    plan: BandPlan,
    read_budget: u64,
    overviews: OverviewStore,
}

impl Source {
    /// Opens an image of any format that is read here: takes in what it says about itself, no pixels.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, &OpenOptions::default())
    }

    /// The same with a cache and budgets of the caller's.
    pub fn open_with(path: &Path, options: &OpenOptions) -> Result<Self, OpenError> {
        Self::open_inner(path, options).map_err(|fault| OpenError { file: name_of(path), fault })
    }

    fn open_inner(path: &Path, options: &OpenOptions) -> Result<Self, Fault> {
        let (mut opened, part) = driver::open(path, options)?;
        let levels = Levels::new(opened.driver, (&opened.files, part.as_deref()), options);
        let pyramid = levels.pyramid().ok_or_else(|| Fault::damaged("its sizes contradict each other"))?;
        let coarsest = pyramid.levels().last().map_or((0, 0), |l| (l.width, l.height));
        if is_address(path) && overviews::are_wanted(coarsest) {
            opened.image.warnings.push(
                "It lies on a server and has no overviews: seen from afar, all of it is fetched.".to_owned(),
            );
        }
        let rough = Rough::of(&levels);
        let inner = Inner {
            path: path.to_owned(),
            files: opened.files,
            part,
            image: opened.image,
            pyramid,
            levels,
            rough,
            plan: opened.plan,
            read_budget: options.read_budget,
            overviews: options.overviews.clone(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What the image is.
    pub fn image(&self) -> &ImageDescription {
        &self.inner.image
    }

    /// Its levels of detail and their tiles; level 0 is the full resolution.
    pub fn pyramid(&self) -> &Pyramid {
        &self.inner.pyramid
    }

    /// The file it was opened from.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// True when the image is too large to be looked at whole and lacks the levels for it:
    /// [`crate::overviews::build`] makes them.
    pub fn wants_overviews(&self) -> bool {
        // Making them would fetch every byte of a file on a server; nobody asked for that.
        !is_address(&self.inner.path)
            && self.inner.pyramid.levels().last().is_some_and(|l| overviews::are_wanted((l.width, l.height)))
    }

    /// Every file that its samples depend on, as far as they are named; kept overviews belong to their
    /// present state.
    pub fn files(&self) -> &[PathBuf] {
        &self.inner.files
    }

    /// What turned out to be doubtful while pixels were read, in sentences, besides the warnings of
    /// [`Source::image`]: a wrong checksum, for example.
    pub fn doubts(&self) -> Vec<String> {
        self.inner.levels.driver().doubts()
    }

    /// Which image it is of a file that holds several.
    pub(crate) fn part(&self) -> Option<&str> {
        self.inner.part.as_deref()
    }

    pub(crate) fn levels(&self) -> &Levels {
        &self.inner.levels
    }

    pub(crate) fn rough(&self) -> Option<&Rough> {
        self.inner.rough.as_ref()
    }

    pub(crate) fn overview_store(&self) -> &OverviewStore {
        &self.inner.overviews
    }

    /// How this image's stored samples are averaged.
    pub(crate) fn halving(&self) -> Halving {
        let samples = usize::from(self.inner.levels.driver().samples());
        self.inner.plan.halving(samples, self.inner.image.palette.is_some())
    }

    /// The samples of one tile.
    pub fn read_tile(&self, key: TileKey, bands: &[usize]) -> Result<Samples, ReadError> {
        let part = || match key.level {
            0 => format!("tile {},{}", key.col, key.row),
            level => format!("tile {},{} of level {level}", key.col, key.row),
        };
        let window =
            self.inner.pyramid.window(key).ok_or_else(|| Fault::out_of_range("there is no such tile"));
        window
            .and_then(|w| self.read(usize::from(key.level), w, bands, Keep::Yes))
            .map_err(|fault| self.read_error(part(), fault))
    }

    /// All bands of one pixel of the full resolution: a window of one pixel, read as such.
    pub fn read_spectrum(&self, x: u32, y: u32) -> Result<Samples, ReadError> {
        let all: Vec<usize> = (0..self.inner.image.bands.len()).collect();
        self.read_window(0, x, y, 1, 1, &all)
    }

    /// The samples of many tiles, decoded on all cores; results in the order of the keys.
    pub fn read_tiles(&self, keys: &[TileKey], bands: &[usize]) -> Vec<Result<Samples, ReadError>> {
        keys.par_iter().map(|key| self.read_tile(*key, bands)).collect()
    }

    /// The samples of any rectangle of a level, in that level's pixels.
    pub fn read_window(
        &self,
        level: u8,
        x: u32,
        y: u32,
        width: u32,
        height: u32,
        bands: &[usize],
    ) -> Result<Samples, ReadError> {
        self.read_rectangle(level, TileWindow { x, y, width, height }, bands, Keep::Yes)
    }

    /// The same without rounding: 64-bit whole numbers and doubles as the file has them. For whatever counts
    /// or prints values; what is drawn is read by [`Source::read_window`].
    pub fn read_exact(
        &self,
        level: u8,
        x: u32,
        y: u32,
        width: u32,
        height: u32,
        bands: &[usize],
    ) -> Result<ExactSamples, ReadError> {
        self.read_rectangle_exact(level, TileWindow { x, y, width, height }, bands, Keep::Yes)
    }

    /// True where [`Source::read_window`] rounds samples that [`Source::read_exact`] does not.
    pub fn is_rounded(&self) -> bool {
        self.inner.levels.driver().is_rounded()
    }

    pub(crate) fn read_rectangle_exact(
        &self,
        level: u8,
        w: TileWindow,
        bands: &[usize],
        keep: Keep,
    ) -> Result<ExactSamples, ReadError> {
        let read = self.fits(level, w).and_then(|()| {
            if !self.is_rounded() {
                return self.read(usize::from(level), w, bands, keep).map(ExactSamples::from);
            }
            let parts = self.exact_parts(usize::from(level), w, bands, keep)?;
            let values = self.inner.plan.present_exact(bands, &parts.stored, parts.values, plane_len(w));
            let (width, height, valid) = (w.width, w.height, parts.valid);
            Ok(ExactSamples { width, height, bands: bands.to_vec(), values, valid })
        });
        read.map_err(|fault| self.window_error(level, w, fault))
    }

    pub(crate) fn read_rectangle(
        &self,
        level: u8,
        w: TileWindow,
        bands: &[usize],
        keep: Keep,
    ) -> Result<Samples, ReadError> {
        let read = self.fits(level, w).and_then(|()| self.read(usize::from(level), w, bands, keep));
        read.map_err(|fault| self.window_error(level, w, fault))
    }

    fn fits(&self, level: u8, w: TileWindow) -> Result<(), Fault> {
        let fits = self.inner.pyramid.levels().get(usize::from(level)).is_some_and(|l| {
            let (right, bottom) = (w.x.checked_add(w.width), w.y.checked_add(w.height));
            w.width > 0
                && w.height > 0
                && right.is_some_and(|r| r <= l.width)
                && bottom.is_some_and(|b| b <= l.height)
        });
        if fits { Ok(()) } else { Err(Fault::out_of_range("it lies outside the image")) }
    }

    pub(crate) fn window_error(&self, level: u8, w: TileWindow, fault: Fault) -> ReadError {
        let (right, bottom) = (w.x.saturating_add(w.width), w.y.saturating_add(w.height));
        self.read_error(format!("pixels {},{} to {right},{bottom} of level {level}", w.x, w.y), fault)
    }

    pub(crate) fn read_error(&self, part: String, fault: Fault) -> ReadError {
        ReadError { part, file: self.inner.image.name.clone(), fault }
    }

    /// The stored samples that bands need, when the bands are there and all of it passes the budget.
    pub(crate) fn granted(
        &self,
        w: TileWindow,
        bands: &[usize],
        value_bytes: usize,
    ) -> Result<Vec<usize>, Fault> {
        let inner = &*self.inner;
        let count = inner.image.bands.len();
        if bands.is_empty() || bands.iter().any(|b| *b >= count) {
            return Err(Fault::out_of_range(format!("the image has bands 0 to {}", count - 1)));
        }
        let stored = inner.plan.samples_for(bands);
        let pixels = u64::from(w.width) * u64::from(w.height);
        let planes = (stored.len() + bands.len()) as u64;
        let bytes = pixels.saturating_mul(planes).saturating_mul(value_bytes as u64);
        if bytes > inner.read_budget {
            return Err(Fault::too_large(format!(
                "it needs {} MB at once, and {} MB are granted",
                bytes >> 20,
                inner.read_budget >> 20
            )));
        }
        Ok(stored)
    }

    fn exact_parts(
        &self,
        level: usize,
        w: TileWindow,
        bands: &[usize],
        keep: Keep,
    ) -> Result<ExactParts, Fault> {
        let stored = self.granted(w, bands, size_of::<u64>())?;
        let (values, mask) = self.inner.levels.read_exact(level, w, &stored, keep)?;
        let valid = self.inner.plan.validity_exact(bands, &stored, &values, mask, plane_len(w));
        Ok(ExactParts { stored, values, valid })
    }

    fn read(&self, level: usize, window: TileWindow, bands: &[usize], keep: Keep) -> Result<Samples, Fault> {
        let inner = &*self.inner;
        if !self.is_rounded() || inner.plan.no_data.is_none() {
            let stored = self.granted(window, bands, inner.image.sample_type.size())?;
            let (values, mask) = inner.levels.read(level, window, &stored, keep)?;
            return Ok(self.presented(window, bands, &stored, values, mask));
        }
        // Rounding would make neighbours of the no-data value equal to it.
        let ExactParts { stored, values, valid } = self.exact_parts(level, window, bands, keep)?;
        let values = SampleBuffer::F32(values.to_floats());
        let values = inner.plan.present(bands, &stored, values, plane_len(window));
        Ok(Samples { width: window.width, height: window.height, bands: bands.to_vec(), values, valid })
    }

    /// Bands of a window, of the stored samples and the mask that were read.
    pub(crate) fn presented(
        &self,
        window: TileWindow,
        bands: &[usize],
        stored: &[usize],
        values: SampleBuffer,
        mask: Option<Vec<u8>>,
    ) -> Samples {
        let (plan, plane) = (&self.inner.plan, plane_len(window));
        let valid = plan.validity(bands, stored, &values, mask, plane);
        let values = plan.present(bands, stored, values, plane);
        Samples { width: window.width, height: window.height, bands: bands.to_vec(), values, valid }
    }
}

/// What was read without rounding.
struct ExactParts {
    /// Which stored samples, in the order of `values`.
    stored: Vec<usize>,
    values: ExactBuffer,
    valid: Option<Vec<u8>>,
}

fn plane_len(w: TileWindow) -> usize {
    w.width as usize * w.height as usize
}
