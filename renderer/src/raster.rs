//! Imagery: from the layers of a scene to draws of textures.

use bytemuck::{Pod, Zeroable};
use expression::MAX_BANDS;
use shaders::{Group, Layer, Source};

use crate::{
    BandMix, Filter, GpuError, LayerScene, Prepared, SampleUnit, TileDraw, TileTextures,
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
    /// For each table of colours that the layers use: its view, and the group that binds it.
    layer_groups: Vec<(wgpu::TextureView, wgpu::BindGroup)>,
    vertices: Buffer,
    indices: Buffer,
    draws: Vec<Draw>,
}

#[derive(Debug)]
struct Draw {
    pipeline: wgpu::RenderPipeline,
    /// `None` for a tile that could not be read.
    tile: Option<wgpu::BindGroup>,
    /// Its place among the groups of layers.
    group: usize,
    uniform_offset: u32,
    indices: std::ops::Range<u32>,
}

/// The uniforms of one view: one record for each layer, and for each order in which its tiles hold their bands.
struct Uniforms {
    stride: usize,
    bytes: Vec<u8>,
    /// The layers of the texture that each record of the present layer is for, and where it lies.
    records: Vec<(Vec<u32>, u32)>,
}

impl Uniforms {
    /// Where the record lies for tiles that hold the layer's bands in these layers of their textures.
    fn record(&mut self, layer: &Layer, places: &[u32]) -> u32 {
        if let Some((_, offset)) = self.records.iter().find(|(known, _)| known == places) {
            return *offset;
        }
        let mut layer = *layer;
        for (source, place) in layer.sources.iter_mut().zip(places) {
            source.layer = *place;
        }
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(bytemuck::bytes_of(&layer));
        self.bytes.resize(offset + self.stride, 0);
        self.records.push((places.to_vec(), offset as u32));
        offset as u32
    }
}

/// One layer while it is prepared.
struct Drawn<'a> {
    scene: &'a LayerScene,
    uniform: Layer,
    /// The text of its formula, if it has one.
    formula: Option<String>,
    /// Its pipelines for unsigned, signed and floating-point tiles, as they come to be needed.
    pipelines: [Option<wgpu::RenderPipeline>; 3],
    group: usize,
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
            layer_groups: Vec::new(),
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
        let alignment = context.device.limits().min_uniform_buffer_offset_alignment.max(1) as usize;
        let stride = size_of::<Layer>().next_multiple_of(alignment);
        let mut uniforms = Uniforms { stride, bytes: Vec::new(), records: Vec::new() };
        let mut meshes = Meshes::default();
        let mut tables: Vec<wgpu::TextureView> = Vec::new();
        for layer in layers {
            let table = match (&layer.classes, &layer.mix) {
                (Some(palette), BandMix::Single { .. } | BandMix::Formula { .. }) => context.palette(palette),
                _ => context.colormaps.clone(),
            };
            let group = tables.iter().position(|known| *known == table).unwrap_or(tables.len());
            if group == tables.len() {
                tables.push(table);
            }
            let formula = match &layer.mix {
                BandMix::Formula { program, .. } => Some(shaders::formula_source(program)),
                _ => None,
            };
            let pipelines = [None, None, None];
            let mut drawn = Drawn { scene: layer, uniform: uniform(layer), formula, pipelines, group };
            uniforms.records.clear();
            for tile in &layer.tiles {
                let draw = draw_of(context, tiles, tile, &mut drawn, &mut uniforms, &mut meshes, prepared);
                self.draws.extend(draw);
            }
        }
        self.vertices.write(context, bytemuck::cast_slice(&meshes.vertices))?;
        self.indices.write(context, bytemuck::cast_slice(&meshes.indices))?;
        let written = self.uniforms.write(context, &uniforms.bytes)?;
        let known = self.layer_groups.iter().map(|(table, _)| table);
        if written == Written::New || !known.eq(&tables) {
            self.bind(context, tables);
        }
        Ok(())
    }

    /// Makes the groups of layers anew, one for each table of colours.
    fn bind(&mut self, context: &Context, tables: Vec<wgpu::TextureView>) {
        let binding = wgpu::BufferBinding {
            buffer: self.uniforms.buffer(),
            offset: 0,
            size: std::num::NonZeroU64::new(size_of::<Layer>() as u64),
        };
        let group = |table: wgpu::TextureView| {
            let resources =
                [wgpu::BindingResource::Buffer(binding.clone()), wgpu::BindingResource::TextureView(&table)];
            let group = context.layouts.bind(&context.device, Group::Layer, &resources);
            (table, group)
        };
        self.layer_groups = tables.into_iter().map(group).collect();
    }

    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        if self.draws.is_empty() {
            return;
        }
        pass.set_vertex_buffer(0, self.vertices.buffer().slice(..));
        pass.set_index_buffer(self.indices.buffer().slice(..), wgpu::IndexFormat::Uint32);
        let mut before: Option<&Draw> = None;
        for draw in &self.draws {
            let Some((_, group)) = self.layer_groups.get(draw.group) else { continue };
            if before.is_none_or(|before| before.pipeline != draw.pipeline) {
                pass.set_pipeline(&draw.pipeline);
            }
            let place = |draw: &Draw| (draw.group, draw.uniform_offset);
            if before.is_none_or(|before| place(before) != place(draw)) {
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
    layer: &mut Drawn<'_>,
    uniforms: &mut Uniforms,
    meshes: &mut Meshes,
    prepared: &mut Prepared,
) -> Option<Draw> {
    let bands = layer.scene.mix.bands();
    let (kind, group, places) = if tile.failed {
        (None, None, Vec::new())
    } else {
        let resident = tiles.take(tile.id, bands);
        // An expression looks only at bands that are there; a mix says itself what is wrong, in magenta.
        let resident = resident.filter(|tile| layer.formula.is_none() || tile.has(bands));
        let Some(resident) = resident else {
            prepared.missing_tiles += 1;
            return None;
        };
        let places = bands.iter().map(|band| resident.layer_of(*band).unwrap_or(u32::MAX)).collect();
        (Some(resident.kind), Some(resident.bind_group.clone()), places)
    };
    let Some(indices) = meshes.add(tile) else {
        prepared.skipped += 1;
        return None;
    };
    prepared.tiles += 1;
    let pipeline = match kind {
        None => context.pipeline(&shaders::FAILED),
        Some(kind) => layer.pipeline(context, kind),
    };
    let uniform_offset = uniforms.record(&layer.uniform, &places);
    Some(Draw { pipeline, tile: group, group: layer.group, uniform_offset, indices })
}

impl Drawn<'_> {
    fn pipeline(&mut self, context: &mut Context, kind: TextureKind) -> wgpu::RenderPipeline {
        let (slot, mix, of_formula) = match kind {
            TextureKind::Unsigned => (0, &shaders::RASTER_UNSIGNED, &shaders::FORMULA_UNSIGNED),
            TextureKind::Signed => (1, &shaders::RASTER_SIGNED, &shaders::FORMULA_SIGNED),
            TextureKind::Float => (2, &shaders::RASTER_FLOAT, &shaders::FORMULA_FLOAT),
        };
        let formula = self.formula.as_deref();
        let make = || match formula {
            Some(formula) => context.formula_pipeline(of_formula, formula),
            None => context.pipeline(mix),
        };
        self.pipelines[slot].get_or_insert_with(make).clone()
    }
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
    let is_rgb = matches!(layer.mix, BandMix::Rgb(_));
    let mix_kind = match (&layer.mix, &layer.classes) {
        (BandMix::Rgb(_), _) => 0,
        (_, None) => 1,
        (_, Some(_)) => 2,
    };
    let stretch = if is_rgb { layer.stretch } else { [layer.stretch[0]; 3] };
    let [r, g, b] = stretch.map(low_and_scale);
    let gamma =
        if layer.gamma.is_finite() && layer.gamma > 0.0 { layer.gamma.clamp(0.01, 100.0) } else { 1.0 };
    // Between two classes there is no third.
    let nearest = layer.filter == Filter::Nearest || mix_kind == 2;
    let first_class = layer.classes.as_ref().map_or(0, |palette| palette.first());
    Layer {
        low: [r.0, g.0, b.0, 0.0],
        scale: [r.1, g.1, b.1, 0.0],
        failed: layer.failed_color.map(|byte| f32::from(byte) / 255.0),
        sources: sources(layer),
        mix_kind,
        filter_kind: u32::from(!nearest),
        colormap: match &layer.mix {
            BandMix::Rgb(_) => 0,
            BandMix::Single { colormap, .. } | BandMix::Formula { colormap, .. } => colormap.row(),
        },
        is_reversed: u32::from(layer.reversed),
        gamma_inverse: 1.0 / gamma,
        opacity: share(layer.opacity),
        steps: f32::from(layer.steps),
        first_class: first_class as f32,
    }
}

/// How the samples of each band that is looked at are taken; where they lie differs from tile to tile.
fn sources(layer: &LayerScene) -> [Source; MAX_BANDS] {
    let of = |unit: SampleUnit| Source {
        layer: u32::MAX,
        has_no_data: u32::from(unit.no_data.is_some_and(f32::is_finite)),
        no_data: unit.no_data.filter(|value| value.is_finite()).unwrap_or(0.0),
        scale: unit.scale,
        offset: unit.offset,
        padding_a: 0.0,
        padding_b: 0.0,
        padding_c: 0.0,
    };
    let mut sources = [of(SampleUnit { no_data: layer.no_data, ..SampleUnit::PLAIN }); MAX_BANDS];
    if let BandMix::Formula { units, .. } = &layer.mix {
        for (source, unit) in sources.iter_mut().zip(units.iter()) {
            *source = of(*unit);
        }
    }
    sources
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
