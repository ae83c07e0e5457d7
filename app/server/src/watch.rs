//! Waiting for news: a connection of its own that listens, comes back when it is lost, and does nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use postgres::fallible_iterator::FallibleIterator as _;

use crate::{Address, Connection, ServerError};

/// What a watch tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The server answers; there may be news.
    Here,
    /// Somebody sent something.
    Something,
    /// The server does not answer, and why; it is tried again.
    Gone(String),
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Watch {
    ends: Arc<AtomicBool>,
    // Not waited for: a connection that is being made ends by itself.
    _thread: JoinHandle<()>,
}

/// How soon a watch ends that was dropped.
const A_MOMENT: Duration = Duration::from_millis(500);
/// How often a connection on which nothing comes is asked whether it is alive.
const A_LOOK: Duration = Duration::from_secs(30);
/// How long a server that does not answer is left alone, at the most.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

impl Watch {
    /// Begins to listen; `tell` is called on the thread of the watch.
    pub fn start(address: Address, tell: impl Fn(News) + Send + 'static) -> std::io::Result<Self> {
        let ends = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ends);
        let thread = Builder::new().name("server-watch".to_owned()).spawn(move || {
            let mut pause = Duration::from_secs(1);
            while !end.load(Ordering::Relaxed) {
                let began = Instant::now();
                let Err(error) = listen(&address, &end, &tell) else { return };
                tell(News::Gone(error.to_string()));
                if began.elapsed() > A_LOOK {
                    pause = Duration::from_secs(1);
                }
                let until = Instant::now() + pause;
                while Instant::now() < until && !end.load(Ordering::Relaxed) {
                    std::thread::sleep(A_MOMENT.min(pause));
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        })?;
        Ok(Self { ends, _thread: thread })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
    }
}

fn listen(address: &Address, ends: &AtomicBool, tell: &dyn Fn(News)) -> Result<(), ServerError> {
    let mut open = Connection::open(address)?;
    let at = open.at.clone();
    let wrong = |e: postgres::Error| ServerError::of(&at, &e);
    open.client.batch_execute("LISTEN orthoscope").map_err(wrong)?;
    tell(News::Here);
    let mut looked = Instant::now();
    while !ends.load(Ordering::Relaxed) {
        let heard = open.client.notifications().timeout_iter(A_MOMENT).next().map_err(wrong)?.is_some();
        if heard {
            // Whatever else is there is the same news.
            let mut notifications = open.client.notifications();
            let mut more = notifications.iter();
            while more.next().map_err(wrong)?.is_some() {}
            tell(News::Something);
        }
        if looked.elapsed() > A_LOOK {
            open.client.batch_execute("").map_err(wrong)?;
            looked = Instant::now();
        }
    }
    Ok(())
}
