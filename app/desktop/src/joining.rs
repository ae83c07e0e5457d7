//! Copies of the project that are to be joined: what would come from whom, before it does.

use std::path::PathBuf;
use std::sync::Arc;

use project::Project;
use store::MergeReport;

use crate::exchange::Trouble;

/// What joining would do.
#[derive(Debug)]
pub struct Outlook {
    pub report: MergeReport,
    /// The project as it would be.
    pub project: Project,
}

/// The dialog.
#[derive(Clone, Debug)]
pub struct JoinDraft {
    pub copies: Vec<PathBuf>,
    /// `None` while the copies are read.
    pub outlook: Option<Result<Arc<Outlook>, Trouble>>,
}
