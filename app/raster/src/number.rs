//! The kinds of number that files hold, and how their bytes become samples.

use std::ops::Range;

use half::f16;

use crate::samples::{SampleBuffer, SampleType};

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

    /// Turns numbers that lie `step` bytes apart into samples `to` of `out`, whose kind is that of
    /// [`NumberType::sample_type`]. Bytes that are not there leave samples as they are.
    pub(crate) fn unpack(
        self,
        big_endian: bool,
        bytes: &[u8],
        step: usize,
        out: &mut SampleBuffer,
        to: Range<usize>,
    ) {
        macro_rules! gather {
            ($out:expr, $t:ty, $convert:expr) => {
                if big_endian {
                    gather(bytes, step, &mut $out[to], |b| $convert(<$t>::from_be_bytes(b)))
                } else {
                    gather(bytes, step, &mut $out[to], |b| $convert(<$t>::from_le_bytes(b)))
                }
            };
        }
        match (self, out) {
            (Self::U8, SampleBuffer::U8(out)) => gather(bytes, step, &mut out[to], |[b]: [u8; 1]| b),
            (Self::U16, SampleBuffer::U16(out)) => gather!(out, u16, |n| n),
            (Self::I8, SampleBuffer::I16(out)) => gather!(out, i8, i16::from),
            (Self::I16, SampleBuffer::I16(out)) => gather!(out, i16, |n| n),
            (Self::U32, SampleBuffer::F32(out)) => gather!(out, u32, |n| n as f32),
            (Self::I32, SampleBuffer::F32(out)) => gather!(out, i32, |n| n as f32),
            (Self::U64, SampleBuffer::F32(out)) => gather!(out, u64, |n| n as f32),
            (Self::I64, SampleBuffer::F32(out)) => gather!(out, i64, |n| n as f32),
            (Self::F16, SampleBuffer::F32(out)) => gather!(out, f16, f32::from),
            (Self::F32, SampleBuffer::F32(out)) => gather!(out, f32, |n| n),
            (Self::F64, SampleBuffer::F32(out)) => gather!(out, f64, |n| n as f32),
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
