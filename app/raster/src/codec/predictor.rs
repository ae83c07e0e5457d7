//! Undoes TIFF predictors, one row of a chunk at a time.

/// Predictor 2: each sample is the difference to the one `stride` before it. Values are in the
/// processor's byte order, `bytes` each.
pub(crate) fn undo_difference(row: &mut [u8], bytes: usize, stride: usize) {
    match (bytes, stride) {
        (1, 1) => {
            let mut sum = 0_u8;
            for value in row {
                sum = sum.wrapping_add(*value);
                *value = sum;
            }
        }
        (1, 3) => undo_pixels::<3>(row),
        (1, 4) => undo_pixels::<4>(row),
        (1, _) => {
            for i in stride..row.len() {
                row[i] = row[i].wrapping_add(row[i - stride]);
            }
        }
        (2, _) => undo_wide::<2>(row, stride, |a, b| {
            u16::from_ne_bytes(a).wrapping_add(u16::from_ne_bytes(b)).to_ne_bytes()
        }),
        (4, _) => undo_wide::<4>(row, stride, |a, b| {
            u32::from_ne_bytes(a).wrapping_add(u32::from_ne_bytes(b)).to_ne_bytes()
        }),
        (8, _) => undo_wide::<8>(row, stride, |a, b| {
            u64::from_ne_bytes(a).wrapping_add(u64::from_ne_bytes(b)).to_ne_bytes()
        }),
        _ => {}
    }
}

fn undo_pixels<const N: usize>(row: &mut [u8]) {
    let mut sum = [0_u8; N];
    let (pixels, _) = row.as_chunks_mut::<N>();
    for pixel in pixels {
        for (s, value) in sum.iter_mut().zip(pixel.iter_mut()) {
            *s = s.wrapping_add(*value);
            *value = *s;
        }
    }
}

fn undo_wide<const W: usize>(row: &mut [u8], stride: usize, add: impl Fn([u8; W], [u8; W]) -> [u8; W]) {
    let (values, _) = row.as_chunks_mut::<W>();
    for i in stride..values.len() {
        values[i] = add(values[i], values[i - stride]);
    }
}

/// Predictor 3: the bytes of the row's floats lie plane after plane, most significant first, each byte
/// the difference to the one `stride` before it.
pub(crate) fn undo_float(row: &mut [u8], bytes: usize, stride: usize) {
    for i in stride..row.len() {
        row[i] = row[i].wrapping_add(row[i - stride]);
    }
    let planes = row.to_vec();
    let count = row.len() / bytes;
    for (i, value) in row.chunks_exact_mut(bytes).enumerate() {
        for (k, byte) in value.iter_mut().enumerate() {
            let plane = if cfg!(target_endian = "little") { bytes - 1 - k } else { k };
            *byte = planes[plane * count + i];
        }
    }
}

/// The reverse of [`undo_difference`], for writing.
pub(crate) fn make_difference(row: &mut [u8], bytes: usize, stride: usize) {
    match bytes {
        1 => {
            for i in (stride..row.len()).rev() {
                row[i] = row[i].wrapping_sub(row[i - stride]);
            }
        }
        2 => {
            let (values, _) = row.as_chunks_mut::<2>();
            for i in (stride..values.len()).rev() {
                let difference =
                    u16::from_ne_bytes(values[i]).wrapping_sub(u16::from_ne_bytes(values[i - stride]));
                values[i] = difference.to_ne_bytes();
            }
        }
        _ => {}
    }
}

/// The reverse of [`undo_float`], for writing.
pub(crate) fn make_float(row: &mut [u8], bytes: usize, stride: usize) {
    let values = row.to_vec();
    let count = row.len() / bytes;
    for (i, value) in values.chunks_exact(bytes).enumerate() {
        for (k, byte) in value.iter().enumerate() {
            let plane = if cfg!(target_endian = "little") { bytes - 1 - k } else { k };
            row[plane * count + i] = *byte;
        }
    }
    for i in (stride..row.len()).rev() {
        row[i] = row[i].wrapping_sub(row[i - stride]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_add_up_per_band_and_wrap() {
        let mut row = [250, 1, 10, 2, 255, 5];
        undo_difference(&mut row, 1, 2);
        assert_eq!(row, [250, 1, 4, 3, 3, 8]);
        let mut rgb = [1, 2, 3, 1, 1, 1];
        undo_difference(&mut rgb, 1, 3);
        assert_eq!(rgb, [1, 2, 3, 2, 3, 4]);
    }

    #[test]
    fn what_is_made_is_undone() {
        for (bytes, stride) in [(1, 3), (2, 1), (2, 4)] {
            let row: Vec<u8> = (0..48_u32).map(|i| (i * i * 7 % 251) as u8).collect();
            let mut copy = row.clone();
            make_difference(&mut copy, bytes, stride);
            assert_ne!(copy, row);
            undo_difference(&mut copy, bytes, stride);
            assert_eq!(copy, row);
            let mut copy = row.clone();
            make_float(&mut copy, 4, stride);
            undo_float(&mut copy, 4, stride);
            assert_eq!(copy, row);
        }
    }

    #[test]
    fn wide_differences_carry_between_bytes() {
        let mut row: Vec<u8> = [300_u16, 65_300, 1].iter().flat_map(|n| n.to_ne_bytes()).collect();
        undo_difference(&mut row, 2, 1);
        let values: Vec<u16> = row.chunks_exact(2).map(|b| u16::from_ne_bytes([b[0], b[1]])).collect();
        assert_eq!(values, [300, 64, 65]);
    }

    #[test]
    fn float_planes_come_back_as_floats() {
        let floats = [1.5_f32, -2.25, 1e9];
        let big: Vec<[u8; 4]> = floats.iter().map(|f| f.to_be_bytes()).collect();
        let mut planes: Vec<u8> = (0..4).flat_map(|k| big.iter().map(move |b| b[k])).collect();
        for i in (1..planes.len()).rev() {
            planes[i] = planes[i].wrapping_sub(planes[i - 1]);
        }
        undo_float(&mut planes, 4, 1);
        let back: Vec<f32> =
            planes.chunks_exact(4).map(|b| f32::from_ne_bytes([b[0], b[1], b[2], b[3]])).collect();
        assert_eq!(back, floats);
    }
}
