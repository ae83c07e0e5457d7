//! Draws of handles.

use bytemuck::{Pod, Zeroable};

use crate::{GpuError, HandleKind, HandleScene, Prepared, buffers::Buffer, context::Context};

#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct Instance {
    at_px: [f32; 2],
    form: [f32; 2],
    fill: [u8; 4],
    casing: [u8; 4],
    kind: u32,
}

/// The handles of one view.
#[derive(Debug)]
pub(crate) struct HandlesView {
    instances: Buffer,
    count: u32,
    pipeline: Option<wgpu::RenderPipeline>,
}

impl HandlesView {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let instances = Buffer::new(device, "handles", wgpu::BufferUsages::VERTEX);
        Self { instances, count: 0, pipeline: None }
    }

    pub(crate) fn prepare(
        &mut self,
        context: &mut Context,
        handles: &[HandleScene],
        prepared: &mut Prepared,
    ) -> Result<(), GpuError> {
        let instances: Vec<Instance> = handles.iter().filter_map(instance_of).collect();
        prepared.skipped += (handles.len() - instances.len()) as u32;
        self.count = instances.len() as u32;
        self.pipeline = (self.count > 0).then(|| context.pipeline(&shaders::HANDLE));
        self.instances.write(context, bytemuck::cast_slice(&instances))?;
        Ok(())
    }

    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let Some(pipeline) = &self.pipeline {
            pass.set_pipeline(pipeline);
            pass.set_vertex_buffer(0, self.instances.buffer().slice(..));
            pass.draw(0..4, 0..self.count);
        }
    }
}

fn instance_of(handle: &HandleScene) -> Option<Instance> {
    let numbers = [handle.at[0], handle.at[1], handle.size_px, handle.casing_px];
    let sane =
        numbers.iter().all(|number| number.is_finite()) && handle.size_px > 0.0 && handle.casing_px >= 0.0;
    sane.then_some(Instance {
        at_px: handle.at,
        form: [handle.size_px / 2.0, handle.casing_px],
        fill: handle.fill,
        casing: handle.casing,
        kind: match handle.kind {
            HandleKind::Vertex => 0,
            HandleKind::Midpoint | HandleKind::Point => 1,
            HandleKind::Selected => 2,
            HandleKind::Mark => 3,
        },
    })
}
