//! The camera over the map: which part of the world is on the screen, and how large.

use geo_types::{Coord, Rect};

use crate::{ScreenPoint, WorldPoint, WorldRect};

/// The camera: world units, f64, north up. Screen sizes are physical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// The world point at the centre of the screen.
    pub center: WorldPoint,
    /// World units per physical screen pixel; always finite and positive.
    pub resolution: f64,
    /// Width and height of the map's rectangle in physical pixels.
    pub size_px: [f64; 2],
}

impl Viewport {
    pub fn new(center: WorldPoint, resolution: f64, size_px: [f64; 2]) -> Self {
        Self { center, resolution: sane(resolution), size_px }
    }

    /// The camera that shows a whole box with a margin (a share of the screen, such as 0.05).
    pub fn fit(rect: WorldRect, size_px: [f64; 2], margin: f64) -> Self {
        let usable = (1.0 - 2.0 * margin).max(0.1);
        let (w, h) = (size_px[0].max(1.0) * usable, size_px[1].max(1.0) * usable);
        let resolution = (rect.width() / w).max(rect.height() / h);
        Self::new(rect.center(), resolution, size_px)
    }

    pub fn screen_from_world(&self, p: WorldPoint) -> ScreenPoint {
        Coord {
            x: (p.x - self.center.x) / self.resolution + self.size_px[0] / 2.0,
            y: (self.center.y - p.y) / self.resolution + self.size_px[1] / 2.0,
        }
    }

    pub fn world_from_screen(&self, p: ScreenPoint) -> WorldPoint {
        Coord {
            x: self.center.x + (p.x - self.size_px[0] / 2.0) * self.resolution,
            y: self.center.y - (p.y - self.size_px[1] / 2.0) * self.resolution,
        }
    }

    /// The part of the world that is on the screen.
    pub fn bounds(&self) -> WorldRect {
        let [w, h] = self.size_px;
        Rect::new(
            self.world_from_screen(Coord { x: 0.0, y: h }),
            self.world_from_screen(Coord { x: w, y: 0.0 }),
        )
    }

    /// Zooms by a factor (> 1 = closer) so that the world point under `at` stays where it is.
    #[must_use]
    pub fn zoomed(self, factor: f64, at: ScreenPoint) -> Self {
        let pinned = self.world_from_screen(at);
        let mut zoomed = Self { resolution: sane(self.resolution / factor), ..self };
        let moved = zoomed.world_from_screen(at);
        zoomed.center.x += pinned.x - moved.x;
        zoomed.center.y += pinned.y - moved.y;
        zoomed
    }

    /// Moves the picture by screen pixels (dragging the map to the right = positive x).
    #[must_use]
    pub fn panned(mut self, dx_px: f64, dy_px: f64) -> Self {
        self.center.x -= dx_px * self.resolution;
        self.center.y += dy_px * self.resolution;
        self
    }

    /// The same view on a screen of another size: centre and resolution stay.
    #[must_use]
    pub fn resized(self, size_px: [f64; 2]) -> Self {
        Self { size_px, ..self }
    }
}

fn sane(resolution: f64) -> f64 {
    if resolution.is_finite() { resolution.clamp(1e-12, 1e9) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_the_point_under_the_cursor() {
        let view = Viewport::new((366_812.4, 4_103_990.1).into(), 0.05, [800.0, 600.0]);
        let cursor = Coord { x: 123.0, y: 456.0 };
        let before = view.world_from_screen(cursor);
        let after = view.zoomed(7.5, cursor).world_from_screen(cursor);
        assert!((before.x - after.x).abs() < 1e-7 && (before.y - after.y).abs() < 1e-7);
    }

    #[test]
    fn fit_shows_the_whole_box() {
        let rect = Rect::new((0.0, 0.0), (100.0, 1000.0));
        let bounds = Viewport::fit(rect, [640.0, 480.0], 0.05).bounds();
        assert!(bounds.min().y < 0.0 && bounds.max().y > 1000.0 && bounds.min().x < 0.0);
    }
}
