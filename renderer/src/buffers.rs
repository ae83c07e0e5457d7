//! GPU buffers that grow as needed and are written only when their content changes.

use crate::{GpuError, context::Context};

/// Bytes that a buffer has at the least: more than the largest record that a shader binds.
const LEAST: u64 = 1024;

/// A buffer with a copy of its content, so that an unchanged scene sends nothing.
#[derive(Debug)]
pub(crate) struct Buffer {
    label: &'static str,
    usage: wgpu::BufferUsages,
    on_gpu: wgpu::Buffer,
    content: Vec<u8>,
}

/// Whether a write kept the buffer or made a new one, to which bind groups must be made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Same,
    New,
}

impl Buffer {
    pub(crate) fn new(device: &wgpu::Device, label: &'static str, usage: wgpu::BufferUsages) -> Self {
        let usage = usage | wgpu::BufferUsages::COPY_DST;
        Self { label, usage, on_gpu: make(device, label, usage, LEAST), content: Vec::new() }
    }

    /// Makes the buffer begin with `bytes` (a multiple of four of them).
    pub(crate) fn write(&mut self, context: &mut Context, bytes: &[u8]) -> Result<Written, GpuError> {
        if self.content == bytes {
            return Ok(Written::Same);
        }
        let mut written = Written::Same;
        let needed = bytes.len() as u64;
        if needed > self.on_gpu.size() {
            let max_bytes = context.device.limits().max_buffer_size;
            if needed > max_bytes {
                return Err(GpuError::TooMuch { what: self.label, bytes: needed, max_bytes });
            }
            let size = needed.next_power_of_two().min(max_bytes);
            self.on_gpu = make(&context.device, self.label, self.usage, size);
            written = Written::New;
        }
        context.queue.write_buffer(&self.on_gpu, 0, bytes);
        context.bytes_sent += needed;
        self.content.clear();
        self.content.extend_from_slice(bytes);
        Ok(written)
    }

    pub(crate) fn buffer(&self) -> &wgpu::Buffer {
        &self.on_gpu
    }
}

fn make(device: &wgpu::Device, label: &'static str, usage: wgpu::BufferUsages, size: u64) -> wgpu::Buffer {
    let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
    device.create_buffer(&descriptor)
}
