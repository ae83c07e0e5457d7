//! Products: the processor's to 10⁻⁵, also where most of what is summed cancels.

use spectral::*;

use super::{compute, fresh, grain};
use crate::{Compute, Preference};

const WIDTH: usize = 37;
const HEIGHT: usize = 29;
const BANDS: usize = 43;

/// Bands that are nearly alike, as those of a spectrometer: brightness times three smooth spectra, and grain that is
/// but a hundredth of a per cent of it. From 0 to 1.
fn reflectance(pixel: usize, band: usize) -> f64 {
    let at = band as f64 / BANDS as f64;
    let smooth = |k: usize| 0.5 + 0.4 * (at * (3.0 + k as f64) + 1.7 * k as f64).sin();
    let shares: [f64; 3] = std::array::from_fn(|k| grain(pixel * 3 + k));
    let total: f64 = shares.iter().sum();
    let signal: f64 = (0..3).map(|k| shares[k] / total * smooth(k)).sum();
    let light = 0.2 + 0.8 * grain(pixel + 100_000);
    0.8 * light * signal + 1e-4 * grain(pixel * BANDS + band + 1_000_000)
}

fn samples<T>(interleave: Interleave, to: impl Fn(f64) -> T) -> Vec<T> {
    let pixels = WIDTH * HEIGHT;
    let at = |i: usize| match interleave {
        Interleave::Pixel => (i / BANDS, i % BANDS),
        Interleave::Band => (i % pixels, i / pixels),
    };
    (0..pixels * BANDS).map(|i| to(reflectance(at(i).0, at(i).1))).collect()
}

const SHAPE: Shape = Shape { width: WIDTH, height: HEIGHT, bands: BANDS };

/// All results, band after band.
pub(super) fn collected(width: usize, run: impl FnOnce(Sink<'_>)) -> Vec<f32> {
    let mut bands: Vec<Vec<f32>> = Vec::new();
    run(&mut |rows| {
        bands.resize(rows.bands, Vec::new());
        let planes = rows.values.chunks_exact(rows.rows * width);
        bands.iter_mut().zip(planes).for_each(|(band, plane)| band.extend_from_slice(plane));
        Ok(())
    });
    bands.concat()
}

/// The farthest that a result lies from the processor's, as a part of it; near zero, as a part of a tenth of what its
/// band usually holds.
pub(super) fn farthest(found: &[f32], expected: &[f32], pixels: usize, what: &str) -> f64 {
    assert_eq!(found.len(), expected.len(), "{what}");
    let mut farthest: f64 = 0.0;
    for (found, expected) in found.chunks(pixels).zip(expected.chunks(pixels)) {
        let there = expected.iter().filter(|v| v.is_finite());
        let squares = there.clone().map(|v| f64::from(*v).powi(2)).sum::<f64>();
        let usual = (squares / there.count() as f64).sqrt();
        for (a, b) in found.iter().zip(expected) {
            assert_eq!(a.is_nan(), b.is_nan(), "{what}: {a} {b}");
            if !b.is_nan() {
                let (a, b) = (f64::from(*a), f64::from(*b));
                farthest = farthest.max((a - b).abs() / (b.abs() + 0.1 * usual));
            }
        }
    }
    farthest
}

/// A product: its name, its map and what its twin makes.
pub(super) type Product = (&'static str, LinearMap, Vec<f32>);

/// Every product of a cube. A covariance is drawn a little towards a sphere.
pub(super) fn products(cube: &dyn Cube, spectra: &Members, shrinkage: f64) -> Vec<Product> {
    let go = |_: f64| true;
    let Shape { width, bands, .. } = cube.shape();
    let gaussian = Gaussian::of(cube, &go).and_then(|g| g.shrunk(shrinkage)).expect("statistics");
    let noise = Gaussian::of_noise(cube, &go).and_then(|g| g.shrunk(shrinkage)).expect("statistics");
    let background = Background::new(&gaussian).expect("a background");
    let principal = Components::principal(&gaussian).expect("components");
    let ordered = Components::noise_ordered(&gaussian, &noise).expect("components");
    let options = ClusterOptions { clusters: 7, passes: 4, ..ClusterOptions::default() };
    let clusters = Clusters::find(cube, &options, &go).expect("clusters");
    let of = |run: &dyn Fn(Sink<'_>) -> Result<(), SpectralError>| {
        collected(width, |sink| run(sink).expect("made"))
    };
    let few = bands.min(11);
    vec![
        ("angle", angles_map(spectra).expect("a map"), of(&|s| spectral_angles(cube, spectra, &go, s))),
        (
            "matched filter",
            background.matched_filter_map(spectra).expect("a map"),
            of(&|s| matched_filter(cube, &background, spectra, &go, s)),
        ),
        (
            "coherence",
            background.coherence_map(spectra).expect("a map"),
            of(&|s| coherence(cube, &background, spectra, &go, s)),
        ),
        ("anomaly", background.anomaly_map(), of(&|s| anomaly(cube, &background, &go, s))),
        (
            "pca",
            principal.transform_map(few).expect("a map"),
            of(&|s| principal.transform(cube, few, &go, s)),
        ),
        ("mnf", ordered.transform_map(few).expect("a map"), of(&|s| ordered.transform(cube, few, &go, s))),
        (
            "pca and back",
            principal.denoise_map(5).expect("a map"),
            of(&|s| principal.denoise(cube, 5, &go, s)),
        ),
        ("mnf and back", ordered.denoise_map(6).expect("a map"), of(&|s| ordered.denoise(cube, 6, &go, s))),
        ("restored", principal.restore_map(bands).expect("a map"), of(&|s| principal.restore(cube, &go, s))),
        ("groups", clusters.assign_map(), of(&|s| clusters.assign(cube, &go, s))),
    ]
}

/// Spectra that pixels of the made cube are compared with.
fn picked() -> Members {
    let pixel = |at: usize| (0..BANDS).map(|b| reflectance(at, b)).collect::<Vec<f64>>();
    let spectra: Vec<_> = [40, 500, 41, 700, 900].iter().map(|p| (format!("at {p}"), pixel(*p))).collect();
    Members::new(&spectra, BANDS).expect("members")
}

pub(super) fn mapped(compute: &Compute, cube: &dyn Cube, map: &LinearMap) -> Vec<f32> {
    collected(cube.shape().width, |sink| compute.map(cube, map, &|_| true, sink).expect("computed"))
}

#[test]
fn products_are_the_processors_for_every_kind_of_sample() {
    let mut compute = compute();
    // Several slices, the last one smaller.
    compute.measures.mapped_bytes = 7 * WIDTH * BANDS * 4;
    let mut valid = vec![255; SHAPE.pixels()];
    (valid[0], valid[500]) = (0, 0);
    let (by_pixel, by_band) = (Interleave::Pixel, Interleave::Band);
    let mut floats = samples(by_pixel, |v| v as f32);
    (floats[3 * BANDS + 1], floats[800 * BANDS]) = (f32::NAN, f32::NEG_INFINITY);
    floats[20 * BANDS..21 * BANDS].fill(0.0);
    let bytes = samples(by_band, |v| (v * 255.0) as u8);
    let words = samples(by_band, |v| (v * 60_000.0) as u16);
    let signed = samples(by_pixel, |v| (v * 30_000.0 - 4000.0) as i16);
    let cubes = [
        ("u8", MemoryCube::new(Values::U8(&bytes), SHAPE, by_band)),
        ("u16", MemoryCube::new(Values::U16(&words), SHAPE, by_band)),
        ("i16", MemoryCube::new(Values::I16(&signed), SHAPE, by_pixel)),
        ("f32", MemoryCube::new(Values::F32(&floats), SHAPE, by_pixel)),
    ];
    for (kind, cube) in cubes {
        let cube = cube.expect("a cube").masked(&valid);
        for (name, map, expected) in products(&cube, &picked(), 0.0) {
            let apart = farthest(&mapped(&compute, &cube, &map), &expected, SHAPE.pixels(), name);
            println!("{kind} {name}: {apart:.1e}");
            assert!(apart <= 1e-5, "{kind} {name}: {apart:e}");
        }
    }
}

/// The same sums in single precision, as a kernel without split numbers would make them.
fn anomaly_in_floats(map: &LinearMap, pixel: &[f32]) -> f32 {
    let apart: Vec<f32> = pixel.iter().zip(&map.middle).map(|(v, m)| v - *m as f32).collect();
    let dot = |row: &[f64]| row.iter().zip(&apart).map(|(w, v)| *w as f32 * v).sum::<f32>();
    map.rows.chunks_exact(BANDS).map(|row| dot(row).powi(2)).sum()
}

#[test]
fn one_float_would_not_do() {
    let floats = samples(Interleave::Pixel, |v| v as f32);
    let cube = MemoryCube::new(Values::F32(&floats), SHAPE, Interleave::Pixel).expect("a cube");
    let (_, map, expected) = products(&cube, &picked(), 0.0).swap_remove(3);
    let single: Vec<f32> = floats.chunks_exact(BANDS).map(|pixel| anomaly_in_floats(&map, pixel)).collect();
    let pixels = SHAPE.pixels();
    let split = farthest(&mapped(&compute(), &cube, &map), &expected, pixels, "split");
    let single = farthest(&single, &expected, pixels, "single");
    println!("anomalies: single floats {single:.1e}, split {split:.1e}");
    assert!(single > 1e-5 && split < 1e-6, "{single:e} {split:e}");
}

#[test]
fn a_lost_device_and_a_row_that_is_too_long_leave_the_product_to_the_processor() {
    let floats = samples(Interleave::Pixel, |v| v as f32);
    let cube = MemoryCube::new(Values::F32(&floats), SHAPE, Interleave::Pixel).expect("a cube");
    let gaussian = Gaussian::of(&cube, &|_| true).expect("statistics");
    let background = Background::new(&gaussian).expect("a background");
    let twin: Twin<'_> = &|cube, on, sink| anomaly(cube, &background, on, sink);
    let expected = collected(WIDTH, |sink| twin(&cube, &|_| true, sink).expect("made"));
    let gpu = fresh();
    let lost = Compute::wanted(&gpu, Preference::Gpu).expect("taken");
    gpu.device.destroy();
    let mut narrow = compute();
    narrow.measures.mapped_bytes = 256;
    for engine in [&lost, &narrow] {
        let mut by = ComputedBy::default();
        let found = collected(WIDTH, |sink| {
            let map = || Ok(background.anomaly_map());
            by = map_on(Some(engine), &cube, map, twin, &|_| true, sink).expect("made");
        });
        assert!(matches!(&by, ComputedBy::Processor { refused: Some(_) }), "{by:?}");
        assert_eq!(found, expected);
    }
}

#[test]
fn a_product_that_is_stopped_ends() {
    let floats = samples(Interleave::Pixel, |v| v as f32);
    let cube = MemoryCube::new(Values::F32(&floats), SHAPE, Interleave::Pixel).expect("a cube");
    let members = Members::new(&[("one".to_owned(), vec![1.0; BANDS])], BANDS).expect("members");
    let map = angles_map(&members).expect("a map");
    let stopped = compute().map(&cube, &map, &|_| false, &mut |_| Ok(()));
    assert!(matches!(stopped, Err(EngineError::Product(SpectralError::Stopped))), "{stopped:?}");
}

/// Rows of weights times pixels, by their definition.
fn by_hand(map: &LinearMap, pixels: &[f32]) -> Vec<Vec<f64>> {
    let bands = map.bands();
    let dot = |row: &[f64], pixel: &[f32]| -> f64 {
        row.iter().zip(pixel).zip(&map.middle).map(|((w, v), m)| w * (f64::from(*v) - m)).sum()
    };
    let rows = map.rows.chunks_exact(bands);
    rows.map(|row| pixels.chunks_exact(bands).map(|pixel| dot(row, pixel)).collect()).collect()
}

#[test]
fn hundreds_of_bands_are_computed_in_full_or_not_at_all() {
    let of_shape = |bands: usize, is_lower: bool, finish: Finish| {
        let weight = |i: usize| if is_lower && i % bands > i / bands { 0.0 } else { grain(i) - 0.5 };
        let rows = (0..bands * bands).map(weight).collect();
        let map = LinearMap { middle: vec![0.25; bands], rows, finish };
        let pixels: Vec<f32> = (0..24 * bands).map(|i| grain(i + 77) as f32).collect();
        (map, pixels)
    };
    let run = |map: &LinearMap, pixels: &[f32]| {
        let shape = Shape { width: 6, height: 4, bands: map.bands() };
        let cube = MemoryCube::new(Values::F32(pixels), shape, Interleave::Pixel).expect("a cube");
        let mut found = Vec::new();
        compute().map(&cube, map, &|_| true, &mut |rows| {
            found = rows.values;
            Ok(())
        })?;
        Ok::<_, EngineError>(found)
    };
    // 90,000 rounds, were a thread to go through all rows: more than software adapters make.
    let (map, pixels) = of_shape(600, false, Finish::Values { added: vec![0.0; 600] });
    let expected: Vec<f32> = by_hand(&map, &pixels).concat().into_iter().map(|v| v as f32).collect();
    let apart = farthest(&run(&map, &pixels).expect("computed"), &expected, 24, "values");
    assert!(apart <= 1e-5, "{apart:e}");
    let (map, pixels) = of_shape(800, true, Finish::Squares);
    let rows = by_hand(&map, &pixels);
    let sum = |pixel: usize| rows.iter().map(|row| row[pixel] * row[pixel]).sum::<f64>() as f32;
    match run(&map, &pixels) {
        Ok(found) => {
            let apart = farthest(&found, &(0..24).map(sum).collect::<Vec<_>>(), 24, "squares");
            assert!(apart <= 1e-5, "{apart:e}");
        }
        Err(refused) => assert!(matches!(refused, EngineError::Engine(_)), "{refused:?}"),
    }
}
