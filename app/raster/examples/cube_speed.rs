//! How fast bands and spectra of a cube are read: `cube_speed IMAGE [COUNT]` prints milliseconds of a first and a
//! second composite of three bands, and spectra of random pixels a second with the slowest of a hundred.
//! `tests/peers/cube_speed.py` compares the figures with Spectral Python and rasterio.
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::path::Path;
use std::time::Instant;

use raster::{OpenOptions, OverviewStore, Source};
use spatial::TileKey;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("usage: cube_speed IMAGE [COUNT]")?;
    let count: u32 = args.next().map_or(Ok(20_000), |n| n.parse())?;
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    let start = Instant::now();
    let source = Source::open_with(Path::new(&file), &OpenOptions { overviews, ..OpenOptions::default() })?;
    let open_ms = start.elapsed().as_secs_f64() * 1e3;
    let bands: Vec<usize> = [30, 20, 10].into_iter().filter(|b| *b < source.image().bands.len()).collect();
    let (cols, rows) = source.pyramid().levels()[0].grid();
    let keys: Vec<TileKey> =
        (0..rows).flat_map(|row| (0..cols).map(move |col| TileKey { level: 0, col, row })).collect();
    let composite = || -> Result<f64, Box<dyn std::error::Error>> {
        let start = Instant::now();
        for tile in source.read_tiles(&keys, &bands) {
            tile?;
        }
        Ok(start.elapsed().as_secs_f64() * 1e3)
    };
    let (first_ms, second_ms) = (composite()?, composite()?);
    let (width, height) = source.pyramid().size();
    let mut state = 7_u64;
    let mut times: Vec<f64> = Vec::new();
    let start = Instant::now();
    let mut sum = 0.0;
    for _ in 0..count {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (x, y) = ((state >> 33) as u32 % width, (state >> 11) as u32 % height);
        let begin = Instant::now();
        sum += source.read_spectrum(x, y)?.value(0, 0, 0).unwrap_or(0.0);
        times.push(begin.elapsed().as_secs_f64() * 1e6);
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let p99_us = times[times.len() * 99 / 100];
    println!(
        "{{\"open_ms\": {open_ms:.2}, \"first_ms\": {first_ms:.1}, \"second_ms\": {second_ms:.1}, \
         \"spectra_per_s\": {rate:.0}, \"p99_us\": {p99_us:.1}, \"sum\": {sum}}}"
    );
    Ok(())
}
