//! Real damaged and odd files, where `ORTHOSCOPE_SAMPLES` names their folder.
#![expect(clippy::print_stderr, reason = "a skipped test must say so")]

use std::path::{Path, PathBuf};

use super::examine::{Verdict, examine, peak_mb};

fn samples(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ORTHOSCOPE_SAMPLES").map(|root| PathBuf::from(root).join(name));
    let found = folder.filter(|f| f.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: ORTHOSCOPE_SAMPLES does not name a folder with {name}");
    }
    found
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { all.extend(files_below(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

#[test]
fn every_malformed_sample_is_read_or_refused_in_bounded_time_and_memory() {
    let Some(folder) = samples("malformed_raster") else { return };
    let before = peak_mb();
    let files = files_below(&folder);
    let refused = files.iter().filter(|f| matches!(examine(f), Verdict::Refused(_))).count();
    eprintln!("malformed samples: {} files, {} read, {refused} refused", files.len(), files.len() - refused);
    assert!(files.len() > 200 && refused > 50);
    assert!(peak_mb() - before < 256, "{before} MB before, {} MB after", peak_mb());
}

#[test]
fn every_odd_geotiff_is_read_or_says_what_it_is() {
    let Some(folder) = samples("geotiff_variants") else { return };
    let is_tiff = |p: &PathBuf| {
        p.extension().is_some_and(|e| e.eq_ignore_ascii_case("tif") || e.eq_ignore_ascii_case("tiff"))
    };
    let files: Vec<PathBuf> = files_below(&folder).into_iter().filter(is_tiff).collect();
    let mut read = 0;
    for file in &files {
        match examine(file) {
            Verdict::Read => read += 1,
            Verdict::Refused(sentence) => {
                let plain = [
                    "not read",
                    "not known",
                    "complex",
                    "bits",
                    "empty",
                    "end early",
                    "need",
                    "past the end",
                    "damaged",
                ];
                assert!(plain.iter().any(|p| sentence.contains(p)), "{sentence}");
            }
        }
    }
    eprintln!("odd GeoTIFFs: {} files, {read} read", files.len());
    assert!(read * 100 > files.len() * 80, "only {read} of {} were read", files.len());
}
