use geo::{Area as _, Validation as _};
use proptest::prelude::*;

use super::*;

fn block(text: &[&str]) -> Block {
    let class: Vec<u8> =
        text.iter().flat_map(|row| row.bytes().map(|b| if b == b'.' { NOTHING } else { b - b'0' })).collect();
    let (width, height) = (text[0].len(), text.len());
    Block { x: 0, y: 0, width, height, sure: vec![204; class.len()], class }
}

fn outlined(block: Block, least_px: u64, tolerance: f64) -> Vec<Patch> {
    let mut outliner = Outliner::new((0..block.width, 0..block.height), Some(0), least_px);
    outliner.take(block);
    outliner.finish(tolerance)
}

#[test]
fn parts_become_polygons_with_their_holes_and_the_background_none() {
    let patches = outlined(block(&["0000000", "0111110", "0100012", "0111112", "000000."]), 0, 0.0);
    let found: Vec<(u8, u64, usize)> =
        patches.iter().map(|p| (p.class, p.pixels, p.area.interiors().len())).collect();
    assert_eq!(found, [(1, 12, 1), (2, 2, 0)]);
    assert!((patches[0].area.unsigned_area() - 12.0).abs() < 1e-12);
    assert!((patches[0].sure - 0.8).abs() < 1e-12);
}

#[test]
fn pixels_that_share_a_corner_only_are_apart_and_a_hole_may_touch_the_rim() {
    let apart = outlined(block(&["10", "01"]), 0, 0.0);
    assert_eq!(apart.len(), 2);
    let touching = outlined(block(&["1110", "1011", "1111"]), 0, 0.0);
    assert_eq!((touching.len(), touching[0].pixels), (1, 10));
    assert!(touching[0].area.is_valid());
    let self_touching = outlined(block(&["11110", "10010", "10001", "11111"]), 0, 0.0);
    for patch in &self_touching {
        assert!(patch.area.is_valid(), "{:?}", patch.area);
        assert!((patch.area.unsigned_area() - patch.pixels as f64).abs() < 1e-12);
    }
}

#[test]
fn small_parts_go_to_the_neighbour_they_share_most_border_with() {
    let patches = outlined(block(&["111222", "131222", "111232", "111222"]), 2, 0.0);
    let found: Vec<(u8, u64)> = patches.iter().map(|p| (p.class, p.pixels)).collect();
    assert_eq!(found, [(1, 12), (2, 12)]);
    let alone = outlined(block(&["...", ".1.", "..."]), 4, 0.0);
    assert_eq!(alone.len(), 1, "what has no neighbour stays");
}

#[test]
fn neighbours_still_share_their_border_when_corners_are_left_out() {
    // A staircase between two classes: one line afterwards, the same for both.
    let rows: Vec<String> =
        (0..24).map(|y| (0..24).map(|x| if x < 6 + y / 2 { '1' } else { '2' }).collect()).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let patches = outlined(block(&rows), 0, 1.0);
    let corners: usize = patches.iter().map(|p| p.area.exterior().0.len() - 1).sum();
    assert!(corners <= 10, "{corners} corners are left");
    let sum: f64 = patches.iter().map(|p| p.area.unsigned_area()).sum();
    assert!((sum - 576.0).abs() < 1e-9, "no gap and no overlap: {sum}");
}

#[test]
fn sheets_are_put_together_again() {
    let text = ["111111", "100001", "122221", "111111", "333000", "333000"];
    let whole = block(&text);
    let mut outliner = Outliner::new((0..6, 0..6), Some(0), 0);
    for (x, width) in [(0, 4), (4, 2)] {
        for y in [0, 3] {
            let pick = |plane: &[u8]| -> Vec<u8> {
                (y..y + 3).flat_map(|row| plane[row * 6 + x..][..width].to_vec()).collect()
            };
            let (class, sure) = (pick(&whole.class), pick(&whole.sure));
            outliner.take(Block { x, y, width, height: 3, class, sure });
            outliner.flush();
        }
    }
    let mut cut = outliner.finish(0.0);
    let mut once = outlined(whole, 0, 0.0);
    for patches in [&mut cut, &mut once] {
        patches.sort_by_key(|p| p.class);
    }
    let told = |patches: &[Patch]| -> Vec<(u8, u64, f64, usize)> {
        patches
            .iter()
            .map(|p| (p.class, p.pixels, p.area.unsigned_area(), p.area.interiors().len()))
            .collect()
    };
    assert_eq!(told(&cut), told(&once));
}

proptest! {
    #[test]
    fn outlines_are_valid_and_cover_each_pixel_once(
        width in 1_usize..14, cells in proptest::collection::vec(0_u8..3, 1..160)
    ) {
        let height = (cells.len() / width).max(1);
        let class: Vec<u8> = (0..width * height).map(|i| 1 + cells[i % cells.len()]).collect();
        let block = Block { x: 0, y: 0, width, height, sure: vec![255; class.len()], class };
        let patches = outlined(block, 0, 0.0);
        let sum: f64 = patches.iter().map(|p| p.area.unsigned_area()).sum();
        prop_assert!((sum - (width * height) as f64).abs() < 1e-9);
        for patch in &patches {
            prop_assert!(patch.area.is_valid(), "{:?}", patch.area);
            prop_assert!((patch.area.unsigned_area() - patch.pixels as f64).abs() < 1e-9);
        }
    }
}
