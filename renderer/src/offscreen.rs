//! Pictures without a window.

use crate::{Gpu, GpuError, Renderer, Scene, ViewId};

/// A picture in memory: RGBA bytes with straight alpha, row by row from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RgbaImage {
    /// Size in pixels.
    pub width: u32,
    pub height: u32,
    /// `width * height * 4` bytes.
    pub pixels: Vec<u8>,
}

impl RgbaImage {
    /// The colour of a pixel; `None` outside.
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 4]> {
        let first = (y as usize * self.width as usize + x as usize) * 4;
        let inside = x < self.width && y < self.height;
        self.pixels.get(first..first + 4).filter(|_| inside).and_then(|bytes| bytes.try_into().ok())
    }
}

/// The view that [`render_image`] uses, apart from those on screen.
const OFFSCREEN: ViewId = ViewId(u32::MAX);

/// Draws a scene into memory by the same code as on screen. The renderer must be one for
/// [`RENDER_IMAGE_FORMAT`]; where the scene is transparent, so is the picture.
pub fn render_image(gpu: &Gpu, renderer: &mut Renderer, scene: &Scene) -> Result<RgbaImage, GpuError> {
    let [width, height] = scene.size_px;
    let max_side = gpu.device.limits().max_texture_dimension_2d;
    if width == 0 || height == 0 || width > max_side || height > max_side {
        return Err(GpuError::PictureSize { width, height, max_side });
    }
    let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
    let row_bytes = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let bytes = u64::from(row_bytes) * u64::from(height);
    let max_bytes = gpu.device.limits().max_buffer_size;
    if bytes > max_bytes {
        return Err(GpuError::TooMuch { what: "The pixels of the picture", bytes, max_bytes });
    }
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("picture"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: RENDER_IMAGE_FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("picture bytes"),
        size: bytes,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    renderer.prepare(OFFSCREEN, scene)?;
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
    paint_cleared(renderer, &mut encoder, &view);
    let layout =
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row_bytes), rows_per_image: None };
    let target = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
    encoder.copy_texture_to_buffer(texture.as_image_copy(), target, size);
    gpu.queue.submit([encoder.finish()]);
    renderer.forget_view(OFFSCREEN);
    let padded = read_back(gpu, &buffer)?;
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 4);
    for row in padded.chunks_exact(row_bytes as usize) {
        pixels.extend_from_slice(&row[..width as usize * 4]);
    }
    straighten(&mut pixels);
    Ok(RgbaImage { width, height, pixels })
}

/// The pixel format of [`render_image`].
pub const RENDER_IMAGE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

fn paint_cleared(renderer: &Renderer, encoder: &mut wgpu::CommandEncoder, view: &wgpu::TextureView) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("picture"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                store: wgpu::StoreOp::Store,
            },
        })],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    renderer.paint(OFFSCREEN, &mut pass);
}

fn read_back(gpu: &Gpu, buffer: &wgpu::Buffer) -> Result<Vec<u8>, GpuError> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    buffer.map_async(wgpu::MapMode::Read, .., move |result| {
        // The receiver waits below; it is gone only when this function has already failed.
        let _ = sender.send(result);
    });
    gpu.device
        .poll(wgpu::PollType::wait_indefinitely())
        .map_err(|error| GpuError::Lost(error.to_string()))?;
    gpu.check()?;
    match receiver.recv() {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(GpuError::Lost(error.to_string())),
        Err(_) => return Err(GpuError::Lost("the picture never came back".to_owned())),
    }
    let mapped = buffer.get_mapped_range(..);
    let bytes = mapped.map_err(|error| GpuError::Lost(error.to_string()))?.to_vec();
    buffer.unmap();
    Ok(bytes)
}

/// Straight alpha from premultiplied.
fn straighten(pixels: &mut [u8]) {
    for pixel in pixels.as_chunks_mut::<4>().0 {
        let alpha = u32::from(pixel[3]);
        if alpha == 0 || alpha == 255 {
            continue;
        }
        for channel in &mut pixel[..3] {
            *channel = ((u32::from(*channel) * 255 + alpha / 2) / alpha).min(255) as u8;
        }
    }
}
