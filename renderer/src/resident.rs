//! One tile on the GPU: which bands of it are there, and where in its texture.

use crate::pipelines::GroupLayouts;
use crate::tiles::TextureKind;

/// One tile on the GPU.
#[derive(Debug)]
pub(crate) struct Resident {
    pub(crate) texture: wgpu::Texture,
    /// A single texel when there is a sample everywhere, here and beyond the edges.
    pub(crate) mask: wgpu::Texture,
    /// Where there are samples; `None` when everywhere.
    pub(crate) there: Option<Bits>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bind_group: wgpu::BindGroup,
    pub(crate) kind: TextureKind,
    /// Graphics memory that it takes.
    pub(crate) bytes: u64,
    pub(crate) last_used: u64,
    /// The bands in the first layers of the texture, in their order.
    pub(crate) bands: Vec<ResidentBand>,
}

/// A band of a tile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResidentBand {
    /// Its number in the image.
    pub(crate) number: usize,
    pub(crate) last_used: u64,
}

impl Resident {
    pub(crate) fn has_mask(&self) -> bool {
        self.mask.width() > 1
    }

    /// True when the tile itself has texels without a sample.
    pub(crate) fn has_gaps(&self) -> bool {
        self.there.is_some()
    }

    /// The layer of the texture that a band of the image is in.
    pub(crate) fn layer_of(&self, band: usize) -> Option<u32> {
        self.bands.iter().position(|b| b.number == band).map(|layer| layer as u32)
    }

    pub(crate) fn has(&self, bands: &[usize]) -> bool {
        bands.iter().all(|band| self.layer_of(*band).is_some())
    }

    /// Texels of one layer, with the border.
    pub(crate) fn texels(&self) -> u64 {
        u64::from(self.width + 2) * u64::from(self.height + 2)
    }

    pub(crate) fn rebind(&mut self, device: &wgpu::Device, layouts: &GroupLayouts) {
        self.bind_group = self.kind.bind(device, layouts, &self.texture, &self.mask);
    }

    /// The layer for each of some bands: where they are, else where there is room, else in place of the bands that
    /// were not used for longest, but of none in `keep`. More layers than `most` are taken only if they must be.
    pub(crate) fn plan(&self, bands: &[usize], keep: &[usize], most: usize) -> Plan {
        let mut slots: Vec<Option<ResidentBand>> = self.bands.iter().copied().map(Some).collect();
        let depth = self.texture.depth_or_array_layers() as usize;
        let wanted = |band: usize| bands.contains(&band) || keep.contains(&band);
        let fixed = slots.iter().flatten().filter(|slot| wanted(slot.number)).count();
        let new = bands.iter().filter(|band| self.layer_of(**band).is_none()).count();
        let most = most.max(depth).max(fixed + new);
        let mut layers = Vec::with_capacity(bands.len());
        for band in bands {
            let resident = slots.iter().position(|slot| slot.is_some_and(|slot| slot.number == *band));
            let oldest = || {
                let replaceable =
                    slots.iter().enumerate().filter_map(|(layer, slot)| Some((layer, (*slot)?)));
                let replaceable = replaceable.filter(|(_, slot)| !wanted(slot.number));
                replaceable.min_by_key(|(_, slot)| slot.last_used).map(|(layer, _)| layer)
            };
            let room = (slots.len() < most).then_some(slots.len());
            let layer = resident.or(room).or_else(oldest).unwrap_or(slots.len());
            let slot = Some(ResidentBand { number: *band, last_used: u64::MAX });
            if layer == slots.len() {
                slots.push(slot);
            } else {
                slots[layer] = slot;
            }
            layers.push(layer as u32);
        }
        let depth = if slots.len() > depth { slots.len().next_power_of_two().min(most) } else { depth };
        Plan { layers, bands: slots.into_iter().flatten().collect(), depth: depth as u32 }
    }
}

/// Where bands go in the texture of a tile.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The layer of each.
    pub(crate) layers: Vec<u32>,
    /// The bands in all layers afterwards.
    pub(crate) bands: Vec<ResidentBand>,
    /// The layers that the texture needs.
    pub(crate) depth: u32,
}

/// One bit for each texel of a tile, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bits(Box<[u8]>);

impl Bits {
    /// Of bytes that are 0 where there is nothing.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let packed = |chunk: &[u8]| chunk.iter().enumerate().map(|(i, byte)| u8::from(*byte != 0) << i).sum();
        Self(bytes.chunks(8).map(packed).collect())
    }

    /// 1 and 0 for each of so many texels.
    pub(crate) fn bytes(&self, count: usize) -> Vec<u8> {
        let bits = self.0.iter().flat_map(|byte| (0..8).map(move |i| byte >> i & 1));
        bits.take(count).collect()
    }

    /// Where either has something.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a | b).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_keep_what_bytes_say() {
        let bytes = [0, 255, 1, 0, 0, 7, 0, 0, 0, 1, 1];
        let bits = Bits::of(&bytes);
        assert_eq!(bits.bytes(11), [0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1]);
        let other = Bits::of(&[1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(bits.or(&other).bytes(11), [1, 1, 1, 0, 0, 1, 0, 0, 1, 1, 1]);
    }
}
