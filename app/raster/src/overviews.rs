//! Overviews for images that have none, made once and kept in the user's cache folder.
//!
//! [`build`] streams the coarsest level the image has, halves it again and again, and writes the levels
//! as one tiled TIFF whose name says which file (and which state of it) they belong to. [`Source::open`]
//! finds it by that name, so that an overview of a changed file is never used.

use std::path::{Path, PathBuf};

use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use remote::{Address, RemoteFile};
use sha2::{Digest as _, Sha256};
use spatial::{Level, TileWindow};

use crate::codec;
use crate::compression::Compression;
use crate::directory::TagValue;
use crate::driver::{Driver, Keep};
use crate::error::{Fault, WriteError};
use crate::file::RandomFile;
use crate::geotiff::GeoTiff;
use crate::halve::{Halving, halve};
use crate::kept::{self, make_room};
use crate::layout::{Layout, NumberFormat};
use crate::levels::Levels;
use crate::samples::{SampleBuffer, SampleType};
use crate::source::{OpenOptions, Source};
use crate::spare;
use crate::tags;
use crate::tilefile::{NewPart, TileFile, chunk_samples, write_fault};

/// Levels go on until an image fits this.
const SMALLEST_PX: u32 = 256;
/// An image whose coarsest level is larger than this wants more levels.
const COARSE_ENOUGH_PX: u32 = 1024;
/// Samples that all threads together hold while halving.
const WORKING_BYTES: usize = 96 << 20;

/// Where overviews are kept and how much room they may take.
#[derive(Clone, Debug)]
pub struct OverviewStore {
    /// `None` = overviews are neither looked for nor kept.
    pub folder: Option<PathBuf>,
    /// The oldest are removed when all together are larger than this.
    pub most_bytes: u64,
}

impl Default for OverviewStore {
    fn default() -> Self {
        let folder = directories::BaseDirs::new().map(|d| d.cache_dir().join("orthoscope").join("overviews"));
        Self { folder, most_bytes: kept::MOST_BYTES }
    }
}

impl OverviewStore {
    /// Overviews in a folder of the caller's.
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), ..Self::default() }
    }

    /// Where the overviews of an image are, or would be; `None` without a folder or when a file cannot be
    /// read. `files` are those that the image is read from: see [`Source::files`]; `part` says which image of a
    /// file that holds several, as in `FILE:part`.
    pub fn path_for(&self, files: &[PathBuf], part: Option<&str>) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let mut hash = Sha256::new();
        if let Some(part) = part {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        for path in files {
            if let Some(text) = path.to_str().filter(|text| Address::is_one(text)) {
                hash.update(RemoteFile::identity_of_open(&Address::parse(text).ok()?)?.as_bytes());
                continue;
            }
            let about = std::fs::metadata(path).ok()?;
            let changed =
                about.modified().ok()?.duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
            let file = RandomFile::open(path).ok()?;
            let head = file.read_range(0, file.len().min(64 << 10) as usize).ok()?;
            hash.update(std::path::absolute(path).ok()?.as_os_str().as_encoded_bytes());
            hash.update(about.len().to_le_bytes());
            hash.update(changed.to_le_bytes());
            hash.update(&head);
        }
        let name = hash.finalize().iter().take(16).fold(0_u128, |name, byte| name << 8 | u128::from(*byte));
        Some(folder.join(format!("{name:032x}.tif")))
    }

    /// Removes the oldest overviews until all fit, but never `newest`.
    fn make_room(&self, newest: &Path) {
        if let Some(folder) = &self.folder {
            make_room(folder, self.most_bytes, &[newest.to_owned()]);
        }
    }
}

/// True when a pyramid ends at a level that is too large to be looked at whole.
pub(crate) fn are_wanted(coarsest: (u32, u32)) -> bool {
    coarsest.0.max(coarsest.1) > COARSE_ENOUGH_PX
}

/// The kept overviews of a file whose own levels end at `coarsest`, where there are some that fit it.
pub(crate) fn open_kept(
    (files, part): (&[PathBuf], Option<&str>),
    options: &OpenOptions,
    driver: &dyn Driver,
    coarsest: Level,
) -> Option<GeoTiff> {
    let path = options.overviews.path_for(files, part).filter(|p| p.is_file())?;
    let kept = GeoTiff::open(&path, RandomFile::open(&path).ok()?, options, &mut Vec::new()).ok()??;
    let first = kept.layout(0);
    let fits = kept.samples() == driver.samples()
        && kept.sample_type() == driver.sample_type()
        && (first.width, first.height) == (coarsest.width.div_ceil(2), coarsest.height.div_ceil(2));
    fits.then_some(kept)
}

/// Makes the levels that an image lacks and keeps them in the source's overview folder. `progress` gets the
/// share that is done, from 0 to 1, and says whether to go on. Open the image again to use them.
pub fn build(source: &Source, progress: &(dyn Fn(f64) -> bool + Sync)) -> Result<PathBuf, WriteError> {
    let error = |fault| WriteError { file: format!("overviews of {}", source.image().name), fault };
    let target = source.overview_store().path_for(source.files(), source.part());
    let target = target.ok_or_else(|| error(Fault::System("there is no folder to keep them in".into())))?;
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).map_err(|e| error(write_fault(e)))?;
    }
    let halving = source.halving();
    let image = source.levels();
    Builder { image, halving, base: image.coarsest(), progress }.build(&target).map_err(error)?;
    source.overview_store().make_room(&target);
    Ok(target)
}

struct Builder<'a> {
    image: &'a Levels,
    halving: Halving,
    base: usize,
    progress: &'a (dyn Fn(f64) -> bool + Sync),
}

impl Builder<'_> {
    fn build(&self, target: &Path) -> Result<(), Fault> {
        let (parts, levels) = self.plan();
        let file = TileFile::create(target, parts)?;
        let area = |i: usize| f64::from(file.layout(i).width) * f64::from(file.layout(i).height);
        let total: f64 = (0..levels).map(area).sum();
        let mut done = 0.0;
        for level in 0..levels {
            let layout = file.layout(level);
            let rows = layout.height.div_ceil(layout.chunk_height);
            for row in 0..rows {
                if !(self.progress)(done / total) {
                    return Err(Fault::Stopped);
                }
                self.build_row(&file, level, levels, row)?;
                done += area(level) / f64::from(rows);
            }
        }
        file.finish()?;
        (self.progress)(1.0);
        Ok(())
    }

    /// One directory a level, then one a level for the mask.
    fn plan(&self) -> (Vec<NewPart>, usize) {
        let base = self.image.level(self.base);
        let (samples, kind) = (self.image.driver().samples(), self.image.driver().sample_type());
        let pixel = usize::from(samples) * kind.size();
        let tile = if pixel <= 16 {
            512
        } else if pixel <= 64 {
            256
        } else {
            128
        };
        let rows_ahead = self.image.rows_ahead(self.base);
        let tile_height = rows_ahead.map_or(tile, |rows| (rows / 2 / 16 * 16).clamp(64, tile));
        let mut sizes = Vec::new();
        let (mut w, mut h) = (base.width, base.height);
        while w.max(h) > SMALLEST_PX {
            (w, h) = (w.div_ceil(2), h.div_ceil(2));
            sizes.push((w, h));
        }
        let part = |size, samples: u16, kind, subfile| {
            let mut layout = Layout::for_writing(size, (tile, tile_height), true, samples, kind);
            layout.compression = Compression::Zstd;
            layout.predictor = match layout.format {
                NumberFormat::Float => 3,
                _ if self.halving.nearest || subfile & 4 != 0 => 1,
                _ => 2,
            };
            layout.separate = samples > 4;
            layout.subfile = subfile;
            let photometric = if subfile & 4 == 0 { 1 } else { 4 };
            let mut tags = vec![(tags::PHOTOMETRIC, TagValue::Shorts(vec![photometric]))];
            if samples > 1 {
                tags.push((tags::EXTRA_SAMPLES, TagValue::Shorts(vec![0; usize::from(samples) - 1])));
            }
            NewPart { layout, tags }
        };
        let mut parts: Vec<NewPart> = sizes.iter().map(|s| part(*s, samples, kind, 1)).collect();
        if self.image.has_mask(self.base) {
            parts.extend(sizes.iter().map(|s| part(*s, 1, SampleType::U8, 5)));
        }
        (parts, sizes.len())
    }

    /// One row of tiles: read and halved on all cores, a bounded number at a time, written in order.
    fn build_row(&self, file: &TileFile, level: usize, levels: usize, row: u32) -> Result<(), Fault> {
        let layout = file.layout(level);
        let (finer_width, finer_height) = if level == 0 {
            let base = self.image.level(self.base);
            (base.width, base.height)
        } else {
            (file.layout(level - 1).width, file.layout(level - 1).height)
        };
        let y = row * layout.chunk_height * 2;
        let height = (layout.chunk_height * 2).min(finer_height - y);
        if level == 0 {
            self.image.load_rows(self.base, y, height)?;
        }
        let has_mask = self.image.has_mask(self.base);
        let side = 2 * layout.chunk_width as usize;
        let tile_bytes =
            side * height as usize * (usize::from(layout.samples) * layout.sample_type().size() + 1);
        let at_once = (WORKING_BYTES / (tile_bytes * 2)).max(1);
        let cols: Vec<u32> = (0..layout.chunks_across() as u32).collect();
        for some in cols.chunks(at_once) {
            let made: Vec<Result<Packed, Fault>> = some
                .into_par_iter()
                .with_max_len(1)
                .map(|col| {
                    let x = col * layout.chunk_width * 2;
                    let width = (layout.chunk_width * 2).min(finer_width - x);
                    self.make_tile(file, level, levels, TileWindow { x, y, width, height }, has_mask)
                })
                .collect();
            for (col, packed) in some.iter().zip(made) {
                let packed = packed?;
                for (plane, bytes) in packed.planes.iter().enumerate() {
                    file.put(level, (u64::from(*col), u64::from(row), plane as u16), bytes)?;
                }
                if let Some(bytes) = packed.mask {
                    file.put(levels + level, (u64::from(*col), u64::from(row), 0), &bytes)?;
                }
            }
        }
        Ok(())
    }

    fn make_tile(
        &self,
        file: &TileFile,
        level: usize,
        levels: usize,
        window: TileWindow,
        has_mask: bool,
    ) -> Result<Packed, Fault> {
        let layout = file.layout(level);
        let samples: Vec<usize> = (0..usize::from(layout.samples)).collect();
        let (values, mask) = if level == 0 {
            self.image.read(self.base, window, &samples, Keep::OnlyShared)?
        } else {
            let values = file.read(level - 1, window, &samples)?;
            let mask = if has_mask { Some(file.read(levels + level - 1, window, &[0])?) } else { None };
            (values, mask.map(|m| m.as_bytes().to_vec()))
        };
        let (w, h) = (window.width as usize, window.height as usize);
        let finer = values;
        let (values, mask) = halve(&finer, w, h, mask.as_deref(), &self.halving);
        spare::keep_samples(finer);
        let (w, h) = (w.div_ceil(2), h.div_ceil(2));
        let planes = if layout.separate { layout.samples } else { 1 };
        let pack = |plane| {
            let chunk = chunk_samples(layout, &values, w, h, plane);
            let packed = codec::encode(layout, &chunk, 1);
            spare::keep_samples(chunk);
            packed
        };
        let planes = (0..planes).map(pack).collect::<Result<_, _>>()?;
        let pack_mask = |mask| {
            let layout = file.layout(levels + level);
            codec::encode(layout, &chunk_samples(layout, &SampleBuffer::U8(mask), w, h, 0), 1)
        };
        Ok(Packed { planes, mask: mask.map(pack_mask).transpose()? })
    }
}

struct Packed {
    planes: Vec<Vec<u8>>,
    mask: Option<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenOptions, TileCache};

    /// A grey image of 1,300×1,100 whose mask leaves out the left 101 columns.
    fn masked_image(path: &Path) -> Result<(), Fault> {
        let part = |subfile: u64| {
            let mut layout = Layout::for_writing((1300, 1100), (1300, 1100), true, 1, SampleType::U8);
            (layout.compression, layout.subfile) = (Compression::Deflate, subfile);
            NewPart {
                layout,
                tags: vec![(tags::PHOTOMETRIC, TagValue::Shorts(vec![if subfile == 0 { 1 } else { 4 }]))],
            }
        };
        let file = TileFile::create(path, vec![part(0), part(4)])?;
        for (index, value) in [(0, [9, 200]), (1, [0, 255])] {
            let samples =
                SampleBuffer::U8((0..1300 * 1100).map(|i| value[usize::from(i % 1300 >= 101)]).collect());
            file.put(index, (0, 0, 0), &codec::encode(file.layout(index), &samples, 1)?)?;
        }
        file.finish()
    }

    #[test]
    fn masks_are_halved_along_and_hidden_pixels_do_not_bleed() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("masked.tif");
        masked_image(&path)?;
        let overviews = OverviewStore::in_folder(&folder.path().join("kept"));
        let options = OpenOptions { overviews, cache: TileCache::new(4 << 20), ..OpenOptions::default() };
        let source = Source::open_with(&path, &options)?;
        assert!(source.image().has_mask && source.wants_overviews());
        build(&source, &|_| true)?;
        let source = Source::open_with(&path, &options)?;
        assert!(source.image().warnings.is_empty(), "{:?}", source.image().warnings);
        assert_eq!(source.pyramid().levels().len(), 4);
        for level in 1..4 {
            let size = source.pyramid().levels()[usize::from(level)];
            let read = source.read_window(level, 0, 0, size.width, 2, &[0])?;
            let first = 101 >> level;
            for x in 0..size.width {
                assert_eq!(read.is_valid(x, 1), x >= first, "level {level}, column {x}");
                assert_eq!(
                    read.value(0, x, 1),
                    Some(if x >= first { 200.0 } else { 9.0 }),
                    "level {level}, column {x}"
                );
            }
        }
        Ok(())
    }
}
