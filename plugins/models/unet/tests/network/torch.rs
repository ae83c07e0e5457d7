//! Outputs, loss and gradients against the same network in PyTorch (`fixtures/unet_torch.py`), with weights that both sides
//! take from one formula.

use burn::module::Module as _;
use burn::tensor::{Device, Tensor, TensorData, activation};
use learning::parity::{self, by_key, classes_that_differ, off, patterned};
use learning::{
    Architecture as _, Engine, Family as _, NetShape, Network as _, pattern, weights_of, with_weights,
};
use serde_json::Value;
use unet::{UNet, UNetFamily};

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/unet.json")).expect("the fixture is JSON")
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a number") as usize
}

fn network(device: &Device) -> (UNet, Vec<String>) {
    let f = fixture();
    patterned(UNet::new(number(&f["bands"]), number(&f["classes"]), number(&f["first"]), device))
}

fn pixels(device: &Device) -> Tensor<4> {
    let f = fixture();
    let shape = [number(&f["batch"]), number(&f["bands"]), number(&f["side"]), number(&f["side"])];
    Tensor::from_data(TensorData::new(pattern(1000, shape.iter().product()), shape), device)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    parity::values(tensor).expect("the device answers")
}

fn asked_off(device: &Device) -> (f64, usize) {
    let f = fixture();
    let (net, _) = network(device);
    let asked = values(net.forward(pixels(device)));
    let said = f["asked_argmax"].as_str().expect("classes");
    let differ = classes_that_differ(&asked, number(&f["classes"]), number(&f["side"]).pow(2), said);
    (off(&asked, &f["asked"]), differ)
}

#[test]
fn answers_are_those_of_pytorch() {
    let (off, differ) = asked_off(&Device::flex());
    assert!(off < 1e-4, "off by {off:.2e}");
    assert_eq!(differ, 0, "pixels with another class");
}

#[test]
fn answers_of_the_graphics_device_are_those_of_pytorch() {
    let Ok(gpu) = learning_gpu() else {
        eprintln!("SKIPPED: no graphics adapter");
        return;
    };
    let (off, differ) = asked_off(gpu.device());
    assert!(off < 2e-3, "off by {off:.2e}");
    assert!(differ <= 2, "{differ} pixels with another class");
}

fn learning_gpu() -> Result<Engine, learning::LearningError> {
    let gpu = learning::renderer::Gpu::headless(&learning::renderer::GpuPreference::default())
        .map_err(learning::LearningError::pixels)?;
    Engine::on(&gpu)
}

#[test]
fn loss_gradients_and_running_norms_are_those_of_pytorch() {
    let f = fixture();
    let device = Device::flex().autodiff();
    let (net, _) = network(&device);
    let taught = net.forward(pixels(&device));
    assert!(off(&values(taught.clone().inner()), &f["taught"]) < 1e-4);
    let (batch, classes, area) = (number(&f["batch"]), number(&f["classes"]), number(&f["side"]).pow(2));
    let (class, counts) = (pattern(1001, batch * area), pattern(1002, batch * area));
    let mut weights = vec![0.0_f32; batch * classes * area];
    for at in 0..batch * area {
        let c = (((class[at] + 1.0) * 0.5 * classes as f32) as usize).min(classes - 1);
        let weight = [0.5, 1.0, 2.0][c] * f32::from(u8::from(counts[at] > -0.6));
        weights[(at / area * classes + c) * area + at % area] = weight;
    }
    let total: f32 = weights.iter().sum();
    let shape = taught.dims();
    let weights = Tensor::<4>::from_data(TensorData::new(weights, shape), &device);
    let loss = (activation::log_softmax(taught, 1) * weights).sum().neg().div_scalar(total);
    let value = f64::from(values(loss.clone().inner())[0]);
    let right = f["loss"].as_f64().expect("a loss");
    assert!((value - right).abs() < 1e-4 * right, "{value} for {right}");
    let slopes = by_key(&net, Some(&loss.backward()));
    let wanted = f["gradients"].as_object().expect("gradients");
    for (key, expected) in wanted {
        let (_, found) = slopes.iter().find(|(k, _)| k == key).unwrap_or_else(|| panic!("no {key}"));
        let off = off(found, expected);
        assert!(off < 1e-3, "{key} is off by {off:.2e}");
    }
    running_norms(&net, &f);
}

/// PyTorch keeps the unbiased variance, Burn the biased one: they differ by n/(n−1) of what a batch adds.
fn running_norms(net: &UNet, f: &Value) {
    let norms = by_key(&net.valid(), None);
    let of = |key: &str| &norms.iter().find(|(k, _)| k == key).expect("a norm").1;
    assert!(off(of("down.0.norm1.running_mean"), &f["running_mean"]) < 1e-4);
    // 2 · 16 · 16 values a channel at that level.
    assert!(off(of("down.0.norm1.running_var"), &f["running_var"]) < 1.0 / 511.0);
}

#[test]
fn keys_and_sizes_are_those_of_the_module_in_pytorch() {
    let f = fixture();
    let (net, keys) = network(&Device::flex());
    let expected: Vec<&str> = f["keys"].as_array().expect("keys").iter().filter_map(Value::as_str).collect();
    assert_eq!(keys, expected);
    // Buffers are no parameters in PyTorch; here the running norms are counted with the rest.
    let running: usize = 2 * [8, 16, 32, 64, 128, 64, 32, 16, 8].iter().map(|c| 2 * c).sum::<usize>();
    assert_eq!(net.num_params(), number(&f["parameters"]) + running);
}

#[test]
fn weights_come_back_from_their_file_to_the_bit_and_wrong_ones_are_refused_by_name() {
    let device = Device::flex();
    let (net, _) = network(&device);
    let bytes = weights_of(&net).expect("weights");
    let again = with_weights(UNet::new(4, 3, 8, &device), bytes.clone()).expect("loaded");
    assert_eq!(values(again.forward(pixels(&device))), values(net.forward(pixels(&device))));
    let wrong =
        with_weights(UNet::new(4, 5, 8, &device), bytes.clone()).map(|_| ()).expect_err("five classes");
    assert!(wrong.to_string().contains("outc.weight"), "{wrong}");
    let cut = with_weights(UNet::new(4, 3, 8, &device), bytes[..bytes.len() / 2].to_vec()).map(|_| ());
    assert!(cut.is_err());
    let shape = NetShape { size: "huge".into(), inputs: 3, classes: 2 };
    let refused = UNetFamily::build(&shape, &device).map(|_| ()).expect_err("no such size");
    assert!(refused.hint().contains("small"), "{}", refused.hint());
    let shape = NetShape { size: "tiny".into(), inputs: 4, classes: 3 };
    let asked = UNetFamily.open(&shape, bytes, &Engine::processor()).expect("opens");
    let found = asked.logits(pattern(1000, 2 * 4 * 32 * 32), 2, 32).expect("answers");
    assert_eq!(found, values(net.forward(pixels(&device))));
}
