//! Windows of stored samples: which chunks they meet, and each chunk from the cache or the file.

use std::ops::RangeInclusive;
use std::sync::Arc;

use spatial::TileWindow;

use crate::cache::ChunkKey;
use crate::codec;
use crate::compression::Compression;
use crate::driver::{ExactStored, Keep, Stored};
use crate::error::Fault;
use crate::exact::ExactBuffer;
use crate::geotiff::{GeoTiff, Part};
use crate::grid::ChunkPlace;
use crate::ifd::Tiff;
use crate::layout::Layout;
use crate::numbers::Numbers;
use crate::overlap::{Overlap, Planes};
use crate::samples::SampleBuffer;
use crate::spare;

/// Chunks that a server is told of at once.
const MOST_AHEAD: usize = 1024;

impl GeoTiff {
    /// Stored samples of a window, band after band, and the mask's byte per pixel where there is one.
    pub(crate) fn read_level(
        &self,
        level: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<Stored, Fault> {
        let values = self.read_part(self.levels[level].image, window, samples, keep)?;
        Ok((values, self.read_mask(level, window, keep)?))
    }

    /// The same, none rounded.
    pub(crate) fn read_level_exact(
        &self,
        level: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<ExactStored, Fault> {
        let part = self.levels[level].image;
        let layout = &self.parts[part].layout;
        let len = window.width as usize * window.height as usize * samples.len();
        let mut out = ExactBuffer::zeros_like(&Numbers::zeros(layout.number_type(), 0), len);
        self.gather(part, window, samples, keep, &mut out)?;
        Ok((out, self.read_mask(level, window, keep)?))
    }

    /// A byte per pixel of a window where the level has a mask.
    fn read_mask(&self, level: usize, window: TileWindow, keep: Keep) -> Result<Option<Vec<u8>>, Fault> {
        let mask = self.levels[level].mask.map(|m| self.read_part(m, window, &[0], keep)).transpose()?;
        Ok(mask.map(|m| (0..m.len()).map(|i| if m.get(i) == Some(0.0) { 0 } else { 255 }).collect()))
    }

    fn read_part(
        &self,
        part: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<SampleBuffer, Fault> {
        let plane = window.width as usize * window.height as usize;
        let mut out = spare::samples(self.parts[part].layout.sample_type(), plane * samples.len());
        self.gather(part, window, samples, keep, &mut out)?;
        Ok(out)
    }

    fn gather(
        &self,
        part: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
        out: &mut impl Planes,
    ) -> Result<(), Fault> {
        let layout = &self.parts[part].layout;
        let plane = window.width as usize * window.height as usize;
        let stride = usize::from(layout.chunk_samples());
        let first_col = u64::from(window.x / layout.chunk_width);
        let last_col = u64::from((window.x + window.width - 1) / layout.chunk_width);
        let last_row = layout.chunk_row_of(window.y + window.height - 1);
        self.fetch_ahead(part, (first_col..=last_col, layout.chunk_row_of(window.y)..=last_row), samples);
        for row in layout.chunk_row_of(window.y)..=last_row {
            for col in first_col..=last_col {
                let place = Overlap::new(layout, window, col, row);
                if layout.separate {
                    for (i, sample) in samples.iter().enumerate() {
                        let chunk = self.chunk(part, col, row, (*sample / stride) as u16, keep)?;
                        place.copy_plane(&chunk, (*sample % stride, stride), out, i * plane);
                        spare::keep_chunk(chunk);
                    }
                } else {
                    let chunk = self.chunk(part, col, row, 0, keep)?;
                    place.copy(&chunk, samples, stride, out);
                    spare::keep_chunk(chunk);
                }
            }
        }
        Ok(())
    }

    /// Tells a server of all chunks of a window that are not in the cache, before they are read one by one.
    fn fetch_ahead(
        &self,
        part: usize,
        (cols, rows): (RangeInclusive<u64>, RangeInclusive<u64>),
        samples: &[usize],
    ) {
        let Part { file, layout } = &self.parts[part];
        let tiff = &self.files[*file];
        if !tiff.file.is_remote() {
            return;
        }
        let stride = usize::from(layout.chunk_samples());
        let mut planes: Vec<u16> = if layout.separate {
            samples.iter().map(|sample| (sample / stride) as u16).collect()
        } else {
            vec![0]
        };
        planes.sort_unstable();
        planes.dedup();
        let most = layout.unpacked_bytes(layout.chunk_height).saturating_mul(2).saturating_add(1 << 20);
        let mut ranges = Vec::new();
        for row in rows {
            for col in cols.clone() {
                for plane in planes.iter().copied() {
                    let key = ChunkKey { source: self.id, part: part as u16, plane, col, row };
                    if ranges.len() == MOST_AHEAD || self.cache.get(&key).is_some() {
                        continue;
                    }
                    // What is wrong with a place is said when it is read.
                    if let Ok(place) = layout.place(tiff, col, row, plane)
                        && place.len > 0
                    {
                        ranges.push(place.offset..place.offset.saturating_add(place.len.min(most)));
                    }
                }
            }
        }
        tiff.file.prefetch(&ranges);
    }

    pub(crate) fn chunk(
        &self,
        part: usize,
        col: u64,
        row: u64,
        plane: u16,
        keep: Keep,
    ) -> Result<Arc<Numbers>, Fault> {
        let key = ChunkKey { source: self.id, part: part as u16, plane, col, row };
        if keep == Keep::OnlyShared && self.parts[part].layout.tiled {
            if let Some(chunk) = self.cache.get(&key) {
                return Ok(chunk);
            }
            return Ok(Arc::new(self.decode(part, col, row, plane)?));
        }
        self.cache.get_or_make(key, || self.decode(part, col, row, plane))
    }

    fn decode(&self, part: usize, col: u64, row: u64, plane: u16) -> Result<Numbers, Fault> {
        let Part { file, layout } = &self.parts[part];
        let tiff = &self.files[*file];
        let (_, rows) = layout.chunk_rows(row);
        let unpacked = layout.unpacked_bytes(rows);
        let samples = u64::from(layout.chunk_width) * u64::from(rows) * u64::from(layout.chunk_samples());
        let needed = unpacked.max(samples.saturating_mul(layout.number_type().size() as u64));
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
            return Ok(Numbers::filled(layout.number_type(), samples as usize, self.hole_value));
        }
        if codec::is_plain(layout, tiff.endian) && place.len >= unpacked {
            let mut whole = spare::numbers(layout.number_type(), samples as usize);
            return tiff.file.read_exact_at(whole.as_bytes_mut(), place.offset).map(|()| whole);
        }
        let mut packed = read_packed(tiff, layout, place, unpacked)?;
        let rows = (rows, layout.visible_rows(row));
        let numbers = codec::decode(layout, tiff.endian, &mut packed, rows, &self.doubts);
        spare::keep(packed);
        numbers
    }
}

/// Reads the packed bytes of a chunk, having checked that they can hold what the chunk claims.
pub(crate) fn read_packed(
    tiff: &Tiff,
    layout: &Layout,
    place: ChunkPlace,
    unpacked: u64,
) -> Result<Vec<u8>, Fault> {
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
        return read_bytes(tiff, place.offset, unpacked as usize);
    }
    let len = place.len.min(left).min(unpacked.saturating_mul(2).saturating_add(1 << 20));
    if layout.compression.most_expansion().is_some_and(|most| len.saturating_mul(most) < unpacked) {
        let name = layout.compression.name();
        return Err(Fault::damaged(format!(
            "{len} bytes of {name} data cannot hold the {unpacked} bytes it claims"
        )));
    }
    read_bytes(tiff, place.offset, len as usize)
}

/// Bytes that are known to lie in the file, in memory that was used before.
fn read_bytes(tiff: &Tiff, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
    let mut bytes = spare::bytes(len);
    tiff.file.read_exact_at(&mut bytes, offset).map(|()| bytes)
}
