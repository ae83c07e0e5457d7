//! What is held out: blocks of ground or a whole layer, never chips by chance, because neighbours know each other.

use std::collections::{BTreeMap, BTreeSet};

use geo::{BoundingRect as _, Coord};
use project::LayerId;
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use crate::Field;

/// How what is held out is chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Split {
    /// So much of the ground, in square blocks; their side in metres, or one that makes a few dozen of them.
    Blocks { share: f64, side_m: Option<f64> },
    /// A layer: is what was learnt on the others good there?
    Layer(LayerId),
}

impl Default for Split {
    fn default() -> Self {
        Self::Blocks { share: 0.25, side_m: None }
    }
}

/// Which side each place of some fields is on.
#[derive(Clone, Debug, PartialEq)]
pub struct Sides {
    side_px: usize,
    held: BTreeSet<(usize, i64, i64)>,
    whole: BTreeSet<usize>,
}

/// How many choices of blocks are compared.
const TRIED: u64 = 400;
/// Blocks across what is labelled.
const ACROSS: f64 = 6.0;

impl Sides {
    /// Chooses blocks so that of each class about the share is held out, and something on either side; of the choices by
    /// chance that are tried the best. What counts is the middle of each region.
    pub fn of_blocks(
        fields: &[Field],
        classes: usize,
        (share, side_px): (f64, Option<usize>),
        chip_px: usize,
        seed: u64,
    ) -> Self {
        let labelled = |field: &Field| -> Vec<(Coord<f64>, usize)> {
            let of = |shape: &crate::Shape| Some((middle(shape)?, usize::from(shape.class?)));
            field.shapes().iter().filter_map(of).collect()
        };
        let places: Vec<Vec<(Coord<f64>, usize)>> = fields.iter().map(labelled).collect();
        let side = side_px.unwrap_or_else(|| fitting(&places, chip_px));
        let mut blocks: BTreeMap<(usize, i64, i64), Vec<u64>> = BTreeMap::new();
        for (number, places) in places.iter().enumerate() {
            for (at, class) in places {
                let counts = blocks.entry(block(number, *at, side)).or_insert_with(|| vec![0; classes]);
                counts[*class] += 1;
            }
        }
        let keys: Vec<(usize, i64, i64)> = blocks.keys().copied().collect();
        let held = (0..TRIED)
            .map(|attempt| {
                let mut order = keys.clone();
                order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed.wrapping_mul(TRIED).wrapping_add(attempt)));
                let held = order.into_iter().take(((keys.len() as f64 * share).round() as usize).max(1));
                let held: BTreeSet<_> = held.collect();
                (unevenness(&blocks, &held, share, classes), held)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map_or_else(BTreeSet::new, |(_, held)| held);
        Self { side_px: side, held, whole: BTreeSet::new() }
    }

    /// Holds out whole fields.
    pub fn of_fields(held: impl IntoIterator<Item = usize>) -> Self {
        Self { side_px: usize::MAX >> 1, held: BTreeSet::new(), whole: held.into_iter().collect() }
    }

    /// True where a place of a field is held out.
    pub fn is_held(&self, field: usize, at: Coord<f64>) -> bool {
        self.whole.contains(&field) || self.held.contains(&block(field, at, self.side_px))
    }

    /// The side of a block in pixels of the grid.
    pub fn side_px(&self) -> usize {
        self.side_px
    }

    /// How many blocks are held out.
    pub fn blocks(&self) -> usize {
        self.held.len()
    }
}

/// The middle of a region's box.
pub(crate) fn middle(shape: &crate::Shape) -> Option<Coord<f64>> {
    shape.geometry.bounding_rect().map(geo::Rect::center)
}

fn block(field: usize, at: Coord<f64>, side: usize) -> (usize, i64, i64) {
    let side = side.max(1) as f64;
    (field, (at.x / side).floor() as i64, (at.y / side).floor() as i64)
}

/// A side that makes a few dozen blocks of what is labelled, and none smaller than a chip.
fn fitting(places: &[Vec<(Coord<f64>, usize)>], chip_px: usize) -> usize {
    let across = places.iter().filter(|p| !p.is_empty()).map(|places| {
        let span = |of: &dyn Fn(&Coord<f64>) -> f64| {
            let values = places.iter().map(|(at, _)| of(at));
            values.clone().fold(f64::MIN, f64::max) - values.fold(f64::MAX, f64::min)
        };
        span(&|c| c.x).max(span(&|c| c.y))
    });
    let widest = across.fold(0.0, f64::max);
    ((widest / ACROSS).ceil() as usize).max(chip_px)
}

/// How far the shares of the classes are from what is wanted; classes that are on one side only weigh most.
fn unevenness(
    blocks: &BTreeMap<(usize, i64, i64), Vec<u64>>,
    held: &BTreeSet<(usize, i64, i64)>,
    share: f64,
    classes: usize,
) -> f64 {
    let (mut all, mut out) = (vec![0_u64; classes], vec![0_u64; classes]);
    for (key, counts) in blocks {
        for (class, n) in counts.iter().enumerate() {
            all[class] += n;
            out[class] += if held.contains(key) { *n } else { 0 };
        }
    }
    let mut sum = 0.0;
    for (all, out) in all.iter().zip(&out).filter(|(all, _)| **all > 0) {
        sum += (*out as f64 / *all as f64 - share).abs();
        sum += if *out == *all { 10.0 } else { 0.0 };
        sum += if *out == 0 && *all > 1 { 5.0 } else { 0.0 };
    }
    sum
}
