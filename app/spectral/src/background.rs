//! Detectors that know what the background of an image is like: matched filter, coherence, anomalies.

use crate::cube::Cube;
use crate::error::SpectralError;
use crate::gaussian::Gaussian;
use crate::linear::{Finish, LinearMap};
use crate::matrix::{Cholesky, dot, multiply, project, project_lower, transposed};
use crate::members::Members;
use crate::panel::Panel;
use crate::stripes::{Progress, Sink, map};

/// A background whose covariance was inverted.
#[derive(Debug)]
pub struct Background {
    mean: Vec<f64>,
    factor: Cholesky,
}

impl Background {
    /// Refuses a covariance that cannot be inverted, and one of fewer pixels than bands; see
    /// [`Gaussian::shrunk`].
    pub fn new(background: &Gaussian) -> Result<Self, SpectralError> {
        let bands = background.bands();
        let factor = Cholesky::new(&background.covariance, bands, "the background").map_err(|error| {
            let (pixels, needed) = (background.pixels, bands as u64 + 1);
            let is_few = pixels < needed && matches!(error, SpectralError::Singular { .. });
            if is_few { SpectralError::TooFewPixels { pixels, needed, bands } } else { error }
        })?;
        Ok(Self { mean: background.mean.clone(), factor })
    }

    fn check(&self, cube: &dyn Cube) -> Result<usize, SpectralError> {
        let bands = cube.shape().bands;
        if bands == self.mean.len() {
            return Ok(bands);
        }
        let name = "The background".to_owned();
        Err(SpectralError::Length { name, values: self.mean.len(), bands })
    }

    /// [`anomaly`] as plain numbers.
    pub fn anomaly_map(&self) -> LinearMap {
        LinearMap { middle: self.mean.clone(), rows: self.factor.whitener(), finish: Finish::Squares }
    }

    /// [`matched_filter`] as plain numbers.
    pub fn matched_filter_map(&self, members: &Members) -> Result<LinearMap, SpectralError> {
        members.check(self.mean.len())?;
        let added = vec![0.0; members.len()];
        let rows = self.filters(members)?;
        Ok(LinearMap { middle: self.mean.clone(), rows, finish: Finish::Values { added } })
    }

    /// [`coherence`] as plain numbers.
    pub fn coherence_map(&self, members: &Members) -> Result<LinearMap, SpectralError> {
        let bands = self.mean.len();
        members.check(bands)?;
        let whitener = self.factor.whitener();
        let directions = multiply(&self.directions(members, &whitener)?, &whitener, bands);
        let rows = [whitener, directions].concat();
        Ok(LinearMap { middle: self.mean.clone(), rows, finish: Finish::Coherence })
    }

    /// Members less the mean by the inverse covariance, each scaled so that the member itself gives 1.
    fn filters(&self, members: &Members) -> Result<Vec<f64>, SpectralError> {
        let bands = self.mean.len();
        let mut filters = Vec::with_capacity(members.len() * bands);
        for contrast in self.contrasts(members)?.chunks_exact(bands) {
            let filter = self.factor.solve(contrast);
            let own = dot(&filter, contrast);
            filters.extend(filter.iter().map(|v| v / own));
        }
        Ok(filters)
    }

    /// Members less the mean after whitening, each of length 1.
    fn directions(&self, members: &Members, whitener: &[f64]) -> Result<Vec<f64>, SpectralError> {
        let bands = self.mean.len();
        let mut white = multiply(&self.contrasts(members)?, &transposed(whitener, bands), bands);
        for row in white.chunks_exact_mut(bands) {
            let length = dot(row, row).sqrt();
            for value in row {
                *value /= length;
            }
        }
        Ok(white)
    }

    /// Members less the mean, row after row; one that is the mean itself is refused.
    fn contrasts(&self, members: &Members) -> Result<Vec<f64>, SpectralError> {
        let mut rows = members.values().to_vec();
        for (row, name) in rows.chunks_exact_mut(self.mean.len()).zip(members.names()) {
            row.iter_mut().zip(&self.mean).for_each(|(v, m)| *v -= m);
            if row.iter().all(|v| *v == 0.0) {
                let why = "it is the mean of the background";
                return Err(SpectralError::Spectrum { name: name.clone(), why });
            }
        }
        Ok(rows)
    }
}

/// Matched filter: `(t − μ)ᵀC⁻¹(x − μ) / (t − μ)ᵀC⁻¹(t − μ)`, one band of results a member. 0 is like the
/// background, 1 is like the member.
pub fn matched_filter(
    cube: &dyn Cube,
    background: &Background,
    members: &Members,
    progress: Progress<'_>,
    sink: Sink<'_>,
) -> Result<(), SpectralError> {
    let bands = background.check(cube)?;
    members.check(bands)?;
    let filters = background.filters(members)?;
    let work = |panel: &Panel<f64>, out: &mut [f64]| project(out, &filters, &panel.values, bands);
    map(cube, &background.mean, members.len(), progress, work, sink)
}

/// Adaptive coherence: the squared cosine between pixel and member after whitening,
/// `((t − μ)ᵀC⁻¹(x − μ))² / ((t − μ)ᵀC⁻¹(t − μ) · (x − μ)ᵀC⁻¹(x − μ))`, one band of results a member, from
/// 0 to 1 (Scharf and McWhorter 1996).
pub fn coherence(
    cube: &dyn Cube,
    background: &Background,
    members: &Members,
    progress: Progress<'_>,
    sink: Sink<'_>,
) -> Result<(), SpectralError> {
    let bands = background.check(cube)?;
    members.check(bands)?;
    let (count, whitener) = (members.len(), background.factor.whitener());
    let white = background.directions(members, &whitener)?;
    let work = |panel: &Panel<f64>, out: &mut [f64]| {
        let mut turned = vec![0.0; panel.values.len()];
        project_lower(&mut turned, &whitener, &panel.values, bands);
        project(out, &white, &turned, bands);
        for (pixel, out) in turned.chunks_exact(bands).zip(out.chunks_exact_mut(count)) {
            let square = sum_of_squares(pixel);
            for value in out {
                *value *= *value / square;
            }
        }
    };
    map(cube, &background.mean, count, progress, work, sink)
}

/// RX anomaly: the squared Mahalanobis distance to the background, `(x − μ)ᵀC⁻¹(x − μ)`, one band of
/// results. Of normally distributed pixels it is distributed as χ² of as many degrees of freedom as there are
/// bands (Reed and Yu 1990).
pub fn anomaly(
    cube: &dyn Cube,
    background: &Background,
    progress: Progress<'_>,
    sink: Sink<'_>,
) -> Result<(), SpectralError> {
    let bands = background.check(cube)?;
    let whitener = background.factor.whitener();
    let work = |panel: &Panel<f64>, out: &mut [f64]| {
        let mut turned = vec![0.0; panel.values.len()];
        project_lower(&mut turned, &whitener, &panel.values, bands);
        out.iter_mut().zip(turned.chunks_exact(bands)).for_each(|(o, pixel)| *o = sum_of_squares(pixel));
    };
    map(cube, &background.mean, 1, progress, work, sink)
}

/// In four sums, so that the processor can take four values at once.
fn sum_of_squares(values: &[f64]) -> f64 {
    let mut sums = [0.0_f64; 4];
    let (fours, rest) = values.as_chunks::<4>();
    for four in fours {
        sums.iter_mut().zip(four).for_each(|(s, v)| *s += v * v);
    }
    sums.iter().sum::<f64>() + rest.iter().map(|v| v * v).sum::<f64>()
}
