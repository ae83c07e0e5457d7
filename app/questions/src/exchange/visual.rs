//! `dataset.json` of MapEval-Visual: `{image_path, question, option_count, options, answer, classification}`, everything
//! a text. `options` is one text in which each begins with its number and `)` or `.`, in any white space; the answer is such a number, and 0
//! means that the image does not answer it. The file names images under `Vdata/`, the folder beside it is `VData/`.

use project::question::{Answer, Evidence, QuestionKind};
use project::{Author, Question};
use serde_json::{Map, Value, json};

use super::{Form, row};

pub(super) fn question(object: Map<String, Value>, author: &Author) -> Result<Question, String> {
    let mut object = row::Row(object);
    let text = object.words("question")?;
    let mut question = row::begin(&text, QuestionKind::SingleChoice, Form::MapevalVisual, author);
    row::identify(&mut question, object.take("id"));
    row::classify(&mut question, object.take("classification"));
    match object.take("image_path") {
        Some(Value::String(path)) if !path.is_empty() => question.evidence.push(Evidence::Image(path)),
        Some(Value::String(_) | Value::Null) | None => {}
        Some(_) => return Err("its `image_path` is no text".into()),
    }
    let raw = object.words("options")?;
    let count = object.take("option_count").ok_or("it has no `option_count`")?;
    let announced = number(&count).filter(|n| *n > 0).ok_or_else(|| format!("`option_count` is {count}"))?;
    let answer = object.take("answer").ok_or("it has no `answer`")?;
    let right = number(&answer).ok_or_else(|| format!("its answer is {answer}"))?;
    question.options = options(&raw, announced, right)
        .ok_or_else(|| format!("its options do not read as numbered ones: {}", cut(&raw)))?;
    question.answer = Some(match right {
        0 => Answer::Unanswerable,
        n if n <= question.options.len() => Answer::Options(vec![n as u32 - 1]),
        n => return Err(format!("its answer is {n}, and there are {} options", question.options.len())),
    });
    // Kept, because white space and the mark behind the number differ from row to row.
    question.source.insert(".options".to_owned(), Value::String(raw));
    if announced != question.options.len() || !count.is_string() {
        question.source.insert(".option_count".to_owned(), count);
    }
    if !answer.is_string() {
        question.source.insert(".answer".to_owned(), answer);
    }
    object.keep(&mut question);
    Ok(question)
}

/// A number that is one or says one.
fn number(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|n| usize::try_from(n).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|n| *n <= 1_000)
}

fn cut(text: &str) -> String {
    format!("{:?}", project::question::short(text))
}

/// The options of one text, as many as it announces. Published files have rows that announce another number, that number
/// options twice the same or not at all, and that end too early: then what is there counts, and an option that the answer names and
/// that is not there says so.
fn options(text: &str, announced: usize, right: usize) -> Option<Vec<String>> {
    if let Some(options) = parts(text, announced).or_else(|| lines(text, announced)) {
        return Some(options);
    }
    let mut found = (1..=MOST).find_map(|count| parts(text, count))?;
    if right > found.len() && right <= announced && announced <= MOST {
        found.extend((found.len() + 1..=announced).map(|n| format!("(option {n} is missing in the file)")));
    }
    Some(found)
}

/// Options of one text at the most.
const MOST: usize = 64;

/// Options on a line each, whatever their numbers say.
fn lines(text: &str, count: usize) -> Option<Vec<String>> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let option = |line: &&str| {
        let bare = line.trim_start_matches('(');
        let rest = bare.trim_start_matches(|c: char| c.is_ascii_digit());
        (rest.len() < bare.len()).then(|| rest.trim_start_matches([')', '.']).trim().to_owned())
    };
    if lines.len() == count { lines.iter().map(option).collect() } else { None }
}

/// The options of one text, without their numbers; `None` where it does not hold exactly so many. Each number is
/// looked for behind the one before, at the beginning or behind white space; where that does not lead to the end, behind
/// anything, because some rows have none between.
pub(super) fn parts(text: &str, count: usize) -> Option<Vec<String>> {
    let markers = |spaced: bool| -> Option<Vec<(usize, usize)>> {
        let mut found = Vec::new();
        let mut from = 0;
        for n in 1..=count {
            let (start, end) = marker(text, from, n, spaced || n == 1)?;
            found.push((start, end));
            from = end;
        }
        Some(found)
    };
    let found = markers(true).or_else(|| markers(false))?;
    // One more number is one more option than was announced.
    let last = found.last()?.1;
    if marker(text, last, count + 1, true).is_some() {
        return None;
    }
    let ends = found.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    Some(found.iter().zip(ends).map(|((_, start), end)| text[*start..end].trim().to_owned()).collect())
}

/// Where `n)` or `n.` stands, and where it ends.
fn marker(text: &str, from: usize, n: usize, spaced: bool) -> Option<(usize, usize)> {
    let digits = n.to_string();
    let mut at = from;
    while let Some(step) = text[at..].find(&digits) {
        let start = at + step;
        let end = start + digits.len();
        // `(1)` is a number in brackets.
        let head = text[..start].strip_suffix('(').unwrap_or(&text[..start]);
        let before = head.chars().next_back();
        let free = if spaced {
            before.is_none_or(char::is_whitespace)
        } else {
            before.is_none_or(|c| !c.is_ascii_digit())
        };
        let rest = &text[end..];
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        let mark = rest[spaces..].chars().next();
        // `3.5 km` is no third option.
        let dot = mark == Some('.') && !rest[spaces + 1..].starts_with(|c: char| c.is_ascii_digit());
        if free && start >= from && (mark == Some(')') || dot) {
            return Some((head.len(), end + spaces + 1));
        }
        at = end;
    }
    None
}

/// Why a question has no place in such a file.
pub(super) fn cannot_hold(question: &Question) -> Option<String> {
    if !matches!(question.kind, QuestionKind::SingleChoice | QuestionKind::YesNo) {
        let kind = question.kind.text().to_lowercase();
        return Some(format!("MapEval asks for one of several options, not for “{kind}”"));
    }
    if question.answer.is_none() {
        return Some("MapEval's visual questions have an answer".into());
    }
    let reads = reads_back(&numbered(question), question);
    (!reads).then(|| "its options have numbers in them that would read as options".to_owned())
}

/// True where a text is read as the options of a question.
fn reads_back(text: &str, question: &Question) -> bool {
    let right = place(question);
    let announced = question.source.get(".option_count").and_then(number);
    let same = |read: Vec<String>| question.choices().map(str::trim).eq(read.iter().map(String::as_str));
    let count = question.choices().len();
    options(text, announced.unwrap_or(count), right).is_some_and(same)
}

/// The number of the right option; 0: nothing answers it.
fn place(question: &Question) -> usize {
    match &question.answer {
        Some(Answer::Options(places)) => places.first().map_or(0, |place| *place as usize + 1),
        _ => 0,
    }
}

/// The options as one text: as the file had it while that still says the same.
fn numbered(question: &Question) -> String {
    let options: Vec<&str> = question.choices().map(str::trim).collect();
    if let Some(Value::String(raw)) = question.source.get(".options")
        && reads_back(raw, question)
    {
        return raw.clone();
    }
    let mut lines = Vec::new();
    if question.answer == Some(Answer::Unanswerable) {
        lines.push("0) Unanswerable".to_owned());
    }
    lines.extend((1..).zip(&options).map(|(n, option)| format!("{n}) {option}")));
    lines.join("\n")
}

pub(super) fn row(question: &Question) -> Value {
    let image = question
        .evidence
        .iter()
        .find_map(|one| if let Evidence::Image(path) = one { Some(path.as_str()) } else { None });
    let options = numbered(question);
    let as_it_came = question.source.get(".options").is_some_and(|raw| *raw == options);
    let count = question.source.get(".option_count").filter(|_| as_it_came).cloned();
    let count = count.unwrap_or_else(|| Value::String(question.choices().len().to_string()));
    let right = place(question);
    let answer = question.source.get(".answer").filter(|kept| number(kept) == Some(right)).cloned();
    let answer = answer.unwrap_or_else(|| Value::String(right.to_string()));
    let mut object = Map::new();
    object.insert("image_path".to_owned(), json!(image.unwrap_or_default()));
    object.insert("question".to_owned(), json!(question.text));
    object.insert("option_count".to_owned(), count);
    object.insert("options".to_owned(), json!(options));
    object.insert("answer".to_owned(), answer);
    object.insert("classification".to_owned(), row::classification(question));
    if let Some(id) = row::identity(question, question.source_id.as_deref()) {
        object.insert("id".to_owned(), id);
    }
    object.extend(row::rest(question, &["id", "classification"]));
    Value::Object(object)
}
