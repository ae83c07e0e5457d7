//! The network on a device, asked about pictures.

use std::path::Path;

use burn::tensor::{Tensor, TensorData};
use half::f16;
use learning::{Engine, LearningError, guarded};

use crate::picture::upscaled;
use crate::{Checkpoint, Features, Picture, Prompt, Sam, Shape, Watch};

/// A network of the family on a device, with the weights of a file. Clones share them.
#[derive(Clone, Debug)]
pub struct Segmenter {
    engine: Engine,
    shape: Shape,
    net: Sam,
    /// Where each feature lies, as the decoder reads it.
    everywhere: Tensor<4>,
}

/// A mask that may be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// How much of it the network thinks it has got right, as intersection over union.
    pub quality: f32,
    /// Logits as the network made them, a square of [`Shape::mask_px`]: they can be fed back.
    pub logits: Vec<f32>,
}

impl Segmenter {
    /// Reads the weights of a file. Fails with what they are instead, or with the list of what does not fit.
    pub fn open(file: &Path, engine: &Engine) -> Result<Self, LearningError> {
        Self::of(Checkpoint::open(file)?, engine)
    }

    /// The same of a checkpoint that is open.
    pub fn of(checkpoint: Checkpoint, engine: &Engine) -> Result<Self, LearningError> {
        let shape = checkpoint.shape.clone();
        let net = checkpoint.into_network(engine.device())?;
        Self::with(net, shape, engine)
    }

    /// A network that is there.
    pub fn with(net: Sam, shape: Shape, engine: &Engine) -> Result<Self, LearningError> {
        let everywhere = guarded(|| Ok(net.prompt_encoder.everywhere(shape.grid())))?;
        Ok(Self { engine: engine.clone(), shape, net, everywhere })
    }

    /// Which network it is.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Who calculates.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Looks at a picture. The watch is told the share that is done, and says whether to go on.
    pub fn encode(&self, picture: &Picture, watch: Watch<'_>) -> Result<Features, LearningError> {
        let side = self.shape.image_px;
        let pixels = picture.normed(side);
        let said = guarded(|| {
            let data = TensorData::new(pixels, [1, 3, side, side]);
            let said = self.net.encode(Tensor::from_data(data, self.engine.device()), watch);
            let said = said.ok_or(LearningError::Stopped)?;
            learning::parity::values(said)
        })?;
        if said.iter().any(|value| !value.is_finite()) {
            return Err(no_numbers());
        }
        Ok(Features {
            values: said.into_iter().map(f16::from_f32).collect(),
            width: self.shape.width,
            grid: self.shape.grid(),
            size: picture.size(),
            fitted: picture.fitted(side),
        })
    }

    /// Masks that a prompt, in pixels of the picture, may mean, the likeliest first: three where one place leaves open how
    /// much is meant, else the one for what is clear and then these three. `previous` are logits that were said of the
    /// same features before.
    pub fn ask(
        &self,
        features: &Features,
        prompt: &Prompt,
        previous: Option<&[f32]>,
    ) -> Result<Vec<Candidate>, LearningError> {
        let (shape, grid) = (&self.shape, self.shape.grid());
        if (features.width, features.grid) != (shape.width, grid) {
            return Err(LearningError::refused(
                "these features are of another network",
                "look at the picture again",
            ));
        }
        if prompt.is_empty() {
            return Err(LearningError::refused(
                "nothing says what is meant",
                "mark a place that belongs to it, or a box around it",
            ));
        }
        let side = shape.mask_px();
        let previous = previous.filter(|logits| logits.len() == side * side);
        let (masks, quality) = guarded(|| {
            let device = self.engine.device();
            let values = features.numbers();
            let values = Tensor::from_data(TensorData::new(values, [1, shape.width, grid, grid]), device);
            let mask = previous.map(|logits| {
                Tensor::from_data(TensorData::new(logits.to_vec(), [1, 1, side, side]), device)
            });
            let sparse = self.net.prompt_encoder.sparse(&scaled(features, prompt), shape.image_px);
            let dense = self.net.prompt_encoder.dense(mask, grid);
            let said = self.net.mask_decoder.forward(values, self.everywhere.clone(), sparse, dense);
            Ok((learning::parity::values(said.masks)?, learning::parity::values(said.quality)?))
        })?;
        if masks.iter().chain(&quality).any(|value| !value.is_finite()) {
            return Err(no_numbers());
        }
        let mut found: Vec<Candidate> = masks
            .chunks_exact(side * side)
            .zip(quality)
            .map(|(logits, quality)| Candidate { quality, logits: logits.to_vec() })
            .collect();
        let clear = found.remove(0);
        found.sort_by(|a, b| b.quality.total_cmp(&a.quality));
        if !prompt.is_open() || previous.is_some() {
            found.insert(0, clear);
        }
        Ok(found)
    }

    /// Logits for each pixel of the picture, row by row: what is above 0 belongs to it.
    pub fn logits(&self, features: &Features, candidate: &Candidate) -> Vec<f32> {
        let (mask_px, image_px) = (self.shape.mask_px(), self.shape.image_px);
        upscaled(&candidate.logits, mask_px, image_px, features.fitted, features.size)
    }
}

fn no_numbers() -> LearningError {
    LearningError::refused(
        "the network's answer is no number: its weights are damaged, or the device is",
        "give the file again as it was published, or try on the processor",
    )
}

/// In pixels of what the network looks at.
fn scaled(features: &Features, prompt: &Prompt) -> Prompt {
    let factor = [0, 1].map(|axis| features.fitted[axis] as f32 / features.size[axis] as f32);
    let at = |[x, y]: [f32; 2]| [x * factor[0], y * factor[1]];
    Prompt {
        points: prompt.points.iter().map(|(place, belongs)| (at(*place), *belongs)).collect(),
        around: prompt.around.map(|corners| corners.map(at)),
    }
}
