//! Teaching a network: batches, steps, looks at what is held out, checkpoints.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData, activation};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::augment::{Augment, augmented};
use crate::checkpoint::{self, Checkpoint};
use crate::chip::{Chip, ChipSource, IGNORED, Normal};
use crate::engine::guarded;
use crate::examine::{Exam, Questions, examine};
use crate::intervals::{Intervals, intervals};
use crate::model::sha256;
use crate::network::{Architecture, Network, initialised, weights_of, with_weights};
use crate::optimiser::AdamW;
use crate::scores::{Bin, Calibration, Confusion, calibrate, reliability};
use crate::self_test::read;
use crate::{Engine, LearningError, NetShape};

/// Bytes of chips that are kept in memory between epochs; what is beyond is read anew.
const CHIPS_KEPT: usize = 1 << 29;

/// What is asked: a class for each pixel, or one for each region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A class for each pixel.
    Pixels,
    /// A class for each region: the network sees where regions are, only their pixels count, and what they say is
    /// summed up over the region (the masked tower of CRASAR-U-DROIDs).
    Regions,
}

/// How it is taught.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    pub epochs: usize,
    pub batch: usize,
    /// Chips that are drawn for an epoch, by need of their classes.
    pub chips_per_epoch: usize,
    /// The highest rate of learning; it rises over the first twentieth and falls as a cosine.
    pub rate: f64,
    pub decay: f64,
    /// Epochs without a better held-out score after which it ends.
    pub patience: usize,
    pub seed: u64,
    pub augment: Augment,
}

/// Everything that a training needs.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "chips have nothing to print")]
pub struct Lesson<'a> {
    pub shape: &'a NetShape,
    pub kind: Kind,
    pub normal: &'a Normal,
    pub chips: &'a dyn ChipSource,
    /// Never learnt from.
    pub held_out: &'a dyn ChipSource,
    /// How much a pixel of each class counts.
    pub class_weights: &'a [f32],
    pub course: &'a Course,
    /// Weights to begin with, as [`Family::adopt`](crate::Family::adopt) gives them; else they come from the seed.
    pub start: Option<&'a [u8]>,
    /// Where to keep what was reached after each epoch; where it is kept, training goes on from there.
    pub checkpoint: Option<&'a Path>,
}

/// One epoch, as curves show it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub number: usize,
    /// Mean loss while learning.
    pub loss: f64,
    /// Mean negative log probability of what is right on what is held out.
    pub held_out_loss: f64,
    pub macro_f1: f64,
    #[serde(default)]
    pub mean_iou: f64,
    pub seconds: f64,
}

/// What a training tells while it runs.
#[derive(Clone, Copy, Debug)]
pub enum News<'a> {
    /// So many chips of this epoch (from 1) are learnt.
    Chips {
        epoch: usize,
        done: usize,
        of: usize,
    },
    Epoch(&'a Epoch),
}

/// Who looks on.
#[expect(missing_debug_implementations, reason = "closures have nothing to print")]
pub struct Watch<'a> {
    /// True when it should stop.
    pub stop: &'a dyn Fn() -> bool,
    pub tell: &'a mut dyn FnMut(News<'_>),
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Taught {
    /// A safetensors file: the weights of the best epoch.
    pub weights: Vec<u8>,
    pub epochs: Vec<Epoch>,
    /// The number of the best epoch.
    pub best: usize,
    /// Of the best epoch on what is held out, with its temperature.
    pub confusion: Confusion,
    pub calibration: Calibration,
    /// How honest its probabilities are, before and after the temperature.
    pub reliability: [Vec<Bin>; 2],
    /// How far the scores can be trusted, where enough was held out to say.
    pub intervals: Option<Intervals>,
}

/// Trains a network of a family.
pub(crate) fn teach<A: Architecture>(
    lesson: &Lesson<'_>,
    engine: &Engine,
    watch: &mut Watch<'_>,
) -> Result<Taught, LearningError> {
    check(lesson)?;
    let mut school: School<'_, A::Net> = School::begin::<A>(lesson, engine)?;
    // Of a training that is taken up again, curves begin where it began.
    for epoch in &school.epochs {
        (watch.tell)(News::Epoch(epoch));
    }
    while school.at < lesson.course.epochs && !school.is_tired() {
        school.epoch(watch)?;
    }
    school.finish(watch)
}

fn check(lesson: &Lesson<'_>) -> Result<(), LearningError> {
    let classes = lesson.shape.classes;
    let mut there = vec![0_u64; classes];
    for chip in 0..lesson.chips.len() {
        there.iter_mut().zip(lesson.chips.counts(chip)).for_each(|(sum, n)| *sum += n);
    }
    if there.iter().filter(|n| **n > 0).count() < 2 {
        return Err(LearningError::refused(
            "There are not two classes to tell apart in what there is to learn from",
            "label regions of at least two classes, or choose another split",
        ));
    }
    if lesson.held_out.is_empty() {
        return Err(LearningError::refused(
            "Nothing is held out to judge the model by",
            "label more regions, or choose smaller blocks for the split",
        ));
    }
    Ok(())
}

struct School<'a, N> {
    lesson: &'a Lesson<'a>,
    device: Device,
    engine: Engine,
    net: Option<N>,
    optimiser: AdamW,
    /// Epochs done.
    at: usize,
    epochs: Vec<Epoch>,
    best: Vec<u8>,
    chips: Kept<'a>,
    held_out: Kept<'a>,
    /// How much each chip is wanted, summed up.
    wanted: Vec<f64>,
}

impl<'a, N: Network> School<'a, N> {
    fn begin<A: Architecture<Net = N>>(
        lesson: &'a Lesson<'a>,
        engine: &Engine,
    ) -> Result<Self, LearningError> {
        let device = engine.training();
        let course = lesson.course;
        let net = guarded(|| {
            let net = initialised(A::build(lesson.shape, &device)?, course.seed);
            match lesson.start {
                Some(start) => with_weights(net, start.to_vec()),
                None => Ok(net),
            }
        })?;
        let mut school = Self {
            net: Some(net),
            optimiser: AdamW::new(course.decay),
            at: 0,
            epochs: Vec::new(),
            best: Vec::new(),
            chips: Kept::new(lesson.chips),
            held_out: Kept::new(lesson.held_out),
            wanted: wanted(lesson.chips, lesson.shape.classes),
            engine: engine.clone(),
            device,
            lesson,
        };
        let Some(folder) = lesson.checkpoint else { return Ok(school) };
        if let Some(saved) = checkpoint::read(folder, &fingerprint(lesson))? {
            let inner = engine.device().clone();
            let taken_up = AdamW::resumed(course.decay, &saved.moments, &inner);
            school.optimiser = taken_up.ok_or_else(|| checkpoint::broken(folder))?;
            let net = school.net.take();
            school.net = net.map(|net| guarded(|| with_weights(net, saved.weights))).transpose()?;
            school.at = saved.epochs.len();
            (school.epochs, school.best) = (saved.epochs, saved.best);
        }
        Ok(school)
    }

    /// True when it has not become better for long.
    fn is_tired(&self) -> bool {
        let best = best_of(&self.epochs).map_or(0, |e| e.number);
        self.at.saturating_sub(best) >= self.lesson.course.patience.max(1) && self.at > 0
    }

    fn epoch(&mut self, watch: &mut Watch<'_>) -> Result<(), LearningError> {
        let started = Instant::now();
        let course = self.lesson.course;
        // Each epoch has its own chance, so that one taken up again is the one that would have been.
        let mut chance = ChaCha8Rng::seed_from_u64(course.seed ^ (self.at as u64 + 1).rotate_left(32));
        let drawn: Vec<usize> = (0..course.chips_per_epoch).map(|_| self.draw(&mut chance)).collect();
        let batches = drawn.len().div_ceil(course.batch.max(1));
        let mut losses = 0.0;
        for (number, batch) in drawn.chunks(course.batch.max(1)).enumerate() {
            if (watch.stop)() {
                return Err(LearningError::Stopped);
            }
            let chips = batch
                .iter()
                .map(|i| Ok(augmented(&self.chips.chip(*i)?, &course.augment, &mut chance)))
                .collect::<Result<Vec<Chip>, LearningError>>()?;
            let share = (self.at * batches + number) as f64 / (course.epochs * batches).max(1) as f64;
            losses += self.step(&chips, course.rate * pace(share))?;
            let done = ((number + 1) * course.batch).min(drawn.len());
            (watch.tell)(News::Chips { epoch: self.at + 1, done, of: drawn.len() });
        }
        let exam = self.examine(1.0, watch.stop)?;
        self.at += 1;
        let epoch = Epoch {
            number: self.at,
            loss: losses / batches.max(1) as f64,
            held_out_loss: exam.loss,
            macro_f1: exam.confusion.macro_f1(),
            mean_iou: exam.confusion.mean_iou(),
            seconds: started.elapsed().as_secs_f64(),
        };
        self.epochs.push(epoch);
        if best_of(&self.epochs).is_some_and(|best| best.number == epoch.number) {
            self.best = self.weights()?;
        }
        self.keep()?;
        (watch.tell)(News::Epoch(&epoch));
        Ok(())
    }

    /// A chip: every second one by chance, the others by need.
    fn draw(&self, chance: &mut ChaCha8Rng) -> usize {
        let (by_need, at) = (chance.random::<f32>() < 0.5, chance.random::<f64>());
        let last = self.wanted.len() - 1;
        if by_need {
            let wanted = at * self.wanted[last];
            self.wanted.partition_point(|sum| *sum <= wanted).min(last)
        } else {
            ((at * self.wanted.len() as f64) as usize).min(last)
        }
    }

    fn step(&mut self, chips: &[Chip], rate: f64) -> Result<f64, LearningError> {
        let lesson = self.lesson;
        let (classes, side) = (lesson.shape.classes, chips[0].side);
        let show = lesson.kind == Kind::Regions;
        let channels: Vec<f32> = chips.iter().flat_map(|chip| lesson.normal.channels(chip, show)).collect();
        let weights: Vec<f32> = chips.iter().flat_map(|chip| weights(chip, lesson)).collect();
        let total: f32 = weights.iter().sum();
        if total <= 0.0 {
            return Ok(0.0);
        }
        let net = self.net.take().ok_or_else(lost)?;
        let (net, loss) = guarded(|| {
            let shape = [chips.len(), lesson.shape.inputs, side, side];
            let pixels = Tensor::<4>::from_data(TensorData::new(channels, shape), &self.device);
            let shape = [chips.len(), classes, side, side];
            let weights = Tensor::<4>::from_data(TensorData::new(weights, shape), &self.device);
            let said = activation::log_softmax(net.forward(pixels), 1);
            let loss = (said * weights).sum().neg().div_scalar(total);
            let value = read(loss.clone().inner())?;
            let net = self.optimiser.step(rate, net, loss.backward());
            Ok((net, f64::from(value[0])))
        })?;
        self.net = Some(net);
        if !loss.is_finite() {
            return Err(LearningError::refused(
                "The loss is no number any more",
                "choose a smaller --rate, and look for values in the imagery that are no numbers",
            ));
        }
        Ok(loss)
    }

    fn net(&self) -> Result<&N, LearningError> {
        self.net.as_ref().ok_or_else(lost)
    }

    fn weights(&self) -> Result<Vec<u8>, LearningError> {
        let net = self.net()?;
        guarded(|| weights_of(&net.valid()))
    }

    fn examine(&self, temperature: f64, stop: &dyn Fn() -> bool) -> Result<Exam, LearningError> {
        let lesson = self.lesson;
        let questions = Questions {
            kind: lesson.kind,
            normal: lesson.normal,
            classes: lesson.shape.classes,
            batch: lesson.course.batch,
            temperature,
            device: self.engine.device(),
        };
        let net = self.net()?;
        let net = guarded(|| Ok(net.valid()))?;
        examine(&net, &self.held_out, &questions, stop)
    }

    fn keep(&self) -> Result<(), LearningError> {
        let Some(folder) = self.lesson.checkpoint else { return Ok(()) };
        let saved = Checkpoint {
            weights: self.weights()?,
            moments: self.optimiser.state()?,
            best: self.best.clone(),
            epochs: self.epochs.clone(),
        };
        checkpoint::write(folder, &fingerprint(self.lesson), &saved)
    }

    fn finish(mut self, watch: &mut Watch<'_>) -> Result<Taught, LearningError> {
        let best = best_of(&self.epochs).map_or(0, |e| e.number);
        let net = self.net.take().ok_or_else(lost)?;
        self.net = Some(guarded(|| with_weights(net, self.best.clone()))?);
        let exam = self.examine(1.0, watch.stop)?;
        let classes = self.lesson.shape.classes;
        let calibration = calibrate(&exam.cases, classes);
        let reliability = [1.0, calibration.temperature].map(|t| reliability(&exam.cases, classes, t));
        // The temperature moves what pixels of a region say together, never what one pixel says first.
        let exam = match self.lesson.kind {
            Kind::Pixels => exam,
            Kind::Regions => self.examine(calibration.temperature, watch.stop)?,
        };
        let intervals = intervals(&exam.units, classes, self.lesson.course.seed);
        let (weights, epochs, confusion) = (self.best, self.epochs, exam.confusion);
        Ok(Taught { weights, epochs, best, confusion, calibration, reliability, intervals })
    }
}

/// Chips that stay in memory once they were read, as far as there is room.
struct Kept<'a> {
    source: &'a dyn ChipSource,
    chips: Mutex<(HashMap<usize, Chip>, usize)>,
}

impl<'a> Kept<'a> {
    fn new(source: &'a dyn ChipSource) -> Self {
        Self { source, chips: Mutex::default() }
    }
}

impl ChipSource for Kept<'_> {
    fn len(&self) -> usize {
        self.source.len()
    }

    fn counts(&self, index: usize) -> &[u64] {
        self.source.counts(index)
    }

    fn chip(&self, index: usize) -> Result<Chip, LearningError> {
        let mut kept = self.chips.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chip) = kept.0.get(&index) {
            return Ok(chip.clone());
        }
        let chip = self.source.chip(index)?;
        if kept.1 + chip.bytes() <= CHIPS_KEPT {
            kept.1 += chip.bytes();
            kept.0.insert(index, chip.clone());
        }
        Ok(chip)
    }
}

fn lost() -> LearningError {
    LearningError::Device("the network was lost when a step failed".into())
}

/// The best epoch: the highest macro F1, of equals the one with the smaller loss.
fn best_of(epochs: &[Epoch]) -> Option<&Epoch> {
    epochs
        .iter()
        .max_by(|a, b| a.macro_f1.total_cmp(&b.macro_f1).then(b.held_out_loss.total_cmp(&a.held_out_loss)))
}

/// Which share of the highest rate to go by: up over the first twentieth, then down as a cosine.
fn pace(share: f64) -> f64 {
    const RISE: f64 = 0.05;
    if share < RISE {
        return (share / RISE).max(0.1);
    }
    let down = (share - RISE) / (1.0 - RISE);
    0.01 + 0.99 * 0.5 * (1.0 + (std::f64::consts::PI * down).cos())
}

/// How much each chip is wanted, summed up: each class wants as much as the others, of the chips that have it.
fn wanted(chips: &dyn ChipSource, classes: usize) -> Vec<f64> {
    let mut totals = vec![0.0; classes];
    for chip in 0..chips.len() {
        totals.iter_mut().zip(chips.counts(chip)).for_each(|(sum, n)| *sum += *n as f64);
    }
    let need = |chip| {
        let shares = chips.counts(chip).iter().zip(&totals).filter(|(_, total)| **total > 0.0);
        shares.map(|(n, total)| *n as f64 / total).sum::<f64>()
    };
    let sums = (0..chips.len()).scan(0.0, |sum, chip| {
        *sum += need(chip);
        Some(*sum)
    });
    sums.collect()
}

/// How much each pixel counts in the plane of its class, class after class. Of a region all pixels together count as
/// much as a pixel of a class would, so that large roofs do not drown small ones.
fn weights(chip: &Chip, lesson: &Lesson<'_>) -> Vec<f32> {
    let area = chip.side * chip.side;
    let mut planes = vec![0.0; area * lesson.shape.classes];
    let mut sizes: HashMap<u32, f32> = HashMap::new();
    if lesson.kind == Kind::Regions {
        for owner in &chip.owner {
            *sizes.entry(*owner).or_default() += 1.0;
        }
    }
    for (at, class) in chip.target.iter().enumerate().filter(|(_, class)| **class != IGNORED) {
        let share = match lesson.kind {
            Kind::Pixels => 1.0,
            Kind::Regions => 1.0 / sizes.get(&chip.owner[at]).copied().unwrap_or(1.0),
        };
        let class = usize::from(*class);
        planes[class * area + at] = lesson.class_weights[class] * share;
    }
    planes
}

/// What must be alike for a training to be taken up again.
fn fingerprint(lesson: &Lesson<'_>) -> String {
    let course = Course { epochs: 0, patience: 0, ..lesson.course.clone() };
    format!(
        "{:?} {:?} {:?} {:?} {:?} {} {} {}",
        lesson.shape,
        lesson.kind,
        lesson.normal,
        lesson.class_weights,
        course,
        lesson.chips.len(),
        lesson.held_out.len(),
        lesson.start.map(sha256).unwrap_or_default()
    )
}
