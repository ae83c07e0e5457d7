//! The threads that requests run on, and waiting for them.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::error::RemoteError;
use crate::wanted::is_wanted;

/// How often a waiting thread asks whether it is still wanted.
pub const ASK_EVERY: Duration = Duration::from_millis(40);

/// Why a request on these threads has no result of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoResult {
    /// The system gives no thread.
    NoThread(String),
    /// Nobody waits for it any more.
    Stopped,
    /// The request itself ended by a bug.
    Failed,
}

fn runtime() -> Result<&'static Runtime, NoResult> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2).max_blocking_threads(8).thread_name("remote").enable_all();
        builder.build().map_err(|e| e.to_string())
    });
    made.as_ref().map_err(|reason| NoResult::NoThread(reason.clone()))
}

/// Runs a request on the threads of this crate and waits for it, as long as it is wanted.
pub fn wait_for<T: Send + 'static>(
    request: impl Future<Output = T> + Send + 'static,
    is_wanted: &dyn Fn() -> bool,
) -> Result<T, NoResult> {
    let (sender, receiver) = sync_channel(1);
    let task = runtime()?.spawn(async move {
        // Nobody listens when the caller has stopped waiting.
        let _ = sender.try_send(request.await);
    });
    loop {
        match receiver.recv_timeout(ASK_EVERY) {
            Ok(answer) => return Ok(answer),
            Err(RecvTimeoutError::Timeout) if is_wanted() => {}
            Err(RecvTimeoutError::Timeout) => {
                task.abort();
                return Err(NoResult::Stopped);
            }
            Err(RecvTimeoutError::Disconnected) => return Err(NoResult::Failed),
        }
    }
}

static FORBIDDEN: AtomicBool = AtomicBool::new(false);

/// Forbids files on servers to be asked for, or allows it again. What was read before stays readable.
pub fn forbid(is_forbidden: bool) {
    FORBIDDEN.store(is_forbidden, Ordering::Relaxed);
}

/// The same for requests for files, where the network is not forbidden.
pub(crate) fn wait<T: Send + 'static>(
    request: impl Future<Output = Result<T, RemoteError>> + Send + 'static,
) -> Result<T, RemoteError> {
    if FORBIDDEN.load(Ordering::Relaxed) {
        return Err(RemoteError::Forbidden);
    }
    wait_for(request, &is_wanted).unwrap_or_else(|why| {
        let host = "the network".to_owned();
        Err(match why {
            NoResult::NoThread(reason) => {
                RemoteError::NoRoute { host, reason: format!("the system gives no thread: {reason}") }
            }
            NoResult::Stopped => RemoteError::Stopped,
            NoResult::Failed => RemoteError::Broken { host, reason: "the request failed".into() },
        })
    })
}
