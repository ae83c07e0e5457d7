//! Two-stage review: votes are facts, everything else is derived from them.

mod rule;
mod vote;

pub use rule::{Quorum, Rule};
pub use vote::{Stage, Verdict, Vote};
