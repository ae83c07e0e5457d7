//! Values as a file stores them: what a decoded chunk holds, before anything is rounded.

use crate::number::NumberType;
use crate::samples::SampleBuffer;

/// The values of a chunk, each of the file's own without loss; floats of 16 bits are of 32 here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Numbers {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    U64(Vec<u64>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Runs `$body` with `$v` bound to the typed vector inside a [`Numbers`].
macro_rules! with_numbers {
    ($stored:expr, $v:ident => $body:expr) => {
        match $stored {
            $crate::numbers::Numbers::U8($v) => $body,
            $crate::numbers::Numbers::I8($v) => $body,
            $crate::numbers::Numbers::U16($v) => $body,
            $crate::numbers::Numbers::I16($v) => $body,
            $crate::numbers::Numbers::U32($v) => $body,
            $crate::numbers::Numbers::I32($v) => $body,
            $crate::numbers::Numbers::U64($v) => $body,
            $crate::numbers::Numbers::I64($v) => $body,
            $crate::numbers::Numbers::F32($v) => $body,
            $crate::numbers::Numbers::F64($v) => $body,
        }
    };
}
pub(crate) use with_numbers;

impl Numbers {
    /// `len` times the same value, saturated to the kind.
    pub(crate) fn filled(kind: NumberType, len: usize, value: f64) -> Self {
        match kind {
            NumberType::U8 => Self::U8(vec![value as u8; len]),
            NumberType::I8 => Self::I8(vec![value as i8; len]),
            NumberType::U16 => Self::U16(vec![value as u16; len]),
            NumberType::I16 => Self::I16(vec![value as i16; len]),
            NumberType::U32 => Self::U32(vec![value as u32; len]),
            NumberType::I32 => Self::I32(vec![value as i32; len]),
            NumberType::U64 => Self::U64(vec![value as u64; len]),
            NumberType::I64 => Self::I64(vec![value as i64; len]),
            NumberType::F16 | NumberType::F32 => Self::F32(vec![value as f32; len]),
            NumberType::F64 => Self::F64(vec![value; len]),
        }
    }

    pub(crate) fn zeros(kind: NumberType, len: usize) -> Self {
        Self::filled(kind, len, 0.0)
    }

    pub(crate) fn len(&self) -> usize {
        with_numbers!(self, v => v.len())
    }

    /// Bytes of memory that the values take.
    pub(crate) fn bytes(&self) -> usize {
        with_numbers!(self, v => size_of_val(v.as_slice()))
    }

    pub(crate) fn as_bytes_mut(&mut self) -> &mut [u8] {
        with_numbers!(self, v => bytemuck::cast_slice_mut(v))
    }
}

impl From<SampleBuffer> for Numbers {
    fn from(samples: SampleBuffer) -> Self {
        match samples {
            SampleBuffer::U8(v) => Self::U8(v),
            SampleBuffer::U16(v) => Self::U16(v),
            SampleBuffer::I16(v) => Self::I16(v),
            SampleBuffer::F32(v) => Self::F32(v),
        }
    }
}

/// A stored value as another kind of number, rounded where that is narrower.
pub(crate) trait Give<T>: Copy {
    fn give(self) -> T;

    fn give_all(from: &[Self], to: &mut [T]) {
        from.iter().zip(to).for_each(|(from, to)| *to = from.give());
    }
}

macro_rules! give {
    ($($from:ty => $($to:ty),+);+) => {$($(
        impl Give<$to> for $from {
            #[inline]
            fn give(self) -> $to {
                self as $to
            }
        }
    )+)+};
}
macro_rules! give_same {
    ($($t:ty),+) => {$(
        impl Give<$t> for $t {
            #[inline]
            fn give(self) -> $t {
                self
            }

            fn give_all(from: &[Self], to: &mut [$t]) {
                to.copy_from_slice(from);
            }
        }
    )+};
}
give!(
    u8 => u64, f64, f32; u16 => u64, f64, f32; u32 => u64, f64, f32; u64 => f64, f32;
    i8 => i64, f64, f32, i16; i16 => i64, f64, f32; i32 => i64, f64, f32; i64 => f64, f32;
    f32 => f64; f64 => f32
);
give_same!(u8, u16, i16, u64, i64, f32, f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_take_the_nearest_value_that_the_kind_has() {
        assert_eq!(Numbers::filled(NumberType::U8, 2, -9999.0), Numbers::U8(vec![0, 0]));
        assert_eq!(Numbers::filled(NumberType::I64, 1, -1e300), Numbers::I64(vec![i64::MIN]));
        assert_eq!(Numbers::filled(NumberType::F64, 1, 0.1), Numbers::F64(vec![0.1]));
    }

    #[test]
    fn every_kind_is_as_large_in_memory_as_it_says() {
        use NumberType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
        for kind in [U8, I8, U16, I16, U32, I32, U64, I64, F32, F64] {
            assert_eq!(Numbers::zeros(kind, 3).bytes(), 3 * kind.size(), "{kind:?}");
        }
    }
}
