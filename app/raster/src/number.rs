//! The kinds of number that files hold, and how their bytes become samples.

use std::ops::Range;

use half::f16;

use crate::exact::ExactBuffer;
use crate::samples::{SampleBuffer, SampleType, with_pair};

/// A kind of number in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    F32,
    F64,
}

impl NumberType {
    /// Bytes of one number.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Name as NumPy writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F16 => "float16",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// The kind that samples of this one are handed out as.
    pub(crate) fn sample_type(self) -> SampleType {
        match self {
            Self::U8 => SampleType::U8,
            Self::U16 => SampleType::U16,
            Self::I8 | Self::I16 => SampleType::I16,
            _ => SampleType::F32,
        }
    }

    /// True where handing samples out rounds some of them.
    pub(crate) fn is_wide(self) -> bool {
        matches!(self, Self::U32 | Self::I32 | Self::U64 | Self::I64 | Self::F64)
    }

    pub(crate) fn is_unsigned(self) -> bool {
        matches!(self, Self::U8 | Self::U16 | Self::U32 | Self::U64)
    }

    /// A value as this kind holds it: whole numbers are rounded, halves away from zero, and kept within their
    /// range.
    pub(crate) fn fitted(self, value: f64) -> f64 {
        match (self, self.range()) {
            (Self::F64, _) => value,
            (Self::F16, _) => f64::from(f16::from_f64(value)),
            (_, None) => f64::from(value as f32),
            (..) if value.is_nan() => 0.0,
            (_, Some((low, high))) => value.round().clamp(low, high),
        }
    }

    /// Smallest and largest value; `None` for floating point.
    pub(crate) fn range(self) -> Option<(f64, f64)> {
        let bits = self.size() as i32 * 8;
        match self {
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => Some((0.0, 2_f64.powi(bits) - 1.0)),
            Self::I8 | Self::I16 | Self::I32 | Self::I64 => {
                Some((-2_f64.powi(bits - 1), 2_f64.powi(bits - 1) - 1.0))
            }
            Self::F16 | Self::F32 | Self::F64 => None,
        }
    }
}

/// Where numbers of files go: samples as they are drawn, or exact ones.
pub(crate) trait Buffer: Sized {
    /// `len` times the same value, of what can hold numbers of a kind.
    fn filled(number: NumberType, len: usize, value: f64) -> Self;

    /// Takes in numbers that lie `step` bytes apart, as values `to`. Bytes that are not there leave values as
    /// they are.
    fn unpack(&mut self, number: NumberType, big_endian: bool, bytes: &[u8], step: usize, to: Range<usize>);

    /// Copies values of a buffer of the same kind: pairs of where to, where from.
    fn put_each(&mut self, from: &Self, places: impl Iterator<Item = (usize, usize)>);
}

/// Numbers of a type: bytes, the step between numbers, and whether the highest byte comes first.
macro_rules! gather {
    ($from:expr, $out:expr, $t:ty, $convert:expr) => {
        if $from.2 {
            gather($from.0, $from.1, $out, |b| $convert(<$t>::from_be_bytes(b)))
        } else {
            gather($from.0, $from.1, $out, |b| $convert(<$t>::from_le_bytes(b)))
        }
    };
}

impl Buffer for SampleBuffer {
    fn filled(number: NumberType, len: usize, value: f64) -> Self {
        Self::filled(number.sample_type(), len, value)
    }

    fn unpack(&mut self, number: NumberType, big_endian: bool, bytes: &[u8], step: usize, to: Range<usize>) {
        use NumberType as N;
        let from = (bytes, step, big_endian);
        match (number, self) {
            (N::U8, Self::U8(out)) => gather(bytes, step, &mut out[to], |[b]: [u8; 1]| b),
            (N::U16, Self::U16(out)) => gather!(from, &mut out[to], u16, |n| n),
            (N::I8, Self::I16(out)) => gather!(from, &mut out[to], i8, i16::from),
            (N::I16, Self::I16(out)) => gather!(from, &mut out[to], i16, |n| n),
            (N::U32, Self::F32(out)) => gather!(from, &mut out[to], u32, |n| n as f32),
            (N::I32, Self::F32(out)) => gather!(from, &mut out[to], i32, |n| n as f32),
            (N::U64, Self::F32(out)) => gather!(from, &mut out[to], u64, |n| n as f32),
            (N::I64, Self::F32(out)) => gather!(from, &mut out[to], i64, |n| n as f32),
            (N::F16, Self::F32(out)) => gather!(from, &mut out[to], f16, f32::from),
            (N::F32, Self::F32(out)) => gather!(from, &mut out[to], f32, |n| n),
            (N::F64, Self::F32(out)) => gather!(from, &mut out[to], f64, |n| n as f32),
            _ => {}
        }
    }

    fn put_each(&mut self, from: &Self, places: impl Iterator<Item = (usize, usize)>) {
        with_pair!(from, self, from, to => places.for_each(|(t, f)| to[t] = from[f]), ());
    }
}

impl Buffer for ExactBuffer {
    fn filled(number: NumberType, len: usize, value: f64) -> Self {
        match number {
            NumberType::U8 | NumberType::U16 | NumberType::U32 | NumberType::U64 => {
                Self::Unsigned(vec![value as u64; len])
            }
            NumberType::I8 | NumberType::I16 | NumberType::I32 | NumberType::I64 => {
                Self::Signed(vec![value as i64; len])
            }
            NumberType::F16 | NumberType::F32 | NumberType::F64 => Self::Float(vec![value; len]),
        }
    }

    fn unpack(&mut self, number: NumberType, big_endian: bool, bytes: &[u8], step: usize, to: Range<usize>) {
        use NumberType as N;
        let from = (bytes, step, big_endian);
        match (number, self) {
            (N::U8, Self::Unsigned(out)) => gather!(from, &mut out[to], u8, u64::from),
            (N::U16, Self::Unsigned(out)) => gather!(from, &mut out[to], u16, u64::from),
            (N::U32, Self::Unsigned(out)) => gather!(from, &mut out[to], u32, u64::from),
            (N::U64, Self::Unsigned(out)) => gather!(from, &mut out[to], u64, |n| n),
            (N::I8, Self::Signed(out)) => gather!(from, &mut out[to], i8, i64::from),
            (N::I16, Self::Signed(out)) => gather!(from, &mut out[to], i16, i64::from),
            (N::I32, Self::Signed(out)) => gather!(from, &mut out[to], i32, i64::from),
            (N::I64, Self::Signed(out)) => gather!(from, &mut out[to], i64, |n| n),
            (N::F16, Self::Float(out)) => gather!(from, &mut out[to], f16, f64::from),
            (N::F32, Self::Float(out)) => gather!(from, &mut out[to], f32, f64::from),
            (N::F64, Self::Float(out)) => gather!(from, &mut out[to], f64, |n| n),
            _ => {}
        }
    }

    fn put_each(&mut self, from: &Self, places: impl Iterator<Item = (usize, usize)>) {
        match (from, self) {
            (Self::Unsigned(from), Self::Unsigned(to)) => places.for_each(|(t, f)| to[t] = from[f]),
            (Self::Signed(from), Self::Signed(to)) => places.for_each(|(t, f)| to[t] = from[f]),
            (Self::Float(from), Self::Float(to)) => places.for_each(|(t, f)| to[t] = from[f]),
            _ => {}
        }
    }
}

fn gather<const N: usize, T>(bytes: &[u8], step: usize, out: &mut [T], read: impl Fn([u8; N]) -> T) {
    if step == N {
        let (numbers, _) = bytes.as_chunks::<N>();
        out.iter_mut().zip(numbers).for_each(|(out, number)| *out = read(*number));
        return;
    }
    for (i, out) in out.iter_mut().enumerate() {
        if let Some(number) = bytes.get(i * step..).and_then(|rest| rest.first_chunk::<N>()) {
            *out = read(*number);
        }
    }
}
