//! Colours as light: linear red, green and blue. The display curve is a square root, near enough to
//! sRGB for a picture and far quicker.

use std::ops::{Add, Mul};

/// Linear light; 1 is a white card in full sun.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rgb(pub [f32; 3]);

impl Rgb {
    pub(crate) fn mix(self, o: Self, t: f32) -> Self {
        let k = 1.0 - t;
        Self(std::array::from_fn(|i| self.0[i] * k + o.0[i] * t))
    }

    pub(crate) fn tint(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * o.0[i]))
    }
}

impl Mul<f32> for Rgb {
    type Output = Self;
    fn mul(self, k: f32) -> Self {
        Self(self.0.map(|c| c * k))
    }
}

impl Add for Rgb {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + o.0[i]))
    }
}

/// A colour as it looks on a screen in full sun, `0xRRGGBB`.
pub(crate) const fn hex(code: u32) -> Rgb {
    Rgb([linear(code >> 16), linear(code >> 8), linear(code)])
}

const fn linear(byte: u32) -> f32 {
    let v = (byte & 0xff) as f32 / 255.0;
    v * v
}
