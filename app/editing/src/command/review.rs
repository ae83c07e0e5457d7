//! Looking at labels a second time.

use project::review::Verdict;

use super::situation::Need;
use super::{Row, Shortcut};
use crate::Key;

/// Looking at labels a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReviewCommand {
    /// The user's verdict on the case on the card.
    Vote(Verdict),
    /// The case is of the class with this digit.
    VoteClass(u8),
    /// The outline of the case as the user sees it goes with the verdict.
    Outline,
    NextCase,
    PreviousCase,
}

impl ReviewCommand {
    /// [`Verdict::Edit`] is cast by naming the class.
    pub(super) fn all() -> Vec<Self> {
        let offered = Verdict::ALL.into_iter().filter(|verdict| *verdict != Verdict::Edit);
        let mut all: Vec<Self> = offered.map(Self::Vote).collect();
        all.extend((0..=9).map(Self::VoteClass));
        all.extend([Self::Outline, Self::NextCase, Self::PreviousCase]);
        all
    }

    pub(super) fn row(self) -> Row {
        use Need::{Author, Case, Project, Writable};
        let voting: &'static [Need] = &[Project, Writable, Author, Case];
        let (key, text, tooltip, letter) = match self {
            Self::Vote(Verdict::Accept) => ("review.accept", "Accept", "The label is right", 'A'),
            Self::Vote(Verdict::Reject) => {
                ("review.reject", "Reject", "The label or the shape is wrong; say why", 'R')
            }
            Self::Vote(Verdict::Abstain) => {
                ("review.abstain", "Abstain", "You were here and have no opinion", 'S')
            }
            Self::Vote(Verdict::Undetermined) => {
                ("review.undetermined", "Can't tell", "You are not able to determine what it is", 'U')
            }
            Self::Vote(Verdict::BadImagery) => (
                "review.bad_imagery",
                "Bad imagery",
                "The imagery does not show it: clouds, shadow, blur or a gap",
                'I',
            ),
            Self::Vote(Verdict::Edit) => {
                ("review.edit", "Another class", "It is another class; say which", 'E')
            }
            Self::VoteClass(digit) => {
                return Row::new(
                    format!("review.class_{digit}"),
                    format!("Vote for class {digit}"),
                    "The case is of the class with this digit",
                    [Shortcut::plain(Key::Digit(digit))],
                    voting,
                );
            }
            Self::Outline => (
                "review.outline",
                "Draw outline…",
                "Draw the outline as you see it; it goes with your verdict",
                'O',
            ),
            Self::NextCase => {
                return Row::new(
                    "review.next",
                    "Next case",
                    "Go to the next case of the queue",
                    [Shortcut::letter('J'), Shortcut::plain(Key::PageDown)],
                    &[Project, Case],
                );
            }
            Self::PreviousCase => {
                return Row::new(
                    "review.previous",
                    "Previous case",
                    "Go to the case before in the queue",
                    [Shortcut::letter('K'), Shortcut::plain(Key::PageUp)],
                    &[Project, Case],
                );
            }
        };
        Row::new(key, text, tooltip, [Shortcut::letter(letter)], voting)
    }
}
