//! Draws regions into a project and says on stdout what is saved: `acknowledge FILE [EDITS] [--patient]`. With `--each` in
//! the place of FILE it judges files: of every line `read FILE` or `write FILE` of stdin it says what is there.
//!
//! The program that fault tests torment: killed, out of space, with failing calls. Without EDITS it goes
//! on until stopped; with 0 it only says what is there and whether it is sound. With `--patient` it writes in the
//! background, as the window does: where that fails it says so, and tries again until it goes.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to whoever runs it")]

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use geo::{LineString, Polygon};
use project::{Author, Change, Edit, GeometrySource, Region};
use store::{Identity, OpenMode, Session, StoreError};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: acknowledge FILE [EDITS]");
        return ExitCode::from(2);
    };
    if path == "--each" {
        judge_each();
        return ExitCode::SUCCESS;
    }
    let edits = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(u64::MAX);
    let patient = arguments.next().is_some_and(|word| word == "--patient");
    match run(Path::new(&path), edits, patient) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            eprintln!("hint: {}", e.hint().unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn run(path: &Path, edits: u64, patient: bool) -> Result<(), StoreError> {
    if edits == 0 {
        return report(path);
    }
    let mut session = if path.exists() {
        Session::open(path, OpenMode::ReadWrite { holder: "acknowledge".into() })?
    } else {
        Session::create(path, &Identity::new("acknowledge", 0), "acknowledge")?
    };
    if patient {
        return wait_for_each(session.in_background()?, edits);
    }
    for n in 0..edits {
        let id = session.ids(0).region();
        let edit = Edit::Region(Change::create(id, Arc::new(square(n as f64 * 12.0))));
        session.edit(&Author::new("acknowledge"), n as i64, edit)?;
        // Whoever does not listen is not told.
        let _ = writeln!(std::io::stdout(), "saved {}", session.acked());
    }
    session.close()
}

/// How long an edit may take to reach the disk before it is called waiting.
const PATIENCE: Duration = Duration::from_secs(2);

fn wait_for_each(mut session: Session, edits: u64) -> Result<(), StoreError> {
    let mut longest = Duration::ZERO;
    for n in 0..edits {
        let id = session.ids(0).region();
        let edit = Edit::Region(Change::create(id, Arc::new(square(n as f64 * 12.0))));
        let start = Instant::now();
        session.edit(&Author::new("acknowledge"), n as i64, edit)?;
        longest = longest.max(start.elapsed());
        while !session.wait_saved(PATIENCE) {
            if let Some(failure) = session.failure() {
                let _ =
                    writeln!(std::io::stdout(), "waits: {failure} {}", failure.hint().unwrap_or_default());
                std::thread::sleep(PATIENCE / 40);
                session.retry();
            }
        }
        let _ = writeln!(std::io::stdout(), "saved {}", session.acked());
    }
    let _ = writeln!(std::io::stdout(), "an edit took {} µs at most", longest.as_micros());
    session.close()
}

fn report(path: &Path) -> Result<(), StoreError> {
    let session = Session::open(path, OpenMode::ReadOnly)?;
    let verification = session.verify()?;
    println!("last {}", session.history().last_seq());
    println!("clean {}", verification.is_clean());
    verification.violations.iter().for_each(|violation| println!("{violation}"));
    Ok(())
}

fn judge_each() {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let (mode, path) = line.split_once(' ').unwrap_or(("read", &line));
        match judge(Path::new(path), mode == "write") {
            Ok(found) => println!("{found}"),
            Err(e) => println!("refused {e}"),
        }
    }
}

/// The last entry of a file and whether all of it is sound, after one more edit where it is opened for writing.
fn judge(path: &Path, write: bool) -> Result<String, StoreError> {
    let mode = if write { OpenMode::ReadWrite { holder: "acknowledge".into() } } else { OpenMode::ReadOnly };
    let mut session = Session::open(path, mode)?;
    let last = session.history().last_seq();
    if write {
        let id = session.ids(0).region();
        let edit = Edit::Region(Change::create(id, Arc::new(square(-12.0))));
        session.edit(&Author::new("acknowledge"), 0, edit)?;
    }
    let found = session.verify()?;
    let said = if found.is_clean() { "clean".to_owned() } else { found.violations.join(" ") };
    session.close()?;
    Ok(format!("last {last} {}", said.replace('\n', " ")))
}

fn square(x: f64) -> Region {
    let ring = [(x, 0.0), (x + 10.0, 0.0), (x + 10.0, 10.0), (x, 10.0), (x, 0.0)];
    Region {
        geometry: Polygon::new(LineString::from(ring.to_vec()), Vec::new()).into(),
        layer: None,
        source: GeometrySource::custom(),
        source_id: None,
        attributes: [].into(),
    }
}
