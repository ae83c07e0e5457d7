//! Floods a picture from a place: which pixels are reached when a tolerance rises.
//!
//! Each pixel has a level: the least tolerance at which water from the seed reaches it. Levels are found in rising
//! order, only as far as was asked for, so that a drag which widens goes on where it was and one which narrows costs
//! nothing.

use std::sync::Arc;

use crate::composite::{Composite, GAP_PX, LARGEST, Level};
use crate::mask::{Mask, PixelBox};

/// What holds the flood back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloodForm {
    /// Colours that differ from the one where it begins.
    Color,
    /// Edges of what is seen, and borders of regions.
    Edges,
}

/// Not met yet.
const UNSEEN: u8 = 255;
/// Never entered: there is no picture.
const NOTHING: u8 = 254;
/// Never entered: another region is there.
const FENCE: u8 = 253;
/// Pixels that the flood goes on under a fence, so that it can be cut off at the very border of the region there.
const UNDER: usize = 2;
/// Pixels that the flood kept away from edges.
const UP_TO: usize = GAP_PX + 1;

/// A flood from a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Flood {
    picture: Arc<Composite>,
    form: FloodForm,
    seed: usize,
    /// By pixel: the level, or why there is none.
    levels: Vec<u8>,
    /// Pixels that were met and not gone on from, by their level.
    waiting: Vec<Vec<u32>>,
    /// Around the pixels of each level.
    boxes: Vec<Option<PixelBox>>,
    /// Up to here, this one not among them, all are found.
    done: usize,
    is_fenced: bool,
}

impl Flood {
    /// From a pixel; what is true in `fenced` (one for each pixel, or empty) is never entered.
    pub fn new(picture: Arc<Composite>, form: FloodForm, seed: usize, fenced: &[bool]) -> Self {
        let [width, height] = picture.size();
        let mut levels = vec![UNSEEN; width * height];
        for (level, fence) in levels.iter_mut().zip(fenced) {
            if *fence {
                *level = FENCE;
            }
        }
        let is_fenced = fenced.contains(&true);
        // A press beside an edge means what the edge encloses.
        let seed = match form {
            FloodForm::Edges => {
                let calm = picture.calmest_near(seed);
                if fenced.get(calm) == Some(&true) { seed } else { calm }
            }
            FloodForm::Color => seed,
        };
        let mut flood = Self {
            picture,
            form,
            seed,
            levels,
            waiting: vec![Vec::new(); usize::from(LARGEST) + 1],
            boxes: vec![None; usize::from(LARGEST) + 1],
            done: 0,
            is_fenced,
        };
        flood.meet(seed, 0);
        flood
    }

    fn meet(&mut self, pixel: usize, level: Level) {
        let width = self.picture.size()[0];
        self.levels[pixel] = level;
        self.waiting[usize::from(level)].push(pixel as u32);
        let place = &mut self.boxes[usize::from(level)];
        let at = [pixel % width, pixel / width];
        *place = Some(place.map_or(PixelBox::of(at), |known| known.with(at)));
    }

    /// What it costs to enter a pixel.
    fn cost(&self, pixel: usize) -> Option<Level> {
        match self.form {
            FloodForm::Color => self.picture.difference(pixel, self.seed),
            FloodForm::Edges => self.picture.edge(pixel),
        }
    }

    /// Finds all pixels up to a level.
    fn rise(&mut self, to: Level) {
        let [width, height] = self.picture.size();
        while self.done <= usize::from(to.min(LARGEST)) {
            let level = self.done as Level;
            while let Some(pixel) = self.waiting[self.done].pop() {
                let pixel = pixel as usize;
                let (x, y) = (pixel % width, pixel / width);
                let beside = [
                    (x > 0).then(|| pixel - 1),
                    (x + 1 < width).then(|| pixel + 1),
                    (y > 0).then(|| pixel - width),
                    (y + 1 < height).then(|| pixel + width),
                ];
                for next in beside.into_iter().flatten() {
                    if self.levels[next] != UNSEEN {
                        continue;
                    }
                    match self.cost(next) {
                        Some(cost) => self.meet(next, cost.max(level)),
                        None => self.levels[next] = NOTHING,
                    }
                }
            }
            self.done += 1;
        }
    }

    /// What is reached at a tolerance in the units of the user: hundredths of the way from black to white.
    pub fn reached(&mut self, tolerance: f64) -> Mask {
        let level = (tolerance.max(0.0) * crate::composite::LEVELS_PER_UNIT).min(f64::from(LARGEST)) as Level;
        self.rise(level);
        let width = self.picture.size()[0];
        let found = self.boxes[..=usize::from(level)].iter().flatten().copied().reduce(PixelBox::and);
        let around = found.unwrap_or_else(|| PixelBox::of([self.seed % width, self.seed / width]));
        let around = match self.form {
            FloodForm::Color => around,
            FloodForm::Edges => around.grown(UP_TO + UNDER, self.picture.size()),
        };
        let mut mask = Mask::empty(around);
        for (y, row) in around.rows().zip(mask.rows_mut()) {
            let from = &self.levels[y * width + around.left..];
            for (inside, found) in row.iter_mut().zip(from) {
                *inside = *found <= level;
            }
        }
        if self.form == FloodForm::Edges {
            // It kept away from edges to close their gaps: now it goes up to them.
            for _ in 0..UP_TO {
                mask.grow(|[x, y]| !matches!(self.levels[y * width + x], FENCE | NOTHING));
            }
        }
        mask
    }

    /// The same with a little of what lies beyond the fences that it touches.
    pub fn under_fences(&self, mask: &mut Mask) {
        let width = self.picture.size()[0];
        for _ in 0..UNDER * usize::from(self.is_fenced) {
            mask.grow(|[x, y]| self.levels[y * width + x] == FENCE);
        }
    }

    /// Column and row of the pixel where it begins.
    pub fn seed(&self) -> [usize; 2] {
        let width = self.picture.size()[0];
        [self.seed % width, self.seed / width]
    }

    /// Regions hold it back.
    pub fn is_fenced(&self) -> bool {
        self.is_fenced
    }

    pub fn picture(&self) -> &Arc<Composite> {
        &self.picture
    }
}
