//! What a tool shows while it works, as plain shapes in world units.

use geo::Polygon;
use spatial::WorldPoint;

/// How a line of a preview is meant; colours are the theme's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineStyle {
    /// Set already.
    Draft,
    /// Follows the pointer.
    Rubber,
    /// Would cross another edge.
    Crossing,
    /// The box of a box selection.
    Box,
    /// Where a moved shape will be.
    Ghost,
}

/// A line or ring.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewLine {
    pub points: Vec<WorldPoint>,
    pub closed: bool,
    pub style: LineStyle,
}

/// What a handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandleKind {
    Vertex,
    /// The vertex under the pointer or chosen by a click.
    ActiveVertex,
    /// Between two vertices: a click makes a vertex here.
    Midpoint,
    /// The first corner: a click closes the ring.
    First,
    /// The pointer will snap here.
    Snap,
}

/// A place to take hold of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Handle {
    pub at: WorldPoint,
    pub kind: HandleKind,
}

/// Words at a place, such as the length of an edge.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewLabel {
    pub at: WorldPoint,
    pub text: String,
}

/// Everything a tool shows over the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// What would become a region, filled, holes and all.
    pub areas: Vec<Polygon<f64>>,
    pub lines: Vec<PreviewLine>,
    pub handles: Vec<Handle>,
    pub labels: Vec<PreviewLabel>,
    /// One sentence at the pointer, when something would be refused.
    pub message: Option<&'static str>,
}
