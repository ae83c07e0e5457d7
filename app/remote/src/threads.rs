//! The threads that requests run on, and waiting for them.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::error::RemoteError;
use crate::wanted::is_wanted;

/// How often a waiting thread asks whether it is still wanted.
pub(crate) const ASK_EVERY: Duration = Duration::from_millis(40);

fn runtime() -> Result<&'static Runtime, RemoteError> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2).max_blocking_threads(8).thread_name("remote").enable_all();
        builder.build().map_err(|e| e.to_string())
    });
    made.as_ref().map_err(|reason| RemoteError::NoRoute {
        host: "the network".into(),
        reason: format!("the system gives no thread: {reason}"),
    })
}

/// Runs a request elsewhere and waits for it, as long as it is wanted.
pub(crate) fn wait<T: Send + 'static>(
    request: impl Future<Output = Result<T, RemoteError>> + Send + 'static,
) -> Result<T, RemoteError> {
    let (sender, receiver) = sync_channel(1);
    let task = runtime()?.spawn(async move {
        // Nobody listens when the caller has stopped waiting.
        let _ = sender.try_send(request.await);
    });
    loop {
        match receiver.recv_timeout(ASK_EVERY) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Timeout) if is_wanted() => {}
            Err(RecvTimeoutError::Timeout) => {
                task.abort();
                return Err(RemoteError::Stopped);
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(RemoteError::Broken {
                    host: "the network".into(),
                    reason: "the request failed".into(),
                });
            }
        }
    }
}
