//! Turns layers and regions into a scene: which tiles, where on the screen, in which colours.
//!
//! Seven nouns: a [`Rendering`] says how a layer's bands become colours; a [`Formula`] is an expression over them; a
//! [`LayerView`] is one open layer on the map and knows which tiles a camera wants; [`region`] gives regions their
//! shapes and styles; [`likeness`] says what they look like; [`cube`] is a layer with its spectra as a block in space; and [`view`] draws a whole view without
//! a window. The window and the command line both draw through here, so
//! they cannot differ.

pub mod afar;
pub mod cards;
mod classes;
pub mod cube;
mod formula;
mod layer;
pub mod likeness;
mod names;
pub mod region;
mod rendering;
mod seen;
pub mod sheet;
mod stretch;
pub mod view;

pub use classes::{ClassColor, Classes, ClassesError};
pub use formula::{Formula, labels, wavelengths};
pub use layer::{LayerView, TileStatus, upload};
pub use names::band_name;
pub use rendering::{BandMix, Rendering};
pub use seen::as_seen;
pub use stretch::{Stretch, StretchError, centred, linked};
