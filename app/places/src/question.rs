//! A question on its way: canonical, asked once, kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use plugin_api::{Answer, Description, HttpRequest, HttpResponse, MapProvider, Query, QueryError, Tool};
use project::{Body, Project, RequestKey, Response, ResponseId};
use serde_json::Value;
use url::Url;

use crate::secret::{Ring, placeholder, redacted, redacted_text, unlocked};
use crate::{AskError, Keys, LOCAL, LocalMap, Network, canonical};

/// Places that a service is asked for at once, at most; the local provider counts further.
const MOST_OF_SERVICES: u32 = 20;

/// A query and who is asked.
#[derive(Clone, Debug)]
pub struct Question {
    query: Query,
    canonical: String,
    whom: Whom,
}

#[derive(Clone, Debug)]
enum Whom {
    Service(Box<Service>),
    Local(Arc<LocalMap>),
}

#[derive(Clone, Debug)]
struct Service {
    provider: Arc<dyn MapProvider>,
    request: HttpRequest,
    endpoint: Option<Url>,
}

/// What came back, read and found sound.
#[derive(Clone, Debug)]
pub struct Reply {
    pub answer: Answer,
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    latency_ms: u32,
}

impl Question {
    /// A question to a service. `endpoint` is another address of it, of the user's own choice: it may lie in a private
    /// network.
    pub fn to_service(
        provider: Arc<dyn MapProvider>,
        query: Query,
        endpoint: Option<&str>,
    ) -> Result<Self, AskError> {
        query.check()?;
        limited(&query)?;
        no_names_of_secrets(&query, &provider.about().keys)?;
        let mut request = provider.request(&query)?;
        let endpoint = endpoint.map(endpoint_of).transpose()?;
        if let Some(endpoint) = &endpoint {
            request.url = moved(&request.url, endpoint)?;
        }
        let canonical = canonical::remote(&provider.about().name, query.tool(), &query.to_value(), &request);
        Ok(Self { query, canonical, whom: Whom::Service(Box::new(Service { provider, request, endpoint })) })
    }

    /// A question to the project itself.
    pub fn local(map: Arc<LocalMap>, query: Query) -> Self {
        let canonical = canonical::local(LOCAL, query.tool().key(), &query.to_value(), map.content());
        Self { query, canonical, whom: Whom::Local(map) }
    }

    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The canonical request.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Its SHA-256.
    pub fn key(&self) -> RequestKey {
        RequestKey::of(&self.canonical)
    }

    /// The name of whoever is asked.
    pub fn provider(&self) -> &str {
        match &self.whom {
            Whom::Service(service) => &service.provider.about().name,
            Whom::Local(_) => LOCAL,
        }
    }

    /// What the provider demands of whoever keeps its answer.
    pub fn terms(&self) -> &str {
        match &self.whom {
            Whom::Service(service) => &service.provider.about().terms,
            Whom::Local(map) => map.terms(),
        }
    }

    /// The answer that the project keeps, if it does.
    pub fn held<'a>(&self, project: &'a Project) -> Option<&'a Arc<Response>> {
        project.answer_to(self.key())
    }

    /// The answer in a response to this question that is kept.
    pub fn read(&self, response: &Response) -> Result<Answer, AskError> {
        let body = response.body.unpack().map_err(|e| AskError::Unfit(e.to_string()))?;
        match &self.whom {
            Whom::Local(_) => crate::local::read(&body),
            Whom::Service(service) => {
                let raw = HttpResponse { status: response.status, headers: &response.headers, body: &body };
                Ok(service.provider.read(&self.query, &raw)?)
            }
        }
    }

    /// Asks. Only what was read and found sound comes back, without the user's secrets in it. `wanted` is asked again and
    /// again whether anybody still waits.
    pub fn ask(
        &self,
        network: &Network,
        keys: &dyn Keys,
        wanted: &dyn Fn() -> bool,
    ) -> Result<Reply, AskError> {
        match &self.whom {
            Whom::Local(map) => {
                let begun = Instant::now();
                let (answer, body) = map.answer(&self.query)?;
                let latency_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
                Ok(Reply { answer, status: 200, headers: BTreeMap::new(), body, latency_ms })
            }
            Whom::Service(service) => {
                let Service { provider, request, endpoint } = &**service;
                let received = received(network, provider.about(), request, endpoint.as_ref(), keys, wanted)?;
                let Received { status, headers, body, latency_ms } = received;
                let raw = HttpResponse { status, headers: &headers, body: &body };
                let answer = provider.read(&self.query, &raw)?;
                Ok(Reply { answer, status, headers, body, latency_ms })
            }
        }
    }
}

impl Reply {
    /// What the project keeps of it.
    pub fn into_response(
        self,
        id: ResponseId,
        question: &Question,
        fetched_at_ms: i64,
    ) -> Result<Response, AskError> {
        Ok(Response {
            id,
            provider: question.provider().to_owned(),
            tool: question.query.tool().key().to_owned(),
            request: question.canonical.clone(),
            status: self.status,
            headers: self.headers,
            body: Body::pack(&self.body).map_err(|e| AskError::Unfit(e.to_string()))?,
            latency_ms: self.latency_ms,
            fetched_at_ms,
            terms: question.terms().to_owned(),
        })
    }

    /// How long it took.
    pub fn latency_ms(&self) -> u32 {
        self.latency_ms
    }
}

/// What came back, without the user's secrets.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    pub(crate) latency_ms: u32,
}

/// Puts the secrets into a request, sends it, and takes them out of what comes.
pub(crate) fn received(
    network: &Network,
    about: &Description,
    request: &HttpRequest,
    endpoint: Option<&Url>,
    keys: &dyn Keys,
    wanted: &dyn Fn() -> bool,
) -> Result<Received, AskError> {
    let mut ring = Ring::new();
    for name in &about.keys {
        ring.insert(name.clone(), keys.find(name)?);
    }
    let ready = unlocked(request, &ring);
    let sent = network.send(about, &ready, endpoint, wanted);
    let sent = sent.map_err(|e| without_secrets(e, &ring))?;
    let headers = sent.headers.iter().map(|(name, value)| (name.clone(), redacted_text(value, &ring)));
    Ok(Received {
        status: sent.status,
        headers: headers.collect(),
        body: redacted(sent.body, &ring),
        latency_ms: sent.latency_ms,
    })
}

fn limited(query: &Query) -> Result<(), QueryError> {
    let limit = match query {
        Query::TextSearch(query) => query.limit,
        Query::Nearby(query) => query.limit,
        Query::AlongRoute(query) => query.limit,
        Query::PlaceDetails(_) | Query::Route(_) | Query::Matrix(_) => 1,
    };
    if limit <= MOST_OF_SERVICES {
        return Ok(());
    }
    Err(QueryError(format!(
        "a service is asked for at most {MOST_OF_SERVICES} places; `local` counts further"
    )))
}

/// What a user types must not call up a secret.
fn no_names_of_secrets(query: &Query, names: &[String]) -> Result<(), QueryError> {
    if names_secrets(&query.to_value(), names) {
        return Err(QueryError("a query does not name secrets".into()));
    }
    Ok(())
}

/// True when a text somewhere in a value would call up a secret.
pub(crate) fn names_secrets(value: &Value, names: &[String]) -> bool {
    fn has(value: &Value, words: &[String]) -> bool {
        match value {
            Value::String(text) => words.iter().any(|word| text.contains(word.as_str())),
            Value::Array(items) => items.iter().any(|item| has(item, words)),
            Value::Object(fields) => fields.values().any(|item| has(item, words)),
            _ => false,
        }
    }
    let words: Vec<String> =
        names.iter().map(|name| placeholder(name)).chain(["fresh:uuid".to_owned()]).collect();
    has(value, &words)
}

pub(crate) fn endpoint_of(text: &str) -> Result<Url, AskError> {
    let url = Url::parse(text).map_err(|_| AskError::Endpoint)?;
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let sound = ["http", "https"].contains(&url.scheme()) && url.host().is_some() && bare;
    if sound && url.fragment().is_none() { Ok(url) } else { Err(AskError::Endpoint) }
}

/// The path of an address at another server.
fn moved(url: &str, endpoint: &Url) -> Result<String, AskError> {
    let parsed = Url::parse(url).map_err(|e| AskError::Unfit(e.to_string()))?;
    let own = parsed.path();
    Ok(format!("{}{own}", endpoint.as_str().trim_end_matches('/')))
}

fn without_secrets(error: AskError, ring: &Ring) -> AskError {
    match error {
        AskError::Unreachable { host, reason } => {
            AskError::Unreachable { host, reason: redacted_text(&reason, ring) }
        }
        AskError::Redirect { to } => AskError::Redirect { to: redacted_text(&to, ring) },
        AskError::Refused(text) => AskError::Refused(redacted_text(&text, ring)),
        other => other,
    }
}

impl Question {
    /// The kind of question.
    pub fn tool(&self) -> Tool {
        self.query.tool()
    }
}
