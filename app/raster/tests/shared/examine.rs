//! Looks at a file as the program does, with limits on time and on what may be said: for every test of damaged,
//! lying and hostile files.

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::{Strategy, any};
use proptest::sample::Index;
use raster::{OpenOptions, OverviewStore, Source, TileCache, statistics};
use spatial::TileKey;

/// What became of a file.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Read,
    /// The sentence that the user sees.
    Refused(String),
}

/// Opens a file as the program does and looks at some of every level. Fails the test when that takes more
/// than a second (three tries, since the machine may be busy) or the sentence is none.
pub(crate) fn examine(path: &Path) -> Verdict {
    let mut took = Duration::MAX;
    let mut verdict = Verdict::Read;
    for _ in 0..3 {
        let start = Instant::now();
        verdict = look(path);
        took = took.min(start.elapsed());
        if took < Duration::from_secs(1) {
            break;
        }
    }
    assert!(took < Duration::from_secs(1), "{} took {took:?}: {verdict:?}", path.display());
    if let Verdict::Refused(sentence) = &verdict {
        let is_sentence =
            sentence.starts_with("Cannot ") && sentence.ends_with('.') && !sentence.contains('\n');
        assert!(is_sentence && sentence.len() < 400, "{}: {sentence}", path.display());
    }
    verdict
}

fn look(path: &Path) -> Verdict {
    let options = OpenOptions {
        cache: TileCache::new(16 << 20),
        overviews: OverviewStore { folder: None, most_bytes: 0 },
        ..OpenOptions::default()
    };
    let source = match Source::open_with(path, &options) {
        Ok(source) => source,
        Err(error) => return Verdict::Refused(error.to_string()),
    };
    let mut verdict = Verdict::Read;
    let mut note = |outcome: Result<raster::Samples, raster::ReadError>| {
        if let Err(error) = outcome {
            verdict = Verdict::Refused(error.to_string());
        }
    };
    let band = [0];
    for (level, size) in source.pyramid().levels().iter().enumerate() {
        let (cols, rows) = size.grid();
        for (col, row) in [(0, 0), (cols / 2, rows / 2), (cols - 1, rows - 1)] {
            note(source.read_tile(TileKey { level: level as u8, col, row }, &band));
        }
    }
    let (w, h) = source.pyramid().size();
    let all: Vec<usize> = (0..source.image().bands.len().min(16)).collect();
    note(source.read_window(0, 0, 0, w.min(40), h.min(40), &all));
    if w.max(h) < 5000
        && let Err(error) = statistics::approximate(&source, &band)
    {
        verdict = Verdict::Refused(error.to_string());
    }
    verdict
}

/// Bytes as a file in a folder, examined.
pub(crate) fn examine_bytes(folder: &Path, name: &str, bytes: &[u8]) -> Verdict {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a temporary file");
    examine(&path)
}

/// The most memory that this process has held so far, in MB; 0 where the system does not say.
pub(crate) fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// How many cases random tests try: 300, or what `PROPTEST_CASES` says (`make nightly`).
pub(crate) fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
}

/// How random tests run.
pub(crate) fn config() -> proptest::prelude::ProptestConfig {
    proptest::prelude::ProptestConfig { cases: cases(), failure_persistence: None, ..Default::default() }
}

/// Every seed of tests of damage is read.
pub(crate) fn sound(seeds: &[Vec<u8>], name: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    for (i, seed) in seeds.iter().enumerate() {
        assert_eq!(examine_bytes(folder.path(), name, seed), Verdict::Read, "seed {i}");
    }
}

/// Looks at every seed cut at so many places.
pub(crate) fn cut_at_many_places(seeds: &[Vec<u8>], name: &str, places: usize) {
    let (folder, before) = (tempfile::tempdir().expect("a folder"), peak_mb());
    for seed in seeds {
        for len in (0..seed.len()).step_by(1 + seed.len() / places) {
            examine_bytes(folder.path(), name, &seed[..len]);
        }
    }
    assert!(peak_mb() - before < 256, "{before} MB before, {} MB after", peak_mb());
}

/// A seed with some bytes changed, and now and then cut.
pub(crate) fn mutants(seeds: &'static [Vec<u8>]) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<Index>(), any::<u8>());
    let changes = proptest::collection::vec(change, 1..12);
    let cut = proptest::option::weighted(0.2, any::<Index>());
    (0..seeds.len(), changes, cut).prop_map(|(which, changes, cut)| {
        let mut bytes = seeds[which].clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    })
}
