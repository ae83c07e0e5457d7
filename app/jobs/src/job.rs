//! The caller's hold on one piece of work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::context::Control;
use crate::queue::{Shared, Task};
use crate::{JobContext, JobFailure, JobId, JobStatus};

enum Outcome<T> {
    Pending,
    Ready(Result<T, JobFailure>),
    Taken,
}

pub(crate) struct Slot<T> {
    outcome: Mutex<Outcome<T>>,
    ready: Condvar,
}

impl<T> Slot<T> {
    pub(crate) fn new() -> Self {
        Self { outcome: Mutex::new(Outcome::Pending), ready: Condvar::new() }
    }

    fn outcome(&self) -> MutexGuard<'_, Outcome<T>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, result: Result<T, JobFailure>) {
        *self.outcome() = Outcome::Ready(result);
        self.ready.notify_all();
    }
}

fn take<T>(outcome: &mut Outcome<T>) -> Option<Result<T, JobFailure>> {
    match std::mem::replace(outcome, Outcome::Taken) {
        Outcome::Pending => {
            *outcome = Outcome::Pending;
            None
        }
        Outcome::Ready(result) => Some(result),
        Outcome::Taken => Some(Err(JobFailure::Taken)),
    }
}

/// Work in progress and its result. Dropping it cancels the work.
#[must_use = "dropping a job cancels it"]
pub struct Job<T> {
    pub(crate) control: Arc<Control>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) slot: Arc<Slot<T>>,
}

impl<T> std::fmt::Debug for Job<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.control.id)
            .field("title", &self.control.title)
            .finish_non_exhaustive()
    }
}

impl<T> Job<T> {
    /// The result, once, when the work has ended; `None` before. Never waits.
    pub fn poll(&self) -> Option<Result<T, JobFailure>> {
        take(&mut self.slot.outcome())
    }

    /// Waits for the result. Not to be called from within another job: the thread may be the one needed.
    pub fn wait(self) -> Result<T, JobFailure> {
        let mut outcome = self.slot.outcome();
        loop {
            if let Some(result) = take(&mut outcome) {
                return result;
            }
            outcome = self.slot.ready.wait(outcome).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for the result at most this long; for a command line that draws progress meanwhile.
    pub fn wait_for(&self, time: Duration) -> Option<Result<T, JobFailure>> {
        let until = Instant::now() + time;
        let mut outcome = self.slot.outcome();
        loop {
            if let Some(result) = take(&mut outcome) {
                return Some(result);
            }
            let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            let waited = self.slot.ready.wait_timeout(outcome, left);
            outcome = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// True once a result or a failure is there (or was taken).
    pub fn is_finished(&self) -> bool {
        !matches!(*self.slot.outcome(), Outcome::Pending)
    }

    /// Asks the work to stop and keeps the handle, to see how it ends.
    pub fn cancel(&self) {
        if !self.is_finished() {
            self.shared.cancel(&self.control);
        }
    }

    pub fn id(&self) -> JobId {
        self.control.id
    }

    /// How far it is.
    pub fn status(&self) -> JobStatus {
        self.control.status()
    }

    /// What it warned about so far; still there when it has ended.
    pub fn warnings(&self) -> Vec<String> {
        self.control.warnings()
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.cancel();
    }
}

pub(crate) struct Work<T, F> {
    pub(crate) context: JobContext,
    pub(crate) slot: Arc<Slot<T>>,
    pub(crate) body: F,
}

impl<T, E, F> Task for Work<T, F>
where
    T: Send + 'static,
    E: Into<JobFailure>,
    F: FnOnce(&JobContext) -> Result<T, E> + Send + 'static,
{
    fn run(self: Box<Self>) {
        let Self { context, slot, body } = *self;
        let result = match catch_unwind(AssertUnwindSafe(|| body(&context).map_err(Into::into))) {
            Ok(Ok(value)) => Ok(value),
            // Whatever error type carried it up, an error after a cancel is the cancel.
            Ok(Err(_)) if context.is_cancelled() => Err(JobFailure::Cancelled),
            Ok(Err(failure)) => Err(failure),
            Err(panic) => Err(JobFailure::from_panic(&*panic)),
        };
        slot.put(result);
    }

    fn fail(self: Box<Self>, failure: JobFailure) {
        let Self { slot, body, .. } = *self;
        drop(body);
        slot.put(Err(failure));
    }
}
