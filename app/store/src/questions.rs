//! The tables of questions: what is asked and answered, what it rests on, what members and models say to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use project::question::{Answer, Evidence, QuestionVote, Said};
use project::{Project, Question, QuestionId, Run, RunId, Touched};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::current::{Expected, WriteError, id, some, text, word};
use crate::layout::Table;
use crate::time;

pub(crate) const TABLES: [Table; 5] = [
    Table {
        name: "question",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, text TEXT NOT NULL, kind TEXT NOT NULL, \
                  options TEXT, answer TEXT, answer_text TEXT, unit TEXT, tolerance DOUBLE, category TEXT, \
                  context_title TEXT, context TEXT, origin TEXT NOT NULL, computation TEXT, author TEXT NOT NULL, \
                  stage TEXT NOT NULL, deleted BOOLEAN NOT NULL, seconds DOUBLE, source_id TEXT, at DATETIME, \
                  at_ms INTEGER, body TEXT NOT NULL",
        description: "Questions about places and images, with their answers",
        since: 4,
    },
    Table {
        name: "question_evidence",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, question TEXT NOT NULL, \
                  place INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL",
        description: "What the answers of questions rest on",
        since: 4,
    },
    Table {
        name: "question_vote",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, question TEXT NOT NULL, \
                  asked TEXT NOT NULL, member TEXT NOT NULL, stage TEXT NOT NULL, said TEXT NOT NULL, answer TEXT, \
                  note TEXT, seconds DOUBLE, at DATETIME, at_ms INTEGER",
        description: "What members answered to questions of others, superseded votes included",
        since: 4,
    },
    Table {
        name: "run",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL, \
                  prompt TEXT NOT NULL, seed TEXT, author TEXT NOT NULL, note TEXT, replies INTEGER NOT NULL, \
                  at DATETIME, at_ms INTEGER",
        description: "Models that answered questions, and how they were asked",
        since: 4,
    },
    Table {
        name: "run_reply",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, run TEXT NOT NULL, \
                  question TEXT NOT NULL, asked TEXT NOT NULL, option_order TEXT, text TEXT NOT NULL, response TEXT, \
                  tokens INTEGER",
        description: "What models answered, as it came",
        since: 4,
    },
];

/// A question with its state in review; `None`: it is gone.
type QuestionRow = (QuestionId, Option<(Arc<Question>, &'static str)>);

/// The rows of questions that one entry renews.
#[derive(Clone, Debug, Default)]
pub(crate) struct QuestionRows {
    questions: Vec<QuestionRow>,
    runs: Vec<(RunId, Option<Arc<Run>>)>,
    pub(crate) votes: Vec<Arc<QuestionVote>>,
}

impl QuestionRows {
    /// What the project says now about what was touched.
    pub(crate) fn of(project: &Project, touched: &Touched) -> Self {
        // Another rule of review is another state of every question.
        let mut changed: BTreeSet<QuestionId> = touched.questions.iter().copied().collect();
        if touched.everything {
            changed.extend(project.questions().keys());
        }
        let now = |id| {
            let question = project.questions().get(&id).cloned();
            (id, question.map(|question| (question, project.question_outcome(id).state.key())))
        };
        let runs: BTreeSet<RunId> = touched.runs.iter().copied().collect();
        Self {
            questions: changed.into_iter().map(now).collect(),
            runs: runs.into_iter().map(|id| (id, project.runs().get(&id).cloned())).collect(),
            votes: Vec::new(),
        }
    }

    /// Everything there is.
    pub(crate) fn all(project: &Project) -> Self {
        let questions = project.questions().keys().copied().collect();
        let runs = project.runs().keys().copied().collect();
        let mut rows = Self::of(project, &Touched { questions, runs, ..Touched::default() });
        rows.votes = project.question_votes().cloned().collect();
        rows
    }

    pub(crate) fn write(&self, db: &Connection) -> Result<(), WriteError> {
        for (question, value) in &self.questions {
            db.prepare_cached("DELETE FROM question WHERE id = ?")?.execute([question.to_string()])?;
            db.prepare_cached("DELETE FROM question_evidence WHERE question = ?")?
                .execute([question.to_string()])?;
            let Some((value, stage)) = value else { continue };
            let values = question_values(*question, value, stage)?;
            db.prepare_cached(INSERT_QUESTION)?.execute(params_from_iter(values))?;
            for row in evidence_values(*question, value)? {
                db.prepare_cached(INSERT_EVIDENCE)?.execute(params_from_iter(row))?;
            }
        }
        for (run, value) in &self.runs {
            db.prepare_cached("DELETE FROM run WHERE id = ?")?.execute([run.to_string()])?;
            db.prepare_cached("DELETE FROM run_reply WHERE run = ?")?.execute([run.to_string()])?;
            let Some(value) = value else { continue };
            db.prepare_cached(INSERT_RUN)?.execute(params_from_iter(run_values(*run, value)))?;
            for row in reply_values(*run, value)? {
                db.prepare_cached(INSERT_REPLY)?.execute(params_from_iter(row))?;
            }
        }
        for vote in &self.votes {
            db.prepare_cached(INSERT_VOTE)?.execute(params_from_iter(vote_values(vote)?))?;
        }
        Ok(())
    }

    /// What the tables should hold, for comparing.
    pub(crate) fn expected(&self) -> Result<[Expected; 5], WriteError> {
        let mut questions = Expected::new("question", QUESTION_COLUMNS);
        let mut evidence = Expected::new("question_evidence", EVIDENCE_COLUMNS);
        for (question, value) in &self.questions {
            let Some((value, stage)) = value else { continue };
            questions.rows.push(id(question_values(*question, value, stage)?));
            evidence.rows.extend(evidence_values(*question, value)?.into_iter().map(id));
        }
        let mut votes = Expected::new("question_vote", VOTE_COLUMNS);
        for vote in &self.votes {
            votes.rows.push(id(vote_values(vote)?));
        }
        let mut runs = Expected::new("run", RUN_COLUMNS);
        let mut replies = Expected::new("run_reply", REPLY_COLUMNS);
        for (run, value) in &self.runs {
            let Some(value) = value else { continue };
            runs.rows.push(id(run_values(*run, value)));
            replies.rows.extend(reply_values(*run, value)?.into_iter().map(id));
        }
        Ok([questions, evidence, votes, runs, replies])
    }
}

const QUESTION_COLUMNS: &str = "id, text, kind, options, answer, answer_text, unit, tolerance, category, \
    context_title, context, origin, computation, author, stage, deleted, seconds, source_id, at, at_ms, body";
const INSERT_QUESTION: &str = "INSERT INTO question (id, text, kind, options, answer, answer_text, unit, tolerance, \
    category, context_title, context, origin, computation, author, stage, deleted, seconds, source_id, at, at_ms, \
    body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const EVIDENCE_COLUMNS: &str = "id, question, place, kind, value";
const INSERT_EVIDENCE: &str =
    "INSERT INTO question_evidence (id, question, place, kind, value) VALUES (?, ?, ?, ?, ?)";
const VOTE_COLUMNS: &str = "id, question, asked, member, stage, said, answer, note, seconds, at, at_ms";
const INSERT_VOTE: &str = "INSERT INTO question_vote \
    (id, question, asked, member, stage, said, answer, note, seconds, at, at_ms) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const RUN_COLUMNS: &str = "id, model, prompt, seed, author, note, replies, at, at_ms";
const INSERT_RUN: &str = "INSERT INTO run (id, model, prompt, seed, author, note, replies, at, at_ms) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
const REPLY_COLUMNS: &str = "id, run, question, asked, option_order, text, response, tokens";
const INSERT_REPLY: &str = "INSERT INTO run_reply \
    (id, run, question, asked, option_order, text, response, tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

fn json<T: serde::Serialize>(value: &T) -> Result<Value, WriteError> {
    Ok(Value::Text(serde_json::to_string(value)?))
}

fn maybe<T: serde::Serialize>(there: bool, value: &T) -> Result<Value, WriteError> {
    if there { json(value) } else { Ok(Value::Null) }
}

fn words(text: &str) -> Value {
    some((!text.is_empty()).then(|| text.to_owned()))
}

fn question_values(key: QuestionId, question: &Question, stage: &str) -> Result<Vec<Value>, WriteError> {
    let computation = match &question.origin {
        project::question::Origin::Template { computation, .. } => Some(computation.clone()),
        _ => None,
    };
    Ok(vec![
        text(&key),
        text(&question.text),
        text(question.kind.key()),
        maybe(!question.options.is_empty(), &question.options)?,
        maybe(question.answer.is_some(), &question.answer)?,
        some(question.answer_text()),
        words(&question.unit),
        some((question.tolerance > 0.0).then_some(question.tolerance)),
        words(&question.category),
        words(&question.context.title),
        words(&question.context.text),
        text(question.origin.key()),
        some(computation),
        text(&question.author),
        text(stage),
        Value::Integer(question.deleted.into()),
        some(question.seconds),
        some(question.source_id.clone()),
        some(question.at_ms.and_then(time::iso)),
        some(question.at_ms),
        json(question)?,
    ])
}

fn evidence_values(question: QuestionId, held: &Question) -> Result<Vec<Vec<Value>>, WriteError> {
    let row = |(place, evidence): (usize, &Evidence)| {
        let (kind, value) = match evidence {
            Evidence::Response(response) => ("response", text(response)),
            Evidence::Region(region) => ("region", text(region)),
            Evidence::View(view) => ("view", json(view)?),
            Evidence::Image(path) => ("image", text(path)),
            Evidence::Reference(name) => ("reference", text(name)),
        };
        let key = Value::Text(format!("{question}/{place}"));
        Ok(vec![key, text(&question), Value::Integer(place as i64), text(kind), value])
    };
    held.evidence.iter().enumerate().map(row).collect()
}

fn vote_values(vote: &QuestionVote) -> Result<Vec<Value>, WriteError> {
    let answer: Option<&Answer> = if let Said::Answer(answer) = &vote.said { Some(answer) } else { None };
    let said = match &vote.said {
        Said::Answer(_) => "answer",
        Said::Ambiguous => "ambiguous",
        Said::Reject => "reject",
        Said::Abstain => "abstain",
    };
    Ok(vec![
        text(&vote.id),
        text(&vote.question),
        text(&vote.asked),
        text(&vote.member),
        word(&vote.stage)?,
        text(said),
        maybe(answer.is_some(), &answer)?,
        text(&vote.note),
        some(vote.seconds),
        some(vote.at_ms.and_then(time::iso)),
        some(vote.at_ms),
    ])
}

fn run_values(key: RunId, run: &Run) -> Vec<Value> {
    vec![
        text(&key),
        text(&run.model),
        text(&run.prompt),
        // SQLite's whole numbers have a sign, seeds have none.
        some(run.seed.map(|seed| seed.to_string())),
        text(&run.author),
        text(&run.note),
        Value::Integer(run.replies.len() as i64),
        some(run.at_ms.and_then(time::iso)),
        some(run.at_ms),
    ]
}

fn reply_values(run: RunId, held: &Run) -> Result<Vec<Vec<Value>>, WriteError> {
    let row = |reply: &project::question::Reply| {
        Ok(vec![
            Value::Text(format!("{run}/{}", reply.question)),
            text(&run),
            text(&reply.question),
            text(&reply.asked),
            maybe(!reply.order.is_empty(), &reply.order)?,
            text(&reply.text),
            some(reply.response.map(|response| response.to_string())),
            some(reply.tokens.map(|tokens| tokens.min(i64::MAX as u64) as i64)),
        ])
    };
    held.replies.iter().map(row).collect()
}
