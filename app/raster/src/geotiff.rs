//! A TIFF with its overviews and masks: which directory is what, and windows of stored samples from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use spatial::{Level, Pyramid, TileWindow};

use crate::cache::{ChunkKey, TileCache};
use crate::codec;
use crate::error::Fault;
use crate::file::RandomFile;
use crate::ifd::{Directory, Tiff};
use crate::layout::{ChunkPlace, Compression, Layout};
use crate::overviews;
use crate::samples::{SampleBuffer, with_pair};
use crate::source::OpenOptions;
use crate::tags;

/// One directory that holds pixels.
#[derive(Debug)]
struct Part {
    file: usize,
    layout: Layout,
}

/// A level of detail and the mask that belongs to it.
#[derive(Clone, Copy, Debug)]
struct LevelParts {
    image: usize,
    mask: Option<usize>,
}

/// An open TIFF with everything that belongs to it.
#[derive(Debug)]
pub(crate) struct GeoTiff {
    id: u64,
    files: Vec<Tiff>,
    parts: Vec<Part>,
    levels: Vec<LevelParts>,
    pub(crate) directory: Directory,
    cache: TileCache,
    chunk_budget: u64,
    /// What holes in a sparse file are filled with.
    pub(crate) hole_value: f64,
}

/// Whether decoded chunks are kept for the next reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// For looking around.
    Yes,
    /// For reading everything once.
    OnlyShared,
}

/// The most levels of detail that are used.
const MOST_LEVELS: usize = 32;

impl GeoTiff {
    /// Reads the directories of the file and of `.ovr` and `.msk` beside it. `None` when it is no TIFF.
    pub(crate) fn open(
        path: &Path,
        options: &OpenOptions,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Self>, Fault> {
        let Some(tiff) = Tiff::open(RandomFile::open(path)?)? else { return Ok(None) };
        let chain = tiff.chain(warnings)?;
        let full = Layout::read(&tiff, &chain[0])?;
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
            directory: chain[0].clone(),
            cache: options.cache.clone(),
            chunk_budget: options.chunk_budget,
            hole_value: 0.0,
        };
        let mut masks = Vec::new();
        new.add_directories(0, &chain[1..], &mut masks, warnings);
        if let Some(beside) = beside(path, "msk") {
            new.add_file(&beside, true, &mut masks, warnings);
        }
        if let Some(beside) = beside(path, "ovr") {
            new.add_file(&beside, false, &mut masks, warnings);
        }
        let smallest = new
            .levels
            .iter()
            .map(|l| new.parts[l.image].layout.width.max(new.parts[l.image].layout.height))
            .min();
        if smallest.is_some_and(|side| overviews::are_wanted((side, side)))
            && let Some(kept) = options.overviews.path_for(path).filter(|p| p.is_file())
        {
            new.add_file(&kept, false, &mut masks, warnings);
        }
        new.arrange(&masks, warnings);
        Ok(Some(new))
    }

    fn add_file(&mut self, path: &Path, is_mask: bool, masks: &mut Vec<usize>, warnings: &mut Vec<String>) {
        let Ok(file) = RandomFile::open(path) else { return };
        let Ok(Some(tiff)) = Tiff::open(file) else { return };
        let Ok(chain) = tiff.chain(warnings) else { return };
        self.files.push(tiff);
        let file = self.files.len() - 1;
        if !is_mask {
            self.add_directories(file, &chain, masks, warnings);
            return;
        }
        let remarks = chain[0].entry(tags::GDAL_METADATA).and_then(|e| self.files[file].text(e));
        if !remarks.is_some_and(|xml| xml.contains("INTERNAL_MASK_FLAGS")) {
            warnings.push("The .msk file beside it does not say that it is a mask; it was left out.".into());
            return;
        }
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
        let mut other_pages = 0;
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
            let is_reduced = layout.subfile & 1 != 0 || file > 0;
            let fits = layout.samples == full.samples
                && layout.sample_type() == full.sample_type()
                && layout.width <= full.width
                && layout.height <= full.height;
            let part = self.parts.len();
            if is_mask {
                masks.push(part);
            } else if !is_reduced {
                other_pages += 1;
                continue;
            } else if fits && self.levels.len() < MOST_LEVELS {
                self.levels.push(LevelParts { image: part, mask: None });
            } else {
                continue;
            }
            self.parts.push(Part { file, layout });
        }
        if other_pages > 0 {
            warnings.push(format!("The file holds {other_pages} more images; only the first is shown."));
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

    pub(crate) fn level_has_mask(&self, level: usize) -> bool {
        self.levels[level].mask.is_some()
    }

    /// Bytes of one row of all bands across the whole image, when unpacked.
    fn image_row_bytes(layout: &Layout) -> u64 {
        let planes = if layout.separate { u64::from(layout.samples) } else { 1 };
        let across = if layout.tiled { layout.chunks_across() } else { 1 };
        layout.row_bytes().saturating_mul(across).saturating_mul(planes).max(1)
    }

    /// How many whole rows of a level half the cache holds.
    pub(crate) fn rows_that_stay_in_cache(&self, level: usize) -> u32 {
        let rows = self.cache.budget() as u64 / 2 / Self::image_row_bytes(self.layout(level));
        rows.min(u64::from(u32::MAX)) as u32
    }

    /// Decodes the strips of some rows into the cache on all cores, where they fit; nothing for tiles.
    pub(crate) fn load_strips(&self, level: usize, y: u32, height: u32) -> Result<(), Fault> {
        let layout = self.layout(level);
        if layout.tiled || self.rows_that_stay_in_cache(level) < height {
            return Ok(());
        }
        let part = self.levels[level].image;
        let planes = if layout.separate { layout.samples } else { 1 };
        let rows = layout.chunk_row_of(y)..layout.chunk_row_of(y + height - 1) + 1;
        let all: Vec<(u64, u16)> = rows.flat_map(|row| (0..planes).map(move |plane| (row, plane))).collect();
        all.par_iter().try_for_each(|(row, plane)| self.chunk(part, 0, *row, *plane, Keep::Yes).map(|_| ()))
    }

    pub(crate) fn has_mask(&self) -> bool {
        self.levels[0].mask.is_some()
    }

    /// The tile grid that this file is read by.
    pub(crate) fn pyramid(&self) -> Option<Pyramid> {
        Pyramid::new((0..self.levels.len()).map(|i| self.tile_grid(self.layout(i))).collect())
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

    /// Stored samples of a window, band after band, and the mask's byte per pixel where there is one.
    pub(crate) fn read(
        &self,
        level: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<(SampleBuffer, Option<Vec<u8>>), Fault> {
        let parts = self.levels[level];
        let values = self.read_part(parts.image, window, samples, keep)?;
        let mask = parts.mask.map(|m| self.read_part(m, window, &[0], keep)).transpose()?;
        let mask = mask.map(|m| (0..m.len()).map(|i| if m.get(i) == Some(0.0) { 0 } else { 255 }).collect());
        Ok((values, mask))
    }

    fn read_part(
        &self,
        part: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<SampleBuffer, Fault> {
        let layout = &self.parts[part].layout;
        let plane = window.width as usize * window.height as usize;
        let mut out = SampleBuffer::zeros(layout.sample_type(), plane * samples.len());
        let first_col = u64::from(window.x / layout.chunk_width);
        let last_col = u64::from((window.x + window.width - 1) / layout.chunk_width);
        let last_row = layout.chunk_row_of(window.y + window.height - 1);
        for row in layout.chunk_row_of(window.y)..=last_row {
            for col in first_col..=last_col {
                let place = Overlap::new(layout, window, col, row);
                if layout.separate {
                    for (i, sample) in samples.iter().enumerate() {
                        let chunk = self.chunk(part, col, row, *sample as u16, keep)?;
                        place.copy(&chunk, (0, 1), &mut out, i * plane);
                    }
                } else {
                    let chunk = self.chunk(part, col, row, 0, keep)?;
                    for (i, sample) in samples.iter().enumerate() {
                        place.copy(&chunk, (*sample, usize::from(layout.samples)), &mut out, i * plane);
                    }
                }
            }
        }
        Ok(out)
    }

    fn chunk(
        &self,
        part: usize,
        col: u64,
        row: u64,
        plane: u16,
        keep: Keep,
    ) -> Result<Arc<SampleBuffer>, Fault> {
        let key = ChunkKey { source: self.id, part: part as u16, plane, col, row };
        if keep == Keep::OnlyShared && self.parts[part].layout.tiled {
            if let Some(chunk) = self.cache.get(&key) {
                return Ok(chunk);
            }
            return Ok(Arc::new(self.decode(part, col, row, plane)?));
        }
        self.cache.get_or_make(key, || self.decode(part, col, row, plane))
    }

    fn decode(&self, part: usize, col: u64, row: u64, plane: u16) -> Result<SampleBuffer, Fault> {
        let Part { file, layout } = &self.parts[part];
        let tiff = &self.files[*file];
        let (_, rows) = layout.chunk_rows(row);
        let unpacked = layout.unpacked_bytes(rows);
        let samples = u64::from(layout.chunk_width) * u64::from(rows) * u64::from(layout.chunk_samples());
        let needed = unpacked.max(samples.saturating_mul(layout.sample_type().size() as u64));
        if needed > self.chunk_budget {
            let (w, h) = (layout.chunk_width, rows);
            let what = if layout.tiled { "tile" } else { "strip" };
            return Err(Fault::too_large(format!(
                "its {what}s of {w}×{h} pixels need {} MB each, and {} MB are granted",
                needed >> 20,
                self.chunk_budget >> 20
            )));
        }
        let place = layout.place(tiff, col, row, plane)?;
        if place.len == 0 {
            return Ok(SampleBuffer::filled(layout.sample_type(), samples as usize, self.hole_value));
        }
        let packed = read_packed(tiff, layout, place, unpacked)?;
        codec::decode(layout, tiff.endian, packed, rows, layout.visible_rows(row))
    }
}

impl Drop for GeoTiff {
    fn drop(&mut self) {
        self.cache.forget(self.id);
    }
}

/// Reads the packed bytes of a chunk, having checked that they can hold what the chunk claims.
fn read_packed(tiff: &Tiff, layout: &Layout, place: ChunkPlace, unpacked: u64) -> Result<Vec<u8>, Fault> {
    let left = tiff.file.len().saturating_sub(place.offset);
    if left == 0 {
        return Err(Fault::damaged(format!(
            "its data should lie at offset {}, past the end of the file",
            place.offset
        )));
    }
    if layout.compression == Compression::None {
        if place.len.min(left) < unpacked {
            return Err(Fault::damaged("its data end early"));
        }
        return tiff.file.read_range(place.offset, unpacked as usize);
    }
    let len = place.len.min(left).min(unpacked.saturating_mul(2).saturating_add(1 << 20));
    if layout.compression.most_expansion().is_some_and(|most| len.saturating_mul(most) < unpacked) {
        let name = layout.compression.name();
        return Err(Fault::damaged(format!(
            "{len} bytes of {name} data cannot hold the {unpacked} bytes it claims"
        )));
    }
    tiff.file.read_range(place.offset, len as usize)
}

fn beside(path: &Path, extension: &str) -> Option<PathBuf> {
    let mut name = path.file_name()?.to_os_string();
    name.push(".");
    name.push(extension);
    let path = path.with_file_name(name);
    path.is_file().then_some(path)
}

fn next_source_id() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The rectangle that a window and a chunk share, in the coordinates of both.
pub(crate) struct Overlap {
    chunk_x: usize,
    chunk_y: usize,
    out_x: usize,
    out_y: usize,
    width: usize,
    height: usize,
    chunk_width: usize,
    out_width: usize,
}

impl Overlap {
    pub(crate) fn new(layout: &Layout, window: TileWindow, col: u64, row: u64) -> Self {
        let chunk_left = col as u32 * layout.chunk_width;
        let (chunk_top, rows) = layout.chunk_rows(row);
        let (left, top) = (window.x.max(chunk_left), window.y.max(chunk_top));
        let right = (window.x + window.width).min(chunk_left.saturating_add(layout.chunk_width));
        let bottom = (window.y + window.height).min(chunk_top.saturating_add(rows));
        Self {
            chunk_x: (left - chunk_left) as usize,
            chunk_y: (top - chunk_top) as usize,
            out_x: (left - window.x) as usize,
            out_y: (top - window.y) as usize,
            width: right.saturating_sub(left) as usize,
            height: bottom.saturating_sub(top) as usize,
            chunk_width: layout.chunk_width as usize,
            out_width: window.width as usize,
        }
    }

    /// Copies sample `pick.0` of each `pick.1` samples of the chunk to the plane that begins at `start`.
    pub(crate) fn copy(
        &self,
        chunk: &SampleBuffer,
        pick: (usize, usize),
        out: &mut SampleBuffer,
        start: usize,
    ) {
        with_pair!(chunk, out, from, to => self.copy_values(from, pick, to, start), ());
    }

    fn copy_values<T: Copy>(&self, from: &[T], (sample, stride): (usize, usize), to: &mut [T], start: usize) {
        for y in 0..self.height {
            let first = ((self.chunk_y + y) * self.chunk_width + self.chunk_x) * stride;
            let source = &from[first..first + self.width * stride];
            let at = start + (self.out_y + y) * self.out_width + self.out_x;
            let target = &mut to[at..at + self.width];
            match stride {
                1 => target.copy_from_slice(source),
                3 => pick_each::<T, 3>(source, sample, target),
                4 => pick_each::<T, 4>(source, sample, target),
                _ => {
                    for (t, pixel) in target.iter_mut().zip(source.chunks_exact(stride)) {
                        *t = pixel[sample];
                    }
                }
            }
        }
    }
}

fn pick_each<T: Copy, const N: usize>(source: &[T], sample: usize, target: &mut [T]) {
    let (pixels, _) = source.as_chunks::<N>();
    for (t, pixel) in target.iter_mut().zip(pixels) {
        *t = pixel[sample];
    }
}
