//! NetCDF and HDF5 files that are cut, changed or lying: one sentence, in bounded time and memory.

use proptest::prelude::*;

use super::examine::{config, cut_at_many_places, examine_bytes, mutants, peak_mb, sound};
use super::forge;

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
    cut_at_many_places(seeds(), "cut.nc", 60);
}

#[test]
fn lying_lengths_cost_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = peak_mb();
    let classic = &seeds()[0];
    // The number of every dimension and variable of a classic file stands in four bytes.
    for at in (4..classic.len().min(1200)).step_by(4) {
        for lie in [0_u32, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] {
            let mut bytes = classic.clone();
            bytes[at..at + 4].copy_from_slice(&lie.to_be_bytes());
            examine_bytes(folder.path(), "lie.nc", &bytes);
        }
    }
    assert!(peak_mb() - before < 256, "{before} MB before, {} MB after", peak_mb());
}

#[test]
fn what_is_damaged_here_was_sound() {
    sound(seeds(), "sound.nc");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn files_with_any_bytes_changed_are_no_trouble(bytes in mutants(seeds())) {
        let folder = tempfile::tempdir().expect("a folder");
        examine_bytes(folder.path(), "mutant.nc", &bytes);
    }
}
