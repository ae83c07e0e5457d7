//! What a user can ask for: one table that menu, palette, toolbar, shortcut sheet and help all read.

mod dataset;
mod edit;
mod file;
mod find;
mod keymap;
mod map;
mod models;
mod pane;
mod questions;
mod review;
mod screening;
mod shape;
mod shortcut;
mod situation;
mod tools;
mod view;

use std::borrow::Cow;

pub use dataset::DatasetCommand;
pub use edit::EditCommand;
pub use file::FileCommand;
pub use find::FindCommand;
pub use keymap::{Keymap, Taken};
pub use map::MapCommand;
pub use models::ModelCommand;
pub use pane::Pane;
pub use questions::QuestionCommand;
pub use review::ReviewCommand;
pub use screening::ScreeningCommand;
pub use shape::ShapeCommand;
pub use shortcut::{Shortcut, UnreadableShortcut};
pub use situation::{CUBE_BANDS, Situation, Workspace};
pub use view::ViewCommand;

use crate::ToolKind;
use situation::Need;

/// Something that a user asks for. Data only; the program runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    File(FileCommand),
    View(ViewCommand),
    Map(MapCommand),
    Edit(EditCommand),
    Shape(ShapeCommand),
    Find(FindCommand),
    Tool(ToolKind),
    Review(ReviewCommand),
    Screening(ScreeningCommand),
    Question(QuestionCommand),
    Model(ModelCommand),
    Dataset(DatasetCommand),
}

/// A command's line in the table.
struct Row {
    /// Stable name for key profiles and scripts, such as `edit.undo`.
    key: Cow<'static, str>,
    text: Cow<'static, str>,
    tooltip: &'static str,
    shortcuts: Vec<Shortcut>,
    needs: &'static [Need],
}

impl Row {
    fn new(
        key: impl Into<Cow<'static, str>>,
        text: impl Into<Cow<'static, str>>,
        tooltip: &'static str,
        shortcuts: impl Into<Vec<Shortcut>>,
        needs: &'static [Need],
    ) -> Self {
        Self { key: key.into(), text: text.into(), tooltip, shortcuts: shortcuts.into(), needs }
    }
}

impl Command {
    /// Every command there is, in the order of menus.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = FileCommand::all().into_iter().map(Self::File).collect();
        all.extend(EditCommand::all().into_iter().map(Self::Edit));
        all.extend(ShapeCommand::ALL.map(Self::Shape));
        all.extend(FindCommand::ALL.map(Self::Find));
        all.extend(ViewCommand::all().into_iter().map(Self::View));
        all.extend(MapCommand::all().into_iter().map(Self::Map));
        all.extend(ToolKind::ALL.map(Self::Tool));
        all.extend(ReviewCommand::all().into_iter().map(Self::Review));
        all.extend(ScreeningCommand::all().into_iter().map(Self::Screening));
        all.extend(QuestionCommand::ALL.map(Self::Question));
        all.extend(ModelCommand::all().into_iter().map(Self::Model));
        all.extend(DatasetCommand::all().into_iter().map(Self::Dataset));
        all
    }

    fn row(self) -> Row {
        match self {
            Self::File(command) => command.row(),
            Self::View(command) => command.row(),
            Self::Map(command) => command.row(),
            Self::Edit(command) => command.row(),
            Self::Shape(command) => command.row(),
            Self::Tool(kind) => tools::row(kind),
            Self::Find(command) => command.row(),
            Self::Review(command) => command.row(),
            Self::Screening(command) => command.row(),
            Self::Question(command) => command.row(),
            Self::Model(command) => command.row(),
            Self::Dataset(command) => command.row(),
        }
    }

    /// Stable name for key profiles and scripts, such as `edit.undo`.
    pub fn key(self) -> Cow<'static, str> {
        self.row().key
    }

    /// The command of a stable name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::all().into_iter().find(|command| command.key() == key)
    }

    /// What stands on the menu item or button.
    pub fn text(self) -> Cow<'static, str> {
        self.row().text
    }

    /// One sentence on what it does.
    pub fn tooltip(self) -> &'static str {
        self.row().tooltip
    }

    /// The keys it has before anybody changes them.
    pub fn shortcuts(self) -> Vec<Shortcut> {
        self.row().shortcuts
    }

    /// The heading it stands under.
    pub fn group(self) -> &'static str {
        match self {
            Self::File(_) => "File",
            Self::View(_) => "View",
            Self::Map(_) => "Map",
            Self::Edit(_) => "Edit",
            Self::Shape(_) => "Shape",
            Self::Find(_) => "Find",
            Self::Tool(_) => "Tools",
            Self::Review(_) => "Review",
            Self::Screening(_) => "Screening",
            Self::Question(_) => "Questions",
            Self::Model(_) => "Models",
            Self::Dataset(_) => "Datasets",
        }
    }

    /// The workspace that its keys work in; `None`: everywhere that the workspace has no other use for them.
    pub fn workspace(self) -> Option<Workspace> {
        match self {
            Self::Review(_) => Some(Workspace::Review),
            Self::Question(_) => Some(Workspace::Questions),
            Self::Model(_) => Some(Workspace::Models),
            _ => None,
        }
    }

    /// Why it cannot run now, as shown on the greyed item; `None` when it can.
    pub fn unavailable(self, situation: &Situation) -> Option<&'static str> {
        self.row().needs.iter().find_map(|need| need.unmet(situation))
    }
}

#[cfg(test)]
mod tests;
