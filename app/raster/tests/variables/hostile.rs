//! NetCDF and HDF5 files that are cut, changed or lying: one sentence, in bounded time and memory.

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use raster::statistics;

use super::forge;

/// Opens a file and looks at some of it, as the program does.
fn survive(path: &Path) {
    let start = Instant::now();
    let outcome = super::open(path).map_err(|e| e.to_string()).and_then(|source| {
        let (w, h) = source.pyramid().size();
        let all: Vec<usize> = (0..source.image().bands.len().min(16)).collect();
        source.read_window(0, 0, 0, w.min(40), h.min(40), &all).map_err(|e| e.to_string())?;
        source.read_spectrum(w - 1, h - 1).map_err(|e| e.to_string())?;
        if w.max(h) < 2000 {
            statistics::approximate(&source, &[0]).map_err(|e| e.to_string())?;
        }
        Ok(())
    });
    assert!(start.elapsed() < Duration::from_secs(2), "{} took {:?}", path.display(), start.elapsed());
    if let Err(sentence) = outcome {
        let is_sentence =
            sentence.starts_with("Cannot ") && sentence.ends_with('.') && !sentence.contains('\n');
        assert!(is_sentence && sentence.len() < 500, "{sentence}");
    }
}

/// One small file of each layout.
fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    SEEDS.get_or_init(|| {
        let made = [
            forge::grid(netcdf_writer::NcWriteOptions::classic(), false),
            forge::grid(netcdf_writer::NcWriteOptions::cdf5(), true),
            forge::grid(forge::netcdf4(), true),
            forge::emit(Some([2, 3, 2])),
            forge::emit(None),
            forge::prisma(),
            forge::stack(),
        ];
        made.into_iter().map(|bytes| bytes.expect("a sound file")).collect()
    })
}

#[test]
fn files_cut_at_many_places_are_no_trouble() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.nc");
    for seed in seeds() {
        for len in (0..seed.len()).step_by((seed.len() / 60).max(1)) {
            std::fs::write(&path, &seed[..len]).expect("a temporary file");
            survive(&path);
        }
    }
}

#[test]
fn lying_lengths_cost_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lie.nc");
    let classic = &seeds()[0];
    // The number of every dimension and variable of a classic file stands in four bytes.
    for at in (4..classic.len().min(1200)).step_by(4) {
        for lie in [0_u32, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] {
            let mut bytes = classic.clone();
            bytes[at..at + 4].copy_from_slice(&lie.to_be_bytes());
            std::fs::write(&path, &bytes).expect("a temporary file");
            survive(&path);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn files_with_any_bytes_changed_are_no_trouble(
        which in 0_usize..7,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::weighted(0.15, any::<prop::sample::Index>()),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = seeds()[which].clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            let len = cut.index(bytes.len());
            bytes.truncate(len);
        }
        let path = folder.path().join("mutant.nc");
        std::fs::write(&path, &bytes).expect("a temporary file");
        survive(&path);
    }
}
