//! Expressions on the GPU come to the same numbers as on the processor.

use std::sync::Arc;

use expression::{BandLabel, Evaluator, Expression, Program};
use renderer::{
    BandMix, Colormap, LayerScene, Palette, Prepared, SampleUnit, Scene, TileId, TileSamples, TileValues,
    ViewId,
};

use crate::{alone, draw, fresh, picture, renderer, row_of};

const ID: TileId = TileId { layer: 7, key: spatial::TileKey { level: 0, col: 0, row: 0 } };
const SIDE: u32 = 32;

fn program(text: &str, bands: usize) -> Arc<Program> {
    let labels = vec![BandLabel::default(); bands];
    Arc::new(Expression::parse(text).and_then(|e| e.resolve(&labels)).expect(text))
}

fn mix(program: &Arc<Program>) -> BandMix {
    let units = vec![SampleUnit::PLAIN; program.bands().len()].into();
    BandMix::Formula { program: Arc::clone(program), units, colormap: Colormap::Grey }
}

/// Numbers of all sizes and signs, with nothing, infinity, zero and the tiniest among them.
fn samples(bands: u32) -> Vec<f32> {
    let odd = [f32::NAN, f32::INFINITY, -f32::INFINITY, 0.0, -0.0, 1e-40, 1.0, -1.0, 0.5, f32::MAX, 2.0, 3.0];
    let mut state = 9_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24)
    };
    let number = |i: u32| {
        let (value, kind) = (next() * 2.0 - 1.0, next());
        match kind {
            k if k < 0.04 => odd[i as usize % odd.len()],
            k if k < 0.7 => value as f32,
            k if k < 0.9 => (value * 50.0) as f32,
            _ => (value * 1e4) as f32,
        }
    };
    (0..SIDE * SIDE * bands).map(number).collect()
}

/// The bits of what the GPU gives, read from the picture byte by byte: an expression cannot write numbers, but where
/// it is greater than `limit` shows as white.
fn is_above(program: &Arc<Program>, values: &[f32], bands: u32, limit: f32) -> Vec<Option<bool>> {
    let mut renderer = renderer();
    let tile = TileSamples { width: SIDE, height: SIDE, bands, values: TileValues::F32(values), valid: None };
    renderer.tiles_mut().upload(ID, &tile).expect("a tile");
    let mut scene = Scene::new([SIDE; 2], [0; 4]);
    let mut layer = LayerScene::rgb(vec![draw(ID, [0.0, 0.0], [SIDE; 2])]);
    layer.mix = mix(program);
    // An empty stretch is a step: black up to the limit, white above it.
    layer.stretch[0] = [limit, limit];
    scene.layers.push(layer);
    let image = picture(&mut renderer, &scene);
    let pixels = image.pixels.as_chunks::<4>().0.iter();
    pixels.map(|pixel| (pixel[3] == 255).then_some(pixel[0] > 127)).collect()
}

const FORMULAS: &[&str] = &[
    "(b1 - b2) / (b1 + b2)",
    "2.5 * (b1 - b2) / (b1 + 6 * b2 - 7.5 * b3 + 1)",
    "b1 > 1.2 * b2 ? b1 : nan",
    "b1 < b2 ? b3 : b2 == b3 ? 1 : 2",
    "sqrt(abs(b1)) + exp(b2 / 20) * tanh(b3)",
    "log(abs(b1)) + log2(abs(b2) + 1) - log10(abs(b3) + 2)",
    "sin(b1) * cos(b2) + tan(b3 / 100)",
    "asin(b1) + acos(b2)",
    "atan(b1) + atan2(b2, b3)",
    "abs(b1) ^ b2",
    "b1 ^ 3 + b2 ^ -2 + b3 ^ 0.5",
    "b1 ^ round(b2)",
    "min(b1, b2, b3) + max(b1, 0) + mean(b1, b2, b3) + clamp(b3, -1, 1)",
    "floor(b1) + ceil(b2) + round(b3 * 2) + trunc(b1 * 3) + sign(b2)",
    "isnan(b1) ? b2 : b1",
    "isnan(b1 / b2) + isnan(b3) + b2",
    "(b1 > 0) + (b2 >= 0) + (b3 <= 0.5) + (b1 != b2) + (b1 && b2) + (b2 || b3) + !b1",
    "b1 * b2 * b3 / (b1 - b3)",
    "1e-20 * b1 * 1e-10 + 1e15 * b2 * 1e10",
];

#[test]
fn the_gpu_and_the_processor_agree_on_every_pixel() {
    let _turn = alone();
    let values = samples(3);
    let plane = (SIDE * SIDE) as usize;
    let mut disagreements = 0;
    for text in FORMULAS {
        let program = program(text, 3);
        let inputs: Vec<&[f32]> =
            program.bands().iter().map(|b| &values[b * plane..(b + 1) * plane]).collect();
        let mut expected = vec![0.0; plane];
        Evaluator::new(&program).evaluate(&inputs, &mut expected);
        let mut sorted: Vec<f32> = expected.iter().copied().filter(|v| !v.is_nan()).collect();
        sorted.sort_by(f32::total_cmp);
        assert!(sorted.len() > plane / 20, "{text} has next to no values to compare");
        // Between every two neighbours of a sample of the values there is a limit that tells them apart.
        for share in 1..24 {
            let limit = sorted[sorted.len() * share / 24];
            for (i, above) in is_above(&program, &values, 3, limit).into_iter().enumerate() {
                let value = expected[i];
                assert_eq!(above.is_none(), value.is_nan(), "{text}: pixel {i} is {value}");
                // What lies within rounding of the limit may fall to either side.
                // The step itself is a ramp of 1e-30.
                let near = (value - limit).abs() <= (1e-5 * limit.abs().max(value.abs())).max(1e-30);
                disagreements += usize::from(above.is_some_and(|above| !near && above != (value > limit)));
                assert_eq!(disagreements, 0, "{text}: pixel {i} is {value}, the limit {limit}");
            }
        }
    }
}

#[test]
fn samples_of_every_kind_are_taken_in_their_unit_and_no_data_is_left_out() {
    let _turn = alone();
    let look = |layer: &mut LayerScene| {
        let unit = SampleUnit { no_data: Some(7.0), scale: 0.5, offset: 10.0 };
        let program = program("b1 + b2", 2);
        let units = Arc::new([unit, SampleUnit::PLAIN]);
        layer.mix = BandMix::Formula { program, units, colormap: Colormap::Grey };
        layer.stretch[0] = [0.0, 255.0];
    };
    let expected = [[0x0b, 0x0b, 0x0b, 255], [0, 0, 0, 255], [0x78, 0x78, 0x78, 255]];
    assert_eq!(row_of(TileValues::U8(&[2, 7, 200, 0, 5, 10]), 3, 2, look), expected);
    assert_eq!(row_of(TileValues::U16(&[2, 7, 200, 0, 5, 10]), 3, 2, look), expected);
    assert_eq!(row_of(TileValues::I16(&[2, 7, 200, 0, 5, 10]), 3, 2, look), expected);
    assert_eq!(row_of(TileValues::F32(&[2.0, 7.0, 200.0, 0.0, 5.0, 10.0]), 3, 2, look), expected);
}

#[test]
fn colours_run_backwards_come_in_steps_or_stand_for_classes() {
    let _turn = alone();
    let ramp = TileValues::U8(&[0, 63, 64, 127, 128, 255]);
    let single = BandMix::Single { band: 0, colormap: Colormap::Grey };
    let reds = |change: &dyn Fn(&mut LayerScene)| -> Vec<u8> {
        let pixels = row_of(ramp, 6, 1, |layer| {
            layer.mix = single.clone();
            change(layer);
        });
        pixels.iter().map(|pixel| pixel[0]).collect()
    };
    assert_eq!(reds(&|layer| layer.reversed = true), [255, 192, 191, 128, 127, 0]);
    assert_eq!(reds(&|layer| layer.steps = 2), [0, 0, 0, 0, 255, 255]);
    assert_eq!(reds(&|layer| layer.steps = 4), [0, 0, 85, 85, 170, 255]);
    let palette = Palette::new(&[(63, [9, 0, 0, 255]), (127, [8, 0, 0, 255]), (128, [7, 0, 0, 128])]);
    let palette = Arc::new(palette.expect("a palette"));
    assert_eq!(reds(&|layer| layer.classes = Some(Arc::clone(&palette))), [0, 9, 0, 8, 4, 0]);
    let far = Palette::new(&[(-5, [1, 0, 0, 255]), (60_000, [2, 0, 0, 255])]).expect("a wide palette");
    let row = row_of(TileValues::F32(&[-5.0, 60_000.0, 0.0, 59_999.5]), 4, 1, |layer| {
        layer.mix = single.clone();
        layer.classes = Some(Arc::new(far));
    });
    assert_eq!(row.iter().map(|pixel| pixel[0]).collect::<Vec<_>>(), [1, 2, 0, 0]);
    assert!(Palette::new(&[(0, [0; 4]), (1 << 16, [0; 4])]).is_none() && Palette::new(&[]).is_none());
}

fn cube(bands: std::ops::Range<usize>) -> Vec<u16> {
    bands.flat_map(|band| (0..SIDE * SIDE).map(move |i| (band as u32 * 1000 + i % 997) as u16)).collect()
}

#[test]
fn other_bands_expressions_and_looks_of_a_resident_tile_send_nothing_and_a_new_band_only_itself() {
    let _turn = alone();
    let mut renderer = fresh();
    let send = |renderer: &mut renderer::Renderer, band: usize, keep: &[usize]| {
        let values = cube(band..band + 1);
        let values = TileValues::U16(&values);
        let samples = TileSamples { width: SIDE, height: SIDE, bands: 1, values, valid: None };
        renderer.tiles_mut().upload_bands(ID, &[band], keep, &samples).expect("a band");
    };
    for band in [30, 20, 10] {
        send(&mut renderer, band, &[30, 20, 10]);
    }
    let mut scene = Scene::new([SIDE; 2], [0; 4]);
    let mut layer = LayerScene::rgb(vec![draw(ID, [0.0, 0.0], [SIDE; 2])]);
    layer.stretch = [[0.0, 65_535.0]; 3];
    scene.layers.push(layer);
    let mut look = |renderer: &mut renderer::Renderer, mix: BandMix| {
        scene.layers[0].mix = mix;
        let Prepared { tiles, missing_tiles, .. } = renderer.prepare(ViewId::MAIN, &scene).expect("prepared");
        let image = picture(renderer, &scene);
        (tiles, missing_tiles, image.pixel(5, 0).map(|p| p[0]))
    };
    let byte = |value: u32| ((f64::from(value) / 65_535.0 * 255.0) + 0.5) as u8;
    let before = renderer.tiles().counters();
    let formula = |text: &str| mix(&program(text, 224));
    assert_eq!(look(&mut renderer, BandMix::Rgb([10, 20, 30])), (1, 0, Some(byte(10_005))));
    assert_eq!(look(&mut renderer, formula("b31 - b21")), (1, 0, Some(byte(10_000))));
    assert_eq!(look(&mut renderer, formula("b31 + b11 - 2 * b21 + b21")), (1, 0, Some(byte(20_005))));
    assert_eq!(renderer.tiles().counters(), before, "all of its bands were there");
    assert_eq!(look(&mut renderer, formula("b41")).1, 1, "band 41 is not there yet");
    assert_eq!(renderer.tiles().lacking(ID, &[30, 40]), [40]);
    send(&mut renderer, 40, &[40]);
    let sent = renderer.tiles().counters().bytes_uploaded - before.bytes_uploaded;
    assert_eq!(sent, u64::from(SIDE + 2).pow(2) * 2, "one band of 16-bit samples");
    assert_eq!(look(&mut renderer, formula("b41 - b31")), (1, 0, Some(byte(10_000))));
    // Who scrubs through a cube does not fill the memory with bands: the ones not used for longest make room.
    for band in 50..100 {
        send(&mut renderer, band, &[band]);
        let value = (band as u32 * 1000 + 5) % 65_536;
        assert_eq!(look(&mut renderer, formula(&format!("b{}", band + 1))).2, Some(byte(value)));
    }
    let bytes = renderer.tiles().bytes();
    assert!(bytes <= 16 * u64::from(SIDE + 2).pow(2) * 2, "{bytes} bytes for one tile");
    assert!(renderer.tiles().has(ID, &[99, 98, 90]) && !renderer.tiles().has(ID, &[50]));
}

#[test]
fn a_pixel_has_something_if_any_of_its_bands_has_however_they_came() {
    let _turn = alone();
    let mut renderer = fresh();
    for (band, valid) in [(0, [1, 0, 0]), (1, [0, 1, 0])] {
        let values = TileValues::U8(&[200; 3]);
        let samples = TileSamples { width: 3, height: 1, bands: 1, values, valid: Some(&valid) };
        renderer.tiles_mut().upload_bands(ID, &[band], &[0, 1], &samples).expect("a band");
    }
    let mut scene = Scene::new([3, 1], [0; 4]);
    let mut layer = LayerScene::rgb(vec![draw(ID, [0.0, 0.0], [3, 1])]);
    layer.mix = mix(&program("b1 + b2", 2));
    scene.layers.push(layer);
    let image = picture(&mut renderer, &scene);
    let alphas: Vec<u8> = image.pixels.as_chunks::<4>().0.iter().map(|pixel| pixel[3]).collect();
    assert_eq!(alphas, [255, 255, 0]);
}
