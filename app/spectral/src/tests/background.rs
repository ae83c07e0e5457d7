//! Mean and covariance, and the detectors that build on them.

use super::*;

fn naive(cube: &TestCube, used: impl Fn(usize) -> bool) -> (Vec<f64>, Vec<f64>) {
    let bands = cube.shape.bands;
    let pixels: Vec<Vec<f64>> =
        (0..cube.shape.pixels()).filter(|i| used(*i)).map(|i| cube.pixel(i)).collect();
    let n = pixels.len() as f64;
    let mean: Vec<f64> = (0..bands).map(|b| pixels.iter().map(|p| p[b]).sum::<f64>() / n).collect();
    let product = |i: usize, j: usize| {
        pixels.iter().map(|p| (p[i] - mean[i]) * (p[j] - mean[j])).sum::<f64>() / (n - 1.0)
    };
    let covariance = (0..bands * bands).map(|ij| product(ij / bands, ij % bands)).collect();
    (mean, covariance)
}

#[test]
fn mean_and_covariance_are_those_of_the_definition_without_what_is_missing() {
    // Several stripes: 70 rows of 300 pixels are more than one.
    let mut cube = TestCube::mixed(300, 70, 6, 5);
    cube.samples[100 * 6 + 2] = f32::NAN;
    let mut valid = vec![1_u8; cube.shape.pixels()];
    valid[20_000] = 0;
    let (mean, covariance) = naive(&cube, |i| i != 100 && i != 20_000);
    let found = Gaussian::of(&cube.cube().masked(&valid), &go_on).expect("statistics");
    assert_eq!(found.pixels, 300 * 70 - 2);
    for (a, b) in found.mean.iter().zip(&mean) {
        assert!((a - b).abs() < 1e-12);
    }
    let scale = covariance.iter().copied().fold(0.0, f64::max);
    for (a, b) in found.covariance.iter().zip(&covariance) {
        assert!((a - b).abs() < 1e-12 * scale, "{a} {b}");
    }
}

#[test]
fn a_large_offset_does_not_eat_the_covariance() {
    let mut cube = TestCube::mixed(64, 64, 4, 6);
    cube.samples.iter_mut().for_each(|v| *v = (*v * 4096.0).round() / 4096.0);
    let plain = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    cube.samples.iter_mut().for_each(|v| *v += 1000.0);
    let moved = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    for (a, b) in plain.covariance.iter().zip(&moved.covariance) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
}

#[test]
fn statistics_are_the_same_to_the_bit_on_any_number_of_threads() {
    let cube = TestCube::mixed(200, 500, 5, 7);
    let one = on_threads(1, || Gaussian::of(&cube.cube(), &go_on).expect("statistics"));
    let four = on_threads(4, || Gaussian::of(&cube.cube(), &go_on).expect("statistics"));
    assert_eq!(one, four);
    let planes = cube.planes();
    let by_band = MemoryCube::new(Values::F32(&planes), cube.shape, Interleave::Band).expect("a cube");
    assert_eq!(
        one,
        Gaussian::of(&by_band, &go_on).expect("statistics"),
        "nor does the order of samples matter"
    );
}

#[test]
fn every_kind_of_sample_is_taken_as_it_is() {
    let whole: Vec<u8> = (0..60).map(|i| (i * i % 97) as u8).collect();
    let shape = Shape { width: 5, height: 4, bands: 3 };
    let of = |values| {
        let cube = MemoryCube::new(values, shape, Interleave::Pixel).expect("a cube");
        Gaussian::of(&cube, &go_on).expect("statistics")
    };
    let bytes = of(Values::U8(&whole));
    let words: Vec<u16> = whole.iter().map(|v| u16::from(*v)).collect();
    let signed: Vec<i16> = whole.iter().map(|v| i16::from(*v)).collect();
    let floats: Vec<f32> = whole.iter().map(|v| f32::from(*v)).collect();
    assert_eq!(bytes, of(Values::U16(&words)));
    assert_eq!(bytes, of(Values::I16(&signed)));
    assert_eq!(bytes, of(Values::F32(&floats)));
}

/// Four pixels with mean (2, 3) and the covariance [[4/3, 0], [0, 16/3]].
fn cross() -> TestCube {
    TestCube::of(2, 2, &[1.0, 1.0, 3.0, 1.0, 1.0, 5.0, 3.0, 5.0])
}

#[test]
fn anomaly_is_the_squared_distance_in_units_of_the_spread() {
    let cube = cross();
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    let background = Background::new(&stats).expect("invertible");
    let found =
        collected(cube.shape, |sink| anomaly(&cube.cube(), &background, &go_on, sink)).expect("anomalies");
    // 1/(4/3) + 4/(16/3)
    assert!(found.iter().all(|p| (p[0] - 1.5).abs() < 1e-6), "{found:?}");
}

#[test]
fn the_mean_anomaly_of_the_background_itself_is_the_number_of_bands() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let bands = 7;
    let samples: Vec<f32> = (0..90 * 90 * bands).map(|_| normal(&mut random) as f32).collect();
    let cube = TestCube::of(90, bands, &samples);
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    let background = Background::new(&stats).expect("invertible");
    let found =
        collected(cube.shape, |sink| anomaly(&cube.cube(), &background, &go_on, sink)).expect("anomalies");
    let n = found.len() as f64;
    let mean = found.iter().map(|p| f64::from(p[0])).sum::<f64>() / n;
    assert!((mean - bands as f64 * (n - 1.0) / n).abs() < 1e-5, "{mean}");
    // χ² of 7 degrees of freedom: variance 14, 95 % below 14.07.
    let variance = found.iter().map(|p| (f64::from(p[0]) - mean).powi(2)).sum::<f64>() / n;
    assert!((variance - 14.0).abs() < 1.0, "{variance}");
    let below = found.iter().filter(|p| p[0] < 14.067).count() as f64 / n;
    assert!((below - 0.95).abs() < 0.01, "{below}");
}

#[test]
fn a_matched_filter_is_0_at_the_background_and_1_at_the_member() {
    let mut cube = TestCube::mixed(40, 40, 8, 11);
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    let background = Background::new(&stats).expect("invertible");
    let first: Vec<f64> = (0..8).map(|b| 0.9 - 0.1 * f64::from(b)).collect();
    let second: Vec<f64> = stats.mean.iter().map(|m| 2.0 * m).collect();
    let members = members(&[&first, &second]);
    for (b, (mean, first)) in stats.mean.iter().zip(&first).enumerate() {
        cube.samples[b] = *mean as f32;
        cube.samples[8 + b] = *first as f32;
        cube.samples[16 + b] = f64::midpoint(*first, *mean) as f32;
    }
    let found =
        collected(cube.shape, |sink| matched_filter(&cube.cube(), &background, &members, &go_on, sink))
            .expect("filtered");
    assert!(found[0][0].abs() < 1e-5 && (found[1][0] - 1.0).abs() < 1e-5 && (found[2][0] - 0.5).abs() < 1e-5);
    let found = collected(cube.shape, |sink| coherence(&cube.cube(), &background, &members, &go_on, sink))
        .expect("coherence");
    assert!((found[1][0] - 1.0).abs() < 1e-5 && (found[2][0] - 1.0).abs() < 1e-5, "whatever the strength");
    assert!(found.iter().skip(1).flatten().all(|v| (0.0..=1.0 + 1e-6).contains(v)));
}

#[test]
fn shrinkage_makes_a_singular_covariance_usable_and_full_shrinkage_is_a_sphere() {
    let flat: Vec<f32> = (0..20).flat_map(|i| [i as f32, 2.0 * i as f32, (i * i) as f32]).collect();
    let cube = TestCube::of(5, 3, &flat);
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    let refused = Background::new(&stats).expect_err("band 2 is twice band 1");
    assert!(matches!(refused, SpectralError::Singular { band: 2, .. }), "{refused}");
    assert!(refused.to_string().contains("band 2"), "{refused}");
    assert!(Background::new(&stats.clone().shrunk(0.001).expect("in range")).is_ok());
    let sphere = stats.clone().shrunk(1.0).expect("in range");
    let trace: f64 = (0..3).map(|i| stats.covariance[i * 4]).sum();
    assert!((sphere.covariance[0] - trace / 3.0).abs() < 1e-9 && sphere.covariance[1].abs() < 1e-12);
    assert!(stats.shrunk(1.5).is_err());
}
