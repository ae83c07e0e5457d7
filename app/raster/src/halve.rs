//! Halves samples: 2×2 pixels become one, missing ones left out of the average.

#![expect(
    clippy::inline_always,
    reason = "a loop is made of vectors only where all of it stands in one function"
)]

use pulp::{Arch, Simd, WithSimd};

use crate::samples::SampleBuffer;

/// How samples are halved.
#[derive(Clone, Debug)]
pub(crate) struct Halving {
    pub(crate) bands: usize,
    /// The band that says how much is there: colours of pixels with 0 do not count.
    pub(crate) alpha: Option<usize>,
    pub(crate) no_data: Option<f64>,
    /// Take one pixel of four instead of the average, for class numbers.
    pub(crate) nearest: bool,
}

/// A sample that can be averaged.
trait Average: Copy + PartialEq {
    fn is(self, no_data: Option<f64>) -> bool;
    fn mean(values: &[Self]) -> Self;
    fn mean_of_four(values: [Self; 4]) -> Self;
    fn is_zero(self) -> bool;
}

macro_rules! whole_average {
    ($($t:ty, $wide:ty);*) => {$(
        impl Average for $t {
            #[inline(always)]
            fn is(self, no_data: Option<f64>) -> bool {
                no_data.is_some_and(|n| n == f64::from(self))
            }
            fn mean(values: &[Self]) -> Self {
                let n = values.len() as $wide;
                let sum: $wide = values.iter().map(|v| <$wide>::from(*v)).sum();
                (sum + n / 2).div_euclid(n) as Self
            }
            #[inline(always)]
            fn mean_of_four([a, b, c, d]: [Self; 4]) -> Self {
                ((<$wide>::from(a) + <$wide>::from(b) + <$wide>::from(c) + <$wide>::from(d) + 2) >> 2) as Self
            }
            fn is_zero(self) -> bool {
                self == 0
            }
        }
    )*};
}
whole_average!(u8, u32; u16, u32; i16, i32);

impl Average for f32 {
    fn is(self, no_data: Option<f64>) -> bool {
        self.is_nan() || no_data.is_some_and(|n| n as f32 == self)
    }
    fn mean(values: &[Self]) -> Self {
        (values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64) as Self
    }
    fn mean_of_four([a, b, c, d]: [Self; 4]) -> Self {
        let mean = ((f64::from(a) + f64::from(b)) + (f64::from(c) + f64::from(d))) * 0.25;
        mean as Self
    }
    fn is_zero(self) -> bool {
        self == 0.0
    }
}

/// Halves planes of `width`×`height` (band after band). `valid` (0 or 255 per pixel) is halved along:
/// a pixel is there when any of its four was.
pub(crate) fn halve(
    values: &SampleBuffer,
    width: usize,
    height: usize,
    valid: Option<&[u8]>,
    how: &Halving,
) -> (SampleBuffer, Option<Vec<u8>>) {
    let halved = match values {
        SampleBuffer::U8(v) => SampleBuffer::U8(halve_planes(v, width, height, valid, how)),
        SampleBuffer::U16(v) => SampleBuffer::U16(halve_planes(v, width, height, valid, how)),
        SampleBuffer::I16(v) => SampleBuffer::I16(halve_planes(v, width, height, valid, how)),
        SampleBuffer::F32(v) => SampleBuffer::F32(halve_planes(v, width, height, valid, how)),
    };
    let valid = valid.map(|valid| {
        let any = |at: [usize; 4]| if at.iter().any(|i| valid[*i] != 0) { 255 } else { 0 };
        quads(width, height).map(any).collect()
    });
    (halved, valid)
}

fn halve_planes<T: Average>(
    v: &[T],
    width: usize,
    height: usize,
    valid: Option<&[u8]>,
    how: &Halving,
) -> Vec<T> {
    let plane = width * height;
    let mut out = Vec::with_capacity(how.bands * width.div_ceil(2) * height.div_ceil(2));
    for band in 0..how.bands {
        let this = &v[band * plane..(band + 1) * plane];
        let alpha = how.alpha.filter(|a| *a != band).map(|a| &v[a * plane..(a + 1) * plane]);
        let is_plain = alpha.is_none() && valid.is_none() && how.no_data.is_none();
        if how.nearest {
            out.extend(quads(width, height).map(|at| this[at[0]]));
        } else if is_plain {
            Arch::new().dispatch(Plain { plane: this, width, height, out: &mut out });
        } else {
            let counts = |i: usize| {
                !this[i].is(how.no_data)
                    && alpha.is_none_or(|a| !a[i].is_zero())
                    && valid.is_none_or(|v| v[i] != 0)
            };
            out.extend(quads(width, height).map(|at| mean_of(at.map(|i| (this[i], counts(i))))));
        }
    }
    out
}

/// [`halve_plain`] with the processor's vectors.
struct Plain<'a, T> {
    plane: &'a [T],
    width: usize,
    height: usize,
    out: &'a mut Vec<T>,
}

impl<T: Average> WithSimd for Plain<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        halve_plain(self.plane, self.width, self.height, self.out);
    }
}

/// Nothing can be missing but NaN: two rows at a time, without an index in sight.
#[inline(always)]
fn halve_plain<T: Average>(plane: &[T], width: usize, height: usize, out: &mut Vec<T>) {
    for y in (0..height).step_by(2) {
        let upper = &plane[y * width..][..width];
        let lower = &plane[(y + 1).min(height - 1) * width..][..width];
        let (pairs, odd) = upper.as_chunks::<2>();
        let (lower_pairs, lower_odd) = lower.as_chunks::<2>();
        let begun = out.len();
        out.resize(begun + pairs.len(), upper[0]);
        let halved = &mut out[begun..];
        let n = halved.len().min(pairs.len()).min(lower_pairs.len());
        let (halved, pairs, lower_pairs) = (&mut halved[..n], &pairs[..n], &lower_pairs[..n]);
        for i in 0..n {
            let ([a, b], [c, d]) = (pairs[i], lower_pairs[i]);
            halved[i] = plain_mean([a, b, c, d]);
        }
        if let ([a], [c]) = (odd, lower_odd) {
            out.push(plain_mean([*a, *a, *c, *c]));
        }
    }
}

#[inline(always)]
fn plain_mean<T: Average>(four: [T; 4]) -> T {
    let mean = T::mean_of_four(four);
    if mean.is(None) { mean_of(four.map(|n| (n, !n.is(None)))) } else { mean }
}

/// The average of those that count; the first where none does.
fn mean_of<T: Average>(four: [(T, bool); 4]) -> T {
    let mut kept = [four[0].0; 4];
    let mut n = 0;
    for (value, counts) in four {
        if counts {
            kept[n] = value;
            n += 1;
        }
    }
    if n == 0 { four[0].0 } else { T::mean(&kept[..n]) }
}

/// Indices of the four pixels under each pixel of the halved plane; at an odd border they repeat, so that
/// one row or column there stands for itself.
fn quads(width: usize, height: usize) -> impl Iterator<Item = [usize; 4]> {
    (0..height).step_by(2).flat_map(move |y| {
        let below = (y + 1).min(height - 1);
        (0..width).step_by(2).map(move |x| {
            let right = (x + 1).min(width - 1);
            [y * width + x, y * width + right, below * width + x, below * width + right]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(bands: usize) -> Halving {
        Halving { bands, alpha: None, no_data: None, nearest: false }
    }

    #[test]
    fn four_become_their_average_and_odd_borders_stand_for_themselves() {
        let v = SampleBuffer::U8(vec![10, 20, 7, 30, 40, 9, 1, 3, 5]);
        let (out, _) = halve(&v, 3, 3, None, &plain(1));
        assert_eq!(out, SampleBuffer::U8(vec![25, 8, 2, 5]));
    }

    #[test]
    fn what_is_missing_does_not_darken_its_neighbours() {
        let no_data = Halving { no_data: Some(-99.0), ..plain(1) };
        let (out, _) = halve(&SampleBuffer::I16(vec![-99, 4, -99, 8]), 2, 2, None, &no_data);
        assert_eq!(out, SampleBuffer::I16(vec![6]));
        let (out, _) = halve(&SampleBuffer::F32(vec![f32::NAN, 4.0, 6.0, f32::NAN]), 2, 2, None, &plain(1));
        assert_eq!(out, SampleBuffer::F32(vec![5.0]));
        let (out, valid) =
            halve(&SampleBuffer::U8(vec![0, 0, 0, 200]), 2, 2, Some(&[0, 0, 0, 255]), &plain(1));
        assert_eq!((out, valid), (SampleBuffer::U8(vec![200]), Some(vec![255])));
        let alpha = Halving { alpha: Some(1), ..plain(2) };
        let (out, _) = halve(&SampleBuffer::U8(vec![90, 10, 90, 90, 0, 255, 0, 0]), 2, 2, None, &alpha);
        assert_eq!(out, SampleBuffer::U8(vec![10, 64]));
    }

    #[test]
    fn classes_are_picked_not_mixed() {
        let classes = Halving { nearest: true, ..plain(1) };
        let (out, _) = halve(&SampleBuffer::U8(vec![1, 3, 3, 3]), 2, 2, None, &classes);
        assert_eq!(out, SampleBuffer::U8(vec![1]));
    }
}
