//! What the steps of a frame cost the thread that draws the window.

use std::time::{Duration, Instant};

/// The steps of a frame, in their order.
pub const STEPS: [&str; 5] = ["receive", "listen", "show", "act", "plan"];

/// One frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameTrace {
    /// How long each of [`STEPS`] kept the thread, waiting for disks and locks included, but not for its turn on a
    /// processor, where the system tells.
    pub kept: [Duration; 5],
    /// How often the thread read from an image file, unpacked a part of one, or waited for another that did.
    pub reads: u64,
    /// Bytes of tiles that were sent to the graphics card.
    pub sent: u64,
}

/// How long something keeps this thread.
pub(crate) fn timed(work: impl FnOnce()) -> Duration {
    let (began, waited) = (Instant::now(), waited_for_processor());
    work();
    began.elapsed().saturating_sub(waited_for_processor().saturating_sub(waited))
}

/// How long this thread was ready to run and had no processor, where the system says so.
fn waited_for_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0))
}
