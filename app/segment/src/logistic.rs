//! Multinomial logistic regression with a quadratic penalty, by L-BFGS: convex, so that there is one best answer, whoever
//! looks for it.

use rayon::prelude::*;

use crate::SegmentError;
use crate::descent::{dot, minimise};
use crate::error::GoOn;
use crate::learner::Examples;

const MOST_STEPS: usize = 300;
/// Rows that are summed up at a time; sums are put together in order, the same on any number of threads.
pub(crate) const STRIPE: usize = 256;

/// Weights of features, and a constant, for each class.
#[derive(Clone, Debug, PartialEq)]
pub struct Logistic {
    /// Class after class: one for each feature, and the constant.
    weights: Vec<f64>,
    classes: usize,
    features: usize,
}

/// Bytes become numbers from -1 to 1.
pub(crate) fn number(byte: u8) -> f64 {
    f64::from(byte) / 127.5 - 1.0
}

impl Logistic {
    /// Learns weights; `penalty` is that of all squares of weights (not of the constants) against the sum over examples,
    /// as scikit-learn's `1 / C`.
    pub fn train(examples: &Examples, penalty: f64, go_on: GoOn) -> Result<Self, SegmentError> {
        let classes = examples.classes()?;
        let features = examples.features;
        let loss = |weights: &[f64]| loss(examples, classes, penalty, weights);
        let weights = minimise(&loss, vec![0.0; classes * (features + 1)], MOST_STEPS, go_on)?;
        Ok(Self { weights, classes, features })
    }

    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Weights of a class: one for each feature, and the constant.
    pub fn weights(&self, class: usize) -> &[f64] {
        &self.weights[class * (self.features + 1)..(class + 1) * (self.features + 1)]
    }

    /// Shares of the classes for rows of features, pixel after pixel.
    pub(crate) fn shares(&self, rows: &[u8], out: &mut [f32]) {
        let span = self.features + 1;
        // Of the bytes themselves, so that nothing need be converted for each pixel.
        let scaled: Vec<f32> = self.weights.iter().map(|w| (w / 127.5) as f32).collect();
        let constants: Vec<f32> = (0..self.classes)
            .map(|class| {
                let own = self.weights(class);
                (own[self.features] - own[..self.features].iter().sum::<f64>()) as f32
            })
            .collect();
        for (row, out) in rows.chunks_exact(self.features).zip(out.chunks_exact_mut(self.classes)) {
            for (class, out) in out.iter_mut().enumerate() {
                let weights = &scaled[class * span..class * span + self.features];
                let mut sums = [0.0_f32; 8];
                let (pairs, rest) = row.as_chunks::<8>();
                for (bytes, weights) in pairs.iter().zip(weights.chunks_exact(8)) {
                    for ((sum, byte), weight) in sums.iter_mut().zip(bytes).zip(weights) {
                        *sum += f32::from(*byte) * weight;
                    }
                }
                let rest = rest.iter().zip(&weights[pairs.len() * 8..]).map(|(b, w)| f32::from(*b) * w);
                *out = sums.iter().sum::<f32>() + rest.sum::<f32>() + constants[class];
            }
            softmax(out);
        }
    }
}

pub(crate) fn softmax(values: &mut [f32]) {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for v in values.iter_mut() {
        *v = (*v - most).exp();
    }
    let sum: f32 = values.iter().sum();
    for v in values.iter_mut() {
        *v /= sum;
    }
}

/// Loss and gradient.
fn loss(examples: &Examples, classes: usize, penalty: f64, weights: &[f64]) -> (f64, Vec<f64>) {
    let features = examples.features;
    let span = features + 1;
    let stripes: Vec<(f64, Vec<f64>)> = examples
        .rows
        .par_chunks(STRIPE * features)
        .zip(examples.labels.par_chunks(STRIPE))
        .map(|(rows, labels)| {
            let (mut sum, mut gradient) = (0.0, vec![0.0; weights.len()]);
            let mut x = vec![1.0; span];
            for (row, label) in rows.chunks_exact(features).zip(labels) {
                x.iter_mut().zip(row).for_each(|(x, byte)| *x = number(*byte));
                let mut scores: Vec<f64> = weights.chunks_exact(span).map(|w| dot(w, &x)).collect();
                let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let all: f64 = scores.iter().map(|s| (s - most).exp()).sum();
                sum += most + all.ln() - scores[usize::from(*label)];
                for s in &mut scores {
                    *s = (*s - most).exp() / all;
                }
                scores[usize::from(*label)] -= 1.0;
                for (gradient, by) in gradient.chunks_exact_mut(span).zip(&scores) {
                    gradient.iter_mut().zip(&x).for_each(|(g, x)| *g += by * x);
                }
            }
            (sum, gradient)
        })
        .collect();
    let (mut sum, mut gradient) = (0.0, vec![0.0; weights.len()]);
    for (some, part) in stripes {
        sum += some;
        gradient.iter_mut().zip(part).for_each(|(g, p)| *g += p);
    }
    for class in 0..classes {
        let own = class * span..class * span + features;
        for (gradient, weight) in gradient[own.clone()].iter_mut().zip(&weights[own]) {
            sum += 0.5 * penalty * weight * weight;
            *gradient += penalty * weight;
        }
    }
    (sum, gradient)
}
