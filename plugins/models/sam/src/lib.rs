//! The SAM family: masks by clicks and boxes, of any object, without classes (Kirillov and others 2023), with SAM's own
//! image encoder or that of MobileSAM (Zhang and others 2023).
//!
//! A picture is looked at once ([`Segmenter::encode`], slow), and what is said of it ([`Features`], kept in a
//! [`FeatureCache`]) answers any number of prompts ([`Segmenter::ask`], quick). Weights are the user's own
//! ([`Checkpoint`]): which network they are of is told from their keys. Unlike other families this one teaches nothing and
//! has no random weights that anybody could ask.

mod checkpoint;
mod decoder;
mod features;
mod layers;
mod picture;
mod prompt;
mod segmenter;
mod shape;
mod tiles;
mod tiny_vit;
mod vit;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

pub use checkpoint::{Checkpoint, Named, USUAL_NAMES, found_in};
pub use decoder::{Decoded, MaskDecoder};
pub use features::{FeatureCache, Features};
pub use picture::{MOST_PIXELS, Picture, upscaled};
pub use prompt::{Prompt, PromptEncoder};
pub use segmenter::{Candidate, Segmenter};
pub use shape::{DecoderShape, EncoderShape, FirstShape, Shape, Shapes, StageShape, TinyShape, VitShape};
pub use tiles::{Tile, is_cut, level_of};

/// Told the share that is done, 0 to 1; says whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(f32) -> bool;

/// The part that looks at pictures.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each network")]
pub(crate) enum Encoder {
    Vit(vit::Vit),
    Tiny(tiny_vit::TinyVit),
}

/// The network.
#[derive(Module, Debug)]
pub struct Sam {
    image_encoder: Encoder,
    pub(crate) prompt_encoder: PromptEncoder,
    pub(crate) mask_decoder: MaskDecoder,
}

impl Sam {
    /// A network whose weights are 0 until they are loaded.
    pub fn new(shape: &Shape, device: &Device) -> Self {
        let image_encoder = match &shape.encoder {
            EncoderShape::Vit(vit) => Encoder::Vit(vit::Vit::new(vit, shape.width, device)),
            EncoderShape::Tiny(tiny) => Encoder::Tiny(tiny_vit::TinyVit::new(tiny, shape.width, device)),
        };
        Self {
            image_encoder,
            prompt_encoder: PromptEncoder::new(shape, device),
            mask_decoder: MaskDecoder::new(shape, device),
        }
    }

    /// Normed pixels `[1, 3, side, side]` to features `[1, width, grid, grid]`; `None` where the watch says stop.
    pub fn encode(&self, pixels: Tensor<4>, watch: Watch<'_>) -> Option<Tensor<4>> {
        self.encode_and(pixels, watch, &mut |_| {})
    }

    /// The same, and what each part of the encoder says on the way, for comparing it.
    pub fn encode_and(
        &self,
        pixels: Tensor<4>,
        watch: Watch<'_>,
        each: &mut dyn FnMut(&Tensor<4>),
    ) -> Option<Tensor<4>> {
        match &self.image_encoder {
            Encoder::Vit(vit) => vit.forward(pixels, watch, each),
            Encoder::Tiny(tiny) => tiny.forward(pixels, watch, each),
        }
    }

    /// A prompt in pixels of what the network looks at as tokens `[1, n, width]`, and what is added to features for a mask
    /// `[1, 1, 4 · grid, 4 · grid]` that is fed back.
    pub fn say(&self, shape: &Shape, prompt: &Prompt, mask: Option<Tensor<4>>) -> (Tensor<3>, Tensor<4>) {
        let sparse = self.prompt_encoder.sparse(prompt, shape.image_px);
        (sparse, self.prompt_encoder.dense(mask, shape.grid()))
    }

    /// Where each feature lies, as the decoder reads it: `[1, width, grid, grid]`.
    pub fn everywhere(&self, shape: &Shape) -> Tensor<4> {
        self.prompt_encoder.everywhere(shape.grid())
    }

    /// Masks of features and of what [`Sam::say`] made of a prompt.
    pub fn decode(&self, shape: &Shape, features: Tensor<4>, said: (Tensor<3>, Tensor<4>)) -> Decoded {
        self.mask_decoder.forward(features, self.everywhere(shape), said.0, said.1)
    }
}
