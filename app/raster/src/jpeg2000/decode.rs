//! From a codestream to numbers.

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::header::{Component, Header};
use crate::codec::guard::{damaged, guarded};
use crate::error::Fault;
use crate::number::NumberType;
use crate::numbers::Numbers;

/// Memory for the lists of pieces that a tile is cut into.
pub(crate) const MOST_PIECES_BYTES: u64 = 192 << 20;

/// How the samples of a codestream are put into numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Plane after plane.
    Planes,
    /// Pixel after pixel.
    Pixels,
}

/// The smallest kind of number that holds the samples of all components.
pub(crate) fn number_type(components: &[Component]) -> NumberType {
    let bits = components.iter().map(|c| c.bits).max().unwrap_or(8);
    match (components.iter().any(|c| c.is_signed), bits) {
        (_, 17..) => NumberType::F32,
        (true, _) if components.iter().any(|c| !c.is_signed && c.bits == 16) => NumberType::F32,
        (true, _) => NumberType::I16,
        (false, ..=8) => NumberType::U8,
        (false, _) => NumberType::U16,
    }
}

/// Decodes a codestream whose header has passed its budget, halved `level` times. Returns exactly `size`
/// pixels of every component.
pub(crate) fn decode(
    stream: &[u8],
    header: &Header,
    level: u32,
    (width, height): (u32, u32),
    order: Order,
) -> Result<Numbers, Fault> {
    let pixels = width as usize * height as usize;
    let mut out = Numbers::zeros(number_type(&header.components), pixels * header.components.len());
    if pixels == 0 {
        return Ok(out);
    }
    guarded("JPEG 2000", || {
        let mut settings = DecodeSettings { resolve_palette_indices: false, ..DecodeSettings::default() };
        if level > 0 {
            let image = Image::new(stream, &settings).map_err(|e| damaged("JPEG 2000", &e))?;
            let side = |full: u32| full.checked_shr(level).unwrap_or(0).max(1);
            settings.target_resolution = Some((side(image.width()), side(image.height())));
        }
        let image = Image::new(stream, &settings).map_err(|e| damaged("JPEG 2000", &e))?;
        let (w, h) = (image.width(), image.height());
        let mut context = DecoderContext::default();
        let decoded = image.decode(&mut context).map_err(|e| damaged("JPEG 2000", &e))?;
        let components = decoded.components();
        let fits = components.len() == header.components.len()
            && components.iter().all(|c| c.samples().len() == w as usize * h as usize)
            && w >= width
            && h >= height;
        if !fits {
            return Err(Fault::damaged(format!(
                "JPEG 2000 data of {w}×{h} pixels and {} components stand where {width}×{height} and {} belong",
                components.len(),
                header.components.len()
            )));
        }
        let all = header.components.len();
        for (i, (found, said)) in components.iter().zip(&header.components).enumerate() {
            let (start, stride) = match order {
                Order::Planes => (i * pixels, 1),
                Order::Pixels => (i, all),
            };
            let plane = Plane { samples: found.samples(), from: (w, h), to: (width, height), said: *said };
            match &mut out {
                Numbers::U8(out) => plane.put(&mut out[start..], stride, |n| n as u8),
                Numbers::U16(out) => plane.put(&mut out[start..], stride, |n| n as u16),
                Numbers::I16(out) => plane.put(&mut out[start..], stride, |n| n as i16),
                Numbers::F32(out) => plane.put(&mut out[start..], stride, |n| n),
                _ => {}
            }
        }
        Ok(())
    })?;
    Ok(out)
}

struct Plane<'a> {
    samples: &'a [f32],
    /// Size of what was decoded and of what is wanted. An area narrower than one pixel of its level cannot
    /// be halved so often: then the nearest pixels are taken.
    from: (u32, u32),
    to: (u32, u32),
    said: Component,
}

impl Plane<'_> {
    fn put<T: Copy>(&self, out: &mut [T], stride: usize, give: impl Fn(f32) -> T) {
        // The decoder counts signed samples from the lowest, too.
        let largest = (2_f32).powi(i32::from(self.said.bits)) - 1.0;
        let lowest = if self.said.is_signed { f32::midpoint(largest, 1.0) } else { 0.0 };
        let value = |n: f32| give(n.round().clamp(0.0, largest) - lowest);
        if self.from == self.to {
            let targets = out.iter_mut().step_by(stride);
            targets.zip(self.samples).for_each(|(to, from)| *to = value(*from));
            return;
        }
        let near = |i: usize, from: u32, to: u32| i * from as usize / to as usize;
        for y in 0..self.to.1 as usize {
            let row = near(y, self.from.1, self.to.1) * self.from.0 as usize;
            for x in 0..self.to.0 as usize {
                let at = (y * self.to.0 as usize + x) * stride;
                out[at] = value(self.samples[row + near(x, self.from.0, self.to.0)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(bits: u8, is_signed: bool) -> Component {
        Component { bits, is_signed, step: (1, 1) }
    }

    #[test]
    fn samples_get_the_smallest_kind_that_holds_them_all() {
        assert_eq!(number_type(&[component(1, false), component(8, false)]), NumberType::U8);
        assert_eq!(number_type(&[component(15, false)]), NumberType::U16);
        assert_eq!(number_type(&[component(8, true)]), NumberType::I16);
        assert_eq!(number_type(&[component(16, false), component(8, true)]), NumberType::F32);
        assert_eq!(number_type(&[component(24, false)]), NumberType::F32);
    }

    #[test]
    fn signed_samples_are_counted_from_their_middle_and_overshoot_is_cut() {
        let plane =
            Plane { samples: &[-3.0, 0.0, 128.2, 300.0], from: (4, 1), to: (4, 1), said: component(8, true) };
        let mut out = [0_i16; 4];
        plane.put(&mut out, 1, |n| n as i16);
        assert_eq!(out, [-128, -128, 0, 127]);
    }
}
