//! Asking a model at an endpoint that speaks OpenAI's chat completions: canonical, asked once, kept like any response.

use std::time::Duration;

use plugin_api::{Description, HttpRequest, HttpResponse, Pace, Payload, QueryError, ReadError, read};
use project::{Body, Project, RequestKey, Response, ResponseId};
use serde_json::{Map, Value, json};
use url::{Host, Url};

use crate::question::{Received, endpoint_of, names_secrets, received};
use crate::{AskError, Keys, Network, canonical};

/// The tool of a response that a model gave.
pub const CHAT: &str = "chat";

/// Bytes of the longest reply that is read.
const LONGEST_REPLY: usize = 1 << 20;
/// Characters of the name of a secret.
const LONGEST_NAME: usize = 64;
/// Bytes of all messages of one request.
const LONGEST_MESSAGES: usize = 512 << 10;

/// Where models are asked.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: Url,
    about: Description,
}

impl Endpoint {
    /// An address such as `https://api.openai.com/v1`, of the user's own choice: it may lie in a private network. `key` is the
    /// name of the secret that it wants; a secret is sent encrypted, or to this machine only.
    pub fn new(address: &str, key: Option<&str>, pace: Pace) -> Result<Self, AskError> {
        let is_name = |name: &str| {
            name.len() <= LONGEST_NAME
                && !name.starts_with(|c: char| c.is_ascii_digit())
                && !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        if key.is_some_and(|name| !is_name(name)) {
            return Err(AskError::KeyName);
        }
        let mut url = endpoint_of(address)?;
        let path = url.path().trim_end_matches('/').to_owned();
        if !path.ends_with("/chat/completions") {
            url.set_path(&format!("{path}/chat/completions"));
        }
        let here = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if key.is_some() && url.scheme() != "https" && !here {
            return Err(AskError::Plain { host: url.host_str().unwrap_or_default().to_owned() });
        }
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let title = format!("{host}{port}");
        // The name is also that of a file that keeps the pace.
        let name: String =
            title.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
        let mut about = Description::new(&name, &title, &[host], "");
        about.pace = pace;
        about.keys.extend(key.map(str::to_owned));
        Ok(Self { url, about })
    }

    /// Its host, and the port where it is no usual one.
    pub fn host(&self) -> &str {
        &self.about.title
    }
}

/// How a model is asked, besides the words.
#[derive(Clone, Debug, PartialEq)]
pub struct Manner {
    pub model: String,
    /// Tokens of the longest reply.
    pub max_tokens: u32,
    pub temperature: f64,
    /// Other fields of the request; `null` leaves one out.
    pub fields: Map<String, Value>,
}

impl Manner {
    /// The most likely words, at most 1,024 tokens of them.
    pub fn new(model: &str) -> Self {
        Self { model: model.to_owned(), max_tokens: 1_024, temperature: 0.0, fields: Map::new() }
    }
}

/// One request to a model.
#[derive(Clone, Debug)]
pub struct Chat {
    endpoint: Endpoint,
    request: HttpRequest,
    canonical: String,
    characters: usize,
    max_tokens: u64,
}

/// What a model said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The reply, as it came.
    pub text: String,
    /// Tokens of prompt and reply, where the endpoint says so.
    pub tokens: Option<u64>,
    /// The reply ended because it was as long as it may be.
    pub is_cut: bool,
}

/// What a model said, on its way into the project.
#[derive(Clone, Debug)]
pub struct ChatReply {
    pub said: Said,
    received: Received,
}

impl Chat {
    /// `messages` are roles and what they say.
    pub fn new(endpoint: &Endpoint, manner: &Manner, messages: &[(&str, &str)]) -> Result<Self, AskError> {
        let too_long = || QueryError(format!("messages to a model have at most {LONGEST_MESSAGES} bytes"));
        if messages.iter().map(|(_, words)| words.len()).sum::<usize>() > LONGEST_MESSAGES {
            return Err(too_long().into());
        }
        let said: Vec<Value> =
            messages.iter().map(|(role, words)| json!({ "role": role, "content": words })).collect();
        let said = Value::Array(said);
        if names_secrets(&said, &endpoint.about.keys) {
            return Err(QueryError("a message that is a name of a secret is not sent".into()).into());
        }
        let mut body = Map::new();
        body.insert("model".into(), manner.model.as_str().into());
        body.insert("messages".into(), said);
        body.insert("temperature".into(), json!(manner.temperature));
        body.insert("max_tokens".into(), manner.max_tokens.into());
        for (name, value) in &manner.fields {
            if ["model", "messages", "stream"].contains(&name.as_str()) {
                return Err(QueryError(format!("`{name}` of a request is not set by hand")).into());
            }
            if value.is_null() {
                body.remove(name)
            } else {
                body.insert(name.clone(), value.clone())
            };
        }
        let most = ["max_completion_tokens", "max_tokens"].iter().find_map(|name| body.get(*name)?.as_u64());
        let mut request = HttpRequest::post(endpoint.url.as_str(), Payload::Json(Value::Object(body)));
        if let Some(key) = endpoint.about.keys.first() {
            request = request.header("Authorization", format!("Bearer key:{key}"));
        }
        let canonical = canonical::chat(endpoint.host(), &request);
        let characters = messages.iter().map(|(_, words)| words.chars().count()).sum();
        Ok(Self { endpoint: endpoint.clone(), request, canonical, characters, max_tokens: most.unwrap_or(0) })
    }

    pub fn key(&self) -> RequestKey {
        RequestKey::of(&self.canonical)
    }

    /// Tokens that asking may take at most, guessed before anybody is asked: one for every three characters and the longest
    /// reply.
    pub fn most_tokens(&self) -> u64 {
        (self.characters as u64).div_ceil(3) + self.max_tokens
    }

    /// The response that the project keeps, with what it says; `None` where nothing readable is kept.
    pub fn held(&self, project: &Project) -> Option<(ResponseId, Said)> {
        let response = project.answer_to(self.key())?;
        Some((response.id, said_in(response).ok()?))
    }

    /// Asks. What comes back is without the user's secrets; what is no reply is an error and is kept nowhere.
    pub fn ask(
        &self,
        network: &Network,
        keys: &dyn Keys,
        wanted: &dyn Fn() -> bool,
    ) -> Result<ChatReply, AskError> {
        let Endpoint { url, about } = &self.endpoint;
        let received = received(network, about, &self.request, Some(url), keys, wanted)?;
        let raw = HttpResponse { status: received.status, headers: &received.headers, body: &received.body };
        Ok(ChatReply { said: said(&raw)?, received })
    }
}

impl ChatReply {
    /// What the project keeps of it.
    pub fn into_response(
        self,
        id: ResponseId,
        chat: &Chat,
        fetched_at_ms: i64,
    ) -> Result<Response, AskError> {
        let Received { status, headers, body, latency_ms } = self.received;
        Ok(Response {
            id,
            provider: chat.endpoint.host().to_owned(),
            tool: CHAT.to_owned(),
            request: chat.canonical.clone(),
            status,
            headers,
            body: Body::pack(&body).map_err(|e| AskError::Unfit(e.to_string()))?,
            latency_ms,
            fetched_at_ms,
            terms: String::new(),
        })
    }
}

/// What a model said in a response that is kept.
pub fn said_in(response: &Response) -> Result<Said, AskError> {
    let body = response.body.unpack().map_err(|e| AskError::Unfit(e.to_string()))?;
    let raw = HttpResponse { status: response.status, headers: &response.headers, body: &body };
    Ok(said(&raw)?)
}

fn said(response: &HttpResponse<'_>) -> Result<Said, ReadError> {
    let json = read::json(response)?;
    let choice = read::at(&json, "choices.0").ok_or_else(|| ReadError::Missing("choices".into()))?;
    let text = match read::at(choice, "message.content") {
        Some(Value::String(text)) => text.clone(),
        // Some endpoints send a reply in pieces.
        Some(Value::Array(pieces)) => {
            pieces.iter().filter_map(|piece| piece.get("text")?.as_str()).collect::<Vec<_>>().concat()
        }
        _ => read::text(choice, "message.refusal")
            .or_else(|| read::text(choice, "text"))
            .ok_or_else(|| ReadError::Missing("choices.0.message.content".into()))?,
    };
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= LONGEST_REPLY);
    let text = text[..end.last().unwrap_or(0)].to_owned();
    let tokens = read::number(&json, "usage.total_tokens").filter(|n| (0.0..1e12).contains(n));
    let is_cut = read::text(choice, "finish_reason").as_deref() == Some("length");
    Ok(Said { text, tokens: tokens.map(|n| n as u64), is_cut })
}

/// The usual pace of an endpoint: as fast as it answers, with some patience for slow machines.
pub const fn usual_pace() -> Pace {
    Pace { between: Duration::ZERO, patience: Duration::from_mins(2) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn said_of(status: u16, body: &str) -> Result<Said, ReadError> {
        said(&HttpResponse { status, headers: &BTreeMap::new(), body: body.as_bytes() })
    }

    #[test]
    fn a_reply_is_read_in_every_form_that_endpoints_send_it() {
        let of = |body: &str| said_of(200, body).expect(body);
        let plain = of(
            r#"{"choices":[{"message":{"content":"2"},"finish_reason":"stop"}],"usage":{"total_tokens":31}}"#,
        );
        assert_eq!(plain, Said { text: "2".into(), tokens: Some(31), is_cut: false });
        let pieces = of(
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},"finish_reason":"length"}]}"#,
        );
        assert_eq!(pieces, Said { text: "ab".into(), tokens: None, is_cut: true });
        assert_eq!(
            of(r#"{"choices":[{"message":{"content":null,"refusal":"I will not"}}]}"#).text,
            "I will not"
        );
        assert_eq!(of(r#"{"choices":[{"text":"old"}]}"#).text, "old");
        assert_eq!(
            of(r#"{"choices":[{"message":{"content":""}}],"usage":{"total_tokens":-5}}"#).tokens,
            None
        );
        for wrong in ["{}", r#"{"choices":[]}"#, r#"{"choices":[{}]}"#, "<html>", "[", r#"{"choices":"x"}"#] {
            assert!(said_of(200, wrong).is_err(), "{wrong}");
        }
        let refused = said_of(401, r#"{"error":{"message":"Incorrect API key"}}"#).expect_err("refused");
        assert!(refused.to_string().contains("Incorrect API key"), "{refused}");
    }

    #[test]
    fn an_endpoint_is_an_address_and_a_secret_goes_encrypted_or_nowhere_else() {
        let of = |address: &str, key: Option<&str>| Endpoint::new(address, key, usual_pace());
        assert_eq!(of("https://api.example.org/v1/", None).expect("one").url.path(), "/v1/chat/completions");
        let whole = of("http://127.0.0.1:8080/v1/chat/completions", Some("K")).expect("one");
        assert_eq!((whole.url.path(), whole.host()), ("/v1/chat/completions", "127.0.0.1:8080"));
        assert!(matches!(of("http://api.example.org/v1", Some("K")), Err(AskError::Plain { .. })));
        assert!(of("http://api.example.org/v1", None).is_ok());
        for secret in ["sk-s3cr3t", "", "7abc", "A B", &"x".repeat(65)] {
            let refused = of("https://x.test/v1", Some(secret)).expect_err("no name");
            assert!(refused == AskError::KeyName && !refused.to_string().contains("s3cr3t"));
        }
        for wrong in ["api.example.org", "https://me:pw@x.test/v1", "https://x.test/v1?key=1"] {
            assert!(of(wrong, None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_changes_the_reply_changes_the_key_and_a_secret_is_never_in_it() {
        let endpoint =
            Endpoint::new("https://api.example.org/v1", Some("MY_KEY"), usual_pace()).expect("one");
        let chat = |manner: &Manner, words: &str| Chat::new(&endpoint, manner, &[("user", words)]);
        let manner = Manner::new("m-1");
        let first = chat(&manner, "a").expect("a request");
        assert_eq!(first.key(), chat(&manner, "a").expect("a request").key());
        assert!(first.canonical.contains("Bearer key:MY_KEY"), "{}", first.canonical);
        assert_ne!(first.key(), chat(&manner, "b").expect("a request").key());
        assert_ne!(first.key(), chat(&Manner::new("m-2"), "a").expect("a request").key());
        let mut other = manner.clone();
        other.fields.insert("max_tokens".into(), Value::Null);
        other.fields.insert("max_completion_tokens".into(), 7.into());
        let other = chat(&other, "abcdef").expect("a request");
        assert_eq!(other.most_tokens(), 2 + 7);
        assert!(!other.canonical.contains("max_tokens\":"), "{}", other.canonical);
        assert!(chat(&manner, "key:MY_KEY").is_err());
        let mut sly = manner.clone();
        sly.fields.insert("messages".into(), json!([]));
        assert!(chat(&sly, "a").is_err());
        assert!(chat(&manner, &"x".repeat(LONGEST_MESSAGES + 1)).is_err());
    }
}
