//! Shapes that stay on the GPU: uploaded once, drawn under any camera.
//!
//! A batch is cut into chunks of neighbouring shapes. The points of a chunk are `f32` relative to its middle,
//! and only the middle is taken to the screen in `f64`, anew in each frame: pan and zoom send a few bytes per
//! visible chunk and touch no geometry, and no coordinate on the GPU is ever large.

use std::{collections::HashMap, ops::Range};

use bytemuck::cast_slice;
use shaders::{Chunk, Shape, Style};
use spatial::coverage::Fading;
use wgpu::util::DeviceExt;

use crate::{BatchId, BatchShape, GpuError, Hatch, ShapeBatch, ShapeStyle, geometry::Geometry};

/// What became of a batch's shapes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchReport {
    /// Shapes that can be drawn.
    pub shapes: usize,
    /// Shapes that cannot: too few points, or some that are not finite.
    pub skipped: usize,
    /// Bytes of graphics memory that the batch takes.
    pub bytes: u64,
}

/// The batches on the GPU.
#[derive(Debug)]
pub struct Batches {
    device: wgpu::Device,
    queue: wgpu::Queue,
    resident: HashMap<BatchId, Resident>,
    revisions: u64,
}

/// One batch on the GPU.
#[derive(Debug)]
pub(crate) struct Resident {
    pub(crate) vertices: wgpu::Buffer,
    pub(crate) indices: wgpu::Buffer,
    pub(crate) segments: wgpu::Buffer,
    pub(crate) shapes: wgpu::Buffer,
    pub(crate) styles: wgpu::Buffer,
    pub(crate) chunks: Vec<ChunkPlace>,
    /// Another number whenever a buffer is replaced.
    pub(crate) revision: u64,
    /// The widest edge, half of it, in pixels.
    pub(crate) reach_px: f64,
    /// The row of each shape of the batch as it was given.
    rows: Vec<u32>,
    report: BatchReport,
}

/// Where a chunk lies, in the world and in the buffers.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChunkPlace {
    pub(crate) min: [f64; 2],
    pub(crate) max: [f64; 2],
    /// The longer side of the largest shape.
    pub(crate) largest: f64,
    pub(crate) indices: Range<u32>,
    pub(crate) segments: Range<u32>,
}

impl ChunkPlace {
    /// The longer side of the box.
    fn side(&self) -> f64 {
        (self.max[0] - self.min[0]).max(self.max[1] - self.min[1])
    }

    fn joined(&self, other: &Self) -> Self {
        let min = [self.min[0].min(other.min[0]), self.min[1].min(other.min[1])];
        let max = [self.max[0].max(other.max[0]), self.max[1].max(other.max[1])];
        let largest = self.largest.max(other.largest);
        Self { min, max, largest, indices: 0..0, segments: 0..0 }
    }

    fn middle(&self) -> [f64; 2] {
        [self.min[0].midpoint(self.max[0]), self.min[1].midpoint(self.max[1])]
    }

    /// How a camera sees the chunk; `None` when it sees nothing of it, or all of it is so small that it is part of the
    /// coverage.
    pub(crate) fn seen(
        &self,
        view: &spatial::Viewport,
        reach_px: f64,
        fading: Option<Fading>,
    ) -> Option<Chunk> {
        let gone = |fading: Fading| fading.share((self.largest / view.resolution) as f32) >= 1.0;
        if fading.is_some_and(gone) {
            return None;
        }
        let upper_left = view.screen_from_world((self.min[0], self.max[1]).into());
        let lower_right = view.screen_from_world((self.max[0], self.min[1]).into());
        let [width, height] = view.size_px;
        let visible = lower_right.x >= -reach_px
            && lower_right.y >= -reach_px
            && upper_left.x <= width + reach_px
            && upper_left.y <= height + reach_px;
        let middle = view.screen_from_world(self.middle().into());
        let scale = 1.0 / view.resolution;
        visible.then_some(Chunk {
            scale: [scale as f32, -scale as f32],
            offset: [middle.x as f32, middle.y as f32],
            fading: fading.map_or([0.0; 2], |f| [f.high_px, 1.0 / (f.high_px / f.low_px).ln()]),
        })
    }
}

/// Shapes in one chunk at most: few enough that a camera close by draws little else, many enough that a
/// camera far away has few chunks to move.
const CHUNK_SHAPES: usize = 256;
/// A chunk is at most so many times as wide as the median shape: when such a shape is 50,000 px wide on
/// screen, its corners are still right to 0.1 px.
const CHUNK_WIDTHS: f64 = 32.0;
/// But a batch has no more than so many chunks across, however sparse it is.
const CHUNKS_ACROSS: f64 = 128.0;

impl Batches {
    pub(crate) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        Self { device: device.clone(), queue: queue.clone(), resident: HashMap::new(), revisions: 0 }
    }

    /// True when the batch can be drawn.
    pub fn contains(&self, id: BatchId) -> bool {
        self.resident.contains_key(&id)
    }

    /// What became of the shapes of a batch.
    pub fn report(&self, id: BatchId) -> Option<BatchReport> {
        self.resident.get(&id).map(|batch| batch.report)
    }

    /// Bytes of graphics memory that all batches take.
    pub fn bytes(&self) -> u64 {
        self.resident.values().map(|batch| batch.report.bytes).sum()
    }

    /// Cuts a batch into triangles and segments and sends it to the GPU, in place of one with the same id if
    /// there is one.
    pub fn upload(&mut self, id: BatchId, batch: &ShapeBatch) -> Result<BatchReport, GpuError> {
        let order = by_place(&batch.shapes);
        let mut geometry = Geometry::new();
        let mut chunks = Vec::with_capacity(order.len() / CHUNK_SHAPES + 1);
        let mut table = Vec::with_capacity(order.len());
        let mut rows = vec![0; batch.shapes.len()];
        let mut skipped = 0;
        for (mut place, numbers) in chunks_of(&batch.shapes, &order) {
            let chunk = chunks.len() as u32;
            let middle = place.middle();
            let (first_index, first_segment) = (geometry.indices.len(), geometry.segments.len());
            for number in numbers.iter().copied() {
                let (shape, row) = (&batch.shapes[number], table.len() as u32);
                let rings = shape.rings.iter().map(|ring| near(ring, middle));
                if !geometry.add(row, rings, shape.closed) {
                    skipped += 1;
                }
                rows[number] = row;
                let side = place_of([shape].into_iter()).side() as f32;
                table.push(Shape { style: shape.style, chunk, side });
            }
            place.indices = first_index as u32..geometry.indices.len() as u32;
            place.segments = first_segment as u32..geometry.segments.len() as u32;
            chunks.push(place);
        }
        let report = BatchReport { shapes: batch.shapes.len() - skipped, skipped, bytes: 0 };
        let styles: Vec<Style> = batch.styles.iter().map(style_row).collect();
        let mut resident = self.send(&geometry, &table, &styles, report)?;
        resident.reach_px = reach_px(&batch.styles);
        (resident.chunks, resident.rows) = (chunks, rows);
        let report = resident.report;
        self.resident.insert(id, resident);
        Ok(report)
    }

    /// Gives one shape another of the batch's styles, or hides it; false when there is no such shape.
    pub fn restyle(&mut self, id: BatchId, shape: usize, style: u32) -> bool {
        let Some(batch) = self.resident.get(&id) else { return false };
        let Some(row) = batch.rows.get(shape) else { return false };
        let offset = u64::from(*row) * size_of::<Shape>() as u64;
        self.queue.write_buffer(&batch.shapes, offset, &style.to_ne_bytes());
        true
    }

    /// Replaces the styles that the shapes of a batch choose from, as when a class changes its colour.
    pub fn set_styles(&mut self, id: BatchId, styles: &[ShapeStyle]) {
        let Some(batch) = self.resident.get_mut(&id) else { return };
        let rows: Vec<Style> = styles.iter().map(style_row).collect();
        batch.styles = storage(&self.device, "shape styles", cast_slice(&rows), size_of::<Style>());
        batch.reach_px = reach_px(styles);
        self.revisions += 1;
        batch.revision = self.revisions;
    }

    /// Drops a batch.
    pub fn forget(&mut self, id: BatchId) {
        self.resident.remove(&id);
    }

    pub(crate) fn get(&self, id: BatchId) -> Option<&Resident> {
        self.resident.get(&id)
    }

    fn send(
        &mut self,
        geometry: &Geometry,
        table: &[Shape],
        styles: &[Style],
        mut report: BatchReport,
    ) -> Result<Resident, GpuError> {
        let limits = self.device.limits();
        let largest = [
            cast_slice::<_, u8>(&geometry.vertices).len(),
            cast_slice::<_, u8>(&geometry.segments).len(),
            cast_slice::<_, u8>(&geometry.indices).len(),
        ];
        within("The shapes of a batch", largest.into_iter().max().unwrap_or(0), limits.max_buffer_size)?;
        let (rows, looks) = (cast_slice::<_, u8>(table), cast_slice::<_, u8>(styles));
        let max_binding = limits.max_storage_buffer_binding_size;
        within("The shapes of a batch", rows.len().max(looks.len()), max_binding)?;
        report.bytes = (largest.iter().sum::<usize>() + rows.len() + looks.len()) as u64;
        self.revisions += 1;
        let device = &self.device;
        let buffer = |label, contents, usage| {
            device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some(label),
                contents,
                usage,
            })
        };
        Ok(Resident {
            vertices: buffer("shape fills", cast_slice(&geometry.vertices), wgpu::BufferUsages::VERTEX),
            indices: buffer("shape fill indices", cast_slice(&geometry.indices), wgpu::BufferUsages::INDEX),
            segments: buffer("shape edges", cast_slice(&geometry.segments), wgpu::BufferUsages::VERTEX),
            shapes: storage(device, "shapes", rows, size_of::<Shape>()),
            styles: storage(device, "shape styles", looks, size_of::<Style>()),
            chunks: Vec::new(),
            revision: self.revisions,
            reach_px: 0.0,
            rows: Vec::new(),
            report,
        })
    }
}

fn within(what: &'static str, bytes: usize, max_bytes: u64) -> Result<(), GpuError> {
    let bytes = bytes as u64;
    if bytes > max_bytes { Err(GpuError::TooMuch { what, bytes, max_bytes }) } else { Ok(()) }
}

/// A storage buffer, which must not be empty.
fn storage(device: &wgpu::Device, label: &'static str, bytes: &[u8], row: usize) -> wgpu::Buffer {
    let nothing = vec![0xff; row];
    device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some(label),
        contents: if bytes.is_empty() { &nothing } else { bytes },
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
    })
}

fn near(ring: &[[f64; 2]], middle: [f64; 2]) -> Vec<[f32; 2]> {
    ring.iter().map(|point| [(point[0] - middle[0]) as f32, (point[1] - middle[1]) as f32]).collect()
}

/// Cuts an ordered list of shapes into chunks: each with its box and the numbers of its shapes.
fn chunks_of<'a>(shapes: &[BatchShape], order: &'a [usize]) -> Vec<(ChunkPlace, &'a [usize])> {
    let place = |shape: &BatchShape| {
        let place = place_of(std::iter::once(shape));
        ChunkPlace { largest: place.side(), ..place }
    };
    let places: Vec<ChunkPlace> = shapes.iter().map(place).collect();
    let whole = place_of(shapes.iter()).side();
    let mut sides: Vec<f64> = places.iter().map(ChunkPlace::side).collect();
    let middle = sides.len() / 2;
    let median = if sides.is_empty() { 0.0 } else { *sides.select_nth_unstable_by(middle, f64::total_cmp).1 };
    let widest = (median * CHUNK_WIDTHS).max(whole / CHUNKS_ACROSS);
    let mut chunks = Vec::with_capacity(order.len() / CHUNK_SHAPES + 1);
    let mut first = 0;
    while let Some(number) = order.get(first) {
        let mut place = places[*number].clone();
        let mut next = first + 1;
        while let Some(joined) = order.get(next).map(|number| place.joined(&places[*number])) {
            if next - first == CHUNK_SHAPES || joined.side() > widest {
                break;
            }
            place = joined;
            next += 1;
        }
        chunks.push((place, &order[first..next]));
        first = next;
    }
    chunks
}

/// The box around shapes, of what is finite in them.
fn place_of<'a>(shapes: impl Iterator<Item = &'a BatchShape>) -> ChunkPlace {
    let mut place =
        ChunkPlace { min: [f64::INFINITY; 2], max: [f64::NEG_INFINITY; 2], ..ChunkPlace::default() };
    for point in shapes.flat_map(|shape| shape.rings.iter().flatten()) {
        if point[0].is_finite() && point[1].is_finite() {
            place = place.joined(&ChunkPlace { min: *point, max: *point, ..ChunkPlace::default() });
        }
    }
    if place.min[0] > place.max[0] {
        (place.min, place.max) = ([0.0; 2], [0.0; 2]);
    }
    place
}

/// The numbers of the shapes so that neighbours in space, of like size, are neighbours in the list.
fn by_place(shapes: &[BatchShape]) -> Vec<usize> {
    let whole = place_of(shapes.iter());
    let cell = |value: f64, axis: usize| {
        let share = (value - whole.min[axis]) / (whole.max[axis] - whole.min[axis]).max(f64::MIN_POSITIVE);
        // A number that is not one becomes 0.
        (share.clamp(0.0, 1.0) * 65_535.0) as u32
    };
    let key = |shape: &BatchShape| {
        let first = shape.rings.first().and_then(|ring| ring.first()).copied().unwrap_or_default();
        let place = interleaved(cell(first[0], 0)) | interleaved(cell(first[1], 1)) << 1;
        // Large ones first, so that a camera far away passes over the rest, and a small one is drawn over a large one.
        let side = place_of(std::iter::once(shape)).side().max(f64::MIN_POSITIVE).log2();
        (-(side / 2.0).floor() as i64, place)
    };
    let mut order: Vec<usize> = (0..shapes.len()).collect();
    order.sort_by_cached_key(|number| key(&shapes[*number]));
    order
}

/// The lower 16 bits with a gap after each.
fn interleaved(bits: u32) -> u32 {
    let mut bits = bits & 0xffff;
    bits = (bits | bits << 8) & 0x00ff_00ff;
    bits = (bits | bits << 4) & 0x0f0f_0f0f;
    bits = (bits | bits << 2) & 0x3333_3333;
    (bits | bits << 1) & 0x5555_5555
}

fn reach_px(styles: &[ShapeStyle]) -> f64 {
    let reach = |style: &ShapeStyle| f64::from(style.width_px / 2.0 + style.casing_px + 1.0);
    styles.iter().map(reach).filter(|reach| reach.is_finite()).fold(1.0, f64::max)
}

/// The style as the shader wants it.
pub(crate) fn style_row(style: &ShapeStyle) -> Style {
    let width = |value: f32| if value.is_finite() { value.clamp(0.0, 1e4) } else { 0.0 };
    let width_px = width(style.width_px);
    Style {
        fill: u32::from_le_bytes(style.fill),
        outline: u32::from_le_bytes(style.outline),
        casing: u32::from_le_bytes(style.casing),
        hatch_color: u32::from_le_bytes(style.hatch_color),
        hatch: match style.hatch {
            Hatch::None => 0,
            Hatch::Diagonal => 1,
            Hatch::BackDiagonal => 2,
            Hatch::Cross => 3,
            Hatch::Horizontal => 4,
            Hatch::Vertical => 5,
            Hatch::Dots => 6,
        },
        width_px,
        casing_px: width(style.casing_px),
        dash_px: if style.dashed { (width_px * 4.0).max(4.0) } else { 0.0 },
    }
}
