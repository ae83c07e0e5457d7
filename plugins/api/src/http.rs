//! Requests and responses as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Post,
}

impl Method {
    pub const fn key(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    Json(Value),
    /// Names and values as an HTML form sends them.
    Form(Vec<(String, String)>),
}

/// A request that is to be sent. In any value `key:NAME` stands for a secret of that name, and `fresh:uuid` for a
/// number that is drawn anew each time it is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    #[serde(default)]
    pub method: Method,
    /// Scheme, host and path, each part of the path percent-encoded where that is needed.
    pub url: String,
    /// Names and values, not encoded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Payload>,
}

impl HttpRequest {
    pub fn get(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    pub fn post(url: impl Into<String>, body: Payload) -> Self {
        Self { method: Method::Post, url: url.into(), body: Some(body), ..Self::default() }
    }

    /// Adds a parameter.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "numbers and texts are written down alike")]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a parameter if there is a value.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }
}

/// A part of a path with everything encoded that has a meaning there.
pub(crate) fn encode_segment(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    // Dots alone would be taken for the folder itself or the one above.
    if !encoded.is_empty() && encoded.bytes().all(|b| b == b'.') {
        encoded.replace('.', "%2E")
    } else {
        encoded
    }
}

impl HttpRequest {
    /// A part of a path with everything encoded that has a meaning there.
    pub fn segment(text: &str) -> String {
        encode_segment(text)
    }
}

/// What came back.
#[derive(Clone, Copy, Debug)]
pub struct HttpResponse<'a> {
    pub status: u16,
    /// By lower-case name.
    pub headers: &'a BTreeMap<String, String>,
    pub body: &'a [u8],
}

impl HttpResponse<'_> {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
