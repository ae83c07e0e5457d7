//! Every kind of sample that a TIFF can hold: whole numbers of 1 to 64 bits, floats, complex numbers,
//! colours that are inks, hues or lightness; as they are drawn, and without rounding.

#[path = "../hostile/forge.rs"]
mod forge;

#[path = "../hostile/packs.rs"]
mod packs;

mod colors;
mod numbers;
mod packed;

use forge::{Value, tiff};
use raster::{OpenOptions, OverviewStore, Source, TileCache};

/// A forged file, opened.
pub(crate) struct Forged {
    pub(crate) source: Source,
    _folder: tempfile::TempDir,
}

pub(crate) fn open(entries: &[(u16, Value)], data: &[u8]) -> Forged {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("forged.tif");
    std::fs::write(&path, tiff(entries, data, 0)).expect("a file");
    let options = OpenOptions {
        cache: TileCache::new(16 << 20),
        overviews: OverviewStore { folder: None, most_bytes: 0 },
        ..OpenOptions::default()
    };
    let source = Source::open_with(&path, &options).expect("a sound file");
    Forged { source, _folder: folder }
}

impl Forged {
    /// All values of one band as they are drawn.
    pub(crate) fn shown(&self, band: usize) -> Vec<f64> {
        let (w, h) = self.source.pyramid().size();
        let read = self.source.read_window(0, 0, 0, w, h, &[band]).expect("samples");
        (0..read.values.len()).filter_map(|i| read.values.get(i)).collect()
    }

    /// All values of one band as text, without rounding.
    pub(crate) fn exact(&self, band: usize) -> Vec<String> {
        let (w, h) = self.source.pyramid().size();
        let read = self.source.read_exact(0, 0, 0, w, h, &[band]).expect("samples");
        (0..read.values.len()).filter_map(|i| read.values.get(i)).map(|v| v.to_string()).collect()
    }
}
