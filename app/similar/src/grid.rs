//! Square cells over an area, for places that are no regions.

use crate::error::SimilarError;

/// More cells are not looked at.
const MOST: usize = 100_000;

/// The cells of a grid over `[xmin, ymin, xmax, ymax]`, row by row from the top left, each as such a box; what is left at
/// the right and lower end is no cell.
pub fn cells([x0, y0, x1, y1]: [f64; 4], side: f64) -> Result<Vec<[f64; 4]>, SimilarError> {
    let usable = side.is_finite() && side > 0.0;
    let count =
        |low: f64, high: f64| if usable { ((high - low) / side + 1e-9).floor().max(0.0) } else { 0.0 };
    let (across, down) = (count(x0, x1), count(y0, y1));
    let cells = across * down;
    if cells.is_nan() || cells < 2.0 {
        return Err(SimilarError::TooFew { rows: cells.max(0.0) as usize, least: 2 });
    }
    if cells > MOST as f64 {
        return Err(SimilarError::TooMany { rows: cells as usize, most: MOST });
    }
    let (across, down) = (across as u32, down as u32);
    let cell = |i: u32| {
        let (left, top) = (x0 + f64::from(i % across) * side, y1 - f64::from(i / across) * side);
        [left, top - side, left + side, top]
    };
    Ok((0..across * down).map(cell).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_lie_from_the_top_left_and_whole_within() {
        let cells = cells([10.0, 0.0, 35.0, 20.0], 10.0).expect("cells");
        assert_eq!(cells.len(), 4);
        assert_eq!((cells[0], cells[3]), ([10.0, 10.0, 20.0, 20.0], [20.0, 0.0, 30.0, 10.0]));
    }

    #[test]
    fn sides_that_make_no_sense_are_refused() {
        for side in [0.0, -1.0, f64::NAN, f64::INFINITY, 30.0] {
            assert!(
                matches!(cells([0.0, 0.0, 50.0, 50.0], side), Err(SimilarError::TooFew { .. })),
                "{side}"
            );
        }
        assert!(matches!(cells([0.0, 0.0, 50.0, 50.0], 1e-3), Err(SimilarError::TooMany { .. })));
        assert!(matches!(cells([f64::NAN, 0.0, 50.0, 50.0], 1.0), Err(SimilarError::TooFew { .. })));
    }
}
