//! What every part of the renderer needs from the device.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use shaders::Pass;

use crate::{
    Colormap, Gpu, GpuError, Palette,
    pipelines::{GroupLayouts, Pipelines},
};

/// Palettes that are kept on the GPU.
const KEPT_PALETTES: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// The device, the layouts and the pipelines made so far.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) layouts: GroupLayouts,
    pub(crate) colormaps: wgpu::TextureView,
    palettes: LruCache<Arc<Palette>, wgpu::TextureView>,
    /// Bytes that buffers have sent to the GPU.
    pub(crate) bytes_sent: u64,
    pipelines: Pipelines,
}

impl Context {
    pub(crate) fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Result<Self, GpuError> {
        let colors: Vec<[u8; 4]> =
            Colormap::ALL.iter().flat_map(|map| map.colors()).map(|[r, g, b]| [*r, *g, *b, 255]).collect();
        Ok(Self {
            device: gpu.device.clone(),
            queue: gpu.queue.clone(),
            layouts: GroupLayouts::new(&gpu.device),
            colormaps: color_table(&gpu.device, &gpu.queue, "colour maps", &colors),
            palettes: LruCache::new(KEPT_PALETTES),
            bytes_sent: 0,
            pipelines: Pipelines::new(format)?,
        })
    }

    pub(crate) fn pipeline(&mut self, pass: &'static Pass) -> wgpu::RenderPipeline {
        self.pipelines.get(&self.device, &self.layouts, pass)
    }

    pub(crate) fn formula_pipeline(&mut self, pass: &'static Pass, formula: &str) -> wgpu::RenderPipeline {
        self.pipelines.of_formula(&self.device, &self.layouts, pass, formula)
    }

    /// The table of a palette: a colour for each number, 256 to a row.
    pub(crate) fn palette(&mut self, palette: &Arc<Palette>) -> wgpu::TextureView {
        let (device, queue) = (&self.device, &self.queue);
        let make = || color_table(device, queue, "classes", palette.colors());
        self.palettes.get_or_insert(Arc::clone(palette), make).clone()
    }
}

/// Colours in rows of 256; those that are wanting in the last are transparent.
fn color_table(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    label: &'static str,
    colors: &[[u8; 4]],
) -> wgpu::TextureView {
    let height = colors.len().div_ceil(256).max(1);
    let mut texels = colors.as_flattened().to_vec();
    texels.resize(height * 256 * 4, 0);
    let size = wgpu::Extent3d { width: 256, height: height as u32, depth_or_array_layers: 1 };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let layout =
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(256 * 4), rows_per_image: None };
    queue.write_texture(texture.as_image_copy(), &texels, layout, size);
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}
