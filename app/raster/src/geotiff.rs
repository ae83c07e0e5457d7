//! A TIFF with its overviews and masks: which directory is what, and windows of stored samples from it.

use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use spatial::{Level, TileWindow};

use crate::cache::{TileCache, next_source_id};
use crate::doubts::Doubts;
use crate::driver::{Candidate, Driver, ExactStored, Keep, Opened, Stored};
use crate::error::Fault;
use crate::file::{RandomFile, is_address};
use crate::ifd::{Directory, Tiff};
use crate::layout::Layout;
use crate::neighbours::{self, Lacks};
use crate::overviews;
use crate::pages::{self, ListedPage};
use crate::rough::RoughGrid;
use crate::samples::SampleType;
use crate::source::OpenOptions;
use crate::tags;

/// One directory that holds pixels.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) file: usize,
    pub(crate) layout: Layout,
}

/// A level of detail and the mask that belongs to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LevelParts {
    pub(crate) image: usize,
    pub(crate) mask: Option<usize>,
}

/// An open TIFF with everything that belongs to it.
#[derive(Debug)]
pub(crate) struct GeoTiff {
    pub(crate) id: u64,
    pub(crate) files: Vec<Tiff>,
    pub(crate) parts: Vec<Part>,
    pub(crate) levels: Vec<LevelParts>,
    pub(crate) directory: Directory,
    pub(crate) cache: TileCache,
    pub(crate) chunk_budget: u64,
    /// What holes in a sparse file are filled with.
    pub(crate) hole_value: f64,
    pub(crate) doubts: Doubts,
    /// The `.ovr` and `.msk` files beside it that are used.
    pub(crate) beside: Vec<PathBuf>,
}

/// The most levels of detail that are used.
const MOST_LEVELS: usize = 32;

impl GeoTiff {
    pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
        let Candidate { path, part, file, options, warnings, .. } = candidate;
        let Some(tiff) = Tiff::open(file.clone())? else { return Ok(None) };
        let chain = tiff.chain(warnings)?;
        let pages = pages::list(&tiff, &chain);
        let number = part.take().map_or(Ok(1), |part| pages::number(part, &pages))?;
        let lacks = lacks(&tiff, &chain, pages[number as usize - 1].at);
        let opened = neighbours::around(path, lacks, options, warnings, |warnings| {
            let mut new = Self::of_page(path, tiff, (&chain, &pages, number), options, warnings)?;
            // What lies beside the file is said of its first page, but for where it lies.
            let own = if number == 1 { path.to_path_buf() } else { pages::path_of(path, number) };
            pages::tell(path, &pages, number, warnings);
            let (image, plan) = crate::bands::describe_tiff(&own, &mut new, std::mem::take(warnings))?;
            Ok::<_, Fault>((new, image, plan))
        });
        let (new, mut image, plan) = opened?;
        image.about.files[0] = path.to_path_buf();
        if pages.len() > 1 {
            (image.about.pages, image.about.page) =
                (pages.into_iter().map(|p| p.about).collect(), Some(number));
        }
        Ok(Some(Opened { image, plan, driver: Box::new(new), files: vec![path.to_path_buf()] }))
    }

    /// Reads the directories of the file and of `.ovr` and `.msk` beside it. `None` when it is no TIFF.
    pub(crate) fn open(
        path: &Path,
        file: RandomFile,
        options: &OpenOptions,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Self>, Fault> {
        let Some(tiff) = Tiff::open(file)? else { return Ok(None) };
        let chain = tiff.chain(warnings)?;
        let pages = pages::list(&tiff, &chain);
        Self::of_page(path, tiff, (&chain, &pages, 1), options, warnings).map(Some)
    }

    /// One page of a file, counted from 1, with the overviews and masks that belong to it.
    fn of_page(
        path: &Path,
        tiff: Tiff,
        (chain, pages, number): (&[Directory], &[ListedPage], u32),
        options: &OpenOptions,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Fault> {
        let at = pages[number as usize - 1].at;
        let full = Layout::read(&tiff, &chain[at])?;
        let missing = full.listed_chunks_needed().saturating_sub(full.listed_chunks());
        if missing > 0 {
            let (has, needs) = (full.listed_chunks(), full.listed_chunks_needed());
            warnings.push(format!("The file lists only {has} of the {needs} tiles or strips that it needs."));
        }
        let mut new = Self {
            id: next_source_id(),
            files: vec![tiff],
            parts: vec![Part { file: 0, layout: full }],
            levels: vec![LevelParts { image: 0, mask: None }],
            directory: chain[at].clone(),
            cache: options.cache.clone(),
            chunk_budget: options.chunk_budget,
            hole_value: 0.0,
            doubts: Doubts::default(),
            beside: Vec::new(),
        };
        let mut masks = Vec::new();
        // Overviews of the first page may lie anywhere, those of another one behind it.
        let end = pages.get(number as usize).filter(|_| number > 1).map_or(chain.len(), |next| next.at);
        let is_page = |i: &usize| pages.binary_search_by_key(i, |page| page.at).is_ok();
        let own = |i: &usize| {
            !is_page(i) && (pages.len() == 1 || pages::is_of(&new.files[0], &chain[at], &chain[*i]))
        };
        let others: Vec<Directory> = (at + 1..end).filter(own).map(|i| chain[i].clone()).collect();
        new.add_directories(0, &others, &mut masks, warnings);
        if let Some(beside) = beside(path, "msk").filter(|_| number == 1) {
            new.add_file(&beside, true, &mut masks, warnings);
        }
        if let Some(beside) = beside(path, "ovr").filter(|_| number == 1) {
            new.add_file(&beside, false, &mut masks, warnings);
        }
        new.arrange(&masks, warnings);
        Ok(new)
    }

    fn add_file(&mut self, path: &Path, is_mask: bool, masks: &mut Vec<usize>, warnings: &mut Vec<String>) {
        let Ok(file) = RandomFile::open(path) else { return };
        let Ok(Some(tiff)) = Tiff::open(file) else { return };
        let Ok(chain) = tiff.chain(warnings) else { return };
        self.files.push(tiff);
        let file = self.files.len() - 1;
        if !is_mask {
            self.beside.push(path.to_owned());
            self.add_directories(file, &chain, masks, warnings);
            return;
        }
        let remarks = chain[0].entry(tags::GDAL_METADATA).and_then(|e| self.files[file].text(e));
        if !remarks.is_some_and(|xml| xml.contains("INTERNAL_MASK_FLAGS")) {
            warnings.push("The .msk file beside it does not say that it is a mask; it was left out.".into());
            return;
        }
        self.beside.push(path.to_owned());
        for dir in &chain {
            if let Ok(layout) = Layout::read(&self.files[file], dir) {
                masks.push(self.parts.len());
                self.parts.push(Part { file, layout });
            }
        }
    }

    fn add_directories(
        &mut self,
        file: usize,
        directories: &[Directory],
        masks: &mut Vec<usize>,
        warnings: &mut Vec<String>,
    ) {
        for dir in directories {
            let layout = match Layout::read(&self.files[file], dir) {
                Ok(layout) => layout,
                Err(fault) => {
                    warnings.push(format!("An overview or mask was left out: {fault}."));
                    continue;
                }
            };
            let full = &self.parts[0].layout;
            let is_mask = layout.subfile & 4 != 0;
            let fits = layout.samples == full.samples
                && layout.sample_type() == full.sample_type()
                && layout.width <= full.width
                && layout.height <= full.height;
            let part = self.parts.len();
            if is_mask {
                masks.push(part);
            } else if fits && self.levels.len() < MOST_LEVELS {
                self.levels.push(LevelParts { image: part, mask: None });
            } else {
                continue;
            }
            self.parts.push(Part { file, layout });
        }
    }

    /// Sorts levels from fine to coarse and gives each the mask of its size.
    fn arrange(&mut self, masks: &[usize], warnings: &mut Vec<String>) {
        let size = |parts: &[Part], i: usize| (parts[i].layout.width, parts[i].layout.height);
        let parts = &self.parts;
        self.levels[1..].sort_by_key(|l| std::cmp::Reverse(size(parts, l.image)));
        let mut previous = size(parts, 0);
        let mut is_first = true;
        self.levels.retain(|level| {
            let this = size(parts, level.image);
            let keep = is_first || (this.0 < previous.0 && this.1 <= previous.1);
            is_first = false;
            if keep {
                previous = this;
            }
            keep
        });
        for level in &mut self.levels {
            let own = size(parts, level.image);
            level.mask = masks.iter().copied().find(|m| size(parts, *m) == own);
        }
        if self.levels[0].mask.is_some() && self.levels.iter().any(|l| l.mask.is_none()) {
            warnings.push("Some overviews have no mask: all their pixels are shown.".into());
        }
    }

    pub(crate) fn tiff(&self) -> &Tiff {
        &self.files[0]
    }

    pub(crate) fn layout(&self, level: usize) -> &Layout {
        &self.parts[self.levels[level].image].layout
    }

    /// Bytes of one row of all bands across the whole image, when unpacked.
    fn image_row_bytes(layout: &Layout) -> u64 {
        let planes = u64::from(layout.planes());
        let across = if layout.tiled { layout.chunks_across() } else { 1 };
        layout.row_bytes().saturating_mul(across).saturating_mul(planes).max(1)
    }

    /// How many whole rows of a level half the cache holds.
    fn rows_that_stay_in_cache(&self, level: usize) -> u32 {
        let rows = self.cache.budget() as u64 / 2 / Self::image_row_bytes(self.layout(level));
        rows.min(u64::from(u32::MAX)) as u32
    }

    /// Decodes the strips of some rows into the cache on all cores, where they fit; nothing for tiles.
    fn load_strips(&self, level: usize, y: u32, height: u32) -> Result<(), Fault> {
        let layout = self.layout(level);
        if layout.tiled || self.rows_that_stay_in_cache(level) < height {
            return Ok(());
        }
        let part = self.levels[level].image;
        let planes = layout.planes();
        let rows = layout.chunk_row_of(y)..layout.chunk_row_of(y + height - 1) + 1;
        let all: Vec<(u64, u16)> = rows.flat_map(|row| (0..planes).map(move |plane| (row, plane))).collect();
        all.par_iter().try_for_each(|(row, plane)| self.chunk(part, 0, *row, *plane, Keep::Yes).map(|_| ()))
    }

    /// Sizes of the levels below the full resolution.
    pub(crate) fn overview_sizes(&self) -> Vec<(u32, u32)> {
        let layouts = self.levels[1..].iter().map(|l| &self.parts[l.image].layout);
        layouts.map(|l| (l.width, l.height)).collect()
    }

    /// Sizes of the masks below that of the full resolution.
    pub(crate) fn mask_overview_sizes(&self) -> Vec<(u32, u32)> {
        let layouts = self.levels[1..].iter().filter_map(|l| l.mask).map(|m| &self.parts[m].layout);
        layouts.map(|l| (l.width, l.height)).collect()
    }

    pub(crate) fn has_mask(&self) -> bool {
        self.levels[0].mask.is_some()
    }

    /// The file's own tiles where they are of a sane size; else windows of 512, lower where the strips
    /// are so wide that a window's strips would not stay in the cache.
    fn tile_grid(&self, layout: &Layout) -> Level {
        let (width, height) = (layout.width, layout.height);
        let sane = |side: u32| (64..=2048).contains(&side);
        if layout.tiled && sane(layout.chunk_width) && sane(layout.chunk_height) {
            return Level { width, height, tile_width: layout.chunk_width, tile_height: layout.chunk_height };
        }
        let rows = (self.cache.budget() as u64 / 4 / Self::image_row_bytes(layout)).clamp(16, 512);
        Level { width, height, tile_width: 512, tile_height: (rows as u32).next_multiple_of(16).min(512) }
    }
}

impl Driver for GeoTiff {
    fn levels(&self) -> Vec<Level> {
        (0..self.levels.len()).map(|i| self.tile_grid(self.layout(i))).collect()
    }

    fn samples(&self) -> u16 {
        self.layout(0).samples
    }

    fn sample_type(&self) -> SampleType {
        self.layout(0).sample_type()
    }

    fn read(&self, level: usize, window: TileWindow, samples: &[usize], keep: Keep) -> Result<Stored, Fault> {
        self.read_level(level, window, samples, keep)
    }

    fn is_rounded(&self) -> bool {
        self.layout(0).number_type().is_wide()
    }

    fn read_exact(
        &self,
        level: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<ExactStored, Fault> {
        self.read_level_exact(level, window, samples, keep)
    }

    fn has_mask(&self, level: usize) -> bool {
        self.levels[level].mask.is_some()
    }

    fn doubts(&self) -> Vec<String> {
        self.doubts.sentences()
    }

    fn rough(&self, level: usize) -> Option<RoughGrid> {
        (!self.files[self.parts[self.levels[level].image].file].file.is_remote())
            .then(|| self.rough_grid(level))
    }

    fn read_crossings(
        &self,
        level: usize,
        crossings: (&[u32], &[u32]),
        samples: &[usize],
    ) -> Result<Stored, Fault> {
        self.read_sparse(level, crossings, samples)
    }

    fn rows_ahead(&self, level: usize) -> Option<u32> {
        (!self.layout(level).tiled).then(|| self.rows_that_stay_in_cache(level))
    }

    fn load_rows(&self, level: usize, y: u32, height: u32) -> Result<(), Fault> {
        self.load_strips(level, y, height)
    }
}

impl Drop for GeoTiff {
    fn drop(&mut self) {
        self.cache.forget(self.id);
    }
}

/// What a page does not bring along.
fn lacks(tiff: &Tiff, chain: &[Directory], at: usize) -> Lacks {
    let side = |tag| tiff.first(&chain[at], tag).ok().flatten().unwrap_or(0);
    let longest = side(tags::IMAGE_WIDTH).max(side(tags::IMAGE_LENGTH)).min(u64::from(u32::MAX)) as u32;
    let place = [tags::MODEL_PIXEL_SCALE, tags::MODEL_TIEPOINT, tags::MODEL_TRANSFORMATION];
    Lacks {
        overviews: chain.len() < 2 && overviews::are_wanted((longest, 1)),
        place: place.iter().all(|tag| chain[at].entry(*tag).is_none()),
    }
}

fn beside(path: &Path, extension: &str) -> Option<PathBuf> {
    let mut name = path.file_name()?.to_os_string();
    name.push(".");
    name.push(extension);
    let path = path.with_file_name(name);
    let is_there = if is_address(&path) { neighbours::find(&path).is_some() } else { path.is_file() };
    is_there.then_some(path)
}
