//! `dataset.json` of MapQaTor: a list of contexts, each with its questions, or with the one question of older files.
//! A question is `{title, answer {type, options, correct}, classification, references}`; `correct` is a place from 0, a
//! list of places, words, or −1 where nothing given answers it.

use project::question::{Answer, Evidence, Origin, QuestionKind};
use project::{Author, Question, QuestionId};
use serde_json::{Map, Value, json};

use super::{Form, row};

/// The key under which what belongs to the whole row is kept, beside its first question.
const ROW: &str = ".row";
/// The key under which a context that is no text is kept.
const CONTEXT: &str = ".context";
/// The layout of a row: that of older files has one question and no list.
const SINGLE: &str = ".single";

pub(super) fn questions(object: Map<String, Value>, author: &Author) -> Vec<Result<Question, String>> {
    let mut object = row::Row(object);
    let id = object.take("id");
    let context = object.take("context");
    let name = match object.take("name") {
        Some(Value::String(name)) => name,
        Some(other) => {
            object.0.insert("name".to_owned(), other);
            String::new()
        }
        None => String::new(),
    };
    let deleted = matches!(object.0.get("deleted"), Some(Value::Bool(true)));
    let by = match object.0.get("username") {
        Some(Value::String(name)) if !name.trim().is_empty() => Author::new(name),
        _ => author.clone(),
    };
    let (single, items) = match object.take("questions") {
        Some(Value::Array(items)) if !items.is_empty() => (false, items),
        Some(Value::Array(_)) if !object.0.contains_key("question") => {
            return vec![Err("it has no questions".into())];
        }
        Some(Value::Array(_) | Value::Null) | None => (true, vec![one(&mut object)]),
        Some(_) => return vec![Err("its `questions` are no list".into())],
    };
    let several = items.len() > 1;
    let mut whole = Some(object.0);
    let take = |(part, item): (usize, Value)| {
        let mut question = question(item, &by)?;
        row::identify(&mut question, id.clone());
        if several {
            question.source_id = question.source_id.map(|id| format!("{id}#{part}"));
        }
        question.context.title.clone_from(&name);
        take_context(&mut question, context.as_ref())?;
        question.deleted = deleted;
        if single {
            question.source.insert(SINGLE.to_owned(), Value::Bool(true));
        }
        if let Some(whole) = whole.take().filter(|whole| !whole.is_empty()) {
            question.source.insert(ROW.to_owned(), Value::Object(whole));
        }
        Ok(question)
    };
    (1..).zip(items).map(take).collect()
}

/// The question of an older row, whose parts lie beside the context.
fn one(object: &mut row::Row) -> Value {
    if let Some(Value::Object(inner)) = object.0.get("question") {
        let inner = inner.clone();
        object.take("question");
        return Value::Object(inner);
    }
    let mut item = Map::new();
    for (from, to) in [
        ("question", "title"),
        ("answer", "answer"),
        ("classification", "classification"),
        ("references", "references"),
    ] {
        if let Some(value) = object.take(from) {
            item.insert(to.to_owned(), value);
        }
    }
    Value::Object(item)
}

fn take_context(question: &mut Question, context: Option<&Value>) -> Result<(), String> {
    match context {
        Some(Value::String(text)) => question.context.text.clone_from(text),
        Some(Value::Null) | None => {}
        Some(list @ Value::Array(items)) => {
            let lines: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            question.context.text =
                lines.ok_or("its `context` is a list of something else than texts")?.join("\n");
            question.source.insert(CONTEXT.to_owned(), list.clone());
        }
        Some(_) => return Err("its `context` is no text".into()),
    }
    Ok(())
}

fn question(item: Value, author: &Author) -> Result<Question, String> {
    let Value::Object(item) = item else { return Err("it is no object".into()) };
    let mut item = row::Row(item);
    let key = if item.0.contains_key("title") { "title" } else { "question" };
    let text = item.words(key)?;
    let Some(Value::Object(answer)) = item.take("answer") else {
        return Err("its `answer` is no object".into());
    };
    let mut answer = row::Row(answer);
    let raw_kind = answer.take("type");
    let kind = match raw_kind.as_ref().and_then(Value::as_str) {
        Some("yes-no") => QuestionKind::YesNo,
        Some("single-choice" | "mcq") | None => QuestionKind::SingleChoice,
        Some("multiple-choice") => QuestionKind::MultipleChoice,
        Some("open-ended") => QuestionKind::OpenEnded,
        Some(other) => return Err(format!("its answer is of the unknown type \"{other}\"")),
    };
    let mut question = row::begin(&text, kind, Form::Mapqator, author);
    row::classify(&mut question, item.take("classification"));
    let options = row::options(answer.take("options"))?;
    if kind.is_choice() {
        question.options = options;
    } else if !options.is_empty() {
        question.source.insert(".options".to_owned(), json!(options));
    }
    // The two that every question of yes or no has.
    if kind == QuestionKind::YesNo && question.options.iter().eq(["Yes", "No"].iter()) {
        question.options.clear();
        question.source.insert(".yes_no".to_owned(), Value::Bool(true));
    }
    let correct = answer.take("correct");
    question.answer = correct.as_ref().map_or(Ok(None), |correct| right(correct, &question))?;
    if let Some(correct) = correct {
        question.source.insert(".correct".to_owned(), correct);
    }
    if raw_kind.as_ref().and_then(Value::as_str) == Some("mcq") || raw_kind.is_none() {
        question.source.insert(".type".to_owned(), raw_kind.unwrap_or_default());
    }
    if !answer.0.is_empty() {
        question.source.insert(".answer".to_owned(), Value::Object(answer.0));
    }
    if let Some(Value::Array(references)) = item.take("references") {
        let name = |value: &Value| {
            Evidence::Reference(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        question.evidence = references.iter().map(name).collect();
        question.source.insert(".references".to_owned(), Value::Array(references));
    }
    item.keep(&mut question);
    Ok(question)
}

/// What `correct` says.
fn right(correct: &Value, question: &Question) -> Result<Option<Answer>, String> {
    let choices = question.choices().len();
    let place = |value: &Value| -> Result<u32, String> {
        let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
        let named = || {
            let word = value.as_str()?.trim().to_lowercase();
            question.choices().position(|choice| choice.trim().to_lowercase() == word)
        };
        let place = match number {
            Some(number) => usize::try_from(number).ok(),
            None => named(),
        };
        place
            .filter(|place| *place < choices)
            .map(|place| place as u32)
            .ok_or_else(|| format!("`correct` is {value}, and there are {choices} options"))
    };
    match (correct, question.kind) {
        (Value::Null, _) => Ok(None),
        (Value::Number(number), _) if number.as_i64() == Some(-1) => Ok(Some(Answer::Unanswerable)),
        (Value::String(text), QuestionKind::OpenEnded) => {
            Ok((!text.trim().is_empty()).then(|| Answer::Text(text.clone())))
        }
        (Value::Number(number), QuestionKind::OpenEnded) => Ok(Some(Answer::Text(number.to_string()))),
        (Value::String(text), _) if text.trim().is_empty() => Ok(None),
        (Value::Array(places), QuestionKind::MultipleChoice) if places.is_empty() => Ok(None),
        (Value::Array(places), QuestionKind::MultipleChoice) => {
            Ok(Some(Answer::options(places.iter().map(place).collect::<Result<Vec<_>, _>>()?)))
        }
        (Value::Array(_), _) => Err("`correct` is a list, and the question has one right option".into()),
        (value, kind) if kind.is_choice() => Ok(Some(Answer::Options(vec![place(value)?]))),
        (value, _) => Err(format!("`correct` is {value}, which is no words")),
    }
}

/// Why a question has no place in such a file.
pub(super) fn cannot_hold(question: &Question) -> Option<String> {
    let by_shape = question.kind == QuestionKind::Regions;
    by_shape.then(|| "MapQaTor has no answers that are regions of a map".to_owned())
}

/// Rows in the order of their first questions; questions of one row and one context stand in it together.
pub(super) fn rows(held: &[(QuestionId, &Question)]) -> Vec<Value> {
    let numbers = held.iter().filter_map(|(_, q)| group(q)?.parse::<i64>().ok());
    let mut next = numbers.max().unwrap_or(0);
    let mut groups: Vec<(Option<&str>, Vec<&Question>)> = Vec::new();
    let mut known: std::collections::HashMap<(&str, &str), usize> = std::collections::HashMap::new();
    for (_, question) in held {
        let group = group(question);
        let is_part = question.source_id.as_ref().is_some_and(|id| id.contains('#'));
        if let Some(id) = group.filter(|_| is_part) {
            let key = (id, question.context.text.as_str());
            if let Some(place) = known.get(&key) {
                groups[*place].1.push(question);
                continue;
            }
            known.insert(key, groups.len());
        }
        groups.push((group, vec![question]));
    }
    let mut row = |(id, questions): (Option<&str>, Vec<&Question>)| {
        let first = questions[0];
        let mut object = Map::new();
        // Rows that came without an identity go without one.
        let id = row::identity(first, id).or_else(|| {
            (!from_file(first)).then(|| {
                next += 1;
                json!(next)
            })
        });
        object.extend(id.map(|id| ("id".to_owned(), id)));
        let context = match first.source.get(CONTEXT) {
            Some(list @ Value::Array(lines)) if joined(lines).as_deref() == Some(&first.context.text) => {
                list.clone()
            }
            _ => json!(first.context.text),
        };
        object.insert("context".to_owned(), context);
        if !first.context.title.is_empty() {
            object.insert("name".to_owned(), json!(first.context.title));
        }
        let rest = questions.iter().find_map(|q| q.source.get(ROW)?.as_object());
        object.extend(rest.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
        if first.deleted || object.contains_key("deleted") {
            object.insert("deleted".to_owned(), json!(first.deleted));
        }
        let mut items: Vec<Map<String, Value>> = questions.into_iter().map(item).collect();
        let single = first.source.contains_key(SINGLE) && items.len() == 1;
        if let Some(mut item) = single.then(|| items.pop()).flatten() {
            let title = item.remove("title").unwrap_or_default();
            object.insert("question".to_owned(), title);
            object.extend(item);
        } else {
            object.insert("questions".to_owned(), items.into_iter().map(Value::Object).collect());
        }
        Value::Object(object)
    };
    groups.into_iter().map(&mut row).collect()
}

fn group(question: &Question) -> Option<&str> {
    let id = question.source_id.as_deref()?;
    Some(id.split_once('#').map_or(id, |(group, _)| group))
}

fn joined(lines: &[Value]) -> Option<String> {
    Some(lines.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?.join("\n"))
}

fn item(question: &Question) -> Map<String, Value> {
    let kind = match question.kind {
        QuestionKind::YesNo => "yes-no",
        QuestionKind::SingleChoice => "single-choice",
        QuestionKind::MultipleChoice => "multiple-choice",
        QuestionKind::OpenEnded | QuestionKind::Number | QuestionKind::Place | QuestionKind::Regions => {
            "open-ended"
        }
    };
    let kind = match question.source.get(".type") {
        Some(kept) if question.kind == QuestionKind::SingleChoice => kept.clone(),
        _ => json!(kind),
    };
    let now = match &question.answer {
        None => Value::Null,
        Some(Answer::Unanswerable) => json!(-1),
        Some(Answer::Options(places)) if question.kind == QuestionKind::MultipleChoice => json!(places),
        Some(Answer::Options(places)) => json!(places.first()),
        Some(other) => json!(other.text(question)),
    };
    let correct = match question.source.get(".correct") {
        Some(kept) if right(kept, question).as_ref() == Ok(&question.answer) => kept.clone(),
        _ => now,
    };
    let plain = question.kind == QuestionKind::YesNo && question.options.is_empty();
    let options = match question.source.get(".options") {
        Some(kept) if !question.kind.is_choice() => kept.clone(),
        _ if plain && !question.source.contains_key(".yes_no") && from_file(question) => json!([]),
        _ => json!(question.choices().collect::<Vec<_>>()),
    };
    let mut answer = json!({ "type": kind, "options": options, "correct": correct });
    if let (Some(Value::Object(more)), Value::Object(answer)) = (question.source.get(".answer"), &mut answer)
    {
        answer.extend(more.clone());
    }
    let mut item = Map::new();
    item.insert("title".to_owned(), json!(question.text));
    item.insert("answer".to_owned(), answer);
    item.insert("classification".to_owned(), row::classification(question));
    let names: Vec<String> = question.evidence.iter().map(name).collect();
    let kept = question.source.get(".references").and_then(Value::as_array);
    let same = |kept: &&Vec<Value>| {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        kept.iter().map(text).eq(names.iter().cloned())
    };
    match kept.filter(same) {
        Some(kept) => item.insert("references".to_owned(), json!(kept)),
        None if names.is_empty() && from_file(question) && kept.is_none() => None,
        None => item.insert("references".to_owned(), json!(names)),
    };
    item.extend(row::rest(question, &["id", "classification"]));
    item
}

fn from_file(question: &Question) -> bool {
    matches!(&question.origin, Origin::File { form } if form == Form::Mapqator.key())
}

/// How a file names a piece of evidence.
fn name(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Response(id) => id.to_string(),
        Evidence::Region(id) => format!("region:{id}"),
        Evidence::View(view) => format!("view:{}", view.bounds.map(|n| n.to_string()).join(",")),
        Evidence::Image(path) => format!("image:{path}"),
        Evidence::Reference(name) => name.clone(),
    }
}
