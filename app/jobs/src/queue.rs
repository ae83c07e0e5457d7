//! The bounded queues and the rules by which threads take from them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use crate::context::Control;
use crate::{JobFailure, JobId, JobStatus, Priority};

/// Work whose result type the queue need not know.
pub(crate) trait Task: Send {
    /// Does the work and stores its result.
    fn run(self: Box<Self>);
    /// Stores a failure instead; the work is dropped undone.
    fn fail(self: Box<Self>, failure: JobFailure);
}

struct Waiting {
    control: Arc<Control>,
    task: Box<dyn Task>,
}

#[derive(Default)]
struct Queues {
    visible: VecDeque<Waiting>,
    normal: VecDeque<Waiting>,
    background: VecDeque<Waiting>,
    running: Vec<Arc<Control>>,
    /// What runs on threads of its own.
    alone: Vec<Arc<Control>>,
    closed: bool,
}

impl Queues {
    fn of(&mut self, priority: Priority) -> &mut VecDeque<Waiting> {
        match priority {
            Priority::Visible => &mut self.visible,
            Priority::Normal => &mut self.normal,
            Priority::Background => &mut self.background,
        }
    }

    fn count(&self, priorities: &[Priority]) -> usize {
        self.running.iter().filter(|c| priorities.contains(&c.priority)).count()
    }

    /// The job that should run next on one of `threads` threads. One thread is kept free for what is visible,
    /// a second for what somebody waits for, where there are that many: long work never blocks the picture.
    fn next(&mut self, threads: usize) -> Option<Waiting> {
        use Priority::{Background, Normal};
        let taken = if !self.visible.is_empty() {
            self.visible.pop_back()
        } else if self.count(&[Normal, Background]) >= threads.saturating_sub(1).max(1) {
            None
        } else if !self.normal.is_empty() {
            self.normal.pop_front()
        } else if self.count(&[Background]) < threads.saturating_sub(2).max(1) {
            self.background.pop_front()
        } else {
            None
        };
        self.running.extend(taken.as_ref().map(|w| w.control.clone()));
        taken
    }
}

/// What the threads, the owners of jobs and the panel share.
pub(crate) struct Shared {
    queues: Mutex<Queues>,
    arrived: Condvar,
    threads: usize,
    capacity: usize,
    on_change: RwLock<Option<Arc<dyn Fn() + Send + Sync>>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("threads", &self.threads).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(threads: usize, capacity: usize) -> Self {
        Self {
            queues: Mutex::default(),
            arrived: Condvar::new(),
            threads,
            capacity: capacity.max(1),
            on_change: RwLock::default(),
        }
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts work into its queue. Of too many visible requests the oldest gives way, of others the new one.
    pub(crate) fn push(&self, control: Arc<Control>, task: Box<dyn Task>) {
        let waiting = Waiting { control, task };
        let mut queues = self.queues();
        let priority = waiting.control.priority;
        let queue = queues.of(priority);
        let crowded_out = if queue.len() < self.capacity {
            queue.push_back(waiting);
            None
        } else if priority == Priority::Visible {
            let oldest = queue.pop_front();
            queue.push_back(waiting);
            oldest
        } else {
            Some(waiting)
        };
        drop(queues);
        self.arrived.notify_one();
        if let Some(out) = crowded_out {
            out.task.fail(JobFailure::Crowded);
        }
        self.changed();
    }

    /// What a thread does that has one job only. A pool that closes meanwhile has told the job to stop.
    pub(crate) fn work_alone(&self, control: &Arc<Control>, task: Box<dyn Task>) {
        if control.is_cancelled() {
            task.fail(JobFailure::Cancelled);
        } else {
            control.start();
            self.changed();
            task.run();
        }
        self.unlist_alone(control);
    }

    /// It has ended, or never began.
    pub(crate) fn unlist_alone(&self, control: &Control) {
        self.queues().alone.retain(|c| c.id != control.id);
        self.changed();
    }

    /// Lists a job that is to run on a thread of its own.
    pub(crate) fn list_alone(&self, control: Arc<Control>) {
        let mut queues = self.queues();
        if queues.closed {
            control.cancel();
        }
        queues.alone.push(control);
    }

    /// Asks a job to stop; one that still waits leaves its queue at once and never runs.
    pub(crate) fn cancel(&self, control: &Control) {
        control.cancel();
        let mut queues = self.queues();
        let queue = queues.of(control.priority);
        let place = queue.iter().position(|w| w.control.id == control.id);
        let waiting = place.and_then(|at| queue.remove(at));
        drop(queues);
        if let Some(waiting) = waiting {
            waiting.task.fail(JobFailure::Cancelled);
        }
        self.changed();
    }

    pub(crate) fn cancel_id(&self, id: JobId) -> bool {
        let found = self.live_controls().into_iter().find(|c| c.id == id);
        if let Some(control) = &found {
            self.cancel(control);
        }
        found.is_some()
    }

    fn live_controls(&self) -> Vec<Arc<Control>> {
        let queues = self.queues();
        let waiting = queues.visible.iter().rev().chain(&queues.normal).chain(&queues.background);
        let running = queues.running.iter().chain(&queues.alone).cloned();
        running.chain(waiting.map(|w| w.control.clone())).collect()
    }

    pub(crate) fn live(&self) -> Vec<JobStatus> {
        self.live_controls().iter().map(|c| c.status()).collect()
    }

    /// What each thread does until the pool closes.
    pub(crate) fn work(&self) {
        while let Some(waiting) = self.take() {
            let id = waiting.control.id;
            if waiting.control.is_cancelled() {
                // The cancel came between the queue and here.
                waiting.task.fail(JobFailure::Cancelled);
            } else {
                waiting.control.start();
                self.changed();
                waiting.task.run();
            }
            self.queues().running.retain(|c| c.id != id);
            // The slot that came free may suit a thread that found nothing it was allowed to take.
            self.arrived.notify_one();
            self.changed();
        }
    }

    fn take(&self) -> Option<Waiting> {
        let mut queues = self.queues();
        loop {
            if queues.closed {
                return None;
            }
            if let Some(waiting) = queues.next(self.threads) {
                return Some(waiting);
            }
            queues = self.arrived.wait(queues).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Cancels everything and lets the threads end.
    pub(crate) fn close(&self) {
        let mut queues = self.queues();
        queues.closed = true;
        let mut waiting: Vec<Waiting> = queues.visible.drain(..).collect();
        waiting.extend(queues.normal.drain(..));
        waiting.extend(queues.background.drain(..));
        queues.running.iter().chain(&queues.alone).for_each(|c| c.cancel());
        drop(queues);
        self.arrived.notify_all();
        for w in waiting {
            w.control.cancel();
            w.task.fail(JobFailure::Cancelled);
        }
    }

    pub(crate) fn set_on_change(&self, callback: Arc<dyn Fn() + Send + Sync>) {
        *self.on_change.write().unwrap_or_else(PoisonError::into_inner) = Some(callback);
    }

    /// Wakes the window. A callback that panics must not take a thread of the pool with it.
    pub(crate) fn changed(&self) {
        let callback = self.on_change.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(callback) = callback {
            let _ = catch_unwind(AssertUnwindSafe(|| callback()));
        }
    }
}
