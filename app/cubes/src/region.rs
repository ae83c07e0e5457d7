//! What the pixels of a region are like.

use geo::{BoundingRect as _, Geometry};
use spectral::{Cube as _, RegionStatistics};

use crate::error::CubeError;
use crate::image::ImageCube;
use crate::inside::Inside;

/// Samples read at once, about: 32 MB as doubles.
const SAMPLES_AT_ONCE: usize = 1 << 22;

/// What the pixels are like whose middles lie in a shape, given in pixels of the image. `go_on` hears the
/// share that is done.
pub fn of_region(
    cube: &ImageCube,
    shape: &Geometry<f64>,
    go_on: &dyn Fn(f64) -> bool,
) -> Result<RegionStatistics, CubeError> {
    let size = cube.shape();
    let bands = size.bands;
    let mut statistics = RegionStatistics::new(bands);
    let bounds = shape.bounding_rect().ok_or(CubeError::NothingInside)?;
    let clamp = |v: f64, size: usize| v.clamp(0.0, size as f64) as u32;
    let (left, right) =
        (clamp(bounds.min().x.floor(), size.width), clamp(bounds.max().x.floor() + 1.0, size.width));
    let (top, bottom) =
        (clamp(bounds.min().y.floor(), size.height), clamp(bounds.max().y.floor() + 1.0, size.height));
    let inside = Inside::new(shape);
    let width = right.saturating_sub(left) as usize;
    let step = (SAMPLES_AT_ONCE / (width * bands).max(1)).clamp(1, 1 << 20) as u32;
    let mut mask = vec![false; width];
    let mut row = top;
    while row < bottom && width > 0 {
        if !go_on(f64::from(row - top) / f64::from(bottom - top)) {
            return Err(CubeError::Stopped);
        }
        let rows = step.min(bottom - row);
        let mut chosen: Vec<usize> = Vec::new();
        for y in 0..rows {
            inside.row(row + y, left, &mut mask);
            let start = y as usize * width;
            chosen.extend(mask.iter().enumerate().filter(|(_, inside)| **inside).map(|(x, _)| start + x));
        }
        if !chosen.is_empty() {
            let values = cube.window(left, row, width as u32, rows)?;
            let plane = width * rows as usize;
            let picked: Vec<f64> =
                values.chunks_exact(plane).flat_map(|band| chosen.iter().map(|i| band[*i])).collect();
            statistics.add(&picked, chosen.len());
        }
        row += rows;
    }
    if statistics.pixels() == 0 {
        return Err(CubeError::NothingInside);
    }
    Ok(statistics)
}
