//! Changes to the project and the selection.

use super::situation::Need;
use super::{Row, Shortcut};
use crate::{Key, Modifiers};

/// Changes to the project and the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EditCommand {
    Undo,
    Redo,
    Delete,
    SelectAll,
    SelectNone,
    NextRegion,
    PreviousRegion,
    NextUnlabelled,
    /// Whether a class leads to the next region without one.
    ToggleGoOn,
    /// Labels the selection with the class that has this digit; with nothing selected, arms the class.
    Class(u8),
    AcceptPredictions,
    RemoveLabels,
    /// Sends the selected case, which came back from review, there again with the class that it has.
    SendBack,
    /// Goes through what came back from review only.
    OnlyReturned,
    BringBackDraft,
    ToggleSnap,
    /// To a grid of round coordinates.
    ToggleGrid,
    /// To right angles while drawing.
    ToggleRightAngles,
    /// Corners that several regions share move in all of them.
    ToggleSharedBorders,
}

impl EditCommand {
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Undo,
            Self::Redo,
            Self::Delete,
            Self::SelectAll,
            Self::SelectNone,
            Self::NextRegion,
            Self::PreviousRegion,
            Self::NextUnlabelled,
            Self::ToggleGoOn,
            Self::AcceptPredictions,
            Self::RemoveLabels,
            Self::SendBack,
            Self::OnlyReturned,
            Self::BringBackDraft,
            Self::ToggleSnap,
            Self::ToggleGrid,
            Self::ToggleRightAngles,
            Self::ToggleSharedBorders,
        ];
        all.extend((0..=9).map(Self::Class));
        all
    }

    pub(super) fn row(self) -> Row {
        use Need::{DroppedDraft, Project, Redo, Regions, Selection, Undo, Writable};
        let plain = |key| [Shortcut::plain(key)];
        match self {
            Self::Undo => Row::new(
                "edit.undo",
                "Undo",
                "Take the last change back",
                [Shortcut::ctrl('Z')],
                &[Project, Writable, Undo],
            ),
            Self::Redo => Row::new(
                "edit.redo",
                "Redo",
                "Make the change again that was taken back last",
                [Shortcut::ctrl_shift('Z'), Shortcut::ctrl('Y')],
                &[Project, Writable, Redo],
            ),
            Self::Delete => Row::new(
                "edit.delete",
                "Delete",
                "Delete the selected regions with their labels and relations",
                [Shortcut::plain(Key::Delete), Shortcut::plain(Key::Backspace)],
                &[Project, Writable, Selection],
            ),
            Self::SelectAll => Row::new(
                "edit.select_all",
                "Select all",
                "Select every region",
                [Shortcut::ctrl('A')],
                &[Project, Regions],
            ),
            Self::SelectNone => Row::new(
                "edit.select_none",
                "Select none",
                "Leave the selection",
                [Shortcut::ctrl_shift('A'), Shortcut::plain(Key::Escape)],
                &[Project, Selection],
            ),
            Self::NextRegion => Row::new(
                "edit.next_region",
                "Next region",
                "Go to the next region in the order of reading",
                [Shortcut::plain(Key::PageDown), Shortcut::plain(Key::Period)],
                &[Project, Regions],
            ),
            Self::PreviousRegion => Row::new(
                "edit.previous_region",
                "Previous region",
                "Go to the region before in the order of reading",
                [Shortcut::plain(Key::PageUp), Shortcut::plain(Key::Comma)],
                &[Project, Regions],
            ),
            Self::NextUnlabelled => Row::new(
                "edit.next_unlabelled",
                "Next unlabelled region",
                "Go to the next region that nobody has labelled",
                plain(Key::Enter),
                &[Project, Regions],
            ),
            Self::BringBackDraft => Row::new(
                "edit.bring_back_draft",
                "Bring back what was dropped",
                "Go on drawing what was dropped last",
                [Shortcut::ctrl_shift('D')],
                &[Project, Writable, DroppedDraft],
            ),
            Self::ToggleSnap | Self::ToggleGrid | Self::ToggleRightAngles | Self::ToggleSharedBorders => {
                self.snap_row()
            }
            Self::Class(_)
            | Self::ToggleGoOn
            | Self::AcceptPredictions
            | Self::RemoveLabels
            | Self::SendBack
            | Self::OnlyReturned => self.label_row(),
        }
    }

    fn snap_row(self) -> Row {
        match self {
            Self::ToggleGrid => Row::new(
                "edit.toggle_grid",
                "Snap to a grid",
                "New corners snap to round coordinates of the map",
                [Shortcut::new(Key::Letter('N'), Modifiers::ALT)],
                &[],
            ),
            Self::ToggleRightAngles => Row::new(
                "edit.toggle_right_angles",
                "Snap to right angles",
                "While drawing, edges snap to right angles with the one before and with the first",
                [Shortcut::new(Key::Letter('R'), Modifiers::ALT)],
                &[],
            ),
            Self::ToggleSharedBorders => Row::new(
                "edit.toggle_shared_borders",
                "Edit shared borders together",
                "A corner that several regions have in common moves in all of them",
                [Shortcut::new(Key::Letter('B'), Modifiers::SHIFT)],
                &[],
            ),
            _ => Row::new(
                "edit.toggle_snap",
                "Snap to regions",
                "New corners snap to corners and edges nearby; hold Ctrl to turn it round",
                [Shortcut::letter('N')],
                &[],
            ),
        }
    }

    fn label_row(self) -> Row {
        use Need::{Author, Prediction, Project, Returned, Schema, Selection, SelectionReturned, Writable};
        match self {
            Self::ToggleGoOn => Row::new(
                "edit.toggle_go_on",
                "Go on after each class",
                "Once a region has its class, go to the next one that nobody has labelled",
                [Shortcut::new(Key::Enter, Modifiers::SHIFT)],
                &[Project],
            ),
            Self::AcceptPredictions => Row::new(
                "edit.accept_predictions",
                "Accept predictions",
                "Label the selected regions with what the model says, where nobody has labelled them",
                [Shortcut::letter('A')],
                &[Project, Writable, Author, Selection, Prediction],
            ),
            Self::RemoveLabels => Row::new(
                "edit.remove_labels",
                "Remove my labels",
                "Take your own labels off the selected regions",
                [Shortcut::new(Key::Delete, Modifiers::SHIFT)],
                &[Project, Writable, Author, Selection],
            ),
            Self::SendBack => Row::new(
                "edit.send_back",
                "Send back to review",
                "Keep the class of the region that came back, and send it to review again",
                [Shortcut::new(Key::Enter, Modifiers::CTRL)],
                &[Project, Writable, Author, SelectionReturned],
            ),
            Self::OnlyReturned => Row::new(
                "edit.only_returned",
                "Returned regions only",
                "Next and previous go through what came back from review to you",
                [Shortcut::new(Key::Letter('R'), Modifiers::SHIFT)],
                &[Project, Returned],
            ),
            Self::Class(digit) => Row::new(
                format!("edit.class_{digit}"),
                format!("Class {digit}"),
                "Label the selection with the class of this digit, or draw with it",
                [Shortcut::plain(Key::Digit(digit))],
                &[Project, Writable, Schema, Author],
            ),
            other => other.row(),
        }
    }
}
