//! `world_from_image`: the six numbers of a raster's georeference.

use geo_types::{Coord, Rect};
use serde::{Deserialize, Serialize};

use crate::{ImagePoint, WorldPoint, WorldRect};

/// The affine map from image pixels to world units, as six numbers in GDAL's order:
/// `x = t[0] + col·t[1] + row·t[2]`, `y = t[3] + col·t[4] + row·t[5]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeoTransform([f64; 6]);

impl GeoTransform {
    /// Pixel space as a map: x = column, y = −row, so that "up" is up.
    pub const PIXELS: Self = Self([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]);

    /// `None` when a number is not finite or the transform cannot be inverted.
    pub fn new(gdal: [f64; 6]) -> Option<Self> {
        let transform = Self(gdal);
        let finite = gdal.iter().all(|n| n.is_finite() && n.abs() < 1e15);
        (finite && transform.determinant().abs() > 1e-30).then_some(transform)
    }

    /// The six numbers in GDAL's order.
    pub fn to_gdal(self) -> [f64; 6] {
        self.0
    }

    fn determinant(self) -> f64 {
        self.0[1] * self.0[5] - self.0[2] * self.0[4]
    }

    /// Where a pixel position lies in the world.
    pub fn world_from_image(self, p: ImagePoint) -> WorldPoint {
        let t = self.0;
        Coord { x: t[0] + p.x * t[1] + p.y * t[2], y: t[3] + p.x * t[4] + p.y * t[5] }
    }

    /// Which pixel position a world point falls on (not rounded).
    pub fn image_from_world(self, p: WorldPoint) -> ImagePoint {
        let t = self.0;
        let (dx, dy) = (p.x - t[0], p.y - t[3]);
        let det = self.determinant();
        Coord { x: (dx * t[5] - dy * t[2]) / det, y: (dy * t[1] - dx * t[4]) / det }
    }

    /// Width and height of one pixel in world units (lengths of the two axes).
    pub fn pixel_size(self) -> (f64, f64) {
        let t = self.0;
        (t[1].hypot(t[4]), t[2].hypot(t[5]))
    }

    /// True when rows run along x and columns along y without rotation.
    pub fn is_axis_aligned(self) -> bool {
        self.0[2] == 0.0 && self.0[4] == 0.0
    }

    /// The box around an image of this many pixels.
    pub fn bounds(self, width: u32, height: u32) -> WorldRect {
        let (w, h) = (f64::from(width), f64::from(height));
        let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|p| self.world_from_image(p.into()));
        let min = corners.iter().fold(corners[0], |m, c| Coord { x: m.x.min(c.x), y: m.y.min(c.y) });
        let max = corners.iter().fold(corners[0], |m, c| Coord { x: m.x.max(c.x), y: m.y.max(c.y) });
        Rect::new(min, max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_and_world_are_inverses_even_when_rotated() {
        let t = GeoTransform::new([10.0, 0.5, 0.25, 20.0, 0.1, -0.4]).expect("invertible");
        let p = Coord { x: 123.25, y: 77.5 };
        let q = t.image_from_world(t.world_from_image(p));
        assert!((p.x - q.x).abs() < 1e-9 && (p.y - q.y).abs() < 1e-9);
    }

    #[test]
    fn a_transform_with_nan_or_without_inverse_is_refused() {
        assert!(GeoTransform::new([0.0, f64::NAN, 0.0, 0.0, 0.0, -1.0]).is_none());
        assert!(GeoTransform::new([0.0, 1.0, 1.0, 0.0, 1.0, 1.0]).is_none());
        assert!(GeoTransform::new([0.0, 0.0, 0.0, 0.0, 0.0, 0.0]).is_none());
    }
}
