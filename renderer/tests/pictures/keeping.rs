//! What is kept on the GPU, what goes, and what is refused.

use renderer::{
    BatchDraw, BatchId, BatchShape, GpuError, Hatch, LabelScene, LayerScene, Prepared, Scene, ShapeBatch,
    ShapeScene, ShapeStyle, TileId, TileSamples, TileValues, ViewId, render_image, wgpu,
};
use spatial::Viewport;

use crate::{alone, draw, fresh, gpu, upload};

fn tile(n: u32) -> TileId {
    TileId::new(1, 0, n, 0)
}

fn scene_of(tiles: impl IntoIterator<Item = u32>) -> Scene {
    let mut scene = Scene::new([8, 8], [0, 0, 0, 255]);
    scene
        .layers
        .push(LayerScene::rgb(tiles.into_iter().map(|n| draw(tile(n), [0.0, 0.0], [8, 8])).collect()));
    scene
}

#[test]
fn the_least_recently_used_tiles_go_but_none_that_is_in_view() {
    let _turn = alone();
    let mut renderer = fresh();
    // With its border a tile of 8 × 8 bytes in three bands takes 300 bytes.
    renderer.tiles_mut().set_budget(1_200);
    let put = |renderer: &mut renderer::Renderer, n: u32| {
        upload(renderer, tile(n), [8, 8, 3], TileValues::U8(&[1; 192]));
    };
    (0..4).for_each(|n| put(&mut renderer, n));
    assert_eq!((renderer.tiles().bytes(), renderer.tiles().counters().evictions), (1_200, 0));
    renderer.prepare(ViewId::MAIN, &scene_of([0, 1, 2, 3])).unwrap();
    renderer.prepare(ViewId::MAIN, &scene_of([0, 1])).unwrap();
    put(&mut renderer, 4);
    put(&mut renderer, 5);
    let there: Vec<u32> = (0..6).filter(|n| renderer.tiles().contains(tile(*n))).collect();
    assert_eq!(there, [0, 1, 4, 5]);
    assert_eq!(renderer.tiles().counters().evictions, 2);
    assert_eq!(renderer.tiles().counters().over_budget, 0);
    renderer.prepare(ViewId::MAIN, &scene_of([0, 1, 4, 5])).unwrap();
    put(&mut renderer, 6);
    assert_eq!(renderer.tiles().bytes(), 1_500, "all are in view or new");
    assert_eq!(renderer.tiles().counters().over_budget, 1);
}

#[test]
fn tiles_of_every_view_on_screen_stay() {
    let _turn = alone();
    let mut renderer = fresh();
    renderer.tiles_mut().set_budget(600);
    for n in 0..2 {
        upload(&mut renderer, tile(n), [8, 8, 3], TileValues::U8(&[1; 192]));
    }
    renderer.prepare(ViewId(0), &scene_of([0])).unwrap();
    renderer.prepare(ViewId(1), &scene_of([1])).unwrap();
    upload(&mut renderer, tile(2), [8, 8, 3], TileValues::U8(&[1; 192]));
    assert!(renderer.tiles().contains(tile(0)) && renderer.tiles().contains(tile(1)));
    renderer.forget_view(ViewId(0));
    renderer.prepare(ViewId(1), &scene_of([1])).unwrap();
    upload(&mut renderer, tile(3), [8, 8, 3], TileValues::U8(&[1; 192]));
    assert!(!renderer.tiles().contains(tile(0)) && renderer.tiles().contains(tile(1)));
}

#[test]
fn tiles_that_are_not_there_are_counted_and_a_closed_layer_leaves_nothing() {
    let _turn = alone();
    let mut renderer = fresh();
    upload(&mut renderer, tile(0), [8, 8, 3], TileValues::U8(&[1; 192]));
    let prepared = renderer.prepare(ViewId::MAIN, &scene_of([0, 9])).unwrap();
    assert_eq!((prepared.tiles, prepared.missing_tiles), (1, 1));
    renderer.tiles_mut().forget_layer(1);
    assert!(renderer.tiles().is_empty() && renderer.tiles().bytes() == 0);
}

#[test]
fn tiles_whose_numbers_do_not_agree_are_refused() {
    let _turn = alone();
    let mut renderer = fresh();
    let mut refused = |width, height, bands, values: &[u8], valid: Option<&[u8]>| {
        let values = TileValues::U8(values);
        renderer
            .tiles_mut()
            .upload(tile(0), &TileSamples { width, height, bands, values, valid })
            .unwrap_err()
    };
    assert!(matches!(refused(2, 2, 3, &[0; 11], None), GpuError::TileShape { expected: 12, actual: 11, .. }));
    assert!(matches!(
        refused(2, 2, 1, &[0; 4], Some(&[1; 3])),
        GpuError::TileShape { what: "mask bytes", .. }
    ));
    assert!(matches!(refused(0, 5, 3, &[], None), GpuError::TileShape { .. }));
    let many = vec![0; 1 << 20];
    assert!(matches!(refused(1 << 20, 1, 1, &many, None), GpuError::TileTooLarge { .. }));
    assert!(matches!(refused(1, 1, 1 << 20, &many, None), GpuError::TileTooLarge { .. }));
    assert!(matches!(refused(u32::MAX, u32::MAX, u32::MAX, &[], None), GpuError::TileTooLarge { .. }));
}

#[test]
fn pictures_of_impossible_sizes_are_refused() {
    let _turn = alone();
    let mut renderer = fresh();
    for size in [[0, 10], [10, 0], [u32::MAX, 10]] {
        let error = render_image(gpu(), &mut renderer, &Scene::new(size, [0; 4])).unwrap_err();
        assert!(matches!(error, GpuError::PictureSize { .. }), "{error}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn what_the_driver_refuses_is_kept_and_does_not_end_the_program() {
    let _turn = alone();
    let size = u64::MAX - 3;
    let usage = wgpu::BufferUsages::VERTEX;
    let _buffer = gpu().device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size,
        usage,
        mapped_at_creation: false,
    });
    let fault = gpu().check();
    assert!(matches!(fault, Err(GpuError::Refused(_) | GpuError::OutOfMemory)), "{fault:?}");
    assert_eq!(gpu().check(), Ok(()), "told once");
}

#[test]
fn a_lost_device_is_an_error_and_a_new_one_draws_again() {
    let _turn = alone();
    let gpu = renderer::Gpu::headless(&renderer::GpuPreference::Fastest).unwrap();
    let mut renderer = renderer::Renderer::new(&gpu, renderer::RENDER_IMAGE_FORMAT).unwrap();
    let scene = Scene::new([8, 8], [1, 2, 3, 255]);
    assert!(render_image(&gpu, &mut renderer, &scene).is_ok());
    gpu.device.destroy();
    let error = render_image(&gpu, &mut renderer, &scene).unwrap_err();
    assert!(matches!(error, GpuError::Lost(_)), "{error}");
    let image = render_image(crate::gpu(), &mut fresh(), &scene).unwrap();
    assert_eq!(image.pixel(4, 4), Some([1, 2, 3, 255]));
}

#[test]
fn a_renderer_can_live_among_the_resources_of_egui() {
    fn shared_between_threads<T: Send + Sync + 'static>() {}
    shared_between_threads::<renderer::Renderer>();
    shared_between_threads::<renderer::Gpu>();
}

#[test]
fn an_adapter_of_an_unknown_name_is_an_error_that_says_what_to_install() {
    let error =
        renderer::Gpu::headless(&renderer::GpuPreference::Named("no such card".to_owned())).unwrap_err();
    assert!(error.to_string().contains("no such card") && error.to_string().contains(&gpu().describe().name));
    assert!(error.hint().unwrap().contains("mesa-vulkan-drivers"));
}

fn town(count: u32) -> ShapeBatch {
    let shape = |n: u32| {
        let (x, y) = (f64::from(n % 100) * 20.0, f64::from(n / 100) * 20.0);
        let rings = vec![vec![[x, y], [x + 12.0, y], [x + 12.0, y + 9.0], [x, y + 9.0]]];
        BatchShape { rings, closed: true, style: n % 2 }
    };
    let style = |color| ShapeStyle::of_class(color, Hatch::Diagonal, 1.0);
    ShapeBatch {
        shapes: (0..count).map(shape).collect(),
        styles: vec![style([255, 0, 0]), style([0, 0, 255])],
    }
}

#[test]
fn an_unchanged_scene_sends_nothing_and_a_moved_camera_next_to_nothing() {
    let _turn = alone();
    let mut renderer = fresh();
    let report = renderer.batches_mut().upload(BatchId(1), &town(5_000)).unwrap();
    let mut view = Viewport::new((1_000.0, 500.0).into(), 2.0, [640.0, 480.0]);
    let mut scene = Scene::new([640, 480], [0, 0, 0, 255]);
    scene.batches.push(BatchDraw { id: BatchId(1), view, fading: None });
    let first = renderer.prepare(ViewId::MAIN, &scene).unwrap();
    assert!(first.bytes_sent > 0);
    assert_eq!(renderer.prepare(ViewId::MAIN, &scene).unwrap(), Prepared { bytes_sent: 0, ..first });
    for _ in 0..10 {
        view = view.panned(13.0, -7.0).zoomed(1.1, (100.0, 100.0).into());
        scene.batches[0].view = view;
        let sent = renderer.prepare(ViewId::MAIN, &scene).unwrap().bytes_sent;
        assert!(sent > 0 && sent * 500 < report.bytes, "{sent} of {} bytes", report.bytes);
    }
}

#[test]
fn parts_that_make_no_sense_are_skipped_and_counted() {
    let _turn = alone();
    let mut renderer = fresh();
    let style = ShapeStyle::of_class([255, 0, 0], Hatch::None, 1.0);
    let mut scene = Scene::new([16, 16], [0, 0, 0, 255]);
    let nan = vec![[0.0, 0.0], [f32::NAN, 3.0], [3.0, 3.0]];
    for rings in [vec![nan], vec![vec![[1.0, 1.0]; 5]], Vec::new(), vec![Vec::new()]] {
        scene.shapes.push(ShapeScene { rings, closed: true, style });
    }
    let text = "no font".to_owned();
    let (at, anchor) = ([1.0, 1.0], renderer::Anchor::Center);
    scene.labels.push(LabelScene { at, text, color: [255; 4], halo: [0; 4], size_px: 12.0, anchor });
    let mut warped = draw(tile(0), [0.0, f32::INFINITY], [8, 8]);
    warped.failed = true;
    scene.layers.push(LayerScene::rgb(vec![warped]));
    scene.batches.push(BatchDraw {
        id: BatchId(77),
        view: Viewport::new((0.0, 0.0).into(), 1.0, [16.0, 16.0]),
        fading: None,
    });
    let prepared = renderer.prepare(ViewId::MAIN, &scene).unwrap();
    assert_eq!((prepared.skipped, prepared.missing_batches), (6, 1));
    let image = render_image(gpu(), &mut renderer, &scene).unwrap();
    assert!(image.pixels.as_chunks::<4>().0.iter().all(|pixel| *pixel == [0, 0, 0, 255]));
    let shapes = vec![BatchShape { rings: vec![vec![[f64::NAN, 0.0]; 4]], closed: true, style: 0 }];
    let report =
        renderer.batches_mut().upload(BatchId(1), &ShapeBatch { shapes, styles: Vec::new() }).unwrap();
    assert_eq!((report.shapes, report.skipped), (0, 1));
}

#[test]
fn bytes_that_are_no_font_are_refused() {
    let _turn = alone();
    assert!(matches!(fresh().set_font(b"not a font"), Err(GpuError::Font(_))));
}
