//! How a raster is cut: levels of detail, and tiles within a level.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// One level of detail of a raster. Level 0 is the full resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Level {
    /// Size of the level in its own pixels.
    pub width: u32,
    pub height: u32,
    /// Size of its tiles in its own pixels; tiles at the right and lower border may be smaller.
    pub tile_width: u32,
    pub tile_height: u32,
}

impl Level {
    /// Tiles across and down.
    pub fn grid(&self) -> (u32, u32) {
        (self.width.div_ceil(self.tile_width), self.height.div_ceil(self.tile_height))
    }
}

/// Which tile of which level. Unique within one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TileKey {
    pub level: u8,
    pub col: u32,
    pub row: u32,
}

/// The pixels of its level that a tile covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileWindow {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// The levels of a raster, finest first. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pyramid {
    levels: Vec<Level>,
}

impl Pyramid {
    /// `None` when there is no level, a side is zero, or a level is larger than the one before it.
    pub fn new(levels: Vec<Level>) -> Option<Self> {
        let sane = !levels.is_empty()
            && u8::try_from(levels.len()).is_ok()
            && levels.iter().all(|l| l.width > 0 && l.height > 0 && l.tile_width > 0 && l.tile_height > 0)
            && levels.windows(2).all(|w| w[1].width <= w[0].width && w[1].height <= w[0].height);
        sane.then_some(Self { levels })
    }

    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Full-resolution size in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.levels[0].width, self.levels[0].height)
    }

    /// How many full-resolution pixels one pixel of a level spans, across and down.
    pub fn scale(&self, level: u8) -> (f64, f64) {
        let (full, l) = (&self.levels[0], &self.levels[usize::from(level)]);
        (f64::from(full.width) / f64::from(l.width), f64::from(full.height) / f64::from(l.height))
    }

    /// The coarsest level that still has at least one of its pixels per screen pixel, given how many
    /// full-resolution pixels one screen pixel spans.
    pub fn level_for(&self, image_px_per_screen_px: f64) -> u8 {
        let fits = |level: &usize| self.scale(*level as u8).0 <= image_px_per_screen_px.max(1.0) * 1.01;
        (0..self.levels.len()).rev().find(fits).unwrap_or(0) as u8
    }

    /// The pixels of its level that a tile covers; `None` when the key is outside the pyramid.
    pub fn window(&self, key: TileKey) -> Option<TileWindow> {
        let level = self.levels.get(usize::from(key.level))?;
        let (cols, rows) = level.grid();
        if key.col >= cols || key.row >= rows {
            return None;
        }
        let (x, y) = (key.col * level.tile_width, key.row * level.tile_height);
        Some(TileWindow {
            x,
            y,
            width: level.tile_width.min(level.width - x),
            height: level.tile_height.min(level.height - y),
        })
    }

    /// The tiles of a level that meet a box of full-resolution image pixels `[x0, y0, x1, y1]`,
    /// those nearest the box's centre first.
    pub fn tiles_in(&self, level: u8, image_box: [f64; 4]) -> Vec<TileKey> {
        let Some((box_in_tiles, cols, rows)) = self.spans(level, image_box) else { return Vec::new() };
        let [c0, r0, c1, r1] = box_in_tiles;
        let (mid_col, mid_row) = (f64::midpoint(c0, c1) - 0.5, f64::midpoint(r0, r1) - 0.5);
        let mut keys: Vec<TileKey> =
            rows.flat_map(|row| cols.clone().map(move |col| TileKey { level, col, row })).collect();
        let distance = |k: &TileKey| (f64::from(k.col) - mid_col).hypot(f64::from(k.row) - mid_row);
        keys.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        keys
    }

    /// How many tiles [`Pyramid::tiles_in`] would list.
    pub fn count_in(&self, level: u8, image_box: [f64; 4]) -> usize {
        self.spans(level, image_box).map_or(0, |(_, cols, rows)| cols.len() * rows.len())
    }

    /// A box in tiles of a level, and the columns and rows of tiles that it meets.
    fn spans(&self, level: u8, image_box: [f64; 4]) -> Option<([f64; 4], Range<u32>, Range<u32>)> {
        let l = &self.levels[usize::from(level)];
        let (sx, sy) = self.scale(level);
        let (cols, rows) = l.grid();
        let to_col = |x: f64| x / sx / f64::from(l.tile_width);
        let to_row = |y: f64| y / sy / f64::from(l.tile_height);
        let (c0, c1) = (to_col(image_box[0]), to_col(image_box[2]));
        let (r0, r1) = (to_row(image_box[1]), to_row(image_box[3]));
        let meets = c1 > 0.0 && r1 > 0.0 && c0 < f64::from(cols) && r0 < f64::from(rows);
        let span = |a: f64, b: f64, n: u32| (a.max(0.0) as u32)..(b.ceil().min(f64::from(n)) as u32);
        meets.then(|| ([c0, r0, c1, r1], span(c0, c1, cols), span(r0, r1, rows)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pyramid() -> Pyramid {
        let level = |w, h| Level { width: w, height: h, tile_width: 256, tile_height: 256 };
        Pyramid::new(vec![level(1000, 600), level(500, 300), level(250, 150)]).expect("sane")
    }

    #[test]
    fn border_tiles_are_cut_to_the_image() {
        let window = pyramid().window(TileKey { level: 0, col: 3, row: 2 });
        assert_eq!(window, Some(TileWindow { x: 768, y: 512, width: 232, height: 88 }));
        assert_eq!(pyramid().window(TileKey { level: 0, col: 4, row: 0 }), None);
    }

    #[test]
    fn the_level_never_has_fewer_pixels_than_the_screen() {
        let p = pyramid();
        assert_eq!([0.1, 1.0, 1.9, 2.0, 3.9, 4.0, 100.0].map(|s| p.level_for(s)), [0, 0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn tiles_come_centre_first_and_stay_inside() {
        let keys = pyramid().tiles_in(0, [-500.0, -500.0, 1500.0, 1100.0]);
        assert_eq!(keys.len(), 12);
        assert_eq!(pyramid().count_in(0, [-500.0, -500.0, 1500.0, 1100.0]), 12);
        assert_eq!(pyramid().count_in(0, [2000.0, 0.0, 2100.0, 10.0]), 0);
        assert!(keys[0].row == 1 && (1..=2).contains(&keys[0].col));
        assert!(pyramid().tiles_in(0, [2000.0, 0.0, 2100.0, 10.0]).is_empty());
    }
}
