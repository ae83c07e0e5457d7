//! Running sums of bytes, sixteen at a time where the processor can: undoes TIFF's horizontal differences.
//!
//! A row is split into steps of whole pixels that fit sixteen bytes. Within a step the sum is made in at most
//! four additions of the step to itself, each shifted by twice as many pixels; what the step before ended with
//! is added to all of its pixels.

#![expect(
    clippy::inline_always,
    reason = "a loop is made of vectors only where all of it stands in one function"
)]

use pulp::x86::V3;
use pulp::{Simd, WithSimd, cast};

const WIDTH: usize = 16;
/// A place that a shuffle fills with zero.
const ZERO: u8 = 0x80;

/// Turns differences into sums in every row; false when the processor or the shape of the pixels asks for the
/// plain way, and nothing was done. `bytes` is the size of a sample, `stride` its distance to the one before.
pub(super) fn undo_rows(data: &mut [u8], row_bytes: usize, bytes: usize, stride: usize) -> bool {
    let pixel = bytes * stride;
    if !matches!(bytes, 1 | 2 | 4) || !(1..=8).contains(&pixel) || row_bytes == 0 {
        return false;
    }
    let Some(v3) = V3::try_new() else { return false };
    let sums = Sums::new(v3, bytes, pixel);
    Simd::vectorize(v3, AllRows { sums: &sums, data, row_bytes });
    true
}

struct AllRows<'a> {
    sums: &'a Sums,
    data: &'a mut [u8],
    row_bytes: usize,
}

impl WithSimd for AllRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.data.chunks_exact_mut(self.row_bytes) {
            match self.sums.bytes {
                1 => self.sums.row::<1>(row),
                2 => self.sums.row::<2>(row),
                _ => self.sums.row::<4>(row),
            }
        }
    }
}

/// What the rows of one kind of pixel share.
struct Sums {
    v3: V3,
    bytes: usize,
    pixel: usize,
    /// Bytes of a step: the whole pixels that fit sixteen bytes.
    step: usize,
    /// Shifts by one, two, four and eight pixels.
    shifts: [[u8; WIDTH]; 4],
    /// How many of them a step needs.
    used: usize,
    /// Repeats the last pixel of a step.
    last: [u8; WIDTH],
}

impl Sums {
    fn new(v3: V3, bytes: usize, pixel: usize) -> Self {
        let step = WIDTH / pixel * pixel;
        let shift = |by: usize| std::array::from_fn(|i| if i >= by { (i - by) as u8 } else { ZERO });
        let last = std::array::from_fn(|i| if i < step { (step - pixel + i % pixel) as u8 } else { ZERO });
        let used = (0..4).filter(|k| pixel << k < step).count();
        Self { v3, bytes, pixel, step, shifts: [0, 1, 2, 3].map(|k| shift(pixel << k)), used, last }
    }

    #[inline(always)]
    fn row<const BYTES: usize>(&self, row: &mut [u8]) {
        match self.used {
            0 | 1 => self.row_of::<BYTES, 1>(row),
            2 => self.row_of::<BYTES, 2>(row),
            3 => self.row_of::<BYTES, 3>(row),
            _ => self.row_of::<BYTES, 4>(row),
        }
    }

    #[inline(always)]
    fn row_of<const BYTES: usize, const USED: usize>(&self, row: &mut [u8]) {
        let v3 = self.v3;
        let add = |a, b| match BYTES {
            1 => v3.sse2._mm_add_epi8(a, b),
            2 => v3.sse2._mm_add_epi16(a, b),
            _ => v3.sse2._mm_add_epi32(a, b),
        };
        let shifts = self.shifts.map(cast);
        let last = cast(self.last);
        let mut before = cast([0_u8; WIDTH]);
        let mut at = 0;
        if let Some(first) = row.first_chunk::<WIDTH>() {
            let mut now = cast(*first);
            loop {
                // What the store of this step overwrites of the next is taken before.
                let next = row.get(at + self.step..at + self.step + WIDTH);
                let next: Option<[u8; WIDTH]> = next.and_then(|next| next.try_into().ok());
                for shift in &shifts[..USED] {
                    now = add(now, v3.ssse3._mm_shuffle_epi8(now, *shift));
                }
                now = add(now, before);
                before = v3.ssse3._mm_shuffle_epi8(now, last);
                let sums: [u8; WIDTH] = cast(now);
                if let Some(next) = next {
                    row[at..at + WIDTH].copy_from_slice(&sums);
                    now = cast(next);
                    at += self.step;
                } else {
                    row[at..at + self.step].copy_from_slice(&sums[..self.step]);
                    at += self.step;
                    break;
                }
            }
        }
        // The rest is shorter than a step and its overlap.
        let at = at.max(self.pixel);
        if at < row.len() {
            super::predictor::undo_plainly(row, at, BYTES, self.pixel / BYTES);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_are_those_of_the_plain_way(
            row in proptest::collection::vec(any::<u8>(), 0..200),
            bytes in prop_oneof![Just(1_usize), Just(2), Just(4)],
            stride in 1_usize..9,
        ) {
            let pixel = bytes * stride;
            let mut fast = row[..row.len() / pixel * pixel].to_vec();
            let mut plain = fast.clone();
            let len = fast.len();
            if undo_rows(&mut fast, len, bytes, stride) {
                crate::codec::predictor::undo_plainly(&mut plain, pixel, bytes, stride);
                prop_assert_eq!(fast, plain);
            }
        }
    }
}
