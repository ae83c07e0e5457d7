//! What a reply says. A reply is read as little as can be: what could be two answers is none.

use project::question::{Answer, QuestionKind};
use project::{Question, RegionId};
use serde_json::Value;

/// What a reply says.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    Answer(Answer),
    /// It says nothing that is an answer, or more than one.
    Invalid(String),
}

/// Most of a reply that is looked at.
const LONGEST: usize = 1 << 20;

/// Reads a reply. `order` holds the place of each shown option among the question's own; empty: as they stand.
///
/// An object as it was asked for counts, the last one in the reply; then what stands behind “answer is” or in a box; then a
/// number or letter at the beginning; then the words of the only option that is there.
pub fn read_reply(reply: &str, question: &Question, order: &[u32]) -> Reading {
    let reply = match reply.char_indices().nth(LONGEST) {
        Some((end, _)) => &reply[..end],
        None => reply,
    };
    let text = reply.trim();
    if text.is_empty() {
        return invalid("the reply is empty");
    }
    // What a reasoning model thinks before it answers is no answer.
    let text = text.rsplit_once("</think>").map_or(text, |(_, after)| after.trim());
    let object = last_object(text);
    if question.kind.is_choice() {
        let shown = Shown::of(question, order);
        return object.and_then(|object| shown.object(&object)).unwrap_or_else(|| shown.words(text));
    }
    let said = object.and_then(|object| said(&object, question)).or_else(|| plain(text, question));
    said.unwrap_or_else(|| invalid("it has no answer of the kind that was asked for"))
}

fn invalid(why: &str) -> Reading {
    Reading::Invalid(why.to_owned())
}

/// Words that say that nothing given answers the question.
const UNANSWERABLE: [&str; 10] = [
    "unanswerable",
    "not answerable",
    "cannot be answered",
    "can't be answered",
    "cannot be determined",
    "can't be determined",
    "cannot determine",
    "none of the options",
    "none of the above",
    "insufficient information",
];

fn says_unanswerable(text: &str) -> bool {
    let text = text.to_lowercase();
    UNANSWERABLE.iter().any(|words| text.contains(words))
}

/// The last JSON object of a text that is one, whatever stands around it.
fn last_object(text: &str) -> Option<serde_json::Map<String, Value>> {
    // Few objects are looked at, so that a text of braces costs no time.
    let starts: Vec<usize> = text.match_indices('{').map(|(at, _)| at).collect();
    let mut found = None;
    let mut from = 0;
    for start in starts.into_iter().rev().take(64).rev() {
        if start < from {
            continue;
        }
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        if let Some(Ok(Value::Object(object))) = values.next() {
            from = start + values.byte_offset();
            found = Some(object);
        }
    }
    found
}

/// Options as they were shown.
struct Shown<'a> {
    question: &'a Question,
    /// The place of each shown option among the question's own.
    order: Vec<u32>,
    options: Vec<String>,
}

impl<'a> Shown<'a> {
    fn of(question: &'a Question, order: &[u32]) -> Self {
        let choices: Vec<&str> = question.choices().collect();
        let order: Vec<u32> =
            if order.is_empty() { (0..choices.len() as u32).collect() } else { order.to_vec() };
        let plain = |place: &u32| simple(choices.get(*place as usize).copied().unwrap_or_default());
        let options = order.iter().map(plain).collect();
        Self { question, order, options }
    }

    fn is_several(&self) -> bool {
        self.question.kind == QuestionKind::MultipleChoice
    }

    /// An answer of shown numbers, from 1; 0 alone: nothing answers it.
    fn numbers(&self, numbers: &[i64]) -> Reading {
        if let [0] = numbers {
            return Reading::Answer(Answer::Unanswerable);
        }
        let place = |n: &i64| -> Option<u32> {
            let at = usize::try_from(*n).ok()?.checked_sub(1)?;
            self.order.get(at).copied()
        };
        let places: Option<Vec<u32>> = numbers.iter().map(place).collect();
        match places {
            None => invalid("it names an option that was not there"),
            Some(places) if places.is_empty() => invalid("it names no option"),
            Some(places) => {
                let answer = Answer::options(places);
                match &answer {
                    Answer::Options(places) if places.len() > 1 && !self.is_several() => {
                        invalid("it names more than one option")
                    }
                    _ => Reading::Answer(answer),
                }
            }
        }
    }

    /// The number of one shown option: `2`, `B`, `Option 2`, or its words.
    fn one(&self, text: &str) -> Option<i64> {
        let plain = simple(text);
        if let Some(place) = self.options.iter().position(|option| *option == plain) {
            return Some(place as i64 + 1);
        }
        if plain == "unanswerable" || plain == "none" {
            return Some(0);
        }
        let bare = plain.strip_prefix("option").map_or(plain.as_str(), str::trim);
        let bare = bare.trim_matches(|c: char| c.is_ascii_punctuation() || c.is_whitespace());
        if let Ok(number) = bare.parse::<i64>() {
            return Some(number);
        }
        // `B) the mill`, `2. the mill`
        let head: String = bare.chars().take_while(char::is_ascii_alphanumeric).collect();
        let mut tail = bare[head.len()..].chars();
        // `2.5 km` is no second option.
        let marked =
            matches!(tail.next(), Some(')' | '.' | ':')) && !tail.next().is_some_and(|c| c.is_ascii_digit());
        match head.as_bytes() {
            [letter] if letter.is_ascii_alphabetic() && (bare.len() == 1 || marked) => {
                Some(i64::from(letter.to_ascii_lowercase() - b'a') + 1)
            }
            _ if marked => head.parse().ok(),
            _ => None,
        }
    }

    fn object(&self, object: &serde_json::Map<String, Value>) -> Option<Reading> {
        let keys = ["option_no", "option", "options", "answer", "choice", "answers"];
        let (_, value) = keys.iter().find_map(|key| object.iter().find(|(k, _)| simple_key(k) == *key))?;
        let one = |value: &Value| match value {
            Value::Number(number) => {
                number.as_i64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64))
            }
            Value::String(text) => self.one(text),
            Value::Bool(truth) => self.one(if *truth { "yes" } else { "no" }),
            _ => None,
        };
        let numbers: Option<Vec<i64>> = match value {
            Value::Array(items) => items.iter().map(one).collect(),
            Value::String(text) if self.is_several() && self.one(text).is_none() => {
                text.split([',', ';']).map(|part| self.one(part)).collect()
            }
            other => one(other).map(|n| vec![n]),
        };
        Some(numbers.map_or_else(|| invalid("its answer is no option"), |numbers| self.numbers(&numbers)))
    }

    fn words(&self, text: &str) -> Reading {
        if let Some(marked) = marked(text) {
            let several = marked.split([',', ';']).map(|part| self.one(part)).collect::<Option<Vec<_>>>();
            if let Some(number) = self.one(&marked) {
                return self.numbers(&[number]);
            }
            if let Some(numbers) = several.filter(|numbers| self.is_several() && numbers.len() > 1) {
                return self.numbers(&numbers);
            }
            let begun: Vec<i64> = self.begun(&marked);
            if let [one] = begun[..] {
                return self.numbers(&[one]);
            }
        }
        if let Some(number) = self.one(text) {
            return self.numbers(&[number]);
        }
        let listed = || text.split([',', ';']).map(|part| self.one(part)).collect::<Option<Vec<_>>>();
        if let Some(numbers) = self.is_several().then(listed).flatten() {
            return self.numbers(&numbers);
        }
        let named = numbers_behind(text, "option");
        if let [first, rest @ ..] = &named[..]
            && (rest.iter().all(|n| n == first) || self.is_several())
        {
            return self.numbers(&named);
        }
        // The number or letter at the beginning of a reply, and what is in brackets is why.
        if let Some(number) = leading(text) {
            return self.numbers(&[number]);
        }
        if self.question.kind == QuestionKind::YesNo {
            let begun = self.begun(text);
            if let [one] = begun[..] {
                return self.numbers(&[one]);
            }
        }
        let there = self.there(text);
        if says_unanswerable(text) && there.is_empty() {
            return Reading::Answer(Answer::Unanswerable);
        }
        match &there[..] {
            [] => invalid("it names no option"),
            numbers if numbers.len() == 1 || self.is_several() => self.numbers(numbers),
            _ => invalid("it names more than one option"),
        }
    }

    /// Options that a text begins with, as whole words; the longest, where one begins another.
    fn begun(&self, text: &str) -> Vec<i64> {
        let text = simple(text);
        let begins = |option: &String| {
            !option.is_empty()
                && text
                    .strip_prefix(option.as_str())
                    .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        let most = self.options.iter().filter(|o| begins(o)).map(String::len).max();
        let places = self.options.iter().enumerate();
        places.filter(|(_, o)| begins(o) && Some(o.len()) == most).map(|(n, _)| n as i64 + 1).collect()
    }

    /// Options whose words stand in a text, those left out that are only part of another that stands there.
    fn there(&self, text: &str) -> Vec<i64> {
        let text = format!(" {} ", simple(text));
        let mut left = text;
        let mut found = Vec::new();
        let mut order: Vec<usize> = (0..self.options.len()).collect();
        order.sort_by_key(|n| std::cmp::Reverse(self.options[*n].len()));
        for n in order {
            let option = &self.options[n];
            // One letter or number stands in any text.
            if option.chars().count() < 3 {
                continue;
            }
            let mut from = 0;
            let mut hit = false;
            while let Some(at) = left[from..].find(option.as_str()) {
                let (start, end) = (from + at, from + at + option.len());
                let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
                if free(left[..start].chars().next_back()) && free(left[end..].chars().next()) {
                    left.replace_range(start..end, &" ".repeat(end - start));
                    hit = true;
                }
                from = end;
            }
            if hit {
                found.push(n as i64 + 1);
            }
        }
        found.sort_unstable();
        found
    }
}

fn simple_key(key: &str) -> String {
    key.trim().to_lowercase().replace(['-', ' '], "_")
}

/// Words as they are compared: lower case, one space, no marks of emphasis around.
fn simple(text: &str) -> String {
    let trimmed = text.trim().trim_matches(|c: char| matches!(c, '*' | '_' | '`' | '"' | '\'' | '“' | '”'));
    let words = trimmed.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    words.trim_end_matches('.').trim().to_owned()
}

/// What stands behind the last “answer is”, “answer:” or in the last box, to the end of the sentence.
fn marked(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    // Lower case may be longer or shorter in bytes: then the places are not those of the text.
    let source = if lower.len() == text.len() { text } else { lower.as_str() };
    if let Some(at) = lower.rfind("\\boxed{") {
        let rest = source.get(at + "\\boxed{".len()..)?;
        let inner = rest.split('}').next()?;
        return Some(inner.replace("\\text{", ""));
    }
    let marks = ["answer is", "answer:", "answer**:", "answer :", "choice is", "answer=", "answer would be"];
    let (at, mark) = marks.iter().filter_map(|mark| Some((lower.rfind(mark)?, *mark))).max()?;
    let rest = source
        .get(at + mark.len()..)?
        .trim_start_matches(|c: char| c == ':' || c == '*' || c.is_whitespace());
    let line = rest.lines().next()?.trim();
    // A full stop ends a sentence where white space follows; `2. the mill` is one.
    let mut end = line.len();
    for (at, _) in line.match_indices(". ") {
        if !line[..at].chars().all(|c| c.is_ascii_digit()) && at > 1 {
            end = at;
            break;
        }
    }
    let said = line[..end].trim_matches(|c: char| c == '*' || c.is_whitespace());
    (!said.is_empty()).then(|| said.to_owned())
}

/// The numbers that follow a word, such as those of “Option 2”.
fn numbers_behind(text: &str, word: &str) -> Vec<i64> {
    let text = text.to_lowercase();
    let mut found = Vec::new();
    for (at, _) in text.match_indices(word) {
        let rest = text[at + word.len()..]
            .trim_start_matches(|c: char| c == 's' || c == '_' || !c.is_alphanumeric());
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if let Ok(number) = digits.parse() {
            found.push(number);
        }
    }
    found
}

/// The number that a reply begins with, when a mark or the end of the word follows.
fn leading(text: &str) -> Option<i64> {
    let text =
        text.trim_start_matches(|c: char| matches!(c, '*' | '(' | '#' | '"' | '[') || c.is_whitespace());
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let after = text[digits.len()..].chars().next();
    let ends = after.is_none_or(|c| matches!(c, ')' | '.' | ':' | '*' | ']' | '(' | '\n' | '"' | ' ' | ','));
    // `2.5 km` and `2 of them` are quantities.
    let quantity = text[digits.len()..].starts_with(['.', ','])
        && text[digits.len() + 1..].starts_with(|c: char| c.is_ascii_digit())
        || after == Some(' ') && text[digits.len()..].trim_start().starts_with(|c: char| c.is_alphabetic());
    if ends && !quantity { digits.parse().ok() } else { None }
}

/// What an object answers to a question that has no options.
fn said(object: &serde_json::Map<String, Value>, question: &Question) -> Option<Reading> {
    let get = |names: &[&str]| {
        names.iter().find_map(|name| object.iter().find(|(k, _)| simple_key(k) == *name)).map(|(_, v)| v)
    };
    let value = get(&["answer", "value", "number", "regions", "option_no"]);
    if value.is_some_and(|v| v.as_str().is_some_and(says_unanswerable)) {
        return Some(Reading::Answer(Answer::Unanswerable));
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match question.kind {
        QuestionKind::Place => {
            let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
            let lat = get(&["latitude", "lat"]).and_then(number);
            let lon = get(&["longitude", "lon", "lng"]).and_then(number);
            match (lon, lat) {
                (Some(lon), Some(lat)) => Some(checked(Answer::Place([lon, lat]), question)),
                _ => plain(&text(value?), question),
            }
        }
        QuestionKind::Regions => match value? {
            Value::Array(items) => plain(&items.iter().map(text).collect::<Vec<_>>().join(" "), question),
            one => plain(&text(one), question),
        },
        QuestionKind::OpenEnded => Some(checked(Answer::Text(text(value?).trim().to_owned()), question)),
        _ => plain(&text(value?), question),
    }
}

fn checked(answer: Answer, question: &Question) -> Reading {
    match answer.fault(question) {
        Some(fault) => Reading::Invalid(fault),
        None => Reading::Answer(answer),
    }
}

/// What a text answers to a question that has no options.
fn plain(text: &str, question: &Question) -> Option<Reading> {
    if says_unanswerable(text) {
        return Some(Reading::Answer(Answer::Unanswerable));
    }
    let marked = marked(text);
    let said = marked.as_deref().unwrap_or(text);
    match question.kind {
        QuestionKind::OpenEnded => Some(checked(Answer::Text(said.trim().to_owned()), question)),
        QuestionKind::Number => {
            let found = numbers(said);
            match &found[..] {
                [one] => Some(checked(Answer::Number(*one), question)),
                [] => None,
                _ => Some(invalid("it names more than one number")),
            }
        }
        QuestionKind::Place => match &numbers(said)[..] {
            // As people write it: latitude first.
            [lat, lon] => Some(checked(Answer::Place([*lon, *lat]), question)),
            _ => None,
        },
        QuestionKind::Regions => {
            let words = text.split(|c: char| !(c.is_ascii_hexdigit() || c == '-'));
            let ids: Vec<RegionId> = words.filter(|w| w.len() == 36).filter_map(|w| w.parse().ok()).collect();
            (!ids.is_empty()).then(|| checked(Answer::regions(ids), question))
        }
        _ => None,
    }
}

/// The numbers of a text; commas and thin spaces between groups of three digits are left out.
fn numbers(text: &str) -> Vec<f64> {
    let chars: Vec<char> = text.replace('−', "-").chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let signed = chars[at] == '-' && !at.checked_sub(1).is_some_and(|b| chars[b].is_alphanumeric());
        let start = at + usize::from(signed);
        if !chars.get(start).is_some_and(char::is_ascii_digit)
            || at.checked_sub(1).is_some_and(|before| chars[before].is_alphabetic())
        {
            at += 1;
            continue;
        }
        let mut digits = String::from(if signed { "-" } else { "" });
        let mut end = start;
        while let Some(c) = chars.get(end) {
            let is_digit = |n: usize| chars.get(n).is_some_and(char::is_ascii_digit);
            let group = matches!(c, ',' | '\u{2009}' | '\u{202f}')
                && (1..=3).all(|n| is_digit(end + n))
                && !is_digit(end + 4);
            let point = *c == '.' && is_digit(end + 1) && !digits.contains('.');
            let power = matches!(c, 'e' | 'E')
                && (is_digit(end + 1) || chars.get(end + 1) == Some(&'-') && is_digit(end + 2));
            if c.is_ascii_digit() || point {
                digits.push(*c);
            } else if power && !digits.contains('e') {
                digits.push('e');
                if chars[end + 1] == '-' {
                    digits.push('-');
                    end += 1;
                }
            } else if !group {
                break;
            }
            end += 1;
        }
        found.extend(digits.parse::<f64>().ok().filter(|n| n.is_finite()));
        at = end.max(at + 1);
    }
    found
}
