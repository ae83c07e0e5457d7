//! Letters on the GPU: each drawn once by the processor at its size in pixels, with the rim around it.

use std::collections::HashMap;

use ab_glyph::{Font, FontVec, Glyph, GlyphId, PxScale, ScaleFont, point};

use crate::GpuError;

/// A letter at a size: the glyph, the size in quarter pixels and the shift to the right in quarter pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct GlyphKey {
    glyph: GlyphId,
    quarter_px: u16,
    shift: u8,
}

/// Where a letter lies in the atlas, and relative to its place on the baseline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) origin: [u32; 2],
    pub(crate) size: [u32; 2],
    pub(crate) bearing: [i32; 2],
}

/// A letter in its place: whole pixels, from the label's point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) slot: Slot,
    pub(crate) at: [i32; 2],
}

/// Letters of one line or several, relative to the upper left of their box.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub(crate) letters: Vec<Placed>,
    pub(crate) size: [f32; 2],
}

/// The texture that all letters are in; red = letter, green = letter with rim.
#[derive(Debug)]
pub(crate) struct Atlas {
    font: Option<FontVec>,
    texture: Option<wgpu::Texture>,
    /// Width and height in texels.
    side: u32,
    slots: HashMap<GlyphKey, Option<Slot>>,
    /// Top, height and used width of each row of letters.
    shelves: Vec<[u32; 3]>,
    /// Another number whenever letters have moved.
    generation: u64,
}

/// Width and height of an atlas in texels, at first (some 2,000 letters of 16 px) and at most.
const SIDES: [u32; 2] = [1024, 4096];
/// Sizes of type that are drawn, in pixels.
const SIZES: std::ops::RangeInclusive<f32> = 4.0..=200.0;
/// Longer labels are cut: nobody reads them on a map.
const LONGEST: usize = 1_000;

impl Atlas {
    pub(crate) fn new() -> Self {
        Self {
            font: None,
            texture: None,
            side: SIDES[0],
            slots: HashMap::new(),
            shelves: Vec::new(),
            generation: 0,
        }
    }

    pub(crate) fn set_font(&mut self, bytes: &[u8]) -> Result<(), GpuError> {
        let font =
            FontVec::try_from_vec(bytes.to_vec()).map_err(|error| GpuError::Font(error.to_string()))?;
        self.font = Some(font);
        self.clear();
        Ok(())
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn texture(&self) -> Option<&wgpu::Texture> {
        self.texture.as_ref()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Forgets all letters, as when there is no room for more. Views that were prepared keep the texture of
    /// before until they are prepared again.
    pub(crate) fn clear(&mut self) {
        self.texture = None;
        self.slots.clear();
        self.shelves.clear();
        self.generation += 1;
    }

    /// Begins anew with twice the width and height; false when that would be too large.
    pub(crate) fn grow(&mut self, device: &wgpu::Device) -> bool {
        let side = self.side * 2;
        if side > SIDES[1].min(device.limits().max_texture_dimension_2d) {
            return false;
        }
        self.side = side;
        self.clear();
        true
    }

    /// Sets a text; `None` without a font or with a size that makes no sense. `Err(Full)` when the atlas must
    /// be cleared first.
    pub(crate) fn set(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        text: &str,
        size_px: f32,
    ) -> Result<Option<Block>, Full> {
        let Some(font) = self.font.take_if(|_| SIZES.contains(&size_px)) else { return Ok(None) };
        let side = self.side;
        let texture = self.texture.get_or_insert_with(|| make_texture(device, side)).clone();
        let block =
            self.set_in(&font, &mut |slot, texels| write(queue, &texture, slot, texels), text, size_px);
        self.font = Some(font);
        block.map(Some)
    }

    fn set_in(
        &mut self,
        font: &FontVec,
        write: &mut dyn FnMut(Slot, &[u8]),
        text: &str,
        size_px: f32,
    ) -> Result<Block, Full> {
        let scale = scale_of(font, size_px);
        let scaled = font.as_scaled(scale);
        let line_height = (scaled.height() + scaled.line_gap()).ceil();
        let mut block = Block::default();
        let mut left = LONGEST;
        for (line, number) in text.split('\n').zip(0_u16..) {
            let baseline = f32::from(number) * line_height + scaled.ascent().round();
            let (mut x, mut before) = (0.0_f32, None);
            for letter in line.chars().filter(|letter| !letter.is_control()).take(left) {
                left -= 1;
                let glyph = font.glyph_id(letter);
                if let Some(before) = before {
                    x += scaled.kern(before, glyph);
                }
                let shift = ((x - x.floor()) * 4.0) as u8;
                let key = GlyphKey { glyph, quarter_px: (size_px * 4.0) as u16, shift };
                if let Some(slot) = self.slot(font, scale, key, size_px, write)? {
                    let at = [x.floor() as i32 + slot.bearing[0], baseline as i32 + slot.bearing[1]];
                    block.letters.push(Placed { slot, at });
                }
                x += scaled.h_advance(glyph);
                before = Some(glyph);
            }
            block.size = [block.size[0].max(x), f32::from(number + 1) * line_height];
        }
        Ok(block)
    }

    /// The place of a letter, drawn if it is not there yet; `None` for those without a form, such as spaces.
    fn slot(
        &mut self,
        font: &FontVec,
        scale: PxScale,
        key: GlyphKey,
        size_px: f32,
        write: &mut dyn FnMut(Slot, &[u8]),
    ) -> Result<Option<Slot>, Full> {
        if let Some(slot) = self.slots.get(&key) {
            return Ok(*slot);
        }
        let position = point(f32::from(key.shift) / 4.0, 0.0);
        let slot = match drawn(font, Glyph { id: key.glyph, scale, position }, rim_px(size_px)) {
            None => None,
            Some(mut letter) => {
                letter.slot.origin = self.room(letter.slot.size)?;
                write(letter.slot, &letter.texels);
                Some(letter.slot)
            }
        };
        self.slots.insert(key, slot);
        Ok(slot)
    }

    /// Upper left of free texels, on the lowest shelf that is high enough but not much too high.
    fn room(&mut self, [width, height]: [u32; 2]) -> Result<[u32; 2], Full> {
        let fits = |shelf: &&mut [u32; 3]| {
            shelf[1] >= height && shelf[1] <= height + height / 2 + 2 && shelf[2] + width <= self.side
        };
        if let Some(shelf) = self.shelves.iter_mut().find(fits) {
            shelf[2] += width;
            return Ok([shelf[2] - width, shelf[0]]);
        }
        let top = self.shelves.last().map_or(0, |shelf| shelf[0] + shelf[1]);
        if top + height > self.side || width > self.side {
            return Err(Full);
        }
        self.shelves.push([top, height, width]);
        Ok([0, top])
    }
}

/// There is no room for another letter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Full;

/// Width of the rim around letters in pixels.
fn rim_px(size_px: f32) -> f32 {
    (size_px * 0.12).clamp(1.0, 4.0)
}

/// The scale at which an em has the wanted height.
fn scale_of(font: &FontVec, size_px: f32) -> PxScale {
    let per_em = font.units_per_em().unwrap_or(1_000.0);
    PxScale::from(size_px * font.height_unscaled() / per_em)
}

struct Drawn {
    slot: Slot,
    texels: Vec<u8>,
}

/// A letter and its rim as texels of two bytes.
fn drawn(font: &FontVec, glyph: Glyph, rim: f32) -> Option<Drawn> {
    let outline = font.outline_glyph(glyph)?;
    let bounds = outline.px_bounds();
    let margin = rim.ceil() as i32 + 1;
    let (width, height) = (bounds.width() as i32 + 2 * margin, bounds.height() as i32 + 2 * margin);
    let mut letter = vec![0.0_f32; width as usize * height as usize];
    outline.draw(|x, y, coverage| {
        let at = (y as i32 + margin) * width + x as i32 + margin;
        if let Some(texel) = letter.get_mut(at as usize) {
            *texel = coverage.clamp(0.0, 1.0);
        }
    });
    let around = rimmed(&letter, width, height, rim);
    let byte = |coverage: f32| (coverage * 255.0 + 0.5) as u8;
    let texels = letter.iter().zip(&around).flat_map(|(l, a)| [byte(*l), byte(*a)]).collect();
    let slot = Slot {
        origin: [0, 0],
        size: [width as u32, height as u32],
        bearing: [bounds.min.x as i32 - margin, bounds.min.y as i32 - margin],
    };
    Some(Drawn { slot, texels })
}

/// The coverage of everything within `rim` pixels of the letter.
fn rimmed(letter: &[f32], width: i32, height: i32, rim: f32) -> Vec<f32> {
    let reach = rim.ceil() as i32;
    let offsets = (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)));
    let brush: Vec<(i32, i32, f32)> = offsets
        .map(|(dx, dy)| (dx, dy, (rim + 0.5 - (dx as f32).hypot(dy as f32)).clamp(0.0, 1.0)))
        .filter(|(_, _, share)| *share > 0.0)
        .collect();
    let full = |at: usize| letter.get(at) == Some(&1.0);
    let mut around = letter.to_vec();
    for (at, coverage) in letter.iter().enumerate().filter(|(_, coverage)| **coverage > 0.0) {
        let row = width as usize;
        // Around a texel within the letter there is only what its neighbours paint anyway.
        if full(at)
            && full(at + 1)
            && full(at.wrapping_sub(1))
            && full(at + row)
            && full(at.wrapping_sub(row))
        {
            continue;
        }
        let (x, y) = (at as i32 % width, at as i32 / width);
        // Thin strokes cover no texel wholly, but their rim should be as dark as any.
        let dark = (coverage * 1.6).min(1.0);
        for (dx, dy, share) in &brush {
            if (0..width).contains(&(x + dx)) && (0..height).contains(&(y + dy)) {
                let there = &mut around[((y + dy) * width + x + dx) as usize];
                *there = there.max(dark * share);
            }
        }
    }
    around
}

fn make_texture(device: &wgpu::Device, side: u32) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("letters"),
        size: wgpu::Extent3d { width: side, height: side, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rg8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

fn write(queue: &wgpu::Queue, texture: &wgpu::Texture, slot: Slot, texels: &[u8]) {
    let ([x, y], [width, height]) = (slot.origin, slot.size);
    let origin = wgpu::Origin3d { x, y, z: 0 };
    let place = wgpu::TexelCopyTextureInfo { origin, ..texture.as_image_copy() };
    let layout =
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(width * 2), rows_per_image: None };
    queue.write_texture(place, texels, layout, wgpu::Extent3d { width, height, depth_or_array_layers: 1 });
}
