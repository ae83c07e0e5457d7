//! Large coordinates stay exact, because they never reach the GPU.

use renderer::{
    BatchDraw, BatchId, BatchShape, Hatch, LayerScene, Scene, ShapeBatch, ShapeScene, ShapeStyle, TileDraw,
    TileId, TileMesh, TileValues,
};
use spatial::{Viewport, WorldPoint};

use crate::{alone, picture, renderer, upload};

const CENTER: WorldPoint = WorldPoint { x: 366_812.43, y: 5_000_000.17 };

fn screen(view: &Viewport, x: f64, y: f64) -> [f32; 2] {
    let at = view.screen_from_world((x, y).into());
    [at.x as f32, at.y as f32]
}

#[test]
fn two_pixels_one_centimetre_apart_stay_apart_at_utm_5_000_000() {
    let _turn = alone();
    // 1 cm texels, eight screen pixels each, in a tile of 256 × 256 texels around the camera.
    let view = Viewport::new(CENTER, 0.01 / 8.0, [64.0, 64.0]);
    let values: Vec<u8> =
        (0..256 * 256).map(|n| if (n % 256 + n / 256) % 2 == 0 { 255 } else { 0 }).collect();
    let mut renderer = renderer();
    let id = TileId::new(1, 0, 0, 0);
    upload(&mut renderer, id, [256, 256, 1], TileValues::U8(&values));
    let corner = |dx: f64, dy: f64| screen(&view, CENTER.x + dx, CENTER.y + dy);
    let mesh =
        TileMesh::quad([corner(-1.28, 1.28), corner(1.28, 1.28), corner(-1.28, -1.28), corner(1.28, -1.28)]);
    let tile = TileDraw { id, mesh, source: [0.0, 0.0, 256.0, 256.0], fade: 1.0, failed: false };
    let mut layer = LayerScene::rgb(vec![tile]);
    layer.mix = renderer::BandMix::Rgb([0, 0, 0]);
    let mut scene = Scene::new([64, 64], [90, 0, 0, 255]);
    scene.layers.push(layer);
    let image = picture(&mut renderer, &scene);
    for y in 0..64 {
        for x in 0..64 {
            let expected = if (x / 8 + y / 8) % 2 == 0 { 255 } else { 0 };
            assert_eq!(image.pixel(x, y), Some([expected, expected, expected, 255]), "pixel {x}, {y}");
        }
    }
}

#[test]
fn a_tile_far_larger_than_the_screen_is_still_sampled_where_it_should_be() {
    let _turn = alone();
    let values: Vec<u8> = (0..512 * 512).map(|n| (n % 512 / 2 + n / 512 / 4) as u8).collect();
    let mut renderer = renderer();
    let id = TileId::new(1, 0, 0, 0);
    upload(&mut renderer, id, [512, 512, 1], TileValues::U8(&values));
    // 400 px per texel: the tile is 204,800 px wide, and the screen shows the corner of four texels.
    let side = 512.0 * 400.0;
    let (left, top) = (32.0 - 300.0 * 400.0, 32.0 - 200.0 * 400.0);
    let mesh = TileMesh::rect(left, top, left + side, top + side);
    let tile = TileDraw { id, mesh, source: [0.0, 0.0, 512.0, 512.0], fade: 1.0, failed: false };
    let mut layer = LayerScene::rgb(vec![tile]);
    layer.mix = renderer::BandMix::Rgb([0, 0, 0]);
    let mut scene = Scene::new([64, 64], [90, 0, 0, 255]);
    scene.layers.push(layer);
    let image = picture(&mut renderer, &scene);
    let texel = |x: usize, y: usize| values[y * 512 + x];
    for (at, expected) in [
        ((30, 30), texel(299, 199)),
        ((33, 30), texel(300, 199)),
        ((30, 33), texel(299, 200)),
        ((33, 33), texel(300, 200)),
    ] {
        assert_eq!(image.pixel(at.0, at.1).unwrap()[0], expected, "pixel {at:?}");
    }
}

fn solid() -> ShapeStyle {
    ShapeStyle {
        fill: [255, 255, 255, 255],
        hatch: Hatch::None,
        hatch_color: [0; 4],
        outline: [255, 255, 255, 255],
        width_px: 1.0,
        casing: [0; 4],
        casing_px: 0.0,
        dashed: false,
    }
}

#[test]
fn shapes_of_a_batch_lie_where_the_viewport_says_at_any_zoom() {
    let _turn = alone();
    let mut renderer = renderer();
    let square = |x: f64, y: f64, side: f64| vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]];
    // A town of 20 km, and in its middle a square of 2 cm.
    let mut shapes: Vec<BatchShape> = (0..2_000)
        .map(|n| {
            let (x, y) = (f64::from(n % 50) * 400.0 - 10_000.0, f64::from(n / 50) * 500.0 - 10_000.0);
            let rings = vec![square(CENTER.x + x + 150.0, CENTER.y + y + 150.0, 10.0)];
            BatchShape { rings, closed: true, style: 0 }
        })
        .collect();
    let small = square(CENTER.x, CENTER.y, 0.02);
    shapes.push(BatchShape { rings: vec![small.clone()], closed: true, style: 0 });
    let report =
        renderer.batches_mut().upload(BatchId(1), &ShapeBatch { shapes, styles: vec![solid()] }).unwrap();
    assert_eq!((report.shapes, report.skipped), (2_001, 0));
    for resolution in [0.001, 0.000_5, 0.002] {
        let view = Viewport::new(CENTER, resolution, [64.0, 64.0]).panned(3.25, -7.5);
        let mut scene = Scene::new([64, 64], [0, 0, 0, 255]);
        scene.batches.push(BatchDraw { id: BatchId(1), view, fading: None });
        let kept = picture(&mut renderer, &scene);
        scene.batches.clear();
        let ring = small.iter().map(|point| screen(&view, point[0], point[1])).collect();
        scene.shapes.push(ShapeScene { rings: vec![ring], closed: true, style: solid() });
        let direct = picture(&mut renderer, &scene);
        let worst = kept.pixels.iter().zip(&direct.pixels).map(|(a, b)| a.abs_diff(*b)).max();
        // A twentieth of a pixel, at half a millimetre a pixel.
        assert!(worst <= Some(13), "at {resolution} m per pixel they differ by {worst:?}");
        assert!(direct.pixels.contains(&255));
    }
}
