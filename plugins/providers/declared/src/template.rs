//! Texts with places to fill in: `{text}`, `{near.lat}`, `{stops.0.lon}`.

use plugin_api::{HttpRequest, read};
use serde_json::Value;

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Into a path: what has a meaning there is encoded.
    Path,
    Plain,
}

/// Fills a text in; the name of what nobody said if something is missing.
pub(crate) fn fill(template: &str, values: &Value, into: Fill) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        text.push_str(before);
        let value = match read::at(values, name) {
            Some(Value::String(value)) => value.clone(),
            Some(Value::Number(value)) => value.to_string(),
            Some(Value::Bool(value)) => value.to_string(),
            _ => return Err(name.to_owned()),
        };
        match into {
            Fill::Path => text.push_str(&HttpRequest::segment(&value)),
            Fill::Plain => text.push_str(&value),
        }
        rest = behind;
    }
    text.push_str(rest);
    Ok(text)
}

/// Fills the texts of a JSON value in. A text that is one place alone becomes the value itself, so that numbers stay
/// numbers; what nobody said is left out of objects.
pub(crate) fn fill_value(template: &Value, values: &Value) -> Value {
    match template {
        Value::String(text) => {
            let alone = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).filter(|t| !t.contains('{'));
            match alone.map(|name| read::at(values, name)) {
                Some(value) => value.cloned().unwrap_or(Value::Null),
                None => fill(text, values, Fill::Plain).map_or(Value::Null, Value::String),
            }
        }
        Value::Array(items) => items.iter().map(|item| fill_value(item, values)).collect(),
        Value::Object(fields) => {
            let filled = fields.iter().map(|(name, item)| (name.clone(), fill_value(item, values)));
            filled.filter(|(_, value)| !value.is_null()).collect()
        }
        other => other.clone(),
    }
}
