//! Asks an ONNX model about tiles in a file, for comparisons with other programs (`tests/peers/onnx_models.py`).
//!
//! `onnx_ask MODEL.onnx PIXELS BATCH SIDE ROUNDS OUT`: PIXELS and OUT are 32-bit floats, little endian, `[batch, bands, side,
//! side]` as samples lie in a file and `[batch, classes, side, side]` of probabilities. Prints seconds of each round.

use std::path::Path;
use std::time::Instant;

use learning::Chip;
use onnx::Described;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, pixels, batch, side, rounds, out] = arguments.as_slice() else {
        return Err("onnx_ask MODEL.onnx PIXELS BATCH SIDE ROUNDS OUT".into());
    };
    let (batch, side, rounds): (usize, usize, usize) = (batch.parse()?, side.parse()?, rounds.parse()?);
    let described = Described::read(Path::new(model))?;
    let bytes = std::fs::read(pixels)?;
    let samples: Vec<f32> =
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let of_one = described.bands * side * side;
    if samples.len() != batch * of_one {
        return Err(format!("{} samples where {} are expected", samples.len(), batch * of_one).into());
    }
    let normal = described.manifest().normal;
    let seen: Vec<f32> = samples
        .chunks_exact(of_one)
        .flat_map(|pixels| {
            let valid = vec![true; side * side];
            normal.channels(&Chip { side, pixels: pixels.to_vec(), valid, ..Chip::default() }, false)
        })
        .collect();
    let net = onnx::open(&described)?;
    let (mut seconds, mut logits) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        let started = Instant::now();
        logits = net.logits(seen.clone(), batch, side)?;
        seconds.push(started.elapsed().as_secs_f64());
    }
    let (classes, area) = (described.classes.len(), side * side);
    let mut said = Vec::with_capacity(logits.len() * 4);
    for tile in logits.chunks_exact(classes * area) {
        let whole = |at: usize| (0..classes).map(|c| f64::from(tile[c * area + at]).exp()).sum::<f64>();
        let wholes: Vec<f64> = (0..area).map(whole).collect();
        for (n, logit) in tile.iter().enumerate() {
            said.extend_from_slice(&((f64::from(*logit).exp() / wholes[n % area]) as f32).to_le_bytes());
        }
    }
    std::fs::write(out, said)?;
    #[expect(clippy::print_stdout, reason = "the comparison reads it")]
    {
        println!("{}", serde_json::json!({ "seconds": seconds, "classes": classes }));
    }
    Ok(())
}
