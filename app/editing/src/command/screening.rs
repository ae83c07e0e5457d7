//! Going over a layer cell by cell.

use project::screening::CellState;

use super::situation::Need;
use super::{Row, Shortcut};
use crate::{Key, Modifiers};

/// Going over a layer cell by cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScreeningCommand {
    /// Begins, or says what is suggested of the cell in work and goes on to the next.
    Next,
    /// Shows the next part of the cell that was not seen at full resolution.
    LookCloser,
    PreviousCell,
    /// Leaves the cell incomplete and goes on to the next that is free.
    NextFree,
    Say(CellState),
    /// What was seen at full resolution, over the map.
    Coverage,
}

impl ScreeningCommand {
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![Self::Next, Self::LookCloser, Self::PreviousCell, Self::NextFree];
        all.extend(CellState::ALL.map(Self::Say));
        all.push(Self::Coverage);
        all
    }

    pub(super) fn row(self) -> Row {
        use Need::{Author, Cell, Map, Project, Screening, Writable};
        let going: &'static [Need] = &[Project, Map, Screening, Writable, Author];
        let saying: &'static [Need] = &[Project, Map, Screening, Writable, Author, Cell];
        let key = |letter, modifiers| [Shortcut::new(Key::Letter(letter), modifiers)];
        match self {
            Self::Next => Row::new(
                "screening.next",
                "Next cell",
                "Say of this cell what is suggested and go on to the next; begins the screening",
                [Shortcut::letter('J')],
                going,
            ),
            Self::LookCloser => Row::new(
                "screening.look_closer",
                "Look closer",
                "Go to the next part of the cell that was not seen at full resolution yet",
                key('J', Modifiers::SHIFT),
                saying,
            ),
            Self::PreviousCell => Row::new(
                "screening.previous",
                "Previous cell",
                "Go back to the cell before",
                key('J', Modifiers::ALT),
                saying,
            ),
            Self::NextFree => Row::new(
                "screening.next_free",
                "Leave cell incomplete",
                "Leave this cell for later and go on to the next that nobody has",
                key('K', Modifiers::ALT),
                saying,
            ),
            Self::Say(state) => {
                let (name, text, tooltip, letter) = match state {
                    CellState::Done => {
                        ("screening.done", "Cell is done", "All that is in the cell is labelled", 'D')
                    }
                    CellState::Empty => (
                        "screening.empty",
                        "Cell is empty",
                        "All of the cell was looked at; nothing is there",
                        'E',
                    ),
                    CellState::Incomplete => {
                        ("screening.incomplete", "Cell is incomplete", "Keep the cell for later", 'I')
                    }
                    CellState::BadImagery => (
                        "screening.bad_imagery",
                        "Bad imagery",
                        "The image does not show what is in the cell",
                        'X',
                    ),
                };
                Row::new(name, text, tooltip, key(letter, Modifiers::ALT), saying)
            }
            Self::Coverage => Row::new(
                "screening.coverage",
                "Coverage",
                "Colour the map by what was seen at full resolution",
                key('C', Modifiers::ALT),
                &[Project, Map, Screening],
            ),
        }
    }
}
