//! Pixels of a block as numbers to compute with, side by side in memory that fits the processor's cache.

use std::ops::{Range, Sub};

use pulp::Arch;

use crate::cube::{Block, Interleave, on_values};

/// Samples in a panel, about: 64 Ki doubles are half of a common second-level cache.
const PANEL_SAMPLES: usize = 1 << 16;

/// A stored sample.
pub(crate) trait Sample: Copy {
    fn to_f32(self) -> f32;
    fn to_f64(self) -> f64;
    /// All ones where it is not a number one can compute with, else 0.
    fn is_bad(self) -> u32;
}

macro_rules! whole_sample {
    ($($kind:ty),*) => {$(
        impl Sample for $kind {
            #[inline]
            fn to_f32(self) -> f32 {
                f32::from(self)
            }
            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline]
            fn is_bad(self) -> u32 {
                0
            }
        }
    )*};
}
whole_sample!(u8, u16, i16);

impl Sample for f32 {
    #[inline]
    fn to_f32(self) -> f32 {
        self
    }
    #[inline]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline]
    fn is_bad(self) -> u32 {
        const EXPONENT: u32 = 0x7f80_0000;
        if self.to_bits() & EXPONENT == EXPONENT { u32::MAX } else { 0 }
    }
}

/// What is computed with.
pub(crate) trait Real: Copy + Default + Send + Sync + Sub<Output = Self> {
    fn of<S: Sample>(sample: S) -> Self;
}

impl Real for f32 {
    #[inline]
    fn of<S: Sample>(sample: S) -> Self {
        sample.to_f32()
    }
}

impl Real for f64 {
    #[inline]
    fn of<S: Sample>(sample: S) -> Self {
        sample.to_f64()
    }
}

/// Pixels that hold something, each with its bands side by side: `values[pixel · bands + band]`.
#[derive(Debug)]
pub(crate) struct Panel<T> {
    pub(crate) bands: usize,
    pub(crate) values: Vec<T>,
    /// Which pixel of the block each is.
    pub(crate) index: Vec<u32>,
}

impl<T: Real> Panel<T> {
    pub(crate) fn new(bands: usize) -> Self {
        Self { bands, values: Vec::new(), index: Vec::new() }
    }

    /// How many pixels it holds.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    pub(crate) fn pixels(&self) -> std::slice::ChunksExact<'_, T> {
        self.values.chunks_exact(self.bands)
    }

    /// Takes the pixels of a block that hold something, less `offset` in every band.
    pub(crate) fn fill(&mut self, block: &Block<'_>, pixels: Range<usize>, offset: &[T]) {
        self.values.resize(pixels.len() * self.bands, T::default());
        self.index.clear();
        on_values!(block.values, v => match block.interleave {
            Interleave::Pixel => self.fill_pixels(v, block.valid, pixels, offset),
            Interleave::Band => self.fill_planes(v, block, pixels, offset),
        });
        self.values.truncate(self.index.len() * self.bands);
    }

    fn fill_pixels<S: Sample>(
        &mut self,
        samples: &[S],
        valid: Option<&[u8]>,
        pixels: Range<usize>,
        offset: &[T],
    ) {
        let (bands, values, index) = (self.bands, &mut self.values, &mut self.index);
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for pixel in pixels {
                    if valid.is_some_and(|v| v[pixel] == 0) {
                        continue;
                    }
                    let from = &samples[pixel * bands..(pixel + 1) * bands];
                    let to = &mut values[index.len() * bands..(index.len() + 1) * bands];
                    let mut bad = 0;
                    for ((to, from), offset) in to.iter_mut().zip(from).zip(offset) {
                        bad |= from.is_bad();
                        *to = T::of(*from) - *offset;
                    }
                    if bad == 0 {
                        index.push(pixel as u32);
                    }
                }
            },
        );
    }

    fn fill_planes<S: Sample>(
        &mut self,
        samples: &[S],
        block: &Block<'_>,
        pixels: Range<usize>,
        offset: &[T],
    ) {
        let (bands, values, index) = (self.bands, &mut self.values, &mut self.index);
        let plane = |band: usize| &samples[band * block.pixels..][pixels.clone()];
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let mut bad = vec![0_u32; pixels.len()];
                if let Some(valid) = block.valid {
                    bad.iter_mut().zip(&valid[pixels.clone()]).for_each(|(b, v)| *b = u32::from(*v == 0));
                }
                for band in 0..bands {
                    bad.iter_mut().zip(plane(band)).for_each(|(b, s)| *b |= s.is_bad());
                }
                let first = pixels.start as u32;
                index.extend(bad.iter().zip(first..).filter(|(b, _)| **b == 0).map(|(_, i)| i));
                for band in 0..bands {
                    let (from, offset) = (plane(band), offset[band]);
                    for (to, pixel) in values[band..].iter_mut().step_by(bands).zip(&*index) {
                        *to = T::of(from[(pixel - first) as usize]) - offset;
                    }
                }
            },
        );
    }
}

/// Calls `work` with panel after panel of a block.
pub(crate) fn for_panels<T: Real>(
    block: &Block<'_>,
    bands: usize,
    offset: &[T],
    mut work: impl FnMut(&Panel<T>),
) {
    let step = pixels_at_once(bands);
    let mut panel = Panel::new(bands);
    let mut start = 0;
    while start < block.pixels {
        let end = (start + step).min(block.pixels);
        panel.fill(block, start..end, offset);
        if panel.len() > 0 {
            work(&panel);
        }
        start = end;
    }
}

/// Pixels in a panel; depends on nothing but the bands, so that sums are the same everywhere.
pub(crate) fn pixels_at_once(bands: usize) -> usize {
    (PANEL_SAMPLES / bands.max(1)).clamp(32, 4096)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::Values;

    #[test]
    fn what_is_masked_or_not_finite_is_left_out_in_both_orders() {
        let by_pixel = [1.0_f32, 2.0, f32::NAN, 4.0, 5.0, 6.0, 7.0, f32::INFINITY, 9.0, 10.0];
        let by_band: Vec<f32> = (0..2).flat_map(|b| (0..5).map(move |p| by_pixel[p * 2 + b])).collect();
        let valid = [1, 1, 0, 1, 1];
        for (interleave, samples) in [(Interleave::Pixel, &by_pixel[..]), (Interleave::Band, &by_band)] {
            let block = Block { values: Values::F32(samples), interleave, pixels: 5, valid: Some(&valid) };
            let mut panel = Panel::<f64>::new(2);
            panel.fill(&block, 0..5, &[0.5, 1.0]);
            assert_eq!(panel.index, [0, 4], "{interleave:?}");
            assert_eq!(panel.values, [0.5, 1.0, 8.5, 9.0], "{interleave:?}");
            panel.fill(&block, 3..5, &[0.0, 0.0]);
            assert_eq!((panel.index.as_slice(), panel.values.as_slice()), (&[4][..], &[9.0, 10.0][..]));
        }
    }
}
