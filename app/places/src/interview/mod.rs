//! Models are asked many things: each once, within a budget, and everything that is said is kept.

mod asker;
mod propose;

use std::collections::HashMap;
use std::sync::Arc;

use project::question::{Reply, Run};
use project::{Author, Project, Question, QuestionId, ResponseId};
use questions::{Prompt, order_of};
use serde::Serialize;

pub use asker::{Keeper, Line, Tally};
pub use propose::{Commission, Proposed};

use crate::{AskError, Chat, Endpoint, Keys, Manner, Network};
use asker::{Asker, Next, Trouble};

/// A way of asking: the prompt, and what the order of the options is drawn from; without: as they stand.
pub type Way = (Prompt, Option<u64>);

/// Whom to ask, and how much that may take.
#[derive(Clone, Debug)]
pub struct Terms {
    pub endpoint: Endpoint,
    pub manner: Manner,
    /// Tokens that may be taken; the request that could take more is not sent.
    pub budget: Option<u64>,
    /// Only what is kept: nothing is sent.
    pub offline: bool,
}

/// Questions that a model is asked in several ways.
#[derive(Clone, Debug)]
pub struct Interview {
    pub terms: Terms,
    pub ways: Vec<Way>,
    pub questions: Vec<QuestionId>,
    /// Who has it done.
    pub author: Author,
}

/// What asking would take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Requests that would be sent.
    pub would_send: usize,
    /// Replies that are kept already.
    pub kept: usize,
    /// Tokens of those that would be sent, guessed: at most about so many.
    pub tokens_at_most: u64,
    /// Questions that are about an image only, each way counted.
    pub only_in_images: usize,
}

impl Interview {
    /// Every way of asking that comes of prompts and seeds.
    pub fn ways(prompts: &[Prompt], seeds: &[u64]) -> Vec<Way> {
        let seeds: Vec<Option<u64>> =
            if seeds.is_empty() { vec![None] } else { seeds.iter().copied().map(Some).collect() };
        prompts.iter().flat_map(|prompt| seeds.iter().map(|seed| (*prompt, *seed))).collect()
    }

    /// What asking would take, without asking. `wanted` is asked again and again whether anybody still waits.
    pub fn foretell(&self, project: &Project, wanted: &dyn Fn() -> bool) -> Result<Forecast, AskError> {
        let mut found = Forecast::default();
        for (prompt, seed) in &self.ways {
            for (_, question) in self.live(project) {
                if !wanted() {
                    return Err(AskError::Stopped);
                }
                if prompt.misses(&question) {
                    found.only_in_images += 1;
                    continue;
                }
                let order = seed.map(|seed| order_of(&question, seed)).unwrap_or_default();
                let mut context = question.context.text.clone();
                if let Some(first) = prompt.sum_up(&question) {
                    let first = self.terms.chat(&first)?;
                    match first.held(project) {
                        Some((_, said)) => {
                            found.kept += 1;
                            context = said.text;
                        }
                        None => found.add(&first),
                    }
                }
                let chat = self.terms.chat(&prompt.ask_given(&question, &order, &context))?;
                if chat.held(project).is_some() {
                    found.kept += 1;
                } else {
                    found.add(&chat);
                }
            }
        }
        Ok(found)
    }

    /// Asks question after question. Each way that has new replies ends with a [`Run`], also where it is stopped.
    pub fn hold<K: Keeper>(
        &self,
        network: &Network,
        keys: &dyn Keys,
        keeper: &mut K,
    ) -> Result<Tally, K::Fault> {
        let mut asker = Asker::new(&self.terms, network, keys, keeper);
        for way in &self.ways {
            if asker.tally.stopped.is_none()
                && let Some(run) = self.way(*way, &mut asker)?
            {
                asker.keeper.finish(run)?;
            }
        }
        Ok(asker.tally)
    }

    fn live(&self, project: &Project) -> Vec<(QuestionId, Arc<Question>)> {
        let held = |id: &QuestionId| {
            let question = project.questions().get(id)?;
            (!question.deleted).then(|| (*id, Arc::clone(question)))
        };
        self.questions.iter().filter_map(held).collect()
    }

    fn way<K: Keeper>(&self, (prompt, seed): Way, asker: &mut Asker<'_, K>) -> Result<Option<Run>, K::Fault> {
        let questions = self.live(asker.keeper.project());
        let had = self.had(asker.keeper.project(), (prompt, seed));
        let of = questions.len();
        let mut replies = Vec::new();
        for (n, (id, question)) in questions.into_iter().enumerate() {
            if asker.tally.stopped.is_some() {
                break;
            }
            let line = Line { prompt: Some(prompt), seed, n, of, tally: &asker.tally };
            asker.keeper.told(&line);
            if prompt.misses(&question) {
                asker.tally.only_in_images += 1;
                continue;
            }
            let order = seed.map(|seed| order_of(&question, seed)).unwrap_or_default();
            match question_to(asker, prompt, &question, &order) {
                Ok(Next::Said(response, said)) => {
                    asker.in_a_row = 0;
                    asker.tally.cut += usize::from(said.is_cut);
                    if had.get(&id) != Some(&response) {
                        let (text, tokens, asked) = (said.text, said.tokens, question.asked());
                        let response = Some(response);
                        replies.push(Reply { question: id, asked, order, text, response, tokens });
                    }
                }
                Ok(Next::Without) => asker.tally.without += 1,
                Ok(Next::Stop(why)) => asker.tally.stopped = Some(why),
                Err(Trouble::Ask(error)) => asker.failed(Some(id), error)?,
                Err(Trouble::Keeper(fault)) => return Err(fault),
            }
        }
        if replies.is_empty() {
            return Ok(None);
        }
        Ok(Some(Run {
            model: self.terms.manner.model.clone(),
            prompt: prompt.key().to_owned(),
            seed,
            author: self.author.clone(),
            at_ms: Some(asker.keeper.now_ms()),
            note: format!("asked at {}", self.terms.endpoint.host()),
            replies,
        }))
    }

    /// The responses that earlier runs of this way already have.
    fn had(&self, project: &Project, (prompt, seed): Way) -> HashMap<QuestionId, ResponseId> {
        let same = |run: &&Arc<Run>| {
            run.model == self.terms.manner.model && run.prompt == prompt.key() && run.seed == seed
        };
        let replies = project.runs().values().filter(same).flat_map(|run| &run.replies);
        replies.filter_map(|reply| Some((reply.question, reply.response?))).collect()
    }
}

/// One question, its context summed up first where the prompt wants that.
fn question_to<K: Keeper>(
    asker: &mut Asker<'_, K>,
    prompt: Prompt,
    question: &Question,
    order: &[u32],
) -> Result<Next, Trouble<K::Fault>> {
    let mut context = question.context.text.clone();
    if let Some(first) = prompt.sum_up(question) {
        match asker.one(&first)? {
            Next::Said(_, said) => context = said.text,
            other => return Ok(other),
        }
    }
    asker.one(&prompt.ask_given(question, order, &context))
}

impl Terms {
    /// The request that says this: what the model is to do, and what it is given.
    pub fn chat(&self, [system, user]: &[String; 2]) -> Result<Chat, AskError> {
        Chat::new(&self.endpoint, &self.manner, &[("system", system), ("user", user)])
    }
}

impl Forecast {
    fn add(&mut self, chat: &Chat) {
        self.would_send += 1;
        self.tokens_at_most += chat.most_tokens();
    }
}
