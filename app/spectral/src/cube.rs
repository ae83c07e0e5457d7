//! Where samples come from: rows of pixels, a block at a time, so that a cube may be larger than memory.

use crate::error::{BoxError, SpectralError};

/// Size of a cube, in the bands that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub width: usize,
    pub height: usize,
    pub bands: usize,
}

impl Shape {
    /// Width × height.
    pub fn pixels(self) -> usize {
        self.width * self.height
    }
}

/// Samples of one kind, borrowed.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    U8(&'a [u8]),
    U16(&'a [u16]),
    I16(&'a [i16]),
    F32(&'a [f32]),
}

impl Values<'_> {
    /// How many samples.
    pub fn len(self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::F32(v) => v.len(),
        }
    }

    /// True when there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// How the samples of a block follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interleave {
    /// All bands of a pixel side by side: `values[pixel · bands + band]`.
    Pixel,
    /// Band after band: `values[band · pixels + pixel]`.
    Band,
}

/// Some rows of a cube.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    pub values: Values<'a>,
    pub interleave: Interleave,
    pub pixels: usize,
    /// 0 where a pixel holds nothing; pixels that are not finite in a band are left out by themselves.
    pub valid: Option<&'a [u8]>,
}

/// A cube that hands out rows. Reading happens on many threads at once.
pub trait Cube: Sync {
    /// Its size; `bands` is how many [`Cube::with_rows`] gives.
    fn shape(&self) -> Shape;

    /// Calls `take` once with `rows` full rows from `first` on.
    fn with_rows(&self, first: usize, rows: usize, take: &mut dyn FnMut(Block<'_>)) -> Result<(), BoxError>;
}

/// A cube in memory.
#[derive(Clone, Debug)]
pub struct MemoryCube<'a> {
    values: Values<'a>,
    shape: Shape,
    interleave: Interleave,
    valid: Option<&'a [u8]>,
}

impl<'a> MemoryCube<'a> {
    /// `values` of the whole cube, `width · height · bands` of them.
    pub fn new(values: Values<'a>, shape: Shape, interleave: Interleave) -> Result<Self, SpectralError> {
        if values.len() != shape.pixels() * shape.bands || values.is_empty() {
            let Shape { width, height, bands } = shape;
            let given = values.len();
            return Err(SpectralError::Parameter(format!(
                "A cube of {width} × {height} pixels and {bands} bands is not what {given} samples make"
            )));
        }
        Ok(Self { values, shape, interleave, valid: None })
    }

    /// With a mask, one byte a pixel, 0 = holds nothing. A mask of another size is taken as far as it goes.
    #[must_use]
    pub fn masked(mut self, valid: &'a [u8]) -> Self {
        self.valid = Some(valid);
        self
    }
}

macro_rules! on_values {
    ($values:expr, $v:ident => $body:expr) => {
        match $values {
            $crate::cube::Values::U8($v) => $body,
            $crate::cube::Values::U16($v) => $body,
            $crate::cube::Values::I16($v) => $body,
            $crate::cube::Values::F32($v) => $body,
        }
    };
}
pub(crate) use on_values;

macro_rules! rewrapped {
    ($values:expr, $v:ident => $body:expr) => {
        match $values {
            Values::U8($v) => Values::U8($body),
            Values::U16($v) => Values::U16($body),
            Values::I16($v) => Values::I16($body),
            Values::F32($v) => Values::F32($body),
        }
    };
}

/// The same stretch of every plane, one after the other.
fn cut<T: Copy>(values: &[T], plane: usize, start: usize, pixels: usize) -> Vec<T> {
    let mut out = Vec::with_capacity(values.len() / plane * pixels);
    values.chunks_exact(plane).for_each(|band| out.extend_from_slice(&band[start..start + pixels]));
    out
}

impl Cube for MemoryCube<'_> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn with_rows(&self, first: usize, rows: usize, take: &mut dyn FnMut(Block<'_>)) -> Result<(), BoxError> {
        let Shape { width, bands, .. } = self.shape;
        let (start, pixels) = (first * width, rows * width);
        if start + pixels > self.shape.pixels() {
            return Err(format!("there are no rows {first} to {}", first + rows).into());
        }
        let valid = self.valid.and_then(|v| v.get(start..start + pixels));
        match self.interleave {
            Interleave::Pixel => {
                let values = rewrapped!(self.values, v => &v[start * bands..(start + pixels) * bands]);
                take(Block { values, interleave: Interleave::Pixel, pixels, valid });
            }
            Interleave::Band => {
                let plane = self.shape.pixels();
                let mut give = |values: Values<'_>| {
                    take(Block { values, interleave: Interleave::Band, pixels, valid });
                };
                match self.values {
                    Values::U8(v) => give(Values::U8(&cut(v, plane, start, pixels))),
                    Values::U16(v) => give(Values::U16(&cut(v, plane, start, pixels))),
                    Values::I16(v) => give(Values::I16(&cut(v, plane, start, pixels))),
                    Values::F32(v) => give(Values::F32(&cut(v, plane, start, pixels))),
                }
            }
        }
        Ok(())
    }
}
