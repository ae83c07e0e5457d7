//! The one device that egui, the renderer and (later) the networks share.

use std::sync::Arc;

use egui_wgpu::{RenderState, WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};
use renderer::Gpu;

/// How eframe makes the device: as the renderer wants it.
pub fn configuration() -> WgpuConfiguration {
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    setup.device_descriptor = Arc::new(renderer::device_descriptor);
    WgpuConfiguration {
        surface: egui_wgpu::SurfaceConfig::LOW_LATENCY,
        wgpu_setup: WgpuSetup::CreateNew(setup),
        ..WgpuConfiguration::default()
    }
}

/// The window's device in the renderer's terms.
pub fn of_window(state: &RenderState) -> Gpu {
    Gpu::from_parts(state.instance.clone(), state.adapter.clone(), state.device.clone(), state.queue.clone())
}
