//! Layers that several parts of the family are made of.

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{
    BatchNorm, BatchNormConfig, Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig,
    PaddingConfig2d,
};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, activation};

/// A linear layer; its weights are 0 until they are loaded.
pub(crate) fn linear(from: usize, to: usize, device: &Device) -> Linear {
    LinearConfig::new(from, to).with_initializer(Initializer::Zeros).init(device)
}

pub(crate) fn layer_norm(width: usize, epsilon: f64, device: &Device) -> LayerNorm {
    LayerNormConfig::new(width).with_epsilon(epsilon).init(device)
}

/// Numbers that stand in the weights by themselves, 0 until they are loaded.
pub(crate) fn numbers<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    Initializer::Zeros.init(shape, device)
}

/// A convolution whose kernel covers as much on each side.
pub(crate) fn conv([from, to]: [usize; 2], kernel: usize, bias: bool, device: &Device) -> Conv2d {
    let pad = kernel / 2;
    Conv2dConfig::new([from, to], [kernel, kernel])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_bias(bias)
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// A convolution that takes a square of pixels for one, each pixel once.
pub(crate) fn patches([from, to]: [usize; 2], side: usize, device: &Device) -> Conv2d {
    Conv2dConfig::new([from, to], [side, side])
        .with_stride([side, side])
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// Norms each pixel over its channels.
#[derive(Module, Debug)]
pub(crate) struct ChannelNorm {
    weight: Param<Tensor<1>>,
    bias: Param<Tensor<1>>,
}

impl ChannelNorm {
    const EPSILON: f64 = 1e-6;

    pub(crate) fn new(channels: usize, device: &Device) -> Self {
        Self { weight: Initializer::Ones.init([channels], device), bias: numbers([channels], device) }
    }

    /// `[batch, channels, height, width]`.
    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = x.clone() - x.mean_dim(1);
        let spread = (x.clone() * x.clone()).mean_dim(1).add_scalar(Self::EPSILON).sqrt();
        let channels = |of: &Param<Tensor<1>>| {
            let values = of.val();
            let count = values.dims()[0];
            values.reshape([1, count, 1, 1])
        };
        x / spread * channels(&self.weight) + channels(&self.bias)
    }
}

/// What comes after an image encoder's blocks: to the width that prompts and decoder have.
#[derive(Module, Debug)]
pub(crate) struct Neck {
    conv1: Conv2d,
    norm1: ChannelNorm,
    conv2: Conv2d,
    norm2: ChannelNorm,
}

impl Neck {
    pub(crate) fn new(from: usize, to: usize, device: &Device) -> Self {
        Self {
            conv1: conv([from, to], 1, false, device),
            norm1: ChannelNorm::new(to, device),
            conv2: conv([to, to], 3, false, device),
            norm2: ChannelNorm::new(to, device),
        }
    }

    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.norm1.forward(self.conv1.forward(x));
        self.norm2.forward(self.conv2.forward(x))
    }
}

/// A convolution with the norm of a batch after it.
#[derive(Module, Debug)]
pub(crate) struct ConvNorm {
    c: Conv2d,
    bn: BatchNorm,
}

impl ConvNorm {
    /// `apart`: each channel for itself.
    pub(crate) fn new(
        [from, to]: [usize; 2],
        kernel: usize,
        stride: usize,
        apart: bool,
        device: &Device,
    ) -> Self {
        let pad = kernel / 2;
        let c = Conv2dConfig::new([from, to], [kernel, kernel])
            .with_stride([stride, stride])
            .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
            .with_groups(if apart { to } else { 1 })
            .with_bias(false)
            .with_initializer(Initializer::Zeros)
            .init(device);
        Self { c, bn: BatchNormConfig::new(to).init(device) }
    }

    /// The norm is a factor and a sum for each channel, so it goes into the weights, which are few beside the pixels.
    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let weight = self.c.weight.val();
        let [to, _, height, _] = weight.dims();
        let spread = self.bn.running_var.value().add_scalar(self.bn.epsilon).sqrt();
        let factor = self.bn.gamma.val() / spread;
        let bias = self.bn.beta.val() - self.bn.running_mean.value() * factor.clone();
        let pad = height / 2;
        let options = ConvOptions::new(self.c.stride, [pad, pad], [1, 1], self.c.groups);
        conv2d(x, weight * factor.reshape([to, 1, 1, 1]), Some(bias), options)
    }
}

/// Two linear layers with something between them.
#[derive(Module, Debug)]
pub(crate) struct Mlp {
    lin1: Linear,
    lin2: Linear,
}

impl Mlp {
    pub(crate) fn new(width: usize, hidden: usize, device: &Device) -> Self {
        Self { lin1: linear(width, hidden, device), lin2: linear(hidden, width, device) }
    }

    pub(crate) fn gelu<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.lin2.forward(activation::gelu(self.lin1.forward(x)))
    }

    pub(crate) fn relu<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.lin2.forward(activation::relu(self.lin1.forward(x)))
    }
}

/// Linear layers with a ReLU after each but the last.
#[derive(Module, Debug)]
pub(crate) struct Perceptron {
    layers: Vec<Linear>,
}

impl Perceptron {
    /// From, between and to.
    pub(crate) fn new(widths: &[usize], device: &Device) -> Self {
        Self { layers: widths.windows(2).map(|pair| linear(pair[0], pair[1], device)).collect() }
    }

    pub(crate) fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let last = self.layers.len().saturating_sub(1);
        self.layers.iter().enumerate().fold(x, |x, (at, layer)| {
            let x = layer.forward(x);
            if at < last { activation::relu(x) } else { x }
        })
    }
}

/// What tokens `[groups, tokens, width]` take from others by how alike they are, `bias` added to the likeness.
pub(crate) fn attend(
    queries: Tensor<3>,
    keys: Tensor<3>,
    values: Tensor<3>,
    scale: f64,
    bias: Option<Tensor<3>>,
) -> Tensor<3> {
    let alike = queries.mul_scalar(scale).matmul(keys.swap_dims(1, 2));
    let alike = match bias {
        Some(bias) => alike + bias,
        None => alike,
    };
    activation::softmax(alike, 2).matmul(values)
}

/// `[batch, height, width, channels]` cut into windows `[batch · windows, side, side, channels]`; what is missing at
/// the right and at the bottom is 0.
pub(crate) fn windows(x: Tensor<4>, side: usize) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let (down, across) = (height.div_ceil(side), width.div_ceil(side));
    let x = padded(x, [down * side, across * side]);
    x.reshape([batch, down, side, across, side, channels]).permute([0, 1, 3, 2, 4, 5]).reshape([
        batch * down * across,
        side,
        side,
        channels,
    ])
}

/// The same back again.
pub(crate) fn unwindowed(x: Tensor<4>, side: usize, [height, width]: [usize; 2]) -> Tensor<4> {
    let [count, _, _, channels] = x.dims();
    let (down, across) = (height.div_ceil(side), width.div_ceil(side));
    let batch = count / (down * across);
    let x = x.reshape([batch, down, across, side, side, channels]).permute([0, 1, 3, 2, 4, 5]).reshape([
        batch,
        down * side,
        across * side,
        channels,
    ]);
    x.slice([0..batch, 0..height, 0..width, 0..channels])
}

/// Zeros at the right and at the bottom.
fn padded(x: Tensor<4>, [height, width]: [usize; 2]) -> Tensor<4> {
    let [batch, h, w, channels] = x.dims();
    let device = x.device();
    let x = if w < width {
        Tensor::cat(vec![x, Tensor::zeros([batch, h, width - w, channels], &device)], 2)
    } else {
        x
    };
    if h < height {
        Tensor::cat(vec![x, Tensor::zeros([batch, height - h, width, channels], &device)], 1)
    } else {
        x
    }
}
