//! What is seen of very many shapes from afar: cells of a pyramid as textures, laid under the shapes that are near
//! enough to be drawn.

use std::collections::HashMap;

use bytemuck::{Pod, Zeroable};
use lru::LruCache;
use shaders::Group;
use spatial::coverage::Cell;

use crate::{
    CoverageDraw, GpuError, Prepared,
    buffers::{Buffer, Written},
    context::Context,
};

/// Cells that are kept when no view needs them any more: 140 MB of them, if something lies in each.
const KEPT: usize = 512;
/// So many levels up a coarser cell is looked for that stands in for one that is not there yet.
const STAND_INS: u32 = 8;
/// Bind groups that are kept.
const KEPT_PAIRS: usize = 4_096;

/// The cells of coverage on the GPU.
#[derive(Debug)]
pub struct CoverageCells {
    device: wgpu::Device,
    queue: wgpu::Queue,
    cells: LruCache<Cell, Kept>,
    nothing: Kept,
    sampler: wgpu::Sampler,
    serial: u64,
}

/// One cell; 0 stands for one in which nothing lies.
#[derive(Clone, Debug)]
struct Kept {
    serial: u64,
    view: wgpu::TextureView,
}

impl CoverageCells {
    pub(crate) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("coverage"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..wgpu::SamplerDescriptor::default()
        });
        let nothing = Kept { serial: 0, view: texture(device, queue, 1, &[0; 4]) };
        let (device, queue) = (device.clone(), queue.clone());
        Self { device, queue, cells: LruCache::unbounded(), nothing, sampler, serial: 0 }
    }

    /// Bytes that one cell sends.
    pub const BYTES: usize = (Cell::BORDERED * Cell::BORDERED * 4) as usize;

    /// True when the cell can be drawn.
    pub fn contains(&self, cell: Cell) -> bool {
        self.cells.contains(&cell)
    }

    /// Sends the picture of a cell with its border (RGBA, premultiplied alpha, [`Cell::BORDERED`] squared, row by row),
    /// in place of the one before; `None` when nothing lies in it. A picture of another size is not taken.
    pub fn upload(&mut self, cell: Cell, picture: Option<&[u8]>) {
        let kept = match picture {
            Some(bytes) if bytes.len() == Self::BYTES => {
                self.serial += 1;
                let view = texture(&self.device, &self.queue, Cell::BORDERED, bytes);
                Kept { serial: self.serial, view }
            }
            Some(_) => return,
            None => self.nothing.clone(),
        };
        self.cells.put(cell, kept);
    }

    /// Takes note that a cell is needed although it is not drawn: others are dropped before it.
    pub fn keep(&mut self, cell: Cell) {
        self.cells.promote(&cell);
    }

    /// Drops all cells, as when another project is opened.
    pub fn clear(&mut self) {
        self.cells.clear();
    }

    /// Drops those that were not drawn for longest, but none that this view has just drawn.
    fn trim(&mut self, drawn: usize) {
        while self.cells.len() > KEPT.max(drawn * 2) {
            self.cells.pop_lru();
        }
    }
}

fn texture(device: &wgpu::Device, queue: &wgpu::Queue, side: u32, texels: &[u8]) -> wgpu::TextureView {
    let size = wgpu::Extent3d { width: side, height: side, depth_or_array_layers: 1 };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("coverage"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let layout =
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(side * 4), rows_per_image: None };
    queue.write_texture(texture.as_image_copy(), texels, layout, size);
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct Vertex {
    at_px: [f32; 2],
    fine_at: [f32; 2],
    coarse_at: [f32; 2],
    shares: [f32; 2],
}

/// The draws of one view's coverage.
#[derive(Debug)]
pub(crate) struct CoverageView {
    vertices: Buffer,
    pipeline: Option<wgpu::RenderPipeline>,
    groups: HashMap<[u64; 2], wgpu::BindGroup>,
    draws: Vec<wgpu::BindGroup>,
}

/// The two textures that a cell is drawn with.
struct Pair {
    fine: Kept,
    coarse: Kept,
    /// The cell that the second is of.
    coarse_cell: Cell,
    /// The share of the second.
    share: f32,
}

impl CoverageView {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let vertices = Buffer::new(device, "cells of coverage", wgpu::BufferUsages::VERTEX);
        Self { vertices, pipeline: None, groups: HashMap::new(), draws: Vec::new() }
    }

    pub(crate) fn prepare(
        &mut self,
        context: &mut Context,
        cells: &mut CoverageCells,
        draw: Option<&CoverageDraw>,
        prepared: &mut Prepared,
    ) -> Result<(), GpuError> {
        self.draws.clear();
        let Some(draw) = draw else { return Ok(()) };
        let Some((level, way)) = Cell::level_of(draw.view.resolution) else { return Ok(()) };
        let seen = Cell::of_view(&draw.view, level);
        let mut vertices = Vec::with_capacity(seen.len() * 6);
        if self.groups.len() > KEPT_PAIRS {
            self.groups.clear();
        }
        for cell in &seen {
            let Some(pair) = cells.pair(*cell, way) else {
                prepared.missing_coverage += 1;
                continue;
            };
            if pair.fine.serial == 0 && pair.coarse.serial == 0 {
                continue;
            }
            vertices.extend(corners(*cell, &pair, draw));
            let key = [pair.fine.serial, pair.coarse.serial];
            let group = self.groups.entry(key).or_insert_with(|| {
                let resources = [
                    wgpu::BindingResource::Sampler(&cells.sampler),
                    wgpu::BindingResource::TextureView(&pair.fine.view),
                    wgpu::BindingResource::TextureView(&pair.coarse.view),
                ];
                context.layouts.bind(&context.device, Group::Coverage, &resources)
            });
            self.draws.push(group.clone());
        }
        cells.trim(seen.len());
        let _: Written = self.vertices.write(context, bytemuck::cast_slice(&vertices))?;
        if !self.draws.is_empty() && self.pipeline.is_none() {
            self.pipeline = Some(context.pipeline(&shaders::COVERAGE));
        }
        Ok(())
    }

    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        let (Some(pipeline), false) = (&self.pipeline, self.draws.is_empty()) else { return };
        pass.set_pipeline(pipeline);
        pass.set_vertex_buffer(0, self.vertices.buffer().slice(..));
        for (group, first) in self.draws.iter().zip((0..).step_by(6)) {
            pass.set_bind_group(1, group, &[]);
            pass.draw(first..first + 6, 0..1);
        }
    }
}

impl CoverageCells {
    /// What a cell is drawn with when the view is some way to the next coarser level; `None` when there is nothing yet.
    fn pair(&mut self, cell: Cell, way: f32) -> Option<Pair> {
        let fine = self.cells.get(&cell).cloned();
        let parent = cell.parent();
        let coarse = self.cells.get(&parent).cloned();
        match (fine, coarse) {
            (Some(fine), Some(coarse)) => Some(Pair { fine, coarse, coarse_cell: parent, share: way }),
            (Some(fine), None) => {
                Some(Pair { fine, coarse: self.nothing.clone(), coarse_cell: parent, share: 0.0 })
            }
            (None, coarse) => {
                let mut found = coarse.map(|kept| (parent, kept));
                let mut above = parent;
                for _ in 1..STAND_INS {
                    if found.is_some() {
                        break;
                    }
                    above = above.parent();
                    found = self.cells.get(&above).cloned().map(|kept| (above, kept));
                }
                let (coarse_cell, coarse) = found?;
                Some(Pair { fine: self.nothing.clone(), coarse, coarse_cell, share: 1.0 })
            }
        }
    }
}

/// The two triangles of a cell.
fn corners(cell: Cell, pair: &Pair, draw: &CoverageDraw) -> [Vertex; 6] {
    let bounds = cell.bounds();
    let (min, max) = (bounds.min(), bounds.max());
    // From 0 to 1 over the texture with its border.
    let within = |of: Cell, x: f64, y: f64| {
        let (around, texel) = (of.bounds(), of.texel());
        let side = f64::from(Cell::BORDERED);
        let [u, v] = [(x - around.min().x) / texel + 1.0, (around.max().y - y) / texel + 1.0];
        [(u / side) as f32, (v / side) as f32]
    };
    let corner = |x: f64, y: f64| {
        let at = draw.view.screen_from_world((x, y).into());
        Vertex {
            at_px: [at.x as f32, at.y as f32],
            fine_at: within(cell, x, y),
            coarse_at: within(pair.coarse_cell, x, y),
            shares: [pair.share, draw.opacity],
        }
    };
    let [a, b] = [corner(min.x, max.y), corner(max.x, max.y)];
    let [c, d] = [corner(min.x, min.y), corner(max.x, min.y)];
    [a, b, c, c, b, d]
}
