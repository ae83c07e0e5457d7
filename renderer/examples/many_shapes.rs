//! What it costs to draw very many polygons that stay on the device, and which pixels they cover.
//!
//! ```sh
//! cargo run --release -p orthoscope-renderer --example many_shapes -- COUNT OUT.raw [FRAMES] [fastest] [far] [window]
//! ```
//!
//! Squares of 4 to 11 m in a grid of 12 m, drawn at 1920 × 1080 with all of them in view, by the processor, or with
//! `fastest` by the best adapter that there is. `OUT.raw` is a byte for each pixel: how much of it is covered, of 255.
//! With `far` the squares are seen as the window shows very many: as cells of coverage, made by one thread; without, each is drawn
//! however small it is. With `window` only about 10,000 of them are in view. Prints one JSON object.
//! `tests/peers/drawing.py` draws the same with datashader.

use std::io::Write as _;
use std::time::Instant;

use renderer::{
    BatchDraw, BatchId, BatchShape, CoverageDraw, Gpu, GpuPreference, Hatch, RENDER_IMAGE_FORMAT, Renderer,
    Scene, ShapeBatch, ShapeStyle, render_image,
};
use spatial::Viewport;
use spatial::coverage::{Cell, Coverage, Fading, Outlines};

const SIZE: [u32; 2] = [1920, 1080];
const CELL_M: f64 = 12.0;
/// Shapes of one batch, as on the map.
const PAGE: usize = 8_192;

/// Columns of the grid: as many as fill the picture.
fn across(count: usize) -> usize {
    (count as f64 * f64::from(SIZE[0]) / f64::from(SIZE[1])).sqrt().ceil() as usize
}

fn square(at: usize, across: usize) -> BatchShape {
    let (x, y) = ((at % across) as f64 * CELL_M, (at / across) as f64 * CELL_M);
    let side = (4 + at * 7919 % 8) as f64;
    let ring = vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]];
    BatchShape { rings: vec![ring], closed: true, style: 0 }
}

/// Inside only, in one opaque colour, so that what is covered can be counted.
fn style() -> ShapeStyle {
    ShapeStyle {
        fill: [255, 255, 255, 255],
        outline: [0; 4],
        width_px: 0.0,
        casing: [0; 4],
        casing_px: 0.0,
        ..ShapeStyle::of_class([255, 255, 255], Hatch::None, 1.0)
    }
}

/// As in the window, but that what is small counts as large as it is, and a covered pixel is wholly white.
const FADING: Fading = Fading { low_px: 4.0, high_px: 8.0, least_px2: 0.0 };

/// Makes and sends the cells of both levels that a view shows.
fn look_from_afar(renderer: &mut Renderer, view: &Viewport, pages: &[Outlines], fading: Fading) {
    let Some((level, _)) = Cell::level_of(view.resolution) else { return };
    for cell in Cell::of_view(view, level).into_iter().chain(Cell::of_view(view, level + 1)) {
        let mut coverage = Coverage::new(cell, fading);
        for page in pages {
            coverage.add(page);
        }
        let picture = (!coverage.is_empty()).then(|| coverage.picture(&[[255; 4]]));
        renderer.coverage_mut().upload(cell, picture.as_deref());
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let count: usize = args.next().ok_or("how many shapes")?.parse()?;
    let out = args.next().ok_or("where to")?;
    let frames: usize = args.next().map_or(Ok(5), |n| n.parse())?;
    let words: Vec<String> = args.collect();
    let said = |word: &str| words.iter().any(|said| said == word);
    let preference = if said("fastest") { GpuPreference::Fastest } else { GpuPreference::Software };
    let fading = said("far").then_some(FADING);
    let gpu = Gpu::headless(&preference)?;
    let mut renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT)?;
    let columns = across(count);
    let started = Instant::now();
    let mut scene = Scene::new(SIZE, [0, 0, 0, 255]);
    let rows = count.div_ceil(columns) as f64;
    let whole = (columns as f64 * CELL_M / f64::from(SIZE[0])).max(rows * CELL_M / f64::from(SIZE[1]));
    let window = (10_000.0 * CELL_M * CELL_M / f64::from(SIZE[0] * SIZE[1])).sqrt();
    let resolution = if said("window") { window } else { whole };
    let middle = spatial::WorldPoint { x: columns as f64 * CELL_M / 2.0, y: rows * CELL_M / 2.0 };
    let view = Viewport::new(middle, resolution, SIZE.map(f64::from));
    let mut pages = Vec::new();
    for (number, first) in (0..count).step_by(PAGE).enumerate() {
        let shapes: Vec<BatchShape> =
            (first..count.min(first + PAGE)).map(|at| square(at, columns)).collect();
        pages.extend(fading.map(|_| Outlines::new(shapes.iter().map(|s| (0, true, s.rings.as_slice())))));
        let id = BatchId(number as u64);
        renderer.batches_mut().upload(id, &ShapeBatch { shapes, styles: vec![style()] })?;
        scene.batches.push(BatchDraw { id, view, fading });
    }
    let made_s = started.elapsed().as_secs_f64();
    let started = Instant::now();
    if let Some(fading) = fading {
        look_from_afar(&mut renderer, &view, &pages, fading);
        scene.coverage = Some(CoverageDraw { view, opacity: 1.0 });
    }
    let built_s = started.elapsed().as_secs_f64();
    let outlines_mb = pages.iter().map(Outlines::bytes).sum::<usize>() as f64 / 1e6;
    let mut times = Vec::new();
    let mut covered = Vec::new();
    for _ in 0..frames.max(1) {
        let started = Instant::now();
        let picture = render_image(&gpu, &mut renderer, &scene)?;
        times.push(started.elapsed().as_secs_f64());
        covered = picture.pixels.chunks_exact(4).map(|pixel| pixel[0]).collect();
    }
    std::fs::write(&out, &covered)?;
    let adapter = gpu.describe().name;
    let bounds = view.bounds();
    writeln!(
        std::io::stdout(),
        "{{\"adapter\": {adapter:?}, \"made_s\": {made_s}, \"built_s\": {built_s}, \"outlines_mb\": {outlines_mb}, \"frame_s\": {times:?}, \"across\": {columns}, \"x\": [{}, {}], \
         \"y\": [{}, {}]}}",
        bounds.min().x,
        bounds.max().x,
        bounds.min().y,
        bounds.max().y
    )?;
    Ok(())
}
