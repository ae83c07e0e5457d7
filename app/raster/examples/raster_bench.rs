//! Does one piece of work on an image and prints what it took as JSON: `raster_bench WORK FILE [FOLDER]`,
//! where WORK is `open`, `all`, `windows`, `again`, `overviews`, `statistics`, `digest` or `cloud` (a copy as a
//! cloud-optimised GeoTIFF, whose name comes third). Threads:
//! RAYON_NUM_THREADS. The figures, beside other programs', are in `docs/benchmarks.md`.
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::path::Path;
use std::time::Instant;

use raster::{OpenOptions, OverviewStore, SampleBuffer, Source, TileCache, overviews, statistics, write};
use spatial::TileKey;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().collect();
    let (Some(work), Some(file)) = (args.get(1), args.get(2)) else {
        return Err("usage: raster_bench WORK FILE [FOLDER]".into());
    };
    // Whoever reads every tile once keeps none.
    let cache = if matches!(work.as_str(), "all" | "digest") { 0 } else { 256 << 20 };
    let options = OpenOptions {
        cache: TileCache::new(cache),
        overviews: args
            .get(3)
            .filter(|_| work != "cloud")
            .map_or_else(OverviewStore::default, |f| OverviewStore::in_folder(Path::new(f))),
        ..OpenOptions::default()
    };
    let start = Instant::now();
    let source = Source::open_with(Path::new(file), &options)?;
    let opened = start.elapsed();
    let bands: Vec<usize> = (0..source.image().bands.len()).collect();
    let (start, before) = (Instant::now(), processor_seconds());
    let mut line = serde_json::Map::new();
    let bytes = match work.as_str() {
        "open" => 0,
        "all" => read_all(&source, &bands, &mut |_, _| ())?,
        "digest" => {
            let mut sum = 0_u64;
            let bytes =
                read_all(&source, &bands, &mut |key, values| add_digest(&source, key, values, &mut sum))?;
            line.insert("digest".into(), sum.into());
            bytes
        }
        "windows" => read_windows(&source, &bands, 300)?,
        "again" => {
            let first = Instant::now();
            read_windows(&source, &bands, 40)?;
            line.insert("first_ms".into(), (first.elapsed().as_secs_f64() * 1e3).into());
            line.insert("first_cpu_ms".into(), ((processor_seconds() - before) * 1e3).into());
            let (again, before) = (Instant::now(), processor_seconds());
            let bytes = read_windows(&source, &bands, 40)?;
            line.insert("second_ms".into(), (again.elapsed().as_secs_f64() * 1e3).into());
            line.insert("second_cpu_ms".into(), ((processor_seconds() - before) * 1e3).into());
            bytes
        }
        "cloud" => {
            write_for_the_cloud(&source, &bands, Path::new(args.get(3).ok_or("name the file to write")?))?;
            0
        }
        "overviews" => {
            overviews::build(&source, &|_| true)?;
            0
        }
        "statistics" => {
            let found = statistics::exact(&source, &bands, &|_| true)?;
            let cuts = |s: &statistics::BandStatistics| [2.0, 98.0].map(|p| s.percentile(p));
            let cuts: Vec<_> = found.iter().map(cuts).collect();
            line.insert("statistics".into(), serde_json::to_value(&found)?);
            line.insert("percentiles".into(), serde_json::to_value(cuts)?);
            0
        }
        other => return Err(format!("there is no work called {other}").into()),
    };
    let took = start.elapsed().as_secs_f64();
    line.insert("open_ms".into(), (opened.as_secs_f64() * 1e3).into());
    line.insert("wall".into(), took.into());
    line.insert("cpu".into(), (processor_seconds() - before).into());
    line.insert("bytes".into(), bytes.into());
    println!("{}", serde_json::Value::Object(line));
    Ok(())
}

/// A copy with overviews, deflate and predictor, a row of tiles at a time.
fn write_for_the_cloud(source: &Source, bands: &[usize], path: &Path) -> Result<(), Failure> {
    let image = source.image();
    let roles: Vec<_> = image.bands.iter().map(|band| band.color).collect();
    let new = write::NewImage::new(image.width, image.height, image.sample_type, &roles)
        .at(image.crs.clone(), image.transform);
    let options =
        write::WriteOptions { tile_px: Some(512), overviews: true, ..write::WriteOptions::default() };
    let writer = write::Writer::create(path, &new, &options)?;
    let mut y = 0;
    while y < image.height {
        let rows = writer.rows_at_once().min(image.height - y);
        writer.write_rows(y, &source.read_window(0, 0, y, image.width, rows, bands)?.values)?;
        y += rows;
    }
    Ok(writer.finish()?)
}

/// What all threads have had of the processor; 0 where the system does not say.
fn processor_seconds() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let of = |thread: std::fs::DirEntry| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    threads.filter_map(Result::ok).filter_map(of).sum::<f64>() / 1e9
}

/// Every tile of the full resolution, a row of tiles at a time.
fn read_all(
    source: &Source,
    bands: &[usize],
    each: &mut dyn FnMut(TileKey, &SampleBuffer),
) -> Result<u64, Failure> {
    let (cols, rows) = source.pyramid().levels()[0].grid();
    let mut bytes = 0;
    for row in 0..rows {
        let keys: Vec<TileKey> = (0..cols).map(|col| TileKey { level: 0, col, row }).collect();
        for (key, tile) in keys.iter().zip(source.read_tiles(&keys, bands)) {
            let tile = tile?;
            bytes += tile.values.as_bytes().len() as u64;
            each(*key, &tile.values);
            tile.recycle();
        }
    }
    Ok(bytes)
}

/// Adds each byte times a weight that depends on where it lies, so that nothing can change places.
fn add_digest(source: &Source, key: TileKey, values: &SampleBuffer, sum: &mut u64) {
    let Some(window) = source.pyramid().window(key) else { return };
    let plane = window.width as usize * window.height as usize;
    for (i, value) in values.as_bytes().iter().enumerate() {
        let (band, at) = (i / plane, i % plane);
        let (x, y) =
            (window.x as usize + at % window.width as usize, window.y as usize + at / window.width as usize);
        *sum += u64::from(*value) * ((x * 31 + y * 17 + band * 7) % 251 + 1) as u64;
    }
}

/// Windows of 512×512 at places that are spread by a fixed rule.
fn read_windows(source: &Source, bands: &[usize], count: u64) -> Result<u64, Failure> {
    let (width, height) = source.pyramid().size();
    let (w, h) = (width.min(512), height.min(512));
    let mut bytes = 0;
    for i in 0..count {
        let x = (i * 7_919_777 % u64::from(width - w + 1)) as u32;
        let y = (i * 104_729_333 % u64::from(height - h + 1)) as u32;
        let window = source.read_window(0, x, y, w, h, bands)?;
        bytes += window.values.as_bytes().len() as u64;
        window.recycle();
    }
    Ok(bytes)
}
