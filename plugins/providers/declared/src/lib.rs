//! Providers that a TOML file declares: for each tool the address with places to fill in, and where in the response
//! the answer lies. `plugins/README.md` says how to write one.

mod answer;
mod template;

use std::collections::BTreeMap;
use std::time::Duration;

use plugin_api::read::{self, ReadError};
use plugin_api::{
    Answer, Description, HttpRequest, HttpResponse, MapProvider, Method, Pace, Payload, Query, RequestError,
    Tool,
};
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Reading;
use crate::template::{Fill, fill, fill_value};

/// Why a declaration is not taken: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DeclarationError(String);

/// A provider out of a file.
#[derive(Debug)]
pub struct Declared {
    about: Description,
    tools: BTreeMap<Tool, Asking>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: Option<String>,
    #[serde(default)]
    keys: Vec<String>,
    terms: String,
    #[serde(default = "second")]
    between_ms: u64,
    tool: BTreeMap<Tool, Asking>,
}

fn second() -> u64 {
    1_000
}

/// How a tool is asked and read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    #[serde(default)]
    method: Method,
    url: String,
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// JSON, its texts with places to fill in.
    body: Option<Value>,
    #[serde(flatten)]
    reading: Reading,
}

/// Bytes of the longest declaration.
const LONGEST: usize = 64 << 10;

impl Declared {
    /// Reads a declaration.
    pub fn from_toml(text: &str) -> Result<Self, DeclarationError> {
        let wrong = |what: String| Err(DeclarationError(what));
        if text.len() > LONGEST {
            return wrong(format!("a declaration of a provider has at most {LONGEST} bytes"));
        }
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(e) => return wrong(format!("this declares no provider: {}", e.message())),
        };
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if file.name.is_empty() || file.name.len() > 40 || !file.name.chars().all(is_word) {
            return wrong("`name` is a word of lower-case letters, digits and `-`".into());
        }
        if file.tool.is_empty() {
            return wrong("a provider has at least one `[tool.…]`".into());
        }
        let mut hosts = Vec::new();
        for (tool, asking) in &file.tool {
            let Some(host) = host_of(&asking.url) else {
                return wrong(format!(
                    "the `url` of {tool} begins with https:// and names its host outright"
                ));
            };
            if !hosts.contains(&host) {
                hosts.push(host);
            }
            asking.reading.check(*tool).map_err(DeclarationError)?;
        }
        let undeclared = file.tool.values().flat_map(Asking::secrets).find(|name| !file.keys.contains(name));
        if let Some(name) = undeclared {
            return wrong(format!("`key:{name}` is used but not among `keys`"));
        }
        let about = Description {
            title: file.title.unwrap_or_else(|| file.name.clone()),
            name: file.name,
            hosts,
            keys: file.keys,
            terms: file.terms,
            pace: Pace { between: Duration::from_millis(file.between_ms.max(10)), ..Pace::default() },
        };
        Ok(Self { about, tools: file.tool })
    }
}

/// The host of an address that nothing fills in.
fn host_of(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let sound = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    sound.then(|| host.to_ascii_lowercase())
}

impl Asking {
    /// Names of the secrets that it uses.
    fn secrets(&self) -> Vec<String> {
        let texts = self.query.values().chain(self.headers.values()).cloned();
        let texts = texts.chain(self.body.as_ref().map(Value::to_string));
        let names = |text: String| {
            text.split("key:")
                .skip(1)
                .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
                .collect::<Vec<String>>()
        };
        texts.flat_map(names).collect()
    }
}

impl MapProvider for Declared {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, tool: Tool) -> Option<&str> {
        (!self.tools.contains_key(&tool)).then_some("its declaration has no such tool")
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        let tool = query.tool();
        let asking = self.tools.get(&tool).ok_or_else(|| self.refuse(tool))?;
        let values = query.to_value();
        let needed =
            |what: String| RequestError::Unfit(format!("{} needs `{what}` in the query", self.about.title));
        let url = fill(&asking.url, &values, Fill::Path).map_err(needed)?;
        let mut request = HttpRequest { method: asking.method, url, ..HttpRequest::default() };
        for (name, template) in &asking.query {
            // A parameter whose value nobody said is left out.
            if let Ok(value) = fill(template, &values, Fill::Plain) {
                request.query.push((name.clone(), value));
            }
        }
        for (name, template) in &asking.headers {
            request.headers.insert(name.clone(), fill(template, &values, Fill::Plain).map_err(needed)?);
        }
        request.body = asking.body.as_ref().map(|body| fill_value(body, &values)).map(Payload::Json);
        Ok(request)
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = read::json(response)?;
        match self.tools.get(&query.tool()) {
            Some(asking) => asking.reading.read(query, &json),
            None => Err(ReadError::Missing(query.tool().to_string())),
        }
    }
}

#[cfg(test)]
mod tests;
