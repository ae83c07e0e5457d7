//! How long questions take to make by hand and with the program: the ratio of the means, with n and an interval.

use project::Project;
use project::question::Timed;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Times that the interval is drawn from.
const RESAMPLES: usize = 2_000;

/// Seconds that questions took, made one way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Seconds {
    pub n: usize,
    pub mean: f64,
    pub median: f64,
}

/// How long questions take by hand and with the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Pace {
    pub by_hand: Option<Seconds>,
    pub with_tool: Option<Seconds>,
    /// Mean by hand over mean with the program: above 1, the program is faster.
    pub ratio: Option<f64>,
    /// 95 % around it, by resampling both (percentile bootstrap of a fixed seed); `None` with fewer than two of either.
    pub interval: Option<[f64; 2]>,
}

/// Of every question that was timed and is not deleted.
pub fn pace(project: &Project) -> Pace {
    let of = |how: Timed| -> Vec<f64> {
        let timed = project.live_questions().filter(|(_, question)| question.timed == Some(how));
        timed.filter_map(|(_, question)| question.seconds).filter(|seconds| *seconds > 0.0).collect()
    };
    between(&of(Timed::ByHand), &of(Timed::WithTool))
}

fn between(by_hand: &[f64], with_tool: &[f64]) -> Pace {
    let ratio = |hand: f64, tool: f64| (tool > 0.0).then(|| hand / tool);
    let (hand, tool) = (seconds(by_hand), seconds(with_tool));
    let both = by_hand.len() > 1 && with_tool.len() > 1;
    let interval = both.then(|| {
        let mut dice = ChaCha8Rng::seed_from_u64(0);
        let mut drawn: Vec<f64> =
            (0..RESAMPLES).map(|_| resampled(by_hand, &mut dice) / resampled(with_tool, &mut dice)).collect();
        drawn.sort_by(f64::total_cmp);
        let at = |share: f64| drawn[((RESAMPLES - 1) as f64 * share).round() as usize];
        [at(0.025), at(0.975)]
    });
    Pace {
        by_hand: hand,
        with_tool: tool,
        ratio: hand.zip(tool).and_then(|(h, t)| ratio(h.mean, t.mean)),
        interval,
    }
}

fn seconds(all: &[f64]) -> Option<Seconds> {
    let n = all.len();
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = if n % 2 == 1 {
        sorted.get(n / 2).copied()?
    } else {
        (sorted.get(n / 2)? + sorted.get(n / 2 - 1)?) / 2.0
    };
    Some(Seconds { n, mean: mean(all), median: middle })
}

fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / all.len() as f64
}

/// The mean of as many draws with replacement.
fn resampled(all: &[f64], dice: &mut ChaCha8Rng) -> f64 {
    (0..all.len()).map(|_| all[dice.random_range(0..all.len())]).sum::<f64>() / all.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_of_the_means_and_its_interval_covers_it() {
        let (hand, tool) = ([60.0, 90.0, 120.0, 150.0], [5.0, 7.0, 9.0]);
        let found = between(&hand, &tool);
        assert_eq!(found.by_hand, Some(Seconds { n: 4, mean: 105.0, median: 105.0 }));
        assert_eq!(found.with_tool, Some(Seconds { n: 3, mean: 7.0, median: 7.0 }));
        assert_eq!(found.ratio, Some(15.0));
        let [low, high] = found.interval.expect("an interval");
        assert!((9.0..15.0).contains(&low) && (15.0..25.0).contains(&high), "{low} {high}");
        assert_eq!(between(&hand, &tool), found, "the same times give the same interval");
        let same = between(&[10.0, 10.0], &[10.0, 10.0]);
        assert_eq!((same.ratio, same.interval), (Some(1.0), Some([1.0, 1.0])));
    }

    #[test]
    fn of_too_few_nothing_is_claimed() {
        assert_eq!(between(&[], &[]), Pace::default());
        let one = between(&[10.0], &[5.0, 6.0]);
        assert_eq!((one.interval, one.ratio.map(|r| (r * 100.0).round())), (None, Some(182.0)));
        assert_eq!(between(&[10.0, 12.0], &[]).ratio, None);
    }
}
