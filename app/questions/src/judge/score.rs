//! How often replies were right.

use std::collections::{BTreeMap, BTreeSet};

use project::question::{Answer, QuestionKind, Reply};
use project::{Project, Question, QuestionId, Run, RunId};
use serde::Serialize;

use super::{Reading, read_reply};

/// What a reply is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Right,
    Wrong,
    /// It says nothing that is an answer.
    Invalid,
}

/// What a reply to a question is worth; `None` where nobody said what is right.
pub fn verdict(question: &Question, reply: &Reply) -> Option<Verdict> {
    let right = question.answer.as_ref()?;
    Some(match read_reply(&reply.text, question, &reply.order) {
        Reading::Answer(answer) if right.agrees(&answer, question) => Verdict::Right,
        Reading::Answer(_) => Verdict::Wrong,
        Reading::Invalid(_) => Verdict::Invalid,
    })
}

/// How often something was right, of how many; replies that say nothing count as wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    pub right: usize,
    pub wrong: usize,
    pub invalid: usize,
    pub n: usize,
    /// Share of n, 0 to 1; `None` of none.
    pub accuracy: Option<f64>,
    /// Wilson's interval of 95 % around it.
    pub interval: Option<[f64; 2]>,
}

impl Score {
    /// Of counts.
    pub fn of(right: usize, wrong: usize, invalid: usize) -> Self {
        let n = right + wrong + invalid;
        let share = right as f64 / n as f64;
        Self { right, wrong, invalid, n, accuracy: (n > 0).then_some(share), interval: wilson(right, n) }
    }

    fn count(verdicts: impl Iterator<Item = Verdict>) -> Self {
        let (mut right, mut wrong, mut invalid) = (0, 0, 0);
        for verdict in verdicts {
            match verdict {
                Verdict::Right => right += 1,
                Verdict::Wrong => wrong += 1,
                Verdict::Invalid => invalid += 1,
            }
        }
        Self::of(right, wrong, invalid)
    }
}

/// Wilson's interval of 95 % of a share (Wilson 1927, without continuity correction).
fn wilson(right: usize, n: usize) -> Option<[f64; 2]> {
    const Z: f64 = 1.959_963_984_540_054;
    if n == 0 {
        return None;
    }
    let (share, count) = (right as f64 / n as f64, n as f64);
    let z2 = Z * Z;
    let middle = (share + z2 / (2.0 * count)) / (1.0 + z2 / count);
    let reach = Z / (1.0 + z2 / count) * (share * (1.0 - share) / count + z2 / (4.0 * count * count)).sqrt();
    // At its ends the interval is the end; rounding would miss it by a digit.
    let low = if right == 0 { 0.0 } else { (middle - reach).max(0.0) };
    let high = if right == n { 1.0 } else { (middle + reach).min(1.0) };
    Some([low, high])
}

/// The score of a part of the questions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    pub name: String,
    #[serde(flatten)]
    pub score: Score,
}

/// How good a model was, asked one way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelScore {
    pub model: String,
    pub prompt: String,
    /// What the order of options was drawn from.
    pub seed: Option<u64>,
    pub overall: Score,
    /// Of the questions that can be answered, and of those that cannot.
    pub answerable: Score,
    pub unanswerable: Score,
    pub by_category: Vec<Part>,
    pub by_kind: Vec<Part>,
    pub by_options: Vec<Part>,
    /// Replies to what is asked no more: in no number.
    pub stale: usize,
    /// Questions without a reply: in no number.
    pub missing: usize,
    pub tokens: u64,
}

/// How much the way of asking changes what a model says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub model: String,
    /// Ways in which it was asked.
    pub ways: usize,
    /// Questions that were asked in all of them.
    pub n: usize,
    pub lowest: f64,
    pub highest: f64,
    pub mean: f64,
    /// Standard deviation of the accuracies, with n − 1.
    pub deviation: f64,
    /// Share of the questions that were right in one way and not in another.
    pub turned: f64,
}

/// What somebody scores who does not read the questions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Baseline {
    pub name: String,
    pub overall: Score,
    pub answerable: Score,
}

/// Everything that is known of the models of a project.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Questions with an answer.
    pub questions: usize,
    pub unanswerable: usize,
    pub models: Vec<ModelScore>,
    pub spreads: Vec<Spread>,
    pub baselines: Vec<Baseline>,
}

/// The name of no category.
const NONE: &str = "none";

/// Scores runs; every one where `only` is empty. Where a model was asked the same way in several runs, its newest reply
/// to a question counts.
pub fn evaluate(project: &Project, only: &[RunId]) -> Evaluation {
    let questions: Vec<(QuestionId, &Question)> =
        project.vouched_questions().filter(|(_, q)| q.answer.is_some()).map(|(id, q)| (id, &**q)).collect();
    let asked: BTreeMap<QuestionId, (&Question, _)> =
        questions.iter().map(|(id, question)| (*id, (*question, question.asked()))).collect();
    let mut ways: BTreeMap<(&str, &str, Option<u64>), Way<'_>> = BTreeMap::new();
    for (id, run) in project.runs() {
        if only.is_empty() || only.contains(id) {
            let way = ways.entry((&run.model, &run.prompt, run.seed)).or_default();
            way.take(run, |reply| {
                let (question, now) = asked.get(&reply.question)?;
                Some((*question, *now == reply.asked))
            });
        }
    }
    let models: Vec<ModelScore> = ways.iter().map(|(key, way)| way.score(*key, questions.len())).collect();
    let is_none = |(_, q): &&(QuestionId, &Question)| q.answer == Some(Answer::Unanswerable);
    Evaluation {
        questions: questions.len(),
        unanswerable: questions.iter().filter(is_none).count(),
        models,
        spreads: spreads(&ways),
        baselines: baselines(questions.iter().map(|(_, question)| *question)),
    }
}

/// What a model said, asked one way.
#[derive(Default)]
struct Way<'a> {
    said: BTreeMap<QuestionId, (&'a Question, Verdict)>,
    stale: usize,
    tokens: u64,
}

impl<'a> Way<'a> {
    fn take(&mut self, run: &Run, look: impl Fn(&Reply) -> Option<(&'a Question, bool)>) {
        for reply in &run.replies {
            self.tokens += reply.tokens.unwrap_or(0);
            match look(reply) {
                Some((question, true)) => {
                    if let Some(verdict) = verdict(question, reply) {
                        self.said.insert(reply.question, (question, verdict));
                    }
                }
                Some((_, false)) => self.stale += 1,
                None => {}
            }
        }
    }

    fn score(&self, (model, prompt, seed): (&str, &str, Option<u64>), questions: usize) -> ModelScore {
        let of = |holds: &dyn Fn(&Question) -> bool| {
            Score::count(self.said.values().filter(|(q, _)| holds(q)).map(|(_, verdict)| *verdict))
        };
        let open = |q: &Question| q.answer != Some(Answer::Unanswerable);
        ModelScore {
            model: model.to_owned(),
            prompt: prompt.to_owned(),
            seed,
            overall: of(&|_| true),
            answerable: of(&open),
            unanswerable: of(&|q| !open(q)),
            by_category: self.parts(|q| if q.category.is_empty() { NONE.into() } else { q.category.clone() }),
            by_kind: self.parts(|q| q.kind.key().to_owned()),
            by_options: self.parts(|q| match q.choices().len() {
                0 => NONE.into(),
                n => format!("{n:>2}").trim_start().to_owned(),
            }),
            stale: self.stale,
            missing: questions - self.said.len(),
            tokens: self.tokens,
        }
    }

    fn parts(&self, name: impl Fn(&Question) -> String) -> Vec<Part> {
        let mut parts: BTreeMap<String, Vec<Verdict>> = BTreeMap::new();
        for (question, verdict) in self.said.values() {
            parts.entry(name(question)).or_default().push(*verdict);
        }
        let part = |(name, verdicts): (String, Vec<Verdict>)| Part {
            name,
            score: Score::count(verdicts.into_iter()),
        };
        parts.into_iter().map(part).collect()
    }
}

/// Models that were asked in more than one way.
fn spreads(ways: &BTreeMap<(&str, &str, Option<u64>), Way<'_>>) -> Vec<Spread> {
    let models: BTreeSet<&str> = ways.keys().map(|(model, ..)| *model).collect();
    let spread = |model: &str| {
        let of: Vec<&Way<'_>> =
            ways.iter().filter(|((name, ..), _)| *name == model).map(|(_, way)| way).collect();
        let (first, rest) = of.split_first()?;
        let common: Vec<QuestionId> = first
            .said
            .keys()
            .copied()
            .filter(|id| rest.iter().all(|way| way.said.contains_key(id)))
            .collect();
        if rest.is_empty() || common.is_empty() {
            return None;
        }
        let n = common.len() as f64;
        let right = |way: &Way<'_>, id: &QuestionId| way.said[id].1 == Verdict::Right;
        let shares: Vec<f64> =
            of.iter().map(|way| common.iter().filter(|id| right(way, id)).count() as f64 / n).collect();
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let squares: f64 = shares.iter().map(|share| (share - mean).powi(2)).sum();
        let turned =
            common.iter().filter(|id| rest.iter().any(|way| right(way, id) != right(first, id))).count();
        Some(Spread {
            model: model.to_owned(),
            ways: of.len(),
            n: common.len(),
            lowest: shares.iter().copied().fold(f64::INFINITY, f64::min),
            highest: shares.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean,
            deviation: (squares / (shares.len() - 1) as f64).sqrt(),
            turned: turned as f64 / n,
        })
    };
    models.into_iter().filter_map(spread).collect()
}

/// What constant answers score, over the questions for one of several options and of yes or no.
pub fn baselines<'a>(questions: impl Iterator<Item = &'a Question>) -> Vec<Baseline> {
    let one = |q: &&Question| matches!(q.kind, QuestionKind::YesNo | QuestionKind::SingleChoice);
    let questions: Vec<&Question> = questions.filter(one).filter(|q| q.answer.is_some()).collect();
    let most = questions.iter().map(|q| q.choices().len() as u32).max().unwrap_or(0);
    let always = |name: String, answer: &Answer| {
        let right = questions.iter().filter(|q| q.answer.as_ref() == Some(answer)).count();
        let open = questions.iter().filter(|q| q.answer != Some(Answer::Unanswerable));
        let (mut hits, mut open_n) = (0, 0);
        for question in open {
            open_n += 1;
            hits += usize::from(question.answer.as_ref() == Some(answer));
        }
        Baseline {
            name,
            overall: Score::of(right, questions.len() - right, 0),
            answerable: Score::of(hits, open_n - hits, 0),
        }
    };
    let mut found: Vec<Baseline> =
        (0..most).map(|n| always(format!("always option {}", n + 1), &Answer::Options(vec![n]))).collect();
    if !questions.is_empty() {
        found.push(always("always unanswerable".into(), &Answer::Unanswerable));
    }
    found
}
