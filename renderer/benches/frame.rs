//! What a frame costs the processor: preparing a scene and writing its draws, without waiting for the GPU.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use renderer::{
    BatchDraw, BatchId, BatchShape, Gpu, GpuPreference, Hatch, LayerScene, RENDER_IMAGE_FORMAT, Renderer,
    Scene, ShapeBatch, ShapeScene, ShapeStyle, TileDraw, TileId, TileMesh, TileSamples, TileValues, ViewId,
    wgpu,
};
use spatial::Viewport;

const SIZE: [u32; 2] = [1920, 1080];

fn polygon(n: u32) -> Vec<[f64; 2]> {
    let (x, y) = (f64::from(n % 50) * 38.0, -f64::from(n / 50) * 27.0);
    [[0.0, 0.0], [20.0, 2.0], [22.0, -8.0], [12.0, -9.0], [11.0, -14.0], [-1.0, -15.0]]
        .map(|[dx, dy]| [x + dx, y + dy])
        .to_vec()
}

fn tiles(offset: f32) -> Vec<TileDraw> {
    let tile = |n: u32| {
        let (x, y) = ((n % 10) as f32 * 256.0 - offset, (n / 10) as f32 * 256.0 - offset);
        let mesh = TileMesh::rect(x, y, x + 256.0, y + 256.0);
        let id = TileId::new(1, 0, n % 10, n / 10);
        TileDraw { id, mesh, source: [0.0, 0.0, 256.0, 256.0], fade: 1.0, failed: false }
    };
    (0..50).map(tile).collect()
}

/// One frame as a window draws it, but for the submit.
fn frame(renderer: &mut Renderer, gpu: &Gpu, target: &wgpu::TextureView, scene: &Scene) {
    let prepared = renderer.prepare(ViewId::MAIN, scene).expect("the scene is prepared");
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let ops = wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Store };
    let attachment =
        wgpu::RenderPassColorAttachment { view: target, depth_slice: None, resolve_target: None, ops };
    let descriptor =
        wgpu::RenderPassDescriptor { color_attachments: &[Some(attachment)], ..Default::default() };
    let mut pass = encoder.begin_render_pass(&descriptor);
    renderer.paint(ViewId::MAIN, &mut pass);
    drop(pass);
    black_box((encoder.finish(), prepared));
    // Sends what was written to buffers, so that it does not pile up; the draws themselves stay behind.
    gpu.queue.submit([]);
    gpu.device.poll(wgpu::PollType::Poll).expect("the device works");
}

fn frames(criterion: &mut Criterion) {
    let gpu = Gpu::headless(&GpuPreference::Fastest).expect("there is an adapter");
    let target = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width: SIZE[0], height: SIZE[1], depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: RENDER_IMAGE_FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    });
    let target = target.create_view(&wgpu::TextureViewDescriptor::default());
    let mut renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT).expect("the format is supported");
    let bytes = vec![120; 256 * 256 * 3];
    let values = TileValues::U8(&bytes);
    let samples = TileSamples { width: 256, height: 256, bands: 3, values, valid: None };
    for tile in tiles(0.0) {
        renderer.tiles_mut().upload(tile.id, &samples).expect("the tile is sound");
    }
    let style = ShapeStyle::of_class([255, 120, 20], Hatch::Diagonal, 1.0);
    let view = Viewport::new((960.0, -540.0).into(), 1.0, SIZE.map(f64::from));
    let mut scene = Scene::new(SIZE, [20, 20, 22, 255]);
    scene.layers.push(LayerScene::rgb(tiles(0.0)));

    let mut n = 0_u32;
    let mut pan = || {
        n = n % 60 + 1;
        f64::from(n)
    };
    criterion.bench_function("panned frame, 50 tiles", |bencher| {
        bencher.iter(|| {
            scene.layers[0].tiles = tiles(pan() as f32);
            frame(&mut renderer, &gpu, &target, &scene);
        });
    });
    let batch = |count: u32| {
        let shape = |n| BatchShape { rings: vec![polygon(n)], closed: true, style: 0 };
        ShapeBatch { shapes: (0..count).map(shape).collect(), styles: vec![style] }
    };
    for count in [2_000, 100_000] {
        renderer.batches_mut().upload(BatchId(1), &batch(count)).expect("the batch fits");
        criterion.bench_function(&format!("panned frame, 50 tiles, batch of {count}"), |bencher| {
            bencher.iter(|| {
                let step = pan();
                scene.layers[0].tiles = tiles(step as f32);
                scene.batches =
                    vec![BatchDraw { id: BatchId(1), view: view.panned(-step, -step), fading: None }];
                frame(&mut renderer, &gpu, &target, &scene);
            });
        });
        criterion.bench_function(&format!("upload of a batch of {count}"), |bencher| {
            let batch = batch(count);
            bencher.iter(|| renderer.batches_mut().upload(BatchId(1), &batch));
        });
    }
    window_of_many(criterion, &gpu, &target, &mut renderer);
    scene.batches.clear();
    criterion.bench_function("panned frame, 50 tiles, 2000 shapes cut anew", |bencher| {
        bencher.iter(|| {
            let step = pan();
            scene.layers[0].tiles = tiles(step as f32);
            let ring = |n| polygon(n).iter().map(|p| [(p[0] - step) as f32, (-p[1] - step) as f32]).collect();
            let shape = |n| ShapeScene { rings: vec![ring(n)], closed: true, style };
            scene.shapes = (0..2_000).map(shape).collect();
            frame(&mut renderer, &gpu, &target, &scene);
        });
    });
}

/// A million shapes in batches as the map has them, and a window in which about 10,000 of them lie.
fn window_of_many(criterion: &mut Criterion, gpu: &Gpu, target: &wgpu::TextureView, renderer: &mut Renderer) {
    const MANY: u32 = 1_000_000;
    const PAGE: u32 = 8_192;
    let style = ShapeStyle::of_class([255, 120, 20], Hatch::Diagonal, 1.0);
    let shape = |n: u32| {
        let (x, y) = (f64::from(n % 1_000) * 12.0, f64::from(n / 1_000) * 12.0);
        let ring = vec![[x, y], [x + 8.0, y], [x + 8.0, y + 8.0], [x, y + 8.0]];
        BatchShape { rings: vec![ring], closed: true, style: 0 }
    };
    let mut ids = Vec::new();
    for first in (0..MANY).step_by(PAGE as usize) {
        let shapes = (first..MANY.min(first + PAGE)).map(shape).collect();
        let id = BatchId(10 + u64::from(first / PAGE));
        renderer.batches_mut().upload(id, &ShapeBatch { shapes, styles: vec![style] }).expect("it fits");
        ids.push(id);
    }
    // 10,000 cells of 12 by 12.
    let resolution = (10_000.0 * 144.0 / (f64::from(SIZE[0]) * f64::from(SIZE[1]))).sqrt();
    let view = Viewport::new((6_000.0, 6_000.0).into(), resolution, SIZE.map(f64::from));
    let mut scene = Scene::new(SIZE, [20, 20, 22, 255]);
    let mut n = 0_u32;
    criterion.bench_function("panned frame, window of 10,000 of 1,000,000 shapes", |bencher| {
        bencher.iter(|| {
            n = n % 60 + 1;
            let view = view.panned(f64::from(n) * 7.0, f64::from(n) * 3.0);
            scene.batches = ids.iter().map(|id| BatchDraw { id: *id, view, fading: None }).collect();
            frame(renderer, gpu, target, &scene);
        });
    });
    for id in &ids {
        renderer.batches_mut().forget(*id);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(2));
    targets = frames
}
criterion_main!(benches);
