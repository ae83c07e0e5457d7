//! The chunks of a layout: how many, which rows each holds, how large it is, and where it lies.

use crate::compression::Compression;
use crate::error::Fault;
use crate::ifd::Tiff;
use crate::layout::Layout;

/// Where the packed bytes of one chunk lie; `len == 0` is a hole in a sparse file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChunkPlace {
    pub(crate) offset: u64,
    pub(crate) len: u64,
}

impl Layout {
    /// Pixels of a tile or strip of the file.
    pub(crate) fn stored_block(&self) -> (u32, u32) {
        (self.chunk_width, if self.tiled { self.chunk_height } else { self.rows_per_strip })
    }

    /// Bytes of one row of a chunk when unpacked, padded to whole bytes.
    pub(crate) fn row_bytes(&self) -> u64 {
        (u64::from(self.chunk_width) * u64::from(self.chunk_samples()) * u64::from(self.bits)).div_ceil(8)
    }

    /// Numbers of one pixel within one chunk.
    pub(crate) fn chunk_samples(&self) -> u16 {
        match (self.separate, self.is_complex) {
            (true, false) => 1,
            (true, true) => 2,
            (false, _) => self.samples,
        }
    }

    /// Bands as the file counts them: a complex number is one.
    pub(crate) fn stored_bands(&self) -> u16 {
        self.samples >> u8::from(self.is_complex)
    }

    /// Chunks that each place of the grid has: one, or one for each band.
    pub(crate) fn planes(&self) -> u16 {
        self.samples / self.chunk_samples()
    }

    /// Chunks across the image.
    pub(crate) fn chunks_across(&self) -> u64 {
        u64::from(self.width.div_ceil(self.chunk_width))
    }

    fn parts_per_strip(&self) -> u64 {
        u64::from(self.rows_per_strip.div_ceil(self.chunk_height))
    }

    /// Tiles or strips that the file should list.
    pub(crate) fn listed_chunks_needed(&self) -> u64 {
        let down = u64::from(self.height.div_ceil(self.rows_per_strip));
        self.chunks_across().saturating_mul(down).saturating_mul(u64::from(self.planes()))
    }

    pub(crate) fn listed_chunks(&self) -> u64 {
        self.offsets.count
    }

    /// First image row of a row of chunks, and how many rows its chunks hold.
    pub(crate) fn chunk_rows(&self, row: u64) -> (u32, u32) {
        if self.tiled {
            return (row as u32 * self.chunk_height, self.chunk_height);
        }
        let parts = self.parts_per_strip();
        let strip_start = (row / parts) as u32 * self.rows_per_strip;
        let within = (row % parts) as u32 * self.chunk_height;
        let start = strip_start + within;
        let left_in_strip = self.rows_per_strip - within;
        (start, self.chunk_height.min(left_in_strip).min(self.height - start))
    }

    /// The row of chunks that holds an image row.
    pub(crate) fn chunk_row_of(&self, y: u32) -> u64 {
        if self.tiled {
            return u64::from(y / self.chunk_height);
        }
        let strip = u64::from(y / self.rows_per_strip);
        strip * self.parts_per_strip() + u64::from((y % self.rows_per_strip) / self.chunk_height)
    }

    /// How many rows of a chunk lie inside the image.
    pub(crate) fn visible_rows(&self, row: u64) -> u32 {
        let (start, rows) = self.chunk_rows(row);
        rows.min(self.height.saturating_sub(start))
    }

    /// Bytes of a chunk of this many rows when unpacked.
    pub(crate) fn unpacked_bytes(&self, rows: u32) -> u64 {
        match &self.chroma {
            Some(chroma) => chroma.unpacked_bytes(self.chunk_width, rows),
            None => self.row_bytes().saturating_mul(u64::from(rows)),
        }
    }

    /// Where a chunk's packed bytes lie.
    pub(crate) fn place(&self, tiff: &Tiff, col: u64, row: u64, plane: u16) -> Result<ChunkPlace, Fault> {
        let parts = if self.tiled { 1 } else { self.parts_per_strip() };
        let listed_down = u64::from(self.height.div_ceil(self.rows_per_strip));
        let list_row = u64::from(plane).saturating_mul(listed_down).saturating_add(row / parts);
        let index = list_row.saturating_mul(self.chunks_across()).saturating_add(col);
        let offset = tiff.number(&self.offsets, index)?;
        let (_, rows) = self.chunk_rows(row);
        let wanted = self.unpacked_bytes(rows);
        let len = match &self.byte_counts {
            Some(counts) if index < counts.count => tiff.number(counts, index)?,
            _ if offset == 0 => 0,
            _ if self.compression == Compression::None => wanted.saturating_mul(parts),
            _ => tiff.file.len().saturating_sub(offset),
        };
        if len == 0 {
            return Ok(ChunkPlace { offset: 0, len: 0 });
        }
        if parts == 1 {
            return Ok(ChunkPlace { offset, len });
        }
        let start = (row % parts).saturating_mul(self.unpacked_bytes(self.chunk_height));
        Ok(ChunkPlace { offset: offset.saturating_add(start), len: len.saturating_sub(start).max(1) })
    }
}
