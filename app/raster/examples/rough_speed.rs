//! How long the levels of a rough view take to read: `rough_speed FILE [THREADS]`.
//!
//! Prints JSON, coarsest first: size of the level, milliseconds since the file began to be opened until it was read
//! (tiles on so many threads, 2 unless told otherwise), and megabytes read of the file so far. Overviews that were
//! kept before are not used.
#![expect(clippy::print_stdout, reason = "an example prints what it measured")]

use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use raster::{OpenOptions, OverviewStore, Source, bytes_read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: rough_speed FILE [THREADS]")?;
    let threads: usize = arguments.next().map_or(Ok(2), |n| n.parse())?;
    let start = Instant::now();
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    let source = Source::open_with(Path::new(&path), &OpenOptions { overviews, ..OpenOptions::default() })?;
    let pyramid = source.rough_pyramid().ok_or("it has no rough view")?;
    let bands = source.image().default_bands();
    let (w, h) = pyramid.size();
    let whole = [0.0, 0.0, f64::from(w), f64::from(h)];
    for level in (source.pyramid().levels().len()..pyramid.levels().len()).rev() {
        let keys = Mutex::new(pyramid.tiles_in(level as u8, whole));
        let failed = Mutex::new(None);
        let next = || keys.lock().ok().and_then(|mut keys| keys.pop());
        let work = || {
            while let Some(key) = next() {
                if let Err(error) = source.read_rough(key, &bands)
                    && let Ok(mut failed) = failed.lock()
                {
                    *failed = Some(error);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        if let Some(error) = failed.into_inner()? {
            return Err(error.into());
        }
        let size = pyramid.levels()[level];
        let line = serde_json::json!({
            "width": size.width, "height": size.height, "ms": start.elapsed().as_secs_f64() * 1e3,
            "read_mb": bytes_read() as f64 / 1e6,
        });
        println!("{line}");
    }
    Ok(())
}
