//! What a service answered, kept as it came: the evidence of questions.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read as _, Write as _};
use std::str::FromStr;
use std::sync::Arc;

use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use imbl::{HashMap, OrdMap};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{EditError, Project, ResponseId};

/// Bytes of the longest body that is kept.
pub const LONGEST_BODY: usize = 32 << 20;
/// Bytes of the longest request that is kept.
pub const LONGEST_REQUEST: usize = 1 << 20;
/// Bytes of provider, tool, terms and headers, each.
const LONGEST_WORD: usize = 4 << 10;
const MOST_HEADERS: usize = 64;

/// SHA-256 of a canonical request: the same question asked again has the same key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey([u8; 32]);

impl RequestKey {
    /// The key of a canonical request.
    pub fn of(request: &str) -> Self {
        Self(Sha256::digest(request.as_bytes()).into())
    }
}

impl fmt::Display for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestKey({self})")
    }
}

/// The text is no 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key of a request is 64 hexadecimal digits")]
pub struct NoKey;

impl FromStr for RequestKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let mut key = [0; 32];
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NoKey);
        }
        for (place, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| NoKey)?;
        }
        Ok(Self(key))
    }
}

/// A body as it came, compressed; cloning shares it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Bytes before compression.
    bytes: u64,
    /// Of the bytes before compression, in hexadecimal digits.
    sha256: String,
    /// zlib.
    #[serde(with = "as_base64")]
    packed: Arc<[u8]>,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes, {})", self.bytes, self.sha256)
    }
}

impl Body {
    /// Compresses a body; refused when it is longer than [`LONGEST_BODY`].
    pub fn pack(raw: &[u8]) -> Result<Self, EditError> {
        if raw.len() > LONGEST_BODY {
            return Err(EditError::Invalid(format!(
                "A response of {} MB is longer than the {} MB that are kept",
                raw.len() >> 20,
                LONGEST_BODY >> 20
            )));
        }
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        let packed = encoder.write_all(raw).and_then(|()| encoder.finish());
        let packed =
            packed.map_err(|e| EditError::Invalid(format!("A response cannot be compressed: {e}")))?;
        Ok(Self { bytes: raw.len() as u64, sha256: hex(raw), packed: packed.into() })
    }

    /// A body as a file has it: its length and the SHA-256 of what it unpacks to, and zlib. Nothing of it is believed
    /// until [`Body::unpack`].
    pub fn as_packed(bytes: u64, sha256: &str, packed: &[u8]) -> Self {
        Self { bytes, sha256: sha256.to_owned(), packed: packed.into() }
    }

    /// The body as it came. An error when it is not what its length and hash say, found in bounded time and memory
    /// whatever a file claims.
    pub fn unpack(&self) -> Result<Vec<u8>, EditError> {
        let fault = |what: &str| EditError::Invalid(format!("The body of a response {what}"));
        if self.bytes > LONGEST_BODY as u64 {
            return Err(fault("claims to be longer than any that is kept"));
        }
        let mut raw = Vec::new();
        let mut reader = ZlibDecoder::new(&*self.packed).take(self.bytes + 1);
        reader.read_to_end(&mut raw).map_err(|_| fault("cannot be unpacked"))?;
        if raw.len() as u64 != self.bytes {
            return Err(fault("has another length than it claims"));
        }
        if hex(&raw) != self.sha256 {
            return Err(fault("is not what its SHA-256 says"));
        }
        Ok(raw)
    }

    /// Bytes before compression.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// SHA-256 of the bytes before compression, in hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The compressed bytes (zlib).
    pub fn packed(&self) -> &[u8] {
        &self.packed
    }
}

fn hex(bytes: &[u8]) -> String {
    RequestKey(Sha256::digest(bytes).into()).to_string()
}

mod as_base64 {
    use super::{Arc, STANDARD};
    use base64::Engine as _;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Arc<[u8]>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<[u8]>, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        STANDARD.decode(text.as_bytes()).map(Into::into).map_err(D::Error::custom)
    }
}

/// One answer of one service to one request, as it came. A fact: never changed or undone; asked again, both are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    pub id: ResponseId,
    /// Who answered: the name of a map service or of a model's endpoint.
    pub provider: String,
    /// What was asked for: `text-search`, `route`, `chat`, …
    pub tool: String,
    /// The canonical request: sorted, secrets as `key:NAME`, no time. Its SHA-256 is the key.
    pub request: String,
    /// HTTP status; 200 for what this program answered itself.
    pub status: u16,
    /// Headers of the answer that matter for reading it, by lower-case name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    pub body: Body,
    /// From the first byte sent to the last received.
    pub latency_ms: u32,
    /// When it came: Unix milliseconds.
    pub fetched_at_ms: i64,
    /// What the provider demands of whoever keeps or shows it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub terms: String,
}

impl Response {
    pub fn key(&self) -> RequestKey {
        RequestKey::of(&self.request)
    }

    /// True when the service did what was asked; anything else is kept, but is no evidence.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn fault(&self) -> Option<String> {
        let words = [("provider", &self.provider), ("tool", &self.tool)];
        if let Some((what, _)) = words.iter().find(|(_, word)| word.trim().is_empty()) {
            return Some(format!("A response names its {what}"));
        }
        let mut texts = words.into_iter().map(|(_, word)| word).chain([&self.terms]);
        let headers = self.headers.iter().flat_map(|(name, value)| [name, value]);
        if texts.any(|text| text.len() > LONGEST_WORD)
            || self.headers.len() > MOST_HEADERS
            || headers.map(String::len).any(|len| len > LONGEST_WORD)
        {
            return Some("A response has names, terms or headers that are too long to be kept".into());
        }
        if self.request.is_empty() || self.request.len() > LONGEST_REQUEST {
            return Some(format!("A request that is kept has 1 to {LONGEST_REQUEST} bytes"));
        }
        if !(100..1000).contains(&self.status) {
            return Some(format!("{} is no HTTP status", self.status));
        }
        let longest = LONGEST_BODY as u64;
        if self.body.bytes > longest || self.body.packed.len() as u64 > longest + (longest >> 8) {
            return Some(format!("A body that is kept has at most {longest} bytes"));
        }
        None
    }
}

/// The responses of a project.
#[derive(Clone, Debug, Default)]
pub(crate) struct Responses {
    all: OrdMap<ResponseId, Arc<Response>>,
    /// In the order in which they came.
    by_key: HashMap<RequestKey, Arc<Vec<ResponseId>>>,
}

impl PartialEq for Responses {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Project {
    /// Every response, in the order in which their identities were handed out.
    pub fn responses(&self) -> &OrdMap<ResponseId, Arc<Response>> {
        &self.responses.all
    }

    pub fn response(&self, id: ResponseId) -> Option<&Arc<Response>> {
        self.responses.all.get(&id)
    }

    /// Every response to a request, oldest first.
    pub fn responses_to(&self, key: RequestKey) -> impl DoubleEndedIterator<Item = &Arc<Response>> {
        let ids = self.responses.by_key.get(&key).map_or(&[][..], |ids| ids.as_slice());
        ids.iter().filter_map(|id| self.responses.all.get(id))
    }

    /// The newest response to a request that did what was asked.
    pub fn answer_to(&self, key: RequestKey) -> Option<&Arc<Response>> {
        self.responses_to(key).rev().find(|response| response.is_success())
    }

    /// Adds a response. Responses are facts, as votes are: never changed or undone.
    pub fn record_response(&mut self, response: impl Into<Arc<Response>>) -> Result<(), EditError> {
        let response = response.into();
        if self.responses.all.contains_key(&response.id) {
            return Err(EditError::Exists { what: format!("Response {}", response.id) });
        }
        if let Some(fault) = response.fault() {
            return Err(EditError::Invalid(fault));
        }
        let ids = self.responses.by_key.entry(response.key()).or_default();
        Arc::make_mut(ids).push(response.id);
        self.responses.all.insert(response.id, response);
        Ok(())
    }

    /// The responses that another project lacks, which has no other ones: each with its place among those to the same
    /// request, those of one request in order.
    pub(crate) fn responses_beyond(&self, other: &Self) -> impl Iterator<Item = (u64, Arc<Response>)> {
        let all = self.responses.by_key.values().flat_map(|ids| ids.iter().enumerate());
        let new = all.filter(|(_, id)| !other.responses.all.contains_key(*id));
        let mut found: Vec<_> = new
            .filter_map(|(place, id)| Some((place as u64, Arc::clone(self.responses.all.get(id)?))))
            .collect();
        found.sort_by_key(|(place, one)| (*place, one.id));
        found.into_iter()
    }

    /// Puts responses where they belong among those to the same request, the foremost first.
    pub(crate) fn insert_responses(&mut self, new: Vec<(u64, Arc<Response>)>) -> Result<(), EditError> {
        for (place, response) in new {
            let (id, key) = (response.id, response.key());
            self.record_response(response)?;
            let Some(ids) = self.responses.by_key.get_mut(&key) else { continue };
            let ids = Arc::make_mut(ids);
            ids.pop();
            if place > ids.len() as u64 {
                return Err(EditError::Invalid("A response has a place beyond the last".into()));
            }
            ids.insert(place as usize, id);
        }
        Ok(())
    }

    /// Takes out the newest response, which never reached the disk.
    pub(crate) fn forget_response(&mut self, id: ResponseId) {
        let Some(response) = self.responses.all.remove(&id) else { return };
        let key = response.key();
        let Some(ids) = self.responses.by_key.get_mut(&key) else { return };
        let ids = Arc::make_mut(ids);
        ids.retain(|other| *other != id);
        if ids.is_empty() {
            self.responses.by_key.remove(&key);
        }
    }
}

/// What is wrong with the responses of a project, one sentence each.
pub(crate) fn violations(project: &Project) -> Vec<String> {
    let mut found = Vec::new();
    for (id, response) in project.responses() {
        found.extend(response.fault().map(|fault| format!("Response {id}: {fault}")));
        found.extend(response.body.unpack().err().map(|fault| format!("Response {id}: {fault}")));
        if !project.responses_to(response.key()).any(|held| held.id == *id) {
            found.push(format!("Response {id} is not listed under its request"));
        }
    }
    let listed: usize = project.responses.by_key.values().map(|ids| ids.len()).sum();
    if listed != project.responses().len() {
        found.push(format!("{listed} responses are listed of {}", project.responses().len()));
    }
    found
}
