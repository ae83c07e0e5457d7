//! What a network says of chips that it has not learnt from.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};

use crate::chip::{ChipSource, IGNORED, Normal};
use crate::intervals::Unit;
use crate::network::Network;
use crate::scores::{Case, Confusion, most, softmax_into};
use crate::self_test::read;
use crate::train::Kind;
use crate::{LearningError, engine::guarded};

/// The most pixels that a temperature is found by, and the most of one region.
const CASES: usize = 20_000;
const PIXELS_OF_A_REGION: usize = 32;

/// What came out.
#[derive(Clone, Debug)]
pub(crate) struct Exam {
    pub(crate) confusion: Confusion,
    /// Mean negative log probability of what is right.
    pub(crate) loss: f64,
    pub(crate) cases: Vec<Case>,
    /// The confusion again, chip by chip or region by region.
    pub(crate) units: Vec<Unit>,
}

/// How it is asked.
pub(crate) struct Questions<'a> {
    pub(crate) kind: Kind,
    pub(crate) normal: &'a Normal,
    pub(crate) classes: usize,
    pub(crate) batch: usize,
    pub(crate) temperature: f64,
    pub(crate) device: &'a Device,
}

/// What is known of a region so far: the class that it is, and the sum of what its pixels say.
struct Pooled {
    class: usize,
    mass: Vec<f64>,
    pixels: f64,
    case: Vec<f32>,
}

struct Tally<'a> {
    questions: &'a Questions<'a>,
    confusion: Confusion,
    loss: f64,
    count: f64,
    every: usize,
    seen: usize,
    cases: Vec<Case>,
    units: Vec<Unit>,
    regions: BTreeMap<u32, Pooled>,
}

/// Asks a network about chips. `stop` ends it early with [`LearningError::Stopped`].
pub(crate) fn examine<N: Network>(
    net: &N,
    chips: &dyn ChipSource,
    questions: &Questions<'_>,
    stop: &dyn Fn() -> bool,
) -> Result<Exam, LearningError> {
    let labelled: u64 = (0..chips.len()).map(|i| chips.counts(i).iter().sum::<u64>()).sum();
    let mut tally = Tally {
        questions,
        confusion: Confusion::new(questions.classes),
        loss: 0.0,
        count: 0.0,
        every: (labelled as usize / CASES).max(1),
        seen: 0,
        cases: Vec::new(),
        units: Vec::new(),
        regions: BTreeMap::new(),
    };
    for first in (0..chips.len()).step_by(questions.batch.max(1)) {
        if stop() {
            return Err(LearningError::Stopped);
        }
        let range = first..(first + questions.batch.max(1)).min(chips.len());
        let read_chips = range.map(|i| chips.chip(i)).collect::<Result<Vec<_>, _>>()?;
        let side = read_chips[0].side;
        let show = questions.kind == Kind::Regions;
        let channels: Vec<f32> =
            read_chips.iter().flat_map(|chip| questions.normal.channels(chip, show)).collect();
        let inputs = channels.len() / (side * side * read_chips.len());
        let logits = guarded(|| {
            let shape = [read_chips.len(), inputs, side, side];
            read(net.forward(Tensor::from_data(TensorData::new(channels, shape), questions.device)))
        })?;
        let of_one = questions.classes * side * side;
        for (chip, logits) in read_chips.iter().zip(logits.chunks_exact(of_one)) {
            tally.take(&chip.target, &chip.owner, logits);
        }
    }
    Ok(tally.finish())
}

impl Tally<'_> {
    fn take(&mut self, target: &[u8], owner: &[u32], logits: &[f32]) {
        let (classes, area) = (self.questions.classes, target.len());
        let mut pixel = vec![0.0; classes];
        let mut p = vec![0.0; classes];
        let mut unit: BTreeMap<(u8, u8), u64> = BTreeMap::new();
        for (at, class) in target.iter().enumerate().filter(|(_, class)| **class != IGNORED) {
            (0..classes).for_each(|c| pixel[c] = logits[c * area + at]);
            p.fill(0.0);
            softmax_into(&pixel, self.questions.temperature, &mut p);
            let class = usize::from(*class);
            if self.questions.kind == Kind::Regions {
                let fresh = || Pooled { class, mass: vec![0.0; classes], pixels: 0.0, case: Vec::new() };
                let region = self.regions.entry(owner[at]).or_insert_with(fresh);
                region.mass.iter_mut().zip(&p).for_each(|(sum, p)| *sum += p);
                region.pixels += 1.0;
                // Every seventh pixel, so that a case is not one corner of a roof.
                let full = region.case.len() >= PIXELS_OF_A_REGION * classes;
                if !full && (region.pixels as usize) % 7 == 1 {
                    region.case.extend(&pixel);
                }
                continue;
            }
            self.confusion.add(class, most(&p));
            *unit.entry((class as u8, most(&p) as u8)).or_default() += 1;
            self.loss -= p[class].max(1e-12).ln();
            self.count += 1.0;
            self.seen += 1;
            if self.seen.is_multiple_of(self.every) {
                self.cases.push(Case { logits: pixel.clone(), class });
            }
        }
        if !unit.is_empty() {
            self.units.push(unit.into_iter().map(|((is, said), count)| (is, said, count)).collect());
        }
    }

    fn finish(mut self) -> Exam {
        for region in std::mem::take(&mut self.regions).into_values() {
            let said = most(&region.mass);
            self.confusion.add(region.class, said);
            self.units.push(vec![(region.class as u8, said as u8, 1)]);
            self.loss -= (region.mass[region.class] / region.pixels).max(1e-12).ln();
            self.count += 1.0;
            self.cases.push(Case { logits: region.case, class: region.class });
        }
        let loss = self.loss / self.count.max(1.0);
        Exam { confusion: self.confusion, loss, cases: self.cases, units: self.units }
    }
}
