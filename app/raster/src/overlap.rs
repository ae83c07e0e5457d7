//! Copies the part of a chunk that lies in a window.

#![expect(
    clippy::inline_always,
    reason = "a loop is made of vectors only where all of it stands in one function"
)]

use pulp::{Arch, Simd, WithSimd};
use spatial::TileWindow;

use crate::exact::ExactBuffer;
use crate::layout::Layout;
use crate::numbers::{Give, Numbers, with_numbers};
use crate::samples::SampleBuffer;

/// The rectangle that a window and a chunk share, in the coordinates of both.
pub(crate) struct Overlap {
    chunk_x: usize,
    chunk_y: usize,
    out_x: usize,
    out_y: usize,
    width: usize,
    height: usize,
    chunk_width: usize,
    out_width: usize,
}

impl Overlap {
    pub(crate) fn new(layout: &Layout, window: TileWindow, col: u64, row: u64) -> Self {
        let chunk_left = col as u32 * layout.chunk_width;
        let (chunk_top, rows) = layout.chunk_rows(row);
        let (left, top) = (window.x.max(chunk_left), window.y.max(chunk_top));
        let right = (window.x + window.width).min(chunk_left.saturating_add(layout.chunk_width));
        let bottom = (window.y + window.height).min(chunk_top.saturating_add(rows));
        Self {
            chunk_x: (left - chunk_left) as usize,
            chunk_y: (top - chunk_top) as usize,
            out_x: (left - window.x) as usize,
            out_y: (top - window.y) as usize,
            width: right.saturating_sub(left) as usize,
            height: bottom.saturating_sub(top) as usize,
            chunk_width: layout.chunk_width as usize,
            out_width: window.width as usize,
        }
    }

    /// One pixel of a chunk that is `chunk_width` pixels wide, and its place in a window.
    pub(crate) fn of_pixel(
        (x, y): (u32, u32),
        chunk_width: u32,
        (out_x, out_y): (usize, usize),
        out_width: usize,
    ) -> Self {
        Self {
            chunk_x: x as usize,
            chunk_y: y as usize,
            out_x,
            out_y,
            width: 1,
            height: 1,
            chunk_width: chunk_width as usize,
            out_width,
        }
    }

    /// Copies some samples of each `stride` samples of the chunk to planes that follow each other in `out`.
    pub(crate) fn copy(&self, chunk: &Numbers, samples: &[usize], stride: usize, out: &mut impl Planes) {
        let plane = out.len() / samples.len().max(1);
        out.take(chunk, self, &Picks { samples, stride, plane, start: 0 });
    }

    /// Copies the only sample of a chunk to the plane that begins at `start`.
    pub(crate) fn copy_plane(
        &self,
        chunk: &Numbers,
        pick: (usize, usize),
        out: &mut impl Planes,
        start: usize,
    ) {
        out.take(chunk, self, &Picks { samples: &[pick.0], stride: pick.1, plane: out.len(), start });
    }

    fn copy_values<S: Give<T>, T: Copy>(&self, from: &[S], to: &mut [T], picks: &Picks<'_>) {
        Arch::new().dispatch(Copying { overlap: self, from, to, picks });
    }

    /// The pixels of one row of the chunk that lie in the window.
    #[inline(always)]
    fn pixels<'a, S, const N: usize>(&self, from: &'a [S], y: usize) -> &'a [[S; N]] {
        let first = ((self.chunk_y + y) * self.chunk_width + self.chunk_x) * N;
        from[first..first + self.width * N].as_chunks::<N>().0
    }

    /// Where that row lies in each plane.
    fn row(&self, y: usize) -> std::ops::Range<usize> {
        let at = (self.out_y + y) * self.out_width + self.out_x;
        at..at + self.width
    }

    /// All of three interleaved samples to three planes in one pass.
    #[inline(always)]
    fn split_three<S: Give<T>, T: Copy>(&self, from: &[S], to: &mut [T], plane: usize) {
        let (first, rest) = to.split_at_mut(plane);
        let (second, third) = rest.split_at_mut(plane);
        for y in 0..self.height {
            let (row, pixels) = (self.row(y), self.pixels::<S, 3>(from, y));
            let (a, b, c) = (&mut first[row.clone()], &mut second[row.clone()], &mut third[row]);
            let n = pixels.len().min(a.len()).min(b.len()).min(c.len());
            let (pixels, a, b, c) = (&pixels[..n], &mut a[..n], &mut b[..n], &mut c[..n]);
            for i in 0..n {
                (a[i], b[i], c[i]) = (pixels[i][0].give(), pixels[i][1].give(), pixels[i][2].give());
            }
        }
    }

    #[inline(always)]
    fn split_four<S: Give<T>, T: Copy>(&self, from: &[S], to: &mut [T], plane: usize) {
        let (first, rest) = to.split_at_mut(plane);
        let (second, rest) = rest.split_at_mut(plane);
        let (third, fourth) = rest.split_at_mut(plane);
        for y in 0..self.height {
            let (row, pixels) = (self.row(y), self.pixels::<S, 4>(from, y));
            let (a, b) = (&mut first[row.clone()], &mut second[row.clone()]);
            let (c, d) = (&mut third[row.clone()], &mut fourth[row]);
            let n = pixels.len().min(a.len()).min(b.len()).min(c.len()).min(d.len());
            let (a, b, c, d) = (&mut a[..n], &mut b[..n], &mut c[..n], &mut d[..n]);
            let pixels = &pixels[..n];
            for i in 0..n {
                (a[i], b[i]) = (pixels[i][0].give(), pixels[i][1].give());
                (c[i], d[i]) = (pixels[i][2].give(), pixels[i][3].give());
            }
        }
    }

    #[inline(always)]
    fn copy_sample<S: Give<T>, T: Copy>(
        &self,
        from: &[S],
        (sample, stride): (usize, usize),
        to: &mut [T],
        start: usize,
    ) {
        for y in 0..self.height {
            let first = ((self.chunk_y + y) * self.chunk_width + self.chunk_x) * stride;
            let source = &from[first..first + self.width * stride];
            let at = start + (self.out_y + y) * self.out_width + self.out_x;
            let target = &mut to[at..at + self.width];
            match stride {
                1 => S::give_all(source, target),
                2 => pick_each::<S, T, 2>(source, sample, target),
                3 => pick_each::<S, T, 3>(source, sample, target),
                4 => pick_each::<S, T, 4>(source, sample, target),
                _ => {
                    for (t, pixel) in target.iter_mut().zip(source.chunks_exact(stride)) {
                        *t = pixel[sample].give();
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn pick_each<S: Give<T>, T: Copy, const N: usize>(source: &[S], sample: usize, target: &mut [T]) {
    let (pixels, _) = source.as_chunks::<N>();
    for (t, pixel) in target.iter_mut().zip(pixels) {
        *t = pixel[sample].give();
    }
}

/// Copying as a whole, which the processor's vectors speed up.
struct Copying<'a, S, T> {
    overlap: &'a Overlap,
    from: &'a [S],
    to: &'a mut [T],
    picks: &'a Picks<'a>,
}

impl<S: Give<T>, T: Copy> WithSimd for Copying<'_, S, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) {
        let Self { overlap, from, to, picks } = self;
        match (picks.samples, picks.stride) {
            ([0, 1, 2], 3) => overlap.split_three(from, &mut to[picks.start..], picks.plane),
            ([0, 1, 2, 3], 4) => overlap.split_four(from, &mut to[picks.start..], picks.plane),
            (samples, stride) => {
                for (i, sample) in samples.iter().enumerate() {
                    overlap.copy_sample(from, (*sample, stride), to, picks.start + i * picks.plane);
                }
            }
        }
    }
}

/// Which samples of a chunk are copied, and to where.
pub(crate) struct Picks<'a> {
    samples: &'a [usize],
    /// Samples from one pixel of the chunk to the next.
    stride: usize,
    /// Values from one plane to the next.
    plane: usize,
    /// Where the first plane begins.
    start: usize,
}

/// Planes that samples are copied to, as another kind of number where they are of another kind.
pub(crate) trait Planes {
    fn len(&self) -> usize;

    fn take(&mut self, chunk: &Numbers, overlap: &Overlap, picks: &Picks<'_>);
}

impl Planes for SampleBuffer {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn take(&mut self, chunk: &Numbers, overlap: &Overlap, picks: &Picks<'_>) {
        match (chunk, self) {
            (Numbers::U8(from), Self::U8(to)) => overlap.copy_values(from, to, picks),
            (Numbers::U16(from), Self::U16(to)) => overlap.copy_values(from, to, picks),
            (Numbers::I8(from), Self::I16(to)) => overlap.copy_values(from, to, picks),
            (Numbers::I16(from), Self::I16(to)) => overlap.copy_values(from, to, picks),
            (chunk, Self::F32(to)) => with_numbers!(chunk, from => overlap.copy_values(from, to, picks)),
            (chunk, to) => debug_assert!(false, "{:?} does not take {} values", to.kind(), chunk.len()),
        }
    }
}

impl Planes for ExactBuffer {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn take(&mut self, chunk: &Numbers, overlap: &Overlap, picks: &Picks<'_>) {
        match (chunk, self) {
            (Numbers::U8(from), Self::Unsigned(to)) => overlap.copy_values(from, to, picks),
            (Numbers::U16(from), Self::Unsigned(to)) => overlap.copy_values(from, to, picks),
            (Numbers::U32(from), Self::Unsigned(to)) => overlap.copy_values(from, to, picks),
            (Numbers::U64(from), Self::Unsigned(to)) => overlap.copy_values(from, to, picks),
            (Numbers::I8(from), Self::Signed(to)) => overlap.copy_values(from, to, picks),
            (Numbers::I16(from), Self::Signed(to)) => overlap.copy_values(from, to, picks),
            (Numbers::I32(from), Self::Signed(to)) => overlap.copy_values(from, to, picks),
            (Numbers::I64(from), Self::Signed(to)) => overlap.copy_values(from, to, picks),
            (chunk, Self::Float(to)) => with_numbers!(chunk, from => overlap.copy_values(from, to, picks)),
            (chunk, to) => debug_assert!(false, "{to:?} does not take {} values", chunk.len()),
        }
    }
}
