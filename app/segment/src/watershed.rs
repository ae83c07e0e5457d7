//! Water that rises from markers and meets on ridges (Meyer 1994; Beucher and Meyer 1993): pixels are taken in the order of
//! their height, and of two that are alike the one that was met first, as scikit-image's `watershed` does.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::SegmentError;
use crate::error::{GoOn, check};

/// A pixel that waits: its height as a number that sorts like it, above when it was met; and which it is.
type Waiting = Reverse<(u64, u32)>;

/// The basin of each pixel: the number of the marker whose water reaches it first. Markers are numbers above 0; what no
/// water can reach (`may_be` is false between) stays 0. Heights and markers are row by row, `width` to a row.
pub fn watershed(
    heights: &[f32],
    width: usize,
    markers: &[u32],
    may_be: &dyn Fn(usize) -> bool,
    go_on: GoOn,
) -> Result<Vec<u32>, SegmentError> {
    if width == 0 || heights.len() != markers.len() || !heights.len().is_multiple_of(width) {
        return Err(SegmentError::Nothing);
    }
    if markers.iter().all(|m| *m == 0) {
        return Err(SegmentError::NoMarkers);
    }
    let mut basins = markers.to_vec();
    let mut waiting: BinaryHeap<Waiting> = BinaryHeap::new();
    let mut met = 0_u32;
    for (pixel, _) in markers.iter().enumerate().filter(|(pixel, m)| **m > 0 && may_be(*pixel)) {
        waiting.push(Reverse((key(heights[pixel], met), pixel as u32)));
    }
    let mut taken = 0_usize;
    while let Some(Reverse((_, pixel))) = waiting.pop() {
        let pixel = pixel as usize;
        taken += 1;
        if taken.is_multiple_of(1 << 14) {
            check(go_on)?;
        }
        for next in beside(pixel, width, heights.len()).into_iter().flatten() {
            if basins[next] == 0 && may_be(next) {
                basins[next] = basins[pixel];
                met += 1;
                waiting.push(Reverse((key(heights[next], met), next as u32)));
            }
        }
    }
    Ok(basins)
}

/// The pixels above, to the left, to the right and below.
pub(crate) fn beside(pixel: usize, width: usize, count: usize) -> [Option<usize>; 4] {
    let column = pixel % width;
    [
        pixel.checked_sub(width),
        (column > 0).then(|| pixel - 1),
        (column + 1 < width).then(|| pixel + 1),
        (pixel + width < count).then(|| pixel + width),
    ]
}

/// Pixels are met once each, and a picture has fewer than 2³² of them.
fn key(height: f32, met: u32) -> u64 {
    u64::from(sorted(height)) << 32 | u64::from(met)
}

/// A whole number that is larger where the float is.
fn sorted(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pools_meet_on_the_ridge() {
        let width = 11;
        let heights: Vec<f32> = (0..width * 5).map(|i| 5.0 - ((i % width) as f32 - 5.0).abs()).collect();
        let mut markers = vec![0; heights.len()];
        (markers[22], markers[32]) = (7, 3);
        let basins = watershed(&heights, width, &markers, &|_| true, &|| true).expect("markers");
        for (i, basin) in basins.iter().enumerate() {
            match i % width {
                0..=4 => assert_eq!(*basin, 7),
                6.. => assert_eq!(*basin, 3),
                _ => assert!([3, 7].contains(basin)),
            }
        }
    }

    #[test]
    fn what_cannot_be_reached_stays_dry_and_numbers_sort_as_floats_do() {
        let wall = |pixel: usize| pixel % 5 != 2;
        let mut markers = vec![0; 15];
        markers[5] = 1;
        let basins = watershed(&[0.0; 15], 5, &markers, &wall, &|| true).expect("a marker");
        assert_eq!(basins, [1, 1, 0, 0, 0].repeat(3));
        let floats = [f32::NEG_INFINITY, -2.0, -1.0e-9, 0.0, 1.0e-9, 3.0, f32::INFINITY];
        assert!(floats.map(sorted).is_sorted());
        let none = watershed(&[0.0; 4], 2, &[0; 4], &|_| true, &|| true);
        assert_eq!(none, Err(SegmentError::NoMarkers));
    }
}
