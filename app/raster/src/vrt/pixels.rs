//! What a mosaic is painted into: samples as they are drawn, or exact ones.

use spatial::TileWindow;

use crate::driver::Keep;
use crate::error::Fault;
use crate::exact::{ExactBuffer, ExactValue};
use crate::number::Buffer;
use crate::samples::{Planes, SampleBuffer};
use crate::source::Source;

/// Values of a mosaic while it is put together.
pub(super) trait Pixels: Buffer {
    /// Values of this kind of a window of a source.
    fn read(
        source: &Source,
        level: u8,
        window: TileWindow,
        bands: &[usize],
        keep: Keep,
    ) -> Result<Planes<Self>, Fault>;

    /// One value as a double; not a number past the end.
    fn at(&self, index: usize) -> f64;

    /// Puts a value that its band holds.
    fn put(&mut self, index: usize, value: f64);

    /// A value as it comes back from here.
    fn held(&self, value: f64) -> f64;

    /// True where values of the other can be copied as they are.
    fn is_like(&self, other: &Self) -> bool;

    /// True for a value that is not a number or the one that means “nothing here”.
    fn says_nothing(&self, index: usize, no_data: Option<f64>) -> bool;
}

impl Pixels for SampleBuffer {
    fn read(
        source: &Source,
        level: u8,
        window: TileWindow,
        bands: &[usize],
        keep: Keep,
    ) -> Result<Planes<Self>, Fault> {
        source.read_rectangle(level, window, bands, keep).map_err(|e| e.fault)
    }

    fn at(&self, index: usize) -> f64 {
        self.get(index).unwrap_or(f64::NAN)
    }

    fn put(&mut self, index: usize, value: f64) {
        match self {
            Self::U8(v) => v[index] = value as u8,
            Self::U16(v) => v[index] = value as u16,
            Self::I16(v) => v[index] = value as i16,
            Self::F32(v) => v[index] = value as f32,
        }
    }

    fn held(&self, value: f64) -> f64 {
        if let Self::F32(_) = self { f64::from(crate::plan::float_no_data(value)) } else { value }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.kind() == other.kind()
    }

    fn says_nothing(&self, index: usize, no_data: Option<f64>) -> bool {
        let value = self.at(index);
        value.is_nan() || no_data == Some(value)
    }
}

impl Pixels for ExactBuffer {
    fn read(
        source: &Source,
        level: u8,
        window: TileWindow,
        bands: &[usize],
        keep: Keep,
    ) -> Result<Planes<Self>, Fault> {
        source.read_rectangle_exact(level, window, bands, keep).map_err(|e| e.fault)
    }

    fn at(&self, index: usize) -> f64 {
        self.get(index).map_or(f64::NAN, ExactValue::to_f64)
    }

    fn put(&mut self, index: usize, value: f64) {
        match self {
            Self::Unsigned(v) => v[index] = value as u64,
            Self::Signed(v) => v[index] = value as i64,
            Self::Float(v) => v[index] = value,
        }
    }

    fn held(&self, value: f64) -> f64 {
        value
    }

    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn says_nothing(&self, index: usize, no_data: Option<f64>) -> bool {
        let Some(value) = self.get(index) else { return true };
        value.to_f64().is_nan() || no_data.is_some_and(|n| value.is(n))
    }
}
