//! A device with its kernels, and the few things that all work on it is made of.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use renderer::wgpu;
use renderer::{Gpu, GpuDescription, GpuError};
use shaders::{Access, Kernel, Stored};

use crate::error::ComputeError;
use crate::preference::Preference;

/// How long nothing may come back.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at whether something is done.
const PAUSE: Duration = Duration::from_micros(100);

/// How much goes to the device at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measures {
    /// Slices under way at once.
    pub(crate) slots: usize,
    /// Bytes of samples of a slice that is counted, and of one of which a product is made.
    pub(crate) counted_bytes: usize,
    pub(crate) mapped_bytes: usize,
    /// Products of a sample and a weight in a slice, about: a few milliseconds of a small GPU.
    pub(crate) products: usize,
    /// Samples after which counts are fetched, before one could pass the largest number of 32 bits.
    pub(crate) fetched_after: u64,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            slots: 4,
            counted_bytes: 4 << 20,
            mapped_bytes: 16 << 20,
            products: 1 << 29,
            fetched_after: 1 << 31,
        }
    }
}

/// Kernels that were made, by name and kind of samples.
type Kernels = HashMap<(&'static str, Stored), Arc<Made>>;

/// A device that computes. Clones share it and its kernels.
#[derive(Clone, Debug)]
pub struct Compute {
    pub(crate) gpu: Gpu,
    pub(crate) measures: Measures,
    name: String,
    software: bool,
    kernels: Arc<Mutex<Kernels>>,
}

/// A kernel on the device.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

impl Compute {
    /// On this device, whatever it is.
    pub fn new(gpu: &Gpu) -> Self {
        let GpuDescription { name, software, .. } = gpu.describe();
        let (gpu, measures) = (gpu.clone(), Measures::default());
        Self { gpu, measures, name, software, kernels: Arc::default() }
    }

    /// On this device where it is wanted.
    pub fn wanted(gpu: &Gpu, preference: Preference) -> Option<Self> {
        preference.takes(gpu.describe().software).then(|| Self::new(gpu))
    }

    /// The name of the adapter.
    pub fn adapter(&self) -> &str {
        &self.name
    }

    /// Whether the adapter is a program on the processor.
    pub(crate) fn is_software(&self) -> bool {
        self.software
    }

    /// Bytes of the largest buffer that a kernel takes.
    pub(crate) fn most_bytes(&self) -> u64 {
        let limits = self.gpu.device.limits();
        limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
    }

    /// Refuses what does not fit one buffer.
    pub(crate) fn fits(&self, what: &'static str, needed: u64) -> Result<(), ComputeError> {
        let most = self.most_bytes();
        if needed <= most { Ok(()) } else { Err(ComputeError::TooLarge { what, needed, most }) }
    }

    pub(crate) fn kernel(&self, kernel: &'static Kernel, stored: Stored) -> Result<Arc<Made>, ComputeError> {
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = kernels.get(&(kernel.name, stored)) {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(self.gpu.watched(|| self.make(kernel, stored))?);
        kernels.insert((kernel.name, stored), Arc::clone(&made));
        Ok(made)
    }

    fn make(&self, kernel: &Kernel, stored: Stored) -> Made {
        let device = &self.gpu.device;
        let entry = |(access, binding): (&Access, u32)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Storage { read_only: *access == Access::Read },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let entries: Vec<_> = kernel.buffers.iter().zip(0..).map(entry).collect();
        let label = Some(kernel.name);
        let layout =
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label,
            source: wgpu::ShaderSource::Wgsl(kernel.source(stored).into()),
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label,
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(kernel.name),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        Made { pipeline, layout }
    }

    /// A buffer that kernels read or write, of whole words and never empty.
    pub(crate) fn buffer(&self, bytes: u64) -> wgpu::Buffer {
        use wgpu::BufferUsages as Use;
        self.made(bytes, Use::STORAGE | Use::COPY_DST | Use::COPY_SRC)
    }

    /// A buffer that results are fetched through.
    pub(crate) fn fetched(&self, bytes: u64) -> wgpu::Buffer {
        self.made(bytes, wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ)
    }

    /// A buffer with what kernels only read.
    pub(crate) fn filled(&self, bytes: &[u8]) -> wgpu::Buffer {
        let buffer = self.buffer(bytes.len() as u64);
        self.write(&buffer, bytes);
        buffer
    }

    fn made(&self, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let size = bytes.next_multiple_of(4).max(16);
        self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("compute"),
            size,
            usage,
            mapped_at_creation: false,
        })
    }

    /// Writes to the start of a buffer; the last word is filled up.
    pub(crate) fn write(&self, buffer: &wgpu::Buffer, bytes: &[u8]) {
        let whole = bytes.len() & !3;
        if whole > 0 {
            self.gpu.queue.write_buffer(buffer, 0, &bytes[..whole]);
        }
        if whole < bytes.len() {
            let mut last = [0; 4];
            last[..bytes.len() - whole].copy_from_slice(&bytes[whole..]);
            self.gpu.queue.write_buffer(buffer, whole as u64, &last);
        }
    }

    /// Buffers at bindings 0, 1, 2 …
    pub(crate) fn bind(&self, made: &Made, buffers: &[&wgpu::Buffer]) -> wgpu::BindGroup {
        let entries: Vec<_> = buffers
            .iter()
            .zip(0..)
            .map(|(buffer, binding)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let layout = &made.layout;
        self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout,
            entries: &entries,
        })
    }

    /// Starts a kernel; more commands may follow in the same encoder.
    pub(crate) fn dispatch(
        &self,
        made: &Made,
        bound: &wgpu::BindGroup,
        [x, y]: [u32; 2],
    ) -> wgpu::CommandEncoder {
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&made.pipeline);
        pass.set_bind_group(0, bound, &[]);
        pass.dispatch_workgroups(x, y, 1);
        drop(pass);
        encoder
    }

    /// The first bytes of a buffer for fetching, as soon as all that was submitted is done.
    pub(crate) fn fetch(&self, buffer: &wgpu::Buffer, bytes: usize) -> Result<Vec<u8>, ComputeError> {
        let size = (bytes as u64).next_multiple_of(4).max(4);
        let (sender, receiver) = mpsc::sync_channel(1);
        buffer.slice(..size).map_async(wgpu::MapMode::Read, move |result| {
            // The receiver waits below; it is gone only when nobody wants the answer any more.
            let _ = sender.try_send(result);
        });
        let lost = |why: String| ComputeError::Gpu(GpuError::Lost(why));
        self.wait(|| receiver.try_recv().ok())?.map_err(|error| lost(error.to_string()))?;
        let mapped = buffer.slice(..size).get_mapped_range().map_err(|error| lost(error.to_string()))?;
        let found = mapped[..bytes].to_vec();
        drop(mapped);
        buffer.unmap();
        Ok(found)
    }

    /// Asks until something is there.
    pub(crate) fn wait<T>(&self, mut ask: impl FnMut() -> Option<T>) -> Result<T, ComputeError> {
        let since = Instant::now();
        loop {
            if let Some(found) = ask() {
                return Ok(found);
            }
            let polled = self.gpu.device.poll(wgpu::PollType::Poll);
            polled.map_err(|error| GpuError::Lost(error.to_string()))?;
            if let Some(found) = ask() {
                return Ok(found);
            }
            if since.elapsed() > PATIENCE {
                return Err(ComputeError::Silent { seconds: PATIENCE.as_secs() });
            }
            std::thread::sleep(PAUSE);
        }
    }
}
