//! The one device that egui, the renderer and (later) the networks share.

use std::sync::Arc;

use egui_wgpu::{RenderState, WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};
use renderer::{Gpu, GpuPreference};

/// How eframe makes the device: as the renderer wants it.
pub fn configuration() -> WgpuConfiguration {
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    setup.device_descriptor = Arc::new(renderer::device_descriptor);
    let preference = match setup.power_preference {
        wgpu::PowerPreference::LowPower => GpuPreference::LowPower,
        _ => GpuPreference::Fastest,
    };
    // Without it the drivers would be asked twice for what they have.
    setup.native_adapter_selector = Some(Arc::new(move |adapters, surface| {
        let shows = |adapter: &wgpu::Adapter| surface.is_none_or(|s| adapter.is_surface_supported(s));
        let best = renderer::best_adapter(adapters.iter().filter(|a| shows(a)), &preference);
        best.cloned().ok_or_else(|| "no graphics driver can draw into a window".to_owned())
    }));
    WgpuConfiguration {
        surface: egui_wgpu::SurfaceConfig::LOW_LATENCY,
        wgpu_setup: WgpuSetup::CreateNew(setup),
        ..WgpuConfiguration::default()
    }
}

/// Loads the graphics drivers beside, while the desktop is asked for a window: each takes about as long as the other.
/// They stay loaded as long as what is given back.
pub fn load_drivers() -> Option<std::thread::JoinHandle<wgpu::Instance>> {
    let setup = WgpuSetup::CreateNew(WgpuSetupCreateNew::without_display_handle());
    let load = move || pollster::block_on(setup.new_instance());
    std::thread::Builder::new().name("graphics drivers".to_owned()).spawn(load).ok()
}

/// The window's device in the renderer's terms.
pub fn of_window(state: &RenderState) -> Gpu {
    Gpu::from_parts(state.instance.clone(), state.adapter.clone(), state.device.clone(), state.queue.clone())
}
