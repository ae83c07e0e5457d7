//! How far a coefficient can be trusted: percentile intervals over resampled cases (Efron and Tibshirani
//! 1993, §13.3). Cases are what is drawn, because the ratings of one case depend on each other.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::draw::Draw;
use crate::figures::Coefficients;
use crate::sums::Sums;
use crate::table::{Table, scale};
use crate::tally::{counts, pairs};

/// The middle 95 % of each coefficient over resampled cases; null where the coefficient is not defined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    pub percent: Option<[f64; 2]>,
    pub fleiss_kappa: Option<[f64; 2]>,
    pub alpha_nominal: Option<[f64; 2]>,
    pub alpha_ordinal: Option<[f64; 2]>,
    pub alpha_interval: Option<[f64; 2]>,
    pub alpha_ratio: Option<[f64; 2]>,
    pub ac1: Option<[f64; 2]>,
    pub ac2_linear: Option<[f64; 2]>,
    pub ac2_quadratic: Option<[f64; 2]>,
    pub ac2_ordinal: Option<[f64; 2]>,
}

/// Intervals of every coefficient over `resamples` draws of as many cases as were rated. Each resample has
/// its own stream of the seed, so the result does not depend on how many threads count.
pub fn intervals(table: &Table, resamples: usize, seed: u64) -> Intervals {
    let patterns = Patterns::of(table);
    if patterns.of_case.is_empty() {
        return Intervals::default();
    }
    let drawn: Vec<Coefficients> = (0..resamples as u64)
        .into_par_iter()
        .map_init(|| patterns.desk(), |desk, stream| patterns.resample(desk, &mut Draw::new(seed, stream)))
        .collect();
    let whole = patterns.whole();
    let middle = |of: fn(&Coefficients) -> Option<f64>| {
        of(&whole)?;
        middle(drawn.iter().filter_map(of).collect())
    };
    Intervals {
        percent: middle(|c| c.percent),
        fleiss_kappa: middle(|c| c.fleiss_kappa),
        alpha_nominal: middle(|c| c.alpha.nominal),
        alpha_ordinal: middle(|c| c.alpha.ordinal),
        alpha_interval: middle(|c| c.alpha.interval),
        alpha_ratio: middle(|c| c.alpha.ratio),
        ac1: middle(|c| c.gwet.ac1),
        ac2_linear: middle(|c| c.gwet.ac2_linear),
        ac2_quadratic: middle(|c| c.gwet.ac2_quadratic),
        ac2_ordinal: middle(|c| c.gwet.ac2_ordinal),
    }
}

/// The 2.5th and 97.5th percentiles, by linear interpolation as numpy and R (type 7) have them.
fn middle(mut values: Vec<f64>) -> Option<[f64; 2]> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = |share: f64| {
        let place = share * last as f64;
        let low = place.floor() as usize;
        let (a, b) = (values[low], values[(low + 1).min(last)]);
        a + (b - a) * (place - low as f64)
    };
    Some([at(0.025), at(0.975)])
}

/// Cases with the same ratings, whoever gave them, are one pattern: a resample counts patterns, not cases.
struct Patterns {
    /// The pattern of each rated case.
    of_case: Vec<u32>,
    nominal: Vec<Unit>,
    ranked: Vec<Unit>,
    categories: usize,
    ranks: Vec<f64>,
}

/// What one case adds to the sums.
struct Unit {
    n: u32,
    ratings: Vec<(usize, f64)>,
    pairs: Vec<(usize, usize, f64)>,
}

/// What a thread counts on.
struct Desk {
    times: Vec<u32>,
    nominal: Sums,
    ranked: Sums,
}

impl Patterns {
    fn of(table: &Table) -> Self {
        let used = table.used();
        let (ranks, places) = scale(table.categories());
        let mut known: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        let mut of_case = Vec::new();
        for case in table.cases().iter().filter(|case| !case.is_empty()) {
            let mut unit: Vec<u32> = case.iter().map(|r| r.category).collect();
            unit.sort_unstable();
            let next = known.len() as u32;
            of_case.push(*known.entry(unit).or_insert(next));
        }
        let mut units: Vec<(Vec<u32>, u32)> = known.into_iter().collect();
        units.sort_by_key(|(_, number)| *number);
        let place: BTreeMap<u32, u32> = used.iter().copied().zip(0..).collect();
        let nominal = units.iter().map(|(unit, _)| Unit::of(unit.iter().map(|c| place[c])));
        let ranked = units.iter().map(|(unit, _)| Unit::of(unit.iter().filter_map(|c| places[*c as usize])));
        Self { nominal: nominal.collect(), ranked: ranked.collect(), of_case, categories: used.len(), ranks }
    }

    fn desk(&self) -> Desk {
        Desk {
            times: vec![0; self.nominal.len()],
            nominal: Sums::new(self.categories),
            ranked: Sums::new(self.ranks.len()),
        }
    }

    fn whole(&self) -> Coefficients {
        let mut desk = self.desk();
        self.of_case.iter().for_each(|pattern| desk.times[*pattern as usize] += 1);
        self.count(&mut desk)
    }

    fn resample(&self, desk: &mut Desk, draw: &mut Draw) -> Coefficients {
        desk.times.fill(0);
        for _ in 0..self.of_case.len() {
            let case = draw.below(self.of_case.len());
            desk.times[self.of_case[case] as usize] += 1;
        }
        self.count(desk)
    }

    fn count(&self, desk: &mut Desk) -> Coefficients {
        for (sums, units) in [(&mut desk.nominal, &self.nominal), (&mut desk.ranked, &self.ranked)] {
            sums.clear();
            for (unit, times) in units.iter().zip(&desk.times).filter(|(unit, n)| **n > 0 && unit.n > 0) {
                let times = f64::from(*times);
                let ratings = unit.ratings.iter().map(|(c, n)| (*c, n * times));
                let pairs = unit.pairs.iter().map(|(a, b, n)| (*a, *b, n * times));
                sums.take(unit.n, times, ratings, pairs);
            }
        }
        let (nominal, ranked) = (drawn(&desk.nominal), drawn(&desk.ranked));
        Coefficients::of(&nominal, &ranked, &self.ranks)
    }
}

/// The sums without categories that this resample does not have: Gwet's chance agreement counts categories.
fn drawn(sums: &Sums) -> Sums {
    let (q, kept) = (sums.q(), (0..sums.q()).filter(|i| sums.shares[*i] > 0.0).collect::<Vec<_>>());
    let square = |cells: &[f64]| {
        kept.iter().flat_map(|a| kept.iter().map(move |b| (a, b))).map(|(a, b)| cells[a * q + b]).collect()
    };
    Sums {
        used: kept.iter().map(|i| sums.used[*i]).collect(),
        totals: kept.iter().map(|i| sums.totals[*i]).collect(),
        shares: kept.iter().map(|i| sums.shares[*i]).collect(),
        coincidences: square(&sums.coincidences),
        agreements: square(&sums.agreements),
        ..*sums
    }
}

impl Unit {
    fn of(categories: impl Iterator<Item = u32>) -> Self {
        let unit: Vec<u32> = categories.collect();
        let counts = counts(&unit);
        Self {
            n: unit.len() as u32,
            ratings: counts.iter().map(|(c, n)| (*c as usize, *n as f64)).collect(),
            pairs: pairs(&counts).into_iter().map(|(a, b, n)| (a as usize, b as usize, n as f64)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Category;

    /// Two raters who agree on 80 of 100 cases with two categories equally often: α is about 0.6.
    fn table(cases: usize, ranks: [Option<f64>; 2]) -> Table {
        let category = |(code, rank): (&str, Option<f64>)| Category { code: code.to_owned(), rank };
        let categories = ["a", "b"].into_iter().zip(ranks).map(category).collect();
        let mut table = Table::new(categories, ["ana", "ben"].map(str::to_owned).to_vec());
        for i in 0..cases {
            let (a, differs) = (i % 2, i % 10 < 2);
            table.push([(0, a), (1, if differs { 1 - a } else { a })]);
        }
        table
    }

    #[test]
    fn the_interval_holds_the_number_narrows_with_more_cases_and_repeats() {
        let width = |table: &Table| {
            let agreement = table.agreement();
            let all = intervals(table, 400, 1);
            for (of, [low, high]) in [
                (agreement.krippendorff_alpha.nominal, all.alpha_nominal.expect("defined")),
                (agreement.gwet.ac1, all.ac1.expect("defined")),
                (agreement.fleiss_kappa, all.fleiss_kappa.expect("defined")),
                (agreement.percent, all.percent.expect("defined")),
            ] {
                let of = of.expect("defined");
                assert!(low < of && of < high, "{low} {of} {high}");
            }
            let [low, high] = all.alpha_nominal.expect("defined");
            high - low
        };
        let (few, many) = (table(100, [None; 2]), table(1_600, [None; 2]));
        // The standard error falls with the root of the number of cases: to a quarter.
        assert!((2.5..6.0).contains(&(width(&few) / width(&many))));
        assert_eq!(intervals(&few, 400, 1), intervals(&few, 400, 1));
        assert_ne!(intervals(&few, 400, 1), intervals(&few, 400, 2));
        assert_eq!(intervals(&Table::default(), 400, 1), Intervals::default());
    }

    #[test]
    fn with_two_ranks_the_ordinal_interval_is_the_nominal_one_and_without_ranks_there_is_none() {
        let all = intervals(&table(60, [Some(1.0), Some(2.0)]), 200, 7);
        let (ordinal, nominal) = (all.alpha_ordinal.expect("defined"), all.alpha_nominal.expect("defined"));
        for (a, b) in ordinal.iter().zip(nominal) {
            assert!((a - b).abs() < 1e-12, "{ordinal:?} {nominal:?}");
        }
        assert_eq!(intervals(&table(60, [None; 2]), 200, 7).alpha_ordinal, None);
    }

    #[test]
    fn the_whole_counted_by_patterns_is_the_table() {
        let table = table(37, [Some(0.0), Some(2.0)]);
        let (whole, agreement) = (Patterns::of(&table).whole(), table.agreement());
        let alpha = whole.alpha.nominal.zip(agreement.krippendorff_alpha.nominal);
        assert!(alpha.is_some_and(|(a, b)| (a - b).abs() < 1e-12), "{alpha:?}");
        assert_eq!(whole.percent, agreement.percent);
    }
}
