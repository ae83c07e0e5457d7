//! Run lengths as pycocotools writes them: columns from left to right, the first run is of zeros, each
//! number from the fourth on as the difference to the one two before, in 5-bit groups from `0` on.

/// The compressed run lengths of a mask given row by row.
pub(super) fn encode(mask: &[bool], width: usize, height: usize) -> String {
    let column_major = (0..width).flat_map(|x| (0..height).map(move |y| mask[y * width + x]));
    let (mut counts, mut current, mut run) = (Vec::new(), false, 0_i64);
    for covered in column_major {
        if covered != current {
            counts.push(run);
            (current, run) = (covered, 0);
        }
        run += 1;
    }
    counts.push(run);
    let mut text = String::new();
    for (i, count) in counts.iter().enumerate() {
        let mut left = if i > 2 { count - counts[i - 2] } else { *count };
        loop {
            let group = (left & 0x1f) as u8;
            left >>= 5;
            let more = if group & 0x10 == 0 { left != 0 } else { left != -1 };
            text.push(char::from(48 + group + if more { 0x20 } else { 0 }));
            if !more {
                break;
            }
        }
    }
    text
}

/// The number of covered pixels; `None` when the text is not the run lengths of a mask of `pixels` pixels.
pub(super) fn covered(text: &str, pixels: usize) -> Option<u64> {
    Some(counts(text, pixels)?.into_iter().skip(1).step_by(2).sum())
}

/// The run lengths, the first of what is not covered; `None` when they are not those of a mask of `pixels` pixels.
pub(crate) fn counts(text: &str, pixels: usize) -> Option<Vec<u64>> {
    let mut counts: Vec<i64> = Vec::new();
    let (mut value, mut shift, mut total) = (0_i64, 0_u32, 0_i64);
    for byte in text.bytes() {
        let group = byte.checked_sub(48).filter(|g| *g < 64)?;
        if shift > 55 {
            return None;
        }
        value |= i64::from(group & 0x1f) << shift;
        shift += 5;
        if group & 0x20 == 0 {
            if group & 0x10 != 0 {
                value |= -1 << shift;
            }
            let before = if counts.len() > 2 { counts[counts.len() - 2] } else { 0 };
            let count = value.checked_add(before).filter(|c| *c >= 0)?;
            total = total.checked_add(count)?;
            counts.push(count);
            (value, shift) = (0, 0);
        }
    }
    let whole = shift == 0 && u64::try_from(total).is_ok_and(|total| total == pixels as u64);
    whole.then(|| counts.into_iter().map(|count| count as u64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mask_gives_the_text_that_pycocotools_gives() {
        // mask.encode(np.asfortranarray([[0,1,1,0],[0,1,0,0],[1,1,1,1]], dtype=np.uint8))
        let rows = [[0, 1, 1, 0], [0, 1, 0, 0], [1, 1, 1, 1]];
        let mask: Vec<bool> = rows.iter().flatten().map(|v| *v == 1).collect();
        assert_eq!(encode(&mask, 4, 3), "251L10");
    }

    proptest! {
        #[test]
        fn what_is_encoded_can_be_counted(mask in proptest::collection::vec(any::<bool>(), 1..200), width in 1_usize..20) {
            let height = mask.len() / width;
            prop_assume!(height > 0);
            let mask = &mask[..width * height];
            let text = encode(mask, width, height);
            prop_assert_eq!(covered(&text, mask.len()), Some(mask.iter().filter(|m| **m).count() as u64));
            prop_assert_eq!(covered(&text, mask.len() + 1), None);
        }
    }
}
