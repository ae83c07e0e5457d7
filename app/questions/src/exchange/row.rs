//! What rows of the known forms have in common.

use project::question::{Evidence, Origin, QuestionKind};
use project::{Author, Question};
use serde_json::{Map, Value, json};

use super::Form;

/// A row whose keys are taken one by one; what is left is kept beside the question.
pub(super) struct Row(pub(super) Map<String, Value>);

impl Row {
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }

    /// The words of a question.
    pub(super) fn words(&mut self, key: &str) -> Result<String, String> {
        match self.take(key) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
            Some(Value::String(_)) => Err(format!("its `{key}` has no words")),
            Some(_) => Err(format!("its `{key}` is no text")),
            None => Err(format!("it has no `{key}`")),
        }
    }

    /// Puts what is left beside the question.
    pub(super) fn keep(self, question: &mut Question) {
        question.source.extend(self.0);
    }
}

/// A question of a file.
pub(super) fn begin(text: &str, kind: QuestionKind, form: Form, author: &Author) -> Question {
    let mut question = Question::new(text, kind, author.clone());
    question.origin = Origin::File { form: form.key().to_owned() };
    question
}

/// The category; a null or something else that is no word is kept as it is.
pub(super) fn classify(question: &mut Question, value: Option<Value>) {
    match value {
        Some(Value::String(word)) if !word.is_empty() => question.category = word,
        Some(other) => {
            question.source.insert(CLASSIFICATION.to_owned(), other);
        }
        None => {}
    }
}

const CLASSIFICATION: &str = "classification";

/// The category as a row has it.
pub(super) fn classification(question: &Question) -> Value {
    if !question.category.is_empty() {
        return Value::String(question.category.clone());
    }
    question.source.get(CLASSIFICATION).cloned().unwrap_or(Value::Null)
}

/// The identity of a row: its text, and the value itself where that is no plain whole number.
pub(super) fn identify(question: &mut Question, value: Option<Value>) {
    match value {
        Some(Value::Number(number)) => question.source_id = Some(number.to_string()),
        Some(Value::String(text)) => {
            if text.parse::<i64>().is_ok() {
                question.source.insert("id".to_owned(), Value::String(text.clone()));
            }
            question.source_id = Some(text);
        }
        Some(Value::Null) | None => {}
        Some(other) => question.source_id = Some(other.to_string()),
    }
}

/// The identity as a row has it; `None` where the question came from nowhere.
pub(super) fn identity(question: &Question, id: Option<&str>) -> Option<Value> {
    if let Some(kept @ Value::String(text)) = question.source.get("id")
        && Some(text.as_str()) == id
    {
        return Some(kept.clone());
    }
    let id = id?;
    Some(id.parse::<i64>().map_or_else(|_| Value::String(id.to_owned()), |number| json!(number)))
}

/// The keys of a file that have no place of their own, but for those that have one now.
pub(super) fn rest<'a>(
    question: &'a Question,
    placed: &'a [&'a str],
) -> impl Iterator<Item = (String, Value)> + 'a {
    let left =
        question.source.iter().filter(|(key, _)| !placed.contains(&key.as_str()) && !key.starts_with('.'));
    left.map(|(key, value)| (key.clone(), value.clone()))
}

/// The texts of a list of options.
pub(super) fn options(value: Option<Value>) -> Result<Vec<String>, String> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let Value::Array(items) = value else { return Err("its options are no list".into()) };
    let text = |item: Value| match item {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(if truth { "Yes" } else { "No" }.to_owned()),
        _ => Err("an option is no text".to_owned()),
    };
    items.into_iter().map(text).collect()
}

/// What must come back from a file: the words, the kind, the options, what is right, the category, the context.
pub(super) fn essence(question: &Question, form: Form) -> String {
    let trimmed = |text: &str| text.trim().to_owned();
    let options: Vec<String> = question.choices().map(trimmed).collect();
    let answer = question.answer_text();
    let context = if form == Form::MapevalVisual { "" } else { question.context.text.as_str() };
    let images: Vec<&String> = question
        .evidence
        .iter()
        .filter_map(|one| if let Evidence::Image(path) = one { Some(path) } else { None })
        .collect();
    let images = if form == Form::MapevalText { Vec::new() } else { images };
    json!([question.text, options, answer, question.category, context, images]).to_string()
}
