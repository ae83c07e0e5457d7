//! What every part of the renderer needs from the device.

use shaders::Pass;

use crate::{
    Colormap, Gpu, GpuError,
    pipelines::{GroupLayouts, Pipelines},
};

/// The device, the layouts and the pipelines made so far.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) layouts: GroupLayouts,
    pub(crate) colormaps: wgpu::TextureView,
    /// Bytes that buffers have sent to the GPU.
    pub(crate) bytes_sent: u64,
    pipelines: Pipelines,
}

impl Context {
    pub(crate) fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Result<Self, GpuError> {
        Ok(Self {
            device: gpu.device.clone(),
            queue: gpu.queue.clone(),
            layouts: GroupLayouts::new(&gpu.device),
            colormaps: colormap_table(&gpu.device, &gpu.queue),
            bytes_sent: 0,
            pipelines: Pipelines::new(format)?,
        })
    }

    pub(crate) fn pipeline(&mut self, pass: &'static Pass) -> wgpu::RenderPipeline {
        self.pipelines.get(&self.device, &self.layouts, pass)
    }
}

/// A row of 256 colours for each colour map.
fn colormap_table(device: &wgpu::Device, queue: &wgpu::Queue) -> wgpu::TextureView {
    let texels: Vec<u8> =
        Colormap::ALL.iter().flat_map(|map| map.colors()).flat_map(|[r, g, b]| [r, g, b, 255]).collect();
    let size = wgpu::Extent3d { width: 256, height: Colormap::ALL.len() as u32, depth_or_array_layers: 1 };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("colour maps"),
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
