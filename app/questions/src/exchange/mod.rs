//! Files of questions: read with exact counts and a reason for everything that is left out, written so that reading
//! them again gives the same.

mod lines;
mod mapeval;
mod mapqator;
mod parquet;
mod row;
#[cfg(test)]
mod tests;
mod visual;

use std::fmt;
use std::str::FromStr;

use project::{Author, Project, Question, QuestionId};
use serde::Serialize;
use serde_json::Value;

/// Largest file that is read.
pub const MOST_BYTES: u64 = 128 << 20;
/// Most questions of one file.
pub const MOST_QUESTIONS: usize = 500_000;

/// How a file of questions is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One JSON document a line, with everything that the project knows, evidence included.
    Jsonl,
    /// `dataset.json` of MapQaTor: several questions to a context.
    Mapqator,
    /// `dataset.json` of MapEval-Textual and MapEval-API.
    MapevalText,
    /// `dataset.json` of MapEval-Visual: options as one text, an image for each question.
    MapevalVisual,
    /// A row for each question, with choices, answer and evidence in nested columns; everything, as JSON lines hold it.
    Parquet,
}

impl Form {
    pub const ALL: [Self; 5] =
        [Self::Jsonl, Self::Mapqator, Self::MapevalText, Self::MapevalVisual, Self::Parquet];

    /// The key on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Mapqator => "mapqator",
            Self::MapevalText => "mapeval-text",
            Self::MapevalVisual => "mapeval-visual",
            Self::Parquet => "parquet",
        }
    }

    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Jsonl => "JSON lines with evidence",
            Self::Mapqator => "MapQaTor",
            Self::MapevalText => "MapEval (textual)",
            Self::MapevalVisual => "MapEval (visual)",
            Self::Parquet => "Parquet",
        }
    }

    /// The name that such a file has among its own.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Jsonl => "questions.jsonl",
            Self::Parquet => "questions.parquet",
            _ => "dataset.json",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|form| form.key() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::key).join(", ");
            format!("the forms are {known}")
        })
    }
}

/// Something of a file that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Its place in the file, from 1: a line, or a row of a list.
    pub index: usize,
    /// The question of a row that has several, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<usize>,
    pub reason: String,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    pub form: Form,
    /// Lines or rows of the file.
    pub rows: usize,
    pub questions: Vec<Question>,
    pub rejected: Vec<Rejected>,
}

/// Why a file is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    #[error("the file is {bytes} bytes, more than the {MOST_BYTES} that are read at most")]
    TooLarge { bytes: u64 },
    #[error("the file is empty")]
    Empty,
    #[error("the file is not valid JSON: {0}")]
    NotJson(String),
    #[error("the file cannot be read as Parquet: {0}")]
    NotParquet(String),
    #[error("the file is a JSON {0}, and a list of questions was expected")]
    NotAList(&'static str),
    #[error("the file holds more than {MOST_QUESTIONS} questions")]
    TooMany,
    #[error("the file is no list of questions that is known: a row has the keys {0}")]
    Unknown(String),
    #[error("{count} questions have no place in {}, the first because {reason}", form.text())]
    CannotHold { form: Form, count: usize, reason: String },
    #[error("what was written does not read as what was meant: {0}")]
    NotReadBack(String),
}

impl ExchangeError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::TooMany => "cut the file and import the pieces",
            Self::Empty => "choose another file",
            Self::NotJson(_) => "the file may be cut off; get it again or validate it",
            Self::NotParquet(_) => {
                "get the file again, or write it anew with Snappy: pyarrow.parquet.write_table(table, path)"
            }
            Self::NotAList(_) | Self::Unknown(_) => {
                "MapQaTor's and MapEval's dataset.json and JSON lines are read; --form says which it is"
            }
            Self::CannotHold { .. } => {
                "export as jsonl, which holds everything, or allow that these are left out"
            }
            Self::NotReadBack(_) => "this is a bug of Orthoscope: please report it with the file",
        }
    }
}

/// Reads a file of questions. `author` is who stands for answers of which the file names nobody.
pub fn read(bytes: &[u8], form: Option<Form>, author: &Author) -> Result<Content, ExchangeError> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(ExchangeError::TooLarge { bytes: bytes.len() as u64 });
    }
    if form == Some(Form::Parquet) || (form.is_none() && parquet::is_one(bytes)) {
        return parquet::read(bytes, author);
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii();
    if text.is_empty() {
        return Err(ExchangeError::Empty);
    }
    if form == Some(Form::Jsonl) || (form.is_none() && text[0] == b'{' && !is_wrapped(text)) {
        return lines::read(text, author);
    }
    let value: Value = serde_json::from_slice(text).map_err(|e| ExchangeError::NotJson(e.to_string()))?;
    let rows = rows(value)?;
    if rows.len() > MOST_QUESTIONS {
        return Err(ExchangeError::TooMany);
    }
    let form = match form {
        Some(form) => form,
        None => recognise(&rows)?,
    };
    let mut content = Content { form, rows: rows.len(), questions: Vec::new(), rejected: Vec::new() };
    for (index, row) in (1..).zip(rows) {
        let Value::Object(row) = row else {
            content.rejected.push(Rejected { index, part: None, reason: "it is no object".into() });
            continue;
        };
        let taken = match form {
            Form::MapevalVisual => vec![visual::question(row, author)],
            Form::MapevalText => vec![mapeval::question(row, author)],
            Form::Mapqator | Form::Jsonl | Form::Parquet => mapqator::questions(row, author),
        };
        let several = taken.len() > 1;
        for (part, question) in (1..).zip(taken) {
            let checked = question.and_then(|question| match question.fault() {
                Some(fault) => Err(fault),
                None => Ok(question),
            });
            match checked {
                Ok(question) => content.questions.push(question),
                Err(reason) => {
                    content.rejected.push(Rejected { index, part: several.then_some(part), reason });
                }
            }
        }
        if content.questions.len() > MOST_QUESTIONS {
            return Err(ExchangeError::TooMany);
        }
    }
    Ok(content)
}

/// A single document, and not a line of many.
fn is_wrapped(text: &[u8]) -> bool {
    !text.contains(&b'\n') && serde_json::from_slice::<Value>(text).is_ok_and(|v| rows(v).is_ok())
        || text.contains(&b'\n') && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

/// The list of a document, also where it is wrapped in an object.
fn rows(value: Value) -> Result<Vec<Value>, ExchangeError> {
    match value {
        Value::Array(rows) => Ok(rows),
        Value::Object(mut object) => {
            let wrapped = ["data", "dataset", "queries", "questions"].into_iter();
            let inner = wrapped.filter_map(|key| object.remove(key)).find(Value::is_array);
            match inner {
                Some(Value::Array(rows)) => Ok(rows),
                // `query_<id>.json` is one row.
                _ if object.contains_key("question") => Ok(vec![Value::Object(object)]),
                _ => Err(ExchangeError::NotAList("object")),
            }
        }
        Value::String(_) => Err(ExchangeError::NotAList("text")),
        Value::Number(_) => Err(ExchangeError::NotAList("number")),
        Value::Bool(_) => Err(ExchangeError::NotAList("truth value")),
        Value::Null => Err(ExchangeError::NotAList("null")),
    }
}

/// What the first rows look like.
fn recognise(rows: &[Value]) -> Result<Form, ExchangeError> {
    let Some(first) = rows.iter().find_map(Value::as_object) else {
        return if rows.is_empty() { Ok(Form::Mapqator) } else { Err(ExchangeError::Unknown("none".into())) };
    };
    let is_mcq = |row: &serde_json::Map<String, Value>| row["answer"]["type"] == "mcq";
    if first.contains_key("image_path") && first.get("options").is_some_and(Value::is_string) {
        Ok(Form::MapevalVisual)
    } else if first.contains_key("answer") && is_mcq(first) {
        Ok(Form::MapevalText)
    } else if first.contains_key("questions") || first.contains_key("question") {
        Ok(Form::Mapqator)
    } else {
        let keys: Vec<&str> = first.keys().take(8).map(String::as_str).collect();
        Err(ExchangeError::Unknown(keys.join(", ")))
    }
}

/// A file as it was made, with what it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub bytes: Vec<u8>,
    pub questions: usize,
    /// Questions that the form cannot hold, with the reason.
    pub left_out: Vec<(QuestionId, String)>,
}

/// Writes questions and reads them back before anybody else does. What the form cannot hold stops it, unless
/// `leave_out`.
pub fn write(
    project: &Project,
    ids: &[QuestionId],
    form: Form,
    leave_out: bool,
) -> Result<Written, ExchangeError> {
    let mut held: Vec<(QuestionId, &Question)> = Vec::with_capacity(ids.len());
    let mut left_out = Vec::new();
    for id in ids {
        let Some(question) = project.questions().get(id) else { continue };
        let reason = match form {
            Form::Jsonl | Form::Parquet => None,
            Form::Mapqator => mapqator::cannot_hold(question),
            Form::MapevalText => mapeval::cannot_hold(question),
            Form::MapevalVisual => visual::cannot_hold(question),
        };
        match reason {
            Some(reason) => left_out.push((*id, reason)),
            None => held.push((*id, question)),
        }
    }
    if let Some((_, reason)) = left_out.first().filter(|_| !leave_out) {
        let (count, reason) = (left_out.len(), reason.clone());
        return Err(ExchangeError::CannotHold { form, count, reason });
    }
    let bytes = match form {
        Form::Jsonl => lines::write(project, &held),
        Form::Parquet => parquet::write(project, &held)?,
        Form::Mapqator => document(&mapqator::rows(&held)),
        Form::MapevalText => document(&mapeval::rows(&held)),
        Form::MapevalVisual => document(&held.iter().map(|(_, q)| visual::row(q)).collect::<Vec<_>>()),
    };
    read_back(&bytes, form, &held)?;
    Ok(Written { bytes, questions: held.len(), left_out })
}

fn document(rows: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let indented = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, indented);
    // Writing values to memory cannot fail.
    let _ = rows.serialize(&mut serializer);
    bytes.push(b'\n');
    bytes
}

/// What is in the file must be what was meant to be.
fn read_back(bytes: &[u8], form: Form, held: &[(QuestionId, &Question)]) -> Result<(), ExchangeError> {
    let author = Author::new("reader");
    let content = read(bytes, Some(form), &author)?;
    let wrong = |what: String| Err(ExchangeError::NotReadBack(what));
    if let Some(rejected) = content.rejected.first() {
        return wrong(format!("row {}: {}", rejected.index, rejected.reason));
    }
    if content.questions.len() != held.len() {
        return wrong(format!("{} questions instead of {}", content.questions.len(), held.len()));
    }
    // Rows of one context stand together in a file of MapQaTor.
    let mut meant: Vec<_> = held.iter().map(|(_, question)| row::essence(question, form)).collect();
    let mut found: Vec<_> = content.questions.iter().map(|question| row::essence(question, form)).collect();
    meant.sort();
    found.sort();
    match meant.iter().zip(&found).find(|(a, b)| a != b) {
        Some((meant, found)) => wrong(format!("{found} instead of {meant}")),
        None => Ok(()),
    }
}
