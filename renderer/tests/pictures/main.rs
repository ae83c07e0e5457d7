//! Pictures drawn by the renderer, compared with what they must be.

mod bench;
mod imagery;

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use renderer::{Gpu, GpuPreference, RENDER_IMAGE_FORMAT, Renderer, RgbaImage, Scene, render_image};

/// The one device of all tests.
pub(crate) fn gpu() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| match Gpu::headless(&GpuPreference::Fastest) {
        Ok(gpu) => gpu,
        Err(error) => {
            panic!("These tests draw and need an adapter. {error} {}", error.hint().unwrap_or_default())
        }
    })
}

/// Faults of the device are kept in one place, so tests that draw take turns.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn renderer() -> Renderer {
    Renderer::new(gpu(), RENDER_IMAGE_FORMAT).expect("the format is supported")
}

pub(crate) fn picture(renderer: &mut Renderer, scene: &Scene) -> RgbaImage {
    render_image(gpu(), renderer, scene).expect("the scene is drawn")
}
