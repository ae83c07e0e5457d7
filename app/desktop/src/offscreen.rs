//! The window without a display: the same program, drawn into a picture. For screenshots, the demo, and
//! machines without a screen.

use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use egui::{Event, Pos2, RawInput, Rect, vec2};
use egui_wgpu::{RendererOptions, ScreenDescriptor};
use renderer::{Gpu, GpuPreference, RENDER_IMAGE_FORMAT, RgbaImage};

use crate::frame::{Program, Setting};
use crate::preferences::ThemeChoice;
use crate::theme::Mode;
use crate::trace::FrameTrace;

/// A picture is waited for this long, unless told otherwise.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time between two frames, as the program sees it.
const FRAME_S: f64 = 1.0 / 60.0;
/// Frames without anything under way before the picture counts as settled: layouts need two.
const QUIET_FRAMES: u32 = 4;

/// How the picture is to be.
#[derive(Clone, Debug)]
pub struct Look {
    /// Width and height in physical pixels.
    pub size_px: [u32; 2],
    /// Physical pixels per point.
    pub pixels_per_point: f32,
    pub theme: Mode,
}

impl Default for Look {
    fn default() -> Self {
        Self { size_px: [1280, 720], pixels_per_point: 1.0, theme: Mode::Dark }
    }
}

/// A window that nobody sees.
pub struct Offscreen {
    program: Program,
    ctx: egui::Context,
    painter: egui_wgpu::Renderer,
    gpu: Gpu,
    look: Look,
    time: f64,
    events: Vec<Event>,
    jobs: Vec<egui::ClippedPrimitive>,
    target: Option<wgpu::Texture>,
    patience: Duration,
}

impl std::fmt::Debug for Offscreen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offscreen").field("look", &self.look).finish_non_exhaustive()
    }
}

/// The window with these files open, as it looks when everything has arrived.
pub fn render(files: Vec<PathBuf>, look: Look, setting: Setting) -> anyhow::Result<RgbaImage> {
    let mut window = Offscreen::new(look, setting)?;
    window.program().open(files);
    window.settle()?;
    window.picture()
}

impl Offscreen {
    /// Starts the program on the best device there is.
    pub fn new(look: Look, setting: Setting) -> anyhow::Result<Self> {
        let gpu = Gpu::headless(&GpuPreference::Fastest)?;
        let max = gpu.device.limits().max_texture_dimension_2d;
        let [width, height] = look.size_px;
        ensure!(
            (1..=max).contains(&width) && (1..=max).contains(&height),
            "a picture of {width} × {height} pixels cannot be drawn; this device draws up to {max} × {max}"
        );
        let ctx = egui::Context::default();
        let options = RendererOptions { dithering: false, ..RendererOptions::default() };
        let painter = egui_wgpu::Renderer::new(&gpu.device, RENDER_IMAGE_FORMAT, options);
        let mut program = Program::new(&ctx, gpu.clone(), RENDER_IMAGE_FORMAT, setting)?;
        program.state.preferences.theme = match look.theme {
            Mode::Dark => ThemeChoice::Dark,
            Mode::Light => ThemeChoice::Light,
        };
        program.state.preferences.reduce_motion = true;
        program.dress();
        let (events, jobs) = (Vec::new(), Vec::new());
        Ok(Self {
            program,
            ctx,
            painter,
            gpu,
            look,
            time: 0.0,
            events,
            jobs,
            target: None,
            patience: PATIENCE,
        })
    }

    /// The program behind the window.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// The program behind the window, to be closed.
    pub fn into_program(self) -> Program {
        self.program
    }

    /// How long [`Offscreen::settle`] waits, instead of a minute.
    pub fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// What the next frame is to receive.
    pub fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    /// The pointer, in points.
    pub fn pointer(&mut self, at: Pos2) {
        self.event(Event::PointerMoved(at));
    }

    /// Runs one frame.
    pub fn step(&mut self) {
        self.step_by(Program::frame);
    }

    /// Runs one frame, and draws over it.
    pub fn step_over(&mut self, over: impl FnOnce(&egui::Context)) {
        let mut over = Some(over);
        self.step_by(|program, ui| {
            program.frame(ui);
            if let Some(over) = over.take() {
                over(ui.ctx());
            }
        });
    }

    /// Runs one frame and says what each of its steps cost.
    pub fn step_traced(&mut self) -> FrameTrace {
        let mut trace = FrameTrace::default();
        self.step_by(|program, ui| trace = program.frame_traced(ui));
        trace
    }

    fn step_by(&mut self, mut frame: impl FnMut(&mut Program, &mut egui::Ui)) {
        let [width, height] = self.look.size_px;
        let size = vec2(width as f32, height as f32) / self.look.pixels_per_point;
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
            max_texture_side: Some(self.gpu.device.limits().max_texture_dimension_2d as usize),
            time: Some(self.time),
            predicted_dt: FRAME_S as f32,
            events: std::mem::take(&mut self.events),
            focused: true,
            ..RawInput::default()
        };
        if let Some(viewport) = input.viewports.get_mut(&egui::ViewportId::ROOT) {
            viewport.native_pixels_per_point = Some(self.look.pixels_per_point);
        }
        self.time += FRAME_S;
        let program = &mut self.program;
        let mut output = self.ctx.run_ui(input, |ui| frame(program, ui));
        let (device, queue) = (&self.gpu.device, &self.gpu.queue);
        for (id, deltas) in output.textures_delta.set.drain() {
            for delta in deltas {
                self.painter.update_texture(device, queue, id, &delta);
            }
        }
        for id in output.textures_delta.free.drain() {
            self.painter.free_texture(&id);
        }
        self.jobs = self.ctx.tessellate(output.shapes, output.pixels_per_point);
    }

    /// Runs frames until nothing is under way any more.
    pub fn settle(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut quiet = 0;
        while quiet < QUIET_FRAMES {
            self.step();
            if self.program.is_busy() {
                quiet = 0;
                // Jobs need the processor more than empty frames do.
                std::thread::sleep(Duration::from_millis(4));
            } else {
                quiet += 1;
            }
            if start.elapsed() > self.patience {
                bail!("the picture did not settle within {} seconds", self.patience.as_secs());
            }
        }
        Ok(())
    }

    /// The window as the last frame left it.
    pub fn picture(&mut self) -> anyhow::Result<RgbaImage> {
        let texture = self.target();
        let (mut commands, mut encoder) = self.commands(&texture);
        let [width, height] = self.look.size_px;
        let row_bytes = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("window bytes"),
            size: u64::from(row_bytes) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let layout =
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row_bytes), rows_per_image: None };
        let target = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
        encoder.copy_texture_to_buffer(texture.as_image_copy(), target, texture.size());
        commands.push(encoder.finish());
        self.gpu.queue.submit(commands);
        let padded = self.read_back(&buffer)?;
        let rows = padded.chunks_exact(row_bytes as usize);
        let mut pixels: Vec<u8> = rows.flat_map(|row| &row[..width as usize * 4]).copied().collect();
        // The window covers everything; what blending left in alpha is of no meaning.
        pixels.iter_mut().skip(3).step_by(4).for_each(|alpha| *alpha = 255);
        Ok(RgbaImage { width, height, pixels })
    }

    /// Hands the last frame to the device as a window does, without reading it back. [`Offscreen::wait`] waits
    /// for it.
    pub fn submit(&mut self) {
        let texture = self.target();
        let (mut commands, encoder) = self.commands(&texture);
        commands.push(encoder.finish());
        self.gpu.queue.submit(commands);
    }

    /// Waits until the device has drawn everything.
    pub fn wait(&self) -> anyhow::Result<()> {
        self.gpu.device.poll(wgpu::PollType::wait_indefinitely()).context("the device was lost")?;
        Ok(self.gpu.check()?)
    }

    fn target(&mut self) -> wgpu::Texture {
        let [width, height] = self.look.size_px;
        let made = self.target.get_or_insert_with(|| {
            self.gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: Some("window"),
                size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: RENDER_IMAGE_FORMAT,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
                view_formats: &[],
            })
        });
        made.clone()
    }

    /// What draws the last frame; the encoder is the last of the commands.
    fn commands(&mut self, texture: &wgpu::Texture) -> (Vec<wgpu::CommandBuffer>, wgpu::CommandEncoder) {
        let (device, queue) = (&self.gpu.device, &self.gpu.queue);
        let screen = ScreenDescriptor {
            size_in_pixels: self.look.size_px,
            pixels_per_point: self.look.pixels_per_point,
        };
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let before = self.painter.update_buffers(device, queue, &mut encoder, &self.jobs, &screen);
        self.paint(&mut encoder, texture, &screen);
        (before, encoder)
    }

    fn paint(&self, encoder: &mut wgpu::CommandEncoder, texture: &wgpu::Texture, screen: &ScreenDescriptor) {
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let [r, g, b, a] = self.program.ground().map(f64::from);
        let attachment = wgpu::RenderPassColorAttachment {
            view: &view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a }),
                store: wgpu::StoreOp::Store,
            },
        };
        let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("window"),
            color_attachments: &[Some(attachment)],
            ..Default::default()
        });
        self.painter.render(&mut pass.forget_lifetime(), &self.jobs, screen);
    }

    fn read_back(&self, buffer: &wgpu::Buffer) -> anyhow::Result<Vec<u8>> {
        let (tell, told) = sync_channel(1);
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver waits below; it is gone only when this function has failed already.
            let _ = tell.send(result);
        });
        self.gpu.device.poll(wgpu::PollType::wait_indefinitely()).context("the device was lost")?;
        self.gpu.check()?;
        told.recv().context("the picture never came back")?.context("the picture cannot be read")?;
        let bytes = buffer.get_mapped_range(..).context("the picture cannot be read")?.to_vec();
        buffer.unmap();
        Ok(bytes)
    }
}
