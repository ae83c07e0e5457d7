//! The threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use thread_priority::{ThreadPriority, set_current_thread_priority};

use crate::context::Control;
use crate::job::{Slot, Work};
use crate::queue::{Shared, Task};
use crate::{Job, JobContext, JobFailure, JobId, JobStatus, Priority};

/// Jobs of one priority that may wait at the same time, unless said otherwise.
const CAPACITY: usize = 1024;

/// Owns the threads that jobs run on. Dropping it cancels everything and waits for what runs to notice.
#[derive(Debug)]
pub struct Jobs {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// Threads of jobs that run alone.
    alone: Mutex<Vec<JoinHandle<()>>>,
    next_id: AtomicU64,
}

impl Jobs {
    /// Starts this many threads (at least one). Three or more keep one free for what is visible and one for
    /// what somebody waits for.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        Self::with_capacity(threads, CAPACITY)
    }

    /// The same with another bound on how many jobs of each priority may wait.
    pub fn with_capacity(threads: usize, capacity: usize) -> std::io::Result<Self> {
        let threads = threads.max(1);
        let mut jobs = Self {
            shared: Arc::new(Shared::new(threads, capacity)),
            threads: Vec::new(),
            alone: Mutex::default(),
            next_id: AtomicU64::new(1),
        };
        for n in 1..=threads {
            let shared = jobs.shared.clone();
            jobs.threads.push(thread::Builder::new().name(format!("job {n}")).spawn(move || shared.work())?);
        }
        Ok(jobs)
    }

    /// Queues work. Dropping the returned job cancels it.
    pub fn spawn<T, E, F>(&self, priority: Priority, title: impl Into<String>, body: F) -> Job<T>
    where
        T: Send + 'static,
        E: Into<JobFailure> + 'static,
        F: FnOnce(&JobContext) -> Result<T, E> + Send + 'static,
    {
        let (job, work) = self.make(priority, title.into(), body);
        self.shared.push(job.control.clone(), Box::new(work));
        job
    }

    /// Starts work at once on a thread of its own, which gives way to every other thread of the machine: for what takes
    /// minutes or hours and must keep neither the window nor other jobs waiting, such as teaching a network.
    pub fn spawn_alone<T, E, F>(&self, title: impl Into<String>, body: F) -> Job<T>
    where
        T: Send + 'static,
        E: Into<JobFailure> + 'static,
        F: FnOnce(&JobContext) -> Result<T, E> + Send + 'static,
    {
        let (job, work) = self.make(Priority::Background, title.into(), body);
        let (shared, control) = (self.shared.clone(), job.control.clone());
        self.shared.list_alone(control.clone());
        let task: Box<dyn Task> = Box::new(work);
        let run = move || {
            // Where the system does not let it, it competes like any other thread.
            let _ = set_current_thread_priority(ThreadPriority::Min);
            shared.work_alone(&control, task);
        };
        let mut alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        alone.retain(|handle| !handle.is_finished());
        match thread::Builder::new().name(format!("job alone {}", job.control.id)).spawn(run) {
            Ok(handle) => alone.push(handle),
            Err(error) => {
                job.slot.put(Err(error.into()));
                self.shared.unlist_alone(&job.control);
            }
        }
        drop(alone);
        self.shared.changed();
        job
    }

    fn make<T, E, F>(&self, priority: Priority, title: String, body: F) -> (Job<T>, Work<T, F>)
    where
        F: FnOnce(&JobContext) -> Result<T, E> + Send + 'static,
    {
        let id = JobId(self.next_id.fetch_add(1, Ordering::Relaxed));
        let control = Arc::new(Control::new(id, title, priority));
        let slot = Arc::new(Slot::new());
        let context = JobContext::new(control.clone(), self.shared.clone());
        let work = Work { context, slot: slot.clone(), body };
        (Job { control, shared: self.shared.clone(), slot }, work)
    }

    /// What runs and what waits, in the order in which it runs.
    pub fn live(&self) -> Vec<JobStatus> {
        self.shared.live()
    }

    /// Asks a job to stop; false when it has ended already.
    pub fn cancel(&self, id: JobId) -> bool {
        self.shared.cancel_id(id)
    }

    /// Calls back, from any thread, when a job is queued, starts, moves on or ends; to wake the window. The
    /// callback must return at once.
    pub fn on_change(&self, callback: impl Fn() + Send + Sync + 'static) {
        self.shared.set_on_change(Arc::new(callback));
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.shared.close();
        let this = thread::current().id();
        let alone = std::mem::take(self.alone.get_mut().unwrap_or_else(PoisonError::into_inner));
        for handle in self.threads.drain(..).chain(alone) {
            // The last owner may be a job itself, which cannot wait for its own thread.
            if handle.thread().id() != this {
                let _ = handle.join();
            }
        }
    }
}
