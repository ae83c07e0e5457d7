//! What “Print cards…” and “Bundle for a member…” have been told so far.

use std::path::{Path, PathBuf};

use jobs::JobId;
use picture::cards::Paper;
use picture::sheet::Format;
use project::Author;

/// What cards are made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Pages, as PDF or PNG.
    Sheet,
    /// A folder for a member without the imagery.
    Bundle,
}

/// Whose cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Of {
    /// The list that is gone through.
    #[default]
    Listed,
    /// What is chosen in the grid.
    Chosen,
    /// The rows of the table, as its condition has them.
    Table,
    Every,
}

impl Of {
    /// Every source, in the order of the list.
    pub const ALL: [Self; 4] = [Self::Listed, Self::Chosen, Self::Table, Self::Every];

    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Listed => "The list",
            Self::Chosen => "What is chosen",
            Self::Table => "What the table shows",
            Self::Every => "Every case",
        }
    }
}

/// What the dialog says.
#[derive(Clone, Debug, PartialEq)]
pub struct PaperDraft {
    pub kind: Kind,
    pub of: Of,
    /// The file, or the folder that is made.
    pub path: String,
    pub paper: Paper,
    pub landscape: bool,
    pub per_page: usize,
    pub heading: String,
    pub labels: bool,
    pub votes: bool,
    pub boxes: bool,
    /// Whom a bundle is for.
    pub member: Option<Author>,
    /// The job that draws and writes.
    pub running: Option<JobId>,
    pub trouble: Option<String>,
}

impl PaperDraft {
    /// The first proposal: six blind cards on A4, beside the project.
    pub fn new(kind: Kind, folder: &Path) -> Self {
        let path = match kind {
            Kind::Sheet => folder.join("cards.pdf"),
            Kind::Bundle => folder.join("bundle"),
        };
        Self {
            kind,
            of: Of::default(),
            path: path.display().to_string(),
            paper: Paper::A4,
            landscape: true,
            per_page: 6,
            heading: String::new(),
            labels: false,
            votes: false,
            boxes: true,
            member: None,
            running: None,
            trouble: None,
        }
    }

    /// The form that the file name of a sheet asks for.
    pub fn form(&self) -> Option<Format> {
        let form = Format::of(Path::new(self.path.trim()));
        form.filter(|form| matches!(form, Format::Pdf | Format::Png))
    }

    /// The same name with another ending.
    pub fn set_form(&mut self, form: Format) {
        let path = PathBuf::from(self.path.trim());
        self.path = path.with_extension(form.ending()).display().to_string();
    }
}

/// What the dialogs, and the panel of work, ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum PaperAsk {
    Open(Kind),
    Draft(Box<PaperDraft>),
    ChooseFile,
    Make,
    Close,
    /// Choose a file of votes that came back from a bundle.
    TakeVotes,
}
