//! `kill -9` at random moments of a labelling run: what was acknowledged is on disk.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use project::{Author, Project, RegionId};
use store::{OpenMode, Store, verify_file};

use crate::program::{self, Town};

/// How often the program is killed. `ORTHOSCOPE_KILLS` asks for more.
fn kills() -> u64 {
    std::env::var("ORTHOSCOPE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(200)
}

const CLASSES: [&str; 4] = ["no damage", "minor damage", "major damage", "destroyed"];

/// SplitMix64: the same moments in every run.
fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x1234_5678_9ABC_DEF1);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Feeds labels until the process is killed; what it acknowledged, in order.
fn label_and_kill(town: &Town, regions: &[RegionId], round: u64) -> Vec<(RegionId, String)> {
    let mut child = Command::new(program::path())
        .args(["label", "town.gpkg", "--from", "-", "--author", "Ana", "--each"])
        .current_dir(town.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("standard input");
    let output = child.stdout.take().expect("standard output");
    let lines: Vec<String> = (0..400_u64)
        .map(|i| {
            let pick = random(round * 1_000 + i);
            let region = regions[pick as usize % regions.len()];
            // Each label differs from the last on the region with some chance, and says when it was.
            format!("{region},{},r{round}i{i}", CLASSES[(pick >> 32) as usize % CLASSES.len()])
        })
        .collect();
    let feeder = std::thread::Builder::new().name("feed labels".into()).spawn(move || {
        // The pipe breaks when the program is killed.
        let _ = writeln!(input, "region,class,note");
        for line in lines {
            if writeln!(input, "{line}").is_err() {
                return;
            }
        }
    });
    let feeder = feeder.expect("a thread");
    let reader = std::thread::Builder::new().name("read acknowledgements".into()).spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.filter(|l| l.starts_with("saved ")).collect::<Vec<String>>()
    });
    std::thread::sleep(Duration::from_micros(random(round) % 250_000));
    child.kill().expect("kill -9");
    child.wait().expect("it ends");
    feeder.join().expect("the feeder ends");
    let acknowledged = reader.expect("a thread").join().expect("the reader ends");
    acknowledged
        .iter()
        .map(|line| {
            let row = line.splitn(3, ' ').nth(2).expect("`saved SEQ ROW`");
            let cells: Vec<&str> = row.split(',').collect();
            (cells[0].parse().expect("a region"), cells[2].to_owned())
        })
        .collect()
}

fn notes(project: &Project) -> HashMap<RegionId, String> {
    let ana = Author::new("Ana");
    let label = |id: &RegionId| project.label_by(*id, &ana).map(|(_, l)| (*id, l.note.clone()));
    project.regions().keys().filter_map(label).collect()
}

/// Rounds and rows grow, so of two notes the later one is known.
fn order(note: &str) -> (u64, u64) {
    let (round, row) = note.trim_start_matches('r').split_once('i').expect("a note of ours");
    (round.parse().expect("round"), row.parse().expect("row"))
}

#[test]
fn no_acknowledged_label_is_lost_when_the_program_is_killed() {
    let town = Town::new();
    let (_, loaded) = Store::open(&town.project(), OpenMode::ReadOnly).expect("the project opens");
    let regions: Vec<RegionId> = loaded.project.regions().keys().copied().take(40).collect();
    drop(loaded);
    let (mut acknowledged, mut lost) = (0, Vec::new());
    for round in 0..kills() {
        let saved = label_and_kill(&town, &regions, round);
        acknowledged += saved.len();
        let (_, loaded) = Store::open(&town.project(), OpenMode::ReadOnly).expect("the project opens again");
        let on_disk = notes(&loaded.project);
        let last: HashMap<RegionId, String> = saved.into_iter().collect();
        for (region, note) in last {
            // A later label on the same region may be on disk without its acknowledgement having come through.
            let kept = on_disk.get(&region).is_some_and(|found| order(found) >= order(&note));
            if !kept {
                lost.push(format!("round {round}: {region} {note}, on disk {:?}", on_disk.get(&region)));
            }
        }
        if round % 20 == 0 {
            let found = verify_file(&town.project()).expect("verify reads the file");
            assert!(found.is_clean(), "round {round}: {:?}", found.violations);
        }
    }
    let found = verify_file(&town.project()).expect("verify reads the file");
    assert!(found.is_clean(), "{:?}", found.violations);
    assert!(lost.is_empty(), "{} of {acknowledged} lost: {lost:?}", lost.len());
    assert!(acknowledged > kills() as usize, "the run was killed before it did anything: {acknowledged}");
}
