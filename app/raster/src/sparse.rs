//! Single pixels of a TIFF, far from each other: of each chunk only as much is read and unpacked as lies above
//! the last row that is wanted.

use std::sync::Arc;

use crate::cache::ChunkKey;
use crate::chunks::read_packed;
use crate::codec;
use crate::compression::Compression;
use crate::doubts::Doubts;
use crate::driver::{Keep, Stored};
use crate::error::Fault;
use crate::geotiff::{GeoTiff, Part};
use crate::grid::ChunkPlace;
use crate::layout::Layout;
use crate::numbers::Numbers;
use crate::overlap::Overlap;
use crate::rough::RoughGrid;
use crate::samples::SampleBuffer;
use crate::spare;

/// The least columns and rows between pixels of a rough view: nearer ones are as well read all.
const LEAST_STEP: u32 = 4;
/// Bytes that are unpacked for all of a rough level of packed strips, which are as wide as the image.
const STRIP_BYTES: u64 = 256 << 20;
/// Chunks that are unpacked whole for all of a rough level.
const WHOLE_CHUNKS: u64 = 1024;
/// Packed bytes that are read besides those that the wanted rows can have at most: headers and tables.
const AHEAD_BYTES: u64 = 4 << 10;
/// Bytes that ZSTD unpacks as a whole.
const ZSTD_BLOCK: u64 = 128 << 10;
/// Pixels of a row that are nearer to each other than this are read as one: the gap costs less than another call.
const SMALL_GAP_BYTES: u64 = 8 << 10;

/// What it costs to read the first rows of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Top {
    /// Any pixel is where it is.
    Anywhere,
    /// As much as lies above.
    AsFar,
    /// The whole chunk.
    Whole,
}

impl Top {
    fn of(layout: &Layout) -> Self {
        match layout.compression {
            Compression::None if layout.bits.is_multiple_of(8) && layout.chroma.is_none() => Self::Anywhere,
            Compression::None
            | Compression::Lzw
            | Compression::Deflate
            | Compression::PackBits
            | Compression::Zstd
            | Compression::Ccitt(_)
            | Compression::Jpeg => Self::AsFar,
            _ => Self::Whole,
        }
    }
}

impl GeoTiff {
    /// Where single pixels of a level cost little.
    pub(crate) fn rough_grid(&self, level: usize) -> RoughGrid {
        let layout = self.layout(level);
        let (width, height) = (u64::from(layout.width), u64::from(layout.height));
        let step = match Top::of(layout) {
            Top::Anywhere => {
                let tile = if layout.tiled { (256, 256) } else { (1024, 256) };
                return RoughGrid { step: (LEAST_STEP, LEAST_STEP), row: 1, tile };
            }
            Top::AsFar if layout.tiled => layout.chunk_height.next_power_of_two(),
            Top::AsFar => {
                let all = layout.row_bytes().saturating_mul(height) / STRIP_BYTES;
                let enough = u32::try_from(all.next_power_of_two()).unwrap_or(1 << 30);
                layout.rows_per_strip.next_power_of_two().max(enough)
            }
            Top::Whole => {
                let mut step = layout.chunk_height.max(layout.chunk_width).next_power_of_two();
                while (width / u64::from(step)) * (height / u64::from(step)) > WHOLE_CHUNKS {
                    step = step.saturating_mul(2);
                }
                step
            }
        };
        let step = step.clamp(LEAST_STEP, 1 << 30);
        // Pixels beside each other come out of the same chunk.
        let across = (step / 4).max(LEAST_STEP);
        let row = if layout.tiled { layout.chunk_height } else { layout.rows_per_strip };
        RoughGrid { step: (across, step), row, tile: (256, 32) }
    }

    /// Stored samples where columns and rows meet (both rising), and the mask's byte per pixel where there is one.
    pub(crate) fn read_sparse(
        &self,
        level: usize,
        (columns, rows): (&[u32], &[u32]),
        samples: &[usize],
    ) -> Result<Stored, Fault> {
        let parts = self.levels[level];
        let values = self.sparse_part(parts.image, (columns, rows), samples)?;
        let mask = parts.mask.map(|m| self.sparse_part(m, (columns, rows), &[0])).transpose()?;
        let mask = mask.map(|m| (0..m.len()).map(|i| if m.get(i) == Some(0.0) { 0 } else { 255 }).collect());
        Ok((values, mask))
    }

    fn sparse_part(
        &self,
        part: usize,
        (columns, rows): (&[u32], &[u32]),
        samples: &[usize],
    ) -> Result<SampleBuffer, Fault> {
        let layout = &self.parts[part].layout;
        let len = columns.len() * rows.len() * samples.len();
        let mut out = spare::samples(layout.sample_type(), len);
        let mut at = (0, 0);
        for rows in rows.chunk_by(|a, b| layout.chunk_row_of(*a) == layout.chunk_row_of(*b)) {
            at.0 = 0;
            for own in columns.chunk_by(|a, b| a / layout.chunk_width == b / layout.chunk_width) {
                let wanted = Crossings { columns: own, rows, at, out_width: columns.len() };
                self.take_from_chunk(part, &wanted, samples, &mut out)?;
                at.0 += own.len();
            }
            at.1 += rows.len();
        }
        Ok(out)
    }

    /// The wanted pixels of one chunk, or of one for each band.
    fn take_from_chunk(
        &self,
        part: usize,
        wanted: &Crossings<'_>,
        samples: &[usize],
        out: &mut SampleBuffer,
    ) -> Result<(), Fault> {
        let layout = &self.parts[part].layout;
        let stride = usize::from(layout.chunk_samples());
        if !layout.separate {
            let put = |chunk: &Numbers, pixel: &Overlap, out: &mut SampleBuffer| {
                pixel.copy(chunk, samples, stride, out);
            };
            return self.each_pixel(part, 0, wanted, out, &put);
        }
        let plane = out.len() / samples.len();
        for (i, sample) in samples.iter().enumerate() {
            let put = |chunk: &Numbers, pixel: &Overlap, out: &mut SampleBuffer| {
                pixel.copy_plane(chunk, (sample % stride, stride), out, i * plane);
            };
            self.each_pixel(part, (sample / stride) as u16, wanted, out, &put)?;
        }
        Ok(())
    }

    fn each_pixel(
        &self,
        part: usize,
        plane: u16,
        wanted: &Crossings<'_>,
        out: &mut SampleBuffer,
        put: &dyn Fn(&Numbers, &Overlap, &mut SampleBuffer),
    ) -> Result<(), Fault> {
        let layout = &self.parts[part].layout;
        let (col, row) =
            (u64::from(wanted.columns[0] / layout.chunk_width), layout.chunk_row_of(wanted.rows[0]));
        let left = col as u32 * layout.chunk_width;
        let (top, _) = layout.chunk_rows(row);
        let key = ChunkKey { source: self.id, part: part as u16, plane, col, row };
        let known = self.cache.get(&key);
        if Top::of(layout) == Top::Anywhere && known.is_none() {
            return self.each_run(part, &key, wanted, (left, top), &mut |run, pixel| put(run, pixel, out));
        }
        let last = wanted.rows[wanted.rows.len() - 1];
        let chunk = match known {
            Some(chunk) => chunk,
            None if Top::of(layout) == Top::Whole => self.chunk(part, col, row, plane, Keep::Yes)?,
            None => Arc::new(self.top_of(part, &key, last - top + 1)?),
        };
        for (j, row) in wanted.rows.iter().enumerate() {
            for (i, column) in wanted.columns.iter().enumerate() {
                let inside = (column - left, row - top);
                put(&chunk, &wanted.pixel(inside, layout.chunk_width, (i, j)), out);
            }
        }
        Ok(())
    }

    /// Rows of plain numbers, as far as pixels of them are wanted; each pixel alone where they lie far apart.
    fn each_run(
        &self,
        part: usize,
        key: &ChunkKey,
        wanted: &Crossings<'_>,
        (left, top): (u32, u32),
        put: &mut dyn FnMut(&Numbers, &Overlap),
    ) -> Result<(), Fault> {
        let Part { file, layout } = &self.parts[part];
        let tiff = &self.files[*file];
        let place = layout.place(tiff, key.col, key.row, key.plane)?;
        let pixel_bytes = u64::from(layout.bits / 8) * u64::from(layout.chunk_samples());
        let gap = wanted.columns.windows(2).map(|two| u64::from(two[1] - two[0])).min().unwrap_or(0);
        let at_once = if gap * pixel_bytes > SMALL_GAP_BYTES { 1 } else { wanted.columns.len() };
        for (j, row) in wanted.rows.iter().enumerate() {
            let begin = u64::from(row - top).saturating_mul(layout.row_bytes());
            for (n, run) in wanted.columns.chunks(at_once).enumerate() {
                let (first, last) = (run[0], run[run.len() - 1]);
                let narrow = Layout { chunk_width: last - first + 1, ..layout.clone() };
                let len = narrow.row_bytes();
                if len > self.chunk_budget {
                    return Err(Fault::too_large(format!("a row of it has {} MB", len >> 20)));
                }
                let begin = begin.saturating_add(u64::from(first - left).saturating_mul(pixel_bytes));
                let numbers = if place.len == 0 {
                    let count = narrow.chunk_width as usize * usize::from(layout.chunk_samples());
                    Numbers::filled(layout.number_type(), count, self.hole_value)
                } else if begin.saturating_add(len) > place.len {
                    return Err(Fault::damaged("its data end early"));
                } else {
                    let mut bytes = spare::bytes(len as usize);
                    tiff.file.read_exact_at(&mut bytes, place.offset.saturating_add(begin))?;
                    let numbers =
                        codec::decode(&narrow, tiff.endian, &mut bytes, (1, 1), &Doubts::default())?;
                    spare::keep(bytes);
                    numbers
                };
                for (i, column) in run.iter().enumerate() {
                    let to = (n * at_once + i, j);
                    put(&numbers, &wanted.pixel((column - first, 0), narrow.chunk_width, to));
                }
            }
        }
        Ok(())
    }

    /// The first rows of a chunk.
    fn top_of(&self, part: usize, key: &ChunkKey, wanted: u32) -> Result<Numbers, Fault> {
        let Part { file, layout } = &self.parts[part];
        let tiff = &self.files[*file];
        let (_, all) = layout.chunk_rows(key.row);
        // Rows that share their hues come together.
        let rows = if layout.chroma.is_some() { wanted.next_multiple_of(4).min(all) } else { wanted };
        let unpacked = layout.unpacked_bytes(rows);
        let count = u64::from(layout.chunk_width) * u64::from(rows) * u64::from(layout.chunk_samples());
        let needed = unpacked.max(count.saturating_mul(layout.number_type().size() as u64));
        if needed > self.chunk_budget {
            return Err(Fault::too_large(format!("a part of it has {} MB when unpacked", needed >> 20)));
        }
        let place = layout.place(tiff, key.col, key.row, key.plane)?;
        if place.len == 0 {
            return Ok(Numbers::filled(layout.number_type(), count as usize, self.hole_value));
        }
        let enough = match layout.compression {
            Compression::Zstd => unpacked.next_multiple_of(ZSTD_BLOCK).saturating_add(AHEAD_BYTES),
            Compression::Lzw | Compression::Deflate | Compression::PackBits => {
                unpacked.saturating_mul(3).saturating_add(AHEAD_BYTES)
            }
            _ => u64::MAX,
        };
        let part_of = ChunkPlace { len: place.len.min(enough), ..place };
        let unpack = |place: ChunkPlace| {
            let mut packed = read_packed(tiff, layout, place, unpacked)?;
            let numbers = codec::decode_top(layout, tiff.endian, &mut packed, rows);
            spare::keep(packed);
            numbers
        };
        match unpack(part_of) {
            Err(_) if part_of != place => unpack(place),
            done => done,
        }
    }
}

/// Pixels of one chunk: columns and rows of the image, and where the first of them goes.
struct Crossings<'a> {
    columns: &'a [u32],
    rows: &'a [u32],
    at: (usize, usize),
    out_width: usize,
}

impl Crossings<'_> {
    /// One pixel at a place of a chunk, or of a part of it that is `width` pixels wide.
    fn pixel(&self, inside: (u32, u32), width: u32, (i, j): (usize, usize)) -> Overlap {
        Overlap::of_pixel(inside, width, (self.at.0 + i, self.at.1 + j), self.out_width)
    }
}
