//! Maps computed elsewhere: as plain numbers they are the products, and the processor steps in.

use super::{TestCube, collected, go_on, members};
use crate::*;

/// Computes maps one pixel after the other, by their definition.
struct Plain {
    /// Rows after which it gives up.
    gives_up: usize,
    /// What it adds to every number.
    off: f32,
}

impl Engine for Plain {
    fn name(&self) -> String {
        "an abacus".into()
    }

    fn map(
        &self,
        cube: &dyn Cube,
        map: &LinearMap,
        _: Progress<'_>,
        sink: Sink<'_>,
    ) -> Result<(), EngineError> {
        let Shape { width, height, bands } = cube.shape();
        for first in 0..height {
            if first == self.gives_up {
                return Err(EngineError::Engine("it broke".into()));
            }
            let mut values = vec![f32::NAN; map.outputs() * width];
            let read = cube.with_rows(first, 1, &mut |block| {
                let Values::F32(samples) = block.values else { panic!("floats") };
                for (x, pixel) in samples.chunks_exact(bands).enumerate() {
                    if block.valid.is_some_and(|v| v[x] == 0) || pixel.iter().any(|v| !v.is_finite()) {
                        continue;
                    }
                    for (n, value) in of_pixel(map, pixel).into_iter().enumerate() {
                        values[n * width + x] = value as f32 + self.off;
                    }
                }
            });
            read.map_err(SpectralError::Read)?;
            sink(Rows { first, rows: 1, bands: map.outputs(), values }).map_err(SpectralError::Write)?;
        }
        Ok(())
    }
}

fn of_pixel(map: &LinearMap, pixel: &[f32]) -> Vec<f64> {
    let apart: Vec<f64> = pixel.iter().zip(&map.middle).map(|(v, m)| f64::from(*v) - m).collect();
    let dot = |row: &[f64]| row.iter().zip(&apart).map(|(w, v)| w * v).sum::<f64>();
    let rows: Vec<f64> = map.rows.chunks_exact(map.bands()).map(dot).collect();
    let squares = |rows: &[f64]| rows.iter().map(|v| v * v).sum::<f64>();
    match &map.finish {
        Finish::Values { added } => rows.iter().zip(added).map(|(v, a)| v + a).collect(),
        Finish::Squares => vec![squares(&rows)],
        Finish::Coherence => {
            let (white, along) = rows.split_at(map.bands());
            along.iter().map(|v| v * v / squares(white)).collect()
        }
        Finish::Nearest { squares } => {
            let rest = |i: &usize| squares[*i] - 2.0 * rows[*i];
            let nearest = (0..rows.len()).min_by(|a, b| rest(a).total_cmp(&rest(b))).expect("a centre");
            vec![(nearest + 1) as f64]
        }
        Finish::Angles => map.rows.chunks_exact(map.bands()).map(|row| spectral_angle(row, &apart)).collect(),
    }
}

/// A product on the processor, of a cube that was looked at.
type Product<'a> = &'a dyn Fn(&dyn Cube, &Gaussian, &Members, Sink<'_>) -> Result<(), SpectralError>;

/// A cube with a missing pixel and one that is no number, computed by the engine and by the twin.
fn compare(
    engine: &Plain,
    map: impl FnOnce(&TestCube, &Gaussian, &Members) -> LinearMap,
    twin: Product<'_>,
) -> ComputedBy {
    let mut cube = TestCube::mixed(70, 100, 5, 3);
    cube.samples[12] = f32::NAN;
    let mut valid = vec![255; cube.shape.pixels()];
    valid[7] = 0;
    let memory = cube.cube().masked(&valid);
    let gaussian = Gaussian::of(&memory, &go_on).expect("statistics");
    let spectra = members(&[&cube.pixel(40), &cube.pixel(900)]);
    let map = map(&cube, &gaussian, &spectra);
    let mut by = ComputedBy::default();
    let of_twin: Twin<'_> = &|cube, _, sink| twin(cube, &gaussian, &spectra, sink);
    let found = collected(cube.shape, |sink| {
        by = map_on(Some(engine), &memory, || Ok(map), of_twin, &go_on, sink)?;
        Ok(())
    });
    let expected = collected(cube.shape, |sink| twin(&memory, &gaussian, &spectra, sink));
    for (a, b) in found.expect("made").iter().flatten().zip(expected.expect("made").iter().flatten()) {
        assert!((a - b).abs() <= 2e-5 * b.abs().max(1e-3) || (a.is_nan() && b.is_nan()), "{a} {b}");
    }
    by
}

const WORKS: Plain = Plain { gives_up: usize::MAX, off: 0.0 };

#[test]
fn every_map_as_plain_numbers_is_the_product() {
    let by = ComputedBy::Engine("an abacus".into());
    let background = |g: &Gaussian| Background::new(g).expect("a background");
    let angles = compare(&WORKS, |_, _, m| angles_map(m).expect("a map"), &|cube, _, m, sink| {
        spectral_angles(cube, m, &go_on, sink)
    });
    let filter = compare(
        &WORKS,
        |_, g, m| background(g).matched_filter_map(m).expect("a map"),
        &|cube, g, m, sink| matched_filter(cube, &background(g), m, &go_on, sink),
    );
    let share =
        compare(&WORKS, |_, g, m| background(g).coherence_map(m).expect("a map"), &|cube, g, m, sink| {
            coherence(cube, &background(g), m, &go_on, sink)
        });
    let anomalies = compare(&WORKS, |_, g, _| background(g).anomaly_map(), &|cube, g, _, sink| {
        anomaly(cube, &background(g), &go_on, sink)
    });
    let components = |g: &Gaussian| Components::principal(g).expect("components");
    let forth =
        compare(&WORKS, |_, g, _| components(g).transform_map(3).expect("a map"), &|cube, g, _, sink| {
            components(g).transform(cube, 3, &go_on, sink)
        });
    let again =
        compare(&WORKS, |_, g, _| components(g).denoise_map(2).expect("a map"), &|cube, g, _, sink| {
            components(g).denoise(cube, 2, &go_on, sink)
        });
    // Any cube of five bands can be taken for components.
    let back =
        compare(&WORKS, |_, g, _| components(g).restore_map(5).expect("a map"), &|cube, g, _, sink| {
            components(g).restore(cube, &go_on, sink)
        });
    let clusters = |cube: &dyn Cube| {
        Clusters::find(cube, &ClusterOptions { clusters: 6, passes: 3, ..ClusterOptions::default() }, &go_on)
            .expect("clusters")
    };
    let cube = TestCube::mixed(70, 100, 5, 3);
    let found = clusters(&cube.cube());
    let groups =
        compare(&WORKS, |_, _, _| found.assign_map(), &|cube, _, _, sink| found.assign(cube, &go_on, sink));
    for one in [angles, filter, share, anomalies, forth, again, back, groups] {
        assert_eq!(one, by);
    }
}

#[test]
fn the_processor_goes_on_where_an_engine_breaks_and_instead_of_one_that_errs() {
    let background = |g: &Gaussian| Background::new(g).expect("a background");
    let run = |engine: &Plain| {
        compare(engine, |_, g, _| background(g).anomaly_map(), &|cube, g, _, sink| {
            anomaly(cube, &background(g), &go_on, sink)
        })
    };
    for gives_up in [0, 1, 73, 99] {
        let by = run(&Plain { gives_up, off: 0.0 });
        assert_eq!(by, ComputedBy::Processor { refused: Some("it broke".into()) }, "{gives_up}");
    }
    let ComputedBy::Processor { refused: Some(why) } = run(&Plain { gives_up: usize::MAX, off: 0.01 }) else {
        panic!("it was believed")
    };
    assert!(why.starts_with("an abacus gave"), "{why}");
}

#[test]
fn a_sink_that_fails_and_a_stop_end_the_product() {
    let cube = TestCube::mixed(70, 100, 5, 3);
    let found =
        Background::new(&Gaussian::of(&cube.cube(), &go_on).expect("statistics")).expect("a background");
    let twin: Twin<'_> = &|cube, on, sink| anomaly(cube, &found, on, sink);
    let map = || Ok(found.anomaly_map());
    let full = map_on(Some(&WORKS), &cube.cube(), map, twin, &go_on, &mut |_| Err("the disk is full".into()));
    assert!(matches!(full, Err(SpectralError::Write(_))), "{full:?}");
    let stopped = map_on(Some(&WORKS), &cube.cube(), map, twin, &|_| false, &mut |_| Ok(()));
    assert!(matches!(stopped, Err(SpectralError::Stopped)), "{stopped:?}");
}
