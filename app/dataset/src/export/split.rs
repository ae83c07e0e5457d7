//! Splits by blocks of ground: what is near in the world is on the same side.

use std::collections::BTreeMap;

use geo::{BoundingRect as _, Coord, Geometry, Rect};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::geojson::count_splits;
use super::item::Item;
use super::{Block, ExportError, Job, Outcome};

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Split {
    Train,
    Val,
    Test,
}

impl Split {
    pub(super) const ALL: [Self; 3] = [Self::Train, Self::Val, Self::Test];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
        }
    }
}

/// Splits regions and takes those out that are too near to another side; empty where no split is asked for.
pub(super) fn of_regions(
    job: &Job<'_>,
    kept: &mut Vec<(&Item<'_>, Vec<Geometry<f64>>)>,
    outcome: &mut Outcome,
) -> Result<Vec<Split>, ExportError> {
    let Some(block) = &job.spec.split else { return Ok(Vec::new()) };
    let boxes: Option<Vec<Rect<f64>>> =
        kept.iter().map(|(item, _)| job.frame.image(&item.geometry)?.bounding_rect()).collect();
    let boxes =
        boxes.ok_or_else(|| ExportError::BadSpec("a region has no place on the image to split by".into()))?;
    let gap_px = gap_px(job, block)?;
    let mut splits = assign(&boxes, block_px(job, block), block, job.spec.seed)?;
    let keep = separate(&boxes, &splits, gap_px, false);
    let mut flags = keep.iter().copied();
    splits.retain(|_| flags.next().unwrap_or(false));
    let mut flags = keep.iter().copied();
    kept.retain(|(item, _)| {
        let stays = flags.next().unwrap_or(false);
        if !stays {
            outcome.left_out.push(item.left_out(gap_reason(block)));
            outcome.expected += 1;
        }
        stays
    });
    outcome.by_split = count_splits(&splits);
    Ok(splits)
}

pub(super) fn gap_reason(block: &Block) -> String {
    format!("lies within {} m of another split", block.gap_m)
}

/// The gap in pixels of the image.
pub(super) fn gap_px(job: &Job<'_>, block: &Block) -> Result<f64, ExportError> {
    match job.frame.metres_per_px {
        _ if block.gap_m == 0.0 => Ok(0.0),
        Some(metres) => Ok(block.gap_m / metres),
        None => Err(ExportError::BadSpec("the image has no scale, so a gap in metres means nothing".into())),
    }
}

/// The side of a block in pixels: as asked, else one to four chips so that there are a few dozen blocks.
pub(super) fn block_px(job: &Job<'_>, block: &Block) -> f64 {
    let layer = job.frame.layer;
    let fitting = layer.width.min(layer.height) / (job.spec.chip_px.max(1) * 6);
    f64::from(block.block_px.unwrap_or(job.spec.chip_px * fitting.clamp(1, 4)))
}

/// Gives every block of ground to a side, by seed, so that the sides hold their shares of the boxes.
pub(super) fn assign(
    boxes: &[Rect<f64>],
    block_px: f64,
    block: &Block,
    seed: u64,
) -> Result<Vec<Split>, ExportError> {
    let cell =
        |r: &Rect<f64>| ((r.center().y / block_px).floor() as i64, (r.center().x / block_px).floor() as i64);
    let mut weights: BTreeMap<(i64, i64), usize> = BTreeMap::new();
    for rect in boxes {
        *weights.entry(cell(rect)).or_insert(0) += 1;
    }
    let mut blocks: Vec<_> = weights.into_iter().collect();
    shuffle(&mut blocks, seed);
    let shares = [block.train, block.val, block.test].map(f64::from);
    let total = shares.iter().sum::<f64>();
    let wanted = shares.map(|s| s / total * boxes.len() as f64);
    let sides: Vec<usize> = (0..3).filter(|i| shares[*i] > 0.0).collect();
    if blocks.len() < sides.len() {
        let what =
            format!("{} blocks cannot be split into {} sets; make blocks smaller", blocks.len(), sides.len());
        return Err(ExportError::BadSpec(what));
    }
    let mut held = [0.0; 3];
    let mut given = BTreeMap::new();
    for (n, (cell, weight)) in blocks.iter().enumerate() {
        let lacking = |i: &usize| wanted[*i] - held[*i];
        // While blocks are just enough, each goes to a side that has none.
        let empty: Vec<usize> = sides.iter().copied().filter(|i| held[*i] == 0.0).collect();
        let choice = if blocks.len() - n <= empty.len() { &empty } else { &sides };
        let side = choice.iter().copied().max_by(|a, b| lacking(a).total_cmp(&lacking(b)).then(b.cmp(a)));
        let side = side.unwrap_or(0);
        held[side] += *weight as f64;
        given.insert(*cell, Split::ALL[side]);
    }
    Ok(boxes.iter().map(|r| given[&cell(r)]).collect())
}

/// Which boxes stay, so that none is nearer than the gap to one of another side (or, with `overlap`, on the
/// same ground). Of two that are too near, the one of the side with more shares goes: train before val
/// before test.
pub(super) fn separate(boxes: &[Rect<f64>], splits: &[Split], gap_px: f64, overlap: bool) -> Vec<bool> {
    let mut keep = vec![true; boxes.len()];
    if gap_px <= 0.0 && !overlap {
        return keep;
    }
    let corners =
        |r: &Rect<f64>, by: f64| ([r.min().x - by, r.min().y - by], [r.max().x + by, r.max().y + by]);
    let entry = |(i, r): (usize, &Rect<f64>)| {
        let (min, max) = corners(r, 0.0);
        GeomWithData::new(Rectangle::from_corners(min, max), i)
    };
    let tree = RTree::bulk_load(boxes.iter().enumerate().map(entry).collect());
    for side in [Split::Train, Split::Val] {
        for (i, rect) in boxes.iter().enumerate() {
            if splits[i] != side {
                continue;
            }
            let (min, max) = corners(rect, gap_px);
            let mut near = tree.locate_in_envelope_intersecting(AABB::from_corners(min, max));
            if near.any(|n| {
                keep[n.data] && splits[n.data] > side && too_near(rect, &boxes[n.data], gap_px, overlap)
            }) {
                keep[i] = false;
            }
        }
    }
    keep
}

fn too_near(a: &Rect<f64>, b: &Rect<f64>, gap_px: f64, overlap: bool) -> bool {
    let apart = distance(a, b);
    let shares_ground = || {
        let inner = |lo: f64, hi: f64| hi - lo > 0.0;
        inner(a.min().x.max(b.min().x), a.max().x.min(b.max().x))
            && inner(a.min().y.max(b.min().y), a.max().y.min(b.max().y))
    };
    apart < gap_px || (overlap && shares_ground())
}

/// Between the nearest points of two boxes; 0 where they touch.
pub(super) fn distance(a: &Rect<f64>, b: &Rect<f64>) -> f64 {
    let gap = |a0: f64, a1: f64, b0: f64, b1: f64| (b0 - a1).max(a0 - b1).max(0.0);
    let d = Coord {
        x: gap(a.min().x, a.max().x, b.min().x, b.max().x),
        y: gap(a.min().y, a.max().y, b.min().y, b.max().y),
    };
    d.x.hypot(d.y)
}

/// Fisher–Yates with SplitMix64: the same on every machine and in every version.
fn shuffle<T>(list: &mut [T], seed: u64) {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    for i in (1..list.len()).rev() {
        let j = (u128::from(next()) * (i as u128 + 1)) >> 64;
        list.swap(i, j as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn boxes(n: u32) -> Vec<Rect<f64>> {
        let at = |i: u32| (f64::from(i % n) * 10.0, f64::from(i / n) * 10.0);
        (0..n * n).map(at).map(|(x, y)| Rect::new((x, y), (x + 6.0, y + 6.0))).collect()
    }

    const SHARES: Block = Block { train: 70, val: 15, test: 15, gap_m: 0.0, block_px: None };

    #[test]
    fn shares_are_met_and_the_seed_decides() {
        let boxes = boxes(40);
        let splits = assign(&boxes, 40.0, &SHARES, 1).expect("splits");
        let share = |s| splits.iter().filter(|x| **x == s).count() as f64 / splits.len() as f64;
        assert!((share(Split::Train) - 0.7).abs() < 0.02 && (share(Split::Test) - 0.15).abs() < 0.02);
        assert_eq!(splits, assign(&boxes, 40.0, &SHARES, 1).expect("splits"));
        assert_ne!(splits, assign(&boxes, 40.0, &SHARES, 2).expect("splits"));
    }

    #[test]
    fn every_side_gets_a_block_or_the_split_is_refused() {
        let boxes = boxes(4);
        let splits = assign(&boxes, 20.0, &SHARES, 3).expect("four blocks");
        assert!(Split::ALL.iter().all(|s| splits.contains(s)));
        let error = assign(&boxes, 1000.0, &SHARES, 3).expect_err("one block");
        assert!(error.to_string().contains("blocks smaller"), "{error}");
    }

    proptest! {
        #[test]
        fn nothing_is_nearer_than_the_gap(seed in 0_u64..50, gap in 0.5_f64..30.0) {
            let boxes = boxes(20);
            let splits = assign(&boxes, 50.0, &SHARES, seed).expect("splits");
            let keep = separate(&boxes, &splits, gap, true);
            for (i, a) in boxes.iter().enumerate().filter(|(i, _)| keep[*i]) {
                for (j, b) in boxes.iter().enumerate().filter(|(j, _)| keep[*j]) {
                    prop_assert!(splits[i] == splits[j] || distance(a, b) >= gap);
                }
            }
        }
    }
}
