//! SAM's own image encoder: a plain vision transformer whose blocks look at windows, a few of them at everything, with
//! positions by distance along each axis (Li and others 2022; Kirillov and others 2023).

use burn::module::{Module, Param};
use burn::nn::conv::Conv2d;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::Watch;
use crate::layers::{Mlp, Neck, attend, layer_norm, linear, numbers, patches, unwindowed, windows};
use crate::shape::VitShape;

const EPSILON: f64 = 1e-6;
/// Numbers of how alike tokens are that are held at once: 128 MB.
const MOST_AT_ONCE: usize = 1 << 25;

/// What each block takes from what it looks at.
#[derive(Module, Debug)]
pub(crate) struct Attention {
    qkv: Linear,
    proj: Linear,
    rel_pos_h: Param<Tensor<2>>,
    rel_pos_w: Param<Tensor<2>>,
}

impl Attention {
    fn new(width: usize, head: usize, side: usize, device: &Device) -> Self {
        Self {
            qkv: linear(width, width * 3, device),
            proj: linear(width, width, device),
            rel_pos_h: numbers([side * 2 - 1, head], device),
            rel_pos_w: numbers([side * 2 - 1, head], device),
        }
    }

    /// `[batch, side, side, width]`.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, side, _, width] = x.dims();
        let head = self.rel_pos_h.dims()[1];
        let (heads, tokens) = (width / head, side * side);
        let parts = self.qkv.forward(x.reshape([batch, tokens, width]));
        let parts: Tensor<5> = parts.reshape([batch, tokens, 3, heads, head]).permute([2, 0, 3, 1, 4]);
        let groups = batch * heads;
        let part = |at: usize| -> Tensor<3> {
            let one = parts.clone().slice([at..at + 1, 0..batch, 0..heads, 0..tokens, 0..head]);
            one.reshape([groups, tokens, head])
        };
        let (queries, keys, values) = (part(0), part(1), part(2));
        let (rows, columns) = (distances(self.rel_pos_h.val(), side), distances(self.rel_pos_w.val(), side));
        let scale = (head as f64).powf(-0.5);
        let at_once = (MOST_AT_ONCE / (tokens * tokens)).clamp(1, groups);
        let taken = (0..groups).step_by(at_once).map(|from| {
            let to = (from + at_once).min(groups);
            let some = |of: &Tensor<3>| of.clone().slice([from..to, 0..tokens, 0..head]);
            let queries = some(&queries);
            let bias = by_distance(queries.clone(), &rows, &columns, side);
            attend(queries, some(&keys), some(&values), scale, Some(bias))
        });
        let taken = Tensor::cat(taken.collect(), 0).reshape([batch, heads, tokens, head]);
        let taken = taken.swap_dims(1, 2).reshape([batch, side, side, width]);
        self.proj.forward(taken)
    }
}

/// `[query, key, head]` along one axis, of numbers for each distance.
fn distances(table: Tensor<2>, side: usize) -> Tensor<3> {
    let head = table.dims()[1];
    let apart = |at: usize| (at / side + side - 1 - at % side) as i32;
    let which: Vec<i32> = (0..side * side).map(apart).collect();
    let which = Tensor::<1, Int>::from_data(TensorData::new(which, [side * side]), &table.device());
    table.select(0, which).reshape([side, side, head])
}

/// What distances along both axes add to how alike tokens are: `[groups, tokens, tokens]`.
fn by_distance(queries: Tensor<3>, rows: &Tensor<3>, columns: &Tensor<3>, side: usize) -> Tensor<3> {
    let [groups, tokens, head] = queries.dims();
    let at: Tensor<4> = queries.reshape([groups, side, side, head]);
    // One product of matrices for each row, and for each column.
    let down = at.clone().permute([1, 0, 2, 3]).reshape([side, groups * side, head]);
    let down = down.matmul(rows.clone().swap_dims(1, 2)).reshape([side, groups, side, side]);
    let down: Tensor<4> = down.permute([1, 0, 2, 3]);
    let across = at.permute([2, 0, 1, 3]).reshape([side, groups * side, head]);
    let across = across.matmul(columns.clone().swap_dims(1, 2)).reshape([side, groups, side, side]);
    let across: Tensor<4> = across.permute([1, 2, 0, 3]);
    let both = down.reshape([groups, tokens, side, 1]) + across.reshape([groups, tokens, 1, side]);
    both.reshape([groups, tokens, tokens])
}

/// One block.
#[derive(Module, Debug)]
pub(crate) struct Block {
    norm1: LayerNorm,
    attn: Attention,
    norm2: LayerNorm,
    mlp: Mlp,
}

impl Block {
    /// `window`: the side of what it looks at.
    fn forward(&self, x: Tensor<4>, window: usize) -> Tensor<4> {
        let [_, height, width, _] = x.dims();
        let past = x.clone();
        let x = self.norm1.forward(x);
        let x = if window == height && window == width {
            self.attn.forward(x)
        } else {
            unwindowed(self.attn.forward(windows(x, window)), window, [height, width])
        };
        let x = past + x;
        x.clone() + self.mlp.gelu(self.norm2.forward(x))
    }
}

/// Pixels to tokens.
#[derive(Module, Debug)]
pub(crate) struct Patches {
    proj: Conv2d,
}

/// The encoder.
#[derive(Module, Debug)]
pub(crate) struct Vit {
    patch_embed: Patches,
    pos_embed: Param<Tensor<4>>,
    blocks: Vec<Block>,
    neck: Neck,
    /// The side of what each block looks at, in tokens.
    #[module(skip)]
    windows: Vec<usize>,
}

impl Vit {
    /// All weights are 0 until they are loaded.
    pub(crate) fn new(shape: &VitShape, to: usize, device: &Device) -> Self {
        let VitShape { width, patch_px, grid, hidden, head, windows } = shape;
        let block = |window: &usize| Block {
            norm1: layer_norm(*width, EPSILON, device),
            attn: Attention::new(*width, *head, *window, device),
            norm2: layer_norm(*width, EPSILON, device),
            mlp: Mlp::new(*width, *hidden, device),
        };
        Self {
            patch_embed: Patches { proj: patches([3, *width], *patch_px, device) },
            pos_embed: numbers([1, *grid, *grid, *width], device),
            blocks: windows.iter().map(block).collect(),
            neck: Neck::new(*width, to, device),
            windows: windows.clone(),
        }
    }

    /// Pixels `[1, 3, side, side]` to features `[1, to, grid, grid]`; `None` where the watch says stop. With `each`, what
    /// every block says.
    pub(crate) fn forward(
        &self,
        pixels: Tensor<4>,
        watch: Watch<'_>,
        each: &mut dyn FnMut(&Tensor<4>),
    ) -> Option<Tensor<4>> {
        let x = self.patch_embed.proj.forward(pixels).permute([0, 2, 3, 1]);
        let mut x = x + self.pos_embed.val();
        let count = self.blocks.len() as f32 + 1.0;
        for (at, (block, window)) in self.blocks.iter().zip(&self.windows).enumerate() {
            if !watch(at as f32 / count) {
                return None;
            }
            x = block.forward(x, *window);
            each(&x);
        }
        watch(1.0 - 1.0 / count).then(|| self.neck.forward(x.permute([0, 3, 1, 2])))
    }
}
