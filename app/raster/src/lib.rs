//! Opens an image and reads one tile of samples.
//!
//! Five nouns: a [`Source`] is an open image (GeoTIFF, JPEG 2000, ENVI, PNG, JPEG …); its [`ImageDescription`] says what it is and
//! where it lies; its `pyramid` names levels and tiles; [`Samples`] are the values of one tile or window,
//! with what is missing marked; a [`TileCache`] holds decoded tiles under one byte budget.
//!
//! An image may also lie on a server: [`Source::open`] takes `https://…`, `s3://…`, `gs://…` and `az://…` where a
//! path could stand, and reads the parts that it needs ([`remote`]).
//!
//! TIFF directories and chunks are read here rather than by the `tiff` crate, so that opening costs no more
//! for a million tiles than for one, a tile is one read of the file, and overviews, masks and sparse files
//! can be told apart; that crate and GDAL are the witnesses in the tests.
//!
//! Every number that is read from a file passes a budget before memory is taken for it, so that a hostile
//! file costs an error and not the process.
//!
//! ```no_run
//! use spatial::TileKey;
//! let source = raster::Source::open("post.tif".as_ref())?;
//! let overview = source.pyramid().levels().len() as u8 - 1;
//! let tile = source.read_tile(TileKey { level: overview, col: 0, row: 0 }, &source.image().default_bands())?;
//! println!("{}: {}×{} px, first value {:?}", source.image().name, tile.width, tile.height, tile.value(0, 0, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod about;
mod bands;
mod cache;
mod chroma;
mod chunks;
mod codec;
mod colors;
mod complex;
mod compression;
mod control;
mod describe;
mod directory;
mod doubts;
mod driver;
mod duty;
pub mod envi;
mod error;
mod exact;
mod exif;
mod file;
mod folder;
mod geokeys;
mod geokeys_write;
mod georeference;
mod geotiff;
mod grid;
mod halve;
mod histogram;
mod ifd;
mod jpeg2000;
mod jpegxl;
mod kept;
mod lan;
mod layout;
mod levels;
mod markup;
mod matlab;
mod metadata;
mod neighbours;
mod new_image;
mod npy;
mod number;
mod numbers;
mod overlap;
pub mod overviews;
mod pages;
mod pam;
mod picture;
mod plain;
mod plan;
pub mod registration;
pub mod report;
mod rough;
mod rpc;
mod samples;
mod source;
mod spare;
mod sparse;
mod state_plane;
pub mod statistics;
mod structure;
#[cfg(feature = "gdal")]
mod system_gdal;
mod tags;
pub mod taken;
mod tilefile;
mod unpacked;
mod user_crs;
mod variables;
mod vrt;
mod wavelength;
pub mod write;

pub use about::{About, BandAbout, Domain, Domains, GroundPoint, Page, Taken};
pub use cache::TileCache;
pub use describe::{BandDescription, BandOrigin, ColorRole, ImageDescription};
pub use driver::USUAL_ENDINGS;
pub use duty::reads_of_this_thread;
pub use error::{Fault, OpenError, ReadError, WriteError};
pub use exact::{ExactBuffer, ExactSamples, ExactValue};
pub use file::bytes_read;
pub use file::{is_address, located};
pub use kept::make_room;
pub use overviews::OverviewStore;
pub use remote::{Remote, RemoteError, while_wanted};
pub use samples::{Planes, SampleBuffer, SampleType, Samples};
pub use source::{OpenOptions, Source};
