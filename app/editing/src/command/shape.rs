//! Changes to the shapes of the selection.

use super::situation::Need;
use super::{Row, Shortcut};
use crate::{Key, Modifiers, Reshape};

/// Changes to the shapes of the selection, one step of undo each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShapeCommand {
    Merge,
    Subtract,
    Intersect,
    FillHoles,
    Explode,
    Square,
    Straighten,
    OrientedBox,
    Smooth,
    Repair,
}

impl ShapeCommand {
    /// Every change, in the order of menus.
    pub const ALL: [Self; 10] = [
        Self::Merge,
        Self::Subtract,
        Self::Intersect,
        Self::FillHoles,
        Self::Explode,
        Self::Square,
        Self::Straighten,
        Self::OrientedBox,
        Self::Smooth,
        Self::Repair,
    ];

    /// What is to be done to the shapes.
    pub const fn change(self) -> Reshape {
        match self {
            Self::Merge => Reshape::Merge,
            Self::Subtract => Reshape::Subtract,
            Self::Intersect => Reshape::Intersect,
            Self::FillHoles => Reshape::FillHoles,
            Self::Explode => Reshape::Explode,
            Self::Square => Reshape::Square,
            Self::Straighten => Reshape::Straighten,
            Self::OrientedBox => Reshape::OrientedBox,
            Self::Smooth => Reshape::Smooth,
            Self::Repair => Reshape::Repair,
        }
    }

    pub(super) fn row(self) -> Row {
        use Need::{Area, Edges, Hole, Parts, Project, Selection, TwoAreas, TwoRegions, Writable};
        let shift = |letter| [Shortcut::new(Key::Letter(letter), Modifiers::SHIFT)];
        let alt = |letter| [Shortcut::new(Key::Letter(letter), Modifiers::ALT)];
        match self {
            Self::Merge => Row::new(
                "shape.merge",
                "Merge",
                "Make one region of the selected ones; what is apart becomes its parts",
                [Shortcut::ctrl('M')],
                &[Project, Writable, Selection, TwoRegions],
            ),
            Self::Subtract => Row::new(
                "shape.subtract",
                "Subtract the last from the others",
                "Take the region selected last out of the others, where they overlap; it stays",
                shift('S'),
                &[Project, Writable, Selection, TwoAreas],
            ),
            Self::Intersect => Row::new(
                "shape.intersect",
                "Intersect",
                "Keep what the selected regions have in common, as one region",
                shift('I'),
                &[Project, Writable, Selection, TwoAreas],
            ),
            Self::FillHoles => Row::new(
                "shape.fill_holes",
                "Fill holes",
                "Fill every hole of the selected regions",
                shift('F'),
                &[Project, Writable, Selection, Hole],
            ),
            Self::Explode => Row::new(
                "shape.explode",
                "Make regions of the parts",
                "Each part of the selected regions becomes a region with the same labels",
                shift('E'),
                &[Project, Writable, Selection, Parts],
            ),
            Self::Square => Row::new(
                "shape.square",
                "Square",
                "Give buildings right angles; walls that are slanted on purpose stay so",
                [Shortcut::letter('Q')],
                &[Project, Writable, Selection, Area],
            ),
            Self::Straighten => Row::new(
                "shape.straighten",
                "Straighten",
                "Make edges straight that nearly are",
                shift('Q'),
                &[Project, Writable, Selection, Edges],
            ),
            Self::OrientedBox => Row::new(
                "shape.oriented_box",
                "Replace by turned box",
                "The smallest box, turned any way, that holds each of the selected regions",
                alt('O'),
                &[Project, Writable, Selection, Edges],
            ),
            Self::Smooth => Row::new(
                "shape.smooth",
                "Smooth",
                "Round the corners of the selected regions",
                alt('S'),
                &[Project, Writable, Selection, Edges],
            ),
            Self::Repair => Row::new(
                "shape.repair",
                "Mend",
                "Make sound what crosses or overlaps itself, or has holes that lie outside",
                alt('M'),
                &[Project, Writable, Selection, Edges],
            ),
        }
    }
}
