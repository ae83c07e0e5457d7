//! What a family of networks is to the engine.

use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::store::{
    BurnToPyTorchAdapter, ModuleSnapshot as _, PyTorchToBurnAdapter, PytorchStore, SafetensorsStore,
};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::engine::guarded;
use crate::self_test::read;
use crate::train::{self, Lesson, Taught, Watch};
use crate::{Engine, LearningError};

/// The largest file of weights that is opened.
pub const LARGEST_WEIGHTS: u64 = 4 << 30;

/// A network that says something about each pixel.
pub trait Network: Module {
    /// Pixels `[batch, bands, height, width]` to logits `[batch, classes, height, width]`.
    fn forward(&self, pixels: Tensor<4>) -> Tensor<4>;
}

/// What a family says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// What stands in manifests and on the command line.
    pub name: &'static str,
    /// One sentence for people.
    pub about: &'static str,
    /// Its sizes, the usual one first.
    pub sizes: &'static [&'static str],
    /// The sides of what it is given are multiples of this.
    pub multiple: usize,
}

/// The shape of one network of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetShape {
    /// One of [`Facts::sizes`].
    pub size: String,
    /// Channels that come in: bands, and one more where footprints are shown.
    pub inputs: usize,
    /// Classes that come out.
    pub classes: usize,
}

/// A family of networks as whoever writes one sees it: how a network of it is built. The rest follows.
pub trait Architecture: Send + Sync {
    type Net: Network + 'static;
    const FACTS: Facts;
    /// What the keys of published weights are here: patterns and what they become.
    const KEYS: &'static [(&'static str, &'static str)] = &[];
    /// Beginnings of keys of published weights that this network has no use for.
    const SPARE_KEYS: &'static [&'static str] = &[];

    /// A network with weights that say nothing yet.
    fn build(shape: &NetShape, device: &Device) -> Result<Self::Net, LearningError>;
}

/// A family as whoever uses one sees it.
pub trait Family: Send + Sync {
    fn facts(&self) -> Facts;

    /// Trains a network, from the checkpoint where there is one.
    fn teach(
        &self,
        lesson: &Lesson<'_>,
        engine: &Engine,
        watch: &mut Watch<'_>,
    ) -> Result<Taught, LearningError>;

    /// A trained network, from the bytes of a safetensors file.
    fn open(
        &self,
        shape: &NetShape,
        weights: Vec<u8>,
        engine: &Engine,
    ) -> Result<Box<dyn Predictor>, LearningError>;

    /// Weights of a PyTorch or safetensors file as the bytes of a safetensors file of ours, if every key and shape is
    /// the network's; else an error that lists what does not fit.
    fn adopt(&self, shape: &NetShape, file: &Path) -> Result<Vec<u8>, LearningError>;
}

impl<A: Architecture> Family for A {
    fn facts(&self) -> Facts {
        A::FACTS
    }

    fn teach(
        &self,
        lesson: &Lesson<'_>,
        engine: &Engine,
        watch: &mut Watch<'_>,
    ) -> Result<Taught, LearningError> {
        train::teach::<A>(lesson, engine, watch)
    }

    fn open(
        &self,
        shape: &NetShape,
        weights: Vec<u8>,
        engine: &Engine,
    ) -> Result<Box<dyn Predictor>, LearningError> {
        let net = guarded(|| with_weights(A::build(shape, engine.device())?, weights))?;
        Ok(Box::new(Ready { net, shape: shape.clone(), device: engine.device().clone() }))
    }

    fn adopt(&self, shape: &NetShape, file: &Path) -> Result<Vec<u8>, LearningError> {
        let engine = Engine::processor();
        guarded(|| weights_of(&adopted::<A>(A::build(shape, engine.device())?, file)?))
    }
}

/// A trained network that can be asked.
pub trait Predictor: Send {
    /// Logits `[batch, classes, side, side]` of pixels `[batch, inputs, side, side]`, both row by row.
    fn logits(&self, pixels: Vec<f32>, batch: usize, side: usize) -> Result<Vec<f32>, LearningError>;
}

struct Ready<N> {
    net: N,
    shape: NetShape,
    device: Device,
}

impl<N: Network> Predictor for Ready<N> {
    fn logits(&self, pixels: Vec<f32>, batch: usize, side: usize) -> Result<Vec<f32>, LearningError> {
        let data = TensorData::new(pixels, [batch, self.shape.inputs, side, side]);
        guarded(|| read(self.net.forward(Tensor::from_data(data, &self.device))))
    }
}

/// Numbers for the weights from a seed, the same on every device: normal with the spread that keeps signals as large as
/// they came in (He and others 2015). Biases and norms stay as the family made them.
pub fn initialised<M: Module>(net: M, seed: u64) -> M {
    net.map(&mut Initialiser { chance: ChaCha8Rng::seed_from_u64(seed) })
}

struct Initialiser {
    chance: ChaCha8Rng,
}

impl Initialiser {
    /// A normal number (Box and Muller).
    fn normal(&mut self) -> f32 {
        let (a, b) = (self.chance.random::<f32>(), self.chance.random::<f32>());
        (-2.0 * (1.0 - a).ln()).sqrt() * (std::f32::consts::TAU * b).cos()
    }
}

impl ModuleMapper for Initialiser {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if D < 2 {
            return param;
        }
        param.map(|tensor| {
            let shape = tensor.dims();
            let inputs: usize = shape[1..].iter().product();
            let spread = (2.0 / inputs.max(1) as f32).sqrt();
            let values: Vec<f32> = (0..shape.iter().product()).map(|_| self.normal() * spread).collect();
            let learns = tensor.is_require_grad();
            Tensor::from_data(TensorData::new(values, shape), &tensor.device()).set_require_grad(learns)
        })
    }
}

/// The weights as the bytes of a safetensors file, with the names and layouts of PyTorch.
pub fn weights_of<M: Module>(net: &M) -> Result<Vec<u8>, LearningError> {
    let mut store = SafetensorsStore::from_bytes(None)
        .clear_metadata()
        .with_to_adapter(BurnToPyTorchAdapter)
        .skip_enum_variants(true);
    net.save_into(&mut store).map_err(|error| LearningError::Device(error.to_string()))?;
    store.get_bytes().map_err(|error| LearningError::Device(error.to_string()))
}

/// A network with the weights of a safetensors file of ours.
pub fn with_weights<M: Module>(mut net: M, bytes: Vec<u8>) -> Result<M, LearningError> {
    let mut store = SafetensorsStore::from_bytes(Some(bytes))
        .with_from_adapter(PyTorchToBurnAdapter)
        .skip_enum_variants(true)
        .validate(false)
        .allow_partial(true);
    let result = net.load_from(&mut store).map_err(|error| unreadable(&error))?;
    fits(&result)?;
    Ok(net)
}

/// A network with the weights of somebody's file. Pickles are read for their tensors only; nothing in them is run.
fn adopted<A: Architecture>(mut net: A::Net, file: &Path) -> Result<A::Net, LearningError> {
    weighed(file)?;
    let is_safetensors = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors"));
    let mut result = if is_safetensors {
        let store = SafetensorsStore::from_file(file).with_from_adapter(PyTorchToBurnAdapter);
        let store = store.skip_enum_variants(true).validate(false).allow_partial(true);
        let mut store = A::KEYS.iter().fold(store, |store, (from, to)| store.with_key_remapping(from, *to));
        net.load_from(&mut store).map_err(|error| unreadable(&error))?
    } else {
        let store = PytorchStore::from_file(file);
        let store = store.skip_enum_variants(true).validate(false).allow_partial(true);
        let mut store = A::KEYS.iter().fold(store, |store, (from, to)| store.with_key_remapping(from, *to));
        net.load_from(&mut store).map_err(|error| unreadable(&error))?
    };
    result.unused.retain(|key| !A::SPARE_KEYS.iter().any(|spare| key.starts_with(spare)));
    fits(&result)?;
    Ok(net)
}

/// Refuses a file that is larger than any weights are.
pub(crate) fn weighed(file: &Path) -> Result<(), LearningError> {
    let size = std::fs::metadata(file).map_err(LearningError::file(file))?.len();
    if size <= LARGEST_WEIGHTS {
        return Ok(());
    }
    Err(LearningError::refused(
        format!("{} is larger than {} GB", file.display(), LARGEST_WEIGHTS >> 30),
        "weights of that size are not for the families there are",
    ))
}

pub(crate) fn unreadable(error: &dyn std::fmt::Display) -> LearningError {
    LearningError::refused(
        format!("the weights cannot be read: {error}"),
        "give a safetensors file, or a .pth or .pt of PyTorch that holds a state_dict",
    )
}

/// Every key and shape, or the list of those that are amiss.
pub(crate) fn fits(result: &burn::store::ApplyResult) -> Result<(), LearningError> {
    const TOLD: usize = 12;
    let mut amiss: Vec<String> = result.errors.iter().map(ToString::to_string).collect();
    amiss.extend(result.missing.iter().map(|(key, _)| format!("missing: {key}")));
    // Counts of batches that PyTorch keeps beside its norms are of no use here.
    let counts = |key: &&String| !key.ends_with("num_batches_tracked");
    amiss.extend(result.unused.iter().filter(counts).map(|key| format!("not of this network: {key}")));
    if amiss.is_empty() {
        return Ok(());
    }
    let more = amiss.len().saturating_sub(TOLD);
    amiss.truncate(TOLD);
    let rest = if more > 0 { format!("\n… and {more} more") } else { String::new() };
    Err(LearningError::refused(
        format!("the weights are not those of this network:\n{}{rest}", amiss.join("\n")),
        "check family, size, bands and classes against what the weights were made with",
    ))
}
