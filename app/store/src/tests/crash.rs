//! A process that is killed: what it said was saved is there, and the file is sound.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::fixture::{Folder, ada, create, draw, furnish, label, read_write};
use crate::{ReadOnlyReason, Session};

const PROJECT: &str = "STORE_TEST_PROJECT";
const BACKGROUND: &str = "STORE_TEST_BACKGROUND";

/// What the killed process runs: labels without end and says on stdout what is on disk.
#[test]
#[ignore = "started, and killed, by the tests below"]
fn label_until_killed() {
    let path = std::env::var_os(PROJECT).expect("the path of the project");
    let mut session = Session::open(Path::new(&path), read_write()).expect("opens");
    assert_eq!(session.read_only(), None);
    if std::env::var_os(BACKGROUND).is_some() {
        session = session.in_background().expect("a thread");
    }
    let mut out = std::io::stdout();
    for n in 0_u32.. {
        let id = draw(&mut session, f64::from(n) * 11.0);
        let change = project::Change::create(session.ids(5).label(), label(id, "Ada", "destroyed"));
        session.edit(&ada(), 5, project::Edit::Label(change)).expect("labelled");
        if n % 5 == 4 {
            session.undo(&ada(), 6).expect("undone");
        }
        session.save_draft(Some(&format!("draft {n}"))).expect("kept");
        writeln!(out, "saved {}", session.acked()).and_then(|()| out.flush()).expect("somebody listens");
    }
}

fn start(path: &Path, background: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([
        "tests::crash::label_until_killed",
        "--exact",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env(PROJECT, path).stdout(Stdio::piped()).stderr(Stdio::null());
    if background {
        command.env(BACKGROUND, "1");
    }
    command.spawn().expect("started")
}

/// Kills the process some time after its first word; the last entry that it said was saved.
fn kill_after(mut child: Child, wait: Duration) -> u64 {
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let saved = |line: &String| line.rsplit_once("saved ").and_then(|(_, n)| n.parse::<u64>().ok());
    let mut last = lines.by_ref().find_map(|line| saved(&line)).expect("it says something");
    let start = Instant::now();
    while start.elapsed() < wait {
        last = lines.next().as_ref().and_then(saved).unwrap_or(last);
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    // What was still in the pipe was said before the kill.
    lines.filter_map(|line| saved(&line)).last().unwrap_or(last)
}

#[test]
fn nothing_that_was_called_saved_is_lost_when_the_process_is_killed() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    session.close().expect("closes");
    let mut before = 0;
    for round in 0..8_u64 {
        let wait = Duration::from_micros(round * round * 1_700);
        let saved = kill_after(start(&folder.file(), round % 2 == 1), wait);
        let opening = Instant::now();
        let session = Session::open(&folder.file(), read_write()).expect("opens after the kill");
        assert!(opening.elapsed() < Duration::from_secs(5), "{:?}", opening.elapsed());
        assert_eq!(session.read_only(), None, "a dead process holds nothing");
        let last = session.history().last_seq();
        assert!(last >= saved && last >= before, "round {round}: {last} on disk, {saved} acknowledged");
        let verification = session.verify().expect("verifies");
        assert!(verification.is_clean(), "round {round}: {verification:?}");
        assert!(session.draft().is_some_and(|d| d.starts_with("draft ")), "{:?}", session.draft());
        before = last;
        session.close().expect("closes");
    }
    assert_eq!(folder.names().len(), 1, "{:?}", folder.names());
}

#[test]
fn a_second_process_reads_and_is_told_who_writes() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    session.close().expect("closes");
    let mut child = start(&folder.file(), false);
    let pid = child.id();
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("saved ")), "it has begun");
    let second = Session::open(&folder.file(), read_write()).expect("opens for reading");
    let held = matches!(second.read_only(), Some(ReadOnlyReason::Held(Some(holder))) if holder.pid == pid);
    assert!(held, "{:?}", second.read_only());
    assert!(!second.project().regions().is_empty());
    let verification = second.verify().expect("verifies while somebody writes");
    assert!(verification.is_clean(), "{verification:?}");
    drop(second);
    child.kill().expect("killed");
    child.wait().expect("gone");
    let third = Session::open(&folder.file(), read_write()).expect("opens");
    assert_eq!(third.read_only(), None);
}

/// What a power cut leaves that comes while a file at rest is opened: the journal of the change to a write-ahead log,
/// and a header that says there is one.
#[test]
fn a_file_whose_change_to_another_way_of_writing_was_cut_short_opens_as_it_was() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    draw(&mut session, 0.0);
    let project = session.project().clone();
    session.close().expect("closes");
    let at_rest = std::fs::read(folder.file()).expect("read");
    for (write, log) in [(false, false), (false, true), (true, false), (true, true)] {
        std::fs::write(folder.file(), &at_rest).expect("as it was");
        let journal = crate::connect::beside(&folder.file(), "-journal");
        let db = rusqlite::Connection::open(folder.file()).expect("opens");
        db.execute_batch(
            "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; \
                          UPDATE region SET source_id = 'half done'; PRAGMA user_version = 7",
        )
        .expect("begun");
        db.cache_flush().expect("on the disk");
        let (half, undo) =
            (std::fs::read(folder.file()).expect("read"), std::fs::read(&journal).expect("read"));
        drop(db);
        assert!(half != at_rest && !undo.is_empty());
        std::fs::write(folder.file(), half).expect("left");
        std::fs::write(&journal, undo).expect("left");
        if log {
            std::fs::write(crate::connect::beside(&folder.file(), "-wal"), b"").expect("left");
        }
        let mode = if write { read_write() } else { crate::OpenMode::ReadOnly };
        let again = Session::open(&folder.file(), mode).expect("opens");
        assert!(*again.project() == project);
        let found = again.verify().expect("verifies");
        assert!(found.is_clean(), "{found:?}");
        drop(again);
        let rest = ["-journal", "-wal", "-shm"].map(|end| crate::connect::beside(&folder.file(), end));
        for path in rest {
            let _ = std::fs::remove_file(path);
        }
    }
}
