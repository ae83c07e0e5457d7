//! The one device that egui, the renderer and (later) the networks share.

use std::sync::Arc;

use egui_wgpu::{WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};

/// What the status bar and the doctor say about the GPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpuFacts {
    /// The adapter's own name.
    pub name: String,
    /// `Vulkan`, `Metal`, `Dx12` or `Gl`.
    pub backend: String,
    /// The picture is computed on the processor: correct, but slow.
    pub software: bool,
}

impl GpuFacts {
    pub fn of(adapter: &wgpu::Adapter) -> Self {
        let facts = adapter.get_info();
        Self {
            name: facts.name,
            backend: format!("{:?}", facts.backend),
            software: facts.device_type == wgpu::DeviceType::Cpu,
        }
    }
}

/// Everything the adapter has, less the one feature that makes uploads slow on discrete cards; a network
/// that runs on the same device decides by the adapter, so the device must not have less.
pub fn device_descriptor(adapter: &wgpu::Adapter) -> wgpu::DeviceDescriptor<'static> {
    wgpu::DeviceDescriptor {
        label: Some("orthoscope"),
        required_features: adapter.features() - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS,
        required_limits: adapter.limits(),
        ..Default::default()
    }
}

/// How eframe makes the device.
pub fn configuration() -> WgpuConfiguration {
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    setup.device_descriptor = Arc::new(device_descriptor);
    WgpuConfiguration {
        surface: egui_wgpu::SurfaceConfig::LOW_LATENCY,
        wgpu_setup: WgpuSetup::CreateNew(setup),
        ..WgpuConfiguration::default()
    }
}

/// A device without a window.
#[derive(Clone, Debug)]
pub struct Headless {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub facts: GpuFacts,
}

/// Makes a device without a window or a display.
pub fn headless() -> anyhow::Result<Headless> {
    let setup = configuration().wgpu_setup;
    pollster::block_on(async {
        let instance = setup.new_instance().await;
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions {
                power_preference: wgpu::PowerPreference::HighPerformance,
                ..Default::default()
            })
            .await?;
        let (device, queue) = adapter.request_device(&device_descriptor(&adapter)).await?;
        Ok(Headless { device, queue, facts: GpuFacts::of(&adapter) })
    })
}
