//! Models are asked at an endpoint: once each, within a budget, and everything that is said is kept.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use places::plugin_api::Pace;
use places::{AskError, Chat, Endpoint, Manner, Network, Pauses, Said, UserKeys};
use project::question::{Reply, Run};
use project::{Author, Change, Edit, Project, Question, QuestionId, ResponseId};
use questions::{Prompt, order_of};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::Session;

use super::EvaluateArgs;
use super::judge::text;
use crate::failure::Failure;
use crate::output::{Output, note};
use crate::stop;
use crate::workspace::{self, now_ms};

/// Questions that may fail one after the other before the rest is left.
const MOST_IN_A_ROW: usize = 3;
/// Failures that are told.
const TOLD: usize = 20;

/// What asking came to.
#[derive(Debug, Default, Serialize)]
struct Tally {
    /// Requests that were sent.
    sent: usize,
    /// Replies that were kept already.
    kept: usize,
    /// Tokens that this call took, as the endpoint says, or guessed where it does not.
    tokens: u64,
    guessed: bool,
    /// Replies that ended because they were as long as they may be.
    cut: usize,
    /// Questions that are about an image only, each way counted.
    only_in_images: usize,
    /// Questions that have no reply: nothing is kept, and nothing was to be sent.
    without: usize,
    failed: Vec<Failed>,
    failures: usize,
    /// Why not everything was asked.
    stopped: Option<String>,
}

#[derive(Debug, Serialize)]
struct Failed {
    question: QuestionId,
    reason: String,
}

/// How asking goes on after one question.
enum Next {
    Said(ResponseId, Said),
    Without,
    /// Nothing more is to be asked.
    Stop(String),
}

/// Asks a model at an endpoint.
pub(super) fn ask(path: &Path, args: &EvaluateArgs, address: &str, output: &Output) -> anyhow::Result<()> {
    let pace = Pace {
        between: Duration::from_millis(args.pause_ms),
        patience: Duration::from_secs(args.patience_s),
    };
    let endpoint = Endpoint::new(address, args.key.as_deref(), pace)?;
    let manner = manner(args)?;
    let author = Author::new(&args.author);
    if args.dry_run {
        return foretell(path, args, (&endpoint, &manner), output);
    }
    stop::listen();
    let mut asker = Asker {
        session: workspace::edit(path, author.name())?,
        network: Network::new(Pauses::default())?,
        endpoint,
        manner,
        args,
        author,
        tally: Tally::default(),
        in_a_row: 0,
    };
    let mut runs = Vec::new();
    for (prompt, seed) in ways(args) {
        if asker.tally.stopped.is_none() {
            runs.extend(asker.way(prompt, seed)?);
        }
    }
    let Asker { session, tally, manner, .. } = asker;
    let evaluation = questions::evaluate(session.project(), &[]);
    session.close()?;
    let mut result = serde_json::to_value(&evaluation)?;
    result["asked"] = serde_json::to_value(&tally)?;
    result["asked"]["budget"] = json!(args.budget);
    result["runs"] = json!(runs);
    let nothing = tally.sent + tally.kept == 0;
    if let Some(first) = tally.failed.first().filter(|_| nothing) {
        return Err(Failure::because(first.reason.clone(), "nothing was kept; mend that and ask again"));
    }
    output.result(&result, || format!("{}\n{}", told(&tally, &manner, args), text(&evaluation)))
}

fn manner(args: &EvaluateArgs) -> anyhow::Result<Manner> {
    let model = args.model.clone().unwrap_or_default();
    let mut fields = Map::new();
    for set in &args.set {
        let (name, value) = set.split_once('=').ok_or_else(|| {
            Failure::because(
                format!("`{set}` sets nothing"),
                "such as --set seed=7 or --set temperature=null",
            )
        })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        fields.insert(name.to_owned(), value);
    }
    Ok(Manner { max_tokens: args.max_tokens, fields, ..Manner::new(&model) })
}

/// Every way of asking, one after the other.
fn ways(args: &EvaluateArgs) -> Vec<(Prompt, Option<u64>)> {
    let seeds: Vec<Option<u64>> =
        if args.seed.is_empty() { vec![None] } else { args.seed.iter().copied().map(Some).collect() };
    let prompts = args.prompts();
    prompts.into_iter().flat_map(|prompt| seeds.iter().map(move |seed| (prompt, *seed))).collect()
}

/// The questions that are to be asked.
fn wanted(project: &Project, args: &EvaluateArgs) -> Vec<(QuestionId, std::sync::Arc<Question>)> {
    let of_category =
        |question: &Question| args.category.as_ref().is_none_or(|category| question.category == *category);
    let live = project.live_questions().filter(|(_, question)| of_category(question));
    live.take(args.limit.unwrap_or(usize::MAX)).map(|(id, question)| (id, question.clone())).collect()
}

fn chat((endpoint, manner): (&Endpoint, &Manner), [system, user]: &[String; 2]) -> Result<Chat, AskError> {
    Chat::new(endpoint, manner, &[("system", system), ("user", user)])
}

/// What asking would take, without asking.
fn foretell(
    path: &Path,
    args: &EvaluateArgs,
    whom: (&Endpoint, &Manner),
    output: &Output,
) -> anyhow::Result<()> {
    let project = workspace::load(path)?;
    let (mut send, mut kept, mut tokens, mut missed) = (0_usize, 0_usize, 0_u64, 0_usize);
    for (prompt, seed) in ways(args) {
        for (_, question) in wanted(&project, args) {
            if prompt.misses(&question) {
                missed += 1;
                continue;
            }
            let order = seed.map(|seed| order_of(&question, seed)).unwrap_or_default();
            let mut context = question.context.text.clone();
            if let Some(first) = prompt.sum_up(&question) {
                let first = chat(whom, &first)?;
                if let Some((_, said)) = first.held(&project) {
                    kept += 1;
                    context = said.text;
                } else {
                    (send, tokens) = (send + 1, tokens + first.most_tokens());
                }
            }
            let chat = chat(whom, &prompt.ask_given(&question, &order, &context))?;
            if chat.held(&project).is_some() {
                kept += 1;
            } else {
                (send, tokens) = (send + 1, tokens + chat.most_tokens());
            }
        }
    }
    let result = json!({
        "would_send": send, "kept": kept, "tokens_at_most": tokens, "budget": args.budget,
        "only_in_images": missed,
    });
    output.result(&result, || {
        format!("{send} requests would be sent, {kept} replies are kept; at most about {tokens} tokens")
    })
}

/// Asks question after question.
struct Asker<'a> {
    session: Session,
    network: Network,
    endpoint: Endpoint,
    manner: Manner,
    args: &'a EvaluateArgs,
    author: Author,
    tally: Tally,
    in_a_row: usize,
}

impl Asker<'_> {
    /// Asks all questions one way; the run that holds the replies that no run had yet.
    fn way(&mut self, prompt: Prompt, seed: Option<u64>) -> anyhow::Result<Option<project::RunId>> {
        let questions = wanted(self.session.project(), self.args);
        let had = self.had(prompt, seed);
        let all = questions.len();
        let mut replies = Vec::new();
        for (n, (id, question)) in questions.into_iter().enumerate() {
            if prompt.misses(&question) {
                self.tally.only_in_images += 1;
                continue;
            }
            let order = seed.map(|seed| order_of(&question, seed)).unwrap_or_default();
            match self.question(prompt, &question, &order) {
                Ok(Next::Said(response, said)) => {
                    self.in_a_row = 0;
                    self.tally.cut += usize::from(said.is_cut);
                    if had.get(&id) != Some(&response) {
                        let asked = question.asked();
                        let (text, tokens) = (said.text, said.tokens);
                        let response = Some(response);
                        replies.push(Reply { question: id, asked, order, text, response, tokens });
                    }
                }
                Ok(Next::Without) => self.tally.without += 1,
                Ok(Next::Stop(why)) => {
                    self.tally.stopped = Some(why);
                    break;
                }
                Err(error) => self.failed(id, &error)?,
            }
            if self.tally.stopped.is_some() {
                break;
            }
            if (n + 1) % 25 == 0 {
                note(&format!(
                    "{} {}: {} of {all}, {} tokens",
                    self.manner.model,
                    prompt.key(),
                    n + 1,
                    self.tally.tokens
                ));
            }
        }
        if replies.is_empty() {
            return Ok(None);
        }
        let run = Run {
            model: self.manner.model.clone(),
            prompt: prompt.key().to_owned(),
            seed,
            author: self.author.clone(),
            at_ms: Some(now_ms()),
            note: format!("asked at {}", self.endpoint.host()),
            replies,
        };
        let id = self.session.ids(now_ms()).run();
        self.session.edit(&self.author, now_ms(), Edit::Run(Change::create(id, run)))?;
        Ok(Some(id))
    }

    /// The responses that earlier runs of this way already have.
    fn had(&self, prompt: Prompt, seed: Option<u64>) -> HashMap<QuestionId, ResponseId> {
        let runs = self.session.project().runs().values();
        let same = runs
            .filter(|run| run.model == self.manner.model && run.prompt == prompt.key() && run.seed == seed);
        same.flat_map(|run| &run.replies)
            .filter_map(|reply| Some((reply.question, reply.response?)))
            .collect()
    }

    fn question(&mut self, prompt: Prompt, question: &Question, order: &[u32]) -> Result<Next, AskError> {
        let mut context = question.context.text.clone();
        if let Some(first) = prompt.sum_up(question) {
            match self.one(&first)? {
                Next::Said(_, said) => context = said.text,
                other => return Ok(other),
            }
        }
        self.one(&prompt.ask_given(question, order, &context))
    }

    /// One request: from what is kept, else asked, as long as the budget lasts.
    fn one(&mut self, messages: &[String; 2]) -> Result<Next, AskError> {
        let chat = chat((&self.endpoint, &self.manner), messages)?;
        if let Some((id, said)) = chat.held(self.session.project()) {
            self.tally.kept += 1;
            self.session.note_hit(now_ms(), id);
            return Ok(Next::Said(id, said));
        }
        if self.args.offline {
            return Ok(Next::Without);
        }
        if stop::is_wanted() {
            return Ok(Next::Stop("stopped by hand".to_owned()));
        }
        let most = chat.most_tokens();
        if let Some(budget) = self.args.budget.filter(|budget| self.tally.tokens + most > *budget) {
            let spent = self.tally.tokens;
            let why = format!("the next request may take {most} tokens, and {spent} of {budget} are spent");
            return Ok(Next::Stop(why));
        }
        let reply = chat.ask(&self.network, &UserKeys, &|| !stop::is_wanted())?;
        let said = reply.said.clone();
        self.tally.sent += 1;
        // What nobody counts is taken to be as much as was feared.
        self.tally.tokens += said.tokens.unwrap_or(most);
        self.tally.guessed |= said.tokens.is_none();
        let at_ms = now_ms();
        let id = self.session.ids(at_ms).response();
        let response = reply.into_response(id, &chat, at_ms)?;
        let kept = self.session.respond(&self.author, at_ms, response);
        kept.map_err(|e| AskError::Unfit(e.to_string()))?;
        Ok(Next::Said(id, said))
    }

    /// One question without a reply; what would go wrong with all others ends it.
    fn failed(&mut self, question: QuestionId, error: &AskError) -> anyhow::Result<()> {
        self.tally.failures += 1;
        self.in_a_row += 1;
        if self.tally.failed.len() < TOLD {
            self.tally.failed.push(Failed { question, reason: error.to_string() });
        }
        match error {
            AskError::NoKey { .. } | AskError::Endpoint | AskError::Private { .. } => {
                Err(error.clone().into())
            }
            AskError::Stopped => {
                self.tally.stopped = Some("stopped by hand".to_owned());
                Ok(())
            }
            AskError::Quota { .. } => {
                self.tally.stopped = Some(error.to_string());
                Ok(())
            }
            _ if self.in_a_row >= MOST_IN_A_ROW => {
                self.tally.stopped =
                    Some(format!("{MOST_IN_A_ROW} requests failed one after the other: {error}"));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn told(tally: &Tally, manner: &Manner, args: &EvaluateArgs) -> String {
    let guessed = if tally.guessed { " (partly guessed)" } else { "" };
    let budget = args.budget.map_or_else(String::new, |budget| format!(" of {budget}"));
    let mut text = format!(
        "{}: {} requests sent, {} replies from the file, {}{budget} tokens{guessed}",
        manner.model, tally.sent, tally.kept, tally.tokens
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
