//! From what a file says to one edit of the project.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use project::question::{Asked, Evidence, QuestionVote, Reply, Said};
use project::review::Stage;
use project::{Author, Change, Edit, IdSource, Project, Question, QuestionId, Run};
use serde::Serialize;
use serde_json::Value;

use crate::{Content, Rejected};

/// What becomes of a file of questions.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportPlan {
    /// One step of undo; without effect where nothing is new.
    pub edit: Edit,
    pub accepted: usize,
    /// Questions that the project has already, said by nobody else.
    pub known: usize,
    pub rejected: Vec<Rejected>,
    /// Things that questions cite and that the project does not have: cited by name only.
    pub missing: usize,
}

/// Plans to take questions in.
pub fn plan_questions(project: &Project, content: Content, at_ms: i64, ids: &mut IdSource) -> ImportPlan {
    let mut known: HashSet<(Option<String>, Asked, String)> =
        project.live_questions().map(|(_, q)| key(q)).collect();
    let mut plan = ImportPlan {
        edit: Edit::batch("", Vec::new()),
        accepted: 0,
        known: 0,
        rejected: content.rejected,
        missing: 0,
    };
    let mut edits = Vec::new();
    for mut question in content.questions {
        plan.missing += without_missing(project, &mut question);
        question.at_ms.get_or_insert(at_ms);
        if !known.insert(key(&question)) {
            plan.known += 1;
            continue;
        }
        edits.push(Edit::Question(Change::create(ids.question(), question)));
    }
    plan.accepted = edits.len();
    let what = if edits.len() == 1 { "question" } else { "questions" };
    plan.edit = Edit::batch(format!("Import {} {what}", edits.len()), edits);
    plan
}

fn key(question: &Question) -> (Option<String>, Asked, String) {
    (question.source_id.clone(), question.asked(), question.answer_text().unwrap_or_default())
}

/// Cites by name what the project does not have; how many these were.
fn without_missing(project: &Project, question: &mut Question) -> usize {
    let mut missing = 0;
    for evidence in &mut question.evidence {
        match evidence {
            Evidence::Response(id) if project.response(*id).is_none() => {
                *evidence = Evidence::Reference(id.to_string());
                missing += 1;
            }
            Evidence::View(view) => {
                let before = view.layers.len();
                view.layers.retain(|layer| project.layers().contains_key(layer));
                missing += before - view.layers.len();
            }
            _ => {}
        }
    }
    if let project::question::Origin::Model { response, .. } = &mut question.origin
        && response.is_some_and(|id| project.response(id).is_none())
    {
        *response = None;
    }
    missing
}

/// What becomes of a file of replies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RepliesPlan {
    #[serde(skip)]
    pub run: Run,
    pub accepted: usize,
    pub rejected: Vec<Rejected>,
}

/// Names under which a table may have the question, and the reply.
const QUESTION: [&str; 5] = ["question", "id", "query_id", "question_id", "index"];
const REPLY: [&str; 6] = ["reply", "response", "answer", "option_no", "option", "prediction"];

/// Reads what a model answered: JSON (a list of objects, or an object by question), JSON lines, or CSV with a header. The
/// question is named by its identity, or by that of the file it came from, or by its place from 1 as `#n`.
pub fn plan_replies(project: &Project, bytes: &[u8], run: Run) -> Result<RepliesPlan, String> {
    let rows = rows(bytes)?;
    let names = Names::of(project);
    let mut plan = RepliesPlan { run, accepted: 0, rejected: Vec::new() };
    let mut seen = HashSet::new();
    for (index, name, text) in rows {
        let found = names.find(&name).and_then(|(id, question)| {
            if seen.insert(id) {
                Ok((id, question))
            } else {
                Err(format!("question `{name}` has two replies"))
            }
        });
        match found {
            Ok((id, question)) => {
                let order = plan.run.seed.map(|seed| crate::order_of(question, seed)).unwrap_or_default();
                let asked = question.asked();
                plan.run.replies.push(Reply {
                    question: id,
                    asked,
                    order,
                    text,
                    response: None,
                    tokens: None,
                });
                plan.accepted += 1;
            }
            Err(reason) => plan.rejected.push(Rejected { index, part: None, reason }),
        }
    }
    Ok(plan)
}

/// Questions by everything that names them.
struct Names<'a> {
    by_text: HashMap<String, Vec<QuestionId>>,
    in_order: Vec<(QuestionId, &'a Arc<Question>)>,
    project: &'a Project,
}

impl<'a> Names<'a> {
    fn of(project: &'a Project) -> Self {
        let in_order: Vec<_> = project.live_questions().collect();
        let mut by_text: HashMap<String, Vec<QuestionId>> = HashMap::new();
        for (id, question) in &in_order {
            by_text.entry(id.to_string()).or_default().push(*id);
            if let Some(source) = &question.source_id {
                by_text.entry(source.clone()).or_default().push(*id);
            }
        }
        Self { by_text, in_order, project }
    }

    fn find(&self, name: &str) -> Result<(QuestionId, &'a Arc<Question>), String> {
        if let Some(place) = name.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()) {
            let found = place.checked_sub(1).and_then(|place| self.in_order.get(place));
            return found.copied().ok_or_else(|| format!("there is no question `{name}`"));
        }
        match self.by_text.get(name).map(Vec::as_slice) {
            Some([id]) => Ok((*id, &self.project.questions()[id])),
            Some(_) => Err(format!("several questions have the identity `{name}`")),
            None => Err(format!("there is no question `{name}`")),
        }
    }
}

type ReplyRow = (usize, String, String);

fn rows(bytes: &[u8]) -> Result<Vec<ReplyRow>, String> {
    if bytes.len() as u64 > crate::MOST_BYTES {
        return Err(format!("the file is larger than {} MB", crate::MOST_BYTES >> 20));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "the file is not UTF-8 text".to_owned())?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err("the file is empty".into());
    }
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return match value {
            Value::Array(items) => {
                Ok((1..).zip(&items).map(|(n, item)| named(n, item)).collect::<Result<_, _>>()?)
            }
            Value::Object(map) if REPLY.iter().any(|key| map.contains_key(*key)) => {
                Ok(vec![named(1, &Value::Object(map))?])
            }
            Value::Object(map) => {
                Ok((1..).zip(&map).map(|(n, (key, value))| (n, key.clone(), word(value))).collect())
            }
            _ => Err("the file is no list of replies".into()),
        };
    }
    if text.starts_with('{') {
        let line = |(n, line): (usize, &str)| {
            let value = serde_json::from_str(line).map_err(|e| format!("line {n} is no JSON object: {e}"))?;
            named(n, &value)
        };
        return (1..).zip(text.lines()).filter(|(_, l)| !l.trim().is_empty()).map(line).collect();
    }
    if text.starts_with('[') {
        return Err("the file is not valid JSON; it may be cut off".into());
    }
    table(text)
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn named(n: usize, item: &Value) -> Result<ReplyRow, String> {
    let get =
        |names: &[&str]| names.iter().find_map(|name| item.get(*name)).filter(|v| !v.is_null()).map(word);
    let question = get(&QUESTION).ok_or_else(|| format!("reply {n} names no question"))?;
    // A single field besides the question is the whole of what was said.
    let reply = get(&REPLY).ok_or_else(|| format!("reply {n} has no text"))?;
    Ok((n, question, reply))
}

fn table(text: &str) -> Result<Vec<ReplyRow>, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| e.to_string())?.clone();
    let column = |names: &[&str]| {
        names.iter().find_map(|name| header.iter().position(|h| h.trim().eq_ignore_ascii_case(name)))
    };
    let question = column(&QUESTION).ok_or("the table has no column `question`")?;
    let reply = column(&REPLY).ok_or("the table has no column `reply`")?;
    let mut rows = Vec::new();
    for (n, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|e| format!("line {n}: {e}"))?;
        let cell = |column: usize| record.get(column).unwrap_or_default().to_owned();
        rows.push((n, cell(question).trim().to_owned(), cell(reply)));
    }
    Ok(rows)
}

/// Who stands for a run.
impl RepliesPlan {
    /// A run without replies yet.
    pub fn begin(model: &str, prompt: &str, seed: Option<u64>, author: Author, at_ms: i64) -> Run {
        Run {
            model: model.to_owned(),
            prompt: prompt.to_owned(),
            seed,
            author,
            at_ms: Some(at_ms),
            note: String::new(),
            replies: Vec::new(),
        }
    }
}

/// Reads what members answer to questions from a CSV file: question, member, stage (1 or 2), answer and, if given, note
/// and seconds. An answer is read as a reply is; `ambiguous`, `reject` and `abstain` are verdicts of their own.
pub fn plan_question_votes(
    project: &Project,
    bytes: &[u8],
    at_ms: i64,
    ids: &mut IdSource,
) -> Result<(Vec<QuestionVote>, Vec<Rejected>), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the file is not UTF-8 text".to_owned())?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|e| e.to_string())?.clone();
    let column = |name: &str| header.iter().position(|h| h.trim().eq_ignore_ascii_case(name));
    let need = |name: &str| column(name).ok_or_else(|| format!("the table has no column `{name}`"));
    let (question, member, stage, answer) =
        (need("question")?, need("member")?, need("stage")?, need("answer")?);
    let (note, seconds) = (column("note"), column("seconds"));
    let names = Names::of(project);
    let (mut votes, mut rejected) = (Vec::new(), Vec::new());
    for (index, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|e| format!("line {index}: {e}"))?;
        let cell = |column: usize| record.get(column).unwrap_or_default().trim();
        let vote = (|| {
            let (question, held) = names.find(cell(question))?;
            let stage = match cell(stage) {
                "1" | "one" => Stage::One,
                "2" | "two" => Stage::Two,
                other => return Err(format!("stage `{other}` is neither 1 nor 2")),
            };
            let seconds = match seconds.map(cell).filter(|text| !text.is_empty()) {
                Some(text) => Some(text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?),
                None => None,
            };
            Ok(QuestionVote {
                id: ids.vote(),
                question,
                asked: held.asked(),
                member: Author::new(cell(member)),
                stage,
                said: said(cell(answer), held)?,
                note: note.map(cell).unwrap_or_default().to_owned(),
                seconds,
                at_ms: Some(at_ms),
            })
        })();
        match vote {
            Ok(vote) => votes.push(vote),
            Err(reason) => rejected.push(Rejected { index, part: None, reason }),
        }
    }
    Ok((votes, rejected))
}

fn said(text: &str, question: &Question) -> Result<Said, String> {
    Ok(match text.to_lowercase().as_str() {
        "ambiguous" => Said::Ambiguous,
        "reject" => Said::Reject,
        "abstain" => Said::Abstain,
        _ => match crate::read_reply(text, question, &[]) {
            crate::Reading::Answer(answer) => Said::Answer(answer),
            crate::Reading::Invalid(why) => return Err(format!("`{text}` is no answer: {why}")),
        },
    })
}
