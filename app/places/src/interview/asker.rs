//! One request after the other: from what is kept, else asked, as long as the budget lasts.

use project::{Project, QuestionId, ResponseId};
use questions::Prompt;
use serde::Serialize;

use super::Terms;
use crate::{AskError, Chat, ChatReply, Keys, Network, Said};

/// Requests that may fail one after the other before the rest is left.
const MOST_IN_A_ROW: usize = 3;
/// Failures that are told.
const TOLD: usize = 20;

/// Where kept replies are looked for and new ones go: the project, and whoever waits.
pub trait Keeper {
    /// Why it cannot go on at all.
    type Fault: From<AskError>;

    /// The project as it is now, with every reply that was kept.
    fn project(&self) -> &Project;

    /// Keeps what a model said, for ever.
    fn keep(&mut self, chat: &Chat, reply: ChatReply) -> Result<ResponseId, Self::Fault>;

    /// A kept reply was used instead of asking.
    fn reused(&mut self, response: ResponseId);

    /// Keeps what a model answered, asked one way.
    fn finish(&mut self, run: project::question::Run) -> Result<(), Self::Fault>;

    /// True as long as anybody waits.
    fn goes_on(&self) -> bool;

    /// How far it is.
    fn told(&mut self, line: &Line<'_>);

    /// Unix milliseconds.
    fn now_ms(&self) -> i64;
}

/// How far asking is.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The way that is asked now.
    pub prompt: Option<Prompt>,
    pub seed: Option<u64>,
    /// Questions of this way that are done, and all of them.
    pub n: usize,
    pub of: usize,
    pub tally: &'a Tally,
}

/// What asking came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Requests that were sent.
    pub sent: usize,
    /// Replies that were kept already.
    pub kept: usize,
    /// Tokens that were taken, as the endpoint says, or guessed where it does not.
    pub tokens: u64,
    pub guessed: bool,
    /// Replies that ended because they were as long as they may be.
    pub cut: usize,
    /// Questions that are about an image only, each way counted.
    pub only_in_images: usize,
    /// Questions that have no reply: nothing is kept, and nothing was to be sent.
    pub without: usize,
    pub failed: Vec<Failed>,
    pub failures: usize,
    /// Why not everything was asked.
    pub stopped: Option<String>,
}

/// A request without a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionId>,
    pub reason: String,
}

/// How asking goes on after one request.
pub(super) enum Next {
    Said(ResponseId, Said),
    /// Nothing is kept, and nothing is to be sent.
    Without,
    /// Nothing more is to be asked.
    Stop(String),
}

/// Why one request has no reply.
pub(super) enum Trouble<F> {
    Ask(AskError),
    Keeper(F),
}

impl<F> From<AskError> for Trouble<F> {
    fn from(error: AskError) -> Self {
        Self::Ask(error)
    }
}

/// Asks request after request.
pub(super) struct Asker<'a, K> {
    terms: &'a Terms,
    network: &'a Network,
    keys: &'a dyn Keys,
    pub(super) keeper: &'a mut K,
    pub(super) tally: Tally,
    pub(super) in_a_row: usize,
}

/// What is said where nobody waits any more.
const BY_HAND: &str = "stopped by hand";

impl<'a, K: Keeper> Asker<'a, K> {
    pub(super) fn new(terms: &'a Terms, network: &'a Network, keys: &'a dyn Keys, keeper: &'a mut K) -> Self {
        Self { terms, network, keys, keeper, tally: Tally::default(), in_a_row: 0 }
    }

    /// One request: from what is kept, else asked, as long as the budget lasts.
    pub(super) fn one(&mut self, messages: &[String; 2]) -> Result<Next, Trouble<K::Fault>> {
        let chat = self.terms.chat(messages)?;
        if let Some((id, said)) = chat.held(self.keeper.project()) {
            self.tally.kept += 1;
            self.keeper.reused(id);
            return Ok(Next::Said(id, said));
        }
        if self.terms.offline {
            return Ok(Next::Without);
        }
        if !self.keeper.goes_on() {
            return Ok(Next::Stop(BY_HAND.to_owned()));
        }
        let most = chat.most_tokens();
        let spent = self.tally.tokens;
        if let Some(budget) = self.terms.budget.filter(|budget| spent.saturating_add(most) > *budget) {
            let why = format!("the next request may take {most} tokens, and {spent} of {budget} are spent");
            return Ok(Next::Stop(why));
        }
        let keeper = &*self.keeper;
        let reply = chat.ask(self.network, self.keys, &|| keeper.goes_on())?;
        let said = reply.said.clone();
        self.tally.sent += 1;
        // What nobody counts is taken to be as much as was feared.
        self.tally.tokens = spent.saturating_add(said.tokens.unwrap_or(most));
        self.tally.guessed |= said.tokens.is_none();
        let id = self.keeper.keep(&chat, reply).map_err(Trouble::Keeper)?;
        Ok(Next::Said(id, said))
    }

    /// One request without a reply; what would go wrong with all others ends it.
    pub(super) fn failed(&mut self, question: Option<QuestionId>, error: AskError) -> Result<(), K::Fault> {
        self.tally.failures += 1;
        self.in_a_row += 1;
        if self.tally.failed.len() < TOLD {
            self.tally.failed.push(Failed { question, reason: error.to_string() });
        }
        match error {
            AskError::NoKey { .. } | AskError::Endpoint | AskError::KeyName | AskError::Private { .. } => {
                return Err(error.into());
            }
            AskError::Stopped => self.tally.stopped = Some(BY_HAND.to_owned()),
            AskError::Quota { .. } => self.tally.stopped = Some(error.to_string()),
            _ if self.in_a_row >= MOST_IN_A_ROW => {
                let why = format!("{MOST_IN_A_ROW} requests failed one after the other: {error}");
                self.tally.stopped = Some(why);
            }
            _ => {}
        }
        Ok(())
    }
}
