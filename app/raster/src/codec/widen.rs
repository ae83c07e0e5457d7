//! Turns samples whose size no processor knows into the smallest kind that holds them.

use crate::layout::{Layout, NumberFormat};
use crate::number::NumberType;
use crate::numbers::Numbers;

/// `raw` is in the processor's byte order; rows are padded to whole bytes.
pub(crate) fn widen(layout: &Layout, raw: &[u8], count: usize) -> Numbers {
    match (layout.format, layout.bits) {
        (NumberFormat::Float, 16) => {
            Numbers::F32(raw.chunks_exact(2).map(|b| half::f16::from_ne_bytes(array(b)).to_f32()).collect())
        }
        (NumberFormat::Float, _) => {
            Numbers::F32(raw.chunks_exact(3).map(|b| float_from_24(native_u24(b))).take(count).collect())
        }
        _ => {
            let per_row = layout.chunk_width as usize * usize::from(layout.chunk_samples());
            let rows = raw.chunks_exact(layout.row_bytes() as usize);
            integers(layout, rows.flat_map(|row| row_bits(row, layout.bits).take(per_row)))
        }
    }
}

/// Whole numbers of fewer bits than their kind has; signed ones get their sign.
fn integers(layout: &Layout, values: impl Iterator<Item = u32>) -> Numbers {
    let spare = 32 - u32::from(layout.bits);
    let signed = |n: u32| (n << spare) as i32 >> spare;
    match layout.number_type() {
        NumberType::U8 => Numbers::U8(values.map(|n| n as u8).collect()),
        NumberType::U16 => Numbers::U16(values.map(|n| n as u16).collect()),
        NumberType::I8 => Numbers::I8(values.map(|n| signed(n) as i8).collect()),
        NumberType::I16 => Numbers::I16(values.map(|n| signed(n) as i16).collect()),
        NumberType::I32 => Numbers::I32(values.map(signed).collect()),
        _ => Numbers::U32(values.collect()),
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

/// Samples of 1 to 31 bits, packed most significant bit first. Also those of 24 bits, whatever the file's
/// byte order: that is how GDAL writes them.
fn row_bits(row: &[u8], bits: u8) -> impl Iterator<Item = u32> {
    let (mut held, mut held_bits, mut rest) = (0_u64, 0_u8, row.iter());
    std::iter::from_fn(move || {
        while held_bits < bits {
            held = held << 8 | u64::from(*rest.next()?);
            held_bits += 8;
        }
        held_bits -= bits;
        let value = held >> held_bits;
        held &= (1 << held_bits) - 1;
        Some(value as u32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bit_depths_split_at_the_right_bits() {
        let twelve: Vec<u32> = row_bits(&[0xab, 0xcd, 0xef], 12).collect();
        assert_eq!(twelve, [0xabc, 0xdef]);
        let one: Vec<u32> = row_bits(&[0b1010_0000], 1).take(3).collect();
        assert_eq!(one, [1, 0, 1]);
    }

    fn layout_of(format: NumberFormat, bits: u8) -> Layout {
        let mut layout = Layout::for_writing((2, 1), (2, 1), true, 1, crate::SampleType::U8);
        (layout.format, layout.bits) = (format, bits);
        layout
    }

    #[test]
    fn odd_sizes_become_the_smallest_kind_that_holds_them_and_keep_their_sign() {
        let twelve = layout_of(NumberFormat::Signed, 12);
        assert_eq!(widen(&twelve, &[0xff, 0xf7, 0xff], 2), Numbers::I16(vec![-1, 2047]));
        let seventeen = layout_of(NumberFormat::Unsigned, 17);
        let raw = [0b1000_0000, 0, 0b1000_0000, 0, 0b0100_0000];
        assert_eq!(widen(&seventeen, &raw, 2), Numbers::U32(vec![65_537, 1]));
        let two = layout_of(NumberFormat::Signed, 2);
        assert_eq!(widen(&two, &[0b1001_0000], 2), Numbers::I8(vec![-2, 1]));
    }

    #[test]
    fn small_floats_keep_their_value() {
        assert_eq!(float_from_24(63 << 16), 1.0);
        assert_eq!(float_from_24((1 << 23) | (64 << 16) | 0x8000), -3.0);
        assert!(float_from_24((127 << 16) | 1).is_nan());
    }
}
