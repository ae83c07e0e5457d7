//! From scenes to draws.

use std::collections::HashMap;

use shaders::{Frame, Group};

use crate::{
    Batches, Gpu, GpuError, Scene, TileTextures,
    buffers::Buffer,
    context::Context,
    coverage::{CoverageCells, CoverageView},
    glyphs::Atlas,
    handles::HandlesView,
    labels::LabelsView,
    outlines::{BatchesView, ShapesView},
    raster::RasterView,
};

/// One of the pictures that are on screen at the same time: the map, a minimap, the cells of a review card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ViewId(pub u32);

impl ViewId {
    /// The map of the window, or the only picture there is.
    pub const MAIN: Self = Self(0);
}

/// What became of a scene's parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Tiles that are drawn.
    pub tiles: u32,
    /// Tiles that are not drawn because they are not resident.
    pub missing_tiles: u32,
    /// Batches that are not drawn because they are not resident.
    pub missing_batches: u32,
    /// Cells of coverage that are not drawn because neither they nor any that could stand in are resident.
    pub missing_coverage: u32,
    /// Parts that make no sense (not finite, empty, too few points; labels without a font) and are not drawn.
    pub skipped: u32,
    /// Bytes that had to be sent to the GPU; 0 when nothing has changed.
    pub bytes_sent: u64,
}

/// Draws scenes. Keeps tiles, batches, glyphs and pipelines from frame to frame.
#[derive(Debug)]
pub struct Renderer {
    context: Context,
    tiles: TileTextures,
    coverage: CoverageCells,
    batches: Batches,
    atlas: Atlas,
    views: HashMap<ViewId, View>,
    tick: u64,
}

/// A view that was not prepared for so many preparations of others no longer protects its tiles.
const STALE_AFTER: u64 = 32;

/// One view's buffers and draws.
#[derive(Debug)]
struct View {
    tick: u64,
    visible: bool,
    frame: Buffer,
    frame_group: wgpu::BindGroup,
    background: Option<wgpu::RenderPipeline>,
    raster: RasterView,
    coverage: CoverageView,
    batches: BatchesView,
    shapes: ShapesView,
    handles: HandlesView,
    labels: LabelsView,
}

impl Renderer {
    /// The budget for tiles until [`TileTextures::set_budget`] says otherwise: 512 MiB.
    pub const TILE_BUDGET: u64 = 512 << 20;

    /// A renderer for targets of one format: `Rgba8Unorm` and `Bgra8Unorm` (what egui prefers too) are exact
    /// and blend in display-referred colours like egui; their `Srgb` kin work, but blend in linear light.
    pub fn new(gpu: &Gpu, target_format: wgpu::TextureFormat) -> Result<Self, GpuError> {
        let context = Context::new(gpu, target_format)?;
        let tiles = TileTextures::new(&gpu.device, &gpu.queue, &context.layouts, Self::TILE_BUDGET);
        let coverage = CoverageCells::new(&gpu.device, &gpu.queue);
        let batches = Batches::new(&gpu.device, &gpu.queue);
        let (atlas, views) = (Atlas::new(), HashMap::new());
        Ok(Self { context, tiles, coverage, batches, atlas, views, tick: 0 })
    }

    /// The tiles on the GPU.
    pub fn tiles(&self) -> &TileTextures {
        &self.tiles
    }

    /// The tiles on the GPU, to send and drop some.
    pub fn tiles_mut(&mut self) -> &mut TileTextures {
        &mut self.tiles
    }

    /// The cells of coverage on the GPU.
    pub fn coverage(&self) -> &CoverageCells {
        &self.coverage
    }

    /// The cells of coverage on the GPU, to send and drop some.
    pub fn coverage_mut(&mut self) -> &mut CoverageCells {
        &mut self.coverage
    }

    /// The batches of shapes on the GPU.
    pub fn batches(&self) -> &Batches {
        &self.batches
    }

    /// The batches of shapes on the GPU, to send, restyle and drop some.
    pub fn batches_mut(&mut self) -> &mut Batches {
        &mut self.batches
    }

    /// The font of labels, as the bytes of a TrueType or OpenType file. Without one no label is drawn.
    pub fn set_font(&mut self, bytes: &[u8]) -> Result<(), GpuError> {
        self.atlas.set_font(bytes)
    }

    /// Sends to the GPU what has changed since the view was last prepared, and notes what to draw.
    pub fn prepare(&mut self, id: ViewId, scene: &Scene) -> Result<Prepared, GpuError> {
        self.tick += 1;
        let tick = self.tick;
        self.views.retain(|_, view| view.tick + STALE_AFTER >= tick);
        let context = &mut self.context;
        let view = self.views.entry(id).or_insert_with(|| View::new(context));
        view.tick = tick;
        let protected_since = self.views.values().map(|view| view.tick).min().unwrap_or(tick);
        self.tiles.begin(tick, protected_since);
        self.tiles.join_borders();
        let mut prepared = Prepared::default();
        let sent_before = context.bytes_sent;
        if let Some(view) = self.views.get_mut(&id) {
            view.prepare_tiles(context, &mut self.tiles, scene, &mut prepared)?;
            let coverage = scene.coverage.as_ref();
            view.coverage.prepare(context, &mut self.coverage, coverage, &mut prepared)?;
            view.prepare_drawings(context, &self.batches, &mut self.atlas, scene, &mut prepared)?;
        }
        prepared.bytes_sent = context.bytes_sent - sent_before;
        Ok(prepared)
    }

    /// Draws a prepared view into a pass whose viewport is the view's rectangle; nothing if it is unknown.
    pub fn paint(&self, id: ViewId, pass: &mut wgpu::RenderPass<'_>) {
        if let Some(view) = self.views.get(&id).filter(|view| view.visible) {
            view.paint(pass);
        }
    }

    /// Drops what is kept for a view that is no longer shown.
    pub fn forget_view(&mut self, id: ViewId) {
        self.views.remove(&id);
    }
}

impl View {
    fn new(context: &Context) -> Self {
        let device = &context.device;
        let frame = Buffer::new(device, "frame", wgpu::BufferUsages::UNIFORM);
        let frame_group = context.layouts.bind(device, Group::Frame, &[frame.buffer().as_entire_binding()]);
        Self {
            tick: 0,
            visible: false,
            frame,
            frame_group,
            background: None,
            raster: RasterView::new(device),
            coverage: CoverageView::new(device),
            batches: BatchesView::default(),
            shapes: ShapesView::new(device),
            handles: HandlesView::new(device),
            labels: LabelsView::new(device),
        }
    }

    fn prepare_tiles(
        &mut self,
        context: &mut Context,
        tiles: &mut TileTextures,
        scene: &Scene,
        prepared: &mut Prepared,
    ) -> Result<(), GpuError> {
        self.visible = scene.size_px.iter().all(|side| *side > 0);
        let frame = frame_of(scene);
        self.frame.write(context, bytemuck::bytes_of(&frame))?;
        self.background = (scene.background[3] > 0).then(|| context.pipeline(&shaders::BACKGROUND));
        self.raster.prepare(context, tiles, &scene.layers, prepared)
    }

    fn prepare_drawings(
        &mut self,
        context: &mut Context,
        batches: &Batches,
        atlas: &mut Atlas,
        scene: &Scene,
        prepared: &mut Prepared,
    ) -> Result<(), GpuError> {
        self.batches.prepare(context, batches, &scene.batches, prepared)?;
        self.shapes.prepare(context, &scene.shapes, prepared)?;
        self.handles.prepare(context, &scene.handles, prepared)?;
        self.labels.prepare(context, atlas, &scene.labels, prepared)
    }

    fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_bind_group(0, &self.frame_group, &[]);
        if let Some(background) = &self.background {
            pass.set_pipeline(background);
            pass.draw(0..3, 0..1);
        }
        self.raster.paint(pass);
        self.coverage.paint(pass);
        self.batches.paint(pass);
        self.shapes.paint(pass);
        self.handles.paint(pass);
        self.labels.paint(pass);
    }
}

fn frame_of(scene: &Scene) -> Frame {
    let finite = |value: f32, otherwise: f32| if value.is_finite() { value } else { otherwise };
    Frame {
        size_px: scene.size_px.map(|side| side.max(1) as f32),
        anchor_px: scene.anchor_px.map(|at| finite(at, 0.0)),
        background: scene.background.map(|byte| f32::from(byte) / 255.0),
        pixels_per_point: finite(scene.pixels_per_point, 1.0).clamp(0.25, 16.0),
        padding_a: 0.0,
        padding_b: 0.0,
        padding_c: 0.0,
    }
}
