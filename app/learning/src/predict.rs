//! Asking a model about imagery of any size: tiles that overlap and are blended, in bounded memory.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::LearningError;
use crate::chip::{Chip, Ground};
use crate::model::Manifest;
use crate::network::Predictor;
use crate::scores::softmax_into;
use crate::train::Kind;

/// What stands in a [`Block`] where the imagery holds nothing.
pub const NOTHING: u8 = 255;
/// Bytes of sums that are held at once.
const SUMS: usize = 192 << 20;

/// Which class a pixel is of, by the probabilities of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Choice {
    /// The likeliest.
    #[default]
    Likeliest,
    /// The likeliest of those that are at least so probable; where none is, the first.
    AtLeast(f32),
    /// Of two the second, wherever it is at least so probable.
    SecondFrom(f32),
}

impl Choice {
    /// The number of the class that is taken, by sums of probabilities whose weights sum up to `whole`.
    fn of(self, classes: usize, whole: f32, sum: impl Fn(usize) -> f32) -> usize {
        match self {
            Self::Likeliest => (1..classes).fold(0, |best, c| if sum(c) > sum(best) { c } else { best }),
            Self::AtLeast(least) => {
                let counted = |c: usize| if sum(c) < least * whole { 0.0 } else { sum(c) };
                (1..classes).fold(0, |best, c| if counted(c) > counted(best) { c } else { best })
            }
            Self::SecondFrom(least) => usize::from(classes > 1 && sum(1) >= least * whole),
        }
    }
}

/// How a model is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Side of a tile in pixels; a multiple of what the family asks for.
    pub tile_px: usize,
    /// By how much neighbours overlap; what both say is blended.
    pub overlap_px: usize,
    /// Tiles that go through the network at once.
    pub batch: usize,
    /// Which class a pixel is of.
    pub choice: Choice,
}

impl Asking {
    /// Tiles of a side, rounded up to a multiple, overlapping by a quarter.
    pub fn new(tile_px: usize, multiple: usize, batch: usize) -> Self {
        let tile_px = tile_px.max(multiple).div_ceil(multiple) * multiple;
        Self { tile_px, overlap_px: tile_px / 4, batch: batch.max(1), choice: Choice::Likeliest }
    }

    fn stride(&self) -> usize {
        (self.tile_px - self.overlap_px).max(1)
    }

    /// How much a pixel counts that lies so far in from the first of a tile: more towards the middle, never nothing.
    fn ramp(&self) -> Vec<f32> {
        let rim = self.overlap_px.max(1) as f32;
        let one = |i: usize| {
            let inward = i.min(self.tile_px - 1 - i) as f32 + 0.5;
            (inward / rim).min(1.0)
        };
        (0..self.tile_px).map(one).collect()
    }
}

/// A model with what its answers mean.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "a network has nothing to print")]
pub struct Oracle<'a> {
    pub predictor: &'a dyn Predictor,
    pub manifest: &'a Manifest,
}

impl Oracle<'_> {
    /// Logits of some chips, class after class, chip after chip.
    fn logits(&self, chips: &[Chip]) -> Result<Vec<f32>, LearningError> {
        let show = self.manifest.kind == Kind::Regions;
        let channels = chips.iter().flat_map(|chip| self.manifest.normal.channels(chip, show)).collect();
        self.predictor.logits(channels, chips.len(), chips.first().map_or(0, |c| c.side))
    }
}

/// Part of what a model says: the likeliest class of each pixel, and how sure it is of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The upper left pixel.
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
    /// [`NOTHING`] where the imagery holds nothing.
    pub class: Vec<u8>,
    /// Its probability, 0 to 255.
    pub sure: Vec<u8>,
}

/// Who looks on while a model is asked.
#[expect(missing_debug_implementations, reason = "closures have nothing to print")]
pub struct Following<'a> {
    pub stop: &'a dyn Fn() -> bool,
    /// Tiles done, and of how many.
    pub progress: &'a mut dyn FnMut(u64, u64),
}

/// Asks about each pixel of an area (`x0..x1`, `y0..y1`), and hands out bands of rows from the top; where the area is
/// too wide for one, columns one after the other.
pub fn predict_pixels(
    oracle: &Oracle<'_>,
    ground: &dyn Ground,
    area: (Range<usize>, Range<usize>),
    asking: &Asking,
    following: &mut Following<'_>,
    take: &mut dyn FnMut(Block) -> Result<(), LearningError>,
) -> Result<(), LearningError> {
    let classes = oracle.manifest.classes.len();
    let widest = (SUMS / (4 * (classes + 1) * asking.tile_px)).max(asking.tile_px);
    let stride = asking.stride();
    // Whole strides, so that tiles lie alike on both sides of where it is cut.
    let widest = (widest / stride).max(1) * stride;
    let (columns, rows) = area;
    let starts: Vec<usize> = columns.clone().step_by(widest).collect();
    let total: u64 = starts
        .iter()
        .map(|x| {
            (lattice(*x..(*x + widest).min(columns.end), asking).len() * lattice(rows.clone(), asking).len())
                as u64
        })
        .sum();
    let mut done = 0;
    for x in starts {
        let strip = x..(x + widest).min(columns.end);
        let mut band = Band::new(oracle, asking, strip.clone());
        for top in lattice(rows.clone(), asking) {
            band.row_of_tiles(ground, top, &mut done, total, following)?;
            let from = top.max(rows.start as i64) as usize;
            let to = (top + stride as i64).clamp(rows.start as i64, rows.end as i64) as usize;
            let block = band.emit(top, from..to);
            band.shift();
            if let Some(block) = block {
                take(block)?;
            }
        }
    }
    Ok(())
}

/// Where tiles begin that cover a range: as if they lay on the whole plane, so that what a pixel is told does not hang on
/// which area was asked for. They begin before it, so that its edge has surroundings too.
fn lattice(range: Range<usize>, asking: &Asking) -> Vec<i64> {
    let (stride, rim) = (asking.stride() as i64, asking.overlap_px as i64);
    let first = (range.start as i64 - asking.tile_px as i64 + rim).div_euclid(stride) * stride;
    let starts = (0..).map(|i| first + i * stride).take_while(|start| *start < range.end as i64);
    starts.filter(|start| start + asking.tile_px as i64 > range.start as i64).collect()
}

/// Sums over one row of tiles and what hangs over into the next.
struct Band<'a> {
    oracle: &'a Oracle<'a>,
    asking: &'a Asking,
    columns: Range<usize>,
    ramp: Vec<f32>,
    classes: usize,
    /// `[class][row][column]`, the last plane for the weights.
    sums: Vec<f32>,
    valid: Vec<bool>,
}

impl<'a> Band<'a> {
    fn new(oracle: &'a Oracle<'a>, asking: &'a Asking, columns: Range<usize>) -> Self {
        let classes = oracle.manifest.classes.len();
        let plane = columns.len() * asking.tile_px;
        let (sums, valid) = (vec![0.0; plane * (classes + 1)], vec![false; plane]);
        Self { oracle, asking, columns, ramp: asking.ramp(), classes, sums, valid }
    }

    fn row_of_tiles(
        &mut self,
        ground: &dyn Ground,
        top: i64,
        done: &mut u64,
        total: u64,
        following: &mut Following<'_>,
    ) -> Result<(), LearningError> {
        for lefts in lattice(self.columns.clone(), self.asking).chunks(self.asking.batch) {
            if (following.stop)() {
                return Err(LearningError::Stopped);
            }
            let mut tiles: Vec<(i64, Chip)> = Vec::new();
            for left in lefts {
                let chip = ground.chip(*left, top, self.asking.tile_px)?;
                if chip.valid.iter().any(|v| *v) {
                    tiles.push((*left, chip));
                }
            }
            if !tiles.is_empty() {
                let (lefts, chips): (Vec<i64>, Vec<Chip>) = tiles.into_iter().unzip();
                let logits = self.oracle.logits(&chips)?;
                let of_one = logits.len() / chips.len();
                for ((left, chip), logits) in lefts.iter().zip(&chips).zip(logits.chunks_exact(of_one)) {
                    self.add(*left, chip, logits);
                }
            }
            *done += lefts.len() as u64;
            (following.progress)(*done, total);
        }
        Ok(())
    }

    fn add(&mut self, left: i64, chip: &Chip, logits: &[f32]) {
        let (side, area, width) = (chip.side, chip.side * chip.side, self.columns.len());
        let plane = width * side;
        let (mut pixel, mut p) = (vec![0.0_f32; self.classes], vec![0.0_f64; self.classes]);
        let temperature = self.oracle.manifest.scores.calibration.temperature;
        for row in 0..side {
            for column in 0..side {
                let x = left + column as i64 - self.columns.start as i64;
                let at = row * side + column;
                if x < 0 || x >= width as i64 || !chip.valid[at] {
                    continue;
                }
                let to = row * width + x as usize;
                (0..self.classes).for_each(|c| pixel[c] = logits[c * area + at]);
                p.fill(0.0);
                softmax_into(&pixel, temperature, &mut p);
                let weight = self.ramp[row] * self.ramp[column];
                for (class, p) in p.iter().enumerate() {
                    self.sums[class * plane + to] += weight * *p as f32;
                }
                self.sums[self.classes * plane + to] += weight;
                self.valid[to] = true;
            }
        }
    }

    /// The rows that no later tile adds to.
    fn emit(&self, top: i64, rows: Range<usize>) -> Option<Block> {
        let (width, side) = (self.columns.len(), self.asking.tile_px);
        if rows.is_empty() {
            return None;
        }
        let plane = width * side;
        let first = (rows.start as i64 - top) as usize;
        let pixels = first * width..(first + rows.len()) * width;
        let (mut class, mut sure) = (Vec::with_capacity(pixels.len()), Vec::with_capacity(pixels.len()));
        for at in pixels {
            if !self.valid[at] {
                class.push(NOTHING);
                sure.push(0);
                continue;
            }
            let sum = |c: usize| self.sums[c * plane + at];
            let best = self.asking.choice.of(self.classes, sum(self.classes), sum);
            class.push(best as u8);
            sure.push((sum(best) / sum(self.classes) * 255.0).round() as u8);
        }
        let (x, y) = (self.columns.start, rows.start);
        Some(Block { x, y, width, height: rows.len(), class, sure })
    }

    /// Moves on by one row of tiles.
    fn shift(&mut self) {
        let (width, side) = (self.columns.len(), self.asking.tile_px);
        let (plane, by) = (width * side, width * self.asking.stride());
        for sums in self.sums.chunks_exact_mut(plane) {
            sums.copy_within(by.., 0);
            sums[plane - by..].fill(0.0);
        }
        self.valid.copy_within(by.., 0);
        self.valid[plane - by..].fill(false);
    }
}

/// What a model says of one region: the sum of what its pixels say, over all tiles (CRASAR's pooling and fusion).
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Mean probability of each class; they sum up to 1.
    pub probabilities: Vec<f64>,
    /// Pixels that were asked.
    pub pixels: u64,
}

/// Asks about the regions of the ground, by their numbers ([`Chip::owner`]). Tiles without any are not read twice nor
/// asked at all; a region without a valid pixel gets no verdict.
pub fn predict_regions(
    oracle: &Oracle<'_>,
    ground: &dyn Ground,
    wanted: &dyn Fn(i64, i64, usize) -> bool,
    asking: &Asking,
    following: &mut Following<'_>,
) -> Result<BTreeMap<u32, Verdict>, LearningError> {
    let (width, height) = ground.size();
    let mut places: Vec<(i64, i64)> = Vec::new();
    for top in lattice(0..height, asking) {
        let lefts = lattice(0..width, asking).into_iter();
        places.extend(lefts.filter(|left| wanted(*left, top, asking.tile_px)).map(|left| (left, top)));
    }
    let ramp = asking.ramp();
    let mut masses: BTreeMap<u32, (Vec<f64>, f64, u64)> = BTreeMap::new();
    let (mut done, total) = (0, places.len() as u64);
    for batch in places.chunks(asking.batch) {
        if (following.stop)() {
            return Err(LearningError::Stopped);
        }
        let mut chips = Vec::new();
        for (left, top) in batch {
            let chip = ground.chip(*left, *top, asking.tile_px)?;
            if chip.owner.iter().zip(&chip.valid).any(|(owner, valid)| *owner > 0 && *valid) {
                chips.push(chip);
            }
        }
        if !chips.is_empty() {
            let logits = oracle.logits(&chips)?;
            let of_one = logits.len() / chips.len();
            for (chip, logits) in chips.iter().zip(logits.chunks_exact(of_one)) {
                pool(chip, logits, oracle.manifest, &ramp, &mut masses);
            }
        }
        done += batch.len() as u64;
        (following.progress)(done, total);
    }
    let verdict = |(owner, (mass, weight, pixels)): (u32, (Vec<f64>, f64, u64))| {
        (owner, Verdict { probabilities: mass.iter().map(|m| m / weight).collect(), pixels })
    };
    Ok(masses.into_iter().map(verdict).collect())
}

fn pool(
    chip: &Chip,
    logits: &[f32],
    manifest: &Manifest,
    ramp: &[f32],
    masses: &mut BTreeMap<u32, (Vec<f64>, f64, u64)>,
) {
    let (classes, area) = (manifest.classes.len(), chip.side * chip.side);
    let (mut pixel, mut p) = (vec![0.0_f32; classes], vec![0.0_f64; classes]);
    for at in (0..area).filter(|at| chip.owner[*at] > 0 && chip.valid[*at]) {
        (0..classes).for_each(|c| pixel[c] = logits[c * area + at]);
        p.fill(0.0);
        softmax_into(&pixel, manifest.scores.calibration.temperature, &mut p);
        let weight = f64::from(ramp[at / chip.side] * ramp[at % chip.side]);
        let entry = masses.entry(chip.owner[at]).or_insert_with(|| (vec![0.0; classes], 0.0, 0));
        entry.0.iter_mut().zip(&p).for_each(|(sum, p)| *sum += weight * p);
        entry.1 += weight;
        entry.2 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_leaves_out_what_is_not_sure_enough_of_several_or_of_two() {
        let of = |choice: Choice, p: &[f32]| choice.of(p.len(), 2.0, |c| p[c] * 2.0);
        assert_eq!(of(Choice::Likeliest, &[0.3, 0.4, 0.3]), 1);
        assert_eq!(of(Choice::AtLeast(0.5), &[0.3, 0.4, 0.3]), 0, "none is sure enough");
        assert_eq!(of(Choice::AtLeast(0.35), &[0.3, 0.3, 0.4]), 2);
        assert_eq!(of(Choice::SecondFrom(0.3), &[0.6, 0.4]), 1, "less likely than not, and sure enough");
        assert_eq!(of(Choice::SecondFrom(0.7), &[0.4, 0.6]), 0);
    }
}
