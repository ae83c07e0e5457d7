//! `qa`: questions about places and images.

mod exchange;
mod judge;
mod review;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use project::question::QuestionKind;
use questions::{Form, Prompt, Template};

use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct QaArgs {
    pub(crate) project: PathBuf,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The questions, in the order in which they were made.
    List(ListArgs),
    /// Take questions in from files: MapQaTor, MapEval (textual or visual), JSON lines.
    Import(ImportArgs),
    /// Write questions to a file, which is read back before it is there.
    Export(ExportArgs),
    /// Draft questions from the labels: what is asked is drawn from a seed, the answer is computed and shown.
    Draft(DraftArgs),
    /// Look at every question again: is what its answer rests on still so? Opens no socket.
    Verify {
        /// Fail where anything is otherwise.
        #[arg(long)]
        strict: bool,
    },
    /// Take in what members answer, from a CSV file: question,member,stage,answer[,note,seconds].
    Vote {
        #[arg(long, value_name = "votes.csv")]
        from: PathBuf,
    },
    /// Where the questions stand in review, and how well the members agree.
    Review,
    /// How often models are right; with --answers, take in what one answered first.
    Evaluate(EvaluateArgs),
    /// Write a page about the questions and the models that answered them.
    Report {
        #[arg(value_name = "OUT.html")]
        output: PathBuf,
    },
}

#[derive(Debug, Default, Args)]
struct ListArgs {
    /// Every word must stand in the question, its options, its category or its context's title.
    #[arg(long, default_value = "")]
    words: String,
    #[arg(long)]
    category: Option<String>,
    /// yes_no, single_choice, multiple_choice, open_ended, number, place or regions.
    #[arg(long, value_parser = kind)]
    kind: Option<QuestionKind>,
    /// Deleted ones.
    #[arg(long)]
    deleted: bool,
    /// At most so many.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

fn kind(text: &str) -> Result<QuestionKind, String> {
    QuestionKind::from_key(text).ok_or_else(|| {
        let known = QuestionKind::ALL.map(QuestionKind::key).join(", ");
        format!("the kinds are {known}")
    })
}

#[derive(Debug, Args)]
struct ImportArgs {
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// jsonl, mapqator, mapeval-text or mapeval-visual; default: what the file looks like.
    #[arg(long)]
    form: Option<Form>,
    /// Who stands for answers of which a file names nobody.
    #[arg(long, default_value = "command line")]
    author: String,
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// The file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// jsonl, mapqator, mapeval-text or mapeval-visual.
    #[arg(long, default_value = "jsonl")]
    form: Form,
    /// Leave out what the form cannot hold instead of stopping.
    #[arg(long)]
    leave_out: bool,
    /// Only questions that review has settled.
    #[arg(long)]
    accepted: bool,
    /// Only this category.
    #[arg(long)]
    category: Option<String>,
}

#[derive(Debug, Args)]
struct DraftArgs {
    /// count, exists, within, nearest, largest, majority, distance, direction or missing; may be given several times, and
    /// they take turns. Default: all.
    #[arg(long, value_delimiter = ',')]
    template: Vec<Template>,
    /// How many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// The same seed and labels give the same questions.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Only regions that review has settled.
    #[arg(long)]
    accepted: bool,
    /// Who stands for the questions.
    #[arg(long, default_value = "command line")]
    author: String,
    /// Say what would be drafted, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
struct EvaluateArgs {
    /// What a model answered: JSON, JSON lines or CSV with `question` and `reply`.
    #[arg(long, value_name = "FILE", requires = "model")]
    answers: Option<PathBuf>,
    /// The model that answered.
    #[arg(long)]
    model: Option<String>,
    /// How it was asked: text, json, chain or blind.
    #[arg(long, default_value = "text", value_parser = prompt)]
    prompt: Prompt,
    /// What the order of the options was drawn from; without: as they stand.
    #[arg(long)]
    seed: Option<u64>,
    /// Write what a model is to be asked, a line for each question, instead.
    #[arg(long, value_name = "OUT.jsonl", conflicts_with_all = ["answers", "model"])]
    prompts: Option<PathBuf>,
    /// Who has it done.
    #[arg(long, default_value = "command line")]
    author: String,
}

fn prompt(text: &str) -> Result<Prompt, String> {
    Prompt::ALL.into_iter().find(|one| one.key() == text).ok_or_else(|| {
        let known = Prompt::ALL.map(Prompt::key).join(", ");
        format!("the prompts are {known}")
    })
}

pub(crate) fn run(args: &QaArgs, output: &Output) -> anyhow::Result<()> {
    let path = &args.project;
    match &args.what {
        None => review::list(path, &ListArgs::default(), output),
        Some(What::List(args)) => review::list(path, args, output),
        Some(What::Import(args)) => exchange::import(path, args, output),
        Some(What::Export(args)) => exchange::export(path, args, output),
        Some(What::Draft(args)) => exchange::draft(path, args, output),
        Some(What::Verify { strict }) => review::verify(path, *strict, output),
        Some(What::Vote { from }) => review::vote(path, from, output),
        Some(What::Review) => review::review(path, output),
        Some(What::Evaluate(args)) => judge::evaluate(path, args, output),
        Some(What::Report { output: page }) => judge::report(path, page, output),
    }
}
