//! What is asked about cards that leave the screen.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use picture::cards::Paper;

use super::handing::StageArg;

/// A size of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaperArg {
    A4,
    A3,
    Letter,
}

impl PaperArg {
    pub(crate) const fn paper(self) -> Paper {
        match self {
            Self::A4 => Paper::A4,
            Self::A3 => Paper::A3,
            Self::Letter => Paper::Letter,
        }
    }
}

/// Which cases.
#[derive(Debug, Args)]
pub(crate) struct CasesArgs {
    /// Only cases that a condition holds for, such as 'class = destroyed'; default: what waits at the stage.
    #[arg(long, value_name = "WORDS", group = "cases")]
    pub(crate) query: Option<String>,
    /// Only cases of a list that the project keeps.
    #[arg(long, value_name = "NAME", group = "cases")]
    pub(crate) list: Option<String>,
    /// Only cases that stand so: disputed, tied, accepted …, apart by commas.
    #[arg(long, value_name = "STATE,…", value_delimiter = ',', group = "cases")]
    pub(crate) state: Vec<String>,
    /// Every case.
    #[arg(long, group = "cases")]
    pub(crate) all: bool,
    /// No more than the first ones.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// The stage that cases wait at.
    #[arg(long, value_enum, default_value = "2")]
    pub(crate) stage: StageArg,
    /// Whom `me` means in the condition.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SheetOfCardsArgs {
    /// The file to write: .pdf, or .png, one for each page.
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) cases: CasesArgs,
    #[arg(long, value_enum, default_value = "a4")]
    pub(crate) paper: PaperArg,
    /// Upright pages.
    #[arg(long)]
    pub(crate) portrait: bool,
    /// Cards on a page, about.
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub(crate) per_page: usize,
    /// Pixels to the inch.
    #[arg(long, value_name = "N", default_value_t = 200.0)]
    pub(crate) dpi: f64,
    /// Above every page.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) title: String,
    /// Say what labels say and where cases stand; without this the sheet is blind.
    #[arg(long)]
    pub(crate) labels: bool,
    /// Say the votes that are open to everybody; those of a committee that is still voting never are.
    #[arg(long)]
    pub(crate) votes: bool,
    /// No boxes to tick.
    #[arg(long)]
    pub(crate) no_boxes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BundleArgs {
    /// The folder to make.
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Whose votes come back.
    #[arg(long = "for", value_name = "MEMBER")]
    pub(crate) whose: String,
    #[command(flatten)]
    pub(crate) cases: CasesArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TakeArgs {
    /// What the bundle's page saved, or - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where the member has given another verdict meanwhile, the file's supersedes it.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Take votes of a bundle that nobody signed.
    #[arg(long)]
    pub(crate) unsigned: bool,
    /// Say what would be taken, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
