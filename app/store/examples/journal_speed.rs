//! How fast a project is written and opened: `journal_speed FILE [REGIONS]`.
//!
//! Where the file is there, it is opened, and checked unless REGIONS is 0. Else makes a project with one batch of REGIONS labelled footprints, then edits it one region at a time, on
//! disk at once and through the writer thread, beside plain flushes of the same disk.

#![expect(clippy::print_stdout, reason = "an example prints what it measured")]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use geo::{LineString, Polygon};
use project::{Author, Change, ClassCode, Edit, GeometrySource, Label, Region, RegionId, Schema, Settings};
use spatial::Crs;
use store::{Identity, OpenMode, Session, StoreError};

const SINGLE_EDITS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: journal_speed FILE [REGIONS]")?;
    let path = Path::new(&path);
    let regions: usize = arguments.next().map_or(Ok(100_000), |n| n.parse())?;
    if path.exists() {
        return open(path, regions > 0);
    }
    let mut session = Session::create(path, &Identity::new("journal_speed", 0), "Ada")?;
    furnish(&mut session)?;
    let edits = (0..regions).flat_map(|i| footprint(&mut session, i)).collect();
    let batch = Edit::batch("Import footprints", edits);
    let (start, before) = (Instant::now(), processor());
    session.edit(&ada(), 1, batch)?;
    let (wall, work) = (start.elapsed().as_secs_f64(), processor() - before);
    println!("append the batch: {wall:.3} s, {work:.2} s of processor");
    if arguments.next().is_some_and(|word| word == "--only-write") {
        return Ok(session.close()?);
    }
    single_edits("edit, on disk at once", &mut session)?;
    plain_flushes(path)?;
    let mut session = session.in_background()?;
    single_edits("edit, handed to the writer", &mut session)?;
    timed("wait until saved", || session.wait_saved(Duration::from_mins(1)));
    timed("close", || session.close())?;
    println!("file: {} MB", std::fs::metadata(path)?.len() / 1_000_000);
    memory("after writing");
    open(path, true)
}

/// Opens a project that is there; reads every row of it again, if that is asked for.
fn open(path: &Path, check: bool) -> Result<(), Box<dyn std::error::Error>> {
    let holder = OpenMode::ReadWrite { holder: "Ada".into() };
    let session = timed("open", || Session::open(path, holder))?;
    memory("while it is open");
    if !check {
        return Ok(());
    }
    let verification = timed("verify", || session.verify())?;
    println!("clean: {}, regions: {}", verification.is_clean(), session.project().regions().len());
    Ok(())
}

/// Seconds of processor that this process has used, where the system says it.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = behind_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok());
    // The clock of /proc ticks a hundred times a second on every Linux.
    ticks.sum::<f64>() / 100.0
}

/// Memory now and at most, where the system says it.
fn memory(when: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mb = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let kb = line.and_then(|text| text.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        kb.map_or_else(|| "unknown".to_owned(), |kb| format!("{} MB", kb / 1024))
    };
    println!("memory {when}: {}, at most {}", mb("VmRSS:"), mb("VmHWM:"));
}

fn ada() -> Author {
    Author::new("Ada")
}

fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = run();
    println!("{what}: {:.3} s", start.elapsed().as_secs_f64());
    done
}

fn furnish(session: &mut Session) -> Result<(), Box<dyn std::error::Error>> {
    let before = session.project().settings().clone();
    let after = Settings { crs: Some(Crs::from_epsg(26915)?), ..before.clone() };
    session.edit(&ada(), 0, Edit::Settings(Change::replace((), before, after)))?;
    session.edit(&ada(), 0, Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale()))))?;
    Ok(())
}

/// A square of 10 m with its label, somewhere in a town of 300 such a side.
fn footprint(session: &mut Session, i: usize) -> [Edit; 2] {
    let (x, y) = (500_000.37 + (i % 300) as f64 * 12.0, 4_100_000.11 + (i / 300) as f64 * 12.0);
    let ring = [(x, y), (x + 10.0, y), (x + 10.0, y + 10.0), (x, y + 10.0), (x, y)];
    let region = Region {
        geometry: Polygon::new(LineString::from(ring.to_vec()), Vec::new()).into(),
        layer: None,
        source: GeometrySource("osm".into()),
        source_id: Some(format!("way/{i}")),
        attributes: [].into(),
    };
    let id: RegionId = session.ids(0).region();
    let label = Label {
        region: id,
        class: ClassCode::new("no damage"),
        author: ada(),
        confidence: None,
        note: String::new(),
        seconds: None,
        at_ms: Some(0),
        replies_to: Vec::new(),
        layer: None,
        schema_version: None,
    };
    let label = Edit::Label(Change::create(session.ids(0).label(), label));
    [Edit::Region(Change::create(id, Arc::new(region))), label]
}

fn single_edits(what: &str, session: &mut Session) -> Result<(), StoreError> {
    let mut times = Vec::new();
    for i in 0..SINGLE_EDITS {
        let [region, _] = footprint(session, i);
        let start = Instant::now();
        session.edit(&ada(), 2, region)?;
        times.push(start.elapsed());
    }
    report(what, times);
    Ok(())
}

/// What the disk takes to flush an append of one page.
fn plain_flushes(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let beside = path.with_extension("flush");
    let mut file = File::create(&beside)?;
    let mut times = Vec::new();
    for _ in 0..SINGLE_EDITS {
        let start = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    std::fs::remove_file(&beside)?;
    report("plain flush of 4 KiB", times);
    Ok(())
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1e3;
    println!("{what}: median {:.3} ms, 99 % within {:.3} ms", at(50), at(99));
}
