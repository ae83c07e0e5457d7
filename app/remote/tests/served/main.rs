//! Reading from a server on this machine: that is good, and that is not.

mod server;

use std::path::Path;
use std::time::{Duration, Instant};

use remote::{Address, DiskCache, Environment, Remote, RemoteError, RemoteFile, Settings, while_wanted};
use server::{Manner, Server};

const KB: usize = 1 << 10;

fn bytes(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..len).map(|_| next()).collect()
}

fn settings(cache: Option<&Path>) -> Settings {
    Settings {
        connect_timeout: Duration::from_millis(800),
        silence_timeout: Duration::from_millis(400),
        retries: 2,
        first_pause: Duration::from_millis(10),
        retry_for: Duration::from_secs(3),
        at_once: 6,
        memory_bytes: 0,
        download_budget: 1 << 20,
        cache: cache.map(|folder| DiskCache::in_folder(folder, 64 << 20)),
        environment: Environment::default(),
    }
}

fn remote() -> Remote {
    Remote::new(settings(None))
}

fn open(remote: &Remote, server: &Server) -> Result<RemoteFile, RemoteError> {
    remote.open(&Address::parse(&server.url("d/scene.tif")).expect("an address"))
}

fn read(file: &RemoteFile, offset: usize, len: usize) -> Result<Vec<u8>, RemoteError> {
    let mut buffer = vec![0; len];
    file.read_at(&mut buffer, offset as u64).map(|()| buffer)
}

#[test]
fn a_file_is_opened_by_one_request_and_its_parts_are_fetched_once() {
    let whole = bytes(3000 * KB + 77);
    let server = Server::of(whole.clone());
    let remote = Remote::new(Settings { memory_bytes: 8 << 20, ..settings(None) });
    let file = open(&remote, &server).expect("opens");
    let asked = server.asked();
    assert_eq!((asked.len(), asked[0].range, file.len()), (1, Some((0, 64 * KB as u64)), whole.len() as u64));
    assert_eq!(read(&file, 0, 64 * KB).expect("reads"), whole[..64 * KB]);
    assert!(server.asked().is_empty(), "the head is here already");
    assert_eq!(read(&file, 1_000_001, 700_000).expect("reads"), whole[1_000_001..1_700_001]);
    assert_eq!(server.asked().len(), 1, "neighbouring blocks are one request");
    assert_eq!(read(&file, 1_200_000, 9).expect("reads"), whole[1_200_000..1_200_009]);
    assert_eq!(read(&file, whole.len() - 5, 5).expect("reads"), whole[whole.len() - 5..]);
    assert_eq!(server.asked().len(), 1, "only the end was new");
    assert!(read(&file, whole.len() - 5, 6).is_err(), "nothing lies past the end");
}

#[test]
fn what_many_threads_need_is_fetched_once_and_what_is_foreseen_side_by_side() {
    let whole = bytes(4096 * KB);
    let server = Server::of(whole.clone());
    let remote = Remote::new(Settings { memory_bytes: 8 << 20, ..settings(None) });
    let file = open(&remote, &server).expect("opens");
    server.asked();
    server.behave(Manner::Slow(Duration::from_millis(50)));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                assert_eq!(read(&file, 500 * KB, 300 * KB).expect("reads"), whole[500 * KB..800 * KB]);
            });
        }
    });
    let sent: usize = server.asked().iter().map(|r| r.sent).sum();
    assert!(sent <= 340 * KB, "{sent} bytes for 300 KB that eight threads read");
    let began = Instant::now();
    let parts: Vec<_> = (0..6).map(|i| (1000 + i * 400) * KB as u64..(1010 + i * 400) * KB as u64).collect();
    file.prefetch(&parts);
    assert_eq!(server.asked().len(), 6, "far apart: six requests");
    assert!(began.elapsed() < Duration::from_millis(6 * 50), "side by side: {:?}", began.elapsed());
    for part in parts {
        read(&file, part.start as usize, 10 * KB).expect("reads");
    }
    assert!(server.asked().is_empty());
}

#[test]
fn the_second_time_nothing_is_sent_until_the_file_changes() {
    let folder = tempfile::tempdir().expect("folder");
    let whole = bytes(300 * KB);
    let server = Server::of(whole.clone());
    let file = open(&Remote::new(settings(Some(folder.path()))), &server).expect("opens");
    let first = (file.identity(), read(&file, 100 * KB, 50 * KB).expect("reads"));
    drop(file);
    server.asked();
    let file = open(&Remote::new(settings(Some(folder.path()))), &server).expect("opens");
    assert_eq!((file.identity(), read(&file, 100 * KB, 50 * KB).expect("reads")), first);
    let sent: usize = server.asked().iter().map(|r| r.sent).sum();
    assert_eq!(sent, 0, "one question, no bytes");
    drop(file);
    let other = bytes(300 * KB).into_iter().rev().collect::<Vec<_>>();
    server.replace(other.clone(), Some("\"two\""));
    let file = open(&Remote::new(settings(Some(folder.path()))), &server).expect("opens");
    assert_ne!(file.identity(), first.0);
    assert_eq!(read(&file, 100 * KB, 50 * KB).expect("reads"), other[100 * KB..150 * KB]);
}

#[test]
fn a_file_that_changes_while_it_is_open_is_never_mixed_with_the_old_one() {
    for tag in [Some("\"two\""), Some("W/\"two\""), None] {
        let server = Server::of(bytes(300 * KB));
        let file = open(&remote(), &server).expect("opens");
        let len = if tag.is_some() { 300 * KB } else { 290 * KB };
        server.replace(bytes(len), tag);
        let error = read(&file, 200 * KB, 10).expect_err("it changed");
        assert!(matches!(error, RemoteError::Changed { .. }), "{tag:?}: {error:?}");
        server.replace(bytes(300 * KB), Some("\"one\""));
        assert_eq!(read(&file, 250 * KB, 10), Err(error), "it stays so until it is opened again");
    }
}

#[test]
fn a_server_without_ranges_is_read_whole_where_that_is_granted() {
    let folder = tempfile::tempdir().expect("folder");
    let whole = bytes(900 * KB + 3);
    let server = Server::of(whole.clone());
    server.behave(Manner::NoRanges);
    for cache in [None, Some(folder.path())] {
        let file = open(&Remote::new(settings(cache)), &server).expect("opens");
        assert_eq!(read(&file, 0, whole.len()).expect("reads"), whole);
        assert_eq!(read(&file, 700 * KB, 99).expect("reads"), whole[700 * KB..][..99]);
        let gets = server.asked().iter().filter(|r| r.sent == whole.len() && r.range.is_none()).count();
        assert_eq!(gets, 1);
    }
    let server = Server::of(bytes(2000 * KB));
    server.behave(Manner::NoRanges);
    let error = open(&remote(), &server).expect_err("too large");
    assert!(
        error.to_string().contains("sends no parts of files") && error.hint().contains("Download"),
        "{error}"
    );
}

#[test]
fn each_kind_of_trouble_is_said_and_passing_ones_are_tried_again() {
    let server = Server::of(bytes(200 * KB));
    let remote = remote();
    let said = |manner: Manner| {
        server.behave(manner);
        let began = Instant::now();
        let error = open(&remote, &server).expect_err("refused");
        assert!(began.elapsed() < Duration::from_secs(8), "{error}: {:?}", began.elapsed());
        assert!(!error.hint().is_empty());
        error
    };
    assert!(matches!(said(Manner::Status(404)), RemoteError::NotFound { .. }));
    assert!(matches!(said(Manner::Status(403)), RemoteError::Denied { .. }));
    assert!(matches!(said(Manner::Status(401)), RemoteError::Denied { .. }));
    assert!(matches!(said(Manner::Endless(404)), RemoteError::NotFound { .. }));
    server.asked();
    assert!(matches!(said(Manner::Status(500)), RemoteError::Server { status: 500, .. }));
    assert_eq!(server.asked().len(), 3, "tried twice more");
    assert!(matches!(said(Manner::Silent), RemoteError::TimedOut { .. }));
    assert!(matches!(said(Manner::Truncated(100)), RemoteError::Broken { .. }));
    assert!(matches!(said(Manner::WrongRange), RemoteError::Broken { .. }));
    assert!(matches!(said(Manner::Nonsense), RemoteError::Broken { .. }));
    server.behave(Manner::StatusFor(503, 2));
    assert!(open(&remote, &server).is_ok());
    server.behave(Manner::TruncatedFor(1));
    assert_eq!(read(&open(&remote, &server).expect("opens"), 0, 200 * KB).expect("reads"), bytes(200 * KB));
    let empty = Server::of(Vec::new());
    assert!(matches!(open(&remote, &empty), Err(RemoteError::Empty { .. })));
    let gone = Address::parse("http://127.0.0.1:9/x.tif").expect("an address");
    assert!(matches!(remote.open(&gone), Err(RemoteError::NoRoute { .. })));
    let nowhere = Address::parse("http://no.such.host.invalid/x.tif").expect("an address");
    assert!(matches!(remote.open(&nowhere), Err(RemoteError::NoRoute { .. })), "{:?}", remote.open(&nowhere));
}

#[test]
fn trouble_while_reading_is_said_and_the_file_can_be_read_again_after_it() {
    let whole = bytes(400 * KB);
    let server = Server::of(whole.clone());
    let file = open(&remote(), &server).expect("opens");
    for manner in
        [Manner::Truncated(10), Manner::WrongRange, Manner::Status(500), Manner::NoRanges, Manner::Silent]
    {
        server.behave(manner.clone());
        assert!(read(&file, 300 * KB, 10).is_err(), "{manner:?}");
    }
    server.behave(Manner::Good);
    assert_eq!(read(&file, 300 * KB, 10).expect("reads"), whole[300 * KB..][..10]);
    server.behave(Manner::OtherTotal);
    assert!(matches!(read(&file, 200 * KB, 10), Err(RemoteError::Changed { .. })));
}

#[test]
fn nobody_waits_longer_than_wanted() {
    let server = Server::of(bytes(400 * KB));
    let remote = Remote::new(Settings { silence_timeout: Duration::from_secs(30), ..settings(None) });
    let file = open(&remote, &server).expect("opens");
    server.behave(Manner::Silent);
    let began = Instant::now();
    let is_wanted = move || began.elapsed() < Duration::from_millis(100);
    let read = while_wanted(is_wanted, || read(&file, 200 * KB, 10));
    assert_eq!(read, Err(RemoteError::Stopped));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn redirects_are_followed_but_not_for_ever_and_take_no_credentials_along() {
    let whole = bytes(200 * KB);
    let target = Server::of(whole.clone());
    let server = Server::of(Vec::new());
    server.behave(Manner::Redirect(target.url("elsewhere.tif")));
    let file = open(&remote(), &server).expect("opens");
    assert_eq!(read(&file, 100 * KB, 10).expect("reads"), whole[100 * KB..][..10]);
    server.behave(Manner::Redirect(server.url("again.tif")));
    let error = open(&remote(), &server).expect_err("refused");
    assert!(error.to_string().contains("on and on"), "{error}");
    server.behave(Manner::Redirect("file:///etc/passwd".into()));
    assert!(matches!(open(&remote(), &server), Err(RemoteError::Redirected { .. })));
}

#[test]
fn places_in_a_private_network_are_not_visited_for_somebody_else() {
    let server = Server::of(bytes(200 * KB));
    let address = Address::parse(&server.url("x.tif")).expect("an address");
    assert!(matches!(remote().open_public(&address), Err(RemoteError::Private { .. })));
    assert!(server.asked().is_empty());
}

#[test]
fn object_stores_are_asked_with_credentials_of_the_environment_only() {
    let whole = bytes(200 * KB);
    let server = Server::of_files(vec![("bucket/d/x.tif".into(), whole.clone())]);
    let with = |pairs: &[(&str, String)]| {
        let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
        Remote::new(Settings { environment: Environment::from_pairs(pairs), ..settings(None) })
    };
    let host = server.url("").trim_end_matches('/').to_owned();
    let s3 = Address::parse("s3://bucket/d/x.tif").expect("an address");
    let endpoint = ("AWS_ENDPOINT", host.clone());
    let file = with(std::slice::from_ref(&endpoint)).open(&s3).expect("opens");
    assert_eq!(read(&file, 100 * KB, 10).expect("reads"), whole[100 * KB..][..10]);
    assert!(server.asked().iter().all(|r| !r.headers.to_lowercase().contains("authorization:")));
    drop(file);
    let keys = [endpoint, ("AWS_ACCESS_KEY_ID", "me".into()), ("AWS_SECRET_ACCESS_KEY", "hunter2".into())];
    let signed = with(&keys);
    signed.open(&s3).expect("opens");
    let asked = server.asked();
    assert!(asked[0].headers.contains("Credential=me/") && !asked[0].headers.contains("hunter2"));
    server.behave(Manner::Status(403));
    let error = signed.open(&s3).expect_err("refused");
    assert!(matches!(error, RemoteError::Denied { .. }) && !format!("{error:?} {error}").contains("hunter2"));
    server.behave(Manner::Good);
    let gcs_server = Server::of(whole.clone());
    let base = gcs_server.url("").trim_end_matches('/').to_owned();
    let gcs = with(&[("GOOGLE_BASE_URL", base)]);
    let gs = Address::parse("gs://bucket/d/x.tif").expect("an address");
    assert_eq!(read(&gcs.open(&gs).expect("opens"), 9, 9).expect("reads"), whole[9..18]);
    assert!(gcs_server.asked()[0].path.starts_with("/bucket/d"));
    let azure = with(&[("AZURE_STORAGE_ACCOUNT_NAME", "me".into()), ("AZURE_STORAGE_ENDPOINT", host)]);
    let az = Address::parse("az://bucket/d/x.tif").expect("an address");
    assert_eq!(read(&azure.open(&az).expect("opens"), 9, 9).expect("reads"), whole[9..18]);
}
