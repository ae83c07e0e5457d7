//! Labels on their way out.

use super::situation::Need;
use super::{Row, Shortcut};

/// Labels on their way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DatasetCommand {
    Export,
    DesignSplit,
    Verify,
}

impl DatasetCommand {
    pub(super) fn all() -> Vec<Self> {
        vec![Self::Export, Self::DesignSplit, Self::Verify]
    }

    pub(super) fn row(self) -> Row {
        use Need::{Project, Regions};
        match self {
            Self::Export => Row::new(
                "dataset.export",
                "Export…",
                "Write labels, chips and masks for other programs, and read them back to be sure",
                [Shortcut::ctrl('E')],
                &[Project, Regions],
            ),
            Self::DesignSplit => Row::new(
                "dataset.split",
                "Splits…",
                "Divide the ground into training, validation and test",
                [],
                &[Project, Regions],
            ),
            Self::Verify => Row::new(
                "dataset.verify",
                "Verify project",
                "Check every rule and rebuild the tables from the journal",
                [],
                &[Project],
            ),
        }
    }
}
