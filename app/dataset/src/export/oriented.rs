//! Regions as turned boxes: four corners in pixels of the image.

use geo::{BoundingRect as _, Coord, Geometry};
use spatial::geometry;

use super::Job;
use super::item::Item;

/// The four corners of a box, clockwise as one sees them, the first that was drawn first.
pub(super) type Corners = [Coord<f64>; 4];

/// Places are written to a ten-thousandth of a pixel.
const STEPS_PER_PX: f64 = 10_000.0;

/// The box of an item in pixels of the image, or why it has none.
pub(super) fn corners(job: &Job<'_>, item: &Item<'_>) -> Result<Corners, &'static str> {
    let shape = job.frame.image(&item.geometry).ok_or("has no place on the image")?;
    let around = if geometry::box_of(&item.geometry).is_some() {
        shape
    } else if job.spec.boxes_around {
        geometry::oriented_box(&shape).map_err(|_| "has no area to put a box around")?
    } else {
        return Err("is no turned box, and boxes around regions were not asked for");
    };
    let inside = around.bounding_rect().is_some_and(|rect| job.frame.meets(&rect));
    if !inside {
        return Err("lies outside the image");
    }
    four(&around).ok_or("has no area to put a box around")
}

/// The corners of a polygon that has four, clockwise where y goes down.
pub(super) fn four(shape: &Geometry<f64>) -> Option<Corners> {
    let Geometry::Polygon(polygon) = shape else { return None };
    let [a, b, c, d, _] = *polygon.exterior().0 else { return None };
    let turn = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    let ring = if turn >= 0.0 { [a, b, c, d] } else { [a, d, c, b] };
    Some(ring.map(rounded))
}

/// A place as it is written.
pub(super) fn rounded(at: Coord<f64>) -> Coord<f64> {
    // Adding nothing turns a negative zero into zero.
    let step = |v: f64| (v * STEPS_PER_PX).round() / STEPS_PER_PX + 0.0;
    Coord { x: step(at.x), y: step(at.y) }
}

/// `x1, y1, … x4, y4`.
pub(super) fn flat(corners: &Corners) -> [f64; 8] {
    let [a, b, c, d] = corners;
    [a.x, a.y, b.x, b.y, c.x, c.y, d.x, d.y]
}

#[cfg(test)]
mod tests {
    use geo::{LineString, Polygon};

    use super::*;

    #[test]
    fn corners_go_clockwise_on_the_screen_whichever_way_they_were_drawn() {
        let ring = [(0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0)];
        let shape = |ring: Vec<(f64, f64)>| Polygon::new(LineString::from(ring), Vec::new()).into();
        let forward = four(&shape(ring.to_vec())).expect("a box");
        let back = four(&shape(ring.iter().rev().copied().collect())).expect("a box");
        assert_eq!(flat(&forward), [0.0, 0.0, 4.0, 0.0, 4.0, 2.0, 0.0, 2.0]);
        assert_eq!(flat(&back), [0.0, 2.0, 0.0, 0.0, 4.0, 0.0, 4.0, 2.0]);
        assert_eq!(four(&shape(ring[..3].to_vec())), None);
        assert_eq!(rounded(Coord { x: -0.000_01, y: 1.234_56 }), Coord { x: 0.0, y: 1.2346 });
    }
}
