//! What cannot be computed is refused in a sentence.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[test]
fn an_image_in_which_everything_is_missing_is_refused() {
    let cube = TestCube::mixed(6, 6, 3, 0);
    let nothing = vec![0_u8; 36];
    let masked = cube.cube().masked(&nothing);
    assert!(matches!(Gaussian::of(&masked, &go_on), Err(SpectralError::NoPixels { bands: 3 })));
    assert!(matches!(Gaussian::of_noise(&masked, &go_on), Err(SpectralError::NoPixels { .. })));
    let clusters = Clusters::find(&masked, &ClusterOptions::default(), &go_on);
    assert!(matches!(clusters, Err(SpectralError::TooFewPixels { pixels: 0, .. })));
    // Maps of nothing are nothing, without an error: an edge tile may be empty.
    let found =
        collected(cube.shape, |sink| spectral_angles(&masked, &members(&[&[1.0, 1.0, 1.0]]), &go_on, sink));
    assert!(found.expect("a map").iter().flatten().all(|v| v.is_nan()));
}

#[test]
fn fewer_pixels_than_bands_are_said_to_be_too_few() {
    let cube = TestCube::mixed(3, 2, 12, 0);
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    let refused = Background::new(&stats).expect_err("6 pixels of 12 bands");
    assert!(matches!(refused, SpectralError::TooFewPixels { pixels: 6, needed: 13, bands: 12 }), "{refused}");
    assert!(Background::new(&stats.shrunk(0.1).expect("in range")).is_ok(), "shrinkage helps here too");
    let one = TestCube::mixed(1, 1, 4, 0);
    assert!(matches!(Gaussian::of(&one.cube(), &go_on), Err(SpectralError::TooFewPixels { pixels: 1, .. })));
}

#[test]
fn a_constant_band_is_named() {
    let mut cube = TestCube::mixed(20, 20, 4, 0);
    cube.samples[2..].iter_mut().step_by(4).for_each(|v| *v = 0.25);
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    let refused = Background::new(&stats).expect_err("band 3 is constant");
    assert!(matches!(refused, SpectralError::Singular { band: 3, .. }), "{refused}");
    assert!(refused.hint().contains("shrinkage"));
    let noise = Gaussian::of_noise(&cube.cube(), &go_on).expect("noise");
    let refused = Components::noise_ordered(&stats, &noise).expect_err("no noise in band 3");
    assert!(refused.to_string().contains("the noise"), "{refused}");
}

#[test]
fn spectra_of_another_length_and_counts_out_of_range_are_refused() {
    let cube = TestCube::mixed(10, 10, 4, 0);
    let short = members(&[&[1.0, 2.0, 3.0]]);
    let refused = collected(cube.shape, |sink| spectral_angles(&cube.cube(), &short, &go_on, sink));
    assert!(matches!(refused, Err(SpectralError::Length { values: 3, bands: 4, .. })));
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    let pca = Components::principal(&stats).expect("components");
    for count in [0, 5] {
        let refused = collected(cube.shape, |sink| pca.transform(&cube.cube(), count, &go_on, sink));
        assert!(matches!(refused, Err(SpectralError::Parameter(_))), "{count}");
    }
    let nan = Members::new(&[("odd".to_owned(), vec![1.0, f64::NAN])], 2);
    assert!(nan.expect_err("not a number").to_string().starts_with("odd "));
    let none = ClusterOptions { clusters: 0, ..ClusterOptions::default() };
    assert!(Clusters::find(&cube.cube(), &none, &go_on).is_err());
    let shape = Shape { width: 3, height: 3, bands: 2 };
    assert!(MemoryCube::new(Values::U8(&[0; 17]), shape, Interleave::Band).is_err());
}

#[test]
fn numbers_too_large_to_square_are_an_error_and_not_a_panic() {
    let samples: Vec<f32> = (0..400).map(|i| if i % 7 == 0 { f32::MAX } else { -f32::MAX }).collect();
    let cube = TestCube::of(10, 4, &samples);
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("finite in double precision");
    assert!(Components::principal(&stats).expect("components").eigenvalues()[0] > 1e70);
    let broken = Gaussian { covariance: vec![f64::NAN; 16], ..stats };
    assert!(matches!(Components::principal(&broken), Err(SpectralError::NotFinite { .. })));
    assert!(matches!(Background::new(&broken), Err(SpectralError::NotFinite { .. })));
}

#[test]
fn work_stops_when_it_is_told_to_and_says_so() {
    let cube = TestCube::mixed(400, 400, 3, 0);
    let asked = AtomicUsize::new(0);
    let stop = |share: f64| {
        asked.fetch_add(1, Ordering::Relaxed);
        share < 0.3
    };
    let stopped = on_threads(1, || Gaussian::of(&cube.cube(), &stop));
    assert!(matches!(stopped, Err(SpectralError::Stopped)));
    assert!((2..=6).contains(&asked.load(Ordering::Relaxed)), "{asked:?}");
}

#[test]
fn a_source_or_a_sink_that_fails_is_the_cause() {
    struct Broken;
    impl Cube for Broken {
        fn shape(&self) -> Shape {
            Shape { width: 4, height: 4, bands: 1 }
        }
        fn with_rows(&self, _: usize, _: usize, _: &mut dyn FnMut(Block<'_>)) -> Result<(), BoxError> {
            Err("the disk is gone".into())
        }
    }
    let refused = Gaussian::of(&Broken, &go_on).expect_err("broken");
    let cause = std::error::Error::source(&refused).expect("a cause").to_string();
    assert_eq!(cause, "the disk is gone");
    let cube = TestCube::mixed(5, 5, 2, 0);
    let angles = spectral_angles(&cube.cube(), &members(&[&[1.0, 1.0]]), &go_on, &mut |_| {
        Err("the disk is full".into())
    });
    assert!(matches!(angles, Err(SpectralError::Write(_))));
}
