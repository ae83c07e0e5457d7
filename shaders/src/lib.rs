//! The WGSL of Orthoscope and the types on the Rust side of it.
//!
//! Five nouns: a [`Pass`] is one module with its entry points, bind [`Group`]s and vertex [`Stream`]s; a
//! [`Kernel`] computes something that is not a picture, and is listed in [`KERNELS`]; a mirror (such as [`Frame`]) is the `#[repr(C)]` twin of a struct in the WGSL; a [`Layout`] lists where its
//! fields lie, so that a test can compare both sides; [`PASSES`] is the table of everything there is.
//!
//! A pass is written in one `.wgsl` file; the functions and bindings it shares with others lie in files
//! named by their noun (`frame`, `output`, `hatch` …) and are put in front of it by [`Pass::source`].
//!
//! ```
//! let raster = shaders::PASSES.iter().find(|pass| pass.name == "raster_unsigned").unwrap();
//! assert!(raster.source().contains("fn fragment_raster"));
//! ```

/// The name and the text of a file of WGSL.
macro_rules! part {
    ($name:literal) => {
        (concat!($name, ".wgsl"), include_str!(concat!($name, ".wgsl")))
    };
}

mod formula;
mod kernel;
mod layout;
mod pass;

pub use formula::formula_source;
pub use kernel::*;
pub use layout::{Chunk, Count, Frame, LAYOUTS, Layer, Layout, PixelMap, Shape, Source, Style};
pub use pass::*;

#[cfg(test)]
mod tests;
