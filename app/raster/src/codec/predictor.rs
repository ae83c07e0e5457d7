//! Undoes TIFF predictors, one row of a chunk at a time.

/// Predictor 2 in every row: each sample is the difference to the one `stride` before it. Values are in the
/// processor's byte order, `bytes` each.
pub(crate) fn undo_differences(data: &mut [u8], row_bytes: usize, bytes: usize, stride: usize) {
    #[cfg(target_arch = "x86_64")]
    if super::running::undo_rows(data, row_bytes, bytes, stride) {
        return;
    }
    for row in data.chunks_exact_mut(row_bytes.max(1)) {
        undo_plainly(row, bytes * stride, bytes, stride);
    }
}

/// One row of it from the byte `from` on, sample by sample; what comes before is undone.
pub(super) fn undo_plainly(row: &mut [u8], from: usize, bytes: usize, stride: usize) {
    let from = from.checked_div(bytes).unwrap_or(0);
    match bytes {
        1 => {
            for i in from..row.len() {
                row[i] = row[i].wrapping_add(row[i - stride]);
            }
        }
        2 => undo_wide::<2>(row, from, stride, |a, b| {
            u16::from_ne_bytes(a).wrapping_add(u16::from_ne_bytes(b)).to_ne_bytes()
        }),
        4 => undo_wide::<4>(row, from, stride, |a, b| {
            u32::from_ne_bytes(a).wrapping_add(u32::from_ne_bytes(b)).to_ne_bytes()
        }),
        8 => undo_wide::<8>(row, from, stride, |a, b| {
            u64::from_ne_bytes(a).wrapping_add(u64::from_ne_bytes(b)).to_ne_bytes()
        }),
        _ => {}
    }
}

fn undo_wide<const W: usize>(
    row: &mut [u8],
    from: usize,
    stride: usize,
    add: impl Fn([u8; W], [u8; W]) -> [u8; W],
) {
    let (values, _) = row.as_chunks_mut::<W>();
    for i in from..values.len() {
        values[i] = add(values[i], values[i - stride]);
    }
}

/// Predictor 3: the bytes of the row's floats lie plane after plane, most significant first, each byte
/// the difference to the one `stride` before it.
pub(crate) fn undo_float(row: &mut [u8], bytes: usize, stride: usize, planes: &mut Vec<u8>) {
    undo_differences(row, row.len(), 1, stride);
    planes.clear();
    planes.extend_from_slice(row);
    let count = row.len() / bytes;
    if bytes == 4 && cfg!(target_endian = "little") {
        let (high, rest) = planes.split_at(count);
        let (upper, rest) = rest.split_at(count);
        let (lower, low) = rest.split_at(count);
        let (values, _) = row.as_chunks_mut::<4>();
        let each = values.iter_mut().zip(high).zip(upper).zip(lower).zip(low);
        each.for_each(|((((value, a), b), c), d)| *value = [*d, *c, *b, *a]);
        return;
    }
    for (i, value) in row.chunks_exact_mut(bytes).enumerate() {
        for (k, byte) in value.iter_mut().enumerate() {
            let plane = if cfg!(target_endian = "little") { bytes - 1 - k } else { k };
            *byte = planes[plane * count + i];
        }
    }
}

/// The reverse of [`undo_differences`] for one row, for writing.
pub(crate) fn make_difference(from: &[u8], to: &mut [u8], bytes: usize, stride: usize) {
    let first = (bytes * stride).min(from.len());
    to[..first].copy_from_slice(&from[..first]);
    if bytes == 1 {
        let pairs = from[first..].iter().zip(from);
        to[first..].iter_mut().zip(pairs).for_each(|(to, (value, before))| *to = value.wrapping_sub(*before));
        return;
    }
    let (values, _) = from.as_chunks::<2>();
    let (to, _) = to.as_chunks_mut::<2>();
    let pairs = values[first / 2..].iter().zip(values);
    to[first / 2..].iter_mut().zip(pairs).for_each(|(to, (value, before))| {
        *to = u16::from_ne_bytes(*value).wrapping_sub(u16::from_ne_bytes(*before)).to_ne_bytes();
    });
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
        undo_differences(&mut row, 6, 1, 2);
        assert_eq!(row, [250, 1, 4, 3, 3, 8]);
        let mut rgb = [1, 2, 3, 1, 1, 1];
        undo_differences(&mut rgb, 6, 1, 3);
        assert_eq!(rgb, [1, 2, 3, 2, 3, 4]);
    }

    #[test]
    fn what_is_made_is_undone() {
        for (bytes, stride) in [(1, 3), (2, 1), (2, 4)] {
            let row: Vec<u8> = (0..48_u32).map(|i| (i * i * 7 % 251) as u8).collect();
            let mut copy = row.clone();
            make_difference(&row, &mut copy, bytes, stride);
            assert_ne!(copy, row);
            undo_differences(&mut copy, 48, bytes, stride);
            assert_eq!(copy, row);
            let mut copy = row.clone();
            make_float(&mut copy, 4, stride);
            undo_float(&mut copy, 4, stride, &mut Vec::new());
            assert_eq!(copy, row);
        }
    }

    #[test]
    fn wide_differences_carry_between_bytes() {
        let mut row: Vec<u8> = [300_u16, 65_300, 1].iter().flat_map(|n| n.to_ne_bytes()).collect();
        undo_differences(&mut row, 6, 2, 1);
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
        undo_float(&mut planes, 4, 1, &mut Vec::new());
        let back: Vec<f32> =
            planes.chunks_exact(4).map(|b| f32::from_ne_bytes([b[0], b[1], b[2], b[3]])).collect();
        assert_eq!(back, floats);
    }
}
