//! Which cases of many are handed out.

use std::collections::BTreeMap;

use crate::{Project, RegionId};

/// How cases are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Every one.
    All,
    /// So many, each as likely as any other.
    Random(usize),
    /// So many, of each class the share that it has, and of each at least one.
    Stratified(usize),
    /// The so many that are the least certain: see [`uncertainty`].
    Uncertain(usize),
}

impl Choice {
    /// How many, where it is not every one.
    pub fn count_mut(&mut self) -> Option<&mut usize> {
        match self {
            Self::All => None,
            Self::Random(count) | Self::Stratified(count) | Self::Uncertain(count) => Some(count),
        }
    }
}

/// How uncertain it is what a case is, 0 to 1: the disagreement of its judges, one less the confidence of its newest
/// prediction, or the share of its views that differ, whichever is greatest.
pub fn uncertainty(project: &Project, case: RegionId) -> f64 {
    let judges = project.outcome(case).disagreement;
    let model = project.prediction_of(case).and_then(|(_, label)| label.confidence).map_or(0.0, |c| 1.0 - c);
    let views = project.view_disagreement(case).map_or(0.0, |views| views.share());
    judges.max(model).max(views)
}

/// The chosen cases in the order in which they came. The same cases and seed give the same choice.
pub fn choose(project: &Project, cases: &[RegionId], choice: Choice, seed: u64) -> Vec<RegionId> {
    let (count, mut order): (usize, Vec<usize>) = match choice {
        Choice::All => return cases.to_vec(),
        Choice::Random(count) => (count, Draw::new(seed).shuffled(cases.len())),
        Choice::Stratified(count) => (count, stratified(project, cases, count, seed)),
        Choice::Uncertain(count) => {
            let mut ranked: Vec<(usize, f64)> =
                cases.iter().map(|case| uncertainty(project, *case)).enumerate().collect();
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            (count, ranked.into_iter().map(|(at, _)| at).collect())
        }
    };
    order.truncate(count);
    order.sort_unstable();
    order.into_iter().map(|at| cases[at]).collect()
}

/// What a case counts as: its class as it stands, else what a model says, else nothing.
fn stratum(project: &Project, case: RegionId) -> String {
    let class = project.outcome(case).class;
    let predicted = || project.prediction_of(case).map(|(_, label)| label.class.clone());
    class.or_else(predicted).map(|class| class.to_string()).unwrap_or_default()
}

/// Shares by the largest remainder, at least one of each stratum while there are enough.
fn stratified(project: &Project, cases: &[RegionId], count: usize, seed: u64) -> Vec<usize> {
    let mut strata: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for at in Draw::new(seed).shuffled(cases.len()) {
        strata.entry(stratum(project, cases[at])).or_default().push(at);
    }
    let count = count.min(cases.len());
    let mut taken: Vec<usize> = strata.values().map(|of| count * of.len() / cases.len().max(1)).collect();
    let rest = |of: &[usize]| count * of.len() % cases.len().max(1);
    let mut by_rest: Vec<(usize, usize)> = strata.values().map(|of| rest(of)).enumerate().collect();
    by_rest.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let left = count - taken.iter().sum::<usize>();
    by_rest.iter().take(left).for_each(|(at, _)| taken[*at] += 1);
    if count >= strata.len() {
        // A rare class is in, at the cost of the largest share.
        while let Some(none) = taken.iter().position(|n| *n == 0) {
            let most = (0..taken.len()).max_by_key(|at| (taken[*at], std::cmp::Reverse(*at))).unwrap_or(none);
            taken[most] -= 1;
            taken[none] += 1;
        }
    }
    strata.into_values().zip(taken).flat_map(|(of, n)| of.into_iter().take(n)).collect()
}

/// Numbers by a seed (SplitMix64).
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// The numbers below `count` in any order, each as likely (Fisher and Yates).
    pub(super) fn shuffled(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            // The bias is below 2⁻³² for lists that fit into memory.
            let at = ((u128::from(self.next()) * (last as u128 + 1)) >> 64) as usize;
            order.swap(last, at);
        }
        order
    }
}
