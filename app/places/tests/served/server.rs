//! A map service for tests, on this machine: it answers what it is told to answer, and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// A status, more headers, and a body.
    Say(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// A body that is said to be so long and never ends.
    Endless(Option<u64>),
    /// No answer at all.
    Silent,
}

impl Manner {
    pub(crate) fn json(body: &str) -> Self {
        Self::Say(200, vec![("Content-Type", "application/json".into())], body.as_bytes().to_vec())
    }
}

/// What was asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Decoded.
    pub(crate) query: Vec<(String, String)>,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

#[derive(Debug)]
struct Shared {
    /// Taken one by one; the last stays.
    manners: Mutex<Vec<Manner>>,
    asked: Mutex<Vec<Asked>>,
    stop: AtomicBool,
}

/// A server; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    at: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    pub(crate) fn new(manners: Vec<Manner>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            manners: Mutex::new(manners),
            asked: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&shared);
        let accept = move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                if of_thread.stop.load(Ordering::SeqCst) {
                    break;
                }
                let shared = Arc::clone(&of_thread);
                let serve = move || drop(serve(&stream, &shared));
                std::thread::Builder::new().name("served".into()).spawn(serve).expect("a thread");
            }
        };
        std::thread::Builder::new().name("server".into()).spawn(accept).expect("a thread");
        Self { at, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    pub(crate) fn behave(&self, manners: Vec<Manner>) {
        *lock(&self.shared.manners) = manners;
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut lock(&self.shared.asked))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.at));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let url = url::Url::parse(&format!("http://x{target}")).expect("a target");
        lock(&shared.asked).push(Asked {
            method,
            path: url.path().to_owned(),
            query: url.query_pairs().into_owned().collect(),
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        });
        let manner = {
            let mut manners = lock(&shared.manners);
            if manners.len() > 1 { manners.remove(0) } else { manners[0].clone() }
        };
        answer(stream, &manner, shared)?;
    }
}

fn answer(mut stream: &TcpStream, manner: &Manner, shared: &Shared) -> std::io::Result<()> {
    match manner {
        Manner::Say(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                head.extend([*name, ": ", value, "\r\n"]);
            }
            stream.write_all(format!("{head}\r\n").as_bytes())?;
            stream.write_all(body)
        }
        Manner::Endless(length) => {
            let said = length.map_or("Connection: close".to_owned(), |n| format!("Content-Length: {n}"));
            stream.write_all(format!("HTTP/1.1 200 Said\r\n{said}\r\n\r\n").as_bytes())?;
            let piece = vec![b' '; 1 << 16];
            while !shared.stop.load(Ordering::SeqCst) {
                stream.write_all(&piece)?;
            }
            Ok(())
        }
        Manner::Silent => {
            while !shared.stop.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }
    }
}
