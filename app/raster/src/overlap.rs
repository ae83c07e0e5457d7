//! Copies the part of a chunk that lies in a window.

use spatial::TileWindow;

use crate::layout::Layout;
use crate::samples::{SampleBuffer, with_pair};

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

    /// Copies sample `pick.0` of each `pick.1` samples of the chunk to the plane that begins at `start`.
    pub(crate) fn copy(
        &self,
        chunk: &SampleBuffer,
        pick: (usize, usize),
        out: &mut SampleBuffer,
        start: usize,
    ) {
        with_pair!(chunk, out, from, to => self.copy_values(from, pick, to, start), ());
    }

    /// Copies some samples of each `stride` samples of the chunk to planes that follow each other in `out`.
    pub(crate) fn copy_many(
        &self,
        chunk: &SampleBuffer,
        samples: &[usize],
        stride: usize,
        out: &mut SampleBuffer,
    ) {
        let plane = out.len() / samples.len();
        match samples {
            [0, 1, 2] if stride == 3 => {
                with_pair!(chunk, out, from, to => self.split_pixels::<_, 3>(from, to, plane), ());
            }
            [0, 1, 2, 3] if stride == 4 => {
                with_pair!(chunk, out, from, to => self.split_pixels::<_, 4>(from, to, plane), ());
            }
            _ => {
                for (i, sample) in samples.iter().enumerate() {
                    self.copy(chunk, (*sample, stride), out, i * plane);
                }
            }
        }
    }

    /// All of N interleaved samples to N planes in one pass.
    fn split_pixels<T: Copy, const N: usize>(&self, from: &[T], to: &mut [T], plane: usize) {
        for y in 0..self.height {
            let first = ((self.chunk_y + y) * self.chunk_width + self.chunk_x) * N;
            let (pixels, _) = from[first..first + self.width * N].as_chunks::<N>();
            let at = (self.out_y + y) * self.out_width + self.out_x;
            let mut rest = &mut *to;
            let mut lines: [&mut [T]; N] = std::array::from_fn(|_| {
                let here = std::mem::take(&mut rest);
                let (this, later) = here.split_at_mut(plane);
                rest = later;
                &mut this[at..at + self.width]
            });
            for (x, pixel) in pixels.iter().enumerate() {
                for (line, value) in lines.iter_mut().zip(pixel) {
                    line[x] = *value;
                }
            }
        }
    }

    fn copy_values<T: Copy>(&self, from: &[T], (sample, stride): (usize, usize), to: &mut [T], start: usize) {
        for y in 0..self.height {
            let first = ((self.chunk_y + y) * self.chunk_width + self.chunk_x) * stride;
            let source = &from[first..first + self.width * stride];
            let at = start + (self.out_y + y) * self.out_width + self.out_x;
            let target = &mut to[at..at + self.width];
            match stride {
                1 => target.copy_from_slice(source),
                3 => pick_each::<T, 3>(source, sample, target),
                4 => pick_each::<T, 4>(source, sample, target),
                _ => {
                    for (t, pixel) in target.iter_mut().zip(source.chunks_exact(stride)) {
                        *t = pixel[sample];
                    }
                }
            }
        }
    }
}

fn pick_each<T: Copy, const N: usize>(source: &[T], sample: usize, target: &mut [T]) {
    let (pixels, _) = source.as_chunks::<N>();
    for (t, pixel) in target.iter_mut().zip(pixels) {
        *t = pixel[sample];
    }
}
