//! What a coefficient needs of a table, as whole numbers: so that a case can be taken out again, and sums
//! that were changed a thousand times are those that were counted once.

use std::collections::BTreeMap;

use crate::sums::Sums;

/// Counts of units by how many ratings they have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    sizes: BTreeMap<u32, Size>,
}

/// Units that have the same number of ratings.
#[derive(Clone, Debug, Default, PartialEq)]
struct Size {
    units: u64,
    /// Ratings by category.
    ratings: BTreeMap<u32, u64>,
    /// Ordered pairs of ratings of one unit, by both categories; both orders of two are under the smaller.
    pairs: BTreeMap<(u32, u32), u64>,
}

/// One category: its ratings, the pairs of each with another rating of its unit, and those that are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) ratings: u64,
    pub(crate) pairs: u64,
    pub(crate) equal: u64,
}

impl Tally {
    /// Takes in a unit: the categories given to it.
    pub fn add(&mut self, unit: &[u32]) {
        self.change(unit, add);
    }

    /// Takes out a unit that was taken in.
    pub fn remove(&mut self, unit: &[u32]) {
        self.change(unit, remove);
    }

    /// How many units have a rating.
    pub fn units(&self) -> u64 {
        self.sizes.values().map(|size| size.units).sum()
    }

    /// How many ratings there are.
    pub fn ratings(&self) -> u64 {
        self.sizes.iter().map(|(n, size)| u64::from(*n) * size.units).sum()
    }

    /// Categories that got a rating, ascending.
    pub fn used(&self) -> Vec<u32> {
        let mut used: Vec<u32> = self.sizes.values().flat_map(|size| size.ratings.keys().copied()).collect();
        used.sort_unstable();
        used.dedup();
        used
    }

    /// The tally with categories renamed; two that get one name become one.
    #[must_use]
    pub fn renamed(&self, name: impl Fn(u32) -> u32) -> Self {
        let mut renamed = Self::default();
        for (n, size) in &self.sizes {
            let into = renamed.sizes.entry(*n).or_default();
            into.units = size.units;
            for (category, count) in &size.ratings {
                *into.ratings.entry(name(*category)).or_default() += count;
            }
            for ((a, b), count) in &size.pairs {
                let (a, b) = (name(*a), name(*b));
                *into.pairs.entry((a.min(b), a.max(b))).or_default() += count;
            }
        }
        renamed
    }

    /// How often a category was given, and how often to what another rater gave it too.
    pub(crate) fn seen(&self, category: u32) -> Seen {
        let mut seen = Seen::default();
        for (n, size) in &self.sizes {
            let ratings = size.ratings.get(&category).copied().unwrap_or(0);
            seen.ratings += ratings;
            seen.pairs += ratings * (u64::from(*n) - 1);
            seen.equal += size.pairs.get(&(category, category)).copied().unwrap_or(0);
        }
        seen
    }

    /// The sums that coefficients are made of.
    pub fn sums(&self) -> Sums {
        let used = self.used();
        let place: BTreeMap<u32, usize> = used.iter().copied().zip(0..).collect();
        let mut sums = Sums::new(used.len());
        for (n, size) in &self.sizes {
            let units = size.units as f64;
            let ratings = size.ratings.iter().map(|(c, count)| (place[c], *count as f64));
            let pairs = size.pairs.iter().map(|((a, b), count)| (place[a], place[b], *count as f64));
            sums.take(*n, units, ratings, pairs);
        }
        sums.used = used;
        sums
    }

    fn change(&mut self, unit: &[u32], by: fn(&mut u64, u64)) {
        if unit.is_empty() {
            return;
        }
        let counts = counts(unit);
        let size = self.sizes.entry(unit.len() as u32).or_default();
        by(&mut size.units, 1);
        for (category, count) in &counts {
            by(size.ratings.entry(*category).or_default(), *count);
        }
        for (a, b, count) in pairs(&counts) {
            by(size.pairs.entry((a, b)).or_default(), count);
        }
        size.ratings.retain(|_, count| *count > 0);
        size.pairs.retain(|_, count| *count > 0);
        if size.units == 0 {
            self.sizes.remove(&(unit.len() as u32));
        }
    }
}

fn add(count: &mut u64, by: u64) {
    *count += by;
}

fn remove(count: &mut u64, by: u64) {
    *count = count.saturating_sub(by);
}

/// How often each category was given, ascending.
pub(crate) fn counts(unit: &[u32]) -> Vec<(u32, u64)> {
    let mut unit = unit.to_vec();
    unit.sort_unstable();
    unit.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect()
}

/// Ordered pairs of different ratings of a unit, both orders of two categories under the smaller.
pub(crate) fn pairs(counts: &[(u32, u64)]) -> Vec<(u32, u32, u64)> {
    let mut pairs = Vec::with_capacity(counts.len() * counts.len());
    for (i, (a, n)) in counts.iter().enumerate() {
        if *n > 1 {
            pairs.push((*a, *a, n * (n - 1)));
        }
        pairs.extend(counts[i + 1..].iter().map(|(b, m)| (*a, *b, 2 * n * m)));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_taken_in_and_out_again_leaves_no_trace(
            kept in prop::collection::vec(prop::collection::vec(0..5_u32, 0..6), 0..12),
            gone in prop::collection::vec(prop::collection::vec(0..5_u32, 0..6), 0..12),
        ) {
            let mut tally = Tally::default();
            for unit in &kept {
                tally.add(unit);
            }
            let alone = tally.clone();
            for unit in &gone {
                tally.add(unit);
            }
            gone.iter().rev().for_each(|unit| tally.remove(unit));
            prop_assert_eq!(tally, alone);
        }

        #[test]
        fn renaming_is_counting_under_other_names(
            units in prop::collection::vec(prop::collection::vec(0..5_u32, 0..6), 0..12), one in 0..5_u32,
        ) {
            let (mut all, mut binary) = (Tally::default(), Tally::default());
            for unit in &units {
                all.add(unit);
                binary.add(&unit.iter().map(|c| u32::from(*c == one)).collect::<Vec<_>>());
            }
            prop_assert_eq!(all.renamed(|c| u32::from(c == one)), binary);
        }
    }
}
