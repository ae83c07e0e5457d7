//! Windows of a JPEG 2000 image: blocks of tiles, decoded when they are first needed and kept.

use std::sync::{Arc, OnceLock};

use spatial::{Level, TileWindow};

use super::decode::{self, Order};
use super::header::Header;
use super::tiles::{Block, TileIndex};
use crate::cache::{ChunkKey, TileCache};
use crate::driver::{Driver, Keep, Stored};
use crate::error::Fault;
use crate::file::RandomFile;
use crate::numbers::Numbers;
use crate::samples::{SampleBuffer, SampleType};

/// Tiles smaller than this are decoded several at a time.
const BLOCK_PX: u32 = 512;
/// Levels go on until the image fits this.
const SMALLEST_PX: u32 = 128;

/// An open JPEG 2000 image.
#[derive(Debug)]
pub(crate) struct Jpeg2000 {
    pub(crate) id: u64,
    pub(crate) file: RandomFile,
    /// Where the codestream lies in the file: offset and length.
    pub(crate) stream: (u64, u64),
    pub(crate) header: Header,
    pub(crate) cache: TileCache,
    pub(crate) budget: u64,
    pub(crate) index: OnceLock<TileIndex>,
}

impl Jpeg2000 {
    /// How many levels the file holds.
    pub(crate) fn level_count(&self) -> u32 {
        let usual = (0..=u32::from(self.header.reductions())).take_while(|level| {
            let (w, h) = self.header.size(level.saturating_sub(1));
            *level == 0 || w.max(h) > SMALLEST_PX
        });
        usual
            .filter(|level| {
                let (w, h) = self.header.size(*level);
                w > 0 && h > 0
            })
            .count()
            .max(1) as u32
    }

    /// Tiles of a block, across and down.
    fn tiles_per_block(&self) -> (u32, u32) {
        ((BLOCK_PX / self.header.tile.0).max(1), (BLOCK_PX / self.header.tile.1).max(1))
    }

    fn block(&self, col: u32, row: u32) -> Block {
        let ((across, down), (cols, rows)) = (self.tiles_per_block(), self.header.grid());
        let ends = |i: u32, each: u32, all: u32| (i * each, (i + 1).saturating_mul(each).min(all));
        Block { cols: ends(col, across, cols), rows: ends(row, down, rows) }
    }

    /// The block of tiles that holds a pixel of a level.
    fn block_at(&self, level: u32, x: u32, y: u32) -> (u32, u32) {
        let (across, down) = self.tiles_per_block();
        let step = self.header.step();
        let find = |n: u32, start: u32, step: u32, origin: u32, side: u32| {
            let scale = u64::from(step) << level;
            let on_grid = (u64::from(n) + u64::from(start).div_ceil(scale)) * scale;
            (on_grid.saturating_sub(u64::from(origin)) / u64::from(side)) as u32
        };
        let h = &self.header;
        let (cols, rows) = h.grid();
        let col = find(x, h.area[0], step.0, h.origin.0, h.tile.0).min(cols - 1) / across;
        let row = find(y, h.area[1], step.1, h.origin.1, h.tile.1).min(rows - 1) / down;
        (col, row)
    }

    fn decode_block(&self, block: Block, level: u32, size: (u32, u32)) -> Result<Numbers, Fault> {
        let area = block.area(&self.header);
        let cost = self.header.cost(area, level);
        if cost > self.budget {
            return Err(Fault::too_large(format!(
                "one of its JPEG 2000 tiles needs {} MB at this level of detail, and {} MB are granted",
                cost >> 20,
                self.budget >> 20
            )));
        }
        let index = self.index.get_or_init(|| TileIndex::read(&self.file, &self.header, self.stream));
        let stream = block.stream(&self.file, &self.header, index, self.budget)?;
        decode::decode(&stream, &self.header, level, size, Order::Planes)
    }

    fn chunk(
        &self,
        level: u32,
        (col, row): (u32, u32),
        keep: Keep,
    ) -> Result<(Arc<Numbers>, [u32; 4]), Fault> {
        let block = self.block(col, row);
        let place = self.header.on_level(block.area(&self.header), level);
        let size = (place[2] - place[0], place[3] - place[1]);
        let key =
            ChunkKey { source: self.id, part: level as u16, plane: 0, col: col.into(), row: row.into() };
        let make = || self.decode_block(block, level, size);
        let chunk = match keep {
            Keep::Yes => self.cache.get_or_make(key, make)?,
            Keep::OnlyShared => self.cache.get(&key).map_or_else(|| make().map(Arc::new), Ok)?,
        };
        Ok((chunk, place))
    }
}

/// Copies what a block and a window share, plane by plane.
fn copy_shared(chunk: &Numbers, place: [u32; 4], w: TileWindow, samples: &[usize], out: &mut SampleBuffer) {
    match (chunk, out) {
        (Numbers::U8(from), SampleBuffer::U8(to)) => copy(from, place, w, samples, to),
        (Numbers::U16(from), SampleBuffer::U16(to)) => copy(from, place, w, samples, to),
        (Numbers::I16(from), SampleBuffer::I16(to)) => copy(from, place, w, samples, to),
        (Numbers::F32(from), SampleBuffer::F32(to)) => copy(from, place, w, samples, to),
        _ => {}
    }
}

fn copy<T: Copy>(from: &[T], place: [u32; 4], w: TileWindow, samples: &[usize], to: &mut [T]) {
    let [left, top, right, bottom] = place;
    let (x0, x1) = (w.x.max(left), (w.x + w.width).min(right));
    let (y0, y1) = (w.y.max(top), (w.y + w.height).min(bottom));
    if x0 >= x1 {
        return;
    }
    let (across, plane) = ((right - left) as usize, (right - left) as usize * (bottom - top) as usize);
    let len = (x1 - x0) as usize;
    for (i, sample) in samples.iter().enumerate() {
        for y in y0..y1 {
            let source = sample * plane + (y - top) as usize * across + (x0 - left) as usize;
            let target =
                (i * w.height as usize + (y - w.y) as usize) * w.width as usize + (x0 - w.x) as usize;
            to[target..target + len].copy_from_slice(&from[source..source + len]);
        }
    }
}

impl Driver for Jpeg2000 {
    fn levels(&self) -> Vec<Level> {
        let (across, down) = self.tiles_per_block();
        let side = |tile: u32, count: u32, level: u32, step: u32| {
            let block = (u64::from(tile) * u64::from(count) / u64::from(step)) >> level;
            if (128..=1024).contains(&block) { block as u32 } else { BLOCK_PX }
        };
        let (step_x, step_y) = self.header.step();
        let level = |level: u32| {
            let (width, height) = self.header.size(level);
            let tile_width = side(self.header.tile.0, across, level, step_x);
            Level { width, height, tile_width, tile_height: side(self.header.tile.1, down, level, step_y) }
        };
        (0..self.level_count()).map(level).collect()
    }

    fn samples(&self) -> u16 {
        self.header.components.len() as u16
    }

    fn sample_type(&self) -> SampleType {
        decode::number_type(&self.header.components).sample_type()
    }

    fn read(&self, level: usize, w: TileWindow, samples: &[usize], keep: Keep) -> Result<Stored, Fault> {
        let level = level as u32;
        let len = w.width as usize * w.height as usize * samples.len();
        let mut out = SampleBuffer::zeros(self.sample_type(), len);
        let first = self.block_at(level, w.x, w.y);
        let last = self.block_at(level, w.x + w.width - 1, w.y + w.height - 1);
        for row in first.1..=last.1 {
            for col in first.0..=last.0 {
                let (chunk, place) = self.chunk(level, (col, row), keep)?;
                copy_shared(&chunk, place, w, samples, &mut out);
            }
        }
        Ok((out, None))
    }
}

impl Drop for Jpeg2000 {
    fn drop(&mut self) {
        self.cache.forget(self.id);
    }
}
