//! Tiles of a codestream: where their parts lie, and a small codestream of its own for a block of them.
//!
//! A tile's wavelets know nothing of other tiles, and coordinates stay those of the whole image. So a block
//! of tiles under a header that names only its area is a sound codestream, which any decoder reads.

use super::header::{self, Header};
use crate::error::Fault;
use crate::file::RandomFile;

/// Tile parts per tile, on average, beyond which the rest is left unread.
const MOST_PARTS_PER_TILE: usize = 64;

/// Where each tile's parts lie in the file: offset and length.
#[derive(Debug)]
pub(crate) struct TileIndex(Vec<Vec<(u64, u64)>>);

impl TileIndex {
    /// Follows the tile parts from the first to the last that the file holds whole or in part.
    pub(crate) fn read(file: &RandomFile, header: &Header, stream: (u64, u64)) -> Self {
        let (cols, rows) = header.grid();
        let count = (cols * rows) as usize;
        let mut tiles = vec![Vec::new(); count];
        let end = stream.0.saturating_add(stream.1).min(file.len());
        let mut at = stream.0.saturating_add(header.body as u64);
        for _ in 0..count.saturating_mul(MOST_PARTS_PER_TILE) {
            let mut head = [0; 12];
            let fits = at.checked_add(12).is_some_and(|past| past <= end);
            if !fits || file.read_exact_at(&mut head, at).is_err() || head[..2] != header::SOT.to_be_bytes() {
                break;
            }
            let tile = usize::from(u16::from_be_bytes([head[4], head[5]]));
            let said = u64::from(u32::from_be_bytes([head[6], head[7], head[8], head[9]]));
            let len = if said == 0 { end - at } else { said };
            if len < 14 {
                break;
            }
            if let Some(parts) = tiles.get_mut(tile) {
                parts.push((at, len.min(end - at)));
            }
            at = at.saturating_add(len);
        }
        Self(tiles)
    }
}

/// Tiles that are decoded together: columns and rows of the grid, ends not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) cols: (u32, u32),
    pub(crate) rows: (u32, u32),
}

impl Block {
    /// Its part of the image on the reference grid.
    pub(crate) fn area(&self, header: &Header) -> [u32; 4] {
        let at = |origin: u32, n: u32, side: u32| {
            (u64::from(origin) + u64::from(n) * u64::from(side)).min(u64::from(u32::MAX)) as u32
        };
        let [left, top, right, bottom] = header.area;
        [
            at(header.origin.0, self.cols.0, header.tile.0).max(left),
            at(header.origin.1, self.rows.0, header.tile.1).max(top),
            at(header.origin.0, self.cols.1, header.tile.0).min(right),
            at(header.origin.1, self.rows.1, header.tile.1).min(bottom),
        ]
    }

    /// A codestream of these tiles alone. `most` is the most bytes that it may have.
    pub(crate) fn stream(
        &self,
        file: &RandomFile,
        header: &Header,
        index: &TileIndex,
        most: u64,
    ) -> Result<Vec<u8>, Fault> {
        let mut out = main_header(header, self);
        let across = header.grid().0;
        let mut number = 0_u16;
        for row in self.rows.0..self.rows.1 {
            for col in self.cols.0..self.cols.1 {
                let parts = index.0.get((row * across + col) as usize).map_or(&[][..], Vec::as_slice);
                if parts.is_empty() {
                    return Err(Fault::damaged(format!("the file ends before its tile {col},{row}")));
                }
                for (offset, len) in parts {
                    if out.len() as u64 + len > most {
                        return Err(Fault::too_large("its packed tiles are larger than the memory granted"));
                    }
                    let mut part = file.read_range(*offset, *len as usize)?;
                    // A tile part may cut its samples more finely than the main header says.
                    if header.part_bytes(&part, self.area(header)) > super::decode::MOST_PIECES_BYTES {
                        return Err(Fault::too_large(
                            "a tile of it is cut into more pieces than memory is granted for",
                        ));
                    }
                    part[4..6].copy_from_slice(&number.to_be_bytes());
                    part[6..10].copy_from_slice(&(*len as u32).to_be_bytes());
                    out.append(&mut part);
                }
                number += 1;
            }
        }
        out.extend([0xff, 0xd9]);
        Ok(out)
    }
}

/// SOC, SIZ for the block alone, and the other segments as they are.
fn main_header(header: &Header, block: &Block) -> Vec<u8> {
    let [left, top, right, bottom] = block.area(header);
    let mut out = vec![0xff, 0x4f];
    out.extend(header::SIZ.to_be_bytes());
    out.extend((38 + 3 * header.components.len() as u16).to_be_bytes());
    out.extend(header.capabilities.to_be_bytes());
    let origin = |origin: u32, n: u32, side: u32| (u64::from(origin) + u64::from(n) * u64::from(side)) as u32;
    let words = [
        right,
        bottom,
        left,
        top,
        header.tile.0,
        header.tile.1,
        origin(header.origin.0, block.cols.0, header.tile.0),
        origin(header.origin.1, block.rows.0, header.tile.1),
    ];
    for word in words {
        out.extend(word.to_be_bytes());
    }
    out.extend((header.components.len() as u16).to_be_bytes());
    for c in &header.components {
        out.extend([(c.bits - 1) | u8::from(c.is_signed) << 7, c.step.0, c.step.1]);
    }
    out.extend(&header.segments);
    out
}
