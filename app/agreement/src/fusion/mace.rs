//! Hovy et al. 2013, "Learning whom to trust with MACE", by variational Bayes.
//!
//! A rater knows the truth with a chance of their own, else says a category by a habit of their own. Beta
//! priors of ½ and ½ on knowing, Dirichlet priors of 10 on habits, as in the published program.

use super::ratings::{Ratings, softmax};
use super::{Found, Limits};
use crate::draw::Draw;

/// Priors of guessing and of knowing.
const KNOWING: [f64; 2] = [0.5, 0.5];
const HABIT: f64 = 10.0;
/// A start is drawn between even and this much more for one side.
const NOISE: f64 = 1.5;

/// Where the search starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Per rater: the chances of guessing and of knowing.
    pub knowing: Vec<[f64; 2]>,
    /// Per rater and category in use: how a guess falls.
    pub habits: Vec<Vec<f64>>,
}

/// What a round counted.
struct Counts {
    knowing: Vec<[f64; 2]>,
    habits: Vec<Vec<f64>>,
    likelihood: f64,
}

pub(super) fn fit(ratings: &Ratings, limits: &Limits) -> Found {
    let starts = if limits.start.is_some() { 1 } else { limits.restarts.max(1) };
    let climb = |restart| {
        let start = limits.start.clone().unwrap_or_else(|| drawn(ratings, limits.seed, restart));
        climb(ratings, start, limits)
    };
    let likelier = |best: Climbed, next: Climbed| if next.likelihood > best.likelihood { next } else { best };
    let first = climb(0);
    let best = (1..starts as u64).map(climb).fold(first, likelier);
    let knows =
        best.model.knowing.iter().zip(&ratings.votes_by).map(|(k, n)| (*n > 0).then(|| k[1] / (k[0] + k[1])));
    Found {
        accuracy: ratings.accuracy(&best.posteriors),
        confusion: None,
        parameter: knows.collect(),
        posteriors: best.posteriors,
        rounds: best.rounds,
        converged: best.converged,
        likelihood: Some(best.likelihood),
    }
}

/// Where one start led.
struct Climbed {
    model: Start,
    posteriors: Vec<f64>,
    rounds: usize,
    converged: bool,
    likelihood: f64,
}

fn climb(ratings: &Ratings, mut model: Start, limits: &Limits) -> Climbed {
    let mut posteriors = vec![0.0; ratings.cases.len() * ratings.q()];
    let votes = ratings.all.len() as f64;
    let mut counts = expect(ratings, &model, &mut posteriors);
    let (mut last, mut rounds, mut converged) = (counts.likelihood / votes, 0, false);
    while rounds < limits.rounds && !converged {
        model.knowing.iter_mut().zip(&counts.knowing).for_each(|(row, n)| variational(row, n, &KNOWING));
        let habit = vec![HABIT; ratings.q()];
        model.habits.iter_mut().zip(&counts.habits).for_each(|(row, n)| variational(row, n, &habit));
        counts = expect(ratings, &model, &mut posteriors);
        rounds += 1;
        let likelihood = counts.likelihood / votes;
        // A variational step may lower the likelihood a little: only standing still is the end.
        converged = (likelihood - last).abs() <= limits.tolerance;
        last = likelihood;
    }
    Climbed { model, posteriors, rounds, converged, likelihood: last }
}

fn drawn(ratings: &Ratings, seed: u64, restart: u64) -> Start {
    let mut draw = Draw::new(seed, restart);
    let mut row = |n: usize| {
        let mut row: Vec<f64> = (0..n).map(|_| 1.0 + NOISE * draw.share()).collect();
        super::ratings::normalise(&mut row);
        row
    };
    let knowing = (0..ratings.raters).map(|_| row(2)).map(|pair| [pair[0], pair[1]]).collect();
    Start { knowing, habits: (0..ratings.raters).map(|_| row(ratings.q())).collect() }
}

/// The E step: posteriors, and the expected counts of knowing and of each guess.
fn expect(ratings: &Ratings, model: &Start, posteriors: &mut [f64]) -> Counts {
    let q = ratings.q();
    let mut counts = Counts {
        knowing: vec![[0.0; 2]; ratings.raters],
        habits: vec![vec![0.0; q]; ratings.raters],
        likelihood: 0.0,
    };
    for (case, row) in posteriors.chunks_mut(q).enumerate() {
        let votes = ratings.votes(case);
        if votes.is_empty() {
            continue;
        }
        row.fill(-(q as f64).ln());
        for vote in votes {
            let (guesses, knows) = chances(model, vote.rater as usize, vote.category as usize);
            let (wrong, right) = (guesses.ln(), (guesses + knows).ln());
            for (category, sum) in row.iter_mut().enumerate() {
                *sum += if category == vote.category as usize { right } else { wrong };
            }
        }
        counts.likelihood += softmax(row);
        for vote in votes {
            let (rater, said) = (vote.rater as usize, vote.category as usize);
            let (guesses, knows) = chances(model, rater, said);
            let known = row[said] * knows / (guesses + knows);
            counts.knowing[rater][1] += known;
            counts.knowing[rater][0] += 1.0 - known;
            counts.habits[rater][said] += 1.0 - known;
        }
    }
    counts
}

/// How probable it is that a rater says this by guessing, and how probable that they know.
fn chances(model: &Start, rater: usize, said: usize) -> (f64, f64) {
    let [guesses, knows] = model.knowing[rater];
    (guesses * model.habits[rater][said], knows)
}

/// exp ψ(count + prior) ÷ exp ψ(their sum): rows add up to less than 1.
fn variational(row: &mut [f64], counts: &[f64], priors: &[f64]) {
    let sum: f64 = counts.iter().chain(priors).sum();
    let whole = digamma(sum);
    for ((cell, count), prior) in row.iter_mut().zip(counts).zip(priors) {
        *cell = (digamma(count + prior) - whole).exp();
    }
}

/// ψ(x) for x above 0: the recurrence up to 10, then the asymptotic series (Abramowitz and Stegun 6.3.18).
fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y * (1.0 / 12.0 - y * (1.0 / 120.0 - y * (1.0 / 252.0 - y * (1.0 / 240.0 - y / 132.0))));
    sum + x.ln() - 0.5 / x - series
}

#[cfg(test)]
mod tests {
    use super::digamma;

    #[test]
    fn digamma_is_the_known_function() {
        for (x, known) in
            [(1.0, -0.577_215_664_901_532_9), (0.5, -1.963_510_026_021_423_5), (100.0, 4.600_161_852_738_087)]
        {
            assert!((digamma(x) - known).abs() < 1e-12, "ψ({x}) = {}", digamma(x));
        }
        // ψ(x + 1) = ψ(x) + 1 / x on both sides of where the series begins.
        for x in [0.01, 3.3, 9.2, 9.99, 12.0] {
            assert!((digamma(x + 1.0) - digamma(x) - 1.0 / x).abs() < 1e-12, "{x}");
        }
    }
}
