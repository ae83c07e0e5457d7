//! How far scores can be trusted: what was held out is drawn anew, with repetition.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::scores::Confusion;

/// How often it is drawn anew.
const DRAWS: usize = 400;
/// From fewer chips or regions nothing can be said.
const FEWEST: usize = 5;

/// Between which values the middle 95 % of scores lie when what was held out is drawn anew with repetition: whole chips
/// where pixels get classes, because neighbouring pixels know each other, else regions (Efron's bootstrap).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    pub macro_f1: [f64; 2],
    pub mean_iou: [f64; 2],
    /// Of each class.
    pub f1: Vec<[f64; 2]>,
    pub iou: Vec<[f64; 2]>,
}

/// What one chip or region adds to a confusion: what is, what was said, how often.
pub(crate) type Unit = Vec<(u8, u8, u64)>;

/// From what was held out, unit by unit; the same seed gives the same intervals.
pub(crate) fn intervals(units: &[Unit], classes: usize, seed: u64) -> Option<Intervals> {
    if units.len() < FEWEST {
        return None;
    }
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let scores: Vec<Vec<f64>> = (0..DRAWS)
        .map(|_| {
            let mut drawn = Confusion::new(classes);
            for _ in 0..units.len() {
                let at = (chance.random::<f64>() * units.len() as f64) as usize;
                for (is, said, count) in &units[at.min(units.len() - 1)] {
                    drawn.counts[usize::from(*is)][usize::from(*said)] += count;
                }
            }
            let each = (0..classes).map(|class| drawn.class(class));
            let (f1, iou): (Vec<f64>, Vec<f64>) = each.map(|score| (score.f1, score.iou)).unzip();
            [vec![drawn.macro_f1(), drawn.mean_iou()], f1, iou].concat()
        })
        .collect();
    let of = |column: usize| {
        let mut values: Vec<f64> = scores.iter().map(|row| row[column]).collect();
        values.sort_by(f64::total_cmp);
        [values[DRAWS / 40], values[DRAWS - 1 - DRAWS / 40]]
    };
    Some(Intervals {
        macro_f1: of(0),
        mean_iou: of(1),
        f1: (2..2 + classes).map(of).collect(),
        iou: (2 + classes..2 + 2 * classes).map(of).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_narrows_with_what_was_held_out_and_holds_the_score() {
        // Four of five right, of either class.
        let units = |n: usize| -> Vec<Unit> {
            (0..n)
                .map(|i| vec![((i % 2) as u8, if i % 5 == 0 { 1 - i % 2 } else { i % 2 } as u8, 1)])
                .collect()
        };
        let width = |n: usize| {
            let found = intervals(&units(n), 2, 1).expect("enough");
            let [low, high] = found.macro_f1;
            assert!(low < 0.8 && 0.8 < high && found.f1.len() == 2, "{found:?}");
            high - low
        };
        // sqrt(0.8 · 0.2 / n) · 3.92: 0.157 at 100, 0.05 at 1000.
        assert!((0.1..0.22).contains(&width(100)) && (0.03..0.08).contains(&width(1000)));
        assert_eq!(intervals(&units(100), 2, 1), intervals(&units(100), 2, 1));
        assert_eq!(intervals(&units(4), 2, 1), None);
    }

    #[test]
    fn pixels_of_one_chip_count_together() {
        // Ten chips of a thousand pixels, each all right or all wrong: no narrower than ten regions would be.
        let chips: Vec<Unit> = (0..10).map(|i| vec![(0, u8::from(i % 5 == 0), 1000)]).collect();
        let [low, high] = intervals(&chips, 2, 1).expect("enough").f1[0];
        assert!(high - low > 0.15, "{low} to {high}");
    }
}
