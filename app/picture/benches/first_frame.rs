//! From a closed file to the first picture of it at 1920 × 1080, with the device awake and the file in the
//! system's cache: opening, choosing tiles, decoding, sending, drawing, reading back.

use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use picture::{LayerView, Rendering, view};
use raster::write::{NewImage, WriteOptions};
use raster::{OpenOptions, SampleBuffer, Source, TileCache};
use renderer::{Gpu, GpuPreference, RENDER_IMAGE_FORMAT, Renderer};
use spatial::Viewport;

const SIZE: [f64; 2] = [1920.0, 1080.0];
const SIDE: u32 = 8192;

/// Soft light with grain, so that inflate has real work to do.
fn make(path: &Path) {
    let new = NewImage::rgb(SIDE, SIDE);
    let mut state = 1_u32;
    let mut sample = |i: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(i % SIDE) / 900.0).sin().mul_add(60.0, 110.0 + f64::from(state >> 28)) as u8
    };
    let values = SampleBuffer::U8((0..SIDE * SIDE * 3).map(&mut sample).collect());
    let options = WriteOptions { tile_px: Some(512), overviews: true, ..WriteOptions::default() };
    raster::write::image(path, &new, &options, &values).expect("the image is written");
}

fn first_picture(gpu: &Gpu, renderer: &mut Renderer, number: u64, path: &Path) -> view::Drawn {
    let options = OpenOptions { cache: TileCache::new(64 << 20), ..OpenOptions::default() };
    let source = Arc::new(Source::open_with(path, &options).expect("the image opens"));
    let rendering = Rendering::of(&source).expect("it has bands");
    let layer = LayerView::new(number, source, rendering, None).expect("pixel space");
    let whole = layer.placement.world_bounds().expect("it lies somewhere");
    let (layers, camera) = ([layer], Viewport::fit(whole, SIZE, 0.0));
    let ahead = view::read_ahead(&layers, &camera);
    view::draw_with(gpu, renderer, &layers, ahead, picture::afar::Over::default(), &camera, [0; 4])
        .expect("it is drawn")
}

fn first_frame(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mosaic.tif");
    make(&path);
    let gpu = Gpu::headless(&GpuPreference::Fastest).expect("there is an adapter");
    let mut renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT).expect("the format is supported");
    let mut number = 0;
    criterion.bench_function("first frame of 8192 x 8192, device awake", |bencher| {
        bencher.iter(|| {
            number += 1;
            first_picture(&gpu, &mut renderer, number, &path)
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = first_frame
}
criterion_main!(benches);
