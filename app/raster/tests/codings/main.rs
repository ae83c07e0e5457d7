//! Pictures that say their size themselves: JPEG 2000, JPEG XL and WebP, alone and in TIFF, with their place.

mod hostile;
mod jpeg2000;
mod jpegxl;
mod photographs;
mod wavelets;

#[path = "../hostile/forge.rs"]
#[expect(dead_code, reason = "other tests make more kinds of files")]
mod forge;

#[path = "../shared/examine.rs"]
mod examine;

use std::path::Path;

use raster::{OpenOptions, OverviewStore, Source, TileCache};

pub(crate) fn open(path: &Path) -> Result<Source, raster::OpenError> {
    let options = OpenOptions {
        cache: TileCache::new(16 << 20),
        overviews: OverviewStore { folder: None, most_bytes: 0 },
        ..OpenOptions::default()
    };
    Source::open_with(path, &options)
}

/// Bytes as a file of this name, opened. The folder goes with the second.
pub(crate) fn forged(name: &str, bytes: &[u8]) -> (Source, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file");
    (open(&path).expect("a sound file"), folder)
}

/// Values of one band of a level, row after row.
pub(crate) fn values(source: &Source, level: u8, band: usize) -> Vec<f64> {
    let size = source.pyramid().levels()[usize::from(level)];
    let read = source.read_window(level, 0, 0, size.width, size.height, &[band]).expect("samples");
    (0..read.values.len()).filter_map(|i| read.values.get(i)).collect()
}

/// What a rule gives for each pixel, row after row.
pub(crate) fn by_rule(width: u32, height: u32, rule: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    (0..height)
        .flat_map(|y| (0..width).map(move |x| (f64::from(x), f64::from(y))))
        .map(|(x, y)| rule(x, y))
        .collect()
}
