//! Draws of shapes: the batches that a view shows and the few shapes in its own pixels.

use std::ops::Range;

use bytemuck::cast_slice;
use shaders::{Chunk, Group, Pass, Shape, Style};

use crate::{
    BatchDraw, Batches, GpuError, Prepared, ShapeScene,
    batches::{Resident, style_row},
    buffers::{Buffer, Written},
    context::Context,
    geometry::Geometry,
};

/// The three passes over shapes, in drawing order.
const PASSES: [&Pass; 3] = [&shaders::FILL, &shaders::CASING, &shaders::OUTLINE];

/// One list of shapes, ready to be drawn.
#[derive(Debug)]
struct Drawn {
    pipelines: [wgpu::RenderPipeline; 3],
    group: wgpu::BindGroup,
    vertices: wgpu::Buffer,
    indices: wgpu::Buffer,
    segments: wgpu::Buffer,
    index_ranges: Vec<Range<u32>>,
    segment_ranges: Vec<Range<u32>>,
}

impl Drawn {
    fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_bind_group(1, &self.group, &[]);
        if !self.index_ranges.is_empty() {
            pass.set_pipeline(&self.pipelines[0]);
            pass.set_vertex_buffer(0, self.vertices.slice(..));
            pass.set_index_buffer(self.indices.slice(..), wgpu::IndexFormat::Uint32);
            for range in &self.index_ranges {
                pass.draw_indexed(range.clone(), 0, 0..1);
            }
        }
        if self.segment_ranges.is_empty() {
            return;
        }
        pass.set_vertex_buffer(0, self.segments.slice(..));
        for pipeline in &self.pipelines[1..] {
            pass.set_pipeline(pipeline);
            for range in &self.segment_ranges {
                pass.draw(0..4, range.clone());
            }
        }
    }
}

/// The batches of one view.
#[derive(Debug, Default)]
pub(crate) struct BatchesView {
    seats: Vec<Seat>,
    drawn: Vec<Drawn>,
}

/// What a place in the scene's list of batches keeps from frame to frame.
#[derive(Debug)]
struct Seat {
    chunks: Buffer,
    bound: Option<(u64, wgpu::BindGroup)>,
}

impl BatchesView {
    pub(crate) fn prepare(
        &mut self,
        context: &mut Context,
        batches: &Batches,
        draws: &[BatchDraw],
        prepared: &mut Prepared,
    ) -> Result<(), GpuError> {
        self.drawn.clear();
        self.seats.truncate(draws.len());
        for (number, draw) in draws.iter().enumerate() {
            if number == self.seats.len() {
                let chunks = Buffer::new(&context.device, "chunks", wgpu::BufferUsages::STORAGE);
                self.seats.push(Seat { chunks, bound: None });
            }
            let Some(batch) = batches.get(draw.id) else {
                prepared.missing_batches += 1;
                continue;
            };
            if let Some(drawn) = self.seats[number].prepare(context, batch, draw)? {
                self.drawn.push(drawn);
            }
        }
        Ok(())
    }

    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        for drawn in &self.drawn {
            drawn.paint(pass);
        }
    }
}

impl Seat {
    fn prepare(
        &mut self,
        context: &mut Context,
        batch: &Resident,
        draw: &BatchDraw,
    ) -> Result<Option<Drawn>, GpuError> {
        let nowhere = Chunk { scale: [0.0; 2], offset: [0.0; 2], fading: [0.0; 2] };
        let mut chunks = vec![nowhere; batch.chunks.len()];
        let (mut index_ranges, mut segment_ranges) = (Vec::new(), Vec::new());
        for (chunk, place) in chunks.iter_mut().zip(&batch.chunks) {
            if let Some(seen) = place.seen(&draw.view, batch.reach_px, draw.fading) {
                *chunk = seen;
                join(&mut index_ranges, &place.indices);
                join(&mut segment_ranges, &place.segments);
            }
        }
        if segment_ranges.is_empty() {
            return Ok(None);
        }
        let written = self.chunks.write(context, cast_slice(&chunks))?;
        if written == Written::New || self.bound.as_ref().is_none_or(|bound| bound.0 != batch.revision) {
            let group = bind(context, &batch.shapes, &batch.styles, self.chunks.buffer());
            self.bound = Some((batch.revision, group));
        }
        let group = self.bound.as_ref().map(|bound| bound.1.clone());
        Ok(group.map(|group| Drawn {
            pipelines: PASSES.map(|pass| context.pipeline(pass)),
            group,
            vertices: batch.vertices.clone(),
            indices: batch.indices.clone(),
            segments: batch.segments.clone(),
            index_ranges,
            segment_ranges,
        }))
    }
}

/// Adds a range to ranges, to the last if it goes on there.
fn join(ranges: &mut Vec<Range<u32>>, next: &Range<u32>) {
    match ranges.last_mut() {
        _ if next.is_empty() => {}
        Some(last) if last.end == next.start => last.end = next.end,
        _ => ranges.push(next.clone()),
    }
}

fn bind(
    context: &Context,
    shapes: &wgpu::Buffer,
    styles: &wgpu::Buffer,
    chunks: &wgpu::Buffer,
) -> wgpu::BindGroup {
    let resources = [shapes, styles, chunks].map(wgpu::Buffer::as_entire_binding);
    context.layouts.bind(&context.device, Group::Shapes, &resources)
}

/// The shapes that a view has in its own pixels; cut anew only when they change.
#[derive(Debug)]
pub(crate) struct ShapesView {
    before: Vec<ShapeScene>,
    skipped: u32,
    vertices: Buffer,
    indices: Buffer,
    segments: Buffer,
    shapes: Buffer,
    styles: Buffer,
    chunks: Buffer,
    drawn: Option<Drawn>,
}

impl ShapesView {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        use wgpu::BufferUsages as Usages;
        Self {
            before: Vec::new(),
            skipped: 0,
            vertices: Buffer::new(device, "shape fills", Usages::VERTEX),
            indices: Buffer::new(device, "shape fill indices", Usages::INDEX),
            segments: Buffer::new(device, "shape edges", Usages::VERTEX),
            shapes: Buffer::new(device, "shapes", Usages::STORAGE),
            styles: Buffer::new(device, "shape styles", Usages::STORAGE),
            chunks: Buffer::new(device, "chunks", Usages::STORAGE),
            drawn: None,
        }
    }

    pub(crate) fn prepare(
        &mut self,
        context: &mut Context,
        scenes: &[ShapeScene],
        prepared: &mut Prepared,
    ) -> Result<(), GpuError> {
        if self.before != scenes {
            self.drawn = None;
            self.rebuild(context, scenes)?;
            self.before = scenes.to_vec();
        }
        prepared.skipped += self.skipped;
        Ok(())
    }

    fn rebuild(&mut self, context: &mut Context, scenes: &[ShapeScene]) -> Result<(), GpuError> {
        self.skipped = 0;
        let mut geometry = Geometry::new();
        let mut table = Vec::with_capacity(scenes.len());
        let mut styles: Vec<Style> = Vec::with_capacity(scenes.len());
        for (scene, row) in scenes.iter().zip(0..) {
            if !geometry.add(row, scene.rings.iter().cloned(), scene.closed) {
                self.skipped += 1;
            }
            let style = style_row(&scene.style);
            // Shapes that look alike mostly follow each other.
            if styles.last() != Some(&style) {
                styles.push(style);
            }
            table.push(Shape { style: styles.len() as u32 - 1, chunk: 0, side: 0.0 });
        }
        let identity = Chunk { scale: [1.0; 2], offset: [0.0; 2], fading: [0.0; 2] };
        self.vertices.write(context, cast_slice(&geometry.vertices))?;
        self.indices.write(context, cast_slice(&geometry.indices))?;
        self.segments.write(context, cast_slice(&geometry.segments))?;
        self.shapes.write(context, cast_slice(&table))?;
        self.styles.write(context, cast_slice(&styles))?;
        self.chunks.write(context, bytemuck::bytes_of(&identity))?;
        if geometry.segments.is_empty() {
            return Ok(());
        }
        self.drawn = Some(Drawn {
            group: bind(context, self.shapes.buffer(), self.styles.buffer(), self.chunks.buffer()),
            pipelines: PASSES.map(|pass| context.pipeline(pass)),
            vertices: self.vertices.buffer().clone(),
            indices: self.indices.buffer().clone(),
            segments: self.segments.buffer().clone(),
            index_ranges: Vec::new(),
            segment_ranges: Vec::new(),
        });
        if let Some(drawn) = &mut self.drawn {
            join(&mut drawn.index_ranges, &(0..geometry.indices.len() as u32));
            join(&mut drawn.segment_ranges, &(0..geometry.segments.len() as u32));
        }
        Ok(())
    }

    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let Some(drawn) = &self.drawn {
            drawn.paint(pass);
        }
    }
}
