//! Sending what may be sent: to the provider's own hosts only, slowly enough, with an end to every answer.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use flate2::read::{GzDecoder, ZlibDecoder};
use futures_util::StreamExt as _;
use plugin_api::{Description, HttpRequest, Method, Payload};
use remote::{ASK_EVERY, NoResult};
use reqwest::header::{ACCEPT, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use url::Url;

use crate::AskError;

/// How patiently services are asked.
#[derive(Clone, Debug)]
pub struct Pauses {
    pub connect: Duration,
    /// How often a request is sent again after one that failed in passing (429, 502, 503, 504, no connection).
    pub retries: u32,
    /// Pause before the first of them; each later one is twice as long.
    pub first: Duration,
    /// The longest pause that a service may ask for.
    pub longest: Duration,
    /// Bytes of the longest answer, after unpacking.
    pub longest_body: usize,
    /// Where it is noted when each provider was asked last, so that several programs together keep its pace.
    pub notes: Option<PathBuf>,
}

impl Default for Pauses {
    fn default() -> Self {
        let folders = directories::ProjectDirs::from("", "", "orthoscope");
        Self {
            connect: Duration::from_secs(10),
            retries: 3,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            longest_body: 16 << 20,
            notes: folders.map(|folders| folders.cache_dir().join("asked")),
        }
    }
}

/// The way to services. Cloning shares connections and pace.
#[derive(Clone, Debug)]
pub struct Network {
    client: reqwest::Client,
    names: remote::Names,
    pauses: Arc<Pauses>,
    /// When each provider may be asked next.
    next: Arc<Mutex<HashMap<String, Instant>>>,
}

/// What came back, as it came but for compression.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    pub(crate) latency_ms: u32,
}

/// Who asks: services want to know.
const AGENT: &str =
    concat!("Orthoscope/", env!("CARGO_PKG_VERSION"), " (desktop program for overhead imagery)");
/// Headers that are kept with an answer.
const KEPT: [&str; 6] = ["content-type", "content-language", "date", "etag", "last-modified", "age"];

impl Network {
    pub fn new(pauses: Pauses) -> Result<Self, AskError> {
        let names = remote::Names::default();
        let client = reqwest::Client::builder()
            .user_agent(AGENT)
            .connect_timeout(pauses.connect)
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(names.clone()))
            .build();
        let client = client.map_err(|_| AskError::Unreachable {
            host: "the network".into(),
            reason: "no connection can be made".into(),
        })?;
        Ok(Self { client, names, pauses: Arc::new(pauses), next: Arc::default() })
    }

    /// Sends a request with its secrets in it and waits for the answer, as long as it is wanted.
    pub(crate) fn send(
        &self,
        about: &Description,
        request: &HttpRequest,
        endpoint: Option<&Url>,
        wanted: &dyn Fn() -> bool,
    ) -> Result<Sent, AskError> {
        let url = allowed(about, request, endpoint)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if endpoint.is_none() {
            let (names, place) = (self.names.clone(), url.clone());
            let private = wait(async move { Ok(names.lies_in_private_network(&place).await) }, wanted)?;
            match private {
                Ok(false) => {}
                Ok(true) => return Err(AskError::Private { host }),
                Err(_) => {
                    return Err(AskError::Unreachable { host, reason: "nobody knows this name".into() });
                }
            }
        }
        let mut pause = self.pauses.first;
        for attempt in 0..=self.pauses.retries {
            self.keep_pace(about, wanted)?;
            let last = attempt == self.pauses.retries;
            let once = Once {
                client: self.client.clone(),
                patience: about.pace.patience,
                longest: self.pauses.longest_body,
                host: host.clone(),
            };
            let built = self.built(&url, request)?;
            let (after, failure) = match wait(once.run(built), wanted) {
                Ok((sent, after)) if matches!(sent.status, 429 | 502 | 503 | 504) => {
                    let quota = AskError::Quota {
                        provider: about.title.clone(),
                        after_s: after.map(|d| d.as_secs()),
                    };
                    let failure = if sent.status == 429 { Err(quota) } else { Ok(sent) };
                    (after, failure)
                }
                Ok((sent, _)) => return Ok(sent),
                Err(unreachable @ AskError::Unreachable { .. }) => (None, Err(unreachable)),
                Err(other) => return Err(other),
            };
            let next = after.unwrap_or(pause);
            if last || next > self.pauses.longest {
                return failure;
            }
            sleep(next, wanted)?;
            pause *= 2;
        }
        Err(AskError::Stopped)
    }

    fn built(&self, url: &Url, request: &HttpRequest) -> Result<reqwest::Request, AskError> {
        let unfit = |what: &str| AskError::Unfit(format!("its request has {what}"));
        let mut url = url.clone();
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url),
        };
        builder = builder.header(ACCEPT, "application/json").header("accept-encoding", "gzip");
        for (name, value) in &request.headers {
            let name = HeaderName::try_from(name).map_err(|_| unfit("a header with no sound name"))?;
            let mut value =
                HeaderValue::try_from(value).map_err(|_| unfit("a header with no sound value"))?;
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        builder = match &request.body {
            None => builder,
            Some(Payload::Json(value)) => {
                builder.header("content-type", "application/json").body(value.to_string())
            }
            Some(Payload::Form(fields)) => {
                let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                builder.header("content-type", "application/x-www-form-urlencoded").body(text)
            }
        };
        builder.build().map_err(|_| unfit("an address or a body that cannot be sent"))
    }

    /// Waits until the provider may be asked again, and notes that it is asked now.
    fn keep_pace(&self, about: &Description, wanted: &dyn Fn() -> bool) -> Result<(), AskError> {
        let between = about.pace.between;
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let noted = self.noted(&about.name, between).map_or(now, |rest| now + rest);
            let turn = next.get(&about.name).copied().unwrap_or(now).max(noted).max(now);
            next.insert(about.name.clone(), turn + between);
            turn
        };
        sleep(turn.saturating_duration_since(Instant::now()), wanted)?;
        if let Some(folder) = &self.pauses.notes {
            // A pace that cannot be noted is still kept within this program.
            let _ =
                std::fs::create_dir_all(folder).and_then(|()| std::fs::write(folder.join(&about.name), b""));
        }
        Ok(())
    }

    /// How long the note of another program's request asks to wait.
    fn noted(&self, name: &str, between: Duration) -> Option<Duration> {
        let note = self.pauses.notes.as_ref()?.join(name);
        let since = SystemTime::now().duration_since(std::fs::metadata(note).ok()?.modified().ok()?).ok()?;
        between.checked_sub(since)
    }
}

/// The address, if it is one of the provider's own or the user's choice.
fn allowed(about: &Description, request: &HttpRequest, endpoint: Option<&Url>) -> Result<Url, AskError> {
    let url = Url::parse(&request.url).map_err(|_| AskError::Endpoint)?;
    let host = url.host_str().unwrap_or_default();
    let own = match endpoint {
        Some(endpoint) => {
            url.host() == endpoint.host()
                && url.port_or_known_default() == endpoint.port_or_known_default()
                && url.scheme() == endpoint.scheme()
        }
        None => about.hosts.iter().any(|known| known == host),
    };
    if own && ["http", "https"].contains(&url.scheme()) {
        return Ok(url);
    }
    Err(AskError::ForeignHost { host: host.to_owned() })
}

struct Once {
    client: reqwest::Client,
    patience: Duration,
    longest: usize,
    host: String,
}

impl Once {
    /// One request and its answer, and how long the service says to wait.
    async fn run(self, request: reqwest::Request) -> Result<(Sent, Option<Duration>), AskError> {
        let timeout = AskError::Timeout { host: self.host.clone(), seconds: self.patience.as_secs() };
        tokio::time::timeout(self.patience, self.answered(request)).await.unwrap_or(Err(timeout))
    }

    async fn answered(self, request: reqwest::Request) -> Result<(Sent, Option<Duration>), AskError> {
        let unreachable =
            |e: reqwest::Error| AskError::Unreachable { host: self.host.clone(), reason: reason(e) };
        let begun = Instant::now();
        let answer = self.client.execute(request).await.map_err(unreachable)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        if status.is_redirection()
            && let Some(to) = headers.get(LOCATION)
        {
            let to = to.to_str().ok().and_then(|to| answer.url().join(to).ok());
            let to = to.and_then(|to| to.host_str().map(str::to_owned)).unwrap_or_else(|| "nowhere".into());
            return Err(AskError::Redirect { to });
        }
        if answer.content_length().is_some_and(|length| length > self.longest as u64) {
            return Err(AskError::TooLong(self.longest));
        }
        let mut body = Vec::new();
        let mut stream = answer.bytes_stream();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(unreachable)?;
            if body.len() + piece.len() > self.longest {
                return Err(AskError::TooLong(self.longest));
            }
            body.extend_from_slice(&piece);
        }
        let latency_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
        let body = unpacked(body, &headers, self.longest)?;
        let after = headers.get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok());
        let sent = Sent { status: status.as_u16(), headers: kept(&headers), body, latency_ms };
        Ok((sent, after.map(Duration::from_secs)))
    }
}

/// Unpacks a compressed answer, no further than it may be long.
fn unpacked(body: Vec<u8>, headers: &HeaderMap, longest: usize) -> Result<Vec<u8>, AskError> {
    let how =
        headers.get(CONTENT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let mut plain = Vec::new();
    let most = longest as u64 + 1;
    let read = match how.as_str() {
        "" | "identity" => return Ok(body),
        "gzip" | "x-gzip" => GzDecoder::new(&body[..]).take(most).read_to_end(&mut plain),
        "deflate" => ZlibDecoder::new(&body[..]).take(most).read_to_end(&mut plain),
        _ => return Err(AskError::Unreadable(plugin_api::ReadError::Encoding)),
    };
    read.map_err(|_| AskError::Unreadable(plugin_api::ReadError::Encoding))?;
    if plain.len() > longest { Err(AskError::TooLong(longest)) } else { Ok(plain) }
}

fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    let found = KEPT.iter().filter_map(|name| {
        let value = headers.get(*name)?.to_str().ok()?;
        Some(((*name).to_owned(), plugin_api::read::plain(value, 500)))
    });
    found.collect()
}

/// Why a request failed, without its address, which may hold a secret.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    plugin_api::read::plain(&cause.to_string(), 200)
}

/// Runs a request elsewhere and waits for it, as long as it is wanted.
fn wait<T: Send + 'static>(
    request: impl Future<Output = Result<T, AskError>> + Send + 'static,
    wanted: &dyn Fn() -> bool,
) -> Result<T, AskError> {
    remote::wait_for(request, wanted).unwrap_or_else(|why| {
        Err(match why {
            NoResult::NoThread(reason) => AskError::Unreachable { host: "the network".into(), reason },
            NoResult::Stopped | NoResult::Failed => AskError::Stopped,
        })
    })
}

fn sleep(pause: Duration, wanted: &dyn Fn() -> bool) -> Result<(), AskError> {
    let until = Instant::now() + pause;
    while let Some(rest) = until.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) {
        if !wanted() {
            return Err(AskError::Stopped);
        }
        std::thread::sleep(rest.min(ASK_EVERY));
    }
    Ok(())
}
