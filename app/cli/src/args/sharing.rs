//! What is asked about projects on a server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Part;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct ShareArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ShareCommand>,
    /// The project's file; it stays the whole project.
    #[arg(required = true)]
    pub(crate) project: Option<PathBuf>,
    /// An empty PostgreSQL database that you own: postgres://you@host/town.
    #[arg(required = true, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
    /// Share it although votes of committees that are still voting can be read in it.
    #[arg(long)]
    pub(crate) show_open_votes: bool,
    /// Leave the rules alone; else committee votes are sealed from now on.
    #[arg(long)]
    pub(crate) keep_rules: bool,
    /// Who shares it.
    #[arg(long)]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ShareCommand {
    /// Who works on the project on the server.
    Member {
        #[command(subcommand)]
        command: ShareMemberCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ShareMemberCommand {
    /// Let somebody in, or back in.
    Add(ShareMemberArgs),
    /// Let somebody send and read nothing any more; what they did stays.
    Remove { project: PathBuf, name: String },
    /// Say who is let in.
    List { project: PathBuf },
}

#[derive(Debug, Args)]
pub(crate) struct ShareMemberArgs {
    pub(crate) project: PathBuf,
    /// The name that their labels and votes carry.
    pub(crate) name: String,
    /// Their role of PostgreSQL, made where there is none; else their name in small letters.
    #[arg(long, value_name = "ROLE")]
    pub(crate) login: Option<String>,
    /// Their part in the project.
    #[arg(long, value_enum, default_value = "annotator")]
    pub(crate) role: Part,
}

#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    /// The project's file; made of what the server has where there is none.
    pub(crate) project: PathBuf,
    /// Where it is shared: postgres://you@host/town. Needed the first time only; a password in it is not kept.
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
}
