//! A connection that is cut at any byte, on the way there and on the way back: nothing is lost, and nothing is there twice.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use project::Role;
use server::{Address, ServerError, Synced};

use crate::desks::{Desks, draw, open};

/// Which way is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

/// What lies between a member and the server.
#[derive(Debug, Default)]
struct Line {
    /// Bytes that still pass, there and back.
    left: [AtomicU64; 2],
    passed: [AtomicU64; 2],
    ends: AtomicBool,
}

/// A line to a server that can be cut.
struct Proxy {
    port: u16,
    line: Arc<Line>,
}

impl Proxy {
    fn to(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let line = Arc::new(Line::default());
        let shared = Arc::clone(&line);
        std::thread::Builder::new()
            .name("proxy".to_owned())
            .spawn(move || {
                for near in listener.incoming().flatten() {
                    if shared.ends.load(Ordering::SeqCst) {
                        return;
                    }
                    let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                    pass(&near, &far, Way::There, &shared);
                    pass(&far, &near, Way::Back, &shared);
                }
            })
            .expect("a thread");
        Self { port, line }
    }

    /// How much passes from now on, one way; the other is open.
    fn cut(&self, way: Way, after: u64) {
        for one in [Way::There, Way::Back] {
            let left = if one == way { after } else { u64::MAX };
            self.line.left[one as usize].store(left, Ordering::SeqCst);
            self.line.passed[one as usize].store(0, Ordering::SeqCst);
        }
    }

    fn passed(&self, way: Way) -> u64 {
        self.line.passed[way as usize].load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.line.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Passes on what comes, to the byte at which the line is cut; then both ends see it closed.
fn pass(from: &TcpStream, to: &TcpStream, way: Way, line: &Arc<Line>) {
    let (mut from, mut to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
    let line = Arc::clone(line);
    let work = move || {
        let mut bytes = [0; 4096];
        while let Ok(count) = from.read(&mut bytes) {
            let left = line.left[way as usize].load(Ordering::SeqCst);
            let fits = usize::try_from(left).unwrap_or(usize::MAX).min(count);
            if left != u64::MAX {
                line.left[way as usize].store(left - fits as u64, Ordering::SeqCst);
            }
            line.passed[way as usize].fetch_add(fits as u64, Ordering::SeqCst);
            if count == 0 || to.write_all(&bytes[..fits]).is_err() || fits < count {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    };
    drop(std::thread::Builder::new().name("proxy-line".to_owned()).spawn(work).expect("a thread"));
}

fn sync(desks: &Desks, name: &str, address: &Address) -> Result<Synced, ServerError> {
    desks.with(name, |desk| desk.sync(Some(address), &mut |_| {}))
}

/// How many entries the server has, and how many different ones.
fn stored(desks: &Desks) -> (i64, i64) {
    let mut admin = desks.cluster.client("admin", &desks.database);
    let row = admin.query_one("SELECT count(*), count(DISTINCT hash) FROM orthoscope.entry", &[]);
    let row = row.expect("counted");
    (row.get(0), row.get(1))
}

/// Points that lie close where a connection begins, and all over the rest.
fn points(whole: u64, count: u64) -> impl Iterator<Item = u64> {
    [0, 1, 7, 8]
        .into_iter()
        .chain((0..count).map(move |n| whole * (2 * n + 1) / (2 * count)))
        .chain([whole - 1])
}

#[test]
fn a_line_cut_at_any_byte_loses_and_doubles_nothing() {
    let Some(desks) = Desks::shared("cut", 2, open(3), &["lead"]) else { return };
    let role = desks.role("ana");
    let mut lead = server::Connection::open(&desks.address("lead")).expect("connects");
    let added = lead.add_member("ana", Some(&role), Role::Annotator, Some("a password")).expect("added");
    assert_eq!(added.password, None);
    let proxy = Proxy::to(desks.cluster.port());
    let address: Address =
        format!("postgres://{role}:a%20password@127.0.0.1:{}/{}", proxy.port, desks.database)
            .parse()
            .expect("an address");
    proxy.cut(Way::There, u64::MAX);
    // The file is made over a line that is cut, too: there is none until it is whole.
    for after in [0, 100, 600, 1_500] {
        proxy.cut(Way::Back, after);
        let refused = sync(&desks, "ana", &address).expect_err("made");
        assert!(refused.is_passing(), "cut after {after}: {refused:?}");
        assert!(!desks.file("ana").exists(), "cut after {after}");
    }
    proxy.cut(Way::There, u64::MAX);
    sync(&desks, "ana", &address).expect("made");
    let drawn = std::cell::Cell::new(0_usize);
    let (mut failed, mut whole) = (0, 0);
    for way in [Way::There, Way::Back] {
        // What a whole exchange takes, that both has something to send and something to fetch.
        let draw_both = || {
            let x = 1_000.0 + 20.0 * drawn.get() as f64;
            drawn.set(drawn.get() + 2);
            desks.work("ana", |session, ana| draw(session, ana, x));
            desks.work("lead", |session, lead| draw(session, lead, x + 20.0));
            desks.sync("lead").expect("sent");
        };
        draw_both();
        proxy.cut(way, u64::MAX);
        sync(&desks, "ana", &address).expect("not cut");
        for after in points(proxy.passed(way), 16) {
            draw_both();
            proxy.cut(way, after);
            match sync(&desks, "ana", &address) {
                Ok(_) => whole += 1,
                Err(error) => {
                    assert!(error.is_passing(), "cut {way:?} after {after}: {error:?}");
                    failed += 1;
                }
            }
            proxy.cut(way, u64::MAX);
            sync(&desks, "ana", &address).expect("the next time");
            let (all, different) = stored(&desks);
            assert_eq!(all, different, "cut {way:?} after {after}: doubled");
            desks.sync("lead").expect("fetched");
            let (ana, lead) = (desks.project("ana"), desks.project("lead"));
            assert_eq!(ana.regions().len(), 2 + drawn.get(), "cut {way:?} after {after}: lost");
            assert!(ana == lead, "cut {way:?} after {after}");
        }
    }
    assert!(failed >= 30, "{failed} exchanges were cut, {whole} were whole");
}
