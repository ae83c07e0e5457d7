//! Work away from the window's thread: started by priority, watched, and always cancellable.
//!
//! Five nouns: [`Jobs`] owns the threads and the queues; a [`Job`] is the caller's hold on one piece of work
//! and its result (dropping it cancels the work); a [`JobContext`] is what the work itself sees: progress,
//! warnings, "am I still wanted?"; a [`JobFailure`] says how it ended without a result; a [`JobStatus`] is one
//! line of the jobs panel.
//!
//! ```
//! use jobs::{JobContext, JobFailure, Jobs, Priority};
//!
//! let jobs = Jobs::new(2).unwrap();
//! let sum = jobs.spawn(Priority::Normal, "Add numbers", |ctx: &JobContext| -> Result<u64, JobFailure> {
//!     let mut sum = 0;
//!     for n in 0..100 {
//!         ctx.check()?;
//!         ctx.progress(n + 1, 100);
//!         sum += n;
//!     }
//!     Ok(sum)
//! });
//! assert_eq!(sum.wait().unwrap(), 4950);
//! ```

mod context;
mod failure;
mod job;
mod pool;
mod queue;

pub use context::{JobContext, JobStatus};
pub use failure::{Cancelled, JobFailure};
pub use job::Job;
pub use pool::Jobs;

/// How soon a job should run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// What the user is looking at now, such as the tiles on the screen. The newest request runs first, so
    /// spawn the least wanted of a batch first.
    Visible,
    /// What the user asked for and waits for, such as an import or an export; first come, first served.
    Normal,
    /// What may take as long as it takes, such as building overviews; first come, first served.
    Background,
}

/// Names one job for as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub(crate) u64);

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests;
