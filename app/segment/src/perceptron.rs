//! A perceptron with one hidden layer of rectified units (Rumelhart, Hinton and Williams 1986), by L-BFGS: for few examples of
//! many features it bends where logistic regression cannot, and is smoother than a forest.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::SegmentError;
use crate::descent::{dot, minimise};
use crate::error::GoOn;
use crate::learner::Examples;
use crate::logistic::{STRIPE, number, softmax};

const MOST_STEPS: usize = 200;

/// How a perceptron learns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerceptronOptions {
    /// Units of the hidden layer.
    pub hidden: usize,
    /// That of half the sum of all squares of weights (not of the constants) against the sum over examples.
    pub penalty: f64,
    pub seed: u64,
}

impl Default for PerceptronOptions {
    fn default() -> Self {
        Self { hidden: 32, penalty: 1.0, seed: 0 }
    }
}

/// A perceptron that has learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct Perceptron {
    /// Of the hidden layer unit after unit, then of the classes one after the other; the constant of each comes last.
    weights: Vec<f64>,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    features: usize,
    hidden: usize,
    classes: usize,
}

impl Shape {
    /// How many weights come before those of the classes.
    fn first(self) -> usize {
        self.hidden * (self.features + 1)
    }

    fn len(self) -> usize {
        self.first() + self.classes * (self.hidden + 1)
    }

    /// Uniform as Glorot and Bengio (2010) have it; the constants begin at nothing.
    fn begin(self, seed: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut weights = Vec::with_capacity(self.len());
        for (rows, inputs) in [(self.hidden, self.features), (self.classes, self.hidden)] {
            let most = (6.0 / (inputs + rows) as f64).sqrt();
            for _ in 0..rows {
                weights.extend((0..inputs).map(|_| (random.random::<f64>() * 2.0 - 1.0) * most));
                weights.push(0.0);
            }
        }
        weights
    }
}

impl Perceptron {
    pub fn train(
        examples: &Examples,
        options: &PerceptronOptions,
        go_on: GoOn,
    ) -> Result<Self, SegmentError> {
        let classes = examples.classes()?;
        let shape = Shape { features: examples.features, hidden: options.hidden.max(1), classes };
        let loss = |weights: &[f64]| loss(examples, shape, options.penalty, weights);
        let weights = minimise(&loss, shape.begin(options.seed), MOST_STEPS, go_on)?;
        Ok(Self { weights, shape })
    }

    pub fn classes(&self) -> usize {
        self.shape.classes
    }

    /// Shares of the classes for rows of features, pixel after pixel.
    pub(crate) fn shares(&self, rows: &[u8], out: &mut [f32]) {
        let Shape { features, hidden, classes } = self.shape;
        let (first, second) = self.weights.split_at(self.shape.first());
        // Of the bytes themselves, unit beside unit, so that nothing need be converted for each pixel.
        let mut by_feature = vec![0.0_f32; features * hidden];
        let mut constants = vec![0.0_f32; hidden];
        for (unit, own) in first.chunks_exact(features + 1).enumerate() {
            for (feature, weight) in own[..features].iter().enumerate() {
                by_feature[feature * hidden + unit] = (weight / 127.5) as f32;
            }
            constants[unit] = (own[features] - own[..features].iter().sum::<f64>()) as f32;
        }
        let second: Vec<f32> = second.iter().map(|w| *w as f32).collect();
        let mut units = vec![0.0_f32; hidden];
        for (row, out) in rows.chunks_exact(features).zip(out.chunks_exact_mut(classes)) {
            units.copy_from_slice(&constants);
            for (byte, weights) in row.iter().zip(by_feature.chunks_exact(hidden)) {
                let byte = f32::from(*byte);
                units.iter_mut().zip(weights).for_each(|(unit, weight)| *unit += byte * weight);
            }
            for unit in &mut units {
                *unit = unit.max(0.0);
            }
            for (out, weights) in out.iter_mut().zip(second.chunks_exact(hidden + 1)) {
                *out = units.iter().zip(weights).map(|(u, w)| u * w).sum::<f32>() + weights[hidden];
            }
            softmax(out);
        }
    }
}

/// Loss and gradient.
fn loss(examples: &Examples, shape: Shape, penalty: f64, weights: &[f64]) -> (f64, Vec<f64>) {
    let stripes: Vec<(f64, Vec<f64>)> = examples
        .rows
        .par_chunks(STRIPE * shape.features)
        .zip(examples.labels.par_chunks(STRIPE))
        .map(|(rows, labels)| stripe(shape, weights, rows, labels))
        .collect();
    let (mut sum, mut gradient) = (0.0, vec![0.0; weights.len()]);
    for (some, part) in stripes {
        sum += some;
        gradient.iter_mut().zip(part).for_each(|(g, p)| *g += p);
    }
    for (from, span) in
        [(0..shape.first(), shape.features + 1), (shape.first()..shape.len(), shape.hidden + 1)]
    {
        let rows = gradient[from.clone()].chunks_exact_mut(span).zip(weights[from].chunks_exact(span));
        for (gradient, weights) in rows {
            for (gradient, weight) in gradient.iter_mut().zip(weights).take(span - 1) {
                sum += 0.5 * penalty * weight * weight;
                *gradient += penalty * weight;
            }
        }
    }
    (sum, gradient)
}

/// What some examples add to loss and gradient.
fn stripe(shape: Shape, weights: &[f64], rows: &[u8], labels: &[u8]) -> (f64, Vec<f64>) {
    let Shape { features, hidden, .. } = shape;
    let (first, second) = weights.split_at(shape.first());
    let (mut sum, mut gradient) = (0.0, vec![0.0; weights.len()]);
    let (to_first, to_second) = gradient.split_at_mut(shape.first());
    let (mut x, mut units, mut back) = (vec![1.0; features + 1], vec![1.0; hidden + 1], vec![0.0; hidden]);
    for (row, label) in rows.chunks_exact(features).zip(labels) {
        x.iter_mut().zip(row).for_each(|(x, byte)| *x = number(*byte));
        for (unit, weights) in units.iter_mut().zip(first.chunks_exact(features + 1)) {
            *unit = dot(weights, &x).max(0.0);
        }
        let mut scores: Vec<f64> = second.chunks_exact(hidden + 1).map(|w| dot(w, &units)).collect();
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let all: f64 = scores.iter().map(|s| (s - most).exp()).sum();
        sum += most + all.ln() - scores[usize::from(*label)];
        for s in &mut scores {
            *s = (*s - most).exp() / all;
        }
        scores[usize::from(*label)] -= 1.0;
        back.fill(0.0);
        let classes = to_second.chunks_exact_mut(hidden + 1).zip(second.chunks_exact(hidden + 1));
        for ((to, weights), by) in classes.zip(&scores) {
            to.iter_mut().zip(&units).for_each(|(g, u)| *g += by * u);
            back.iter_mut().zip(weights).for_each(|(b, w)| *b += by * w);
        }
        for ((to, unit), by) in to_first.chunks_exact_mut(features + 1).zip(&units).zip(&back) {
            if *unit > 0.0 {
                to.iter_mut().zip(&x).for_each(|(g, x)| *g += by * x);
            }
        }
    }
    (sum, gradient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let mut examples = Examples::new(3);
        for i in 0..40_usize {
            let row = [(i * 37 % 256) as u8, (i * 91 % 256) as u8, (i * 13 % 256) as u8];
            examples.push(&row, (i % 3) as u8);
        }
        let shape = Shape { features: 3, hidden: 5, classes: 3 };
        let at = shape.begin(7);
        assert_eq!(at.len(), shape.len());
        let (_, gradient) = loss(&examples, shape, 0.3, &at);
        for i in 0..at.len() {
            let moved = |by: f64| {
                let mut there = at.clone();
                there[i] += by;
                loss(&examples, shape, 0.3, &there).0
            };
            let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            assert!(
                (slope - gradient[i]).abs() < 1e-4 * slope.abs().max(1.0),
                "{i}: {slope} {}",
                gradient[i]
            );
        }
    }
}
