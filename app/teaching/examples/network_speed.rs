//! How long a network takes to answer and to learn on the processor, beside other programs on the same numbers:
//! `network_speed FAMILY SIZE WEIGHTS.safetensors INPUTS CLASSES SIDE BATCH ROUNDS` prints JSON: the seconds of each answer to a
//! batch of pixels by formula, samples of the answer, and the seconds of each epoch of eight batches. Threads: RAYON_NUM_THREADS.
//! `tests/peers/networks.py` runs it beside PyTorch and ONNX Runtime.
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::path::Path;
use std::time::Instant;

use farseg::FarSegFamily;
use learning::{
    Augment, Chip, ChipSource, Course, Engine, Family, Kind, LearningError, Lesson, NetShape, News, Normal,
    Watch, pattern,
};
use unet::UNetFamily;

type Failure = Box<dyn std::error::Error>;

/// Batches that are learnt from in an epoch.
const BATCHES: usize = 8;
const USAGE: &str = "usage: network_speed FAMILY SIZE WEIGHTS INPUTS CLASSES SIDE BATCH ROUNDS";

/// Chips of numbers by formula.
struct Chips {
    shape: NetShape,
    side: usize,
    counts: Vec<Vec<u64>>,
}

impl Chips {
    fn new(shape: &NetShape, side: usize, many: usize) -> Self {
        let each = (side * side / shape.classes) as u64;
        Self { shape: shape.clone(), side, counts: vec![vec![each; shape.classes]; many] }
    }
}

impl ChipSource for Chips {
    fn len(&self) -> usize {
        self.counts.len()
    }

    fn counts(&self, index: usize) -> &[u64] {
        &self.counts[index]
    }

    fn chip(&self, index: usize) -> Result<Chip, LearningError> {
        let area = self.side * self.side;
        let mut chip = Chip::empty(self.side, self.shape.inputs);
        chip.pixels = pattern(2000 + index as u32, area * self.shape.inputs);
        chip.valid = vec![true; area];
        chip.owner = vec![0; area];
        chip.target = (0..area).map(|at| (at * self.shape.classes / area) as u8).collect();
        Ok(chip)
    }
}

/// Seconds of each epoch.
fn learn(family: &dyn Family, chips: &Chips, batch: usize, rounds: usize) -> Result<Vec<f64>, LearningError> {
    let held_out = Chips::new(&chips.shape, chips.side, 1);
    let course = Course {
        epochs: rounds,
        batch,
        chips_per_epoch: BATCHES * batch,
        rate: 1e-4,
        decay: 1e-4,
        patience: rounds,
        seed: 1,
        augment: Augment::NONE,
    };
    let normal = Normal { mean: vec![0.0; chips.shape.inputs], spread: vec![1.0; chips.shape.inputs] };
    let lesson = Lesson {
        shape: &chips.shape,
        kind: Kind::Pixels,
        normal: &normal,
        chips,
        held_out: &held_out,
        class_weights: &vec![1.0; chips.shape.classes],
        course: &course,
        start: None,
        checkpoint: None,
    };
    let mut seconds = Vec::new();
    let mut tell = |news: News<'_>| {
        if let News::Epoch(epoch) = news {
            seconds.push(epoch.seconds);
        }
    };
    family.teach(&lesson, &Engine::processor(), &mut Watch { stop: &|| false, tell: &mut tell })?;
    Ok(seconds)
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, size, weights, numbers @ ..] = args.as_slice() else { return Err(USAGE.into()) };
    let numbers = numbers.iter().map(|n| n.parse()).collect::<Result<Vec<usize>, _>>()?;
    let [inputs, classes, side, batch, rounds] = numbers[..] else { return Err(USAGE.into()) };
    let family: &dyn Family = match name.as_str() {
        "unet" => &UNetFamily,
        "farseg" => &FarSegFamily,
        other => return Err(format!("there is no family called {other} here").into()),
    };
    let shape = NetShape { size: size.clone(), inputs, classes };
    let net = family.open(&shape, family.adopt(&shape, Path::new(weights))?, &Engine::processor())?;
    let pixels = pattern(1000, batch * inputs * side * side);
    let mut answers = Vec::new();
    let mut last = net.logits(pixels.clone(), batch, side)?;
    for _ in 0..rounds {
        let given = pixels.clone();
        let start = Instant::now();
        last = net.logits(given, batch, side)?;
        answers.push(start.elapsed().as_secs_f64());
    }
    let step = (last.len() / 1000).max(1);
    let samples: Vec<f32> = last.iter().step_by(step).copied().collect();
    let epochs = learn(family, &Chips::new(&shape, side, BATCHES * batch), batch, rounds.min(3))?;
    println!(
        "{{\"answers\": {answers:?}, \"step\": {step}, \"samples\": {samples:?}, \"epochs\": {epochs:?}}}"
    );
    Ok(())
}
