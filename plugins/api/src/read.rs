//! Reading bodies that anybody may have made: JSON, fields by path, places that are on the earth, texts that are plain.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{HttpResponse, Place, Point};

/// Why a response has no answer: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The service says so itself; its words, on one line and cut.
    #[error("the service answers with status {status}{}", said(message))]
    Refused { status: u16, message: String },
    #[error("the answer is a web page and no JSON")]
    Page,
    #[error("the answer is not in UTF-8")]
    Encoding,
    #[error("the answer is no JSON: {0}")]
    NotJson(String),
    #[error("the answer has no `{0}`")]
    Missing(String),
    #[error("the answer has a place that is not on the earth: {0}")]
    Place(String),
    #[error("the answer has a line that cannot be read: {0}")]
    Line(#[from] crate::line::LineError),
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

/// Characters of a text that are kept, and of a message.
const LONGEST_TEXT: usize = 4_000;
const LONGEST_MESSAGE: usize = 300;
/// Entries of a list that are read.
const MOST_ITEMS: usize = 10_000;

/// The JSON of a success; for any other status what the service says.
pub fn json(response: &HttpResponse<'_>) -> Result<Value, ReadError> {
    let parsed = parse(response.body);
    if response.is_success() {
        return parsed;
    }
    let message = match &parsed {
        Ok(value) => message_of(value),
        Err(ReadError::Page) => "(a web page)".to_owned(),
        Err(_) => {
            plain(&String::from_utf8_lossy(&response.body[..response.body.len().min(2_000)]), LONGEST_MESSAGE)
        }
    };
    Err(ReadError::Refused { status: response.status, message })
}

fn parse(body: &[u8]) -> Result<Value, ReadError> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|_| ReadError::Encoding)?.trim_start();
    if text.starts_with('<') {
        return Err(ReadError::Page);
    }
    serde_json::from_str(text).map_err(|e| ReadError::NotJson(e.to_string()))
}

/// What a service says went wrong, wherever services put it.
pub fn message_of(value: &Value) -> String {
    const PLACES: [&str; 14] = [
        "error.message",
        "error.description",
        "error.info",
        "message",
        "error_message",
        "errorText",
        "detailedError.message",
        "error_description",
        "title",
        "cause",
        "error",
        "remark",
        "info",
        "code",
    ];
    let value = value.get(0).unwrap_or(value);
    let found = PLACES.iter().find_map(|path| at(value, path)?.as_str());
    found.map_or_else(String::new, |text| plain(text, LONGEST_MESSAGE))
}

/// The value at a path such as `a.b.0.c`.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|step| !step.is_empty()).try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        Value::Object(fields) => fields.get(step),
        _ => None,
    })
}

/// A list that must be there; at most so many of its entries as anybody can use.
pub fn list<'a>(value: &'a Value, path: &str) -> Result<&'a [Value], ReadError> {
    let items = at(value, path).and_then(Value::as_array);
    let items = items.ok_or_else(|| ReadError::Missing(path.to_owned()))?;
    Ok(&items[..items.len().min(MOST_ITEMS)])
}

/// A list, empty where there is none.
pub fn list_or_empty<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    list(value, path).unwrap_or(&[])
}

/// A text as plain data: no control characters, no marks that turn the direction of writing, cut.
pub fn text(value: &Value, path: &str) -> Option<String> {
    let found = match at(value, path)? {
        Value::String(text) => plain(text, LONGEST_TEXT),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => return None,
    };
    (!found.is_empty()).then_some(found)
}

/// The first of some texts that is there.
pub fn first_text(value: &Value, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| text(value, path))
}

/// A text that must be there.
pub fn some_text(value: &Value, path: &str) -> Result<String, ReadError> {
    text(value, path).ok_or_else(|| ReadError::Missing(path.to_owned()))
}

/// A finite number, also where it is written as a text.
pub fn number(value: &Value, path: &str) -> Option<f64> {
    let found = match at(value, path)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    found.filter(|number: &f64| number.is_finite())
}

/// A finite number that must be there.
pub fn some_number(value: &Value, path: &str) -> Result<f64, ReadError> {
    number(value, path).ok_or_else(|| ReadError::Missing(path.to_owned()))
}

/// A place whose latitude and longitude lie at two paths.
pub fn point(value: &Value, lat: &str, lon: &str) -> Result<Point, ReadError> {
    let found = |path: &str| match at(value, path) {
        None | Some(Value::Null) => Err(ReadError::Missing(path.to_owned())),
        Some(what) => {
            number(value, path).ok_or_else(|| ReadError::Place(plain(&what.to_string(), LONGEST_MESSAGE)))
        }
    };
    sound(Point::new(found(lat)?, found(lon)?))
}

/// A place written as `[longitude, latitude]`.
pub fn pair(value: &Value) -> Result<Point, ReadError> {
    point(value, "1", "0")
}

/// A line written as a list of `[longitude, latitude]`.
pub fn pairs(value: &Value, path: &str) -> Result<Vec<Point>, ReadError> {
    let items = at(value, path).and_then(Value::as_array);
    items.ok_or_else(|| ReadError::Missing(path.to_owned()))?.iter().map(pair).collect()
}

/// Refuses a place that is not on the earth.
pub fn sound(point: Point) -> Result<Point, ReadError> {
    let place = || ReadError::Place(format!("latitude {}, longitude {}", point.lat, point.lon));
    if point.is_sound() { Ok(point) } else { Err(place()) }
}

/// A text without control characters and without marks that turn the direction of writing, with single spaces, cut
/// after so many characters.
pub fn plain(text: &str, longest: usize) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut kept = String::new();
    let (mut count, mut space) = (0, false);
    for c in text.chars().filter(|c| !turns(*c)) {
        if c.is_whitespace() || c.is_control() {
            space = !kept.is_empty();
            continue;
        }
        if space {
            kept.push(' ');
            space = false;
        }
        kept.push(c);
        count += 1;
        if count == longest {
            kept.push('…');
            break;
        }
    }
    kept
}

/// A table of numbers, `None` where there is none.
pub fn table(value: &Value, path: &str) -> Result<Vec<Vec<Option<f64>>>, ReadError> {
    let number = |value: &Value| value.as_f64().filter(|n| n.is_finite());
    let row = |row: &Value| -> Vec<Option<f64>> {
        row.as_array().map_or_else(Vec::new, |cells| cells.iter().map(number).collect())
    };
    Ok(list(value, path)?.iter().map(row).collect())
}

/// Keeps what is worth knowing of a place under plain names, where it is there.
pub fn keep(details: &mut BTreeMap<String, Value>, value: &Value, fields: &[(&str, &str)]) {
    for (name, path) in fields {
        let found = match at(value, path) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => Value::String(plain(text, LONGEST_TEXT)),
            Some(other) => tidy(other, 8),
        };
        details.insert((*name).to_owned(), found);
    }
}

/// A value with plain texts only, nested at most so deep.
fn tidy(value: &Value, deeper: u32) -> Value {
    match value {
        Value::String(text) => Value::String(plain(text, LONGEST_TEXT)),
        Value::Array(items) if deeper > 0 => {
            items.iter().take(MOST_ITEMS).map(|item| tidy(item, deeper - 1)).collect()
        }
        Value::Object(fields) if deeper > 0 => {
            let tidied = |(name, value): (&String, &Value)| (plain(name, 200), tidy(value, deeper - 1));
            fields.iter().take(MOST_ITEMS).map(tidied).collect()
        }
        Value::Array(_) | Value::Object(_) => Value::Null,
        other => other.clone(),
    }
}

/// Says how far each place is, nearest first, within a radius where one is given, and no more than wanted.
pub fn nearest(mut places: Vec<Place>, at: Point, radius_m: Option<f64>, limit: u32) -> Vec<Place> {
    for place in &mut places {
        place.distance_m = Some(place.at.metres_to(at));
    }
    let distance = |place: &Place| place.distance_m.unwrap_or(f64::INFINITY);
    places.retain(|place| radius_m.is_none_or(|radius| distance(place) <= radius));
    places.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    places.truncate(limit as usize);
    places
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(status: u16, body: &[u8]) -> Result<Value, ReadError> {
        json(&HttpResponse { status, headers: &BTreeMap::new(), body })
    }

    #[test]
    fn what_is_no_answer_is_said_in_a_sentence() {
        assert_eq!(of(200, b" <html>"), Err(ReadError::Page));
        assert_eq!(of(200, b"\xff\xfe{\0"), Err(ReadError::Encoding));
        assert!(matches!(of(200, b"{"), Err(ReadError::NotJson(_))));
        assert!(matches!(of(200, "[".repeat(100_000).as_bytes()), Err(ReadError::NotJson(_))));
        assert_eq!(of(200, b"\xEF\xBB\xBF[1]"), Ok(json!([1])));
        let said = |status, body: &[u8]| of(status, body).expect_err("refused").to_string();
        assert_eq!(
            said(403, br#"{"error":{"message":"no\nsuch  key"}}"#),
            "the service answers with status 403: no such key"
        );
        assert_eq!(said(503, b"<html>"), "the service answers with status 503: (a web page)");
        assert_eq!(said(500, b""), "the service answers with status 500");
    }

    #[test]
    fn places_off_the_earth_and_numbers_that_are_none_are_refused() {
        let body = json!({"lat": "NaN", "lon": 1, "big": 91.0, "text": "10.5"});
        assert!(matches!(point(&body, "lat", "lon"), Err(ReadError::Place(_))));
        assert!(matches!(point(&body, "big", "lon"), Err(ReadError::Place(_))));
        assert!(matches!(point(&body, "lon", "gone"), Err(ReadError::Missing(_))));
        assert_eq!(point(&body, "text", "lon"), Ok(Point::new(10.5, 1.0)));
    }

    #[test]
    fn texts_are_plain() {
        assert_eq!(plain("a\u{202e}b\u{7}\n c", 99), "ab c");
        assert_eq!(plain("abcdef", 3), "abc…");
        assert_eq!(plain("<script>alert(1)</script>", 99), "<script>alert(1)</script>");
    }
}
