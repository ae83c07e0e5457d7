//! Comparing a network with the same in PyTorch: both sides take weights and pixels from one formula
//! ([`pattern`](crate::pattern)), and a small JSON file holds samples of what PyTorch made of them.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor, TensorData};
use serde_json::Value;

use crate::LearningError;
use crate::self_test::{pattern, read};

/// The numbers of a tensor.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, LearningError> {
    read(tensor)
}

/// The network with weights by formula, by the number of the tensor in the order of the state dict: weights uniform with the
/// spread that keeps signals alive, norms round 1 and 0 so that a wrong wiring shows; and the keys, as PyTorch says them.
pub fn patterned<M: Module>(net: M) -> (M, Vec<String>) {
    let mut fill = Fill { path: Vec::new(), keys: Vec::new() };
    (net.map(&mut fill), fill.keys)
}

/// PyTorch's names of what Burn's norms call otherwise.
fn pytorch(path: &[String]) -> String {
    let last = |name: &str| match name {
        "gamma" => "weight".to_owned(),
        "beta" => "bias".to_owned(),
        other => other.to_owned(),
    };
    path.iter().map(|name| last(name)).collect::<Vec<_>>().join(".")
}

struct Fill {
    path: Vec<String>,
    keys: Vec<String>,
}

impl ModuleMapper for Fill {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.keys.push(pytorch(&self.path));
        let number = self.keys.len() as u32;
        let near_one = self.path.last().is_some_and(|name| name == "gamma" || name == "running_var");
        param.map(|tensor| {
            let shape = tensor.dims();
            let mut values = pattern(number, shape.iter().product());
            let spread = match D {
                1 if near_one => 0.4,
                1 => 0.3,
                _ => (3.0 / shape[1..].iter().product::<usize>() as f64).sqrt() as f32,
            };
            for value in &mut values {
                *value = *value * spread + if D == 1 && near_one { 1.0 } else { 0.0 };
            }
            let learns = tensor.is_require_grad();
            Tensor::from_data(TensorData::new(values, shape), &tensor.device()).set_require_grad(learns)
        })
    }
}

/// Every parameter or buffer of a network by its key, or its gradient where one is given.
pub fn by_key<M: Module>(net: &M, of: Option<&Gradients>) -> Vec<(String, Vec<f32>)> {
    let mut listed = Listed { path: Vec::new(), of, found: Vec::new() };
    net.visit(&mut listed);
    listed.found
}

struct Listed<'a> {
    path: Vec<String>,
    of: Option<&'a Gradients>,
    found: Vec<(String, Vec<f32>)>,
}

impl ModuleVisitor for Listed<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = match self.of {
            Some(gradients) => param.val().grad(gradients),
            None => Some(param.val().inner()),
        };
        if let Some(Ok(values)) = tensor.map(read) {
            self.found.push((pytorch(&self.path), values));
        }
    }
}

/// The largest difference from what PyTorch had at the places that were sampled (`{shape, step, values}`), as a share of the
/// largest value; not a number where shapes differ.
pub fn off(found: &[f32], expected: &Value) -> f64 {
    let list = |key: &str| expected[key].as_array().into_iter().flatten();
    let right: Vec<f64> = list("values").filter_map(Value::as_f64).collect();
    let shape: u64 = list("shape").filter_map(Value::as_u64).product();
    if shape != found.len() as u64 || right.is_empty() {
        return f64::NAN;
    }
    let step = expected["step"].as_u64().unwrap_or(1).max(1) as usize;
    let scale = right.iter().fold(1e-12_f64, |m, v| m.max(v.abs()));
    let sampled = found.iter().step_by(step);
    sampled.zip(&right).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max) / scale
}

/// How many pixels of logits `[batch, classes, pixels]` have another likeliest class than a string of digits says.
pub fn classes_that_differ(logits: &[f32], classes: usize, pixels: usize, said: &str) -> usize {
    let likeliest = logits.chunks_exact(classes * pixels).flat_map(|one| {
        let larger = move |p: usize| {
            move |best: usize, c: usize| if one[c * pixels + p] > one[best * pixels + p] { c } else { best }
        };
        (0..pixels).map(move |p| (1..classes).fold(0, larger(p)))
    });
    let said: Vec<usize> = said.bytes().map(|b| usize::from(b.wrapping_sub(b'0'))).collect();
    let here: Vec<usize> = likeliest.collect();
    here.len().abs_diff(said.len()) + here.iter().zip(&said).filter(|(a, b)| a != b).count()
}
