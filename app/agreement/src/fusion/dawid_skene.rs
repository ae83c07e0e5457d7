//! Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM algorithm".

use super::ratings::{Ratings, softmax};
use super::{Found, Limits};

/// A chance that the votes say is none is kept this small, so that one vote alone proves nothing.
const LEAST: f64 = 1e-10;

/// What is estimated: how frequent each category is, and each rater's errors.
struct Model {
    priors: Vec<f64>,
    /// Per rater q × q: by what is said, then by the true category, P(said | true).
    errors: Vec<Vec<f64>>,
}

pub(super) fn fit(ratings: &Ratings, limits: &Limits) -> Found {
    let q = ratings.q();
    let mut posteriors = ratings.shares(|_| 1.0);
    let mut model = Model::of(ratings, &posteriors);
    let (mut last, mut rounds, mut converged) = (f64::NEG_INFINITY, 0, false);
    while rounds < limits.rounds.max(1) && !converged {
        let likelihood = model.expect(ratings, &mut posteriors) / ratings.all.len() as f64;
        model = Model::of(ratings, &posteriors);
        rounds += 1;
        converged = likelihood - last <= limits.tolerance;
        last = likelihood;
    }
    let turned = |errors: &Vec<f64>| {
        let mut matrix = vec![0.0; q * q];
        (0..q * q).for_each(|i| matrix[(i % q) * q + i / q] = errors[i]);
        matrix
    };
    let right = |errors: &Vec<f64>| (0..q).map(|c| model.priors[c] * errors[c * q + c]).sum::<f64>();
    let sum: f64 = model.priors.iter().sum();
    let accuracy = model.errors.iter().zip(&ratings.votes_by);
    Found {
        accuracy: accuracy.map(|(errors, votes)| (*votes > 0).then(|| right(errors) / sum)).collect(),
        confusion: Some(model.errors.iter().map(turned).collect()),
        parameter: vec![None; ratings.raters],
        posteriors,
        rounds,
        converged,
        likelihood: Some(last),
    }
}

impl Model {
    /// The M step.
    fn of(ratings: &Ratings, posteriors: &[f64]) -> Self {
        let q = ratings.q();
        let (mut priors, mut voted) = (vec![0.0; q], 0.0);
        let mut errors = vec![vec![0.0; q * q]; ratings.raters];
        let mut said = vec![false; ratings.raters * q];
        for (case, row) in posteriors.chunks(q).enumerate() {
            let votes = ratings.votes(case);
            voted += f64::from(u8::from(!votes.is_empty()));
            priors.iter_mut().zip(row).for_each(|(prior, p)| *prior += p);
            for vote in votes {
                let (rater, category) = (vote.rater as usize, vote.category as usize);
                said[rater * q + category] = true;
                let cells = &mut errors[rater][category * q..(category + 1) * q];
                cells.iter_mut().zip(row).for_each(|(cell, p)| *cell += p);
            }
        }
        for prior in &mut priors {
            *prior = (*prior / voted).max(LEAST);
        }
        for (rater, matrix) in errors.iter_mut().enumerate() {
            for truth in 0..q {
                let given = (0..q).filter(|c| said[rater * q + c]);
                given.clone().for_each(|c| matrix[c * q + truth] = matrix[c * q + truth].max(LEAST));
                let sum: f64 = given.clone().map(|c| matrix[c * q + truth]).sum();
                given.for_each(|c| matrix[c * q + truth] /= sum);
            }
        }
        Self { priors, errors }
    }

    /// The E step; returns the log-likelihood of all ratings.
    fn expect(&self, ratings: &Ratings, posteriors: &mut [f64]) -> f64 {
        let q = ratings.q();
        let priors: Vec<f64> = self.priors.iter().map(|p| p.ln()).collect();
        // What nobody said has no logarithm, and is never asked for.
        let errors: Vec<Vec<f64>> =
            self.errors.iter().map(|cells| cells.iter().map(|p| p.ln()).collect()).collect();
        let mut likelihood = 0.0;
        for (case, row) in posteriors.chunks_mut(q).enumerate() {
            let votes = ratings.votes(case);
            if votes.is_empty() {
                continue;
            }
            row.copy_from_slice(&priors);
            for vote in votes {
                let category = vote.category as usize;
                let cells = &errors[vote.rater as usize][category * q..(category + 1) * q];
                row.iter_mut().zip(cells).for_each(|(sum, log)| *sum += log);
            }
            likelihood += softmax(row);
        }
        likelihood
    }
}
