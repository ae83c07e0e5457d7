//! Principal components, noise-ordered components, and back.

use super::*;
use proptest::prelude::*;

#[test]
fn the_first_component_lies_along_the_most_variance() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let samples: Vec<f32> = (0..2000)
        .flat_map(|_| {
            let (long, short) = (5.0 * normal(&mut random), 0.5 * normal(&mut random));
            // Turned by the angle whose cosine is 0.6.
            [(0.6 * long - 0.8 * short + 3.0) as f32, (0.8 * long + 0.6 * short - 7.0) as f32]
        })
        .collect();
    let cube = TestCube::of(50, 2, &samples);
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    let pca = Components::principal(&stats).expect("components");
    assert!((pca.weights(0)[0] - 0.6).abs() < 0.01 && (pca.weights(0)[1] - 0.8).abs() < 0.01);
    assert!((pca.eigenvalues()[0] - 25.0).abs() < 2.0 && (pca.eigenvalues()[1] - 0.25).abs() < 0.05);
    let found =
        collected(cube.shape, |sink| pca.transform(&cube.cube(), 2, &go_on, sink)).expect("transformed");
    let scores: Vec<f32> = found.iter().flatten().copied().collect();
    let turned = TestCube::of(50, 2, &scores);
    let after = Gaussian::of(&turned.cube(), &go_on).expect("statistics");
    assert!((after.covariance[0] / pca.eigenvalues()[0] - 1.0).abs() < 1e-5, "variances are the eigenvalues");
    assert!(after.covariance[1].abs() < 1e-5 * after.covariance[0], "components are uncorrelated");
    assert!(after.mean.iter().all(|m| m.abs() < 1e-5));
}

fn there_and_back(components: &Components, cube: &TestCube, count: usize) -> Vec<Vec<f32>> {
    let forward = collected(cube.shape, |sink| components.transform(&cube.cube(), count, &go_on, sink))
        .expect("transformed");
    let scores: Vec<f32> = forward.iter().flatten().copied().collect();
    let scores = TestCube::of(cube.shape.width, count, &scores);
    collected(cube.shape, |sink| components.restore(&scores.cube(), &go_on, sink)).expect("restored")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn all_components_give_the_image_back(seed in 0_u64..1000, bands in 2_usize..9) {
        let cube = TestCube::mixed(20, 30, bands, seed);
        let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
        let noise = Gaussian::of_noise(&cube.cube(), &go_on).expect("noise");
        let pca = Components::principal(&stats).expect("components");
        let mnf = Components::noise_ordered(&stats, &noise).expect("components");
        for components in [pca, mnf] {
            let back = there_and_back(&components, &cube, bands);
            for (i, pixel) in back.iter().enumerate() {
                for (a, b) in pixel.iter().zip(cube.pixel(i)) {
                    prop_assert!((f64::from(*a) - b).abs() < 1e-5, "{a} {b}");
                }
            }
        }
    }
}

#[test]
fn in_noise_ordered_components_the_noise_is_white_and_eigenvalues_are_the_variance() {
    let cube = TestCube::mixed(60, 60, 6, 9);
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    let noise = Gaussian::of_noise(&cube.cube(), &go_on).expect("noise");
    let mnf = Components::noise_ordered(&stats, &noise).expect("components");
    let found =
        collected(cube.shape, |sink| mnf.transform(&cube.cube(), 6, &go_on, sink)).expect("transformed");
    let scores: Vec<f32> = found.iter().flatten().copied().collect();
    let scores = TestCube::of(60, 6, &scores);
    let signal = Gaussian::of(&scores.cube(), &go_on).expect("statistics");
    let noise = Gaussian::of_noise(&scores.cube(), &go_on).expect("noise");
    for i in 0..6 {
        for j in 0..6 {
            let wanted = if i == j { 1.0 } else { 0.0 };
            assert!((noise.covariance[i * 6 + j] - wanted).abs() < 1e-4, "noise {i} {j}");
        }
        let share = signal.covariance[i * 7] / mnf.eigenvalues()[i];
        assert!((share - 1.0).abs() < 1e-4, "component {i}: {share}");
    }
    assert!(mnf.eigenvalues().is_sorted_by(|a, b| a >= b));
}

#[test]
fn the_noise_of_a_smooth_image_is_what_was_added() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let samples: Vec<f32> = (0..150 * 150)
        .flat_map(|i| {
            let ramp = f64::from(i % 150) * 1e-4;
            [(ramp + 0.02 * normal(&mut random)) as f32, (5.0 + 0.05 * normal(&mut random)) as f32]
        })
        .collect();
    let cube = TestCube::of(150, 2, &samples);
    let noise = Gaussian::of_noise(&cube.cube(), &go_on).expect("noise");
    assert_eq!(noise.pixels, 149 * 149, "also the pairs across stripes");
    assert!((noise.covariance[0].sqrt() - 0.02).abs() < 0.0005, "{}", noise.covariance[0].sqrt());
    assert!((noise.covariance[3].sqrt() - 0.05).abs() < 0.001);
}

#[test]
fn denoising_is_there_and_back_with_few_components() {
    let cube = TestCube::mixed(30, 30, 7, 2);
    let stats = Gaussian::of(&cube.cube(), &go_on).expect("statistics");
    let pca = Components::principal(&stats).expect("components");
    let direct = collected(cube.shape, |sink| pca.denoise(&cube.cube(), 3, &go_on, sink)).expect("denoised");
    for (a, b) in direct.iter().flatten().zip(there_and_back(&pca, &cube, 3).iter().flatten()) {
        assert!((a - b).abs() < 1e-5);
    }
}
