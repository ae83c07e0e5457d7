//! A rough view of an image that has no coarse levels yet: true pixels, one out of many, read where that costs
//! little. Something to look at while overviews are made; never a part of a picture that is kept.

use spatial::{Level, Pyramid, TileKey, TileWindow};

use crate::driver::{Driver, Stored};
use crate::error::{Fault, ReadError};
use crate::levels::Levels;
use crate::samples::{SampleBuffer, Samples};
use crate::source::Source;

/// Images with fewer pixels in their coarsest level are read quickly enough as they are.
const LEAST_PIXELS: u64 = 16 << 20;
/// The coarsest rough level is not longer than this: it is there at once.
const SMALLEST_PX: u32 = 32;

/// Where single pixels of a level cost little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoughGrid {
    /// Least columns and rows from one pixel that is read to the next, powers of two.
    pub(crate) step: (u32, u32),
    /// Rows that are multiples of this cost the least.
    pub(crate) row: u32,
    /// Pixels of a rough level that are best read at once.
    pub(crate) tile: (u32, u32),
}

/// The levels of a rough view, behind those that the image has.
#[derive(Debug)]
pub(crate) struct Rough {
    /// The image's own levels, then the rough ones.
    pyramid: Pyramid,
    /// Where the rough ones begin; their pixels are those of the level before.
    first: usize,
    row: u32,
}

impl Rough {
    /// `None` where the image is small, or where a pixel costs as much as all of them.
    pub(crate) fn of(levels: &Levels) -> Option<Self> {
        let base = levels.coarsest();
        let size = levels.level(base);
        if u64::from(size.width) * u64::from(size.height) < LEAST_PIXELS {
            return None;
        }
        let grid = levels.rough(base)?;
        let mut all = levels.all().to_vec();
        for step in steps(grid.step, (size.width, size.height)) {
            // No cell is smaller than the step, or some would miss the cheap rows.
            let side = |length: u32, step: u32| (length / step).max(1);
            all.push(Level {
                width: side(size.width, step.0),
                height: side(size.height, step.1),
                tile_width: grid.tile.0,
                tile_height: grid.tile.1,
            });
        }
        let has_some = all.len() > base + 1;
        let pyramid = Pyramid::new(all).filter(|_| has_some)?;
        Some(Self { pyramid, first: base + 1, row: grid.row })
    }

    /// The columns and rows of the coarsest own level that stand for a window of a rough one.
    fn crossings(&self, level: usize, window: TileWindow) -> (Vec<u32>, Vec<u32>) {
        let (base, rough) = (self.pyramid.levels()[self.first - 1], self.pyramid.levels()[level]);
        let cell = |i: u32, length: u32, count: u32| {
            let edge = |i: u32| (u64::from(i) * u64::from(length) / u64::from(count)) as u32;
            (edge(i), edge(i + 1).max(edge(i) + 1) - 1)
        };
        let column = |x| {
            let (first, last) = cell(x, base.width, rough.width);
            first + (last - first) / 2
        };
        let row = |y| {
            let (first, last) = cell(y, base.height, rough.height);
            let cheap = first.next_multiple_of(self.row);
            if self.row > 1 && cheap <= last { cheap } else { first + (last - first) / 2 }
        };
        let columns = window.x..window.x + window.width;
        let rows = window.y..window.y + window.height;
        (columns.map(column).collect(), rows.map(row).collect())
    }

    /// The finest rough level that has at most so many pixels.
    pub(crate) fn level_up_to(&self, most: u64) -> Option<u8> {
        let levels = &self.pyramid.levels()[self.first..];
        let fits = |l: &Level| u64::from(l.width) * u64::from(l.height) <= most;
        levels.iter().position(fits).map(|at| (self.first + at) as u8)
    }
}

/// From fine to coarse, until all of the image is a few pixels.
fn steps(finest: (u32, u32), (width, height): (u32, u32)) -> Vec<(u32, u32)> {
    let fits = |step: u32| (width / step).max(height / step) <= SMALLEST_PX;
    let mut all = Vec::new();
    let mut square = finest.0.max(finest.1);
    if fits(square) && (width / finest.0).max(height / finest.1) < SMALLEST_PX / 4 {
        return all;
    }
    if finest != (square, square) {
        all.push(finest);
    }
    all.push((square, square));
    while !fits(square) {
        square *= 2;
        all.push((square, square));
    }
    all
}

impl Source {
    /// The image's levels and behind them those of a rough view, coarser and coarser; `None` where the image has
    /// coarse levels, or no pixels that could be read alone at little cost.
    ///
    /// A rough pixel is one of the pixels that it spans, not their mean: good enough to see what is where until
    /// overviews are there, and for nothing else.
    pub fn rough_pyramid(&self) -> Option<&Pyramid> {
        self.rough().map(|rough| &rough.pyramid)
    }

    /// The samples of a tile of [`Source::rough_pyramid`], be it a rough one or one of the image's own.
    pub fn read_rough(&self, key: TileKey, bands: &[usize]) -> Result<Samples, ReadError> {
        let Some(rough) = self.rough().filter(|rough| usize::from(key.level) >= rough.first) else {
            return self.read_tile(key, bands);
        };
        let part = || format!("tile {},{} of a rough view", key.col, key.row);
        let window = rough.pyramid.window(key).ok_or_else(|| Fault::out_of_range("there is no such tile"));
        window
            .and_then(|w| self.read_rough_window(key.level, w, bands))
            .map_err(|f| self.read_error(part(), f))
    }

    /// A window of a rough level that lies in it.
    pub(crate) fn read_rough_window(
        &self,
        level: u8,
        window: TileWindow,
        bands: &[usize],
    ) -> Result<Samples, Fault> {
        let rough = self.rough().ok_or_else(|| Fault::out_of_range("it has no rough view"))?;
        let stored = self.granted(window, bands, self.image().sample_type.size())?;
        let (columns, rows) = rough.crossings(usize::from(level), window);
        let (values, mask) = self.levels().read_crossings(rough.first - 1, (&columns, &rows), &stored)?;
        Ok(self.presented(window, bands, &stored, values, mask))
    }
}

/// Single pixels by windows of one row, or of one pixel where those between would cost more than another read.
pub(crate) fn by_windows(
    driver: &dyn Driver,
    level: usize,
    (columns, rows): (&[u32], &[u32]),
    samples: &[usize],
    is_row_cheap: bool,
) -> Result<Stored, Fault> {
    let (width, plane) = (columns.len(), columns.len() * rows.len());
    let mut out = SampleBuffer::zeros(driver.sample_type(), plane * samples.len());
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else { return Ok((out, None)) };
    let mut put = |read: &SampleBuffer, read_plane: usize, from: usize, to: usize| {
        for sample in 0..samples.len() {
            out.copy_value(read, sample * read_plane + from, sample * plane + to);
        }
    };
    for (y, row) in rows.iter().enumerate() {
        if is_row_cheap {
            let span = last - first + 1;
            let window = TileWindow { x: *first, y: *row, width: span, height: 1 };
            let (read, _) = driver.read(level, window, samples, crate::driver::Keep::OnlyShared)?;
            for (x, column) in columns.iter().enumerate() {
                put(&read, span as usize, (column - first) as usize, y * width + x);
            }
            continue;
        }
        for (x, column) in columns.iter().enumerate() {
            let window = TileWindow { x: *column, y: *row, width: 1, height: 1 };
            let (read, _) = driver.read(level, window, samples, crate::driver::Keep::OnlyShared)?;
            put(&read, 1, 0, y * width + x);
        }
    }
    Ok((out, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rough(step: (u32, u32), row: u32, width: u32, height: u32) -> Rough {
        let level = |width, height| Level { width, height, tile_width: 256, tile_height: 256 };
        let mut all = vec![level(width, height)];
        all.extend(steps(step, (width, height)).into_iter().map(|s| level(width / s.0, height / s.1)));
        Rough { pyramid: Pyramid::new(all).expect("sane"), first: 1, row }
    }

    #[test]
    fn levels_go_on_until_all_of_it_is_a_few_pixels() {
        assert_eq!(steps((64, 64), (46_000, 46_000)), [64, 128, 256, 512, 1024, 2048].map(|s| (s, s)));
        assert_eq!(steps((128, 512), (46_000, 46_000)), [(128, 512), (512, 512), (1024, 1024), (2048, 2048)]);
        assert_eq!(steps((65_536, 65_536), (46_000, 46_000)), [], "a pixel costs as much as all");
    }

    #[test]
    fn every_rough_pixel_is_one_of_those_that_it_spans_and_lies_on_a_cheap_row_where_there_is_one() {
        for (width, height, row) in [(46_000, 40_001, 512_u32), (5_000, 70_000, 100), (9_999, 8_191, 1)] {
            let step = row.next_power_of_two().max(4);
            let rough = rough((step / 2, step), row, width, height);
            for (level, size) in rough.pyramid.levels().iter().enumerate().skip(1) {
                let whole = TileWindow { x: 0, y: 0, width: size.width, height: size.height };
                let (columns, rows) = rough.crossings(level, whole);
                let (sx, sy) = rough.pyramid.scale(level as u8);
                for (i, column) in columns.iter().enumerate() {
                    let span = i as f64 * sx - 1.0..(i + 1) as f64 * sx + 1.0;
                    assert!(span.contains(&f64::from(*column)) && *column < width);
                }
                for (i, at) in rows.iter().enumerate() {
                    let span = i as f64 * sy - 1.0..(i + 1) as f64 * sy + 1.0;
                    assert!(span.contains(&f64::from(*at)) && *at < height);
                    assert_eq!(at % row, 0, "row {at} of level {level}");
                }
            }
        }
    }
}
