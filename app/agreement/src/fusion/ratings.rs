//! A table's ratings in one row, for loops that go over them again and again.

use std::collections::BTreeMap;

use crate::table::{Rating, Table};

/// Ratings with categories numbered by their place among those in use.
pub(super) struct Ratings {
    pub(super) used: Vec<u32>,
    pub(super) raters: usize,
    pub(super) votes_by: Vec<usize>,
    /// Every rating, case after case.
    pub(super) all: Vec<Rating>,
    /// Where each case's ratings lie.
    pub(super) cases: Vec<std::ops::Range<usize>>,
}

impl Ratings {
    pub(super) fn of(table: &Table) -> Self {
        let used = table.used();
        let place: BTreeMap<u32, u32> = used.iter().copied().zip(0..).collect();
        let mut votes_by = vec![0; table.raters().len()];
        let (mut all, mut cases) = (Vec::with_capacity(table.votes()), Vec::new());
        for case in table.cases() {
            let from = all.len();
            for rating in case {
                votes_by[rating.rater as usize] += 1;
                all.push(Rating { category: place[&rating.category], ..*rating });
            }
            cases.push(from..all.len());
        }
        Self { used, raters: table.raters().len(), votes_by, all, cases }
    }

    pub(super) fn q(&self) -> usize {
        self.used.len()
    }

    pub(super) fn votes(&self, case: usize) -> &[Rating] {
        &self.all[self.cases[case].clone()]
    }

    /// Cases × q: what each case's ratings weigh for each category, the row adding up to 1. Where all weights
    /// of a case are 0, each rating weighs the same.
    pub(super) fn shares(&self, weight: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut shares = vec![0.0; self.cases.len() * self.q()];
        for (case, row) in shares.chunks_mut(self.q()).enumerate() {
            let votes = self.votes(case);
            let nobody = votes.iter().all(|vote| weight(vote.rater as usize) <= 0.0);
            for vote in votes {
                row[vote.category as usize] += if nobody { 1.0 } else { weight(vote.rater as usize) };
            }
            normalise(row);
        }
        shares
    }

    /// Per rater, q × q: of what is probably this category, the share that the rater calls that.
    pub(super) fn confusion(&self, posteriors: &[f64]) -> Vec<Vec<f64>> {
        let q = self.q();
        let mut matrices = vec![vec![0.0; q * q]; self.raters];
        for (case, row) in posteriors.chunks(q).enumerate() {
            for vote in self.votes(case) {
                for (truth, p) in row.iter().enumerate() {
                    matrices[vote.rater as usize][truth * q + vote.category as usize] += p;
                }
            }
        }
        for matrix in &mut matrices {
            matrix.chunks_mut(q).for_each(normalise);
        }
        matrices
    }

    /// Per rater: the mean posterior of what the rater said.
    pub(super) fn accuracy(&self, posteriors: &[f64]) -> Vec<Option<f64>> {
        let mut right = vec![0.0; self.raters];
        for (case, row) in posteriors.chunks(self.q()).enumerate() {
            for vote in self.votes(case) {
                right[vote.rater as usize] += row[vote.category as usize];
            }
        }
        let share = |(right, votes): (f64, &usize)| (*votes > 0).then(|| right / *votes as f64);
        right.into_iter().zip(&self.votes_by).map(share).collect()
    }
}

/// Makes a row add up to 1; one of zeros stays.
pub(super) fn normalise(row: &mut [f64]) {
    let sum: f64 = row.iter().sum();
    if sum > 0.0 {
        for cell in row {
            *cell /= sum;
        }
    }
}

/// Turns logarithms into shares of 1, and returns the logarithm of the sum before.
pub(super) fn softmax(row: &mut [f64]) -> f64 {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for cell in row.iter_mut() {
        *cell = (*cell - most).exp();
    }
    let sum: f64 = row.iter().sum();
    for cell in row {
        *cell /= sum;
    }
    most + sum.ln()
}
