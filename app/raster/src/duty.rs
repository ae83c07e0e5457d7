//! Which thread does the work: how often each has read, unpacked, or waited for another that did.

use std::cell::Cell;

thread_local! {
    static DONE: Cell<u64> = const { Cell::new(0) };
}

/// How often this thread has so far read from an image file (on a disk or a server), unpacked a part of one, or
/// waited for another thread that did. A thread that must never be kept waiting, as the one that draws a window,
/// can be held to zero by it.
pub fn reads_of_this_thread() -> u64 {
    DONE.get()
}

/// Counts one read, unpacking or wait.
pub(crate) fn note() {
    DONE.set(DONE.get().wrapping_add(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_is_counted_for_itself() {
        let before = reads_of_this_thread();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                note();
                assert_eq!(reads_of_this_thread(), 1);
            });
        });
        assert_eq!(reads_of_this_thread(), before);
        note();
        assert_eq!(reads_of_this_thread(), before + 1);
    }
}
