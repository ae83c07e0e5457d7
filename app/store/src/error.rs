//! Why a project file cannot be opened, read or written.

use std::path::{Path, PathBuf};

use project::EditError;

use crate::ReadOnlyReason;

/// What went wrong with a project file. After any of these the file is as it was before the call.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no file {}", path.display())]
    NotFound { path: PathBuf },
    #[error("{} exists already", path.display())]
    Exists { path: PathBuf },
    #[error("{} is not an Orthoscope project: {why}", path.display())]
    NotAProject { path: PathBuf, why: String },
    #[error("{} is not a GeoPackage that can be read: {why}", path.display())]
    NotAGeoPackage { path: PathBuf, why: String },
    #[error(
        "{} was made by a newer Orthoscope (file version {version}, this program reads up to {supported})",
        path.display()
    )]
    Newer { path: PathBuf, version: u32, supported: u32 },
    #[error("{} is damaged: {what}", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("the project is open for reading only: {0}")]
    ReadOnly(ReadOnlyReason),
    #[error("{} is not what this program keeps there", path.display())]
    BadKey { path: PathBuf },
    /// A copy that cannot be joined to a project.
    #[error("{} cannot be joined: {why}", path.display())]
    Unjoinable { path: PathBuf, why: String, hint: &'static str },
    /// The edit itself was refused; the project is as it was.
    #[error(transparent)]
    Refused(#[from] EditError),
    /// A value that would not come back from the file as it went in.
    #[error("this cannot be stored: {0}")]
    Unstorable(String),
    #[error("there is no room left on the disk of {}; the last change was not saved", path.display())]
    Full { path: PathBuf },
    /// The disk was taken out, or the file moved, replaced or deleted, while it was open.
    #[error("{} is no longer where it was; the last change was not saved", path.display())]
    Vanished { path: PathBuf },
    /// Somebody wrote to the file without asking for the lock.
    #[error(
        "{} was changed by another program while it was open here: its journal ends at entry {found} instead of {expected}",
        path.display()
    )]
    Overtaken { path: PathBuf, expected: u64, found: u64 },
    /// The queue to the disk is full; the change was not taken.
    #[error("the disk cannot keep up; the last change was not taken")]
    Busy,
    /// Earlier changes are still waiting for the disk after a failure.
    #[error("changes wait to be saved since an earlier failure: {0}")]
    Stopped(String),
    /// The project itself is saved; only no copy of it was made.
    #[error("no backup of {} was made: {why}", path.display())]
    NotBackedUp { path: PathBuf, why: String },
    #[error("there is no sound backup of {}", path.display())]
    NoBackup { path: PathBuf },
    #[error("cannot {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("cannot {doing} {}: {source}", path.display())]
    Sqlite { doing: &'static str, path: PathBuf, source: rusqlite::Error },
}

impl StoreError {
    /// What to do about it, in one sentence, where there is something to do.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotFound { .. } => "Check the path, or make a project with `orthoscope new`.",
            Self::Exists { .. } => "Choose another name; an existing project is never overwritten.",
            Self::NotAProject { .. } => {
                "Open a project made by Orthoscope; label files join a project with `orthoscope import`."
            }
            Self::NotAGeoPackage { .. } => {
                "Projects are GeoPackage files (.gpkg) made by Orthoscope; check that this is the right file."
            }
            Self::Newer { .. } => "Update Orthoscope; the file was not changed.",
            Self::Damaged { .. } => {
                "Restore a backup with `orthoscope restore`; `orthoscope verify` names the damage, and QGIS can still show what is readable."
            }
            Self::ReadOnly(reason) => reason.hint(),
            Self::Unstorable(_) => "Change the value named; nothing was written.",
            Self::Full { .. } => "Free some space and try again; what is on screen is kept until then.",
            Self::Vanished { .. } => {
                "Connect its disk or put the file back, then choose Retry; or save a copy elsewhere. What is on screen is kept until then."
            }
            Self::Overtaken { .. } => "Close the project and open it again.",
            Self::Busy => "Wait a moment and try again.",
            Self::NotBackedUp { .. } => "Free some space; the project itself is saved all the same.",
            Self::NoBackup { .. } => {
                "Look for a copy of it elsewhere; QGIS can still show what is readable of a damaged project."
            }
            Self::Stopped(_) => "Mend the cause and choose Retry; what is on screen is kept until then.",
            Self::Io { .. } | Self::Sqlite { .. } => {
                "Check that the disk is connected, writable and healthy, then try again."
            }
            Self::BadKey { .. } => {
                "Put the file back from a copy, or move it away: a new one is made at the next start, and what was signed with the old one stays valid."
            }
            Self::Unjoinable { hint, .. } => hint,
            Self::Refused(_) => return None,
        })
    }

    pub(crate) fn io(doing: &'static str, path: &Path, source: std::io::Error) -> Self {
        if source.kind() == std::io::ErrorKind::StorageFull {
            return Self::Full { path: path.to_path_buf() };
        }
        Self::Io { doing, path: path.to_path_buf(), source }
    }

    /// Sorts what SQLite reports by what it means to the user.
    pub(crate) fn sqlite(doing: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let path = path.to_path_buf();
        let damaged = |what: String| Self::Damaged { path: path.clone(), what };
        match &source {
            rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
                ErrorCode::NotADatabase => {
                    Self::NotAGeoPackage { path, why: "it is not a database file".to_owned() }
                }
                ErrorCode::DatabaseCorrupt => {
                    damaged(message.clone().unwrap_or_else(|| "its pages contradict each other".to_owned()))
                }
                ErrorCode::DiskFull => Self::Full { path },
                ErrorCode::ReadOnly => Self::ReadOnly(ReadOnlyReason::Medium),
                ErrorCode::TooBig => {
                    damaged("a value in it is larger than any that Orthoscope writes".into())
                }
                _ => Self::Sqlite { doing, path, source },
            },
            rusqlite::Error::InvalidColumnType(_, column, found) => {
                damaged(format!("column `{column}` holds {found} instead of what belongs there"))
            }
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::QueryReturnedNoRows => damaged(source.to_string()),
            _ => Self::Sqlite { doing, path, source },
        }
    }
}
