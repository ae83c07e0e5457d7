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
    match answer.take("type") {
        Some(Value::String(kind)) if kind == "mcq" => {}
        other => return Err(format!("its answer is of the type {}, not \"mcq\"", other.unwrap_or_default())),
    }
    question.options = row::options(answer.take("options"))?;
    question.answer = match answer.take("correct") {
        Some(Value::Number(number)) => Some(match number.as_i64() {
            Some(-1) => Answer::Unanswerable,
            Some(place) if place >= 0 && (place as u64) < question.options.len() as u64 => {
                Answer::Options(vec![place as u32])
            }
            _ => {
                return Err(format!(
                    "`correct` is {number}, and there are {} options",
                    question.options.len()
                ));
            }
        }),
        Some(Value::Null) | None => None,
        Some(other) => return Err(format!("`correct` is {other}, which is no whole number")),
    };
    if !answer.0.is_empty() {
        question.source.insert(".answer".to_owned(), Value::Object(answer.0));
    }
    object.keep(&mut question);
    Ok(question)
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
        let mut answer = json!({ "type": "mcq", "options": options, "correct": correct });
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
