//! Parquet as other programs for datasets lay it out: a row for each question, choices, answer and evidence in nested
//! columns. All of them together say everything that the project knows of a question.
//!
//! Files of others are read, too, as long as they have `question` and `choices` (or `options`), and `answer` as a number
//! from 0, a letter, or the words of a choice.

mod guard;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use parquet::schema::parser::parse_message_type;
use project::question::{Answer, Evidence, Origin, QuestionKind};
use project::{Author, Project, Question, QuestionId};
use serde_json::{Map, Value, json};

use super::{Content, ExchangeError, Form, MOST_BYTES, MOST_QUESTIONS, Rejected, lines, row};
use table::File;

/// The columns. `origin` and `source` are JSON, because their fields differ from row to row.
const SCHEMA: &str = "
message question {
  required binary id (STRING);
  required binary question (STRING);
  required binary kind (STRING);
  required group choices (LIST) { repeated group list { required binary element (STRING); } }
  optional group answer {
    required boolean unanswerable;
    required group options (LIST) { repeated group list { required int32 element; } }
    optional binary text (STRING);
    optional double number;
    optional group place { required double longitude; required double latitude; }
    required group regions (LIST) { repeated group list { required binary element (STRING); } }
  }
  optional binary answer_text (STRING);
  required binary unit (STRING);
  required double tolerance;
  required binary category (STRING);
  required group context {
    required binary title (STRING);
    required binary text (STRING);
    required group titles (LIST) { repeated group list { required group element {
      required binary response (STRING);
      required binary title (STRING);
    } } }
  }
  required group evidence (LIST) { repeated group list { required group element {
    required binary kind (STRING);
    optional binary value (STRING);
    required group bounds (LIST) { repeated group list { required double element; } }
    required group layers (LIST) { repeated group list { required binary element (STRING); } }
    required binary holds (STRING);
  } } }
  required binary author (STRING);
  optional int64 at_ms;
  optional double seconds;
  optional binary timed (STRING);
  required binary origin (STRING);
  required binary state (STRING);
  optional binary source_id (STRING);
  optional binary source (STRING);
}";

/// Columns that are read; others are for whoever looks at the file.
const READ: [&str; 19] = [
    "id",
    "question",
    "kind",
    "choices",
    "options",
    "answer",
    "unit",
    "tolerance",
    "category",
    "subject",
    "context",
    "evidence",
    "author",
    "at_ms",
    "seconds",
    "timed",
    "origin",
    "source_id",
    "source",
];

/// True for what begins as such a file does.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PAR1") || bytes.starts_with(b"PARE")
}

pub(super) fn read(bytes: &[u8], author: &Author) -> Result<Content, ExchangeError> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(ExchangeError::TooLarge { bytes: bytes.len() as u64 });
    }
    let file = File::open(&Bytes::copy_from_slice(bytes), &READ, MOST_QUESTIONS)
        .map_err(ExchangeError::NotParquet)?;
    let names: Vec<&str> = file.names().collect();
    if !names.contains(&"question") {
        return Err(ExchangeError::Unknown(names.join(", ")));
    }
    let (mut index, mut content) =
        (0, Content { form: Form::Parquet, rows: file.rows, questions: Vec::new(), rejected: Vec::new() });
    file.each(|row| {
        index += 1;
        let Value::Object(row) = row else { return };
        match question(row, author) {
            Ok(question) => content.questions.push(question),
            Err(reason) => content.rejected.push(Rejected { index, part: None, reason }),
        }
    })
    .map_err(ExchangeError::NotParquet)?;
    Ok(content)
}

pub(super) fn write(project: &Project, held: &[(QuestionId, &Question)]) -> Result<Vec<u8>, ExchangeError> {
    let fault = |why: String| ExchangeError::NotReadBack(why);
    let schema = Arc::new(parse_message_type(SCHEMA).map_err(|e| fault(e.to_string()))?);
    let rows: Vec<Value> = held.iter().map(|(id, question)| columns(project, *id, question)).collect();
    table::write(&schema, &rows).map_err(fault)
}

/// What a row holds.
fn columns(project: &Project, id: QuestionId, question: &Question) -> Value {
    // A question always has a JSON form: the project lets no other in.
    let plain = serde_json::to_value(question).unwrap_or_default();
    let answer = &plain["answer"];
    let list = |name: &str| answer.get(name).cloned().unwrap_or_else(|| json!([]));
    let place = answer.get("place").map(|at| json!({ "longitude": at[0], "latitude": at[1] }));
    let nested = question.answer.as_ref().map(|_| {
        json!({
            "unanswerable": answer == "unanswerable",
            "options": list("options"),
            "text": answer.get("text"),
            "number": answer.get("number"),
            "place": place,
            "regions": list("regions"),
        })
    });
    let titles = question.context.titles.iter();
    let titles: Vec<Value> =
        titles.map(|(response, title)| json!({ "response": response, "title": title })).collect();
    let evidence: Vec<Value> = question.evidence.iter().map(|one| piece(project, one)).collect();
    json!({
        "id": id,
        "question": question.text,
        "kind": question.kind.key(),
        "choices": question.options,
        "answer": nested,
        "answer_text": question.answer_text(),
        "unit": question.unit,
        "tolerance": question.tolerance,
        "category": question.category,
        "context": { "title": question.context.title, "text": question.context.text, "titles": titles },
        "evidence": evidence,
        "author": question.author,
        "at_ms": question.at_ms,
        "seconds": question.seconds,
        "timed": plain.get("timed"),
        "origin": json!(question.origin).to_string(),
        "state": project.question_outcome(id).state.key(),
        "source_id": question.source_id,
        "source": (!question.source.is_empty()).then(|| json!(question.source).to_string()),
    })
}

fn piece(project: &Project, evidence: &Evidence) -> Value {
    let (kind, value) = match evidence {
        Evidence::Response(id) => ("response", Some(id.to_string())),
        Evidence::Region(id) => ("region", Some(id.to_string())),
        Evidence::View(_) => ("view", None),
        Evidence::Image(path) => ("image", Some(path.clone())),
        Evidence::Reference(name) => ("reference", Some(name.clone())),
    };
    let view =
        if let Evidence::View(view) = evidence { json!(view) } else { json!({ "bounds": [], "layers": [] }) };
    json!({
        "kind": kind,
        "value": value,
        "bounds": view["bounds"],
        "layers": view["layers"],
        "holds": lines::holds(project, evidence).to_string(),
    })
}

fn question(row: Map<String, Value>, author: &Author) -> Result<Question, String> {
    // A row of others has no kind, or one that means something else.
    let kind = row.get("kind").and_then(Value::as_str).and_then(QuestionKind::from_key);
    let own = kind.is_some() && row.get("choices").is_some_and(Value::is_array);
    let question = if own { own_question(row, author)? } else { others_question(row, author)? };
    match question.fault() {
        Some(fault) => Err(fault),
        None => Ok(question),
    }
}

/// A row of this program's own, as the document that a line of JSON would be.
fn own_question(mut row: Map<String, Value>, author: &Author) -> Result<Question, String> {
    let mut document = Map::new();
    for (from, to) in [("question", "text"), ("kind", "kind"), ("choices", "options"), ("unit", "unit")] {
        document.insert(to.to_owned(), row.remove(from).ok_or_else(|| format!("it has no `{from}`"))?);
    }
    for name in ["tolerance", "category", "author", "at_ms", "seconds", "timed", "source_id"] {
        if let Some(value) = row.remove(name).filter(|value| !value.is_null()) {
            document.insert(name.to_owned(), value);
        }
    }
    document.entry("author").or_insert_with(|| json!(author));
    for name in ["origin", "source"] {
        if let Some(Value::String(text)) = row.remove(name) {
            let value = serde_json::from_str(&text).map_err(|e| format!("its `{name}` is no JSON: {e}"))?;
            document.insert(name.to_owned(), value);
        }
    }
    if let Some(answer) = row.get("answer").filter(|answer| answer.is_object()) {
        document.insert("answer".to_owned(), answer_of(answer));
    }
    if let Some(Value::Object(mut context)) = row.remove("context") {
        let titles: Map<String, Value> = context
            .remove("titles")
            .and_then(|titles| titles.as_array().cloned())
            .unwrap_or_default()
            .into_iter()
            .filter_map(|one| Some((one["response"].as_str()?.to_owned(), one["title"].clone())))
            .collect();
        context.insert("titles".to_owned(), Value::Object(titles));
        document.insert("context".to_owned(), Value::Object(context));
    }
    if let Some(Value::Array(pieces)) = row.remove("evidence") {
        document.insert("evidence".to_owned(), pieces.iter().map(evidence_of).collect());
    }
    let mut question: Question =
        serde_json::from_value(Value::Object(document)).map_err(|e| format!("it is no question: {e}"))?;
    if question.source_id.is_none()
        && let Some(Value::String(id)) = row.remove("id")
    {
        question.source_id = Some(id);
    }
    Ok(question)
}

fn answer_of(answer: &Value) -> Value {
    let filled = |name: &str| answer[name].as_array().is_some_and(|list| !list.is_empty());
    if answer["unanswerable"] == true {
        return json!("unanswerable");
    }
    if let Some(place) = answer.get("place").filter(|place| place.is_object()) {
        return json!({ "place": [place["longitude"], place["latitude"]] });
    }
    let name = match () {
        () if filled("regions") => "regions",
        () if answer["number"].is_number() => "number",
        () if answer["text"].is_string() => "text",
        () => "options",
    };
    json!({ name: answer[name] })
}

fn evidence_of(piece: &Value) -> Value {
    match piece["kind"].as_str() {
        Some("view") => json!({ "view": { "bounds": piece["bounds"], "layers": piece["layers"] } }),
        Some(kind) => json!({ kind: piece["value"] }),
        None => Value::Null,
    }
}

/// A row of another program: one of several choices.
fn others_question(row: Map<String, Value>, author: &Author) -> Result<Question, String> {
    let mut object = row::Row(row);
    let text = object.words("question")?;
    let mut question = row::begin(&text, QuestionKind::SingleChoice, Form::Parquet, author);
    row::identify(&mut question, object.take("id"));
    let category = object.take("category").filter(Value::is_string).or_else(|| object.take("subject"));
    row::classify(&mut question, category.filter(Value::is_string));
    let choices = object.take("choices").filter(Value::is_array).or_else(|| object.take("options"));
    question.options = row::options(choices)?;
    if let Some(Value::String(context)) = object.take("context") {
        question.context.text = context;
    }
    let answer = object.take("answer").filter(|answer| !answer.is_null());
    if question.options.is_empty() {
        question.kind = QuestionKind::OpenEnded;
        question.answer = answer.as_ref().and_then(Value::as_str).map(|text| Answer::Text(text.to_owned()));
    } else if let Some(answer) = answer {
        let right = named(&answer, &question.options);
        question.answer = Some(right.ok_or_else(|| format!("its answer {answer} is none of its choices"))?);
    }
    question.origin = Origin::File { form: Form::Parquet.key().to_owned() };
    Ok(question)
}

/// The answer that a row of others names: a number from 0, a letter, or the words of a choice; −1: none of them.
fn named(answer: &Value, choices: &[String]) -> Option<Answer> {
    let place = |place: usize| (place < choices.len()).then(|| Answer::Options(vec![place as u32]));
    if answer.as_i64() == Some(-1) {
        return Some(Answer::Unanswerable);
    }
    if let Some(number) = answer.as_u64() {
        return place(usize::try_from(number).ok()?);
    }
    let text = answer.as_str()?.trim();
    if let Some(said) = choices.iter().position(|choice| choice.trim() == text) {
        return place(said);
    }
    let [letter] = text.as_bytes() else { return None };
    place(usize::from(letter.to_ascii_uppercase().checked_sub(b'A')?))
}
