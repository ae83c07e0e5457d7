//! Ground control points of an image and what can be made of them.

use spatial::{ControlPoint, Warp};

use crate::about::GroundPoint;

/// More control points than this are left out.
pub(crate) const MOST_POINTS: usize = 10_000;

/// The tiepoints of a TIFF as control points.
pub(crate) fn from_tiepoints(
    numbers: &[f64],
    pixel_is_point: bool,
    warnings: &mut Vec<String>,
) -> Vec<GroundPoint> {
    let (all, _) = numbers.as_chunks::<6>();
    if all.len() > MOST_POINTS {
        warnings
            .push(format!("It has {} ground control points; the first {MOST_POINTS} are used.", all.len()));
    }
    let half = if pixel_is_point { 0.5 } else { 0.0 };
    let point = |(i, p): (usize, &[f64; 6])| GroundPoint {
        id: (i + 1).to_string(),
        info: String::new(),
        pixel: p[0] + half,
        line: p[1] + half,
        x: p[3],
        y: p[4],
        z: p[5],
    };
    all.iter().take(MOST_POINTS).enumerate().map(point).collect()
}

/// The map through control points; what keeps them from giving one goes into `warnings`.
pub(crate) fn warp(points: &[GroundPoint], warnings: &mut Vec<String>) -> Option<Warp> {
    let pairs: Vec<ControlPoint> = points
        .iter()
        .map(|p| ControlPoint { image: (p.pixel, p.line).into(), world: (p.x, p.y).into() })
        .collect();
    let warp = Warp::fit(&pairs);
    if warp.is_none() && !points.is_empty() {
        let reason = match points.len() {
            1 | 2 => "three are needed to place it",
            _ => "they lie on one line or hold impossible numbers",
        };
        let n = points.len();
        let noun = if n == 1 { "point" } else { "points" };
        warnings
            .push(format!("It has {n} ground control {noun}, and {reason}: it is shown without a place."));
    }
    warp
}

/// Six numbers with commas between them, in GDAL's order.
pub(crate) fn six_numbers(text: &str) -> Option<[f64; 6]> {
    let numbers: Vec<f64> = text.split(',').map_while(|n| n.trim().parse().ok()).collect();
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiepoints_of_pixel_centres_move_by_half_a_pixel() {
        let points = from_tiepoints(&[0.0, 1.0, 0.0, 10.0, 20.0, 5.0, 9.0], true, &mut Vec::new());
        assert_eq!(points.len(), 1);
        assert_eq!((points[0].pixel, points[0].line, points[0].z), (0.5, 1.5, 5.0));
    }

    #[test]
    fn points_that_place_nothing_are_said() {
        let mut warnings = Vec::new();
        let points = from_tiepoints(
            &[0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 9.0, 0.0, 0.0, 3.0, 4.0, 0.0],
            false,
            &mut warnings,
        );
        assert!(warp(&points, &mut warnings).is_none());
        assert!(warp(&[], &mut warnings).is_none());
        assert_eq!(
            warnings,
            [
                "It has 2 ground control points, and three are needed to place it: it is shown without a place."
            ]
        );
    }

    #[test]
    fn more_points_than_anybody_sets_are_cut_off() {
        let mut warnings = Vec::new();
        assert_eq!(from_tiepoints(&vec![1.0; 6 * 20_000], false, &mut warnings).len(), MOST_POINTS);
        assert_eq!(warnings.len(), 1);
    }
}
