//! Tiles on the GPU: raw samples in their own format, within a budget of bytes.

use lru::LruCache;
use shaders::Group;
use spatial::TileKey;

use crate::{
    GpuError, TileId, border,
    pipelines::GroupLayouts,
    resident::{Bits, Resident, ResidentBand},
};

/// Bands of one tile that are kept although nothing asks for them now, as long as they are no more than
/// [`KEPT_BYTES`]: who scrubs through the bands of a cube comes back to some of them.
const KEPT_BANDS: usize = 16;
const KEPT_BYTES: u64 = 8 << 20;

/// The samples of one tile as they came from the file.
#[derive(Clone, Copy, Debug)]
pub struct TileSamples<'a> {
    /// Size in pixels.
    pub width: u32,
    pub height: u32,
    /// How many bands `values` holds.
    pub bands: u32,
    /// Band after band, each row by row.
    pub values: TileValues<'a>,
    /// One byte a pixel, row by row, 0 where there is no sample; `None` when there is one everywhere.
    pub valid: Option<&'a [u8]>,
}

/// Samples of one of the kinds that images have.
#[derive(Clone, Copy, Debug)]
pub enum TileValues<'a> {
    U8(&'a [u8]),
    U16(&'a [u16]),
    I16(&'a [i16]),
    F32(&'a [f32]),
}

impl<'a> TileValues<'a> {
    fn format(&self) -> wgpu::TextureFormat {
        match self {
            Self::U8(_) => wgpu::TextureFormat::R8Uint,
            Self::U16(_) => wgpu::TextureFormat::R16Uint,
            Self::I16(_) => wgpu::TextureFormat::R16Sint,
            Self::F32(_) => wgpu::TextureFormat::R32Float,
        }
    }

    fn bytes_per_sample(&self) -> u32 {
        match self {
            Self::U8(_) => 1,
            Self::U16(_) | Self::I16(_) => 2,
            Self::F32(_) => 4,
        }
    }

    fn bytes(&self) -> &'a [u8] {
        match self {
            Self::U8(values) => values,
            Self::U16(values) => bytemuck::cast_slice(values),
            Self::I16(values) => bytemuck::cast_slice(values),
            Self::F32(values) => bytemuck::cast_slice(values),
        }
    }
}

/// What the tiles have cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TileCounters {
    /// Tiles that were sent to the GPU.
    pub uploads: u64,
    /// Bytes of samples that were sent.
    pub bytes_uploaded: u64,
    /// Tiles that had to go for others.
    pub evictions: u64,
    /// Times that the tiles in view alone were more than the budget, so that it was exceeded.
    pub over_budget: u64,
}

/// Which of the three kinds of number a texture holds for the shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextureKind {
    Unsigned,
    Signed,
    Float,
}

impl TextureKind {
    fn of(format: wgpu::TextureFormat) -> Self {
        match format {
            wgpu::TextureFormat::R16Sint => Self::Signed,
            wgpu::TextureFormat::R32Float => Self::Float,
            _ => Self::Unsigned,
        }
    }

    /// The bind group of a tile.
    pub(crate) fn bind(
        self,
        device: &wgpu::Device,
        layouts: &GroupLayouts,
        texture: &wgpu::Texture,
        mask: &wgpu::Texture,
    ) -> wgpu::BindGroup {
        let group = match self {
            Self::Unsigned => Group::UnsignedTile,
            Self::Signed => Group::SignedTile,
            Self::Float => Group::FloatTile,
        };
        let bands = texture.create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(wgpu::TextureViewDimension::D2Array),
            ..Default::default()
        });
        let mask = mask.create_view(&wgpu::TextureViewDescriptor::default());
        let resources =
            [wgpu::BindingResource::TextureView(&bands), wgpu::BindingResource::TextureView(&mask)];
        layouts.bind(device, group, &resources)
    }
}

/// The tiles on the GPU, least recently used first to go.
#[derive(Debug)]
pub struct TileTextures {
    device: wgpu::Device,
    queue: wgpu::Queue,
    layouts: GroupLayouts,
    everywhere: wgpu::Texture,
    tiles: LruCache<TileId, Resident>,
    fresh: Vec<TileId>,
    bytes: u64,
    budget: u64,
    counters: TileCounters,
    tick: u64,
    protected_since: u64,
}

impl TileTextures {
    pub(crate) fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        layouts: &GroupLayouts,
        budget: u64,
    ) -> Self {
        let everywhere = make_texture(device, "no mask", [1, 1, 1], wgpu::TextureFormat::R8Uint);
        write_layer(queue, &everywhere, 0, &[1], 1);
        Self {
            device: device.clone(),
            queue: queue.clone(),
            layouts: layouts.clone(),
            everywhere,
            tiles: LruCache::unbounded(),
            fresh: Vec::new(),
            bytes: 0,
            budget,
            counters: TileCounters::default(),
            tick: 0,
            protected_since: 0,
        }
    }

    /// True when the tile is on the GPU, whichever its bands.
    pub fn contains(&self, id: TileId) -> bool {
        self.tiles.contains(&id)
    }

    /// True when these bands of the tile are on the GPU.
    pub fn has(&self, id: TileId, bands: &[usize]) -> bool {
        self.tiles.peek(&id).is_some_and(|tile| tile.has(bands))
    }

    /// Those of some bands of a tile that are not on the GPU.
    pub fn lacking(&self, id: TileId, bands: &[usize]) -> Vec<usize> {
        let tile = self.tiles.peek(&id);
        bands.iter().copied().filter(|band| tile.is_none_or(|tile| tile.layer_of(*band).is_none())).collect()
    }

    /// How many tiles there are.
    pub fn len(&self) -> usize {
        self.tiles.len()
    }

    /// True when there is no tile.
    pub fn is_empty(&self) -> bool {
        self.tiles.is_empty()
    }

    /// Bytes of graphics memory that the tiles take.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes of graphics memory that the tiles may take.
    pub fn budget(&self) -> u64 {
        self.budget
    }

    /// Changes the budget; tiles out of view go at once if need be.
    pub fn set_budget(&mut self, bytes: u64) {
        self.budget = bytes;
        self.evict();
    }

    /// What the tiles have cost so far.
    pub fn counters(&self) -> TileCounters {
        self.counters
    }

    /// Sends a tile to the GPU, in place of one with the same id if there is one. Its bands are the first of the
    /// image.
    pub fn upload(&mut self, id: TileId, samples: &TileSamples<'_>) -> Result<(), GpuError> {
        self.check(samples)?;
        let bands: Vec<usize> = (0..samples.bands as usize).collect();
        self.replace(id, &bands, samples);
        Ok(())
    }

    /// Sends some bands of a tile to the GPU: their numbers in the image, in the order of the samples. Bands that are
    /// there stay, those in `keep` in any case; of the others the ones that were not used for longest make room.
    pub fn upload_bands(
        &mut self,
        id: TileId,
        bands: &[usize],
        keep: &[usize],
        samples: &TileSamples<'_>,
    ) -> Result<(), GpuError> {
        self.check(samples)?;
        let TileSamples { width, height, .. } = *samples;
        if bands.len() != samples.bands as usize {
            let (what, expected, actual) = ("names of bands", u64::from(samples.bands), bands.len() as u64);
            return Err(GpuError::TileShape { width, height, bands: samples.bands, what, expected, actual });
        }
        let alike = self.tiles.peek(&id).is_some_and(|tile| {
            (tile.width, tile.height, tile.texture.format()) == (width, height, samples.values.format())
        });
        let before = if alike { self.tiles.pop(&id) } else { None };
        match before {
            Some(tile) => self.extend(id, tile, bands, keep, samples),
            None => self.replace(id, bands, samples),
        }
        Ok(())
    }

    fn replace(&mut self, id: TileId, bands: &[usize], samples: &TileSamples<'_>) {
        let format = samples.values.format();
        let (width, height) = (samples.width, samples.height);
        let size = [width + 2, height + 2, samples.bands];
        let texture = make_texture(&self.device, "tile", size, format);
        let unit = samples.values.bytes_per_sample();
        self.write_bands(&texture, samples, &(0..samples.bands).collect::<Vec<_>>());
        let mask = samples.valid.map_or_else(
            || self.everywhere.clone(),
            |valid| self.make_mask(&border::padded(valid, width, height, 1), width),
        );
        let texels = u64::from(width + 2) * u64::from(height + 2);
        let mask_bytes = if samples.valid.is_some() { texels } else { 0 };
        let bytes = texels * u64::from(unit) * u64::from(samples.bands) + mask_bytes;
        let kind = TextureKind::of(format);
        let bind_group = kind.bind(&self.device, &self.layouts, &texture, &mask);
        let last_used = self.tick;
        let bands = bands.iter().map(|number| ResidentBand { number: *number, last_used }).collect();
        let there = samples.valid.map(Bits::of);
        let resident =
            Resident { texture, mask, there, width, height, bind_group, kind, bytes, last_used, bands };
        if let Some(before) = self.tiles.put(id, resident) {
            self.bytes -= before.bytes;
        }
        self.bytes += bytes;
        self.sent(id, bytes);
    }

    /// Adds bands to a tile of the same size and kind.
    fn extend(
        &mut self,
        id: TileId,
        mut tile: Resident,
        bands: &[usize],
        keep: &[usize],
        samples: &TileSamples<'_>,
    ) {
        let unit = u64::from(samples.values.bytes_per_sample());
        let layer_bytes = tile.texels() * unit;
        let most = ((KEPT_BYTES / layer_bytes) as usize).min(KEPT_BANDS);
        let plan = tile.plan(bands, keep, most);
        let depth = tile.texture.depth_or_array_layers();
        self.bytes -= tile.bytes;
        if plan.depth > depth {
            let size = [tile.width + 2, tile.height + 2, plan.depth];
            let texture = make_texture(&self.device, "tile", size, tile.texture.format());
            let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            let (from, to) = (tile.texture.as_image_copy(), texture.as_image_copy());
            encoder.copy_texture_to_texture(from, to, tile.texture.size());
            self.queue.submit([encoder.finish()]);
            tile.texture = texture;
            tile.bytes += layer_bytes * u64::from(plan.depth - depth);
        }
        self.write_bands(&tile.texture, samples, &plan.layers);
        tile.bands = plan.bands;
        for band in tile.bands.iter_mut().filter(|band| bands.contains(&band.number)) {
            band.last_used = self.tick;
        }
        // A pixel has something if any of the bands has, however they came.
        let there = match (&tile.there, samples.valid) {
            (Some(before), Some(valid)) => Some(before.or(&Bits::of(valid))),
            _ => None,
        };
        let mut sent = layer_bytes * u64::from(samples.bands);
        if there != tile.there && tile.has_mask() {
            let count = tile.width as usize * tile.height as usize;
            let bytes = there.as_ref().map_or_else(|| vec![1; count], |bits| bits.bytes(count));
            write_layer(&self.queue, &tile.mask, 0, &border::padded(&bytes, tile.width, tile.height, 1), 1);
            sent += tile.texels();
        }
        tile.there = there;
        tile.last_used = self.tick;
        tile.rebind(&self.device, &self.layouts);
        self.bytes += tile.bytes;
        self.tiles.put(id, tile);
        self.sent(id, sent);
    }

    fn write_bands(&self, texture: &wgpu::Texture, samples: &TileSamples<'_>, layers: &[u32]) {
        let unit = samples.values.bytes_per_sample();
        let plane = samples.width as usize * samples.height as usize * unit as usize;
        for (layer, values) in layers.iter().zip(samples.values.bytes().chunks_exact(plane)) {
            let padded = border::padded(values, samples.width, samples.height, unit);
            write_layer(&self.queue, texture, *layer, &padded, unit);
        }
    }

    fn sent(&mut self, id: TileId, bytes: u64) {
        self.counters.uploads += 1;
        self.counters.bytes_uploaded += bytes;
        self.fresh.push(id);
        self.evict();
    }

    /// Drops every tile of a layer, as when it is closed or its source has changed.
    pub fn forget_layer(&mut self, layer: u64) {
        let gone: Vec<TileId> = self.tiles.iter().map(|(id, _)| *id).filter(|id| id.layer == layer).collect();
        for id in gone {
            if let Some(tile) = self.tiles.pop(&id) {
                self.bytes -= tile.bytes;
            }
        }
    }

    /// Begins a preparation; tiles used since `protected_since` are in a view that is still on screen.
    pub(crate) fn begin(&mut self, tick: u64, protected_since: u64) {
        self.tick = tick;
        self.protected_since = protected_since;
    }

    /// The tile for drawing, which makes it and these bands of it the most recently used.
    pub(crate) fn take(&mut self, id: TileId, bands: &[usize]) -> Option<&Resident> {
        let tick = self.tick;
        let tile = self.tiles.get_mut(&id)?;
        tile.last_used = tick;
        for band in tile.bands.iter_mut().filter(|band| bands.contains(&band.number)) {
            band.last_used = tick;
        }
        Some(tile)
    }

    /// Lets tiles that came since the last call and their neighbours know each other's outermost samples.
    pub(crate) fn join_borders(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        let fresh = std::mem::take(&mut self.fresh);
        for id in &fresh {
            self.give_masks_around(*id);
        }
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for id in fresh {
            let Some(tile) = self.tiles.peek(&id) else { continue };
            for (dx, dy) in border::DIRECTIONS {
                let Some(beside) = neighbour(id, dx, dy).and_then(|id| self.tiles.peek(&id)) else {
                    continue;
                };
                border::copy(&mut encoder, &self.queue, beside, tile, (dx, dy));
                border::copy(&mut encoder, &self.queue, tile, beside, (-dx, -dy));
            }
        }
        self.queue.submit([encoder.finish()]);
    }

    /// Gives masks to a tile and its neighbours where the one has gaps and the other no mask to tell of them.
    fn give_masks_around(&mut self, id: TileId) {
        let Some(gaps) = self.tiles.peek(&id).map(Resident::has_gaps) else { return };
        for beside in border::DIRECTIONS.into_iter().filter_map(|(dx, dy)| neighbour(id, dx, dy)) {
            let Some(gaps_beside) = self.tiles.peek(&beside).map(Resident::has_gaps) else { continue };
            if gaps {
                self.give_mask(beside);
            }
            if gaps_beside {
                self.give_mask(id);
            }
        }
    }

    fn give_mask(&mut self, id: TileId) {
        let Some(tile) = self.tiles.peek(&id).filter(|tile| !tile.has_mask()) else { return };
        let texels = tile.texels();
        let mask = self.make_mask(&vec![1; texels as usize], tile.width);
        if let Some(tile) = self.tiles.peek_mut(&id) {
            tile.mask = mask;
            tile.rebind(&self.device, &self.layouts);
            tile.bytes += texels;
            self.bytes += texels;
        }
    }

    /// A mask from bytes that include the border.
    fn make_mask(&self, padded: &[u8], width: u32) -> wgpu::Texture {
        let height = (padded.len() / (width as usize + 2)) as u32;
        let mask = make_texture(&self.device, "mask", [width + 2, height, 1], wgpu::TextureFormat::R8Uint);
        write_layer(&self.queue, &mask, 0, padded, 1);
        mask
    }

    fn check(&self, samples: &TileSamples<'_>) -> Result<(), GpuError> {
        let TileSamples { width, height, bands, .. } = *samples;
        let limits = self.device.limits();
        let (max_side, max_bands) = (limits.max_texture_dimension_2d - 2, limits.max_texture_array_layers);
        if width > max_side || height > max_side || bands > max_bands {
            return Err(GpuError::TileTooLarge { width, height, bands, max_side, max_bands });
        }
        let pixels = u64::from(width) * u64::from(height);
        let wrong =
            |what, expected, actual| GpuError::TileShape { width, height, bands, what, expected, actual };
        let values = samples.values.bytes().len() as u64 / u64::from(samples.values.bytes_per_sample());
        if values != pixels * u64::from(bands) || values == 0 {
            return Err(wrong("samples", (pixels * u64::from(bands)).max(1), values));
        }
        match samples.valid {
            Some(valid) if valid.len() as u64 != pixels => {
                Err(wrong("mask bytes", pixels, valid.len() as u64))
            }
            _ => Ok(()),
        }
    }

    /// Drops the tiles that were not used for longest, but none that a view on screen shows.
    fn evict(&mut self) {
        while self.bytes > self.budget {
            let since = self.protected_since;
            let oldest = self.tiles.iter().rev().find(|(_, tile)| tile.last_used < since).map(|(id, _)| *id);
            let Some(tile) = oldest.and_then(|id| self.tiles.pop(&id)) else {
                self.counters.over_budget += 1;
                return;
            };
            self.bytes -= tile.bytes;
            self.counters.evictions += 1;
        }
    }
}

fn neighbour(id: TileId, dx: i32, dy: i32) -> Option<TileId> {
    let col = id.key.col.checked_add_signed(dx)?;
    let row = id.key.row.checked_add_signed(dy)?;
    Some(TileId { key: TileKey { col, row, ..id.key }, ..id })
}

fn make_texture(
    device: &wgpu::Device,
    label: &'static str,
    [width, height, bands]: [u32; 3],
    format: wgpu::TextureFormat,
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: bands },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::COPY_DST
            | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

fn write_layer(queue: &wgpu::Queue, texture: &wgpu::Texture, layer: u32, bytes: &[u8], unit: u32) {
    let origin = wgpu::Origin3d { z: layer, ..Default::default() };
    let place = wgpu::TexelCopyTextureInfo { origin, ..texture.as_image_copy() };
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(texture.width() * unit),
        rows_per_image: None,
    };
    let size = wgpu::Extent3d { width: texture.width(), height: texture.height(), depth_or_array_layers: 1 };
    queue.write_texture(place, bytes, layout, size);
}
