//! Two-stage review: votes are facts, everything else is derived from them.

mod agreement;
mod coefficients;
mod course;
mod outcome;
mod progress;
mod queue;
mod returned;
mod rule;
mod visibility;
mod vote;

pub use agreement::{Agreement, Alpha, ClassAgreement, PairKappa, Ratings, Scope};
pub use course::{CoursePoint, course};
pub use outcome::{Outcome, ReviewState, outcome};
pub use progress::{MemberThroughput, Transitions, throughput, transitions};
pub use queue::{QueueItem, Status, queue, status};
pub use returned::Returned;
pub use rule::{Quorum, Rule};
pub use vote::{Stage, Verdict, Vote};
