//! Two-stage review: votes are facts, everything else is derived from them.

mod course;
mod outcome;
mod progress;
mod queue;
mod ratings;
mod returned;
mod rule;
mod seal;
mod visibility;
mod vote;

pub use course::{CoursePoint, course};
pub use outcome::{Outcome, ReviewState, outcome};
pub use progress::{MemberThroughput, Transitions, throughput, transitions};
pub use queue::{QueueItem, Status, queue, status};
pub use ratings::{LiveRatings, Rated, Scope, ratings};
pub use returned::Returned;
pub use rule::{Quorum, Rule};
pub use seal::{Opening, Said, Sealed};
pub use vote::{Stage, Verdict, Vote};
