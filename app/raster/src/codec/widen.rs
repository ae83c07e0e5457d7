//! Turns samples that no [`SampleBuffer`] stores directly into the nearest kind that holds them.

use crate::layout::{Layout, NumberFormat};
use crate::samples::SampleBuffer;

/// `raw` is in the processor's byte order; rows are padded to whole bytes.
pub(crate) fn widen(layout: &Layout, raw: &[u8], count: usize) -> SampleBuffer {
    let floats = |width: usize, f: fn(&[u8]) -> f32| {
        SampleBuffer::F32(raw.chunks_exact(width).map(f).take(count).collect())
    };
    match (layout.format, layout.bits) {
        (NumberFormat::Signed, 8) => SampleBuffer::I16(raw.iter().map(|b| i16::from(*b as i8)).collect()),
        (NumberFormat::Signed, 24) => floats(3, |b| ((native_u24(b) << 8) as i32 >> 8) as f32),
        (NumberFormat::Signed, 32) => floats(4, |b| i32::from_ne_bytes(array(b)) as f32),
        (NumberFormat::Signed, _) => floats(8, |b| i64::from_ne_bytes(array(b)) as f32),
        (NumberFormat::Unsigned, 24) => floats(3, |b| native_u24(b) as f32),
        (NumberFormat::Unsigned, 32) => floats(4, |b| u32::from_ne_bytes(array(b)) as f32),
        (NumberFormat::Unsigned, 64) => floats(8, |b| u64::from_ne_bytes(array(b)) as f32),
        (NumberFormat::Float, 16) => floats(2, |b| half::f16::from_ne_bytes(array(b)).to_f32()),
        (NumberFormat::Float, 24) => floats(3, |b| float_from_24(native_u24(b))),
        (NumberFormat::Float, _) => floats(8, |b| f64::from_ne_bytes(array(b)) as f32),
        (NumberFormat::Unsigned, bits) => split_bits(layout, raw, bits),
    }
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(bytes);
    out
}

fn native_u24(b: &[u8]) -> u32 {
    let little = cfg!(target_endian = "little");
    let [x, y, z] = if little { [b[2], b[1], b[0]] } else { [b[0], b[1], b[2]] };
    u32::from(x) << 16 | u32::from(y) << 8 | u32::from(z)
}

/// Adobe's 24-bit float: sign, 7 bits of exponent (bias 63), 16 bits of mantissa.
fn float_from_24(n: u32) -> f32 {
    let (sign, exponent, mantissa) = (n >> 23, (n >> 16) & 0x7f, n & 0xffff);
    let size = match exponent {
        0 => f64::from(mantissa) * 2_f64.powi(-62 - 16),
        127 if mantissa == 0 => f64::INFINITY,
        127 => f64::NAN,
        _ => (1.0 + f64::from(mantissa) / 65536.0) * 2_f64.powi(exponent as i32 - 63),
    };
    (if sign == 1 { -size } else { size }) as f32
}

/// Samples of 1 to 15 bits, packed most significant bit first; each row begins at a byte.
fn split_bits(layout: &Layout, raw: &[u8], bits: u8) -> SampleBuffer {
    let per_row = layout.chunk_width as usize * usize::from(layout.chunk_samples());
    let rows = raw.chunks_exact(layout.row_bytes() as usize);
    let values = rows.flat_map(|row| row_bits(row, bits).take(per_row));
    if bits <= 8 {
        SampleBuffer::U8(values.map(|n| n as u8).collect())
    } else {
        SampleBuffer::U16(values.collect())
    }
}

fn row_bits(row: &[u8], bits: u8) -> impl Iterator<Item = u16> {
    let (mut held, mut held_bits, mut rest) = (0_u32, 0_u8, row.iter());
    std::iter::from_fn(move || {
        while held_bits < bits {
            held = held << 8 | u32::from(*rest.next()?);
            held_bits += 8;
        }
        held_bits -= bits;
        let value = held >> held_bits;
        held &= (1 << held_bits) - 1;
        Some(value as u16)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bit_depths_split_at_the_right_bits() {
        let twelve: Vec<u16> = row_bits(&[0xab, 0xcd, 0xef], 12).collect();
        assert_eq!(twelve, [0xabc, 0xdef]);
        let one: Vec<u16> = row_bits(&[0b1010_0000], 1).take(3).collect();
        assert_eq!(one, [1, 0, 1]);
    }

    #[test]
    fn small_floats_keep_their_value() {
        assert_eq!(float_from_24(63 << 16), 1.0);
        assert_eq!(float_from_24((1 << 23) | (64 << 16) | 0x8000), -3.0);
        assert!(float_from_24((127 << 16) | 1).is_nan());
    }
}
