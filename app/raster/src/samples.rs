//! Sample values in memory.

use serde::{Deserialize, Serialize};

/// The four kinds of number that samples are handed out as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SampleType {
    U8,
    U16,
    I16,
    F32,
}

impl SampleType {
    /// Bytes of one sample.
    pub fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::F32 => 4,
        }
    }

    /// Name as NumPy and rasterio write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::F32 => "float32",
        }
    }
}

/// Values of one kind. 1-, 2- and 4-bit samples come as `U8`, 10- and 12-bit as `U16`, signed bytes as
/// `I16`, everything wider as `F32` (whole numbers above 2²⁴ and doubles are rounded to it).
#[derive(Clone, Debug, PartialEq)]
pub enum SampleBuffer {
    U8(Vec<u8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    F32(Vec<f32>),
}

/// Runs `$body` with `$v` bound to the typed vector inside a [`SampleBuffer`].
macro_rules! with_values {
    ($buffer:expr, $v:ident => $body:expr) => {
        match $buffer {
            $crate::samples::SampleBuffer::U8($v) => $body,
            $crate::samples::SampleBuffer::U16($v) => $body,
            $crate::samples::SampleBuffer::I16($v) => $body,
            $crate::samples::SampleBuffer::F32($v) => $body,
        }
    };
}
pub(crate) use with_values;

/// Runs `$body` with `$a` and `$b` bound to the typed vectors of two buffers of the same kind;
/// `$otherwise` when the kinds differ.
macro_rules! with_pair {
    ($first:expr, $second:expr, $a:ident, $b:ident => $body:expr, $otherwise:expr) => {
        match ($first, $second) {
            ($crate::samples::SampleBuffer::U8($a), $crate::samples::SampleBuffer::U8($b)) => $body,
            ($crate::samples::SampleBuffer::U16($a), $crate::samples::SampleBuffer::U16($b)) => $body,
            ($crate::samples::SampleBuffer::I16($a), $crate::samples::SampleBuffer::I16($b)) => $body,
            ($crate::samples::SampleBuffer::F32($a), $crate::samples::SampleBuffer::F32($b)) => $body,
            _ => $otherwise,
        }
    };
}
pub(crate) use with_pair;

impl SampleBuffer {
    /// `len` zeros.
    pub fn zeros(kind: SampleType, len: usize) -> Self {
        match kind {
            SampleType::U8 => Self::U8(vec![0; len]),
            SampleType::U16 => Self::U16(vec![0; len]),
            SampleType::I16 => Self::I16(vec![0; len]),
            SampleType::F32 => Self::F32(vec![0.0; len]),
        }
    }

    /// `len` times the same value, saturated to the kind.
    pub fn filled(kind: SampleType, len: usize, value: f64) -> Self {
        match kind {
            SampleType::U8 => Self::U8(vec![value as u8; len]),
            SampleType::U16 => Self::U16(vec![value as u16; len]),
            SampleType::I16 => Self::I16(vec![value as i16; len]),
            SampleType::F32 => Self::F32(vec![value as f32; len]),
        }
    }

    pub fn kind(&self) -> SampleType {
        match self {
            Self::U8(_) => SampleType::U8,
            Self::U16(_) => SampleType::U16,
            Self::I16(_) => SampleType::I16,
            Self::F32(_) => SampleType::F32,
        }
    }

    pub fn len(&self) -> usize {
        with_values!(self, v => v.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One value as a double; `None` past the end.
    pub fn get(&self, index: usize) -> Option<f64> {
        with_values!(self, v => v.get(index).map(|n| f64::from(*n)))
    }

    /// Takes one value of another buffer of the same kind.
    pub(crate) fn copy_value(&mut self, other: &Self, from: usize, to: usize) {
        with_pair!(other, self, a, b => b[to] = a[from], debug_assert!(false, "kinds differ"));
    }

    /// The memory as bytes in the processor's order, ready for a texture upload.
    pub fn as_bytes(&self) -> &[u8] {
        with_values!(self, v => bytemuck::cast_slice(v))
    }

    pub(crate) fn as_bytes_mut(&mut self) -> &mut [u8] {
        with_values!(self, v => bytemuck::cast_slice_mut(v))
    }
}

/// The samples of one tile or window.
pub type Samples = Planes<SampleBuffer>;

/// Values of one tile or window: samples as they are drawn ([`Samples`]), or exact ones
/// ([`crate::ExactSamples`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Planes<B> {
    /// Size in pixels of the level that was read.
    pub width: u32,
    pub height: u32,
    /// Which bands, in the order of `values`.
    pub bands: Vec<usize>,
    /// Band after band, each row by row: `values[(band · height + row) · width + column]`.
    pub values: B,
    /// 255 where the pixel holds something, 0 where alpha, mask or no-data say it does not; `None` = all do.
    /// A pixel is missing by no-data when every colour band that was asked for is no-data (or NaN) there.
    pub valid: Option<Vec<u8>>,
}

impl Samples {
    /// One value as a double. `band` counts within [`Planes::bands`].
    pub fn value(&self, band: usize, x: u32, y: u32) -> Option<f64> {
        self.index(band, x, y).and_then(|index| self.values.get(index))
    }

    /// The same in parts of whole bands, each of at most `most` bytes, though of at least one band.
    pub fn in_parts(self, most: usize) -> Vec<Self> {
        let band_bytes = self.plane_len() * self.values.kind().size();
        let at_once = (most / band_bytes.max(1)).max(1);
        if self.bands.len() <= at_once {
            return vec![self];
        }
        let plane = self.plane_len();
        let part = |(i, bands): (usize, &[usize])| {
            let first = i * at_once * plane;
            let range = first..first + bands.len() * plane;
            let values = match &self.values {
                SampleBuffer::U8(v) => SampleBuffer::U8(v[range].to_vec()),
                SampleBuffer::U16(v) => SampleBuffer::U16(v[range].to_vec()),
                SampleBuffer::I16(v) => SampleBuffer::I16(v[range].to_vec()),
                SampleBuffer::F32(v) => SampleBuffer::F32(v[range].to_vec()),
            };
            let (width, height) = (self.width, self.height);
            Self { width, height, bands: bands.to_vec(), values, valid: self.valid.clone() }
        };
        self.bands.chunks(at_once).enumerate().map(part).collect()
    }

    /// Gives the memory back for the next read, which is cheaper than asking the system for new pages.
    pub fn recycle(self) {
        crate::spare::keep_samples(self.values);
    }
}

impl<B> Planes<B> {
    /// Where a value lies; `None` for none of the window's.
    pub(crate) fn index(&self, band: usize, x: u32, y: u32) -> Option<usize> {
        if x >= self.width || y >= self.height || band >= self.bands.len() {
            return None;
        }
        Some(band * self.plane_len() + (y as usize * self.width as usize) + x as usize)
    }

    /// True when the pixel holds something.
    pub fn is_valid(&self, x: u32, y: u32) -> bool {
        let index = y as usize * self.width as usize + x as usize;
        self.valid.as_ref().is_none_or(|v| v.get(index).is_some_and(|b| *b != 0))
    }

    /// Values in one band.
    pub fn plane_len(&self) -> usize {
        self.width as usize * self.height as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_bands_in_order_and_keep_what_is_missing() {
        let values = SampleBuffer::U16((0..20).collect());
        let whole = Samples {
            width: 2,
            height: 2,
            bands: vec![7, 1, 2, 9, 4],
            values,
            valid: Some(vec![255, 0, 255, 255]),
        };
        let parts = whole.clone().in_parts(17);
        assert_eq!(
            parts.iter().map(|p| p.bands.clone()).collect::<Vec<_>>(),
            [vec![7, 1], vec![2, 9], vec![4]]
        );
        for part in &parts {
            assert_eq!(part.valid, whole.valid);
            for (i, band) in part.bands.iter().enumerate() {
                let at = whole.bands.iter().position(|b| b == band);
                assert_eq!(part.value(i, 1, 1), at.and_then(|at| whole.value(at, 1, 1)));
            }
        }
        assert_eq!(whole.clone().in_parts(40), std::slice::from_ref(&whole));
        assert_eq!(whole.in_parts(1).len(), 5, "a band is never cut");
    }
}
