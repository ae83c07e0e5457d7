//! Which part of the world is looked at as one picture: squares of fixed places at resolutions that are powers of two, which
//! overlap, so that features that are kept can be used again wherever the map was.

/// From the middle of a square to the middle of the next, as a share of its side: nothing is nearer to the rim of
/// that whose middle it is nearest to than an eighth of it.
const STEP: f64 = 0.75;
/// Places that are meant lie within this share of the side round the middle.
const WITHIN: f64 = 0.9;
/// A box that is drawn is at most this share of the side.
const BOX_WITHIN: f64 = 0.75;
/// The finest and the coarsest level.
const LEVELS: std::ops::RangeInclusive<i32> = -30..=40;

/// A square of the world; one pixel of it is `2 ^ level` world units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    pub level: i32,
    pub column: i64,
    pub row: i64,
}

/// The level whose pixels are nearest in size to those of a view.
pub fn level_of(resolution: f64) -> i32 {
    (resolution.max(f64::MIN_POSITIVE).log2().round() as i32).clamp(*LEVELS.start(), *LEVELS.end())
}

impl Tile {
    /// The one whose middle is nearest to a place; `side` in pixels.
    pub fn at([x, y]: [f64; 2], level: i32, side: usize) -> Self {
        let level = level.clamp(*LEVELS.start(), *LEVELS.end());
        let step = STEP * side as f64 * f64::from(level).exp2();
        let nearest = |v: f64| (v / step).round() as i64;
        Self { level, column: nearest(x), row: nearest(y) }
    }

    /// The finest from a level on that holds all places and a box with room around them.
    pub fn holding(
        places: &[[f64; 2]],
        around: Option<[[f64; 2]; 2]>,
        level: i32,
        side: usize,
    ) -> Option<Self> {
        let corners = || around.into_iter().flatten().chain(places.iter().copied());
        let range = |axis: usize| {
            let least = corners().map(|at| at[axis]).fold(f64::INFINITY, f64::min);
            let most = corners().map(|at| at[axis]).fold(f64::NEG_INFINITY, f64::max);
            (least, most)
        };
        let ((left, right), (bottom, top)) = (range(0), range(1));
        if ![left, right, bottom, top].iter().all(|v| v.is_finite()) {
            return None;
        }
        let middle = [f64::midpoint(left, right), f64::midpoint(bottom, top)];
        (level..=*LEVELS.end()).map(|level| Self::at(middle, level, side)).find(|tile| {
            let half = tile.resolution() * side as f64 / 2.0;
            let near = |at: [f64; 2]| {
                let off = [0, 1].map(|axis| (at[axis] - tile.middle(side)[axis]).abs());
                off[0].max(off[1]) <= half * WITHIN
            };
            let fits = around
                .is_none_or(|[a, b]| (a[0] - b[0]).abs().max((a[1] - b[1]).abs()) <= half * 2.0 * BOX_WITHIN);
            fits && corners().all(near)
        })
    }

    /// World units from one pixel to the next.
    pub fn resolution(self) -> f64 {
        f64::from(self.level).exp2()
    }

    /// Its middle in world units.
    pub fn middle(self, side: usize) -> [f64; 2] {
        let step = STEP * side as f64 * self.resolution();
        [self.column as f64 * step, self.row as f64 * step]
    }

    /// Those that a view is nearest to, from the middle of attention outwards, at most `most`.
    pub fn over(
        [min, max]: [[f64; 2]; 2],
        level: i32,
        side: usize,
        attention: [f64; 2],
        most: usize,
    ) -> Vec<Self> {
        let (first, last) = (Self::at(min, level, side), Self::at(max, level, side));
        let count = |a: i64, b: i64| b.saturating_sub(a).saturating_add(1).max(0) as u64;
        let all = count(first.column, last.column).saturating_mul(count(first.row, last.row));
        // A view of so many is not looked at as a whole.
        if all > 4096 {
            return vec![Self::at(attention, level, side)];
        }
        let rows = first.row..=last.row;
        let mut found: Vec<Self> = rows
            .flat_map(|row| (first.column..=last.column).map(move |column| Self { column, row, ..first }))
            .collect();
        let away = |tile: &Self| {
            let middle = tile.middle(side);
            (middle[0] - attention[0]).hypot(middle[1] - attention[1])
        };
        found.sort_by(|a, b| away(a).total_cmp(&away(b)));
        found.truncate(most);
        found
    }
}

/// True where a mask goes on beyond its picture: it covers more than a little of a side.
pub fn is_cut(inside: &[bool], [width, height]: [usize; 2]) -> bool {
    if width == 0 || height == 0 || inside.len() != width * height {
        return false;
    }
    let row = |y: usize| inside[y * width..][..width].iter().filter(|b| **b).count();
    let column = |x: usize| inside.iter().skip(x).step_by(width).filter(|b| **b).count();
    let little = |side: usize| (side / 64).max(1);
    row(0).max(row(height - 1)) > little(width) || column(0).max(column(width - 1)) > little(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_lies_well_inside_the_square_that_it_is_nearest_to() {
        for (at, level) in [([366_812.4, 4_103_990.1], -5), ([0.0, 0.0], 0), ([-33.3, 1e6], 4)] {
            let tile = Tile::at(at, level, 1024);
            let middle = tile.middle(1024);
            let off = [0, 1].map(|axis| (at[axis] - middle[axis]).abs() / tile.resolution());
            assert!(off.iter().all(|px| *px <= 384.0), "{off:?}");
            assert_eq!(Tile::at(middle, level, 1024), tile);
        }
        assert_eq!((level_of(0.05), level_of(1.0), level_of(0.0)), (-4, 0, -30));
    }

    #[test]
    fn what_is_larger_than_a_square_is_looked_at_more_coarsely() {
        let near = Tile::holding(&[[10.0, 10.0]], None, 0, 1024).expect("a place");
        assert_eq!(near.level, 0);
        let far = Tile::holding(&[[10.0, 10.0], [3000.0, 10.0]], None, 0, 1024).expect("places");
        assert!(far.level >= 2, "{far:?}");
        let half = far.resolution() * 512.0;
        for at in [[10.0, 10.0], [3000.0, 10.0]] {
            assert!((at[0] - far.middle(1024)[0]).abs() < half && (at[1] - far.middle(1024)[1]).abs() < half);
        }
        let around = Tile::holding(&[], Some([[0.0, 0.0], [1000.0, 20.0]]), 0, 1024).expect("a box");
        assert!((1..=2).contains(&around.level), "{around:?}");
        assert_eq!(Tile::holding(&[[f64::NAN, 0.0]], None, 0, 1024), None);
        assert_eq!(Tile::holding(&[], None, 0, 1024), None);
    }

    #[test]
    fn a_view_is_covered_from_where_one_looks() {
        let tiles = Tile::over([[0.0, 0.0], [1600.0, 1000.0]], 0, 1024, [1500.0, 900.0], 99);
        assert_eq!(tiles[0], Tile::at([1500.0, 900.0], 0, 1024));
        for x in 0..17 {
            for y in 0..11 {
                let at = Tile::at([f64::from(x) * 100.0, f64::from(y) * 100.0], 0, 1024);
                assert!(tiles.contains(&at));
            }
        }
        assert_eq!(Tile::over([[0.0, 0.0], [1600.0, 1000.0]], 0, 1024, [0.0, 0.0], 2).len(), 2);
        assert_eq!(Tile::over([[-1e9, -1e9], [1e9, 1e9]], 0, 1024, [0.0, 0.0], 9).len(), 1);
    }

    #[test]
    fn a_mask_that_runs_along_the_rim_is_cut_and_one_that_touches_it_is_not() {
        let mut inside = vec![false; 64 * 64];
        assert!(!is_cut(&inside, [64, 64]));
        inside[5] = true;
        assert!(!is_cut(&inside, [64, 64]));
        (10..30).for_each(|y| inside[y * 64 + 63] = true);
        assert!(is_cut(&inside, [64, 64]));
        assert!(!is_cut(&inside, [0, 64]) && !is_cut(&inside, [3, 3]));
    }
}
