//! Clicks, boxes and masks as the decoder reads them.

use burn::module::{Module, Param};
use burn::nn::conv::Conv2d;
use burn::nn::{Embedding, EmbeddingConfig, Initializer};
use burn::tensor::{Device, Tensor, TensorData, activation};

use crate::layers::{ChannelNorm, conv, numbers, patches};
use crate::shape::Shape;

/// What is meant, in pixels of the picture that the network looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    /// Places by column and row, and whether they belong to it.
    pub points: Vec<([f32; 2], bool)>,
    /// Upper left and lower right corner.
    pub around: Option<[[f32; 2]; 2]>,
}

impl Prompt {
    /// True where nothing is said.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty() && self.around.is_none()
    }

    /// True where one place leaves open how much is meant: a part, the whole, or more.
    pub fn is_open(&self) -> bool {
        self.points.len() <= 1 && self.around.is_none()
    }
}

/// Places as waves of random lengths and directions (Tancik and others 2020).
#[derive(Module, Debug)]
pub(crate) struct Waves {
    positional_encoding_gaussian_matrix: Param<Tensor<2>>,
}

impl Waves {
    /// Places from 0 to 1, `[n, 2]`, to `[n, width]`.
    fn forward(&self, places: Tensor<2>) -> Tensor<2> {
        let turns =
            places.mul_scalar(2.0).sub_scalar(1.0).matmul(self.positional_encoding_gaussian_matrix.val());
        let angles = turns.mul_scalar(std::f64::consts::TAU);
        Tensor::cat(vec![angles.clone().sin(), angles.cos()], 1)
    }
}

/// A mask that is fed back, as features.
#[derive(Module, Debug)]
pub(crate) struct FedBack {
    conv1: Conv2d,
    norm1: ChannelNorm,
    conv2: Conv2d,
    norm2: ChannelNorm,
    conv3: Conv2d,
}

impl FedBack {
    fn forward(&self, mask: Tensor<4>) -> Tensor<4> {
        let x = activation::gelu(self.norm1.forward(self.conv1.forward(mask)));
        let x = activation::gelu(self.norm2.forward(self.conv2.forward(x)));
        self.conv3.forward(x)
    }
}

/// Says prompts as the decoder reads them.
#[derive(Module, Debug)]
pub struct PromptEncoder {
    pe_layer: Waves,
    /// Not it, it, upper left corner, lower right corner.
    point_embeddings: Vec<Embedding>,
    not_a_point_embed: Embedding,
    mask_downscaling: FedBack,
    no_mask_embed: Embedding,
}

impl PromptEncoder {
    pub(crate) fn new(shape: &Shape, device: &Device) -> Self {
        let one = || EmbeddingConfig::new(1, shape.width).with_initializer(Initializer::Zeros).init(device);
        let (few, many) = (shape.mask_channels / 4, shape.mask_channels);
        Self {
            pe_layer: Waves { positional_encoding_gaussian_matrix: numbers([2, shape.width / 2], device) },
            point_embeddings: (0..4).map(|_| one()).collect(),
            not_a_point_embed: one(),
            mask_downscaling: FedBack {
                conv1: patches([1, few], 2, device),
                norm1: ChannelNorm::new(few, device),
                conv2: patches([few, many], 2, device),
                norm2: ChannelNorm::new(many, device),
                conv3: conv([many, shape.width], 1, true, device),
            },
            no_mask_embed: one(),
        }
    }

    /// One token for each place, `[1, n, width]`. Where there is no box, a token that says so comes last.
    pub(crate) fn sparse(&self, prompt: &Prompt, image_px: usize) -> Tensor<3> {
        let device = self.no_mask_embed.weight.val().device();
        let mut places: Vec<[f32; 2]> = prompt.points.iter().map(|(at, _)| *at).collect();
        let mut said: Vec<Tensor<2>> = prompt
            .points
            .iter()
            .map(|(_, belongs)| self.point_embeddings[usize::from(*belongs)].weight.val())
            .collect();
        if let Some(corners) = prompt.around {
            places.extend(corners);
            said.extend([2, 3].map(|corner| self.point_embeddings[corner].weight.val()));
        }
        let mut tokens = Vec::new();
        if !places.is_empty() {
            // To the middle of the pixel.
            let share = |at: f32| (at + 0.5) / image_px as f32;
            let flat: Vec<f32> = places.iter().flatten().map(|at| share(*at)).collect();
            let places = Tensor::from_data(TensorData::new(flat, [places.len(), 2]), &device);
            tokens.push(self.pe_layer.forward(places) + Tensor::cat(said, 0));
        }
        if prompt.around.is_none() {
            tokens.push(self.not_a_point_embed.weight.val());
        }
        Tensor::cat(tokens, 0).unsqueeze()
    }

    /// What is added to the features: of a mask `[1, 1, 4 · grid, 4 · grid]`, or of none.
    pub(crate) fn dense(&self, mask: Option<Tensor<4>>, grid: usize) -> Tensor<4> {
        if let Some(mask) = mask {
            return self.mask_downscaling.forward(mask);
        }
        let none = self.no_mask_embed.weight.val();
        let width = none.dims()[1];
        none.reshape([1, width, 1, 1]).expand([1, width, grid, grid])
    }

    /// Where each feature lies: `[1, width, grid, grid]`.
    pub(crate) fn everywhere(&self, grid: usize) -> Tensor<4> {
        let matrix = self.pe_layer.positional_encoding_gaussian_matrix.val();
        let (width, device) = (matrix.dims()[1] * 2, matrix.device());
        let share = |at: usize| (at as f32 + 0.5) / grid as f32;
        let flat: Vec<f32> = (0..grid * grid).flat_map(|at| [share(at % grid), share(at / grid)]).collect();
        let places = Tensor::from_data(TensorData::new(flat, [grid * grid, 2]), &device);
        let waves: Tensor<4> = self.pe_layer.forward(places).reshape([1, grid, grid, width]);
        waves.permute([0, 3, 1, 2])
    }
}
