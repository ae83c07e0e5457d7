//! Opens bytes as the program opens a file, and looks at some of every level.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Once;

use raster::{OpenOptions, OverviewStore, Source, TileCache, statistics};
use spatial::TileKey;

/// Budgets far below those of the program, so that a reader that ignores them is found soon.
const BUDGET_BYTES: u64 = 48 << 20;

/// Examines bytes as a file of this name, with neighbours that belong to it.
pub fn examine(name: &str, bytes: &[u8], neighbours: &[(&str, &[u8])]) {
    let folder = folder();
    for (name, bytes) in neighbours {
        std::fs::write(folder.join(name), bytes).expect("a file");
    }
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file");
    look(&path);
}

/// Examines a folder that holds these files and no others.
pub fn examine_folder(files: &[(String, &[u8])]) {
    let folder = folder().join("several");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).expect("a file");
    }
    look(&folder);
}

/// A folder in memory, where there is one; made once.
fn folder() -> PathBuf {
    thread_local! {
        static FOLDER: RefCell<Option<tempfile::TempDir>> = const { RefCell::new(None) };
    }
    // Decoders of others may panic where the reader catches it: only what escapes is a find.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        if std::env::var_os("FUZZ_SHOW_PANICS").is_none() {
            std::panic::set_hook(Box::new(|_| {}));
        }
    });
    FOLDER.with_borrow_mut(|held| {
        let new = || {
            let place = if std::path::Path::new("/dev/shm").is_dir() { "/dev/shm".into() } else { std::env::temp_dir() };
            tempfile::Builder::new().prefix("fuzz").tempdir_in(place).expect("a folder")
        };
        held.get_or_insert_with(new).path().to_path_buf()
    })
}

fn look(path: &std::path::Path) {
    let options = OpenOptions {
        cache: TileCache::new(4 << 20),
        chunk_budget: BUDGET_BYTES,
        read_budget: BUDGET_BYTES,
        picture_budget: BUDGET_BYTES,
        overviews: OverviewStore { folder: None, most_bytes: 0 },
        ..OpenOptions::default()
    };
    let Ok(source) = Source::open_with(path, &options) else { return };
    let _ = raster::report::json(&source, &[]);
    let count = source.image().bands.len();
    let bands = [0, count / 2, count - 1];
    for (level, size) in source.pyramid().levels().iter().enumerate().take(6) {
        let (cols, rows) = size.grid();
        for (col, row) in [(0, 0), (cols - 1, rows - 1)] {
            let _ = source.read_tile(TileKey { level: level as u8, col, row }, &bands);
        }
    }
    let (w, h) = source.pyramid().size();
    let _ = source.read_exact(0, w / 2, h / 2, (w - w / 2).min(8), (h - h / 2).min(8), &[count - 1]);
    if u64::from(w) * u64::from(h) < 65_536 {
        let _ = statistics::approximate(&source, &[0]);
    }
}
