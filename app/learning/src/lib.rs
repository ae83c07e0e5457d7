//! Trains and runs networks over imagery, on the device it is given.
//!
//! Five nouns: an [`Engine`] is a device to learn on, the renderer's or the processor; a [`Family`] builds networks of
//! one kind (they are crates beside this one, in `plugins/models`); a [`Lesson`] is all that a training needs, and what
//! comes of it is [`Taught`]; a [`Model`] is a folder with a manifest and weights; an [`Oracle`] asks a model about a
//! [`Ground`] of any size, tile by tile.
//!
//! Nothing here knows projects, files of imagery or windows: chips come through [`ChipSource`] and [`Ground`], what a model
//! says goes out as blocks of pixels, verdicts on regions and outlines ([`outlines`]).
//!
//! ```
//! use learning::{Engine, self_test};
//! let engine = Engine::processor();
//! self_test(&engine)?;
//! assert_eq!(engine.name(), "processor");
//! # Ok::<(), learning::LearningError>(())
//! ```

mod augment;
mod burning;
mod checkpoint;
mod chip;
mod engine;
mod error;
mod examine;
mod intervals;
mod model;
mod network;
mod optimiser;
pub mod outlines;
pub mod parity;
mod predict;
mod scores;
mod self_test;
mod train;
mod weights;

pub use augment::{Augment, augmented};
pub use burning::burn;
pub use chip::{Chip, ChipSource, Ground, IGNORED, Normal};
pub use engine::{Engine, Wish, apart, guarded};
pub use error::LearningError;
pub use intervals::Intervals;
pub use model::{Manifest, Model, Scores, Training, family, sha256};
pub use network::{
    Architecture, Facts, Family, LARGEST_WEIGHTS, NetShape, Network, Predictor, initialised, weights_of,
    with_weights,
};
pub use predict::{
    Asking, Block, Choice, Following, NOTHING, Oracle, Verdict, predict_pixels, predict_regions,
};
/// What opens graphics devices, for callers that share theirs.
pub use renderer;
pub use scores::{Bin, Calibration, Case, ClassScore, Confusion, calibrate};
pub use self_test::{pattern, self_test};
pub use train::{Course, Epoch, Kind, Lesson, News, Taught, Watch};
pub use weights::{Weights, sha256_of_file};
