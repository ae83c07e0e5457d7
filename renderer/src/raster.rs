//! Imagery: from the layers of a scene to draws of textures.

use bytemuck::{Pod, Zeroable};
use shaders::{Group, Layer};

use crate::{
    BandMix, Filter, GpuError, LayerScene, Prepared, TileDraw, TileTextures,
    buffers::{Buffer, Written},
    context::Context,
    tiles::TextureKind,
};

#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct TileVertex {
    at_px: [f32; 2],
    texel: [f32; 2],
    fade: f32,
}

/// The draws of one view's imagery.
#[derive(Debug)]
pub(crate) struct RasterView {
    uniforms: Buffer,
    layer_group: Option<wgpu::BindGroup>,
    vertices: Buffer,
    indices: Buffer,
    draws: Vec<Draw>,
}

#[derive(Debug)]
struct Draw {
    pipeline: wgpu::RenderPipeline,
    /// `None` for a tile that could not be read.
    tile: Option<wgpu::BindGroup>,
    uniform_offset: u32,
    indices: std::ops::Range<u32>,
}

/// Vertices and indices of all meshes of one view.
#[derive(Default)]
struct Meshes {
    vertices: Vec<TileVertex>,
    indices: Vec<u32>,
}

impl RasterView {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        use wgpu::BufferUsages;
        Self {
            uniforms: Buffer::new(device, "layers", BufferUsages::UNIFORM),
            layer_group: None,
            vertices: Buffer::new(device, "tile meshes", BufferUsages::VERTEX),
            indices: Buffer::new(device, "tile mesh indices", BufferUsages::INDEX),
            draws: Vec::new(),
        }
    }

    pub(crate) fn prepare(
        &mut self,
        context: &mut Context,
        tiles: &mut TileTextures,
        layers: &[LayerScene],
        prepared: &mut Prepared,
    ) -> Result<(), GpuError> {
        self.draws.clear();
        let stride =
            context.device.limits().min_uniform_buffer_offset_alignment.max(size_of::<Layer>() as u32);
        let mut uniforms = vec![0; stride as usize * layers.len()];
        let mut meshes = Meshes::default();
        for (number, layer) in layers.iter().enumerate() {
            let offset = number * stride as usize;
            uniforms[offset..offset + size_of::<Layer>()]
                .copy_from_slice(bytemuck::bytes_of(&uniform(layer)));
            for tile in &layer.tiles {
                self.draws.extend(draw_of(context, tiles, tile, offset as u32, &mut meshes, prepared));
            }
        }
        self.vertices.write(context, bytemuck::cast_slice(&meshes.vertices))?;
        self.indices.write(context, bytemuck::cast_slice(&meshes.indices))?;
        let written = self.uniforms.write(context, &uniforms)?;
        if self.layer_group.is_none() || written == Written::New {
            let binding = wgpu::BufferBinding {
                buffer: self.uniforms.buffer(),
                offset: 0,
                size: std::num::NonZeroU64::new(size_of::<Layer>() as u64),
            };
            let resources = [
                wgpu::BindingResource::Buffer(binding),
                wgpu::BindingResource::TextureView(&context.colormaps),
            ];
            self.layer_group = Some(context.layouts.bind(&context.device, Group::Layer, &resources));
        }
        Ok(())
    }

    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        let (Some(group), false) = (&self.layer_group, self.draws.is_empty()) else { return };
        pass.set_vertex_buffer(0, self.vertices.buffer().slice(..));
        pass.set_index_buffer(self.indices.buffer().slice(..), wgpu::IndexFormat::Uint32);
        let mut before: Option<&Draw> = None;
        for draw in &self.draws {
            if before.is_none_or(|before| before.pipeline != draw.pipeline) {
                pass.set_pipeline(&draw.pipeline);
            }
            if before.is_none_or(|before| before.uniform_offset != draw.uniform_offset) {
                pass.set_bind_group(1, group, &[draw.uniform_offset]);
            }
            if let Some(tile) = &draw.tile {
                pass.set_bind_group(2, tile, &[]);
            }
            pass.draw_indexed(draw.indices.clone(), 0, 0..1);
            before = Some(draw);
        }
    }
}

fn draw_of(
    context: &mut Context,
    tiles: &mut TileTextures,
    tile: &TileDraw,
    uniform_offset: u32,
    meshes: &mut Meshes,
    prepared: &mut Prepared,
) -> Option<Draw> {
    let (pass, group) = if tile.failed {
        (&shaders::FAILED, None)
    } else {
        let Some(resident) = tiles.take(tile.id) else {
            prepared.missing_tiles += 1;
            return None;
        };
        let pass = match resident.kind {
            TextureKind::Unsigned => &shaders::RASTER_UNSIGNED,
            TextureKind::Signed => &shaders::RASTER_SIGNED,
            TextureKind::Float => &shaders::RASTER_FLOAT,
        };
        (pass, Some(resident.bind_group.clone()))
    };
    let Some(indices) = meshes.add(tile) else {
        prepared.skipped += 1;
        return None;
    };
    prepared.tiles += 1;
    Some(Draw { pipeline: context.pipeline(pass), tile: group, uniform_offset, indices })
}

impl Meshes {
    /// The range of indices of a tile; `None` when its mesh makes no sense.
    fn add(&mut self, tile: &TileDraw) -> Option<std::ops::Range<u32>> {
        let (columns, rows) = (tile.mesh.columns, tile.mesh.rows);
        let expected = (u64::from(columns) + 1) * (u64::from(rows) + 1);
        let finite = tile.mesh.points.iter().chain([&[tile.source[0], tile.source[1]]]).all(|p| finite(*p));
        let sane = columns > 0 && rows > 0 && tile.mesh.points.len() as u64 == expected;
        if !sane || !finite || !finite_rect(tile.source) {
            return None;
        }
        let first = u32::try_from(self.vertices.len()).ok()?;
        let [left, top, right, bottom] = tile.source;
        let fade = share(tile.fade);
        let across = columns as usize + 1;
        for (number, at_px) in tile.mesh.points.iter().enumerate() {
            let u = (number % across) as f32 / columns as f32;
            let v = (number / across) as f32 / rows as f32;
            let texel = [left + (right - left) * u, top + (bottom - top) * v];
            self.vertices.push(TileVertex { at_px: *at_px, texel, fade });
        }
        let start = self.indices.len() as u32;
        for row in 0..rows {
            for column in 0..columns {
                let a = first + row * (columns + 1) + column;
                let c = a + columns + 1;
                self.indices.extend([a, a + 1, c, c, a + 1, c + 1]);
            }
        }
        Some(start..self.indices.len() as u32)
    }
}

fn uniform(layer: &LayerScene) -> Layer {
    let (mix_kind, bands, colormap) = match layer.mix {
        BandMix::Rgb(bands) => (0, bands, 0),
        BandMix::Single { band, colormap } => (1, [band; 3], colormap.row()),
    };
    let mut stretch = layer.stretch;
    if mix_kind == 1 {
        stretch = [stretch[0]; 3];
    }
    let [r, g, b] = stretch.map(low_and_scale);
    let gamma =
        if layer.gamma.is_finite() && layer.gamma > 0.0 { layer.gamma.clamp(0.01, 100.0) } else { 1.0 };
    Layer {
        low: [r.0, g.0, b.0, 0.0],
        scale: [r.1, g.1, b.1, 0.0],
        bands: [band_number(bands[0]), band_number(bands[1]), band_number(bands[2]), 0],
        failed: layer.failed_color.map(|byte| f32::from(byte) / 255.0),
        mix_kind,
        filter_kind: match layer.filter {
            Filter::Nearest => 0,
            Filter::Bilinear => 1,
        },
        colormap,
        has_no_data: u32::from(layer.no_data.is_some_and(f32::is_finite)),
        no_data: layer.no_data.filter(|value| value.is_finite()).unwrap_or(0.0),
        gamma_inverse: 1.0 / gamma,
        opacity: share(layer.opacity),
        padding: 0.0,
    }
}

fn band_number(band: usize) -> u32 {
    u32::try_from(band).unwrap_or(u32::MAX)
}

/// The stretch as the shader wants it; never infinite. An empty stretch is a step.
fn low_and_scale([low, high]: [f32; 2]) -> (f32, f32) {
    if !low.is_finite() || !high.is_finite() {
        return (0.0, 1.0 / 255.0);
    }
    let range = f64::from(high) - f64::from(low);
    let scale = if range == 0.0 { 1e30 } else { (1.0 / range).clamp(-1e30, 1e30) };
    let scale = scale as f32;
    // Below the smallest normal number a GPU may take it for zero.
    (low, if scale.is_normal() { scale } else { f32::MIN_POSITIVE })
}

/// 0–1 of any number.
fn share(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

fn finite(point: [f32; 2]) -> bool {
    point[0].is_finite() && point[1].is_finite()
}

fn finite_rect(rect: [f32; 4]) -> bool {
    rect.iter().all(|edge| edge.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_never_leads_to_infinite_numbers() {
        for pair in [[0.0, 0.0], [f32::MIN, f32::MAX], [f32::NAN, 1.0], [5.0, f32::INFINITY], [9.0, 1.0]] {
            let (low, scale) = low_and_scale(pair);
            assert!(low.is_finite() && scale.is_finite() && scale != 0.0, "{pair:?} gave {low} and {scale}");
        }
    }

    #[test]
    fn a_stretch_of_bytes_is_one_over_255() {
        assert_eq!(low_and_scale([0.0, 255.0]), (0.0, 1.0 / 255.0));
        assert_eq!(low_and_scale([255.0, 0.0]), (255.0, -1.0 / 255.0));
    }
}
