//! The sums of a table that changes one case at a time.

use std::collections::BTreeMap;

use crate::coefficients::{Metric, Weight, cohen_kappa, krippendorff_alpha};
use crate::figures::{Agreement, Coefficients, MemberAgreement, PairAgreement, per_class};
use crate::sums::Sums;
use crate::table::{Category, Rating, Table, scale};
use crate::tally::{Tally, counts};

/// A table whose coefficients cost a look at one case when one case changes.
///
/// Everything is kept as whole numbers, so that after any number of changes it is, to the bit, what the
/// table counted anew would be.
#[derive(Clone, Debug, Default)]
pub struct Live {
    table: Table,
    ranks: Vec<f64>,
    places: Vec<Option<u32>>,
    nominal: Tally,
    ranked: Tally,
    /// Ratings by rater.
    votes: Vec<u64>,
    /// Cases by category that somebody saw in them.
    seen: BTreeMap<u32, u64>,
    /// By two raters, the smaller index first: how often they gave which two categories.
    pairs: BTreeMap<(u32, u32), Cells>,
}

/// How often two raters gave which categories, the first rater's first.
type Cells = BTreeMap<(u32, u32), u64>;

impl Live {
    /// The sums of a table.
    pub fn of(table: &Table) -> Self {
        let mut live = Self::new(table.categories().to_vec());
        table.raters().iter().for_each(|rater| {
            live.rater(rater);
        });
        for (case, ratings) in table.cases().iter().enumerate() {
            live.set(case, ratings.clone());
        }
        live
    }

    /// No case and no rater yet.
    pub fn new(categories: Vec<Category>) -> Self {
        let (ranks, places) = scale(&categories);
        Self { table: Table::new(categories, Vec::new()), ranks, places, ..Self::default() }
    }

    /// The index of a rater, who joins at the end when new.
    pub fn rater(&mut self, name: &str) -> usize {
        if let Some(known) = self.table.raters().iter().position(|rater| rater == name) {
            return known;
        }
        self.votes.push(0);
        self.table.join(name)
    }

    /// The table as it is.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What a case's ratings are from now on; cases up to it that are not there yet are empty. Ratings by
    /// unknown raters or of unknown categories are left out, and of two by one rater the last holds.
    pub fn set(&mut self, case: usize, ratings: Vec<Rating>) {
        let before = self.table.replace(case, ratings);
        let after = self.table.cases()[case].clone();
        if before != after {
            self.count(&before, false);
            self.count(&after, true);
        }
    }

    fn count(&mut self, ratings: &[Rating], comes: bool) {
        let by = |count: &mut u64| *count = if comes { *count + 1 } else { count.saturating_sub(1) };
        let unit: Vec<u32> = ratings.iter().map(|r| r.category).collect();
        let ranked: Vec<u32> = unit.iter().filter_map(|c| self.places[*c as usize]).collect();
        for (tally, unit) in [(&mut self.nominal, &unit), (&mut self.ranked, &ranked)] {
            if comes { tally.add(unit) } else { tally.remove(unit) }
        }
        for (category, _) in counts(&unit) {
            by(self.seen.entry(category).or_default());
        }
        for (i, a) in ratings.iter().enumerate() {
            by(&mut self.votes[a.rater as usize]);
            for b in &ratings[i + 1..] {
                let cells = self.pairs.entry((a.rater, b.rater)).or_default();
                by(cells.entry((a.category, b.category)).or_default());
            }
        }
    }

    /// The sums over categories, for maps of who takes what for what.
    pub fn sums(&self) -> Sums {
        self.nominal.sums()
    }

    /// Nominal and ordinal α alone: what a course over time needs.
    pub fn alphas(&self) -> (Option<f64>, Option<f64>) {
        let (nominal, ranked) = (self.nominal.sums(), self.ranked.sums());
        let values: Vec<f64> = ranked.used.iter().map(|place| self.ranks[*place as usize]).collect();
        let codes: Vec<f64> = (0..nominal.q()).map(|i| i as f64).collect();
        (
            krippendorff_alpha(&nominal, &codes, Metric::Nominal),
            krippendorff_alpha(&ranked, &values, Metric::Ordinal),
        )
    }

    /// How often two raters gave which two categories, by index, the first rater's first.
    pub fn confusion(&self, a: usize, b: usize) -> BTreeMap<(u32, u32), u64> {
        let key = (a.min(b) as u32, a.max(b) as u32);
        let cells = self.pairs.get(&key).into_iter().flatten().filter(|(_, n)| **n > 0);
        cells.map(|((x, y), n)| (if a <= b { (*x, *y) } else { (*y, *x) }, *n)).collect()
    }

    /// Every coefficient. Costs the square of the categories in use for each pair of raters, and nothing by
    /// the case.
    pub fn agreement(&self) -> Agreement {
        let code = |category: u32| self.table.categories()[category as usize].code.clone();
        let all = Coefficients::of(&self.nominal.sums(), &self.ranked.sums(), &self.ranks);
        let cases = |category: &u32| self.seen.get(category).copied().unwrap_or(0) as usize;
        let used = self.nominal.used();
        Agreement {
            cases: self.nominal.units() as usize,
            votes: self.nominal.ratings() as usize,
            members: self.votes.iter().filter(|n| **n > 0).count(),
            percent: all.percent,
            cohen_kappa: self.by_pair(),
            fleiss_kappa: all.fleiss_kappa,
            krippendorff_alpha: all.alpha,
            gwet: all.gwet,
            per_class: used.iter().map(|c| (code(*c), per_class(&self.nominal, *c, cases(c)))).collect(),
            per_member: self.by_member(),
        }
    }

    fn by_pair(&self) -> Vec<PairAgreement> {
        let pair = |(key, cells): (&(u32, u32), &Cells)| {
            let met = || cells.iter().filter(|(_, n)| **n > 0).map(|(key, n)| (*key, *n));
            let n: u64 = met().map(|(_, n)| n).sum();
            let alike: u64 = met().filter(|((a, b), _)| a == b).map(|(_, n)| n).sum();
            let plain = Confusion::of(met().map(|((a, b), n)| (f64::from(a), f64::from(b), n)));
            let rank = |category: u32| self.table.categories()[category as usize].rank;
            let ranked = Confusion::of(met().filter_map(|((a, b), n)| Some((rank(a)?, rank(b)?, n))));
            let name = |rater: u32| self.table.raters()[rater as usize].clone();
            (n > 0).then(|| PairAgreement {
                a: name(key.0),
                b: name(key.1),
                kappa: plain.kappa(Weight::Plain),
                linear: ranked.kappa(Weight::Linear),
                quadratic: ranked.kappa(Weight::Quadratic),
                n: n as usize,
                percent: 100.0 * alike as f64 / n as f64,
            })
        };
        self.pairs.iter().filter_map(pair).collect()
    }

    fn by_member(&self) -> BTreeMap<String, MemberAgreement> {
        let mut met = vec![(0, 0); self.votes.len()];
        for ((a, b), cells) in &self.pairs {
            let pairs: u64 = cells.values().sum();
            let alike: u64 = cells.iter().filter(|((x, y), _)| x == y).map(|(_, n)| n).sum();
            for rater in [a, b] {
                met[*rater as usize].0 += pairs;
                met[*rater as usize].1 += alike;
            }
        }
        let member = |(rater, votes): (usize, u64)| {
            let (pairs, alike) = met[rater];
            let agreement = (pairs > 0).then(|| alike as f64 / pairs as f64);
            let one = MemberAgreement { votes: votes as usize, pairs: pairs as usize, agreement };
            (votes > 0).then(|| (self.table.raters()[rater].clone(), one))
        };
        self.votes.iter().copied().enumerate().filter_map(member).collect()
    }
}

/// How often two raters gave which two values; only values that occur take space.
struct Confusion {
    values: Vec<f64>,
    cells: Vec<f64>,
}

impl Confusion {
    fn of(met: impl Iterator<Item = (f64, f64, u64)>) -> Self {
        let met: Vec<(f64, f64, u64)> = met.collect();
        let mut values: Vec<f64> = met.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let place = |value: f64| values.partition_point(|v| *v < value);
        let mut cells = vec![0.0; values.len() * values.len()];
        for (a, b, n) in met {
            cells[place(a) * values.len() + place(b)] += n as f64;
        }
        Self { values, cells }
    }

    fn kappa(&self, weight: Weight) -> Option<f64> {
        cohen_kappa(&self.cells, &self.values, weight)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn categories() -> Vec<Category> {
        let ranks = [Some(0.0), Some(1.0), Some(3.0), None];
        ranks.iter().enumerate().map(|(i, rank)| Category { code: format!("c{i}"), rank: *rank }).collect()
    }

    proptest! {
        #[test]
        fn after_any_changes_it_is_the_table_counted_anew(
            changes in prop::collection::vec((0..8_usize, prop::collection::vec((0..5_usize, 0..5_usize), 0..6)), 0..40),
        ) {
            let mut live = Live::new(categories());
            for name in ["a", "b", "c", "d"] {
                live.rater(name);
            }
            let mut cases = vec![Vec::new(); 8];
            for (case, ratings) in changes {
                let rating = |(rater, category): &(usize, usize)| Rating { rater: *rater as u32, category: *category as u32 };
                live.set(case, ratings.iter().map(rating).collect());
                cases[case] = ratings;
            }
            let mut table = Table::new(categories(), ["a", "b", "c", "d"].map(str::to_owned).to_vec());
            for ratings in cases {
                table.push(ratings);
            }
            let anew = Live::of(&table);
            prop_assert_eq!(live.agreement(), anew.agreement());
            prop_assert_eq!(&live.nominal, &anew.nominal);
            prop_assert_eq!(&live.ranked, &anew.ranked);
        }
    }

    #[test]
    fn unranked_categories_are_missing_where_distance_counts() {
        let mut table = Table::new(categories(), ["a", "b"].map(str::to_owned).to_vec());
        for (a, b) in [(0, 0), (2, 2), (2, 3)] {
            table.push([(0, a), (1, b)]);
        }
        let agreement = table.agreement();
        assert!(agreement.krippendorff_alpha.nominal.expect("defined") < 1.0);
        assert_eq!(agreement.krippendorff_alpha.ordinal, Some(1.0));
        assert_eq!(agreement.gwet.ac2_quadratic, Some(1.0));
        assert_eq!((agreement.cases, agreement.votes, agreement.members), (3, 6, 2));
        assert_eq!(agreement.per_member["a"].agreement, Some(2.0 / 3.0));
    }

    #[test]
    fn the_confusion_of_two_turns_with_them() {
        let mut table = Table::new(categories(), ["a", "b"].map(str::to_owned).to_vec());
        for (a, b) in [(0, 1), (0, 1), (1, 1)] {
            table.push([(0, a), (1, b)]);
        }
        let live = Live::of(&table);
        assert_eq!(live.confusion(0, 1), BTreeMap::from([((0, 1), 2), ((1, 1), 1)]));
        assert_eq!(live.confusion(1, 0), BTreeMap::from([((1, 0), 2), ((1, 1), 1)]));
    }
}
