//! A map on which alike places lie together: UMAP (McInnes, Healy and Melville 2018), begun with principal components.
//!
//! Written anew rather than taken from a crate, because those that there are draw from the thread's own random numbers and
//! update the map from many threads at once: asked twice, they give two maps.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::components::Components;
use crate::error::{GoOn, SimilarError};
use crate::nearest::Neighbours;
use crate::table::Table;

/// Of the curve 1 / (1 + a·d²ᵇ) that says how alike two places of the map are at a distance: the fit for a spread of 1 and
/// a least distance of 0.1, the defaults of umap-learn.
const A: f32 = 1.576_943_5;
const B: f32 = 0.895_060_9;
/// Places that are pushed away for each that is pulled near.
const PUSHED: f32 = 5.0;
/// The farthest that one step moves.
const STEP: f32 = 4.0;
/// Side of the map at the beginning.
const SIDE: f32 = 10.0;

/// How a map is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How many places near each, itself counted, hold together: few show small groups, many the whole.
    pub neighbours: usize,
    /// Rounds; by default 500, of more than 10,000 places 200.
    pub rounds: Option<u32>,
    /// The same seed gives the same map.
    pub seed: u64,
}

impl Default for Layout {
    fn default() -> Self {
        Self { neighbours: 15, rounds: None, seed: 0 }
    }
}

/// Where each row of a table lies on the map. `neighbours` are those of all rows among all rows, at least one fewer than
/// the layout counts; of fewer, all are taken.
pub fn map_of(
    table: &Table,
    neighbours: &Neighbours,
    layout: Layout,
    go_on: GoOn,
) -> Result<Vec<[f32; 2]>, SimilarError> {
    let rows = table.rows();
    if neighbours.rows() != rows {
        return Err(SimilarError::Shape { given: neighbours.rows(), columns: rows });
    }
    let mut map = beginning(table, layout.seed)?;
    let rounds = layout.rounds.unwrap_or(if rows <= 10_000 { 500 } else { 200 });
    let ties = Ties::of(neighbours, layout.neighbours.clamp(2, 500), rounds);
    let mut walk = Walk::new(&ties, layout.seed);
    for round in 0..rounds {
        if !go_on(u64::from(round), u64::from(rounds)) {
            return Err(SimilarError::Stopped);
        }
        walk.round(&mut map, round, 1.0 - round as f32 / rounds as f32);
    }
    Ok(map)
}

/// The first two principal components, from 0 to [`SIDE`], with a little noise so that equal places can part.
fn beginning(table: &Table, seed: u64) -> Result<Vec<[f32; 2]>, SimilarError> {
    const NOISE: f32 = 1e-3;
    let components = Components::of(table, 2)?;
    let (count, scores) = (components.count(), components.scores(table));
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x5157_494c);
    let mut map: Vec<[f32; 2]> =
        scores.chunks_exact(count.max(1)).map(|row| [row[0], row.get(1).copied().unwrap_or(0.0)]).collect();
    for axis in 0..2 {
        let (low, high) = map.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), at| {
            (low.min(at[axis]), high.max(at[axis]))
        });
        let scale = if high > low { SIDE / (high - low) } else { 0.0 };
        for at in &mut map {
            at[axis] = (at[axis] - low) * scale + NOISE * random.random_range(-1.0_f32..1.0);
        }
    }
    Ok(map)
}

/// Pairs of places that hold together, both ways, the weak ones left out.
struct Ties {
    from: Vec<u32>,
    to: Vec<u32>,
    /// Rounds from one pull to the next: the strongest are pulled in each.
    every: Vec<f32>,
}

impl Ties {
    fn of(neighbours: &Neighbours, count: usize, rounds: u32) -> Self {
        let rows = neighbours.rows();
        let near: Vec<Vec<(usize, f32)>> =
            (0..rows).into_par_iter().map(|at| tied(neighbours, at, count)).collect();
        let mut all: Vec<(u32, u32, f32)> = Vec::with_capacity(2 * rows * (count - 1));
        for (from, near) in near.iter().enumerate() {
            for (to, weight) in near {
                all.push((from as u32, *to as u32, *weight));
                all.push((*to as u32, from as u32, *weight));
            }
        }
        all.par_sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
        let mut whole: Vec<(u32, u32, f32)> = Vec::with_capacity(all.len());
        for tie in all {
            match whole.last_mut() {
                // Either holds: the union of two fuzzy sets.
                Some(last) if (last.0, last.1) == (tie.0, tie.1) => last.2 = last.2 + tie.2 - last.2 * tie.2,
                _ => whole.push(tie),
            }
        }
        let strongest = whole.iter().fold(0.0_f32, |most, tie| most.max(tie.2));
        whole.retain(|tie| tie.2 >= strongest / rounds.max(1) as f32 && tie.2 > 0.0);
        Self {
            from: whole.iter().map(|tie| tie.0).collect(),
            to: whole.iter().map(|tie| tie.1).collect(),
            every: whole.iter().map(|tie| strongest / tie.2).collect(),
        }
    }
}

/// How strongly a place is tied to its neighbours: 1 to the nearest, less with distance, at a pace (σ) that makes the sum of
/// all the logarithm of how many there are, as in `smooth_knn_dist` of umap-learn with a local connectivity of 1.
fn tied(neighbours: &Neighbours, at: usize, count: usize) -> Vec<(usize, f32)> {
    const LEAST_PACE: f64 = 1e-3;
    let near: Vec<(usize, f32)> = neighbours.of(at).take(count - 1).collect();
    let nearest = near.iter().map(|(_, d)| f64::from(*d)).find(|d| *d > 0.0).unwrap_or(0.0);
    let wanted = (count as f64).log2();
    let beyond = |d: f32| f64::from(d) - nearest;
    let (mut low, mut high, mut pace) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..64 {
        let sum: f64 =
            near.iter().map(|(_, d)| if beyond(*d) > 0.0 { (-beyond(*d) / pace).exp() } else { 1.0 }).sum();
        if (sum - wanted).abs() < 1e-5 {
            break;
        }
        if sum > wanted {
            (high, pace) = (pace, f64::midpoint(low, pace));
        } else {
            low = pace;
            pace = if high.is_finite() { f64::midpoint(pace, high) } else { pace * 2.0 };
        }
    }
    let mean = near.iter().map(|(_, d)| f64::from(*d)).sum::<f64>() / count.max(1) as f64;
    pace = pace.max(LEAST_PACE * mean).max(f64::MIN_POSITIVE);
    near.iter()
        .map(|(place, d)| (*place, if beyond(*d) > 0.0 { (-beyond(*d) / pace).exp() as f32 } else { 1.0 }))
        .collect()
}

/// The rounds of pulling and pushing.
struct Walk<'a> {
    ties: &'a Ties,
    next: Vec<f32>,
    next_push: Vec<f32>,
    random: ChaCha8Rng,
}

impl<'a> Walk<'a> {
    fn new(ties: &'a Ties, seed: u64) -> Self {
        let next_push = ties.every.iter().map(|every| every / PUSHED).collect();
        Self { ties, next: ties.every.clone(), next_push, random: ChaCha8Rng::seed_from_u64(seed) }
    }

    fn round(&mut self, map: &mut [[f32; 2]], round: u32, rate: f32) {
        let (round, places) = (round as f32, map.len() as u32);
        for tie in 0..self.next.len() {
            if self.next[tie] > round {
                continue;
            }
            let (from, to) = (self.ties.from[tie] as usize, self.ties.to[tie] as usize);
            let mut here = map[from];
            let pull = pull(here, map[to]);
            for axis in 0..2 {
                here[axis] += pull[axis] * rate;
                map[to][axis] -= pull[axis] * rate;
            }
            let every = self.ties.every[tie];
            self.next[tie] += every;
            let pushed = ((round - self.next_push[tie]) * PUSHED / every).max(0.0) as u32;
            for _ in 0..pushed {
                let other = self.random.random_range(0..places) as usize;
                if other != from {
                    let push = push(here, map[other]);
                    here = [here[0] + push[0] * rate, here[1] + push[1] * rate];
                }
            }
            self.next_push[tie] += pushed as f32 * every / PUSHED;
            map[from] = here;
        }
    }
}

/// Towards a place that holds with this one.
fn pull(here: [f32; 2], there: [f32; 2]) -> [f32; 2] {
    let away = [here[0] - there[0], here[1] - there[1]];
    let square = away[0] * away[0] + away[1] * away[1];
    if square <= 0.0 {
        return [0.0; 2];
    }
    let power = square.powf(B);
    let by = -2.0 * A * B * power / (square * (A * power + 1.0));
    away.map(|d| (by * d).clamp(-STEP, STEP))
}

/// Away from a place that was drawn by chance.
fn push(here: [f32; 2], there: [f32; 2]) -> [f32; 2] {
    let away = [here[0] - there[0], here[1] - there[1]];
    let square = away[0] * away[0] + away[1] * away[1];
    if square <= 0.0 {
        return [0.0; 2];
    }
    let by = 2.0 * B / ((0.001 + square) * (A * square.powf(B) + 1.0));
    away.map(|d| (by * d).clamp(-STEP, STEP))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neighbours;

    const ALWAYS: GoOn = &|_, _| true;

    /// Six clouds in ten dimensions.
    fn clouds() -> (Table, Vec<usize>) {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let middles: Vec<Vec<f32>> =
            (0..6).map(|_| (0..10).map(|_| random.random_range(-4.0_f32..4.0)).collect()).collect();
        let (mut values, mut which) = (Vec::new(), Vec::new());
        for i in 0..360 {
            which.push(i % 6);
            values.extend(
                middles[i % 6]
                    .iter()
                    .map(|m| m + (0..4).map(|_| random.random_range(-0.5_f32..0.5)).sum::<f32>()),
            );
        }
        (Table::new(10, values).expect("a table"), which)
    }

    #[test]
    fn clouds_stay_together_and_part_from_each_other() {
        let (table, which) = clouds();
        let near = neighbours(&table, 14, ALWAYS).expect("neighbours");
        let map = map_of(&table, &near, Layout::default(), ALWAYS).expect("a map");
        let flat = Table::new(2, map.iter().flatten().copied().collect()).expect("finite");
        let near = neighbours(&flat, 10, ALWAYS).expect("neighbours");
        let same =
            (0..360).map(|at| near.of(at).filter(|(n, _)| which[*n] == which[at]).count()).sum::<usize>();
        assert!(same as f64 > 0.99 * 3_600.0, "{same} of 3600 neighbours on the map are of the same cloud");
        let inner = (0..360).filter_map(|at| near.of(at).next()).map(|(_, d)| d).sum::<f32>() / 360.0;
        assert!(inner > 0.01, "places do not fall into one: {inner}");
    }

    #[test]
    fn the_same_seed_gives_the_same_map_and_another_another() {
        let (table, _) = clouds();
        let near = neighbours(&table, 14, ALWAYS).expect("neighbours");
        let map = |seed| {
            let layout = Layout { seed, rounds: Some(30), ..Layout::default() };
            map_of(&table, &near, layout, ALWAYS).expect("a map")
        };
        assert_eq!(map(1), map(1));
        assert_ne!(map(1), map(2));
    }

    #[test]
    fn few_and_equal_places_have_a_map_and_a_stop_stops() {
        let same = Table::new(3, vec![1.0; 15]).expect("a table");
        let near = neighbours(&same, 14, ALWAYS).expect("neighbours");
        let map = map_of(&same, &near, Layout::default(), ALWAYS).expect("a map");
        assert!(map.iter().flatten().all(|v| v.is_finite()), "{map:?}");
        let two = Table::new(1, vec![0.0, 1.0]).expect("a table");
        let near = neighbours(&two, 14, ALWAYS).expect("neighbours");
        let map = map_of(&two, &near, Layout::default(), ALWAYS).expect("a map");
        assert!(map.iter().flatten().all(|v| v.is_finite()), "{map:?}");
        let stopped = map_of(&two, &near, Layout::default(), &|_, _| false);
        assert_eq!(stopped, Err(SimilarError::Stopped));
    }
}
