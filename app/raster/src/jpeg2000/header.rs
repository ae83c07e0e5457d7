//! The main header of a codestream: sizes, components, and what decoding will cost.

use crate::error::Fault;

/// More components than this are refused.
const MOST_COMPONENTS: usize = 4096;
/// Tiles are counted by 16 bits.
const MOST_TILES: u64 = 65_535;
/// The decoder works in 32-bit floats, which hold whole numbers of so many bits.
const MOST_BITS: u8 = 24;

pub(crate) const SIZ: u16 = 0xff51;
pub(crate) const COD: u16 = 0xff52;
pub(crate) const COC: u16 = 0xff53;
const TLM: u16 = 0xff55;
const PLM: u16 = 0xff57;
const PPM: u16 = 0xff60;
const CRG: u16 = 0xff63;
const COM: u16 = 0xff64;
pub(crate) const SOT: u16 = 0xff90;

/// One component as the header declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) bits: u8,
    pub(crate) is_signed: bool,
    /// Pixels of the reference grid from one sample to the next, across and down.
    pub(crate) step: (u8, u8),
}

/// How finely the samples of a tile are cut before they are packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) reductions: u8,
    is_reversible: bool,
    layers: u16,
    /// Sides of code blocks, as powers of two.
    block: (u32, u32),
    /// Sides of precincts, as powers of two, from the coarsest resolution on.
    precincts: Vec<(u32, u32)>,
}

/// The main header of a codestream.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) capabilities: u16,
    /// Left, top, right and bottom of the image on the reference grid.
    pub(crate) area: [u32; 4],
    /// Width and height of a tile, and where the first begins.
    pub(crate) tile: (u32, u32),
    pub(crate) origin: (u32, u32),
    pub(crate) components: Vec<Component>,
    pub(crate) styles: Vec<Style>,
    /// The marker segments that each tile needs.
    pub(crate) segments: Vec<u8>,
    /// Where the first tile part begins.
    pub(crate) body: usize,
}

/// The marker segments from `at` on: marker, where it begins, and its content. Ends before `SOT` or `SOD`
/// and where bytes run out.
pub(crate) fn segments(bytes: &[u8], mut at: usize) -> impl Iterator<Item = (u16, usize, &[u8])> {
    std::iter::from_fn(move || {
        let start = at;
        let marker = u16::from_be_bytes(*bytes.get(start..)?.first_chunk()?);
        let len = usize::from(u16::from_be_bytes(*bytes.get(start + 2..)?.first_chunk()?));
        if matches!(marker, SOT | 0xff93) || !(0xff40..=0xff8f).contains(&marker) || len < 2 {
            return None;
        }
        let content = bytes.get(start + 4..start + 2 + len)?;
        at = start + 2 + len;
        Some((marker, start, content))
    })
}

impl Header {
    /// Reads the header at the start of `bytes`; `None` when it goes on behind their end.
    pub(crate) fn read(bytes: &[u8]) -> Result<Option<Self>, Fault> {
        let mut siz = None;
        let (mut styles, mut kept, mut end) = (Vec::new(), Vec::new(), 2);
        for (marker, start, content) in segments(bytes, 2) {
            end = start + 4 + content.len();
            match marker {
                SIZ if siz.is_none() => siz = Some(Size::read(content)?),
                SIZ => return Err(Fault::damaged("its JPEG 2000 header says its size twice")),
                PPM => {
                    return Err(Fault::unsupported(
                        "JPEG 2000 whose packet headers stand before all tiles is not read",
                    ));
                }
                TLM | PLM | CRG | COM => {}
                _ => {
                    let wide = siz.as_ref().is_some_and(|s: &Size| s.components.len() > 256);
                    styles.extend(Style::read(marker, content, wide));
                    kept.extend_from_slice(&bytes[start..end]);
                }
            }
        }
        let Some(next) = bytes.get(end..end + 2) else { return Ok(None) };
        if next != SOT.to_be_bytes() {
            let is_whole = bytes.len() >= end + 4
                && !(0xff40..=0xff8f).contains(&u16::from_be_bytes([next[0], next[1]]));
            return if is_whole { Err(Fault::damaged("its JPEG 2000 header is damaged")) } else { Ok(None) };
        }
        let siz = siz.ok_or_else(|| Fault::damaged("its JPEG 2000 header does not say its size"))?;
        if styles.is_empty() {
            return Err(Fault::damaged("its JPEG 2000 header does not say how it is packed"));
        }
        let Size { capabilities, area, tile, origin, components } = siz;
        Ok(Some(Self { capabilities, area, tile, origin, components, styles, segments: kept, body: end }))
    }

    /// Pixels of the reference grid from one pixel of the image to the next.
    pub(crate) fn step(&self) -> (u32, u32) {
        let least = |pick: fn(&Component) -> u8| self.components.iter().map(pick).min().unwrap_or(1);
        (u32::from(least(|c| c.step.0)), u32::from(least(|c| c.step.1)))
    }

    /// How often the image can be halved by leaving out its finest wavelets.
    pub(crate) fn reductions(&self) -> u8 {
        self.styles.iter().map(|s| s.reductions).min().unwrap_or(0)
    }

    pub(crate) fn is_reversible(&self) -> bool {
        self.styles.iter().all(|s| s.is_reversible)
    }

    /// Columns and rows of tiles.
    pub(crate) fn grid(&self) -> (u32, u32) {
        (
            (self.area[2] - self.origin.0).div_ceil(self.tile.0),
            (self.area[3] - self.origin.1).div_ceil(self.tile.1),
        )
    }

    /// Left, top, right and bottom, in pixels of a level, of an area of the reference grid.
    pub(crate) fn on_level(&self, area: [u32; 4], level: u32) -> [u32; 4] {
        let (across, down) = self.step();
        let at = |n: u32, step: u32| u64::from(n).div_ceil(u64::from(step) << level) as u32;
        let (left, top) = (at(self.area[0], across), at(self.area[1], down));
        [
            at(area[0], across) - left,
            at(area[1], down) - top,
            at(area[2], across) - left,
            at(area[3], down) - top,
        ]
    }

    /// Width and height of a level.
    pub(crate) fn size(&self, level: u32) -> (u32, u32) {
        let [.., right, bottom] = self.on_level(self.area, level);
        (right, bottom)
    }

    /// False where some tile part of a whole codestream cuts its samples into more pieces than memory is
    /// granted for.
    pub(crate) fn has_sane_parts(&self, stream: &[u8]) -> bool {
        let mut at = self.body;
        for _ in 0..MOST_TILES {
            let Some(head) = stream.get(at..).and_then(|rest| rest.first_chunk::<12>()) else { return true };
            if head[..2] != SOT.to_be_bytes() {
                return true;
            }
            if self.part_bytes(&stream[at..], self.area) > super::decode::MOST_PIECES_BYTES {
                return false;
            }
            match u32::from_be_bytes([head[6], head[7], head[8], head[9]]) as usize {
                0 => return true,
                len => at = at.saturating_add(len),
            }
        }
        true
    }

    /// Memory for the pieces that a tile part's own header cuts the tiles of an area into.
    pub(crate) fn part_bytes(&self, part: &[u8], area: [u32; 4]) -> u64 {
        const HEAD_BYTES: usize = 4096;
        let [left, top, right, bottom] = area;
        let w = u64::from((right - left).min(self.tile.0));
        let h = u64::from((bottom - top).min(self.tile.1));
        let head = &part[..part.len().min(HEAD_BYTES)];
        let wide = self.components.len() > 256;
        let own = segments(head, 12).filter_map(|(marker, _, content)| Style::read(marker, content, wide));
        let bytes = own.map(|s| s.pieces_bytes(w, h)).max().unwrap_or(0);
        bytes.saturating_mul(self.components.len() as u64)
    }

    /// Bytes of memory that decoding an area of the reference grid at a level takes, at most.
    pub(crate) fn cost(&self, area: [u32; 4], level: u32) -> u64 {
        let all = self.components.len() as u64;
        let (w, h) = (u64::from(area[2] - area[0]), u64::from(area[3] - area[1]));
        let [left, top, right, bottom] = self.on_level(area, level);
        let shown = u64::from(right - left).saturating_mul(u64::from(bottom - top));
        let planes = shown.saturating_mul(4).saturating_mul(2 * all + 4);
        let pieces = self.styles.iter().map(|s| s.pieces_bytes(w, h)).max().unwrap_or(0);
        planes.saturating_add(pieces.saturating_mul(all))
    }
}

struct Size {
    capabilities: u16,
    area: [u32; 4],
    tile: (u32, u32),
    origin: (u32, u32),
    components: Vec<Component>,
}

impl Size {
    fn read(content: &[u8]) -> Result<Self, Fault> {
        let bad = || Fault::damaged("its JPEG 2000 header claims an impossible size");
        let Some((head, rest)) = content.split_first_chunk::<36>() else { return Err(bad()) };
        let word = |i: usize| {
            let at = 2 + 4 * i;
            u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
        };
        let [right, bottom, left, top] = [0, 1, 2, 3].map(word);
        let (tile, origin) = ((word(4), word(5)), (word(6), word(7)));
        let count = usize::from(u16::from_be_bytes([head[34], head[35]]));
        let most = u32::MAX >> 1;
        let sane = left < right && top < bottom && right <= most && bottom <= most && tile.0 > 0 && tile.1 > 0
            && origin.0 <= left && origin.1 <= top
            // The first tile holds some of the image.
            && u64::from(origin.0) + u64::from(tile.0) > u64::from(left)
            && u64::from(origin.1) + u64::from(tile.1) > u64::from(top);
        if !sane || count == 0 || count > MOST_COMPONENTS || rest.len() < 3 * count {
            return Err(bad());
        }
        let tiles =
            u64::from((right - origin.0).div_ceil(tile.0)) * u64::from((bottom - origin.1).div_ceil(tile.1));
        if tiles > MOST_TILES {
            return Err(Fault::damaged(format!("its JPEG 2000 header claims {tiles} tiles")));
        }
        let components = rest[..3 * count].chunks_exact(3).map(|c| Component {
            bits: (c[0] & 0x7f) + 1,
            is_signed: c[0] & 0x80 != 0,
            step: (c[1], c[2]),
        });
        let components: Vec<Component> = components.collect();
        if components.iter().any(|c| c.step.0 == 0 || c.step.1 == 0) {
            return Err(bad());
        }
        if let Some(wide) = components.iter().find(|c| c.bits > MOST_BITS) {
            return Err(Fault::unsupported(format!("JPEG 2000 samples of {} bits are not read", wide.bits)));
        }
        let capabilities = u16::from_be_bytes([head[0], head[1]]);
        Ok(Self { capabilities, area: [left, top, right, bottom], tile, origin, components })
    }
}

impl Style {
    /// From the content of a coding style segment; `None` for any other and for damaged ones.
    pub(crate) fn read(marker: u16, content: &[u8], wide: bool) -> Option<Self> {
        let (scod, layers, rest) = match marker {
            COD => (
                content.first()?,
                u16::from_be_bytes([*content.get(2)?, *content.get(3)?]),
                content.get(5..)?,
            ),
            COC => {
                let from = 1 + usize::from(wide);
                (content.get(from)?, 1, content.get(from + 1..)?)
            }
            _ => return None,
        };
        let [reductions, width, height, _, transform, sides @ ..] = rest else { return None };
        let precincts = if scod & 1 == 1 {
            sides.iter().map(|b| (u32::from(b & 15), u32::from(b >> 4))).collect()
        } else {
            Vec::new()
        };
        Some(Self {
            reductions: (*reductions).min(32),
            is_reversible: *transform == 1,
            layers,
            block: (u32::from(width & 15) + 2, u32::from(height & 15) + 2),
            precincts,
        })
    }

    /// Bytes that the lists of precincts, code blocks and layers of one component of a tile take.
    pub(crate) fn pieces_bytes(&self, width: u64, height: u64) -> u64 {
        const PRECINCT: u64 = 400;
        const BLOCK: u64 = 240;
        const LAYER: u64 = 48;
        let mut bytes = 0_u64;
        for resolution in 0..=u32::from(self.reductions) {
            let halved = u32::from(self.reductions) - resolution;
            let side = |n: u64| n.checked_shr(halved).unwrap_or(0) + 1;
            let (w, h) = (side(width), side(height));
            let (pw, ph) = self.precincts.get(resolution as usize).copied().unwrap_or((15, 15));
            let precincts = ((w >> pw) + 2).saturating_mul((h >> ph) + 2);
            let finer = u32::from(resolution > 0);
            let (bw, bh) =
                (self.block.0.min(pw.saturating_sub(finer)), self.block.1.min(ph.saturating_sub(finer)));
            let blocks = ((w >> bw) + 2).saturating_mul((h >> bh) + 2);
            let each = BLOCK + LAYER * u64::from(self.layers);
            let layered = PRECINCT + 16 * u64::from(self.layers);
            bytes = bytes
                .saturating_add(precincts.saturating_mul(layered))
                .saturating_add(blocks.saturating_mul(each));
        }
        bytes
    }
}
