//! The one HTTP client: it follows redirects only where that is safe, and lets no answer grow without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, COOKIE, LOCATION, RANGE};
use http::{HeaderMap, Method, StatusCode};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use url::Url;

use crate::error::RemoteError;
use crate::names::Names;

tokio::task_local! {
    /// Status of the last answer that a request of this task got; 0 before there is one.
    pub(crate) static LAST_STATUS: AtomicU16;
}

/// Redirects that are followed for one request.
const MOST_REDIRECTS: usize = 5;
/// Bytes that are read of an answer that is an error.
const MOST_ERROR_BYTES: usize = 8 << 10;

/// What this crate refuses by itself, found again among the causes of an error of `object_store`.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("redirect refused: {reason}")]
    Redirect { to: String, reason: &'static str },
    #[error("no parts of files are sent")]
    NoRanges,
    #[error("the bucket is in the region {0}")]
    Region(String),
}

/// Connections to servers, shared by all files.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    client: reqwest::Client,
    names: Names,
}

impl Connection {
    /// `silence`: how long a server may say nothing.
    pub(crate) fn new(connect: Duration, silence: Duration) -> Result<Self, RemoteError> {
        let names = Names::default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("Orthoscope/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(connect)
            .read_timeout(silence)
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(names.clone()))
            .build();
        let client = client.map_err(|e| RemoteError::NoRoute {
            host: "the network".into(),
            reason: format!("no connection can be made: {e}"),
        })?;
        Ok(Self { client, names })
    }

    /// Whether a place lies in a private network.
    pub(crate) async fn is_private(&self, url: &Url) -> bool {
        self.names.is_private(url).await
    }

    /// Where an answer sends its reader, if that is to be followed.
    async fn next(&self, from: &Url, first: &Url, headers: &HeaderMap) -> Result<Url, HttpError> {
        let target = headers.get(LOCATION).and_then(|l| l.to_str().ok()).and_then(|l| from.join(l).ok());
        let refuse =
            |to: String, reason| HttpError::new(HttpErrorKind::Unknown, Refusal::Redirect { to, reason });
        let Some(target) = target else {
            return Err(refuse("nowhere".into(), "it names no place"));
        };
        let host = target.host_str().unwrap_or_default().to_owned();
        match target.scheme() {
            "https" => {}
            "http" if first.scheme() == "http" => {}
            "http" => return Err(refuse(host, "the connection would not be secret any more")),
            _ => return Err(refuse(host, "it is no web address")),
        }
        if target.host() != first.host()
            && self.names.is_private(&target).await
            && !self.names.is_private(first).await
        {
            return Err(refuse(
                host,
                "it lies in a private network, and the address that was given does not",
            ));
        }
        Ok(target)
    }
}

#[async_trait]
impl HttpService for Connection {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let first =
            Url::parse(&parts.uri.to_string()).map_err(|e| HttpError::new(HttpErrorKind::Unknown, e))?;
        let may_follow = matches!(parts.method, Method::GET | Method::HEAD);
        let wants_range = parts.headers.contains_key(RANGE);
        let (mut url, mut headers, mut body) = (first.clone(), parts.headers, Some(body));
        for _ in 0..=MOST_REDIRECTS {
            let mut request = http::Request::builder().method(parts.method.clone()).uri(url.as_str());
            if let Some(map) = request.headers_mut() {
                map.clone_from(&headers);
            }
            let request =
                request.body(body.take().unwrap_or_else(object_store::client::HttpRequestBody::empty));
            let request = request.map_err(|e| HttpError::new(HttpErrorKind::Unknown, e))?;
            let answer = HttpService::call(&self.client, request).await?;
            let status = answer.status();
            // Without a task that asks for it there is nobody to tell.
            let _ = LAST_STATUS.try_with(|last| last.store(status.as_u16(), Ordering::Relaxed));
            if let Some(region) = other_region(&answer) {
                return Err(HttpError::new(HttpErrorKind::Unknown, Refusal::Region(region)));
            }
            if may_follow && is_redirect(status) && answer.headers().contains_key(LOCATION) {
                let next = self.next(&url, &first, answer.headers()).await?;
                if next.host() != url.host() || next.port_or_known_default() != url.port_or_known_default() {
                    headers.remove(AUTHORIZATION);
                    headers.remove(COOKIE);
                }
                url = next;
                continue;
            }
            if wants_range && parts.method == Method::GET && status == StatusCode::OK {
                return Err(HttpError::new(HttpErrorKind::Unknown, Refusal::NoRanges));
            }
            return Ok(if status.is_success() { with_length(answer) } else { cut(answer).await });
        }
        let to = url.host_str().unwrap_or_default().to_owned();
        let refusal = Refusal::Redirect { to, reason: "it sends on and on" };
        Err(HttpError::new(HttpErrorKind::Unknown, refusal))
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The region that a bucket says it is in, where that is why it does not answer.
fn other_region(answer: &HttpResponse) -> Option<String> {
    if !matches!(answer.status().as_u16(), 301 | 307 | 400) {
        return None;
    }
    let region = answer.headers().get("x-amz-bucket-region")?.to_str().ok()?;
    let is_sane = region.len() < 64 && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_sane.then(|| region.to_owned())
}

/// Says how long a part is where the server says it only by the range that it sends.
fn with_length(mut answer: HttpResponse) -> HttpResponse {
    if answer.status() == StatusCode::PARTIAL_CONTENT && !answer.headers().contains_key(CONTENT_LENGTH) {
        let range = answer.headers().get(CONTENT_RANGE).and_then(|r| r.to_str().ok());
        let ends = range.and_then(|r| r.strip_prefix("bytes ")?.split('/').next()?.split_once('-'));
        let ends = ends.and_then(|(a, b)| Some((a.parse::<u64>().ok()?, b.parse::<u64>().ok()?)));
        if let Some(len) = ends.and_then(|(a, b)| b.checked_sub(a)?.checked_add(1)) {
            answer.headers_mut().insert(CONTENT_LENGTH, len.into());
        }
    }
    answer
}

/// An answer that is an error, with no more of its text than anybody reads.
async fn cut(answer: HttpResponse) -> HttpResponse {
    let (parts, body) = answer.into_parts();
    let mut text = Vec::new();
    let mut stream = body.bytes_stream();
    while let Some(Ok(piece)) = stream.next().await {
        let room = MOST_ERROR_BYTES - text.len();
        text.extend_from_slice(&piece[..piece.len().min(room)]);
        if text.len() == MOST_ERROR_BYTES {
            break;
        }
    }
    HttpResponse::from_parts(parts, HttpResponseBody::from(Bytes::from(text)))
}

impl HttpConnector for Connection {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_into_a_private_network_from_outside_or_out_of_a_secret_connection() {
        let connection = Connection::new(Duration::from_secs(1), Duration::from_secs(1)).expect("a client");
        connection.names.pretend("public.test", "93.184.216.34");
        connection.names.pretend("inner.test", "10.0.0.7");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let next = |from: &str, to: &str| {
            let from = Url::parse(from).expect("an address");
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, to.parse().expect("a header"));
            runtime.block_on(connection.next(&from, &from, &headers)).map(String::from).map_err(|e| {
                let refusal =
                    std::error::Error::source(&e).and_then(|s| s.downcast_ref::<Refusal>()).cloned();
                refusal.map_or_else(String::new, |r| r.to_string())
            })
        };
        let public = "http://public.test/x.tif";
        for to in
            ["http://127.0.0.1/x", "http://169.254.169.254/latest", "http://[::1]/x", "http://inner.test/x"]
        {
            assert!(next(public, to).is_err_and(|why| why.contains("private network")), "{to}");
        }
        assert!(
            next("https://public.test/x", "http://public.test/y").is_err_and(|why| why.contains("secret"))
        );
        assert!(next(public, "ftp://public.test/y").is_err_and(|why| why.contains("no web address")));
        assert_eq!(next(public, "/y?z=1").as_deref(), Ok("http://public.test/y?z=1"));
        assert_eq!(next("http://inner.test/x", "http://127.0.0.1/y").as_deref(), Ok("http://127.0.0.1/y"));
    }
}
