//! Draws of labels.

use bytemuck::{Pod, Zeroable};
use shaders::Group;

use crate::{
    Anchor, GpuError, LabelScene, Prepared,
    buffers::Buffer,
    context::Context,
    glyphs::{Atlas, Block, Full},
};

#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct Instance {
    at_px: [f32; 2],
    size_px: [f32; 2],
    texel: [f32; 2],
    color: [u8; 4],
    halo: [u8; 4],
}

/// The labels of one view; set anew only when they change.
#[derive(Debug)]
pub(crate) struct LabelsView {
    before: Vec<LabelScene>,
    generation: u64,
    skipped: u32,
    instances: Buffer,
    count: u32,
    bound: Option<wgpu::BindGroup>,
    pipelines: Vec<wgpu::RenderPipeline>,
}

impl LabelsView {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        Self {
            before: Vec::new(),
            generation: u64::MAX,
            skipped: 0,
            instances: Buffer::new(device, "letters", wgpu::BufferUsages::VERTEX),
            count: 0,
            bound: None,
            pipelines: Vec::new(),
        }
    }

    pub(crate) fn prepare(
        &mut self,
        context: &mut Context,
        atlas: &mut Atlas,
        labels: &[LabelScene],
        prepared: &mut Prepared,
    ) -> Result<(), GpuError> {
        if self.before != labels || self.generation != atlas.generation() {
            self.rebuild(context, atlas, labels)?;
        }
        prepared.skipped += self.skipped;
        Ok(())
    }

    fn rebuild(
        &mut self,
        context: &mut Context,
        atlas: &mut Atlas,
        labels: &[LabelScene],
    ) -> Result<(), GpuError> {
        let (device, queue) = (context.device.clone(), context.queue.clone());
        let mut instances = Vec::new();
        let mut is_new = atlas.is_empty();
        loop {
            instances.clear();
            self.skipped = 0;
            let full = labels.iter().any(|label| match set(atlas, &device, &queue, label) {
                Ok(Some(block)) => {
                    instances.extend(letters(label, &block));
                    false
                }
                Ok(None) => {
                    self.skipped += 1;
                    false
                }
                Err(Full) => true,
            });
            if !full {
                break;
            }
            // At first only letters that are no longer shown have to go.
            if is_new && !atlas.grow(&device) {
                break;
            }
            if !is_new {
                atlas.clear();
                is_new = true;
            }
        }
        self.count = instances.len() as u32;
        self.instances.write(context, bytemuck::cast_slice(&instances))?;
        self.bound = atlas.texture().map(|texture| {
            let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
            context.layouts.bind(&device, Group::Glyphs, &[wgpu::BindingResource::TextureView(&view)])
        });
        if self.count > 0 && self.pipelines.is_empty() {
            self.pipelines = [&shaders::HALO, &shaders::GLYPH].map(|pass| context.pipeline(pass)).to_vec();
        }
        self.before = labels.to_vec();
        self.generation = atlas.generation();
        Ok(())
    }

    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        let (Some(group), true) = (&self.bound, self.count > 0) else { return };
        pass.set_bind_group(1, group, &[]);
        pass.set_vertex_buffer(0, self.instances.buffer().slice(..));
        for pipeline in &self.pipelines {
            pass.set_pipeline(pipeline);
            pass.draw(0..4, 0..self.count);
        }
    }
}

/// The label's letters; `None` when it cannot be set.
fn set(
    atlas: &mut Atlas,
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    label: &LabelScene,
) -> Result<Option<Block>, Full> {
    let sane = label.at.iter().all(|at| at.is_finite() && at.abs() < 1e6);
    if sane { atlas.set(device, queue, &label.text, label.size_px) } else { Ok(None) }
}

fn letters(label: &LabelScene, block: &Block) -> impl Iterator<Item = Instance> {
    let [width, height] = block.size;
    let gap = (label.size_px * 0.35).round();
    let [dx, dy] = match label.anchor {
        Anchor::Center => [-width / 2.0, -height / 2.0],
        Anchor::Left => [gap, -height / 2.0],
        Anchor::Right => [-width - gap, -height / 2.0],
        Anchor::Top => [-width / 2.0, gap],
        Anchor::Bottom => [-width / 2.0, -height - gap],
    };
    // Whole pixels keep letters crisp.
    let corner = [(label.at[0] + dx).round(), (label.at[1] + dy).round()];
    block.letters.iter().map(move |letter| Instance {
        at_px: [corner[0] + letter.at[0] as f32, corner[1] + letter.at[1] as f32],
        size_px: letter.slot.size.map(|side| side as f32),
        texel: letter.slot.origin.map(|side| side as f32),
        color: label.color,
        halo: label.halo,
    })
}
