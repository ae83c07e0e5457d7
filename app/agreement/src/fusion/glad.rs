//! Whitehill et al. 2009, "Whose vote should count more: optimal integration of labels from labelers of
//! unknown expertise".
//!
//! P(rater i says the truth of case j) = σ(αᵢ · exp βⱼ); other categories share the rest evenly. α and β have
//! normal priors with mean and variance 1, as in the published program. The M step climbs each parameter by
//! guarded Newton steps, so that no round makes the objective smaller.

use super::ratings::{Ratings, softmax};
use super::{Found, Limits};

/// Sweeps over all parameters in an M step.
const SWEEPS: usize = 4;
const MEAN: f64 = 1.0;

struct Model {
    /// Per rater: ability; below 0 is worse than chance.
    alphas: Vec<f64>,
    /// Per case: the logarithm of its ease.
    betas: Vec<f64>,
}

pub(super) fn fit(ratings: &Ratings, limits: &Limits) -> Found {
    let mut model = Model { alphas: vec![MEAN; ratings.raters], betas: vec![MEAN; ratings.cases.len()] };
    let mut posteriors = vec![0.0; ratings.cases.len() * ratings.q()];
    let by_rater = by_rater(ratings);
    let (mut last, mut rounds, mut converged) = (f64::NEG_INFINITY, 0, false);
    while rounds < limits.rounds.max(1) && !converged {
        let likelihood = model.expect(ratings, &mut posteriors) / ratings.all.len() as f64;
        converged = likelihood - last <= limits.tolerance;
        last = likelihood;
        rounds += 1;
        let right = right(ratings, &posteriors);
        for _ in 0..SWEEPS {
            model.climb_alphas(ratings, &by_rater, &right);
            model.climb_betas(ratings, &right);
        }
    }
    model.expect(ratings, &mut posteriors);
    let parameter = model.alphas.iter().zip(&ratings.votes_by).map(|(a, n)| (*n > 0).then_some(*a));
    Found {
        accuracy: ratings.accuracy(&posteriors),
        confusion: None,
        parameter: parameter.collect(),
        posteriors,
        rounds,
        converged,
        likelihood: Some(last),
    }
}

/// The places of each rater's ratings, and the case of each.
fn by_rater(ratings: &Ratings) -> Vec<Vec<(usize, usize)>> {
    let mut places = vec![Vec::new(); ratings.raters];
    for (case, range) in ratings.cases.iter().enumerate() {
        range.clone().for_each(|at| places[ratings.all[at].rater as usize].push((at, case)));
    }
    places
}

/// Per rating: how probable it is that it is right.
fn right(ratings: &Ratings, posteriors: &[f64]) -> Vec<f64> {
    let rows = posteriors.chunks(ratings.q()).enumerate();
    rows.flat_map(|(case, row)| ratings.votes(case).iter().map(|vote| row[vote.category as usize])).collect()
}

impl Model {
    /// The E step; returns the penalised log-likelihood.
    fn expect(&self, ratings: &Ratings, posteriors: &mut [f64]) -> f64 {
        let q = ratings.q() as f64;
        let others = (q - 1.0).max(1.0).ln();
        let mut likelihood = -(prior(&self.alphas) + prior(&self.betas));
        for (case, row) in posteriors.chunks_mut(ratings.q()).enumerate() {
            let votes = ratings.votes(case);
            if votes.is_empty() {
                continue;
            }
            row.fill(-q.ln());
            for vote in votes {
                let x = self.alphas[vote.rater as usize] * self.betas[case].exp();
                let (right, wrong) = (-softplus(-x), -softplus(x) - others);
                for (category, sum) in row.iter_mut().enumerate() {
                    *sum += if category == vote.category as usize { right } else { wrong };
                }
            }
            likelihood += softmax(row);
        }
        likelihood
    }

    fn climb_alphas(&mut self, ratings: &Ratings, by_rater: &[Vec<(usize, usize)>], right: &[f64]) {
        debug_assert_eq!(by_rater.len(), ratings.raters);
        let ease: Vec<f64> = self.betas.iter().map(|b| b.exp()).collect();
        for (alpha, places) in self.alphas.iter_mut().zip(by_rater) {
            let value = |a: f64| {
                let logs = places.iter().map(|(at, case)| expected(right[*at], a * ease[*case]));
                logs.sum::<f64>() - (a - MEAN).powi(2) / 2.0
            };
            let (mut slope, mut bend) = (MEAN - *alpha, 1.0);
            for (at, case) in places {
                let p = sigmoid(*alpha * ease[*case]);
                slope += (right[*at] - p) * ease[*case];
                bend += p * (1.0 - p) * ease[*case] * ease[*case];
            }
            *alpha = step(*alpha, slope / bend, value);
        }
    }

    fn climb_betas(&mut self, ratings: &Ratings, right: &[f64]) {
        for (range, beta) in ratings.cases.iter().zip(&mut self.betas) {
            let votes = || range.clone().map(|at| (right[at], self.alphas[ratings.all[at].rater as usize]));
            let value = |b: f64| {
                let logs = votes().map(|(right, a)| expected(right, a * b.exp()));
                logs.sum::<f64>() - (b - MEAN).powi(2) / 2.0
            };
            let (ease, mut slope, mut bend) = (beta.exp(), MEAN - *beta, 1.0);
            for (right, a) in votes() {
                let x = a * ease;
                let p = sigmoid(x);
                slope += (right - p) * x;
                bend += p * (1.0 - p) * x * x;
            }
            *beta = step(*beta, slope / bend, value);
        }
    }
}

/// A step uphill, at most 1 long, halved until it climbs.
fn step(from: f64, by: f64, value: impl Fn(f64) -> f64) -> f64 {
    let (mut by, here) = (by.clamp(-1.0, 1.0), value(from));
    for _ in 0..30 {
        if value(from + by) >= here {
            return from + by;
        }
        by /= 2.0;
    }
    from
}

fn expected(right: f64, x: f64) -> f64 {
    -right * softplus(-x) - (1.0 - right) * softplus(x)
}

fn prior(values: &[f64]) -> f64 {
    values.iter().map(|v| (v - MEAN).powi(2) / 2.0).sum()
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
