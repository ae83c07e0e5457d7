//! Majorities: plain, and weighed by how often a member agrees with the plain one.

use super::ratings::Ratings;
use super::{Found, Limits};

pub(super) fn plain(ratings: &Ratings) -> Found {
    let posteriors = ratings.shares(|_| 1.0);
    let accuracy = with_winner(ratings, &posteriors);
    found(posteriors, accuracy, vec![None; ratings.raters])
}

/// "Worker agreement with aggregate": a member weighs the share of their votes that the majority shares;
/// where several categories lead, each is an equal part of the majority.
pub(super) fn weighted(ratings: &Ratings, limits: &Limits) -> Found {
    let weights = if limits.weights.is_empty() {
        let votes = ratings.shares(|_| 1.0);
        with_winner(ratings, &votes).into_iter().map(Option::unwrap_or_default).collect()
    } else {
        limits.weights.clone()
    };
    let weight = |rater: usize| weights.get(rater).copied().unwrap_or(1.0);
    let posteriors = ratings.shares(weight);
    let accuracy = with_winner(ratings, &posteriors);
    let parameter = (0..ratings.raters).map(|rater| Some(weight(rater))).collect();
    found(posteriors, accuracy, parameter)
}

/// Per rater: the share of votes for what leads.
fn with_winner(ratings: &Ratings, posteriors: &[f64]) -> Vec<Option<f64>> {
    let mut leading = posteriors.to_vec();
    for row in leading.chunks_mut(ratings.q()) {
        let best = row.iter().copied().fold(0.0, f64::max);
        let leads = |p: f64| p > 0.0 && p >= best - 1e-12;
        let n = row.iter().filter(|p| leads(**p)).count().max(1) as f64;
        for p in row {
            *p = if leads(*p) { 1.0 / n } else { 0.0 };
        }
    }
    ratings.accuracy(&leading)
}

fn found(posteriors: Vec<f64>, accuracy: Vec<Option<f64>>, parameter: Vec<Option<f64>>) -> Found {
    Found { posteriors, accuracy, confusion: None, parameter, rounds: 0, converged: true, likelihood: None }
}
