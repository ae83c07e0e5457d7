//! How long from a closed file to its first picture with the device awake: `first_frame FILE ROUNDS`.
//!
//! Prints milliseconds as JSON: `open` (the file), `read` (its tiles in view, all cores), `draw`
//! (sending, drawing, reading back), `whole`. The renderer is one that has drawn before, as in a running program; the
//! file is opened anew each time. `tests/peers/first_frame.py` sets them beside other programs'.
#![expect(clippy::print_stdout, reason = "an example prints what it measured")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use picture::{LayerView, Rendering, view};
use raster::{OpenOptions, Source, TileCache};
use renderer::{Gpu, GpuPreference, RENDER_IMAGE_FORMAT, Renderer};
use spatial::Viewport;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: first_frame FILE ROUNDS")?;
    let rounds: usize = arguments.next().map_or(Ok(9), |n| n.parse())?;
    let gpu = Gpu::headless(&GpuPreference::Fastest)?;
    let mut renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT)?;
    for round in 0..=rounds {
        let start = Instant::now();
        let options = OpenOptions { cache: TileCache::new(64 << 20), ..OpenOptions::default() };
        let source = Arc::new(Source::open_with(Path::new(&path), &options)?);
        let rendering = Rendering::of(&source)?;
        let layer = LayerView::new(round as u64, source, rendering, None)?;
        let whole = layer.placement.world_bounds().ok_or("the image lies nowhere")?;
        let (layers, camera) = ([layer], Viewport::fit(whole, [1920.0, 1080.0], 0.0));
        let opened = ms(start);
        let ahead = view::read_ahead(&layers, &camera);
        let read = ms(start);
        view::draw_with(
            &gpu,
            &mut renderer,
            &layers,
            ahead,
            picture::afar::Over::default(),
            &camera,
            [0; 4],
        )?;
        let drawn = ms(start);
        if round > 0 {
            let line = serde_json::json!({
                "open": opened, "read": read - opened, "draw": drawn - read, "whole": drawn,
            });
            println!("{line}");
        }
    }
    Ok(())
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
