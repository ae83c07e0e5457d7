//! The random walker (Grady 2006): for each pixel, how likely a walk from there, which shuns edges, comes to the marks of
//! each label first. Weights and their defaults are those of scikit-image's `random_walker`.
//!
//! That is one symmetric system for each label but one. It is solved by conjugate gradients, preconditioned by a modified
//! incomplete Cholesky factor (Gustafsson 1978) of the grid: rounds grow with the side of the picture at worst, and less
//! where it is smooth, so that there is nothing quadratic in it.

use rayon::prelude::*;

use crate::error::{GoOn, check};
use crate::watershed::beside;
use crate::{Image, SegmentError};

/// How walks go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WalkerOptions {
    /// How much they shun edges.
    pub beta: f64,
    /// The residual at which a solution is good, against the right side.
    pub tolerance: f64,
}

impl Default for WalkerOptions {
    fn default() -> Self {
        Self { beta: 130.0, tolerance: 1e-3 }
    }
}

/// No step is quite impossible.
const LEAST_WEIGHT: f64 = 1e-10;
/// How much of what the factor leaves out is put onto its diagonal.
const MODIFIED: f64 = 0.97;
const MOST_ROUNDS: usize = 4000;

/// For each label in turn (1, 2, … in `markers`, where 0 is unknown), its probability at each pixel. A pixel from which no
/// walk can come to a mark has none.
pub fn random_walker(
    image: &Image,
    markers: &[u32],
    options: &WalkerOptions,
    go_on: GoOn,
) -> Result<Vec<Vec<f32>>, SegmentError> {
    if markers.len() != image.pixels() {
        return Err(SegmentError::Nothing);
    }
    let labels = markers.iter().copied().max().unwrap_or(0) as usize;
    if labels == 0 {
        return Err(SegmentError::NoMarkers);
    }
    if labels > 255 {
        return Err(SegmentError::TooManyClasses { classes: labels });
    }
    let system = System::new(image, markers, options.beta);
    check(go_on)?;
    let factor = system.factor();
    let solve = |label: usize| {
        let right = system.right(markers, label as u32);
        let found = system.solve(&factor, &right, options.tolerance, go_on)?;
        let share = |(pixel, value): (usize, f64)| match (markers[pixel] as usize, system.reached[pixel]) {
            (0, true) => value.clamp(0.0, 1.0) as f32,
            (0, false) => 0.0,
            (own, _) => f32::from(own == label && image.is_valid(pixel)),
        };
        Ok(found.into_iter().enumerate().map(share).collect())
    };
    let mut found =
        (1..labels).into_par_iter().map(solve).collect::<Result<Vec<Vec<f32>>, SegmentError>>()?;
    // They sum up to one.
    let last = (0..image.pixels()).map(|pixel| {
        let others: f32 = found.iter().map(|label| label[pixel]).sum();
        match markers[pixel] as usize {
            0 if !system.reached[pixel] => 0.0,
            0 => (1.0 - others).max(0.0),
            own => f32::from(own == labels && image.is_valid(pixel)),
        }
    });
    let last = last.collect();
    found.push(last);
    Ok(found)
}

/// The equations of the pixels without a mark; those of others say that they are zero.
struct System {
    width: usize,
    diagonal: Vec<f64>,
    /// Of the pixel and the one to its right, where neither has a mark.
    across: Vec<f64>,
    /// Of the pixel and the one below.
    down: Vec<f64>,
    /// Weights of all steps, those to marks among them.
    steps: [Vec<f64>; 2],
    /// A walk from there can come to a mark.
    reached: Vec<bool>,
}

impl System {
    fn new(image: &Image, markers: &[u32], beta: f64) -> Self {
        let (width, count) = (image.width(), image.pixels());
        let spread = image.spread();
        let bands = (image.bands() as f64).sqrt();
        let scale = if spread > 0.0 {
            beta / (10.0 * spread) / if image.bands() > 1 { bands } else { 1.0 }
        } else {
            0.0
        };
        let weight = |a: usize, b: usize| {
            let there = image.is_valid(a) && image.is_valid(b);
            if there { (-scale * image.distance2(a, b)).exp() + LEAST_WEIGHT } else { 0.0 }
        };
        let steps = [
            (0..count)
                .into_par_iter()
                .map(|p| if (p + 1) % width == 0 { 0.0 } else { weight(p, p + 1) })
                .collect::<Vec<f64>>(),
            (0..count)
                .into_par_iter()
                .map(|p| if p + width >= count { 0.0 } else { weight(p, p + width) })
                .collect(),
        ];
        let reached = reached(&steps, markers, width);
        let is_open = |p: usize| markers[p] == 0 && reached[p];
        let mut diagonal = vec![1.0; count];
        for p in (0..count).filter(|p| is_open(*p)) {
            diagonal[p] = around(&steps, p, width).iter().map(|(_, w)| w).sum();
        }
        let between = |p: usize, q: usize, w: f64| if w > 0.0 && is_open(p) && is_open(q) { w } else { 0.0 };
        let across = (0..count).map(|p| between(p, (p + 1).min(count - 1), steps[0][p])).collect();
        let down = (0..count).map(|p| between(p, (p + width).min(count - 1), steps[1][p])).collect();
        Self { width, diagonal, across, down, steps, reached }
    }

    /// What marks of a label bring to the pixels beside them.
    fn right(&self, markers: &[u32], label: u32) -> Vec<f64> {
        let mut right = vec![0.0; markers.len()];
        for p in (0..markers.len()).filter(|p| markers[*p] == label) {
            for (q, weight) in around(&self.steps, p, self.width) {
                if markers[q] == 0 && weight > 0.0 {
                    right[q] += weight;
                }
            }
        }
        right
    }

    /// The inverse of the diagonal of the incomplete factor.
    fn factor(&self) -> Vec<f64> {
        let width = self.width;
        let mut inverse = vec![1.0; self.diagonal.len()];
        for p in 0..inverse.len() {
            let mut own = self.diagonal[p];
            if p > 0 {
                let (w, d) = (self.across[p - 1], inverse[p - 1]);
                own -= w * d * (w + MODIFIED * self.down[p - 1]);
            }
            if p >= width {
                let (w, d) = (self.down[p - width], inverse[p - width]);
                own -= w * d * (w + MODIFIED * self.across[p - width]);
            }
            // Rounding may eat it up where weights are of very different sizes.
            inverse[p] = 1.0 / own.max(1e-3 * self.diagonal[p]).max(f64::MIN_POSITIVE);
        }
        inverse
    }

    /// What the factor makes of a residual: forward and back.
    fn precondition(&self, inverse: &[f64], residual: &[f64], out: &mut [f64]) {
        let width = self.width;
        for p in 0..residual.len() {
            let mut sum = residual[p];
            if p > 0 {
                sum += self.across[p - 1] * out[p - 1];
            }
            if p >= width {
                sum += self.down[p - width] * out[p - width];
            }
            out[p] = sum * inverse[p];
        }
        for p in (0..residual.len()).rev() {
            let mut sum = 0.0;
            if p + 1 < residual.len() {
                sum += self.across[p] * out[p + 1];
            }
            if p + width < residual.len() {
                sum += self.down[p] * out[p + width];
            }
            out[p] += sum * inverse[p];
        }
    }

    fn multiply(&self, x: &[f64], out: &mut [f64]) {
        let width = self.width;
        out.par_chunks_mut(width * 16).enumerate().for_each(|(stripe, out)| {
            let first = stripe * width * 16;
            for (i, out) in out.iter_mut().enumerate() {
                let p = first + i;
                let mut sum = self.diagonal[p] * x[p];
                if p > 0 {
                    sum -= self.across[p - 1] * x[p - 1];
                }
                if p + 1 < x.len() {
                    sum -= self.across[p] * x[p + 1];
                }
                if p >= width {
                    sum -= self.down[p - width] * x[p - width];
                }
                if p + width < x.len() {
                    sum -= self.down[p] * x[p + width];
                }
                *out = sum;
            }
        });
    }

    fn solve(
        &self,
        inverse: &[f64],
        right: &[f64],
        tolerance: f64,
        go_on: GoOn,
    ) -> Result<Vec<f64>, SegmentError> {
        let mut x = vec![0.0; right.len()];
        let mut residual = right.to_vec();
        let mut made = vec![0.0; right.len()];
        let wanted = dot(right, right).sqrt() * tolerance;
        if wanted == 0.0 {
            return Ok(x);
        }
        self.precondition(inverse, &residual, &mut made);
        let mut way = made.clone();
        let mut product = vec![0.0; right.len()];
        let mut before = dot(&residual, &made);
        for _ in 0..MOST_ROUNDS {
            check(go_on)?;
            self.multiply(&way, &mut product);
            let far = before / dot(&way, &product);
            if !far.is_finite() {
                break;
            }
            x.iter_mut().zip(&way).for_each(|(x, w)| *x += far * w);
            residual.iter_mut().zip(&product).for_each(|(r, p)| *r -= far * p);
            if dot(&residual, &residual).sqrt() <= wanted {
                break;
            }
            self.precondition(inverse, &residual, &mut made);
            let now = dot(&residual, &made);
            let share = now / before;
            way.iter_mut().zip(&made).for_each(|(w, m)| *w = m + share * *w);
            before = now;
        }
        Ok(x)
    }
}

/// The pixels around one, and the weights of the steps there.
fn around(steps: &[Vec<f64>; 2], p: usize, width: usize) -> [(usize, f64); 4] {
    let count = steps[0].len();
    let step = |q: Option<usize>, weight: f64| q.map_or((p, 0.0), |q| (q, weight));
    let [up, left, right, below] = beside(p, width, count);
    [
        step(up, up.map_or(0.0, |q| steps[1][q])),
        step(left, left.map_or(0.0, |q| steps[0][q])),
        step(right, steps[0][p]),
        step(below, steps[1][p]),
    ]
}

/// The pixels from which a walk can come to a mark.
fn reached(steps: &[Vec<f64>; 2], markers: &[u32], width: usize) -> Vec<bool> {
    let mut reached: Vec<bool> = markers.iter().map(|m| *m > 0).collect();
    let mut open: Vec<usize> = (0..markers.len()).filter(|p| markers[*p] > 0).collect();
    while let Some(p) = open.pop() {
        for (q, weight) in around(steps, p, width) {
            if weight > 0.0 && !reached[q] {
                reached[q] = true;
                open.push(q);
            }
        }
    }
    reached
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // In stripes of one size, so that the sum is the same on any number of threads.
    let stripes = a.par_chunks(1 << 14).zip(b.par_chunks(1 << 14));
    let sums: Vec<f64> = stripes.map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum()).collect();
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn along_a_row_without_edges_the_probability_falls_evenly() {
        let image = Image::new(11, 1, 1, vec![5.0; 11]).expect("a row");
        let mut markers = vec![0; 11];
        (markers[0], markers[10]) = (1, 2);
        let exact = WalkerOptions { tolerance: 1e-10, ..WalkerOptions::default() };
        let found = random_walker(&image, &markers, &exact, &|| true).expect("marks");
        for (x, (first, second)) in found[0].iter().zip(&found[1]).enumerate() {
            assert!((first - (1.0 - x as f32 / 10.0)).abs() < 1e-6, "{x}: {first}");
            assert!((first + second - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn walks_stay_on_their_side_of_an_edge_and_what_is_cut_off_has_no_label() {
        let (width, height) = (40, 30);
        let value = |i: usize| if i % width < 23 { 0.0 } else { 1.0 };
        let image =
            Image::new(width, height, 1, (0..width * height).map(value).collect()).expect("a picture");
        // A column of nothing, and pixels beyond it.
        let valid: Vec<bool> = (0..width * height).map(|i| i % width != 35).collect();
        let image = image.only(&valid);
        let mut markers = vec![0; width * height];
        (markers[15 * width + 3], markers[15 * width + 30]) = (1, 2);
        let found = random_walker(&image, &markers, &WalkerOptions::default(), &|| true).expect("marks");
        for (i, (first, second)) in found[0].iter().zip(&found[1]).enumerate() {
            match i % width {
                0..23 => assert!(*first > 0.9, "{first}"),
                23..35 => assert!(*second > 0.9, "{second}"),
                _ => assert_eq!((*first, *second), (0.0, 0.0)),
            }
        }
    }

    #[test]
    fn rounds_grow_no_faster_than_the_sides_of_the_picture() {
        let rounds = |side: usize| {
            let noise = |i: usize| ((i * 7919 % 1013) as f32) / 1013.0;
            let image = Image::new(side, side, 1, (0..side * side).map(noise).collect()).expect("a picture");
            let mut markers = vec![0; side * side];
            (markers[side + 1], markers[side * side - side - 2]) = (1, 2);
            let asked = std::sync::atomic::AtomicUsize::new(0);
            let count = || {
                asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                true
            };
            random_walker(&image, &markers, &WalkerOptions::default(), &count).expect("marks");
            asked.into_inner()
        };
        let (small, large) = (rounds(60), rounds(240));
        assert!(large < small * 5, "{small} rounds, and {large} for sixteen times as many pixels");
    }

    #[test]
    fn no_marks_are_refused() {
        let image = Image::new(2, 2, 1, vec![0.0; 4]).expect("a picture");
        let none = random_walker(&image, &[0; 4], &WalkerOptions::default(), &|| true);
        assert_eq!(none, Err(SegmentError::NoMarkers));
    }
}
