//! What is asked about members, their copies and the rules that they work by.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use project::Role;

#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// The project that takes the work of the copies over.
    pub(crate) project: PathBuf,
    /// Copies of it that others worked on.
    #[arg(required = true, value_name = "COPY.gpkg")]
    pub(crate) copies: Vec<PathBuf>,
    /// Say what would come from whom, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Who joins them.
    #[arg(long)]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ConflictsArgs {
    pub(crate) project: PathBuf,
    /// Keep what stands; `all` for every conflict.
    #[arg(long, value_name = "ID|all")]
    pub(crate) keep: Option<String>,
    /// Take the version that was set aside.
    #[arg(long, value_name = "ID|all", conflicts_with = "keep")]
    pub(crate) take: Option<String>,
    /// Who decides.
    #[arg(long)]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    pub(crate) project: PathBuf,
    /// Say which there are, and make none.
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The project that is damaged or gone.
    pub(crate) project: PathBuf,
    /// Which backup; without it the newest that is sound.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) backup: Option<u64>,
    /// Write a new file instead, and leave the project as it is.
    #[arg(short, long, value_name = "FILE.gpkg")]
    pub(crate) output: Option<PathBuf>,
}

/// A member's part, as it is written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Annotator,
    Reviewer,
    Committee,
    Lead,
}

impl Part {
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Annotator => Role::Annotator,
            Self::Reviewer => Role::Reviewer,
            Self::Committee => Role::Committee,
            Self::Lead => Role::Lead,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct MemberArgs {
    pub(crate) project: PathBuf,
    /// The member; none: all of them are listed.
    pub(crate) name: Option<String>,
    /// Their part from now on; brings a removed member back.
    #[arg(long, value_enum, requires = "name")]
    pub(crate) role: Option<Part>,
    /// What they do from now on in their copies is not taken over.
    #[arg(long, requires = "name", conflicts_with = "role")]
    pub(crate) remove: bool,
    /// Who says so.
    #[arg(long)]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    pub(crate) project: PathBuf,
    /// A TOML file; what it does not name stays as it is.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) set: Option<PathBuf>,
    /// Who sets them.
    #[arg(long)]
    pub(crate) author: Option<String>,
}
