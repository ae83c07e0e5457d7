//! A server of one file for tests, on this machine, that misbehaves as it is told.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How the server answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Manner {
    Good,
    /// Whole files only.
    NoRanges,
    /// The body ends after so many bytes.
    Truncated(usize),
    /// The same for the first so many answers.
    TruncatedFor(usize),
    /// Another range than the one that was asked for.
    WrongRange,
    /// A range that is no range.
    Nonsense,
    /// Another length of the whole file in each answer.
    OtherTotal,
    /// A pause before each answer.
    Slow(Duration),
    /// No answer at all.
    Silent,
    /// A status, with a text.
    Status(u16),
    /// The same for the first so many answers.
    StatusFor(u16, usize),
    /// A status with a text that never ends.
    Endless(u16),
    /// Sends its reader elsewhere.
    Redirect(String),
}

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) range: Option<(u64, u64)>,
    pub(crate) headers: String,
    /// Bytes of the body that were sent.
    pub(crate) sent: usize,
}

#[derive(Debug)]
struct Shared {
    files: Mutex<Vec<(String, Vec<u8>)>>,
    manner: Mutex<Manner>,
    tag: Mutex<Option<String>>,
    log: Mutex<Vec<Request>>,
    stop: AtomicBool,
}

/// A server; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    at: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    /// Serves one file, whatever the path.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self::of_files(vec![(String::new(), bytes)])
    }

    /// Serves files by the ends of their paths.
    pub(crate) fn of_files(files: Vec<(String, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            files: Mutex::new(files),
            manner: Mutex::new(Manner::Good),
            tag: Mutex::new(Some("\"one\"".into())),
            log: Mutex::default(),
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

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.at)
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *lock(&self.shared.manner) = manner;
    }

    /// Another file under the same address.
    pub(crate) fn replace(&self, bytes: Vec<u8>, tag: Option<&str>) {
        lock(&self.shared.files)[0].1 = bytes;
        *lock(&self.shared.tag) = tag.map(str::to_owned);
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Request> {
        std::mem::take(&mut lock(&self.shared.log))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.at);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests of one connection.
fn serve(mut stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let mut text = Vec::new();
        let mut byte = [0];
        while !text.ends_with(b"\r\n\r\n") {
            if stream.read(&mut byte)? == 0 || text.len() > 65_536 || shared.stop.load(Ordering::SeqCst) {
                return Ok(());
            }
            text.push(byte[0]);
        }
        let headers = String::from_utf8_lossy(&text).into_owned();
        let mut words = headers.split_whitespace();
        let is_head = words.next() == Some("HEAD");
        let path = words.next().unwrap_or_default().to_owned();
        let range = header(&headers, "range").and_then(|r| {
            let (a, b) = r.strip_prefix("bytes=")?.split_once('-')?;
            Some((a.parse().ok()?, b.parse::<u64>().ok()? + 1))
        });
        let keep_on = answer(stream, shared, Request { path, range, headers, sent: 0 }, is_head)?;
        if !keep_on {
            return Ok(());
        }
    }
}

fn header<'a>(headers: &'a str, name: &str) -> Option<&'a str> {
    let line = headers.lines().find(|l| l.split(':').next().is_some_and(|n| n.eq_ignore_ascii_case(name)))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

/// The manner for this answer; those that hold for a while are counted down.
fn manner(shared: &Shared) -> Manner {
    let mut manner = lock(&shared.manner);
    let now = manner.clone();
    *manner = match now.clone() {
        Manner::StatusFor(status, n) if n > 1 => Manner::StatusFor(status, n - 1),
        Manner::TruncatedFor(n) if n > 1 => Manner::TruncatedFor(n - 1),
        Manner::StatusFor(..) | Manner::TruncatedFor(_) => Manner::Good,
        other => other,
    };
    now
}

fn answer(stream: &TcpStream, shared: &Shared, mut request: Request, is_head: bool) -> std::io::Result<bool> {
    let manner = manner(shared);
    let found = {
        let files = lock(&shared.files);
        files.iter().find(|(end, _)| request.path.ends_with(end.as_str())).map(|(_, bytes)| bytes.clone())
    };
    let tag = lock(&shared.tag).clone();
    let asks_for = |name: &str| header(&request.headers, name).map(str::to_owned);
    let same = asks_for("if-none-match").is_some_and(|t| Some(t) == tag);
    let other = asks_for("if-match").is_some_and(|t| Some(t) != tag);
    let about = tag.map_or_else(String::new, |t| format!("ETag: {t}\r\n"));
    let about = format!("{about}Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n");
    let plain =
        |status: u16| (format!("HTTP/1.1 {status} X\r\n{about}Content-Length: 4\r\n\r\n"), b"text".to_vec());
    let (head, mut body) = match (&manner, found) {
        (Manner::Silent, _) => {
            lock(&shared.log).push(request);
            while !shared.stop.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
            return Ok(false);
        }
        (Manner::Status(status) | Manner::StatusFor(status, _), _) => plain(*status),
        (Manner::Endless(status), _) => return endless(stream, shared, request, *status),
        (Manner::Redirect(to), _) => {
            (format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"), Vec::new())
        }
        (_, None) => plain(404),
        _ if same => (format!("HTTP/1.1 304 Not Modified\r\n{about}\r\n"), Vec::new()),
        _ if other => plain(412),
        (manner, Some(file)) => part(manner, &file, request.range, &about),
    };
    if let Manner::Slow(pause) = manner {
        std::thread::sleep(pause);
    }
    let breaks = match manner {
        Manner::Truncated(n) => body.len() > n,
        Manner::TruncatedFor(_) => true,
        _ => false,
    };
    if breaks {
        body.truncate(if let Manner::Truncated(n) = manner { n } else { body.len() / 2 });
    }
    if is_head {
        body.clear();
    }
    request.sent = body.len();
    lock(&shared.log).push(request);
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    stream.flush()?;
    Ok(!breaks)
}

/// A part of the file, or all of it.
fn part(manner: &Manner, file: &[u8], range: Option<(u64, u64)>, about: &str) -> (String, Vec<u8>) {
    let total = file.len() as u64;
    let Some((start, end)) = range.filter(|_| *manner != Manner::NoRanges) else {
        return (format!("HTTP/1.1 200 OK\r\n{about}Content-Length: {total}\r\n\r\n"), file.to_vec());
    };
    let end = end.min(total);
    if start >= end {
        return (
            format!("HTTP/1.1 416 X\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\n\r\n"),
            Vec::new(),
        );
    }
    let body = file[start as usize..end as usize].to_vec();
    let said = match manner {
        Manner::WrongRange => format!("bytes {}-{}/{total}", start + 7, end + 6),
        Manner::Nonsense => "bytes of all kinds".to_owned(),
        Manner::OtherTotal if start > 0 => format!("bytes {start}-{}/{}", end - 1, total + 1),
        _ => format!("bytes {start}-{}/{total}", end - 1),
    };
    let len = body.len();
    (format!("HTTP/1.1 206 X\r\n{about}Content-Range: {said}\r\nContent-Length: {len}\r\n\r\n"), body)
}

fn endless(mut stream: &TcpStream, shared: &Shared, request: Request, status: u16) -> std::io::Result<bool> {
    lock(&shared.log).push(request);
    stream.write_all(format!("HTTP/1.1 {status} X\r\nContent-Length: 99999999999\r\n\r\n").as_bytes())?;
    while !shared.stop.load(Ordering::SeqCst) {
        stream.write_all(&[b'x'; 4096])?;
    }
    Ok(false)
}
