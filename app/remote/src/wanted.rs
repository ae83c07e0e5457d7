//! Whether anybody still waits for what a thread does.

use std::cell::RefCell;
use std::rc::Rc;

thread_local! {
    static WANTED: RefCell<Option<Rc<dyn Fn() -> bool>>> = const { RefCell::new(None) };
}

/// Runs `work`; waiting for servers within it ends with [`crate::RemoteError::Stopped`] soon after `is_wanted`
/// says no. Holds for this thread only.
pub fn while_wanted<T>(is_wanted: impl Fn() -> bool + 'static, work: impl FnOnce() -> T) -> T {
    /// Puts back what held before, also when `work` panics.
    struct Before(Option<Rc<dyn Fn() -> bool>>);
    impl Drop for Before {
        fn drop(&mut self) {
            WANTED.set(self.0.take());
        }
    }
    let _before = Before(WANTED.replace(Some(Rc::new(is_wanted))));
    work()
}

/// False once nobody waits for this thread.
pub(crate) fn is_wanted() -> bool {
    WANTED.with_borrow(Option::clone).is_none_or(|is_wanted| is_wanted())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_holds_within_and_the_one_before_comes_back() {
        assert!(is_wanted());
        while_wanted(
            || false,
            || {
                assert!(!is_wanted());
                while_wanted(|| true, || assert!(is_wanted()));
                assert!(!is_wanted());
            },
        );
        assert!(is_wanted());
    }
}
