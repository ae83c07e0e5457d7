//! Angles and mixtures.

use super::*;
use proptest::prelude::*;

fn angles(cube: &TestCube, members: &Members) -> Vec<Vec<f32>> {
    collected(cube.shape, |sink| spectral_angles(&cube.cube(), members, &go_on, sink)).expect("angles")
}

#[test]
fn angles_are_those_of_the_plane() {
    let tiny = 1e-3_f64;
    let directions = [0.0, tiny, 0.2, 1.0, std::f64::consts::FRAC_PI_2, 3.0];
    let samples: Vec<f32> =
        directions.iter().flat_map(|a| [(7.0 * a.cos()) as f32, (7.0 * a.sin()) as f32]).collect();
    let cube = TestCube::of(3, 2, &samples);
    let found = angles(&cube, &members(&[&[2.0, 0.0], &[0.0, 0.1], &[1.0, 1.0]]));
    for (direction, pixel) in directions.iter().zip(&found) {
        for (member, angle) in
            [0.0, std::f64::consts::FRAC_PI_2, std::f64::consts::FRAC_PI_4].iter().zip(pixel)
        {
            let wanted = (direction - member).abs();
            let error = (f64::from(*angle) - wanted).abs();
            assert!(error <= 1e-5 * wanted + 1e-7, "{angle} instead of {wanted}");
        }
    }
}

#[test]
fn a_pixel_that_is_zero_everywhere_has_no_angle() {
    let cube = TestCube::of(2, 3, &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let found = angles(&cube, &members(&[&[1.0, 1.0, 1.0]]));
    assert!(found[0][0].is_nan() && found[1][0].abs() < 1e-6, "{found:?}");
    let zero = members(&[&[0.0, 0.0, 0.0]]);
    let refused = collected(cube.shape, |sink| spectral_angles(&cube.cube(), &zero, &go_on, sink));
    assert!(matches!(refused, Err(SpectralError::Spectrum { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn angles_agree_with_double_precision_also_where_they_are_small(
        seed in 0_u64..10_000, bands in 3_usize..80, closeness in -4.0_f64..0.0, brightness in -6.0_f64..6.0,
    ) {
        let cube = TestCube::mixed(8, 4, bands, seed);
        let near: Vec<f64> = cube.pixel(0).iter().enumerate()
            .map(|(i, v)| v * (1.0 + 10_f64.powf(closeness) * (i as f64).sin())).collect();
        let far: Vec<f64> = (0..bands).map(|b| 1.0 / (1.0 + b as f64)).collect();
        let bright: Vec<f32> =
            cube.samples.iter().map(|v| v * 10_f64.powf(brightness) as f32).collect();
        let cube = TestCube::of(8, bands, &bright);
        let members = members(&[&near, &far]);
        for (i, pixel) in angles(&cube, &members).iter().enumerate() {
            for (m, angle) in pixel.iter().enumerate() {
                // Kahan's formula, which loses nothing at any angle.
                let (a, b) = (cube.pixel(i), members.get(m));
                let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
                let (la, lb) = (length(&a), length(b));
                let (mut minus, mut plus) = (0.0, 0.0);
                for (x, y) in a.iter().zip(b) {
                    minus += (x / la - y / lb).powi(2);
                    plus += (x / la + y / lb).powi(2);
                }
                let exact = 2.0 * minus.sqrt().atan2(plus.sqrt());
                prop_assert!((f64::from(*angle) / exact - 1.0).abs() < 1e-5, "{angle} {exact}");
            }
        }
    }

    #[test]
    fn abundances_are_not_negative_sum_to_one_and_are_the_best(
        seed in 0_u64..10_000, count in 2_usize..7, constrained in any::<bool>(),
    ) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let bands = 12;
        let rows: Vec<Vec<f64>> =
            (0..count).map(|_| (0..bands).map(|_| random.random::<f64>()).collect()).collect();
        let members = members(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let pixel: Vec<f64> = (0..bands).map(|_| random.random::<f64>() * 1.5).collect();
        let constraint =
            if constrained { Constraint::FullyConstrained } else { Constraint::NonNegative };
        let found = unmix_one(&pixel, &members, constraint).expect("unmixed");
        prop_assert!(found.iter().all(|a| *a >= 0.0));
        let rest: Vec<f64> = (0..bands)
            .map(|b| pixel[b] - (0..count).map(|i| found[i] * rows[i][b]).sum::<f64>()).collect();
        let slopes: Vec<f64> =
            rows.iter().map(|row| row.iter().zip(&rest).map(|(m, r)| m * r).sum()).collect();
        let level: f64 = if constrained {
            prop_assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            slopes.iter().zip(&found).map(|(s, a)| s * a).sum()
        } else {
            0.0
        };
        // Karush, Kuhn and Tucker: what is in cannot gain, what is out would only lose.
        for (slope, abundance) in slopes.iter().zip(&found) {
            prop_assert!(*slope <= level + 1e-8, "{slopes:?} {found:?}");
            prop_assert!(*abundance <= 1e-12 || (slope - level).abs() < 1e-8, "{slopes:?} {found:?}");
        }
    }
}

#[test]
fn a_mixture_is_taken_apart_into_what_it_was_made_of() {
    let (a, b, c): (Vec<f64>, Vec<f64>, Vec<f64>) = (
        (0..9).map(|i| 0.1 + 0.05 * f64::from(i)).collect(),
        (0..9).map(|i| 0.6 - 0.04 * f64::from(i)).collect(),
        (0..9).map(|i| 0.3 + 0.2 * f64::from(i % 3)).collect(),
    );
    let mix = |x: f64, y: f64, z: f64| (0..9).map(move |i| (x, y, z, i));
    let value = |(x, y, z, i): (f64, f64, f64, usize)| (x * a[i] + y * b[i] + z * c[i]) as f32;
    let samples: Vec<f32> =
        mix(0.2, 0.3, 0.5).chain(mix(1.0, 0.0, 0.0)).chain(mix(0.0, 0.4, 0.6)).map(value).collect();
    let cube = TestCube::of(3, 9, &samples);
    let members = members(&[&a, &b, &c]);
    for constraint in [Constraint::NonNegative, Constraint::FullyConstrained] {
        let found = collected(cube.shape, |sink| unmix(&cube.cube(), &members, constraint, &go_on, sink))
            .expect("unmixed");
        for (pixel, wanted) in found.iter().zip([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.0, 0.4, 0.6]]) {
            assert!(pixel.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-4), "{pixel:?}");
            assert!(pixel[3] < 1e-6, "nothing is left over: {pixel:?}");
        }
    }
}

#[test]
fn spectra_that_follow_from_others_are_refused_by_name() {
    let twice = members(&[&[1.0, 2.0, 3.0], &[0.0, 1.0, 0.0], &[2.0, 5.0, 6.0]]);
    let refused = unmix_one(&[1.0, 1.0, 1.0], &twice, Constraint::NonNegative).expect_err("dependent");
    assert!(refused.to_string().contains("spectrum 3"), "{refused}");
}
