//! Mixtures of Gaussians with full covariances, as GrabCut keeps two of them.

use rayon::prelude::*;

use crate::Image;

/// Components of a mixture.
const COMPONENTS: usize = 5;
/// Rounds of the clusters that it begins with.
const ROUNDS: usize = 10;

/// One component, ready to be asked.
#[derive(Clone, Debug, Default)]
struct Component {
    /// The logarithm of its share, and of how high it is in the middle.
    share_log: f64,
    height_log: f64,
    mean: Vec<f64>,
    /// The lower Cholesky factor of the covariance, row after row; its diagonal the other way up.
    factor: Vec<f64>,
}

/// A mixture of Gaussians over the bands of a picture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mixture {
    components: Vec<Component>,
}

impl Mixture {
    /// Begins with clusters of the pixels.
    pub(crate) fn begin(image: &Image, pixels: &[usize]) -> Self {
        let mut groups = clusters(image, pixels);
        groups.retain(|group| !group.is_empty());
        Self::of(image, &groups)
    }

    /// Learns anew from the pixels, each given to the component that explains it best.
    pub(crate) fn learn(&self, image: &Image, pixels: &[usize]) -> Self {
        let best: Vec<usize> = pixels.par_iter().map(|p| self.best(image, *p)).collect();
        let mut groups = vec![Vec::new(); self.components.len()];
        for (pixel, best) in pixels.iter().zip(best) {
            groups[best].push(*pixel);
        }
        groups.retain(|group| !group.is_empty());
        Self::of(image, &groups)
    }

    fn of(image: &Image, groups: &[Vec<usize>]) -> Self {
        let all = groups.iter().map(Vec::len).sum::<usize>().max(1) as f64;
        // Where a component has one value only it is given a little width, as much as rounding would be.
        let width = (image.spread() * 1e-3).powi(2).max(1e-12);
        let made = groups.iter().map(|group| {
            let share = group.len() as f64 / all;
            Component::new(image, group, share, width)
        });
        Self { components: made.collect() }
    }

    fn best(&self, image: &Image, pixel: usize) -> usize {
        let values = self.components.iter().map(|c| c.height_log - 0.5 * c.distance(image, pixel));
        values.enumerate().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map_or(0, |(i, _)| i)
    }

    /// The negative logarithm of how dense it is at a pixel.
    pub(crate) fn cost(&self, image: &Image, pixel: usize) -> f32 {
        let of = |c: &Component| c.share_log + c.height_log - 0.5 * c.distance(image, pixel);
        let mut logs = [f64::NEG_INFINITY; COMPONENTS];
        logs.iter_mut().zip(&self.components).for_each(|(log, component)| *log = of(component));
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !most.is_finite() {
            return 0.0;
        }
        let sum: f64 = logs.iter().map(|log| (log - most).exp()).sum();
        -(most + sum.ln()) as f32
    }
}

impl Component {
    fn new(image: &Image, group: &[usize], share: f64, width: f64) -> Self {
        let bands = image.bands();
        let count = group.len().max(1) as f64;
        let value = |band: usize, pixel: usize| f64::from(image.band(band)[pixel]);
        let mean: Vec<f64> =
            (0..bands).map(|b| group.iter().map(|p| value(b, *p)).sum::<f64>() / count).collect();
        let mut factor = vec![0.0; bands * bands];
        for row in 0..bands {
            for column in 0..=row {
                let both = |p: &usize| (value(row, *p) - mean[row]) * (value(column, *p) - mean[column]);
                let covariance = group.iter().map(both).sum::<f64>() / count;
                factor[row * bands + column] = covariance + if row == column { width } else { 0.0 };
            }
        }
        cholesky(&mut factor, bands, width);
        let height_log = -(0..bands).map(|b| factor[b * bands + b].ln()).sum::<f64>();
        for band in 0..bands {
            factor[band * bands + band] = factor[band * bands + band].recip();
        }
        Self { share_log: share.ln(), height_log, mean, factor }
    }

    /// The square of Mahalanobis' distance.
    fn distance(&self, image: &Image, pixel: usize) -> f64 {
        let bands = self.mean.len();
        let mut solved = [0.0; crate::grabcut::MOST_BANDS];
        let mut sum = 0.0;
        for row in 0..bands {
            let mut value = f64::from(image.band(row)[pixel]) - self.mean[row];
            for (column, before) in solved.iter().enumerate().take(row) {
                value -= self.factor[row * bands + column] * before;
            }
            solved[row] = value * self.factor[row * bands + row];
            sum += solved[row] * solved[row];
        }
        sum
    }
}

fn cholesky(matrix: &mut [f64], size: usize, least: f64) {
    for row in 0..size {
        for column in 0..=row {
            let before: f64 = (0..column).map(|i| matrix[row * size + i] * matrix[column * size + i]).sum();
            let left = matrix[row * size + column] - before;
            matrix[row * size + column] =
                if row == column { left.max(least).sqrt() } else { left / matrix[column * size + column] };
        }
    }
}

/// Clusters of pixels, by Lloyd's rounds from middles that lie far from each other.
fn clusters(image: &Image, pixels: &[usize]) -> Vec<Vec<usize>> {
    let value = |pixel: usize| (0..image.bands()).map(|b| image.band(b)[pixel]).collect::<Vec<f32>>();
    let apart = |pixel: usize, middle: &[f32]| -> f32 {
        middle.iter().enumerate().map(|(b, m)| (image.band(b)[pixel] - m).powi(2)).sum()
    };
    let Some(first) = pixels.first() else { return Vec::new() };
    let mut middles = vec![value(*first)];
    let mut nearest = vec![f32::INFINITY; pixels.len()];
    while middles.len() < COMPONENTS {
        let last = middles.last().cloned().unwrap_or_default();
        for (near, pixel) in nearest.iter_mut().zip(pixels) {
            *near = near.min(apart(*pixel, &last));
        }
        let far = nearest.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
        let Some((far, _)) = far.filter(|(_, near)| **near > 0.0) else { break };
        middles.push(value(pixels[far]));
    }
    let mut groups = Vec::new();
    for _ in 0..ROUNDS {
        let own = |pixel: &usize| {
            let distances = middles.iter().map(|m| apart(*pixel, m)).enumerate();
            distances.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(i, _)| i)
        };
        let owners: Vec<usize> = pixels.par_iter().map(own).collect();
        groups = vec![Vec::new(); middles.len()];
        for (pixel, owner) in pixels.iter().zip(owners) {
            groups[owner].push(*pixel);
        }
        for (middle, group) in middles.iter_mut().zip(&groups).filter(|(_, g)| !g.is_empty()) {
            for (band, middle) in middle.iter_mut().enumerate() {
                let sum: f64 = group.iter().map(|p| f64::from(image.band(band)[*p])).sum();
                *middle = (sum / group.len() as f64) as f32;
            }
        }
    }
    groups
}
