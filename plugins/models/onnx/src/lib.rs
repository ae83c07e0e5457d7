//! ONNX models of the user's own: what a file says of itself, whether it can be asked, and asking it through ONNX Runtime.
//!
//! A [`Described`] is read without any runtime, from the file's own protobuf and the keys that QGIS Deepness puts there
//! ([`Keys`]). Of it come the [`Manifest`](learning::Manifest) by which the engine treats it like every other model, how it
//! is to be asked, and with the feature `runtime` a [`Predictor`](learning::Predictor). The runtime itself is the user's:
//! it is loaded while the program runs, from `ORT_DYLIB_PATH` or from where the system finds libraries.
//!
//! Only segmentation is asked: one picture in, `[batch, bands, height, width]` of 32-bit floats, and one out of the same height
//! and width with a plane for each class. Everything else is refused with what was found.

mod described;
mod file;
mod keys;
#[cfg(feature = "runtime")]
mod runtime;
#[cfg(not(feature = "runtime"))]
#[path = "without.rs"]
mod runtime;

pub use described::{Activation, Described, FAMILY, is_onnx};
pub use keys::Keys;
pub use runtime::{available, open};

/// What helps where ONNX Runtime is not to be had.
pub const HOW_TO_GET: &str = "install ONNX Runtime 1.17 or newer (the package libonnxruntime of the system, or the Python package onnxruntime, whose library lies in onnxruntime/capi), and let the environment variable ORT_DYLIB_PATH name the file libonnxruntime.so";
