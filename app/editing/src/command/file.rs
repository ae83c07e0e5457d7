//! Projects and files.

use super::situation::Need;
use super::{Row, Shortcut};

/// Projects and files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileCommand {
    New,
    Open,
    AddImagery,
    OpenFolder,
    OpenAddress,
    Import,
    Join,
    Share,
    OpenServer,
    SaveCopy,
    Close,
    Quit,
}

impl FileCommand {
    pub(super) fn all() -> Vec<Self> {
        vec![
            Self::New,
            Self::Open,
            Self::AddImagery,
            Self::OpenFolder,
            Self::OpenAddress,
            Self::Import,
            Self::Join,
            Self::Share,
            Self::OpenServer,
            Self::SaveCopy,
            Self::Close,
            Self::Quit,
        ]
    }

    pub(super) fn row(self) -> Row {
        use Need::{Project, Writable};
        match self {
            Self::New => Row::new(
                "file.new",
                "New project…",
                "Start a project file and choose its classes",
                [Shortcut::ctrl('N')],
                &[],
            ),
            Self::Open => Row::new(
                "file.open",
                "Open…",
                "Open a project, imagery or label files",
                [Shortcut::ctrl('O')],
                &[],
            ),
            Self::AddImagery => Row::new(
                "file.add_imagery",
                "Add imagery…",
                "Add images to the project as layers; their pixels stay in their own files",
                [Shortcut::ctrl_shift('O')],
                &[Project, Writable],
            ),
            Self::OpenFolder => Row::new(
                "file.open_folder",
                "Open folder…",
                "Show a folder of images as one layer: scenes as a mosaic, pictures of one size as bands",
                [],
                &[],
            ),
            Self::OpenAddress => Row::new(
                "file.open_address",
                "Open address…",
                "Show an image on a server or in an object store: https, s3, gs or az",
                [Shortcut::ctrl_shift('U')],
                &[],
            ),
            Self::Import => Row::new(
                "file.import",
                "Import labels…",
                "Read regions and labels from files of other programs",
                [Shortcut::ctrl('I')],
                &[Project, Writable],
            ),
            Self::Join => Row::new(
                "file.join",
                "Join copies…",
                "Take over what others did in their copies of this project; what comes from whom is said first",
                [],
                &[Project, Writable],
            ),
            Self::Share => share(),
            Self::OpenServer => open_server(),
            Self::SaveCopy => Row::new(
                "file.save_copy",
                "Save a copy…",
                "Write the project to another file; every edit is saved already in this one",
                [Shortcut::ctrl_shift('S')],
                &[Project],
            ),
            Self::Close => Row::new(
                "file.close",
                "Close project",
                "Close the project; everything is saved",
                [Shortcut::ctrl('W')],
                &[Project],
            ),
            Self::Quit => Row::new(
                "file.quit",
                "Quit",
                "Close the window; everything is saved",
                [Shortcut::ctrl('Q')],
                &[],
            ),
        }
    }
}

/// The project on a server.
fn share() -> Row {
    Row::new(
        "file.share",
        "Share project…",
        "Put the project on a PostgreSQL server, where what all members do comes together; or see how it stands there",
        [],
        &[Need::Project, Need::Writable],
    )
}

/// A file of what is on a server.
fn open_server() -> Row {
    Row::new(
        "file.open_server",
        "Open from a server…",
        "Make a file of a project that is shared on a PostgreSQL server, and keep it in step",
        [],
        &[],
    )
}
