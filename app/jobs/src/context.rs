//! What a job sees of the outside, and what the outside sees of a job.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::queue::Shared;
use crate::{Cancelled, JobId, Priority};

/// Warnings kept per job; later ones are only counted.
const WARNINGS_KEPT: usize = 100;
/// Progress wakes the window at most this often.
const PROGRESS_EVERY: Duration = Duration::from_millis(80);

/// The part of a job that its thread, its owner and the jobs panel share.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) id: JobId,
    pub(crate) title: String,
    pub(crate) priority: Priority,
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    started: Option<Instant>,
    announced: Option<Instant>,
    warnings: Vec<String>,
    unkept: usize,
}

impl Control {
    pub(crate) fn new(id: JobId, title: String, priority: Priority) -> Self {
        Self {
            id,
            title,
            priority,
            cancelled: AtomicBool::new(false),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            notes: Mutex::default(),
        }
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    pub(crate) fn start(&self) {
        self.notes().started = Some(Instant::now());
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let notes = self.notes();
        let mut warnings = notes.warnings.clone();
        if notes.unkept > 0 {
            warnings.push(format!("and {} more", notes.unkept));
        }
        warnings
    }

    pub(crate) fn status(&self) -> JobStatus {
        let started = self.notes().started;
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        let elapsed_s = started.map(|at| at.elapsed().as_secs_f64());
        let rate = elapsed_s.filter(|s| *s > 0.0 && done > 0).map(|s| done as f64 / s);
        let remaining_s = rate.filter(|_| total > 0).map(|r| total.saturating_sub(done) as f64 / r);
        JobStatus {
            id: self.id,
            title: self.title.clone(),
            priority: self.priority,
            started,
            done,
            total,
            rate,
            remaining_s,
            warnings: self.warnings(),
            cancelled: self.is_cancelled(),
        }
    }
}

/// One line of the jobs panel.
#[derive(Clone, Debug)]
pub struct JobStatus {
    pub id: JobId,
    pub title: String,
    pub priority: Priority,
    /// `None` while it waits in the queue.
    pub started: Option<Instant>,
    /// Steps done, in the job's own unit.
    pub done: u64,
    /// Steps in all; 0 while unknown.
    pub total: u64,
    /// Steps per second since it started; `None` before the first.
    pub rate: Option<f64>,
    /// Seconds to go at this rate; `None` while unknown.
    pub remaining_s: Option<f64>,
    /// What it wants the user to know, in order; at most a hundred and a count of the rest.
    pub warnings: Vec<String>,
    /// It was asked to stop and has not stopped yet.
    pub cancelled: bool,
}

impl JobStatus {
    /// Share done, 0 to 1; `None` while the total is unknown.
    pub fn share(&self) -> Option<f64> {
        (self.total > 0).then(|| (self.done as f64 / self.total as f64).min(1.0))
    }
}

/// What a job sees: whether it is still wanted, and where to say how far it is.
#[derive(Clone, Debug)]
pub struct JobContext {
    control: Arc<Control>,
    shared: Arc<Shared>,
}

impl JobContext {
    pub(crate) fn new(control: Arc<Control>, shared: Arc<Shared>) -> Self {
        Self { control, shared }
    }

    /// Says how far the work is, in a unit of its own; `total` 0 = unknown.
    pub fn progress(&self, done: u64, total: u64) {
        self.control.total.store(total, Ordering::Relaxed);
        self.control.done.store(done, Ordering::Relaxed);
        let now = Instant::now();
        let mut notes = self.control.notes();
        let due = notes.announced.is_none_or(|at| now - at >= PROGRESS_EVERY);
        if due {
            notes.announced = Some(now);
        }
        drop(notes);
        if due {
            self.shared.changed();
        }
    }

    /// Stops the job by `?` when nobody wants it any more; call it between steps of a few milliseconds.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// The same as a question, for libraries that take a callback.
    pub fn is_cancelled(&self) -> bool {
        self.control.is_cancelled()
    }

    /// Adds something the user should know about a job that goes on.
    pub fn warn(&self, text: impl Into<String>) {
        let mut notes = self.control.notes();
        if notes.warnings.len() < WARNINGS_KEPT {
            notes.warnings.push(text.into());
        } else {
            notes.unkept += 1;
        }
    }

    /// Which job this is.
    pub fn id(&self) -> JobId {
        self.control.id
    }
}
