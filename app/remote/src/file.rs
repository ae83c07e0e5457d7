//! An open file on a server: any part of it, from memory, from the disk, or from the server.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use futures_util::future::try_join_all;
use lru::LruCache;

use crate::address::{Address, Kind};
use crate::disk::{BLOCK, Kept, identity};
use crate::error::RemoteError;
use crate::fetch::{Answer, Ask, State, Way};
use crate::store::Remote;
use crate::threads::{ASK_EVERY, wait};
use crate::wanted::is_wanted;

/// What is asked for first: the header of nearly every image.
const HEAD_BYTES: u64 = 4 * BLOCK;
/// Blocks between two that are wanted which are fetched along: they cost less than another request.
const SMALL_GAP: u64 = 2;
/// The most blocks of one request.
const MOST_BLOCKS: u64 = (2 << 20) / BLOCK;
/// The most bytes that are fetched ahead at once.
const MOST_AHEAD: u64 = 32 << 20;
/// The least bytes of a file that are kept in memory.
const LEAST_MEMORY: u64 = 64 * BLOCK;

/// An open file on a server, in the state that it had when it was opened. Cloning shares it; reading is safe from
/// many threads at once, and what two of them need is fetched once.
#[derive(Clone, Debug)]
pub struct RemoteFile {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    address: Address,
    way: Way,
    state: State,
    /// The server sends no parts: it was downloaded whole.
    is_whole: bool,
    memory: Mutex<LruCache<u64, Arc<[u8]>>>,
    kept: Option<Kept>,
    /// Blocks that some thread is fetching.
    coming: Mutex<HashSet<u64>>,
    came: Condvar,
    /// Set once the file is found to be another one.
    changed: OnceLock<RemoteError>,
    most_whole: u64,
}

/// Files that are open, by address.
fn open_files() -> MutexGuard<'static, HashMap<String, Weak<Inner>>> {
    static OPEN: OnceLock<Mutex<HashMap<String, Weak<Inner>>>> = OnceLock::new();
    OPEN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

impl Remote {
    /// Opens a file: asks the server for its first bytes and its state. A file that is kept here already is only
    /// asked whether it is still the same.
    pub fn open(&self, address: &Address) -> Result<RemoteFile, RemoteError> {
        let mut region = None;
        let (way, answer, seen) = loop {
            let way = self.way(address, region.as_deref())?;
            let seen = self.inner.settings.cache.as_ref().and_then(|cache| cache.last_state(address));
            match first_answer(&way, seen.as_ref())? {
                Answer::Region(found) if region.is_none() => region = Some(found),
                Answer::Region(_) => return Err(way.broken("its region is never the right one")),
                answer => break (way, answer, seen),
            }
        };
        match answer {
            Answer::Bytes(bytes, state) => {
                let file = self.made(address, way, state, false);
                file.take_in(0, &bytes);
                Ok(file)
            }
            Answer::Same => {
                let state = seen.ok_or_else(|| way.broken("it says “the same” to a first question"))?;
                Ok(self.made(address, way, state, false))
            }
            Answer::NoRanges => self.downloaded(address, way),
            Answer::Region(_) => Err(way.broken("its region is never the right one")),
        }
    }

    /// The same for an address that a file of somebody else's names: refused where it leads into a private network.
    pub fn open_public(&self, address: &Address) -> Result<RemoteFile, RemoteError> {
        if self.is_private(address)? {
            return Err(RemoteError::Private { host: address.host() });
        }
        self.open(address)
    }

    fn is_private(&self, address: &Address) -> Result<bool, RemoteError> {
        if address.kind != Kind::Http {
            return Ok(false);
        }
        let (connection, url) = (self.connection()?, address.url.clone());
        wait(async move { Ok(connection.is_private(&url).await) })
    }

    fn way(&self, address: &Address, region: Option<&str>) -> Result<Way, RemoteError> {
        let (store, path) = self.store(address, region)?;
        let settings = &self.inner.settings;
        Ok(Way {
            store,
            path,
            host: address.host(),
            places: Arc::clone(&self.inner.places),
            silence: settings.silence_timeout,
            retries: settings.retries,
            first_pause: settings.first_pause,
        })
    }

    fn made(&self, address: &Address, way: Way, state: State, is_whole: bool) -> RemoteFile {
        let settings = &self.inner.settings;
        let cache = settings.cache.as_ref();
        let name = identity(address, &state);
        if let Some(inner) = open_files().get(address.as_str()).and_then(Weak::upgrade)
            && inner.state.can_be_checked()
            && identity(address, &inner.state) == name
        {
            return RemoteFile { inner };
        }
        let kept = cache.and_then(|cache| cache.open(address, &state));
        if let Some(cache) = cache.filter(|_| kept.is_some()) {
            cache.remember(address, &state);
        }
        let whole = if is_whole && kept.is_none() { state.len } else { 0 };
        let bytes = settings.memory_bytes.max(LEAST_MEMORY).max(whole);
        let blocks = NonZeroUsize::new(bytes.div_ceil(BLOCK) as usize).unwrap_or(NonZeroUsize::MIN);
        let inner = Arc::new(Inner {
            address: address.clone(),
            way,
            state,
            is_whole,
            memory: Mutex::new(LruCache::new(blocks)),
            kept,
            coming: Mutex::default(),
            came: Condvar::new(),
            changed: OnceLock::new(),
            most_whole: settings.download_budget,
        });
        let mut open = open_files();
        open.retain(|_, file| file.strong_count() > 0);
        open.insert(address.as_str().to_owned(), Arc::downgrade(&inner));
        drop(open);
        RemoteFile { inner }
    }

    /// Takes the whole file from a server that sends no parts, where that is granted.
    fn downloaded(&self, address: &Address, way: Way) -> Result<RemoteFile, RemoteError> {
        let most = self.inner.settings.download_budget;
        let asked = way.clone();
        let state = wait(async move { asked.state().await })?;
        if state.len > most {
            return Err(RemoteError::NoRanges {
                host: way.host,
                whole: format!("the file has {} MB,", state.len >> 20),
                granted_mb: most >> 20,
            });
        }
        if state.len == 0 {
            return Err(RemoteError::Empty { host: way.host });
        }
        let file = self.made(address, way, state, true);
        if file.inner.find(0).is_none() {
            file.download()?;
        }
        Ok(file)
    }
}

/// Asks for the head of a file, or whether it is still the one that was seen.
fn first_answer(way: &Way, seen: Option<&State>) -> Result<Answer, RemoteError> {
    let ask = Ask {
        range: Some(0..HEAD_BYTES),
        same_as: None,
        other_than: seen.and_then(|state| state.e_tag.clone()),
    };
    let way = way.clone();
    wait(async move { way.ask(ask, HEAD_BYTES).await })
}

impl RemoteFile {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.inner.state.len
    }

    /// Never: an empty file is not opened.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where it was opened from.
    pub fn address(&self) -> &Address {
        &self.inner.address
    }

    /// Names this state of this file: another for each change on the server, as far as it tells.
    pub fn identity(&self) -> String {
        identity(&self.inner.address, &self.inner.state)
    }

    /// The same of a file that is open somewhere in this process. Asks no server.
    pub fn identity_of_open(address: &Address) -> Option<String> {
        let file = open_files().get(address.as_str()).and_then(Weak::upgrade)?;
        Some(identity(address, &file.state))
    }

    /// Fills a buffer from an offset.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), RemoteError> {
        let end = offset.checked_add(buffer.len() as u64).filter(|end| *end <= self.len());
        let Some(end) = end else { return Err(self.inner.way.broken("more is wanted than the file has")) };
        if buffer.is_empty() {
            return Ok(());
        }
        let blocks = self.blocks(offset / BLOCK..end.div_ceil(BLOCK))?;
        for (block, bytes) in blocks {
            let start = block * BLOCK;
            let (from, to) = (offset.max(start), end.min(start + bytes.len() as u64));
            if from < to {
                let part = &bytes[(from - start) as usize..(to - start) as usize];
                buffer[(from - offset) as usize..(to - offset) as usize].copy_from_slice(part);
            }
        }
        Ok(())
    }

    /// Fetches what several reads to come will need, in as few requests as that takes, side by side. What goes
    /// wrong is said by the reads.
    pub fn prefetch(&self, ranges: &[Range<u64>]) {
        let mut wanted = HashSet::new();
        let room = self.inner.memory().cap().get() as u64 * BLOCK / 2;
        let most = if self.inner.kept.is_some() { MOST_AHEAD } else { room };
        for range in ranges {
            let end = range.end.min(self.len());
            let blocks = range.start / BLOCK..end.div_ceil(BLOCK);
            if range.start < end && (wanted.len() as u64 + (blocks.end - blocks.start)) * BLOCK <= most {
                wanted.extend(blocks);
            }
        }
        let mut wanted: Vec<u64> =
            wanted.into_iter().filter(|block| self.inner.find(*block).is_none()).collect();
        wanted.sort_unstable();
        if wanted.is_empty() {
            return;
        }
        let claim = Claim::new(&self.inner, wanted);
        if claim.mine.is_empty() {
            return;
        }
        if let Err(error) = self.fetch(&claim.mine).map(drop) {
            log::debug!("{}: {error}", self.inner.way.host);
        }
    }

    /// Some blocks, wherever they are.
    fn blocks(&self, range: Range<u64>) -> Result<BTreeMap<u64, Arc<[u8]>>, RemoteError> {
        let mut found = BTreeMap::new();
        loop {
            let mut missing = Vec::new();
            for block in range.clone().filter(|b| !found.contains_key(b)).collect::<Vec<_>>() {
                match self.inner.find(block) {
                    Some(bytes) => drop(found.insert(block, bytes)),
                    None => missing.push(block),
                }
            }
            if missing.is_empty() {
                return Ok(found);
            }
            if let Some(changed) = self.inner.changed.get() {
                return Err(changed.clone());
            }
            if !is_wanted() {
                return Err(RemoteError::Stopped);
            }
            let claim = Claim::new(&self.inner, missing);
            if claim.mine.is_empty() && claim.waits {
                claim.wait();
            } else if !claim.mine.is_empty() {
                found.extend(self.fetch(&claim.mine)?);
            }
        }
    }

    /// Fetches blocks from the server; more than were asked for may come.
    fn fetch(&self, blocks: &[u64]) -> Result<BTreeMap<u64, Arc<[u8]>>, RemoteError> {
        if self.inner.is_whole {
            return self.download();
        }
        let runs = runs(blocks);
        let (way, state) = (self.inner.way.clone(), self.inner.state.clone());
        let len = self.len();
        let asked = runs.clone();
        let answers = wait(async move {
            let ask = |run: Range<u64>| {
                let bytes = run.start * BLOCK..(run.end * BLOCK).min(len);
                let most = bytes.end - bytes.start;
                way.ask(Ask { range: Some(bytes), same_as: state.strong_tag(), other_than: None }, most)
            };
            try_join_all(asked.into_iter().map(ask)).await
        });
        let answers = answers.inspect_err(|error| self.notice(error))?;
        let mut found = BTreeMap::new();
        for (run, answer) in runs.into_iter().zip(answers) {
            let Answer::Bytes(bytes, state) = answer else {
                return Err(self.inner.way.broken("it sends no parts any more"));
            };
            if !self.inner.state.may_be(&state) {
                let changed = RemoteError::Changed { host: self.inner.way.host.clone() };
                self.notice(&changed);
                return Err(changed);
            }
            found.extend(self.take_in(run.start, &bytes));
        }
        Ok(found)
    }

    fn notice(&self, error: &RemoteError) {
        if matches!(error, RemoteError::Changed { .. }) {
            // The first to notice has said it.
            let _ = self.inner.changed.set(error.clone());
        }
    }

    /// The whole file at once.
    fn download(&self) -> Result<BTreeMap<u64, Arc<[u8]>>, RemoteError> {
        let way = self.inner.way.clone();
        let most = self.len().min(self.inner.most_whole);
        match wait(async move { way.ask(Ask::default(), most).await })? {
            Answer::Bytes(bytes, state) if self.inner.state.may_be(&state) => Ok(self.take_in(0, &bytes)),
            Answer::Bytes(..) => {
                let changed = RemoteError::Changed { host: self.inner.way.host.clone() };
                self.notice(&changed);
                Err(changed)
            }
            _ => Err(self.inner.way.broken("it does not send the file")),
        }
    }

    /// Keeps bytes that begin with a block.
    fn take_in(&self, first: u64, bytes: &[u8]) -> BTreeMap<u64, Arc<[u8]>> {
        let mut found = BTreeMap::new();
        for (i, part) in bytes.chunks(BLOCK as usize).enumerate() {
            let block = first + i as u64;
            // Only the end of the file may be shorter than a block.
            if (part.len() as u64) < BLOCK && block * BLOCK + (part.len() as u64) < self.len() {
                break;
            }
            if let Some(kept) = &self.inner.kept {
                kept.put(block, part);
            }
            let part: Arc<[u8]> = part.into();
            self.inner.memory().put(block, Arc::clone(&part));
            found.insert(block, part);
        }
        found
    }
}

impl Inner {
    fn memory(&self) -> MutexGuard<'_, LruCache<u64, Arc<[u8]>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block that is here already.
    fn find(&self, block: u64) -> Option<Arc<[u8]>> {
        if let Some(bytes) = self.memory().get(&block) {
            return Some(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> = self.kept.as_ref()?.get(block)?.into();
        self.memory().put(block, Arc::clone(&bytes));
        Some(bytes)
    }

    fn coming(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Blocks that this thread fetches while others wait for them.
struct Claim<'a> {
    file: &'a Inner,
    mine: Vec<u64>,
    /// Somebody else fetches some of what is wanted.
    waits: bool,
}

impl<'a> Claim<'a> {
    /// Those that nobody fetches yet.
    fn new(file: &'a Inner, blocks: Vec<u64>) -> Self {
        let mut coming = file.coming();
        // What came since it was looked for is not fetched again.
        let missing: Vec<u64> = {
            let memory = file.memory();
            blocks.into_iter().filter(|block| !memory.contains(block)).collect()
        };
        let wanted = missing.len();
        let mine: Vec<u64> = missing.into_iter().filter(|block| coming.insert(*block)).collect();
        drop(coming);
        let waits = mine.len() < wanted;
        Self { file, mine, waits }
    }

    /// Waits a moment for what others fetch.
    fn wait(&self) {
        let coming = self.file.coming();
        drop(self.file.came.wait_timeout(coming, ASK_EVERY).unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut coming = self.file.coming();
        coming.retain(|block| self.mine.binary_search(block).is_err());
        drop(coming);
        self.file.came.notify_all();
    }
}

/// Blocks in rising order as requests: neighbours, and what lies nearly beside, together.
fn runs(blocks: &[u64]) -> Vec<Range<u64>> {
    let mut runs: Vec<Range<u64>> = Vec::new();
    for block in blocks {
        match runs.last_mut() {
            Some(run) if *block <= run.end + SMALL_GAP && block + 1 - run.start <= MOST_BLOCKS => {
                run.end = block + 1;
            }
            _ => runs.push(*block..block + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_asked_for_together_and_long_runs_in_parts() {
        assert_eq!(runs(&[3, 4, 5]), std::iter::once(3..6).collect::<Vec<_>>());
        assert_eq!(runs(&[0, 3, 10]), [0..4, 10..11]);
        let long: Vec<u64> = (0..300).collect();
        assert_eq!(runs(&long), [0..128, 128..256, 256..300]);
        assert!(runs(&[]).is_empty());
    }
}
