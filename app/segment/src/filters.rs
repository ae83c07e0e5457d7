//! Gaussians and their derivatives along rows and columns, with the kernels of SciPy's `gaussian_filter` (cut off at four
//! sigmas, borders mirrored: `d c b a | a b c d | d c b a`).

use pulp::Arch;
use rayon::prelude::*;

/// Where kernels end, in sigmas.
const TRUNCATE: f64 = 4.0;
/// Rows that one thread works on at a time.
const STRIPE: usize = 16;

/// How many pixels a kernel reaches to each side.
pub fn radius(sigma: f64) -> usize {
    (TRUNCATE * sigma + 0.5) as usize
}

/// A symmetric or antisymmetric kernel: the weight of the middle and of those to the right.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    weights: Vec<f32>,
    is_odd: bool,
}

impl Kernel {
    /// The derivative of a Gaussian of order 0, 1 or 2.
    pub(crate) fn new(sigma: f64, order: u8) -> Self {
        let variance = sigma * sigma;
        let bell = |x: f64| (-0.5 * x * x / variance).exp();
        let radius = radius(sigma);
        let sum = (1..=radius).map(|x| 2.0 * bell(x as f64)).sum::<f64>() + 1.0;
        let weight = |x: usize| {
            let x = x as f64;
            let factor = match order {
                0 => 1.0,
                // What is to the right counts: the kernel is turned round when it is laid over a row.
                1 => x / variance,
                _ => x * x / (variance * variance) - 1.0 / variance,
            };
            (factor * bell(x) / sum) as f32
        };
        Self { weights: (0..=radius).map(weight).collect(), is_odd: order == 1 }
    }

    fn radius(&self) -> usize {
        self.weights.len() - 1
    }
}

/// The place that a row or column has beyond its ends, mirrored.
fn mirrored(at: isize, length: usize) -> usize {
    let period = 2 * length as isize;
    let at = at.rem_euclid(period);
    (if at < length as isize { at } else { period - 1 - at }) as usize
}

/// Each row laid under the kernel.
pub(crate) fn along_rows(from: &[f32], width: usize, kernel: &Kernel, to: &mut [f32]) {
    let radius = kernel.radius();
    let stripes = to.par_chunks_mut(STRIPE * width).zip(from.par_chunks(STRIPE * width));
    stripes.for_each_init(
        || vec![0.0_f32; width + 2 * radius],
        |padded, (to, from)| {
            for (to, from) in to.chunks_exact_mut(width).zip(from.chunks_exact(width)) {
                padded[radius..radius + width].copy_from_slice(from);
                for i in 0..radius {
                    padded[i] = from[mirrored(i as isize - radius as isize, width)];
                    padded[radius + width + i] = from[mirrored((width + i) as isize, width)];
                }
                let padded = &padded[..];
                Arch::new().dispatch(
                    #[inline(always)]
                    || {
                        scaled(to, &padded[radius..radius + width], kernel.weights[0]);
                        for (k, weight) in kernel.weights.iter().enumerate().skip(1) {
                            let left = &padded[radius - k..radius - k + width];
                            add(to, &padded[radius + k..radius + k + width], left, *weight, kernel.is_odd);
                        }
                    },
                );
            }
        },
    );
}

/// Each column laid under the kernel.
pub(crate) fn along_columns(from: &[f32], width: usize, kernel: &Kernel, to: &mut [f32]) {
    let height = from.len() / width;
    let row = |y: isize| {
        let y = mirrored(y, height);
        &from[y * width..(y + 1) * width]
    };
    to.par_chunks_exact_mut(width).enumerate().for_each(|(y, to)| {
        let y = y as isize;
        Arch::new().dispatch(
            #[inline(always)]
            || {
                scaled(to, row(y), kernel.weights[0]);
                for (k, weight) in kernel.weights.iter().enumerate().skip(1) {
                    add(to, row(y + k as isize), row(y - k as isize), *weight, kernel.is_odd);
                }
            },
        );
    });
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "it must be inlined where the processor's vectors are known")]
fn scaled(to: &mut [f32], from: &[f32], weight: f32) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = from * weight;
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "it must be inlined where the processor's vectors are known")]
fn add(to: &mut [f32], right: &[f32], left: &[f32], weight: f32, is_odd: bool) {
    let pairs = to.iter_mut().zip(right.iter().zip(left));
    if is_odd {
        pairs.for_each(|(to, (right, left))| *to += weight * (right - left));
    } else {
        pairs.for_each(|(to, (right, left))| *to += weight * (right + left));
    }
}

/// A plane smoothed by a Gaussian, or its derivatives: `order` across and down.
pub fn gaussian(plane: &[f32], width: usize, sigma: f64, order: [u8; 2]) -> Vec<f32> {
    let mut across = vec![0.0; plane.len()];
    let mut both = vec![0.0; plane.len()];
    if width > 0 {
        along_rows(plane, width, &Kernel::new(sigma, order[0]), &mut across);
        along_columns(&across, width, &Kernel::new(sigma, order[1]), &mut both);
    }
    both
}

/// How fast values change at a scale: the length of the gradient, over all bands of a picture.
pub fn gradient_magnitude(image: &crate::Image, sigma: f64) -> Vec<f32> {
    let mut squares = vec![0.0_f32; image.pixels()];
    for band in 0..image.bands() {
        for order in [[1, 0], [0, 1]] {
            let slope = gaussian(image.band(band), image.width(), sigma, order);
            squares.iter_mut().zip(&slope).for_each(|(sum, s)| *sum += s * s);
        }
    }
    for s in &mut squares {
        *s = s.sqrt();
    }
    squares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_has_its_slope_and_a_parabola_its_curvature() {
        let (width, height) = (81, 61);
        let plane: Vec<f32> = (0..width * height)
            .map(|i| (i % width) as f32 * 0.5 - 20.0 + ((i / width) as f32 - 30.0).powi(2) * 0.25)
            .collect();
        let middle = 30 * width + 40;
        let across = gaussian(&plane, width, 3.5, [1, 0])[middle];
        let down = gaussian(&plane, width, 1.6, [0, 2])[middle];
        assert!((across - 0.5).abs() < 2e-3, "{across}");
        // Sampled and cut off a little is lost, as it is in SciPy; and what is flat leaks in, so that there it is 0 here.
        assert!((down - 0.5).abs() < 5e-3, "{down}");
        assert!(gaussian(&plane, width, 1.6, [0, 1])[middle].abs() < 1e-4);
    }

    #[test]
    fn a_picture_of_one_value_stays_so_up_to_its_borders() {
        for (width, height) in [(1, 1), (3, 2), (50, 7)] {
            let smooth = gaussian(&vec![7.0; width * height], width, 10.0, [0, 0]);
            assert!(smooth.iter().all(|v| (v - 7.0).abs() < 1e-4), "{width} × {height}");
        }
    }

    #[test]
    fn kernels_are_those_of_scipy() {
        // scipy.ndimage._filters._gaussian_kernel1d(1.0, order, 4), the middle and to the right of it.
        let known = [
            (0, [0.398_943_5, 0.241_971_45, 0.053_991_13, 0.004_431_86, 0.000_133_83]),
            (1, [0.0, 0.241_971_45, 0.107_982_26, 0.013_295_59, 0.000_535_32]),
            (2, [-0.398_943_5, 0.0, 0.161_973_38, 0.035_454_91, 0.002_007_46]),
        ];
        for (order, weights) in known {
            let own = Kernel::new(1.0, order).weights;
            let near = own.iter().zip(weights).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6);
            assert!(own.len() == 5 && near, "{order}: {own:?}");
        }
    }
}
