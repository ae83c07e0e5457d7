//! Models at an endpoint: how it is named, and where what they say is kept.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use places::plugin_api::Pace;
use places::{Chat, ChatReply, Endpoint, Keeper, Line, Manner, Tally, Terms};
use project::question::Run;
use project::{Author, Change, Edit, Project, ResponseId, RunId};
use serde_json::{Map, Value};
use store::Session;

use crate::failure::Failure;
use crate::output::note;
use crate::stop;
use crate::workspace::{self, now_ms};

/// A model at an endpoint, and what it may take.
#[derive(Debug, Args)]
pub(super) struct WhomArgs {
    /// Ask a model at this address, which speaks OpenAI's chat completions: https://api.example.org/v1,
    /// http://127.0.0.1:8080/v1. What it says is kept, and nobody is asked twice.
    #[arg(long, value_name = "URL", requires = "model")]
    pub(super) endpoint: Option<String>,
    /// The model that answers.
    #[arg(long)]
    pub(super) model: Option<String>,
    /// The name of the secret that the endpoint wants: an environment variable, else an entry of the keyring. Without:
    /// none is sent.
    #[arg(long, value_name = "NAME", requires = "endpoint")]
    key: Option<String>,
    /// Tokens that this call may take; the request that could take more is not sent.
    #[arg(long, value_name = "TOKENS", requires = "endpoint")]
    pub(super) budget: Option<u64>,
    /// Tokens of the longest reply [default: 1024; 4096 where a model drafts].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_tokens: Option<u32>,
    /// Another field of the request, as JSON: seed=7, temperature=0.7; null leaves one out.
    #[arg(long, value_name = "NAME=VALUE", requires = "endpoint")]
    set: Vec<String>,
    /// Milliseconds from one request to the next, at least.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pause_ms: u64,
    /// Seconds that a reply may take.
    #[arg(long, value_name = "S", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    patience_s: u64,
    /// Only what is kept: nothing is sent.
    #[arg(long, requires = "endpoint")]
    offline: bool,
}

impl WhomArgs {
    /// Whom to ask at an address, with replies of at most so many tokens where nothing else is said.
    pub(super) fn terms(&self, address: &str, max_tokens: u32) -> anyhow::Result<Terms> {
        let pace = Pace {
            between: Duration::from_millis(self.pause_ms),
            patience: Duration::from_secs(self.patience_s),
        };
        let endpoint = Endpoint::new(address, self.key.as_deref(), pace)?;
        let mut fields = Map::new();
        for set in &self.set {
            let (name, value) = set.split_once('=').ok_or_else(|| {
                Failure::because(
                    format!("`{set}` sets nothing"),
                    "such as --set seed=7 or --set temperature=null",
                )
            })?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
            fields.insert(name.to_owned(), value);
        }
        let model = self.model.as_deref().unwrap_or_default();
        let max_tokens = self.max_tokens.unwrap_or(max_tokens);
        let manner = Manner { max_tokens, fields, ..Manner::new(model) };
        Ok(Terms { endpoint, manner, budget: self.budget, offline: self.offline })
    }
}

/// A project that keeps what models say.
pub(super) struct Notebook {
    pub(super) session: Session,
    author: Author,
    /// The runs that were kept.
    pub(super) runs: Vec<RunId>,
}

impl Notebook {
    pub(super) fn open(path: &Path, author: &Author) -> anyhow::Result<Self> {
        stop::listen();
        let session = workspace::edit(path, author.name())?;
        Ok(Self { session, author: author.clone(), runs: Vec::new() })
    }
}

/// Questions after which it is told how far asking is.
const TELL_EVERY: usize = 25;

impl Keeper for Notebook {
    type Fault = anyhow::Error;

    fn project(&self) -> &Project {
        self.session.project()
    }

    fn keep(&mut self, chat: &Chat, reply: ChatReply) -> anyhow::Result<ResponseId> {
        let at_ms = now_ms();
        let id = self.session.ids(at_ms).response();
        self.session.respond(&self.author, at_ms, reply.into_response(id, chat, at_ms)?)?;
        Ok(id)
    }

    fn reused(&mut self, response: ResponseId) {
        self.session.note_hit(now_ms(), response);
    }

    fn finish(&mut self, run: Run) -> anyhow::Result<()> {
        let id = self.session.ids(now_ms()).run();
        self.session.edit(&self.author, now_ms(), Edit::Run(Change::create(id, run)))?;
        self.runs.push(id);
        Ok(())
    }

    fn goes_on(&self) -> bool {
        !stop::is_wanted()
    }

    fn told(&mut self, line: &Line<'_>) {
        if line.n > 0 && line.n.is_multiple_of(TELL_EVERY) {
            let way = line.prompt.map_or("", questions::Prompt::key);
            note(&format!("{way}: {} of {}, {} tokens", line.n, line.of, line.tally.tokens));
        }
    }

    fn now_ms(&self) -> i64 {
        now_ms()
    }
}

/// What asking came to, in words.
pub(super) fn told(tally: &Tally, terms: &Terms) -> String {
    use std::fmt::Write as _;
    let guessed = if tally.guessed { " (partly guessed)" } else { "" };
    let budget = terms.budget.map_or_else(String::new, |budget| format!(" of {budget}"));
    let mut text = format!(
        "{}: {} requests sent, {} replies from the file, {}{budget} tokens{guessed}",
        terms.manner.model, tally.sent, tally.kept, tally.tokens
    );
    for (n, what) in [
        (tally.cut, "replies were cut off at their longest"),
        (tally.without, "questions have no kept reply"),
        (tally.only_in_images, "questions are about images only"),
        (tally.failures, "requests failed"),
    ] {
        if n > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, ", {n} {what}");
        }
    }
    if let Some(first) = tally.failed.first() {
        let _ = write!(text, "\nthe first failure: {}", first.reason);
    }
    if let Some(why) = &tally.stopped {
        let _ = write!(text, "\nnot everything was asked: {why}");
    }
    text
}
