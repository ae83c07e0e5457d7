//! Few numbers instead of many bands: principal components, and components ordered by noise; and back.

use crate::cube::Cube;
use crate::error::SpectralError;
use crate::gaussian::Gaussian;
use crate::linear::{Finish, LinearMap};
use crate::matrix::{Cholesky, eigen, multiply, project, transposed};
use crate::panel::Panel;
use crate::stripes::{Progress, Sink, map};

/// A linear map to components and its inverse. All bands long; callers say how many they want.
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    mean: Vec<f64>,
    /// Variance of each component, largest first. Of noise-ordered components, in units of the noise.
    eigenvalues: Vec<f64>,
    /// Component after component.
    forward: Vec<f64>,
    /// `bands × components`, row after row.
    inverse: Vec<f64>,
}

impl Components {
    /// Principal components: orthogonal directions of most variance. Each is turned so that its largest
    /// weight is positive.
    pub fn principal(pixels: &Gaussian) -> Result<Self, SpectralError> {
        let n = pixels.bands();
        let (eigenvalues, forward) = eigen(&pixels.covariance, n, "the image")?;
        let inverse = transposed(&forward, n);
        Ok(Self { mean: pixels.mean.clone(), eigenvalues, forward, inverse })
    }

    /// Minimum noise fraction: components in which the noise has variance 1 and is uncorrelated, ordered by
    /// how much more than noise they hold (Green et al. 1988, Lee et al. 1990). `noise` is often
    /// [`Gaussian::of_noise`]; an eigenvalue of 1 is noise alone.
    pub fn noise_ordered(pixels: &Gaussian, noise: &Gaussian) -> Result<Self, SpectralError> {
        let n = pixels.bands();
        if noise.bands() != n {
            let name = "The noise".to_owned();
            return Err(SpectralError::Length { name, values: noise.bands(), bands: n });
        }
        let factor = Cholesky::new(&noise.covariance, n, "the noise")?;
        let (eigenvalues, vectors) = eigen(&factor.congruent(&pixels.covariance), n, "the image")?;
        let mut forward = multiply(&vectors, &factor.whitener(), n);
        let mut inverse = multiply(&factor.factor(), &transposed(&vectors, n), n);
        for k in 0..n {
            let row = &mut forward[k * n..(k + 1) * n];
            let largest = row.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
            if largest.is_some_and(|v| v < 0.0) {
                for value in row {
                    *value = -*value;
                }
                inverse[k..].iter_mut().step_by(n).for_each(|v| *v = -*v);
            }
        }
        Ok(Self { mean: pixels.mean.clone(), eigenvalues, forward, inverse })
    }

    /// How many bands, and how many components there can be.
    pub fn bands(&self) -> usize {
        self.mean.len()
    }

    /// Variance of each component, largest first.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// The weights of one component, a number a band.
    pub fn weights(&self, component: usize) -> &[f64] {
        &self.forward[component * self.bands()..(component + 1) * self.bands()]
    }

    /// The first `count` components of each pixel, one band of results each.
    pub fn transform(
        &self,
        cube: &dyn Cube,
        count: usize,
        progress: Progress<'_>,
        sink: Sink<'_>,
    ) -> Result<(), SpectralError> {
        let bands = self.check(cube.shape().bands, self.bands(), count)?;
        let rows = &self.forward[..count * bands];
        let work = |panel: &Panel<f64>, out: &mut [f64]| project(out, rows, &panel.values, bands);
        map(cube, &self.mean, count, progress, work, sink)
    }

    /// Bands again from a cube of the first components; those that it lacks count as 0.
    pub fn restore(
        &self,
        components: &dyn Cube,
        progress: Progress<'_>,
        sink: Sink<'_>,
    ) -> Result<(), SpectralError> {
        let (bands, count) = (self.bands(), components.shape().bands);
        self.check(count, count, count)?;
        let rows = self.back(count);
        let work = |panel: &Panel<f64>, out: &mut [f64]| {
            project(out, &rows, &panel.values, count);
            add_to_each(out, &self.mean);
        };
        map(components, &vec![0.0; count], bands, progress, work, sink)
    }

    /// Each pixel as its first `count` components tell it: the rest, often noise, is gone.
    pub fn denoise(
        &self,
        cube: &dyn Cube,
        count: usize,
        progress: Progress<'_>,
        sink: Sink<'_>,
    ) -> Result<(), SpectralError> {
        let bands = self.check(cube.shape().bands, self.bands(), count)?;
        let both = self.there_and_back(count);
        let work = |panel: &Panel<f64>, out: &mut [f64]| {
            project(out, &both, &panel.values, bands);
            add_to_each(out, &self.mean);
        };
        map(cube, &self.mean, bands, progress, work, sink)
    }

    /// [`Components::transform`] as plain numbers.
    pub fn transform_map(&self, count: usize) -> Result<LinearMap, SpectralError> {
        let bands = self.check(self.bands(), self.bands(), count)?;
        let rows = self.forward[..count * bands].to_vec();
        let finish = Finish::Values { added: vec![0.0; count] };
        Ok(LinearMap { middle: self.mean.clone(), rows, finish })
    }

    /// [`Components::restore`] of `count` components as plain numbers.
    pub fn restore_map(&self, count: usize) -> Result<LinearMap, SpectralError> {
        self.check(count, count, count)?;
        let finish = Finish::Values { added: self.mean.clone() };
        Ok(LinearMap { middle: vec![0.0; count], rows: self.back(count), finish })
    }

    /// [`Components::denoise`] as plain numbers.
    pub fn denoise_map(&self, count: usize) -> Result<LinearMap, SpectralError> {
        self.check(self.bands(), self.bands(), count)?;
        let finish = Finish::Values { added: self.mean.clone() };
        Ok(LinearMap { middle: self.mean.clone(), rows: self.there_and_back(count), finish })
    }

    /// What takes the first components back to bands, row after row.
    fn back(&self, count: usize) -> Vec<f64> {
        self.inverse.chunks_exact(self.bands()).flat_map(|row| &row[..count]).copied().collect()
    }

    /// What takes bands to the first components and back again.
    fn there_and_back(&self, count: usize) -> Vec<f64> {
        multiply(&self.back(count), &self.forward[..count * self.bands()], count)
    }

    fn check(&self, given: usize, wanted: usize, count: usize) -> Result<usize, SpectralError> {
        if given != wanted {
            let name = "The image".to_owned();
            return Err(SpectralError::Length { name, values: given, bands: wanted });
        }
        if (1..=self.bands()).contains(&count) {
            return Ok(wanted);
        }
        Err(SpectralError::Parameter(format!(
            "{count} components are not in 1 to {}, the number of bands",
            self.bands()
        )))
    }
}

fn add_to_each(out: &mut [f64], mean: &[f64]) {
    for pixel in out.chunks_exact_mut(mean.len()) {
        pixel.iter_mut().zip(mean).for_each(|(v, m)| *v += m);
    }
}
