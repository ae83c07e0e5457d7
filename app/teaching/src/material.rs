//! The chips that a network learns from, and those that are held out.

use geo::Coord;
use learning::{Chip, ChipSource, Ground as _, IGNORED, Kind, LearningError};

use crate::split::middle;
use crate::{Field, Sides};

/// Chips of one side of a split.
#[derive(Debug)]
pub struct LayerChips<'a> {
    fields: &'a [Field],
    sides: &'a Sides,
    kind: Kind,
    held_out: bool,
    side_px: usize,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    field: usize,
    x: i64,
    y: i64,
    counts: Vec<u64>,
}

/// What is learnt from and what is held out.
#[derive(Debug)]
pub struct Material<'a> {
    pub chips: LayerChips<'a>,
    pub held_out: LayerChips<'a>,
}

impl<'a> Material<'a> {
    /// Chips wherever something is labelled: those to learn from overlap by half; those held out do not, so that each
    /// pixel is asked once.
    pub fn new(fields: &'a [Field], sides: &'a Sides, kind: Kind, classes: usize, chip_px: usize) -> Self {
        let make = |held_out: bool, step: usize| {
            let mut chips =
                LayerChips { fields, sides, kind, held_out, side_px: chip_px, places: Vec::new() };
            chips.find(classes, step);
            chips
        };
        Self { chips: make(false, (chip_px / 2).max(1)), held_out: make(true, chip_px) }
    }
}

impl LayerChips<'_> {
    fn find(&mut self, classes: usize, step: usize) {
        let side = self.side_px;
        for (number, field) in self.fields.iter().enumerate() {
            let (width, height) = field.size();
            // The last chip of a row ends where the layer does, unless each pixel is wanted once.
            let starts = |length: usize| -> Vec<i64> {
                (0..length.max(1)).step_by(step).map(|start| start as i64).collect()
            };
            for y in starts(height) {
                for x in starts(width) {
                    if field.shapes_in(x, y, side).iter().all(|at| field.shapes()[*at].class.is_none()) {
                        continue;
                    }
                    let (mut target, owner) = field.burnt(x, y, side);
                    self.mask(number, (x, y), &mut target, &owner);
                    let mut counts = vec![0_u64; classes];
                    target.iter().filter(|t| **t != IGNORED).for_each(|t| counts[usize::from(*t)] += 1);
                    // A chip of nothing but what no region claims teaches little and there are many.
                    let claimed = (0..target.len()).any(|at| target[at] != IGNORED && owner[at] > 0);
                    if claimed {
                        self.places.push(Place { field: number, x, y, counts });
                    }
                }
            }
        }
    }

    /// Takes out of the targets what is on the other side: of regions by their middle, of what no region claims by the
    /// pixel itself.
    fn mask(&self, field: usize, (x, y): (i64, i64), target: &mut [u8], owner: &[u32]) {
        let shapes = self.fields[field].shapes();
        let mut known: Vec<(u32, bool)> = Vec::new();
        for at in 0..target.len() {
            if target[at] == IGNORED {
                continue;
            }
            let ours = match (self.kind, owner[at]) {
                (Kind::Regions, 0) => false,
                (Kind::Regions, owner) => {
                    let found = known.iter().find(|(o, _)| *o == owner).map(|(_, ours)| *ours);
                    found.unwrap_or_else(|| {
                        let middle = middle(&shapes[owner as usize - 1]);
                        let ours = middle.is_some_and(|m| self.sides.is_held(field, m) == self.held_out);
                        known.push((owner, ours));
                        ours
                    })
                }
                (Kind::Pixels, _) => {
                    let place = Coord {
                        x: x as f64 + (at % self.side_px) as f64 + 0.5,
                        y: y as f64 + (at / self.side_px) as f64 + 0.5,
                    };
                    self.sides.is_held(field, place) == self.held_out
                }
            };
            if !ours {
                target[at] = IGNORED;
            }
        }
    }

    /// Labelled regions of this side.
    pub fn regions(&self) -> usize {
        let ours = |(number, field): (usize, &Field)| {
            let labelled = field.shapes().iter().filter(|shape| shape.class.is_some());
            labelled.filter_map(middle).filter(|m| self.sides.is_held(number, *m) == self.held_out).count()
        };
        self.fields.iter().enumerate().map(ours).sum()
    }

    /// How much a pixel of each class counts: the rarer the more, by the root of how rare it is, one in the mean.
    pub fn class_weights(&self, classes: usize) -> Vec<f32> {
        let mut totals = vec![0.0_f64; classes];
        match self.kind {
            Kind::Pixels => {
                for place in &self.places {
                    totals.iter_mut().zip(&place.counts).for_each(|(sum, n)| *sum += *n as f64);
                }
            }
            Kind::Regions => {
                for (number, field) in self.fields.iter().enumerate() {
                    for shape in field.shapes() {
                        let ours =
                            middle(shape).is_some_and(|m| self.sides.is_held(number, m) == self.held_out);
                        if let (true, Some(class)) = (ours, shape.class) {
                            totals[usize::from(class)] += 1.0;
                        }
                    }
                }
            }
        }
        let weight = |n: &f64| if *n > 0.0 { 1.0 / n.sqrt() } else { 0.0 };
        let weights: Vec<f64> = totals.iter().map(weight).collect();
        let there = weights.iter().filter(|w| **w > 0.0).count().max(1) as f64;
        let mean = weights.iter().sum::<f64>() / there;
        weights.iter().map(|w| (w / mean.max(1e-12)) as f32).collect()
    }
}

impl ChipSource for LayerChips<'_> {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn counts(&self, index: usize) -> &[u64] {
        &self.places[index].counts
    }

    fn chip(&self, index: usize) -> Result<Chip, LearningError> {
        let Place { field, x, y, .. } = &self.places[index];
        let mut chip = self.fields[*field].chip(*x, *y, self.side_px)?;
        let mut target = std::mem::take(&mut chip.target);
        self.mask(*field, (*x, *y), &mut target, &chip.owner);
        chip.target = target;
        // Regions of different layers must not be taken for one.
        let before: usize = self.fields[..*field].iter().map(|f| f.shapes().len()).sum();
        chip.owner.iter_mut().filter(|o| **o > 0).for_each(|o| *o += before as u32);
        Ok(chip)
    }
}
