//! `qa`: questions about places and images.

mod exchange;
mod judge;
mod model;
mod propose;
mod review;
mod whom;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use project::QuestionId;
use project::question::QuestionKind;
use questions::{Form, Prompt, Template};

use crate::output::Output;
use whom::WhomArgs;

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
    /// Take questions in from files: MapQaTor, MapEval (textual or visual), JSON lines, Parquet.
    Import(ImportArgs),
    /// Write questions to a file, which is read back before it is there.
    Export(ExportArgs),
    /// Draft questions from the labels: what is asked is drawn from a seed, the answer is computed and shown. With
    /// --endpoint, have a model draft them from chosen evidence, as proposals.
    Draft(Box<DraftArgs>),
    /// Take over what a model proposed, or reject it.
    Accept(AcceptArgs),
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
    /// How often models are right; with --endpoint, ask one first; with --answers, take in what one answered.
    Evaluate(Box<EvaluateArgs>),
    /// Write the card of the dataset, as Markdown: what is in it, where it comes from, under which terms.
    Card {
        #[arg(value_name = "OUT.md")]
        output: PathBuf,
    },
    /// Write a page about the questions and the models that answered them, as HTML or PDF.
    Report {
        #[arg(value_name = "OUT.html|OUT.pdf")]
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
    /// What models proposed and nobody has taken over.
    #[arg(long)]
    proposed: bool,
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
    /// jsonl, mapqator, mapeval-text, mapeval-visual or parquet; default: what the file looks like.
    #[arg(long, alias = "format")]
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
    /// jsonl, mapqator, mapeval-text, mapeval-visual or parquet.
    #[arg(long, alias = "format", default_value = "jsonl")]
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
    /// Say what would be drafted, or what a model would be asked, and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    whom: WhomArgs,
    /// What a model drafts from: a kept answer or a region by its identity, or an answer by the beginning of its key.
    #[arg(long, value_name = "ID", requires = "endpoint")]
    evidence: Vec<String>,
    /// The regions in this part of the map, in the project's CRS.
    #[arg(
        long,
        value_name = "LEFT,BOTTOM,RIGHT,TOP",
        value_delimiter = ',',
        allow_hyphen_values = true,
        requires = "endpoint"
    )]
    view: Option<Vec<f64>>,
    /// Context and evidence of this question.
    #[arg(long, value_name = "QUESTION", requires = "endpoint")]
    from: Option<QuestionId>,
    /// How answers are told: text, json or table.
    #[arg(long, default_value = "text")]
    layout: places::Layout,
    /// Kinds of answers that a model is to draft; default: all but regions.
    #[arg(long, value_parser = kind, value_delimiter = ',', requires = "endpoint")]
    kind: Vec<QuestionKind>,
    /// The category of what a model drafts; default: the model says one.
    #[arg(long, requires = "endpoint")]
    category: Option<String>,
    /// What else a model is to keep to, in your words.
    #[arg(long, value_name = "WORDS", default_value = "")]
    wish: String,
}

#[derive(Debug, Args)]
struct AcceptArgs {
    #[arg(required_unless_present = "all", value_name = "QUESTION")]
    ids: Vec<QuestionId>,
    /// Every proposal there is.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Delete them instead.
    #[arg(long)]
    reject: bool,
    /// Who stands for them from now on.
    #[arg(long, default_value = "command line")]
    author: String,
}

#[derive(Debug, Args)]
struct EvaluateArgs {
    /// What a model answered: JSON, JSON lines or CSV with `question` and `reply`.
    #[arg(long, value_name = "FILE", requires = "model", conflicts_with = "endpoint")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    whom: WhomArgs,
    /// How it is asked: text, json, summary, chain, json-chain, summary-chain or blind; several with an endpoint.
    #[arg(long, value_delimiter = ',', value_parser = prompt)]
    prompt: Vec<Prompt>,
    /// What the order of the options is drawn from; without: as they stand. Several with an endpoint.
    #[arg(long, value_delimiter = ',')]
    seed: Vec<u64>,
    /// Only this category.
    #[arg(long, requires = "endpoint")]
    category: Option<String>,
    /// At most so many questions.
    #[arg(long, value_name = "N", requires = "endpoint")]
    limit: Option<usize>,
    /// Say what would be sent and what it may take, and send nothing.
    #[arg(long, requires = "endpoint")]
    dry_run: bool,
    /// Write what a model is to be asked, a line for each question, instead.
    #[arg(long, value_name = "OUT.jsonl", conflicts_with_all = ["answers", "model", "endpoint"])]
    prompts: Option<PathBuf>,
    /// Who has it done.
    #[arg(long, default_value = "command line")]
    author: String,
}

impl EvaluateArgs {
    /// The ways in which it is asked.
    fn prompts(&self) -> Vec<Prompt> {
        if self.prompt.is_empty() { vec![Prompt::default()] } else { self.prompt.clone() }
    }

    /// The one way in which it was asked; an error where several are named.
    fn one_way(&self) -> anyhow::Result<(Prompt, Option<u64>)> {
        match (&self.prompts()[..], &self.seed[..]) {
            ([prompt], []) => Ok((*prompt, None)),
            ([prompt], [seed]) => Ok((*prompt, Some(*seed))),
            _ => Err(crate::failure::Failure::because(
                "Several prompts or orders are asked at an endpoint only",
                "name one --prompt and one --seed, and call it once for each",
            )),
        }
    }
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
        Some(What::Draft(args)) => match &args.whom.endpoint {
            Some(address) => propose::draft(path, args, address, output),
            None => exchange::draft(path, args, output),
        },
        Some(What::Accept(args)) => propose::accept(path, args, output),
        Some(What::Verify { strict }) => review::verify(path, *strict, output),
        Some(What::Vote { from }) => review::vote(path, from, output),
        Some(What::Review) => review::review(path, output),
        Some(What::Evaluate(args)) => judge::evaluate(path, args, output),
        Some(What::Card { output: page }) => judge::card(path, page, output),
        Some(What::Report { output: page }) => judge::report(path, page, output),
    }
}
