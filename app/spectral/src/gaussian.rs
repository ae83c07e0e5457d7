//! Mean and covariance of the pixels of a cube.

use crate::cube::{Block, Cube, Shape};
use crate::error::SpectralError;
use crate::matrix::{add_scatter, mirror};
use crate::panel::for_panels;
use crate::stripes::{Progress, fold};

/// What the pixels of a cube are like, taken as one normal distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    /// Pixels that hold a value in every band.
    pub pixels: u64,
    pub mean: Vec<f64>,
    /// `bands × bands`, row after row; sums are divided by `pixels − 1`.
    pub covariance: Vec<f64>,
}

impl Gaussian {
    /// Mean and covariance of all pixels that hold a value in every band.
    pub fn of(cube: &dyn Cube, progress: Progress<'_>) -> Result<Self, SpectralError> {
        gather(cube, 0, progress, |block, _, bands| Moments::of(&block, bands))
    }

    /// Mean and covariance of the noise, from the difference of each pixel to its neighbour below on the
    /// right: what both show alike cancels, the noise of both adds up, hence the covariance is halved.
    pub fn of_noise(cube: &dyn Cube, progress: Progress<'_>) -> Result<Self, SpectralError> {
        let width = cube.shape().width;
        let mut noise = gather(cube, 1, progress, |block, _, bands| {
            let differences = crate::noise::diagonal_differences(&block, width, bands);
            Moments::of(&differences.block(), bands)
        })?;
        noise.covariance.iter_mut().for_each(|c| *c /= 2.0);
        Ok(noise)
    }

    /// How many bands it is of.
    pub fn bands(&self) -> usize {
        self.mean.len()
    }

    /// The covariance drawn towards a multiple of the unit matrix: `(1 − s)·C + s·(trace C / bands)·I` for a
    /// shrinkage `s` from 0 to 1, which makes it invertible for any `s` above 0 (Ledoit and Wolf 2004).
    pub fn shrunk(mut self, shrinkage: f64) -> Result<Self, SpectralError> {
        if !(0.0..=1.0).contains(&shrinkage) {
            return Err(SpectralError::Parameter(format!("A shrinkage of {shrinkage} is not in 0 to 1")));
        }
        let n = self.bands();
        let mean_variance = (0..n).map(|i| self.covariance[i * n + i]).sum::<f64>() / n as f64;
        self.covariance.iter_mut().for_each(|c| *c *= 1.0 - shrinkage);
        (0..n).for_each(|i| self.covariance[i * n + i] += shrinkage * mean_variance);
        Ok(self)
    }
}

fn gather(
    cube: &dyn Cube,
    below: usize,
    progress: Progress<'_>,
    work: impl Fn(Block<'_>, Shape, usize) -> Moments + Sync,
) -> Result<Gaussian, SpectralError> {
    let shape = cube.shape();
    let mut all = Moments::empty(shape.bands);
    fold(
        cube,
        below,
        progress,
        |_, block| work(block, shape, shape.bands),
        |_, some| {
            all.merge(&some);
            Ok(())
        },
    )?;
    all.finish()
}

/// Sums over some pixels, about their own mean.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    pixels: u64,
    mean: Vec<f64>,
    /// Lower triangle of Σ (x − mean)(x − mean)ᵀ.
    scatter: Vec<f64>,
}

impl Moments {
    pub(crate) fn empty(bands: usize) -> Self {
        Self { pixels: 0, mean: vec![0.0; bands], scatter: vec![0.0; bands * bands] }
    }

    /// Sums are taken about the first pixel that holds something, which is near the mean of its
    /// neighbourhood, so that nothing cancels.
    pub(crate) fn of(block: &Block<'_>, bands: usize) -> Self {
        let mut found = Self::empty(bands);
        let Some(pivot) = first_pixel(block, bands) else { return found };
        let mut sum = vec![0.0; bands];
        for_panels::<f64>(block, bands, &pivot, |panel| {
            found.pixels += panel.len() as u64;
            for pixel in panel.pixels() {
                sum.iter_mut().zip(pixel).for_each(|(s, v)| *s += v);
            }
            add_scatter(&mut found.scatter, &panel.values, bands);
        });
        let n = found.pixels as f64;
        for row in 0..bands {
            for column in 0..=row {
                found.scatter[row * bands + column] -= sum[row] / n * sum[column];
            }
            found.mean[row] = pivot[row] + sum[row] / n;
        }
        found
    }

    /// Chan, Golub and LeVeque (1983): joins two sets about their common mean.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.pixels == 0 {
            return;
        }
        let (a, b) = (self.pixels as f64, other.pixels as f64);
        let bands = self.mean.len();
        let delta: Vec<f64> = other.mean.iter().zip(&self.mean).map(|(o, m)| o - m).collect();
        let weight = a * b / (a + b);
        for row in 0..bands {
            let scaled = weight * delta[row];
            let span = row * bands..=row * bands + row;
            let pairs = self.scatter[span.clone()].iter_mut().zip(&other.scatter[span]);
            pairs.zip(&delta).for_each(|((s, o), d)| *s += o + scaled * d);
            self.mean[row] += delta[row] * (b / (a + b));
        }
        self.pixels += other.pixels;
    }

    fn finish(mut self) -> Result<Gaussian, SpectralError> {
        let bands = self.mean.len();
        match self.pixels {
            0 => return Err(SpectralError::NoPixels { bands }),
            1 => return Err(SpectralError::TooFewPixels { pixels: 1, needed: 2, bands }),
            _ => {}
        }
        let divisor = (self.pixels - 1) as f64;
        self.scatter.iter_mut().for_each(|s| *s /= divisor);
        mirror(&mut self.scatter, bands);
        Ok(Gaussian { pixels: self.pixels, mean: self.mean, covariance: self.scatter })
    }
}

fn first_pixel(block: &Block<'_>, bands: usize) -> Option<Vec<f64>> {
    let zero = vec![0.0; bands];
    let mut panel = crate::panel::Panel::<f64>::new(bands);
    let step = crate::panel::pixels_at_once(bands);
    (0..block.pixels).step_by(step).find_map(|start| {
        panel.fill(block, start..(start + step).min(block.pixels), &zero);
        panel.pixels().next().map(<[f64]>::to_vec)
    })
}
