//! Products over whole cubes, against their definitions.

mod background;
mod clusters;
mod components;
mod engine;
mod refusals;
mod shapes;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::*;

/// A seeded cube, pixel after pixel.
pub(crate) struct TestCube {
    pub(crate) shape: Shape,
    pub(crate) samples: Vec<f32>,
}

impl TestCube {
    /// Mixtures of three smooth spectra with noise, as a sensor would see them.
    pub(crate) fn mixed(width: usize, height: usize, bands: usize, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let shape = Shape { width, height, bands };
        let smooth =
            |k: usize, b: usize| 0.3 + 0.2 * ((b as f64 / bands as f64) * (3.0 + k as f64) + k as f64).sin();
        let mut samples = Vec::with_capacity(shape.pixels() * bands);
        for _ in 0..shape.pixels() {
            let shares: [f64; 3] = std::array::from_fn(|_| random.random::<f64>());
            let total: f64 = shares.iter().sum();
            for b in 0..bands {
                let signal: f64 = (0..3).map(|k| shares[k] / total * smooth(k, b)).sum();
                samples.push((signal + 0.01 * normal(&mut random)) as f32);
            }
        }
        Self { shape, samples }
    }

    pub(crate) fn of(width: usize, bands: usize, samples: &[f32]) -> Self {
        let height = samples.len() / bands / width;
        Self { shape: Shape { width, height, bands }, samples: samples.to_vec() }
    }

    pub(crate) fn cube(&self) -> MemoryCube<'_> {
        MemoryCube::new(Values::F32(&self.samples), self.shape, Interleave::Pixel).expect("a cube")
    }

    pub(crate) fn pixel(&self, i: usize) -> Vec<f64> {
        let bands = self.shape.bands;
        self.samples[i * bands..(i + 1) * bands].iter().map(|v| f64::from(*v)).collect()
    }

    /// The same samples, band after band.
    pub(crate) fn planes(&self) -> Vec<f32> {
        let bands = self.shape.bands;
        (0..bands).flat_map(|b| self.samples[b..].iter().step_by(bands).copied()).collect()
    }
}

/// A draw of the normal distribution (Box and Muller).
pub(crate) fn normal(random: &mut ChaCha8Rng) -> f64 {
    let u: f64 = random.random::<f64>().max(1e-300);
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * random.random::<f64>()).cos()
}

pub(crate) fn go_on(_: f64) -> bool {
    true
}

/// All results of a product, pixel after pixel.
pub(crate) fn collected(
    shape: Shape,
    run: impl FnOnce(Sink<'_>) -> Result<(), SpectralError>,
) -> Result<Vec<Vec<f32>>, SpectralError> {
    let mut pixels = vec![Vec::new(); shape.pixels()];
    let mut next = 0;
    run(&mut |rows| {
        assert_eq!(rows.first, next, "rows come in their order");
        next += rows.rows;
        let plane = rows.rows * shape.width;
        for band in rows.values.chunks_exact(plane) {
            band.iter().enumerate().for_each(|(i, v)| pixels[rows.first * shape.width + i].push(*v));
        }
        Ok(())
    })?;
    assert_eq!(next, shape.height, "all rows came");
    Ok(pixels)
}

pub(crate) fn members(rows: &[&[f64]]) -> Members {
    let named: Vec<(String, Vec<f64>)> =
        rows.iter().enumerate().map(|(i, row)| (format!("spectrum {}", i + 1), row.to_vec())).collect();
    Members::new(&named, rows[0].len()).expect("members")
}

/// Runs on so many threads.
pub(crate) fn on_threads<R: Send>(n: usize, run: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("a pool").install(run)
}
