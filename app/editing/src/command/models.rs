//! Teaching networks, asking them, and judging what they say.

use super::situation::Need;
use super::{Row, Shortcut};
use crate::{Key, Modifiers};

/// Teaching networks, asking them, and judging what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModelCommand {
    /// Begin to teach as the form says.
    Teach,
    /// Stop it; what was reached is kept.
    Stop,
    /// Ask the chosen model about what the form says.
    Predict,
    /// The prediction that is looked at is right.
    Accept,
    /// It is wrong, and goes.
    Reject,
    /// It is of the class with this digit.
    Class(u8),
    Next,
    Previous,
    /// Read the folders of models again.
    Refresh,
}

impl ModelCommand {
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Teach,
            Self::Stop,
            Self::Predict,
            Self::Accept,
            Self::Reject,
            Self::Next,
            Self::Previous,
        ];
        all.extend((0..=9).map(Self::Class));
        all.push(Self::Refresh);
        all
    }

    pub(super) fn row(self) -> Row {
        use Need::{Author, Map, Model, Project, Proposal, Teaching, Writable};
        let judging: &'static [Need] = &[Project, Writable, Author, Proposal];
        let none: [Shortcut; 0] = [];
        match self {
            Self::Teach => Row::new(
                "models.teach",
                "Teach a model",
                "Teach a network on the labels that the form names",
                [Shortcut::new(Key::Enter, Modifiers::CTRL)],
                &[Project],
            ),
            Self::Stop => Row::new(
                "models.stop",
                "Stop teaching",
                "End after the pieces at hand; what was reached after the last epoch is kept",
                none,
                &[Project, Teaching],
            ),
            Self::Predict => Row::new(
                "models.predict",
                "Predict",
                "Ask the chosen model; what it says goes into the project as predictions",
                [Shortcut::plain(Key::Function(7))],
                &[Project, Writable, Map, Model],
            ),
            Self::Accept => Row::new(
                "models.accept",
                "Accept the prediction",
                "It becomes your label, and the next one comes",
                [Shortcut::letter('A'), Shortcut::plain(Key::Enter)],
                judging,
            ),
            Self::Reject => Row::new(
                "models.reject",
                "Reject the prediction",
                "It goes, with the region if only the model drew it, and the next one comes",
                [Shortcut::letter('R')],
                judging,
            ),
            Self::Class(digit) => Row::new(
                format!("models.class_{digit}"),
                format!("It is class {digit}"),
                "The region gets the class with this digit, and the next one comes",
                [Shortcut::plain(Key::Digit(digit))],
                judging,
            ),
            Self::Next => Row::new(
                "models.next",
                "Next prediction",
                "Leave this prediction for later and go to the next of the queue",
                [Shortcut::letter('J'), Shortcut::plain(Key::PageDown)],
                &[Project, Proposal],
            ),
            Self::Previous => Row::new(
                "models.previous",
                "Previous prediction",
                "Go back to the prediction before",
                [Shortcut::letter('K'), Shortcut::plain(Key::PageUp)],
                &[Project, Proposal],
            ),
            Self::Refresh => Row::new(
                "models.refresh",
                "Read models again",
                "Look again which models lie beside the project",
                none,
                &[Project],
            ),
        }
    }
}
