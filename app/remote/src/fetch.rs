//! One request for a part of a file, and what its failure means.

use std::error::Error;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use object_store::client::{HttpError, HttpErrorKind};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use tokio::sync::Semaphore;

use crate::connection::{LAST_STATUS, Refusal};
use crate::error::RemoteError;

/// Slowest transfer that is waited for.
const LEAST_BYTES_PER_S: u64 = 8 << 10;

/// What a file is at one time, as its server tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) len: u64,
    pub(crate) e_tag: Option<String>,
    /// Milliseconds since 1970; `None` when the server does not say.
    pub(crate) modified_ms: Option<i64>,
}

impl State {
    fn of(meta: &ObjectMeta) -> Self {
        let modified = meta.last_modified.timestamp_millis();
        let e_tag = meta.e_tag.clone().filter(|tag| !tag.is_empty());
        Self { len: meta.size, e_tag, modified_ms: (modified != 0).then_some(modified) }
    }

    /// True when the server says enough to tell whether the file changed.
    pub(crate) fn can_be_checked(&self) -> bool {
        self.e_tag.is_some() || self.modified_ms.is_some()
    }

    /// The tag where it may be used to ask for parts of the very same file; weak ones may not.
    pub(crate) fn strong_tag(&self) -> Option<String> {
        self.e_tag.clone().filter(|tag| !tag.starts_with("W/"))
    }

    /// False when the other is surely not the same file. Servers behind one name may differ in what they tell, so
    /// that only what both tell counts.
    pub(crate) fn may_be(&self, other: &Self) -> bool {
        let differ = |a: bool, b: bool| a && b;
        let tags = differ(self.e_tag.is_some(), other.e_tag.is_some());
        let times = differ(self.modified_ms.is_some(), other.modified_ms.is_some());
        self.len == other.len
            && (!tags || self.e_tag == other.e_tag)
            && (tags || !times || self.modified_ms == other.modified_ms)
    }
}

/// How a file is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) path: Path,
    pub(crate) host: String,
    pub(crate) places: Arc<Semaphore>,
    /// How long a server may say nothing.
    pub(crate) silence: Duration,
    pub(crate) retries: usize,
    pub(crate) first_pause: Duration,
}

/// What a request is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) range: Option<Range<u64>>,
    /// Only if the file still has this tag.
    pub(crate) same_as: Option<String>,
    /// Only if the file has not this tag any more.
    pub(crate) other_than: Option<String>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Answer {
    Bytes(Vec<u8>, State),
    /// The file still has the tag.
    Same,
    /// The server sends no parts.
    NoRanges,
    /// The bucket is in another region.
    Region(String),
}

impl Way {
    /// Asks once, and again where the bytes broke off on the way.
    pub(crate) async fn ask(&self, ask: Ask, most: u64) -> Result<Answer, RemoteError> {
        let mut pause = self.first_pause;
        for left in (0..=self.retries).rev() {
            let answer = self.ask_once(ask.clone(), most).await;
            match answer {
                Err(RemoteError::Broken { .. }) if left > 0 => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(4));
                }
                answer => return answer,
            }
        }
        Err(self.broken("it breaks off again and again"))
    }

    async fn ask_once(&self, ask: Ask, most: u64) -> Result<Answer, RemoteError> {
        let _place = self.places.acquire().await.map_err(|_| RemoteError::Stopped)?;
        let wanted = ask.range.as_ref().map_or(most, |r| r.end - r.start);
        let options = GetOptions {
            range: ask.range.clone().map(GetRange::Bounded),
            if_match: ask.same_as,
            if_none_match: ask.other_than,
            ..GetOptions::default()
        };
        let longest = self.silence * 4 + Duration::from_secs(wanted / LEAST_BYTES_PER_S);
        let read = LAST_STATUS.scope(AtomicU16::new(0), async {
            match self.store.get_opts(&self.path, options).await {
                Ok(found) => self.collect(found, most).await,
                Err(error) => self.meaning(&error),
            }
        });
        tokio::time::timeout(longest, read)
            .await
            .unwrap_or(Err(RemoteError::TimedOut { host: self.host.clone() }))
    }

    /// Everything of an answer, no more than it announced and was asked for.
    async fn collect(&self, found: GetResult, most: u64) -> Result<Answer, RemoteError> {
        let state = State::of(&found.meta);
        let len = found.range.end.saturating_sub(found.range.start);
        if len > most {
            return Err(self.broken(&format!("{len} bytes were announced where {most} were asked for")));
        }
        let mut bytes = Vec::with_capacity(len as usize);
        let mut stream = found.into_stream();
        while let Some(piece) = stream.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => return self.meaning(&error),
            };
            if (bytes.len() + piece.len()) as u64 > len {
                return Err(self.broken("it is longer than announced"));
            }
            bytes.extend_from_slice(&piece);
        }
        if bytes.len() as u64 != len {
            return Err(self.broken(&format!("it ends after {} of {len} bytes", bytes.len())));
        }
        Ok(Answer::Bytes(bytes, state))
    }

    /// How long the whole file is.
    pub(crate) async fn state(&self) -> Result<State, RemoteError> {
        let _place = self.places.acquire().await.map_err(|_| RemoteError::Stopped)?;
        let read = LAST_STATUS.scope(AtomicU16::new(0), async {
            match self.store.head(&self.path).await {
                Ok(meta) => Ok(State::of(&meta)),
                Err(error) => {
                    self.meaning(&error).and(Err(self.broken("it does not say how long the file is")))
                }
            }
        });
        tokio::time::timeout(self.silence * 4, read)
            .await
            .unwrap_or(Err(RemoteError::TimedOut { host: self.host.clone() }))
    }

    pub(crate) fn broken(&self, reason: &str) -> RemoteError {
        RemoteError::Broken { host: self.host.clone(), reason: reason.to_owned() }
    }

    /// What an error of the store is about.
    fn meaning(&self, error: &object_store::Error) -> Result<Answer, RemoteError> {
        let host = self.host.clone();
        if let Some(refusal) = cause::<Refusal>(error) {
            return match refusal.clone() {
                Refusal::NoRanges => Ok(Answer::NoRanges),
                Refusal::Region(region) => Ok(Answer::Region(region)),
                Refusal::Redirect { to, reason } => Err(RemoteError::Redirected { host, to, reason }),
            };
        }
        match error {
            object_store::Error::NotFound { .. } => return Err(RemoteError::NotFound { host }),
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                return Err(RemoteError::Denied { host });
            }
            object_store::Error::Precondition { .. } => return Err(RemoteError::Changed { host }),
            object_store::Error::NotModified { .. } => return Ok(Answer::Same),
            _ => {}
        }
        let status = LAST_STATUS.try_with(|last| last.load(Ordering::Relaxed)).unwrap_or(0);
        let kind = cause::<HttpError>(error).map(HttpError::kind);
        if status >= 400 && kind.is_none() {
            return Err(match status {
                404 | 410 => RemoteError::NotFound { host },
                401 | 403 | 407 => RemoteError::Denied { host },
                416 => RemoteError::Empty { host },
                status => RemoteError::Server { host, status },
            });
        }
        Err(match kind {
            Some(HttpErrorKind::Timeout) => RemoteError::TimedOut { host },
            Some(HttpErrorKind::Connect) => RemoteError::NoRoute { host, reason: last_cause(error) },
            _ => self.broken(&last_cause(error)),
        })
    }
}

/// The first of an error's causes that is of a type.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(this) = next {
        if let Some(found) = this.downcast_ref::<T>() {
            return Some(found);
        }
        next = this.source();
    }
    None
}

/// What the innermost cause says: no address stands in it.
fn last_cause(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    let said = last.to_string();
    said.chars().take(200).collect()
}
