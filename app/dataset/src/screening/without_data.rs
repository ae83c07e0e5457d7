//! Cells of a plan that show nothing.

use project::screening::{CellNumber, Screening};
use raster::{ReadError, Source};
use spatial::TileKey;

/// Pixels of a level across a cell that are enough to tell whether it shows anything.
const ENOUGH: f64 = 32.0;
/// Bands that are looked at.
const BANDS: usize = 4;
/// Pixels of the level that are read at most.
const MOST_PIXELS: u64 = 1 << 27;

/// The cells of a plan in which no pixel of the image holds anything, in ascending order; `None` when that cannot be
/// told without reading more than anybody waits for (a huge image without overviews), or when `go_on` says no.
///
/// Looked at on a coarse level: a pixel there holds something where any of those that it stands for do.
pub fn cells_without_data(
    source: &Source,
    plan: &Screening,
    go_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Vec<CellNumber>>, ReadError> {
    let pyramid = source.pyramid();
    let cells = plan.cells();
    let fine = |level: &usize| {
        let (x, y) = pyramid.scale(*level as u8);
        f64::from(plan.cell_px) / x.max(y) >= ENOUGH
    };
    let number = (0..pyramid.levels().len()).rev().find(fine).unwrap_or(0) as u8;
    let level = pyramid.levels()[usize::from(number)];
    if u64::from(level.width) * u64::from(level.height) > MOST_PIXELS
        || [pyramid.size().0, pyramid.size().1] != plan.size
    {
        return Ok(None);
    }
    let bands: Vec<usize> = (0..source.image().bands.len().min(BANDS)).collect();
    let mut shows = vec![false; cells.grid.count() as usize];
    let (sx, sy) = pyramid.scale(number);
    let (across, down) = level.grid();
    for row in 0..down {
        if !go_on(f64::from(row) / f64::from(down)) {
            return Ok(None);
        }
        for col in 0..across {
            let key = TileKey { level: number, col, row };
            let Some(window) = pyramid.window(key) else { continue };
            let (x0, y0) = (f64::from(window.x), f64::from(window.y));
            let (x1, y1) = (x0 + f64::from(window.width), y0 + f64::from(window.height));
            let Some([c0, c1, r0, r1]) = cells.grid.around([x0 * sx, y0 * sy, x1 * sx, y1 * sy]) else {
                continue;
            };
            let met = (r0..=r1).flat_map(|r| (c0..=c1).map(move |c| r * cells.grid.columns + c));
            let open: Vec<u32> = met.filter(|cell| !shows[*cell as usize]).collect();
            if open.is_empty() {
                continue;
            }
            let samples = source.read_tile(key, &bands)?;
            for cell in open {
                let [left, top, right, bottom] = cells.grid.rect(cell).map(f64::from);
                let span = |low: f64, high: f64, scale: f64, from: f64, count: u32| {
                    let first = (low / scale).floor() - from;
                    let last = (high / scale).ceil() - from;
                    (first.max(0.0) as u32)..(last.clamp(0.0, f64::from(count)) as u32)
                };
                let columns = span(left, right, sx, x0, window.width);
                let mut rows = span(top, bottom, sy, y0, window.height);
                shows[cell as usize] = rows.any(|y| columns.clone().any(|x| samples.is_valid(x, y)));
            }
            samples.recycle();
        }
    }
    Ok(Some((0..shows.len() as u32).filter(|cell| !shows[*cell as usize]).collect()))
}
