//! Writes GeoTIFFs: class masks, imagery and float rasters, tile by tile or rows at a time, so that an
//! image larger than memory can be made. A file appears under its name only when it is whole.
//!
//! ```no_run
//! use raster::write::{NewImage, WriteOptions};
//! let image = NewImage::rgb(1000, 800);
//! raster::write::image("out.tif".as_ref(), &image, &WriteOptions::default(), &image.zeros())?;
//! # Ok::<(), raster::WriteError>(())
//! ```

use std::path::Path;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use spatial::TileWindow;

use crate::codec;
use crate::compression::Compression;
use crate::describe::ColorRole;
use crate::error::{Fault, WriteError};
use crate::halve::{Halving, halve};
use crate::new_image::{check, layout_of};
use crate::samples::{SampleBuffer, with_pair};
use crate::tags;
use crate::tilefile::{NewPart, TileFile, chunk_samples};

pub use crate::new_image::{NewBand, NewImage, Packing, WriteOptions};

/// Writes a whole image from samples in memory, band after band.
pub fn image(
    path: &Path,
    new: &NewImage,
    options: &WriteOptions,
    values: &SampleBuffer,
) -> Result<(), WriteError> {
    let writer = Writer::create(path, new, options)?;
    let (w, bands) = (new.width as usize, new.bands.len());
    let plane = w * new.height as usize;
    if values.len() != plane * bands || values.kind() != new.sample_type {
        return Err(writer.error(Fault::out_of_range("the samples are not those of the image")));
    }
    let mut y = 0;
    while y < new.height {
        let rows = writer.rows_at_once().min(new.height - y);
        let n = w * rows as usize;
        let mut part = SampleBuffer::zeros(new.sample_type, n * bands);
        with_pair!(values, &mut part, from, to => for band in 0..bands {
            to[band * n..(band + 1) * n].copy_from_slice(&from[band * plane + y as usize * w..][..n]);
        }, ());
        writer.write_rows(y, &part)?;
        y += rows;
    }
    writer.finish()
}

/// A GeoTIFF being written. Dropped before [`Writer::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Writer {
    name: String,
    file: TileFile,
    levels: usize,
    halving: Halving,
    deflate_level: i32,
}

impl Writer {
    /// Begins a file; nothing stands under `path` until it is finished.
    pub fn create(path: &Path, new: &NewImage, options: &WriteOptions) -> Result<Self, WriteError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let fail = |fault| WriteError { file: name.clone(), fault };
        check(new, options).map_err(fail)?;
        let mut sizes = vec![(new.width, new.height)];
        let (mut w, mut h) = (new.width, new.height);
        while options.overviews && w.max(h) > 256 {
            (w, h) = (w.div_ceil(2), h.div_ceil(2));
            sizes.push((w, h));
        }
        let part = |(i, size): (usize, &(u32, u32))| {
            let mut tags = new.tags();
            if i == 0 || new.palette.is_some() {
                let all = new.remarks();
                tags.extend(all.into_iter().filter(|t| i == 0 || t.0 == tags::COLOR_MAP));
            }
            NewPart { layout: layout_of(new, options, *size, i > 0), tags }
        };
        let parts: Vec<NewPart> = sizes.iter().enumerate().map(part).collect();
        let file = TileFile::create(path, parts).map_err(fail)?;
        let halving = Halving {
            bands: new.bands.len(),
            alpha: new.bands.iter().position(|b| b.color == ColorRole::Alpha),
            no_data: new.no_data,
            nearest: new.palette.is_some(),
        };
        Ok(Self { name, file, levels: sizes.len(), halving, deflate_level: options.deflate_level })
    }

    fn error(&self, fault: Fault) -> WriteError {
        WriteError { file: self.name.clone(), fault }
    }

    /// Rows that [`Writer::write_rows`] takes (fewer at the lower border): the height of a tile or strip.
    pub fn rows_at_once(&self) -> u32 {
        self.file.layout(0).chunk_height
    }

    /// Tiles across and down.
    pub fn grid(&self) -> (u32, u32) {
        let layout = self.file.layout(0);
        (layout.width.div_ceil(layout.chunk_width), layout.height.div_ceil(layout.chunk_height))
    }

    /// Writes the rows from `y` on, packed on all cores; `values` is band after band, the image's full width.
    pub fn write_rows(&self, y: u32, values: &SampleBuffer) -> Result<(), WriteError> {
        let layout = self.file.layout(0);
        let rows = layout.chunk_height.min(layout.height.saturating_sub(y));
        if rows == 0 || !y.is_multiple_of(layout.chunk_height) {
            return Err(self.error(Fault::out_of_range(format!("no row of tiles begins at row {y}"))));
        }
        self.check_values(values, layout.width, rows)?;
        let (w, h) = (layout.width as usize, rows as usize);
        let cols: Vec<u32> = (0..layout.chunks_across() as u32).collect();
        let packed: Vec<Result<Vec<Vec<u8>>, Fault>> = cols
            .into_par_iter()
            .map(|col| {
                let x = (col * layout.chunk_width) as usize;
                let width = (layout.chunk_width as usize).min(w - x);
                if width == w {
                    return self.pack(0, values, width, h);
                }
                let mut tile = SampleBuffer::zeros(values.kind(), width * h * usize::from(layout.samples));
                with_pair!(values, &mut tile, from, to => {
                    for (line, target) in to.chunks_exact_mut(width).enumerate() {
                        target.copy_from_slice(&from[line * w + x..][..width]);
                    }
                }, ());
                self.pack(0, &tile, width, h)
            })
            .collect();
        let row = u64::from(y / layout.chunk_height);
        for (col, planes) in packed.into_iter().enumerate() {
            let planes = planes.map_err(|f| self.error(f))?;
            self.put(0, (col as u64, row), &planes).map_err(|f| self.error(f))?;
        }
        Ok(())
    }

    /// Writes one tile; `values` is band after band, cut at the image's border.
    pub fn write_tile(&self, col: u32, row: u32, values: &SampleBuffer) -> Result<(), WriteError> {
        let layout = self.file.layout(0);
        let (cols, rows) = self.grid();
        if col >= cols || row >= rows {
            return Err(self.error(Fault::out_of_range("there is no such tile")));
        }
        let width = layout.chunk_width.min(layout.width - col * layout.chunk_width);
        let height = layout.chunk_height.min(layout.height - row * layout.chunk_height);
        self.check_values(values, width, height)?;
        self.pack(0, values, width as usize, height as usize)
            .and_then(|planes| self.put(0, (u64::from(col), u64::from(row)), &planes))
            .map_err(|f| self.error(f))
    }

    fn check_values(&self, values: &SampleBuffer, width: u32, height: u32) -> Result<(), WriteError> {
        let layout = self.file.layout(0);
        let wanted = width as usize * height as usize * usize::from(layout.samples);
        if values.len() == wanted && values.kind() == layout.sample_type() {
            return Ok(());
        }
        let reason = format!(
            "{} {} samples were given where {wanted} {} belong",
            values.len(),
            values.kind().name(),
            layout.sample_type().name()
        );
        Err(self.error(Fault::OutOfRange(reason)))
    }

    fn pack(
        &self,
        level: usize,
        values: &SampleBuffer,
        width: usize,
        height: usize,
    ) -> Result<Vec<Vec<u8>>, Fault> {
        let layout = self.file.layout(level);
        let planes = if layout.separate { layout.samples } else { 1 };
        let one = |plane| {
            let chunk = chunk_samples(layout, values, width, height, plane);
            codec::encode(
                layout,
                &chunk,
                if layout.compression == Compression::Zstd { 3 } else { self.deflate_level },
            )
        };
        (0..planes).map(one).collect()
    }

    fn put(&self, level: usize, (col, row): (u64, u64), planes: &[Vec<u8>]) -> Result<(), Fault> {
        planes
            .iter()
            .enumerate()
            .try_for_each(|(i, packed)| self.file.put(level, (col, row, i as u16), packed))
    }

    /// Makes the overviews, writes the directories and gives the file its name. All tiles must be written.
    pub fn finish(self) -> Result<(), WriteError> {
        let name = self.name.clone();
        let fail = |fault| WriteError { file: name, fault };
        for level in 1..self.levels {
            if let Err(fault) = self.halve_level(level) {
                return Err(fail(fault));
            }
        }
        if self.levels > 1 { self.file.finish_for_the_cloud() } else { self.file.finish() }.map_err(fail)
    }

    fn halve_level(&self, level: usize) -> Result<(), Fault> {
        let (layout, finer) = (self.file.layout(level), self.file.layout(level - 1));
        let samples: Vec<usize> = (0..usize::from(layout.samples)).collect();
        for row in 0..layout.height.div_ceil(layout.chunk_height) {
            let (y, side) = (row * layout.chunk_height * 2, layout.chunk_height * 2);
            let height = side.min(finer.height - y);
            let cols: Vec<u32> = (0..layout.chunks_across() as u32).collect();
            for some in cols.chunks(64) {
                let made: Vec<Result<Vec<Vec<u8>>, Fault>> = some
                    .into_par_iter()
                    .map(|col| {
                        let x = col * layout.chunk_width * 2;
                        let width = (layout.chunk_width * 2).min(finer.width - x);
                        let values =
                            self.file.read(level - 1, TileWindow { x, y, width, height }, &samples)?;
                        let (w, h) = (width as usize, height as usize);
                        let (values, _) = halve(&values, w, h, None, &self.halving);
                        self.pack(level, &values, w.div_ceil(2), h.div_ceil(2))
                    })
                    .collect();
                for (col, planes) in some.iter().zip(made) {
                    self.put(level, (u64::from(*col), u64::from(row)), &planes?)?;
                }
            }
        }
        Ok(())
    }
}
