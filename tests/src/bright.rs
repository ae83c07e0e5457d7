//! Weights of a network that anybody can reason about, so that what surrounds it can be tested without anybody's.

use serde_json::{Map, json};

/// The side of the picture that [`bright_network`] looks at, in pixels.
pub const BRIGHT_PX: usize = 128;

const WIDTH: usize = 8;
const GRID: usize = BRIGHT_PX / 16;

/// A safetensors file of a network of the SAM family, by the keys of segment-anything: it looks at pictures of
/// [`BRIGHT_PX`] pixels in squares of 16, and says where they are brighter than pictures are on average. Its masks, the
/// surest first where a click is asked about: what is bright (0.8), what is dark (0.7), what is bright (0.6); for a
/// clear prompt first of all what is bright (0.9).
pub fn bright_network() -> Vec<u8> {
    let mut made = Made::default();
    encoder(&mut made);
    prompts(&mut made);
    decoder(&mut made);
    made.file()
}

#[derive(Default)]
struct Made {
    head: Map<String, serde_json::Value>,
    data: Vec<u8>,
}

impl Made {
    /// Numbers by their places.
    fn put(&mut self, key: &str, shape: &[usize], value: impl Fn(usize) -> f32) {
        let from = self.data.len();
        self.data.extend((0..shape.iter().product()).flat_map(|at| value(at).to_le_bytes()));
        let about = json!({ "dtype": "F32", "shape": shape, "data_offsets": [from, self.data.len()] });
        self.head.insert(key.to_owned(), about);
    }

    fn nothing(&mut self, key: &str, shape: &[usize]) {
        self.put(key, shape, |_| 0.0);
    }

    fn linear(&mut self, key: &str, to: usize, from: usize) {
        self.nothing(&format!("{key}.weight"), &[to, from]);
        self.nothing(&format!("{key}.bias"), &[to]);
    }

    fn norm(&mut self, key: &str, width: usize) {
        self.put(&format!("{key}.weight"), &[width], |_| 1.0);
        self.nothing(&format!("{key}.bias"), &[width]);
    }

    fn file(self) -> Vec<u8> {
        let mut head = serde_json::Value::Object(self.head).to_string().into_bytes();
        head.resize(head.len().next_multiple_of(8), b' ');
        [(head.len() as u64).to_le_bytes().as_slice(), &head, &self.data].concat()
    }
}

/// The brightness of each square in the first channel, and what it lacks in the second.
fn encoder(made: &mut Made) {
    let of = |rest: &str| format!("image_encoder.{rest}");
    let square = 3 * 16 * 16;
    made.put(&of("patch_embed.proj.weight"), &[WIDTH, 3, 16, 16], |at| match at / square {
        0 => 1.0 / square as f32,
        1 => -1.0 / square as f32,
        _ => 0.0,
    });
    made.nothing(&of("patch_embed.proj.bias"), &[WIDTH]);
    made.nothing(&of("pos_embed"), &[1, GRID, GRID, WIDTH]);
    made.norm(&of("blocks.0.norm1"), WIDTH);
    made.norm(&of("blocks.0.norm2"), WIDTH);
    made.linear(&of("blocks.0.attn.qkv"), 3 * WIDTH, WIDTH);
    made.linear(&of("blocks.0.attn.proj"), WIDTH, WIDTH);
    made.nothing(&of("blocks.0.attn.rel_pos_h"), &[2 * GRID - 1, WIDTH]);
    made.nothing(&of("blocks.0.attn.rel_pos_w"), &[2 * GRID - 1, WIDTH]);
    made.linear(&of("blocks.0.mlp.lin1"), WIDTH, WIDTH);
    made.linear(&of("blocks.0.mlp.lin2"), WIDTH, WIDTH);
    let same = |at: usize| if at / WIDTH == at % WIDTH { 1.0 } else { 0.0 };
    made.put(&of("neck.0.weight"), &[WIDTH, WIDTH, 1, 1], same);
    made.norm(&of("neck.1"), WIDTH);
    // The middle of three by three.
    let middle = |at: usize| if at % 9 == 4 { same(at / 9) } else { 0.0 };
    made.put(&of("neck.2.weight"), &[WIDTH, WIDTH, 3, 3], middle);
    made.norm(&of("neck.3"), WIDTH);
}

/// Prompts say nothing.
fn prompts(made: &mut Made) {
    let of = |rest: &str| format!("prompt_encoder.{rest}");
    made.nothing(&of("pe_layer.positional_encoding_gaussian_matrix"), &[2, WIDTH / 2]);
    for key in ["point_embeddings.0", "point_embeddings.1", "point_embeddings.2", "point_embeddings.3"] {
        made.nothing(&of(&format!("{key}.weight")), &[1, WIDTH]);
    }
    made.nothing(&of("not_a_point_embed.weight"), &[1, WIDTH]);
    made.nothing(&of("no_mask_embed.weight"), &[1, WIDTH]);
    for (at, shape) in [(0, [2, 1, 2, 2]), (3, [8, 2, 2, 2]), (6, [WIDTH, 8, 1, 1])] {
        made.nothing(&of(&format!("mask_downscaling.{at}.weight")), &shape);
        made.nothing(&of(&format!("mask_downscaling.{at}.bias")), &shape[..1]);
    }
    made.norm(&of("mask_downscaling.1"), 2);
    made.norm(&of("mask_downscaling.4"), 8);
}

/// Masks are the first channel less the second, times what each mask's token says.
fn decoder(made: &mut Made) {
    let of = |rest: &str| format!("mask_decoder.{rest}");
    made.nothing(&of("iou_token.weight"), &[1, WIDTH]);
    made.nothing(&of("mask_tokens.weight"), &[4, WIDTH]);
    let layer = |rest: &str| of(&format!("transformer.layers.0.{rest}"));
    let attentions = [
        layer("self_attn"),
        layer("cross_attn_token_to_image"),
        layer("cross_attn_image_to_token"),
        of("transformer.final_attn_token_to_image"),
    ];
    for attention in attentions {
        for part in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            made.linear(&format!("{attention}.{part}"), WIDTH, WIDTH);
        }
    }
    for norm in ["norm1", "norm2", "norm3", "norm4"] {
        made.norm(&layer(norm), WIDTH);
    }
    made.linear(&layer("mlp.lin1"), WIDTH, WIDTH);
    made.linear(&layer("mlp.lin2"), WIDTH, WIDTH);
    made.norm(&of("transformer.norm_final_attn"), WIDTH);
    // The first two channels as they are, four times each; then their difference, four times.
    let first = |at: usize| if at / 8 == at / 4 % 2 && at / 8 < 2 { 1.0 } else { 0.0 };
    made.put(&of("output_upscaling.0.weight"), &[WIDTH, 2, 2, 2], first);
    made.nothing(&of("output_upscaling.0.bias"), &[2]);
    made.norm(&of("output_upscaling.1"), 2);
    made.put(&of("output_upscaling.3.weight"), &[2, 1, 2, 2], |at| if at < 4 { 1.0 } else { -1.0 });
    made.nothing(&of("output_upscaling.3.bias"), &[1]);
    for (mask, says) in [1.0, 1.0, -1.0, 1.0].into_iter().enumerate() {
        let mlp = of(&format!("output_hypernetworks_mlps.{mask}.layers"));
        made.linear(&format!("{mlp}.0"), WIDTH, WIDTH);
        made.linear(&format!("{mlp}.1"), WIDTH, WIDTH);
        made.nothing(&format!("{mlp}.2.weight"), &[1, WIDTH]);
        made.put(&format!("{mlp}.2.bias"), &[1], |_| says);
    }
    made.nothing(&of("iou_prediction_head.layers.0.weight"), &[4, WIDTH]);
    made.put(&of("iou_prediction_head.layers.0.bias"), &[4], |at| 0.9 - at as f32 / 10.0);
}
