//! Bind group layouts and render pipelines, made from the table of passes when first needed.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use lru::LruCache;
use shaders::{Attribute, Group, Pass, Stream};

use crate::GpuError;

/// The layouts of every kind of bind group.
#[derive(Clone, Debug)]
pub(crate) struct GroupLayouts {
    by_group: HashMap<Group, wgpu::BindGroupLayout>,
}

impl GroupLayouts {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        use Group::{Coverage, FloatTile, Frame, Glyphs, Layer, Shapes, SignedTile, UnsignedTile};
        let all = [Frame, Layer, UnsignedTile, SignedTile, FloatTile, Shapes, Glyphs, Coverage];
        let by_group = all.into_iter().map(|group| {
            let entries: Vec<_> = bindings(group).into_iter().zip(0..).map(|(ty, n)| entry(n, ty)).collect();
            let descriptor = wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries };
            (group, device.create_bind_group_layout(&descriptor))
        });
        Self { by_group: by_group.collect() }
    }

    pub(crate) fn get(&self, group: Group) -> &wgpu::BindGroupLayout {
        &self.by_group[&group]
    }

    /// A bind group with its resources at bindings 0, 1, 2 …
    pub(crate) fn bind(
        &self,
        device: &wgpu::Device,
        group: Group,
        resources: &[wgpu::BindingResource<'_>],
    ) -> wgpu::BindGroup {
        let entries: Vec<_> = resources
            .iter()
            .zip(0..)
            .map(|(resource, binding)| wgpu::BindGroupEntry { binding, resource: resource.clone() })
            .collect();
        let layout = self.get(group);
        device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
    }
}

fn entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    let visibility = match ty {
        wgpu::BindingType::Texture { .. } | wgpu::BindingType::Sampler(_) => wgpu::ShaderStages::FRAGMENT,
        _ => wgpu::ShaderStages::VERTEX_FRAGMENT,
    };
    wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None }
}

fn bindings(group: Group) -> Vec<wgpu::BindingType> {
    use wgpu::{BufferBindingType, TextureSampleType as Sample, TextureViewDimension as Dimension};
    let buffer =
        |ty, has_dynamic_offset| wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None };
    let texture = |sample_type, view_dimension| wgpu::BindingType::Texture {
        sample_type,
        view_dimension,
        multisampled: false,
    };
    let float = Sample::Float { filterable: false };
    let tile = |sample| vec![texture(sample, Dimension::D2Array), texture(Sample::Uint, Dimension::D2)];
    match group {
        Group::Frame => vec![buffer(BufferBindingType::Uniform, false)],
        Group::Layer => vec![buffer(BufferBindingType::Uniform, true), texture(float, Dimension::D2)],
        Group::UnsignedTile => tile(Sample::Uint),
        Group::SignedTile => tile(Sample::Sint),
        Group::FloatTile => tile(float),
        Group::Shapes => vec![buffer(BufferBindingType::Storage { read_only: true }, false); 3],
        Group::Glyphs => vec![texture(float, Dimension::D2)],
        Group::Coverage => {
            let smooth = texture(Sample::Float { filterable: true }, Dimension::D2);
            vec![wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering), smooth, smooth]
        }
    }
}

/// Pipelines of expressions that are kept; who changes a number in one by a slider makes many.
const KEPT_FORMULAS: NonZeroUsize = NonZeroUsize::new(24).unwrap();

/// The pipelines for one target format.
#[derive(Debug)]
pub(crate) struct Pipelines {
    format: wgpu::TextureFormat,
    made: HashMap<&'static str, wgpu::RenderPipeline>,
    /// By pass and text of the formula, least recently used first to go.
    of_formulas: LruCache<(&'static str, String), wgpu::RenderPipeline>,
}

impl Pipelines {
    pub(crate) fn new(format: wgpu::TextureFormat) -> Result<Self, GpuError> {
        use wgpu::TextureFormat::{Bgra8Unorm, Bgra8UnormSrgb, Rgba8Unorm, Rgba8UnormSrgb};
        match format {
            Rgba8Unorm | Bgra8Unorm | Rgba8UnormSrgb | Bgra8UnormSrgb => {
                Ok(Self { format, made: HashMap::new(), of_formulas: LruCache::new(KEPT_FORMULAS) })
            }
            other => Err(GpuError::Target(format!("{other:?}"))),
        }
    }

    pub(crate) fn get(
        &mut self,
        device: &wgpu::Device,
        layouts: &GroupLayouts,
        pass: &'static Pass,
    ) -> wgpu::RenderPipeline {
        let format = self.format;
        let make = || {
            let linear = [("LINEAR_TARGET", f64::from(u8::from(format.is_srgb())))];
            make(device, layouts, pass, pass.source(), format, &linear)
        };
        self.made.entry(pass.name).or_insert_with(make).clone()
    }

    /// The pipeline of a pass that takes a formula.
    pub(crate) fn of_formula(
        &mut self,
        device: &wgpu::Device,
        layouts: &GroupLayouts,
        pass: &'static Pass,
        formula: &str,
    ) -> wgpu::RenderPipeline {
        let format = self.format;
        let make = || make(device, layouts, pass, pass.source_with(formula, format.is_srgb()), format, &[]);
        self.of_formulas.get_or_insert((pass.name, formula.to_owned()), make).clone()
    }
}

fn make(
    device: &wgpu::Device,
    layouts: &GroupLayouts,
    pass: &'static Pass,
    source: String,
    format: wgpu::TextureFormat,
    constants: &[(&str, f64)],
) -> wgpu::RenderPipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(pass.name),
        source: wgpu::ShaderSource::Wgsl(source.into()),
    });
    let groups: Vec<_> = pass.groups.iter().map(|group| Some(layouts.get(*group))).collect();
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(pass.name),
        bind_group_layouts: &groups,
        immediate_size: 0,
    });
    let attributes = pass.stream.as_ref().map(attributes).unwrap_or_default();
    let buffers: Vec<_> = pass.stream.iter().map(|stream| Some(vertex_layout(stream, &attributes))).collect();
    let strip = pass.stream.is_some_and(|stream| stream.instanced);
    let topology =
        if strip { wgpu::PrimitiveTopology::TriangleStrip } else { wgpu::PrimitiveTopology::TriangleList };
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(pass.name),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some(pass.vertex),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &buffers,
        },
        primitive: wgpu::PrimitiveState { topology, ..Default::default() },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some(pass.fragment),
            compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
            targets: &[Some(wgpu::ColorTargetState {
                format,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn attributes(stream: &Stream) -> Vec<wgpu::VertexAttribute> {
    let mut offset = 0;
    let located = stream.attributes.iter().zip(0..).map(|(attribute, shader_location)| {
        let format = match attribute {
            Attribute::Float32 => wgpu::VertexFormat::Float32,
            Attribute::Float32x2 => wgpu::VertexFormat::Float32x2,
            Attribute::Float32x4 => wgpu::VertexFormat::Float32x4,
            Attribute::Uint32 => wgpu::VertexFormat::Uint32,
            Attribute::Unorm8x4 => wgpu::VertexFormat::Unorm8x4,
        };
        let located = wgpu::VertexAttribute { format, offset, shader_location };
        offset += attribute.size();
        located
    });
    located.collect()
}

fn vertex_layout<'a>(
    stream: &Stream,
    attributes: &'a [wgpu::VertexAttribute],
) -> wgpu::VertexBufferLayout<'a> {
    let step_mode =
        if stream.instanced { wgpu::VertexStepMode::Instance } else { wgpu::VertexStepMode::Vertex };
    wgpu::VertexBufferLayout { array_stride: stream.stride(), step_mode, attributes }
}
