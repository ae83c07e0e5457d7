//! `dataset.json` of MapEval-Textual and MapEval-API: a list of `{id, question, answer {type: "mcq", options, correct},
//! context, classification}`, where `correct` counts from 0 and −1 means that nothing given answers it.

use project::question::{Answer, QuestionKind};
use project::{Author, Question, QuestionId};
use serde_json::{Map, Value, json};

use super::{Form, row};

pub(super) fn question(object: Map<String, Value>, author: &Author) -> Result<Question, String> {
    let mut object = row::Row(object);
    let text = object.words("question")?;
    let mut question = row::begin(&text, QuestionKind::SingleChoice, Form::MapevalText, author);
    row::identify(&mut question, object.take("id"));
    row::classify(&mut question, object.take("classification"));
    match object.take("context") {
        Some(Value::String(text)) => question.context.text = text,
        Some(Value::Null) | None => {}
        Some(_) => return Err("its `context` is no text".into()),
    }
    let Some(Value::Object(answer)) = object.take("answer") else {
        return Err("its `answer` is no object".into());
    };
    let mut answer = row::Row(answer);
    let kind = answer.take("type").unwrap_or_default();
    match kind.as_str().map(str::to_lowercase).as_deref() {
        Some("mcq" | "single-choice") => {}
        None if kind.is_null() => {}
        _ => return Err(format!("its answer is of the type {kind}, not \"mcq\"")),
    }
    if kind != "mcq" {
        question.source.insert(".type".to_owned(), kind);
    }
    question.options = row::options(answer.take("options"))?;
    let correct = answer.take("correct").unwrap_or_default();
    question.answer = right(&correct, question.options.len())?;
    if !correct.is_i64() && !correct.is_null() {
        question.source.insert(".correct".to_owned(), correct);
    }
    if !answer.0.is_empty() {
        question.source.insert(".answer".to_owned(), Value::Object(answer.0));
    }
    object.keep(&mut question);
    Ok(question)
}

/// What `correct` says: a place from 0, −1, or nothing; also where the number is written as a text.
fn right(correct: &Value, options: usize) -> Result<Option<Answer>, String> {
    let number = match correct {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_i64().or_else(|| {
            let number = number.as_f64()?;
            (number.fract() == 0.0 && number.abs() < 1e6).then_some(number as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match number {
        Some(-1) => Ok(Some(Answer::Unanswerable)),
        Some(place) if usize::try_from(place).is_ok_and(|place| place < options) => {
            Ok(Some(Answer::Options(vec![place as u32])))
        }
        Some(_) => Err(format!("`correct` is {correct}, and there are {options} options")),
        None => Err(format!("`correct` is {correct}, which is no whole number")),
    }
}

/// Why a question has no place in such a file.
pub(super) fn cannot_hold(question: &Question) -> Option<String> {
    match question.kind {
        QuestionKind::SingleChoice | QuestionKind::YesNo => None,
        kind => {
            Some(format!("MapEval asks for one of several options, not for “{}”", kind.text().to_lowercase()))
        }
    }
}

/// Rows in the order of the questions; those without a number get the next ones.
pub(super) fn rows(held: &[(QuestionId, &Question)]) -> Vec<Value> {
    let number = |(_, q): &(QuestionId, &Question)| q.source_id.as_ref()?.parse::<i64>().ok();
    let mut next = held.iter().filter_map(number).max().unwrap_or(0);
    let mut rows = Vec::with_capacity(held.len());
    for (_, question) in held {
        let id = row::identity(question, question.source_id.as_deref()).unwrap_or_else(|| {
            next += 1;
            json!(next)
        });
        let correct = match &question.answer {
            Some(Answer::Unanswerable) => json!(-1),
            Some(Answer::Options(places)) => places.first().map_or(Value::Null, |place| json!(place)),
            _ => Value::Null,
        };
        let options: Vec<&str> = question.choices().collect();
        let kept = question.source.get(".correct");
        let kept = kept.filter(|kept| right(kept, options.len()).as_ref() == Ok(&question.answer));
        let kind = question.source.get(".type").cloned().unwrap_or_else(|| json!("mcq"));
        let mut answer = json!({ "type": kind, "options": options, "correct": kept.unwrap_or(&correct) });
        if let (Some(Value::Object(more)), Value::Object(answer)) =
            (question.source.get(".answer"), &mut answer)
        {
            answer.extend(more.clone());
        }
        let mut object = Map::new();
        object.insert("id".to_owned(), id);
        object.insert("question".to_owned(), json!(question.text));
        object.insert("answer".to_owned(), answer);
        object.insert("context".to_owned(), json!(question.context.text));
        object.insert("classification".to_owned(), row::classification(question));
        object.extend(row::rest(question, &["id", "classification"]));
        rows.push(Value::Object(object));
    }
    rows
}
