//! This program was built without the feature that asks ONNX models.

use learning::{LearningError, Predictor};

use crate::{Described, HOW_TO_GET};

/// Never: says how it is to be had.
pub fn available() -> Result<(), LearningError> {
    Err(LearningError::refused(
        "This program was built without ONNX Runtime",
        format!("build it with the feature `onnx` (cargo build --features onnx); then {HOW_TO_GET}"),
    ))
}

/// Refuses, as [`available`] does.
pub fn open(_: &Described) -> Result<Box<dyn Predictor>, LearningError> {
    Err(available().err().unwrap_or(LearningError::Stopped))
}
