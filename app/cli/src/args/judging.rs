//! What is asked about agreement and fusion.

use std::path::PathBuf;

use agreement::Method;
use clap::{Args, ValueEnum};
use project::review::Scope;

/// Whose words are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VotesOf {
    /// Committee votes that were cast blind, of committees that are complete.
    Committee,
    /// Labels, and what stage-one reviewers saw.
    StageOne,
    /// The committee's, and stage one's of members who sat on none.
    Both,
}

impl VotesOf {
    pub(crate) const fn scope(self) -> Scope {
        match self {
            Self::Committee => Scope::Blind,
            Self::StageOne => Scope::StageOne,
            Self::Both => Scope::Open,
        }
    }
}

/// What agreement is parted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    Class,
    Pair,
    /// The layer that a region was drawn on.
    Layer,
    /// The kind of view (drone, crewed, satellite …) by annotators' labels of views, and how far views of one object differ;
    /// where no view was labelled, the kind of layer that a region was drawn on.
    View,
    /// Each outline that a second member drew: IoU, boundary IoU, Hausdorff distance.
    Geometry,
    Member,
    /// The ISO week of a case's newest vote, in UTC.
    Week,
}

#[derive(Debug, Args)]
pub(crate) struct AgreementArgs {
    pub(crate) project: PathBuf,
    /// Whose words; default: the committee's where it has spoken, else stage one.
    #[arg(long, value_enum)]
    pub(crate) stage: Option<VotesOf>,
    /// Part the numbers by this, too.
    #[arg(long, value_enum)]
    pub(crate) by: Option<By>,
    /// Resamplings of the cases behind each interval; 0: no intervals.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = resamples)]
    pub(crate) bootstrap: usize,
    /// Which cases are drawn: the same seed gives the same intervals.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

/// More would take minutes and say the same.
fn resamples(text: &str) -> Result<usize, String> {
    let n: usize = text.parse().map_err(|_| "not a whole number".to_owned())?;
    if n <= 100_000 { Ok(n) } else { Err("at most 100000".to_owned()) }
}

#[derive(Debug, Args)]
pub(crate) struct FuseArgs {
    pub(crate) project: PathBuf,
    /// majority, weighted, dawid-skene, glad or mace.
    #[arg(long, default_value = "dawid-skene")]
    pub(crate) method: Method,
    /// Whose words; default: both.
    #[arg(long, value_enum)]
    pub(crate) stage: Option<VotesOf>,
    /// Breaks ties, and starts MACE.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Rounds at most.
    #[arg(long, default_value_t = 200, value_parser = resamples)]
    pub(crate) rounds: usize,
    /// Starts of MACE, of which the likeliest counts.
    #[arg(long, default_value_t = 10, value_parser = resamples)]
    pub(crate) restarts: usize,
    /// How much a member's vote weighs (weighted); may be given several times. Default: as often as they agree
    /// with the majority.
    #[arg(long, value_name = "NAME=WEIGHT")]
    pub(crate) weight: Vec<String>,
    /// Propose only what is at least so probable, 0 to 1.
    #[arg(long, value_name = "P")]
    pub(crate) least: Option<f64>,
    /// Say what would be proposed, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Who has it written.
    #[arg(long, default_value = "command line")]
    pub(crate) author: String,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    pub(crate) project: PathBuf,
    /// The file to write, in the form that its name ends in; it needs no network and nothing beside it.
    #[arg(value_name = "OUT.html|OUT.pdf")]
    pub(crate) output: PathBuf,
    /// Resamplings of the cases behind each interval; 0: no intervals.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = resamples)]
    pub(crate) bootstrap: usize,
    /// Which cases are drawn: the same seed gives the same report.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}
