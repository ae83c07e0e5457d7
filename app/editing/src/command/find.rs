//! Finding regions by a condition, and what is done with all that were found.

use super::situation::Need;
use super::{Row, Shortcut};

/// Finding regions by a condition, and what is done with all that were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindCommand {
    /// The table, with the pointer in its field.
    Regions,
    SelectFound,
    /// Next and previous go through what was found only.
    OnlyFound,
    /// Pictures of those that look most like the selected one.
    MoreLikeThis,
    /// Labels many at once, after saying what they are now.
    Reclass,
    /// The classes and attributes, one by one.
    EditClasses,
    /// Other classes, after saying what becomes of the labels.
    ChangeClasses,
    /// What relations can say.
    ChangeRelations,
    /// Digits label the view that is looked at, or the object as a whole.
    LabelEachView,
}

impl FindCommand {
    pub(super) const ALL: [Self; 9] = [
        Self::Regions,
        Self::SelectFound,
        Self::OnlyFound,
        Self::MoreLikeThis,
        Self::Reclass,
        Self::EditClasses,
        Self::ChangeClasses,
        Self::ChangeRelations,
        Self::LabelEachView,
    ];

    pub(super) fn row(self) -> Row {
        use Need::{Author, Found, Project, Schema, Selection, Writable};
        match self {
            Self::Regions => Row::new(
                "find.regions",
                "Find regions…",
                "Find regions by class, area, author and more, in the table",
                [Shortcut::ctrl('F')],
                &[Project],
            ),
            Self::SelectFound => Row::new(
                "find.select",
                "Select what was found",
                "Select every region that the table shows",
                [],
                &[Project, Found],
            ),
            Self::OnlyFound => Row::new(
                "find.only",
                "Found regions only",
                "Next and previous go through the regions that the table shows, in its order",
                [Shortcut::ctrl_shift('F')],
                &[Project, Found],
            ),
            Self::MoreLikeThis => Row::new(
                "find.more_like_this",
                "More like this",
                "Pictures of the regions that look most like the selected one, nearest first",
                [Shortcut::ctrl_shift('M')],
                &[Project, Selection],
            ),
            Self::Reclass => Row::new(
                "find.reclass",
                "Label the selection…",
                "Label many regions at once, after seeing what they are now",
                [Shortcut::ctrl('R')],
                &[Project, Writable, Schema, Author, Selection],
            ),
            Self::EditClasses => Row::new(
                "find.edit_classes",
                "Edit the classes…",
                "Add, rename, colour, order and nest classes, and say what is asked of them, after seeing what becomes of the labels",
                [],
                &[Project, Writable, Schema],
            ),
            Self::ChangeClasses => Row::new(
                "find.change_classes",
                "Take classes from a file…",
                "Take the classes from a schema file, after seeing what becomes of the labels",
                [],
                &[Project, Writable, Schema],
            ),
            Self::ChangeRelations => Row::new(
                "find.change_relations",
                "Change what relations say…",
                "Add, rename and colour the words of relations, and take them out after seeing what has them",
                [],
                &[Project, Writable, Schema],
            ),
            Self::LabelEachView => Row::new(
                "find.label_each_view",
                "Label each view apart",
                "Digits label what the layer that is looked at shows, apart from the object as a whole; again: as a whole",
                [],
                &[Project, Writable, Need::TwoLayers],
            ),
        }
    }
}
