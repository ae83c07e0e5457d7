//! Which class a place has, by those of the places that are most like it.

use crate::error::{GoOn, SimilarError};
use crate::nearest::{Among, Neighbours, neighbours_among};
use crate::table::Table;

/// The probabilities of all classes for the place that was asked about as number `at`.
///
/// Each neighbour counts by how near it is (one over its distance; where some lie at no distance, these alone count), and
/// how common each class is counts as one more neighbour, so that a handful that agree are not certain:
/// `(m · share + common) / (m + 1)` of `m` neighbours. `common` must sum up to 1. None where there is no neighbour.
pub fn vote(
    neighbours: &Neighbours,
    at: usize,
    class_of: &dyn Fn(usize) -> usize,
    common: &[f64],
) -> Option<Vec<f64>> {
    let near: Vec<(usize, f64)> = neighbours.of(at).map(|(place, d)| (place, f64::from(d))).collect();
    let count = near.len() as f64;
    let touching = near.iter().any(|(_, distance)| *distance == 0.0);
    let weight = |distance: f64| if touching { f64::from(u8::from(distance == 0.0)) } else { 1.0 / distance };
    let mut shares = vec![0.0; common.len()];
    let mut sum = 0.0;
    for (place, distance) in near {
        *shares.get_mut(class_of(place))? += weight(distance);
        sum += weight(distance);
    }
    if sum <= 0.0 {
        return None;
    }
    let share = |(share, common): (&f64, &f64)| (share / sum * count + common) / (count + 1.0);
    Some(shares.iter().zip(common).map(share).collect())
}

/// How often votes are right where the answer is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Examined {
    /// Labelled places that had neighbours to ask.
    pub asked: usize,
    pub accuracy: f64,
    /// Accuracy of always saying the commonest class.
    pub commonest: f64,
    /// The mean F1 of the classes that occur.
    pub macro_f1: f64,
    /// The same of always saying the commonest class.
    pub commonest_macro_f1: f64,
    /// Places whose vote is at least as probable as was asked for, and how many of these are right.
    pub answered: usize,
    pub right: usize,
}

/// Asks the other labelled places about each that is labelled. With `groups`, a number for each row of the table, those of
/// its own group are not asked: neighbouring ground looks alike, and such scores flatter.
///
/// `labelled` are rows with their classes; `least` is the probability from which a vote counts as an answer.
pub fn examine(
    table: &Table,
    labelled: &[(u32, usize)],
    groups: Option<&[u32]>,
    (count, least, common): (usize, f64, &[f64]),
    go_on: GoOn,
) -> Result<Examined, SimilarError> {
    let rows: Vec<u32> = labelled.iter().map(|(row, _)| *row).collect();
    let mut class_of = vec![0; table.rows()];
    for (row, class) in labelled {
        if let Some(held) = class_of.get_mut(*row as usize) {
            *held = *class;
        }
    }
    let near = neighbours_among(table, Among { of: &rows, among: &rows, groups }, count, go_on)?;
    let classes = common.len();
    let mut confusion = vec![0_usize; classes * classes];
    let (mut answered, mut right) = (0, 0);
    for (at, (_, truth)) in labelled.iter().enumerate() {
        let Some(shares) = vote(&near, at, &|row| class_of[row], common) else { continue };
        let said = best(&shares);
        confusion[truth * classes + said] += 1;
        if shares[said] >= least {
            answered += 1;
            right += usize::from(said == *truth);
        }
    }
    Ok(judged(&confusion, classes, answered, right))
}

/// The likeliest class; of equals the first.
pub(crate) fn best(shares: &[f64]) -> usize {
    (1..shares.len()).fold(0, |best, class| if shares[class] > shares[best] { class } else { best })
}

fn judged(confusion: &[usize], classes: usize, answered: usize, right: usize) -> Examined {
    let asked: usize = confusion.iter().sum();
    let truths: Vec<usize> = confusion.chunks_exact(classes.max(1)).map(|row| row.iter().sum()).collect();
    let occurring = truths.iter().filter(|n| **n > 0).count().max(1) as f64;
    let f1 = |class: usize| {
        let hit = confusion[class * classes + class] as f64;
        let said: usize = confusion.iter().skip(class).step_by(classes).sum();
        if truths[class] == 0 { 0.0 } else { 2.0 * hit / (said + truths[class]) as f64 }
    };
    let most = truths.iter().copied().max().unwrap_or(0) as f64;
    let of = asked.max(1) as f64;
    Examined {
        asked,
        accuracy: (0..classes).map(|class| confusion[class * classes + class]).sum::<usize>() as f64 / of,
        commonest: most / of,
        macro_f1: (0..classes).map(f1).sum::<f64>() / occurring,
        commonest_macro_f1: if asked == 0 { 0.0 } else { 2.0 * most / (of + most) / occurring },
        answered,
        right,
    }
}

/// Square blocks of ground, about `across` of them along the longer side of all places: a number for each place.
pub fn blocks_of(middles: &[[f64; 2]], across: u32) -> Vec<u32> {
    let bounds = |axis: usize| {
        middles.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
            (low.min(at[axis]), high.max(at[axis]))
        })
    };
    let ((left, right), (bottom, top)) = (bounds(0), bounds(1));
    let across = across.max(1);
    let side = ((right - left).max(top - bottom) / f64::from(across)).max(f64::MIN_POSITIVE);
    let block = |from: f64, to: f64| (((to - from) / side) as u32).min(across - 1);
    middles.iter().map(|[x, y]| block(bottom, *y) * across + block(left, *x)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neighbours_among;

    const ALWAYS: GoOn = &|_, _| true;

    #[test]
    fn the_nearer_a_neighbour_the_more_it_counts_and_a_few_are_never_certain() {
        let table = Table::new(1, vec![0.0, 1.0, 2.0, -4.0]).expect("a table");
        let among = Among { of: &[0], among: &[1, 2, 3], groups: None };
        let near = neighbours_among(&table, among, 3, ALWAYS).expect("neighbours");
        let class_of = |row: usize| usize::from(row == 3);
        let shares = vote(&near, 0, &class_of, &[0.5, 0.5]).expect("a vote");
        // Weights 1, 1/2 and 1/4.
        let share = 1.5 / 1.75;
        assert!((shares[0] - (3.0 * share + 0.5) / 4.0).abs() < 1e-12, "{shares:?}");
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let sure = vote(&near, 0, &|_| 0, &[0.9, 0.1]).expect("a vote");
        assert!((sure[0] - 3.9 / 4.0).abs() < 1e-12, "three that agree leave room for doubt");
    }

    #[test]
    fn a_place_that_is_the_same_decides() {
        let table = Table::new(1, vec![5.0, 5.0, 5.1, 5.1]).expect("a table");
        let among = Among { of: &[0], among: &[1, 2, 3], groups: None };
        let near = neighbours_among(&table, among, 3, ALWAYS).expect("neighbours");
        let shares = vote(&near, 0, &|row| usize::from(row > 1), &[0.5, 0.5]).expect("a vote");
        assert!((shares[0] - 3.5 / 4.0).abs() < 1e-12, "{shares:?}");
    }

    #[test]
    fn what_is_known_is_examined_without_its_own_block_of_ground() {
        // Two blocks; in each, numbers tell classes apart, but the blocks contradict each other.
        let values = [0.0, 0.1, 9.0, 9.1, 0.05, 0.15, 9.05, 9.15];
        let table = Table::new(1, values.to_vec()).expect("a table");
        let classes = [0, 0, 1, 1, 1, 1, 0, 0];
        let labelled: Vec<(u32, usize)> = (0..8).zip(classes).collect();
        let middles: Vec<[f64; 2]> =
            (0..8).map(|i| [if i < 4 { 0.0 } else { 100.0 }, f64::from(i)]).collect();
        let blocks = blocks_of(&middles, 2);
        assert_eq!(blocks, [0, 0, 0, 0, 1, 1, 1, 1]);
        let asked = (1, 0.6, &[0.5, 0.5][..]);
        let apart = examine(&table, &labelled, Some(&blocks), asked, ALWAYS).expect("examined");
        assert_eq!((apart.asked, apart.accuracy, apart.commonest), (8, 0.0, 0.5));
        assert_eq!((apart.answered, apart.right, apart.macro_f1), (8, 0, 0.0));
        assert!((apart.commonest_macro_f1 - 1.0 / 3.0).abs() < 1e-12);
        let agreeing: Vec<(u32, usize)> = (0..8).map(|i| (i, usize::from(i % 4 > 1))).collect();
        let apart = examine(&table, &agreeing, Some(&blocks), asked, ALWAYS).expect("examined");
        assert_eq!((apart.accuracy, apart.macro_f1, apart.right), (1.0, 1.0, 8));
    }
}
