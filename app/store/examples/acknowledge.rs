//! Draws regions into a project and says on stdout what is saved: `acknowledge FILE [EDITS]`.
//!
//! The program that fault tests torment: killed, out of space, with failing calls. Without EDITS it goes
//! on until stopped; with 0 it only says what is there and whether it is sound.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to whoever runs it")]

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use geo::{LineString, Polygon};
use project::{Author, Change, Edit, GeometrySource, Region};
use store::{Identity, OpenMode, Session, StoreError};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: acknowledge FILE [EDITS]");
        return ExitCode::from(2);
    };
    let edits = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(u64::MAX);
    match run(Path::new(&path), edits) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            eprintln!("hint: {}", e.hint().unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn run(path: &Path, edits: u64) -> Result<(), StoreError> {
    if edits == 0 {
        return report(path);
    }
    let mut session = if path.exists() {
        Session::open(path, OpenMode::ReadWrite { holder: "acknowledge".into() })?
    } else {
        Session::create(path, &Identity::new("acknowledge", 0), "acknowledge")?
    };
    for n in 0..edits {
        let id = session.ids(0).region();
        let edit = Edit::Region(Change::create(id, Arc::new(square(n as f64 * 12.0))));
        session.edit(&Author::new("acknowledge"), n as i64, edit)?;
        // Whoever does not listen is not told.
        let _ = writeln!(std::io::stdout(), "saved {}", session.acked());
    }
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
