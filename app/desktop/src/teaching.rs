//! What the pixel classifier has learnt from scribbles, and what it makes of the view.

use std::sync::Arc;

use editing::{Composite, TeachTool};
use project::ClassCode;
use segment::Area;

/// Beside the window.
#[derive(Debug, Default)]
pub struct Teaching {
    /// What every pixel of the view is likely to be.
    pub likely: Option<Likely>,
    /// The scribbles while another tool is armed.
    pub kept: Option<TeachTool>,
    /// Something newer is being learnt.
    pub is_learning: bool,
    /// Regions are being made.
    pub is_proposing: bool,
}

impl Teaching {
    /// Nothing is taught any more; the scribbles stay.
    pub(crate) fn put_away(&mut self) {
        (self.likely, self.is_learning, self.is_proposing) = (None, false, false);
    }
}

/// Shares of classes in a picture of the map.
#[derive(Clone)]
pub struct Likely {
    /// Of the scribbles that it was learnt from.
    pub revision: u64,
    pub(crate) picture: Arc<Composite>,
    /// The part of the picture, in its pixels, and how many of those are one here, both ways.
    pub(crate) area: Area,
    pub(crate) step: usize,
    /// What is taught; `None`: of no class.
    pub classes: Vec<Option<ClassCode>>,
    /// Of each class at each pixel, pixel after pixel.
    pub(crate) shares: Arc<Vec<f32>>,
    /// Laid over the map.
    pub texture: egui::TextureHandle,
    /// How long learning and classifying took, and, where the view was new, looking at its pixels before.
    pub learnt_ms: f64,
    pub looked_ms: Option<f64>,
}

impl Likely {
    /// Columns and rows of the shares.
    pub(crate) fn size(&self) -> [usize; 2] {
        [self.area.width.div_ceil(self.step), self.area.height.div_ceil(self.step)]
    }
}

impl std::fmt::Debug for Likely {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Likely")
            .field("classes", &self.classes)
            .field("area", &self.area)
            .finish_non_exhaustive()
    }
}
