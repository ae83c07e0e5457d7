//! Weights that somebody has, in any of the ways in which they are published.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use learning::{LearningError, Weights, sha256_of_file};

use crate::Sam;
use crate::shape::{Shape, Shapes};

/// What the keys of the published weights of SAM and `MobileSAM` are here.
const PUBLISHED: &[(&str, &str)] = &[
    (r"^(?:module\.|model\.|sam\.)?(image_encoder|prompt_encoder|mask_decoder)\.", "$1."),
    (r"^image_encoder\.neck\.0\.", "image_encoder.neck.conv1."),
    (r"^image_encoder\.neck\.1\.", "image_encoder.neck.norm1."),
    (r"^image_encoder\.neck\.2\.", "image_encoder.neck.conv2."),
    (r"^image_encoder\.neck\.3\.", "image_encoder.neck.norm2."),
    (r"^image_encoder\.patch_embed\.seq\.2\.", "image_encoder.patch_embed.seq.1."),
    (r"^image_encoder\.layers\.0\.", "image_encoder.first."),
    (r"^image_encoder\.layers\.1\.", "image_encoder.stages.0."),
    (r"^image_encoder\.layers\.2\.", "image_encoder.stages.1."),
    (r"^image_encoder\.layers\.3\.", "image_encoder.stages.2."),
    (r"^prompt_encoder\.mask_downscaling\.0\.", "prompt_encoder.mask_downscaling.conv1."),
    (r"^prompt_encoder\.mask_downscaling\.1\.", "prompt_encoder.mask_downscaling.norm1."),
    (r"^prompt_encoder\.mask_downscaling\.3\.", "prompt_encoder.mask_downscaling.conv2."),
    (r"^prompt_encoder\.mask_downscaling\.4\.", "prompt_encoder.mask_downscaling.norm2."),
    (r"^prompt_encoder\.mask_downscaling\.6\.", "prompt_encoder.mask_downscaling.conv3."),
    (r"^mask_decoder\.output_upscaling\.0\.", "mask_decoder.output_upscaling.up1."),
    (r"^mask_decoder\.output_upscaling\.1\.", "mask_decoder.output_upscaling.norm."),
    (r"^mask_decoder\.output_upscaling\.3\.", "mask_decoder.output_upscaling.up2."),
];

/// What the keys of Hugging Face's `SamModel` are here.
const HUGGING_FACE: &[(&str, &str)] = &[
    (
        r"^(?:module\.|model\.|sam\.)?(vision_encoder|prompt_encoder|mask_decoder|shared_image_embedding)\.",
        "$1.",
    ),
    (
        r"^(?:shared_image_embedding|prompt_encoder\.shared_embedding)\.positional_embedding$",
        "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix",
    ),
    (r"^vision_encoder\.patch_embed\.projection\.", "image_encoder.patch_embed.proj."),
    (r"^vision_encoder\.layers\.", "image_encoder.blocks."),
    (r"^vision_encoder\.", "image_encoder."),
    (r"\.layer_norm(\d)\.", ".norm$1."),
    (r"^prompt_encoder\.mask_embed\.", "prompt_encoder.mask_downscaling."),
    (r"^prompt_encoder\.point_embed\.", "prompt_encoder.point_embeddings."),
    (r"^mask_decoder\.transformer\.layer_norm_final_attn\.", "mask_decoder.transformer.norm_final_attn."),
    (r"^mask_decoder\.upscale_conv1\.", "mask_decoder.output_upscaling.up1."),
    (r"^mask_decoder\.upscale_conv2\.", "mask_decoder.output_upscaling.up2."),
    (r"^mask_decoder\.upscale_layer_norm\.", "mask_decoder.output_upscaling.norm."),
    (r"^(mask_decoder\.(?:output_hypernetworks_mlps\.\d+|iou_prediction_head))\.proj_out\.", "$1.layers.2."),
    (r"^(mask_decoder\.(?:output_hypernetworks_mlps\.\d+|iou_prediction_head))\.layers\.0\.", "$1.layers.1."),
    (r"^(mask_decoder\.(?:output_hypernetworks_mlps\.\d+|iou_prediction_head))\.proj_in\.", "$1.layers.0."),
];

/// True for what published files hold beside the network: heads that tell classes of whole pictures, tables that follow
/// from others, and what pictures are normed by.
fn is_spare(key: &str) -> bool {
    let beginnings = ["image_encoder.norm_head.", "image_encoder.head.", "pixel_mean", "pixel_std"];
    let ends = ["num_batches_tracked", ".attention_bias_idxs", ".attn.ab"];
    beginnings.iter().any(|b| key.starts_with(b)) || ends.iter().any(|e| key.ends_with(e))
}

/// A file of weights that is of this family.
#[derive(Debug)]
pub struct Checkpoint {
    /// Which network it is.
    pub shape: Shape,
    weights: Weights,
}

impl Checkpoint {
    /// Reads what a file says it holds: `.pth` or `.pt` of PyTorch, of which only tensors are read and nothing is run, or
    /// `.safetensors`.
    pub fn open(file: &Path) -> Result<Self, LearningError> {
        Self::of(Weights::open(file)?)
    }

    /// The same of weights that are there.
    pub fn of(weights: Weights) -> Result<Self, LearningError> {
        let is_hugging_face = weights.shapes().keys().any(|key| key.contains("vision_encoder."));
        let rules = if is_hugging_face { HUGGING_FACE } else { PUBLISHED };
        let weights = weights.renamed(rules)?.without(is_spare);
        let shapes: Shapes = weights.shapes();
        Ok(Self { shape: Shape::recognised(&shapes)?, weights })
    }

    /// The network, if every key and shape is the network's; else an error that lists what is amiss.
    pub fn into_network(self, device: &Device) -> Result<Sam, LearningError> {
        self.weights.into_net(Sam::new(&self.shape, device))
    }
}

/// Weights on this machine: where they lie, and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub hash: String,
}

impl Named {
    /// Reads the whole file once, for its hash.
    pub fn of(path: &Path, go_on: &dyn Fn() -> bool) -> Result<Self, LearningError> {
        Ok(Self { path: path.to_owned(), hash: sha256_of_file(path, go_on)? })
    }
}

/// What files of weights of this family are called where they are published, the quickest first.
pub const USUAL_NAMES: [&str; 5] = [
    "mobile_sam.pt",
    "sam_vit_b_01ec64.pth",
    "sam_vit_b.pth",
    "sam_vit_l_0b3195.pth",
    "sam_vit_h_4b8939.pth",
];

/// The first file in a folder that is called as one of the family is.
pub fn found_in(folder: &Path) -> Option<PathBuf> {
    let usual = USUAL_NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    usual.or_else(|| {
        let entries = std::fs::read_dir(folder).ok()?;
        let mut others: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
                let is_weights = [".pt", ".pth", ".safetensors"].iter().any(|end| name.ends_with(end));
                is_weights && name.contains("sam")
            })
            .collect();
        others.sort();
        others.into_iter().next()
    })
}
