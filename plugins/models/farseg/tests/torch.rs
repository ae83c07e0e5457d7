//! FarSeg against torchgeo's (`fixtures/farseg_torch.py`): outputs, loss and gradients, with weights that both sides take
//! from one formula.

use burn::module::Module as _;
use burn::tensor::{Device, Tensor, TensorData, activation};
use farseg::{FarSeg, FarSegFamily};
use learning::parity::{by_key, classes_that_differ, off, patterned, values};
use learning::{Architecture as _, Engine, Family as _, NetShape, Network as _, pattern, weights_of};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/farseg.json")).expect("the fixture is JSON")
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a number") as usize
}

fn network(device: &Device) -> (FarSeg, Vec<String>) {
    let shape = NetShape { size: "resnet18".into(), inputs: 3, classes: number(&fixture()["classes"]) };
    patterned(FarSegFamily::build(&shape, device).expect("there is such a size"))
}

fn pixels(device: &Device) -> Tensor<4> {
    let f = fixture();
    let shape = [number(&f["batch"]), 3, number(&f["side"]), number(&f["side"])];
    Tensor::from_data(TensorData::new(pattern(1000, shape.iter().product()), shape), device)
}

/// One of our keys as torchgeo says it.
fn theirs(key: &str) -> String {
    let mut parts: Vec<String> = key.split('.').map(ToOwned::to_owned).collect();
    for part in &mut parts {
        let number = match part.as_str() {
            "conv" | "first" => "0",
            "norm" => "1",
            "second" => "2",
            _ => continue,
        };
        number.clone_into(part);
    }
    let in_a_sequence = key.starts_with("fpn.") || key.starts_with("decoder.classifier");
    if in_a_sequence {
        parts.insert(parts.len() - 1, "0".into());
    }
    parts.join(".")
}

#[test]
fn answers_loss_and_gradients_are_those_of_torchgeo() {
    let f = fixture();
    let (net, _) = network(&Device::flex());
    let asked = values(net.forward(pixels(&Device::flex()))).expect("answers");
    let off_by = off(&asked, &f["asked"]);
    assert!(off_by < 1e-4, "off by {off_by:.2e}");
    let (classes, area) = (number(&f["classes"]), number(&f["side"]).pow(2));
    let said = f["asked_argmax"].as_str().expect("classes");
    assert_eq!(classes_that_differ(&asked, classes, area, said), 0);

    let device = Device::flex().autodiff();
    let (net, _) = network(&device);
    let taught = net.forward(pixels(&device));
    let (shape, batch) = (taught.dims(), number(&f["batch"]));
    let mut weights = vec![0.0_f32; batch * classes * area];
    for (at, value) in pattern(1001, batch * area).iter().enumerate() {
        let class = (((value + 1.0) * 0.5 * classes as f32) as usize).min(classes - 1);
        weights[(at / area * classes + class) * area + at % area] = 1.0;
    }
    let weights = Tensor::<4>::from_data(TensorData::new(weights, shape), &device);
    let loss = (activation::log_softmax(taught, 1) * weights).sum().neg().div_scalar((batch * area) as f32);
    let value = f64::from(values(loss.clone().inner()).expect("a loss")[0]);
    let right = f["loss"].as_f64().expect("a loss");
    assert!((value - right).abs() < 1e-4 * right, "{value} for {right}");
    let slopes = by_key(&net, Some(&loss.backward()));
    for (key, expected) in f["gradients"].as_object().expect("gradients") {
        let (_, found) = slopes.iter().find(|(k, _)| theirs(k) == *key).unwrap_or_else(|| panic!("no {key}"));
        let off_by = off(found, expected);
        assert!(off_by < 1e-3, "{key} is off by {off_by:.2e}");
    }
}

#[test]
fn keys_and_sizes_are_those_of_torchgeo() {
    let f = fixture();
    let (net, keys) = network(&Device::flex());
    let expected: Vec<String> = f["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .filter_map(Value::as_str)
        .filter(|key| !FarSegFamily::SPARE_KEYS.iter().any(|spare| key.starts_with(spare)))
        .map(ToOwned::to_owned)
        .collect();
    assert_eq!(keys.iter().map(|k| theirs(k)).collect::<Vec<_>>(), expected);
    let running = keys.iter().filter(|k| k.ends_with("running_mean") || k.ends_with("running_var"));
    let named: Vec<(String, Vec<f32>)> = by_key(&net, None);
    let buffers: usize =
        running.filter_map(|key| named.iter().find(|(k, _)| k == key)).map(|(_, v)| v.len()).sum();
    assert_eq!(net.num_params(), number(&f["parameters"]) + buffers);
}

#[test]
fn an_unknown_size_is_refused_and_the_small_one_answers_in_the_size_it_was_asked_in() {
    let device = Device::flex();
    let huge = NetShape { size: "resnet9000".into(), inputs: 3, classes: 2 };
    let refused = FarSegFamily::build(&huge, &device).map(|_| ()).expect_err("no such size");
    assert!(refused.hint().contains("resnet18"), "{}", refused.hint());
    let tiny = NetShape { size: "tiny".into(), inputs: 5, classes: 2 };
    let net = FarSegFamily::build(&tiny, &device).expect("builds");
    assert_eq!(net.forward(Tensor::zeros([1, 5, 96, 64], &device)).dims(), [1, 2, 96, 64]);
}

#[test]
fn weights_with_the_keys_of_torchgeo_are_taken() {
    let shape = NetShape { size: "tiny".into(), inputs: 3, classes: 2 };
    let (net, _) = patterned(FarSegFamily::build(&shape, &Device::flex()).expect("builds"));
    let ours = weights_of(&net).expect("weights");
    // The head of a safetensors file is JSON behind its length: the same file with other names.
    let (length, rest) = ours.split_first_chunk::<8>().expect("a length");
    let (head, values) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let head: serde_json::Map<String, Value> = serde_json::from_slice(head).expect("JSON");
    let renamed: serde_json::Map<String, Value> =
        head.into_iter().map(|(key, value)| (theirs(&key), value)).collect();
    let head = serde_json::to_vec(&renamed).expect("JSON");
    let file = [(head.len() as u64).to_le_bytes().as_slice(), &head, values].concat();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("farseg.safetensors");
    std::fs::write(&path, file).expect("written");
    let adopted = FarSegFamily.adopt(&shape, &path).expect("fits");
    let input = pattern(7, 3 * 64 * 64);
    let ask = |weights| {
        let asked = FarSegFamily.open(&shape, weights, &Engine::processor()).expect("opens");
        asked.logits(input.clone(), 1, 64).expect("answers")
    };
    assert_eq!(ask(adopted), ask(ours));
}
