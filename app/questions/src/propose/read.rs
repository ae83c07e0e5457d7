//! What of a model's reply is fit to be proposed.

use std::collections::HashSet;

use project::question::{Answer, Context, Evidence, Origin, QuestionKind};
use project::{Author, Project, Question, ResponseId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{KINDS, MOST_PROPOSALS, Wish, plain};

/// Characters of a question, of an option or an answer in words, and of a category or unit.
const LONGEST_QUESTION: usize = 2_000;
const LONGEST_OPTION: usize = 500;
const LONGEST_WORD: usize = 40;
/// Options of a proposal; a person may add more.
const MOST_OPTIONS: usize = 12;

/// What proposals rest on, and whose they are.
#[derive(Clone, Debug)]
pub struct Given {
    pub context: Context,
    pub evidence: Vec<Evidence>,
    pub model: String,
    /// The kept reply.
    pub response: Option<ResponseId>,
}

/// What a reply came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposals {
    pub questions: Vec<Question>,
    pub refused: Vec<Refused>,
}

/// Something of a reply that is not proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its place in the reply, from 1.
    pub index: usize,
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    questions: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    kind: String,
    question: String,
    #[serde(default)]
    options: Vec<String>,
    answer: Value,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    tolerance: f64,
    #[serde(default)]
    category: String,
    #[serde(default)]
    why: String,
}

/// Reads a reply. An error where it is not the one JSON object that was asked for, whatever else it says.
pub fn proposals(reply: &str, wish: &Wish, given: &Given, project: &Project) -> Result<Proposals, String> {
    let text = unfenced(reply.trim());
    let Reply { questions } = serde_json::from_str(text)
        .map_err(|e| format!("the reply is not the JSON that was asked for: {e}"))?;
    let mut known: HashSet<String> = project.live_questions().map(|(_, q)| plain(&q.text)).collect();
    let mut found = Proposals::default();
    let most = wish.count.clamp(1, MOST_PROPOSALS) as usize;
    for (index, item) in (1..).zip(questions) {
        let read = if found.questions.len() == most {
            Err(format!("no more than {most} were asked for"))
        } else {
            question(item, wish, given).and_then(|question| {
                let new = known.insert(plain(&question.text));
                if new { Ok(question) } else { Err("the same question is there already".to_owned()) }
            })
        };
        match read {
            Ok(question) => found.questions.push(question),
            Err(reason) => found.refused.push(Refused { index, reason }),
        }
    }
    Ok(found)
}

/// Without the fence that models put around JSON, where nothing else is around it.
fn unfenced(text: &str) -> &str {
    let Some(inner) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else { return text };
    inner.strip_prefix("json").unwrap_or(inner)
}

fn question(item: Value, wish: &Wish, given: &Given) -> Result<Question, String> {
    let item: Item =
        serde_json::from_value(item).map_err(|e| format!("it is not of the form asked for: {e}"))?;
    let kind = QuestionKind::from_key(&item.kind).filter(|kind| KINDS.contains(kind));
    let kind = kind.ok_or_else(|| format!("its kind is {:?}", project::question::short(&item.kind)))?;
    if !wish.kinds().contains(&kind) {
        return Err(format!("“{}” was not asked for", kind.text().to_lowercase()));
    }
    let text = words(&item.question, LONGEST_QUESTION, "its question")?;
    let mut question = Question::new(&text, kind, Author::new(&format!("model:{}", given.model.trim())));
    question.options = item
        .options
        .iter()
        .map(|option| words(option, LONGEST_OPTION, "an option"))
        .collect::<Result<_, _>>()?;
    let counts = match kind {
        QuestionKind::SingleChoice | QuestionKind::MultipleChoice => 2..=MOST_OPTIONS,
        _ => 0..=0,
    };
    if !counts.contains(&question.options.len()) {
        let (low, high) = (counts.start(), counts.end());
        let wanted = if high == &0 { "none".to_owned() } else { format!("{low} to {high}") };
        return Err(format!("it has {} options instead of {wanted}", question.options.len()));
    }
    if kind == QuestionKind::Number {
        question.unit = short_word(&item.unit, "its unit")?;
    }
    if matches!(kind, QuestionKind::Number | QuestionKind::Place) {
        question.tolerance = item.tolerance;
    }
    let category = if wish.category.trim().is_empty() { &item.category } else { &wish.category };
    question.category = short_word(category, "its category")?;
    question.answer = Some(answer(&item.answer, &question)?);
    question.context.clone_from(&given.context);
    question.evidence.clone_from(&given.evidence);
    question.origin = Origin::Model { name: given.model.clone(), response: given.response };
    if !item.why.trim().is_empty() {
        question.source.insert("why".to_owned(), json!(words(&item.why, LONGEST_QUESTION, "its reason")?));
    }
    let shortcoming = question.shortcomings().into_iter().next();
    match question.fault().or(shortcoming) {
        Some(fault) => Err(fault),
        None => Ok(question),
    }
}

fn short_word(text: &str, what: &str) -> Result<String, String> {
    if text.trim().is_empty() { Ok(String::new()) } else { words(text, LONGEST_WORD, what) }
}

/// Words as a person may see them: on one line, without control characters and marks that turn the direction of
/// writing.
fn words(text: &str, longest: usize, what: &str) -> Result<String, String> {
    let hidden = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
    };
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words: String = words.chars().filter(hidden).collect();
    let words = words.trim();
    match words.chars().count() {
        0 => Err(format!("{what} has no words")),
        n if n > longest => Err(format!("{what} has {n} characters, and {longest} are the most")),
        _ => Ok(words.to_owned()),
    }
}

fn answer(value: &Value, question: &Question) -> Result<Answer, String> {
    let wrong = || format!("its answer is {}", project::question::short(&value.to_string()));
    if value.as_str().is_some_and(|text| text.trim().eq_ignore_ascii_case("unanswerable")) {
        return Ok(Answer::Unanswerable);
    }
    let place = |value: &Value| {
        let count = question.options.len() as u64;
        value.as_u64().filter(|n| (1..=count).contains(n)).map(|n| n as u32 - 1)
    };
    match question.kind {
        QuestionKind::YesNo => value.as_bool().map(|truth| Answer::Options(vec![u32::from(!truth)])),
        QuestionKind::SingleChoice => place(value).map(|place| Answer::Options(vec![place])),
        QuestionKind::MultipleChoice => {
            let places: Option<Vec<u32>> = value.as_array().and_then(|list| list.iter().map(place).collect());
            places.filter(|places| !places.is_empty()).map(Answer::options)
        }
        QuestionKind::OpenEnded => {
            let text = value.as_str().ok_or_else(wrong)?;
            Some(Answer::Text(words(text, LONGEST_OPTION, "its answer")?))
        }
        QuestionKind::Number => value.as_f64().map(Answer::Number),
        QuestionKind::Place => {
            let degrees = |name: &str| value.get(name).and_then(Value::as_f64);
            degrees("longitude").zip(degrees("latitude")).map(|(lon, lat)| Answer::Place([lon, lat]))
        }
        QuestionKind::Regions => None,
    }
    .ok_or_else(wrong)
}
