//! Small pictures that a person has looked at, kept in `tests/golden`. `UPDATE_GOLDEN=1` writes them anew.

use std::path::PathBuf;
use std::sync::Arc;

use expression::{BandLabel, Expression};
use renderer::{
    Anchor, BandMix, Colormap, Filter, HandleKind, HandleScene, Hatch, LabelScene, LayerScene, Renderer,
    RgbaImage, SampleUnit, Scene, ShapeScene, ShapeStyle, TileId, TileValues,
};

use crate::{alone, draw, drawings::FONT, picture, renderer, upload};

/// Compares with the kept picture: at most one pixel in 200 may differ by more than 8 of 255, none by more
/// than 64, because edges are rounded a little differently from GPU to GPU.
fn looks_like(name: &str, image: &RgbaImage) {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"));
    let path = folder.join(format!("{name}.png"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        let kind = image::ExtendedColorType::Rgba8;
        image::save_buffer(&path, &image.pixels, image.width, image.height, kind)
            .expect("the picture is written");
        return;
    }
    let kept = image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).to_rgba8();
    assert_eq!(kept.dimensions(), (image.width, image.height), "{name}: size");
    let pairs = kept.as_raw().as_chunks::<4>().0.iter().zip(image.pixels.as_chunks::<4>().0);
    let differences: Vec<u8> =
        pairs.map(|(a, b)| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)).collect();
    let (worst, many) = (differences.iter().max(), differences.iter().filter(|d| **d > 8).count());
    if worst > Some(&64) || many * 200 > differences.len() {
        let saw = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
        let kind = image::ExtendedColorType::Rgba8;
        image::save_buffer(&saw, &image.pixels, image.width, image.height, kind)
            .expect("the picture is written");
        panic!("{name}: {many} pixels differ, by up to {worst:?}; see {}", saw.display());
    }
}

/// A soft ground that is neither dark nor bright.
fn ground(renderer: &mut Renderer, scene: &mut Scene) {
    let [width, height] = scene.size_px;
    let value = |n: u32, band: u32| {
        let (x, y) = (n % width, n / width);
        (110 + band * 12 + (x * 7 + y * 13) % 31 + (x / 16 + y / 16) % 2 * 18) as u8
    };
    let values: Vec<u8> = (0..3).flat_map(|band| (0..width * height).map(move |n| value(n, band))).collect();
    let id = TileId::new(1, 0, 0, 0);
    upload(renderer, id, [width, height, 3], TileValues::U8(&values));
    scene.layers.push(LayerScene::rgb(vec![draw(id, [0.0, 0.0], [width, height])]));
}

fn roof(x: f32, y: f32, size: f32) -> Vec<[f32; 2]> {
    let points = [[0.0, 0.12], [0.62, 0.0], [0.7, 0.35], [1.0, 0.32], [1.0, 0.9], [0.1, 1.0]];
    points.iter().map(|point| [x + point[0] * size, y + point[1] * size]).collect()
}

#[test]
fn regions_look_as_drawn_by_the_book() {
    let _turn = alone();
    let mut renderer = renderer();
    renderer.set_font(FONT).unwrap();
    let mut scene = Scene::new([128, 128], [0, 0, 0, 255]);
    ground(&mut renderer, &mut scene);
    let mut add =
        |rings: Vec<Vec<[f32; 2]>>, closed, style| scene.shapes.push(ShapeScene { rings, closed, style });
    let yellow = ShapeStyle::of_class([0xf6, 0xc9, 0x44], Hatch::None, 1.0);
    let red = ShapeStyle::of_class([0xb2, 0x18, 0x2b], Hatch::Diagonal, 1.0);
    let blue = ShapeStyle::of_class([0x4c, 0x9a, 0xff], Hatch::None, 1.0);
    add(vec![roof(6.0, 6.0, 50.0)], true, yellow);
    let court: Vec<[f32; 2]> = vec![[88.0, 24.0], [88.0, 40.0], [102.0, 40.0], [102.0, 24.0]];
    add(vec![roof(68.0, 6.0, 52.0), court], true, red);
    add(vec![roof(8.0, 72.0, 44.0)], true, ShapeStyle { dashed: true, ..blue });
    let accent = ShapeStyle { casing: [0x5a, 0xa9, 0xff, 255], casing_px: 1.5, ..yellow };
    let selected = roof(70.0, 70.0, 46.0);
    add(vec![selected.clone()], true, accent);
    add(vec![vec![[4.0, 64.0], [40.0, 62.0], [60.0, 68.0], [124.0, 60.0]]], false, blue);
    for (n, at) in selected.iter().enumerate() {
        let kind = if n == 2 { HandleKind::Selected } else { HandleKind::Vertex };
        let (fill, casing) = ([255, 255, 255, 255], [0x11, 0x12, 0x14, 255]);
        scene.handles.push(HandleScene { at: *at, kind, size_px: 5.0, fill, casing, casing_px: 1.0 });
    }
    let (color, halo) = ([255; 4], [0, 0, 0, 200]);
    let text = "major damage".to_owned();
    scene.labels.push(LabelScene {
        at: [64.0, 120.0],
        text,
        color,
        halo,
        size_px: 12.0,
        anchor: Anchor::Center,
    });
    looks_like("regions", &picture(&mut renderer, &scene));
}

#[test]
fn hatches_look_even() {
    let _turn = alone();
    let mut renderer = renderer();
    let mut scene = Scene::new([128, 96], [30, 30, 32, 255]);
    let kinds =
        [Hatch::Diagonal, Hatch::BackDiagonal, Hatch::Cross, Hatch::Horizontal, Hatch::Vertical, Hatch::Dots];
    for (n, hatch) in kinds.into_iter().enumerate() {
        let (x, y) = ((n % 3) as f32 * 42.0 + 3.0, (n / 3) as f32 * 46.0 + 5.0);
        let style = ShapeStyle::of_class([0xff, 0x8c, 0x1a], hatch, 1.0);
        scene.shapes.push(ShapeScene { rings: vec![roof(x, y, 38.0)], closed: true, style });
    }
    looks_like("hatches", &picture(&mut renderer, &scene));
}

#[test]
fn colour_maps_run_from_low_to_high() {
    let _turn = alone();
    let mut renderer = renderer();
    let count = Colormap::ALL.len() as u32;
    let mut scene = Scene::new([128, count * 4], [0, 0, 0, 255]);
    let ramp: Vec<f32> = (0..128 * 4).map(|n| (n % 128) as f32 / 127.0).collect();
    for (colormap, row) in Colormap::ALL.iter().copied().zip(0..) {
        let id = TileId::new(row, 0, 0, 0);
        upload(&mut renderer, id, [128, 4, 1], TileValues::F32(&ramp));
        let mut layer = LayerScene::rgb(vec![draw(id, [0.0, row as f32 * 4.0], [128, 4])]);
        layer.mix = BandMix::Single { band: 0, colormap };
        layer.stretch[0] = [0.0, 1.0];
        layer.filter = Filter::Bilinear;
        scene.layers.push(layer);
    }
    looks_like("colormaps", &picture(&mut renderer, &scene));
}

/// A field of plants in rows beside a pond, as red and near-infrared reflectance in 16 bits: NDVI in a map
/// that diverges from 0, left smooth, right in seven steps; where both bands are 0 there is nothing.
#[test]
fn an_index_looks_like_plants_and_water() {
    let _turn = alone();
    let mut renderer = renderer();
    let (width, height) = (96_u32, 64_u32);
    let sample = |n: u32, band: u32| -> u16 {
        let (x, y) = ((n % width) as f32, (n / width) as f32);
        let pond = (x - 70.0).hypot(y - 40.0) < 16.0;
        let rows = 0.5 + 0.5 * (y / 4.0).sin();
        let (red, nir) = match (x < 4.0, pond) {
            (true, _) => (0.0, 0.0),
            (_, true) => (0.06, 0.02),
            _ => (0.16 - 0.1 * rows, 0.2 + 0.25 * rows),
        };
        ((if band == 0 { red } else { nir }) * 10_000.0) as u16
    };
    let samples = (0..2).flat_map(|band| (0..width * height).map(move |n| (n, band)));
    let samples: Vec<u16> = samples.map(|(n, band)| sample(n, band)).collect();
    let id = TileId::new(90, 0, 0, 0);
    upload(&mut renderer, id, [width, height, 2], TileValues::U16(&samples));
    let expression = Expression::parse("(nir - red) / (nir + red)").expect("an expression");
    let at = |nm| BandLabel { wavelength_nm: Some(nm), ..BandLabel::default() };
    let program = Arc::new(expression.resolve(&[at(665.0), at(842.0)]).expect("both bands"));
    let unit = SampleUnit { no_data: None, scale: 1e-4, offset: 0.0 };
    let mut scene = Scene::new([width * 2, height], [40, 40, 44, 255]);
    for (left, steps) in [(0.0, 0), (width as f32, 7)] {
        let mut layer = LayerScene::rgb(vec![draw(id, [left, 0.0], [width, height])]);
        let units = vec![unit; program.bands().len()].into();
        let program = Arc::clone(&program);
        layer.mix = BandMix::Formula { program, units, colormap: Colormap::Tarn };
        layer.stretch[0] = [-0.8, 0.8];
        layer.steps = steps;
        scene.layers.push(layer);
    }
    looks_like("formula", &picture(&mut renderer, &scene));
}
