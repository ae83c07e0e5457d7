//! The family against segment-anything, MobileSAM and transformers (`fixtures/sam_torch.py`), with weights that both sides
//! take from one formula and that come in by the keys of those.

use crate::common::{safetensors, weights};
use burn::tensor::{Device, Tensor, TensorData};
use learning::parity::{off, values};
use learning::{Engine, Weights, pattern};
use sam::{Checkpoint, Prompt, Sam, Shape};
use serde_json::Value;

const VIT: &str = include_str!("../../fixtures/vit.json");
const TINY: &str = include_str!("../../fixtures/tiny.json");
const HUGGING_FACE: &str = include_str!("../../fixtures/hf.json");

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).expect("the fixture is JSON")
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a number") as usize
}

fn network(f: &Value, device: &Device) -> (Sam, Shape) {
    let weights = Weights::of_safetensors(safetensors(&weights(f))).expect("weights");
    let mut checkpoint = Checkpoint::of(weights).expect("of the family");
    checkpoint.shape.image_px = number(&f["side"]);
    let shape = checkpoint.shape.clone();
    (checkpoint.into_network(device).expect("fits"), shape)
}

fn pixels(side: usize, device: &Device) -> Tensor<4> {
    Tensor::from_data(TensorData::new(pattern(1000, 3 * side * side), [1, 3, side, side]), device)
}

fn prompt(f: &Value) -> Prompt {
    let float = |v: &Value| v.as_f64().expect("a number") as f32;
    let points =
        f["points"].as_array().into_iter().flatten().zip(f["labels"].as_array().into_iter().flatten());
    let points = points.map(|(at, label)| ([float(&at[0]), float(&at[1])], label.as_u64() == Some(1)));
    let around = f["box"].as_array().map(|b| [[float(&b[0]), float(&b[1])], [float(&b[2]), float(&b[3])]]);
    Prompt { points: points.collect(), around }
}

/// The largest share by which anything differs, and how many pixels lie on another side of a mask's border.
#[derive(Debug, Default)]
struct Differs {
    stages: f64,
    prompts: f64,
    masks: f64,
    quality: f64,
    pixels: usize,
}

fn on_another_side(found: &[f32], said: &str) -> usize {
    assert_eq!(found.len(), said.len());
    let other = |(value, side): &(&f32, u8)| *side != b'?' && (**value > 0.0) != (*side == b'1');
    found.iter().zip(said.bytes()).filter(other).count()
}

/// `most`: of the prompts.
fn compared(f: &Value, device: &Device, most: usize) -> Differs {
    let (net, shape) = network(f, device);
    let (side, mut differs) = (number(&f["side"]), Differs::default());
    let mut stages = Vec::new();
    let features = net.encode_and(pixels(side, device), &mut |_| true, &mut |x| stages.push(x.clone()));
    let features = features.expect("nobody stops it");
    if let Some(said) = f["stages"].as_array() {
        assert_eq!(stages.len(), said.len());
        for (found, said) in stages.into_iter().zip(said) {
            differs.stages = differs.stages.max(off(&values(found).expect("numbers"), said));
        }
    }
    differs.stages = differs.stages.max(off(&values(features.clone()).expect("numbers"), &f["features"]));
    for said in f["answers"].as_array().expect("answers").iter().take(most) {
        let mask_px = shape.mask_px();
        let mask = said["prompt"]["mask"].as_bool().map(|_| {
            let mask: Vec<f32> = pattern(2000, mask_px * mask_px).iter().map(|v| v * 6.0).collect();
            Tensor::from_data(TensorData::new(mask, [1, 1, mask_px, mask_px]), device)
        });
        let (sparse, dense) = net.say(&shape, &prompt(&said["prompt"]), mask);
        if said.get("sparse").is_some() {
            for (found, said) in [
                (values(sparse.clone()).expect("numbers"), &said["sparse"]),
                (values(dense.clone()).expect("numbers"), &said["dense"]),
            ] {
                differs.prompts = differs.prompts.max(off(&found, said));
            }
        }
        let decoded = net.decode(&shape, features.clone(), (sparse, dense));
        let (masks, quality) =
            (values(decoded.masks).expect("masks"), values(decoded.quality).expect("numbers"));
        differs.masks = differs.masks.max(off(&masks, &said["low"]));
        differs.pixels += on_another_side(&masks, said["inside"].as_str().expect("a mask"));
        let right: Vec<f64> =
            said["iou"].as_array().expect("numbers").iter().filter_map(Value::as_f64).collect();
        assert_eq!(quality.len(), right.len());
        for (found, right) in quality.iter().zip(&right) {
            differs.quality = differs.quality.max((f64::from(*found) - right).abs());
        }
        let best = |of: &mut dyn Iterator<Item = f64>| {
            of.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
        };
        let found = best(&mut quality.iter().map(|v| f64::from(*v)));
        assert_eq!(found, best(&mut right.iter().copied()), "the best mask");
    }
    differs
}

fn is_alike(differs: &Differs, tolerated: f64) -> bool {
    let all = [differs.stages, differs.prompts, differs.masks, differs.quality];
    all.iter().all(|off| *off < tolerated) && !all.iter().any(|off| off.is_nan())
}

#[test]
fn sam_answers_as_segment_anything_does_in_every_part() {
    let differs = compared(&fixture(VIT), &Device::flex(), 5);
    println!("segment-anything: {differs:?}");
    assert!(is_alike(&differs, 1e-4) && differs.pixels == 0, "{differs:?}");
}

#[test]
fn mobile_sam_answers_as_published_in_every_part() {
    let differs = compared(&fixture(TINY), &Device::flex(), 5);
    println!("MobileSAM: {differs:?}");
    assert!(is_alike(&differs, 1e-4) && differs.pixels == 0, "{differs:?}");
}

#[test]
fn weights_of_hugging_face_give_the_masks_of_hugging_face() {
    let f = fixture(HUGGING_FACE);
    let differs = compared(&f, &Device::flex(), 5);
    println!("transformers: {differs:?}");
    assert!(is_alike(&differs, 1e-4) && differs.pixels == 0, "{differs:?}");
}

#[test]
fn a_graphics_device_answers_alike() {
    let Ok(gpu) = learning::renderer::Gpu::headless(&learning::renderer::GpuPreference::default()) else {
        assert!(std::env::var_os("CI").is_none(), "no adapter, though CI promises one");
        eprintln!("SKIPPED: no graphics adapter");
        return;
    };
    let engine = Engine::on(&gpu).expect("passes the self-test");
    for text in [VIT, TINY] {
        let differs = compared(&fixture(text), engine.device(), 1);
        println!("{}: {differs:?}", engine.name());
        assert!(is_alike(&differs, 2e-3), "{differs:?}");
    }
}

#[test]
fn features_lie_where_they_do_there_and_masks_are_made_as_large_as_there() {
    let f = fixture(VIT);
    let (net, shape) = network(&f, &Device::flex());
    let found = values(net.everywhere(&shape)).expect("numbers");
    assert!(off(&found, &f["everywhere"]) < 1e-5);
    let said = &f["upscaled"];
    let two = |v: &Value| [number(&v[0]), number(&v[1])];
    let mask_px = shape.mask_px();
    let logits = sam::upscaled(
        &pattern(3000, mask_px * mask_px),
        mask_px,
        shape.image_px,
        two(&said["fitted"]),
        two(&said["size"]),
    );
    let off_by = off(&logits, &said["logits"]);
    assert!(off_by < 1e-5, "off by {off_by:.2e}");
}
