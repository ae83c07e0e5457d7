//! Ctrl+C, for commands that can stop in the middle and leave nothing half-written.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From here on Ctrl+C, and a polite end by the system, only note that a stop is wanted. A second one ends
/// the program at once.
pub(crate) fn listen() {
    for signal in [SIGINT, SIGTERM] {
        let heard = flag::register_conditional_shutdown(signal, 130, Arc::clone(&ASKED))
            .and_then(|_| flag::register(signal, Arc::clone(&ASKED)));
        if let Err(error) = heard {
            log::warn!("a stop ends the program at once: {error}");
        }
    }
}

/// True when a stop is wanted.
pub(crate) fn is_wanted() -> bool {
    ASKED.load(Ordering::Relaxed)
}
