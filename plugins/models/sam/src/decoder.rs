//! Masks of features and prompts: tokens and picture look at each other by turns, then each mask token says by which
//! channels its mask is told.

use burn::module::Module;
use burn::nn::conv::{ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{Embedding, EmbeddingConfig, Initializer, LayerNorm, Linear};
use burn::tensor::{Device, Tensor, activation};

use crate::layers::{ChannelNorm, Mlp, Perceptron, attend, layer_norm, linear};
use crate::shape::{DECODER_HEADS, Shape};

const EPSILON: f64 = 1e-5;

/// What some tokens take from others, in a width that may be smaller.
#[derive(Module, Debug)]
#[expect(clippy::struct_field_names, reason = "the keys of published weights")]
pub(crate) struct Attention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    out_proj: Linear,
}

impl Attention {
    fn new(width: usize, inner: usize, device: &Device) -> Self {
        let into = || linear(width, inner, device);
        Self { q_proj: into(), k_proj: into(), v_proj: into(), out_proj: linear(inner, width, device) }
    }

    /// All `[1, tokens, width]`.
    fn forward(&self, queries: Tensor<3>, keys: Tensor<3>, values: Tensor<3>) -> Tensor<3> {
        let heads = |x: Tensor<3>| -> Tensor<3> {
            let [_, tokens, inner] = x.dims();
            x.reshape([tokens, DECODER_HEADS, inner / DECODER_HEADS]).swap_dims(0, 1)
        };
        let queries = heads(self.q_proj.forward(queries));
        let [_, tokens, head] = queries.dims();
        let (keys, values) = (heads(self.k_proj.forward(keys)), heads(self.v_proj.forward(values)));
        let taken = attend(queries, keys, values, (head as f64).powf(-0.5), None);
        self.out_proj.forward(taken.swap_dims(0, 1).reshape([1, tokens, DECODER_HEADS * head]))
    }
}

/// Tokens look at each other and at the picture, and the picture at them.
#[derive(Module, Debug)]
pub(crate) struct TwoWay {
    self_attn: Attention,
    norm1: LayerNorm,
    cross_attn_token_to_image: Attention,
    norm2: LayerNorm,
    mlp: Mlp,
    norm3: LayerNorm,
    norm4: LayerNorm,
    cross_attn_image_to_token: Attention,
}

impl TwoWay {
    fn new(shape: &Shape, device: &Device) -> Self {
        let (width, inner) = (shape.width, shape.decoder.inner);
        let norm = || layer_norm(width, EPSILON, device);
        Self {
            self_attn: Attention::new(width, width, device),
            norm1: norm(),
            cross_attn_token_to_image: Attention::new(width, inner, device),
            norm2: norm(),
            mlp: Mlp::new(width, shape.decoder.hidden, device),
            norm3: norm(),
            norm4: norm(),
            cross_attn_image_to_token: Attention::new(width, inner, device),
        }
    }

    fn forward(
        &self,
        tokens: Tensor<3>,
        picture: Tensor<3>,
        at: &Places,
        is_first: bool,
    ) -> (Tensor<3>, Tensor<3>) {
        let tokens = if is_first {
            self.self_attn.forward(tokens.clone(), tokens.clone(), tokens)
        } else {
            let placed = tokens.clone() + at.tokens.clone();
            tokens.clone() + self.self_attn.forward(placed.clone(), placed, tokens)
        };
        let tokens = self.norm1.forward(tokens);
        let (asked, there) = (tokens.clone() + at.tokens.clone(), picture.clone() + at.picture.clone());
        let taken = self.cross_attn_token_to_image.forward(asked, there.clone(), picture.clone());
        let tokens = self.norm2.forward(tokens + taken);
        let tokens = self.norm3.forward(tokens.clone() + self.mlp.relu(tokens));
        let asked = tokens.clone() + at.tokens.clone();
        let taken = self.cross_attn_image_to_token.forward(there, asked, tokens.clone());
        (tokens, self.norm4.forward(picture + taken))
    }
}

/// Where tokens and features are, added to them wherever they look at each other.
struct Places {
    tokens: Tensor<3>,
    picture: Tensor<3>,
}

/// All turns, and a last look of the tokens at the picture.
#[derive(Module, Debug)]
pub(crate) struct Transformer {
    layers: Vec<TwoWay>,
    final_attn_token_to_image: Attention,
    norm_final_attn: LayerNorm,
}

/// Four times as large.
#[derive(Module, Debug)]
pub(crate) struct Upscaling {
    up1: ConvTranspose2d,
    norm: ChannelNorm,
    up2: ConvTranspose2d,
}

impl Upscaling {
    fn new(width: usize, device: &Device) -> Self {
        let up = |from, to| {
            ConvTranspose2dConfig::new([from, to], [2, 2])
                .with_stride([2, 2])
                .with_initializer(Initializer::Zeros)
                .init(device)
        };
        Self {
            up1: up(width, width / 4),
            norm: ChannelNorm::new(width / 4, device),
            up2: up(width / 4, width / 8),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = activation::gelu(self.norm.forward(self.up1.forward(x)));
        activation::gelu(self.up2.forward(x))
    }
}

/// The decoder.
#[derive(Module, Debug)]
pub struct MaskDecoder {
    transformer: Transformer,
    iou_token: Embedding,
    mask_tokens: Embedding,
    output_upscaling: Upscaling,
    output_hypernetworks_mlps: Vec<Perceptron>,
    iou_prediction_head: Perceptron,
}

/// What the decoder says: `[masks, side, side]` logits and `[masks]` of how good each is.
#[derive(Debug)]
pub struct Decoded {
    pub masks: Tensor<3>,
    pub quality: Tensor<1>,
}

impl MaskDecoder {
    pub(crate) fn new(shape: &Shape, device: &Device) -> Self {
        let (width, masks) = (shape.width, shape.decoder.masks);
        let tokens = |n| EmbeddingConfig::new(n, width).with_initializer(Initializer::Zeros).init(device);
        Self {
            transformer: Transformer {
                layers: (0..shape.decoder.depth).map(|_| TwoWay::new(shape, device)).collect(),
                final_attn_token_to_image: Attention::new(width, shape.decoder.inner, device),
                norm_final_attn: layer_norm(width, EPSILON, device),
            },
            iou_token: tokens(1),
            mask_tokens: tokens(masks),
            output_upscaling: Upscaling::new(width, device),
            output_hypernetworks_mlps: (0..masks)
                .map(|_| Perceptron::new(&[width, width, width, width / 8], device))
                .collect(),
            iou_prediction_head: Perceptron::new(&shape.decoder.quality, device),
        }
    }

    /// Of features and what is added to them (`[1, width, grid, grid]`), where they lie, and tokens of the prompt
    /// `[1, n, width]`.
    pub(crate) fn forward(
        &self,
        features: Tensor<4>,
        everywhere: Tensor<4>,
        sparse: Tensor<3>,
        dense: Tensor<4>,
    ) -> Decoded {
        let [_, width, grid, _] = features.dims();
        let flat = |x: Tensor<4>| x.reshape([1, width, grid * grid]).swap_dims(1, 2);
        let own: Tensor<3> =
            Tensor::cat(vec![self.iou_token.weight.val(), self.mask_tokens.weight.val()], 0).unsqueeze();
        let first = Tensor::cat(vec![own, sparse], 1);
        let at = Places { tokens: first.clone(), picture: flat(everywhere) };
        let (mut tokens, mut picture) = (first, flat(features + dense));
        for (layer, two_way) in self.transformer.layers.iter().enumerate() {
            (tokens, picture) = two_way.forward(tokens, picture, &at, layer == 0);
        }
        let (asked, there) = (tokens.clone() + at.tokens, picture.clone() + at.picture);
        let last = &self.transformer.final_attn_token_to_image;
        let tokens = tokens + last.forward(asked, there, picture.clone());
        let tokens = self.transformer.norm_final_attn.forward(tokens);
        let count = self.output_hypernetworks_mlps.len();
        let token =
            |n: usize| -> Tensor<2> { tokens.clone().slice([0..1, n..n + 1, 0..width]).reshape([1, width]) };
        let picture = self.output_upscaling.forward(picture.swap_dims(1, 2).reshape([1, width, grid, grid]));
        let [_, channels, side, _] = picture.dims();
        let by: Vec<Tensor<2>> = self
            .output_hypernetworks_mlps
            .iter()
            .enumerate()
            .map(|(n, mlp)| mlp.forward(token(n + 1)))
            .collect();
        let masks = Tensor::cat(by, 0).matmul(picture.reshape([channels, side * side]));
        let quality = self.iou_prediction_head.forward(token(0)).reshape([count]);
        Decoded { masks: masks.reshape([count, side, side]), quality }
    }
}
