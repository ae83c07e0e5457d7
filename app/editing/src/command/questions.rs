//! Writing and answering questions.

use super::situation::Need;
use super::{Row, Shortcut};
use crate::{Key, Modifiers};

/// Writing and answering questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuestionCommand {
    New,
    Save,
    Next,
    Previous,
    /// Kept, and in no list any more; or back in it.
    Delete,
    /// What is on the map is evidence.
    CiteView,
    /// The selected regions are.
    CiteSelection,
    /// A picture of what is on the map is, as it is now.
    CitePicture,
    /// Asks services, or the project itself.
    Ask,
    /// Forbids the network, or allows it.
    Offline,
    /// Drafts by templates.
    Draft,
    Import,
    Export,
}

impl QuestionCommand {
    pub(super) const ALL: [Self; 13] = [
        Self::New,
        Self::Save,
        Self::Next,
        Self::Previous,
        Self::Delete,
        Self::CiteView,
        Self::CiteSelection,
        Self::CitePicture,
        Self::Ask,
        Self::Offline,
        Self::Draft,
        Self::Import,
        Self::Export,
    ];

    pub(super) fn row(self) -> Row {
        use Need::{Author, Project, Question, Questions, Writable};
        let key = |n, modifiers| [Shortcut::new(Key::Function(n), modifiers)];
        let none: [Shortcut; 0] = [];
        let going: &'static [Need] = &[Project, Questions];
        let writing: &'static [Need] = &[Project, Writable, Author, Question];
        match self {
            Self::New => Row::new(
                "questions.new",
                "New question",
                "Begin a question about what is on the map",
                key(7, Modifiers::NONE),
                &[Project, Writable, Author],
            ),
            Self::Save => Row::new(
                "questions.save",
                "Save the question",
                "Keep the question as it is in the editor",
                [Shortcut::ctrl('S')],
                writing,
            ),
            Self::Next => Row::new(
                "questions.next",
                "Next question",
                "Keep this question and go to the next of the list",
                key(8, Modifiers::NONE),
                going,
            ),
            Self::Previous => Row::new(
                "questions.previous",
                "Previous question",
                "Keep this question and go back to the one before",
                key(8, Modifiers::SHIFT),
                going,
            ),
            Self::Delete => Row::new(
                "questions.delete",
                "Delete the question",
                "Take the question out of lists, exports and scores; a deleted one comes back",
                none,
                writing,
            ),
            Self::CiteView | Self::CiteSelection | Self::CitePicture => self.citing(),
            Self::Ask => Row::new(
                "questions.ask",
                "Ask a map…",
                "Search places, what is nearby and routes: in the project itself, or at a service",
                key(10, Modifiers::NONE),
                &[Project],
            ),
            Self::Offline => Row::new(
                "questions.offline",
                "Work offline",
                "Send nothing: ask no service, no server with imagery and for no map tiles",
                none,
                &[],
            ),
            Self::Draft => Row::new(
                "questions.draft",
                "Draft questions…",
                "Make questions, answers and other options from the labels, with the computation shown",
                none,
                &[Project, Writable, Author],
            ),
            Self::Import => Row::new(
                "questions.import",
                "Import questions…",
                "Read questions of MapQaTor, MapEval or JSON lines",
                none,
                &[Project, Writable],
            ),
            Self::Export => Row::new(
                "questions.export",
                "Export questions…",
                "Write the questions to a file that is read back",
                none,
                going,
            ),
        }
    }

    /// What is on the map becomes evidence.
    fn citing(self) -> Row {
        use Need::{Author, Map, Project, Question, Selection, Writable};
        match self {
            Self::CiteView => Row::new(
                "questions.cite_view",
                "Add this view as evidence",
                "The question rests on what the map shows now",
                [Shortcut::new(Key::Function(9), Modifiers::NONE)],
                &[Project, Writable, Author, Question, Map],
            ),
            Self::CiteSelection => Row::new(
                "questions.cite_selection",
                "Add the selection as evidence",
                "The question rests on the selected regions",
                [Shortcut::new(Key::Function(9), Modifiers::SHIFT)],
                &[Project, Writable, Author, Question, Selection],
            ),
            _ => Row::new(
                "questions.cite_picture",
                "Add a picture of this view as evidence",
                "Keep in the project what the map shows now, and cite it",
                [],
                &[Project, Writable, Author, Question, Map],
            ),
        }
    }
}
