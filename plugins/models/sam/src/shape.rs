//! Which network of the family weights are of, by their keys and shapes alone.

use std::collections::BTreeMap;

use learning::LearningError;

/// Shapes of weights by our keys.
pub type Shapes = BTreeMap<String, Vec<usize>>;

/// The most that any number of a shape may be: a file with more is not of this family.
const MOST: usize = 1 << 14;
/// The heads of the decoder's attention; nothing in the weights says how many.
pub(crate) const DECODER_HEADS: usize = 8;
/// The side of the picture that MobileSAM looks at; nothing in its weights says so.
const MOBILE_PX: usize = 1024;
/// Pixels of a side that become one feature.
pub(crate) const PX_PER_FEATURE: usize = 16;

/// A network of the family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub encoder: EncoderShape,
    /// The side of the picture that it looks at, in pixels.
    pub image_px: usize,
    /// The width of features and prompts.
    pub width: usize,
    /// Channels on the way from a mask that is fed back to features.
    pub mask_channels: usize,
    pub decoder: DecoderShape,
}

/// The part that looks at pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncoderShape {
    Vit(VitShape),
    Tiny(TinyShape),
}

/// A plain vision transformer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VitShape {
    pub width: usize,
    pub patch_px: usize,
    /// Tokens along a side.
    pub grid: usize,
    pub hidden: usize,
    /// The width of a head.
    pub head: usize,
    /// For each block the side of what it looks at, in tokens.
    pub windows: Vec<usize>,
}

/// A `TinyViT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TinyShape {
    pub first: FirstShape,
    pub stages: Vec<StageShape>,
}

/// Its stage without attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstShape {
    pub width: usize,
    pub depth: usize,
    pub hidden: usize,
}

/// One of its stages with attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageShape {
    pub width: usize,
    pub depth: usize,
    pub heads: usize,
    pub window: usize,
    pub hidden: usize,
}

/// The part that makes masks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecoderShape {
    pub depth: usize,
    pub hidden: usize,
    /// The width of attention between tokens and picture.
    pub inner: usize,
    /// How many masks there are: one, and three for when it is not clear what is meant.
    pub masks: usize,
    /// Widths of the layers that say how good each mask is.
    pub quality: Vec<usize>,
}

impl Shape {
    /// `MobileSAM`, with random weights of no use until others are loaded: for measuring.
    pub fn mobile_sam() -> Self {
        let stage =
            |width, depth, heads, window| StageShape { width, depth, heads, window, hidden: width * 4 };
        Self {
            encoder: EncoderShape::Tiny(TinyShape {
                first: FirstShape { width: 64, depth: 2, hidden: 256 },
                stages: vec![stage(128, 2, 4, 7), stage(160, 6, 5, 14), stage(320, 2, 10, 7)],
            }),
            image_px: MOBILE_PX,
            width: 256,
            mask_channels: 16,
            decoder: DecoderShape {
                depth: 2,
                hidden: 2048,
                inner: 128,
                masks: 4,
                quality: vec![256, 256, 256, 4],
            },
        }
    }

    /// Features along a side.
    pub fn grid(&self) -> usize {
        match &self.encoder {
            EncoderShape::Vit(vit) => vit.grid,
            EncoderShape::Tiny(_) => self.image_px / PX_PER_FEATURE,
        }
    }

    /// Pixels along the side of the masks that it makes and takes.
    pub fn mask_px(&self) -> usize {
        self.grid() * 4
    }

    /// What it is called.
    pub fn name(&self) -> String {
        match &self.encoder {
            EncoderShape::Vit(vit) => match vit.width {
                768 => "SAM ViT-B".to_owned(),
                1024 => "SAM ViT-L".to_owned(),
                1280 => "SAM ViT-H".to_owned(),
                width => format!("SAM ViT of width {width}"),
            },
            EncoderShape::Tiny(_) if self.encoder == Self::mobile_sam().encoder => "MobileSAM".to_owned(),
            EncoderShape::Tiny(tiny) => format!("SAM TinyViT of width {}", tiny.first.width),
        }
    }

    /// What the weights are of. Fails with what is missing, or with what they are instead.
    pub fn recognised(shapes: &Shapes) -> Result<Self, LearningError> {
        let keys = Keys(shapes);
        if let Some(refused) = keys.another_family() {
            return Err(refused);
        }
        let [_, width] = keys.dims("mask_decoder.iou_token.weight")?;
        let [masks, _] = keys.dims("mask_decoder.mask_tokens.weight")?;
        let [mask_channels, ..] = keys.dims::<4>("prompt_encoder.mask_downscaling.conv2.weight")?;
        let (encoder, image_px) = if shapes.contains_key("image_encoder.pos_embed") {
            let vit = keys.vit()?;
            let side = vit.patch_px * vit.grid;
            (EncoderShape::Vit(vit), side)
        } else {
            (EncoderShape::Tiny(keys.tiny()?), MOBILE_PX)
        };
        let decoder = keys.decoder(masks)?;
        if width % DECODER_HEADS != 0 || decoder.inner % DECODER_HEADS != 0 || width % 8 != 0 {
            return Err(unlike("the width of its decoder is no multiple of eight"));
        }
        Ok(Self { encoder, image_px, width, mask_channels, decoder })
    }
}

/// For weights that are of the family by name only.
fn unlike(why: &str) -> LearningError {
    LearningError::refused(
        format!("these are no weights of the SAM family: {why}"),
        "give mobile_sam.pt, sam_vit_b, sam_vit_l or sam_vit_h (.pth), or the safetensors file of a SamModel",
    )
}

struct Keys<'a>(&'a Shapes);

impl Keys<'_> {
    /// What the keys say where they are of something else.
    fn another_family(&self) -> Option<LearningError> {
        let has = |part: &str| self.0.keys().any(|key| key.contains(part));
        let is_whole = has("image_encoder.") && has("prompt_encoder.") && has("mask_decoder.");
        let is_of = if has("image_encoder.trunk.") || has("memory_attention.") {
            "they are of SAM 2, which is another network"
        } else if has("token_mixer") {
            "they are of EdgeSAM, which is another network"
        } else if is_whole {
            return None;
        } else if has("image_encoder.") {
            "they hold an image encoder without prompt encoder and mask decoder"
        } else {
            let some: Vec<&str> = self.0.keys().take(4).map(String::as_str).collect();
            let listed = if some.is_empty() { "no tensors at all".to_owned() } else { some.join(", ") };
            return Some(unlike(&format!("none of their keys is one of it; they hold {listed}")));
        };
        Some(unlike(is_of))
    }

    fn dims<const D: usize>(&self, key: &str) -> Result<[usize; D], LearningError> {
        let found = self.0.get(key).ok_or_else(|| unlike(&format!("{key} is missing")))?;
        let dims = <[usize; D]>::try_from(found.as_slice());
        let dims = dims.map_err(|_| unlike(&format!("{key} has {} dimensions, not {D}", found.len())))?;
        match dims.iter().find(|n| **n == 0 || **n > MOST) {
            Some(n) => Err(unlike(&format!("{key} is {n} long"))),
            None => Ok(dims),
        }
    }

    /// How many there are, counted from 0.
    fn count(&self, key: impl Fn(usize) -> String) -> usize {
        (0..MOST).take_while(|at| self.0.contains_key(&key(*at))).count()
    }

    fn vit(&self) -> Result<VitShape, LearningError> {
        let [_, grid, across, width] = self.dims("image_encoder.pos_embed")?;
        let [_, bands, patch_px, _] = self.dims::<4>("image_encoder.patch_embed.proj.weight")?;
        let [hidden, _] = self.dims("image_encoder.blocks.0.mlp.lin1.weight")?;
        let [_, head] = self.dims("image_encoder.blocks.0.attn.rel_pos_h")?;
        let depth = self.count(|at| format!("image_encoder.blocks.{at}.norm1.weight"));
        let window = |at: usize| -> Result<usize, LearningError> {
            let [distances, _] = self.dims(&format!("image_encoder.blocks.{at}.attn.rel_pos_h"))?;
            Ok(distances.div_ceil(2))
        };
        let windows = (0..depth).map(window).collect::<Result<Vec<usize>, _>>()?;
        if bands != 3 || grid != across {
            return Err(unlike("they look at no square picture of three bands"));
        }
        if width % head != 0 || windows.iter().any(|side| *side > grid) {
            return Err(unlike("the tables of positions do not fit the width of the encoder"));
        }
        Ok(VitShape { width, patch_px, grid, hidden, head, windows })
    }

    fn tiny(&self) -> Result<TinyShape, LearningError> {
        let [width, ..] = self.dims::<4>("image_encoder.patch_embed.seq.1.c.weight")?;
        let [hidden, ..] = self.dims::<4>("image_encoder.first.blocks.0.conv1.c.weight")?;
        let depth = self.count(|at| format!("image_encoder.first.blocks.{at}.conv1.c.weight"));
        let count = self.count(|at| format!("image_encoder.stages.{at}.blocks.0.attn.attention_biases"));
        let stage = |at: usize| -> Result<StageShape, LearningError> {
            let key = |rest: &str| format!("image_encoder.stages.{at}.blocks.0.{rest}");
            let [heads, distances] = self.dims(&key("attn.attention_biases"))?;
            let [hidden, width] = self.dims(&key("mlp.fc1.weight"))?;
            let window = distances.isqrt();
            if window * window != distances || width % heads != 0 {
                return Err(unlike("the tables of positions do not fit the width of the encoder"));
            }
            let block = |n| format!("image_encoder.stages.{at}.blocks.{n}.attn.attention_biases");
            Ok(StageShape { width, depth: self.count(block), heads, window, hidden })
        };
        let stages = (0..count).map(stage).collect::<Result<Vec<_>, _>>()?;
        if stages.len() != 3 {
            return Err(unlike(&format!("the encoder has {} stages with attention, not 3", stages.len())));
        }
        Ok(TinyShape { first: FirstShape { width, depth, hidden }, stages })
    }

    fn decoder(&self, masks: usize) -> Result<DecoderShape, LearningError> {
        let layer = |at| format!("mask_decoder.transformer.layers.{at}.norm1.weight");
        let [hidden, _] = self.dims("mask_decoder.transformer.layers.0.mlp.lin1.weight")?;
        let [inner, _] = self.dims("mask_decoder.transformer.final_attn_token_to_image.q_proj.weight")?;
        let head = |at: usize| format!("mask_decoder.iou_prediction_head.layers.{at}.weight");
        let mut quality = Vec::new();
        for at in 0..self.count(head) {
            let [to, from] = self.dims(&head(at))?;
            if at == 0 {
                quality.push(from);
            }
            quality.push(to);
        }
        if masks != 4 || quality.last() != Some(&masks) {
            return Err(unlike("the decoder does not make four masks with a number for each"));
        }
        Ok(DecoderShape { depth: self.count(layer), hidden, inner, masks, quality })
    }
}
