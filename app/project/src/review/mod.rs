//! Two-stage review: votes are facts, everything else is derived from them.

mod because;
mod by_view;
mod course;
pub(crate) mod outcome;
mod progress;
mod queue;
mod ratings;
mod returned;
mod rule;
mod seal;
mod visibility;
mod vote;

pub use because::because;
pub use by_view::{ViewPair, kind_of_view, ratings_by_view, view_pairs};
pub use course::{CoursePoint, course};
pub use outcome::{Outcome, ReviewState, outcome};
pub use progress::{MemberThroughput, Transitions, throughput, transitions};
pub(crate) use queue::may_vote;
pub use queue::{QueueItem, Status, queue, queue_now, status, work};
pub use ratings::{LiveRatings, Rated, Scope, ratings};
pub use returned::{Returned, reply_edit};
pub use rule::{Quorum, ReturnsTo, Rule, Ties};
pub use seal::{Opening, Said, Sealed};
pub use vote::{Outline, Stage, Verdict, Vote};
