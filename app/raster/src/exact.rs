//! Samples without rounding: whole numbers of 64 bits and doubles, for everything that counts or prints
//! values. What the graphics card takes is [`crate::Samples`].

use crate::numbers::Numbers;
use crate::samples::{Planes, SampleBuffer, Samples};

/// Values that hold every stored one exactly.
#[derive(Clone, Debug, PartialEq)]
pub enum ExactBuffer {
    Unsigned(Vec<u64>),
    Signed(Vec<i64>),
    Float(Vec<f64>),
}

/// Runs `$body` with `$v` bound to the typed vector inside an [`ExactBuffer`].
macro_rules! with_exact {
    ($buffer:expr, $v:ident => $body:expr) => {
        match $buffer {
            $crate::exact::ExactBuffer::Unsigned($v) => $body,
            $crate::exact::ExactBuffer::Signed($v) => $body,
            $crate::exact::ExactBuffer::Float($v) => $body,
        }
    };
}
pub(crate) use with_exact;

/// Doubles just past the largest whole numbers, to which those are rounded.
const U64_END: f64 = 18_446_744_073_709_551_616.0;
const I64_END: f64 = 9_223_372_036_854_775_808.0;

/// One value as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ExactValue {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

impl ExactValue {
    /// As a double: rounded where a whole number passes 2⁵³.
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Unsigned(n) => n as f64,
            Self::Signed(n) => n as f64,
            Self::Float(n) => n,
        }
    }

    /// Whether a no-data value means this one; NaN means NaN. A double just outside of what the kind can
    /// hold, as rounding writes the limits of 64-bit numbers, means the limit.
    pub(crate) fn is(self, no_data: f64) -> bool {
        match self {
            Self::Unsigned(n) => {
                no_data.fract() == 0.0 && (0.0..=U64_END).contains(&no_data) && n == no_data as u64
            }
            Self::Signed(n) => no_data.fract() == 0.0 && no_data.abs() <= I64_END && n == no_data as i64,
            Self::Float(n) => n == no_data || (n.is_nan() && no_data.is_nan()),
        }
    }
}

impl From<u64> for ExactValue {
    fn from(n: u64) -> Self {
        Self::Unsigned(n)
    }
}

impl From<i64> for ExactValue {
    fn from(n: i64) -> Self {
        Self::Signed(n)
    }
}

impl From<f64> for ExactValue {
    fn from(n: f64) -> Self {
        Self::Float(n)
    }
}

/// Every digit that counts, and none more.
impl std::fmt::Display for ExactValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsigned(n) => n.fmt(f),
            Self::Signed(n) => n.fmt(f),
            Self::Float(n) => n.fmt(f),
        }
    }
}

impl ExactBuffer {
    /// `len` zeros that can hold what `like` holds.
    pub(crate) fn zeros_like(like: &Numbers, len: usize) -> Self {
        match like {
            Numbers::U8(_) | Numbers::U16(_) | Numbers::U32(_) | Numbers::U64(_) => {
                Self::Unsigned(vec![0; len])
            }
            Numbers::I8(_) | Numbers::I16(_) | Numbers::I32(_) | Numbers::I64(_) => {
                Self::Signed(vec![0; len])
            }
            Numbers::F32(_) | Numbers::F64(_) => Self::Float(vec![0.0; len]),
        }
    }

    pub fn len(&self) -> usize {
        with_exact!(self, v => v.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One value; `None` past the end.
    pub fn get(&self, index: usize) -> Option<ExactValue> {
        match self {
            Self::Unsigned(v) => v.get(index).copied().map(ExactValue::Unsigned),
            Self::Signed(v) => v.get(index).copied().map(ExactValue::Signed),
            Self::Float(v) => v.get(index).copied().map(ExactValue::Float),
        }
    }

    /// Rounded to what the graphics card takes.
    pub(crate) fn to_floats(&self) -> Vec<f32> {
        match self {
            Self::Unsigned(v) => v.iter().map(|n| *n as f32).collect(),
            Self::Signed(v) => v.iter().map(|n| *n as f32).collect(),
            Self::Float(v) => v.iter().map(|n| *n as f32).collect(),
        }
    }
}

impl From<Vec<u64>> for ExactBuffer {
    fn from(values: Vec<u64>) -> Self {
        Self::Unsigned(values)
    }
}

impl From<Vec<i64>> for ExactBuffer {
    fn from(values: Vec<i64>) -> Self {
        Self::Signed(values)
    }
}

impl From<Vec<f64>> for ExactBuffer {
    fn from(values: Vec<f64>) -> Self {
        Self::Float(values)
    }
}

impl From<&SampleBuffer> for ExactBuffer {
    fn from(samples: &SampleBuffer) -> Self {
        match samples {
            SampleBuffer::U8(v) => Self::Unsigned(v.iter().map(|n| u64::from(*n)).collect()),
            SampleBuffer::U16(v) => Self::Unsigned(v.iter().map(|n| u64::from(*n)).collect()),
            SampleBuffer::I16(v) => Self::Signed(v.iter().map(|n| i64::from(*n)).collect()),
            SampleBuffer::F32(v) => Self::Float(v.iter().map(|n| f64::from(*n)).collect()),
        }
    }
}

/// The samples of a window, none rounded.
pub type ExactSamples = Planes<ExactBuffer>;

impl ExactSamples {
    /// One value. `band` counts within [`Planes::bands`].
    pub fn value(&self, band: usize, x: u32, y: u32) -> Option<ExactValue> {
        self.index(band, x, y).and_then(|index| self.values.get(index))
    }
}

impl From<Samples> for ExactSamples {
    fn from(samples: Samples) -> Self {
        let values = ExactBuffer::from(&samples.values);
        let Samples { width, height, bands, valid, .. } = samples;
        Self { width, height, bands, values, valid }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_data_is_compared_exactly_and_at_the_limits_as_it_was_meant() {
        assert!(ExactValue::Signed(i64::MAX).is(9_223_372_036_854_775_807.0));
        assert!(!ExactValue::Signed(i64::MAX - 1).is(9_223_372_036_854_775_807.0));
        assert!(!ExactValue::Signed(2_147_483_646).is(2_147_483_647.0));
        assert!(!ExactValue::Unsigned(0).is(-9999.0) && !ExactValue::Unsigned(0).is(0.5));
        assert!(ExactValue::Float(f64::NAN).is(f64::NAN) && !ExactValue::Float(1.0).is(f64::NAN));
    }

    #[test]
    fn values_are_written_with_all_their_digits() {
        assert_eq!(ExactValue::Unsigned(u64::MAX).to_string(), "18446744073709551615");
        assert_eq!(ExactValue::Float(0.1).to_string(), "0.1");
        assert_eq!(ExactValue::Signed(-3).to_string(), "-3");
    }
}
