//! Differences of neighbouring pixels, which show the noise of a sensor.

use crate::cube::{Block, Interleave, Values, on_values};
use crate::panel::Sample;

/// Differences of each pixel to its neighbour below on the right.
#[derive(Debug)]
pub(crate) struct Differences {
    bands: usize,
    values: Vec<f32>,
}

impl Differences {
    pub(crate) fn block(&self) -> Block<'_> {
        Block {
            values: Values::F32(&self.values),
            interleave: Interleave::Pixel,
            pixels: self.values.len() / self.bands,
            valid: None,
        }
    }
}

/// Of rows of `width` pixels; the last row is only a neighbour. Pairs of which one holds nothing are left
/// out.
pub(crate) fn diagonal_differences(block: &Block<'_>, width: usize, bands: usize) -> Differences {
    let mut values = Vec::new();
    let holds = |pixel: usize| block.valid.is_none_or(|v| v[pixel] != 0);
    on_values!(block.values, v => {
        let (pixel_step, band_step) = match block.interleave {
            Interleave::Pixel => (bands, 1),
            Interleave::Band => (1, block.pixels),
        };
        let at = |pixel: usize, band: usize| v[pixel * pixel_step + band * band_step].to_f32();
        for first in 0..block.pixels.saturating_sub(width) {
            let second = first + width + 1;
            if (first + 1) % width == 0 || !holds(first) || !holds(second) {
                continue;
            }
            values.extend((0..bands).map(|band| at(first, band) - at(second, band)));
        }
    });
    Differences { bands, values }
}
