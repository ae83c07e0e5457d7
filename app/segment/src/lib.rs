//! Cuts a picture into what belongs together, by prompts and by examples, without any weights.
//!
//! Five nouns: an [`Image`] is samples of any number of bands; a [`Prompt`] says by places and a box which object is
//! meant, and [`select`] finds it by one of several [`Method`]s; [`PixelFeatures`] say what pixels and their surroundings
//! are like, and a [`Learner`] tells their classes apart by a few that are known; a [`Mask`] is pixels that are in, and has
//! an outline.
//!
//! Everything runs on the processor, on all of its cores, and is the same to the bit on any number of them. Work goes on
//! while somebody wants it ([`GoOn`]) and takes no more memory than it says. What is done follows published methods, and is
//! compared with scikit-image, OpenCV and scikit-learn in `tests/peers`.
//!
//! ```
//! use segment::{Image, Prompt, SelectOptions, select};
//! let bright = |i: usize| if (10..20).contains(&(i % 40)) && (5..15).contains(&(i / 40)) { 1.0 } else { 0.0 };
//! let image = Image::new(40, 30, 1, (0..1200).map(bright).collect())?;
//! let prompt = Prompt { this: vec![[12, 8]], ..Prompt::default() };
//! let found = select(&image, &prompt, &SelectOptions::default(), &|| true)?;
//! assert_eq!(found.pixels(), 100);
//! # Ok::<(), segment::SegmentError>(())
//! ```

mod appearance;
mod bank;
mod bins;
mod composite;
mod descent;
mod error;
pub mod filters;
mod flood;
mod forest;
mod grabcut;
mod image;
mod learner;
mod logistic;
mod mask;
mod maxflow;
mod mixture;
mod perceptron;
mod pixels;
mod select;
mod slic;
mod walker;
mod watershed;

pub use appearance::{Appearance, Crop, DIMENSIONS, Figure, nearest};
pub use bank::{Bank, Feature, FeatureKind, SIGMAS};
pub use bins::Bins;
pub use composite::Composite;
pub use error::{GoOn, SegmentError};
pub use flood::{Flood, FloodForm};
pub use forest::{Forest, ForestOptions};
pub use grabcut::{Belongs, grabcut};
pub use image::{Area, Image, MOST_VALUES};
pub use learner::{Examples, Learner, LearnerKind, Learning};
pub use logistic::Logistic;
pub use mask::{Mask, PixelBox, fence, outlines};
pub use perceptron::{Perceptron, PerceptronOptions};
pub use pixels::{PixelFeatures, likeliest, spread_samples};
pub use select::{Method, Prompt, SelectOptions, Selected, select};
pub use slic::{SlicOptions, slic};
pub use walker::{WalkerOptions, random_walker};
pub use watershed::watershed;
