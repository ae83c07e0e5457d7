//! What a provider is.

use std::time::Duration;

use crate::{Answer, HttpRequest, HttpResponse, Query, ReadError, Tool};

/// How fast a provider may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// At least so long from one request to the next.
    pub between: Duration,
    /// How long an answer may take.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { between: Duration::from_millis(100), patience: Duration::from_secs(30) }
    }
}

/// What is known of a provider without asking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The word in commands, files and journals: lower-case letters, digits and `-`.
    pub name: String,
    /// The name on screen.
    pub title: String,
    /// Hosts that it is asked at, and no others.
    pub hosts: Vec<String>,
    /// Names of the secrets that its requests hold as `key:NAME`; these are the environment variables too.
    pub keys: Vec<String>,
    /// What it demands of whoever keeps or shows its answers, with an address.
    pub terms: String,
    pub pace: Pace,
}

/// Why a provider makes no request out of a question: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("{provider} has no {}: {why}", tool.text().to_lowercase())]
    Unsupported { provider: String, tool: Tool, why: String },
    #[error("{0}")]
    Unfit(String),
}

/// A map service: says requests, reads responses, and does nothing.
pub trait MapProvider: Send + Sync {
    fn about(&self) -> &Description;

    /// Why it has no such tool; `None` when it has.
    fn lacks(&self, tool: Tool) -> Option<&str>;

    /// The request that asks a question, which passed [`Query::check`].
    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError>;

    /// The answer in a response to the request of that question. A status that is no success is an error.
    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError>;

    /// The refusal of a tool that it lacks.
    fn refuse(&self, tool: Tool) -> RequestError {
        let why = self.lacks(tool).unwrap_or("it is not known how to ask for it").to_owned();
        RequestError::Unsupported { provider: self.about().title.clone(), tool, why }
    }
}

impl std::fmt::Debug for dyn MapProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("MapProvider").field(&self.about().name).finish()
    }
}

impl Description {
    /// A description without keys, at the usual pace.
    pub fn new(name: &str, title: &str, hosts: &[&str], terms: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            keys: Vec::new(),
            terms: terms.to_owned(),
            pace: Pace::default(),
        }
    }

    #[must_use]
    pub fn key(mut self, name: &str) -> Self {
        self.keys.push(name.to_owned());
        self
    }

    /// At most one request in so many milliseconds.
    #[must_use]
    pub fn every_ms(mut self, ms: u64) -> Self {
        self.pace.between = Duration::from_millis(ms);
        self
    }
}
