//! Boxes turned any way, told from other polygons.

use geo_types::{Coord, Geometry};

/// A box turned any way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrientedBox {
    pub middle: Coord<f64>,
    /// Along the first direction and across it, in world units; the first is the longer one.
    pub length: f64,
    pub width: f64,
    /// Of the longer side, anticlockwise from east, at least 0 and less than 180.
    pub angle_deg: f64,
}

/// The box that a polygon is, if it is one: four corners, right angles within a ten-thousandth.
pub fn box_of(geometry: &Geometry<f64>) -> Option<OrientedBox> {
    let Geometry::Polygon(polygon) = geometry else { return None };
    if !polygon.interiors().is_empty() {
        return None;
    }
    let [a, b, c, d, _] = *polygon.exterior().0 else { return None };
    let size = |v: Coord<f64>| v.x.hypot(v.y);
    let (side, next) = (b - a, c - b);
    let (length, width) = (size(side), size(next));
    let is_skew = (side.x * next.x + side.y * next.y).abs() > length * width * 1e-4;
    let is_open = size((d - a) - next) > length.max(width) * 1e-4;
    if length <= 0.0 || width <= 0.0 || is_skew || is_open {
        return None;
    }
    let (length, width, along) = if length >= width { (length, width, side) } else { (width, length, next) };
    let angle_deg = along.y.atan2(along.x).to_degrees().rem_euclid(180.0);
    // 179.9999… is 0 as far as anybody can tell, and the remainder of a tiny negative angle is 180 itself.
    let angle_deg = if angle_deg > 180.0 - 1e-9 { 0.0 } else { angle_deg };
    Some(OrientedBox { middle: (a + c) / 2.0, length, width, angle_deg })
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::{LineString, Polygon};

    fn turned(degrees: f64, length: f64, width: f64) -> Geometry<f64> {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let corner = |x: f64, y: f64| (366_812.4 + x * cos - y * sin, 4_103_990.1 + x * sin + y * cos);
        let ring = [corner(0.0, 0.0), corner(length, 0.0), corner(length, width), corner(0.0, width)];
        Polygon::new(LineString::from(ring.to_vec()), Vec::new()).into()
    }

    #[test]
    fn a_box_is_known_by_its_length_width_and_angle() {
        for angle in [0.0, 30.0, 90.0, 179.0] {
            let found = box_of(&turned(angle, 12.0, 5.0)).expect("a box");
            assert!((found.length - 12.0).abs() < 1e-6 && (found.width - 5.0).abs() < 1e-6);
            assert!((found.angle_deg - angle).abs() < 1e-4, "{angle}: {}", found.angle_deg);
        }
        let upright = box_of(&turned(0.0, 5.0, 12.0)).expect("a box");
        assert!((upright.angle_deg - 90.0).abs() < 1e-4 && (upright.length - 12.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_no_box_is_none() {
        let kite = [(0.0, 0.0), (4.0, 1.0), (5.0, 5.0), (1.0, 4.0)];
        assert_eq!(box_of(&Polygon::new(LineString::from(kite.to_vec()), Vec::new()).into()), None);
        let flat = [(0.0, 0.0), (4.0, 0.0), (4.0, 0.0), (0.0, 0.0)];
        assert_eq!(box_of(&Polygon::new(LineString::from(flat.to_vec()), Vec::new()).into()), None);
    }
}
