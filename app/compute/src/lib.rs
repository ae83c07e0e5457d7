//! Counts samples and makes products of spectra on the GPU, as the processor does.
//!
//! Four nouns: [`Compute`] is a device with its kernels (in a window the window's own); it is a
//! [`raster::statistics::Counter`] and a [`spectral::Engine`], and whoever it is handed to falls back to the
//! processor where it cannot; a [`Preference`] says whether it is wanted; a [`ComputeError`] says why it is not
//! there. Counts are equal to the processor's to the last one. Products agree to 10⁻⁵, because sums of products keep
//! about twice the digits of a float (`shaders/src/split.wgsl`), and some rows of each are compared with the
//! processor's before any is kept.
//!
//! Work goes to the device in slices of a few milliseconds, so that a window on the same device keeps drawing;
//! a few slots of fixed size bound what is uploaded at once. Nothing waits inside the driver: whoever waits asks now
//! and then, so that no other thread is held up.
//!
//! ```no_run
//! use compute::{Compute, Preference};
//! let gpu = renderer::Gpu::headless(&renderer::GpuPreference::Fastest)?;
//! if let Some(compute) = Compute::wanted(&gpu, Preference::from_environment()) {
//!     let source = raster::Source::open("scene.tif".as_ref())?;
//!     let found = raster::statistics::exact_by(&source, &[0, 1, 2], &compute, &|_| true)?;
//!     println!("{} of {:?}", found.bands[0].mean, compute);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod count;
mod device;
mod error;
mod map;
mod pack;
mod preference;
mod slots;
#[cfg(test)]
mod tests;

pub use device::Compute;
pub use error::ComputeError;
pub use preference::Preference;
