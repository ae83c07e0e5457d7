//! The image cube: the layer that is looked at as a block that can be turned and cut. View state; never in the project.

use std::sync::Arc;

use cubes::Thinned;
use jobs::JobId;
use picture::cube::{Block, Turn};
use project::LayerId;
use raster::ColorRole;
use renderer::Colormap;

/// A cube that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub layer: LayerId,
    /// The number of the view that it was read for: an image that is opened again is read again.
    pub view: u64,
    pub data: Arc<Thinned>,
    /// Names its faces on the GPU; no layer has it.
    pub number: u64,
    /// Values at the ends of the colours of its sides.
    pub limits: [f32; 2],
    /// What stands of it before anybody cuts: without a rim that holds nothing.
    pub first: Block,
    /// Which bands of the image are not to be trusted.
    pub bad: Vec<bool>,
}

/// How the cube is looked at, and what there is of it.
#[derive(Clone, Debug)]
pub struct ImageCube {
    pub turn: Turn,
    /// What of the block stands; that of the loaded one.
    pub block: Block,
    pub colormap: Colormap,
    pub loaded: Option<Loaded>,
    /// It is being read.
    pub reading: Option<JobId>,
    /// The layer that could not be read, and why.
    pub trouble: Option<(LayerId, String)>,
}

impl Default for ImageCube {
    fn default() -> Self {
        Self {
            turn: Turn::default(),
            block: Block::whole([1; 3]),
            colormap: Colormap::Inferno,
            loaded: None,
            reading: None,
            trouble: None,
        }
    }
}

/// Bands of an image that make a cube: all but transparency.
pub fn bands_of(image: &raster::ImageDescription) -> usize {
    image.bands.iter().filter(|band| band.color != ColorRole::Alpha).count()
}

/// What the panel asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CubeAsk {
    Turn(Turn),
    Cut(Block),
    Colormap(Colormap),
    /// Whole, and turned as at first.
    Reset,
    /// Read again what could not be read.
    Retry,
}
