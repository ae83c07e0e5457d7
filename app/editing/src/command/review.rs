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
    /// Many cards at once, or one.
    Grid,
    /// Cards on paper.
    Print,
    /// Cards in a folder, for a member without the imagery.
    Bundle,
    /// The votes that come back from one.
    TakeVotes,
    /// What is known of the review, as one file.
    Report,
}

impl ReviewCommand {
    /// [`Verdict::Edit`] is cast by naming the class.
    pub(super) fn all() -> Vec<Self> {
        let offered = Verdict::ALL.into_iter().filter(|verdict| *verdict != Verdict::Edit);
        let mut all: Vec<Self> = offered.map(Self::Vote).collect();
        all.extend((0..=9).map(Self::VoteClass));
        all.extend([Self::Outline, Self::NextCase, Self::PreviousCase, Self::Grid]);
        all.extend([Self::Print, Self::Bundle, Self::TakeVotes, Self::Report]);
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
            Self::Grid => {
                return Row::new(
                    "review.grid",
                    "Many cards at once",
                    "Show the cases of the list as a grid of cards, or one large",
                    [Shortcut::letter('G')],
                    &[Project],
                );
            }
            Self::Print | Self::Bundle | Self::TakeVotes | Self::Report => return self.off_screen(),
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

    /// What leaves the screen, and what comes back.
    fn off_screen(self) -> Row {
        use Need::{Project, Regions, Schema, Writable};
        let (key, text, tooltip, needs): (_, _, _, &'static [Need]) = match self {
            Self::Print => (
                "review.print",
                "Print cards…",
                "Print cards to PDF or PNG, several on a page, blind unless you ask otherwise",
                &[Project, Regions],
            ),
            Self::Bundle => (
                "review.bundle",
                "Bundle for a member…",
                "Make a folder with cards and a page to vote on, for a member without the imagery",
                &[Project, Regions, Schema],
            ),
            Self::Report => (
                "review.report",
                "Save report…",
                "Save every number of the review, with its method and source, as PDF or HTML",
                &[Project, Regions],
            ),
            _ => (
                "review.take_votes",
                "Take votes…",
                "Take the votes that a bundle’s page saved",
                &[Project, Writable],
            ),
        };
        Row::new(key, text, tooltip, [], needs)
    }
}
