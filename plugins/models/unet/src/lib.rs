//! The U-Net family: an encoder and a decoder with links between their levels (Ronneberger, Fischer and Brox 2015), with
//! batch norms and padded convolutions, so that the picture that comes out is as large as the one that went in.
//!
//! A norm of a batch, not of a picture: when it is asked, a pixel is told the same in every tile that it lies in, but for
//! what the tile's edge cuts off. Keys of the weights are those of PyTorch modules `inc`, `down.i`, `up.i` and `outc` with
//! `conv1`, `norm1`, `conv2`, `norm2` and (on the way up) `up`.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, PaddingConfig2d};
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor, activation};
use learning::{Architecture, Facts, LearningError, NetShape, Network};

/// The family, for whoever lists families.
#[derive(Clone, Copy, Debug)]
pub struct UNetFamily;

/// Channels of the first level; each of the four below has twice as many as the one above it.
fn first_channels(size: &str) -> Option<usize> {
    match size {
        "tiny" => Some(8),
        "small" => Some(16),
        "large" => Some(64),
        _ => None,
    }
}

impl Architecture for UNetFamily {
    type Net = UNet;
    const FACTS: Facts = Facts {
        name: "unet",
        about: "U-Net: four levels down and up again, for any task; small learns on a processor, large wants a graphics card",
        sizes: &["small", "tiny", "large"],
        multiple: 1 << LEVELS,
    };

    fn build(shape: &NetShape, device: &Device) -> Result<UNet, LearningError> {
        let first = first_channels(&shape.size).ok_or_else(|| {
            LearningError::refused(
                format!("There is no U-Net of the size `{}`", shape.size),
                format!("the sizes are: {}", Self::FACTS.sizes.join(", ")),
            )
        })?;
        Ok(UNet::new(shape.inputs, shape.classes, first, device))
    }
}

/// Levels below the first.
const LEVELS: usize = 4;

/// Two 3×3 convolutions, each with a norm and a ReLU.
#[derive(Module, Debug)]
pub struct Double {
    conv1: Conv2d,
    norm1: BatchNorm,
    conv2: Conv2d,
    norm2: BatchNorm,
}

impl Double {
    fn new(from: usize, to: usize, device: &Device) -> Self {
        let conv = |from| {
            Conv2dConfig::new([from, to], [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_bias(false)
                .with_initializer(Initializer::Zeros)
                .init(device)
        };
        let norm = || BatchNormConfig::new(to).init(device);
        Self { conv1: conv(from), norm1: norm(), conv2: conv(to), norm2: norm() }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = activation::relu(self.norm1.forward(self.conv1.forward(x)));
        activation::relu(self.norm2.forward(self.conv2.forward(x)))
    }
}

/// A level on the way up: twice as large, joined with what came from the same level on the way down.
#[derive(Module, Debug)]
pub struct Up {
    up: ConvTranspose2d,
    both: Double,
}

impl Up {
    fn new(from: usize, to: usize, device: &Device) -> Self {
        let up = ConvTranspose2dConfig::new([from, to], [2, 2])
            .with_stride([2, 2])
            .with_initializer(Initializer::Zeros)
            .init(device);
        Self { up, both: Double::new(to * 2, to, device) }
    }

    fn forward(&self, x: Tensor<4>, beside: Tensor<4>) -> Tensor<4> {
        self.both.forward(Tensor::cat(vec![beside, self.up.forward(x)], 1))
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct UNet {
    inc: Double,
    down: Vec<Double>,
    up: Vec<Up>,
    outc: Conv2d,
}

impl UNet {
    /// From so many bands to so many classes; all weights are 0 until they are initialised or loaded.
    pub fn new(bands: usize, classes: usize, first: usize, device: &Device) -> Self {
        let channels = |level: usize| first << level;
        Self {
            inc: Double::new(bands, first, device),
            down: (0..LEVELS).map(|i| Double::new(channels(i), channels(i + 1), device)).collect(),
            up: (0..LEVELS).rev().map(|i| Up::new(channels(i + 1), channels(i), device)).collect(),
            outc: Conv2dConfig::new([first, classes], [1, 1])
                .with_initializer(Initializer::Zeros)
                .init(device),
        }
    }
}

impl Network for UNet {
    fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        let mut levels = vec![self.inc.forward(pixels)];
        for down in &self.down {
            let above = levels[levels.len() - 1].clone();
            levels.push(down.forward(max_pool2d(above, MaxPoolOptions::new([2, 2]))));
        }
        let mut x = levels.pop().expect("there is always the first level");
        for up in &self.up {
            x = up.forward(x, levels.pop().expect("as many levels up as down"));
        }
        self.outc.forward(x)
    }
}
