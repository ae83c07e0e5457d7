//! Shapes changed: joined, cut, mended, thinned, widened, squared. Pure functions in the plane of the map, each
//! with a sentence for what cannot be done.
//!
//! Areas go through [`overlay`](crate::overlay), so that what comes out is sound whatever went in: rings that
//! cross themselves count by the even-odd rule, overlapping parts count once.

mod areas;
mod lines;
mod oriented;
mod outline;
mod square;
mod together;

pub use areas::{
    area_of, cut_out, fill_holes, hole_count, intersect, is_sound, merge, parts, repair, split, subtract,
    widen,
};
pub use oriented::{OrientedBox, box_of};
pub use outline::{corner_count, oriented_box, simplify, smooth, straighten};
pub use square::square;
pub use together::simplify_together;

/// Why a shape cannot be changed as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum GeometryError {
    #[error("A point or a line has no area")]
    NotAnArea,
    #[error("A point has no edges")]
    NoEdges,
    #[error("Areas, lines and points cannot become one region")]
    MixedKinds,
    #[error("Nothing would be left of the region")]
    NothingLeft,
    #[error("The regions have no area in common")]
    NothingShared,
    #[error("The line does not go right through the region")]
    NotThrough,
    #[error("There is no hole to fill")]
    NoHole,
    #[error("The region has one part only")]
    OnePart,
    #[error("What is to be cut out lies beside the region")]
    Beside,
    #[error("The shape has a coordinate that is not a number")]
    NotANumber,
    #[error("The shape is sound already")]
    SoundAlready,
    #[error("There is nothing to change")]
    Unchanged,
    #[error("The amount must be a number above zero")]
    NotAnAmount,
}

impl GeometryError {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::NotAnArea | Self::NoEdges => "Select a region that has an area.",
            Self::MixedKinds => "Select regions of one kind.",
            Self::NothingLeft => "Delete the region if that is what you want.",
            Self::NothingShared => "Select regions that overlap.",
            Self::NotThrough => "Begin and end the line outside the region.",
            Self::NoHole | Self::OnePart | Self::SoundAlready | Self::Unchanged => {
                "Nothing needs to be done."
            }
            Self::Beside => "Draw over the region.",
            Self::NotANumber => "Delete the region and draw it anew.",
            Self::NotAnAmount => "Type a larger number.",
        }
    }
}

#[cfg(test)]
mod tangles;
#[cfg(test)]
mod tests;
