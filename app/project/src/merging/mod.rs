//! Copies of one project, worked on apart, as one project again.
//!
//! Every entry that was ever written names the hash of the one before it in the journal it was written to, and a
//! [`Merge`] names the newest of what it joined; so the entries of all copies make one graph, whichever files they lie
//! in. What they come to is a pure function of the set of them ([`United`]): they are played in the order of their
//! generation (how long the longest way to the start is), then of their hash. That order keeps to every copy's own, asks
//! no clock, and stays as it is for what was there when more comes; so copies can be joined in any order and grouping.
//!
//! What cannot be done in that order as it was done in its copy is made to what stands where both sides changed other
//! parts ([`rebase`]); else it is set aside as a [`Conflict`], never dropped. Votes, visits and members are facts and are
//! simply kept.
//!
//! A journal is only ever appended to: joining adds one entry, [`Merge`], that says how the project of the copy becomes
//! that of the whole set ([`Delta`]).

mod conflict;
mod delta;
mod rebase;
mod replay;
mod united;

pub use conflict::Conflict;
pub(crate) use conflict::Conflicts;
pub use delta::{Delta, Part};
pub use united::{Element, LeftOut, Mismatch, United};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::EntryHash;

/// Other copies were joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// The newest entries that were joined, of which no other joined entry names one; sorted.
    pub joined: Vec<EntryHash>,
    /// What that changed; empty where the entry was taken over from another copy, in which it was written.
    #[serde(default)]
    pub delta: Arc<Delta>,
}
