//! Secrets: never shown, put in when a request is sent, taken out of what comes back.

use std::collections::BTreeMap;
use std::fmt;

use plugin_api::{HttpRequest, Payload};
use serde_json::Value;

/// A secret of the user's. Nothing writes it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for whoever sends it on.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Secrets by name, those that one request needs.
pub(crate) type Ring = BTreeMap<String, Secret>;

/// What stands for a secret.
pub(crate) fn placeholder(name: &str) -> String {
    format!("key:{name}")
}

/// The request with its secrets and fresh numbers in it, ready to be sent and for nothing else.
pub(crate) fn unlocked(request: &HttpRequest, ring: &Ring) -> HttpRequest {
    let whole = |text: &str| -> String {
        if text == "fresh:uuid" {
            return uuid::Uuid::now_v7().to_string();
        }
        let secret = text.strip_prefix("key:").and_then(|name| ring.get(name));
        secret.map_or_else(|| text.to_owned(), |secret| secret.reveal().to_owned())
    };
    // A header may have a word before the secret: `Bearer key:NAME`.
    let in_header = |text: &str| match text.rsplit_once(' ') {
        Some((before, last)) => format!("{before} {}", whole(last)),
        None => whole(text),
    };
    let mut ready = request.clone();
    for (_, value) in &mut ready.query {
        *value = whole(value);
    }
    for value in ready.headers.values_mut() {
        *value = in_header(value);
    }
    ready.body = request.body.as_ref().map(|body| match body {
        Payload::Json(value) => Payload::Json(in_json(value, &whole)),
        Payload::Form(fields) => Payload::Form(fields.iter().map(|(n, v)| (n.clone(), whole(v))).collect()),
    });
    ready
}

fn in_json(value: &Value, whole: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(whole(text)),
        Value::Array(items) => items.iter().map(|item| in_json(item, whole)).collect(),
        Value::Object(fields) => fields.iter().map(|(n, v)| (n.clone(), in_json(v, whole))).collect(),
        other => other.clone(),
    }
}

/// A service may repeat a secret in its answer: its name stands there then, also where it was written for an address.
pub(crate) fn redacted(bytes: Vec<u8>, ring: &Ring) -> Vec<u8> {
    let mut bytes = bytes;
    for (name, secret) in ring {
        let encoded: String = url::form_urlencoded::byte_serialize(secret.reveal().as_bytes()).collect();
        let quoted = Value::String(secret.reveal().to_owned()).to_string();
        for form in [secret.reveal(), encoded.as_str(), quoted.trim_matches('"')] {
            bytes = replaced(bytes, form.as_bytes(), placeholder(name).as_bytes());
        }
    }
    bytes
}

/// The same of a text.
pub(crate) fn redacted_text(text: &str, ring: &Ring) -> String {
    String::from_utf8_lossy(&redacted(text.as_bytes().to_vec(), ring)).into_owned()
}

fn replaced(bytes: Vec<u8>, what: &[u8], by: &[u8]) -> Vec<u8> {
    if what.is_empty() || !bytes.windows(what.len()).any(|window| window == what) {
        return bytes;
    }
    let (mut kept, mut rest) = (Vec::with_capacity(bytes.len()), &bytes[..]);
    while let Some(at) = rest.windows(what.len()).position(|window| window == what) {
        kept.extend_from_slice(&rest[..at]);
        kept.extend_from_slice(by);
        rest = &rest[at + what.len()..];
    }
    kept.extend_from_slice(rest);
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ring() -> Ring {
        Ring::from([("TOWN_KEY".to_owned(), Secret::new("s3cr3t/+\"x"))])
    }

    #[test]
    fn secrets_are_put_in_where_their_name_stands_alone() {
        let request =
            HttpRequest::post("https://x.test", Payload::Json(json!({"a": ["key:TOWN_KEY", "key:OTHER"]})))
                .with("k", "key:TOWN_KEY")
                .with("q", "what is key:TOWN_KEY")
                .header("Authorization", "Bearer key:TOWN_KEY");
        let ready = unlocked(&request, &ring());
        assert_eq!(ready.query[0].1, "s3cr3t/+\"x");
        assert_eq!(ready.query[1].1, "what is key:TOWN_KEY");
        assert_eq!(ready.headers["Authorization"], "Bearer s3cr3t/+\"x");
        assert_eq!(ready.body, Some(Payload::Json(json!({"a": ["s3cr3t/+\"x", "key:OTHER"]}))));
        assert_eq!(format!("{:?}", ring()), "{\"TOWN_KEY\": Secret(…)}");
    }

    #[test]
    fn an_answer_that_repeats_a_secret_does_not_keep_it() {
        let body = "a s3cr3t/+\"x b s3cr3t%2F%2B%22x c {\"k\":\"s3cr3t/+\\\"x\"}";
        let kept = redacted_text(body, &ring());
        assert_eq!(kept, "a key:TOWN_KEY b key:TOWN_KEY c {\"k\":\"key:TOWN_KEY\"}");
    }
}
