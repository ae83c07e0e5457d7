//! MobileSAM's image encoder: a TinyViT (Wu and others 2022; Zhang and others 2023). Convolutions first, then three
//! stages of attention in windows, each with a convolution of every channel for itself in its blocks.

use burn::module::{Module, Param};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use crate::Watch;
use crate::layers::{ConvNorm, Neck, attend, layer_norm, linear, numbers, unwindowed, windows};
use crate::shape::{StageShape, TinyShape};

const EPSILON: f64 = 1e-5;

/// Pixels to tokens of a fourth of the side.
#[derive(Module, Debug)]
pub(crate) struct Stem {
    seq: Vec<ConvNorm>,
}

/// Wider, each channel for itself, and narrow again, with a way past.
#[derive(Module, Debug)]
pub(crate) struct Inverted {
    conv1: ConvNorm,
    conv2: ConvNorm,
    conv3: ConvNorm,
}

impl Inverted {
    fn new(width: usize, hidden: usize, device: &Device) -> Self {
        Self {
            conv1: ConvNorm::new([width, hidden], 1, 1, false, device),
            conv2: ConvNorm::new([hidden, hidden], 3, 1, true, device),
            conv3: ConvNorm::new([hidden, width], 1, 1, false, device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let inner = activation::gelu(self.conv1.forward(x.clone()));
        let inner = activation::gelu(self.conv2.forward(inner));
        activation::gelu(x + self.conv3.forward(inner))
    }
}

/// To the next stage's width, and half the side where `stride` is 2.
#[derive(Module, Debug)]
pub(crate) struct Merging {
    conv1: ConvNorm,
    conv2: ConvNorm,
    conv3: ConvNorm,
}

impl Merging {
    fn new([from, to]: [usize; 2], stride: usize, device: &Device) -> Self {
        Self {
            conv1: ConvNorm::new([from, to], 1, 1, false, device),
            conv2: ConvNorm::new([to, to], 3, stride, true, device),
            conv3: ConvNorm::new([to, to], 1, 1, false, device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = activation::gelu(self.conv1.forward(x));
        self.conv3.forward(activation::gelu(self.conv2.forward(x)))
    }
}

/// The stage without attention.
#[derive(Module, Debug)]
pub(crate) struct First {
    blocks: Vec<Inverted>,
    downsample: Merging,
}

/// What tokens of a window take from each other.
#[derive(Module, Debug)]
#[expect(clippy::struct_field_names, reason = "the keys of published weights")]
pub(crate) struct Attention {
    norm: LayerNorm,
    qkv: Linear,
    proj: Linear,
    /// `[heads, distances]`, by rows and columns that tokens are apart.
    attention_biases: Param<Tensor<2>>,
}

impl Attention {
    /// `[windows, tokens, width]`, and what distances add: `[heads, tokens, tokens]`.
    fn forward(&self, x: Tensor<3>, bias: &Tensor<3>) -> Tensor<3> {
        let [count, tokens, width] = x.dims();
        let heads = self.attention_biases.dims()[0];
        let head = width / heads;
        let parts = self.qkv.forward(self.norm.forward(x));
        // Unlike elsewhere each head has its queries, keys and values side by side.
        let parts: Tensor<5> = parts.reshape([count, tokens, heads, 3, head]).permute([3, 0, 2, 1, 4]);
        let part = |at: usize| -> Tensor<3> {
            let one = parts.clone().slice([at..at + 1, 0..count, 0..heads, 0..tokens, 0..head]);
            one.reshape([count * heads, tokens, head])
        };
        let bias = bias.clone().reshape([1, heads, tokens, tokens]).expand([count, heads, tokens, tokens]);
        let bias = bias.reshape([count * heads, tokens, tokens]);
        let taken = attend(part(0), part(1), part(2), (head as f64).powf(-0.5), Some(bias));
        let taken = taken.reshape([count, heads, tokens, head]).swap_dims(1, 2);
        self.proj.forward(taken.reshape([count, tokens, width]))
    }

    fn bias(&self, side: usize) -> Tensor<3> {
        let table = self.attention_biases.val();
        let (heads, tokens) = (table.dims()[0], side * side);
        let apart = |at: usize| {
            let (a, b) = (at / tokens, at % tokens);
            ((a / side).abs_diff(b / side) * side + (a % side).abs_diff(b % side)) as i32
        };
        let which: Vec<i32> = (0..tokens * tokens).map(apart).collect();
        let which = Tensor::<1, Int>::from_data(TensorData::new(which, [tokens * tokens]), &table.device());
        table.select(1, which).reshape([heads, tokens, tokens])
    }
}

/// Each token for itself.
#[derive(Module, Debug)]
pub(crate) struct Mlp {
    norm: LayerNorm,
    fc1: Linear,
    fc2: Linear,
}

/// One block of a stage with attention.
#[derive(Module, Debug)]
pub(crate) struct Block {
    attn: Attention,
    mlp: Mlp,
    local_conv: ConvNorm,
}

impl Block {
    fn new(stage: &StageShape, device: &Device) -> Self {
        let width = stage.width;
        Self {
            attn: Attention {
                norm: layer_norm(width, EPSILON, device),
                qkv: linear(width, width * 3, device),
                proj: linear(width, width, device),
                attention_biases: numbers([stage.heads, stage.window * stage.window], device),
            },
            mlp: Mlp {
                norm: layer_norm(width, EPSILON, device),
                fc1: linear(width, stage.hidden, device),
                fc2: linear(stage.hidden, width, device),
            },
            local_conv: ConvNorm::new([width, width], 3, 1, true, device),
        }
    }

    /// `[1, channels, height, width]`.
    fn forward(&self, x: Tensor<4>, window: usize) -> Tensor<4> {
        let [_, channels, height, width] = x.dims();
        let tokens = x.clone().permute([0, 2, 3, 1]);
        let cut = windows(tokens, window);
        let count = cut.dims()[0];
        let bias = self.attn.bias(window);
        let taken = self.attn.forward(cut.reshape([count, window * window, channels]), &bias);
        let taken = unwindowed(taken.reshape([count, window, window, channels]), window, [height, width]);
        let x = self.local_conv.forward(x + taken.permute([0, 3, 1, 2]));
        let tokens = x.clone().permute([0, 2, 3, 1]);
        let tokens = activation::gelu(self.mlp.fc1.forward(self.mlp.norm.forward(tokens)));
        x + self.mlp.fc2.forward(tokens).permute([0, 3, 1, 2])
    }
}

/// A stage with attention.
#[derive(Module, Debug)]
pub(crate) struct Stage {
    blocks: Vec<Block>,
    downsample: Option<Merging>,
    #[module(skip)]
    window: usize,
}

/// The encoder.
#[derive(Module, Debug)]
pub(crate) struct TinyVit {
    patch_embed: Stem,
    first: First,
    stages: Vec<Stage>,
    neck: Neck,
}

impl TinyVit {
    /// All weights are 0 until they are loaded.
    pub(crate) fn new(shape: &TinyShape, to: usize, device: &Device) -> Self {
        let first = shape.first;
        let after = |at: usize| shape.stages.get(at).map(|stage| stage.width);
        let stage = |(at, stage): (usize, &StageShape)| Stage {
            blocks: (0..stage.depth).map(|_| Block::new(stage, device)).collect(),
            // The last stage is as large as the one before it.
            downsample: after(at + 1).map(|next| {
                let stride = if at + 2 == shape.stages.len() { 1 } else { 2 };
                Merging::new([stage.width, next], stride, device)
            }),
            window: stage.window,
        };
        Self {
            patch_embed: Stem {
                seq: vec![
                    ConvNorm::new([3, first.width / 2], 3, 2, false, device),
                    ConvNorm::new([first.width / 2, first.width], 3, 2, false, device),
                ],
            },
            first: First {
                blocks: (0..first.depth).map(|_| Inverted::new(first.width, first.hidden, device)).collect(),
                downsample: Merging::new([first.width, after(0).unwrap_or(first.width)], 2, device),
            },
            stages: shape.stages.iter().enumerate().map(stage).collect(),
            neck: Neck::new(shape.stages.last().map_or(first.width, |stage| stage.width), to, device),
        }
    }

    /// Pixels `[1, 3, side, side]` to features `[1, to, side / 16, side / 16]`; `None` where the watch says stop. With
    /// `each`, what every stage says.
    pub(crate) fn forward(
        &self,
        pixels: Tensor<4>,
        watch: Watch<'_>,
        each: &mut dyn FnMut(&Tensor<4>),
    ) -> Option<Tensor<4>> {
        let blocks = self.first.blocks.len() + self.stages.iter().map(|s| s.blocks.len()).sum::<usize>();
        let (mut done, all) = (0.0, blocks as f32 + 2.0);
        let mut step = |watch: &mut dyn FnMut(f32) -> bool| {
            done += 1.0;
            watch((done - 1.0) / all)
        };
        let mut x = pixels;
        step(watch).then_some(())?;
        for (at, part) in self.patch_embed.seq.iter().enumerate() {
            x = part.forward(x);
            x = if at == 0 { activation::gelu(x) } else { x };
        }
        each(&x);
        for block in &self.first.blocks {
            step(watch).then_some(())?;
            x = block.forward(x);
        }
        x = self.first.downsample.forward(x);
        each(&x);
        for stage in &self.stages {
            for block in &stage.blocks {
                step(watch).then_some(())?;
                x = block.forward(x, stage.window);
            }
            x = stage.downsample.as_ref().map_or_else(|| x.clone(), |down| down.forward(x.clone()));
            each(&x);
        }
        step(watch).then(|| self.neck.forward(x))
    }
}
