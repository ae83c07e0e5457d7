//! The device everything is drawn with.

use std::sync::{Arc, Mutex, PoisonError};

use crate::GpuError;

/// Which adapter to take when there are several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GpuPreference {
    /// A discrete card, else an integrated one, else software.
    #[default]
    Fastest,
    /// An integrated card before a discrete one.
    LowPower,
    /// The processor (Mesa's lavapipe): slow, the same everywhere.
    Software,
    /// The first adapter whose name contains this, whatever the case.
    Named(String),
}

/// An open device, with the memory of what went wrong on it. Clones share the device.
#[derive(Clone, Debug)]
pub struct Gpu {
    pub instance: wgpu::Instance,
    pub adapter: wgpu::Adapter,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    faults: Faults,
}

/// What the adapter says about itself, for the status bar and `doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GpuDescription {
    /// Its name, such as `llvmpipe (LLVM 15.0.6, 256 bits)`.
    pub name: String,
    /// `Vulkan`, `Metal` or `Dx12`.
    pub backend: String,
    /// `DiscreteGpu`, `IntegratedGpu`, `VirtualGpu`, `Cpu` or `Other`.
    pub kind: String,
    /// The driver and its version.
    pub driver: String,
    /// True when the processor does the work.
    pub software: bool,
    /// The longest side of a texture in pixels.
    pub max_side_px: u32,
    /// The most bands of one tile.
    pub max_bands: u32,
    /// The largest buffer in bytes.
    pub max_buffer_bytes: u64,
}

/// The device to ask an adapter for, in the window and headless alike: all it has, so that what is validated
/// against the adapter also runs on the device, but for mapped primary buffers (slow on discrete cards) and
/// what wgpu calls experimental (it would have to be confirmed as unsafe).
pub fn device_descriptor(adapter: &wgpu::Adapter) -> wgpu::DeviceDescriptor<'static> {
    let left_out = wgpu::Features::MAPPABLE_PRIMARY_BUFFERS | wgpu::Features::all_experimental_mask();
    wgpu::DeviceDescriptor {
        label: Some("orthoscope"),
        required_features: adapter.features() - left_out,
        required_limits: adapter.limits(),
        ..Default::default()
    }
}

impl GpuDescription {
    fn new(info: wgpu::AdapterInfo, limits: &wgpu::Limits) -> Self {
        Self {
            name: info.name,
            backend: format!("{:?}", info.backend),
            kind: format!("{:?}", info.device_type),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            software: info.device_type == wgpu::DeviceType::Cpu,
            max_side_px: limits.max_texture_dimension_2d,
            max_bands: limits.max_texture_array_layers,
            max_buffer_bytes: limits.max_buffer_size,
        }
    }
}

/// Every adapter of this machine that could draw, whether it would be chosen or not.
pub fn adapters() -> Vec<GpuDescription> {
    let (_instance, adapters) = found_adapters();
    adapters.iter().map(|a| GpuDescription::new(a.get_info(), &a.limits())).collect()
}

fn found_adapters() -> (wgpu::Instance, Vec<wgpu::Adapter>) {
    let backends = wgpu::Backends::from_env().unwrap_or(wgpu::Backends::PRIMARY);
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        flags: wgpu::InstanceFlags::empty().with_env(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let adapters = pollster::block_on(instance.enumerate_adapters(backends));
    (instance, adapters)
}

impl Gpu {
    /// Opens a device without a window.
    pub fn headless(preference: &GpuPreference) -> Result<Self, GpuError> {
        let (instance, adapters) = found_adapters();
        let found: Vec<String> = adapters.iter().map(|adapter| adapter.get_info().name).collect();
        let Some(adapter) = best_adapter(&adapters, preference).cloned() else {
            let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
            return Err(GpuError::NoAdapter { wanted: preference.to_string(), found });
        };
        let opened = pollster::block_on(adapter.request_device(&device_descriptor(&adapter)));
        let (device, queue) = opened.map_err(|error| GpuError::Device {
            adapter: adapter.get_info().name,
            reason: error.to_string(),
        })?;
        Ok(Self::from_parts(instance, adapter, device, queue))
    }

    /// Takes over the device of a window: from now on its errors are kept for [`Gpu::check`] and no longer
    /// end the program.
    pub fn from_parts(
        instance: wgpu::Instance,
        adapter: wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
    ) -> Self {
        let faults = Faults::default();
        let (refused, lost) = (faults.clone(), faults.clone());
        device.on_uncaptured_error(Arc::new(move |error| refused.keep(fault_of(&error))));
        device.set_device_lost_callback(move |reason, message| {
            let message = message.trim().trim_end_matches('.');
            let said = if message.is_empty() { format!("{reason:?}") } else { message.to_owned() };
            lost.keep(GpuError::Lost(said));
        });
        Self { instance, adapter, device, queue, faults }
    }

    /// Fails with the first thing that went wrong on the device since the last call.
    pub fn check(&self) -> Result<(), GpuError> {
        self.faults.take().map_or(Ok(()), Err)
    }

    /// Does something on this thread whose faults are the caller's: they come back from here instead of reaching
    /// [`Gpu::check`], where a window would take them for its own.
    pub fn watched<T>(&self, work: impl FnOnce() -> T) -> Result<T, GpuError> {
        use wgpu::ErrorFilter::{Internal, OutOfMemory, Validation};
        let memory = self.device.push_error_scope(OutOfMemory);
        let sound = self.device.push_error_scope(Validation);
        let driver = self.device.push_error_scope(Internal);
        let done = work();
        let faults = [pollster::block_on(driver.pop()), pollster::block_on(sound.pop())];
        let worst = pollster::block_on(memory.pop());
        match worst.into_iter().chain(faults.into_iter().flatten()).next() {
            None => Ok(done),
            Some(error) => Err(fault_of(&error)),
        }
    }

    /// What the adapter says about itself.
    pub fn describe(&self) -> GpuDescription {
        GpuDescription::new(self.adapter.get_info(), &self.device.limits())
    }
}

impl std::fmt::Display for GpuPreference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fastest | Self::LowPower => f.write_str("this program"),
            Self::Software => f.write_str("software rendering"),
            Self::Named(name) => write!(f, "the name \"{name}\""),
        }
    }
}

impl std::fmt::Display for GpuDescription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}, {}, {})", self.name, self.backend, self.kind, self.driver)
    }
}

/// The adapter to take, none where none is acceptable.
pub fn best_adapter<'a>(
    adapters: impl IntoIterator<Item = &'a wgpu::Adapter>,
    preference: &GpuPreference,
) -> Option<&'a wgpu::Adapter> {
    let ranked = adapters.into_iter().filter_map(|a| Some((rank(&a.get_info(), preference)?, a)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, adapter)| adapter)
}

/// Smaller is better, of equals OpenGL last; `None` = not acceptable.
fn rank(info: &wgpu::AdapterInfo, preference: &GpuPreference) -> Option<(u8, bool)> {
    use wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu, Other, VirtualGpu};
    let order = match preference {
        GpuPreference::LowPower => [IntegratedGpu, DiscreteGpu, VirtualGpu, Other, Cpu],
        _ => [DiscreteGpu, IntegratedGpu, VirtualGpu, Other, Cpu],
    };
    let place = order.iter().position(|kind| *kind == info.device_type).map(|place| place as u8);
    match preference {
        GpuPreference::Software if info.device_type != Cpu => None,
        GpuPreference::Named(name) if !info.name.to_lowercase().contains(&name.to_lowercase()) => None,
        _ => place.map(|place| (place, info.backend == wgpu::Backend::Gl)),
    }
}

fn fault_of(error: &wgpu::Error) -> GpuError {
    match error {
        wgpu::Error::OutOfMemory { .. } => GpuError::OutOfMemory,
        wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
            GpuError::Refused(description.trim().to_owned())
        }
    }
}

/// The first thing that went wrong; a loss of the device outranks what it made fail.
#[derive(Clone, Debug, Default)]
struct Faults(Arc<Mutex<Option<GpuError>>>);

impl Faults {
    fn keep(&self, fault: GpuError) {
        log::warn!("{fault}");
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = matches!(fault, GpuError::Lost(_)) && !matches!(*kept, Some(GpuError::Lost(_)));
        if kept.is_none() || lost {
            *kept = Some(fault);
        }
    }

    fn take(&self) -> Option<GpuError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
