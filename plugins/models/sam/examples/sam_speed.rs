//! How long a network of the family takes to look at a picture and to answer a click, for `tests/peers/sam.py`.
//!
//!     sam_speed WEIGHTS PIXELS ROUNDS [gpu]
//!
//! `PIXELS` are red, green and blue of 0 to 255 as little-endian floats, band after band, of a square picture. Prints JSON:
//! milliseconds of each round, and what was said, so that it can be compared. `RAYON_NUM_THREADS` says on how many threads.

#![expect(clippy::print_stdout, reason = "its result")]

use std::path::Path;
use std::time::Instant;

use learning::renderer::{Gpu, GpuPreference};
use learning::{Engine, LearningError};
use sam::{Picture, Prompt, Segmenter};

/// Every so many numbers are printed.
const STEP: usize = 997;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [weights, pixels, rounds, rest @ ..] = &arguments[..] else {
        return Err("usage: sam_speed WEIGHTS PIXELS ROUNDS [gpu]".into());
    };
    let engine = match rest.first() {
        Some(_) => Engine::on(&Gpu::headless(&GpuPreference::Fastest)?)?,
        None => Engine::processor(),
    };
    let net = Segmenter::open(Path::new(weights), &engine)?;
    let values: Vec<f32> = std::fs::read(pixels)?
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        .collect();
    let side = (values.len() / 3).isqrt();
    let picture = Picture::new(side, side, 3, &values)?;
    let middle = side as f32 / 2.0;
    let prompt = Prompt { points: vec![([middle, middle], true)], around: None };
    let (mut looking, mut answering) = (Vec::new(), Vec::new());
    let mut said = None;
    for _ in 0..rounds.parse::<usize>()?.max(1) {
        let began = Instant::now();
        let features = net.encode(&picture, &mut |_| true)?;
        looking.push(began.elapsed().as_secs_f64() * 1e3);
        let began = Instant::now();
        let candidates = net.ask(&features, &prompt, None)?;
        answering.push(began.elapsed().as_secs_f64() * 1e3);
        said = Some((features, candidates));
    }
    let (features, candidates) = said.ok_or_else(|| LearningError::refused("no round", "ask for one"))?;
    let sample = |values: &[f32]| values.iter().step_by(STEP).copied().collect::<Vec<f32>>();
    println!(
        "{}",
        serde_json::json!({
            "network": net.shape().name(),
            "device": engine.name(),
            "encode_ms": looking,
            "decode_ms": answering,
            "features": sample(&features.numbers()),
            "masks": candidates.iter().map(|one| (one.quality, sample(&one.logits))).collect::<Vec<_>>(),
        })
    );
    Ok(())
}
