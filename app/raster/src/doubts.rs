//! What turns out to be doubtful about a file while it is read, although it can be read.

use std::sync::atomic::{AtomicBool, Ordering};

/// Doubts about one open file.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    wrong_sum: AtomicBool,
}

impl Doubts {
    /// The checksum of a chunk is wrong or missing although its bytes fill it.
    pub(crate) fn note_wrong_sum(&self) {
        self.wrong_sum.store(true, Ordering::Relaxed);
    }

    /// In sentences.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let wrong = "The checksum of some of its tiles or strips is wrong: what they show may be damaged.";
        self.wrong_sum.load(Ordering::Relaxed).then(|| wrong.to_owned()).into_iter().collect()
    }
}
