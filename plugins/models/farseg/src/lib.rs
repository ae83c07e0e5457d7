//! The FarSeg family (Zheng, Zhong, Wang and Ma 2020): a ResNet-18 and a feature pyramid whose levels are gated by how like
//! they are to the scene as a whole, so that what stands out from its scene is seen. Wired as in torchgeo 0.9.
//!
//! The scene is the mean over what the network is given, so what a pixel is told hangs on its tile more than in a U-Net:
//! ask with tiles that are as large as the device takes.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, PaddingConfig2d};
use burn::tensor::module::{adaptive_avg_pool2d, interpolate, max_pool2d};
use burn::tensor::ops::{InterpolateMode, InterpolateOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, activation};
use learning::{Architecture, Facts, LearningError, NetShape, Network};

/// The family, for whoever lists families.
#[derive(Clone, Copy, Debug)]
pub struct FarSegFamily;

/// Channels: of the first level of the ResNet, of the pyramid, of the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    pub first: usize,
    pub pyramid: usize,
    pub decoder: usize,
}

fn widths(size: &str) -> Option<Widths> {
    match size {
        "tiny" => Some(Widths { first: 16, pyramid: 64, decoder: 32 }),
        "resnet18" => Some(Widths { first: 64, pyramid: 256, decoder: 128 }),
        _ => None,
    }
}

impl Architecture for FarSegFamily {
    type Net = FarSeg;
    const FACTS: Facts = Facts {
        name: "farseg",
        about: "FarSeg: a ResNet with a pyramid gated by the scene, for objects that are few and small in their scene",
        sizes: &["resnet18", "tiny"],
        multiple: 32,
    };
    const KEYS: &'static [(&'static str, &'static str)] = &[
        (r"^(backbone\..*\.downsample)\.0\.", "$1.conv."),
        (r"^(backbone\..*\.downsample)\.1\.", "$1.norm."),
        (r"^(fpn\.(?:inner|layer)_blocks\.\d+)\.0\.", "$1."),
        (r"^(fsr\.scene_encoder\.\d+)\.0\.", "$1.first."),
        (r"^(fsr\.scene_encoder\.\d+)\.2\.", "$1.second."),
        (r"^(fsr\.(?:content_encoders|feature_reencoders)\.\d+)\.0\.", "$1.conv."),
        (r"^(fsr\.(?:content_encoders|feature_reencoders)\.\d+)\.1\.", "$1.norm."),
        (r"^(decoder\.blocks\.\d+\.\d+)\.0\.", "$1.conv."),
        (r"^(decoder\.blocks\.\d+\.\d+)\.1\.", "$1.norm."),
        (r"^decoder\.classifier\.0\.", "decoder.classifier."),
    ];
    /// The head by which a ResNet tells classes of whole pictures.
    const SPARE_KEYS: &'static [&'static str] = &["backbone.fc."];

    fn build(shape: &NetShape, device: &Device) -> Result<FarSeg, LearningError> {
        let widths = widths(&shape.size).ok_or_else(|| {
            LearningError::refused(
                format!("There is no FarSeg of the size `{}`", shape.size),
                format!("the sizes are: {}", Self::FACTS.sizes.join(", ")),
            )
        })?;
        Ok(FarSeg::new(shape.inputs, shape.classes, widths, device))
    }
}

fn conv([from, to]: [usize; 2], kernel: usize, stride: usize, bias: bool, device: &Device) -> Conv2d {
    let pad = kernel / 2;
    Conv2dConfig::new([from, to], [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_bias(bias)
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// A convolution and its norm.
#[derive(Module, Debug)]
pub struct Normed {
    conv: Conv2d,
    norm: BatchNorm,
}

impl Normed {
    fn new(channels: [usize; 2], kernel: usize, stride: usize, bias: bool, device: &Device) -> Self {
        let norm = BatchNormConfig::new(channels[1]).init(device);
        Self { conv: conv(channels, kernel, stride, bias, device), norm }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.norm.forward(self.conv.forward(x))
    }
}

/// Two 3×3 convolutions with a way past them (He and others 2016).
#[derive(Module, Debug)]
pub struct Block {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
    downsample: Option<Normed>,
}

impl Block {
    fn new([from, to]: [usize; 2], stride: usize, device: &Device) -> Self {
        let norm = || BatchNormConfig::new(to).init(device);
        let other = stride != 1 || from != to;
        Self {
            conv1: conv([from, to], 3, stride, false, device),
            bn1: norm(),
            conv2: conv([to, to], 3, 1, false, device),
            bn2: norm(),
            downsample: other.then(|| Normed::new([from, to], 1, stride, false, device)),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let past = match &self.downsample {
            Some(down) => down.forward(x.clone()),
            None => x.clone(),
        };
        let x = activation::relu(self.bn1.forward(self.conv1.forward(x)));
        activation::relu(self.bn2.forward(self.conv2.forward(x)) + past)
    }
}

/// A ResNet-18 without its head.
#[derive(Module, Debug)]
pub struct Backbone {
    conv1: Conv2d,
    bn1: BatchNorm,
    layer1: Vec<Block>,
    layer2: Vec<Block>,
    layer3: Vec<Block>,
    layer4: Vec<Block>,
}

impl Backbone {
    fn new(bands: usize, first: usize, device: &Device) -> Self {
        let layer = |from: usize, to: usize, stride| {
            vec![Block::new([from, to], stride, device), Block::new([to, to], 1, device)]
        };
        Self {
            conv1: conv([bands, first], 7, 2, false, device),
            bn1: BatchNormConfig::new(first).init(device),
            layer1: layer(first, first, 1),
            layer2: layer(first, first * 2, 2),
            layer3: layer(first * 2, first * 4, 2),
            layer4: layer(first * 4, first * 8, 2),
        }
    }

    /// Levels at a fourth, an eighth, a sixteenth and a thirty-second of the size.
    fn forward(&self, x: Tensor<4>) -> Vec<Tensor<4>> {
        let x = activation::relu(self.bn1.forward(self.conv1.forward(x)));
        let mut x = max_pool2d(x, MaxPoolOptions::new([3, 3]).with_stride([2, 2]).with_padding([1, 1]));
        let mut levels = Vec::new();
        for layer in [&self.layer1, &self.layer2, &self.layer3, &self.layer4] {
            x = layer.iter().fold(x, |x, block| block.forward(x));
            levels.push(x.clone());
        }
        levels
    }
}

/// A feature pyramid (Lin and others 2017).
#[derive(Module, Debug)]
pub struct Pyramid {
    inner_blocks: Vec<Conv2d>,
    layer_blocks: Vec<Conv2d>,
}

impl Pyramid {
    fn forward(&self, levels: Vec<Tensor<4>>) -> Vec<Tensor<4>> {
        let mut sums: Vec<Tensor<4>> =
            levels.into_iter().zip(&self.inner_blocks).map(|(level, inner)| inner.forward(level)).collect();
        for at in (1..sums.len()).rev() {
            let [_, _, height, width] = sums[at - 1].dims();
            let options = InterpolateOptions::new(InterpolateMode::Nearest)
                .with_align_corners(false)
                .with_output_size([height, width]);
            sums[at - 1] = sums[at - 1].clone() + interpolate(sums[at].clone(), options);
        }
        sums.into_iter().zip(&self.layer_blocks).map(|(sum, layer)| layer.forward(sum)).collect()
    }
}

/// What the scene as a whole is like, for one level.
#[derive(Module, Debug)]
pub struct Scene {
    first: Conv2d,
    second: Conv2d,
}

/// Foreground–scene relation: each place of a level counts as much as it is like the scene.
#[derive(Module, Debug)]
pub struct Relation {
    scene_encoder: Vec<Scene>,
    content_encoders: Vec<Normed>,
    feature_reencoders: Vec<Normed>,
}

impl Relation {
    /// `[batch, 1, height, width]` in 0..1 for each level, and the levels gated by it.
    fn forward(&self, scene: &Tensor<4>, levels: Vec<Tensor<4>>) -> Vec<Tensor<4>> {
        let parts = self.scene_encoder.iter().zip(&self.content_encoders).zip(&self.feature_reencoders);
        let gated = levels.into_iter().zip(parts).map(|(level, ((encoder, content), feature))| {
            let scene = activation::relu(encoder.first.forward(scene.clone()));
            let scene = encoder.second.forward(scene);
            let content = activation::relu(content.forward(level.clone()));
            let relation = activation::sigmoid((scene * content).sum_dim(1));
            relation * activation::relu(feature.forward(level))
        });
        gated.collect()
    }
}

/// Brings all levels to a fourth of the size, takes their mean and tells classes.
#[derive(Module, Debug)]
pub struct Decoder {
    blocks: Vec<Vec<Normed>>,
    classifier: Conv2d,
}

fn enlarged(x: Tensor<4>, by: usize) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let options =
        InterpolateOptions::new(InterpolateMode::Bilinear).with_output_size([height * by, width * by]);
    interpolate(x, options)
}

impl Decoder {
    fn forward(&self, levels: Vec<Tensor<4>>) -> Tensor<4> {
        let count = levels.len();
        let parts = levels.into_iter().zip(&self.blocks).enumerate().map(|(at, (level, block))| {
            block.iter().fold(level, |x, normed| {
                let x = activation::relu(normed.forward(x));
                if at == 0 { x } else { enlarged(x, 2) }
            })
        });
        let sum = parts.reduce(|a, b| a + b).expect("there are four levels");
        enlarged(self.classifier.forward(sum.div_scalar(count as f32)), 4)
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct FarSeg {
    backbone: Backbone,
    fpn: Pyramid,
    fsr: Relation,
    decoder: Decoder,
}

impl FarSeg {
    /// From so many bands to so many classes; all weights are 0 until they are initialised or loaded.
    pub fn new(bands: usize, classes: usize, widths: Widths, device: &Device) -> Self {
        let Widths { first, pyramid, decoder } = widths;
        let levels = 0..4_usize;
        let coarsest = first * 8;
        let square = [pyramid, pyramid];
        let normed = || Normed::new(square, 1, 1, true, device);
        let block = |level: usize| -> Vec<Normed> {
            let from = |i| if i == 0 { pyramid } else { decoder };
            (0..level.max(1)).map(|i| Normed::new([from(i), decoder], 3, 1, false, device)).collect()
        };
        Self {
            backbone: Backbone::new(bands, first, device),
            fpn: Pyramid {
                inner_blocks: levels
                    .clone()
                    .map(|i| conv([first << i, pyramid], 1, 1, true, device))
                    .collect(),
                layer_blocks: levels.clone().map(|_| conv(square, 3, 1, true, device)).collect(),
            },
            fsr: Relation {
                scene_encoder: levels
                    .clone()
                    .map(|_| Scene {
                        first: conv([coarsest, pyramid], 1, 1, true, device),
                        second: conv(square, 1, 1, true, device),
                    })
                    .collect(),
                content_encoders: levels.clone().map(|_| normed()).collect(),
                feature_reencoders: levels.clone().map(|_| normed()).collect(),
            },
            decoder: Decoder {
                blocks: levels.map(block).collect(),
                classifier: conv([decoder, classes], 3, 1, true, device),
            },
        }
    }
}

impl Network for FarSeg {
    fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        let levels = self.backbone.forward(pixels);
        let scene = adaptive_avg_pool2d(levels[levels.len() - 1].clone(), [1, 1]);
        let levels = self.fsr.forward(&scene, self.fpn.forward(levels));
        self.decoder.forward(levels)
    }
}
