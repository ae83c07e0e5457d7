//! A believable American town from above, before and after a tornado, made by seed, with the truth of
//! every label: the scene that the program ships, so that nothing need be downloaded.
//!
//! Five nouns: a [`Scene`] is the whole of it in memory; a [`Picture`] one georeferenced image with the
//! [`Material`] of every pixel; a [`Footprint`] one building with its outline and true class; an
//! [`Opinion`] what a simulated person or model says of it; [`SceneFiles`] what is written.
//! The same seed and options give the same bytes.
//!
//! ```no_run
//! use scenes::{SceneOptions, write_scene};
//! let files = write_scene("town".as_ref(), 7, &SceneOptions::default(), &|_| {})?;
//! println!("{}", files.post.display());
//! # Ok::<(), scenes::SceneError>(())
//! ```

mod building;
mod camera;
mod colour;
mod cube;
mod damage;
mod dice;
mod geometry;
mod light;
mod material;
mod noise;
mod options;
mod paint;
mod people;
mod picture;
mod place;
mod scene;
mod season;
mod spectra;
mod tornado;
mod town;
mod truth;
mod wreckage;
mod write;

pub use damage::DamageClass;
pub use material::Material;
pub use options::{SceneError, SceneOptions};
pub use people::{ANA, ANNOTATOR, Ballot, CAREFUL, COMMITTEE, Confusion, MODEL, Opinion, REVIEWER};
pub use picture::Picture;
pub use scene::{Cube, Scene};
pub use spectra::reflectance;
pub use truth::Footprint;
pub use write::{SceneFiles, write_scene};
