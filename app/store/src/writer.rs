//! A thread that writes, so that the window never waits for the disk.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use project::{ResponseId, Seq};

use crate::{Commit, Store, StoreError};

/// Commits that may wait for the disk. A flush takes milliseconds and takes all that wait with it.
const QUEUE: usize = 1024;

enum Message {
    /// Entries that belong together: one transaction has all of them.
    Commits(Vec<Commit>),
    /// There is a draft in the slot, or the failure may be mended.
    Wake,
}

/// A draft to be kept; the inner `None` clears the one on disk.
type Draft = Option<Option<String>>;

#[derive(Debug, Default)]
struct Status {
    failure: Option<Arc<StoreError>>,
    retry: bool,
    draft: Draft,
    /// Kept answers that were used, and when.
    hits: Vec<(ResponseId, i64)>,
    ended: bool,
}

#[derive(Debug, Default)]
struct Shared {
    acked: AtomicU64,
    status: Mutex<Status>,
    changed: Condvar,
}

impl Shared {
    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Proof that a commit was taken; says when it is on disk.
#[derive(Clone, Debug)]
pub struct Ticket {
    seq: Seq,
    shared: Arc<Shared>,
}

impl Ticket {
    /// The entry's number.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// True once the entry would survive a power cut.
    pub fn is_saved(&self) -> bool {
        self.shared.acked.load(Ordering::Acquire) >= self.seq
    }
}

/// Writes commits on a thread of its own. What waits while the disk is busy shares the next flush.
#[derive(Debug)]
pub struct SessionWriter {
    queue: Option<SyncSender<Message>>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Store>>,
}

impl SessionWriter {
    /// Moves a store to a writer thread.
    pub fn start(store: Store) -> Result<Self, StoreError> {
        let path = store.path().to_path_buf();
        let shared = Arc::new(Shared::default());
        shared.acked.store(store.last_seq(), Ordering::Release);
        let (queue, messages) = sync_channel(QUEUE);
        let writes = Arc::clone(&shared);
        let thread = Builder::new().name("store-writer".to_owned()).spawn(move || {
            let mut writer = Writer { store, shared: writes, pending: Vec::new() };
            writer.run(&messages);
            writer.end()
        });
        let thread = thread.map_err(|e| StoreError::io("start a thread that writes", &path, e))?;
        Ok(Self { queue: Some(queue), shared, thread: Some(thread) })
    }

    /// Hands commits over without waiting, all or none; the ticket is for the last. Refused while earlier
    /// ones cannot be written.
    pub fn submit(&self, commits: Vec<Commit>) -> Result<Ticket, StoreError> {
        if let Some(failure) = self.failure() {
            return Err(StoreError::Stopped(failure.to_string()));
        }
        let seq = commits.last().map_or_else(|| self.acked(), Commit::seq);
        self.send(Message::Commits(commits)).map(|()| Ticket { seq, shared: Arc::clone(&self.shared) })
    }

    fn send(&self, message: Message) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or_else(|| StoreError::Stopped("the project is closed".into()))?;
        queue.try_send(message).map_err(|e| match e {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Stopped("the writer has ended".into()),
        })
    }

    /// Keeps a draft soon; only the latest counts.
    pub fn save_draft(&self, draft: Option<&str>) {
        self.shared.status().draft = Some(draft.map(str::to_owned));
        // A full queue wakes the writer just as well.
        let _ = self.send(Message::Wake);
    }

    /// Counts soon that a kept answer was used.
    pub fn count_hit(&self, response: ResponseId, at_ms: i64) {
        /// More that wait are not counted.
        const MOST: usize = 10_000;
        let mut status = self.shared.status();
        if status.hits.len() < MOST {
            status.hits.push((response, at_ms));
        }
        drop(status);
        // A full queue wakes the writer just as well.
        let _ = self.send(Message::Wake);
    }

    /// The number of the newest entry that would survive a power cut.
    pub fn acked(&self) -> Seq {
        self.shared.acked.load(Ordering::Acquire)
    }

    /// What keeps commits from being written; they wait in memory until [`SessionWriter::retry`].
    pub fn failure(&self) -> Option<Arc<StoreError>> {
        self.shared.status().failure.clone()
    }

    /// Tries again to write what waits, with the file opened anew.
    pub fn retry(&self) {
        self.shared.status().retry = true;
        let _ = self.send(Message::Wake);
    }

    /// Waits until an entry is on disk; false when that failed or took too long.
    pub fn wait_for(&self, seq: Seq, at_most: Duration) -> bool {
        let until = Instant::now() + at_most;
        let mut status = self.shared.status();
        loop {
            if self.acked() >= seq {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            let given_up = status.failure.is_some() && !status.retry;
            if given_up || status.ended || left.is_zero() {
                return false;
            }
            let waited = self.shared.changed.wait_timeout(status, left);
            status = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes what waits and hands the store back; with it the failure, where something could not be
    /// written.
    pub fn finish(mut self) -> Result<(Store, Option<Arc<StoreError>>), StoreError> {
        self.queue = None;
        let ended = || StoreError::Stopped("the writer ended by a bug".into());
        let store = self.thread.take().ok_or_else(ended)?.join().map_err(|_| ended())?;
        Ok((store, self.failure()))
    }
}

impl Drop for SessionWriter {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's side.
struct Writer {
    store: Store,
    shared: Arc<Shared>,
    /// Taken over but not on disk.
    pending: Vec<Commit>,
}

impl Writer {
    /// Until the other side hangs up: waits for something to do, then does all there is.
    fn run(&mut self, messages: &Receiver<Message>) {
        while let Ok(first) = messages.recv() {
            self.take(first);
            loop {
                // At most one queue's worth per flush, so that an acknowledgement is never put off for long.
                match messages.try_recv() {
                    Ok(message) if self.pending.len() < QUEUE => self.take(message),
                    Ok(message) => {
                        self.write();
                        self.take(message);
                    }
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            self.write();
        }
    }

    fn take(&mut self, message: Message) {
        if let Message::Commits(commits) = message {
            self.pending.extend(commits);
        }
    }

    fn write(&mut self) {
        let (draft, retry, failed, hits) = {
            let mut status = self.shared.status();
            let hits = std::mem::take(&mut status.hits);
            (status.draft.take(), status.retry, status.failure.is_some(), hits)
        };
        if failed && !retry {
            self.put_back(draft);
            return;
        }
        let written = if failed { self.reconnect() } else { Ok(()) };
        let written = written.and_then(|()| self.write_pending()).and_then(|()| match &draft {
            Some(draft) => self.store.save_draft(draft.as_deref()),
            None => Ok(()),
        });
        if written.is_err() {
            self.put_back(draft);
        } else {
            // Counters are no part of the project: one that cannot be written is no trouble.
            let _ = self.store.count_hits(&hits);
        }
        let mut status = self.shared.status();
        status.failure = written.err().map(Arc::new);
        // Only now: whoever waits for the retry must not give up while it is under way.
        status.retry = false;
        drop(status);
        self.shared.changed.notify_all();
    }

    /// A draft that was not written stays, unless a later one has come.
    fn put_back(&self, draft: Draft) {
        let mut status = self.shared.status();
        if status.draft.is_none() {
            status.draft = draft;
        }
    }

    fn write_pending(&mut self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let acked = self.store.write(&self.pending)?;
        self.pending.clear();
        self.ack(acked);
        Ok(())
    }

    fn reconnect(&mut self) -> Result<(), StoreError> {
        let done = self.store.reconnect(&self.pending)?;
        self.pending.drain(..done);
        self.ack(self.store.last_seq());
        Ok(())
    }

    fn ack(&self, seq: Seq) {
        // Under the lock, so that a waiter cannot miss it between its look and its sleep.
        let mut status = self.shared.status();
        status.failure = None;
        self.shared.acked.store(seq, Ordering::Release);
        self.shared.changed.notify_all();
    }

    fn end(mut self) -> Store {
        self.write();
        self.shared.status().ended = true;
        self.shared.changed.notify_all();
        self.store
    }
}
