//! Runs a provider over recorded requests and bodies, so that a new one is tested without a network.
//!
//! The recording is a JSON list. Each entry has `tool` and `query`; the `request` that must come out; `status` (200 if
//! left out) and `body` (JSON, or a text as it came); and either the `answer` that must be read or the words that the
//! `error` must have. An entry with `refused` instead names words of the reason why there is no request.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::{HttpRequest, HttpResponse, MapProvider, Query, Tool};

/// One recorded exchange.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    pub tool: Tool,
    pub query: Value,
    #[serde(default)]
    pub request: Option<HttpRequest>,
    #[serde(default = "success")]
    pub status: u16,
    #[serde(default)]
    pub body: Value,
    #[serde(default)]
    pub answer: Option<Value>,
    #[serde(default)]
    pub error: Option<String>,
    #[serde(default)]
    pub refused: Option<String>,
}

fn success() -> u16 {
    200
}

impl Recorded {
    /// The body as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Value::String(text) => text.clone().into_bytes(),
            other => other.to_string().into_bytes(),
        }
    }
}

/// Reads a recording.
pub fn recorded(json: &str) -> Result<Vec<Recorded>, String> {
    serde_json::from_str(json).map_err(|e| format!("this is no recording: {e}"))
}

/// Everything in which a provider differs from its recording, one sentence each; also a tool that it claims to have and
/// that no entry shows.
pub fn faults(provider: &dyn MapProvider, recording: &[Recorded]) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, entry) in recording.iter().enumerate() {
        if let Err(fault) = check(provider, entry) {
            faults.push(format!("entry {} ({}): {fault}", number + 1, entry.tool));
        }
    }
    for tool in Tool::ALL {
        let shown = recording.iter().any(|entry| entry.tool == tool && entry.answer.is_some());
        if provider.lacks(tool).is_none() && !shown {
            faults.push(format!("no entry shows an answer of {tool}"));
        }
    }
    faults
}

fn check(provider: &dyn MapProvider, entry: &Recorded) -> Result<(), String> {
    let query = Query::from_value(entry.tool, entry.query.clone()).map_err(|e| e.to_string())?;
    let request = match (provider.request(&query), &entry.refused) {
        (Ok(request), None) => request,
        (Ok(_), Some(words)) => return Err(format!("it is asked, and should be refused for “{words}”")),
        (Err(e), Some(words)) if e.to_string().contains(words.as_str()) => return Ok(()),
        (Err(e), _) => return Err(format!("it is refused: {e}")),
    };
    let said = serde_json::to_value(&request).map_err(|e| e.to_string())?;
    let wanted = serde_json::to_value(&entry.request).map_err(|e| e.to_string())?;
    if said != wanted {
        return Err(format!("the request is {said} and not {wanted}"));
    }
    let (headers, body) = (BTreeMap::new(), entry.bytes());
    let response = HttpResponse { status: entry.status, headers: &headers, body: &body };
    match (provider.read(&query, &response), &entry.answer, &entry.error) {
        (Ok(answer), Some(wanted), _) => {
            let read = serde_json::to_value(&answer).map_err(|e| e.to_string())?;
            if same(&read, wanted) { Ok(()) } else { Err(format!("the answer is {read} and not {wanted}")) }
        }
        (Ok(_), None, _) => Err("it is answered, and the recording has no answer".into()),
        (Err(e), None, Some(words)) if e.to_string().contains(words.as_str()) => Ok(()),
        (Err(e), ..) => Err(format!("it is not read: {e}")),
    }
}

/// Equal, numbers to within a millionth of them.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * b.abs().max(1.0),
            _ => a == b,
        },
        _ => a == b,
    }
}

/// The recording with requests, answers and errors as the provider says and reads them now: to be looked at, once, by
/// whoever writes a provider.
pub fn filled(provider: &dyn MapProvider, recording: &[Recorded]) -> Result<Value, String> {
    let mut entries = Vec::new();
    for entry in recording {
        let query = Query::from_value(entry.tool, entry.query.clone()).map_err(|e| e.to_string())?;
        let mut said = serde_json::json!({"tool": entry.tool, "query": entry.query});
        match provider.request(&query) {
            Err(e) => said["refused"] = e.to_string().into(),
            Ok(request) => {
                said["request"] = serde_json::to_value(request).map_err(|e| e.to_string())?;
                said["status"] = entry.status.into();
                said["body"] = entry.body.clone();
                let (headers, body) = (BTreeMap::new(), entry.bytes());
                let response = HttpResponse { status: entry.status, headers: &headers, body: &body };
                match provider.read(&query, &response) {
                    Ok(answer) => said["answer"] = serde_json::to_value(answer).map_err(|e| e.to_string())?,
                    Err(e) => said["error"] = e.to_string().into(),
                }
            }
        }
        entries.push(said);
    }
    Ok(Value::Array(entries))
}
