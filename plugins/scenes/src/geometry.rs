//! Plane geometry in metres: `x` to the right, `y` down, the origin in the upper left corner of the
//! post-event image.

use std::ops::{Add, Mul, Sub};

/// A point or a direction, in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct V2 {
    pub x: f32,
    pub y: f32,
}

impl V2 {
    pub(crate) const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    pub(crate) fn turned(angle: f32) -> Self {
        Self::new(angle.cos(), angle.sin())
    }

    pub(crate) fn dot(self, o: Self) -> f32 {
        self.x * o.x + self.y * o.y
    }

    pub(crate) fn length(self) -> f32 {
        self.x.hypot(self.y)
    }

    /// A quarter turn, clockwise as seen from above.
    pub(crate) fn perp(self) -> Self {
        Self::new(-self.y, self.x)
    }

    pub(crate) fn angle(self) -> f32 {
        self.y.atan2(self.x)
    }
}

impl Add for V2 {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self::new(self.x + o.x, self.y + o.y)
    }
}

impl Sub for V2 {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self::new(self.x - o.x, self.y - o.y)
    }
}

impl Mul<f32> for V2 {
    type Output = Self;
    fn mul(self, k: f32) -> Self {
        Self::new(self.x * k, self.y * k)
    }
}

/// A turned coordinate system: where a thing stands and which way it faces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub origin: V2,
    /// Unit vector of the local x axis; the local y axis is a quarter turn clockwise from it.
    pub axis: V2,
}

impl Frame {
    pub(crate) fn new(origin: V2, angle: f32) -> Self {
        Self { origin, axis: V2::turned(angle) }
    }

    pub(crate) fn local(&self, p: V2) -> V2 {
        let d = p - self.origin;
        V2::new(d.dot(self.axis), d.dot(self.axis.perp()))
    }

    pub(crate) fn world(&self, q: V2) -> V2 {
        self.origin + self.turn(q)
    }

    /// Turns a direction (a slope, say) without moving it.
    pub(crate) fn turn(&self, q: V2) -> V2 {
        self.axis * q.x + self.axis.perp() * q.y
    }

    /// A frame given in this one's coordinates.
    pub(crate) fn child(&self, at: V2, angle: f32) -> Self {
        Self { origin: self.world(at), axis: self.turn(V2::turned(angle)) }
    }

    /// What a box of these half sizes reaches to, grown by `margin`.
    pub(crate) fn reach(&self, half_x: f32, half_y: f32, margin: f32) -> Bounds {
        let (ax, ay) = (self.axis.x.abs(), self.axis.y.abs());
        let (w, h) = (half_x * ax + half_y * ay + margin, half_x * ay + half_y * ax + margin);
        Bounds::around(self.origin, w, h)
    }
}

/// An axis-aligned box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub min: V2,
    pub max: V2,
}

impl Bounds {
    pub(crate) fn around(c: V2, half_w: f32, half_h: f32) -> Self {
        Self { min: V2::new(c.x - half_w, c.y - half_h), max: V2::new(c.x + half_w, c.y + half_h) }
    }

    pub(crate) fn of(points: &[V2], margin: f32) -> Self {
        let mut b = Self {
            min: V2::new(f32::INFINITY, f32::INFINITY),
            max: V2::new(f32::NEG_INFINITY, f32::NEG_INFINITY),
        };
        for p in points {
            b.min = V2::new(b.min.x.min(p.x), b.min.y.min(p.y));
            b.max = V2::new(b.max.x.max(p.x), b.max.y.max(p.y));
        }
        b.grown(margin)
    }

    pub(crate) fn grown(self, m: f32) -> Self {
        Self { min: self.min - V2::new(m, m), max: self.max + V2::new(m, m) }
    }

    pub(crate) fn meets(&self, o: &Self) -> bool {
        self.min.x < o.max.x && o.min.x < self.max.x && self.min.y < o.max.y && o.min.y < self.max.y
    }

    pub(crate) fn holds(&self, p: V2) -> bool {
        p.x >= self.min.x && p.x < self.max.x && p.y >= self.min.y && p.y < self.max.y
    }
}

/// Signed distance to a box around the origin: negative inside.
pub(crate) fn box_distance(q: V2, half_x: f32, half_y: f32) -> f32 {
    let (dx, dy) = (q.x.abs() - half_x, q.y.abs() - half_y);
    V2::new(dx.max(0.0), dy.max(0.0)).length() + dx.max(dy).min(0.0)
}

/// 0 below `a`, 1 above `b`, smooth between.
pub(crate) fn smooth(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Distance from `p` to the segment `a`–`b`, and the share of the way along it of the nearest point.
pub(crate) fn segment_distance(p: V2, a: V2, b: V2) -> (f32, f32) {
    let (d, r) = (b - a, p - a);
    let t = (r.dot(d) / d.dot(d).max(1e-9)).clamp(0.0, 1.0);
    ((r - d * t).length(), t)
}
