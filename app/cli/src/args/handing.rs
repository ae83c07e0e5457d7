//! What is asked about work that is handed out, and about what members say to each other.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use project::review::Stage;

use super::cards::{BundleArgs, SheetOfCardsArgs, TakeArgs};

/// The stage that cases are voted on at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StageArg {
    #[value(name = "1")]
    One,
    #[value(name = "2")]
    Two,
}

impl StageArg {
    pub(crate) const fn stage(self) -> Stage {
        match self {
            Self::One => Stage::One,
            Self::Two => Stage::Two,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ReviewArgs {
    pub(crate) project: PathBuf,
    #[command(subcommand)]
    pub(crate) view: Option<ReviewView>,
    /// Whose queue, work or threads, or to whom it came back.
    #[arg(long, global = true)]
    pub(crate) member: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReviewView {
    /// How many cases stand where.
    Status,
    /// What waits for a vote, the most disputed first.
    Queue,
    /// What is back with whoever labelled it, and why.
    Returned,
    Agreement,
    Transitions,
    Throughput,
    /// Which rule put a case where it stands.
    Why {
        /// The case: its id, or that of the file it came from.
        case: String,
    },
    /// What was handed to a member and is not done.
    Work,
    /// How far every assignment is, by member and area.
    Board(BoardArgs),
    /// Hand cases out, each to so many members who vote without seeing each other.
    Assign(Box<AssignArgs>),
    /// Let others of the same assignment have what is not done, now or at a time.
    Release(ReleaseArgs),
    /// Take an assignment back; votes stay.
    Unassign(NamedArgs),
    /// What members said about objects and places.
    Threads {
        /// Those that are resolved, too.
        #[arg(long)]
        all: bool,
    },
    /// Say something about a case or a place, or in a thread; `@Name` mentions somebody.
    Say(SayArgs),
    /// Resolve a thread, or open it again.
    Resolve(ResolveArgs),
    /// Read why a case came back: nothing is sent back unread.
    Read(CaseArgs),
    /// Send a case that came back to review again, with the class that its label has or another.
    SendBack(SendBackArgs),
    /// Print cards to a PDF or PNG, several on a page, blind unless asked otherwise.
    Sheet(Box<SheetOfCardsArgs>),
    /// Make a folder with cards and a page for a member to vote on, without imagery, program or network.
    Bundle(Box<BundleArgs>),
    /// Take the votes that a bundle's page saved.
    Take(TakeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct BoardArgs {
    /// Known answers (CSV: case,class) that members are scored by; they are kept on this computer, not in the project.
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,
    /// Who asks; scores are for leads only.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AssignArgs {
    /// What the assignment is called.
    #[arg(long)]
    pub(crate) name: String,
    /// Members, apart by commas.
    #[arg(long, value_name = "NAME,NAME…", value_delimiter = ',', required = true)]
    pub(crate) to: Vec<String>,
    /// Members for each case.
    #[arg(long, default_value_t = 1)]
    pub(crate) times: usize,
    /// 1: look at labels a second time; 2: vote blind.
    #[arg(long, value_enum, default_value = "2")]
    pub(crate) stage: StageArg,
    /// Only cases that a condition holds for, such as 'class = destroyed'; default: what waits at the stage.
    #[arg(long, value_name = "WORDS")]
    pub(crate) query: Option<String>,
    /// Only cases of a list that the project keeps.
    #[arg(long, value_name = "NAME", conflicts_with = "query")]
    pub(crate) list: Option<String>,
    /// Every case, whether it waits or not.
    #[arg(long, conflicts_with_all = ["query", "list"])]
    pub(crate) all: bool,
    /// So many of them, by chance.
    #[arg(long, value_name = "N", group = "sample")]
    pub(crate) random: Option<usize>,
    /// So many of them, of each class its share and at least one.
    #[arg(long, value_name = "N", group = "sample")]
    pub(crate) stratified: Option<usize>,
    /// The so many that are the least certain: judges or views differ, or a model is unsure.
    #[arg(long, value_name = "N", group = "sample")]
    pub(crate) uncertain: Option<usize>,
    /// Deal out squares of a grid with this side, in units of the project's CRS, instead of single cases.
    #[arg(long, value_name = "SIDE")]
    pub(crate) areas: Option<f64>,
    /// Hours after which what is not done is free for the other members.
    #[arg(long, value_name = "HOURS")]
    pub(crate) release: Option<f64>,
    /// Mix these cases in, whose answer is known (CSV: case,class). The answers stay on this computer.
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,
    /// The same seed chooses and deals the same way.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Say who would get how much, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Who hands out.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct NamedArgs {
    /// The assignment: its name or id.
    pub(crate) name: String,
    /// Who does it.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    pub(crate) of: NamedArgs,
    /// Hours from now; default: at once.
    #[arg(long, value_name = "HOURS", default_value_t = 0.0)]
    pub(crate) after: f64,
}

#[derive(Debug, Args)]
pub(crate) struct SayArgs {
    /// What is said.
    pub(crate) text: String,
    /// About a case: its id, or that of the file it came from.
    #[arg(long, value_name = "CASE", group = "about", required = true)]
    pub(crate) on: Option<String>,
    /// About a place, in the project's CRS.
    #[arg(long, value_name = "X,Y", group = "about", allow_hyphen_values = true)]
    pub(crate) at: Option<String>,
    /// In a thread.
    #[arg(long, value_name = "ID", group = "about")]
    pub(crate) thread: Option<String>,
    /// Who says it.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// The thread.
    pub(crate) thread: String,
    /// Open it again.
    #[arg(long)]
    pub(crate) open: bool,
    /// Who does it.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CaseArgs {
    /// The case: its id, or that of the file it came from.
    pub(crate) case: String,
    /// Who reads.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SendBackArgs {
    #[command(flatten)]
    pub(crate) of: CaseArgs,
    /// What it is; default: what its label says.
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<String>,
}
