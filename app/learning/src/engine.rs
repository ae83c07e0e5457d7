//! The device that networks run on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::Device;
use burn::tensor::wgpu::WgpuSetup;
use renderer::Gpu;

use crate::LearningError;
use crate::self_test::self_test;

/// Tasks that are handed to the shared queue at once: few, so that drawing gets its turn in between.
const TASKS_AT_ONCE: usize = 16;

/// Who should learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// A graphics card where there is one, else the processor: a software adapter would do on the same cores what the
    /// processor does better.
    #[default]
    ByAdapter,
    /// The graphics adapter, whatever it is.
    Gpu,
    Processor,
}

/// A device to train and predict on. Clones share it.
#[derive(Clone, Debug)]
pub struct Engine {
    device: Device,
    name: String,
    on_gpu: bool,
    refused: Option<String>,
}

impl Engine {
    /// The processor: Burn's `flex` back end.
    pub fn processor() -> Self {
        Self { device: Device::flex(), name: "processor".into(), on_gpu: false, refused: None }
    }

    /// The device that also draws: nothing is opened, its queue is shared. Call it once per device and clone the result,
    /// because each call registers the device with Burn anew. Fails where the adapter does not calculate what it should.
    pub fn on(gpu: &Gpu) -> Result<Self, LearningError> {
        let said = gpu.describe();
        let setup = WgpuSetup {
            instance: gpu.instance.clone(),
            adapter: gpu.adapter.clone(),
            device: gpu.device.clone(),
            queue: gpu.queue.clone(),
            backend: gpu.adapter.get_info().backend,
        };
        let made = guarded(|| {
            let options = Device::wgpu_options().tasks_max(TASKS_AT_ONCE).setup(setup);
            options.init().map_err(|error| LearningError::Device(error.to_string()))
        })?;
        let engine = Self {
            device: made,
            name: format!("{} ({})", said.name, said.backend),
            on_gpu: true,
            refused: None,
        };
        self_test(&engine)?;
        Ok(engine)
    }

    /// Whom the wish and the adapter make it. An adapter that fails the self-test is not used, and
    /// [`Engine::refused`] says why.
    pub fn choose(gpu: Option<&Gpu>, wish: Wish) -> Self {
        let wanted = match (wish, gpu) {
            (Wish::Processor, _) | (_, None) => None,
            (Wish::Gpu, gpu) => gpu,
            (Wish::ByAdapter, Some(gpu)) => (!gpu.describe().software).then_some(gpu),
        };
        match wanted.map(Self::on) {
            Some(Ok(engine)) => engine,
            Some(Err(error)) => Self { refused: Some(error.to_string()), ..Self::processor() },
            None => Self::processor(),
        }
    }

    /// What it is, for people: the adapter's name, or `processor`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True on the graphics adapter.
    pub fn is_gpu(&self) -> bool {
        self.on_gpu
    }

    /// Why the adapter that was there is not used.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Burn's name of it, without gradients.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The same for training.
    pub fn training(&self) -> Device {
        self.device.clone().autodiff()
    }

    /// The side of tiles that suits it, in pixels.
    pub fn tile_px(&self) -> usize {
        if self.on_gpu { 512 } else { 256 }
    }
}

/// Runs work on threads of its own, one fewer than the machine has, so that others keep theirs: what the processor's
/// back end spreads over threads goes there. They take over how urgent the thread is that calls this (on Linux).
pub fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, LearningError> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1).max(1));
    let named = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("learning {n}"));
    let pool = named.build().map_err(|error| LearningError::Device(error.to_string()))?;
    Ok(pool.install(work))
}

/// Runs work of Burn, whose failures can come as panics, and makes errors of them.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, LearningError>) -> Result<T, LearningError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned()));
        Err(LearningError::Device(text.unwrap_or_else(|| "no reason was given".into())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_device_is_an_error_with_its_reason() {
        let failed = guarded::<()>(|| panic!("out of {}", "memory"));
        assert!(matches!(failed, Err(LearningError::Device(why)) if why == "out of memory"));
    }

    #[test]
    fn work_that_is_apart_runs_on_threads_of_its_own() {
        let name = apart(|| std::thread::current().name().map(str::to_owned)).expect("threads");
        assert!(name.is_some_and(|name| name.starts_with("learning ")));
        apart(|| self_test(&Engine::processor())).expect("threads").expect("calculates there, too");
    }

    #[test]
    fn the_processor_calculates_what_it_should_and_learns_where_nothing_else_is_there() {
        let engine = Engine::choose(None, Wish::Gpu);
        assert_eq!((engine.name(), engine.is_gpu()), ("processor", false));
        self_test(&engine).expect("the processor passes");
    }

    #[test]
    fn the_shared_graphics_device_passes_the_same_test() {
        let Ok(gpu) = Gpu::headless(&renderer::GpuPreference::default()) else {
            assert!(std::env::var_os("CI").is_none(), "no adapter, though CI promises one");
            eprintln!("SKIPPED: no graphics adapter");
            return;
        };
        let engine = Engine::on(&gpu).expect("the adapter passes the self-test");
        assert!(engine.is_gpu() && engine.name().contains(&gpu.describe().name));
        let chosen = Engine::choose(Some(&gpu), Wish::ByAdapter);
        assert_eq!(chosen.is_gpu(), !gpu.describe().software);
    }
}
