//! Does one piece of work on an image and prints what it took as JSON: `raster_bench WORK FILE [FOLDER]`,
//! where WORK is `open`, `all`, `windows`, `again`, `overviews` or `statistics`. Threads: RAYON_NUM_THREADS.
//! The figures, beside other programs', are in `docs/benchmarks.md`.
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::path::Path;
use std::time::Instant;

use raster::{OpenOptions, OverviewStore, Source, TileCache, overviews, statistics};
use spatial::TileKey;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().collect();
    let (Some(work), Some(file)) = (args.get(1), args.get(2)) else {
        return Err("usage: raster_bench WORK FILE [FOLDER]".into());
    };
    let options = OpenOptions {
        cache: TileCache::new(256 << 20),
        overviews: args
            .get(3)
            .map_or_else(OverviewStore::default, |f| OverviewStore::in_folder(Path::new(f))),
        ..OpenOptions::default()
    };
    let start = Instant::now();
    let source = Source::open_with(Path::new(file), &options)?;
    let opened = start.elapsed();
    let bands: Vec<usize> = (0..source.image().bands.len()).collect();
    let start = Instant::now();
    let bytes = match work.as_str() {
        "open" => 0,
        "all" => read_all(&source, &bands)?,
        "windows" => read_windows(&source, &bands, 300)?,
        "again" => {
            read_windows(&source, &bands, 40)?;
            let again = Instant::now();
            let bytes = read_windows(&source, &bands, 40)?;
            println!(
                "{}",
                serde_json::json!({ "second_ms": again.elapsed().as_secs_f64() * 1e3, "bytes": bytes })
            );
            bytes
        }
        "overviews" => {
            overviews::build(&source, &|_| true)?;
            0
        }
        "statistics" => statistics::exact(&source, &bands, &|_| true)?.len() as u64,
        other => return Err(format!("there is no work called {other}").into()),
    };
    let took = start.elapsed().as_secs_f64();
    let line = serde_json::json!({
        "work": work, "open_ms": opened.as_secs_f64() * 1e3, "seconds": took, "bytes": bytes,
        "mb_per_s": bytes as f64 / 1e6 / took,
    });
    println!("{line}");
    Ok(())
}

/// Every tile of the full resolution, a row of tiles at a time.
fn read_all(source: &Source, bands: &[usize]) -> Result<u64, Failure> {
    let (cols, rows) = source.pyramid().levels()[0].grid();
    let mut bytes = 0;
    for row in 0..rows {
        let keys: Vec<TileKey> = (0..cols).map(|col| TileKey { level: 0, col, row }).collect();
        for tile in source.read_tiles(&keys, bands) {
            bytes += tile?.values.as_bytes().len() as u64;
        }
    }
    Ok(bytes)
}

/// Windows of 512×512 at places that are spread by a fixed rule.
fn read_windows(source: &Source, bands: &[usize], count: u64) -> Result<u64, Failure> {
    let (width, height) = source.pyramid().size();
    let (w, h) = (width.min(512), height.min(512));
    let mut bytes = 0;
    for i in 0..count {
        let x = (i * 7_919_777 % u64::from(width - w + 1)) as u32;
        let y = (i * 104_729_333 % u64::from(height - h + 1)) as u32;
        bytes += source.read_window(0, x, y, w, h, bands)?.values.as_bytes().len() as u64;
    }
    Ok(bytes)
}
